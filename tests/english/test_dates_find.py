"""Expressions in sentences, and the words that only look like them."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from sayso.english.dates import DateError, combine, find, parse

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 2, 9, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("sentence", "texts"),
    [
        ("Schedule a meeting titled 'Project Review' on March 10th at 3 PM", ["on March 10th at 3 PM"]),
        ("what do I have between now and 5?", ["between now and 5"]),
        ("tomorrow lunch with Ana at 1", ["tomorrow", "at 1"]),
        ("move my 3 o'clock with Ana to Thursday morning", ["3 o'clock", "to Thursday morning"]),
        ("move my 3pm to 4pm", ["3pm", "to 4pm"]),
        ("move my 3pm on Friday to Monday at 10", ["3pm on Friday", "to Monday at 10"]),
        ("move my 3 o'clock to Thursday from 3 to 4", ["3 o'clock", "to Thursday from 3 to 4"]),
        ("reschedule dentist from Tuesday to Thursday", ["from Tuesday", "to Thursday"]),
        ("move standup to 10 tomorrow", ["to 10 tomorrow"]),
        ("move it to 4", ["to 4"]),
        ("push it to 4:30", ["to 4:30"]),
        ("make it 4", ["4"]),
        ("no, on Friday", ["on Friday"]),
        ("how about 3 tomorrow", ["3 tomorrow"]),
        ("set a meeting for 3", ["for 3"]),
        ("remind me to call the bank tomorrow", ["tomorrow"]),
        ("remind me in 20 minutes to check the oven", ["in 20 minutes"]),
        ("remind me every day at 8 to take my pills", ["every day at 8"]),
        ("what's on next week?", ["next week"]),
        ("what's on today", ["today"]),
        ("cancel Friday's lunch and let everyone know", ["Friday's"]),
        ("am I free tomorrow afternoon?", ["tomorrow afternoon"]),
        ("Set up a call with Bob Smith next Tuesday 2pm-3pm about Q3", ["next Tuesday 2pm-3pm"]),
        ("do I have anything on March 10 or March 12?", ["on March 10", "March 12"]),
        ("dinner on Friday at 8 with June", ["on Friday at 8"]),
        ("dentist 3/10 at 4", ["3/10 at 4"]),
        ("mail since Monday", ["since Monday"]),
        ("unread mail from last week", ["from last week"]),
        ("coffee w/ Dan thurs 10am", ["thurs 10am"]),
        ("pay rent on the 1st", ["on the 1st"]),
        ("birthday on May 5", ["on May 5"]),
        ("meet in May", ["in May"]),
        ("free on mon or tue?", ["on mon", "tue"]),
        ("I'm away until Monday", ["until Monday"]),
        ("block Friday from 9 to noon", ["Friday from 9 to noon"]),
        ("lock 9 to 5", []),
        ("from 9 to 10 tomorrow I am out", ["from 9 to 10 tomorrow"]),
        ("book a room for 10 people at 3", ["at 3"]),
        ("yoga every Tuesday and Thursday at 7am until June", ["every Tuesday and Thursday at 7am until June"]),
        ("weekly sync with Ana on Mondays at 10", ["on Mondays at 10"]),
        ("meeting on Friday, March 13th, at 3:30 p.m. with Ana", ["on Friday, March 13th, at 3:30 p.m."]),
        ("trip from March 10 to March 14", ["from March 10 to March 14"]),
        ("I need it by end of day", ["by end of day"]),
        ("call mom at seven thirty tonight", ["at seven thirty tonight"]),
        ("1:1 with Bob at 2", ["at 2"]),
        ("dinner for 4 at 8", ["at 8"]),
        ("Tell Ana I'll be there in ten minutes", ["in ten minutes"]),
        ("a walk this Sunday\u00a0at 3\u202fpm – bring Ana", ["this Sunday\u00a0at 3\u202fpm"]),
        ("🎉 party on Saturday", ["on Saturday"]),
    ],
)
def test_found(sentence: str, texts: list[str]) -> None:
    found = find(sentence, NOW, NEW_YORK)
    assert [each.text for each in found] == texts
    assert all(sentence[each.start : each.end] == each.text for each in found)


@pytest.mark.parametrize(
    "sentence",
    """may I have it
