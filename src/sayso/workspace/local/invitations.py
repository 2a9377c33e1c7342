"""The mails that go with changes to events: invitations, updates, cancellations, answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count

from sqlalchemy import select

from sayso.base.ids import Ids
from sayso.base.zones import zone_title
from sayso.store.gateway import WriteConn
from sayso.store.workspace_tables import local_messages as messages
from sayso.workspace.local.mail_rows import insert_message
from sayso.workspace.people import Me
from sayso.workspace.types import Event, Guest, Message, Person, Response, Scope

_ANSWERS: dict[Response, str] = {"accepted": "Accepted", "declined": "Declined", "tentative": "Tentatively accepted"}


@dataclass(frozen=True, slots=True)
class Mailer:
    """Writes mails under `sent`, in the transaction of the change that they tell of. They are kept, not delivered."""

    user_id: str
    me: Me
    now: datetime
    key: str
    ids: Ids

    def invite(self, conn: WriteConn, event: Event) -> None:
        self._tell(conn, event.guests, f"Invitation: {event.title}", describe(event))

    def update(self, conn: WriteConn, before: Event, event: Event) -> None:
        was, now = addresses(before.guests), addresses(event.guests)
        stays = [guest for guest in event.guests if guest.email.casefold() in was]
        new = [guest for guest in event.guests if guest.email.casefold() not in was]
        gone = [guest for guest in before.guests if guest.email.casefold() not in now]
        self._tell(conn, stays, f"Updated invitation: {event.title}", describe(event))
        self._tell(conn, new, f"Invitation: {event.title}", describe(event))
        self._tell(conn, gone, f"Cancelled: {before.title}", describe(before))

    def cancel(self, conn: WriteConn, event: Event, scope: Scope, note: str) -> None:
        """Tell the guests; of somebody else's event, tell the organizer that the user will not be there."""
        which = {"this": "", "following": "This and all following ones.", "all": "All of them."}[scope]
        body = describe(event, note, which if event.series_id else "")
        if event.organizer is not None:
            self._tell(conn, [event.organizer], f"Declined: {event.title}", body)
        else:
            self._tell(conn, event.guests, f"Cancelled: {event.title}", body)

    def answer(self, conn: WriteConn, event: Event, note: str) -> None:
        if event.organizer is not None and event.my_response in _ANSWERS:
            subject = f"{_ANSWERS[event.my_response]}: {event.title}"
            self._tell(conn, [event.organizer], subject, describe(event, note))

    def _tell(self, conn: WriteConn, people: Iterable[Guest | Person], subject: str, body: str) -> None:
        to = tuple(Person(person.email, person.name) for person in people if not self.me.owns(person.email))
        if not to:
            return
        message = Message(
            id=self.ids.new("msg"),
            thread_id=self.ids.new("thr"),
            sender=self.me.person,
            to=to,
            cc=(),
            subject=subject,
            date=self.now.astimezone(UTC),
            body=body,
            unread=False,
            labels=("sent",),
        )
        insert_message(conn, self.user_id, message, self._free_header(conn))

    def _free_header(self, conn: WriteConn) -> str:
        """One change can send several mails: a Message-ID from its key and a number."""
        for number in count(1):
            header = f"{self.key}.{number}@sayso.local"
            query = select(messages.c.id).where(messages.c.user_id == self.user_id, messages.c.message_id == header)
            if conn.execute(query).first() is None:
                return header
        raise AssertionError


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
