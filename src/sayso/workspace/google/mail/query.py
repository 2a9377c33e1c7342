"""A search of ours in Gmail's language ("Refine searches in Gmail"), which finds at least what is meant, and the rest
of it done here.

- Gmail finds whole words, and no beginnings of longer ones; what is in words is left to it.
- Its index learns of labels late, it has days of its own for dates, and takes other things for attachments. So what
  it finds is looked at once more in the headers. Labels and `unread` that must hold of all are asked for by id, and
  that is never late.
- A word of the user's is always in quotes, in which nothing is an operator.
"""

import re
from dataclasses import dataclass
from typing import Final

from sayso.english.words import fold, to_find
from sayso.workspace.google.mail.labels import SYSTEM, UNREAD, Known
from sayso.workspace.search import (
    EVERYTHING,
    NOTHING,
    After,
    And,
    Attached,
    Before,
    Label,
    Not,
    Or,
    Query,
    Unread,
    Words,
    all_of,
    any_of,
)
from sayso.workspace.types import Header

_SPAM: Final = ("spam", "junk")
_PLACES: Final = {"inbox": "in:inbox", "sent": "in:sent", "drafts": "in:drafts", "trash": "in:trash"} | {
    "starred": "is:starred", "spam": "in:spam", "junk": "in:spam",
}  # fmt: skip
_UNQUOTABLE = re.compile(r'["“”\x00-\x1f\x7f]+')
_FIELDS: Final = {"text": ("",), "from": ("from:",), "subject": ("subject:",), "to": ("to:", "cc:", "bcc:")}


@dataclass(frozen=True, slots=True)
class Compiled:
    """`labels`: ids that all have; `hidden`: whether the trash and spam are looked through; `empty`: nothing can fit,
    so nothing is asked."""

    q: str
    labels: tuple[str, ...]
    hidden: bool
    empty: bool = False


def compiled(query: Query, known: Known) -> Compiled:
    hidden = names_spam(query) or with_trash(query)
    plain = _plain(query if hidden else _without_trash(query), known)
    if plain == NOTHING:
        return Compiled("", (), False, empty=True)
    conjuncts = plain.queries if isinstance(plain, And) else (plain,)
    asked, labels = list[str](), list[str]()
    for each in conjuncts:
        ident = _id_of(each, known)
        if ident:
            labels.append(ident)
        else:
            asked.append(_written(each, known))
    if hidden and not names_spam(query):
        asked.append("-in:spam")
    return Compiled(" ".join(filter(None, asked)), tuple(dict.fromkeys(labels)), hidden)


def fits(query: Query, header: Header, known: Known) -> bool:
    """Whether a message that Gmail found is meant, as far as headers tell."""
    if not names_spam(query) and "spam" in map(fold, header.labels):
        return False
    return _fits(query, header, known) is not False


def names_spam(query: Query) -> bool:
    """Only who names it wants to see it."""
    match query:
        case And(queries) | Or(queries):
            return any(map(names_spam, queries))
        case Not(negated):
            return names_spam(negated)
        case Label(name):
            return fold(name) in _SPAM
    return False


def with_trash(query: Query) -> bool:
    """Whether what lies in the trash may be meant."""
    return _without_trash(query) == query


def _without_trash(query: Query) -> Query:
    """What else is meant where that leaves out the trash, which Gmail does by itself."""
    conjuncts = query.queries if isinstance(query, And) else (query,)
    kept = tuple(each for each in conjuncts if each != Not(Label("trash")))
    return query if len(kept) == len(conjuncts) else And(kept)


# What holds of the account is known before anything is asked.


