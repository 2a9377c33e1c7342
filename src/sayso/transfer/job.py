"""One file on its way in: batches, the report, the pace, and how an item without an identity is told again."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from email.errors import MessageError
from hashlib import sha256
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Column, select

from sayso.base import sizes
from sayso.base.ids import Ids
from sayso.base.steps import TooManySteps
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.store.types import clean
from sayso.workspace.errors import Refused
from sayso.workspace.people import NOBODY, Me

MAX_UID = 255
BATCH, BATCH_BYTES = 100, 500_000
"""Items, and about how many bytes of their source, that are held and written at once."""
MAX_PROBLEMS = 1_000
"""Items of which the report says why they were left out; of the others it says how many."""
_SHOWN = 300

BAD = (
    ArithmeticError, AssertionError, AttributeError, LookupError, MessageError, OSError, RecursionError, TypeError,
    ValueError, Refused, TooManySteps,
)  # fmt: skip
"""What an item that is wrong makes the libraries that read it raise, or ourselves. To be caught only around the reading
of one item, which has changed nothing yet: a recursion may end anywhere."""


T = TypeVar("T")
Insert = Callable[[WriteConn], object]
Going = Callable[[str, float], bool]
"""Told after each batch how far the import has come, by file name and share; returns whether it should go on."""


class Stopped(Exception):
    """The user wants no more."""


@dataclass(slots=True)
class ImportReport:
    """What came in, what was there before, and a sentence for each item that could not be read."""

    events: int = 0
    tasks: int = 0
    messages: int = 0
    contacts: int = 0
    known: int = 0
    problems: list[str] = field(default_factory=list)
    more_problems: int = 0
    stopped: bool = False
    own: tuple[str, ...] = ()
    """Addresses that were taken for the user's own, by what stands in the files."""
    perhaps_own: tuple[str, ...] = ()
    nobody: bool = False
    """Whether none of the user's addresses is known."""
    people: bool = False
    """Whether an event came in that somebody organizes."""
    samples_removed: bool = False

    @property
    def useful(self) -> bool:
        """Whether anything could be read."""
        return any((self.events, self.tasks, self.messages, self.contacts, self.known))

    def tell(self, problem: str) -> None:
        problem = shown(problem)
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)
        else:
            self.more_problems += 1

    def __iter__(self) -> Iterator[str]:
        """The report in lines: what came in, then what did not."""
        kinds = ("event", self.events), ("task", self.tasks), ("message", self.messages), ("contact", self.contacts)
        came = [f"{count:,} {kind}{'' if count == 1 else 's'}" for kind, count in kinds if count]
        yield f"Imported {', '.join(came) or 'nothing new'}."
        if self.samples_removed:
            yield "The sample data was removed."
        if self.own:
            yield f"Taken for your own: {', '.join(self.own)}. If that is wrong, change it in the page's settings."
        if self.perhaps_own:
            known = ", ".join(self.perhaps_own)
            yield f"Are these your own addresses, too? {known}. If so, say it: sayso import --me ADDRESS …"
        if self.nobody and not self.perhaps_own and (self.people or self.messages):
            yield "Which addresses are your own? Say it: sayso import --me ADDRESS …, or in the page's settings."
        if self.known:
            yield f"{self.known:,} {'was' if self.known == 1 else 'were'} there already."
        for problem, times in Counter(self.problems).items():
            yield problem if times == 1 else f"{problem} ({times:,} times)"
        if self.more_problems:
            yield f"{self.more_problems:,} more were left out or shortened."
        if self.stopped:
            yield "It was stopped before the end. Import again to go on; what is there already is left alone."


