"""What an event says, by which one tells whether what was shown of it has changed."""

import hashlib
from collections.abc import Sequence
from typing import Any

from sayso.workspace.events.series import Occasion, Series


def said(occasion: Occasion, series: Series) -> tuple[Any, ...]:
    """All that is shown, without other people's answers, which come in by themselves."""
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


def exceptions(series: Series) -> list[Any]:
    """The same of all in which a series is not as its rule has it."""
    changed = [(each, said(series.overrides[each].occasion, series)) for each in sorted(series.overrides)]
    return [sorted(series.exdates), sorted(series.rdates), *changed]


def digest(told: Sequence[Any]) -> str:
    return hashlib.sha256(repr(told).encode("utf-8", "replace")).hexdigest()[:32]
