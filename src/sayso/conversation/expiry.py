"""Closing what nobody decided in time, before anybody is told how plans stand."""

from datetime import datetime

from sayso.base.clock import Clock
from sayso.conversation import ledger, records
from sayso.store.gateway import Store


async def close_late(store: Store, clock: Clock) -> datetime:
    """Close every plan whose time has run out, durably; the time by which that is so.

    Whoever is told behind it that a plan has expired is told what is stored, and a clock that goes back does not make
    it wait again (P3, P8).
    """
    now = clock.now()
    if await store.peek(records.anything_late, now):
        await store.write(ledger.expire, now)
    return now
