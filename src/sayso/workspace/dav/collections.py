"""The calendars, task lists and address books of a site, and what one may do with them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sayso.workspace.dav.client import Dav
from sayso.workspace.dav.discovery import Site
from sayso.workspace.dav.urls import name_in
from sayso.workspace.dav.xml import A, C, D, I, Response, S

MAX_COLLECTIONS: Final = 200
_EVERY: Final = frozenset({"VEVENT", "VTODO"})
"""What a calendar holds that does not say (RFC 4791, 5.2.3)."""
_WRITING: Final = tuple(f"{D}{each}" for each in ("all", "write", "write-content", "bind"))
_PROPS: Final = (
    f"{D}resourcetype",
    f"{D}displayname",
    f"{D}current-user-privilege-set",
    f"{D}supported-report-set",
    f"{D}sync-token",
    f"{S}getctag",
)
_OF_CALENDARS: Final = (
    f"{C}supported-calendar-component-set",
    f"{C}calendar-timezone",
    f"{I}calendar-color",
    f"{I}calendar-order",
)
_COLOR: Final = re.compile(r"(#[0-9A-Fa-f]{6})(?:[0-9A-Fa-f]{2})?")


@dataclass(frozen=True, slots=True)
class Collection:
    """A calendar, which may hold tasks, or an address book."""

    url: str
    name: str
    components: frozenset[str] = frozenset()
    """What a calendar holds: VEVENT, VTODO."""
    color: str = ""
    """As `#rrggbb`."""
    order: int = 0
    writable: bool = True
    subscribed: bool = False
    shared: bool = False
    syncs: bool = False
    """Whether it tells what has changed (RFC 6578)."""
    sync_token: str = ""
    ctag: str = ""
    timezone: str = ""
    """A VCALENDAR with the VTIMEZONE that its times without a zone are in (RFC 4791, 5.2.2)."""


async def calendars(dav: Dav, site: Site) -> list[Collection]:
    """In the order that their owner gave them. Raises Refused, Unavailable."""
    return await _listed(dav, site, f"{C}calendar", (*_PROPS, *_OF_CALENDARS))


async def address_books(dav: Dav, site: Site) -> list[Collection]:
    return await _listed(dav, site, f"{A}addressbook", _PROPS)


async def _listed(dav: Dav, site: Site, kind: str, props: Iterable[str]) -> list[Collection]:
    found = dict[str, Collection]()
    for home in site.homes:
        for each in await dav.propfind(home, props, depth=1):
            if each.status < 300 and _counts(each, kind):
                found.setdefault(each.href, _collection(each))
    return sorted([*found.values()][:MAX_COLLECTIONS], key=lambda each: each.order)


def _counts(found: Response, kind: str) -> bool:
    """Whether it is of this kind, and none that the server fills itself with birthdays."""
    kinds = found.props.get(f"{D}resourcetype")
    if kinds is None:
        return False
    tags = {each.tag for each in kinds}
    subscribed = kind == f"{C}calendar" and f"{S}subscribed" in tags
    return (kind in tags or subscribed) and "birthday" not in name_in(found.href).lower()


def _collection(found: Response) -> Collection:
    tags = {each.tag for each in found.props[f"{D}resourcetype"]}
    subscribed = f"{S}subscribed" in tags
    color, order = _COLOR.fullmatch(found.text(f"{I}calendar-color")), found.text(f"{I}calendar-order")
    reports = found.props.get(f"{D}supported-report-set")
    syncs = reports is not None and next(reports.iter(f"{D}sync-collection"), None) is not None
    return Collection(
        found.href,
        " ".join(found.text(f"{D}displayname").split())[:200] or name_in(found.href),
        _components(found) if f"{C}calendar" in tags or subscribed else frozenset(),
        color[1].lower() if color else "",
        int(order) if order.isdecimal() and len(order) < 9 else 0,
        not subscribed and _writable(found),
        subscribed,
        f"{S}shared" in tags,
        syncs,
        found.text(f"{D}sync-token"),
        found.text(f"{S}getctag"),
        found.text(f"{C}calendar-timezone"),
    )


def _components(found: Response) -> frozenset[str]:
    named = found.props.get(f"{C}supported-calendar-component-set")
    return _EVERY if named is None else frozenset(each.get("name", "").upper() for each in named.iter(f"{C}comp"))


def _writable(found: Response) -> bool:
    """Whether its user may change what is in it (RFC 3744, 5.4); a server that does not say lets him try."""
    told = found.props.get(f"{D}current-user-privilege-set")
    return told is None or any(next(told.iter(each), None) is not None for each in _WRITING)
