"""What guests and organizers are told of a change to an event: to whom, and the words."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sayso.base.zones import zone_title
from sayso.workspace.people import Me
from sayso.workspace.types import Event, Guest, Person, Response, Scope

_ANSWERS: dict[Response, str] = {"accepted": "Accepted", "declined": "Declined", "tentative": "Tentatively accepted"}


@dataclass(frozen=True, slots=True)
class Letter:
    """`method`: as iTIP has it (RFC 5546, 1.4)."""

    method: Literal["REQUEST", "CANCEL", "REPLY"]
    to: tuple[Person, ...]
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters of a user, to whom none of them goes."""

    me: Me

    def invite(self, event: Event) -> Iterator[Letter]:
        yield from self._to(event.guests, "REQUEST", f"Invitation: {event.title}", describe(event))

    def update(self, before: Event, event: Event) -> Iterator[Letter]:
        was, now = addresses(before.guests), addresses(event.guests)
        stays = [guest for guest in event.guests if guest.email.casefold() in was]
        new = [guest for guest in event.guests if guest.email.casefold() not in was]
        gone = [guest for guest in before.guests if guest.email.casefold() not in now]
        yield from self._to(stays, "REQUEST", f"Updated invitation: {event.title}", describe(event))
        yield from self._to(new, "REQUEST", f"Invitation: {event.title}", describe(event))
        yield from self._to(gone, "CANCEL", f"Cancelled: {before.title}", describe(before))

    def cancel(self, event: Event, scope: Scope, note: str) -> Iterator[Letter]:
        """To the guests; of somebody else's event, to the organizer that the user will not be there."""
        which = {"this": "", "following": "This and all following ones.", "all": "All of them."}[scope]
        body = describe(event, note, which if event.series_id else "")
        if event.organizer is not None:
            yield from self._to([event.organizer], "REPLY", f"Declined: {event.title}", body)
        else:
            yield from self._to(event.guests, "CANCEL", f"Cancelled: {event.title}", body)

    def answer(self, event: Event, note: str) -> Iterator[Letter]:
        if event.organizer is not None and event.my_response in _ANSWERS:
            subject = f"{_ANSWERS[event.my_response]}: {event.title}"
            yield from self._to([event.organizer], "REPLY", subject, describe(event, note))

    def _to(
        self, people: Iterable[Guest | Person], method: Literal["REQUEST", "CANCEL", "REPLY"], subject: str, body: str
    ) -> Iterator[Letter]:
        to = tuple(Person(person.email, person.name) for person in people if not self.me.owns(person.email))
        if to:
            yield Letter(method, to, subject, body)


def addresses(guests: Iterable[Guest]) -> set[str]:
    return {guest.email.casefold() for guest in guests}


def describe(event: Event, note: str = "", which: str = "") -> str:
    """The event for people who read it in a mail."""
    lines = [note, ""] if note else []
    lines += [event.title, _when(event)]
    lines += [f"Where: {event.location}"] if event.location else []
    lines += [which] if which else []
    lines += ["", event.description] if event.description else []
    return "\n".join(lines)


def _when(event: Event) -> str:
    start, end = event.start, event.end
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        last = end - timedelta(days=1)
        return _day(start) if last == start else f"{_day(start)} – {_day(last)}"
    until = f"{end:%H:%M}" if end.date() == start.date() else f"{_day(end)}, {end:%H:%M}"
    return f"{_day(start)}, {start:%H:%M}–{until} ({zone_title(event.timezone)})"


def _day(day: date) -> str:
    return f"{day:%A}, {day.day} {day:%B} {day.year}"
