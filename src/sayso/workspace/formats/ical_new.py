"""A new calendar object, and messages of iTIP (RFC 5546) about one that is there."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from sayso.base.zones import zone_title
from sayso.workspace.events.series import Occasion, Override, Series, as_kept
from sayso.workspace.formats.content_lines import escape, folded
from sayso.workspace.formats.ical_alarms import format_alarm
from sayso.workspace.formats.ical_dates import OF_SERIES, Dates
from sayso.workspace.formats.ical_editing import Edit
from sayso.workspace.formats.ical_lines import Lines, address_of
from sayso.workspace.formats.ical_object import KEY, CalendarObject
from sayso.workspace.formats.ical_rest import REST
from sayso.workspace.formats.ical_series import version_of
from sayso.workspace.formats.ical_text import Block, Piece, again, made, made_all, text_from
from sayso.workspace.formats.ical_values import format_utc
from sayso.workspace.formats.ical_writing import format_series
from sayso.workspace.formats.zone_writing import definition
from sayso.workspace.people import Me, same_address
from sayso.workspace.types import Person

_HEAD: Final = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Sayso//EN")
_OF_ANSWERS: Final = frozenset({
    "UID", "DTSTAMP", "SEQUENCE", "RECURRENCE-ID", "DTSTART", "DTEND", "DURATION", "SUMMARY", "LOCATION", "ORGANIZER",
    "ATTENDEE",
})  # fmt: skip
_OWN: Final = (KEY, REST)
_OF_SERVERS: Final = dict.fromkeys(("SCHEDULE-AGENT", "SCHEDULE-STATUS", "SCHEDULE-FORCE-SEND"))


def written(series: Series, edit: Edit) -> bytes:
    """The text of a new event or series."""
    organizer = Me(edit.organizer.email, edit.organizer.name)
    overrides = {
        key: Override(_marked(each.occasion, edit), each.revision) for key, each in series.overrides.items()
    }  # fmt: skip
    kept = as_kept(replace(series, occasion=_marked(series.occasion, edit), overrides=overrides))
    zones = (line for zone in _zones(series) for line in definition(zone, series.span()[0], None))
    return b"".join(map(folded, (*_HEAD, *zones, *format_series(kept, organizer), "END:VCALENDAR")))


def _zones(series: Series) -> list[ZoneInfo]:
    own = [series.occasion, *(override.occasion for override in series.overrides.values())]
    found = {zone_title(each.zone.key): each.zone for each in own if not each.all_day}
    return [zone for name, zone in sorted(found.items()) if name != "UTC"]


def _marked(occasion: Occasion, edit: Edit) -> Occasion:
    """With what no draft has, in the lines that are given back."""
    now, agent = format_utc(edit.now), f";SCHEDULE-AGENT={edit.agent}" if edit.agent else ""
    people = [f"ATTENDEE;ROLE=REQ-PARTICIPANT;RSVP=TRUE{agent}:mailto:{guest.email}" for guest in occasion.guests]
    alarms = [line for each in occasion.reminders or () for line in format_alarm(each, occasion.title)]
    lines = (f"DTSTAMP:{now}", f"CREATED:{now}", "SEQUENCE:0", f"{KEY}:{edit.key}", *people, *alarms)
    return replace(occasion, kept=lines)


def request(obj: CalendarObject, key: str) -> bytes:
    """An invitation or an update (RFC 5546, 3.2.2): of the occurrence, if that is a changed one, else of all."""
    blocks = [obj.changed[key]] if key in obj.changed else obj.events
    return _message("REQUEST", obj, map(_public, blocks))


def unanswered(obj: CalendarObject) -> bytes:
    """An invitation as a calendar keeps it, without a method (RFC 4791, 4.1), and without an answer of the user."""

    def asked(block: Block) -> Block:
        own = (_asked(part, obj.reading.me) if isinstance(part, Piece) else part for part in _public(block).parts)
        return block.with_parts(own)

    return _message("", obj, map(asked, obj.events))


def _asked(piece: Piece, me: Me) -> Piece:
    own = piece.name == "ATTENDEE" and me.owns(address_of(piece))
    return again(piece, None, {"PARTSTAT": "NEEDS-ACTION"}) if own else piece


def cancel(obj: CalendarObject, key: str, people: Sequence[Person], edit: Edit) -> bytes:
    """That the event, or this occurrence, does not take place for these people (RFC 5546, 3.2.5)."""

    def cancelled(lines: Lines, block: Block) -> None:
        for piece in lines.own("ATTENDEE"):
            if not any(same_address(address_of(piece), person.email) for person in people):
                lines.swap(piece, None)
        lines.put("SEQUENCE", {}, str(version_of(block.component)[0] + 1))
        lines.add("STATUS", {}, "CANCELLED")

    blocks = [_about(obj, block, key, edit, cancelled) for block in _those(obj, key)[:1]]
    return _message("CANCEL", obj, blocks)


def reply(obj: CalendarObject, key: str, edit: Edit, note: str) -> bytes:
    """The user's answer, as the object has it (RFC 5546, 3.2.3)."""

    def answered(lines: Lines, block: Block) -> None:
        own = [piece for piece in lines.own("ATTENDEE") if edit.me.owns(address_of(piece))]
        for piece in lines.own("ATTENDEE"):
            if not own or piece is not own[0]:
                lines.swap(piece, None)
        if note:
            lines.add("COMMENT", {}, escape(note))

    return _message("REPLY", obj, [_about(obj, block, key, edit, answered) for block in _those(obj, key)])


def _those(obj: CalendarObject, key: str) -> list[Block]:
    """The components that are about this occurrence, or about all."""
    if key:
        return [block for block in (obj.changed.get(key) or obj.master,) if block is not None]
    return [obj.master] if obj.master else [*obj.changed.values()]


def _about(obj: CalendarObject, block: Block, key: str, edit: Edit, change: Callable[[Lines, Block], None]) -> Block:
    """What a message says of a component."""
    lines = Lines(block, obj.reading)
    if key and lines.first("RECURRENCE-ID") is None:
        dates = Dates(obj.series, obj.series, anew=False)
        lines.put("RECURRENCE-ID", *dates.at(lines, "DTSTART", key), ("UID",))
        plain = obj.series.plain(key)
        if plain is not None:
            lines.times(obj.series.occasion, plain)
    lines.remove(*OF_SERIES)
    lines.put("DTSTAMP", {}, format_utc(edit.now), ("UID",))
    change(lines, block)
    said = (part for part in _public(lines.block).parts if isinstance(part, Piece))
    return block.with_parts(part for part in said if part.name in _OF_ANSWERS or part.name in ("STATUS", "COMMENT"))


def _public(block: Block) -> Block:
    """Without alarms, and what only this server or Sayso has to know."""
    return block.with_parts(_without(part) for part in block.parts if isinstance(part, Piece) and part.name not in _OWN)


def _without(piece: Piece) -> Piece:
    if piece.name in ("ATTENDEE", "ORGANIZER") and piece.line and piece.line.params.keys() & _OF_SERVERS.keys():
        return again(piece, None, _OF_SERVERS)
    return piece


def _message(method: str, obj: CalendarObject, blocks: Iterable[Block]) -> bytes:
    zones = (part for part in obj.parts if isinstance(part, Block) and part.kind == "VTIMEZONE")
    head = (*_HEAD, f"METHOD:{method}") if method else _HEAD
    return text_from((*made_all(head), *zones, *blocks, made("END:VCALENDAR")))
