"""What was done and what was not: the actions of every plan that is decided, across a user's threads."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select, tuple_

from sayso.base.clock import Clock
from sayso.conversation import expiry, views
from sayso.conversation.nouns import Call
from sayso.conversation.types import ActivityEntry, ActivityPlace, ActivitySession
from sayso.store.gateway import ReadConn, Store
from sayso.store.tables import actions, api_tokens, plans, sessions, threads
from sayso.tools.kept import Deed, DeedStatus

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
        sessions.c.name.label("device"),
        api_tokens.c.name.label("token"),
    )
    .join(plans, plans.c.id == actions.c.plan_id)
    .join(threads, threads.c.pk == plans.c.thread_pk)
    .outerjoin(sessions, and_(sessions.c.id == plans.c.decided_by, sessions.c.user_id == plans.c.user_id))
    .outerjoin(api_tokens, and_(api_tokens.c.id == plans.c.decided_by, api_tokens.c.user_id == plans.c.user_id))
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
        provider = row.provider if row.token is None else "token"
        current, name = row.decided_by == session_id, row.token or row.device
        session = ActivitySession(row.decided_by, current, row.user_agent, provider, name)
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


_status = case(
    (plans.c.status.in_(("cancelled", "expired")), plans.c.status),
    (plans.c.status == "pending", "waiting"),
    (actions.c.status == "succeeded", "done"),
    (actions.c.status.in_(("failed", "unknown", "skipped")), actions.c.status),
    else_="running",
)
_at = func.coalesce(actions.c.ended_at, plans.c.decided_at, plans.c.created_at)
_deeds = (
    select(
        actions.c.id,
        actions.c.plan_id,
        threads.c.id.label("thread_id"),
        threads.c.title.label("thread_title"),
        actions.c.tool,
        actions.c.preview,
        _status.label("status"),
        _at.label("at"),
        actions.c.receipt,
        actions.c.error,
    )
    .join(plans, plans.c.id == actions.c.plan_id)
    .join(threads, threads.c.pk == plans.c.thread_pk)
    .where(plans.c.status != "superseded")
    .order_by(_at.desc(), plans.c.created_at.desc(), plans.c.ordinal.desc(), plans.c.id.desc(), actions.c.position)
)


@dataclass(frozen=True, slots=True)
class StoredActivity:
    """`tools.kept.Activity` of one user."""

    store: Store
    user_id: str
    clock: Clock

    async def deeds(
        self, statuses: Sequence[DeedStatus], since: datetime | None, until: datetime | None, most: int
    ) -> list[Deed]:
        await expiry.close_late(self.store, self.clock)
        return await self.store.read(_found, self.user_id, statuses, since, until, most)


def _found(
    conn: ReadConn,
    user_id: str,
    statuses: Sequence[DeedStatus],
    since: datetime | None,
    until: datetime | None,
    most: int,
) -> list[Deed]:
    query = _deeds.where(plans.c.user_id == user_id, _status.in_(statuses)).limit(most)
    if since is not None:
        query = query.where(_at >= since)
    if until is not None:
        query = query.where(_at < until)
    return [Deed(**row._mapping) for row in conn.execute(query)]
