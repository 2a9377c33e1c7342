"""What the names and definitions of time zones in calendar files mean."""

import copy
import pickle
from datetime import UTC, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from sayso.base.zones import Rules, Turn, read_rules, zone_named, zone_title
from sayso.workspace.formats.content_lines import components
from sayso.workspace.formats.zones import Zones

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
