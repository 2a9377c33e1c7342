"""The product's idea of now, handed in so that demos and tests can hold it still or move it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The current instant, time-zone aware, in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """Stands still at one instant until `move` is called."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


class ShiftedClock:
    """Starts at a given instant and runs on from there at the usual speed."""

    def __init__(self, start: datetime, system: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._system = system
        self._shift = start.astimezone(UTC) - system()

    def now(self) -> datetime:
        return self._system() + self._shift


class FileClock:
    """Reads the instant from a file at every look, so that one can be moved under a running server.

    While the file is empty, as a shell leaves it between `>` and what it writes, the instant is the one before.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = parse_instant(self._read())

    def now(self) -> datetime:
        if text := self._read():
            self._last = parse_instant(text)
        return self._last

    def _read(self) -> str:
        return self._path.read_text(encoding="utf-8").strip()


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 date and time; without an offset it is in the machine's own zone.

    Raises ValueError when the text is no such time.
    """
    return datetime.fromisoformat(text).astimezone(UTC)


def parse_clock(text: str | None) -> Clock:
    """Build a clock from a setting.

    None: the system's time. `2026-03-02T09:00-05:00`: starts there and runs. `fixed:2026-03-02T09:00-05:00`:
    stands still there. `file:PATH`: reads the instant from that file at every look. `shift:SECONDS`: the system's time,
    shifted, which is how a running clock is handed to another process. Raises ValueError, OSError.
    """
    if not text:
        return SystemClock()
    if text.startswith("fixed:"):
        return FixedClock(parse_instant(text.removeprefix("fixed:")))
    if text.startswith("file:"):
        return FileClock(Path(text.removeprefix("file:")))
    if text.startswith("shift:"):
        return ShiftedClock(datetime.now(UTC) + timedelta(seconds=float(text.removeprefix("shift:"))))
    return ShiftedClock(parse_instant(text))
