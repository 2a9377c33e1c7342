"""Watches a world for broken promises: P1–P6, P8 and P9 of docs/guarantees.md.

`Watch` keeps what clients were told and what the far systems did, and compares both with the ledger: at the instant of
each effect, at each answer, after each step, and once more when everything has come to rest.
"""

import json
from collections import Counter, defaultdict
from typing import Any

from tests.kit.far import Effect
from tests.kit.history_rules import problems
from tests.kit.oracle import Oracle
from tests.kit.world import Answer, Request, World

from sayso.conversation.ledger import EXECUTED, PLAN_CHANGES

DECISIONS = {"confirmed", "cancelled", "expired", "superseded"}
FINAL = {"completed", "partial", "failed", "stopped"}

_REFUSALS = {
    "/chat": {(409, "thread_busy"), (502, "model_error"), (504, "model_timeout")},
    "/chat/confirm": {
        (404, "not_found"),
        (409, "nothing_pending"),
        (409, "already_cancelled"),
        (409, "plan_expired"),
        (409, "plan_mismatch"),
        (409, "plan_changed"),
        (422, "validation_error"),
    },
    "/chat/cancel": {
        (404, "not_found"),
        (409, "nothing_pending"),
        (409, "already_executed"),
        (409, "plan_expired"),
        (409, "plan_mismatch"),
        (409, "plan_changed"),
        (422, "validation_error"),
    },
    "/chat/stop": {(404, "not_found"), (409, "nothing_running")},
    "/plans": {
        (404, "not_found"),
        (409, "already_cancelled"),
        (409, "already_executed"),
        (409, "plan_expired"),
        (409, "plan_mismatch"),
        (409, "not_undoable"),
        (422, "validation_error"),
    },
    "/threads": {(404, "not_found"), (409, "thread_busy")},
}


class Broken(AssertionError):
    """A promise was broken."""


def demand(kept: object, promise: str, what: object) -> None:
    if not kept:
        raise Broken(f"{promise}: {what}")


