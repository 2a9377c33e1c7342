"""The two-step form of streaming: a message is kept until the stream that answers it is opened."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, insert, select

from sayso.base.errors import SaysoError, ThreadBusy, ValidationFailed
from sayso.conversation.nouns import Thread
from sayso.conversation.types import Message
from sayso.store.gateway import WriteConn
from sayso.store.tables import queued_messages

UNCLAIMED = timedelta(minutes=1)  # after which a kept message whose stream never came may be replaced


class NoPendingMessage(SaysoError):
    """No message waits to be answered on this thread; post one to /chat/message first."""

    status, code = 400, "no_pending_message"


_here = queued_messages.c.thread_pk == bindparam("thread")
_forget = delete(queued_messages).where(_here, queued_messages.c.at <= bindparam("before"))
_kept = select(queued_messages.c.data).where(_here)
_keep = insert(queued_messages).inline()
_take = delete(queued_messages).where(_here).returning(queued_messages.c.data)


def keep(conn: WriteConn, thread_pk: str, new: Message, now: datetime) -> None:
    """Keep a message for the stream that will answer it; sent again under its key, it is kept once.

    Raises ThreadBusy while a recent one is kept, ValidationFailed: the key is of another message.
    """
    conn.execute(_forget, {"thread": thread_pk, "before": now - UNCLAIMED})
    data = {"message": new.text, "timezone": new.timezone, "key": new.key, "behind": new.behind}
    data["digest"] = new.digest
    kept = conn.execute(_kept, {"thread": thread_pk}).scalar()
    if kept is None:
        conn.execute(_keep, {"thread_pk": thread_pk, "data": data, "at": now})
    elif new.key is None or kept.get("key") != new.key:
        raise ThreadBusy("A message waits to be answered already: open GET /chat/stream for it.")
    elif kept["message"] != new.text:
        raise another_message()


def another_message() -> ValidationFailed:
    """The refusal of a key that was chosen for another message (draft-ietf-httpapi-idempotency-key-header, 2.7)."""
    reason = "This Idempotency-Key belongs to another message of this thread; choose a new one for each."
    return ValidationFailed(reason, fields=[{"field": "Idempotency-Key", "message": "used for another message"}])


def take(conn: WriteConn, thread: Thread) -> Message:
    """Take the kept message, once. Raises NoPendingMessage."""
    row = conn.execute(_take, {"thread": thread.pk}).first()
    if row is None:
        raise NoPendingMessage
    data = row.data
    behind, digest = data.get("behind", ""), data.get("digest")
    return Message(data["message"], thread.id, data["timezone"], data.get("key"), behind=behind, digest=digest)
