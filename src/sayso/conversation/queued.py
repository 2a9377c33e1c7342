"""The two-step form of streaming: a message is kept until the stream that answers it is opened."""

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from sayso.base.errors import SaysoError, ThreadBusy
from sayso.conversation import threads
from sayso.store.gateway import WriteConn
from sayso.store.tables import queued_messages

UNCLAIMED = timedelta(minutes=1)  # after which a kept message whose stream never came may be replaced


class NoPendingMessage(SaysoError):
    """No message waits to be answered on this thread; post one to /chat/message first."""

    status, code = 400, "no_pending_message"


def keep(
    conn: WriteConn, user_id: str, thread_id: str, pk: str, message: str, timezone: str | None, now: datetime
) -> None:
    """Keep a message for the stream that will answer it. Raises ThreadBusy while a recent one is kept."""
    title = threads.title_of(message)
    thread = threads.ensure(conn, user_id, thread_id, pk, title, (), now)
    conn.execute(
        delete(queued_messages).where(queued_messages.c.thread_pk == thread.pk, queued_messages.c.at <= now - UNCLAIMED)
    )
    if conn.execute(select(queued_messages.c.at).where(queued_messages.c.thread_pk == thread.pk)).first():
        raise ThreadBusy("A message waits to be answered already: open GET /chat/stream for it.")
    data = {"message": message, "timezone": timezone}
    conn.execute(insert(queued_messages).values(thread_pk=thread.pk, data=data, at=now))


def take(conn: WriteConn, thread_pk: str) -> tuple[str, str | None]:
    """Take the kept message and its time zone; once. Raises NoPendingMessage."""
    row = conn.execute(
        delete(queued_messages).where(queued_messages.c.thread_pk == thread_pk).returning(queued_messages.c.data)
    ).first()
    if row is None:
        raise NoPendingMessage
    return row.data["message"], row.data["timezone"]