class Watch:
    def __init__(self, world: World) -> None:
        self.world = world
        self.oracle = Oracle(world)
        self.owner: dict[str, str] = {}
        """By plan id, of every plan ever seen, its user."""
        self.thread_of: dict[str, str] = {}
        self.actions: dict[str, str] = {}
        """By action id, of every action ever seen, its plan."""
        self.shown: dict[str, str] = {}
        """By action its arguments, and by action and digest of its plan its preview."""
        self.status: dict[str, str] = {}
        self.cancelled: set[str] = set()
        self.never: set[str] = set()
        """Actions that were cancelled by name."""
        self.told: dict[str, dict[str, Any]] = {}
        self.finals: dict[str, str] = {}
        self.gone: set[str] = set()
        self.late: list[str] = []
        self._histories = 0
        world.far.on_effect = self._effect

    # --- at the instant of an effect ---------------------------------------------------------------------------------

    def _effect(self, effect: Effect) -> None:
        """Consent is there, committed, at the moment when something happens (P1, P4, P9)."""
        rows = self.world.rows(
            "select a.status, a.plan_id, p.status as plan_status, p.user_id, "
            "(select count(*) from plan_events e where e.plan_id = p.id and e.kind = 'confirmed') as confirmed "
            "from actions a join plans p on p.id = a.plan_id where a.id = :key",
            key=effect.key,
        )
        if not rows:
            self.late.append(f"P1: {effect} of no action")
            return
        row = rows[0]
        if row.plan_status != "confirmed" or row.confirmed != 1 or row.status != "running":
            self.late.append(f"P1: {effect} while the plan is {row.plan_status} and the action {row.status}")
        if row.user_id != effect.user_id:
            self.late.append(f"P9: {effect} for {row.user_id}")

    # --- at an answer ------------------------------------------------------------------------------------------------

    def answered(self, request: Request, expected: tuple[int, str] | None) -> None:
        """What a client was told is allowed, true, and held against us from now on."""
        answer = request.answer
        if answer.status == 0:
            return
        path = "/" + "/".join(request.path.split("/")[1 : 3 if request.path.startswith("/chat") else 2])
        demand(
            answer.status in (200, 204) or (answer.status, answer.code) in _REFUSALS[path],
            "P6",
            f"{request} answered {answer}",
        )
        if expected is not None:
            demand(
                (answer.status, answer.code if answer.status > 204 else "") == expected,
                "P3",
                (request, expected, answer),
            )
        if answer.status == 200:
            self._accepted(path, request, answer)
        elif answer.status == 204:
            self._deleted(request)
        self.look()
        if answer.status == 409:
            self._refused(request, answer)

    def _accepted(self, path: str, request: Request, answer: Answer) -> None:
        body = answer.body
        if path == "/chat":
            self._show(body["plan"])
            demand(body["requires_confirmation"] == (body["plan"] is not None), "P2", body)
            decision = body["decision"]
            if decision is not None and "results" in decision:
                self._outcome(request, decision)
        elif path == "/chat/confirm":
            self._outcome(request, body)
        elif path == "/chat/cancel":
            told = {"status": "cancelled", "response": "Action cancelled.", "cancelled": True}
            demand(body == {"thread_id": request.body["thread_id"], **told}, "P4", body)
            if request.body.get("action_ids"):
                self.never.update(request.body["action_ids"])
            elif request.body.get("plan_id"):
                self.cancelled.add(request.body["plan_id"])
        elif path == "/chat/stop":
            self._results(body["results"])
        elif request.path.endswith("/undo"):
            self._outcome(request, body)
        elif request.method == "PATCH":
            self._show(body)
            demand(body["supersedes"] == request.path.rpartition("/")[2], "P2", body)
        elif path == "/plans":
            demand(body["id"] and self.owner.get(body["id"]) == self._user(request), "P9", request)
            self._show(body)

    def _deleted(self, request: Request) -> None:
        thread = request.path.rpartition("/")[2]
        for plan, user in self.owner.items():
            if user == self._user(request) and self.thread_of[plan] == thread:
                self.gone.add(plan)

    def _user(self, request: Request) -> str:
        return self.world.user_ids[request.client.partition("'")[0]]

    def _show(self, plan: Any) -> None:
        for action in plan["actions"] if plan else ():
            shown = json.dumps(action["args"], sort_keys=True)
            for key, what in ((action["id"], shown), (f"{action['id']} in {plan['digest']}", action["preview"])):
                demand(self.shown.setdefault(key, what) == what, "P2", f"{action} was shown as {self.shown[key]}")

    def _outcome(self, request: Request, body: Any) -> None:
        self._show(body["plan"])
        self._results(body["results"])
        plans = {self.actions[action] for action in body["results"] if action in self.actions}
        demand(len(plans) <= 1, "P3", f"results of several plans: {body}")
        if request.body.get("plan_id"):
            plans.add(request.body["plan_id"])
        for plan in plans:
            if body["status"] != "running":
                demand(self.finals.setdefault(plan, body["status"]) == body["status"], "P8", (plan, body))

    def _results(self, results: Any) -> None:
        for action, result in results.items():
            kept = {key: result[key] for key in ("success", "status", "error", "receipt")}
            demand(self.told.setdefault(action, kept) == kept, "P8", f"{action}: told {self.told[action]}, now {kept}")

    def _refused(self, request: Request, answer: Answer) -> None:
        """A 409 is the truth about the plan that was named."""
        plan = request.body.get("plan_id") if isinstance(request.body, dict) else None
        if request.method == "PATCH":
            plan = request.path.rpartition("/")[2]
        status = self.status.get(plan or "")
        if status is None or plan in self.gone:
            return
        truths = {
            "already_executed": EXECUTED,
            "already_cancelled": ("cancelled",),
            "plan_expired": ("expired",),
            "plan_mismatch": ("superseded", *(self.status.values() if request.method != "PATCH" else ())),
        }
        demand(status in truths.get(answer.code, (status,)), "P3", f"{request} told {answer.code}, it is {status}")

    # --- after each step ---------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Compare the ledger with the far systems' count and with all that was told."""
        demand(not self.late, "P1", self.late)
        demand(not self.world.surprises, "P6", self.world.surprises)
        counts = self.world.far.counts()
        demand(all(count == 1 for count in counts.values()), "P5", counts)
        plans = {
            row.id: row
            for row in self.world.rows("select p.*, t.id thread_id from plans p join threads t on t.pk = p.thread_pk")
        }
        decisions: dict[str, list[str]] = defaultdict(list)
        for row in self.world.rows("select plan_id, kind from plan_events order by seq"):
            decisions[row.plan_id].append(row.kind)
        for plan in plans.values():
            self._plan(plan, decisions[plan.id])
        self._kept(plans)
        pending = Counter(plan.thread_pk for plan in plans.values() if plan.status == "pending")
        demand(all(count == 1 for count in pending.values()), "P3", f"two plans wait: {pending}")
        for action in self.world.rows("select id, plan_id, status, error, receipt, args, preview from actions"):
            self._action(action, plans[action.plan_id].status, counts[action.id])
        self._undone()
        for plan_id in self.cancelled - self.gone:
            demand(self.status[plan_id] == "cancelled", "P4", f"{plan_id} was reported cancelled")
        for history in self.world.source.histories[self._histories :]:
            demand(not problems(history), "P6", (problems(history), history))
        self._histories = len(self.world.source.histories)

    def _undone(self) -> None:
        """Of what was done each thing is undone once at most, and only by who sees it (P1, P5, P9)."""
        rows = self.world.rows(
            "select u.undoes, u.status, p.user_id, q.user_id as of, a.status as was from actions u "
            "join plans p on p.id = u.plan_id join actions a on a.id = u.undoes join plans q on q.id = a.plan_id"
        )
        counted = Counter(row.undoes for row in rows if row.status not in ("failed", "skipped"))
        demand(all(count == 1 for count in counted.values()), "P5", f"undone twice: {counted}")
        demand(all(row.user_id == row.of and row.was == "succeeded" for row in rows), "P1", rows)

    def _plan(self, plan: Any, trail: list[str]) -> None:
        before = self.status.get(plan.id, "pending")
        demand(_follows(before, plan.status), "P3", f"{plan.id} went from {before} to {plan.status}")
        self.status[plan.id] = plan.status
        self.owner[plan.id], self.thread_of[plan.id] = plan.user_id, plan.thread_id
        made = [kind for kind in trail if kind in DECISIONS]
        wanted = ["confirmed"] if plan.status in EXECUTED else [plan.status] if plan.status in DECISIONS else []
        held = ["confirmed", *wanted] if plan.status == "cancelled" and self.world.hold else wanted
        demand(made in (wanted, held), "P3", f"{plan.id} is {plan.status}; decisions in its trail: {made}")
        ends = [kind for kind in trail if kind in FINAL]
        demand(ends == ([plan.status] if plan.status in FINAL else []), "P5", f"{plan.id}: {trail}")
        if plan.id in self.finals:
            told = {self.finals[plan.id], *(("cancelled",) if self.finals[plan.id] == "stopped" else ())}
            demand(plan.status in told, "P8", f"{plan.id} was told to be {self.finals[plan.id]}")

    def _kept(self, plans: dict[str, Any]) -> None:
        """What waited when something new was proposed waits beside it, but for what that takes the place of (P8)."""
        of: dict[str, list[Any]] = defaultdict(list)
        for row in self.world.rows("select id, plan_id, turn_id, call_id, tool, args, was from actions"):
            of[row.plan_id].append(row)
        for plan in plans.values():
            old, new = of[plan.supersedes or ""], of[plan.id]
            if {each.turn_id for each in new} <= {each.turn_id for each in old}:
                continue  # an edit, or some of it was dropped
            calls = Counter((each.call_id, each.tool) for each in new)
            replaced = {json.loads(each.was)["id"] for each in new if json.loads(each.was or "null")}
            again = [(each.tool, json.loads(each.args)) for each in new]
            for each in old:
                if calls[each.call_id, each.tool]:
                    calls[each.call_id, each.tool] -= 1
                else:
                    found = each.id in replaced or (each.tool, json.loads(each.args)) in again
                    demand(found, "P8", f"{each} was lost when {plan.id} was proposed")

    def _action(self, action: Any, plan_status: str, count: int) -> None:
        self.actions[action.id] = action.plan_id
        if action.id in self.shown:
            stored = json.dumps(json.loads(action.args), sort_keys=True)
            demand(self.shown[action.id] == stored, "P2", f"{action.id} was shown as {self.shown[action.id]}: {stored}")
        if plan_status not in EXECUTED:
            closed = {"waiting", *(("skipped",) if plan_status == "cancelled" else ())}
            demand(action.status in closed and count == 0, "P4", f"{action} {plan_status} {count}")
        if action.id in self.never:
            demand(count == 0 and action.status in ("waiting", "skipped"), "P4", f"{action} was cancelled by name")
        if action.status == "succeeded":
            demand(count == 1, "P5", f"{action} happened {count} times")
        if action.status in ("failed", "skipped", "waiting"):
            demand(count == 0, "P5", f"{action} happened {count} times")
        if action.status == "unknown":
            demand(action.id in self.world.far.untold, "P5", f"{action}: the far system would have told")
        if action.status == "failed":
            demand(action.id in self.world.far.failed, "P5", f"{action}: the far system never failed")
        told = self.told.get(action.id)
        if told is not None:
            now = {"status": action.status, "error": action.error, "receipt": action.receipt}
            kept = {key: told[key] for key in now}
            demand(now == kept, "P8", f"{action.id}: told {kept}, is {now}")

    # --- at rest -----------------------------------------------------------------------------------------------------

    def settled(self) -> None:
        """All workers are up, all leases are over, all sweeps done: every confirmed plan has its outcome (P5)."""
        self.look()
        left = self.world.rows("select id, status from plans where status = 'confirmed'")
        demand(not left, "P5", f"never finished: {left}")
        for row in self.world.rows(
            "select a.id, a.status, a.reason, a.touches, p.status as plan_status from actions a "
            "join plans p on p.id = a.plan_id where p.status in ('completed', 'partial', 'failed', 'stopped')"
        ):
            demand(row.status in ("succeeded", "failed", "skipped", "unknown"), "P5", row)
            if row.status == "skipped":
                needed = row.touches and row.reason == "needed"
                demand(row.reason in ("left_out", "stopped") or needed, "P5", f"skipped for no reason: {row}")
            demand(row.plan_status != "completed" or row.reason == "left_out" or row.status == "succeeded", "P5", row)


def _follows(before: str, after: str) -> bool:
    if before == after:
        return True
    return any(_follows(step, after) for step in PLAN_CHANGES.get(before, ()))  # type: ignore[call-overload]
