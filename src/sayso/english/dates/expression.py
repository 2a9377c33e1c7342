"""A date or time expression: its pieces in any order, gathered from a place in the text."""

from dataclasses import replace

from sayso.english.dates.arithmetic import DAY, Day, single
from sayso.english.dates.clocks import Clock, clock
from sayso.english.dates.days import day
from sayso.english.dates.durations import length
from sayso.english.dates.offsets import offset
from sayso.english.dates.pieces import Pieces
from sayso.english.dates.reader import MOVES, PLANS, Reader
from sayso.english.dates.recurrence import rule
from sayso.english.dates.words import MEALS, PART_WORDS, PARTS, WEAK_WEEKDAYS, listed
from sayso.english.dates.zones import zone

_PREPOSITIONS = listed(
    "on at by in from to for since until till before after between around of during throughout this as due over through"
)
_TO = frozenset({"to", "-", "until", "till", "til", "through", "thru", "and", "up"})


def expression(r: Reader, i: int, *, joined: bool = True) -> tuple[Pieces, int] | None:
    """Gather the longest run of pieces that begins here. `joined`: "to" may join two times to a span."""
    pieces, j = Pieces(), i
    while (end := _piece(r, j, pieces, joined)) is not None:
        j = end
    return None if pieces.empty else (pieces, j)


def _piece(r: Reader, i: int, p: Pieces, joined: bool) -> int | None:
    """Take one more piece into `p`; the place behind it, or None when there is none."""
    if (p.clock or p.part) and (end := _take_zone(r, i, p)) is not None:
        return end
    if not p.empty and joined and (end := _joined(r, i, p)) is not None:
        return end
    j = r.skip(i, ",") if not p.empty else i
    if not p.empty and r.word(j) == "and" and p.day and not p.clock and r.word(j + 1) in ("at", "from"):
        j += 1
    prep = r.word(j) if r.word(j) in _PREPOSITIONS else ""
    if prep == "to" and not p.empty and not joined:
        return None
    k = j + 1 if prep and not (prep == "this" or (prep == "in" and _is_offset(r, j))) else j
    if prep == "up" or (prep == "by" and r.word(k) in ("latest",)):
        return None
    k = r.phrase(k, "some time") or r.phrase(k, "any time") or r.skip(k, "sometime", "anytime")
    if r.word(k) in ("starting", "beginning", "from") and r.word(k + 1) != "of":
        k, p.since = r.skip(k + 1, "on", "from", "at", "in"), True
    if r.word(k) in ("early", "late") and not p.narrow and (ahead := day(r, k + 1)) and not ahead[0].is_range:
        p.narrow, k = r.word(k), k + 1
    if (end := r.phrase(k, "all day")) and not prep:
        return end if p.day else _piece(r, end, p, joined)
    for take in (_take_rule, _take_bound, _take_length, _take_instant, _take_day, _take_part, _take_clock):
        end = take(r, k, p, prep)
        if end is not None:
            return end
    return None


def _take_zone(r: Reader, i: int, p: Pieces) -> int | None:
    """London time, behind the time of day; behind the other end of a span once more."""
    found = zone(r, i)
    if not found or p.zone not in (None, found[0]):
        return None
    p.zone = found[0]
    return found[1]


def _is_offset(r: Reader, i: int) -> bool:
    return offset(r, i) is not None


def _take_rule(r: Reader, i: int, p: Pieces, prep: str) -> int | None:
    if p.rule or prep not in ("", "on", "at", "for", "in", "of"):
        return None
    found = rule(r, i, prep)
    if not found:
        return None
    p.rule = found[0]
    if p.rule.part and not p.part:
        p.part = p.rule.part
    return found[1]


