"""Messages in the store: rows to messages and back, by user."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, func, insert, select, update

from sayso.english.words import findable, fold
from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.types import clean
from sayso.store.workspace_tables import local_messages as messages
from sayso.workspace.errors import ObjectNotFound
from sayso.workspace.stored import ATTACHMENTS, PEOPLE, PERSON, to_json
from sayso.workspace.types import SNIPPET, Header, Message, snippet_of

UNREAD = "unread"
"""Behaves as a label in `relabel`, but is kept as a flag."""

_PREFIX = re.compile(r"^\s*((re|fwd?|aw|wg|sv|antw|tr)(\s*\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_SEEN = 1_000
"""Characters of a body that are read for its snippet: enough, unless it holds long empty stretches."""
_KEPT = (
    "id", "thread_id", "sender", "to", "cc", "bcc", "subject", "date", "unread", "labels", "attachments", "revision",
)  # fmt: skip
_HEADER = (*(messages.c[name] for name in _KEPT), func.substr(messages.c.body, 1, _SEEN).label("beginning"))
_MESSAGE = (*(messages.c[name] for name in _KEPT), messages.c.body, messages.c.in_reply_to)


def topic_of(subject: str) -> str:
    """The folded subject without Re: and Fwd:."""
    return " ".join(fold(_PREFIX.sub("", subject)).split())


def find_labels(labels: Iterable[str]) -> str:
    """Labels as the column that search looks at: each between line ends, folded."""
    return "".join(f"\n{fold(label)}" for label in labels) + "\n"


def shown() -> Select[Any]:
    return select(*_MESSAGE)


def message_from(row: RowMapping) -> Message:
    return Message(**_kept(row), body=row["body"], in_reply_to=row["in_reply_to"])


def _kept(row: RowMapping) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "thread_id", "subject", "date", "unread")} | {
        "sender": PERSON.validate_python(row["sender"]),
        **{name: PEOPLE.validate_python(row[name]) for name in ("to", "cc", "bcc")},
        "labels": tuple(row["labels"]),
        "attachments": ATTACHMENTS.validate_python(row["attachments"]),
        "revision": str(row["revision"]),
        "reply_to": PEOPLE.validate_python(row["sender"].get("reply_to", ())),
    }


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
        "to": to_json(PEOPLE, message.to),
        "cc": to_json(PEOPLE, message.cc),
        "bcc": to_json(PEOPLE, message.bcc),
        "subject": message.subject,
        "labels": list(message.labels),
        "attachments": to_json(ATTACHMENTS, message.attachments),
        "revision": int(message.revision),
        "body": message.body,
    }  # fmt: skip


def _sender_json(message: Message) -> dict[str, Any]:
    asked = {"reply_to": to_json(PEOPLE, message.reply_to)} if message.reply_to else {}
    return {**to_json(PERSON, message.sender), **asked}


def insert_message(conn: WriteConn, user_id: str, message: Message, header: str) -> Message:
    """Store a new message, at its first revision."""
    message = replace(message, revision="1")
    conn.execute(insert(messages).values(message_row(user_id, message, header)))
    return message


def save_message(conn: WriteConn, user_id: str, message: Message, header: str) -> Message:
    """Store a message that was there before, at its next revision."""
    message = replace(message, revision=str(int(message.revision) + 1))
    row = message_row(user_id, message, header)
    conn.execute(update(messages).where(messages.c.user_id == user_id, messages.c.id == message.id).values(row))
    return message


def save_labels(conn: WriteConn, user_id: str, header: Header) -> None:
    """Store the labels of a message that was there before, and whether it is unread, at its next revision."""
    row = {
        "labels": list(header.labels),
        "find_labels": find_labels(header.labels),
        "unread": header.unread,
        "revision": int(header.revision) + 1,
    }
    conn.execute(update(messages).where(messages.c.user_id == user_id, messages.c.id == header.id).values(row))


def load_messages(
    conn: ReadConn | WriteConn, user_id: str, message_ids: Sequence[str], lock: bool = False
) -> list[Message]:
    """The messages, in the order asked for. Raises ObjectNotFound when one is not there."""
    rows = _rows(conn, _MESSAGE, user_id, message_ids, lock)
    return [message_from(row) for row in rows]


def load_headers(
    conn: ReadConn | WriteConn, user_id: str, message_ids: Sequence[str], lock: bool = False
) -> list[Header]:
    """`load_messages` without their texts."""
    rows = _rows(conn, _HEADER, user_id, message_ids, lock)
    # A snippet of full length is the whole text's: what follows only adds to its end.
    doubtful = [
        row["id"] for row in rows if len(row["beginning"]) == _SEEN and len(snippet_of(row["beginning"])) < SNIPPET
    ]
    mine = (messages.c.user_id == user_id) & messages.c.id.in_(doubtful)
    query = select(messages.c.id, messages.c.body).where(mine)
    bodies = {row.id: row.body for row in conn.execute(query)} if doubtful else {}
    return [Header(**_kept(row), snippet=snippet_of(bodies.get(row["id"], row["beginning"]))) for row in rows]


def _rows(
    conn: ReadConn | WriteConn,
    columns: Sequence[ColumnElement[Any]],
    user_id: str,
    message_ids: Sequence[str],
    lock: bool,
) -> list[RowMapping]:
    query = select(*columns).where(messages.c.user_id == user_id, messages.c.id.in_(set(map(clean, message_ids))))
    found = conn.execute(query.order_by(messages.c.id).with_for_update() if lock else query).mappings()
    rows = {row["id"]: row for row in found}
    if any(message_id not in rows for message_id in message_ids):
        raise ObjectNotFound("That message is not in your mailbox any more.")
    return [rows[message_id] for message_id in dict.fromkeys(message_ids)]
