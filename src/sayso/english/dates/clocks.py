"""Clock times: 3pm, 15:00, quarter past 3, half 4, noon, at three, 3ish."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sayso.english.dates.reader import Reader
from sayso.english.dates.zones import zone

Strength = Literal["firm", "number"]

_FILLERS = ("about", "around", "approximately", "approx", "roughly", "exactly", "circa")
_MINUTES = {
    "quarter": 15,
    "half": 30,
    "five": 5,
    "ten": 10,
    "twenty": 20,
    "5": 5,
    "10": 10,
    "15": 15,
    "20": 20,
    "25": 25,
}


@dataclass(frozen=True, slots=True)
class Clock:
    """A time on the wall. Hour 24 is the midnight at the end of the day. `fixed`: the half of the day was said."""

    hour: int
    minute: int = 0
    second: int = 0
    fixed: bool = False
    firm: bool = True
    """Cannot be anything but a time; False for "3" and "two thirty"."""

    @property
    def minutes(self) -> int:
        return self.hour * 60 + self.minute

    def halves(self) -> tuple["Clock", ...]:
        """The readings, the likelier first: working hours are 7 to 18:59."""
        if self.fixed or not 1 <= self.hour <= 12:
            return (replace(self, fixed=True),)
        morning = replace(self, hour=self.hour % 12, fixed=True)
        later = replace(self, hour=self.hour % 12 + 12, fixed=True)
        return (morning, later) if 7 <= self.hour <= 11 else (later, morning)


def clock(r: Reader, i: int, *, prepared: bool = False) -> tuple[Clock, int] | None:
    """Read a clock time. `prepared`: a word before it says that a time follows ("at", "by", …)."""
    while r.word(i) in _FILLERS:
        i, prepared = i + 1, prepared or r.word(i) == "around"
    found = _named(r, i) or _past(r, i, prepared) or _digital(r, i) or _spoken(r, i)
    if found is None:
        return None
    time, i = found
    j = i + 1 if r.word(i) == "-" and r.word(i + 1) == "ish" else i
    if r.word(j) in ("ish", "sharp"):
        time, i = replace(time, firm=True), j + 1
    elif not time.firm and (there := zone(r, i)) and (r.raw(i).isupper() or r.open(there[1])):  # "9 EST"
        time = replace(time, firm=True)
    return time, i


def _named(r: Reader, i: int) -> tuple[Clock, int] | None:
    if r.anchor and (j := r.phrase(r.skip(i, "the"), "same time")):
        return Clock(r.anchor.hour, r.anchor.minute, fixed=True), j
    if (
        r.word(i) == "now"
        and r.word(i - 1) in ("between", "from", "")
        and r.word(i + 1) in ("and", "to", "until", "till")
    ):
        return Clock(r.now.hour, r.now.minute, fixed=True), i + 1
    start, i = i, r.skip(i, "12")
    if r.word(i) in ("noon", "midday", "noontime"):
        return Clock(12, fixed=True), i + 1
    if r.word(i) == "midnight":
        return Clock(24, fixed=True), i + 1
    for phrase in ("end of day", "end of the day", "end of business", "close of business", "eod", "cob"):
        j = r.phrase(r.skip(start, "the"), phrase)
        if j:
            return Clock(17, fixed=True), j
    return None


def _valid(hour: int, minute: int = 0, second: int = 0) -> bool:
    return (hour < 24 and minute < 60 and second < 60) or (hour == 24 and minute == second == 0)


def _digital(r: Reader, i: int) -> tuple[Clock, int] | None:
    """15:00, 3:30pm, 3pm, 3.30 pm, 15h30, 1500 hours, 3 o'clock, 3 (not firm)."""
    kind, text = r.kind(i), r.word(i)
    if kind == "clock":
        hour, minute, second = ([int(part) for part in text.split(":")] + [0])[:3]
        if not _valid(hour, minute, second):
            return None
        return _half(r, i + 1, Clock(hour, minute, second, fixed=hour > 12 or text[0] == "0"))
    if kind != "number" or len(text) > 5:
        return None
    if "." in text:
        hour, minute = (int(part) for part in text.split("."))
        if len(text.split(".")[1]) != 2 or not _valid(hour, minute):
            return None
        return _half(r, i + 1, Clock(hour, minute, fixed=hour > 12, firm=False))
    if len(text) in (3, 4):
        return _military(r, i, int(text))
    if not _valid(int(text)):
        return None
    time = Clock(int(text), fixed=int(text) > 12 or text[0] == "0", firm=False)
    if r.word(i + 1) == "h" and r.glued(i + 1):
        if r.kind(i + 2) == "number" and r.glued(i + 2) and len(r.word(i + 2)) == 2 and int(r.word(i + 2)) < 60:
            return replace(time, minute=int(r.word(i + 2)), fixed=True), i + 3
        return replace(time, fixed=True), i + 2
    return _half(r, i + 1, time)


def _military(r: Reader, i: int, value: int) -> tuple[Clock, int] | None:
    hour, minute = divmod(value, 100)
    if not _valid(hour, minute):
        return None
    fixed = len(r.word(i)) == 4
    if r.word(i + 1) in ("hours", "hrs", "h") and fixed:
        return Clock(hour, minute, fixed=True), i + 2
    half = _half(r, i + 1, Clock(hour, minute, fixed=fixed, firm=False))
    if half and half[0].firm:
        return half
    return half if fixed and minute % 5 == 0 and not 1900 <= value <= 2059 else None


