"""Reminders of an event, as alarms that calendar files have (RFC 5545, 3.6.6): those that show something some minutes
before its start. Others are left as they are."""

from collections.abc import Iterator
from datetime import timedelta

from sayso.workspace.errors import Refused
from sayso.workspace.formats.content_lines import escape
from sayso.workspace.formats.ical_text import Block
from sayso.workspace.formats.ical_values import parse_length

_MINUTE = timedelta(minutes=1)


def reminders_of(event: Block) -> tuple[int, ...]:
    """Minutes before the start, in the order of the file."""
    found = (reminder_of(part) for part in event.parts if isinstance(part, Block))
    return tuple(dict.fromkeys(each for each in found if each is not None))


def reminder_of(alarm: Block) -> int | None:
    """Minutes before the start; None of any other alarm."""
    action, trigger = alarm.first("ACTION"), alarm.first("TRIGGER")
    if alarm.kind != "VALARM" or action is None or trigger is None or action.line is None or trigger.line is None:
        return None
    line = trigger.line
    if action.line.value.strip().upper() != "DISPLAY" or line.param("RELATED").upper() == "END":
        return None
    try:
        length = parse_length(line.value)
    except Refused:  # a time of its own
        return None
    before = -(timedelta(days=length.days) + length.passing)
    return before // _MINUTE if before >= timedelta() and not before % _MINUTE else None


def format_alarm(minutes: int, title: str) -> Iterator[str]:
    """The lines of an alarm."""
    yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{escape(title)}")
    yield from (f"TRIGGER:{'-' if minutes else ''}PT{minutes}M", "END:VALARM")