@dataclass(frozen=True, slots=True)
class Import:
    """One file on its way into one user's workspace."""

    store: Store
    user_id: str
    me: Me
    zone: ZoneInfo
    """What times without a zone are in."""
    ids: Ids
    report: ImportReport
    file_name: str
    going: Going
    pace: "Pace"
    beside_samples: bool
    """Whether the sample data stays; else it counts as gone from the beginning on."""

    def batches(self, items: Iterable[T], weigh: Callable[[T], int]) -> Iterator[list[T]]:
        """The items, as many at a time as may be held; `weigh`: about how many bytes one takes."""
        batch, weight = list[T](), 0
        for item in items:
            batch.append(item)
            weight += weigh(item)
            if len(batch) >= BATCH or weight >= BATCH_BYTES:
                yield batch
                batch, weight = [], 0
        if batch:
            yield batch

    def known(self, column: Column[Any], uids: Iterable[str]) -> set[str]:
        """Which of these UIDs the user has."""
        mine = select(column).where(column.table.c.user_id == self.user_id, column.in_(set(uids)))

        def find(conn: ReadConn) -> set[str]:
            return set(conn.execute(mine).scalars())

        return self.store.read_now(find)

    def write(
        self, kind: Literal["events", "tasks", "messages", "contacts"], inserts: Sequence[Insert], share: float
    ) -> None:
        """Store a batch and count it. `share`: of the file, that is then done. Raises Stopped."""
        if inserts:
            self.pace.write(self.store, inserts)
            setattr(self.report, kind, getattr(self.report, kind) + len(inserts))
        if not self.going(self.file_name, share):
            raise Stopped

    def fitted(self, item: str, value: T, title: str = "") -> T:
        """The value with all that is longer than is kept cut; of which the report tells."""
        cut: list[str] = []
        kept: T = _fitted(value, "", cut)
        if cut:
            self.remark(item, title, f"was shortened: it has too long a {', '.join(dict.fromkeys(cut))}.")
        return kept

    def tell(self, said: str) -> None:
        """Tell something of the file as a whole."""
        self.report.tell(f"{self.file_name}: {said}")

    def remark(self, item: str, title: str, what: str) -> None:
        """Tell of an item that came in what did not come in of it, or not as it was."""
        self.tell(f"{_short(item, _SHOWN)}{_named(title)} {_short(what, _SHOWN)}")

    def problem(self, item: str, why: Exception | str, title: str = "") -> None:
        """Tell that the item was left out. What a library says is nothing for people."""
        reason = str(why) if isinstance(why, (str, Refused, TooManySteps)) else "it cannot be read."
        self.tell(f"{_short(item, _SHOWN)} was left out{_named(title)}: {_short(reason, _SHOWN)}")


class Pace:
    """Writes one batch after the other, and in between lets others write for at least as long."""

    def __init__(
        self,
        elapsed: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
        first: Insert | None = None,
    ) -> None:
        """`first`: what is to be done in the transaction of the first batch."""
        self._elapsed = elapsed
        self._wait = wait
        self.first = first
        """Until it is done."""
        self._held = 0.0
        self._ended = 0.0

    def write(self, store: Store, inserts: Sequence[Insert]) -> None:
        self._wait(max(0.0, self._ended + self._held - self._elapsed()))
        began = self._elapsed()
        store.write_now(_insert_all, [self.first, *inserts] if self.first else inserts)
        self.first = None
        self._ended = self._elapsed()
        self._held = self._ended - began


def _insert_all(conn: WriteConn, inserts: Sequence[Insert]) -> None:
    for insert in inserts:
        insert(conn)


def _named(title: str) -> str:
    return f" ('{_short(title, 60)}')" if title.strip() else ""


def shown(text: str) -> str:
    """The text for a terminal: strangers wrote it, so without what moves a cursor, colours or turns the line around."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _short(text: str, most: int) -> str:
    text = " ".join(text[: 2 * most].split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _fitted(value: Any, name: str, cut: list[str]) -> Any:
    """The value of the field `name` as far as it is kept; `cut` gets the names of what was not kept whole."""
    most = sizes.IMPORTED.get(name)
    if isinstance(value, str | tuple) and most is not None and len(value) > most:
        cut.append(name)
    if isinstance(value, str):
        if most is None or len(value) <= most:
            return value
        return NOBODY if name == "email" else f"{value[: most - 1]}…"
    if isinstance(value, tuple):
        kept = (_fitted(item, name.removesuffix("s"), cut) for item in value[:most])
        return tuple(item for item in kept if item != NOBODY)
    if isinstance(value, dict):
        return {key: _fitted(item, name, cut) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        given = [each.name for each in fields(value) if each.init]
        return replace(value, **{each: _fitted(getattr(value, each), each, cut) for each in given})
    return value


def stored_uid(uid: str) -> str:
    """The UID as the store keeps it; one too long for an index is told by its digest."""
    uid = clean(uid.strip())
    return uid if len(uid) <= MAX_UID else f"sha256-{sha256(uid.encode()).hexdigest()}"


def digest(*parts: str) -> str:
    """A UID for an item that has none: the same content, the same UID."""
    return f"sha256-{sha256(chr(0).join(parts).encode('utf-8', 'replace')).hexdigest()[:40]}"


def digest_of(pieces: Iterable[bytes]) -> str:
    """`digest` of bytes that are read in pieces, each taken for a character."""
    found = sha256()
    for piece in pieces:
        found.update(piece.decode("latin-1").encode())
    return f"sha256-{found.hexdigest()[:40]}"