def _half(r: Reader, i: int, time: Clock) -> tuple[Clock, int] | None:
    """am, p.m., o'clock behind the number."""
    token = r.word(i)
    if token in ("o'clock", "oclock", "o'clk"):
        return _half(r, i + 1, replace(time, firm=True))
    short = token in ("a", "p") and r.glued(i)
    if (r.kind(i) != "meridiem" and not short) or not 1 <= time.hour <= 12:
        if r.kind(i) == "meridiem" and 13 <= time.hour < 24 and token[0] == "p":
            return replace(time, fixed=True, firm=True), i + 1
        return time, i
    hour = time.hour % 12 + (12 if token[0] == "p" else 0)
    return replace(time, hour=hour, fixed=True, firm=True), i + 1


def _past(r: Reader, i: int, prepared: bool) -> tuple[Clock, int] | None:
    """Quarter past 3, ten to five, half past nine; British "half 4" is 4:30."""
    i = r.skip(i, "a")
    minute = _MINUTES.get(r.word(i))
    if r.word(i) == "twenty" and r.word(r.skip(i + 1, "-")) == "five":
        minute, i = 25, r.skip(i + 1, "-")
    if minute is None:
        return None
    named = r.word(i) in ("quarter", "half")
    if r.word(i) == "half" and r.number(i + 1):
        found = _spoken(r, i + 1) or _digital(r, i + 1)
        ok = found and 1 <= found[0].hour <= 12 and not found[0].minute and (r.whole or prepared or r.open(found[1]))
        return (replace(found[0], minute=30, firm=prepared), found[1]) if found and ok else None
    j = r.skip(i + 1, "minutes", "mins", "min")
    direction = r.word(j)
    if direction not in ("past", "to", "after", "before", "til", "till", "of"):
        return None
    digits = r.kind(i) == "number"
    if direction == "to" and (digits or not named) and not prepared and (digits or not r.whole):
        return None  # "10 to 5" is a span; "five to ten people" a count
    if direction in ("before", "after", "of") and not named and not prepared:
        return None
    found = _named(r, j + 1) or _digital(r, j + 1) or _spoken(r, j + 1)
    if not found or found[0].minute:
        return None
    time, end = found
    if direction in ("past", "after"):
        return replace(time, minute=minute, firm=True), end
    hour = time.hour - 1
    if not time.fixed and hour == 0:
        hour = 12
    return (replace(time, hour=hour, minute=60 - minute, firm=True), end) if hour >= 0 else None


def _spoken(r: Reader, i: int) -> tuple[Clock, int] | None:
    """Three, two thirty, nine oh five."""
    if r.kind(i) != "word":
        return None
    found = r.number(i)
    if not found or not 1 <= found[0] <= 12:
        return None
    hour, j = int(found[0]), found[1]
    if r.word(j) in ("oh", "o") and (ones := r.number(j + 1)) and 1 <= ones[0] <= 9:
        return _half(r, ones[1], Clock(hour, int(ones[0]), firm=True))
    minutes = r.number(j) if r.kind(j) == "word" else None
    if minutes and minutes[0] in (10, 15, 20, 25, 30, 35, 40, 45, 50, 55):
        return _half(r, minutes[1], Clock(hour, int(minutes[0]), firm=False))
    return _half(r, j, Clock(hour, firm=False))


def near(time: Clock, anchor: datetime) -> Clock:
    """The half of the day that is meant when something at `anchor` moves: "4" is 4:00 near 5:00, 16:00 near 15:00."""
    first, *others = time.halves()
    at = anchor.hour * 60 + anchor.minute
    for other in others:
        if abs(other.minutes - at) <= 4 * 60 and abs(first.minutes - at) >= 8 * 60:
            return other
    return first


def within(time: Clock, part: str) -> Clock:
    """The half of the day that fits a part of it: "at 8" in the evening is 20:00."""
    if time.fixed or not 1 <= time.hour <= 12:
        return time
    early = replace(time, hour=time.hour % 12, fixed=True)
    late = replace(time, hour=time.hour % 12 + 12, fixed=True)
    if part in ("morning", "breakfast"):
        return late if time.hour == 12 else early
    if part == "night" and (time.hour == 12 or time.hour < 5):
        return replace(early, hour=early.hour + 24)
    if part in ("evening", "dinner") and time.hour == 12:
        return replace(early, hour=24)
    if part == "lunch":
        return early if time.hour in (10, 11) else late
    return late if part else time


def span(first: Clock, last: Clock) -> tuple[Clock, Clock]:
    """Choose the halves of "3-4pm", "9 to 5", "10pm to 2am" so that the end follows the start."""
    if first.fixed and last.fixed:
        pass
    elif last.fixed and not first.fixed:
        options = [half for half in first.halves() if half.minutes < last.minutes]
        first = max(options, key=lambda half: half.minutes, default=first.halves()[0])
    else:
        first = first.halves()[0]
        options = sorted(last.halves(), key=lambda half: half.minutes)
        last = next((half for half in options if half.minutes > first.minutes), options[0])
    if last.minutes <= first.minutes:
        last = replace(last, hour=last.hour + 24)
    return first, last
