"""What an English date or time comes to."""

from dataclasses import dataclass
from datetime import datetime, tzinfo


class DateError(ValueError):
    """The text is no date or time; the message is a sentence that tells the user what to say instead."""


class ZoneError(DateError):
    """A time zone was named that is none, or more than one; the rest of the text may be a date or time."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, a day, a part of a day, a span or a repetition. All times are aware, in the user's zone."""

    start: datetime
    """For a bare day its midnight; for a part of the day or a range its beginning."""
    end: datetime | None = None
    """Exclusive. For a bare day the next midnight; None for a point in time."""
    has_date: bool = False
    """A day (or week, month, …) was named."""
    has_time: bool = False
    """A clock time was named; False for bare days, weeks and parts of the day."""
    part_of_day: str = ""
    """"morning", "afternoon", "evening", "night", "breakfast", "lunch", "dinner" or empty."""
    explicit_end: bool = False
    """The end was said as a time or as a duration."""
    is_range: bool = False
    """Spans several days."""
    daily: bool = False
    """Of each of these days, the hours from the clock time of `start` to that of `end` ("mornings next week"); with no
    end, one of these days is meant ("next week at 3")."""
    recurrence: str = ""
    """RRULE value (RFC 5545, 3.3.10) or empty; then `start` is the first occurrence."""
    guessed: bool = False
    """Which half of the day a clock time is in was not said ("at 3"); `combine` may choose anew."""
    zone: tzinfo | None = None
    """The zone that was said with the time: the days of `recurrence` are days there."""
    skipped: datetime | None = None
    """The time on the wall, without a zone, that was said for the start and that clocks skip on its day."""
    note: str = ""
    """What the user should be told: a full sentence, or empty."""


@dataclass(frozen=True, slots=True)
class Found:
    """An expression in a sentence: character offsets, its words with their preposition, and what they mean."""

    start: int
    end: int
    text: str
    moment: Moment
