"""Whole expressions: the table, other times and zones, the anchor, the past, durations, repetitions, refusals."""

import importlib.util
import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sayso.english.dates import DateError, Moment, parse, parse_duration, parse_recurrence

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 3, 2, 9, tzinfo=NEW_YORK)


def _table() -> list[tuple[str, str, str, str, str]]:
    path = Path(__file__).with_name("dates_expressions.py")
    spec = importlib.util.spec_from_file_location("dates_expressions", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    rows: list[tuple[str, str, str, str, str]] = module.EXPRESSIONS
    return rows


def shown(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


def said(moment: Moment) -> str:
    flags = {"d": moment.has_date, "t": moment.has_time, "e": moment.explicit_end, "r": moment.is_range}
    return "".join(letter for letter, is_so in flags.items() if is_so)


@pytest.mark.parametrize(("text", "start", "end", "kinds", "more"), _table())
def test_expression(text: str, start: str, end: str, kinds: str, more: str) -> None:
    moment = parse(text, NOW, NEW_YORK)
    assert (shown(moment.start), shown(moment.end), said(moment)) == (start, end, kinds)
    assert more == (moment.recurrence or moment.part_of_day)


def test_the_table_is_long_enough() -> None:
    rows = _table()
    assert len({row[0] for row in rows}) == len(rows) >= 200


FRIDAY_EVENING = datetime(2026, 3, 6, 18, 30, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("now", "text", "start"),
    [
        (FRIDAY_EVENING, "Friday", "2026-03-13 00:00"),
        (FRIDAY_EVENING, "this Friday", "2026-03-06 00:00"),
        (FRIDAY_EVENING, "next Friday", "2026-03-13 00:00"),
        (FRIDAY_EVENING, "this Monday", "2026-03-09 00:00"),
        (FRIDAY_EVENING, "at 3", "2026-03-07 15:00"),
        (FRIDAY_EVENING, "at 7", "2026-03-06 19:00"),
        (FRIDAY_EVENING, "today at 3", "2026-03-06 15:00"),
        (FRIDAY_EVENING, "tonight at 8", "2026-03-06 20:00"),
        (FRIDAY_EVENING, "in the morning", "2026-03-07 08:00"),
        (FRIDAY_EVENING, "this weekend", "2026-03-07 00:00"),
        (FRIDAY_EVENING, "next weekend", "2026-03-14 00:00"),
        (FRIDAY_EVENING, "in 48 hours", "2026-03-08 19:30"),
        (FRIDAY_EVENING, "in 2 days at 18:30", "2026-03-08 18:30"),
        (datetime(2026, 3, 27, 9, tzinfo=BERLIN), "tomorrow 15:00", "2026-03-28 15:00"),
        (datetime(2026, 3, 27, 9, tzinfo=BERLIN), "2026-03-30T10:00Z", "2026-03-30 12:00"),
        (datetime(2026, 3, 27, 9, tzinfo=BERLIN), "29.3.2026", "2026-03-29 00:00"),
        (datetime(2026, 3, 2, 9, tzinfo=KOLKATA), "2026-03-02T09:00Z", "2026-03-02 14:30"),
        (datetime(2026, 3, 2, 9, tzinfo=KOLKATA), "in 90 minutes", "2026-03-02 10:30"),
        (datetime(2026, 1, 31, 22, tzinfo=NEW_YORK), "in a month", "2026-02-28 00:00"),
        (datetime(2026, 1, 31, 22, tzinfo=NEW_YORK), "next month", "2026-02-01 00:00"),
        (datetime(2026, 1, 31, 22, tzinfo=NEW_YORK), "the 30th", "2026-03-30 00:00"),
        (datetime(2026, 1, 31, 22, tzinfo=NEW_YORK), "end of the month", "2026-01-31 00:00"),
        (datetime(2026, 1, 31, 22, tzinfo=NEW_YORK), "in 3 hours", "2026-02-01 01:00"),
        (datetime(2028, 2, 29, 12, tzinfo=NEW_YORK), "in a year", "2029-02-28 00:00"),
        (datetime(2028, 2, 29, 12, tzinfo=NEW_YORK), "a year ago", "2027-02-28 00:00"),
        (datetime(2028, 2, 29, 12, tzinfo=NEW_YORK), "Feb 29", "2028-02-29 00:00"),
        (datetime(2028, 2, 29, 12, tzinfo=NEW_YORK), "Feb 28", "2029-02-28 00:00"),
        (datetime(2028, 3, 1, 12, tzinfo=NEW_YORK), "Feb 29", "2032-02-29 00:00"),
        (datetime(2026, 3, 3, 1, 30, tzinfo=NEW_YORK), "tomorrow", "2026-03-04 00:00"),
        (datetime(2026, 3, 3, 1, 30, tzinfo=NEW_YORK), "at 8", "2026-03-03 08:00"),
    ],
)
def test_other_times_and_zones(now: datetime, text: str, start: str) -> None:
    zone = now.tzinfo
    assert isinstance(zone, ZoneInfo)
    moment = parse(text, now, zone)
    assert shown(moment.start) == start
    assert moment.start.tzinfo is zone


def test_the_zone_of_now_does_not_matter() -> None:
    assert parse("tomorrow at 3", NOW.astimezone(KOLKATA), NEW_YORK) == parse("tomorrow at 3", NOW, NEW_YORK)


def test_a_gap_moves_the_time_forward_and_says_so() -> None:
    moment = parse("March 8 at 2:30 AM", NOW, NEW_YORK)
    assert moment.start.isoformat() == "2026-03-08T03:30:00-04:00"
    assert "the clocks skip 2:30 AM" in moment.note


def test_a_fold_takes_the_first_and_says_so() -> None:
    moment = parse("November 1 at 1:30 AM", NOW, NEW_YORK)
    assert moment.start.isoformat() == "2026-11-01T01:30:00-04:00"
    assert "comes twice" in moment.note


def test_an_hour_lasts_an_hour_over_a_gap() -> None:
    moment = parse("March 8 1:30am for 2 hours", NOW, NEW_YORK)
    assert moment.end
    assert moment.end.isoformat() == "2026-03-08T04:30:00-04:00"


def test_a_wrong_weekday_is_told() -> None:
    moment = parse("Friday, March 14", NOW, NEW_YORK)
    assert shown(moment.start) == "2026-03-14 00:00"
    assert moment.note == "14 March 2026 is a Saturday."


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("Fri 2026-03-06", "2026-03-06 00:00", "2026-03-07 00:00"),
        ("Fri 2026-03-06 all day", "2026-03-06 00:00", "2026-03-07 00:00"),
        ("Fri 2026-03-06 – Sun 2026-03-08 all day", "2026-03-06 00:00", "2026-03-09 00:00"),
        ("Wed 2026-03-04 14:30", "2026-03-04 14:30", ""),
        ("Wed 2026-03-04 14:30-15:00", "2026-03-04 14:30", "2026-03-04 15:00"),
        ("Wed 2026-03-04 04:30-05:00", "2026-03-04 04:30", "2026-03-04 05:00"),  # no offset
        ("Fri 2026-03-06 22:00 – Sat 2026-03-07 01:00", "2026-03-06 22:00", "2026-03-07 01:00"),
    ],
)
def test_times_are_taken_as_models_are_told_them(text: str, start: str, end: str) -> None:
    moment = parse(text, NOW, NEW_YORK)
    assert (shown(moment.start), shown(moment.end)) == (start, end)
    assert not moment.note


