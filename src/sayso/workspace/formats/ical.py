"""Components of iCalendar (RFC 5545) to events and tasks.

A component was cut out before (`content_lines`). Whatever in it can be understood is taken, remarks tell of what was
odd, and lines that nothing here reads are kept as they came. What makes it no event at all raises Refused.
"""

import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sayso.base import rrule
from sayso.base.rrule import RuleError
from sayso.base.zones import zone_title
from sayso.workspace.errors import Refused
from sayso.workspace.events.gaps import begun_in_gap, meant, skipped
from sayso.workspace.events.recurrence import MAX_EXCEPTIONS, check_rule, key_of, wall, with_plain_until, without_rule
from sayso.workspace.events.series import Occasion, Override, Series, instant, occasion_of, series_of
from sayso.workspace.formats.charset import text_of
from sayso.workspace.formats.content_lines import Component, Line
from sayso.workspace.formats.ical_values import parse_length, parse_when
from sayso.workspace.formats.zones import Zones
from sayso.workspace.people import Me
from sayso.workspace.types import EventDraft, Guest, Person, Response, Task

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RESPONSES: dict[str, Response] = {
    "NEEDS-ACTION": "needs_action",
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "tentative",
}
_NOT_KEPT = frozenset({"BEGIN", "END", "UID", "RECURRENCE-ID"})
_READ_OF_EVENTS = frozenset({
    "DTSTART", "DTEND", "DURATION", "SUMMARY", "LOCATION", "DESCRIPTION", "RRULE", "EXRULE", "RDATE", "EXDATE",
    "ORGANIZER", "ATTENDEE", "TRANSP",
})  # fmt: skip
_READ_OF_TASKS = frozenset({"SUMMARY", "DESCRIPTION", "DUE", "COMPLETED", "CREATED", "CATEGORIES"})
_REPEATED = frozenset({"RRULE", "EXRULE", "RDATE", "EXDATE", "ATTENDEE", "CATEGORIES", "DTSTART", "DTEND", "DURATION"})
_PLAIN_PERSON = frozenset({"CN", "PARTSTAT"})


@dataclass(frozen=True, slots=True)
class Reading:
    """For whom the components of a file are read."""

    me: Me
    zones: Zones
    zone: ZoneInfo
    """What times without a zone are in."""
    home: ZoneInfo
    """The user's own, which stands with what has dates only."""


@dataclass(slots=True)
class Item:
    """One component while it is read."""

    component: Component
    reading: Reading
    written: list[tuple[str, Line]]
    remarks: list[str] = field(default_factory=list)
    """What was odd about it, each a clause for people."""

    @classmethod
    def of(cls, component: Component, reading: Reading) -> "Item":
        item = cls(component, reading, component.readable())
        lines = component.unreadable() if len(item.written) < len(component.lines) else []
        if lines:
            many = "1 line" if len(lines) == 1 else f"{len(lines):,} lines"
            item.remarks.append(f"{many} of it cannot be read: '{lines[0][:60]}'")
        if component.left:
            item.remarks.append(f"its {', '.join(dict.fromkeys(component.left))} is too large to be kept")
        return item

    def all(self, name: str) -> list[Line]:
        return [line for _, line in self.written if line.name == name]

    def first(self, name: str) -> Line | None:
        """Of a property that is there several times, as in several languages, the first that says something."""
        return next((line for line in self.all(name) if line.value.strip()), None)

    def text(self, name: str) -> str:
        line = self.first(name)
        if line is None:
            return ""
        if line.param("ENCODING").upper() == "QUOTED-PRINTABLE":  # vCalendar 1.0
            return text_of(quopri.decodestring(line.value.encode()), line.param("CHARSET"))
        return line.text

    def word(self, name: str) -> str:
        """A text that is one of a list (STATUS and the like), in upper case."""
        return self.text(name).strip().upper()

    def remark(self, said: str) -> None:
        if said not in self.remarks:
            self.remarks.append(said)

    @property
    def title(self) -> str:
        return self.text("SUMMARY").strip()

    @property
    def uid(self) -> str:
        return self.text("UID").strip()

    @property
    def changes(self) -> bool:
        """Whether it is a changed occurrence of a series."""
        return self.first("RECURRENCE-ID") is not None

    @property
    def cancelled(self) -> bool:
        return self.word("STATUS") == "CANCELLED"

    def when(self, name: str, beside: ZoneInfo | None = None) -> tuple[datetime | date, ZoneInfo]:
        """The time of a property and its zone; `beside`: the zone of one that names none. Raises Refused."""
        line = self.first(name)
        if line is None:
            raise Refused("it does not say when it starts." if name == "DTSTART" else f"it has no {name}.")
        return self.time_of(line, line.value, beside)

    def time_of(self, line: Line, text: str, beside: ZoneInfo | None = None) -> tuple[datetime | date, ZoneInfo]:
        """The time that stands in this line, aware, and the zone that it is kept in. Raises Refused."""
        own, zone = line.param("TZID"), beside or self.reading.zone
        if own and ":" in text and not text.lstrip()[:1].isdigit():  # `TZID=tzone://Microsoft/Utc:2026…`
            begun, _, text = text.rpartition(":")
            own = f"{own}:{begun}"
        try:
            when = parse_when(text, line.param("VALUE").upper() == "DATE")
        except Refused as error:
            raise Refused(f"its {line.name} cannot be read: {error}") from error
        if not isinstance(when, datetime):  # a date has no zone, whatever it names (RFC 5545, 3.2.19)
            return when, zone
        if when.tzinfo is UTC:
            return when, ZoneInfo("UTC")
        if when.tzinfo is not None:
            return when.astimezone(zone), zone
        if own:
            known = self.reading.zones.named(own, when.year)
            zone = known.zone
            if known.guessed:
                self.remark(f"its time zone '{own[:60]}' is not known; taken as {zone_title(zone.key)}")
        return when.replace(tzinfo=zone), zone

    def kept(self, read: frozenset[str]) -> tuple[str, ...]:
        """The lines that nothing reads, and the components within: alarms and the like."""
        seen, found = set[str](), list[str]()
        for raw, line in self.written:
            taken = line.name in read and (line.name in _REPEATED or line.name not in seen)
            if line.value.strip():
                seen.add(line.name)
            if not (taken or line.name in _NOT_KEPT) or (line.name in ("ATTENDEE", "ORGANIZER") and _has_more(line)):
                found.append(raw)
        return (*found, *self.component.whole())


