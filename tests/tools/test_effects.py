"""What holds for every tool that has an effect: its words, its arguments, its key, its target."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from sayso.tools.base import EffectTool
from sayso.tools.registry import toolbox
from sayso.workspace.errors import ObjectChanged

if TYPE_CHECKING:
    from tests.tools.conftest import Desk

ANA, PRIYA = "Ana Silva <ana.silva@northwind.example>", "Priya Raman <priya.raman@northwind.example>"
MARCUS = "Marcus Lind <marcus.lind@northwind.example>"


@dataclass(frozen=True, slots=True)
class Case:
    """An everyday call, with every word that the user is shown about it."""

    tool: str
    args: dict[str, Any]
    effect: str
    question: str
    preview: str
    receipt: str

    @property
    def id(self) -> str:
        return f"{self.tool}-{next(iter(self.args.values()))}"


CASES = [
    Case(
        "create_calendar_event",
        {"title": "Project Review", "start": "March 10th at 3 PM"},
        "write",
        "create a meeting titled 'Project Review' on March 10th at 3 PM",
        "Create 'Project Review', Tue 10 March 2026, 3:00–4:00 PM (America/New_York)",
        "Created 'Project Review', Tue 10 March 2026, 3:00–4:00 PM.",
    ),
    Case(
        "create_calendar_event",
        {"title": "Hiring", "start": "Tuesday 10:45", "duration_minutes": 30, "guests": ["Ana"], "location": "Room 1"},
        "outbound",
        "create a meeting titled 'Hiring' on March 3rd at 10:45 AM for 30 minutes at Room 1 and invite Ana Silva",
        "Create 'Hiring', Tue 3 March 2026, 10:45–11:15 AM (America/New_York), at Room 1 — "
        f"invitation to {ANA}, saved here, not delivered; overlaps 'Design review', 10:00–11:00 AM and "
        "'Budget call with Priya', 10:30–11:15 AM",
        f"Created 'Hiring', Tue 3 March 2026, 10:45–11:15 AM. Invitation to {ANA}, saved here, not delivered.",
    ),
    Case(
        "create_calendar_event",
        {"title": "Gym", "start": "7am", "recurrence": "every other Tuesday until June"},
        "write",
        "create a meeting titled 'Gym' on March 3rd at 7 AM, every other Tuesday until 31 May 2026",
        "Create 'Gym', Tue 3 March 2026, 7:00–8:00 AM (America/New_York), every other Tuesday until 31 May 2026",
        "Created 'Gym', Tue 3 March 2026, 7:00–8:00 AM, every other Tuesday until 31 May 2026.",
    ),
    Case(
        "create_calendar_event",
        {"title": "Trip", "start": "Friday", "end": "Sunday"},
        "write",
        "create an all-day event titled 'Trip' from March 6th to March 8th",
        "Create 'Trip', Fri 6 March 2026 – Sun 8 March 2026",
        "Created 'Trip', Fri 6 March 2026 – Sun 8 March 2026.",
    ),
    Case(
        "update_calendar_event",
        {"event": "my 3 o'clock with Ana", "start": "Thursday"},
        "outbound",
        "move 'Catch-up with Ana' (Mon 2 March 2026, 3:00–3:30 PM) to March 5th at 3 PM",
        "Change 'Catch-up with Ana': Mon 2 March 2026, 3:00–3:30 PM → Thu 5 March 2026, 3:00–3:30 PM "
        f"(America/New_York) — mail to {ANA}, saved here, not delivered",
        "Changed 'Catch-up with Ana': Mon 2 March 2026, 3:00–3:30 PM → Thu 5 March 2026, 3:00–3:30 PM "
        f"(America/New_York) — mail to {ANA}, saved here, not delivered.",
    ),
    Case(
        "update_calendar_event",
        {"event": "dentist", "start": "an hour later", "title": "Check-up", "location": "12 Elm Street"},
        "write",
        "move 'Dentist' (Wed 11 March 2026, 8:30–9:15 AM) to March 11th at 9:30 AM, rename it to 'Check-up' and "
        "set its place to '12 Elm Street'",
        "Change 'Dentist': Wed 11 March 2026, 8:30–9:15 AM → Wed 11 March 2026, 9:30–10:15 AM (America/New_York); "
        "title 'Dentist' → 'Check-up'; place 'Dr. Weiss, 12 Elm Street' → '12 Elm Street' — "
        "overlaps 'Stand-up', 9:30–9:45 AM",
        "Changed 'Dentist': Wed 11 March 2026, 8:30–9:15 AM → Wed 11 March 2026, 9:30–10:15 AM (America/New_York); "
        "title 'Dentist' → 'Check-up'; place 'Dr. Weiss, 12 Elm Street' → '12 Elm Street'.",
    ),
    Case(
        "update_calendar_event",
        {"event": "yoga", "start": "7pm", "scope": "all"},
        "write",
        "move 'Yoga' (Wed 4 March 2026, 6:30–7:30 PM) to March 4th at 7 PM (the whole series)",
        "Change 'Yoga': Wed 4 March 2026, 6:30–7:30 PM → Wed 4 March 2026, 7:00–8:00 PM (America/New_York) — "
        "the whole series (repeats every week)",
        "Changed 'Yoga': Wed 4 March 2026, 6:30–7:30 PM → Wed 4 March 2026, 7:00–8:00 PM (America/New_York) — "
        "the whole series (repeats every week).",
    ),
    Case(
        "delete_calendar_event",
        {"event": "the call tomorrow", "note": "Ana tells me no."},
        "outbound",
        "delete 'Budget call with Priya' on March 3rd at 10:30 AM and tell Priya Raman “Ana tells me no.”",
        "Delete 'Budget call with Priya', Tue 3 March 2026, 10:30–11:15 AM (America/New_York) — "
        f"mail to {PRIYA}: “Ana tells me no.”, saved here, not delivered",
        f"Deleted 'Budget call with Priya', Tue 3 March 2026, 10:30–11:15 AM — "
        f"mail to {PRIYA}: “Ana tells me no.”, saved here, not delivered.",
    ),
    Case(
        "delete_calendar_event",
        {"event": "1:1 with Marcus", "notify_guests": False},
        "destructive",
        "delete '1:1 with Marcus' on March 5th at 11 AM (only this one)",
        "Delete '1:1 with Marcus', Thu 5 March 2026, 11:00–11:30 AM (America/New_York) — "
        f"only this one (repeats every Thursday); does not tell {MARCUS}",
        "Deleted '1:1 with Marcus', Thu 5 March 2026, 11:00–11:30 AM — "
        f"only this one (repeats every Thursday); did not tell {MARCUS}.",
    ),
    Case(
        "respond_to_invitation",
        {"event": "quarterly planning", "response": "accepted", "note": "Gladly."},
        "outbound",
        "accept Helen Zhou's invitation to 'Quarterly planning' on March 12th at 2 PM, saying “Gladly.”",
        "Accept 'Quarterly planning', Thu 12 March 2026, 2:00–3:30 PM (America/New_York) — "
        "mail to Helen Zhou <helen.zhou@northwind.example>: “Gladly.”, saved here, not delivered",
        "Accepted 'Quarterly planning', Thu 12 March 2026, 2:00–3:30 PM — "
        "mail to Helen Zhou <helen.zhou@northwind.example>: “Gladly.”, saved here, not delivered.",
    ),
    Case(
        "create_task",
        {"title": "call the plumber", "due": "tomorrow at 5", "list": "home"},
        "write",
        "add the task 'call the plumber' to the list 'Home', due March 3rd at 5 PM",
        "Add task 'call the plumber', due Tue 3 March 2026, 5:00 PM, to the list 'Home'",
        "Added the task 'call the plumber', due Tue 3 March 2026, 5:00 PM.",
    ),
    Case(
        "create_task",
        {"title": "milk", "list": "my Groceries list"},
        "write",
        "add the task 'milk' to the new list 'Groceries'",
        "Add task 'milk', to the new list 'Groceries'",
        "Added the task 'milk' to the new list 'Groceries'.",
    ),
    Case(
        "update_task",
        {"task": "the slides", "list": "Speaking"},
        "write",
        "change the task 'Finish the slides': list 'Work' → the new 'Speaking'",
        "Change task 'Finish the slides': list 'Work' → the new 'Speaking'",
        "Changed the task 'Finish the slides': list 'Work' → the new 'Speaking'.",
    ),
    Case(
        "update_task",
        {"task": "the slides", "due": "none", "title": "Slides"},
        "write",
        "change the task 'Finish the slides': title 'Finish the slides' → 'Slides'; due Tue 3 March 2026, 5:00 PM → "
        "none",
        "Change task 'Finish the slides': title 'Finish the slides' → 'Slides'; due Tue 3 March 2026, 5:00 PM → none",
        "Changed the task 'Finish the slides': title 'Finish the slides' → 'Slides'; due Tue 3 March 2026, 5:00 PM → "
        "none.",
    ),
    Case(
        "complete_task",
        {"task": "call the bank"},
        "write",
        "mark the task 'Call the bank' as done",
        "Mark task 'Call the bank' as done (due Mon 2 March 2026)",
        "Marked 'Call the bank' as done.",
    ),
    Case(
        "reopen_task",
        {"task": "library books"},
        "write",
        "reopen the task 'Return the library books'",
        "Reopen task 'Return the library books' (due Sat 28 February 2026)",
        "Reopened the task 'Return the library books'.",
    ),
    Case(
        "delete_task",
        {"task": "expense report"},
        "destructive",
        "delete the task 'File the expense report'",
        "Delete task 'File the expense report', due Tue 24 February 2026, from the list 'Work'",
        "Deleted the task 'File the expense report'.",
    ),
    Case(
        "draft_mail",
        {"to": ["Priya"], "subject": "Numbers", "body": "Here they are."},
        "write",
        "save a draft to Priya Raman about 'Numbers' saying “Here they are.”",
        f"Save draft 'Numbers' to {PRIYA}",
        f"Saved the draft 'Numbers' to {PRIYA}.",
    ),
    Case(
        "send_mail",
        {"to": ["ana"], "cc": ["Marcus Lind"], "subject": "Budget", "body": "See you at three."},
        "outbound",
        "send a mail to Ana Silva and Marcus Lind about 'Budget' saying “See you at three.”",
        f"Send 'Budget' to {ANA}, cc {MARCUS} — saved here, not delivered",
        f"Saved here, not delivered: 'Budget' to {ANA}, cc {MARCUS}.",
    ),
    Case(
        "send_mail",
        {"draft": "goals for the quarter", "to": ["Helen"], "body": "Attached."},
        "outbound",
        "send the draft to Helen Zhou about 'Goals for the quarter' saying “Attached.”",
        "Send 'Goals for the quarter' to Helen Zhou <helen.zhou@northwind.example> — saved here, not delivered",
        "Saved here, not delivered: 'Goals for the quarter' to Helen Zhou <helen.zhou@northwind.example>.",
    ),
    Case(
        "reply_mail",
        {"message": "the latest mail from Priya", "body": "I'll be ten minutes late."},
        "outbound",
        "reply to Priya Raman about 'Re: Q2 budget' saying “I'll be ten minutes late.”",
        f"Reply 'Re: Q2 budget' to {PRIYA} — saved here, not delivered",
        f"Saved here, not delivered: 'Re: Q2 budget' to {PRIYA}.",
    ),
    Case(
        "forward_mail",
        {"message": "Marcus's latest mail about the offsite", "to": ["Priya"], "body": "See below."},
        "outbound",
        "forward 'Re: Offsite at the lake' to Priya Raman saying “See below.”",
        f"Forward 'Re: Offsite at the lake' to {PRIYA} — saved here, not delivered",
        f"Saved here, not delivered: 'Fwd: Re: Offsite at the lake' to {PRIYA}.",
    ),
    Case(
        "archive_mail",
        {"messages": ["the invoice from Ink & Paper", "Sunday dinner"]},
        "write",
        "archive 2 mails ('Invoice 2207 for your order' from Ink & Paper and 'Sunday dinner' from Mum)",
        "Archive 2 mails: 'Invoice 2207 for your order' from Ink & Paper and 'Sunday dinner' from Mum",
        "Archived 2 mails ('Invoice 2207 for your order' from Ink & Paper and 'Sunday dinner' from Mum).",
    ),
    Case(
        "label_mail",
        {"messages": ["Sunday dinner"], "add": ["Family"], "remove": ["unread"]},
        "write",
        "mark 'Sunday dinner' from Mum as read and label it as 'Family'",
        "Mark 'Sunday dinner' from Mum as read and label it as 'Family'",
        "Marked 'Sunday dinner' from Mum as read and labeled it as 'Family'.",
    ),
    Case(
        "trash_mail",
        {"messages": ["all newsletters"]},
        "destructive",
        "move 'Five ways to brew better coffee' from The Daily Brew to the trash",
        "Move 'Five ways to brew better coffee' from The Daily Brew to the trash",
        "Moved 'Five ways to brew better coffee' from The Daily Brew to the trash.",
    ),
    Case(
        "remember",
        {"text": "no meetings before ten"},
        "write",
        "remember 'no meetings before ten'",
        "Remember 'no meetings before ten'",
        "Remembered 'no meetings before ten'.",
    ),
    Case(
        "remember",
        {"kind": "signature", "text": "Best,\nRobin"},
        "write",
        "remember the signature 'Best, Robin'",
        "Remember the signature 'Best, Robin'",
        "Remembered the signature 'Best, Robin'.",
    ),
    Case(
        "forget",
        {"memory": "the one about Fridays"},
        "write",
        "forget 'No calls on Friday afternoons'",
        "Forget 'No calls on Friday afternoons'",
        "Forgot 'No calls on Friday afternoons'.",
    ),
]

Keys = Callable[[], str]
every = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)


def state(desk: "Desk") -> dict[str, Any]:
    """Everything that tools can change."""
    return {
        "events": desk.read("list_calendar_events", start="2026-02-20", end="2026-04-20", limit=200)["events"],
        "tasks": desk.read("list_tasks", status="all", limit=200)["tasks"],
        "mail": desk.read("search_mail", limit=200)["messages"],
        "trash": desk.read("search_mail", query="in:trash", limit=200)["messages"],
        "lists": desk.read("list_task_lists")["lists"],
        "memories": desk.do(desk.ctx.memory.all()),
    }


def test_every_effect_tool_has_a_case() -> None:
    effects = {name for name, tool in toolbox().items() if isinstance(tool, EffectTool)}
    assert {case.tool for case in CASES} == effects


@every
def test_words(desk: "Desk", case: Case, keys: Keys) -> None:
    proposal = desk.prepare(case.tool, **case.args)
    assert proposal.question == case.question
    assert proposal.preview == case.preview
    assert proposal.effect == case.effect
    assert desk.run(case.tool, proposal, keys()).receipt == case.receipt


@every
def test_preparing_changes_nothing_and_resolved_arguments_mean_the_same(desk: "Desk", case: Case) -> None:
    before = state(desk)
    proposal = desk.prepare(case.tool, **case.args)
    fields = toolbox()[case.tool].Args.model_fields
    assert set(proposal.args) == {name for name, field in fields.items() if not field.exclude}
    assert desk.prepare(case.tool, **proposal.args) == proposal
    assert state(desk) == before


@every
def test_one_key_is_one_effect_and_reconciling_tells_what_it_did(desk: "Desk", case: Case, keys: Keys) -> None:
    proposal, key = desk.prepare(case.tool, **case.args), keys()
    before = state(desk)
    assert desk.reconcile(case.tool, proposal, key) is None
    result = desk.run(case.tool, proposal, key)
    after = state(desk)
    assert after != before
    assert desk.run(case.tool, proposal, key) == result
    assert state(desk) == after
    assert desk.reconcile(case.tool, proposal, key) == result


OTHER_CHANGE = {
    "update_calendar_event": ("update_calendar_event", {"title": "Changed meanwhile"}),
    "delete_calendar_event": ("update_calendar_event", {"title": "Changed meanwhile"}),
    "respond_to_invitation": ("respond_to_invitation", {"response": "tentative", "scope": "this"}),
    "update_task": ("update_task", {"title": "Changed meanwhile"}),
    "complete_task": ("update_task", {"title": "Changed meanwhile"}),
    "reopen_task": ("update_task", {"title": "Changed meanwhile"}),
    "delete_task": ("update_task", {"title": "Changed meanwhile"}),
}
stale = pytest.mark.parametrize("case", [case for case in CASES if case.tool in OTHER_CHANGE], ids=lambda case: case.id)


@stale
def test_what_changed_since_the_preview_is_left_alone(desk: "Desk", case: Case, keys: Keys) -> None:
    proposal = desk.prepare(case.tool, **case.args)
    tool, change = OTHER_CHANGE[case.tool]
    field = "task" if tool == "update_task" else "event"
    desk.run(tool, desk.prepare(tool, **{field: proposal.target["id"]}, **change), keys())
    changed = state(desk)
    different = "my response" if tool == "respond_to_invitation" else "title"
    with pytest.raises(ObjectChanged, match=rf"has changed since you saw it\. What is different: {different}\."):
        desk.run(case.tool, proposal, keys())
    assert state(desk) == changed


def test_of_a_plan_of_an_earlier_version_it_is_not_told_what_is_different(desk: "Desk", keys: Keys) -> None:
    proposal = desk.prepare("complete_task", task="the slides")
    desk.run("update_task", desk.prepare("update_task", task="the slides", title="Changed meanwhile"), keys())
    del proposal.target["before"]
    with pytest.raises(ObjectChanged, match=r"has changed since you saw it\.$"):
        desk.run("complete_task", proposal, keys())


def test_a_draft_that_changed_since_the_preview_is_not_sent(desk: "Desk", keys: Keys) -> None:
    proposal = desk.prepare("send_mail", draft="goals for the quarter", to=["Helen"], body="Attached.")
    label = desk.prepare("label_mail", messages=[proposal.target["draft"]], add=["Later"])
    desk.run("label_mail", label, keys())
    with pytest.raises(ObjectChanged):
        desk.run("send_mail", proposal, keys())
    assert "Goals for the quarter" in desk.subjects("in:drafts")
