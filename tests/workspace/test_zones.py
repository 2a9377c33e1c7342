"""What the names and definitions of time zones in calendar files mean."""

import copy
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from io import BytesIO, StringIO
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import icalendar
import pytest
from dateutil.tz import tzical
from icalendar.timezone import TZP
from tests.fuzz.steps import steps

from sayso.base.zones import Rules, Turn, read_rules, zone_named, zone_title
from sayso.workspace.formats.content_lines import components
from sayso.workspace.formats.zone_writing import definition
from sayso.workspace.formats.zones import MAX_DEFINITIONS, Zones

NEW_YORK, BERLIN, PARIS = map(ZoneInfo, ("America/New_York", "Europe/Berlin", "Europe/Paris"))
YEAR = 2026


def zones(text: str = "", fallback: ZoneInfo = NEW_YORK, prefer: ZoneInfo = NEW_YORK) -> Zones:
    return Zones(components(BytesIO(text.encode()), "VTIMEZONE"), fallback, prefer)


def part(kind: str, start: str, before: str, after: str, *more: str) -> str:
    lines = [f"BEGIN:{kind}", f"DTSTART:{start}", f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}", *more, f"END:{kind}"]
    return "\n".join(lines)


def defined(tzid: str, *parts: str) -> str:
    return "\n".join(["BEGIN:VTIMEZONE", f"TZID:{tzid}", *parts, "END:VTIMEZONE", ""])


EU = (
    part("STANDARD", "16010101T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"),
    part("DAYLIGHT", "16010101T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"),
)


