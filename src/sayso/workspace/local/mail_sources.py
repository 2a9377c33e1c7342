"""The bytes of mails that came in files, or have some. A source says what its message says; what changes a message
changes it."""

from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.workspace_tables import local_messages as messages
from sayso.store.workspace_tables import local_sources as sources
from sayso.workspace.errors import ObjectNotFound, Refused
from sayso.workspace.formats.mail_source import file_part, files_of, with_files
from sayso.workspace.formats.mail_text import contents_of
from sayso.workspace.formats.mime import parse_mail
from sayso.workspace.local.mail_rows import load_messages
from sayso.workspace.types import Message


def insert_source(conn: WriteConn, user_id: str, message_id: str, content: bytes) -> None:
    conn.execute(insert(sources).values(user_id=user_id, message_id=message_id, content=content))


def load_source(conn: ReadConn | WriteConn, user_id: str, message_id: str) -> bytes | None:
    """The mail as it came; None where it was written here."""
    mine = (sources.c.user_id == user_id) & (sources.c.message_id == message_id)
    content: bytes | None = conn.execute(select(sources.c.content).where(mine)).scalar()
    return content


def load_file(conn: ReadConn, user_id: str, message_id: str, number: int) -> bytes:
    """The bytes of a message's attachment. Raises ObjectNotFound, Refused."""
    [message] = load_messages(conn, user_id, [message_id])
    if not 1 <= number <= len(message.attachments):
        raise ObjectNotFound("That message has no such attachment.")
    source = load_source(conn, user_id, message.id)
    files = contents_of(parse_mail(source)).files if source else []
    if number > len(files) or not files[number - 1].size:
        raise Refused(f"Of '{message.attachments[number - 1].name}' only the name is kept here.")
    return files[number - 1].decoded()


def load_parts(conn: WriteConn, user_id: str, message: Message) -> list[bytes]:
    """What is attached to a message, as parts of a mail; of what came in no file, the names."""
    source = load_source(conn, user_id, message.id)
    return [file_part(each, None) for each in message.attachments] if source is None else files_of(source)


def save_source(conn: WriteConn, user_id: str, message: Message, header: str, files: Sequence[bytes]) -> None:
    """Give a message that was written here its source: what it says now, with its files. Without any it needs none."""
    conn.execute(delete(sources).where(sources.c.user_id == user_id, sources.c.message_id == message.id))
    if files:
        answered = select(messages.c.message_id)
        answered = answered.where(messages.c.user_id == user_id, messages.c.id == message.in_reply_to)
        insert_source(conn, user_id, message.id, with_files(message, header, conn.execute(answered).scalar(), files))
