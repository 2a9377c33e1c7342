"""One folder searched, a stretch of messages at a time from the newest on, so that no answer is huge."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from sayso.workspace.formats.mail import parse_date
from sayso.workspace.mailbox.cursor import NEVER, Key, Stretch, anew
from sayso.workspace.mailbox.folders import Folder, Folders
from sayso.workspace.mailbox.line import FETCHED_AT_ONCE, Line, No
from sayso.workspace.mailbox.locating import day_of
from sayso.workspace.mailbox.outline import outline_of
from sayso.workspace.mailbox.query import Members, criteria, fits, texts_in, unsure, within
from sayso.workspace.mailbox.seen import Seen, received_of, section, see
from sayso.workspace.search import NOTHING, Query

_DATES: Final = "(UID INTERNALDATE BODY.PEEK[HEADER.FIELDS (DATE)])"
_LAST: Final = 2**32 - 1
"""The greatest UID (RFC 9051, 2.3.1.1)."""
_FEW: Final = 100
"""Messages that are looked at without telling the newest of them first."""
_DAYS: Final = (14, 90, 400, 1_500)
"""How far back the newest are looked for first."""
_AHEAD: Final = timedelta(days=2)
"""How much later than it came in a message may say that it was sent; one that says more is in order by that."""
_SLACK: Final = timedelta(days=1) + _AHEAD


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many messages the first stretch has, and the longest; how many are looked at here for one page of a folder,
    beyond what the server tells of them."""

    first: int = 5_000
    longest: int = 20_000
    looked: int = 20_000


@dataclass(frozen=True, slots=True)
class Hit:
    key: Key
    seen: Seen
    stretch: Stretch


@dataclass(frozen=True, slots=True)
class Wanted:
    """`below`: what comes after this one only; `today`: for where to begin; `looked`: as in `Sizes`."""

    query: Query
    count: int
    below: Key
    today: date
    sizes: Sizes
    looked: int


@dataclass(slots=True)
class Found:
    """`several`: the folder takes more than one stretch; `next`: where it goes on, if it does; `floor`: down to where
    that one was looked through, if it was begun."""

    hits: list[Hit] = field(default_factory=list)
    begun: bool = False
    several: bool = False
    next: Stretch | None = None
    floor: Key | None = None


def search_folder(line: Line, folders: Folders, folder: Folder, wanted: Wanted, at: Stretch | None) -> Found:
    """The first messages of a folder that fit, from `at` on; all stretches of one that has none are below it. Raises
    Refused where the folder was made anew meanwhile, and what `Line.ask` raises."""
    found = Found()
    if at is not None and at.high == 0:
        found.several = True
        return found
    try:
        selected = line.select(folder.wire)
    except No:
        return found  # gone, or not for this user
    query = within(wanted.query, folder, folders, selected.flags)
    if at is not None and at.validity != selected.validity:
        raise anew()
    if query == NOTHING or not selected.exists:
        return found
    first = at or Stretch(selected.validity, 0, _LAST)
    left, below, resumed = wanted.looked, wanted.below, at is None and wanted.below[0] < NEVER
    for stretch, last in _stretches(line, first, selected.exists, wanted.sizes):
        found.several = found.several or not last or at is not None
        if resumed and stretch.high != _LAST:
            break  # it was in one stretch when the search began
        if len(found.hits) >= wanted.count or left <= 0:
            found.next = _capped(stretch, found, wanted)
            break
        search = _Search(line, folders, folder, query, _capped(stretch, found, wanted), below, wanted.today)
        found.begun = True
        hits, looked, found.floor = search.newest(wanted.count - len(found.hits), left)
        found.hits += hits
        left -= looked
        below = (NEVER, "")
        if found.floor is not None:
            found.next = search.stretch
            break
    return found


def count_in(line: Line, folders: Folders, folder: Folder, query: Query) -> int | None:
    """How many messages of a folder fit; None where the server alone cannot tell. Raises what `Line.ask` raises."""
    try:
        selected = line.select(folder.wire)
    except No:
        return 0
    inner = within(query, folder, folders, selected.flags)
    if inner == NOTHING or not selected.exists:
        return 0
    return None if unsure(inner) else line.count(criteria(inner))


def _capped(stretch: Stretch, found: Found, wanted: Wanted) -> Stretch:
    """A stretch that follows another is told after what was told, whatever it says of when it was sent."""
    if not found.begun:
        return stretch
    told = found.hits[-1].key[0] if found.hits else NEVER
    return replace(stretch, cap=min(stretch.cap, told - 1, wanted.below[0] - 1))