@pytest.mark.parametrize(
    ("tzid", "key"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "Europe/Berlin"),
        ("/mozilla.org/20050126_1/America/New_York", "America/New_York"),
        ("/Mozilla.org/BasicTimezones/GMT", "GMT"),
        ("posix/Europe/Vaduz", "Europe/Vaduz"),
        ("america/argentina/buenos_aires", "America/Argentina/Buenos_Aires"),
        (' "America/New York" ', "America/New_York"),
        ("Europe_London", "Europe/London"),
        ("US-Eastern", "US/Eastern"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Eastern Daylight Time", "America/New_York"),
        ("Central Standard Time (Mexico)", "America/Mexico_City"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"),
        ("(GMT-05.00) Eastern Time (US & Canada)", "America/New_York"),
        ("Eastern Time (US and Canada)", "America/New_York"),
        ("Pacific Time (US & Canada)\\, Tijuana", "America/Los_Angeles"),
        ("Greenwich Mean Time: Dublin; Edinburgh; Lisbon; London", "Europe/London"),
        ("(UTC+01:00) Stockholm, Wien", "Europe/Stockholm"),
        ("(UTC-07:00) La Paz, Mazatlan", "America/Mazatlan"),
        ("ZW_Eastern", "America/New_York"),
        ("Mitteleuropäische Zeit ", "Europe/Berlin"),
        ("大阪、札幌、東京", "Asia/Tokyo"),
        ("America/New_York (EDT)", "America/New_York"),
        ("London", "Europe/London"),
        ("PST", "America/Los_Angeles"),
        ("EST5EDT", "EST5EDT"),
        ("Z", "UTC"),
        ("(UTC) Coordinated Universal Time", "UTC"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("GMT+0100", "Etc/GMT-1"),
        ("GMT+1", "Etc/GMT-1"),
        ("Etc/GMT+1", "Etc/GMT+1"),
        ("UTC-5", "Etc/GMT+5"),
        ("-03:00", "Etc/GMT+3"),
        ("(GMT -03:00)", "Etc/GMT+3"),
        ("UTC+05:30", "Asia/Kolkata"),
        ("UTC+07:20", "<+0720>-7:20"),
    ],
)
def test_a_name_is_known_without_a_definition(tzid: str, key: str) -> None:
    known = zones().named(tzid, YEAR)
    assert (known.zone.key, known.guessed) == (key, False)


@pytest.mark.parametrize(
    ("tzid", "key"),
    [
        ("Customized Time Zone", "America/New_York"),
        ("", "America/New_York"),
        ("../../etc/passwd", "America/New_York"),
        ("a" * 1_000_000, "America/New_York"),
        ("GMT+25", "America/New_York"),
        ("18640509", "America/New_York"),
        ("(UTC+01:00) Somewhere, Elsewhere", "Etc/GMT-1"),
        ("GMT +0100 (Standard) / GMT +0200 (Daylight)", "Europe/Berlin"),
    ],
)
def test_another_name_is_a_guess(tzid: str, key: str) -> None:
    known = zones().named(tzid, YEAR)
    assert (known.zone.key, known.guessed) == (key, True)


def test_the_rules_of_a_file_mean_a_zone_that_has_them() -> None:
    file = defined("Plant 7", *EU)
    assert zones(file).named("Plant 7", YEAR).zone is BERLIN
    assert zones(file, prefer=PARIS).named("Plant 7", YEAR).zone is PARIS
    assert zones(file, fallback=PARIS).named('"plant 7"', YEAR).zone is PARIS
    assert zones(defined("Warszawa\\, Zagrzeb", *EU)).named("Warszawa, Zagrzeb", YEAR).zone.key == "Europe/Warsaw"


def test_a_zone_of_a_rule_that_none_has() -> None:
    file = defined("Pune", part("STANDARD", "16010101T000000", "+0530", "+0530"))
    assert zones(file).named("Pune", YEAR).zone.key == "Asia/Kolkata"
    odd = [line.replace("+0200", "-0500").replace("+0100", "-0600") for line in EU]
    known = zones(defined("Odd", *odd)).named("Odd", YEAR)
    assert known.zone.key == "<-06>6<-05>,M3.5.0,M10.5.0/3"
    assert not known.guessed


def test_files_with_one_name_do_not_influence_each_other() -> None:
    name = "Customized Time Zone"
    first = zones(defined(name, part("STANDARD", "16010101T000000", "-0500", "-0500")))
    second = zones(defined(name, part("STANDARD", "16010101T000000", "+0900", "+0900", "TZNAME:JST")))
    assert [each.named(name, YEAR).zone.key for each in (first, second, first)] == [
        "Etc/GMT+5", "Asia/Tokyo", "Etc/GMT+5",
    ]  # fmt: skip
    assert zones().named(name, YEAR).guessed


@pytest.mark.parametrize(
    "rules",
    [
        Rules(26_400),
        Rules(-18_000, -14_400, (Turn((3, 2, 0), 7_200), Turn((11, 1, 0), 7_200))),
        Rules(18_030, 21_600, (Turn(80, -3_600), Turn((10, 4, 4), 99 * 3_600 + 30))),
        Rules(43_200, 39_600, (Turn(100, 0), Turn(365, 86_400))),
    ],
)
def test_a_zone_of_rules_is_like_any_other(rules: Rules) -> None:
    zone = zone_named(rules.key)
    assert read_rules(rules.key) == rules
    assert isinstance(zone, ZoneInfo)
    assert zone.key == rules.key
    assert pickle.loads(pickle.dumps(zone)) is zone
    assert copy.deepcopy(datetime(2026, 1, 1, tzinfo=zone)).tzinfo is zone
    assert not set(zone_title(zone.key)) & set(',;:"<>')
    offsets = {datetime(YEAR, month, 15, tzinfo=zone).utcoffset() for month in range(1, 13)}
    assert offsets == {timedelta(seconds=each) for each in (rules.offset, rules.other) if each is not None}


def test_the_hour_that_comes_twice_in_a_zone_of_rules() -> None:
    zone = zone_named("<-06>6<-05>,M3.5.0,M10.5.0/3")
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=zone)
    assert [twice.replace(fold=fold).isoformat()[-6:] for fold in (0, 1)] == ["-05:00", "-06:00"]
    assert twice.replace(fold=1).astimezone(UTC) - twice.astimezone(UTC) == timedelta(hours=1)


@pytest.mark.parametrize(
    "key",
    [
        "<", "<+0720>-7:20\n", "<+0720>-7:20\0", "<+07>-7:20", "<+0720>-07:20", "<+24>-24", "<../../x>", "<+٠٧>-7",
        "<+05>-5<+06>-6,M3.5.0,M10.5.0", "<+05>-5<+06>,M13.5.0,M10.5.0", "<+05>-5<+06>,M3.5.0/2,M10.5.0",
        "<+05>-5<+06>,J366,J1", "<+05>-5<+06>,M3.5.0", "<" + "+05" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_name_of_a_zone_is_none(key: str) -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        zone_named(key)


def ruled(first: str, second: str, *, low: str, high: str, hours: str = "02:00 03:00", since: str = "1601") -> str:
    """A definition of two rules: to summer, and back."""
    to, back = (hour.replace(":", "") for hour in hours.split())
    return defined(
        "Thing",
        part("DAYLIGHT", f"{since}0101T{to}00", low, high, f"RRULE:FREQ=YEARLY;{first}"),
        part("STANDARD", f"{since}0101T{back}00", high, low, f"RRULE:FREQ=YEARLY;{second}"),
    )


def others(file: str) -> Iterator[tzinfo]:
    """The same definition as others read it."""
    component: Any = icalendar.Timezone.from_ical(file)
    yield component.to_tz(TZP("zoneinfo"), lookup_tzid=False)
    calendar: Any = tzical(StringIO(f"BEGIN:VCALENDAR\n{file}END:VCALENDAR\n"))
    yield calendar.get()


def clocks(zone: tzinfo, years: range) -> list[timedelta | None]:
    """Its offsets around every noon and midnight, but for the hours that a change can concern."""
    hours = (datetime(years[0], 1, 1, 12) + timedelta(hours=12 * n) for n in range(729 * len(years)))  # noqa: DTZ001
    return [hour.replace(hour=hour.hour or 6, tzinfo=zone).utcoffset() for hour in hours]


_DATES = ",".join(f"{day}T020000" for day in ("20260329", "20270328", "20280326"))
_BACK = ",".join(f"{day}T030000" for day in ("20261025", "20271031", "20281029"))
DEFINITIONS: dict[str, tuple[str, int, str]] = {
    "the south": (
        ruled("BYDAY=1SU;BYMONTH=10", "BYDAY=1SU;BYMONTH=4", low="+1000", high="+1100"), 2026, "Australia/Sydney"
    ),
    "half an hour": (
        ruled("BYDAY=1SU;BYMONTH=10", "BYDAY=1SU;BYMONTH=4", low="+1030", high="+1100", hours="02:00 02:00"),
        2026,
        "Australia/Lord_Howe",
    ),
    "Iran before 2022": (
        ruled("BYMONTH=3;BYMONTHDAY=22", "BYMONTH=9;BYMONTHDAY=22", low="+0330", high="+0430", hours="00:00 00:00"),
        2018,
        "<+0330>-3:30<+0430>,J81/0,J265/0",
    ),
    "Brazil before 2018": (
        ruled("BYMONTH=10;BYDAY=3SU", "BYMONTH=2;BYDAY=3SU", low="-0300", high="-0200", hours="00:00 00:00"),
        2016,
        "<-03>3<-02>,M10.3.0/0,M2.3.0/0",
    ),
    "the United States before 2007": (
        ruled("BYDAY=1SU;BYMONTH=4", "BYDAY=-1SU;BYMONTH=10", low="-0600", high="-0500", hours="02:00 02:00"),
        1995,
        "America/Chicago",
    ),
    "a week by its days": (
        ruled(
            "BYMONTH=3;BYMONTHDAY=8,9,10,11,12,13,14;BYDAY=SU", "BYMONTH=11;BYMONTHDAY=1,2,3,4,5,6,7;BYDAY=SU",
            low="-0800", high="-0700", hours="02:00 02:00",
        ),
        2026,
        "America/Los_Angeles",
    ),
    "Israel's Friday": (
        ruled("BYMONTH=3;BYMONTHDAY=23,24,25,26,27,28,29;BYDAY=FR", "BYDAY=-1SU;BYMONTH=10", low="+0200", high="+0300",
              hours="02:00 02:00"),
        2026,
        "Asia/Jerusalem",
    ),
    "a week that no rule of POSIX has": (
        ruled("BYMONTH=4;BYMONTHDAY=3,4,5,6,7,8,9;BYDAY=SA", "BYMONTH=9;BYMONTHDAY=20,21,22,23,24,25,26;BYDAY=WE",
              low="-0230", high="-0130"),
        2026,
        "<-0230>2:30<-0130>,M4.1.4/50,M9.4.5/-45",
    ),
    "the last Thursday": (
        ruled("BYMONTH=4;BYDAY=-1TH", "BYMONTH=9;BYDAY=-1TH", low="+0200", high="+0300", hours="00:00 00:00"),
        2026,
        "<+02>-2<+03>,M4.5.4/0,M9.5.4/0",
    ),
    "days back from the end of the year": (
        ruled("BYMONTH=4;BYDAY=-1FR", "BYYEARDAY=-67,-66,-65,-64,-63,-62,-61;BYDAY=FR", low="+0800", high="+0900",
              hours="00:00 00:00"),
        2026,
        "<+08>-8<+09>,M4.5.5/0,M10.5.4/24",
    ),
    "a place of a set": (
        ruled("BYMONTH=3;BYDAY=SU;BYSETPOS=-1", "BYMONTH=10;BYDAY=SU;BYSETPOS=-1", low="+0000", high="+0100",
              hours="01:00 02:00"),
        2026,
        "Europe/London",
    ),
    "hours of a rule": (
        ruled("BYMINUTE=0;BYHOUR=2;BYDAY=2SU;BYMONTH=3", "BYMINUTE=0;BYHOUR=2;BYDAY=1SU;BYMONTH=11", low="-0500",
              high="-0400", hours="02:00 02:00"),
        2026,
        "America/New_York",
    ),
    "dates": (
        defined("Thing", part("DAYLIGHT", "20250330T020000", "+0100", "+0200", f"RDATE:{_DATES}"),
                part("STANDARD", "20251026T030000", "+0200", "+0100", f"RDATE:{_BACK}")),
        2026,
        "Europe/Berlin",
    ),
    "seconds": (
        defined("Thing", part("STANDARD", "19000101T000000", "+012230", "+012230")), 2026, "<+012230>-1:22:30",
    ),
    "a shift": (
        defined("Thing", part("STANDARD", "19000101T000000", "+0300", "+0300"),
                part("STANDARD", "20260614T000000", "+0300", "+0345")),
        2026,
        "<+03>-3<+0345>-3:45,J165/0,J365/24",
    ),
    "a shift in a leap year": (
        defined("Thing", part("STANDARD", "19000101T000000", "+0345", "+0345"),
                part("STANDARD", "20280614T010000", "+0345", "+0300")),
        2028,
        "<+0345>-3:45<+03>-3,J165/1,J365/24",
    ),
    "several times": (
        defined("Thing", part("STANDARD", "19700101T020000", "-0400", "-0500",
                              "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10;UNTIL=20061029T060000Z"),
                part("DAYLIGHT", "19700101T020000", "-0500", "-0400",
                     "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4;UNTIL=20060402T070000Z"),
                part("STANDARD", "20071104T020000", "-0400", "-0500", "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11"),
                part("DAYLIGHT", "20070311T020000", "-0500", "-0400", "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3")),
        2005,
        "America/New_York",
    ),
    "a count": (
        defined("Thing", part("STANDARD", "20001029T030000", "+0200", "+0100",
                              "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10;COUNT=40"),
                part("DAYLIGHT", "20000326T020000", "+0100", "+0200",
                     "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3;COUNT=40")),
        2026,
        "Europe/Berlin",
    ),
    "a name of an offset": (
        defined("Thing", part("STANDARD", "16010101T000000", "+0900", "+0900", "TZNAME:JST")), 2026, "Asia/Tokyo"
    ),
    "whole hours": (defined("Thing", part("STANDARD", "16010101T000000", "-0300", "-0300")), 2026, "Etc/GMT+3"),
}  # fmt: skip


@pytest.mark.parametrize("what", DEFINITIONS)
def test_a_definition_is_read_as_others_read_it(what: str) -> None:
    file, year, key = DEFINITIONS[what]
    found = zones(file)
    known = found.named("Thing", year)
    assert (known.zone.key, known.guessed, found.problems) == (key, False, [])
    years = range(year, year + (1 if ",J" in key else 3))
    for other in others(file):
        assert clocks(other, years) == clocks(known.zone, years)


def test_the_rules_of_an_era_end_with_the_next() -> None:
    """Outlook writes several eras of rules, none of which ends."""
    again = [line.replace("1601", "2007").replace("-1SU;BYMONTH=10", "-1SU;BYMONTH=9") for line in EU]
    known = zones(defined("Plant", *EU, *again)).named("Plant", YEAR)
    assert known.zone.key == "<+01>-1<+02>,M3.5.0,M9.5.0/3"
    assert zones(defined("Plant", *EU, *again)).named("Plant", 1998).zone is BERLIN


def test_a_file_may_say_nothing_of_the_years_before() -> None:
    since = [line.replace("1601", "2025") for line in EU]
    assert zones(defined("Plant", *since)).named("Plant", 2003).zone is BERLIN


@pytest.mark.parametrize(
    ("tzid", "hint", "key"),
    [
        ("Thing", "X-LIC-LOCATION:Europe/Prague", "Europe/Prague"),
        ("Thing", "X-TZINFO:Europe/Brussels[2025]", "Europe/Brussels"),
        ("Thing", "X-MICROSOFT-CDO-TZID:6", "Europe/Prague"),
        ("Thing", "TZURL:http://tzurl.org/zoneinfo/Europe/Rome.ics", "Europe/Rome"),
        ("Thing", "X-LIC-LOCATION:Asia/Tokyo", "Europe/Berlin"),
        ("Central Standard Time", "X-MICROSOFT-CDO-TZID:11", "Europe/Berlin"),
        ("America/Chicago", "X-NONE:", "America/Chicago"),
        ("Eastern", "X-NONE:", "Europe/Berlin"),
        ("Paris office, Paris", "X-NONE:", "Europe/Paris"),
    ],
)
def test_hints_and_names_hold_unless_the_rules_are_of_elsewhere(tzid: str, hint: str, key: str) -> None:
    assert zones(defined(tzid, hint, *EU)).named(tzid, YEAR).zone.key == key


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("", "it has no STANDARD or DAYLIGHT."),
        (part("STANDARD", "19700101T000000", "+5328", "+5328"), "'+5328' is no offset from UTC, such as +0100."),
        ("BEGIN:STANDARD\nDTSTART:19700101T000000\nEND:STANDARD",
         "it does not say its offset from UTC, such as TZOFFSETTO:+0100."),
        (part("STANDARD", "1970", "+01", "+0100"), "'+01' is no offset from UTC, such as +0100."),
        (part("STANDARD", "1970", "+0100", "+0100"),
         "it does not say since when an offset is used, such as DTSTART:19701025T030000."),
        (part("STANDARD", "19700101T000000", "+0100", "+0200", "RRULE:FREQ=SECONDLY"),
         "its clocks change at other times than by one rule on a day of each year."),
        (part("STANDARD", "19700101T000000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=SU,MO"),
         "its clocks change at other times than by one rule on a day of each year."),
        (part("STANDARD", "19700101T000000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
         "a rule of its clocks names no day."),
        (part("STANDARD", "19700101T000000", "+0100", "+0200", "RRULE:FREQ=YEARLY;UNTIL=soon"),
         "the end of a rule cannot be read."),
        (part("STANDARD", "19700101T000000", "+0100", "+0200", "RDATE:soon"),
         "a date on which its clocks change cannot be read."),
        (part("STANDARD", "19700101T000000", "+0100", "+0200",
              "RDATE:" + ",".join(f"{2000 + n // 25}01{n % 25 + 1:02}T000000" for n in range(20_000))),
         "its clocks change too often."),
        ("\n".join([EU[0]] * 401), "its clocks change too often."),
        ("\n".join([EU[0]] * 21), "its clocks change too often."),
    ],
)  # fmt: skip
def test_a_bad_definition_costs_nothing_else(lines: str, why: str) -> None:
    found = zones(defined("Bad", lines) + defined("Good", *EU) + defined("Europe/Rome", lines))
    assert found.problems == [("Bad", why)]
    assert found.named("Bad", YEAR).guessed
    assert found.named("Good", YEAR).zone is BERLIN
    assert found.named("Europe/Rome", YEAR).zone.key == "Europe/Rome"


def test_a_missing_offset_from_is_the_other_one() -> None:
    parts = [
        line.replace("TZOFFSETFROM:+0200\n", "").replace("+0100\nTZOFFSETTO:+0200", "0100\nTZOFFSETTO:+2:00")
        for line in EU
    ]
    assert zones(defined("Plant", *parts)).named("Plant", YEAR).zone is BERLIN


def test_a_name_that_is_defined_twice_means_the_first() -> None:
    found = zones(defined("Plant", *EU) + defined("Plant", part("STANDARD", "19700101T000000", "+0900", "+0900")))
    assert found.named("Plant", YEAR).zone is BERLIN
    assert [name for name, _ in found.problems] == ["Plant"]
    assert zones(defined("Plant", *EU) * 2).problems == []


def test_any_number_of_definitions_and_names_takes_linear_time() -> None:
    def read(size: int) -> None:
        found = zones("".join(defined(f"Zone {n}", *EU) for n in range(size)))
        for n in range(size):
            found.named(f"Zone {n}", 1000 + n)

    zones(defined("Plant", *EU)).named("Plant", YEAR)
    few, more = steps(lambda: read(20)), steps(lambda: read(80))
    assert more < 5 * few
    found = zones("".join(defined(f"Zone {n}") for n in range(MAX_DEFINITIONS + 5)))
    assert found.problems[-1] == ("what else is defined", "a file has 5,000 time zones at most.")
    assert len(found.problems) == MAX_DEFINITIONS + 1


@pytest.mark.parametrize("year", [1, 2, 1000, 9000, 9998, 9999])
def test_no_year_is_too_far_away(year: int) -> None:
    found = zones(defined("Plant", *EU) + defined("Odd", part("STANDARD", "99981231T235959", "-2359", "+2359")))
    for name in ("Plant", "Odd", "UTC+1", "London", "(UTC+01:00) Nowhere"):
        assert found.named(name, year).zone.key
    assert definition(BERLIN, datetime(year, 1, 1), None)  # noqa: DTZ001


EXPORTED = (
    "Africa/Cairo", "Africa/Casablanca", "America/New_York", "America/Sao_Paulo", "America/St_Johns", "Asia/Gaza",
    "Asia/Jerusalem", "Asia/Kolkata", "Asia/Tehran", "Australia/Lord_Howe", "Australia/Sydney", "Europe/Berlin",
    "Europe/Dublin", "Europe/Moscow", "Pacific/Chatham", "UTC", "<+0720>-7:20", "<+05>-5<+06>,M3.4.4/26,M10.5.4/24",
)  # fmt: skip


@pytest.mark.parametrize("key", EXPORTED)
def test_others_read_what_is_written_of_a_zone(key: str) -> None:
    zone = zone_named(key)
    for first, last in ((2026, None), (1998, None), (2004, 2006)):
        end = datetime(last, 3, 2, tzinfo=UTC) if last else None
        lines = definition(zone, datetime(first, 3, 2, tzinfo=UTC), end)
        file = "\n".join([*lines, ""])
        for other in others(file):
            years = range(first, (last or first + 20) + 1)
            assert clocks(other, years) == clocks(zone, years)
        assert zones(file.replace(f"TZID:{zone_title(key)}", "TZID:Thing")).problems == []


def test_what_is_written_is_short_and_plain() -> None:
    assert definition(BERLIN, datetime(2026, 3, 2, tzinfo=BERLIN), None) == [
        "BEGIN:VTIMEZONE", "TZID:Europe/Berlin",
        "BEGIN:DAYLIGHT", "DTSTART:20250330T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "TZNAME:CEST", "END:DAYLIGHT",
        "BEGIN:STANDARD", "DTSTART:20251026T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", "TZNAME:CET", "END:STANDARD",
        "END:VTIMEZONE",
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("first", [2026, 1990])
def test_each_zone_comes_back_as_it_was_written(first: int) -> None:
    for key in sorted(available_timezones() - {"Factory", "localtime"}):
        lines = definition(ZoneInfo(key), datetime(first, 3, 2, tzinfo=UTC), None)
        file = "\n".join(lines).replace(f"TZID:{key}", "TZID:Thing") + "\n"
        found = zones(file, prefer=ZoneInfo(key))
        assert (found.named("Thing", first).zone.key, found.problems) == (key, [])