def _has_more(person: Line) -> bool:
    """Whether the line says more of a person than we keep as name, address and answer."""
    return not person.params.keys() <= _PLAIN_PERSON or not person_of(person).email


def parse_series(item: Item, series_id: str, uid: str) -> Series:
    """The event of a VEVENT, without changed occurrences: they are components of their own (`parse_change`). One that
    is a changed occurrence itself, of a series that is not there, is an event."""
    series = series_of(series_id, uid, parse_draft(item), _organizer(item), _response(item))
    series = replace(series, occasion=_completed(item, series.occasion))
    if item.changes:
        return series
    rules = [*dict.fromkeys(rules_of(item, "RRULE"))]
    series = _following(item, series, rules[0]) if rules else series
    keys = frozenset(_keys(item, "RDATE", series)) | _expanded(item, "repetition", rules[1:], series)
    series = replace(series, rdates=series.rdates | keys)
    if not series.repeats:
        return series
    left_out = [*rules_of(item, "EXRULE")]
    if series.recurrence and series.pattern.last() is None:
        for rule in [*left_out]:
            if (plain := _without(series.recurrence, rule)) is not None:
                left_out.remove(rule)
                series = _ruled(series, plain)
    return replace(
        series,
        exdates=series.exdates
        | frozenset(_keys(item, "EXDATE", series))
        | _expanded(item, "exception", left_out, series),
        overrides=_periods(item, series),
    )


def rules_of(item: Item, name: str) -> Iterator[str]:
    """The rules of this name, without blanks and escapes, which no rule has, and what RFC 7529 has for the usual."""
    for line in item.all(name):
        parts = re.sub(r"[\s\\]", "", line.value).split(";")
        if rule := ";".join(part for part in parts if part.upper() not in ("RSCALE=GREGORIAN", "SKIP=OMIT")):
            yield rule


def _following(item: Item, series: Series, rule: str) -> Series:
    """The series with this rule; where that cannot be followed, once, which is better than not at all, and a remark."""
    zone, all_day, start = series.occasion.zone, series.occasion.all_day, series.pattern.start
    try:
        found = replace(series, recurrence=with_plain_until(check_rule(rule, start), zone, all_day))
        found = begun_in_gap(found, start)
        found.pattern.last()
    except (Refused, RuleError) as error:
        item.remark(f"it is there once, for its repetition is not followed: {str(error).rstrip('.')}")
        kept = (*series.occasion.kept, f"RRULE:{rule}")
        return replace(series, occasion=replace(series.occasion, kept=kept))
    found.check()
    return found


@dataclass(frozen=True, slots=True)
class Change:
    """A changed occurrence of a series."""

    key: str
    draft: EventDraft | None
    occasion: Occasion | None
    """What it is changed to; None: it does not take place."""
    following: bool
    """Whether all that follow are changed with it (RANGE=THISANDFUTURE)."""


