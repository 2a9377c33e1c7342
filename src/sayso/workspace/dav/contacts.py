"""Contacts in address books (CardDAV), each a vCard (RFC 6350)."""

import asyncio
import hashlib
from collections.abc import Iterable
from dataclasses import replace
from io import BytesIO
from typing import Final

from sayso.workspace.dav.homes import Homes
from sayso.workspace.dav.listing import Members, Stored
from sayso.workspace.dav.urls import host_of
from sayso.workspace.errors import Refused, Unavailable
from sayso.workspace.finding import found
from sayso.workspace.formats.content_lines import components
from sayso.workspace.formats.vcard import is_group, read_card
from sayso.workspace.types import Contact, Page

MAX_CARDS: Final = 20_000


class DavContacts:
    """A `Contacts`, of all address books of a site. It opens no connection before it is asked for something."""

    def __init__(self, homes: Homes, members: Members) -> None:
        self._homes = homes
        self._members = members

    async def find(self, name: str, limit: int) -> Page[Contact]:
        cards, number = list[Stored](), 0
        for book in await self._homes.collections():
            members = await self._members.existing(book)
            number += len(members)
            if number > MAX_CARDS:
                host = host_of(self._homes.dav.url)
                raise Unavailable(
                    f"There are more than {MAX_CARDS:,} contacts on {host}, which is more than can be read."
                )
            cards += await self._members.fetch(book.url, members)
        matching = await asyncio.to_thread(lambda: found(_contacts(cards), name))
        return Page(matching[:limit], total=len(matching))


def _contacts(cards: Iterable[Stored]) -> Iterable[Contact]:
    """Those that say whom they are of, without lists of others."""
    for stored in cards:
        card = next(components(BytesIO(stored.content), "VCARD"), None)
        if card is None or card.why or is_group(card):
            continue
        try:
            contact = read_card(card).contact
        except Refused:
            continue
        yield replace(contact, id=f"crd_{hashlib.sha256(stored.url.encode()).hexdigest()[:20]}")
