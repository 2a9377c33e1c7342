"""What is said about dates, and that it is understood again."""

from contextlib import suppress
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sayso.english.dates import (
    DateError,
    Moment,
    describe_rule,
    find,
    fit_until,
    parse,
    parse_duration,
    parse_recurrence,
    say_clock,
    say_clock_long,
    say_day,
    say_days,
    say_duration,
    say_span,
    say_spoken,
    say_time,
)

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 2, 9, tzinfo=NEW_YORK)
THREE = datetime(2026, 3, 10, 15, tzinfo=NEW_YORK)
HOUR = timedelta(hours=1)


def test_question_and_preview_of_the_contract() -> None:
    assert say_spoken(THREE, NOW) == "March 10th at 3 PM"
    assert say_span(THREE, THREE + HOUR) == "Tue 10 March 2026, 3:00–4:00 PM"


@pytest.mark.parametrize(
    ("hour", "minute", "clock", "long"),
    [
        (15, 0, "3 PM", "3:00 PM"),
        (15, 30, "3:30 PM", "3:30 PM"),
        (0, 0, "12 AM", "12:00 AM"),
        (12, 5, "12:05 PM", "12:05 PM"),
    ],
)
def test_clock(hour: int, minute: int, clock: str, long: str) -> None:
    time = THREE.replace(hour=hour, minute=minute)
    assert (say_clock(time), say_clock_long(time)) == (clock, long)


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (THREE.replace(hour=11), THREE.replace(hour=13), "Tue 10 March 2026, 11:00 AM–1:00 PM"),
        (THREE, None, "Tue 10 March 2026, 3:00 PM"),
        (THREE, THREE + 23 * HOUR, "Tue 10 March 2026, 3:00 PM – Wed 11 March 2026, 2:00 PM"),
        (date(2026, 3, 10), None, "Tue 10 March 2026, all day"),
        (date(2026, 3, 10), date(2026, 3, 11), "Tue 10 March 2026, all day"),
        (date(2026, 3, 10), date(2026, 3, 13), "Tue 10 March 2026 – Thu 12 March 2026"),
    ],
)
def test_span(start: datetime | date, end: datetime | date | None, text: str) -> None:
    assert say_span(start, end) == text


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (date(2026, 3, 1), "March 1st"),
        (date(2026, 12, 22), "December 22nd"),
        (date(2027, 2, 3), "February 3rd"),
        (date(2027, 3, 11), "March 11th, 2027"),
        (date(2025, 12, 31), "December 31st, 2025"),
        (datetime(2027, 6, 1, 15, 30, tzinfo=NEW_YORK), "June 1st, 2027 at 3:30 PM"),
    ],
)
def test_spoken(time: datetime | date, text: str) -> None:
    assert say_spoken(time, NOW) == text


def test_day_time_and_duration() -> None:
    assert say_day(date(2026, 3, 10)) == "Tue 10 March 2026"
    assert say_time(THREE) == "Tue 10 March 2026, 3:00 PM"
    assert say_time(THREE, now=NOW) == "Tue 10 March, 3:00 PM"
    assert say_duration(timedelta(minutes=90)) == "1 hour 30 minutes"
    assert say_duration(timedelta()) == "0 minutes"


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20260630", "every other Tuesday until 30 June 2026"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20260701T035959Z", "every other Tuesday until 30 June 2026"),
        ("RRULE:FREQ=DAILY", "every day"),
        ("FREQ=DAILY;COUNT=5", "every day, 5 times"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday"),
        ("FREQ=WEEKLY;BYDAY=WE,MO,FR", "every Monday, Wednesday and Friday"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=10", "every other week on Tuesday and Thursday, 10 times"),
        ("FREQ=WEEKLY;INTERVAL=3;BYDAY=TU", "every 3 weeks on Tuesday"),
        ("FREQ=WEEKLY", "every week"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "every month on the 15th"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day"),
        ("FREQ=MONTHLY;BYDAY=1MO", "every month on the first Monday"),
        ("FREQ=MONTHLY;INTERVAL=3;BYDAY=-1FR", "every 3 months on the last Friday"),
        ("FREQ=YEARLY", "every year"),
        ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=10", "every year on 10 March"),
        ("FREQ=YEARLY;BYMONTH=5;BYDAY=1MO", "every year on the first Monday of May"),
        ("FREQ=YEARLY;BYWEEKNO=20", "FREQ=YEARLY;BYWEEKNO=20"),
        ("nonsense", "nonsense"),
    ],
)
def test_rule(rule: str, text: str) -> None:
    assert describe_rule(rule, NEW_YORK) == text


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2026, 3, 6), date(2026, 3, 6), "Fri 6 March 2026"),
        (date(2026, 3, 2), date(2026, 3, 8), "Mon 2 – Sun 8 March 2026"),
        (date(2026, 3, 30), date(2026, 4, 5), "Mon 30 March – Sun 5 April 2026"),
        (date(2026, 12, 28), date(2027, 1, 3), "Mon 28 December 2026 – Sun 3 January 2027"),
    ],
)
def test_days(first: date, last: date, said: str) -> None:
    assert say_days(first, last) == said


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;COUNT=5",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20260630",
        "FREQ=MONTHLY;BYMONTHDAY=15",
        "FREQ=MONTHLY;BYDAY=1MO",
        "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=10",
    ],
)
def test_a_described_rule_is_understood(rule: str) -> None:
    assert parse_recurrence(describe_rule(rule, NEW_YORK), NOW, NEW_YORK).recurrence == rule


