"""A search of ours as one of IMAP (RFC 9051, 6.4.4), which finds at least what is meant, and the rest of it done here.

The server knows texts and flags. Names, subjects, dates and attachments it knows only about, so what it finds is
looked through once more.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Union, cast

from sayso.english.words import findable, fold, to_find
from sayso.workspace.formats.mail import parse_people
from sayso.workspace.mailbox.folders import Folder, Folders
from sayso.workspace.mailbox.keywords import label_of
from sayso.workspace.mailbox.line import quoted
from sayso.workspace.mailbox.locating import day_of
from sayso.workspace.mailbox.seen import Seen
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

Members = Mapping[Words, frozenset[int]]
"""By words that are looked for in whole texts, the UIDs of the messages that have them."""

_BREAKS = re.compile(r"[\s\x00-\x1f\x7f!-/:-@\[-`{-~]+")
_ATOM = re.compile(r"[!#$&'+,./0-9:;<=>?@A-Z^_`a-z|}~-]+")
_PLACES: Final = ("inbox", "sent", "drafts", "trash", "archive")
_JUNK: Final = ("junk", "spam")


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag or keyword."""

    name: str


@dataclass(frozen=True, slots=True)
class GmailLabel:
    name: str


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a search, as it is sent."""

    told: tuple[bytes, ...]


Node = Union[Query, Flag, GmailLabel, Key]  # noqa: UP007  as `Query`


# What holds of all that is in one folder is known before anything is asked.


def within(query: Query, folder: Folder, folders: Folders, flags: tuple[str, ...] | None) -> Query:
    """The query for the messages of a folder, in which these flags are in use, or None where that is not known yet.
    `NOTHING`: none of them fits."""
    match query:
        case And(queries):
            return all_of([within(each, folder, folders, flags) for each in queries])
        case Or(queries):
            return any_of([within(each, folder, folders, flags) for each in queries])
        case Not(negated):
            return _not(within(negated, folder, folders, flags))
        case Label(name):
            return _label(name, folder, folders, flags)
    return query


def anywhere(query: Query, folders: Folders) -> bool:
    """Whether mails are meant that nobody wants to see: junk, named or with all there is."""
    trash = Folder(b"", "", "trash")
    return _names(query, _JUNK) or not (_names(query, ("trash",)) or within(query, trash, folders, None) == NOTHING)


def _names(query: Query, labels: tuple[str, ...]) -> bool:
    match query:
        case And(queries) | Or(queries):
            return any(_names(each, labels) for each in queries)
        case Not(negated):
            return _names(negated, labels)
        case Label(name):
            return fold(name) in labels
    return False


def _label(name: str, folder: Folder, folders: Folders, flags: tuple[str, ...] | None) -> Query:
    name = fold(name)
    if name == "starred":
        return _as_query(Flag("\\Flagged"))
    if folders.gmail and folder.role == "all" and name in ("inbox", "sent", "drafts"):
        return _as_query(GmailLabel({"inbox": "\\Inbox", "sent": "\\Sent", "drafts": "\\Draft"}[name]))
    if name in _PLACES or name in _JUNK:
        return EVERYTHING if folder.role == ("junk" if name in _JUNK else name) else NOTHING
    if folders.gmail:
        own = folders.called(name)
        return _as_query(GmailLabel(own.path if own else name))
    if not folder.role and name in (fold(folder.path), fold(folder.path.rpartition("/")[2])):
        return EVERYTHING
    if flags is None:
        return _as_query(Flag(""))
    return any_of([_as_query(Flag(each)) for each in flags if fold(label_of(each)) == name])


def _as_query(node: Node) -> Query:
    """A tree of ours may have leaves that only servers know."""
    return cast(Query, node)


def _not(query: Query) -> Query:
    if query in (EVERYTHING, NOTHING):
        return NOTHING if query == EVERYTHING else EVERYTHING
    return query.query if isinstance(query, Not) else Not(query)


# What the server is asked.


def criteria(query: Query) -> list[bytes]:
    """The keys of a search that finds all that fits, and maybe more."""
    wide = _bounds(query, most=True)
    return _written(wide) if wide != EVERYTHING else [b"ALL"]


def unsure(query: Query) -> list[Query]:
    """What of the query has to be looked at here."""
    conjuncts = query.queries if isinstance(query, And) else (query,)
    return [each for each in conjuncts if not _is_exact(each)]


def texts_in(query: Query) -> set[Words]:
    match query:
        case And(queries) | Or(queries):
            return {found for each in queries for found in texts_in(each)}
        case Not(negated):
            return texts_in(negated)
        case Words(_, "text"):
            return {query}
    return set()


def _is_exact(query: Query) -> bool:
    match query:
        case And(queries) | Or(queries):
            return all(map(_is_exact, queries))
        case Not(negated):
            return _is_exact(negated)
        case Words(_, where):
            return where == "text"
        case After() | Before() | Attached():
            return False
    return True


def _bounds(query: Query, most: bool) -> Query:
    """Of the keys a server knows, what finds at least (`most`) or at most what the query does."""
    match query:
        case And(queries):
            return all_of([_bounds(each, most) for each in queries])
        case Or(queries):
            return any_of([_bounds(each, most) for each in queries])
        case Not(negated):
            return _not(_bounds(negated, not most))
        case Words(text, where):
            return _words(text, where) if most or where == "text" else NOTHING
        case Unread():
            return _key(b"UNSEEN")
    leaf: Node = query
    match leaf:
        case Flag("\\Flagged"):
            return _key(b"FLAGGED")
        case Flag(name):
            return _key(b"KEYWORD", name.encode()) if _ATOM.fullmatch(name) else NOTHING
        case GmailLabel(name):
            return _key(b"X-GM-LABELS", quoted(name))
    if not most:
        return NOTHING
    match query:
        case After(midnight):
            day = day_of(midnight.date(), -1)
            return any_of([_key(b"SENTSINCE", day), _key(b"SINCE", day)])
        case Before(midnight):
            day = day_of(midnight.date(), 2)
            return any_of([_key(b"SENTBEFORE", day), _key(b"BEFORE", day)])
    return EVERYTHING


_KEYS: Final = {"text": (b"TEXT",), "from": (b"FROM",), "subject": (b"SUBJECT",), "to": (b"TO", b"CC", b"BCC")}


def _words(text: str, where: str) -> Query:
    """Each of the words anywhere there: how a header is folded, and where a text is wrapped, does not matter so."""
    found = list[Query]()
    for word in filter(None, _BREAKS.split(text)):
        forms = dict.fromkeys((word, fold(word))) if fold(word) != word.casefold() else (word,)
        found.append(any_of([_key(key, quoted(form)) for key in _KEYS[where] for form in forms]))
    return all_of(found)


def _key(*told: bytes) -> Query:
    return _as_query(Key(told))


def _written(query: Query) -> list[bytes]:
    """Keys of which all hold."""
    return [told for each in query.queries for told in _one(each)] if isinstance(query, And) else _one(query)


def _one(query: Query) -> list[bytes]:
    """The query as one key. Without parentheses, which would have to stick to what may be a literal: that all of some
    hold is that not any of them does not."""
    node: Node = query
    match node:
        case Key(told):
            return list(told)
        case Not(negated):
            return [b"NOT", *_one(negated)]
        case And(queries):
            return [b"NOT", *_one(any_of([_not(each) for each in queries]))]
        case Or((first, second)):
            return [b"OR", *_one(first), *_one(second)]
        case Or((first, *others)):
            return [b"OR", *_one(first), *_one(Or(tuple(others)))]
    raise AssertionError(query)


# What is looked at here.


def fits(query: Query, seen: Seen, members: Members) -> bool:
    match query:
        case And(queries):
            return all(fits(each, seen, members) for each in queries)
        case Or(queries):
            return any(fits(each, seen, members) for each in queries)
        case Not(negated):
            return not fits(negated, seen, members)
        case Words(text, where):
            return _has_words(query, text, where, seen, members)
        case Unread():
            return "\\seen" not in seen.flags
        case Attached():
            return bool(seen.outline.files())
        case After(midnight):
            return seen.date >= midnight
        case Before(midnight):
            return seen.date < midnight
    leaf: Node = query
    match leaf:
        case Flag(name):
            return name.lower() in seen.flags
        case GmailLabel(name):
            return fold(name) in map(fold, seen.gmail)
    return False


def _has_words(query: Words, text: str, where: str, seen: Seen, members: Members) -> bool:
    wanted = to_find(text)
    if not wanted:
        return True
    mail = seen.outline.root
    if where == "text":
        return seen.spot.uid in members[query]
    if where == "subject":
        return wanted in findable(mail.text("subject"))
    names = ("from", "sender", "return-path") if where == "from" else ("to", "cc", "bcc")
    people = [f"{person.name} {person.email}" for name in names for person in parse_people(mail, name)]
    return wanted in findable(*people[:1] if where == "from" else people)
