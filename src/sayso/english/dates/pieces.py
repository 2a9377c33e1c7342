"""What an expression says, before it is resolved."""

from dataclasses import dataclass, field

from sayso.english.dates.arithmetic import Day
from sayso.english.dates.clocks import Clock
from sayso.english.dates.durations import Length
from sayso.english.dates.offsets import Instant
from sayso.english.dates.recurrence import Rule
from sayso.english.dates.zones import Zone


@dataclass(slots=True)
class Pieces:
    """What was said, before it is resolved."""

    day: Day | None = None
    clock: Clock | None = None
    part: str = ""
    meal: str = ""
    """A meal named near the clock time: "dinner on Friday at 8"."""
    narrow: str = ""
    """"early" or "late" before a part of the day."""
    instant: Instant | None = None
    to_day: Day | None = None
    to_clock: Clock | None = None
    length: Length | None = None
    each: bool = False
    """Clock or part of the day are those of each of several days, also where the last one was named by itself."""
    bound: str = ""
    bound_day: bool = False
    """The bound is on the day, not on the hours of each day: "before Friday at 3"."""
    rule: Rule | None = None
    until: Day | None = None
    since: bool = False
    """The day is where it starts: "from next week"."""
    zone: Zone | None = None
    """Where clocks show the time, when that was said."""
    notes: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        return not (self.day or self.clock or self.part or self.instant or self.length or self.rule)
