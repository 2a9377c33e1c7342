"""Time zones behind a clock time: which is meant, what it comes to, and what only looks like one."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from sayso.english.dates import ZoneError, combine, find, parse, parse_recurrence, zone_alone

NEW_YORK = ZoneInfo("America/New_York")
SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 3, 2, 9, tzinfo=SEOUL)  # in London it is midnight, in New York Sunday evening


def shown(moment: datetime | None) -> str:
    return f"{moment:%m-%d %H:%M}" if moment else ""


@pytest.mark.parametrize(
    ("text", "start", "end", "zone"),
    [
        ("tomorrow at 3pm London time", "03-04 00:00", "", "Europe/London"),
        ("tomorrow at 9am EST", "03-03 23:00", "", "America/New_York"),
        ("tomorrow at 15:00 UTC", "03-04 00:00", "", "UTC"),
        ("tomorrow at 9 EST", "03-03 23:00", "", "America/New_York"),
        ("noon Pacific", "03-03 05:00", "", "America/Los_Angeles"),
        ("10 a.m. ET", "03-03 00:00", "", "America/New_York"),
        ("14h CET", "03-02 22:00", "", "Europe/Berlin"),
        ("9 ET", "03-02 11:00", "", "America/New_York"),
        ("4 London time tomorrow", "03-04 01:00", "", "Europe/London"),
        ("3-4pm London time", "03-03 00:00", "03-03 01:00", "Europe/London"),
        ("from 3pm to 4pm GMT", "03-03 00:00", "03-03 01:00", "UTC"),
        ("3pm EST to 4pm EST", "03-03 05:00", "03-03 06:00", "America/New_York"),
        ("between 2 and 4pm CET", "03-02 22:00", "03-03 00:00", "Europe/Berlin"),
        ("tomorrow afternoon London time", "03-03 22:00", "03-04 03:00", "Europe/London"),
        ("3pm GMT+2 tomorrow", "03-03 22:00", "", "Etc/GMT-2"),
        ("3pm UTC-5", "03-03 05:00", "", "Etc/GMT+5"),
        ("3pm UTC+05:30", "03-02 18:30", "", "Asia/Kolkata"),
        ("3pm GMT+0930", "03-02 14:30", "", "Australia/Darwin"),
        ("15:00+02:00", "03-02 22:00", "", "Etc/GMT-2"),
        ("15:00Z", "03-03 00:00", "", "UTC"),
        ("3pm Kathmandu time", "03-02 18:15", "", "Asia/Kathmandu"),
        ("3pm IST", "03-02 18:30", "", "Asia/Kolkata"),
        ("3pm Mumbai time", "03-02 18:30", "", "Asia/Kolkata"),
        ("3pm India time", "03-02 18:30", "", "Asia/Kolkata"),
        ("3pm UK time", "03-03 00:00", "", "Europe/London"),
        ("3pm San Francisco time", "03-03 08:00", "", "America/Los_Angeles"),
        ("3pm são paulo time", "03-03 03:00", "", "America/Sao_Paulo"),
        ("3pm Pacific Standard Time", "03-03 08:00", "", "America/Los_Angeles"),
        ("3pm Central European Time", "03-02 23:00", "", "Europe/Berlin"),
        ("3pm time in London", "03-03 00:00", "", "Europe/London"),
        ("3pm in London time", "03-03 00:00", "", "Europe/London"),
        ("3pm London's time", "03-03 00:00", "", "Europe/London"),
        ("3pm in the Pacific time zone", "03-03 08:00", "", "America/Los_Angeles"),
        ("3pm (New York time)", "03-03 05:00", "", "America/New_York"),
        ("3pm, London time", "03-03 00:00", "", "Europe/London"),
        ("3pm Europe/Berlin", "03-02 23:00", "", "Europe/Berlin"),
        ("3pm America/New_York", "03-03 05:00", "", "America/New_York"),
        ("3pm my time", "03-02 15:00", "", "Asia/Seoul"),
        ("3pm local time", "03-02 15:00", "", "Asia/Seoul"),
        ("2026-03-10 15:00 UTC", "03-11 00:00", "", "UTC"),
        ("2026-03-10T15:00 Europe/London", "03-11 00:00", "", "Europe/London"),
        ("2026-03-10T15:00:00+00:00[Europe/London]", "03-11 00:00", "", "Europe/London"),
        ("2026-03-10T15:00:00+01:00", "03-10 23:00", "", "UTC+01:00"),
    ],
)
def test_the_time_is_meant_in_the_zone(text: str, start: str, end: str, zone: str) -> None:
    moment = parse(text, NOW, SEOUL)
    assert (shown(moment.start), shown(moment.end), str(moment.zone)) == (start, end, zone)
    assert moment.start.tzinfo is SEOUL


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("March 4 at 3pm London time", "03-04 10:00"),
        ("March 10 at 3pm London time", "03-10 11:00"),  # clocks are changed in America, not yet in Europe
        ("March 31 at 3pm London time", "03-31 10:00"),
        ("July 1 at 3pm EST", "07-01 15:00"),  # what people mean is the time in New York
        ("July 1 at 3pm CET", "07-01 09:00"),
        ("July 1 at 3pm GMT", "07-01 11:00"),
        ("July 1 at 3pm UTC", "07-01 11:00"),
    ],
)
def test_the_clocks_of_both_places_on_that_day(text: str, start: str) -> None:
    assert shown(parse(text, NOW, NEW_YORK).start) == start


@pytest.mark.parametrize(
    ("home", "name", "zone"),
    [
        ("Asia/Shanghai", "CST", "Asia/Shanghai"),
        ("America/Denver", "CST", "America/Chicago"),
        ("Europe/Dublin", "IST", "Europe/Dublin"),
        ("Asia/Jerusalem", "IST", "Asia/Jerusalem"),
        ("Europe/London", "IST", "Asia/Kolkata"),
        ("Asia/Dhaka", "BST", "Asia/Dhaka"),
        ("America/Phoenix", "MST", "America/Phoenix"),
        ("America/Toronto", "ET", "America/Toronto"),
        ("America/Toronto", "Eastern time", "America/Toronto"),
        ("Europe/London", "GMT", "UTC"),
        ("Europe/Paris", "CET", "Europe/Paris"),
    ],
)
def test_what_the_users_own_clocks_show_is_the_users_zone(home: str, name: str, zone: str) -> None:
    assert str(parse(f"3pm {name}", NOW, ZoneInfo(home)).zone) == zone


@pytest.mark.parametrize(
    ("now", "text", "start"),
    [
        ("2026-03-02T20:00", "at 9am London time", "03-03 04:00"),
        ("2026-03-02T20:00", "today at 9am London time", "03-03 04:00"),  # there it is Tuesday already
        ("2026-03-02T20:00", "today at 9pm Honolulu time", "03-03 02:00"),
        ("2026-03-02T20:00", "tomorrow at 9am London time", "03-03 04:00"),
        ("2026-03-02T09:00", "today at 9am Tokyo time", "03-01 19:00"),
    ],
)
def test_today_is_the_day_on_which_the_time_is_still_to_come(now: str, text: str, start: str) -> None:
    said = datetime.fromisoformat(now).replace(tzinfo=NEW_YORK)
    assert shown(parse(text, said, NEW_YORK).start) == start


def test_a_repetition_names_days_of_the_zone() -> None:
    rule = parse_recurrence("every Monday at 3pm London time", NOW, SEOUL)
    assert (rule.recurrence, shown(rule.start), str(rule.zone)) == (
        "FREQ=WEEKLY;BYDAY=MO",
        "03-03 00:00",
        "Europe/London",
    )


def test_near_an_anchor_the_day_is_the_one_there() -> None:
    evening = datetime(2026, 3, 5, 21, tzinfo=NEW_YORK)
    assert shown(parse("7am London time", NOW, NEW_YORK, anchor=evening).start) == "03-06 02:00"
    assert shown(parse("3pm my time", NOW, ZoneInfo("Europe/London"), home=NEW_YORK).start) == "03-02 20:00"


def test_a_day_and_a_time_that_stood_apart() -> None:
    day, clock = [each.moment for each in find("tomorrow there is a demo at 3 London time", NOW, SEOUL)]
    both = combine(day, clock)
    assert both
    assert shown(both.start) == "03-04 00:00"


@pytest.mark.parametrize(
    ("sentence", "texts"),
    [
        ("Schedule demo tomorrow at 3pm London time", ["tomorrow at 3pm London time"]),
        ("3pm London time demo tomorrow", ["3pm London time", "tomorrow"]),
        ("demo at noon Pacific with Ana", ["at noon Pacific"]),
        ("9am PT / noon ET", ["9am PT", "noon ET"]),
        ("call at 3pm Gotham time", ["at 3pm Gotham time"]),
        ("call at 3pm Ana's time", ["at 3pm Ana's time"]),
        ("lunch in Paris at 1", ["at 1"]),
        ("dinner at 7pm in Tokyo", ["at 7pm"]),
        ("PT session at 3pm", ["at 3pm"]),
        ("at 3pm PT session with Sam", ["at 3pm"]),
        ("at 3pm Central Park run", ["at 3pm"]),
        ("standup at 9 central", ["at 9"]),
        ("at 3pm story time", ["at 3pm"]),
        ("at 3pm Story time with the kids", ["at 3pm"]),
        ("at 3pm Monday time sheets", ["at 3pm Monday"]),
        ("3pm UTC-5pm UTC", ["3pm UTC-5pm UTC"]),
        ("15:00-17:00", ["15:00-17:00"]),
        ("the 3pm Reunion time slot", ["3pm"]),
        ("London time is what I need", []),
    ],
)
def test_what_is_a_zone_in_a_sentence(sentence: str, texts: list[str]) -> None:
    assert [each.text for each in find(sentence, NOW, SEOUL)] == texts


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("3pm Gotham time", 'I do not know the time zone "Gotham time"'),
        ("3pm New Gotham time", 'I do not know the time zone "New Gotham time"'),
        ("3pm GMT+25", 'I do not know the time zone "GMT+25"'),
        ("3pm UTC+01:17", 'I do not know the time zone "UTC+01:17"'),
        ("3pm US time", 'There are several time zones in "US"'),
        ("3pm Canada time", 'There are several time zones in "Canada"'),
    ],
)
def test_a_zone_that_is_not_known_is_an_error(text: str, problem: str) -> None:
    with pytest.raises(ZoneError, match=problem.replace("+", r"\+")):
        parse(text, NOW, SEOUL)


def test_a_zone_alone() -> None:
    assert str(zone_alone("London time", SEOUL)) == "Europe/London"
    assert str(zone_alone("in UTC", SEOUL)) == "UTC"
    assert zone_alone("London time please", SEOUL) is None
    assert zone_alone("London", SEOUL) is None


def test_a_name_of_the_database_is_not_looked_for_without_end() -> None:
    started = time.process_time()
    find("1b/" * 8_000, NOW, SEOUL)
    assert time.process_time() - started < 6
