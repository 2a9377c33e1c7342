"""Which conversation a mail belongs to: that of the first mail in it, by its Message-ID (RFC 5322, 3.6.4)."""

import base64
import re
from typing import Final

from sayso.workspace.formats.mime import Part

_ID = re.compile(r"<([^<>\s]+)>")
_MOST: Final = 500
"""Characters of a Message-ID that can stand for a conversation."""


def thread_of(named: str, mail: Part, message_id: str) -> str:
    """The id of its conversation. `named`: the server's own name of it, or empty; `message_id`: our id of the mail."""
    if named:
        return named
    root = root_of(mail)
    if not root or len(root) > _MOST or not root.isascii():
        return f"m.{message_id}"
    return f"t.{base64.urlsafe_b64encode(root.encode()).decode().rstrip('=')}"


def root_of(mail: Part) -> str:
    """The Message-ID of the first mail of its conversation, without angle brackets, or empty."""
    return next((found[0] for name in ("references", "in-reply-to", "message-id") if (found := _named(mail, name))), "")


def ids_in(mail: Part) -> set[str]:
    """All Message-IDs that it is or names."""
    return {each for name in ("references", "in-reply-to", "message-id") for each in _named(mail, name)}


def answered_by(mail: Part) -> str:
    """The Message-ID of the mail that it answers, or empty."""
    found = _named(mail, "in-reply-to") or _named(mail, "references")[-1:]
    return found[0] if found else ""


def root_in(thread_id: str) -> str:
    """The Message-ID in the id of a conversation; empty where there is none."""
    told = thread_id.removeprefix("t.")
    try:
        return base64.urlsafe_b64decode(told + "=" * (-len(told) % 4)).decode("ascii") if told != thread_id else ""
    except ValueError:
        return ""


def _named(mail: Part, name: str) -> list[str]:
    return [each for value in mail.all(name) for each in _ID.findall(value)]


def ids_in_order(mail: Part) -> tuple[str, ...]:
    """The Message-IDs that it names, oldest first."""
    return tuple(dict.fromkeys(_named(mail, "references") or _named(mail, "in-reply-to")))
