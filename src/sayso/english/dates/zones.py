"""Time zones behind a clock time: London time, EST, UTC+2, 15:00Z, Pacific, Europe/Berlin, my time."""

from dataclasses import dataclass
from datetime import timedelta, tzinfo

from sayso.english.dates.reader import Reader
from sayso.english.dates.words import MONTHS, PART_WORDS, TODAY_WORDS, WEEKDAYS, listed
from sayso.english.dates.zone_names import UTC, WEAK, abbreviated, at_offset, by_key, named, spans_zones

_KINDS = listed("standard daylight summer winter mean local")
_OWNERS = listed("my our")
_LONGEST_NAME = 4  # words
_LONGEST_KEY = 12  # words and marks
_TIMES = listed(
    "tea story lunch dinner supper breakfast meal snack break play quiet family nap bed game focus me party show prime "
    "study bath screen free full part half first last travel crunch circle prayer team big good long short real "
    "response boarding departure arrival start end closing opening check drive run race swim tee tip wake cocktail "
    "pizza cake movie craft music reading homework work down due extra over spare any some same next this that what "
    "which every each no more less all one on in at by from to until and or with for a an the your their his her its "
    "feeding floor practice rehearsal hammer christmas holiday kick lead live set turn social member board library"
)
"""What stands before "time" and is no place."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone that was said: a place, UTC or an offset from it. `problem`: why it is none, in a sentence; the zone
    is the user's then."""

    zone: tzinfo
    problem: str = ""


def zone(r: Reader, i: int) -> tuple[Zone, int] | None:
    """Read a time zone that stands behind a clock time, with "in", a comma or brackets before it."""
    if opened := r.word(i) in ("(", "["):
        found = _zone(r, i + 1, closed=True)
        return (found[0], found[1] + 1) if found and opened and r.word(found[1]) in (")", "]") else None
    return _zone(r, r.skip(i, ","), closed=False)


def _zone(r: Reader, i: int, closed: bool) -> tuple[Zone, int] | None:
    j = r.skip(i, "in", "the")
    found = _own(r, j) or _offset(r, j) or _key(r, j) or _place(r, j) or _short(r, j, closed) or _unknown(r, j)
    if found is None or (r.word(j - 1) == "the" and r.word(found[1] - 1) not in ("time", "zone", "timezone")):
        return None
    return found


def _time(r: Reader, i: int) -> int:
    """The place behind "time", "time zone" or "timezone", or 0."""
    return r.phrase(i, "time zone") or r.phrase(i, "time") or r.phrase(i, "timezone")


def _own(r: Reader, i: int) -> tuple[Zone, int] | None:
    """My time, local time."""
    j = r.skip(i + 1, "local") if r.word(i) in _OWNERS else i + 1 if r.word(i) == "local" else 0
    end = _time(r, j) if j else 0
    return (Zone(r.home), end) if end else None


def _offset(r: Reader, i: int) -> tuple[Zone, int] | None:
    """UTC+2, GMT -5, UTC+05:30, 15:00+02:00, 15:00Z."""
    if r.word(i) == "z" and r.glued(i) and r.kind(i - 1) in ("clock", "number"):
        return Zone(UTC), i + 1
    named_utc = r.word(i) in ("utc", "gmt")
    j = i + 1 if named_utc else i
    sign = r.word(j)
    if sign not in ("+", "-") or (not named_utc and (sign == "-" or r.kind(j + 1) != "clock")):
        return None  # "15:00-17:00" is a span
    if not r.glued(j + 1) or (sign == "-" and (not r.glued(j) or r.kind(j + 2) == "meridiem")):
        return None
    digits = r.word(j + 1)
    if r.kind(j + 1) == "clock":
        hours, minutes = (int(part) for part in digits.split(":")[:2])
    elif digits.isdecimal() and len(digits) in (1, 2, 4):
        hours, minutes = (int(digits[:2]), int(digits[2:])) if len(digits) == 4 else (int(digits), 0)
    else:
        return None
    found = at_offset((-1 if sign == "-" else 1) * timedelta(hours=hours, minutes=minutes))
    end = _time(r, j + 2) or j + 2
    return (Zone(found) if found else Zone(r.home, _problem(f"{r.word(i)}{sign}{digits}".upper()))), end


