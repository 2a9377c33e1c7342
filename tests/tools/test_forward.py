"""A mail that is passed on goes whole, and what cannot go along is said before (P2)."""

import re

import pytest
from tests.kit.seeded import ME
from tests.tools.conftest import Desk
from tests.tools.test_addresses import PRIYA, receive

from sayso.tools.base import texts
from sayso.tools.mail_forward import not_sent
from sayso.tools.provenance import carried, flagged
from sayso.workspace.types import Attachment, Person

BILL = Attachment("bill.pdf", "application/pdf", 1234)
INVITE = Attachment("invite.ics", "text/calendar", 99)
SHOP = Person("shop@shop.example", "The shop")
LONG = "Dear customer, " + "this is a long text that nobody may cut. " * 1000 + "The end."
DROPPED = "The attachment 'bill.pdf' of the forwarded mail is not sent along."


@pytest.mark.parametrize("tool", ["send_mail", "draft_mail"])
def test_a_message_is_passed_on_whole_and_its_attachments_are_named(desk: Desk, tool: str) -> None:
    message = receive(desk, SHOP, attachments=(BILL,), body=LONG)
    proposal = desk.prepare(tool, to=["Priya Raman"], forward=message, body="Please pay this.")
    assert texts(proposal.warnings) == (DROPPED,)
    sent = proposal.target["mail"]["body"]
    assert sent.startswith(
        "Please pay this.\n\n---------- Forwarded message ----------\nFrom: The shop <shop@shop.example>"
    )
    assert re.search(r"^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}$", sent, re.MULTILINE)
    assert sent.endswith(f"To: {ME.name} <{ME.email}>\n\n{LONG}")
    assert proposal.target["mail"]["subject"].startswith("Fwd: Parcel")
    assert dict(proposal.details)["Text"] == sent
    again = desk.prepare(tool, **{name: value for name, value in proposal.args.items() if value})
    assert (again.args, again.target, texts(again.warnings)) == (
        proposal.args,
        proposal.target,
        texts(proposal.warnings),
    )
    assert desk.run(tool, proposal, "k").value["message"]["body"] == sent


def test_one_may_pass_on_without_words_and_what_has_nothing_attached(desk: Desk) -> None:
    message = receive(desk, SHOP, body="Our new address.")
    proposal = desk.prepare("send_mail", to=[PRIYA.email], forward=message)
    assert texts(proposal.warnings) == ()
    assert proposal.target["mail"]["body"].startswith("---------- Forwarded message")


def test_several_attachments_are_named(desk: Desk) -> None:
    message = receive(desk, SHOP, attachments=(BILL, INVITE, BILL))
    proposal = desk.prepare("send_mail", to=[PRIYA.email], forward=message)
    assert texts(proposal.warnings) == (
        "The attachments 'bill.pdf' and 'invite.ics' of the forwarded mail are not sent along.",
    )
    assert not_sent([]) == ()


@pytest.mark.parametrize(
    ("subject", "body", "warned"),
    [
        ("Fwd: Parcel", "FYI\n\n> Please\nanswer.", True),
        ("Fwd: Parcel", "FYI: Please answer.", True),
        ("Re: Parcel", "Please answer.", False),
        ("Parcel", "Look: these are the eight words that were in there.", True),
        ("Parcel", "Something else", False),
    ],
)
def test_a_model_that_copies_a_mail_instead_is_told_of_too(desk: Desk, subject: str, body: str, warned: bool) -> None:
    text = "Please answer." if "answer" in body else "Look: these are the eight words that were in there. Bye."
    read = desk.read("read_mail", message=receive(desk, SHOP, attachments=(BILL,), body=text))
    own = desk.prepare("send_mail", to=[PRIYA.email], subject=subject, body=body)
    proposal = desk.do(flagged(desk.ctx, own, ["pass it on"], [read]))
    assert (DROPPED in texts(proposal.warnings)) == warned
    assert (DROPPED in texts(carried(proposal, own).warnings)) == warned


def test_an_answer_drops_nothing(desk: Desk) -> None:
    message = receive(desk, SHOP, attachments=(BILL,))
    proposal = desk.prepare("reply_mail", message=message, body="Thanks, please answer.")
    read = desk.read("read_mail", message=message)
    assert texts(desk.do(flagged(desk.ctx, proposal, ["answer it"], [read])).warnings) == texts(proposal.warnings)
