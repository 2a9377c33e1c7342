"""A card has the thing itself as data: the mail whole, the day with what is on, the items one by one, who is told."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from tests.kit import far
from tests.kit.nothing import NoActivity, NoMemories
from tests.kit.seeded import ME, NEW_YORK, NOW
from tests.tools.conftest import Desk
from tests.tools.test_effects import CASES

from sayso.tools.base import CautionCode, ToolContext
from sayso.tools.cards import KINDS, Card, all_of, called
from sayso.workspace.accounts import Account, compose
from sayso.workspace.types import Attachment, Guest, Person

ANA = Person("ana.silva@northwind.example", "Ana Silva")
HELEN = Person("helen.zhou@northwind.example", "Helen Zhou")
MARIA = Person("maria@work.example", "Maria Sol")
USER = "usr_me"


@pytest.fixture
def system() -> far.Far:
    """An account that delivers, with something of each kind."""
    system, friday = far.Far(keeps_keys=True), NOW + timedelta(days=4, hours=1)
    guests = (Guest(ANA.email, ANA.name), Guest(HELEN.email, HELEN.name), Guest(MARIA.email, MARIA.name))
    system.add_event(USER, "Review", friday, friday + timedelta(hours=1), guests=guests)
    later = friday + timedelta(hours=3)
    system.add_event(USER, "Planning", later, later + timedelta(hours=1), organizer=MARIA, my_response="needs_action")
    system.add_mail(USER, ANA, "Budget", (ME, HELEN), body="Is it right?\n\nAna", attachments=())
    for who in (ANA, HELEN, MARIA):
        system.add_contact(USER, who.name, who.email)
    return system


@pytest.fixture
def office(system: far.Far) -> Desk:
    workspace = asyncio.run(system.workspace(USER, ME))
    return Desk(ToolContext(workspace, ME, NOW, NEW_YORK, NoMemories(), NoActivity()))


def blocks(card: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The blocks of its day: title, clock time of the start, role."""
    return [
        (each["title"], "all day" if each["all_day"] else each["start"][11:16], each["role"])
        for each in card["day"]["blocks"]
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.tool)
def test_every_effect_has_a_whole_card(desk: Desk, case: Any) -> None:
    card = desk.prepare(case.tool, **case.args).card
    assert set(card) == set(Card.__annotations__)
    assert card["kind"] in KINDS
    assert card["summary"]
    assert "\n" not in card["summary"]
    assert card["labels"]["cancel"] == "Don't"
    assert card["changed"] == [] or (card["before"] and card["after"])


@pytest.mark.parametrize(
    ("tool", "args", "label"),
    [
        ("send_mail", {"to": ["Helen"], "subject": "Hi", "body": "Hello"}, "Send to Helen"),
        ("send_mail", {"to": ["Helen", "Ana"], "subject": "Hi", "body": "Hello"}, "Send to Helen and Ana"),
        ("send_mail", {"to": ["Helen"], "cc": ["Ana"], "bcc": ["Maria"], "subject": "Hi", "body": "Hello"},
         "Send to Helen and 2 others"),
        ("send_mail", {"to": ["Helen <eve@evil.example>"], "subject": "Hi", "body": "x"}, "Send to eve@evil.example"),
        ("reply_mail", {"message": "budget", "body": "Fine."}, "Send to Ana"),
        ("forward_mail", {"message": "budget", "to": ["Maria"], "body": "Look."}, "Send to Maria"),
        ("draft_mail", {"to": ["Ana"], "body": "Hm."}, "Save the draft"),
        ("create_calendar_event", {"title": "Tea", "start": "Friday at 8am"}, "Create"),
        ("create_calendar_event", {"title": "Tea", "start": "Friday at 8am", "guests": ["Ana"]},
         "Create and invite Ana"),
        ("update_calendar_event", {"event": "review", "start": "4pm"}, "Move to 4:00 PM and tell Ana and 2 others"),
        ("update_calendar_event", {"event": "review", "title": "Talk"}, "Change and tell Ana and 2 others"),
        ("update_calendar_event", {"event": "review", "start": "March 9th at 8am"},
         "Move to Mon 9 March, 8:00 AM and tell Ana and 2 others"),
        ("delete_calendar_event", {"event": "review"}, "Delete and tell Ana and 2 others"),
        ("delete_calendar_event", {"event": "review", "notify_guests": False}, "Delete"),
        ("respond_to_invitation", {"event": "planning", "response": "accepted"}, "Accept and tell Maria"),
        ("respond_to_invitation", {"event": "planning", "response": "declined"}, "Decline and tell Maria"),
        ("archive_mail", {"messages": ["budget"]}, "Archive this mail"),
        ("trash_mail", {"messages": ["budget"]}, "Move this mail to the trash"),
    ],
)  # fmt: skip
def test_buttons_say_what_they_do(office: Desk, tool: str, args: dict[str, Any], label: str) -> None:
    assert office.prepare(tool, **args).card["labels"]["confirm"] == label