def test_a_wrong_weekday_before_a_numeric_date_is_told() -> None:
    assert parse("Thu 2026-03-06 14:30", NOW, NEW_YORK).note == "6 March 2026 is a Friday."


@pytest.mark.parametrize(
    ("text", "start", "kinds"),
    [
        ("4", "2026-03-12 16:00", "t"),
        ("4:30", "2026-03-12 16:30", "t"),
        ("10", "2026-03-12 10:00", "t"),
        ("to 4pm", "2026-03-12 16:00", "t"),
        ("from 4 to 5", "2026-03-12 16:00", "te"),
        ("until 5", "2026-03-12 15:00", "te"),
        ("an hour later", "2026-03-12 16:00", "dt"),
        ("half an hour earlier", "2026-03-12 14:30", "dt"),
        ("a week later", "2026-03-19 00:00", "d"),
        ("two days later", "2026-03-14 00:00", "d"),
        ("the same day", "2026-03-12 00:00", "d"),
        ("the day after", "2026-03-13 00:00", "d"),
        ("the next day", "2026-03-13 00:00", "d"),
        ("a day earlier", "2026-03-11 00:00", "d"),
        ("the week after", "2026-03-16 00:00", "dr"),
        ("Friday", "2026-03-13 00:00", "d"),
        ("Monday morning", "2026-03-09 08:00", "d"),
        ("Friday at 4", "2026-03-13 16:00", "dt"),
        ("the same time tomorrow", "2026-03-03 15:00", "dt"),
        ("tomorrow", "2026-03-03 00:00", "d"),
        ("in the morning", "2026-03-12 08:00", ""),
    ],
)
def test_relative_to_what_is_moved(text: str, start: str, kinds: str) -> None:
    moment = parse(text, NOW, NEW_YORK, anchor=datetime(2026, 3, 12, 15, tzinfo=NEW_YORK))
    assert (shown(moment.start), said(moment)) == (start, kinds)