def parse_change(item: Item, series: Series) -> Change:
    """Which occurrence of the series a VEVENT with a RECURRENCE-ID changes, and to what."""
    line = item.first("RECURRENCE-ID")
    assert line is not None
    key = key_at(item, line, line.value, series)
    following = line.param("RANGE").upper() == "THISANDFUTURE"
    if item.cancelled:
        return Change(key, None, None, following)
    draft = parse_draft(item)
    return Change(key, draft, _completed(item, occasion_of(draft, my_response=_response(item))), following)


def parse_task(item: Item, task_id: str) -> tuple[Task, datetime, tuple[str, ...]]:
    """The task of a VTODO, in no list yet, when it was made, and the lines that are kept of it."""
    due = _due(item)
    completed = _instant(item, "COMPLETED")
    created = _instant(item, "CREATED") or _instant(item, "DTSTAMP") or EPOCH
    status = item.word("STATUS")
    done = completed is not None or status in ("COMPLETED", "CANCELLED")
    done = done or (not status and item.word("PERCENT-COMPLETE") == "100")
    title, notes = item.title or "Untitled", item.text("DESCRIPTION")
    kept = item.kept(_READ_OF_TASKS)
    if item.first("RRULE") is not None:
        item.remark("it repeats, which is kept for an export but not followed: it stays one task")
    if others := _categories(item)[1:]:
        kept = ("CATEGORIES:" + ",".join(others), *kept)
    return Task(title, due, notes, "", task_id, "", done, completed, "1"), created, kept


def list_of(item: Item) -> str:
    """The name of the list that a task is in: its first category, or none."""
    return next(iter(_categories(item)), "")


def _categories(item: Item) -> list[str]:
    return [name for line in item.all("CATEGORIES") for text in line.texts if (name := text.strip())]


def _due(item: Item) -> datetime | date | None:
    try:
        start, zone = item.when("DTSTART") if item.first("DTSTART") else (None, None)
        if item.first("DUE") is not None:
            return item.when("DUE", zone)[0]
        if start is None or (line := item.first("DURATION")) is None:
            return None
        return parse_length(line.value).after(start)
    except Refused as error:
        item.remark(f"{str(error).rstrip('.')}; it comes without a day on which it is due")
        return None


def _instant(item: Item, name: str) -> datetime | None:
    if item.first(name) is None:
        return None
    try:
        return instant(item.when(name)[0])
    except Refused:
        return None


def parse_draft(item: Item) -> EventDraft:
    """What a VEVENT says of itself, but for its repetition. Raises Refused."""
    start, zone = item.when("DTSTART")
    end = _end(item, start, zone)
    if isinstance(start, datetime) and skipped(meant(start.replace(tzinfo=None), zone), zone):
        later = start.astimezone(UTC).astimezone(zone)
        item.remark(f"clocks skip {start:%H:%M} on that day; it is at {later:%H:%M} then")
    swapped = instant(end) < instant(start)
    if swapped:
        item.remark("it ends before it starts; it is kept at its start, with no length")
    if isinstance(start, datetime):
        end = start if swapped else end
    elif end <= start:
        end = start + timedelta(days=1)
    return EventDraft(
        title=item.title or "Untitled",
        start=start,
        end=end,
        timezone=zone.key if isinstance(start, datetime) else item.reading.home.key,
        location=item.text("LOCATION"),
        description=item.text("DESCRIPTION"),
        guests=tuple(_guests(item)),
    )


def _end(item: Item, start: datetime | date, zone: ZoneInfo) -> datetime | date:
    """When the event ends; of the kind of its start. Without an end that can be read, as RFC 5545 says (3.6.1)."""
    nothing = start if isinstance(start, datetime) else start + timedelta(days=1)
    line, length = item.first("DTEND"), item.first("DURATION")
    try:
        if line is not None:
            end = item.time_of(line, line.value, zone)[0]
        else:
            end = nothing if length is None else parse_length(length.value).after(start)
    except Refused as error:
        item.remark(f"{str(error).rstrip('.')}; it comes with no length")
        return nothing
    if isinstance(start, datetime) and not isinstance(end, datetime):
        return datetime(end.year, end.month, end.day, tzinfo=zone)
    if isinstance(end, datetime) and not isinstance(start, datetime):
        return end.date() + timedelta(days=bool(end.time()))
    return end


def _completed(item: Item, occasion: Occasion) -> Occasion:
    """The occasion with what no draft has."""
    shown = item.word("TRANSP") or item.word("X-MICROSOFT-CDO-BUSYSTATUS")
    return replace(occasion, free=shown in ("TRANSPARENT", "FREE"), kept=item.kept(_READ_OF_EVENTS))


