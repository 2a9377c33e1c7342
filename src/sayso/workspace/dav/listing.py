"""What is in a collection, as its server says, and what was fetched of it: a cache, which may be empty any time."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from sayso.workspace.dav.client import Dav
from sayso.workspace.dav.collections import Collection
from sayso.workspace.dav.discovery import Kind
from sayso.workspace.dav.errors import NotDone, Preconditioned
from sayso.workspace.dav.urls import host_of, path_of
from sayso.workspace.dav.xml import A, C, D, Response, element, prop
from sayso.workspace.errors import ObjectNotFound, Unavailable

SHELF_BYTES: Final = 32_000_000
MAX_MEMBERS: Final = 50_000
MAX_ROUNDS: Final = 500
"""In which a server may tell what is in a collection, a part in each."""
PIECE: Final = 100
_ETAG, _TYPE = f"{D}getetag", f"{D}resourcetype"


@dataclass(frozen=True, slots=True)
class Stored:
    """A member of a collection. Its lines end as XML has them: it is to be read, and never to be written again."""

    url: str
    etag: str
    content: bytes


class Shelf:
    """What was fetched, for all accounts of a process: the least used goes first. `owner`: whose it is, for what one
    account may read another may not."""

    def __init__(self, most: int = SHELF_BYTES) -> None:
        self._most = most
        self._size = 0
        self._kept: OrderedDict[tuple[str, str], Stored] = OrderedDict()

    def take(self, owner: str, url: str, etag: str) -> Stored | None:
        """What is kept of it, if it is of this ETag."""
        found = self._kept.get((owner, url))
        if found is None or not etag or found.etag != etag:
            return None
        self._kept.move_to_end((owner, url))
        return found

    def put(self, owner: str, stored: Stored) -> None:
        before = self._kept.pop((owner, stored.url), None)
        self._size -= _size(before) if before else 0
        self._kept[owner, stored.url] = stored
        self._size += _size(stored)
        while self._size > self._most:
            self._size -= _size(self._kept.popitem(last=False)[1])


def _size(stored: Stored) -> int:
    return len(stored.content) + 2 * len(stored.url) + 300


class Members:
    """The members of an account's collections. `owner`: whose they are, on the shelf."""

    def __init__(self, dav: Dav, kind: Kind, shelf: Shelf, owner: str) -> None:
        self._dav = dav
        self._kind = kind
        self._shelf = shelf
        self._owner = owner
        self._known: dict[str, tuple[str, dict[str, str]]] = {}
        """Of a collection the last sync token, and the ETags of its members then."""

    async def members(self, collection: Collection) -> Mapping[str, str]:
        """The ETags of all members, by their addresses. Raises ObjectNotFound, Refused, Unavailable."""
        if not collection.syncs:
            return await self._listed(collection.url)
        token, known = self._known.get(collection.url, ("", {}))
        try:
            token, known = await self._synced(collection.url, token, known)
        except (NotDone, Preconditioned) as error:
            if not token or error.element not in ("valid-sync-token", ""):
                raise
            token, known = await self._synced(collection.url, "", {})
        if token:
            self._known[collection.url] = token, known
        return known

    async def _synced(self, url: str, token: str, known: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """What is there now, by what has changed since the token (RFC 6578, 3.2), in one answer or several (3.6)."""
        members = dict(known)
        for _ in range(MAX_ROUNDS):
            asked = element(f"{D}sync-collection", element(f"{D}sync-token", text=token))
            asked.extend((element(f"{D}sync-level", text="1"), prop([_ETAG, _TYPE])))
            answer = await self._dav.multistatus("REPORT", url, asked, 0)
            more = False
            for each in answer.responses:
                if each.href == url or each.status == 507:
                    more = more or each.status == 507
                elif each.status in (404, 410):
                    members.pop(each.href, None)
                elif _is_member(each, url):
                    members[each.href] = each.text(_ETAG)
            _check_number(members, url)
            if not more or answer.sync_token in ("", token):
                return answer.sync_token, members
            token = answer.sync_token
        raise Unavailable(f"{host_of(url)} does not come to an end of telling what is there.")

    async def _listed(self, url: str) -> dict[str, str]:
        found = await self._dav.propfind(url, [_ETAG, _TYPE], depth=1)
        members = {each.href: each.text(_ETAG) for each in found if each.status < 300 and _is_member(each, url)}
        _check_number(members, url)
        return members

    async def fetch(self, url: str, members: Mapping[str, str]) -> list[Stored]:
        """These members of the collection, by their ETags, without those that are gone by now. Raises Refused,
        Unavailable."""
        there = {each: self._shelf.take(self._owner, each, etag) for each, etag in members.items()}
        missing = iter([each for each, stored in there.items() if stored is None])
        while piece := list(islice(missing, PIECE)):
            there |= await self._fetched(url, piece)
        return [stored for stored in there.values() if stored is not None]

    async def _fetched(self, url: str, piece: list[str]) -> dict[str, Stored | None]:
        space, data = (C, "calendar") if self._kind == "caldav" else (A, "address")
        name = f"{space}{data}-data"
        hrefs = [element(f"{D}href", text=path_of(each)) for each in piece]
        asked = element(f"{space}{'calendar' if space == C else 'addressbook'}-multiget", prop([_ETAG, name]), *hrefs)
        wanted, found = set(piece), dict[str, Stored | None]()
        for each in await self._dav.report(url, asked, depth=1):
            if each.href in wanted and name in each.props:
                content = (each.props[name].text or "").encode("utf-8", "replace")
                found[each.href] = stored = Stored(each.href, each.text(_ETAG), content)
                self._shelf.put(self._owner, stored)
        return found

    async def existing(self, collection: Collection) -> Mapping[str, str]:
        """`members`, none of a collection that is not there any more."""
        try:
            return await self.members(collection)
        except ObjectNotFound:
            return {}


def _is_member(found: Response, collection: str) -> bool:
    """Whether it stands directly in the collection, and is none itself."""
    begun = collection if collection.endswith("/") else f"{collection}/"
    name = found.href.removeprefix(begun)
    return name not in ("", found.href) and "/" not in name and not found.has(_TYPE, f"{D}collection")


def _check_number(members: Mapping[str, str], url: str) -> None:
    if len(members) > MAX_MEMBERS:
        raise Unavailable(f"One of the collections on {host_of(url)} has more than {MAX_MEMBERS:,} entries.")
