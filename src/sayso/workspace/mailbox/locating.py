"""Where messages are now: first where they were when their ids were given, then wherever somebody has moved them."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from sayso.workspace.mailbox.folders import Folder, Folders, Role
from sayso.workspace.mailbox.line import Line, No
from sayso.workspace.mailbox.outline import outline_of
from sayso.workspace.mailbox.seen import received_of, section
from sayso.workspace.mailbox.spots import Spot, digest_of

_ITEMS: Final = "(UID INTERNALDATE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID FROM DATE SUBJECT)])"
_ORDER: Final[tuple[Role, ...]] = ("archive", "inbox", "trash", "all", "", "sent", "drafts", "junk")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST: Final = 20_000
"""Messages of some days in one folder that are looked at."""


def locate(line: Line, folders: Folders, wanted: Iterable[Spot]) -> dict[Spot, Spot]:
    """Where each of these is now; those that are nowhere are left out. Raises what `Line.ask` raises."""
    spots, found = list(dict.fromkeys(wanted)), dict[Spot, Spot]()
    for wire in dict.fromkeys(spot.folder for spot in spots):
        found |= _in_place(line, folders, wire, [spot for spot in spots if spot.folder == wire])
    for folder in sorted(folders.all, key=lambda folder: _ORDER.index(folder.role)):
        missing = [spot for spot in spots if spot not in found]
        if not missing:
            break
        found |= look_in(line, folder, missing)
    return found


def _in_place(line: Line, folders: Folders, wire: bytes, spots: Sequence[Spot]) -> dict[Spot, Spot]:
    """Those that are still where they were: under the same number of the same folder (RFC 9051, 2.3.1.1)."""
    if folders.at(wire) is None:
        return {}
    try:
        validity = line.select(wire).validity
    except No:
        return {}
    there = spots_at(line, wire, validity, [spot.uid for spot in spots if spot.validity == validity])
    known = {(spot.validity, spot.uid, spot.digest): spot for spot in there}
    return {spot: known[key] for spot in spots if (key := (spot.validity, spot.uid, spot.digest)) in known}


def look_in(line: Line, folder: Folder, spots: Sequence[Spot]) -> dict[Spot, Spot]:
    """Those that are in this folder, by the days on which they came in and what they are."""
    try:
        selected = line.select(folder.wire)
    except No:
        return {}
    if not selected.exists:
        return {}
    uids = {uid for day in {spot.day for spot in spots} for uid in line.find(_around(day))}
    there = spots_at(line, folder.wire, selected.validity, sorted(uids)[-_MOST:])
    known = {spot.digest: spot for spot in there}
    return {spot: known[spot.digest] for spot in spots if spot.digest in known}


def spots_at(line: Line, wire: bytes, validity: int, uids: Iterable[int]) -> list[Spot]:
    """The messages of the selected folder that are there under these UIDs."""
    found = list[Spot]()
    for uid, data in sorted(line.get(uids, _ITEMS).items()):
        header = section(data, b"BODY[HEADER.FIELDS")
        if header is not None:
            digest = digest_of(outline_of(header, None).root)
            found.append(Spot(wire, validity, uid, received_of(data).date(), digest))
    return found


def _around(day: date) -> list[bytes]:
    """A day more on each side, for servers tell of days in whatever zone."""
    return [b"SINCE", day_of(day, -1), b"BEFORE", day_of(day, 2)]


def day_of(day: date, days: int = 0) -> bytes:
    """A day, so many later, as it is searched by (RFC 9051, 9: date). There is no mail of before 1900 or after 9999."""
    day = date.fromordinal(min(max(day.toordinal() + days, date(1900, 1, 1).toordinal()), date.max.toordinal()))
    return b"%d-%s-%04d" % (day.day, _MONTHS[day.month - 1].encode(), day.year)
