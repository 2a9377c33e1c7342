"""Contacts at Google (people v1), read in full once and then as they change.

They are searched here: Google's own search wants an empty query some time before, and finds by the beginnings of names
only.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from sayso.workspace.errors import Unavailable
from sayso.workspace.finding import found
from sayso.workspace.google.client import Google, Json
from sayso.workspace.google.errors import NotDone, Stale
from sayso.workspace.google.people.values import FIELDS, OTHER_FIELDS, contact_of, former_names, is_deleted
from sayso.workspace.types import Contact, Page

MAX_CONTACTS: Final = 20_000
_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class _Shelf:
    """Those of one list, by Google's name of each, and where to go on from; empty: nowhere. Nobody changes it."""

    contacts: dict[str, Contact]
    token: str


@dataclass(slots=True)
class Book:
    """What was read last of one account's contacts: a cache, without which all is read again."""

    shelves: dict[str, _Shelf] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _List:
    path: str
    items: str
    """Where an answer has them."""
    mask: str
    """The parameter that says which fields are told."""
    fields: str
    in_book: bool


_OWN: Final = _List("people/me/connections", "connections", "personFields", FIELDS, in_book=True)
_OTHERS: Final = _List("otherContacts", "otherContacts", "readMask", OTHER_FIELDS, in_book=False)


class GoogleContacts:
    """A `Contacts`. `others`: whether those may be read too whom Google keeps because they were written to."""

    def __init__(self, google: Google, book: Book, others: bool) -> None:
        self._google = google
        self._book = book
        self._others = others

    async def find(self, name: str, limit: int) -> Page[Contact]:
        own, others = await asyncio.gather(self._read(_OWN), self._read_others())
        if len(own) + len(others) > MAX_CONTACTS:
            raise _too_many()
        matching = await asyncio.to_thread(lambda: found([*own, *_strangers(own, others)], name))
        return Page(matching[:limit], total=len(matching))

    async def _read_others(self) -> list[Contact]:
        if not self._others:
            return []
        try:
            return await self._read(_OTHERS)
        except NotDone as error:
            if error.status != 403:
                raise
            return []  # an administrator, or the user himself, has taken it back

    async def _read(self, of: _List) -> list[Contact]:
        """All of a list, as it is now. Raises Refused, Unavailable."""
        before = self._book.shelves.get(of.path)
        try:
            shelf = await self._gone_on(of, before or _Shelf({}, ""))
        except Stale:
            shelf = await self._gone_on(of, _Shelf({}, ""))
        if shelf.token:
            self._book.shelves[of.path] = shelf
        return list(shelf.contacts.values())

    async def _gone_on(self, of: _List, shelf: _Shelf) -> _Shelf:
        """With what has changed since; from nowhere: all. Raises Stale."""
        contacts, token = dict(shelf.contacts), ""
        params: dict[str, str | int | bool | None] = {of.mask: of.fields, "pageSize": _PAGE, "requestSyncToken": True}
        params["syncToken"] = shelf.token or None
        async for page in self._google.pages("people", of.path, params):
            people = page.get(of.items)
            for person in people if isinstance(people, list) else ():
                _put(contacts, person, of.in_book)
            if len(contacts) > MAX_CONTACTS:
                raise _too_many()
            token = str(page.get("nextSyncToken") or "")
        return _Shelf(contacts, token)


def _put(contacts: dict[str, Contact], person: Json, in_book: bool) -> None:
    name = str(person.get("resourceName", ""))
    for each in (name, *former_names(person)):
        contacts.pop(each, None)
    if name and not is_deleted(person) and (contact := contact_of(person, in_book)) is not None:
        contacts[name] = contact


def _strangers(own: list[Contact], others: list[Contact]) -> list[Contact]:
    """Of the others those who are not in the book by the same address."""
    known = {email.casefold() for each in own for email in each.emails}
    return [each for each in others if not each.emails or not known.issuperset(map(str.casefold, each.emails))]


def _too_many() -> Unavailable:
    return Unavailable(f"There are more than {MAX_CONTACTS:,} contacts at Google, which is more than can be read.")
