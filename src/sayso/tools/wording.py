"""How questions, previews and receipts are worded: names instead of ids, one line, nothing cut off.

Only a subject that came from somebody else is shortened: it is as long as a stranger likes.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from sayso.tools.base import ToolInputError
from sayso.workspace.types import Guest, Person

SUBJECT: Final = 100
"""So many characters of a subject that came from somebody else are part of a question."""
_OF_OTHERS = ("re:", "fwd:", "fw:")
_REORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def visible(text: str) -> str:
    """The text without what a reader cannot see: controls and marks that reorder or hide what stands beside them."""
    if text.isprintable():
        return text
    return "".join(
        char
        for char in text
        if char in "\n\t" or (unicodedata.category(char) not in ("Cc", "Cs") and char not in _REORDERING)
    )


def one_line(text: str) -> str:
    return " ".join(visible(text).split())


def titled(text: str) -> str:
    """A title on one line. Raises ToolInputError when nothing of it can be seen."""
    if not (line := one_line(text)):
        raise ToolInputError("What should it be called?", "missing")
    return line


def quoted(text: str) -> str:
    """`'Project Review'`, on one line; `(untitled)` when there is nothing to quote."""
    line = one_line(text)
    return f"'{line}'" if line else "(untitled)"


def shortened(text: str, most: int) -> str:
    """The text on one line, of at most so many characters: "…" stands for the rest."""
    line = one_line(text)
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def received(subject: str) -> str:
    """The subject of a mail that came, quoted, and shortened if it is long."""
    return quoted(shortened(subject, SUBJECT))


def written(subject: str) -> str:
    """The subject of a mail that the user writes, quoted: whole, unless it repeats that of another one."""
    line = one_line(subject)
    return received(line) if line.casefold().startswith(_OF_OTHERS) else quoted(line)


def name_of(person: Person | Guest) -> str:
    """How a question names somebody: the name, or the address when there is none, or the name poses as one."""
    name = one_line(person.name)
    return name if name and "@" not in name else one_line(person.email)


def address_of(person: Person | Guest) -> str:
    """How a preview names somebody: `Ana Silva <ana@example.com>`."""
    name, email = one_line(person.name), one_line(person.email)
    return f"{name} <{email}>" if name and name != email else email


def names(people: Iterable[Person | Guest]) -> str:
    return join([name_of(person) for person in people])


def addresses(people: Iterable[Person | Guest]) -> str:
    return ", ".join(address_of(person) for person in people)


def join(items: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 task`, `3 tasks`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def sentence(text: str) -> str:
    """The text with a capital first letter; the rest as it is."""
    return text[:1].upper() + text[1:]


def numbered(lines: Sequence[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))


def change(label: str, before: str, after: str) -> str:
    """`title 'Lunch' → 'Late lunch'`, with `none` for what is empty."""
    return f"{label} {before or 'none'} → {after or 'none'}"
