"""What is shown of an event, and the digest by which one tells whether that has changed."""

import hashlib
from dataclasses import replace
from typing import Any

from sayso.workspace.events.series import Occasion, Series
from sayso.workspace.google.calendar.calendars import Listed
from sayso.workspace.types import Event


def shown(series: Series, key: str, calendar: Listed, fixed: bool = False) -> Event:
    """The event, or the occurrence with this key. Raises ObjectNotFound."""
    event = series.event(key)
    return replace(
        event, calendar=calendar.name, color=calendar.color, fixed=fixed, revision=_revision(series, key)
    )  # fmt: skip


def _revision(series: Series, key: str) -> str:
    """Of what is shown, without other people's answers, which come in by themselves. Of an occurrence that and what its
    series says, but not what others of it do."""
    said: list[Any] = [series.recurrence, _said(series.occasion, series)]
    if key:
        said.append(_said(series.shown(key), series))
    elif series.repeats:
        said += [sorted(series.exdates), sorted(series.rdates)]
        said += [(each, _said(series.overrides[each].occasion, series)) for each in sorted(series.overrides)]
    return hashlib.sha256(repr(said).encode("utf-8", "replace")).hexdigest()[:32]


def _said(occasion: Occasion, series: Series) -> tuple[Any, ...]:
    return (
        occasion.title,
        occasion.start.isoformat(),
        occasion.end.isoformat(),
        occasion.timezone,
        occasion.location,
        occasion.description,
        sorted(guest.email.casefold() for guest in occasion.guests),
        occasion.reminders,
        occasion.free,
        (series.organizer.email, occasion.my_response) if series.organizer else "",
    )