@pytest.mark.parametrize(
    ("hour", "text", "start"), [(19, "8", 20), (5, "4", 4), (9, "4", 16), (15, "8", 8), (17, "7", 19), (22, "10", 22)]
)
def test_a_bare_hour_near_what_is_moved(hour: int, text: str, start: int) -> None:
    anchor = datetime(2026, 3, 12, hour, tzinfo=NEW_YORK)
    assert parse(text, NOW, NEW_YORK, anchor=anchor).start == anchor.replace(hour=start)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("Friday", "2026-02-27 00:00"),
        ("Monday", "2026-02-23 00:00"),
        ("March 1", "2026-03-01 00:00"),
        ("March 10", "2025-03-10 00:00"),
        ("December", "2025-12-01 00:00"),
        ("the 1st", "2026-03-01 00:00"),
        ("at 3", "2026-03-01 15:00"),
        ("since Friday", "2026-02-27 00:00"),
        ("from 10 to 12 February", "2026-02-10 00:00"),
        ("between Monday and Thursday", "2026-02-23 00:00"),
        ("christmas", "2025-12-25 00:00"),
    ],
)
def test_the_past(text: str, start: str) -> None:
    assert shown(parse(text, NOW, NEW_YORK, past=True).start) == start


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "banana",
        "half past",
        "25:00",
        "the 32nd",
        "February 30",
        "31/4",
        "2026-02-30",
        "tomorrow banana",
        "may I",
        "3 reports",
        "99999999999",
        "in 999999 years",
        "9999999999 days ago",
        "every",
        "every hour",
        "o'clock",
        "\x00",
        "\ud800",
        "🎉",
        "tomorrow " * 100,
    ],
)
def test_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(DateError, match=r"\.$"):
        parse(text, NOW, NEW_YORK)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tomorrow sometime maybe late", '"sometime maybe late" in "tomorrow sometime maybe late"'),
        ("Friday except lunch", '"except" in "Friday except lunch"'),
        ("next week if possible", '"if possible" in "next week if possible"'),
        ("Friday or Saturday", '"or" in "Friday or Saturday"'),
        ("this week on quiet mornings", '"on quiet" in "this week on quiet mornings"'),
        ("tonight in the morning", '"tonight in the morning" as a date or time'),
        ("whenever", '"whenever" as a date or time'),
        ("Freitag um 10", '"Freitag um" in "Freitag um 10"'),
        ("10 März 15 Uhr", '"März" and "Uhr" in "10 März 15 Uhr"'),
        ("le 10 mai à 15h", '"le" and "mai à" in "le 10 mai à 15h"'),
        ("mañana a las 5", '"mañana a las" in "mañana a las 5"'),
        ("domani alle 9", '"domani alle" in "domani alle 9"'),
        ("10 ago", '"ago" in "10 ago"'),
        ("lunedì", '"lunedì" as a date or time'),
        ("sab", '"sab" as a date or time'),
        ("mer 10", '"mer" in "mer 10"'),
        ("明日", '"明日" as a date or time'),
        ("明日 15:00", '"明日" in "明日 15:00"'),
        ("завтра в 9", '"завтра в" in "завтра в 9"'),
    ],
)
def test_words_that_are_not_understood_are_named(text: str, words: str) -> None:
    with pytest.raises(DateError) as caught:
        parse(text, NOW, NEW_YORK)
    hint = (
        'give it in ISO 8601 (2026-03-06T10:00) or in English ("March 10th at 3 PM", "next Friday", "tomorrow 9 to 10")'
    )
    assert str(caught.value) == f"I do not understand {words}: {hint}."
    for example in ("2026-03-06T10:00", "March 10th at 3 PM", "next Friday", "tomorrow 9 to 10"):
        assert parse(example, NOW, NEW_YORK)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("every Monday except Easter", 'I do not understand "except" in "every Monday except Easter"'),
        ("jeden Montag", 'I do not understand "jeden Montag" as a date or time'),
        ("tomorrow", '"tomorrow" is no repetition'),
    ],
)
def test_a_repetition_that_is_not_understood_is_told_what_is_possible(text: str, problem: str) -> None:
    with pytest.raises(DateError) as caught:
        parse_recurrence(text, NOW, NEW_YORK)
    said, _, forms = str(caught.value).partition(": say it in English, like ")
    assert said == problem
    examples = [*re.findall(r'"(.*?)"', forms), "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10"]
    assert len(examples) == 6
    for example in examples:
        assert example in forms
        assert parse_recurrence(example, NOW, NEW_YORK).recurrence


