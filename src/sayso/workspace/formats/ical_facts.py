"""What a series says, in one form however it is written: to tell whether two say the same."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from sayso.workspace.events.recurrence import with_plain_until
from sayso.workspace.events.series import Occasion, Series


def facts_of(series: Series, single: bool = False) -> Any:
    """`single`: of the series itself nothing is known, only of the changed occurrences."""
    overrides = {key: _of_occasion(override.occasion, series) for key, override in series.overrides.items()}
    organizer = series.organizer and series.organizer.email.casefold()
    if single:
        return organizer, overrides
    return organizer, _of_occasion(series.occasion, series), rule_of(series), *_dates(series), overrides


def rule_of(series: Series) -> str:
    """Its rule as RFC 5545 has it (3.3.10)."""
    occasion = series.occasion
    return series.recurrence and with_plain_until(series.recurrence, occasion.zone, occasion.all_day)


def _dates(series: Series) -> tuple[frozenset[str], frozenset[str]]:
    """The dates that are left out and those that are added, as far as that makes a difference."""
    rdates = series.rdates - series.exdates
    pattern = replace(series.pattern, exdates=frozenset())
    return frozenset(key for key in series.exdates if pattern.find(key) is not None), rdates


def _of_occasion(occasion: Occasion, series: Series) -> Any:
    guests = sorted((guest.email.casefold(), name_in(guest.name), guest.response) for guest in occasion.guests)
    return (
        plain(occasion.title).strip() or "Untitled",
        _instant(occasion.start),
        _instant(occasion.end),
        "" if occasion.all_day else occasion.zone.key,
        _said(occasion.location),
        _said(occasion.description),
        guests,
        "" if series.organizer is None else occasion.my_response,
        occasion.free,
        occasion.reminders or (),
    )


def _instant(when: datetime | date) -> datetime | date:
    return when.astimezone(UTC) if isinstance(when, datetime) else when


def plain(text: str) -> str:
    """With line ends as files have them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _said(text: str) -> str:
    return plain(text) if text.strip(" \t") else ""


def name_in(name: str) -> str:
    """As a parameter can hold it (RFC 5545, 3.2)."""
    return re.sub(r'["\x00-\x1f\x7f]', "", name).strip()
