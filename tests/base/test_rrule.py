"""Repetition rules are expanded as dateutil expands them, in a bounded number of steps whatever they say."""

import random
from datetime import datetime, timedelta
from itertools import islice, takewhile

import pytest
from dateutil.rrule import rrulestr

from sayso.base import rrule, steps
from sayso.base.rrule import MOST_QUIET, RuleError

START = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001  wall-clock time
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def _numbers(rnd: random.Random, most: int, signed: bool = False) -> str:
    return ",".join(
        str(rnd.choice((1, -1) if signed else (1,)) * rnd.randint(1, most)) for _ in range(rnd.randint(1, 3))
    )


def _rule(rnd: random.Random) -> str:
    freq = rnd.choice(rrule.FREQUENCIES)
    parts = {"FREQ": freq, "INTERVAL": str(rnd.choice((1, 1, 2, 3, 5)))}
    if freq != "HOURLY":
        parts |= {"BYMONTH": _numbers(rnd, 12)} if rnd.random() < 0.3 else {}
        parts |= {"BYMONTHDAY": _numbers(rnd, 31, signed=True)} if rnd.random() < 0.3 else {}
    if freq == "YEARLY" and rnd.random() < 0.4:
        parts |= rnd.choice(({"BYYEARDAY": _numbers(rnd, 366, signed=True)}, {"BYWEEKNO": _numbers(rnd, 53)}))
    elif rnd.random() < 0.4:
        nth = freq in ("MONTHLY", "YEARLY") and rnd.random() < 0.5
        parts["BYDAY"] = ",".join(
            (rnd.choice(("1", "2", "-1", "-3")) if nth else "") + day for day in rnd.sample(DAYS, 2)
        )
    parts |= {"BYHOUR": _numbers(rnd, 23)} if rnd.random() < 0.2 else {}
    parts |= {"BYSETPOS": _numbers(rnd, 3, signed=True)} if rnd.random() < 0.2 else {}
    parts |= {"WKST": rnd.choice(DAYS)} if rnd.random() < 0.3 else {}
    return rrule.format_rule(parts)


@pytest.mark.parametrize("seed", range(40))
def test_the_times_are_those_of_dateutil(seed: int) -> None:
    """dateutil is asked 8,000 years later, where the days are the same, since it walks on to the year 9999."""
    rnd = random.Random(seed)
    for _ in range(5):
        rule = _rule(rnd)
        start = START.replace(year=rnd.randint(1986, 1999), month=rnd.randint(1, 12), day=rnd.randint(1, 28))
        end = start.replace(year=start.year + 4)
        try:
            later = rrulestr(rule, dtstart=start.replace(year=start.year + 8_000))
            then = takewhile(end.replace(year=end.year + 8_000).__ge__, later)
            expected = [slot.replace(year=slot.year - 8_000) for slot in islice(then, 60)]
        except ValueError:  # dateutil says so at once where hours and interval never meet
            expected = []
        found = list(islice(rrule.slots(rrule.parse(rule), start, None, end), 60))
        assert found[: len(expected)] == expected, rule
        if expected:
            begin = rnd.choice(expected)
            near = [slot for slot in islice(rrule.slots(rrule.parse(rule), start, begin, end), 200) if slot >= begin]
            assert near[:20] == [slot for slot in found if slot >= begin][:20] or len(found) == 60, rule


NEVER = [
    "FREQ=HOURLY;BYSETPOS=5", "FREQ=HOURLY;INTERVAL=168;BYDAY=TU", "FREQ=HOURLY;INTERVAL=24;BYHOUR=5",
    "FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2", "FREQ=DAILY;INTERVAL=1000;BYMONTHDAY=30;BYMONTH=2",
    "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=366", "FREQ=WEEKLY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=MONTHLY;BYDAY=53MO", "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2,4,6", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=YEARLY;BYWEEKNO=1;BYMONTH=7", "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1", "FREQ=YEARLY;BYYEARDAY=1;BYSETPOS=2",
]  # fmt: skip


@pytest.mark.parametrize("rule", NEVER)
def test_a_rule_that_never_happens_is_known_to_in_bounded_steps(rule: str) -> None:
    with steps.within(MOST_QUIET + 400, "too many"):
        assert rrule.first(rrule.parse(rule), START) is None


FAR = [
    "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO;COUNT=20000", "FREQ=YEARLY;BYYEARDAY=366;COUNT=300",
    "FREQ=MONTHLY;BYDAY=5FR;BYMONTHDAY=31;COUNT=10000", "FREQ=HOURLY;BYHOUR=3;BYDAY=MO;COUNT=1000",
]  # fmt: skip


@pytest.mark.parametrize("rule", FAR)
def test_a_count_that_ends_too_far_away_is_refused_in_bounded_steps(rule: str) -> None:
    with steps.within(rrule.MOST_COUNTED + 1, "too many"), pytest.raises(RuleError, match="its last day"):
        rrule.last_counted(rrule.parse(rule), START)


def test_a_count_is_followed_to_its_end_at_the_cost_of_who_asks() -> None:
    rule = rrule.parse("FREQ=DAILY;COUNT=20000")
    with steps.within(10**9, "") as budget:
        assert rrule.last_counted(rule, START) == START + timedelta(days=19_999)
    assert budget.taken == 40_000
    with steps.within(39_999, "too many"), pytest.raises(steps.TooManySteps):
        rrule.last_counted(rule, START)


@pytest.mark.parametrize(
    "rule", ["FREQ=HOURLY", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TH", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY"]
)
def test_a_window_costs_the_same_however_long_ago_the_series_began(rule: str) -> None:
    def cost(began: int, days: int) -> int:
        begin, end = datetime(2026, 3, 2), datetime(2026, 3, 2 + days)  # noqa: DTZ001
        with steps.within(10**9, "") as budget:
            list(rrule.slots(rrule.parse(rule), START.replace(year=began), begin, end))
        return budget.taken

    assert cost(1000, 14) <= cost(2025, 14) + 400
    assert cost(1000, 28) <= 2 * cost(1000, 14) + 32


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=SECONDLY", "more often than once an hour"), ("FREQ=MINUTELY;INTERVAL=90", "more often than once"),
        ("FREQ=DAILY;COUNT=1000000000", "COUNT"), ("FREQ=DAILY;INTERVAL=" + "9" * 1_500, "INTERVAL"),
        ("FREQ=DAILY;COUNT=0", "COUNT"), ("FREQ=DAILY;UNTIL=99999999", "UNTIL"), ("FREQ=DAILY;UNTIL=soon", "UNTIL"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH"), ("FREQ=MONTHLY;BYDAY=0MO", "0MO"), ("FREQ=DAILY;BYHOUR=24", "BYHOUR"),
        ("FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=0,20,40", "too often within a day"),
        ("FREQ=YEARLY;BYYEARDAY=" + "1," * 2_000 + "1", "too long"),
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused_in_a_sentence(rule: str, said: str) -> None:
    with pytest.raises(RuleError) as caught:
        rrule.first(rrule.parse(rule), START)
    assert said in str(caught.value)
    assert len(str(caught.value)) < 200


def test_the_last_day_of_the_calendar_ends_a_rule() -> None:
    for rule in ("FREQ=HOURLY", "FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY"):
        last = list(rrule.slots(rrule.parse(rule), datetime(9999, 12, 31, 9)))  # noqa: DTZ001
        assert len(last) == (15 if rule == "FREQ=HOURLY" else 1)
