"""Descriptions to one thing: what fits, what is ambiguous, what is not there."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.english.matching import Fit, fit, words
from sayso.tools.base import ToolContext, ToolInputError
from sayso.tools.choosing import best
from sayso.tools.event_resolve import one_event
from sayso.tools.mail_resolve import _able, kind, one_message, some_messages
from sayso.tools.people import person
from sayso.tools.task_resolve import one_task
from sayso.workspace.local.mail import LocalMail
from sayso.workspace.types import Header, Message, Person

WORDS = ["art", "article", "arts", "stand-up", "standup", "up", "artcle", "plan", "plans", "plane", "no"]
TEXT = st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join)

if TYPE_CHECKING:
    from tests.tools.conftest import Desk


@pytest.fixture
def busy(desk: "Desk") -> "Desk":
    """The seeded desk with three more events."""
    more: tuple[dict[str, Any], ...] = (
        {"title": "Lunch with Ana", "start": "Thursday 12:30", "guests": ["Ana"]},
        {"title": "Friday drinks", "start": "next Friday 6pm"},
        {"title": "Budget", "start": "March 20th at 9"},
    )
    for number, args in enumerate(more):
        desk.run("create_calendar_event", desk.prepare("create_calendar_event", **args), f"more-{number}")
    return desk


@pytest.mark.parametrize(
    ("text", "title", "start"),
    [
        ("my 3 o'clock with Ana", "Catch-up with Ana", "2026-03-02T15:00"),
        ("the 3pm", "Catch-up with Ana", "2026-03-02T15:00"),
        ("tomorrow's 10:30", "Budget call with Priya", "2026-03-03T10:30"),
        ("the call tomorrow", "Budget call with Priya", "2026-03-03T10:30"),
        ("the first meeting tomorrow", "Stand-up", "2026-03-03T09:30"),
        ("the second meeting tomorrow", "Design review", "2026-03-03T10:00"),
        ("the third one tomorrow", "Budget call with Priya", "2026-03-03T10:30"),
        ("my last meeting tomorrow", "Budget call with Priya", "2026-03-03T10:30"),
        ("Friday's lunch", "Lunch with Sam", "2026-03-06T12:30"),
        ("lunch on Thursday", "Lunch with Ana", "2026-03-05T12:30"),
        ("Friday drinks", "Friday drinks", "2026-03-13T18:00"),
        ("budget", "Budget", "2026-03-20T09:00"),  # the exact title beats a part of one
        ("standup", "Stand-up", "2026-03-02T09:30"),
        ("Wednesday's stand up", "Stand-up", "2026-03-04T09:30"),
        ("one on one with Marcus next week", "1:1 with Marcus", "2026-03-12T11:00"),
        ("dentst appointment", "Dentist", "2026-03-11T08:30"),
        ("yoga class", "Yoga", "2026-03-04T18:30"),
        ("meeting with tomas", "Design review", "2026-03-03T10:00"),
        ("the coffee bar", "Catch-up with Ana", "2026-03-02T15:00"),
        ("Helen's invitation", "Quarterly planning", "2026-03-12T14:00"),
        ("my next meeting", "Stand-up", "2026-03-02T09:30"),
        ("last week's retro", "Sprint retrospective", "2026-02-25T16:00"),
        ("the meeting I had with Priya last week", "Numbers with Priya", "2026-02-24T14:00"),
        ("team offsite", "Team offsite", "2026-03-13"),
    ],
)
def test_an_event_is_found_as_people_name_it(busy: "Desk", text: str, title: str, start: str) -> None:
    event = busy.do(one_event(busy.ctx, text))
    assert (event.title, event.start.isoformat()[: len(start)]) == (title, start)


def test_several_events_are_listed_to_choose_from(busy: "Desk") -> None:
    error = busy.refused("delete_calendar_event", event="lunch")
    assert error.code == "ambiguous"
    assert str(error) == (
        "Several events match 'lunch':\n"
        "1. 'Lunch with Ana', Thu 5 March 2026, 12:30–1:30 PM, with Ana Silva\n"
        "2. 'Lunch with Sam', Fri 6 March 2026, 12:30–1:30 PM, with Sam Carter and Ben Hughes\n"
        "Which one do you mean?"
    )
    chosen = [busy.do(one_event(busy.ctx, candidate["id"])).title for candidate in error.candidates]
    assert chosen == ["Lunch with Ana", "Lunch with Sam"]


def test_an_event_that_is_not_there_is_never_replaced_by_a_similar_one(busy: "Desk") -> None:
    error = busy.refused("delete_calendar_event", event="lunch with Bob")
    assert error.code == "not_found"
    assert [each["label"].split(",")[0] for each in error.candidates] == ["'Lunch with Ana'", "'Lunch with Sam'"]
    past = busy.refused("delete_calendar_event", event="haircut")
    assert past.code == "not_found"
    assert busy.refused("delete_calendar_event", event="the meeting").code == "missing"
    assert busy.refused("delete_calendar_event", event="evt_unknown").code == "not_found"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("the slides", "Finish the slides"),
        ("bank", "Call the bank"),
        ("passport renewal", "Renew the passport"),
        ("kitchn tap", "Fix the kitchen tap"),
        ("the task due on Saturday", "Book flights to Lisbon"),
    ],
)
def test_a_task_is_found_as_people_name_it(desk: "Desk", text: str, title: str) -> None:
    assert desk.do(one_task(desk.ctx, text)).title == title


def test_tasks_that_are_unclear_or_unknown(desk: "Desk") -> None:
    ambiguous = desk.refused("complete_task", task="the one due tomorrow")
    assert ambiguous.code == "ambiguous"
    assert len(ambiguous.candidates) == 2
    assert desk.refused("complete_task", task="feed the zebra").code == "not_found"
    assert desk.refused("complete_task", task="library books").code == "nothing_to_do"
    assert desk.refused("list_tasks", list="Garden").code == "not_found"


def test_an_error_says_beside_its_sentence_what_was_looked_for(desk: "Desk") -> None:
    def about(name: str, **args: Any) -> object:
        return desk.refused(name, **args).beside.get("about")

    assert about("list_tasks", list="Garden") == {"kind": "list", "given": "Garden"}
    assert about("send_mail", to=["Ana", "Zed"], body="Hi") == {"kind": "contact", "given": "Zed"}
    assert about("send_mail", to=["Daniel"], body="Hi") == {"kind": "contact", "given": "Daniel"}
    assert about("delete_calendar_event", event="the zebra") == {"kind": "event", "given": "the zebra"}
    assert about("read_mail", message="the mail") is None
    own = desk.refused("respond_to_invitation", event="dentist", response="declined")
    assert (own.code, own.candidates[0]["label"]) == ("own_event", "Dentist")


@pytest.mark.parametrize(
    ("text", "subject", "sender"),
    [
        ("the mail from Priya about the budget", "Re: Q2 budget", "Priya Raman"),
        ("Priya's mail", "Re: Q2 budget", "Priya Raman"),
        ("the last email from Sam", "Re: Lunch on Friday?", "Sam Carter"),
        ("the invoice", "Invoice 2207 for your order", "Ink & Paper"),
        ("subject:slides", "Slides for the quarterly planning", "Helen Zhou"),
        ("yesterday's mail from Mum", "Sunday dinner", "Mum"),
        ("the latest unread message", "Re: Q2 budget", "Priya Raman"),
        ("Priya budgt", "Re: Q2 budget", "Priya Raman"),
    ],
)
def test_a_message_is_found_as_people_name_it(desk: "Desk", text: str, subject: str, sender: str) -> None:
    message = desk.do(one_message(desk.ctx, text))
    assert (message.subject, message.sender.name) == (subject, sender)


def test_messages_that_are_unclear_or_unknown(desk: "Desk") -> None:
    assert desk.refused("read_mail", message="the email from Daniel").code == "ambiguous"
    assert desk.refused("read_mail", message="mail from Zed").code == "not_found"
    assert desk.refused("read_mail", message="the mail").code == "missing"
    assert desk.refused("send_mail", draft="no such draft").code == "not_found"


def test_a_plural_means_all_messages_that_fit(desk: "Desk") -> None:
    def found(text: str) -> list[str]:
        return [message.sender.name for message in desk.do(some_messages(desk.ctx, [text]))]

    assert set(found("all mail from Ana")) == {"Ana Silva"}
    assert found("newsletters") == ["The Daily Brew"]
    assert len(found("the offsite conversation")) == 5


@pytest.mark.parametrize(
    ("text", "texts"),
    [
        ("all mail from Ana", 0),
        ("the latest unread message", 1),
        ("Priya's last mail", 1),
        ("Re: Q2 budget from Priya", 1),
        ("the mail about the insurance card", 30),
    ],
)
def test_texts_are_loaded_only_where_headers_do_not_tell(
    desk: "Desk", monkeypatch: pytest.MonkeyPatch, text: str, texts: int
) -> None:
    loaded, load = list[str](), LocalMail.get_messages

    async def counted(self: LocalMail, message_ids: Sequence[str]) -> list[Message]:
        loaded.extend(message_ids)
        return await load(self, message_ids)

    monkeypatch.setattr(LocalMail, "get_messages", counted)
    with suppress(ToolInputError):
        desk.do(some_messages(desk.ctx, [text]))
    assert len(loaded) <= texts


@given(
    mails=st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=6),
    wanted=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
)
def test_texts_that_are_not_loaded_would_not_change_what_fits_best(
    mails: list[tuple[str, str, str]], wanted: list[str]
) -> None:
    headers = [
        Header(f"m{at}", "t", Person("x@y.z", who), (), (), subject, datetime(2026, 3, 2, tzinfo=UTC), False, ())
        for at, (subject, who, _) in enumerate(mails)
    ]
    bodies = {header.id: body for header, (_, _, body) in zip(headers, mails, strict=True)}
    ctx = cast(ToolContext, None)
    able, unsure = _able(kind(ctx), wanted, headers)
    some = {each: bodies[each] for each in unsure}
    assert best(kind(ctx, texts=some), wanted, able) == best(kind(ctx, texts=bodies), wanted, headers)


def test_people(desk: "Desk") -> None:
    def address(text: str) -> str:
        return desk.do(person(desk.ctx, text)).email

    assert address("Ana") == address("ana.silva@northwind.example") == "ana.silva@northwind.example"
    assert address("tomas") == "tomas.garcia@northwind.example"
    assert address("me") == address("myself") == desk.ctx.me.email
    assert address("my manager") == "marcus.lind@northwind.example"
    assert address("Sam") == "sam.carter@mail.example"  # the first of two addresses
    assert address("Zoe <zoe@new.example>") == "zoe@new.example"
    daniel = desk.refused("send_mail", to=["Daniel"], body="Hi")
    assert (daniel.code, len(daniel.candidates)) == ("ambiguous", 2)
    assert "Daniel Kim <daniel.kim@northwind.example>" in str(daniel)
    assert desk.refused("send_mail", to=["Zed"], body="Hi").code == "not_found"


def test_a_misspelled_name_is_never_guessed_into_an_address(desk: "Desk") -> None:
    error = desk.refused("send_mail", to=["Pryia"], body="Hi")
    assert error.code == "not_found"
    assert [candidate["id"] for candidate in error.candidates] == ["priya.raman@northwind.example"]


@pytest.mark.parametrize(
    ("wanted", "title", "expected"),
    [
        ("standup", "Stand-up", Fit(True, 2, True)),
        ("stand up", "Standup", Fit(True, 2, True)),
        ("Stand-up", "stand up", Fit(True, 3, True)),
        ("josé", "Lunch with Jose", Fit(True, 2, True)),
        ("reviews", "Project Review", Fit(True, 2, True)),
        ("proj", "Project Review", Fit(True, 2, False)),
        ("dentst", "Dentist", Fit(False, 2, False)),
        ("lunch bob", "Lunch with Ana", None),
    ],
)
def test_fit(wanted: str, title: str, expected: Fit | None) -> None:
    assert fit(words(wanted), (title, "")) == expected


def test_a_typo_is_forgiven_in_a_title_and_a_name_but_not_in_the_notes() -> None:
    assert fit(words("reviw"), ("Design review", "Ana Silva", "")) is not None
    assert fit(words("sylva"), ("Design review", "Ana Silva", "")) is not None
    assert fit(words("plants"), ("Catch-up", "Ana Silva", "The hiring plan")) is None


@pytest.mark.parametrize("args", [{"timezone": "A/" * 400 + "A"}, {"guests": [" " * 9_000 + "<"]}])
def test_names_that_are_too_long_are_refused(desk: "Desk", args: dict[str, Any]) -> None:
    with pytest.raises(ToolInputError) as refused:
        desk.prepare("create_calendar_event", title="Talk", start="2026-03-10T10:00", **args)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("tool", "args", "near"),
    [
        ("send_mail", {"to": ["Ana Smith"], "body": "Hi"}, "Ana Silva"),
        ("archive_mail", {"messages": ["from:priya is:unread subject:zebra"]}, "Priya"),
        ("list_tasks", {"list": "Home garden"}, "Home"),
        ("label_mail", {"messages": ["budget"], "remove": ["zebra"]}, "Receipts"),
        ("update_calendar_event", {"event": "numbers with Priya", "remove_guests": ["Zed"]}, "Priya"),
        ("complete_task", {"task": "call the zebra"}, "Call"),
    ],
)
def test_whatever_is_not_found_there_are_the_nearest_with_their_ids(
    desk: "Desk", tool: str, args: dict[str, Any], near: str
) -> None:
    error = desk.refused(tool, **args)
    assert error.code == "not_found"
    assert any(near in each["label"] and each["id"] for each in error.candidates)
    assert error.beside["about"]


@pytest.mark.parametrize(
    ("event", "near"),
    [
        ("1:1 with Marcus on 20 March", "Thu 19 March"),
        ("yoga on 27 March", "Wed 25 March"),
        ("writing on Tuesday", "Tue 10 March"),  # it begins on Monday in a week
    ],
)
def test_of_a_series_the_occurrence_that_is_nearest_to_the_day_is_offered(desk: "Desk", event: str, near: str) -> None:
    new = "create_calendar_event"
    series = {"title": "Writing", "start": "2026-03-09T09:00", "recurrence": "every weekday"}
    desk.run(new, desk.prepare(new, **series), "key-1")
    offered = desk.refused("update_calendar_event", event=event, location="Home").candidates
    assert any(near in each["label"] for each in offered)


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("update_calendar_event", {"event": "evt_zebra", "location": "Home"}),
        ("delete_calendar_event", {"event": "evt_zebra@20260310T130000Z"}),
        ("complete_task", {"task": "tsk_zebra"}),
    ],
)
def test_to_a_wrong_id_nothing_is_near(desk: "Desk", tool: str, args: dict[str, Any]) -> None:
    error = desk.refused(tool, **args)
    assert (error.code, error.candidates) == ("not_found", [])
