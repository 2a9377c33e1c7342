"""The fake provider of the tests, connected as an account: every tool works on it, alone and beside the embedded one.

A provider is one folder (`tests/kit/far`): `calendar.py`, `tasks.py`, `mail.py`, `contacts.py` speak the protocols, and
`compose` does the rest. What it comes to know (a new operator of its search, say) is a change of that folder alone.
"""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from tests.kit import far
from tests.kit.far.calendar import BY_ITSELF
from tests.kit.nothing import NoActivity, NoMemories
from tests.kit.seeded import ME, NEW_YORK, NOW
from tests.tools.conftest import Desk

from sayso.tools.base import EffectTool, ReadTool, Result, ToolContext, effect_tool
from sayso.tools.mail_files import files_of
from sayso.tools.registry import toolbox
from sayso.workspace.accounts import Account, compose
from sayso.workspace.errors import Unavailable, Uncertain
from sayso.workspace.types import Attachment, Guest, OutgoingMail, Person

USER = "usr_me"
PRIYA = Person("priya@work.example", "Priya Raman")
Args = dict[str, Any]

EFFECTS: list[tuple[str, Args, str]] = [
    ("create_calendar_event", {"title": "Lunch", "start": "Friday at noon", "guests": ["Priya"]}, "Lunch"),
    ("create_calendar_event", {"start": "Friday at noon", "title": "Lunch", "recurrence": "every Friday",
                               "except_dates": ["20 March"], "reminders": [30], "meeting_link": True}, "Lunch"),
    ("update_calendar_event", {"event": "review", "start": "an hour later"}, "Review"),
    ("update_calendar_event", {"reminders": [5], "event": "review", "meeting_link": True}, "Review"),
    ("update_calendar_event", {"recurrence": "weekly", "event": "review", "except_dates": ["10 March"]}, "Review"),
    ("delete_calendar_event", {"event": "review"}, "Review"),
    ("respond_to_invitation", {"event": "planning", "response": "accepted"}, "Planning"),
    ("create_task", {"title": "Paint", "due": "tomorrow", "list": "later"}, "Paint"),
    ("update_task", {"task": "bank", "due": "tomorrow", "list": "later"}, "Call the bank"),
    ("create_task", {"list": "Garage", "title": "Paint"}, "Paint"),
    ("update_task", {"list": "Money", "task": "bank"}, "Call the bank"),
    ("complete_task", {"task": "bank"}, "Call the bank"),
    ("reopen_task", {"task": "books"}, "Return the books"),
    ("delete_task", {"task": "bank"}, "Call the bank"),
    ("draft_mail", {"to": ["Priya"], "subject": "Numbers", "body": "Here."}, "Numbers"),
    ("draft_mail", {"answer": "budget", "body": "Fine."}, "Re: Budget"),
    ("send_mail", {"to": ["Priya"], "subject": "Numbers", "body": "Here."}, "Numbers"),
    ("send_mail", {"draft": "goals", "to": ["Priya"]}, "Goals"),
    ("send_mail", {"forward": "budget", "to": ["Priya"], "body": "Look."}, "Fwd: Budget"),
    ("send_mail", {"to": ["Priya"], "subject": "Numbers", "body": "Here.", "attach": ["slides"]}, "Numbers"),
    ("send_mail", {"draft": "goals", "to": ["Priya"], "attach": ["slides"]}, "Goals"),
    ("draft_mail", {"to": ["Priya"], "subject": "Numbers", "attach": ["slides"]}, "Numbers"),
    ("forward_mail", {"message": "slides", "to": ["Priya"], "body": "Look."}, "Fwd: Slides"),
    ("reply_mail", {"message": "budget", "body": "Fine.", "everyone": True}, "Re: Budget"),
    ("reply_mail", {"message": "budget", "body": "Fine.", "attach": ["slides"]}, "Re: Budget"),
    ("archive_mail", {"messages": ["budget"]}, "Budget"),
    ("label_mail", {"messages": ["budget"], "add": ["Money"], "remove": ["unread"]}, "Budget"),
    ("trash_mail", {"messages": ["budget", "parking"]}, "Budget"),
]  # fmt: skip
READS: list[tuple[str, Args, str]] = [
    ("list_calendar_events", {"start": "tomorrow"}, "events"),
    ("search_calendar_events", {"query": "review"}, "events"),
    ("find_free_time", {"start": "tomorrow", "duration_minutes": 30}, "slots"),
    ("list_task_lists", {}, "lists"),
    ("list_tasks", {}, "tasks"),
    ("search_mail", {"query": "from:priya budget"}, "messages"),
    ("read_mail", {"message": "budget"}, "message"),
    ("summarize_mail", {"query": "in:inbox"}, "messages"),
    ("read_attachment", {"message": "slides"}, "text"),
    ("list_labels", {}, "system"),
    ("find_contact", {"name": "priya"}, "contacts"),
]
named = pytest.mark.parametrize(
    ("tool", "args", "name"), EFFECTS, ids=[f"{tool}-{'-'.join(args)}" for tool, args, _ in EFFECTS]
)


