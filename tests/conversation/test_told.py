"""What was told of a plan holds, whatever the clock does afterwards (P3, P8)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.kit.say import Client
from tests.kit.world import World

DAY = timedelta(hours=25)

Tell = Callable[[Client, Any], Any]
"""What a client does, and what tells it how the plan stands."""


def _events(robin: Client, path: str, body: Any) -> str:
    request = robin.world.send(robin.name, "POST", path, body, accept="text/event-stream")
    robin.world.finish(request)
    return str(request.answer.body)


WAYS: dict[str, tuple[Tell, str]] = {
    "confirm": (lambda robin, plan: robin.confirm().code, "plan_expired"),
    "confirm by name": (lambda robin, plan: robin.confirm(plan_id=plan["id"]).code, "plan_expired"),
    "confirm a part": (lambda robin, plan: robin.confirm(action_ids=[plan["actions"][0]["id"]]).code, "plan_expired"),
    "confirm, streamed": (
        lambda robin, plan: _events(robin, "/chat/confirm", {"thread_id": robin.thread}),
        "plan_expired",
    ),
    "cancel": (lambda robin, plan: robin.cancel().code, "plan_expired"),
    "cancel by name": (lambda robin, plan: robin.cancel(plan_id=plan["id"]).code, "plan_expired"),
    "another plan's name": (lambda robin, plan: robin.cancel(plan_id="plan_x").code, "nothing_pending"),
    "edit": (lambda robin, plan: robin.edit(plan["id"], remove=[plan["actions"][0]["id"]]).code, "plan_expired"),
    "typed yes": (lambda robin, plan: robin.say("yes").body["plan"], "None"),
    "typed no": (lambda robin, plan: robin.say("no").body["plan"], "None"),
    "talk": (lambda robin, plan: robin.say("hello").body["requires_confirmation"], "False"),
    "talk, streamed": (
        lambda robin, plan: _events(robin, "/chat/stream", {"thread_id": robin.thread, "user_message": "hello"}),
        '"plan":null',
    ),
    "withdraw": (lambda robin, plan: robin.say("withdraw").body["plan"], "None"),
    "a new plan": (lambda robin, plan: robin.propose("C")["supersedes"], "None"),
    "the plan": (lambda robin, plan: robin.plan(plan["id"])["status"], "expired"),
    "waiting plans": (lambda robin, plan: robin.ask("GET", "/plans?status=pending").body, "{'plans': [],"),
    "expired plans": (lambda robin, plan: robin.ask("GET", "/plans?status=expired").body, "'status': 'expired'"),
    "all plans": (lambda robin, plan: robin.ask("GET", "/plans").body, "'status': 'expired'"),
    "threads": (lambda robin, plan: robin.ask("GET", "/threads").body, "'waiting': False"),
    "the thread": (lambda robin, plan: robin.ask("GET", "/threads/t1").body, "'status': 'expired'"),
    "rename": (lambda robin, plan: robin.ask("PATCH", "/threads/t1", {"title": "Mine"}).body, "'waiting': False"),
    "activity": (lambda robin, plan: robin.ask("GET", "/activity").body, "'plan_status': 'expired'"),
    "export": (lambda robin, plan: robin.ask("GET", "/me/export").body, "'status': 'expired'"),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_was_told_to_be_expired_never_runs(world: World, way: str) -> None:
    """Though the clock goes back to when it waited."""
    tell, told = WAYS[way]
    robin = Client(world)
    plan = robin.propose("A; mail B")
    world.clock.move(DAY)
    assert told in str(tell(robin, plan))
    world.clock.move(-DAY)
    assert robin.plan(plan["id"])["status"] == "expired"
    for answer in (robin.confirm(plan_id=plan["id"]), robin.cancel(plan_id=plan["id"]), robin.edit(plan["id"])):
        assert (answer.status, answer.code) == (409, "plan_expired")
    robin.say("yes") if way != "a new plan" else robin.cancel()
    world.pass_time(60)
    assert world.far.calls == []
    assert robin.plan(plan["id"])["decided_at"] == plan["expires_at"]


@pytest.mark.parametrize(
    ("decide", "confirmed", "cancelled"),
    [
        (lambda robin, plan: robin.confirm(), "", "already_executed"),
        (lambda robin, plan: robin.cancel(), "already_cancelled", ""),
        (lambda robin, plan: robin.propose("C"), "plan_mismatch", "plan_mismatch"),
        (
            lambda robin, plan: robin.edit(plan["id"], remove=[plan["actions"][0]["id"]]),
            "plan_mismatch",
            "plan_mismatch",
        ),
    ],
    ids=["confirmed", "cancelled", "superseded", "edited"],
)
def test_what_else_was_told_holds_too(world: World, decide: Tell, confirmed: str, cancelled: str) -> None:
    robin = Client(world)
    plan = robin.propose("A; B")
    decide(robin, plan)
    calls = len(world.far.calls)
    for by in (timedelta(), DAY, -DAY, -DAY):
        world.clock.move(by)
        answer = robin.confirm(plan_id=plan["id"])
        assert (answer.code if answer.status > 200 else "") == confirmed
        answer = robin.cancel(plan_id=plan["id"])
        assert (answer.code if answer.status > 200 else "") == cancelled
    assert len(world.far.calls) == calls


def test_a_plan_that_was_shown_waiting_is_still_told_truly(world: World) -> None:
    """Before its time nothing closes it, however often somebody looks."""
    robin = Client(world)
    plan = robin.propose("A")
    world.clock.move(timedelta(hours=24) - timedelta(seconds=1))
    for tell, _ in (WAYS["the plan"], WAYS["threads"], WAYS["activity"], WAYS["talk"]):
        tell(robin, plan)
    assert robin.confirm(plan_id=plan["id"]).status == 200


def test_what_the_agent_was_told_holds_too(world: World) -> None:
    """The time runs out while the agent is about to withdraw the plan, which is then told as gone."""
    robin = Client(world)
    plan = robin.propose("A")
    moves = [DAY]

    world.source.meanwhile = lambda: world.clock.move(moves.pop() if moves else timedelta())
    answer = robin.say("withdraw").body
    assert answer["plan"] is None
    assert "Nothing waits for a decision any more" in str(world.source.histories[-1])
    world.clock.move(-DAY)
    assert robin.plan(plan["id"])["status"] == "expired"
