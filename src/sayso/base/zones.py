"""Time zones by the names that a store keeps: IANA's, and one of our own for rules that no zone of IANA's has.

A calendar file may define a zone of its own (RFC 5545, 3.6.5). Its name here is its rules, as POSIX writes them in TZ:
`<+0720>-7:20`, or `<+05>-5<+06>,M3.5.0,M10.5.0/3` for clocks that change (IEEE Std 1003.1, 8.3). `zoneinfo` reads such
a text as the footer of a TZif file (RFC 9636, 3.3), so that the result is a ZoneInfo like any other. Nothing reaches
it but what `Rules.key` would write.
"""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MAX_KEY = 64
"""As much as a store keeps of a name."""
_DAY, _HOUR = 86_400, 3_600
_MOST_HOURS = 99
_USUAL = 2 * _HOUR  # when clocks change, if a rule does not say

_NUMBER = r"-?\d{1,2}(?::\d\d){0,2}"
_TURN = rf"(?:M\d{{1,2}}\.[1-5]\.[0-6]|J\d{{1,3}})(?:/{_NUMBER})?"
_UTC = frozenset({"UTC", "UCT", "GMT", "GMT0", "GMT+0", "GMT-0", "Greenwich", "Universal", "Zulu"})
_KEY = re.compile(rf"<[+-]\d{{2,6}}>({_NUMBER})(?:<[+-]\d{{2,6}}>({_NUMBER})?,({_TURN}),({_TURN}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Turn:
    """When the clocks change in each year, by the clocks as they are until then."""

    day: tuple[int, int, int] | int
    """The month, which week of it (5: the last) and the weekday in it (0: Sunday); or which day of a year that has no
    29 February."""
    time: int
    """Seconds from the beginning of that day, which may be before or after it."""

    @property
    def key(self) -> str:
        day = f"J{self.day}" if isinstance(self.day, int) else "M{}.{}.{}".format(*self.day)
        return day if self.time == _USUAL else f"{day}/{_written(self.time)}"

    @property
    def is_sound(self) -> bool:
        if abs(self.time) >= (_MOST_HOURS + 1) * _HOUR:
            return False
        return 1 <= self.day <= 365 if isinstance(self.day, int) else 1 <= self.day[0] <= 12


@dataclass(frozen=True, slots=True)
class Rules:
    """What is the same in each year."""

    offset: int
    """Seconds east of UTC."""
    other: int | None = None
    """The offset between the turns, if there are any."""
    turns: tuple[Turn, Turn] | None = None
    """To the other one, and back."""

    @property
    def key(self) -> str:
        """The name that `zone_named` knows; empty of rules that cannot be told in it."""
        if not all(abs(each) < _DAY for each in (self.offset, self.other or 0)):
            return ""
        for short in (False, True):
            told = _called(self.offset, short) + _written(-self.offset)
            if self.other is not None and self.turns is not None:
                usual = self.other == self.offset + _HOUR
                told += _called(self.other, short) + ("" if usual else _written(-self.other))
                told += "".join(f",{turn.key}" for turn in self.turns)
            if len(told) <= MAX_KEY:
                return told if self.turns is None or all(turn.is_sound for turn in self.turns) else ""
        return ""


def is_utc(key: str) -> bool:
    """Whether it is a name of UTC, with `Etc/` before it or without."""
    return key.removeprefix("Etc/") in _UTC


def zone_named(key: str) -> ZoneInfo:
    """The zone of a name that is kept. Raises what ZoneInfo raises: ZoneInfoNotFoundError, ValueError, OSError."""
    return _ruled(key) if key.startswith("<") else ZoneInfo(key)


def zone_title(key: str) -> str:
    """What the zone of this name is called before people and in files, where no other has the same: its IANA name, or
    `UTC+0720`, `UTC+0500/+0600 M3.5.0 M10.5.0/3`, which need no quotes (RFC 5545, 3.2)."""
    rules = read_rules(key)
    if rules is None:
        return key
    told = f"UTC{offset_text(rules.offset)}"
    if rules.other is None or rules.turns is None:
        return told
    turns = " ".join(turn.key.replace(":", "h", 1).replace(":", "m") for turn in rules.turns)
    return f"{told}/{offset_text(rules.other)} {turns}"


def offset_text(offset: int) -> str:
    """As ISO 8601 writes it without colons: `+0720`, with seconds only where there are some."""
    minutes, seconds = divmod(abs(offset), 60)
    return f"{'-' if offset < 0 else '+'}{minutes // 60:02}{minutes % 60:02}{f'{seconds:02}' if seconds else ''}"


def read_rules(key: str) -> Rules | None:
    """The rules of a name that `Rules.key` wrote; of any other text None."""
    found = _KEY.fullmatch(key) if len(key) <= MAX_KEY else None
    if found is None:
        return None
    offset = -_seconds(found[1])
    if found[3] is None:
        rules = Rules(offset)
    else:
        other = offset + _HOUR if found[2] is None else -_seconds(found[2])
        rules = Rules(offset, other, (_turn(found[3]), _turn(found[4])))
    return rules if rules.key == key else None


class _Ruled(ZoneInfo):
    """ZoneInfo cannot copy or pickle what it read from a file; this one is found again by its name."""

    def __reduce__(self) -> tuple[Callable[[str], ZoneInfo], tuple[str]]:
        return zone_named, (self.key,)


@lru_cache(maxsize=1024)
def _ruled(key: str) -> ZoneInfo:
    if read_rules(key) is None:
        raise ZoneInfoNotFoundError(f"No time zone found with key {key[:MAX_KEY]}")
    # A header and a block of data twice, since a footer is read in version 2 only: no change, one kind of time.
    header = struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, 0, 1, 4)
    block = struct.pack(">lbb4s", 0, 0, 0, b"UTC\0")
    return _Ruled.from_file(BytesIO((header + block) * 2 + b"\n" + key.encode() + b"\n"), key=key)


def _called(offset: int, short: bool) -> str:
    name = offset_text(offset)
    return f"<{name[:3] if short or (name.endswith('00') and len(name) == 5) else name}>"


def _written(seconds: int) -> str:
    """As POSIX writes hours: `-7:20`, `3`."""
    sign, (minutes, rest) = "-" if seconds < 0 else "", divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}{f':{minutes:02}' if minutes or rest else ''}{f':{rest:02}' if rest else ''}"


def _seconds(text: str) -> int:
    """Those of `_written`; what it does not write so becomes another key, and is told by that."""
    whole = sum(int(part) * unit for part, unit in zip(text.lstrip("-").split(":"), (_HOUR, 60, 1), strict=False))
    return -whole if text.startswith("-") else whole


def _turn(text: str) -> Turn:
    day, _, time = text.partition("/")
    seconds = _seconds(time) if time else _USUAL
    if day.startswith("J"):
        return Turn(int(day[1:]), seconds)
    month, week, weekday = map(int, day[1:].split("."))
    return Turn((month, week, weekday), seconds)
