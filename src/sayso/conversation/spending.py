"""What a user's turns may take: tokens in a day, turns at once. Both are counted in the store, for all workers."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from sqlalchemy import Integer, String, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert as upsert_pg
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from sayso.base.errors import BudgetSpent, TurnsAtOnce
from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.tables import spent, threads, users

AGAIN_SECONDS = 5  # after which one of several turns may have ended


@dataclass(frozen=True, slots=True)
class Limits:
    """`tokens_per_day` 0: no limit."""

    tokens_per_day: int = 0
    turns_at_once: int = 8


# Not FOR UPDATE, which would wait for whoever adds a row that refers to the user.
_lock_user = select(users.c.id).where(users.c.id == bindparam("user")).with_for_update(key_share=True)
_answering = (
    select(func.count())
    .select_from(threads)
    .where(
        threads.c.user_id == bindparam("user"),
        threads.c.lease_token.is_not(None),
        threads.c.lease_until > bindparam("now"),
    )
)
_spent = select(spent.c.tokens).where(spent.c.user_id == bindparam("user"), spent.c.day == bindparam("day"))
_whose = select(users.c.id, bindparam("day", type_=String), bindparam("tokens", type_=Integer)).where(
    users.c.id == bindparam("user")  # who may be gone by now
)
_spend = {
    dialect: (new := upsert(spent).from_select(["user_id", "day", "tokens"], _whose)).on_conflict_do_update(
        index_elements=[spent.c.user_id, spent.c.day], set_={"tokens": spent.c.tokens + new.excluded.tokens}
    )
    for dialect, upsert in (("sqlite", upsert_sqlite), ("postgresql", upsert_pg))
}


def make_room(conn: WriteConn, user_id: str, now: datetime, limits: Limits) -> None:
    """Let a turn go on whose thread's lease was taken in this transaction, unless that was one too many.

    Whoever begins another turn of the user waits until this transaction ends, so no two get one place. The user's row
    is locked behind the thread's, as everywhere. Raises TurnsAtOnce.
    """
    conn.execute(_lock_user, {"user": user_id})
    if conn.execute(_answering, {"user": user_id, "now": now}).scalar_one() > limits.turns_at_once:
        raise TurnsAtOnce(
            f"You have {limits.turns_at_once} conversations under way already; wait for one of them or stop it.",
            retry_after=AGAIN_SECONDS,
        )


def afford(conn: ReadConn | WriteConn, user_id: str, now: datetime, limits: Limits) -> None:
    """Let a turn begin that will cost something. Raises BudgetSpent."""
    if not limits.tokens_per_day or spent_today(conn, user_id, now) < limits.tokens_per_day:
        return
    raise BudgetSpent(
        f"Today's {limits.tokens_per_day:,} tokens are used up; the language model answers again from midnight UTC on. "
        "What waits can still be confirmed or cancelled, and the offline model costs nothing.",
        retry_after=_until_midnight(now),
    )


def spend(conn: WriteConn, user_id: str, now: datetime, tokens: int) -> None:
    """Add what a turn took to the user's day, in the transaction that ends the turn."""
    if tokens > 0:
        conn.execute(_spend[conn.dialect.name], {"user": user_id, "day": _day(now), "tokens": tokens})


def spent_today(conn: ReadConn | WriteConn, user_id: str, now: datetime) -> int:
    """The tokens of the user's day so far."""
    found: int | None = conn.execute(_spent, {"user": user_id, "day": _day(now)}).scalar()
    return found or 0


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()


def _until_midnight(now: datetime) -> int:
    """Seconds until the next day of UTC."""
    here = now.astimezone(UTC)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return max(1, ceil((midnight - here).total_seconds()))
