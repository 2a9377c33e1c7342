"""How much of a calendar is looked through at once."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final, TypeVar

from sayso.base.steps import TooManySteps, within
from sayso.workspace.errors import Refused
from sayso.workspace.events.order import by_start
from sayso.workspace.events.series import FIRST_YEAR, LAST_YEAR
from sayso.workspace.types import Event

T = TypeVar("T")

MOST_ROWS: Final = 10_000
"""Events and series, and of these the changed occurrences."""
MOST_STEPS: Final = 60_000
"""Of days and occurrences in one look: three hourly series for a year, or twenty daily ones for four."""
TOO_MUCH: Final = "There is too much in the calendar in that time to look through at once: name a shorter time."
_FIRST, _LAST = (datetime(year, 1, 1, tzinfo=UTC) for year in (FIRST_YEAR - 1, LAST_YEAR + 2))


def within_years(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """A time, as far as there are events in it."""
    first, last = (min(max(each, _FIRST), _LAST).astimezone(start.tzinfo) for each in (start, end))
    return first, last


def counted(work: Callable[[], T], refusal: str) -> T:
    """What the work comes to. Raises Refused, with this sentence, when it takes too many steps."""
    try:
        with within(MOST_STEPS, refusal):
            return work()
    except TooManySteps as error:
        raise Refused(str(error)) from error


def look(start: datetime, find: Callable[[], Iterable[Event]]) -> list[Event]:
    """What `find` finds, by start, all-day events first; a day begins where that of `start` does. Raises Refused when
    it takes too many steps."""
    found = counted(lambda: [*find()], TOO_MUCH)
    return sorted(found, key=lambda event: by_start(event, start.tzinfo))
