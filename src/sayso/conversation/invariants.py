"""What must hold of the plans in a store, whatever happened: looked at by `sayso check`."""

from collections.abc import Iterator

from sqlalchemy import func, select

from sayso.conversation import ledger
from sayso.store.gateway import ReadConn
from sayso.store.tables import actions, plans


def broken(conn: ReadConn) -> Iterator[str]:
    """A sentence for each plan of which something does not hold (P2, P3, P5)."""
    for plan_id, status in conn.execute(select(plans.c.id, plans.c.status)).all():
        try:
            ledger.check_digest(conn, plan_id)
        except (ledger.DigestMismatch, RecursionError, TypeError, ValueError):
            says = "it will not run; cancel it and ask again" if status == "pending" else "its record was changed"
            yield f"Plan {plan_id} ({status}) is not what was shown: {says}."
    waiting = select(plans.c.thread_pk, func.count().label("waiting")).where(plans.c.status == "pending")
    for row in conn.execute(waiting.group_by(plans.c.thread_pk).having(func.count() > 1)):
        yield f"Thread {row.thread_pk} has {row.waiting} plans that wait; there may be one."
    left = select(actions.c.id, plans.c.status).join(plans)
    for row in conn.execute(left.where(plans.c.status.in_(ledger.ENDED), actions.c.status.in_(("waiting", "running")))):
        yield f"Action {row.id} is open, though its plan is {row.status}."
    unheld = left.where(
        actions.c.status == "running", actions.c.claim_token.is_(None) | actions.c.lease_until.is_(None)
    )
    for row in conn.execute(unheld):
        yield f"Action {row.id} runs, and nobody has claimed it."
    undecided = select(plans.c.id, plans.c.status).where(plans.c.status != "pending", plans.c.decided_at.is_(None))
    for row in conn.execute(undecided):
        yield f"Plan {row.id} is {row.status}, and nothing says when that was decided."
