"""The declared schema of the embedded workspace: one user's events, tasks, mail and contacts.

Every row belongs to a user and goes with him. Ids are unique for each user only, since imports bring their own.
"""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    false,
)

from sayso.store.tables import metadata
from sayso.store.types import Instant, Json, Words


def _owner() -> Column[str]:
    return Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)


def _sample() -> Column[bool]:
    """Whether it is of the sample data that a new user finds, and goes when he brings his own."""
    return Column("sample", Boolean, nullable=False, server_default=false())


def _kept() -> Column[object]:
    """Content lines of the file that it came from which nothing here reads: an export gives them back."""
    return Column("kept", Json, nullable=False, server_default="[]")


def _free() -> Column[bool]:
    """Whether an event takes no time (TRANSP:TRANSPARENT)."""
    return Column("free", Boolean, nullable=False, server_default=false())


def _occasion() -> list[Column[object]]:
    """What an event and a changed occurrence of one have in common."""
    return [
        Column("title", Words, nullable=False),
        Column("all_day", Boolean, nullable=False),  # then the instants are midnights UTC of the dates
        Column("start_at", Instant, nullable=False),
        Column("end_at", Instant, nullable=False),
        Column("timezone", String(64), nullable=False),
        Column("location", Words, nullable=False),
        Column("description", Words, nullable=False),
        Column("guests", Json, nullable=False),
        Column("my_response", String(16), nullable=False),
        Column("revision", Integer, nullable=False),
    ]


# Exactly once: the row is inserted in the transaction of the change that it stands for.
local_effects = Table(
    "local_effects",
    metadata,
    _owner(),
    Column("key", String(255), primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("object_id", String(255), nullable=False),
    Column("result", Json),
    Column("at", Instant, nullable=False),
)

local_events = Table(
    "local_events",
    metadata,
    _owner(),
    Column("id", String(40), primary_key=True),
    Column("uid", Words, nullable=False),
    *_occasion(),
    Column("recurrence", Words, nullable=False),
    Column("exdates", Json, nullable=False),  # occurrence keys, as in the ids
    Column("rdates", Json, nullable=False),
    Column("organizer", Json),
    Column("touched", Integer, nullable=False),  # changes to single occurrences, which leave `revision` as it is
    Column("first_at", Instant, nullable=False),  # first_at and last_at hold all occurrences, changed ones too
    Column("last_at", Instant),  # None: repeats for ever
    _free(),
    _kept(),
    _sample(),
    Index("uq_local_events_uid", "user_id", "uid", unique=True),
    Index("ix_local_events_window", "user_id", "first_at"),
)

# Occurrences of a repeating event that differ from it (RECURRENCE-ID).
local_overrides = Table(
    "local_overrides",
    metadata,
    _owner(),
    Column("event_id", String(40), primary_key=True),
    Column("occurrence", String(20), primary_key=True),
    *_occasion(),
    _free(),
    _kept(),
    ForeignKeyConstraint(
        ["user_id", "event_id"], ["local_events.user_id", "local_events.id"], ondelete="CASCADE"
    ),
)  # fmt: skip

local_task_lists = Table(
    "local_task_lists",
    metadata,
    _owner(),
    Column("id", String(40), primary_key=True),
    Column("name", Words, nullable=False),
    Column("position", Integer, nullable=False),
    _sample(),
)

local_tasks = Table(
    "local_tasks",
    metadata,
    _owner(),
    Column("id", String(40), primary_key=True),
    Column("uid", Words, nullable=False),
    Column("list_id", String(40), nullable=False),
    Column("title", Words, nullable=False),
    Column("notes", Words, nullable=False),
    Column("due_at", Instant),
    Column("due_timezone", String(64), nullable=False),  # empty: due_at is midnight UTC of a date
    Column("done", Boolean, nullable=False),
    Column("completed_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("revision", Integer, nullable=False),
    _kept(),
    _sample(),
    ForeignKeyConstraint(
        ["user_id", "list_id"], ["local_task_lists.user_id", "local_task_lists.id"], ondelete="CASCADE"
    ),
    Index("uq_local_tasks_uid", "user_id", "uid", unique=True),
)  # fmt: skip

# The find_ columns hold folded words, one space around each; search looks at nothing else.
local_messages = Table(
    "local_messages",
    metadata,
    _owner(),
    Column("id", String(40), primary_key=True),
    Column("thread_id", String(40), nullable=False),
    Column("date", Instant, nullable=False),
    Column("unread", Boolean, nullable=False),
    Column("attached", Boolean, nullable=False),
    Column("find_labels", Words, nullable=False),
    Column("find_from", Words, nullable=False),
    Column("find_to", Words, nullable=False),
    Column("find_subject", Words, nullable=False),
    Column("find_text", Words, nullable=False),
    Column("message_id", Words, nullable=False),  # the header, without angle brackets
    Column("in_reply_to", String(40), nullable=False),
    Column("topic", Words, nullable=False),  # the folded subject without Re: and Fwd:
    Column("sender", Json, nullable=False),  # with `reply_to` where answers are to go elsewhere
    Column("to", Json, nullable=False),
    Column("cc", Json, nullable=False),
    Column("bcc", Json, nullable=False),
    Column("subject", Words, nullable=False),
    Column("labels", Json, nullable=False),
    Column("attachments", Json, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("body", Words, nullable=False),
    _sample(),
    Index("uq_local_messages_message_id", "user_id", "message_id", unique=True),
    Index("ix_local_messages_thread", "user_id", "thread_id"),
    Index("ix_local_messages_date", "user_id", "date"),
)

# A mail as it came, byte for byte, with what no column has: attachments, HTML, the other headers.
local_sources = Table(
    "local_sources",
    metadata,
    _owner(),
    Column("message_id", String(40), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    ForeignKeyConstraint(
        ["user_id", "message_id"], ["local_messages.user_id", "local_messages.id"], ondelete="CASCADE"
    ),
)  # fmt: skip

local_contacts = Table(
    "local_contacts",
    metadata,
    _owner(),
    Column("id", String(40), primary_key=True),
    Column("uid", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("emails", Json, nullable=False),
    Column("phone", Words, nullable=False),
    Column("organization", Words, nullable=False),
    Column("notes", Words, nullable=False),
    Column("details", Json, nullable=False, server_default="{}"),  # what of `Details` is known
    _kept(),
    _sample(),
    Index("uq_local_contacts_uid", "user_id", "uid", unique=True),
)

SAMPLED = (local_events, local_task_lists, local_tasks, local_messages, local_contacts)
"""The tables of which the sample data has rows."""