@pytest.mark.parametrize(
    ("tool", "args", "label"),
    [
        ("send_mail", {"to": ["Helen"], "subject": "Hi", "body": "Hello"}, "Save as sent"),
        ("create_calendar_event", {"title": "Tea", "start": "Friday at 8am", "guests": ["Ana Silva"]}, "Create"),
        ("delete_calendar_event", {"event": "Lunch with Sam"}, "Delete"),
        ("update_calendar_event", {"event": "stand-up", "start": "11am", "scope": "all"},
         "Move the series to 11:00 AM"),
        ("delete_calendar_event", {"event": "the stand-up on Thursday", "scope": "following"},
         "Delete this and all following"),
        ("archive_mail", {"messages": ["is:unread"]}, "Archive 7 mails"),
        ("update_calendar_event", {"event": "Team offsite", "start": "March 20th"}, "Move to Fri 20 March"),
        ("complete_task", {"task": "slides"}, "Mark as done"),
    ],
)  # fmt: skip
def test_buttons_promise_no_delivery_where_there_is_none(
    desk: Desk, tool: str, args: dict[str, Any], label: str
) -> None:
    card = desk.prepare(tool, **args).card
    assert card["labels"]["confirm"] == label
    assert not any(each["told"] for each in card["people"])


@pytest.mark.parametrize(
    ("name", "email", "said"),
    [
        ("Helen Zhou", "helen.zhou@x.example", "Helen"),
        ("Tomás García", "tomas@x.example", "Tomás"),
        ("The Daily Brew", "hello@x.example", "The Daily Brew"),
        ("Dr. Weiss", "practice@x.example", "Dr. Weiss"),
        ("Mum", "ruth@x.example", "Mum"),
        ("", "bob@x.example", "bob@x.example"),
        ("boss@x.example", "eve@evil.example", "eve@evil.example"),
    ],
)
def test_a_first_name_is_said_where_the_address_bears_it_out(name: str, email: str, said: str) -> None:
    assert called(Person(email, name), stranger=False) == said
    assert called(Person(email, name), stranger=True) == email


def test_the_labels_of_a_plan() -> None:
    assert [all_of(["A"] * number)["confirm"] for number in (1, 2, 3)] == ["A", "Do both", "Do all 3"]


def test_a_mail_is_there_as_it_is_received(office: Desk, system: far.Far) -> None:
    card = office.prepare("reply_mail", message="budget", body="Yes.\n\nRobin", everyone=True, bcc=["Maria"]).card
    assert card["mail"] == {
        "from": {"name": ME.name, "email": ME.email},
        "to": [{"name": ANA.name, "email": ANA.email}],
        "cc": [{"name": HELEN.name, "email": HELEN.email}],
        "bcc": [{"name": MARIA.name, "email": MARIA.email}],
        "subject": "Re: Budget",
        "body": "Yes.\n\nRobin",
        "attachments": [],
        "answers": {
            "from": {"name": ANA.name, "email": ANA.email},
            "subject": "Budget",
            "date": card["mail"]["answers"]["date"],
        },
    }
    assert [(each["role"], each["told"], each["new"]) for each in card["people"]] == [
        ("to", True, False),
        ("cc", True, False),
        ("bcc", True, False),
    ]
    assert card["summary"] == "Ana Silva, Helen Zhou, Maria Sol · Re: Budget"


def test_files_that_go_along_are_listed(office: Desk, system: far.Far) -> None:
    system.add_mail(
        USER, MARIA, "Plan", (ME,), body="See it.", attachments=(Attachment("a.pdf", "application/pdf", 3),)
    )
    card = office.prepare("send_mail", to=["Ana"], subject="Plan", body="Here.", attach=["plan"]).card
    assert card["mail"]["attachments"] == [{"name": "a.pdf", "size": 3, "type": "application/pdf"}]
    assert card["summary"] == "Ana Silva · Plan · a.pdf"