def _keys(item: Item, name: str, series: Series) -> Iterator[str]:
    for line in item.all(name):
        for text in line.value.split(","):
            if text.strip():
                try:
                    yield key_at(item, line, text.partition("/")[0], series)
                except Refused as error:
                    item.remark(str(error).rstrip("."))


def key_at(item: Item, line: Line, text: str, series: Series) -> str:
    """The key of the occurrence at this time, which may be written as a date or as a time. Raises Refused."""
    start, zone = series.occasion.start, series.occasion.zone
    found, _ = item.time_of(line, text, zone)
    if not isinstance(start, datetime):
        return key_of(datetime(found.year, found.month, found.day), zone, True)  # noqa: DTZ001
    if not isinstance(found, datetime):
        return key_of(datetime.combine(found, start.time()), zone, False)
    return key_of(wall(found, zone), zone, False) if found.tzinfo is zone else f"{instant(found):%Y%m%dT%H%M%SZ}"


def _periods(item: Item, series: Series) -> dict[str, Override]:
    """The added occurrences that say how long they are (RFC 5545, 3.8.5.2)."""
    found = dict[str, Override]()
    for line in item.all("RDATE"):
        for text in line.value.split(","):
            begin, slash, end = text.partition("/")
            if not slash or not isinstance(series.occasion.start, datetime):
                continue
            try:
                key, start = key_at(item, line, begin, series), item.time_of(line, begin, series.occasion.zone)[0]
                if end.strip().upper().lstrip("+").startswith("P"):
                    until = parse_length(end).after(start)
                else:
                    until = item.time_of(line, end, series.occasion.zone)[0]
            except Refused as error:
                item.remark(str(error).rstrip("."))
                continue
            plain = series.plain(key)
            if plain is not None and instant(until) >= instant(start) and instant(until) != instant(plain.end):
                zone = series.occasion.zone
                own = replace(plain, end=until.astimezone(zone) if isinstance(until, datetime) else until)
                found[key] = Override(own, len(found) + 1)
    return found


def _expanded(item: Item, what: str, rules: Iterable[str], series: Series) -> frozenset[str]:
    """The occurrences that further rules name, as far as exceptions of a kind may go."""
    pattern, found = series.pattern, set[str]()
    last = pattern.last() if pattern.rule else None
    for rule in filter(None, rules):
        try:
            parts = rrule.parse(rule)
            bounds = [each for each in (last if what == "exception" else None, pattern.end_of(rule)) if each]
            for slot in rrule.slots(parts, pattern.start, end=min(bounds, default=None)):
                if len(found) >= MAX_EXCEPTIONS // 2:
                    item.remark(f"a further {what} rule of it, {rule[:60]}, is followed until {slot:%Y-%m-%d} only")
                    break
                found.add(pattern.key(slot))
        except (RuleError, Refused, ValueError) as error:
            item.remark(f"a further {what} rule of it, {rule[:60]}, is not followed: {str(error).rstrip('.')}")
    return frozenset(found)


def _without(rule: str, excluded: str) -> str | None:
    try:
        return without_rule(rule, excluded)
    except Refused:
        return None


def _ruled(series: Series, rule: str) -> Series:
    """The series with a rule that names less. Its start, which counts anyhow, goes too if only the old one named it."""
    start, key = series.pattern.start, series.pattern.key(series.pattern.start)
    was, now = (rrule.first(rrule.parse(each), start) == start for each in (series.recurrence, rule))
    return replace(series, recurrence=rule, exdates=series.exdates | ({key} if was and not now else set()))


def person_of(line: Line) -> Person:
    """Whom an ATTENDEE or ORGANIZER names; without an address where it has none that mail goes to."""
    text = line.value.strip()
    address = text[7:] if text.lower().startswith("mailto:") else text
    if "@" not in address:
        address = line.param("EMAIL").removeprefix("mailto:")  # RFC 7986, 6.2
    return Person(address.strip() if "@" in address else "", line.param("CN").strip())


def _guests(item: Item) -> Iterator[Guest]:
    for line in item.all("ATTENDEE"):
        person = person_of(line)
        if person.email:
            yield Guest(person.email, person.name, RESPONSES.get(line.param("PARTSTAT").upper(), "needs_action"))


def _organizer(item: Item) -> Person | None:
    line = item.first("ORGANIZER")
    person = None if line is None else person_of(line)
    return person if person and person.email else None


def _response(item: Item) -> Response:
    """The user's own answer, where the component names him."""
    return next((guest.response for guest in _guests(item) if item.reading.me.owns(guest.email)), "accepted")
