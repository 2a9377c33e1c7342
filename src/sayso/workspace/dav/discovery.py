"""Where somebody's calendars and address books are (RFC 6764, 6), from an address of the server, of him or of them."""

from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from sayso.workspace.dav.client import Dav
from sayso.workspace.dav.errors import NotDone, Preconditioned, Unreadable
from sayso.workspace.dav.urls import host_of, resolved
from sayso.workspace.dav.xml import A, C, D, Response
from sayso.workspace.errors import ObjectNotFound, Refused

Kind = Literal["caldav", "carddav"]

_HOMES: Final = {"caldav": f"{C}calendar-home-set", "carddav": f"{A}addressbook-home-set"}
_COLLECTIONS: Final = {"caldav": f"{C}calendar", "carddav": f"{A}addressbook"}
_WHAT: Final = {"caldav": "calendars (CalDAV)", "carddav": "contacts (CardDAV)"}
_PRINCIPAL, _TYPE = f"{D}current-user-principal", f"{D}resourcetype"
_SCHEDULING: Final = (
    f"{C}calendar-user-address-set",
    f"{C}schedule-outbox-URL",
    f"{C}schedule-inbox-URL",
    f"{C}schedule-default-calendar-URL",
)
MAX_HOMES: Final = 10


@dataclass(frozen=True, slots=True)
class Site:
    """What a server keeps for somebody. `homes`: collections of his calendars or address books; or these themselves."""

    kind: Kind
    principal: str
    homes: tuple[str, ...]
    addresses: tuple[str, ...] = ()
    """His own, by which its invitations name him."""
    outbox: str = ""
    inbox: str = ""
    auto_schedule: bool = False
    """Whether it writes to guests itself (`calendar-auto-schedule`, RFC 6638, 2)."""
    default_calendar: str = ""


async def discover(dav: Dav, kind: Kind) -> Site:
    """Find out from the address that the user gave: of the server, of a principal, of a home, or of one calendar or
    address book, which then is all that there is. Raises Refused where nothing of the kind is there, ReconnectNeeded,
    Unavailable."""
    well_known, root = (resolved(dav.url, path) for path in (f"/.well-known/{kind}", "/"))
    order = (well_known, root) if urlsplit(dav.url).path in ("", "/") else (dav.url, well_known, root)
    reached = False
    for url in order:
        try:
            found = await _ask(dav, url, kind)
            site = await _site(dav, found, kind)
        except (ObjectNotFound, NotDone, Preconditioned, Unreadable):
            continue
        if site is not None:
            return site
        reached = True
    if reached:
        raise Refused(f"{host_of(dav.url)} is reached, but it has no {_WHAT[kind]} for this sign-in.")
    raise Refused(f"There are no {_WHAT[kind]} at {dav.url}; your provider can tell you the address.")


async def _ask(dav: Dav, url: str, kind: Kind) -> Response:
    asked = (_TYPE, _PRINCIPAL, _HOMES[kind], *(_SCHEDULING if kind == "caldav" else ()))
    responses = await dav.propfind(url, asked)
    if not responses or responses[0].status >= 300:
        raise Unreadable(f"{host_of(url)} says nothing of itself.")
    return responses[0]


async def _site(dav: Dav, found: Response, kind: Kind) -> Site | None:
    one = found.has(_TYPE, _COLLECTIONS[kind])
    who = found
    if (principal := found.href_in(_PRINCIPAL)) and principal != found.href:
        who = await _ask(dav, principal, kind)
    homes = (found.href,) if one else tuple(who.hrefs(_HOMES[kind])[:MAX_HOMES])
    if not homes:
        return None
    tokens = await _tokens(dav, homes[0]) if kind == "caldav" else frozenset[str]()
    address_set, outbox, inbox, default = _SCHEDULING
    return Site(
        kind,
        who.href,
        homes,
        _addresses(who, address_set),
        who.href_in(outbox),
        who.href_in(inbox),
        "calendar-auto-schedule" in tokens,
        who.href_in(default) or await _default(dav, who.href_in(inbox)),
    )


def _addresses(who: Response, name: str) -> tuple[str, ...]:
    """The mail addresses among his (RFC 6638, 2.4.1), which may be URIs of other kinds."""
    found = who.props.get(name)
    texts = [] if found is None else [(each.text or "").strip() for each in found.iter(f"{D}href")]
    mails = [unquote(text[7:]) for text in texts if text.lower().startswith("mailto:")]
    return tuple(dict.fromkeys(each for each in mails if "@" in each))


async def _tokens(dav: Dav, url: str) -> frozenset[str]:
    try:
        return await dav.options(url)
    except (ObjectNotFound, NotDone, Preconditioned):
        return frozenset()


async def _default(dav: Dav, inbox: str) -> str:
    """Where the server puts invitations: a property of the inbox (RFC 6638, 9.2)."""
    if not inbox:
        return ""
    try:
        responses = await dav.propfind(inbox, [_SCHEDULING[-1]])
    except (ObjectNotFound, NotDone, Preconditioned, Unreadable):
        return ""
    return next((each.href_in(_SCHEDULING[-1]) for each in responses), "")
