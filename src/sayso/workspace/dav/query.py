"""Which members of a calendar hold something of a kind, or something within a time (RFC 4791, 7.8)."""

from datetime import UTC, datetime

from sayso.workspace.dav.client import Dav
from sayso.workspace.dav.xml import C, D, element, prop


async def holding(
    dav: Dav, url: str, component: str, start: datetime | None = None, end: datetime | None = None, uid: str = ""
) -> dict[str, str]:
    """The ETags, by their addresses, of the members with a VEVENT or VTODO, of which an occurrence overlaps
    [start, end) where these are given, and in whose UID `uid` is. Raises ObjectNotFound, Refused, Unavailable."""
    bounds = {name: f"{when.astimezone(UTC):%Y%m%dT%H%M%SZ}".zfill(16) for name, when in _bounds(start, end)}
    ranges = [element(f"{C}time-range", **bounds)] if bounds else []
    match = element(f"{C}text-match", text=uid, collation="i;octet")
    named = [element(f"{C}prop-filter", match, name="UID")] if uid else []
    kind = element(f"{C}comp-filter", *ranges, *named, name=component)
    whole = element(f"{C}comp-filter", kind, name="VCALENDAR")
    asked = element(f"{C}calendar-query", prop([f"{D}getetag"]), element(f"{C}filter", whole))
    found = await dav.report(url, asked, depth=1)
    return {each.href: each.text(f"{D}getetag") for each in found if each.status < 300 and each.href != url}


def _bounds(start: datetime | None, end: datetime | None) -> list[tuple[str, datetime]]:
    return [(name, when) for name, when in (("start", start), ("end", end)) if when is not None]
