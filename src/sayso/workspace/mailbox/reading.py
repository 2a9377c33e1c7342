"""Messages in full, and what is attached to them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sayso.base import sizes
from sayso.workspace.errors import ObjectNotFound, Refused
from sayso.workspace.formats.mail_text import MAX_BODY, contents_of
from sayso.workspace.formats.mime import Part, parse_mail
from sayso.workspace.mailbox.conversation import answered_by
from sayso.workspace.mailbox.folders import Folder, Folders
from sayso.workspace.mailbox.line import Line, No, quoted
from sayso.workspace.mailbox.locating import locate
from sayso.workspace.mailbox.outline import fill
from sayso.workspace.mailbox.seen import Seen, header_of, message_of, section, see
from sayso.workspace.mailbox.spots import GONE, Spot
from sayso.workspace.people import Me
from sayso.workspace.types import Header, Message

WHOLE: Final = 20 * 2**20
"""Bytes of a mail up to which all of it is fetched; of a larger one its texts and what it tells of its files."""
_TOGETHER: Final = 50 * 2**20
"""The same of all mails of one request."""
_BEGINNING: Final = 2_000
_HTML_BEGINNING: Final = 12_000
"""Bytes of a text that are enough to tell how it begins; pages have their looks first."""


def find_seen(line: Line, folders: Folders, spots: Iterable[Spot]) -> dict[Spot, Seen]:
    """The messages, wherever they are now. Raises ObjectNotFound when one is nowhere, and what `Line.ask` raises."""
    wanted = list(spots)
    there = locate(line, folders, wanted)
    seen = dict[Spot, Seen]()
    for folder in folders.all:
        uids = [spot.uid for spot in there.values() if spot.folder == folder.wire]
        if uids:
            validity = line.select(folder.wire).validity
            seen |= {each.spot: each for each in see(line, folders, folder, validity, uids)}
    found = {spot: seen[now] for spot in wanted if (now := there.get(spot)) is not None and now in seen}
    if len(found) < len(set(wanted)):
        raise ObjectNotFound(GONE)
    return found


def snippets(line: Line, seen: Sequence[Seen], me: Me) -> list[Header]:
    """The headers of messages of one folder, with how their texts begin."""
    if seen:
        line.select(seen[0].folder.wire)
        _fill(line, {each: each.outline.first_text() for each in seen})
        silent = [each for each in seen if not header_of(each, me).snippet]
        _fill(line, {each: [part for part in each.outline.texts() if not part.raw] for each in silent})
    return [header_of(each, me) for each in seen]


def _fill(line: Line, wanted: Mapping[Seen, Sequence[Part]]) -> None:
    """Fetch how these parts begin, those of one number at once."""
    by_section = dict[tuple[str, int], dict[int, Part]]()
    for seen, parts in wanted.items():
        for part in parts:
            most = _HTML_BEGINNING if part.media_type == "text/html" else _BEGINNING
            by_section.setdefault((seen.outline.sections[part], most), {})[seen.spot.uid] = part
    for (name, most), parts_of in by_section.items():
        for uid, data in line.get(parts_of, f"(UID BODY.PEEK[{name}]<0.{most}>)").items():
            content = section(data, f"BODY[{name}]".encode()) or b""
            fill(parts_of[uid], content)


def read_messages(line: Line, folders: Folders, me: Me, spots: Sequence[Spot]) -> dict[Spot, Message]:
    """Raises ObjectNotFound when one is not there, and what `Line.ask` raises."""
    seen = find_seen(line, folders, spots)
    left, found = _TOGETHER, dict[Spot, Message]()
    for spot, each in seen.items():
        left -= each.size
        found[spot] = _read(line, folders, me, each, whole=each.size <= WHOLE and left >= 0)
    return found


def _read(line: Line, folders: Folders, me: Me, seen: Seen, whole: bool) -> Message:
    mail = _source(line, seen) if whole else _texts(line, seen)
    answered = _answered(line, folders, mail) if seen.folder.role == "drafts" else ""
    return message_of(seen, mail, me, answered)


def _source(line: Line, seen: Seen) -> Part:
    return parse_mail(source_of(line, seen.spot))


def source_of(line: Line, spot: Spot) -> bytes:
    """A message as it is. Raises ObjectNotFound, Refused for one that is too big, and what `Line.ask` raises."""
    line.select(spot.folder)
    told = line.get([spot.uid], "(UID RFC822.SIZE)").get(spot.uid, {})
    size = told.get(b"RFC822.SIZE")
    if isinstance(size, int) and size > sizes.MAIL:
        raise Refused("That mail is too big to be read in full.")
    content = section(line.get([spot.uid], "(UID BODY.PEEK[])").get(spot.uid, {}), b"BODY[]")
    if content is None:
        raise ObjectNotFound(GONE)
    return content


def _texts(line: Line, seen: Seen) -> Part:
    """A mail with its texts, and without its files."""
    line.select(seen.folder.wire)
    for part in seen.outline.texts():
        name = seen.outline.sections[part]
        data = line.get([seen.spot.uid], f"(UID BODY.PEEK[{name}]<0.{2 * MAX_BODY}>)").get(seen.spot.uid, {})
        content = section(data, f"BODY[{name}]".encode()) or b""
        fill(part, content)
    return seen.outline.root


def _answered(line: Line, folders: Folders, mail: Part) -> str:
    """Our id of the message that a draft answers, or empty."""
    wanted = answered_by(mail)
    if not wanted:
        return ""
    for folder in folders.searched():
        found = with_message_id(line, folders, folder, wanted)
        if found:
            return str(found[-1].spot)
    return ""


def with_message_id(line: Line, folders: Folders, folder: Folder, message_id: str) -> list[Seen]:
    """The messages of a folder that have exactly this Message-ID, given without its angle brackets."""
    try:
        selected = line.select(folder.wire)
    except No:
        return []
    if not selected.exists:
        return []
    uids = line.find([b"HEADER", b"Message-ID", quoted(message_id)])
    seen = see(line, folders, folder, selected.validity, uids[-100:])
    return [each for each in seen if message_id in each.outline.root.get("message-id").strip(" <>").split()]


def read_attachment(line: Line, folders: Folders, spot: Spot, number: int) -> bytes:
    """The bytes of what is attached, counted as `read_messages` tells of it. Raises ObjectNotFound, Refused, and what
    `Line.ask` raises."""
    seen = find_seen(line, folders, [spot])[spot]
    if seen.size <= WHOLE:
        part = _numbered(contents_of(_source(line, seen)).files, number)
        content = part.decoded()
    else:
        part = _numbered(seen.outline.files(), number)
        if part.size > sizes.FILES:
            raise Refused("That file is too big to be fetched.")
        line.select(seen.folder.wire)
        name = seen.outline.sections[part]
        data = line.get([seen.spot.uid], f"(UID BODY.PEEK[{name}])").get(seen.spot.uid, {})
        fill(part, section(data, f"BODY[{name}]".encode()) or b"")
        content = part.decoded()
    if len(content) > sizes.FILES:
        raise Refused("That file is too big to be fetched.")
    return content


def _numbered(files: Sequence[Part], number: int) -> Part:
    if not 1 <= number <= len(files):
        raise ObjectNotFound("That message has no such attachment.")
    return files[number - 1]
