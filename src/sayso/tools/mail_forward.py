"""Passing a message on: whole, below one's own words, and what cannot go along is said."""

from collections.abc import Iterable
from dataclasses import replace
from email.utils import format_datetime
from typing import Final

from sayso.tools.base import Caution, ToolContext
from sayso.tools.wording import address_of, addresses, join, one_line
from sayso.workspace.types import Message, OutgoingMail

_HEAD: Final = "---------- Forwarded message ----------"


def forwarded_subject(message: Message) -> str:
    subject = one_line(message.subject)
    return subject if subject.casefold().startswith(("fwd:", "fw:")) else f"Fwd: {subject}".strip()


def with_forwarded(ctx: ToolContext, mail: OutgoingMail, message: Message | None) -> OutgoingMail:
    """The mail with the message below its words."""
    if message is None:
        return mail
    lines = [
        _HEAD,
        f"From: {address_of(message.sender)}",
        f"Date: {format_datetime(message.date.astimezone(ctx.timezone))}",
    ]
    lines += [f"Subject: {one_line(message.subject)}", f"To: {addresses(message.to)}"]
    lines += [f"Cc: {addresses(message.cc)}"] if message.cc else []
    own = f"{mail.body.rstrip()}\n\n" if mail.body.strip() else ""
    return replace(mail, body=own + "\n".join([*lines, "", message.body]))


def not_sent(names: Iterable[str]) -> tuple[Caution, ...]:
    """A warning that names the attachments of a message that stay behind when it is passed on: only their names are
    known here, or only its words were copied."""
    named = list(dict.fromkeys(names))
    if not named:
        return ()
    them, are = ("attachment", "is") if len(named) == 1 else ("attachments", "are")
    return (Caution("not_sent", f"The {them} {join(named)} of the forwarded mail {are} not sent along."),)
