"""What a decision must answer on a thread on which nothing else goes on: the contract, written a second time."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.kit.world import Request, World

EXECUTED = ("confirmed", "completed", "partial", "failed", "stopped")
Expected = tuple[int, str]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Oracle:
    def __init__(self, world: World) -> None:
        self._world = world

    def expected(self, request: Request) -> Expected | None:
        """Status and error code ("" when it is granted) of a decision; None for any other request."""
        if request.path not in ("/chat/confirm", "/chat/cancel"):
            return None
        if request.body.get("action_ids") == []:
            return 422, "validation_error"
        thread = self._thread(request)
        if thread is None:
            return 404, "not_found"
        confirm = request.path == "/chat/confirm"
        plans = self._world.rows("select * from plans where thread_pk = :pk order by ordinal", pk=thread.pk)
        named = request.body.get("plan_id")
        waiting = [plan for plan in plans if plan.status == "pending" and plan.expires_at > self._now()]
        if named is not None:
            asked = [plan for plan in plans if plan.id == named]
        else:
            asked = [plan for plan in plans if plan.status != "superseded"][-1:]
            if confirm and waiting and self._unseen(thread, waiting[0]):
                return 409, "plan_mismatch"
        if not asked:
            return 409, "plan_mismatch" if waiting else "nothing_pending"
        return self._of(asked[0], confirm, request)

    def _of(self, plan: Any, confirm: bool, request: Request) -> Expected:
        if plan.status == "expired" or (plan.status == "pending" and plan.expires_at <= self._now()):
            return 409, "plan_expired"
        if plan.status == "superseded":
            return 409, "plan_mismatch"
        if plan.status == "cancelled":
            return (409, "already_cancelled") if confirm else (200, "")
        if plan.status in EXECUTED:
            return (200, "") if confirm else (409, "already_executed")
        ids = request.body.get("action_ids")
        if confirm and ids is not None:
            known = {row.id for row in self._world.rows("select id from actions where plan_id = :id", id=plan.id)}
            if not ids or not known.issuperset(ids):
                return 422, "validation_error"
        return 200, ""

    def _thread(self, request: Request) -> Any:
        user_id = self._world.user_ids[request.client.partition("'")[0]]
        thread_id = request.body["thread_id"]
        found = self._world.rows("select * from threads where user_id = :u and id = :t", u=user_id, t=thread_id)
        return found[0] if found else None

    def _unseen(self, thread: Any, plan: Any) -> bool:
        """The next step that was proposed in the answer to a confirm: it is confirmed by name only."""
        last = self._world.rows(
            "select kind from turns where thread_pk = :pk and seq = :n", pk=thread.pk, n=thread.turns
        )
        return thread.last_word == plan.id and bool(last) and last[0].kind == "outcome"

    def _now(self) -> int:
        return (self._world.clock.now() - _EPOCH) // timedelta(microseconds=1)
