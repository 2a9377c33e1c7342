"""The week of a day that has a name is the next one that is not over."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from sayso.english import dates

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("today", "text", "begins"),
    [
        ("2026-04-11", "Easter week", "2026-04-05"),
        ("2026-04-12", "Easter week", "2027-03-28"),
        ("2026-12-27", "Christmas week", "2026-12-21"),
        ("2026-12-28", "Christmas week", "2027-12-20"),
        ("2026-04-04", "holy week", "2026-03-29"),
        ("2026-04-05", "holy week", "2027-03-21"),
    ],
)
def test_the_week_that_is_not_over(today: str, text: str, begins: str) -> None:
    now = datetime.fromisoformat(f"{today}T09:00").replace(tzinfo=NEW_YORK)
    assert f"{dates.parse(text, now, NEW_YORK).start:%Y-%m-%d}" == begins
