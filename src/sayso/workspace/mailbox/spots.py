"""Ids of messages that outlive moves: where one was, the day it came in, and a digest of what never changes in it.

`<folder>.<uidvalidity>.<uid>.<day>.<digest>`: the folder's name as the server has it in base64url, numbers in base 36.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from sayso.workspace.errors import ObjectNotFound
from sayso.workspace.formats.mime import Part

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_ID = re.compile(r"([A-Za-z0-9_-]{1,800}+)\.([0-9a-z]{1,7})\.([0-9a-z]{1,7})\.([0-9a-z]{1,5})\.([0-9a-v]{10})")
_MOST: Final = 2_000
GONE: Final = "That message is not in your mailbox any more."


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a message was when it was last seen. `digest`: of its Message-ID."""

    folder: bytes
    validity: int
    uid: int
    day: date
    digest: str

    def __str__(self) -> str:
        token = base64.urlsafe_b64encode(self.folder).decode().rstrip("=")
        return ".".join((token, *map(_written, (self.validity, self.uid, self.day.toordinal())), self.digest))


def spot_of(message_id: str) -> Spot:
    """Raises ObjectNotFound for what is no id."""
    found = _ID.fullmatch(message_id[:_MOST])
    if found is None:
        raise ObjectNotFound(GONE)
    try:
        folder = base64.urlsafe_b64decode(found[1] + "=" * (-len(found[1]) % 4))
        day = date.fromordinal(int(found[4], 36))
    except (ValueError, OverflowError) as error:
        raise ObjectNotFound(GONE) from error
    return Spot(folder, int(found[2], 36), int(found[3], 36), day, found[5])


def digest_of(mail: Part) -> str:
    """Of its Message-ID; of one without, of whom it is from, when, and about what."""
    known = _header(mail, "message-id") or b"\n".join(_header(mail, name) for name in ("from", "date", "subject"))
    return base64.b32hexencode(hashlib.sha256(known).digest()).decode().lower()[:10]


def _header(mail: Part, name: str) -> bytes:
    """As it is written, for what its letters are may be told elsewhere in the mail."""
    told = (b" ".join(value.split()) for each, value in mail.fields if each == name)
    return next(filter(None, told), b"")


def _written(number: int) -> str:
    told = ""
    while number or not told:
        number, digit = divmod(number, 36)
        told = _DIGITS[digit] + told
    return told
