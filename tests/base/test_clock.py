"""A clock that is read from a file, which somebody moves under a running server."""

from pathlib import Path

import pytest

from sayso.base.clock import parse_clock, parse_instant

BEFORE, AFTER = "2026-03-02T09:00:00-05:00", "2026-03-02T09:10:00-05:00"


def test_a_clock_that_is_moved_is_never_without_a_time(tmp_path: Path) -> None:
    file = tmp_path / "now"
    file.write_text(BEFORE + "\n")
    clock = parse_clock(f"file:{file}")
    file.write_text("")  # where `date > now` has opened it, and not written yet
    assert clock.now() == parse_instant(BEFORE)
    file.write_text(AFTER)
    assert clock.now() == parse_instant(AFTER)


def test_a_clock_without_a_time_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "now"
    file.touch()
    with pytest.raises(ValueError, match="isoformat"):
        parse_clock(f"file:{file}")
