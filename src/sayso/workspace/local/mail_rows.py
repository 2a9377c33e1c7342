"""Messages in the store: rows to messages and back, by user."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import RowMapping, Select, insert, select, update

from sayso.english.words import findable, fold
from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.types import clean
from sayso.store.workspace_tables import local_messages as messages
from sayso.workspace.errors import ObjectNotFound
from sayso.workspace.people import people_from_json, people_to_json, person_from_json, person_to_json
from sayso.workspace.types import Attachment, Message, Person

UNREAD = "unread"
"""Behaves as a label in `relabel`, but is kept as a flag."""

_PREFIX = re.compile(r"^\s*((re|fwd?|aw|wg|sv|antw|tr)(\s*\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_SHOWN = (
    "id", "thread_id", "sender", "to", "cc", "bcc", "subject", "date", "body", "unread", "labels", "attachments",
    "in_reply_to", "revision",
)  # fmt: skip


def topic_of(subject: str) -> str:
    """The folded subject without Re: and Fwd:."""
    return " ".join(fold(_PREFIX.sub("", subject)).split())


def find_labels(labels: Iterable[str]) -> str:
    """Labels as the column that search looks at: each between line ends, folded."""
    return "".join(f"\n{fold(label)}" for label in labels) + "\n"


def shown() -> Select[Any]:
    return select(*(messages.c[name] for name in _SHOWN))


def message_from(row: RowMapping) -> Message:
    return Message(
        id=row["id"],
        thread_id=row["thread_id"],
        sender=person_from_json(row["sender"]),
        to=people_from_json(row["to"]),
        cc=people_from_json(row["cc"]),
        bcc=people_from_json(row["bcc"]),
        subject=row["subject"],
        date=row["date"],
        body=row["body"],
        unread=row["unread"],
        labels=tuple(row["labels"]),
        attachments=tuple(Attachment(**item) for item in row["attachments"]),
        in_reply_to=row["in_reply_to"],
        revision=str(row["revision"]),
        reply_to=people_from_json(row["sender"].get("reply_to", ())),
    )


def message_row(user_id: str, message: Message, header: str) -> dict[str, Any]:
    """The row of a message; `header` is its Message-ID without angle brackets."""
    everyone = (message.sender, *message.to, *message.cc, *message.bcc)
    names = [f"{person.name} {person.email}" for person in everyone]
    files = [attachment.name for attachment in message.attachments]
    return {
        "user_id": user_id,
        "id": message.id,
        "thread_id": message.thread_id,
        "date": message.date,
        "unread": message.unread,
        "attached": bool(message.attachments),
        "find_labels": find_labels(message.labels),
        "find_from": findable(names[0]),
        "find_to": findable(*names[1:]),
        "find_subject": findable(message.subject),
        "find_text": findable(message.subject, *names, *files, message.body),
        "message_id": header,
        "in_reply_to": message.in_reply_to,
        "topic": topic_of(message.subject),
        "sender": _sender_json(message),
        "to": people_to_json(message.to),
        "cc": people_to_json(message.cc),
        "bcc": people_to_json(message.bcc),
        "subject": message.subject,
        "labels": list(message.labels),
        "attachments": [{"name": item.name, "media_type": item.media_type, "size": item.size}
                        for item in message.attachments],
        "revision": int(message.revision),
        "body": message.body,
    }  # fmt: skip


def _sender_json(message: Message) -> dict[str, Any]:
    sender: dict[str, Any] = {**person_to_json(message.sender)}
    return sender | ({"reply_to": people_to_json(message.reply_to)} if message.reply_to else {})


def insert_message(conn: WriteConn, user_id: str, message: Message, header: str) -> Message:
    """Store a new message, at its first revision."""
    message = replace(message, revision="1")
    conn.execute(insert(messages).values(message_row(user_id, message, header)))
    return message


def save_message(conn: WriteConn, user_id: str, message: Message, header: str | None = None) -> Message:
    """Store a message that was there before, at its next revision."""
    message = replace(message, revision=str(int(message.revision) + 1))
    row = message_row(user_id, message, header or "")
    if header is None:
        del row["message_id"]
    conn.execute(update(messages).where(messages.c.user_id == user_id, messages.c.id == message.id).values(row))
    return message


def load_messages(
    conn: ReadConn | WriteConn, user_id: str, message_ids: Sequence[str], lock: bool = False
) -> list[Message]:
    """The messages, in the order asked for. Raises ObjectNotFound when one is not there."""
    query = shown().where(messages.c.user_id == user_id, messages.c.id.in_(set(map(clean, message_ids))))
    rows = conn.execute(query.order_by(messages.c.id).with_for_update() if lock else query).mappings()
    found = {row["id"]: message_from(row) for row in rows}
    if any(message_id not in found for message_id in message_ids):
        raise ObjectNotFound("That message is not in your mailbox any more.")
    return [found[message_id] for message_id in dict.fromkeys(message_ids)]


def me_among(me: Person, people: Iterable[Person]) -> bool:
    return any(person.email.strip().casefold() == me.email.strip().casefold() for person in people)