@pytest.mark.parametrize("text", ["FREQ=NEVER", "FREQ=WEEKLY;BYDAY=XX", "FREQ=DAILY;EXCEPT=EASTER"])
def test_an_rrule_that_is_not_understood_is_told_what_is_possible(text: str) -> None:
    with pytest.raises(DateError, match=r'\. Say it in English, like "every Monday .* or as an RRULE, like FREQ='):
        parse_recurrence(text, NOW, NEW_YORK)


@pytest.mark.parametrize("text", ["next week at 3", "next week after 3pm", "mornings next week", "Mon-Fri 9-12"])
def test_hours_of_several_days_are_told_from_one_stretch(text: str) -> None:
    assert parse(text, NOW, NEW_YORK).daily
    assert not parse(text.replace("next week", "Friday").replace("Mon-Fri", "Friday"), NOW, NEW_YORK).daily


def test_a_length_does_not_go_with_several_days() -> None:
    with pytest.raises(DateError, match="which day"):
        parse("mornings next week for 2 hours", NOW, NEW_YORK)


def test_a_day_that_does_not_exist_is_named() -> None:
    with pytest.raises(DateError, match="There is no 30 February"):
        parse("February 30 at 3pm", NOW, NEW_YORK)
    with pytest.raises(DateError, match="There is no day 2027-02-30"):
        parse("2027-02-30", NOW, NEW_YORK)
    with pytest.raises(DateError, match="The year 9999 is too far away"):
        parse("9999-12-31", NOW, NEW_YORK)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("45 minutes", 45),
        ("99999999 minutes", 99_999_999),
        ("999999999 fortnights", 900 * 365 * 1440),
        ("an hour and a half", 90),
        ("1h30", 90),
        ("90 min", 90),
        ("half an hour", 30),
        ("2.5 hours", 150),
        ("a couple of hours", 120),
        ("2 hours 15 minutes", 135),
        ("1 hour and 15 minutes", 75),
        ("one and a half hours", 90),
        ("1.5h", 90),
        ("30m", 30),
        ("three quarters of an hour", 45),
        ("90-minute", 90),
        ("two days", 2880),
        ("a fortnight", 14 * 1440),
        ("for 45 mins", 45),
        ("fifteen minutes", 15),
        ("1½ hours", 90),
        ("two and a half hours", 150),
    ],
)
def test_duration(text: str, minutes: int) -> None:
    assert parse_duration(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "text", ["all day", "", "a month", "30", "hours", "2 hours of sleep", "tomorrow", "-5 minutes"]
)
def test_no_duration(text: str) -> None:
    assert parse_duration(text) is None


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("FREQ=WEEKLY;BYDAY=TU", "2026-03-03 00:00"),
        ("RRULE:FREQ=DAILY;COUNT=3", "2026-03-02 00:00"),
        ("FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20260630T000000Z", "2026-03-27 00:00"),
        ("freq=yearly;bymonth=5;bymonthday=1", "2026-05-01 00:00"),
    ],
)
def test_rrule_value(text: str, start: str) -> None:
    moment = parse_recurrence(text, NOW, NEW_YORK)
    assert shown(moment.start) == start
    assert moment.recurrence == text.upper().removeprefix("RRULE:")


@pytest.mark.parametrize("text", ["FREQ=NEVER", "FREQ=WEEKLY;BYDAY=XX", "tomorrow", "", "FREQ=MONTHLY;BYMONTHDAY=x"])
def test_no_recurrence(text: str) -> None:
    with pytest.raises(DateError):
        parse_recurrence(text, NOW, NEW_YORK)


def test_until_before_the_first_time() -> None:
    with pytest.raises(DateError, match="ends before it begins"):
        parse_recurrence("every Friday until tomorrow", NOW, NEW_YORK)


def test_until_in_utc_with_a_time() -> None:
    moment = parse_recurrence("every Tuesday at 3 until 30 June", NOW, NEW_YORK)
    assert moment.recurrence.endswith("UNTIL=20260701T035959Z")