buy sun cream
the second one
march on Washington with me
send the 2 reports to Ana
I sat down
mon ami
3 reports
two people came
room 12
15% off
it costs $40
call 555-1234
call 555 123 4567
I am late
lunch with April
mail from June
meet April Jones
any mail from May about the budget?
version 3.10 is out
the first and the third
delete the third one
read the last mail
good morning
good night everyone
what's for dinner
book dinner for two
a table for 4
a 2 hour meeting
chapter 3 to 5
the weekly report
the daily standup
1/2 cup of milk
we are open 24/7
bus 42
flight BA 117
he may come
they march in step
the 5th floor
I got 3 of them
top 10 songs
one of the files
in 2 parts
buy 12 eggs
email bob@june.com
see https://x.com/2026/03/10/a
sun is shining
get some sun
wed my partner
I have a second question
wait a second
at 3 locations
at 5 Main Street
between 2 and 4 people
from 9 to 10 people
Q3 results
iPhone 15
for 3 people
by 10%
half the team
add 5 to the list
tell her I'll be ten minutes late
may 5 people join
march 10 miles
until further notice
the next meeting
the last 3 mails
pages 10-12
it takes an hour
make it 4 people
reply to 3 of them
move 3 files to 2 folders
from Monica to Fritz""".splitlines(),
)
def test_nothing_found(sentence: str) -> None:
    assert find(sentence, NOW, NEW_YORK) == []


def test_a_meal_nearby_settles_the_half_of_the_day() -> None:
    (found,) = find("dinner with Ana on Friday at 8", NOW, NEW_YORK)
    assert found.moment.start == datetime(2026, 3, 6, 20, tzinfo=NEW_YORK)


def test_pieces_are_put_together() -> None:
    day, clock = (each.moment for each in find("tomorrow lunch with Ana at 1", NOW, NEW_YORK))
    whole = combine(day, clock)
    assert whole == combine(clock, day) == parse("tomorrow at 1", NOW, NEW_YORK)


def test_pieces_with_a_span_and_a_length() -> None:
    day, span = parse("Friday", NOW, NEW_YORK), parse("3-4pm", NOW, NEW_YORK)
    assert combine(day, span) == parse("Friday 3-4pm", NOW, NEW_YORK)
    timed = combine(parse("Friday at 3", NOW, NEW_YORK), parse("for 2 hours", NOW, NEW_YORK))
    assert timed == parse("Friday at 3 for 2 hours", NOW, NEW_YORK)


def test_a_clock_time_joins_a_repetition() -> None:
    rule, clock = parse("every Tuesday until June", NOW, NEW_YORK), parse("at 3", NOW, NEW_YORK)
    assert combine(rule, clock) == parse("every Tuesday at 3 until June", NOW, NEW_YORK)


def test_a_bare_hour_on_another_day_is_not_moved_by_today() -> None:
    day, clock = parse("Friday", NOW, NEW_YORK), parse("at 8", NOW, NEW_YORK)
    assert combine(day, clock) == parse("Friday at 8", NOW, NEW_YORK)


def test_pieces_that_do_not_fit() -> None:
    friday, three = parse("Friday at 3", NOW, NEW_YORK), parse("at 3", NOW, NEW_YORK)
    assert combine(friday, three) is None
    assert combine(parse("Friday", NOW, NEW_YORK), parse("Monday", NOW, NEW_YORK)) is None
    assert combine(three, three) is None


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "tomorrow ",
        "3 ",
        "in 2 ",
        "from 3 to ",
        "1,",
        "the first ",
        "every Monday and ",
        "3pm a/",
        "3pm New ",
    ],
)
def test_time_grows_with_the_text_only(piece: str) -> None:
    started = time.process_time()
    find((piece * 10_000)[:10_000], NOW, NEW_YORK)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("far", ["10000 years", "99999 quarters", "999999 fortnights", "90 centuries", "9 millennia"])
@pytest.mark.parametrize("phrase", ["in {}", "{} from now", "{} ago", "{} before Friday", "within {}", "the next {}"])
def test_a_far_time_is_found_at_an_end_of_the_calendar(far: str, phrase: str) -> None:
    said = phrase.format(far)
    [found] = find(f"lunch {said}", NOW, NEW_YORK)
    assert (found.moment.end or found.moment.start).year in (1, 2, 9990, 9991)
    with pytest.raises(DateError, match="is too far away"):
        parse(said, NOW, NEW_YORK)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles", "UTC"])
@pytest.mark.parametrize("years", [2024, 2026, 7964, 7973, 7974, 9999])
def test_the_ends_of_the_calendar_have_a_day_in_every_zone(years: int, zone: str) -> None:
    for text in (f"in {years} years", f"{years} years ago", f"the last {years} years"):
        assert [each.text for each in find(text, NOW, ZoneInfo(zone))] == [text]
    with pytest.raises(DateError, match="is too far away"):
        parse(f"{years} years and 99999 hours ago", NOW, ZoneInfo(zone))


def test_a_length_that_stood_apart_ends_with_the_calendar() -> None:
    day, length = (each.moment for each in find("in 7000 years with Ana for 7000 years", NOW, NEW_YORK))
    both = combine(day, length)
    assert both
    assert both.end
    assert both.end.year == 9990
