"""What files bring: mails as they came, what is not read of events, tasks and cards, one's own addresses; and which data
is the sample that a new user finds."""

import json
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op
from sqlalchemy import ColumnElement, and_

revision = "0006"
down_revision = "0005"

_SAMPLED = ("local_events", "local_task_lists", "local_tasks", "local_messages", "local_contacts")
_KEPT = ("local_events", "local_overrides", "local_tasks", "local_contacts")
_OCCASIONS = ("local_events", "local_overrides")

_ANA, _MARCUS, _PRIYA, _TOMAS = (
    f"{name}@northwind.example" for name in ("ana.silva", "marcus.lind", "priya.raman", "tomas.garcia")
)
_SAM, _BEN = "sam.carter@mail.example", "ben.hughes@mail.example"
_EVENTS = {
    # title: place, guests
    "Stand-up": ("Video call", {_PRIYA, _MARCUS, _ANA}),
    "1:1 with Marcus": ("Room 4.2", {_MARCUS}),
    "Yoga": ("Mill Street Studio", set[str]()),
    "Numbers with Priya": ("", {_PRIYA}),
    "Sprint retrospective": ("", {_ANA, _TOMAS}),
    "Interview: backend engineer": ("Room 2.1", {_MARCUS}),
    "Haircut": ("Corner Barbers", set[str]()),
    "Catch-up with Ana": ("Coffee bar", {_ANA}),
    "Design review": ("Room 3.4", {_TOMAS, _ANA}),
    "Budget call with Priya": ("Video call", {_PRIYA}),
    "Lunch with Sam": ("Café Luna", {_SAM, _BEN}),
    "Parent–teacher evening": ("Oakfield School", set[str]()),
    "Dentist": ("Dr. Weiss, 12 Elm Street", set[str]()),
    "Quarterly planning": ("Board room", {_MARCUS, _PRIYA}),
    "Team offsite": ("Lakeside Lodge", set[str]()),
}
_BIRTHDAY = "Mum's birthday"
_PHONES = {
    # address: telephone
    "ana.silva@northwind.example": "+1 212 555 0101",
    "ben.hughes@mail.example": "+1 917 555 0102",
    "daniel.kim@northwind.example": "+1 212 555 0103",
    "daniel@moreau.example": "+1 646 555 0104",
    "helen.zhou@northwind.example": "+1 212 555 0105",
    "marcus.lind@northwind.example": "+1 212 555 0106",
    "ruth@family.example": "+1 718 555 0107",
    "priya.raman@northwind.example": "+1 212 555 0108",
    "sam.carter@mail.example": "+1 917 555 0109",
    "tomas.garcia@northwind.example": "+1 212 555 0110",
    "practice@weiss-dental.example": "+1 212 555 0111",
    "olivia.grant@grantproperties.example": "+1 718 555 0112",
}
_LISTS = {"lst_tasks": "Tasks", "lst_home": "Home", "lst_work": "Work"}
_TASKS, _TEN_DAYS, _MINUTE = 15, 10 * 86_400_000_000, 60_000_000
"""So many were seeded, as if made ten days before the account, one a minute."""


def upgrade() -> None:
    op.add_column("users", sa.Column("addresses", sa.Text(), nullable=False, server_default="[]"))
    for table in _OCCASIONS:
        op.add_column(table, sa.Column("free", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("local_contacts", sa.Column("details", sa.Text(), nullable=False, server_default="{}"))
    for table in _KEPT:
        op.add_column(table, sa.Column("kept", sa.Text(), nullable=False, server_default="[]"))
    for table in _SAMPLED:
        op.add_column(table, sa.Column("sample", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "local_sources",
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("message_id", sa.String(40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id", "message_id"],
            ["local_messages.user_id", "local_messages.id"],
            name=op.f("fk_local_sources_user_id_message_id_local_messages"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_local_sources_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "message_id", name=op.f("pk_local_sources")),
    )
    _mark_samples()


def _mark_samples() -> None:
    """Mark what the local user found at his first start, as far as it is surely that: none of his own is marked."""
    conn = op.get_bind()
    users = sa.table("users", sa.column("id"), sa.column("created_at"))
    identities = _table("identities", "provider", "subject")
    owner = and_(identities.c.user_id == users.c.id, identities.c.provider == "local", identities.c.subject == "owner")
    for user in conn.execute(sa.select(users.c.id, users.c.created_at).join(identities, owner)).all():
        _mark("local_messages", user.id, sa.column("message_id").like("%@seed.sayso.local"))
        for address, phone in _PHONES.items():
            _mark("local_contacts", user.id, sa.column("uid") == address, sa.column("phone") == phone)
        for list_id, name in _LISTS.items():
            _mark("local_task_lists", user.id, sa.column("id") == list_id, sa.column("name") == name)
        made = [user.created_at - _TEN_DAYS + minute * _MINUTE for minute in range(_TASKS)]
        _mark("local_tasks", user.id, sa.column("uid") == sa.column("id"), sa.column("created_at").in_(made))
        for event_id in _sample_events(conn, user.id, user.created_at):
            _mark("local_events", user.id, sa.column("id") == event_id)


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, sa.column("user_id"), *map(sa.column, columns))


def _mark(name: str, user_id: str, *which: ColumnElement[bool]) -> None:
    table = _table(name, "sample")
    op.execute(table.update().where(table.c.user_id == user_id, *which).values(sample=sa.true()))


def _sample_events(conn: sa.Connection, user_id: str, created_at: int) -> list[str]:
    """Those of a title, at a place and with people that are all made up. What has less to tell it by must be the only
    one, or stand on the very day."""
    names = "id", "uid", "title", "location", "guests", "all_day", "recurrence", "timezone", "start_at"
    events = _table("local_events", *names)
    rows = conn.execute(sa.select(events).where(events.c.user_id == user_id, events.c.uid == events.c.id)).all()
    found = dict[str, list[str]]()
    for row in rows:
        guests = {str(guest["email"]) for guest in json.loads(row.guests)}
        if (row.location, guests) == _EVENTS.get(row.title) or (
            row.title == _BIRTHDAY
            and (row.location, guests, row.recurrence, bool(row.all_day)) == ("", set(), "FREQ=YEARLY", True)
            and row.start_at == _birthday(created_at, row.timezone)
        ):
            found.setdefault(row.title, []).append(row.id)
    return [
        event_id
        for title, ids in found.items()
        for event_id in ids
        if len(ids) == 1 or (title in _EVENTS and _EVENTS[title][1])
    ]


def _birthday(created_at: int, timezone: str) -> int:
    """The Sunday of the week after that of the first start, as the instant by which a date is kept."""
    day = datetime.fromtimestamp(created_at / 1_000_000, ZoneInfo(timezone)).date()
    monday = day + timedelta(days=7 - day.weekday() if day.weekday() > 4 else -day.weekday())
    sunday = datetime.combine(monday + timedelta(days=13), time(), UTC)
    return int(sunday.timestamp()) * 1_000_000


def downgrade() -> None:
    op.drop_table("local_sources")
    for name, tables in (("sample", _SAMPLED), ("kept", _KEPT), ("free", _OCCASIONS)):
        for table in tables:
            op.drop_column(table, name)
    op.drop_column("local_contacts", "details")
    op.drop_column("users", "addresses")
