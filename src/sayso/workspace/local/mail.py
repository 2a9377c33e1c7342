"""The embedded mailbox. Nothing leaves the machine: a sent mail is a message under `sent`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import select

from sayso.base.clock import Clock
from sayso.base.ids import Ids
from sayso.english.words import fold
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.store.types import clean
from sayso.store.workspace_tables import local_messages as messages
from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused
from sayso.workspace.formats.mail_source import file_part, named_in
from sayso.workspace.local.effects import applied, once
from sayso.workspace.local.mail_query import condition
from sayso.workspace.local.mail_rows import (
    UNREAD,
    insert_message,
    load_headers,
    load_messages,
    message_from,
    save_labels,
    save_message,
    shown,
)
from sayso.workspace.local.mail_sources import load_file, load_parts, save_source
from sayso.workspace.people import Me
from sayso.workspace.search import Query
from sayso.workspace.types import SYSTEM_LABELS, Header, Message, OutgoingMail, Page, Undelivered

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LocalMail:
    store: Store
    user_id: str
    me: Me
    clock: Clock
    ids: Ids

    @property
    def delivers(self) -> bool:
        return False

    @property
    def tells_news(self) -> bool:
        return False

    async def search(self, query: Query, limit: int, after: str = "") -> Page[Header]:
        return await self.store.read(_search, self.user_id, query, limit, after)

    async def get_message(self, message_id: str) -> Message:
        return (await self.get_messages([message_id]))[0]

    async def get_messages(self, message_ids: Sequence[str]) -> list[Message]:
        return await self.store.read(load_messages, self.user_id, message_ids)

    async def get_thread(self, thread_id: str) -> list[Message]:
        return await self.store.read(_thread, self.user_id, thread_id)

    async def attachment(self, message_id: str, number: int) -> bytes:
        return await self.store.read(load_file, self.user_id, message_id, number)

    async def writes_from(self, message_id: str) -> str:
        return ""

    async def labels(self) -> list[str]:
        return await self.store.read(_labels, self.user_id)

    async def create_draft(self, mail: OutgoingMail, key: str, files: Sequence[bytes] = ()) -> Message:
        def draft(conn: WriteConn) -> list[str]:
            message = _compose(conn, self, mail, self.ids.new("msg"), ("drafts",))
            return [_insert(conn, self.user_id, message, key, _parts(mail, files)).id]

        return (await self._change("create_draft", key, draft, load_messages))[0]

    async def send(self, mail: OutgoingMail, key: str, draft_id: str, files: Sequence[bytes] = ()) -> Message:
        def send(conn: WriteConn) -> list[str]:
            return [_send(conn, self, mail, key, draft_id, _parts(mail, files)).id]

        return (await self._change("send", key, send, load_messages))[0]

    async def relabel(self, message_ids: list[str], add: list[str], remove: list[str], key: str) -> list[Header]:
        def relabel(conn: WriteConn) -> list[str]:
            return _relabel(conn, self.user_id, message_ids, add, remove)

        return await self._change("relabel", key, relabel, load_headers)

    async def changed(self, seconds: float) -> bool:
        return False

    async def returned(self, since: datetime) -> list[Undelivered]:
        return []  # nothing leaves it

    async def applied(self, key: str, object_id: str) -> str | None:
        return await self.store.read(applied, self.user_id, key, object_id)

    async def _change(
        self,
        kind: str,
        key: str,
        change: Callable[[WriteConn], list[str]],
        load: Callable[[WriteConn, str, list[str]], list[T]],
    ) -> list[T]:
        """Make the change, which returns the ids of the messages that it changed, and load them."""

        def run(conn: WriteConn) -> list[T]:
            def effect() -> tuple[str, list[str]]:
                changed = change(conn)
                return changed[0] if changed else "", changed

            # Messages are never removed for good, so their ids are enough to tell again what was done.
            return load(conn, self.user_id, once(conn, self.user_id, key, kind, self.clock.now(), effect))

        return await self.store.write(run)


def header_of(key: str) -> str:
    """The Message-ID of the mail that a key stands for."""
    return f"{key}@sayso.local"


def _search(conn: ReadConn, user_id: str, query: Query, limit: int, after: str) -> Page[Header]:
    """The messages are counted for the first page only. `after`: the id of the last message of the page before."""
    wanted = select(messages.c.id).where(messages.c.user_id == user_id, condition(query))
    if after:
        mine = (messages.c.user_id == user_id) & (messages.c.id == clean(after))
        last = conn.execute(select(messages.c.date).where(mine)).scalar()
        if last is None:
            raise Refused("There is no such place to go on at; search anew.")
        older = (messages.c.date < last) | ((messages.c.date == last) & (messages.c.id > clean(after)))
        wanted = wanted.where(older).limit(limit + 1)
    found = conn.execute(wanted.order_by(messages.c.date.desc(), messages.c.id)).scalars().all()
    more = found[limit - 1] if len(found) > limit else ""
    return Page(load_headers(conn, user_id, found[:limit]), more, None if after else len(found))


def _thread(conn: ReadConn, user_id: str, thread_id: str) -> list[Message]:
    query = shown().where(messages.c.user_id == user_id, messages.c.thread_id == clean(thread_id))
    found = [message_from(row) for row in conn.execute(query.order_by(messages.c.date, messages.c.id)).mappings()]
    if not found:
        raise ObjectNotFound("That conversation is not in your mailbox.")
    return found


def _labels(conn: ReadConn | WriteConn, user_id: str) -> list[str]:
    query = select(messages.c.labels).where(messages.c.user_id == user_id).distinct()
    own = {label for labels in conn.execute(query).scalars() for label in labels if label not in SYSTEM_LABELS}
    return sorted(own, key=lambda label: (fold(label), label))


def _compose(
    conn: WriteConn, mailbox: LocalMail, mail: OutgoingMail, message_id: str, labels: tuple[str, ...]
) -> Message:
    """The message that a mail becomes, in the conversation that it answers."""
    thread_id = mailbox.ids.new("thr")
    if mail.in_reply_to:
        thread_id = load_messages(conn, mailbox.user_id, [mail.in_reply_to])[0].thread_id
    return Message(
        id=message_id,
        thread_id=thread_id,
        sender=mailbox.me.person,
        to=mail.to,
        cc=mail.cc,
        bcc=mail.bcc,
        subject=mail.subject,
        date=mailbox.clock.now().astimezone(UTC),
        body=mail.body,
        unread=False,
        labels=labels,
        in_reply_to=mail.in_reply_to,
        revision="1",
    )


def _parts(mail: OutgoingMail, files: Sequence[bytes]) -> list[bytes]:
    return [file_part(attachment, content) for attachment, content in zip(mail.attachments, files, strict=True)]


def _insert(conn: WriteConn, user_id: str, message: Message, key: str, parts: Sequence[bytes]) -> Message:
    message = insert_message(conn, user_id, replace(message, attachments=named_in(parts)), header_of(key))
    save_source(conn, user_id, message, header_of(key), parts)
    return message


def _send(
    conn: WriteConn, mailbox: LocalMail, mail: OutgoingMail, key: str, draft_id: str, parts: Sequence[bytes]
) -> Message:
    everyone = (*mail.to, *mail.cc, *mail.bcc)
    if not everyone:
        raise Refused("A mail needs somebody to go to.")
    to_me = mailbox.me.among(everyone)
    labels = ("sent", "inbox") if to_me else ("sent",)
    if not draft_id:
        message = _compose(conn, mailbox, mail, mailbox.ids.new("msg"), labels)
        return _insert(conn, mailbox.user_id, replace(message, unread=to_me), key, parts)
    draft = load_messages(conn, mailbox.user_id, [draft_id], lock=True)[0]
    if "drafts" not in draft.labels:
        raise ObjectChanged(f"'{draft.subject}' is not a draft any more.")
    message = _compose(conn, mailbox, mail, draft_id, labels)
    own = tuple(label for label in draft.labels if label not in ("drafts", "trash", *labels))
    message = replace(
        message,
        thread_id=message.thread_id if mail.in_reply_to else draft.thread_id,
        labels=labels + own,
        unread=to_me,
        attachments=(*draft.attachments, *named_in(parts)),
        revision=draft.revision,
    )
    message = save_message(conn, mailbox.user_id, message, header_of(key))
    save_source(conn, mailbox.user_id, message, header_of(key), [*load_parts(conn, mailbox.user_id, draft), *parts])
    return message


def _relabel(conn: WriteConn, user_id: str, message_ids: list[str], add: list[str], remove: list[str]) -> list[str]:
    known = {fold(label): label for label in (*_labels(conn, user_id), *SYSTEM_LABELS)}
    plus = [known.get(fold(label), label.strip()) for label in add if label.strip()]
    minus = {fold(label) for label in remove}
    headers = load_headers(conn, user_id, message_ids, lock=True)
    for header in headers:
        labels = [label for label in header.labels if fold(label) not in minus]
        labels += [label for label in plus if label not in labels and fold(label) != UNREAD]
        unread = (header.unread or UNREAD in map(fold, plus)) and UNREAD not in minus
        after = replace(header, labels=tuple(labels), unread=unread)
        if after != header:
            save_labels(conn, user_id, after)
    return [header.id for header in headers]