def test_until_fits_the_event() -> None:
    timed = fit_until("FREQ=DAILY;UNTIL=20260630", all_day=False, zone=NEW_YORK)
    assert timed == "FREQ=DAILY;UNTIL=20260701T035959Z"
    assert fit_until(timed, all_day=True, zone=NEW_YORK) == "FREQ=DAILY;UNTIL=20260630"
    assert fit_until("FREQ=DAILY", all_day=True, zone=NEW_YORK) == "FREQ=DAILY"


# Properties

_ZONES = st.sampled_from(["America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]).map(
    ZoneInfo
)
_FIRST, _LAST = date(2001, 1, 1), date(2090, 1, 1)
_LOCAL = st.builds(datetime.combine, st.dates(_FIRST, _LAST), st.times().map(lambda time: time.replace(microsecond=0)))
_NOWS = _LOCAL.map(lambda time: time.replace(tzinfo=ZoneInfo("UTC")))
_VOCABULARY = (
    "at on by from to until since every next last this the of in for and or - , . : / ' in 1 2 3 4 10 12 15 31 99 2026 "
    "3pm 15:00 10th 1st second first half past quarter noon midnight morning tonight lunch today tomorrow yesterday "
    "monday friday sat tue week weeks month months year day days hour hours minutes weekend march may june feb other "
    "daily weekly weekdays mondays end beginning mid early late rest a an ago later before after between times all "
    "easter christmas 3/10 31/12 2026-03-10 new year eve couple few am pm"
)
_WORDS = st.sampled_from(_VOCABULARY.split())
_TEXTS = st.one_of(st.text(max_size=60), st.lists(_WORDS, max_size=9).map(" ".join))


def _check(moment: Moment, zone: ZoneInfo) -> None:
    assert moment.start.tzinfo is zone
    assert moment.end is None or (moment.end.tzinfo is zone and moment.end > moment.start)


@given(text=_TEXTS, now=_NOWS, zone=_ZONES, past=st.booleans(), moved=st.one_of(st.none(), _NOWS))
@example(text="\ud800 tomorrow", now=NOW, zone=NEW_YORK, past=False, moved=None)
def test_any_text(text: str, now: datetime, zone: ZoneInfo, past: bool, moved: datetime | None) -> None:
    with suppress(DateError):
        _check(parse(text, now, zone, past=past, anchor=moved), zone)
    end = 0
    for found in find(text, now, zone, past=past):
        assert end <= found.start < found.end
        assert text[found.start : found.end] == found.text
        _check(found.moment, zone)
        end = found.end
    length = parse_duration(text)
    assert length is None or length > timedelta()


@given(start=_LOCAL, minutes=st.integers(1, 3 * 24 * 60), zone=_ZONES, now=_NOWS)
def test_a_span_that_was_said_is_understood(start: datetime, minutes: int, zone: ZoneInfo, now: datetime) -> None:
    utc = ZoneInfo("UTC")
    first = start.replace(tzinfo=utc, second=0)
    last = first + timedelta(minutes=minutes)
    moment = parse(say_span(first, last), now, utc)
    assert (moment.start, moment.end) == (first, last)
    assert parse(say_time(first), now, zone).has_time


@given(start=st.dates(_FIRST, _LAST), days=st.integers(1, 400), now=_NOWS)
def test_days_that_were_said_are_understood(start: date, days: int, now: datetime) -> None:
    moment = parse(say_span(start, start + timedelta(days=days)), now, NEW_YORK)
    assert moment.end
    assert (moment.start.date(), moment.end.date()) == (start, start + timedelta(days=days))


@given(minutes=st.integers(1, 10_000))
def test_a_duration_that_was_said_is_understood(minutes: int) -> None:
    assert parse_duration(say_duration(timedelta(minutes=minutes))) == timedelta(minutes=minutes)


@given(ahead=st.integers(0, 364 * 24 * 60), now=_NOWS)
def test_a_time_that_was_spoken_is_understood(ahead: int, now: datetime) -> None:
    then = now.replace(second=0, microsecond=0) + timedelta(days=1, minutes=ahead)
    assert parse(say_spoken(then, now), now, ZoneInfo("UTC")).start == then