@pytest.fixture
def system() -> far.Far:
    """The far systems, with a thing or two of each kind."""
    system = far.Far(keeps_keys=True)
    tomorrow = NOW + timedelta(days=1)
    system.add_event(USER, "Review", tomorrow, tomorrow + timedelta(hours=1), guests=(Guest(PRIYA.email, PRIYA.name),))
    later = tomorrow + timedelta(hours=3)
    system.add_event(USER, "Planning", later, later + timedelta(hours=1), organizer=PRIYA, my_response="needs_action")
    system.add_task(USER, "Call the bank")
    system.add_task(USER, "Return the books", done=True)
    system.add_mail(USER, PRIYA, "Budget", (ME, Person("carl@work.example")), body="Is it right?")
    system.add_mail(USER, PRIYA, "Parking", (ME,))
    notes = Attachment("notes.txt", "text/plain", 9)
    slides = system.add_mail(USER, PRIYA, "Slides", (ME,), body="Here.", attachments=(notes,))
    system.files[slides.id, 1] = b"The notes"
    system.add_mail(USER, ME, "Goals", (), body="Three of them.", labels=("drafts",), unread=False)
    system.add_contact(USER, PRIYA.name, PRIYA.email)
    return system


@pytest.fixture
def alone(system: far.Far) -> Desk:
    """A user who has connected this account and no other."""
    workspace = asyncio.run(system.workspace(USER, ME))
    return Desk(ToolContext(workspace, ME, NOW, NEW_YORK, NoMemories(), NoActivity()))


def beside(desk: Desk, system: far.Far, *default_for: Any) -> Desk:
    """A user who has connected it beside the embedded account, which is full."""
    account = replace(system.account(USER, ME), default_for=frozenset(default_for))
    here = Account("", "local", "This computer", desk.ctx.workspace)
    return Desk(replace(desk.ctx, workspace=compose([here, account])))


def test_every_tool_that_needs_an_account_is_tried() -> None:
    tools = {name: tool for name, tool in toolbox().items() if tool.needs}
    assert {tool for tool, _, _ in EFFECTS} == {name for name, tool in tools.items() if isinstance(tool, EffectTool)}
    assert {tool for tool, _, _ in READS} == {name for name, tool in tools.items() if isinstance(tool, ReadTool)}


@pytest.mark.parametrize(("tool", "args", "found"), READS, ids=[tool for tool, _, _ in READS])
def test_reads(alone: Desk, tool: str, args: Args, found: str) -> None:
    assert alone.read(tool, **args)[found]


def test_a_task_whose_repetition_is_not_followed_is_not_ticked_off_and_goes_whole(alone: Desk, system: far.Far) -> None:
    system.add_task(USER, "Water plants", repeats=True, fixed=True)
    system.add_task(USER, "Feed fish", repeats=True, fixed=True, done=True)
    for tool, name in (("complete_task", "Water plants"), ("reopen_task", "Feed fish")):
        says = f"'{name}' repeats in a way of which only another program can tick off one time."
        assert str(alone.refused(tool, task=name.lower())) == says
    system.add_task(USER, "Rent", repeats=True, then=date(2026, 4, 1))
    system.add_task(USER, "Taxes", repeats=True)
    for name, words in (("Rent", "next: Wed 1 April 2026"), ("Taxes", "it does not come again")):
        assert alone.prepare("complete_task", task=name).preview == f"Mark task '{name}' as done; {words}"
    assert "give it another one" in str(alone.refused("update_task", task="rent", due="none"))
    told = alone.read("list_tasks", status="all")["tasks"]
    assert {each["title"] for each in told if "next_due" in each} == {"Rent"}
    told = [each for each in told if each["title"] not in ("Rent", "Taxes")]
    assert {each["title"] for each in told if each.get("repeats")} == {"Water plants", "Feed fish"}
    assert sum("repeats" in each for each in told) == 2
    gone = alone.prepare("delete_task", task="water plants")
    assert gone.question == "delete the task 'Water plants' with all its repetitions"
    assert gone.preview == "Delete task 'Water plants' with all its repetitions, from the list 'Inbox'"
    receipt = alone.run("delete_task", gone, "k").receipt
    assert receipt == "Deleted the task 'Water plants' with all its repetitions."
    assert alone.prepare("delete_task", task="bank").question == "delete the task 'Call the bank'"