def _key(r: Reader, i: int) -> tuple[Zone, int] | None:
    """Europe/London, America/New_York."""
    if r.kind(i) != "word" or r.word(i + 1) != "/":
        return None
    j = i + 1
    while (
        j < i + _LONGEST_KEY and r.glued(j) and (r.kind(j) in ("word", "number") or r.word(j) in ("/", "_", "-", "+"))
    ):
        j += 1
    found = by_key("".join(token.raw for token in r.tokens[i:j]))
    return (Zone(found), _time(r, j) or j) if found else None


def _place(r: Reader, i: int) -> tuple[Zone, int] | None:
    """London time, New York's time, Pacific Standard Time, time in Tokyo."""
    if r.phrase(i, "time in"):
        for count in range(min(_LONGEST_NAME, len(r.tokens) - i - 2), 0, -1):
            if found := named(_name(r, i + 2, count), r.home, r.now.year):
                return Zone(found), i + 2 + count
        return None
    for count in range(1, _LONGEST_NAME + 1):
        if r.kind(i + count - 1) != "word":
            return None
        end = _time(r, i + count + (r.word(i + count) in _KINDS))
        name = _name(r, i, count).removesuffix("'s")
        if not end:
            continue
        if spans_zones(name):
            return Zone(
                r.home, f'There are several time zones in "{r.raw(i)}"; name a city, like "New York time".'
            ), end
        found = named(name, r.home, r.now.year)
        return (Zone(found), end) if found else None
    return None


def _name(r: Reader, i: int, count: int) -> str:
    return " ".join(r.word(k) for k in range(i, i + count))


def _short(r: Reader, i: int, closed: bool) -> tuple[Zone, int] | None:
    """EST, noon Pacific, 10 a.m. ET."""
    word = r.word(i)
    found = abbreviated(word, r.home, r.now.year) or (named(word, r.home, r.now.year) if word in WEAK else None)
    if found is None:
        return None
    if end := _time(r, i + 1):
        return Zone(found), end
    if word in WEAK and not closed and not (_after_clock(r, i) and (r.open(i + 1) or r.word(i + 1) == "/")):
        return None
    return Zone(found), i + 1


def _after_clock(r: Reader, i: int) -> bool:
    """Whether what stands before is a time for sure: "3 PM", "10:30", "noon", "9" before "ET"."""
    before = r.word(i - 1)
    firm = r.kind(i - 1) in ("meridiem", "clock") or before in ("noon", "midday", "midnight", "o'clock")
    return firm or (r.kind(i - 1) == "number" and r.raw(i).isupper())


def _unknown(r: Reader, i: int) -> tuple[Zone, int] | None:
    """Gotham time, Ana's time: clearly meant as a zone, and none that is known."""
    for count in (1, 2):
        end = _time(r, i + count)
        raw = [r.raw(k) for k in range(i, i + count)]
        if not end or r.raw(i + count) != "time" or not _after_clock(r, i) or not r.open(end):
            continue
        if all(each[:1].isupper() and each[1:].islower() and _may_be_place(each.casefold()) for each in raw):
            return Zone(r.home, _problem(f"{' '.join(raw)} time")), end
    return None


def _may_be_place(word: str) -> bool:
    return word not in _TIMES and not any(word in known for known in (WEEKDAYS, MONTHS, PART_WORDS, TODAY_WORDS))


def _problem(name: str) -> str:
    return f'I do not know the time zone "{name}"; name a city or an offset, like "London time" or "UTC+2".'
