"""A calendar object changed: what a series has come to be is written into the lines that say so, and all others, of
which many belong to other programs, stay byte for byte."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sayso.base.zones import zone_title
from sayso.workspace.errors import Refused
from sayso.workspace.events.series import Occasion, Override, Series, as_kept
from sayso.workspace.formats.content_lines import escape
from sayso.workspace.formats.ical import Item, key_at
from sayso.workspace.formats.ical_dates import OF_SERIES, Dates
from sayso.workspace.formats.ical_facts import facts_of
from sayso.workspace.formats.ical_lines import Lines
from sayso.workspace.formats.ical_object import KEY, NO_EVENT, CalendarObject, read_object
from sayso.workspace.formats.ical_rest import REST
from sayso.workspace.formats.ical_series import version_of
from sayso.workspace.formats.ical_text import Block, Piece, cut, made_all, text_from
from sayso.workspace.formats.ical_values import format_utc
from sayso.workspace.formats.zone_writing import definition
from sayso.workspace.people import Me
from sayso.workspace.types import Guest, Person

_KEPT_KEYS = 3
"""Of the changes before. A change whose answer was lost is found by its key, also behind the next one."""


@dataclass(frozen=True, slots=True)
class Edit:
    """By what, when and by whom an object is changed. `organizer`: the user as the server knows him."""

    key: str
    now: datetime
    me: Me
    organizer: Person
    agent: str | None = None
    """Who invites guests: `CLIENT`, that the server does not invite new ones (RFC 6638, 7.1); empty: the server invites
    all; None: there is no such server."""
    note: str = ""
    """What the user says with an answer, where the server sends it."""


def edited(obj: CalendarObject, changed: Series, edit: Edit) -> bytes:
    """The object with the changed series, under its UID; the same bytes when nothing is changed. Raises Refused where
    its text cannot say so."""
    single = obj.master is None
    wanted = facts_of(changed, single)
    if obj.series.uid == changed.uid and facts_of(obj.series, single) == wanted:
        return obj.text
    for anew in (False, True):
        try:
            text = text_from(_Editing(obj, changed, edit, anew).parts())
            again = read_object(text, edit.me, obj.reading.zone, changed.id)
        except (Refused, *NO_EVENT):
            continue
        if not again.later and again.series.uid == changed.uid and facts_of(again.series, single) == wanted:
            return text
    title = obj.series.occasion.title
    raise Refused(f"'{title}' is written in a way that Sayso cannot change: change it in another calendar program.")


def signed(obj: CalendarObject, edit: Edit) -> bytes:
    """The object with the key, and nothing else changed."""
    block = obj.events[0]
    lines = Lines(block, obj.reading)
    _sign(lines, block, edit.key)
    return text_from(lines.block if part is block else part for part in obj.parts)


def _sign(lines: Lines, block: Block, key: str) -> None:
    before = [piece.value for piece in block.own(KEY) if piece.value != key]
    lines.remove(KEY)
    for each in (key, *islice(before, _KEPT_KEYS)):
        lines.add(KEY, {}, each, ("DTSTAMP", "UID"))


class _Editing:
    def __init__(self, obj: CalendarObject, changed: Series, edit: Edit, anew: bool) -> None:
        """`anew`: as `Dates` has it."""
        self._obj = obj
        self._old, self._new = as_kept(obj.series), as_kept(changed)
        self._edit = edit
        self._anew = anew
        self._mine = changed.organizer is None
        self._dates = Dates(self._old, self._new, anew)
        self._pairs = _pairs(self._old, self._new)

    def parts(self) -> list[Piece | Block]:
        now: dict[int, Block | None] = {}
        master = self._obj.master
        if master is not None:
            now[id(master)] = self._master(master)
        now |= {id(block): self._changed(key, block) for key, block in self._obj.changed.items()}
        for block in self._obj.older:  # one would come up where the newest is changed or gone
            newest = self._obj.changed.get(self._key(block))
            now[id(block)] = block if newest is not None and now[id(newest)] is newest else None
        found, end = list[Piece | Block](), 0
        for part in self._obj.parts:
            new = now.get(id(part), part) if isinstance(part, Block) else part
            found += [] if new is None else [new]
            end = len(found) if id(part) in now else end
        found[end:end] = self._added(master and now[id(master)])
        return self._with_zones(found)

    def _key(self, block: Block) -> str:
        item = Item.of(block.component, self._obj.reading)
        line = item.first("RECURRENCE-ID")
        return "" if line is None else key_at(item, line, line.value, self._old)

    def _lines(self, block: Block) -> Lines:
        return Lines(block, self._obj.reading)

    def _master(self, block: Block) -> Block:
        lines = self._lines(block)
        self._occasion(lines, self._old.occasion, self._new.occasion)
        self._dates.write(lines)
        moved = any([*block.own(name)] != lines.own(name) for name in OF_SERIES)
        return self._signed(lines, block, moved or _moved(self._old.occasion, self._new.occasion))

    def _changed(self, old: str, block: Block) -> Block | None:
        """What becomes of the component of an occurrence that was changed before, or cancelled."""
        lines = self._lines(block)
        if old not in self._old.overrides:
            return self._signed(lines, block, False) if old in self._new.exdates else None
        key = next((key for key, each in self._pairs.items() if each == old), None)
        if key is None:
            return None
        was, now = self._old.overrides[old].occasion, self._new.overrides[key].occasion
        if old != key:
            lines.put("RECURRENCE-ID", *self._dates.at(lines, "RECURRENCE-ID", key))
        self._occasion(lines, was, now)
        return self._signed(lines, block, old != key or _moved(was, now))

    def _added(self, master: Block | None) -> Iterator[Block]:
        """Components for changed occurrences that have none: as the series', with what is changed."""
        for key, override in sorted(self._new.overrides.items()):
            old = self._pairs.get(key, "")
            if old in self._obj.changed:
                continue
            if old == key and not self._anew and self._old.overrides[old].occasion == override.occasion:
                continue  # a date of the series that says how long it is
            if master is None:
                raise Refused("Only single occurrences of this series are here: the others cannot be changed.")
            lines = self._lines(master)
            lines.remove(*OF_SERIES, KEY, REST)
            base = lines.block
            lines.put("RECURRENCE-ID", *self._dates.at(lines, "DTSTART", key), ("UID",))
            self._occasion(lines, self._new.occasion, override.occasion)
            yield self._signed(lines, base, _moved(self._new.plain(key) or self._new.occasion, override.occasion))

    def _occasion(self, lines: Lines, old: Occasion, new: Occasion) -> None:
        lines.times(old, new)
        lines.text("SUMMARY", old.title, new.title)
        lines.text("LOCATION", old.location, new.location)
        lines.text("DESCRIPTION", old.description, new.description)
        if old.free != new.free:
            lines.remove("X-MICROSOFT-CDO-BUSYSTATUS")
            lines.put("TRANSP", {}, "TRANSPARENT" if new.free else "OPAQUE")
        if (old.reminders or ()) != (new.reminders or ()):
            lines.reminders(new.reminders or (), new.title)
        self._people(lines, old, new)

    def _people(self, lines: Lines, old: Occasion, new: Occasion) -> None:
        was, now, me = old.guests, new.guests, self._edit.me
        if not self._mine and not me.among(now) and old.my_response != new.my_response:
            now = (*now, Guest(me.email, me.name, new.my_response))  # invited by the address of a list
        if self._edit.note and self._edit.agent is not None and old.my_response != new.my_response:
            lines.put("COMMENT", {}, escape(self._edit.note))
        if was != now:
            lines.people(was, now, self._edit.agent)
            if self._mine and now:
                lines.organized(self._edit.organizer)
        if self._edit.agent is not None and self._new.uid != self._old.uid:
            lines.invited_by(self._edit.agent)  # of this event the server has told nobody yet
        elif self._mine and self._edit.agent == "" and lines.is_changed:
            lines.invited_by("")

    def _signed(self, lines: Lines, block: Block, moved: bool) -> Block:
        """The component with what changed it last, and when; as it is, where nothing is changed. `moved`: in a way that
        the organizer has to number (RFC 5546, 2.1.4)."""
        if self._new.uid != self._old.uid:
            lines.put("UID", {}, escape(self._new.uid))
        if not lines.is_changed:
            return block
        now = format_utc(self._edit.now)
        lines.put("DTSTAMP", {}, now, ("UID",))
        if lines.first("LAST-MODIFIED") is not None:
            lines.put("LAST-MODIFIED", {}, now)
        if self._mine and moved:
            lines.put("SEQUENCE", {}, str(version_of(block.component)[0] + 1), ("DTSTAMP",))
        _sign(lines, block, self._edit.key)
        return lines.block

    def _with_zones(self, parts: list[Piece | Block]) -> list[Piece | Block]:
        """With the definitions of the time zones that were not there."""
        blocks = [part for part in parts if isinstance(part, Block)]
        there = {block.component.value("TZID") for block in blocks if block.kind == "VTIMEZONE"}
        there |= {name for block in self._obj.events for name in _zones_in(block)}
        used = {name for block in blocks if block.kind == "VEVENT" for name in _zones_in(block)}
        own = [self._new.occasion, *(override.occasion for override in self._new.overrides.values())]
        zones = {zone_title(each.zone.key): each.zone for each in own if not each.all_day}
        found = list[Piece | Block]()
        for name in sorted(used - there):
            if name in zones:
                lines = definition(zones[name], self._new.span()[0], None)
                found += cut(made_all(lines, self._obj.events[0].pieces[0].end), None)
        at = next((at for at, part in enumerate(parts) if isinstance(part, Block) and part.kind == "VEVENT"), 0)
        return [*parts[:at], *found, *parts[at:]]


def _zones_in(block: Block) -> Iterator[str]:
    lines = (part.line for part in block.parts if isinstance(part, Piece))
    return (name for line in lines if line is not None and (name := line.param("TZID")))


def _moved(old: Occasion, new: Occasion) -> bool:
    return (old.start, old.end, old.location) != (new.start, new.end, new.location)


_ALIKE: tuple[Callable[[str, Override], Hashable], ...] = (
    lambda key, override: override.revision,
    lambda key, override: key,
    lambda key, override: override.occasion.kept or key,
)
"""By what a changed occurrence is one from before: it was not touched; it is in the same place; or it has the same
further lines."""


def _pairs(old: Series, new: Series) -> dict[str, str]:
    """By the key of a changed occurrence now, the key that it had."""
    left, found = dict(old.overrides), dict[str, str]()
    for alike in _ALIKE:
        there = {alike(key, override): key for key, override in left.items()}
        for key, override in new.overrides.items():
            was = there.get(alike(key, override)) if key not in found else None
            if was in left:
                found[key] = was
                del left[was]
    return found
