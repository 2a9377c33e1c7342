"""What guests and organizers are told of a change by mail (iMIP, RFC 6047), where the server does not tell them itself;
and when they are busy, where it knows (RFC 6638, 5)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from xml.etree.ElementTree import Element

from sayso.workspace.connected.invitations import Invitation
from sayso.workspace.dav.client import Dav
from sayso.workspace.dav.discovery import Site
from sayso.workspace.dav.errors import Unreadable
from sayso.workspace.dav.xml import C, D, parsed
from sayso.workspace.errors import Refused, Unavailable, Uncertain
from sayso.workspace.events.letters import Letter, Letters
from sayso.workspace.events.planning import first_of
from sayso.workspace.formats.content_lines import folded
from sayso.workspace.formats.ical_editing import Edit
from sayso.workspace.formats.ical_new import cancel, reply, request
from sayso.workspace.formats.ical_object import CalendarObject, read_object
from sayso.workspace.formats.ical_text import pieces
from sayso.workspace.formats.ical_values import format_utc, parse_length, parse_when
from sayso.workspace.people import Me, same_address
from sayso.workspace.protocols import Stretch
from sayso.workspace.types import Event, Person, Scope

MOST_PEOPLE: Final = 20
MOST_PERIODS: Final = 2_000


def schedules(site: Site) -> bool:
    """Whether the server itself writes to the guests of this user (RFC 6638), for which it has to know his address: one
    that says it can, but knows none, writes to nobody."""
    return site.auto_schedule and bool(site.outbox) and bool(site.addresses)


@dataclass(frozen=True, slots=True)
class Mails:
    """`before`: the event as it was."""

    me: Me
    edit: Edit
    before: CalendarObject

    @property
    def _letters(self) -> Letters:
        return Letters(self.me)

    def invited(self, text: bytes) -> Iterator[Invitation]:
        """To the guests of a new event."""
        obj = self._read(text)
        yield from (_mail(each, request(obj, "")) for each in self._letters.invite(first_of(obj.series)))

    def updated(self, was: Event, now: Event, key: str, text: bytes, split_off: bytes) -> Iterator[Invitation]:
        """`key`: of the occurrence that alone is changed; `split_off`: the text of a series that begins with it."""
        obj = self._read(text)
        told = self._read(split_off) if split_off else obj
        if split_off:
            ended = replace(first_of(obj.series), guests=was.guests)
            for letter in self._letters.update(ended, ended):
                yield _mail(letter, request(obj, ""))
        for letter in self._letters.update(was, now):
            if letter.method == "REQUEST":
                yield _mail(letter, request(told, key))
            elif not split_off:
                yield _mail(letter, cancel(self.before, key, letter.to, self.edit))

    def cancelled(self, was: Event, key: str, scope: Scope, note: str, text: bytes) -> Iterator[Invitation]:
        """`text`: of what is left, if anything is."""
        for letter in self._letters.cancel(was, scope, note):
            if text and scope == "following":  # the series goes on until then
                yield _mail(replace(letter, method="REQUEST"), request(self._read(text), ""))
            else:
                yield _mail(letter, cancel(self.before, key if text else "", letter.to, self.edit))

    def declined(self, was: Event, key: str, scope: Scope, note: str, text: bytes) -> Iterator[Invitation]:
        """That the user does not come to somebody else's event. `text`: with that answer."""
        for letter in self._letters.cancel(was, scope, note):
            yield _mail(letter, reply(self._read(text), "" if scope == "all" else key, self.edit, note))

    def answered(self, now: Event, key: str, note: str, text: bytes) -> Iterator[Invitation]:
        for letter in self._letters.answer(now, note):
            yield _mail(letter, reply(self._read(text), key, self.edit, note))

    def _read(self, text: bytes) -> CalendarObject:
        return read_object(text, self.me, self.before.reading.zone, self.before.series.id)


def _mail(letter: Letter, calendar: bytes) -> Invitation:
    return Invitation(letter.method, letter.to, letter.subject, letter.body, calendar)


async def busy(
    dav: Dav, outbox: str, organizer: Person, people: Sequence[Person], start: datetime, end: datetime, key: str
) -> dict[str, Sequence[Stretch] | None]:
    """As the protocol has it, of the first MOST_PEOPLE. `key`: names the question. Raises Unavailable."""
    found: dict[str, Sequence[Stretch] | None] = {who.email: None for who in people}
    asked = [*found][:MOST_PEOPLE]
    if not asked:
        return found
    try:
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        answer = await dav.post(outbox, _question(organizer, asked, start, end, key), headers)
        responses = [*parsed(answer.content).iter(f"{C}response")]
    except (Uncertain, Unreadable) as error:
        raise Unavailable("The server does not tell right now when others are busy.") from error
    except Refused:
        return found
    for response in responses:
        told = (response.findtext(f"{C}recipient/{D}href") or response.findtext(f"{C}recipient") or "").strip()
        address = told[7:] if told.lower().startswith("mailto:") else told
        status = (response.findtext(f"{C}request-status") or "").strip()
        for each in asked:
            if same_address(each, address) and status.startswith("2"):
                found[each] = _periods(response, start, end)
    return found


def _question(organizer: Person, people: Iterable[str], start: datetime, end: datetime, key: str) -> bytes:
    lines = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Sayso//EN", "METHOD:REQUEST", "BEGIN:VFREEBUSY", f"UID:{key}")
    times = (f"DTSTAMP:{format_utc(start)}", f"DTSTART:{format_utc(start)}", f"DTEND:{format_utc(end)}")
    who = (f"ORGANIZER:mailto:{organizer.email}", *(f"ATTENDEE:mailto:{each}" for each in people))
    return b"".join(map(folded, (*lines, *times, *who, "END:VFREEBUSY", "END:VCALENDAR")))


def _periods(response: Element, start: datetime, end: datetime) -> list[Stretch]:
    """The times that are not free, within [start, end), in order, those that touch as one."""
    found = list[Stretch]()
    for piece in pieces((response.findtext(f"{C}calendar-data") or "").encode("utf-8", "replace")):
        line = piece.line
        if line is None or line.name != "FREEBUSY" or line.param("FBTYPE").upper() == "FREE":
            continue
        for text in line.value.split(",")[:MOST_PERIODS]:
            begin, _, until = text.partition("/")
            try:
                first = parse_when(begin)
                last = parse_length(until).after(first) if until.upper().startswith("P") else parse_when(until)
            except (Refused, OverflowError):
                continue
            if isinstance(first, datetime) and isinstance(last, datetime) and first.tzinfo and last.tzinfo:
                found.append((max(first, start), min(last, end)))
    whole = list[Stretch]()
    for first, last in sorted(each for each in found if each[0] < each[1]):
        if whole and first <= whole[-1][1]:
            whole[-1] = whole[-1][0], max(last, whole[-1][1])
        else:
            whole.append((first.astimezone(start.tzinfo), last.astimezone(start.tzinfo)))
    return whole[:MOST_PERIODS]
