"""Giving the data back: calendar.ics, mail.mbox and contacts.vcf, which an import reads again as they were."""

import errno
import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.generator import BytesGenerator
from email.header import Header
from email.message import Message as Mail
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from icalendar import Calendar, Component, Todo, vCalAddress, vRecur
from icalendar import Event as EventComponent
from sqlalchemy import Row, select

from sayso.base.files import private_file
from sayso.store.gateway import ReadConn, each
from sayso.store.tables import users
from sayso.store.workspace_tables import local_contacts as contacts
from sayso.store.workspace_tables import local_messages as messages
from sayso.store.workspace_tables import local_task_lists as lists
from sayso.store.workspace_tables import local_tasks as tasks
from sayso.workspace.events.recurrence import slot_of
from sayso.workspace.events.series import Occasion, Series
from sayso.workspace.formats.vcard import card_of
from sayso.workspace.local.event_rows import each_series
from sayso.workspace.local.mail_rows import message_from, shown
from sayso.workspace.local.tasks import task_from
from sayso.workspace.types import Contact, Message, Person

_STATES = {"accepted": "ACCEPTED", "declined": "DECLINED", "tentative": "TENTATIVE", "needs_action": "NEEDS-ACTION"}
_PLACES = {"inbox": "Inbox", "sent": "Sent", "drafts": "Drafts", "trash": "Trash", "starred": "Starred"}


NAMES = ("calendar.ics", "mail.mbox", "contacts.vcf")


def export_files(conn: ReadConn, user_id: str, directory: Path, replace: bool = True) -> list[Path]:
    """Write the user's data into the directory, which is made if need be, item by item.

    Each file takes its name when it is whole. Raises OSError; FileExistsError, before anything is written, where
    `replace` is False and one is there.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not replace and (there := [name for name in NAMES if os.path.lexists(directory / name)]):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), there[0])
    user = conn.execute(select(users.c.email, users.c.name).where(users.c.id == user_id)).one()
    written = []
    contents = _calendar(conn, user_id, Person(user.email, user.name)), _mailbox(conn, user_id), _book(conn, user_id)
    for name, items in zip(NAMES, contents, strict=True):
        with private_file(directory / name, replace=replace) as draft, draft.open("wb") as file:
            file.writelines(items)
        written.append(directory / name)
    return written


def _calendar(conn: ReadConn, user_id: str, me: Person) -> Iterator[bytes]:
    calendar = Calendar()
    calendar.add("prodid", "-//Sayso//EN")
    calendar.add("version", "2.0")
    begin, end, _ = calendar.to_ical().partition(b"END:VCALENDAR")
    yield begin
    for series in each_series(conn, user_id):
        for component in _components(series, me):
            yield component.to_ical()
    here = (lists.c.user_id == tasks.c.user_id) & (lists.c.id == tasks.c.list_id)
    query = select(tasks, lists.c.name.label("list_name")).join(lists, here).where(tasks.c.user_id == user_id)
    for row in each(conn, query.order_by(tasks.c.created_at, tasks.c.id)):
        yield _todo(row).to_ical()
    yield end + b"\r\n"


def _todo(row: Row[Any]) -> Todo:
    task = task_from(row._mapping)
    todo = Todo()
    todo.add("uid", row.uid)
    todo.add("dtstamp", row.created_at)
    todo.add("created", row.created_at)
    todo.add("summary", task.title)
    todo.add("categories", [task.list_name])
    if task.notes:
        todo.add("description", task.notes)
    if task.due is not None:
        todo.add("due", task.due)
    todo.add("status", "COMPLETED" if task.done else "NEEDS-ACTION")
    if task.completed_at is not None:
        todo.add("completed", task.completed_at)
    return todo


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


def _mailbox(conn: ReadConn, user_id: str) -> Iterator[bytes]:
    """The messages by date, each behind its From line."""
    answered = messages.alias()
    here = (answered.c.user_id == messages.c.user_id) & (answered.c.id == messages.c.in_reply_to)
    query = select(*shown().selected_columns, messages.c.message_id, answered.c.message_id.label("answered"))
    query = query.join(answered, here, isouter=True).where(messages.c.user_id == user_id)
    for row in each(conn, query.order_by(messages.c.date, messages.c.id)):
        message = message_from(row._mapping)
        content = BytesIO()
        BytesGenerator(content, mangle_from_=True, maxheaderlen=0).flatten(_mail(message, row.message_id, row.answered))
        delivered = time.asctime(message.date.utctimetuple())
        yield b"From sayso %s\n%s\n" % (delivered.encode(), content.getvalue())


def _mail(message: Message, header: str, answered: str | None) -> Mail:
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
    for name, people in (("Reply-To", message.reply_to), ("To", message.to), ("Cc", message.cc), ("Bcc", message.bcc)):
        if people:
            mail[name] = _people(people)
    mail["Subject"] = Header(message.subject, "utf-8").encode()
    mail["Date"] = format_datetime(message.date)
    mail["Message-ID"] = f"<{header}>"
    if answered is not None:
        mail["In-Reply-To"] = f"<{answered}>"
    labels = [_PLACES.get(label, label) for label in message.labels] + (["Unread"] if message.unread else [])
    mail["X-Gmail-Labels"] = Header(",".join(labels), "utf-8").encode()
    return mail


def _people(people: tuple[Person, ...]) -> str:
    return ", ".join(_named(person) for person in people)


def _named(person: Person) -> str:
    return f"{Header(person.name, 'utf-8').encode()} <{person.email}>" if person.name else person.email


def _book(conn: ReadConn, user_id: str) -> Iterator[bytes]:
    query = select(contacts).where(contacts.c.user_id == user_id).order_by(contacts.c.name, contacts.c.id)
    for row in each(conn, query):
        contact = Contact(row.id, row.name, tuple(row.emails), row.phone, row.organization, row.notes)
        yield card_of(contact, row.uid).encode("utf-8")
