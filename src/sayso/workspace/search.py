"""The search language of mail: text to a tree, which each mailbox compiles to what it speaks.

    from:priya subject:"q3 budget" -is:read (has:attachment OR label:work) after:2026-03-01

Terms must all hold; `OR` between two binds closer; `-` negates a term. Words match from their beginning, whatever
their case and accents. The trash is left out unless the query names it (`in:trash`, `label:trash`, `in:anywhere`).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Union
from zoneinfo import ZoneInfo

from sayso.english.words import fold, to_find
from sayso.workspace.errors import Refused


@dataclass(frozen=True, slots=True)
class Words:
    """These words, next to each other; the last one may be the beginning of a longer one."""

    text: str
    where: Literal["text", "from", "to", "subject"] = "text"
    """`text`: anywhere in the message; `to`: among all who get it."""


@dataclass(frozen=True, slots=True)
class Label:
    name: str


@dataclass(frozen=True, slots=True)
class Unread: ...


@dataclass(frozen=True, slots=True)
class Attached:
    """Something is attached."""


@dataclass(frozen=True, slots=True)
class After:
    midnight: datetime
    """Of the user's day from whose beginning on it is."""


@dataclass(frozen=True, slots=True)
class Before:
    midnight: datetime


@dataclass(frozen=True, slots=True)
class Not:
    query: "Query"


@dataclass(frozen=True, slots=True)
class And:
    queries: tuple["Query", ...]
    """None: whatever there is."""


@dataclass(frozen=True, slots=True)
class Or:
    queries: tuple["Query", ...]


Query = Union[Words, Label, Unread, Attached, After, Before, Not, And, Or]  # noqa: UP007  names itself

EVERYTHING = And(())
NOTHING = Or(())


def all_of(queries: Sequence[Query]) -> Query:
    """What all of these find, as simply as can be."""
    flat = [part for each in queries for part in (each.queries if isinstance(each, And) else (each,))]
    return NOTHING if NOTHING in flat else flat[0] if len(flat) == 1 else And(tuple(dict.fromkeys(flat)))


def any_of(queries: Sequence[Query]) -> Query:
    """What any of these finds, as simply as can be."""
    flat = [part for each in queries for part in (each.queries if isinstance(each, Or) else (each,))]
    return EVERYTHING if EVERYTHING in flat else flat[0] if len(flat) == 1 else Or(tuple(dict.fromkeys(flat)))


MAX_LENGTH = 500
"""Each word is a condition, and databases read some hundred nested ones."""
USE = (
    "Use from: to: subject: label: in: is:unread is:read is:starred has:attachment after:2026-03-10 before:2026-03-10."
)
_TERM = re.compile(r'(?P<minus>-?)(?:(?P<name>[A-Za-z_]+):)?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]*))')
_PLACES = {"draft": "drafts", "bin": "trash", "archived": "archive", "all": "anywhere"}
_TRASH = Label("trash")


def parse_query(text: str, zone: ZoneInfo) -> Query:
    """The tree of a search; dates are days in `zone`. Raises Refused, saying what is wrong."""
    if len(text) > MAX_LENGTH:
        raise Refused(f"A search has {MAX_LENGTH} characters at most.")
    if text.count('"') % 2:
        raise Refused("A quote in the search is not closed.")
    groups: list[tuple[Query, ...]] = []
    joins = with_trash = False
    for minus, name, value, quoted in _terms(text):
        if not name and not quoted and value == "OR":
            joins = bool(groups)
            continue
        term = _term(name, value, zone)
        if isinstance(term, Words) and not to_find(term.text):  # it would hold of every message
            said = f"{name}:{value}" if name else value or ('""' if quoted else minus)
            raise Refused(f"'{said}' in the search has no letters or digits to look for.")
        with_trash |= term == _TRASH or (name.lower() == "in" and fold(value) == "anywhere")
        term = Not(term) if minus else term
        groups.append((*groups.pop(), term) if joins else (term,))
        joins = False
    terms = tuple(group[0] if len(group) == 1 else Or(group) for group in groups)
    return And(terms if with_trash else (*terms, Not(_TRASH)))


def _terms(text: str) -> Iterator[tuple[str, str, str, bool]]:
    for match in _TERM.finditer(text.replace("(", " ").replace(")", " ")):
        if match.group():
            quoted = match["quoted"] is not None
            yield match["minus"], match["name"] or "", match["quoted"] if quoted else match["bare"], quoted


def _term(name: str, value: str, zone: ZoneInfo) -> Query:
    operator = _OPERATORS.get(name.lower())
    if operator is None and name and value and not value.startswith("//"):  # as an address of the web does
        raise Refused(f"There is no search by '{name}:'. {USE} To look for words with a colon, put them in quotes.")
    if operator is None:
        return Words(f"{name}:{value}" if name else value)
    if not value.strip():
        raise Refused(f"'{name}:' in the search needs a value. {USE}")
    return operator(value, zone)


def _label(text: str, _: ZoneInfo) -> Query:
    name = fold(text.strip())
    return Unread() if name == "unread" else Label(name)


def _in(text: str, zone: ZoneInfo) -> Query:
    place = _PLACES.get(fold(text), fold(text))
    if place == "anywhere":
        return And(())
    if place == "archive":
        return Not(Or(tuple(map(Label, ("inbox", "sent", "drafts", "trash")))))
    return _label(place, zone)


def _is(text: str, _: ZoneInfo) -> Query:
    states: dict[str, Query] = {"unread": Unread(), "read": Not(Unread()), "starred": Label("starred")}
    if fold(text) not in states:
        raise Refused(f"'is:{text}' is no search: use is:unread, is:read or is:starred.")
    return states[fold(text)]


def _has(text: str, _: ZoneInfo) -> Query:
    if fold(text) in ("attachment", "attachments"):
        return Attached()
    raise Refused(f"'has:{text}' is no search: use has:attachment.")


def _day(text: str, zone: ZoneInfo) -> datetime:
    try:
        day = date.fromisoformat(text.strip().replace("/", "-"))
        return datetime(day.year, day.month, day.day, tzinfo=zone)
    except ValueError as error:
        raise Refused(f"'{text}' in the search is not a date like 2026-03-10. {USE}") from error


_OPERATORS: dict[str, Callable[[str, ZoneInfo], Query]] = {
    "from": lambda text, _: Words(text, "from"),
    "to": lambda text, _: Words(text, "to"),
    "subject": lambda text, _: Words(text, "subject"),
    "label": _label,
    "in": _in,
    "is": _is,
    "has": _has,
    "after": lambda text, zone: After(_day(text, zone)),
    "before": lambda text, zone: Before(_day(text, zone)),
}
