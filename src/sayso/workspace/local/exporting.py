"""Giving the data back: calendar.ics, mail.mbox and contacts.vcf, which an import reads again as they were."""

import mailbox
from datetime import UTC, date, datetime
from email.header import Header
from email.message import Message as Mail
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from pathlib import Path

from icalendar import Calendar, Component, Todo, vCalAddress, vRecur
from icalendar import Event as EventComponent
from sqlalchemy import select

from sayso.store.gateway import ReadConn
from sayso.store.tables import users
from sayso.store.workspace_tables import local_contacts as contacts
from sayso.store.workspace_tables import local_messages as messages
from sayso.store.workspace_tables import local_tasks as tasks
from sayso.workspace.local.event_rows import load_between
from sayso.workspace.local.mail_rows import message_from
from sayso.workspace.local.recurrence import slot_of
from sayso.workspace.local.series import Occasion, Series
from sayso.workspace.local.tasks import load_tasks
from sayso.workspace.local.vcard import card_of
from sayso.workspace.types import Contact, Message, Person

_STATES = {"accepted": "ACCEPTED", "declined": "DECLINED", "tentative": "TENTATIVE", "needs_action": "NEEDS-ACTION"}
_PLACES = {"inbox": "Inbox", "sent": "Sent", "drafts": "Drafts", "trash": "Trash", "starred": "Starred"}


def export_files(conn: ReadConn, user_id: str, directory: Path) -> list[Path]:
    """Write the user's data into the directory, which is made if need be. Raises OSError."""
    directory.mkdir(parents=True, exist_ok=True)
    user = conn.execute(select(users.c.email, users.c.name).where(users.c.id == user_id)).one()
    calendar, mail, book = (directory / name for name in ("calendar.ics", "mail.mbox", "contacts.vcf"))
    calendar.write_bytes(_calendar(conn, user_id, Person(user.email, user.name)))
    _write_mail(conn, user_id, mail)
    book.write_bytes(_book(conn, user_id).encode("utf-8"))
    return [calendar, mail, book]


def _calendar(conn: ReadConn, user_id: str, me: Person) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Sayso//EN")
    calendar.add("version", "2.0")
    for series in load_between(conn, user_id, None, None):
        for component in _components(series, me):
            calendar.add_component(component)
    stamps = {row.id: row for row in conn.execute(select(tasks).where(tasks.c.user_id == user_id))}
    for task in load_tasks(conn, user_id):
        todo = Todo()
        todo.add("uid", stamps[task.id].uid)
        todo.add("dtstamp", stamps[task.id].created_at)
        todo.add("created", stamps[task.id].created_at)
        todo.add("summary", task.title)
        todo.add("categories", [task.list_name])
        if task.notes:
            todo.add("description", task.notes)
        if task.due is not None:
            todo.add("due", task.due)
        todo.add("status", "COMPLETED" if task.done else "NEEDS-ACTION")
        if task.completed_at is not None:
            todo.add("completed", task.completed_at)
        calendar.add_component(todo)
    content: bytes = calendar.to_ical()
    return content


def _components(series: Series, me: Person) -> list[Component]:
    master = _component(series, series.occasion, me)
    if series.recurrence:
        master.add("rrule", vRecur.from_ical(series.recurrence))
    for name, keys in (("exdate", series.exdates), ("rdate", series.rdates)):
        if keys:
            master.add(name, [_when(key, series) for key in sorted(keys)])
    found: list[Component] = [master]
    for key, override in sorted(series.overrides.items()):
        component = _component(series, override.occasion, me)
        component.add("recurrence-id", _when(key, series))
        found.append(component)
    return found


def _when(key: str, series: Series) -> datetime | date:
    slot = slot_of(key, series.occasion.zone)
    return slot.date() if series.occasion.all_day else slot.replace(tzinfo=series.occasion.zone)


def _component(series: Series, occasion: Occasion, me: Person) -> EventComponent:
    component = EventComponent()
    component.add("uid", series.uid)
    component.add("dtstamp", datetime(1970, 1, 1, tzinfo=UTC))
    component.add("dtstart", occasion.start)
    component.add("dtend", occasion.end)
    component.add("summary", occasion.title)
    if occasion.location:
        component.add("location", occasion.location)
    if occasion.description:
        component.add("description", occasion.description)
    for guest in occasion.guests:
        component.add("attendee", _address(guest.email, guest.name, guest.response), encode=False)
    if series.organizer is not None:
        component.add("organizer", _address(series.organizer.email, series.organizer.name), encode=False)
        component.add("attendee", _address(me.email, me.name, occasion.my_response), encode=False)
    elif occasion.guests:
        component.add("organizer", _address(me.email, me.name), encode=False)
    return component


def _address(email: str, name: str, response: str = "") -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    if name:
        address.params["CN"] = name
    if response:
        address.params["PARTSTAT"] = _STATES[response]
    return address


def _write_mail(conn: ReadConn, user_id: str, path: Path) -> None:
    path.unlink(missing_ok=True)
    box = mailbox.mbox(path)
    try:
        rows = conn.execute(
            select(messages).where(messages.c.user_id == user_id).order_by(messages.c.date, messages.c.id)
        )
        headers: dict[str, str] = {}
        for row in rows.mappings():
            headers[row["id"]] = row["message_id"]
            box.add(_mail(message_from(row), row["message_id"], headers))
    finally:
        box.close()


def _mail(message: Message, header: str, headers: dict[str, str]) -> mailbox.mboxMessage:
    text = MIMEText(message.body, "plain", "utf-8")
    mail: Mail = text
    if message.attachments:
        mail = MIMEMultipart()
        mail.attach(text)
        for attachment in message.attachments:
            main, _, sub = attachment.media_type.partition("/")
            part = MIMEBase(main or "application", sub or "octet-stream")
            part.add_header("Content-Disposition", "attachment", filename=attachment.name, size=str(attachment.size))
            mail.attach(part)
    mail["From"] = _people((message.sender,))
    for name, people in (("To", message.to), ("Cc", message.cc), ("Bcc", message.bcc)):
        if people:
            mail[name] = _people(people)
    mail["Subject"] = Header(message.subject, "utf-8").encode()
    mail["Date"] = format_datetime(message.date)
    mail["Message-ID"] = f"<{header}>"
    if message.in_reply_to in headers:
        mail["In-Reply-To"] = f"<{headers[message.in_reply_to]}>"
    labels = [_PLACES.get(label, label) for label in message.labels] + (["Unread"] if message.unread else [])
    mail["X-Gmail-Labels"] = Header(",".join(labels), "utf-8").encode()
    boxed = mailbox.mboxMessage(mail)
    boxed.set_from("sayso", message.date.utctimetuple())
    return boxed


def _people(people: tuple[Person, ...]) -> str:
    return ", ".join(_named(person) for person in people)


def _named(person: Person) -> str:
    return f"{Header(person.name, 'utf-8').encode()} <{person.email}>" if person.name else person.email


def _book(conn: ReadConn, user_id: str) -> str:
    rows = conn.execute(select(contacts).where(contacts.c.user_id == user_id).order_by(contacts.c.name, contacts.c.id))
    return "".join(
        card_of(Contact(row.id, row.name, tuple(row.emails), row.phone, row.organization, row.notes), row.uid)
        for row in rows
    )
