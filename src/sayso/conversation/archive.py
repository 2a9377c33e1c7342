"""The list of a user's threads: pages of it, renaming, deleting."""

from datetime import datetime
from typing import NamedTuple

from sayso.base.errors import ThreadBusy
from sayso.conversation import ledger, records, threads, views
from sayso.conversation.types import ThreadSummary
from sayso.identity.types import Caller
from sayso.store.gateway import ReadConn, WriteConn


class Place(NamedTuple):
    """Where a page of threads ended."""

    updated_at: datetime
    pk: str


def page(conn: ReadConn, user_id: str, limit: int, after: Place | None) -> tuple[list[ThreadSummary], Place | None]:
    """At most `limit` of the user's threads, the latest first, behind `after`; and where this page ended, if there is
    more."""
    found = threads.page(conn, user_id, limit + 1, after)
    last = found[limit - 1][0] if len(found) > limit else None
    ended = None if last is None else Place(last.updated_at, last.pk)
    return [views.thread_summary(thread, waiting) for thread, waiting in found[:limit]], ended


def rename(conn: WriteConn, caller: Caller, thread_id: str, title: str, now: datetime) -> ThreadSummary:
    """Raises NotFound."""
    threads.rename(conn, threads.lock(conn, caller.user_id, thread_id).pk, title)
    thread = threads.find(conn, caller.user_id, thread_id)
    ledger.expire(conn, now, thread.pk)
    return views.thread_summary(thread, records.waiting_plan(conn, thread.pk) is not None)


def delete(conn: WriteConn, caller: Caller, thread_id: str, now: datetime) -> None:
    """Delete the thread; what waits on it will never run. Raises NotFound; ThreadBusy while something runs."""
    thread = threads.lock(conn, caller.user_id, thread_id)
    if records.running(conn, thread.pk) or thread.answering(now):
        raise ThreadBusy("Something is still running on this thread; delete it when that has ended.")
    ledger.decide(conn, "cancelled", caller.user_id, thread_id, None, now, caller.session_id, None)
    threads.remove(conn, thread.pk)
