"""Expansion agrees with dateutil over the whole series, and stays quick for old and odd rules."""

from datetime import datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from sayso.workspace.errors import Refused
from sayso.workspace.events.recurrence import Pattern, check_rule, parse_rule

NEW_YORK = ZoneInfo("America/New_York")
START = datetime(2010, 1, 4, 9, 0)  # noqa: DTZ001

RULES = st.builds(
    lambda freq, interval, count, days: (
        f"FREQ={freq};INTERVAL={interval}"
        + (f";COUNT={count}" if count else "")
        + (f";BYDAY={','.join(sorted(days))}" if days and freq in ("DAILY", "WEEKLY") and interval < 7 else "")
    ),
    st.sampled_from(["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 9),
    st.sampled_from([0, 0, 1, 7, 100]),
    st.sets(st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])),
)


@given(rule=RULES, days=st.integers(0, 900))
def test_a_window_holds_what_the_whole_series_has_there(rule: str, days: int) -> None:
    begin = START + timedelta(days=days)
    end = begin + timedelta(days=9)
    whole = takewhile(lambda slot: slot < end, rrulestr(rule, dtstart=START))
    expected = sorted({slot for slot in whole if slot >= begin} | ({START} if begin <= START < end else set()))
    utc = ZoneInfo("UTC")
    assert list(Pattern(START, utc, False, rule).slots(begin, end)) == expected


@pytest.mark.parametrize(
    ("rule", "step"),
    [
        ("FREQ=HOURLY", timedelta(hours=1)),
        ("FREQ=DAILY;INTERVAL=3", timedelta(days=3)),
        ("FREQ=WEEKLY;BYDAY=MO,FR", timedelta(weeks=1)),
    ],
)
def test_an_endless_rule_from_long_ago_is_expanded_from_near_the_window(rule: str, step: timedelta) -> None:
    begin = datetime(2026, 3, 2)  # noqa: DTZ001
    first = next(Pattern(START, NEW_YORK, False, rule).rule_slots(begin, begin + timedelta(days=7)))
    assert begin - 2 * step <= first


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=999999999", "FREQ=FOO", "", "X",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;INTERVAL=7;BYDAY=XX", "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;UNTIL=soon", "FREQ=DAILY;FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=9",
        "FREQ=DAILY;BYHOUR=1,2,3,4,5,6,7,8;BYMINUTE=0,10,20,30,40,50,55",
    ],
)  # fmt: skip
def test_rules_that_never_or_too_often_happen_are_refused(rule: str) -> None:
    with pytest.raises(Refused):
        check_rule(rule, START)


def test_parts_are_put_in_one_order() -> None:
    assert check_rule("RRULE:byday=MO;interval=2;freq=WEEKLY", START) == "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"
    assert parse_rule("FREQ=DAILY;")["FREQ"] == "DAILY"
