"""What was done is undone once, whoever asks, however often, and whatever dies meanwhile (P1, P3, P5)."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.kit import far
from tests.kit.history_rules import problems
from tests.kit.say import Client
from tests.kit.watch import Watch
from tests.kit.world import CLIENTS, Request, World

EACH = 8
POINTS = ("before_decide", "decided", "before_claim", "claimed", "ran", "recorded", "finished")


def done(client: Client, what: str = "A; B") -> Any:
    """A plan that has run."""
    plan = client.propose(what)
    assert client.confirm().body["status"] == "completed"
    return client.plan(plan["id"])


def taps(world: World, plan: Any, count: int) -> list[Request]:
    """So many taps on one button, from both sessions and over all workers."""
    path = f"/plans/{plan['id']}/undo"
    spread = len([worker for worker in world.workers if worker.up])
    return [world.send(CLIENTS[each % 2], "POST", path, {}, each % spread) for each in range(count)]


def undoing(world: World) -> list[Any]:
    return world.rows("select id, plan_id, undoes, status from actions where undoes is not null")


@pytest.fixture(params=[1, 2], ids=["one worker", "two workers"])
def stormy(request: pytest.FixtureRequest, worlds: Callable[[int], World]) -> Any:
    def begin(seed: int) -> World:
        world = worlds(2)
        world.begin(seed, embedded=request.param == 1)
        return world

    yield begin
    worlds(2).sweep_up()


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=pytest.mark.again if seed > 1 else ()) for seed in range(15)]
)
def test_many_taps_are_one_undo(stormy: Callable[[int], World], seed: int) -> None:
    """All are told of the same outcome, and nothing happens twice."""
    world = stormy(seed)
    watch = Watch(world)
    plan = done(Client(world))
    requests = taps(world, plan, EACH)
    world.finish(*requests)
    for request in requests:
        watch.answered(request, None)
    answers = [request.answer for request in requests]
    assert [answer.status for answer in answers] == [200] * EACH
    assert len({tuple(answer.body["results"]) for answer in answers}) == 1
    assert world.far.names() == ["A", "B", "B", "A"]
    assert not world.far.events
    watch.settled()


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=pytest.mark.again if seed > 1 else ()) for seed in range(15)]
)
def test_an_undo_against_a_change(stormy: Callable[[int], World], seed: int) -> None:
    """Either it is undone and the change fails, or it was changed, and is left alone."""
    world = stormy(seed)
    watch = Watch(world)
    robin = Client(world)
    plan = done(robin, "A")
    robin.propose("move A")
    requests = [*taps(world, plan, 2), robin.begin("/chat/confirm"), *taps(world, plan, 2)]
    world.finish(*requests)
    for request in requests:
        watch.answered(request, None)
    kinds = [effect.kind for effect in world.far.effects]
    assert kinds in (["create_event", "update_event"], ["create_event", "delete_event"])
    statuses = {row.status for row in undoing(world)}
    assert statuses <= ({"succeeded"} if kinds[-1] == "delete_event" else {"failed"})
    world.pass_time(70)
    watch.settled()


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_that_dies_leaves_it_undone_once(world: World, point: str) -> None:
    robin = Client(world)
    plan = done(robin)
    world.workers[0].crash_at = (point, 1)
    assert robin.undo(plan["id"]).status == 0
    world.run(world.start(world.workers[0]))
    world.pass_time(70)
    answer = robin.undo(plan["id"])
    assert (answer.status, answer.body["status"]) == (200, "completed")
    assert world.far.names() == ["A", "B", "B", "A"]
    assert [row.status for row in undoing(world)] == ["succeeded"] * 2
    assert robin.say("hello").status == 200
    assert not problems(world.source.histories[-1])


def test_what_was_lost_is_found_and_can_be_undone(world: World) -> None:
    """Also of an action whose answer was lost, by what is found out about it."""
    world.far.will("A", far.lose_after)
    robin = Client(world)
    plan = done(robin, "A")
    assert robin.plan(plan["id"])["actions"][0]["undo"] == {"label": "Undo", "done": None}
    assert robin.undo(plan["id"]).body["status"] == "completed"
    assert not world.far.events


def test_what_is_in_doubt_is_not_undone_again(world: World) -> None:
    robin = Client(world)
    plan = done(robin, "A")
    world.far.will("A", far.lose_after)
    world.far.silent = 3
    first = robin.undo(plan["id"]).body
    assert [each["status"] for each in first["results"].values()] == ["unknown"]
    assert robin.undo(plan["id"]).body["results"] == first["results"]
    assert world.far.names() == ["A", "A"]


@pytest.mark.parametrize("how", ["failed", "stopped"])
def test_what_was_not_undone_may_be_tried_again(world: World, how: str) -> None:
    robin = Client(world)
    plan = done(robin)
    world.far.will("B", far.refuse if how == "failed" else far.late(5))
    if how == "failed":
        assert robin.undo(plan["id"]).body["status"] == "partial"
    else:
        request = world.send(robin.name, "POST", f"/plans/{plan['id']}/undo", {})
        world.pass_time(1)
        assert robin.stop().status == 200
        world.finish(request)
        assert request.answer.body["status"] == "stopped"
    again = robin.undo(plan["id"]).body
    assert (again["status"], len(again["results"])) == ("completed", 1)
    assert not world.far.events


def test_a_thread_that_is_busy_goes_on(world: World) -> None:
    """An undo waits for no turn, and the turn for no undo; what the turn proposes waits."""
    robin = Client(world)
    plan = done(robin, "A")
    turn = robin.begin("/chat", user_message="wait-propose C")
    world.pass_time(1)
    assert robin.undo(plan["id"]).body["status"] == "completed"
    world.loop.call_soon(world.source.gate.set)
    world.finish(turn)
    waiting = turn.answer.body["plan"]["id"]
    assert robin.plan(waiting)["status"] == "pending"
    kinds = [message.get("kind") for message in robin.ask("GET", "/threads/t1").body["messages"]]
    assert kinds.count("outcome") == 3  # of the plan its receipts and the agent's words, of the undo its receipts
    assert robin.say("yes").body["decision"]["status"] == "completed"


def test_the_model_learns_of_it_and_is_not_asked(world: World) -> None:
    """In the one result of the call that was undone (P6, P7); what comes back is told, too."""
    robin = Client(world)
    plan = done(robin, "A")
    assert "undo_if_asked" not in str(world.source.histories[-1])
    robin.say("hello")
    assert "undo_if_asked, 1 (tool | args):\\ndelete_calendar_event | event: " in str(world.source.histories[-1])
    asked = len(world.source.histories)
    undo = robin.undo(plan["id"]).body
    assert len(world.source.histories) == asked
    assert undo["response"].startswith("Deleted 'A'")
    robin.say("hello")
    history = str(world.source.histories[-1])
    assert f"\\nundone: yes\\nsince: {undo['response']}\\n" in history
    assert "undo_if_asked" not in history
    assert not problems(world.source.histories[-1])


def test_without_a_store_nothing_is_undone(world: World) -> None:
    robin = Client(world)
    plan = done(robin, "A")
    world.store_lost = True
    assert robin.undo(plan["id"]).status == 500
    world.store_lost = False
    assert world.far.names() == ["A"]
    assert undoing(world) == []
