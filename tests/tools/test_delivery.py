"""What is written to others in an account that delivers nothing is said to be saved, everywhere and not once "sent"."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.kit import far
from tests.kit.nothing import NoActivity, NoMemories
from tests.kit.seeded import ME, NEW_YORK, NOW
from tests.tools.conftest import Desk

from sayso.tools.base import Proposal, ToolContext, texts
from sayso.tools.registry import question_for
from sayso.workspace.accounts import Account, compose
from sayso.workspace.types import Event, Guest, Person

USER = "usr_me"
ANA = Person("ana.silva@northwind.example", "Ana Silva")
SAVED = "saved here, not delivered"
CLAIMS = re.compile(r"\b(?:sent|told|tells|invites|invited)\b", re.IGNORECASE)
Args = dict[str, Any]
CASES: list[tuple[str, Args, str, str]] = [
    ("send_mail", {"to": [ANA.email], "subject": "Numbers", "body": "Here."},
     "Sent 'Numbers' to ", "Saved here, not delivered: 'Numbers' to "),
    ("send_mail", {"draft": "goals", "to": [ANA.email]},
     "Sent 'Goals", "Saved here, not delivered: 'Goals"),
    ("reply_mail", {"message": "budget", "body": "Fine."},
     "Sent 'Re: ", "Saved here, not delivered: 'Re: "),
    ("forward_mail", {"message": "budget", "to": [ANA.email]},
     "Sent 'Fwd: ", "Saved here, not delivered: 'Fwd: "),
    ("create_calendar_event", {"title": "Talk", "start": "Friday at noon", "guests": [ANA.email]},
     ". Invited ", f"<{ANA.email}>, {SAVED}."),
    ("update_calendar_event", {"event": "review", "start": "an hour later"},
     "told ", f", {SAVED}."),
    ("update_calendar_event", {"event": "review", "add_guests": ["olga@work.example"]},
     "told ", f", {SAVED}."),
    ("delete_calendar_event", {"event": "review", "note": "I am ill."},
     ": “I am ill.”.", f": “I am ill.”, {SAVED}."),
    ("respond_to_invitation", {"event": "planning", "response": "accepted"},
     "told ", f", {SAVED}."),
]  # fmt: skip
every = pytest.mark.parametrize(
    ("tool", "args", "sent", "saved"), CASES, ids=[f"{tool}-{'-'.join(args)}" for tool, args, _, _ in CASES]
)


@pytest.fixture
def system() -> far.Far:
    """An account of another system with something of each kind to act on."""
    system, tomorrow = far.Far(keeps_keys=True), NOW + timedelta(days=1)
    guests = (Guest(ANA.email, ANA.name),)
    system.add_event(USER, "Design review", tomorrow, tomorrow + timedelta(hours=1), guests=guests)
    later = tomorrow + timedelta(hours=3)
    system.add_event(USER, "Planning", later, later + timedelta(hours=1), organizer=ANA, my_response="needs_action")
    system.add_mail(USER, ANA, "Budget", (ME,), body="Is it right?")
    system.add_mail(USER, ME, "Goals", (), body="Three of them.", labels=("drafts",), unread=False)
    system.add_contact(USER, ANA.name, ANA.email)
    return system


@pytest.fixture
def delivering(system: far.Far) -> Desk:
    """A user whose one account delivers."""
    workspace = asyncio.run(system.workspace(USER, ME))
    return Desk(ToolContext(workspace, ME, NOW, NEW_YORK, NoMemories(), NoActivity()))


def _told(desk: Desk, tool: str, args: Args) -> tuple[Proposal, str, str, str]:
    """The proposal; what is asked; the receipt; and the receipt of one who finds it done."""
    proposal = desk.prepare(tool, **args)
    receipt = desk.run(tool, proposal, "act_1").receipt
    found = desk.reconcile(tool, proposal, "act_1")
    assert found is not None
    return proposal, question_for([proposal]), receipt, found.receipt


@every
def test_where_nothing_is_delivered_it_is_saved(desk: Desk, tool: str, args: Args, sent: str, saved: str) -> None:
    proposal, question, receipt, found = _told(desk, tool, args)
    assert saved in receipt
    assert receipt == found
    assert not CLAIMS.search(f"{proposal.preview} {receipt}")
    assert SAVED in proposal.preview
    assert question == f"Should I {proposal.question}? Nothing is delivered: it is saved here."


@every
def test_where_it_is_delivered_it_is_sent(delivering: Desk, tool: str, args: Args, sent: str, saved: str) -> None:
    proposal, question, receipt, found = _told(delivering, tool, args)
    assert sent in receipt
    assert receipt == found
    assert "saved here" not in f"{proposal.preview} {receipt} {question}"
    assert question == f"Should I {proposal.question}?"


def test_only_who_was_reached_is_said_to_be_invited(delivering: Desk, system: far.Far) -> None:
    receipts = list[str]()
    for undelivered in ((ANA.email.upper(),), (ANA.email.upper(), "bo@x.example")):

        async def partly(call: far.Call, undelivered: tuple[str, ...] = undelivered) -> Event:
            made: Event = call.apply()
            return replace(made, undelivered=undelivered)

        system.will("Talk", partly)
        proposal = delivering.prepare(
            "create_calendar_event", title="Talk", start="Friday at noon", guests=[ANA.email, "bo@x.example"]
        )
        receipts.append(delivering.run("create_calendar_event", proposal, f"act_{len(receipts)}").receipt)
    some, nobody = receipts
    assert some.endswith(f" Invited bo@x.example. Not reached: {ANA.email.upper()}.")
    assert "nvited" not in nobody
    assert nobody.endswith(f" Not reached: {ANA.email.upper()} and bo@x.example.")


def test_a_draft_that_may_have_gone_out_is_not_sent_again_unseen(delivering: Desk, system: far.Far) -> None:
    first = delivering.prepare("send_mail", draft="goals", to=[ANA.email])
    [draft] = [mail for mail in system.mails.values() if mail.subject == "Goals"]
    system.mails[draft.id] = replace(draft, may_be_sent=True)
    again = delivering.prepare("send_mail", draft="goals", to=[ANA.email])
    told = "This draft is the copy of a mail that went out already, or may have: look before you send it again."
    assert (told in texts(first.warnings), told in texts(again.warnings)) == (False, True)


@pytest.mark.parametrize("default", [False, True])
@pytest.mark.parametrize("kind", ["mail", "calendar"])
def test_of_several_accounts_the_one_that_does_it_decides(
    desk: Desk, system: far.Far, kind: Any, default: bool
) -> None:
    """New things go out of the default account; an answer, a draft, an event's news out of that which it lies in."""
    account = replace(system.account(USER, ME), default_for=frozenset({kind} if default else ()))
    both = compose([Account("", "local", "This computer", desk.ctx.workspace), account])
    two = Desk(replace(desk.ctx, workspace=both))
    if kind == "mail":
        new = two.prepare("send_mail", to=[ANA.email], subject="Numbers", body="Here.")
        mails = {mail.subject: f"far:{mail.id}" for mail in system.mails.values()}
        theirs = two.prepare("reply_mail", message=mails["Budget"], body="Fine.")
        draft = two.prepare("send_mail", draft=mails["Goals"], to=[ANA.email])
        ours = two.prepare("reply_mail", message="the latest mail from Marcus", body="Fine.")
    else:
        new = two.prepare("create_calendar_event", title="Talk", start="Friday at noon", guests=[ANA.email])
        events = {event.title: f"far:{event.id}" for event in system.events.values()}
        theirs = two.prepare("update_calendar_event", event=events["Design review"], start="an hour later")
        draft = two.prepare("delete_calendar_event", event=events["Design review"])
        ours = two.prepare("delete_calendar_event", event="the call tomorrow")
    assert (SAVED in new.preview) is not default
    assert [SAVED in each.preview for each in (theirs, draft, ours)] == [False, False, True]
    assert question_for([theirs]).endswith("?")
    assert question_for([theirs, ours]).endswith("? Not all of it is delivered: some is saved here.")


def test_only_what_is_for_others_counts(desk: Desk) -> None:
    task = desk.prepare("create_task", title="Paint")
    mail = desk.prepare("send_mail", to=[ANA.email], subject="Numbers", body="Here.")
    assert question_for([task]) == "Should I add the task 'Paint'?"
    assert question_for([task, mail]).endswith("? Nothing is delivered: it is saved here.")
    head, *lines = question_for([mail] * 4).splitlines()
    assert (head, len(lines)) == ("Should I do these 4 things? Nothing is delivered: it is saved here.", 4)
    untold = desk.prepare("delete_calendar_event", event="1:1 with Marcus", notify_guests=False)
    assert question_for([untold]).endswith("?")