def _settled(desk: Desk, system: far.Far, tool: str, args: Args, name: str, *faults: far.Behavior) -> Result:
    """The result of a change that took place once, though it was called twice and looked for."""
    proposal = desk.prepare(tool, **args)
    assert desk.reconcile(tool, proposal, "act_1") is None
    system.will(name, *faults)
    for _ in faults:
        with pytest.raises(Uncertain):
            desk.run(tool, proposal, "act_1")
    found = desk.reconcile(tool, proposal, "act_1")
    result = desk.run(tool, proposal, "act_1")
    assert desk.run(tool, proposal, "act_1") == result
    assert desk.reconcile(tool, proposal, "act_1") == result
    assert found in (None, result)
    assert system.count("act_1") == 1
    assert system.names() == [name]
    return result


@named
def test_a_change_happens_once_and_is_found_again(
    alone: Desk, system: far.Far, tool: str, args: Args, name: str
) -> None:
    result = _settled(alone, system, tool, args, name)
    assert str(result.value).count(f"'{far.ACCOUNT}:") >= 1  # ids carry the account


@named
@pytest.mark.parametrize("lost", [far.lose_before, far.lose_after], ids=["before", "after"])
def test_a_change_whose_answer_was_lost(
    alone: Desk, system: far.Far, tool: str, args: Args, name: str, lost: far.Behavior
) -> None:
    _settled(alone, system, tool, args, name, lost)


@named
def test_beside_the_embedded_account_a_change_goes_where_the_thing_is(
    desk: Desk, system: far.Far, tool: str, args: Args, name: str
) -> None:
    """New things go to the default account, here the far one; `label`: the preview names it."""
    both = beside(desk, system, "calendar", "tasks", "mail")
    args = {key: _exactly(system, value) for key, value in args.items()}
    assert both.prepare(tool, **args).details[-1] == ("Account", "robin@example.com (far)")
    _settled(both, system, tool, args, name)


NO_REVERSE = {
    "delete_calendar_event",
    "delete_task",
    "send_mail",
    "reply_mail",
    "forward_mail",
    "respond_to_invitation",
}


def test_a_task_that_went_on_to_its_next_time_is_not_half_brought_back(alone: Desk, system: far.Far) -> None:
    system.add_task(USER, "Rent", repeats=True, then=date(2026, 4, 1))
    proposal = alone.prepare("complete_task", task="rent")
    doing = effect_tool(toolbox(), "complete_task")
    assert not doing.reversible(proposal)
    result = alone.run("complete_task", proposal, "act_1")
    assert not doing.reverse(proposal, result.value, result.revision)


@named
def test_what_it_did_is_put_back(alone: Desk, system: far.Far, tool: str, args: Args, name: str) -> None:
    """By calls of tools that there are, each about what is as it was left; and nobody is promised what there is not."""
    before = _held(system)
    proposal = alone.prepare(tool, **args)
    result = alone.run(tool, proposal, "act_1")
    doing = effect_tool(toolbox(), tool)
    calls = doing.reverse(proposal, result.value, result.revision)
    found = alone.reconcile(tool, proposal, "act_1")
    assert found is not None
    assert doing.reverse(proposal, found.value, found.revision) == calls
    assert doing.reversible(proposal) == bool(calls)
    if not calls:
        added = {"meeting_link", "except_dates"} & args.keys()
        assert tool in NO_REVERSE or (tool == "update_calendar_event" and added)
        return
    for number, call in enumerate(calls):
        way_back = alone.prepare(call.tool, **call.args)
        assert effect_tool(toolbox(), call.tool).as_left(way_back, call)
        assert way_back.target.get("id", call.object_id) == call.object_id
        alone.run(call.tool, way_back, f"act_2{number}")
    if tool == "draft_mail":
        assert [each.labels for each in system.mails.values()][-1] == ("drafts", "trash")
    else:
        assert _held(system) == before


def _held(system: far.Far) -> Any:
    """What the far systems hold; lists that were made stay, and who is reminded as it is by itself is told so."""
    events = [replace(each, revision="", reminders=each.reminders or BY_ITSELF) for each in system.events.values()]
    tasks = [replace(each, revision="", completed_at=None) for each in system.tasks.values()]
    return events, tasks, [replace(each, revision="") for each in system.mails.values()]