def test_what_is_forwarded_stands_below(desk: Desk) -> None:
    card = desk.prepare("forward_mail", message="the invoice from Ink & Paper", to=["Helen"], body="FYI").card
    head, _, rest = card["mail"]["body"].partition("\n\n---------- Forwarded message ----------\n")
    assert head == "FYI"
    assert rest.endswith(
        "\n\nDear customer,\n\nattached is invoice 2207 over $184.50, due within 14 days.\n\nInk & Paper"
    )
    assert card["mail"]["answers"] is None


def test_the_day_shows_where_it_was_where_it_goes_and_what_it_meets(office: Desk) -> None:
    card = office.prepare("update_calendar_event", event="review", start="Friday 1pm").card
    assert card["kind"] == "event.change"
    assert (card["day"]["date"], card["day"]["timezone"], card["day"]["event_timezone"]) == (
        "2026-03-06", NEW_YORK.key, None,
    )  # fmt: skip
    assert blocks(card) == [
        ("Review", "10:00", "before"),
        ("Planning", "13:00", "clash"),
        ("Review", "13:00", "after"),
    ]
    assert card["changed"] == ["start", "end"]
    assert (card["before"]["start"], card["after"]["start"]) == (
        "2026-03-06T10:00:00-05:00",
        "2026-03-06T13:00:00-05:00",
    )


def test_whole_days_are_marked(desk: Desk) -> None:
    tea = desk.prepare("create_calendar_event", title="Tea", start="March 13th at 2pm").card
    assert blocks(tea)[0] == ("Team offsite", "all day", "other")
    assert tea["day"]["blocks"][0]["end"] == "2026-03-14T00:00:00-04:00"
    moved = desk.prepare("update_calendar_event", event="Team offsite", start="March 15th").card
    assert [each for each in blocks(moved) if each[1] == "all day"] == [
        ("Mum's birthday", "all day", "other"),
        ("Team offsite", "all day", "after"),
    ]
    assert moved["summary"] == "Team offsite · Sun 15 March, all day · Lakeside Lodge"


def test_a_move_to_another_day_shows_that_day(office: Desk) -> None:
    card = office.prepare("update_calendar_event", event="review", start="Thursday 1pm").card
    assert (card["day"]["date"], blocks(card)) == ("2026-03-05", [("Review", "13:00", "after")])
    assert card["labels"]["confirm"].startswith("Move to Thu 5 March, 1:00 PM")
    assert office.prepare("update_calendar_event", event="review", title="Talk").card["day"] is None


def test_an_event_elsewhere_is_shown_in_both_zones(office: Desk) -> None:
    card = office.prepare("create_calendar_event", title="Call", start="Friday 3pm", timezone="Europe/London").card
    assert (card["day"]["timezone"], card["day"]["event_timezone"]) == (NEW_YORK.key, "Europe/London")
    assert card["summary"] == "Call · Fri 6 March, 10:00–11:00 AM"
    assert ("Review", "10:00", "clash") in blocks(card)
    assert card["after"]["id"] is None


def test_what_takes_no_time_is_not_on_the_strip(desk: Desk) -> None:
    tea = desk.prepare("create_calendar_event", title="Tea", start="Thursday March 12 at 2pm")
    [invitation] = [event for event in [desk.event("Quarterly planning")] if event.organizer]
    assert ("Quarterly planning", "14:00", "clash") in blocks(tea.card)
    declined = desk.prepare("respond_to_invitation", event=invitation.id, response="declined")
    assert ("Quarterly planning", "14:00", "before") in blocks(declined.card)
    desk.run("respond_to_invitation", declined, "no")
    again = desk.prepare("create_calendar_event", title="Tea", start="Thursday March 12 at 2pm")
    assert "Quarterly planning" not in [title for title, _, _ in blocks(again.card)]
    back = desk.prepare("respond_to_invitation", event=invitation.id, response="accepted")
    assert ("Quarterly planning", "14:00", "after") in blocks(back.card)
    assert back.card["changed"] == ["my_response"]


def test_a_series_that_moves_leaves_its_old_place(desk: Desk) -> None:
    whole = desk.prepare("update_calendar_event", event="the stand-up on Tuesday", start="Wednesday 9:30", scope="all")
    alone = desk.prepare("update_calendar_event", event="the stand-up on Tuesday", start="Wednesday 9am", scope="this")
    assert [role for title, _, role in blocks(whole.card) if title == "Stand-up"] == ["after"]
    assert [role for title, _, role in blocks(alone.card) if title == "Stand-up"] == ["after", "other"]
    assert "every weekday" in desk.prepare("delete_calendar_event", event="stand-up", scope="all").card["summary"]


