"""The bytes of the mails that came in files. A source says what its message says; what changes a message changes it."""

from sqlalchemy import delete, insert, select

from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.workspace_tables import local_messages as messages
from sayso.store.workspace_tables import local_sources as sources
from sayso.workspace.formats.mail_source import with_files
from sayso.workspace.types import Message


def insert_source(conn: WriteConn, user_id: str, message_id: str, content: bytes) -> None:
    conn.execute(insert(sources).values(user_id=user_id, message_id=message_id, content=content))


def load_source(conn: ReadConn | WriteConn, user_id: str, message_id: str) -> bytes | None:
    """The mail as it came; None where it was written here."""
    mine = (sources.c.user_id == user_id) & (sources.c.message_id == message_id)
    content: bytes | None = conn.execute(select(sources.c.content).where(mine)).scalar()
    return content


def save_source(conn: WriteConn, user_id: str, message: Message, header: str) -> None:
    """Give a message that was changed another source: what it says now, with the files that it came with."""
    source = load_source(conn, user_id, message.id)
    if source is None:
        return
    answered = select(messages.c.message_id).where(messages.c.user_id == user_id, messages.c.id == message.in_reply_to)
    content = with_files(message, header, conn.execute(answered).scalar(), source)
    conn.execute(delete(sources).where(sources.c.user_id == user_id, sources.c.message_id == message.id))
    if content is not None:
        insert_source(conn, user_id, message.id, content)
