"""The order in which events are shown."""

from datetime import datetime, tzinfo

from sayso.workspace.types import Event


def by_start(event: Event, zone: tzinfo | None) -> tuple[datetime, bool, str, str]:
    """A key to sort by: start, all-day events first; a day begins at its midnight in `zone`."""
    start = event.start
    begin = start if isinstance(start, datetime) else datetime(start.year, start.month, start.day, tzinfo=zone)
    return begin, not event.all_day, event.title, event.id