def test_a_full_day_shows_what_matters(office: Desk, system: far.Far) -> None:
    morning = NOW + timedelta(days=1)
    for number in range(60):
        begin = morning + timedelta(minutes=5 * number)
        system.add_event(USER, f"Slot {number}", begin, begin + timedelta(minutes=5))
    card = office.prepare("create_calendar_event", title="Late", start="tomorrow 1:55pm", duration_minutes=5).card
    assert len(card["day"]["blocks"]) == 50
    assert [role for _, _, role in blocks(card)].count("clash") == 1


def test_guests_who_come_and_go_are_marked(office: Desk) -> None:
    card = office.prepare(
        "update_calendar_event", event="review", add_guests=["eve@evil.example"], remove_guests=["Helen"]
    ).card
    assert [(each["email"], each["change"], each["told"], each["new"]) for each in card["people"]] == [
        (ANA.email, None, True, False),
        (MARIA.email, None, True, False),
        ("eve@evil.example", "added", True, True),
        (HELEN.email, "removed", True, False),
    ]
    assert card["changed"] == ["guests"]
    invited = office.prepare("respond_to_invitation", event="planning", response="accepted").card
    assert [(each["email"], each["role"], each["told"]) for each in invited["people"]] == [
        (MARIA.email, "organizer", True)
    ]


def test_mails_that_are_changed_alike_stand_once_each(desk: Desk) -> None:
    proposal = desk.prepare("archive_mail", messages=["is:unread"])
    assert [each["id"] for each in proposal.card["items"]] == proposal.args["messages"]
    assert proposal.card["items"][2]["title"] == "Sunday dinner"
    assert proposal.card["items"][2]["who"] == "Mum"
    assert proposal.preview == (
        "Archive 7 mails: 'Re: Q2 budget' from Priya Raman, 'Five ways to brew better coffee' from The Daily Brew "
        "and 5 more"
    )
    assert proposal.question.startswith("archive 7 mails (")
    assert len(proposal.details) == 7
    fewer = desk.prepare("archive_mail", messages=proposal.args["messages"][:2])
    assert len(fewer.card["items"]) == 2


def test_tasks_before_and_after(desk: Desk) -> None:
    card = desk.prepare("update_task", task="the slides", due="Thursday", title="Slides").card
    assert card["changed"] == ["title", "due"]
    assert (card["before"]["title"], card["after"]["title"]) == ("Finish the slides", "Slides")
    assert card["summary"] == "Slides · Thu 5 March · Work"
    deleted = desk.prepare("delete_task", task="the slides").card
    assert (deleted["after"], deleted["before"]["title"], deleted["changed"]) == (None, "Finish the slides", [])


def test_the_account_is_named_where_there_are_several(desk: Desk, system: far.Far) -> None:
    workspace = asyncio.run(system.workspace(USER, ME))
    both = compose(
        [Account("", "local", "", desk.ctx.workspace), Account("acc_far", "far", "far@x.example", workspace)]
    )
    two = Desk(replace(desk.ctx, workspace=both))
    here = two.prepare("create_task", title="Paint", list="Home").card
    assert here["account"] == {"id": "local", "label": "This computer"}
    event = next(each for each in two.do(both_events(two)) if each.title == "Review")
    assert two.prepare("delete_calendar_event", event=event.id).card["account"] == {
        "id": "acc_far",
        "label": "far@x.example",
    }
    assert desk.prepare("create_task", title="Paint").card["account"] is None


async def both_events(desk: Desk) -> Any:
    return await desk.ctx.calendar.list_events(NOW, NOW + timedelta(days=7))


def test_a_card_is_plain_json(desk: Desk) -> None:
    """So that one that was stored equals one that is made anew."""
    import json

    card = desk.prepare("create_calendar_event", title="Tea", start="Friday 12:30", guests=["Ana Silva"]).card
    assert json.loads(json.dumps(card)) == card


def test_the_documents_name_every_kind_and_every_code() -> None:
    told = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
    assert [kind for kind in (*KINDS, *filter(None, get_args(CautionCode))) if f"`{kind}`" not in told] == []
