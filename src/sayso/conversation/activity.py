"""What was done and what was not: the actions of every plan that is decided, across a user's threads."""

from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select, tuple_

from sayso.conversation import views
from sayso.conversation.nouns import Call
from sayso.conversation.types import ActivityEntry, ActivityPlace, ActivitySession
from sayso.store.gateway import ReadConn
from sayso.store.tables import actions, plans, sessions, threads

_newest_first = (plans.c.decided_at.desc(), plans.c.ordinal.desc(), plans.c.id.desc(), actions.c.position)
_entries = (
    select(
        actions,
        plans.c.decided_at.label("at"),
        plans.c.ordinal,
        plans.c.status.label("plan_status"),
        plans.c.words,
        plans.c.decided_by,
        threads.c.id.label("thread_id"),
        threads.c.title.label("thread_title"),
        sessions.c.user_agent,
        sessions.c.provider,
    )
    .join(plans, plans.c.id == actions.c.plan_id)
    .join(threads, threads.c.pk == plans.c.thread_pk)
    .outerjoin(sessions, and_(sessions.c.id == plans.c.decided_by, sessions.c.user_id == plans.c.user_id))
    .order_by(*_newest_first)
)


def page(
    conn: ReadConn, user_id: str, session_id: str, effect: str | None, limit: int, after: ActivityPlace | None
) -> tuple[list[ActivityEntry], ActivityPlace | None]:
    """At most `limit` of the user's entries, the newest decision first, behind `after`; and where this page ended, if
    there is more. `session_id`: the session that asks."""
    over = plans.c.status.not_in(("pending", "superseded"))
    query = _entries.where(plans.c.user_id == user_id, over).limit(limit + 1)
    if effect is not None:
        query = query.where(actions.c.effect == effect)
    if after is not None:
        query = query.where(_behind(after))
    rows = conn.execute(query).all()
    last = rows[limit - 1] if len(rows) > limit else None
    ended = ActivityPlace(last.at, last.ordinal, last.plan_id, last.position) if last is not None else None
    return [_entry(row, session_id) for row in rows[:limit]], ended


def _behind(place: ActivityPlace) -> ColumnElement[bool]:
    plan = tuple_(plans.c.decided_at, plans.c.ordinal, plans.c.id)
    found = place[:3]
    return or_(plan < found, and_(plan == found, actions.c.position > place.position))


def _entry(row: Row[Any], session_id: str) -> ActivityEntry:
    session = None
    if row.decided_by is not None:
        session = ActivitySession(row.decided_by, row.decided_by == session_id, row.user_agent, row.provider)
    call = Call.from_row(row)
    return ActivityEntry(
        id=call.id,
        plan_id=call.plan_id,
        thread_id=row.thread_id,
        thread_title=row.thread_title,
        tool=call.tool,
        effect=call.effect,
        preview=call.preview,
        plan_status=call.plan_status,
        receipt=call.receipt,
        words=call.words,
        decided_at=row.at,
        started_at=call.started_at,
        session=session,
        **views.ended(call, call.plan_status, row.at),
    )
