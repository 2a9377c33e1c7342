"""English dates and times: read them, find them in a sentence, say them.

How ambiguity is settled, everywhere: a bare hour lies in working hours (7 to 11 is AM, 12 is noon, 1 to 6 is PM)
unless a part of the day or a meal says otherwise; one that has passed today moves to the other half of the day, else
to tomorrow. A bare weekday is the next one, its own name today a week from today; "this Friday" is in the current
week (Monday to Sunday) unless passed, "next Friday" in the week after it. A date without a year is the next one. 3/10
is March 10th, 25/12 can only be Christmas. "Until Friday" includes Friday, "until June" ends with May. "End of day"
is 17:00, "the end of the week" its Friday; Easter week begins with Easter Sunday. In "tomorrow at 3pm London time"
the day is the user's and the clock London's; EST is what clocks in New York show on that day, EST or EDT, and an
abbreviation that the user's own clocks show is the user's zone. A city alone is a place: "lunch in Paris at 1".
"""

from sayso.english.dates.finding import combine, find
from sayso.english.dates.reading import parse, parse_duration, parse_recurrence, zone_alone
from sayso.english.dates.rules import days_moved, describe_rule, fit_until
from sayso.english.dates.saying import (
    say_clock,
    say_clock_long,
    say_clocks,
    say_day,
    say_days,
    say_duration,
    say_span,
    say_spoken,
    say_time,
)
from sayso.english.dates.types import DateError, Found, Moment, ZoneError
from sayso.english.dates.zoned import skip_note

__all__ = [
    "DateError",
    "Found",
    "Moment",
    "ZoneError",
    "combine",
    "days_moved",
    "describe_rule",
    "find",
    "fit_until",
    "parse",
    "parse_duration",
    "parse_recurrence",
    "say_clock",
    "say_clock_long",
    "say_clocks",
    "say_day",
    "say_days",
    "say_duration",
    "say_span",
    "say_spoken",
    "say_time",
    "skip_note",
    "zone_alone",
]