def _take_bound(r: Reader, i: int, p: Pieces, prep: str) -> int | None:
    """Until Friday, since Monday, before noon, after 3."""
    bounded = prep in ("until", "till", "since", "before", "after", "through", "by") and (p.empty or p.rule or p.day)
    if not bounded and not (p.rule and r.word(i) in ("ending", "ends")):
        return None
    if prep == "since":
        r = replace(r, past=True)
    if p.rule and not p.until and prep in ("until", "till", "through", "by", ""):
        return _rule_end(r, i, p, prep)
    if prep == "by" or p.bound or prep == "" or p.clock:
        return None
    if prep in ("after", "before") and r.word(i) in MEALS:
        hours = PARTS[PART_WORDS[r.word(i)]]
        p.bound, p.clock = prep, Clock(hours[1] if prep == "after" else hours[0], fixed=True)
        return i + 1 if r.whole or r.open(i + 1) else None
    if prep == "after" and r.word(i) == "work" and r.open(i + 1):
        p.bound, p.clock = prep, Clock(17, fixed=True)
        return i + 1
    inner = Pieces()
    end = _take_instant(r, i, inner, prep) or _take_day(r, i, inner, prep)
    if end and not p.day:
        while not inner.instant and (
            more := _take_part(r, end, inner, "") or _take_clock(r, r.skip(end, "at"), inner, "at")
        ):
            end = more
    else:
        end = _take_clock(r, i, inner, prep)
    if end is None:
        return None
    p.bound, p.clock, p.part, p.instant = prep, inner.clock, inner.part or p.part, inner.instant
    p.day, p.bound_day = inner.day or p.day, inner.day is not None
    return end


def _rule_end(r: Reader, i: int, p: Pieces, prep: str) -> int | None:
    if r.word(i) in ("ending", "ends"):
        i = r.skip(i + 1, "on", "in", "by")
    elif prep in ("", "by"):
        return None
    inclusive = prep == "through" or r.word(i) in ("end",)
    i = r.phrase(i, "and including") or i
    base = p.day.start if p.day else r.today
    found = day(r.after(base), i)
    if not found:
        return None
    last = found[0]
    p.until = single(last.start - DAY) if last.is_range and not inclusive else single(last.end - DAY)
    return found[1]


