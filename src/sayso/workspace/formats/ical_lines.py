"""Changes to the lines of one VEVENT: each rewrites the lines of what it changes, and no other."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sayso.workspace.errors import Refused
from sayso.workspace.events.recurrence import wall
from sayso.workspace.events.series import Occasion, instant
from sayso.workspace.formats.content_lines import Line, escape
from sayso.workspace.formats.ical import RESPONSES, Item, Reading, parse_draft, person_of
from sayso.workspace.formats.ical_alarms import format_alarm, reminder_of
from sayso.workspace.formats.ical_facts import name_in, plain
from sayso.workspace.formats.ical_text import Block, Piece, again, cut, made, made_all
from sayso.workspace.formats.ical_values import format_utc, format_when, quoted
from sayso.workspace.people import same_address
from sayso.workspace.types import Guest, Person

STATES = {answer: name for name, answer in RESPONSES.items()}
_OTHER_FORMS = ("X-ALT-DESC", "STYLED-DESCRIPTION")
"""The description once more, which another client would show instead of a new one."""


class Lines:
    """The lines of one event while they are changed."""

    def __init__(self, block: Block, reading: Reading) -> None:
        self._block = block
        self._parts = [*block.parts]
        self._reading = reading
        self.end = block.pieces[0].end or b"\r\n"

    @property
    def block(self) -> Block:
        return self._block.with_parts(self._parts)

    @property
    def is_changed(self) -> bool:
        return self._parts != self._block.parts

    @property
    def item(self) -> Item:
        return Item.of(self.block.component, self._reading)

    def own(self, name: str) -> list[Piece]:
        return [part for part in self._parts if isinstance(part, Piece) and part.name == name]

    def first(self, name: str) -> Piece | None:
        return next((each for each in self.own(name) if each.line is not None and each.line.value.strip()), None)

    def remove(self, *names: str) -> None:
        self._parts = [part for part in self._parts if isinstance(part, Block) or part.name not in names]

    def swap(self, old: Piece, new: Piece | None) -> None:
        """Put another line in place of this one, or none."""
        at = next(number for number, part in enumerate(self._parts) if part is old)
        self._parts[at : at + 1] = [] if new is None else [new]

    def replace(self, piece: Piece, value: str) -> None:
        """Give this line another value; none takes it away."""
        self.swap(piece, again(piece, value, {}) if value else None)

    def put(self, name: str, params: Mapping[str, str | None], value: str, behind: Sequence[str] = ()) -> None:
        """Give the property this value: in its own line, of which there is one then, else in a new one."""
        there = self.first(name)
        if there is None:
            self.remove(name)
            self.add(name, params, value, behind)
            return
        self.swap(there, new := again(there, value, params))
        self._parts = [
            part for part in self._parts if isinstance(part, Block) or part.name != name or part is new
        ]  # fmt: skip

    def add(self, name: str, params: Mapping[str, str | None], value: str, behind: Sequence[str] = ()) -> None:
        """A further line, behind the last one of its name, else of these names, else of all."""
        line = made(name + "".join(f";{key}={told}" for key, told in params.items() if told) + f":{value}", self.end)
        for names in ((name,), behind):
            at = [at for at, part in enumerate(self._parts) if isinstance(part, Piece) and part.name in names]
            if at:
                self._parts.insert(at[-1] + 1, line)
                return
        inner = [at for at, part in enumerate(self._parts) if isinstance(part, Block)]
        self._parts.insert(inner[0] if inner else len(self._parts), line)

    def text(self, name: str, old: str, new: str) -> None:
        """A text property in its new words."""
        if plain(old) == plain(new):
            return
        if name == "DESCRIPTION":
            self.remove(*_OTHER_FORMS)
        if new:
            spoken = {"ALTREP": None, "ENCODING": None, "CHARSET": None}
            self.put(name, spoken, escape(new), ("SUMMARY", "DTEND", "DURATION", "DTSTART"))
        else:
            self.remove(name)

    def times(self, old: Occasion, new: Occasion) -> None:
        """When it starts and ends. A zone stays as it is written where it means the same."""
        zones = old.zone.key == new.zone.key or (old.all_day and new.all_day)
        if zones and old.all_day == new.all_day and (old.start, old.end) == (new.start, new.end):
            return
        if not zones or old.all_day != new.all_day or old.start != new.start:
            self.put("DTSTART", *self.written("DTSTART", new.start, new.zone))
        found = parse_draft(self.item).end
        if isinstance(found, datetime) == isinstance(new.end, datetime) and instant(found) == instant(new.end):
            return
        if self.first("DTEND") is None and self.first("DURATION") is not None:
            self.put("DURATION", {}, _length(new))
        else:
            self.put("DTEND", *self.written("DTEND", new.end, None if zones else new.zone), ("DTSTART",))

    def written(self, name: str, when: datetime | date, zone: ZoneInfo | None) -> tuple[dict[str, str | None], str]:
        """Parameters and value of a time, written as the line `name` has it, or that of the start, where that means the
        same instant and, if one is given, `zone`."""
        there = self.first(name) or self.first("DTSTART")
        told, value = format_when(when)
        params: dict[str, str | None] = {"TZID": None, "VALUE": None}
        params |= dict(part.split("=", 1) for part in told.split(";") if part)
        if isinstance(when, datetime) and there is not None and there.line is not None:
            line, like = there.line, self._like(there.line, when, zone)
            if like is not None:
                return {"TZID": quoted(line.param("TZID")) or None, "VALUE": line.param("VALUE") or None}, like
        return params, value

    def _like(self, line: Line, when: datetime, zone: ZoneInfo | None) -> str | None:
        item, beside = self.item, None
        if line.name == "DTEND" and (start := self.first("DTSTART")) is not None and start.line is not None:
            beside = item.time_of(start.line, start.line.value)[1]
        try:
            was, known = item.time_of(line, line.value, beside)
            if not isinstance(was, datetime):
                return None
            utc = line.value.strip().upper().endswith("Z")
            value = format_utc(when) if utc else f"{wall(when, known):%Y%m%dT%H%M%S}".zfill(15)
            found, there = item.time_of(line, value, beside)
        except Refused:
            return None
        same = isinstance(found, datetime) and found.astimezone(UTC) == when.astimezone(UTC)
        return value if same and (zone is None or there.key == zone.key) else None

    def people(self, old: Sequence[Guest], new: Sequence[Guest], agent: str | None) -> None:
        """The guests: each stays in his own line, with his answer. `agent`: who invites those who are new (RFC 6638,
        7.1), or with an empty text that nothing keeps the server from it."""
        there = [piece for piece in self.own("ATTENDEE") if piece.line is not None and person_of(piece.line).email]
        for guest in new:
            piece = next((each for each in there if same_address(address_of(each), guest.email)), None)
            if piece is None:
                self._invite(guest, agent)
                continue
            there.remove(piece)
            was = next((each for each in old if same_address(each.email, guest.email)), None)
            params: dict[str, str | None] = {}
            if was is not None and was.response != guest.response:
                params["PARTSTAT"] = STATES[guest.response]
            if was is not None and name_in(was.name) != name_in(guest.name):
                params["CN"] = quoted(guest.name) or None
            if params:
                self.swap(piece, again(piece, None, params))
        for piece in there:
            self.swap(piece, None)

    def _invite(self, guest: Guest, agent: str | None) -> None:
        params = {
            "CN": quoted(guest.name),
            "ROLE": "REQ-PARTICIPANT",
            "PARTSTAT": STATES[guest.response],
            "RSVP": "TRUE" if guest.response == "needs_action" else "",
            "SCHEDULE-AGENT": agent or "",
        }
        self.add("ATTENDEE", params, f"mailto:{guest.email}", ("ORGANIZER",))

    def invited_by(self, agent: str) -> None:
        """Say of all guests who tells them; empty: the server, also those whom it was kept from telling."""
        for piece in self.own("ATTENDEE"):
            told = "" if piece.line is None else piece.line.param("SCHEDULE-AGENT").upper()
            if told != agent and told in ("", "CLIENT"):
                self.swap(piece, again(piece, None, {"SCHEDULE-AGENT": agent or None}))

    def organized(self, by: Person) -> None:
        """Name the organizer, where nobody is named."""
        if self.first("ORGANIZER") is None:
            self.add("ORGANIZER", {"CN": quoted(by.name)}, f"mailto:{by.email}", ("SEQUENCE", "SUMMARY", "DTSTART"))

    def reminders(self, minutes: Collection[int], title: str) -> None:
        """Alarms that show something some minutes before, instead of those that do."""
        self._parts = [part for part in self._parts if isinstance(part, Piece) or reminder_of(part) is None]
        for each in minutes:
            self._parts += cut(made_all(format_alarm(each, title), self.end), None)


def address_of(piece: Piece) -> str:
    """Whom an ATTENDEE or ORGANIZER names; empty where that is no address of mail."""
    return person_of(piece.line).email if piece.line is not None else ""


def _length(occasion: Occasion) -> str:
    """A duration (RFC 5545, 3.3.6): whole days by the calendar, else the time that passes."""
    shown = wall(occasion.end, occasion.zone) - wall(occasion.start, occasion.zone)
    if shown and not shown % timedelta(days=1):
        return f"P{shown.days}D"
    seconds = occasion.duration // timedelta(seconds=1)
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    told = "".join(f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if count)
    return f"PT{told or '0S'}"
