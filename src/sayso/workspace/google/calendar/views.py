"""What is shown of an event, and the digest by which one tells whether that has changed."""

from dataclasses import replace
from typing import Any

from sayso.workspace.events.saying import digest, exceptions, said
from sayso.workspace.events.series import Series
from sayso.workspace.google.calendar.calendars import Listed
from sayso.workspace.types import Event


def shown(series: Series, key: str, calendar: Listed, fixed: bool = False) -> Event:
    """The event, or the occurrence with this key. Raises ObjectNotFound."""
    event = series.event(key)
    return replace(
        event, calendar=calendar.name, color=calendar.color, fixed=fixed, revision=_revision(series, key)
    )  # fmt: skip


def _revision(series: Series, key: str) -> str:
    """Of what is shown; of an occurrence that and what its series says, but not what others of it do."""
    told: list[Any] = [series.recurrence, said(series.occasion, series)]
    if key:
        told.append(said(series.shown(key), series))
    elif series.repeats:
        told += exceptions(series)
    return digest(told)