def _stretches(line: Line, first: Stretch, exists: int, sizes: Sizes) -> Iterator[tuple[Stretch, bool]]:
    """The stretches of the selected folder, each longer than the one before, and whether it is the last one."""
    if first.high == 0:
        return
    size, top = sizes.first, exists if first.high == _LAST else _count_to(line, first.high, exists)
    stretch = first
    while top > 0:
        bottom = _count_to(line, stretch.low - 1, exists) + 1 if stretch.low else max(1, top - size + 1)
        low = stretch.low or (1 if bottom == 1 else line.uid_at(bottom))
        yield replace(stretch, low=low), bottom == 1
        size, top = min(size * 2, sizes.longest), bottom - 1
        stretch = replace(stretch, low=0, high=low - 1)


def _count_to(line: Line, uid: int, exists: int) -> int:
    """How many messages have this UID or a lower one: found by halving, for no command tells."""
    low, high = 0, exists
    while low < high:
        middle = (low + high + 1) // 2
        if line.uid_at(middle) <= uid:
            low = middle
        else:
            high = middle - 1
    return low


@dataclass(slots=True)
class _Search:
    """One stretch."""

    line: Line
    folders: Folders
    folder: Folder
    query: Query
    stretch: Stretch
    below: Key
    today: date

    def newest(self, count: int, most: int) -> tuple[list[Hit], int, Key | None]:
        """The first hits, how many messages were looked at, and down to where, if `most` were and there are more."""
        keys = criteria(self.query)
        uids = self._find(keys)
        members = {
            words: frozenset(self._find(criteria(words))) for each in unsure(self.query) for words in texts_in(each)
        }
        if len(uids) <= _FEW:
            seen = self._see(uids)
            hits = sorted(self._hits(seen, members), key=lambda hit: hit.key, reverse=True)
            return hits[:count], len(seen), None
        return self._by_dates(keys, uids, members, count, most)

    def _by_dates(
        self, keys: list[bytes], uids: list[int], members: Members, count: int, most: int
    ) -> tuple[list[Hit], int, Key | None]:
        """Only the dates of many are asked for, and those of the last days first."""
        dates, hits, looked = dict[int, Key](), list[Hit](), set[int]()
        for days in (*_DAYS, None):
            since = self._since(days)
            recent = self._find([*keys, b"SINCE", day_of(since)]) if since else uids
            dates |= self._dates([uid for uid in recent if uid not in dates])
            sure = self._second(datetime(since.year, since.month, since.day, tzinfo=UTC) + _SLACK) if since else -NEVER
            ready = [uid for uid, key in dates.items() if sure <= key[0] and key < self.below and uid not in looked]
            ready.sort(key=lambda uid: dates[uid], reverse=True)
            for begin in range(0, len(ready), FETCHED_AT_ONCE // 4):
                piece = ready[begin : begin + FETCHED_AT_ONCE // 4]
                looked.update(piece)
                found = self._hits(self._see(piece), members)
                hits += sorted(found, key=lambda hit: hit.key, reverse=True)
                if len(hits) >= count:
                    return hits[:count], len(looked), None
                if len(looked) >= most:
                    return hits, len(looked), dates[piece[-1]]
        return hits, len(looked), None

    def _since(self, days: int | None) -> date | None:
        """So many days before today, or before what was told last."""
        if days is None:
            return None
        from_second = min(self.below[0], self.stretch.cap)
        last = self.today if from_second == NEVER else min(self.today, _day_of_second(from_second))
        return date.fromordinal(max(1, last.toordinal() - days))

    def _find(self, keys: Sequence[bytes]) -> list[int]:
        return self.line.find([b"UID", b"%d:%d" % (self.stretch.low, self.stretch.high), *keys])

    def _see(self, uids: Sequence[int]) -> list[Seen]:
        return see(self.line, self.folders, self.folder, self.stretch.validity, uids)

    def _hits(self, seen: Sequence[Seen], members: Members) -> Iterator[Hit]:
        rest = unsure(self.query)
        for each in seen:
            key = self._key(each.spot.uid, each.date, each.received)
            if key < self.below and all(fits(query, each, members) for query in rest):
                yield Hit(key, each, self.stretch)

    def _dates(self, uids: Sequence[int]) -> dict[int, Key]:
        found = dict[int, Key]()
        for uid, data in self.line.get(uids, _DATES).items():
            received = received_of(data)
            mail = outline_of(section(data, b"BODY[HEADER.FIELDS") or b"", None).root
            found[uid] = self._key(uid, parse_date(mail, received) or received, received)
        return found

    def _key(self, uid: int, sent: datetime, received: datetime) -> Key:
        second = min(self._second(sent), self._second(received + _AHEAD), self.stretch.cap)
        return second, f"{self.folder.wire.decode('ascii')[-20:]}{uid:010}"

    @staticmethod
    def _second(moment: datetime) -> int:
        return int(moment.timestamp())


def _day_of_second(second: int) -> date:
    days = second // 86_400 + date(1970, 1, 1).toordinal()
    return date.fromordinal(min(max(days, 1), date.max.toordinal()))