def _plain(query: Query, known: Known, negated: bool = False) -> Query:
    """The same with `Not` at the leaves only, and without what is true or false of all."""
    match query:
        case Not(inner):
            return _plain(inner, known, not negated)
        case And(queries):
            return (any_of if negated else all_of)([_plain(each, known, negated) for each in queries])
        case Or(queries):
            return (all_of if negated else any_of)([_plain(each, known, negated) for each in queries])
        case After(midnight):
            return Before(midnight) if negated else query
        case Before(midnight):
            return After(midnight) if negated else query
        case Words(text) if not (to_find(text) and _UNQUOTABLE.sub(" ", text).strip()):
            return NOTHING if negated else EVERYTHING
        case Label(name) if fold(name) not in SYSTEM and not known.called(name):
            return EVERYTHING if negated else NOTHING
    return Not(query) if negated else query


def _id_of(query: Query, known: Known) -> str:
    """The label that a list can be asked for by id; empty: there is none."""
    match query:
        case Unread():
            return UNREAD
        case Label(name):
            ids = [SYSTEM[fold(name)]] if fold(name) in SYSTEM else known.called(name)
            return ids[0] if len(ids) == 1 else ""
    return ""


# What Gmail is asked.


def _written(query: Query, known: Known) -> str:
    """What finds all that fits; empty: everything is looked at."""
    match query:
        case And(queries):
            told = [each for each in (_written(each, known) for each in queries) if each]
            return f"({' '.join(told)})" if len(told) > 1 else "".join(told)
        case Or(queries):
            told = [_written(each, known) for each in queries]
            return "" if "" in told else f"{{{' '.join(told)}}}"
        case Not(Words(text, where)):
            told = [f"-{each}" for each in _words(text, where)]
            return told[0] if len(told) == 1 else f"({' '.join(told)})"
        case Not(inner):
            leaf = _leaf(inner, known)
            return f"-{leaf}" if leaf else ""
        case Words(text, where):
            told = _words(text, where)
            return told[0] if len(told) == 1 else f"{{{' '.join(told)}}}"
    return _leaf(query, known)


def _words(text: str, where: str) -> list[str]:
    """As a phrase, in each of the places."""
    phrase = " ".join(_UNQUOTABLE.sub(" ", text).split())
    return [f'{field}"{phrase}"' for field in _FIELDS[where]]


def _leaf(query: Query, known: Known) -> str:
    match query:
        case Unread():
            return "is:unread"
        case Attached():
            return "has:attachment"
        case After(midnight):
            return f"after:{int(midnight.timestamp()) - 1}"
        case Before(midnight):
            return f"before:{int(midnight.timestamp()) + 1}"
        case Label(name):
            return _PLACES.get(fold(name), "") or _label(name, known)
    return ""


def _label(name: str, known: Known) -> str:
    """By its name, in which dashes stand for spaces and slashes; empty where that would name several."""
    ids = known.called(name)
    names = [_dashed(own) for own in known.own.values()]
    written = _dashed(known.own[ids[0]])
    if len(ids) != 1 or names.count(written) != 1 or not re.fullmatch(r"[\w-]+", written):
        return ""
    return f"label:{written}"


def _dashed(name: str) -> str:
    return re.sub(r"[\s/]", "-", name).casefold()


# What is looked at here.


def _fits(query: Query, header: Header, known: Known) -> bool | None:
    """None: headers do not tell."""
    match query:
        case And(queries):
            told = [_fits(each, header, known) for each in queries]
            return False if False in told else None if None in told else True
        case Or(queries):
            told = [_fits(each, header, known) for each in queries]
            return True if True in told else None if None in told else False
        case Not(negated):
            said = _fits(negated, header, known)
            return None if said is None else not said
        case Unread():
            return header.unread
        case Attached():
            return bool(header.attachments)
        case After(midnight):
            return header.date >= midnight
        case Before(midnight):
            return header.date < midnight
        case Label(name):
            return _carries(header, fold(name), known)
    return None


def _carries(header: Header, name: str, known: Known) -> bool:
    wanted = {known.own[ident] for ident in known.called(name)}
    if name in SYSTEM:
        wanted = {"Spam" if name in _SPAM else name}
    return not wanted.isdisjoint(header.labels)
