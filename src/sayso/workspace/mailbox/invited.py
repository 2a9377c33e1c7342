"""What lies in the inbox of invitations (iMIP, RFC 6047), found by the structures of mails, without reading others."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sayso.workspace.formats.charset import text_of
from sayso.workspace.formats.mime import Part
from sayso.workspace.mailbox.line import Line
from sayso.workspace.mailbox.locating import day_of
from sayso.workspace.mailbox.outline import fill, outline_of
from sayso.workspace.mailbox.seen import section
from sayso.workspace.mailbox.session import Sessions

LOOKED: Final = 300
"""Messages that are looked at, the newest first."""
MAX_BYTES: Final = 200_000
"""Of one calendar object."""
_TOGETHER: Final = 2_000_000
"""Of all that are kept."""
_OF_ONE: Final = 4
"""Calendar objects of one mail: most carry the same one twice, to be read and to be saved."""
_METHODS: Final = ("REQUEST", "CANCEL")
_METHOD: Final = re.compile(rb"^METHOD:[ \t]*(\w+)[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)
_BEGIN: Final = b"BEGIN:VCALENDAR"

Known = Mapping[tuple[int, int], tuple[bytes, ...]]
"""What was found in messages, by the folder's UIDVALIDITY and their UIDs; those are never given to others."""


class Invited:
    """An `Inbox`."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._known: Known = {}

    async def pending(self, since: datetime) -> list[bytes]:
        self._known = await self._sessions.run(lambda line: _look(line, since, self._known))
        return [text for texts in self._known.values() for text in texts]


def _look(line: Line, since: datetime, known: Known) -> Known:
    """What is there by now, the newest first."""
    validity = line.select(b"INBOX").validity
    uids = line.find([b"SINCE", day_of(since.date(), -1), b"UNDELETED"])[: -LOOKED - 1 : -1]
    new = [uid for uid in uids if (validity, uid) not in known]
    texts = _texts(line, new) if new else {}
    found, left = dict[tuple[int, int], tuple[bytes, ...]](), _TOGETHER
    for uid in uids:
        there = known.get((validity, uid), texts.get(uid, ()))
        left -= sum(map(len, there))
        found[validity, uid] = there if left >= 0 else ()
    return found


def _texts(line: Line, uids: list[int]) -> dict[int, tuple[bytes, ...]]:
    """The calendar objects in these messages."""
    wanted = dict[str, dict[int, Part]]()
    for uid, data in line.get(uids, "(UID BODYSTRUCTURE)").items():
        for name, part in islice(_parts(data.get(b"BODYSTRUCTURE")), _OF_ONE):
            wanted.setdefault(name, {})[uid] = part
    found = dict[int, dict[bytes, None]]()
    for name, parts in wanted.items():
        for uid, data in line.get(parts, f"(UID BODY.PEEK[{name}]<0.{2 * MAX_BYTES}>)").items():
            fill(parts[uid], section(data, f"BODY[{name}]".encode()) or b"")
            if text := _object(parts[uid]):
                found.setdefault(uid, {})[text] = None
    return {uid: tuple(texts) for uid, texts in found.items()}


def _parts(structure: Any) -> Iterator[tuple[str, Part]]:
    outline = outline_of(b"", structure)
    for part in outline.root.leaves():
        if part.media_type == "text/calendar" and part.size <= MAX_BYTES and _method(part) in ("", *_METHODS):
            yield outline.sections[part], part


def _method(part: Part) -> str:
    return part.parameters.get("method", "").strip().upper()


def _object(part: Part) -> bytes:
    """The calendar object in UTF-8, with its method, its lines ended as they should be, however they were sent; nothing
    where its method is another one."""
    told = text_of(part.decoded()[:MAX_BYTES], part.charset).encode("utf-8", "replace")
    text = b"".join(b"%b\r\n" % line for line in told.strip().splitlines())
    inside = _METHOD.search(text)
    if inside is None:
        return text.replace(_BEGIN, b"%b\r\nMETHOD:%b" % (_BEGIN, _method(part).encode()), 1) if _method(part) else b""
    return text if inside[1].upper().decode() in _METHODS else b""
