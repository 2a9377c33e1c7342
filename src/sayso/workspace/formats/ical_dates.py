"""When a series repeats, in the lines of its component: its rule, and the dates that are left out or added."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sayso.workspace.errors import Refused
from sayso.workspace.events.recurrence import slot_of
from sayso.workspace.events.series import Series
from sayso.workspace.formats.ical import Item, key_at
from sayso.workspace.formats.ical_facts import rule_of
from sayso.workspace.formats.ical_lines import Lines
from sayso.workspace.formats.ical_text import Piece

OF_SERIES = ("RRULE", "EXRULE", "RDATE", "EXDATE")
_BEHIND = ("RRULE", "DURATION", "DTEND", "DTSTART")


@dataclass(frozen=True, slots=True)
class Dates:
    """From the series as it was to what it is now. `anew`: all lines are written anew, since they say it in a
    roundabout way: by several rules, by periods."""

    old: Series
    new: Series
    anew: bool

    def write(self, lines: Lines) -> None:
        ruled = self.anew or rule_of(self.old) != rule_of(self.new)
        if ruled:
            lines.remove("EXRULE")
            if rule := rule_of(self.new):
                lines.put("RRULE", {}, rule, _BEHIND[1:])
            else:
                lines.remove("RRULE")
        for name, was, now in (
            ("EXDATE", self.old.exdates, self.new.exdates),
            ("RDATE", self.old.rdates, self.new.rdates),
        ):
            if self.anew:
                lines.remove(name)
                self._add(lines, name, now)
            elif ruled or was != now:
                self._change(lines, name, was, now, ruled)

    def _change(self, lines: Lines, name: str, was: frozenset[str], now: frozenset[str], ruled: bool) -> None:
        if name == "EXDATE":
            now |= self._idle(was - now)
        told = set[str]()
        for piece in lines.own(name):
            values = piece.line.value.split(",") if piece.line is not None else []
            keys = [self._key(lines.item, piece, value) for value in values]
            kept = [value for value, key in zip(values, keys, strict=True) if key is None or key in now]
            told |= {key for key in keys if key is not None}
            if len(kept) < len(values):
                lines.replace(piece, ",".join(kept))
        implied = frozenset[str]() if ruled else was - told  # by an EXRULE, or a component that is cancelled
        self._add(lines, name, now - told - implied)

    def _idle(self, exdates: frozenset[str]) -> frozenset[str]:
        """Those that leave nothing out, of a series that takes place as before: they stay as they are."""
        old, new = (replace(each.pattern, exdates=frozenset()) for each in (self.old, self.new))
        return frozenset(key for key in exdates if new.find(key) is None) if old == new else frozenset()

    def _key(self, item: Item, piece: Piece, value: str) -> str | None:
        if piece.line is None or not value.strip():
            return None
        try:
            return key_at(item, piece.line, value.partition("/")[0], self.new)
        except Refused:
            return None

    def _add(self, lines: Lines, name: str, keys: Iterable[str]) -> None:
        for key in sorted(keys):
            lines.add(name, *self.at(lines, "DTSTART", key), _BEHIND)

    def at(self, lines: Lines, like: str, key: str) -> tuple[Mapping[str, str | None], str]:
        """When the occurrence is to begin, as parameters and value, written as the line `like` is."""
        zone = self.new.occasion.zone
        if self.new.occasion.all_day:
            return lines.written(like, slot_of(key, zone).date(), None)
        when = datetime.strptime(key, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return lines.written(like, when.astimezone(zone), None)
