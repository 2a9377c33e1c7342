"""Times that are kept in UTC, whatever it is called."""

from dataclasses import replace
from datetime import date, datetime

from sayso.base.zones import is_utc, zone_named
from sayso.workspace.types import EventDraft


def in_utc(draft: EventDraft) -> EventDraft:
    """A draft in UTC by any of its names as one in `UTC`, for a time in UTC has no TZID (RFC 5545, 3.2.19); another
    one as it is."""
    if draft.timezone == "UTC" or not is_utc(draft.timezone):
        return draft
    out = tuple(map(_moved, draft.exdates))
    return replace(draft, timezone="UTC", start=_moved(draft.start), end=_moved(draft.end), exdates=out)


def _moved(when: datetime | date) -> datetime | date:
    return when.astimezone(zone_named("UTC")) if isinstance(when, datetime) else when