def _take_length(r: Reader, i: int, p: Pieces, prep: str) -> int | None:
    if p.length or p.to_clock or p.to_day:
        return None
    if (
        p.rule
        and (times := r.number(i))
        and r.word(times[1]) in ("times", "occurrences", "sessions", "meetings", "instances")
    ):
        p.rule = replace(p.rule, count=int(times[0]))
        return times[1] + 1
    if prep != "for":
        return None
    found = length(r, i)
    if not found or (not p.empty and r.word(found[1]) in ("ago", "from")):
        return None
    if p.rule and found[0].unit == "day" and p.rule.frequency == "DAILY":
        p.rule = replace(p.rule, count=int(found[0].days // p.rule.interval) or 1)
        return found[1]
    if p.rule and not found[0].of_clock:
        p.rule = replace(p.rule, lasting=found[0])
        return found[1]
    if r.kind(found[1]) == "word" and r.word(found[1]) in ("of",):
        return None
    p.length = found[0]
    return found[1]


def _take_instant(r: Reader, i: int, p: Pieces, prep: str) -> int | None:
    if p.instant or p.day or p.clock or p.part:
        return None
    found = offset(r, i)
    if not found or (prep in ("between", "from") and r.word(i) == "now" and r.word(i + 1) in _TO):
        return None
    if isinstance(found[0], Day):
        p.day = found[0]
    else:
        p.instant = found[0]
    return found[1]


def _part_follows(r: Reader, i: int) -> bool:
    return any(r.word(k) in PART_WORDS for k in (i, i + 2) if k == i or r.word(i) == "in")


_DAY_PREPOSITIONS = listed(
    "on by from to for since until till before after in during this of next throughout between over due through"
)


def _take_day(r: Reader, i: int, p: Pieces, prep: str) -> int | None:
    if p.day or p.instant or (prep == "at" and r.number(i)):
        return None
    found = day(r, i)
    if not found:
        return None
    said, j = found
    if prep == "for" and r.word(i) in ("the",) and not said.firm:
        return None
    if not said.firm and not r.whole and not _supported(r, i, j, said, prep, p):
        return None
    p.day, p.since = said, p.since or prep == "from"
    if said.part:
        p.part = said.part
    elif p.narrow and not p.part and not _part_follows(r, j):
        p.part = "morning" if p.narrow == "early" else "evening"
    if said.note:
        p.notes.append(said.note)
    return j


def _supported(r: Reader, i: int, j: int, said: Day, prep: str, p: Pieces) -> bool:
    """Whether the neighbours of a weak day ("sat", "May", "the 2nd") make it a day."""
    name = r.word(j - 1)
    if r.word(i) in WEAK_WEEKDAYS or (r.word(i + 1) in WEAK_WEEKDAYS and r.word(i) == "this"):
        return _supported_weekday(r, i, j, prep, p)
    if said.is_range:  # the bare name of a month
        person = (
            name in ("april", "june", "may", "august", "jan")
            and r.kind(j) == "word"
            and r.capital(j)
            and r.word(j) not in ("i", "i'm")
        )
        modal = (
            name in ("may", "march", "mar")
            and not r.capital(j - 1)
            and prep not in ("in", "until", "till", "since", "by", "during")
        )
        return (
            not person
            and not modal
            and prep
            in ("in", "until", "till", "since", "by", "before", "after", "during", "throughout", "through", "of")
        )
    return bool(prep or not p.empty) and r.open(j)


def _supported_weekday(r: Reader, i: int, j: int, prep: str, p: Pieces) -> bool:
    name = r.word(i)
    if prep in _DAY_PREPOSITIONS and prep not in ("of", "for"):
        return r.open(j) or r.kind(j) in ("number", "clock")
    if not p.empty:
        return r.open(j)
    verb = name in ("sat", "sun") and not r.capital(i)
    if r.word(j) in ("at", "from") and not verb and (r.kind(j + 1) in ("number", "clock") or r.number(j + 1)):
        return True
    if r.word(j) in PART_WORDS and not verb:
        return True
    found = clock(r, j)
    if found and (found[0].firm or r.open(found[1])) and not (verb and not found[0].firm):
        return True
    return not verb and r.word(i - 1) not in ("the", "my", "a") and not r.word(j)


def _take_part(r: Reader, i: int, p: Pieces, prep: str) -> int | None:
    start, i = i, r.skip(i, "the") if prep in ("in", "during", "over", "by", "at", "for", "after", "before", "") else i
    narrow = r.word(i) if r.word(i) in ("early", "late", "mid") else ""
    j = r.skip(i + 1, "-", "in", "the") if narrow else i
    name = PART_WORDS.get(r.word(j), "")
    if r.phrase(i, "first thing"):
        end = r.phrase(i, "first thing in the morning") or i + 2
        if not p.part:
            p.part, p.narrow = "morning", "first"
        return end
    if p.part == "night" and name in ("morning", "afternoon", "breakfast", "lunch"):
        return None
    if p.part == "night" and name and (r.whole or r.word(j) not in MEALS):
        return j + 1
    if not name or (p.part and p.part not in (name, "night")):
        return None
    meal = r.word(j) in MEALS
    placed = (
        (prep in ("in", "during", "by") and (i > start or narrow))
        or prep in ("at", "this")
        or (p.day is not None or p.clock is not None or p.rule is not None)
        or (r.word(j + 1) == "of" and day(r, j + 2) is not None)
    )
    if not r.whole and (not placed or (meal and prep != "at")):
        return None
    if meal and not r.whole and r.word(start - 1) != "at":
        return None
    p.part, p.narrow, p.each = name, narrow or p.narrow, r.word(j).endswith("s")
    return j + 1


def _take_clock(r: Reader, i: int, p: Pieces, prep: str) -> int | None:
    if p.clock or p.instant:
        return None
    several = p.day is not None and (p.day.is_range or p.to_day is not None) and not p.rule
    if several and (end := _take_hours(r, i, p, prep)):
        return end
    if several and not p.to_day and r.kind(i) == "number" and prep != "at":
        return None
    i = r.skip(i, "the") if r.whole else i
    found = clock(r, i, prepared=prep in ("at", "by", "around", "before", "after", "until", "till", "from"))
    if not found:
        return None
    time, j = found
    if not time.firm and not r.whole and not _timely(r, i, j, prep, p):
        return None
    p.clock = time
    p.meal = r.meal(i)
    return j


def _take_hours(r: Reader, i: int, p: Pieces, prep: str) -> int | None:
    """The hours of each day behind several days: "next week from 9 to 12"."""
    first = clock(r, i) if r.whole and not p.to_clock else None
    last = _clock_after(r, first[1]) if first else None
    if not first or not last or (r.word(first[1]) == "and" and prep != "between"):
        return None
    p.clock, p.to_clock, p.each = first[0], last[0], True
    return last[1]


def _timely(r: Reader, i: int, j: int, prep: str, p: Pieces) -> bool:
    """Whether a bare number is a clock time rather than a count."""
    if r.kind(i) == "word" and r.word(i) == "one" and prep != "at":
        return False
    if r.word(i - 1) in ("$", "€", "£", "#") or r.word(j) in ("%", "$", "€", "£", "/", ":", "*", "+"):
        return False
    ranged = (_clock_after(r, j) is not None) and r.word(j) != "and"
    if ranged:
        other = _clock_after(r, j)
        if other and other[0].firm:
            return True
        after = other[1] if other else j
        return (prep in ("at", "from", "between", "to") or not p.empty or i == 0) and (
            r.open(after) or (p.day is not None and not prep and r.uncounted(after))
        )
    if prep == "between":
        other = _clock_after(r, j)
        return other is not None and (other[0].firm or r.open(other[1]))
    if prep == "at":
        return r.uncounted(j) if p.empty else True
    if prep in ("by", "around", "before", "after", "until", "till", "from", "since"):
        return r.open(j)
    if prep in ("to", "for"):
        return r.open(j) and r.said_before(i, MOVES if prep == "to" else MOVES | PLANS)
    if p.empty and (r.word(i - 2), r.word(i - 1)) in (("make", "it"), ("how", "about"), ("what", "about")):
        return r.open(j)
    return not p.empty and r.open(j) and (p.day is not None or p.part != "") and not prep


def _clock_after(r: Reader, i: int) -> tuple[Clock, int] | None:
    return clock(r, i + 1) if r.word(i) in _TO else None


def _joined(r: Reader, i: int, p: Pieces) -> int | None:
    """ "- 4pm", "to Thursday", "until 5" behind a time: the end of a span."""
    if r.word(i) not in _TO or p.to_clock or p.to_day or p.instant or p.length:
        return None
    word = r.word(i)
    if word == "and" and not _between(r, i):
        return None
    if word in ("until", "till", "til", "through") and (p.rule and not p.clock):
        return None
    j = r.phrase(i, "up to") or r.phrase(i, "up until") or i + 1
    if word == "up" and j == i + 1:
        return None
    j = r.skip(j, "about", "around", "at")
    if p.clock:
        found = clock(r, j, prepared=True)
        sure = word == "-" and p.day is not None and r.uncounted(found[1]) if found else False
        if found and (found[0].firm or r.whole or r.open(found[1]) or sure or (p.clock.firm and p.clock.fixed)):
            p.to_clock = found[0]
            return _other_day(r, found[1], p)
    if p.day and not p.part and not p.rule:
        return _joined_day(r, j, p)
    return None


def _other_day(r: Reader, i: int, p: Pieces) -> int:
    """ "10pm Saturday to 6am Sunday": the day behind the second time, when it is another one."""
    found = day(r.after(p.day.start), r.skip(i, "on", "the")) if p.day and not p.rule else None
    if not p.day or not found or not found[0].firm or found[0].is_range or found[0].start <= p.day.start:
        return i
    p.to_day = found[0]
    return found[1]


def _joined_day(r: Reader, j: int, p: Pieces) -> int | None:
    assert p.day is not None
    later = r.after(p.day.start)
    found = day(later, j)
    if not found or (not found[0].firm and not r.whole and not r.open(found[1])):
        return None
    if found[0].start < p.day.start:
        return None
    p.to_day, end = found[0], found[1]
    if p.clock:
        time = clock(r, r.skip(end, ",", "at"), prepared=True)
        if time and (time[0].firm or r.whole or r.open(time[1])):
            p.to_clock, end = time
    return end


def _between(r: Reader, i: int) -> bool:
    return any(r.word(k) == "between" for k in range(max(0, i - 6), i))