def _exactly(system: far.Far, value: Any) -> Any:
    """The id of what the words mean, since the embedded account may have such a thing, too."""
    if isinstance(value, list):
        return [_exactly(system, each) for each in value]
    things: list[Any] = [*system.events.values(), *system.tasks.values(), *system.mails.values()]
    titles = {getattr(each, "title", "") or getattr(each, "subject", ""): each.id for each in things}
    ids = {"bank": "Call the bank", "books": "Return the books"}
    title = ids.get(str(value), str(value).capitalize())
    if value == "Priya":
        return PRIYA.email
    return f"{far.ACCOUNT}:{titles[title]}" if title in titles else value


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("forward_mail", {"to": ["priya@work.example"]}),
        ("send_mail", {"to": ["priya@work.example"], "body": "Here."}),
        ("draft_mail", {"subject": "Here"}),
    ],
)
@pytest.mark.parametrize("default", ["", far.ACCOUNT])
def test_files_go_from_one_account_to_another(desk: Desk, system: far.Far, tool: str, args: Args, default: str) -> None:
    both = beside(desk, system, *(["mail"] if default else []))
    slides = f"{far.ACCOUNT}:{next(mail.id for mail in system.mails.values() if mail.subject == 'Slides')}"
    here = desk.do(keep(desk, both, slides))
    for source in (slides, here):
        given = args | ({"message": source} if tool == "forward_mail" else {"attach": [source]})
        made = both.run(tool, both.prepare(tool, **given), f"k{source}").value["message"]
        assert made["id"].startswith(f"{far.ACCOUNT}:" if default else "msg_")
        assert [(file["name"], file["size"]) for file in made["attachments"]] == [("notes.txt", 9)]
        assert both.read("read_attachment", message=made["id"])["text"] == "The notes"


async def keep(desk: Desk, both: Desk, message: str) -> str:
    """A draft in the embedded account with the files of a message; its id."""
    files = files_of(await both.ctx.mail.get_message(message))
    contents = [await both.ctx.mail.attachment(message, file.number) for file in files]
    return (await desk.ctx.mail.create_draft(OutgoingMail((), "Kept", "", attachments=files), "k", contents)).id


def test_beside_the_embedded_account_reads_are_merged(desk: Desk, system: far.Far) -> None:
    both = beside(desk, system)
    events = both.read("list_calendar_events", start="2026-03-02", end="2026-03-09", limit=200)["events"]
    assert {event["id"].partition(":")[0] == "far" for event in events} == {True, False}
    assert [event["start"] for event in events] == sorted(event["start"] for event in events)
    assert len(both.read("list_tasks", limit=200)["tasks"]) == len(desk.read("list_tasks", limit=200)["tasks"]) + 1
    assert len(both.read("search_mail", limit=200)["messages"]) > len(desk.read("search_mail", limit=200)["messages"])


def _told(found: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The slots from when to when, and who was not seen."""
    slots = [f"{slot['start'][11:16]}-{slot['end'][11:16]}" for slot in found["slots"]]
    return slots, [who["email"] for who in found["not_seen"]]


def test_time_that_all_have_who_can_be_seen(alone: Desk, desk: Desk, system: far.Far) -> None:
    tomorrow = (NOW + timedelta(days=1)).replace(hour=0)
    asked: Args = {"start": "tomorrow", "people": ["Priya", "carl@work.example"]}
    assert _told(alone.read("find_free_time", **asked))[1] == [PRIYA.email, "carl@work.example"]
    system.shared[PRIYA.email] = [(tomorrow + timedelta(hours=10), tomorrow + timedelta(hours=17))]
    assert _told(alone.read("find_free_time", **asked)) == (
        ["17:00-18:00"],
        ["carl@work.example"],
    )  # one's own are seen
    system.shared["carl@work.example"] = [(tomorrow + timedelta(hours=7), tomorrow + timedelta(hours=17, minutes=15))]
    assert _told(alone.read("find_free_time", **asked)) == (["17:15-18:00"], [])
    asked["people"][0] = PRIYA.email  # the embedded address book knows another Priya
    assert _told(beside(desk, system).read("find_free_time", **asked)) == (["17:15-18:00"], [])


def test_the_account_that_tells_of_others_is_down(desk: Desk, system: far.Far) -> None:
    async def down() -> None:
        raise Unavailable("The calendar cannot be reached.")

    system.shared[PRIYA.email], system.reads = [(NOW, NOW + timedelta(hours=8))], down
    found = beside(desk, system).read("find_free_time", start="today", people=[PRIYA.email])
    assert _told(found)[1] == [PRIYA.email]
    assert found["not_read"] == ["robin@example.com (far) could not be read. The calendar cannot be reached."]


def test_the_far_account_is_down(desk: Desk, system: far.Far) -> None:
    async def down() -> None:
        raise Unavailable("The calendar cannot be reached.")

    system.reads = down
    both = beside(desk, system)
    found = both.read("list_calendar_events", start="2026-03-02", end="2026-03-09", limit=200)
    assert found["events"]
    assert found["not_read"] == ["robin@example.com (far) could not be read. The calendar cannot be reached."]
    system.reads = None
    assert "not_read" not in both.read("list_calendar_events", start="2026-03-02", end="2026-03-09", limit=200)


def test_another_users_things_are_not_there(system: far.Far) -> None:
    stranger = asyncio.run(system.workspace("usr_other", ME))
    assert stranger.tasks is not None
    assert asyncio.run(stranger.tasks.list_tasks(10)).items == []
