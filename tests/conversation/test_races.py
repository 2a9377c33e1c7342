"""Many at once on one plan or one thread: one wins, the others are told the truth (P3–P5)."""

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests.kit import far
from tests.kit.say import THREAD, Client
from tests.kit.watch import Watch
from tests.kit.world import CLIENTS, Request, World

from sayso.workspace.errors import Unavailable

EACH = 12
KINDS = ("confirm", "cancel", "yes", "no", "edit", "propose B", "hello")


def seeds(count: int) -> list[Any]:
    """So many seeds. The first two run for every mutant of `make mutants`, too."""
    return [pytest.param(seed, marks=pytest.mark.again if seed > 1 else ()) for seed in range(count)]


@pytest.fixture(params=[False, True], ids=["one worker", "two workers"])
def stormy(request: pytest.FixtureRequest, worlds: Callable[[int], World]) -> Iterator[Callable[[int], World]]:
    """A world of that seed, in which every hop takes a while."""

    def begin(seed: int) -> World:
        world = worlds(2)
        world.begin(seed, embedded=not request.param)
        return world

    yield begin
    worlds(2).sweep_up()


def _storm(world: World, kinds: list[str], plan: Any) -> list[Request]:
    """One request of each kind, at once, from both sessions and over all workers."""
    requests = []
    for number, kind in enumerate(kinds):
        worker = number % 2 if world.workers[1].up else 0
        client = Client(world, CLIENTS[number % 2], worker=worker)
        named = {"plan_id": plan["id"]} if number % 3 else {}
        if kind in ("confirm", "cancel"):
            requests.append(client.begin(f"/chat/{kind}", **named))
        elif kind == "edit":
            body = {"edits": {}, "remove": [plan["actions"][0]["id"]]}
            requests.append(world.send(client.name, "PATCH", f"/plans/{plan['id']}", body, worker))
        else:
            requests.append(client.begin("/chat", user_message=kind))
    return requests


@pytest.mark.parametrize("seed", seeds(20))
def test_confirm_against_cancel(stormy: Callable[[int], World], seed: int) -> None:
    """Every 200 tells of the same decision, every 409 of why not, and a cancelled plan has no effect."""
    world = stormy(seed)
    watch = Watch(world)
    plan = Client(world).propose("A; mail B")
    kinds = random.Random(seed).choices(("confirm", "cancel"), k=EACH)
    requests = _storm(world, kinds, plan)
    world.finish(*requests)
    for request in requests:
        watch.answered(request, None)
    granted = {request.path for request in requests if request.answer.status == 200}
    refused = {(request.path, request.answer.code) for request in requests if request.answer.status != 200}
    assert granted in ({"/chat/confirm"}, {"/chat/cancel"})
    confirmed = granted == {"/chat/confirm"}
    assert refused <= {("/chat/cancel", "already_executed") if confirmed else ("/chat/confirm", "already_cancelled")}
    granted_bodies = [request.answer.body for request in requests if request.answer.status == 200]
    outcomes = [(body["status"], body.get("results")) for body in granted_bodies]
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert world.far.names() == (["A", "B"] if confirmed else [])
    watch.settled()


@pytest.mark.parametrize("seed", seeds(30))
def test_everything_against_everything(stormy: Callable[[int], World], seed: int) -> None:
    world = stormy(seed)
    watch = Watch(world)
    plan = Client(world).propose("A; mail B")
    kinds = random.Random(seed).choices(KINDS, k=EACH)
    requests = _storm(world, kinds, plan)
    world.finish(*requests)
    for request in requests:
        watch.answered(request, None)
    world.pass_time(70)
    watch.settled()
    decided = [event["kind"] for event in Client(world).plan(plan["id"])["events"] if event["kind"] != "proposed"]
    assert len(decided) <= 1 or decided[0] == "confirmed"
    assert Client(world).say("hello").status == 200


@pytest.mark.parametrize("seed", seeds(10))
def test_two_messages_at_once_are_one_turn(stormy: Callable[[int], World], seed: int) -> None:
    world = stormy(seed)
    requests = [Client(world, name).begin("/chat", user_message=f"wait for {name}") for name in CLIENTS[:2] * 2]
    world.pass_time(1)
    world.loop.call_soon(world.source.gate.set)
    world.finish(*requests)
    answers = [request.answer for request in requests]
    assert sorted(answer.code for answer in answers if answer.status == 409) == ["thread_busy"] * 3
    assert [answer.status for answer in answers].count(200) == 1
    assert len(world.rows("select 1 from turns")) == len(world.source.histories) == 1
    assert Client(world).say("hello").status == 200


def test_threads_do_not_wait_for_each_other(world: World) -> None:
    robin, other = Client(world), Client(world, thread="t2")
    waiting = robin.begin("/chat", user_message="wait")
    world.pass_time(1)
    assert other.say("hello").status == 200
    assert robin.say("hello").code == "thread_busy"
    world.loop.call_soon(world.source.gate.set)
    world.finish(waiting)
    assert waiting.answer.status == 200


def test_a_decision_does_not_wait_for_a_turn(world: World) -> None:
    """A plan can be cancelled while the next message is answered, and what that proposes waits anew."""
    robin = Client(world)
    plan = robin.propose("A")
    waiting = robin.begin("/chat", user_message="wait")
    world.pass_time(1)
    assert robin.cancel(plan_id=plan["id"]).status == 200
    world.loop.call_soon(world.source.gate.set)
    world.finish(waiting)
    assert waiting.answer.body["plan"] is None
    assert robin.confirm().code == "already_cancelled"


@pytest.mark.parametrize("seed", seeds(10))
def test_a_confirm_at_another_worker_waits_for_the_outcome(pair: World, seed: int) -> None:
    pair.random.seed(seed)
    pair.far.will("A", far.late(20))
    here, there = Client(pair), Client(pair, CLIENTS[1], worker=1)
    plan = here.propose("A; B")
    first = here.begin("/chat/confirm")
    pair.pass_time(1)
    second = there.begin("/chat/confirm", plan_id=plan["id"])
    pair.finish(first, second)
    assert first.answer.body["status"] == "completed"
    assert second.answer.body["results"] == first.answer.body["results"]
    assert pair.far.names() == ["A", "B"]


def test_a_request_that_is_gone_does_not_cut_its_plan_short(world: World) -> None:
    """Execution belongs to the server: the client hangs up, the plan runs (P5)."""
    world.far.will("A", far.late(5))
    robin = Client(world)
    robin.propose("A; B")
    request = robin.begin("/chat/confirm")
    world.pass_time(1)
    assert request.task is not None
    request.task.cancel()
    world.pass_time(10)
    assert world.far.names() == ["A", "B"]
    assert robin.confirm().body["status"] == "completed"


@pytest.mark.parametrize("word", ["yes", "no"])
def test_a_yes_while_something_else_is_answered_decides_nothing(world: World, word: str) -> None:
    """The proposal is not the last thing said any more, though what was said since is not stored yet (P1)."""
    robin = Client(world)
    plan = robin.propose("A")
    turn = robin.begin("/chat", user_message="wait")
    world.pass_time(1)
    assert robin.say(word).code == "thread_busy"
    world.loop.call_soon(world.source.gate.set)
    world.finish(turn)
    assert robin.plan(plan["id"])["status"] == "pending"
    assert world.far.calls == []


def test_the_agent_does_not_go_on_where_the_user_has(pair: World) -> None:
    """Between a plan's end and the agent's words on it the user had another plan made: that one waits on."""
    here, there = Client(pair), Client(pair, CLIENTS[1], worker=1)
    here.propose("A")
    said: list[Request] = []

    def meanwhile(point: str) -> None:
        if point == "finished":
            pair.slow = 5  # what this worker does next takes a while
            pair.loop.call_soon(setattr, pair, "slow", 0)
            said.append(there.begin("/chat", user_message="propose B then C"))

    pair.at_point = meanwhile
    answer = here.confirm().body
    assert [request.answer.body["plan"]["actions"][0]["args"]["title"] for request in said] == ["B"]
    assert answer["plan"]["id"] == said[0].answer.body["plan"]["id"]
    assert there.confirm(plan_id=answer["plan"]["id"]).body["status"] == "completed"
    assert pair.far.names() == ["A", "B"]


# --- stop ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("message", ["hang", "wait"])
def test_stop_while_it_is_answered(world: World, message: str) -> None:
    robin = Client(world)
    turn = robin.begin("/chat", user_message=message)
    world.pass_time(1)
    stopped = robin.stop()
    assert (stopped.status, stopped.body["results"]) == (200, {})
    world.finish(turn)
    assert (turn.answer.status, turn.answer.body["response"]) == (200, "Stopped.")
    assert robin.stop().code == "nothing_running"
    assert robin.say("hello").status == 200


def test_stop_at_another_worker(pair: World) -> None:
    turn = Client(pair).begin("/chat", user_message="hang")
    pair.pass_time(1)
    assert Client(pair, worker=1).stop().status == 200
    pair.finish(turn)
    assert turn.answer.body["response"] == "Stopped."
    assert Client(pair, worker=1).say("hello").status == 200


def test_stop_stops_one_thread_only(pair: World) -> None:
    robin, other = Client(pair), Client(pair, thread="t2")
    turn, elsewhere = robin.begin("/chat", user_message="hang"), other.begin("/chat", user_message="wait")
    pair.pass_time(0.5)
    assert robin.stop().status == 200
    pair.pass_time(2)
    assert turn.answer.body["response"] == "Stopped."
    pair.loop.call_soon(pair.source.gate.set)
    pair.finish(elsewhere)
    assert elsewhere.answer.body["response"] == "All right."


def test_what_runs_on_one_thread_is_nothing_to_another(world: World) -> None:
    """Neither to stop nor to wait for."""
    world.far.will("A", far.late(20))
    robin, other = Client(world), Client(world, thread="t2")
    other.say("hello")
    robin.propose("A; B")
    confirm = robin.begin("/chat/confirm")
    world.pass_time(1)
    assert other.stop().code == "nothing_running"
    assert other.ask("DELETE", "/threads/t2").status == 204
    world.finish(confirm)
    assert confirm.answer.body["status"] == "completed"


def test_stop_after_a_message_that_lost_its_thread(world: World) -> None:
    """A laptop slept while a message was answered, and the user sent another: that one is stopped, at once."""
    robin = Client(world)
    lost = robin.begin("/chat", user_message="wait")
    world.pass_time(1)
    world.clock.move(timedelta(hours=8))
    turn = robin.begin("/chat", user_message="hang")
    world.pass_time(1)
    world.loop.call_soon(world.source.gate.set)
    world.finish(lost)
    assert lost.answer.code == "thread_busy"
    before = world.loop.elapsed
    assert robin.stop().status == 200
    world.finish(turn)
    assert turn.answer.body["response"] == "Stopped."
    assert world.loop.elapsed - before < 1


def test_stop_leaves_the_plan_that_waits(world: World) -> None:
    """Only what is being answered stops; a waiting plan waits on."""
    robin = Client(world)
    plan = robin.propose("A")
    turn = robin.begin("/chat", user_message="hang")
    world.pass_time(1)
    robin.stop()
    world.finish(turn)
    assert turn.answer.body["plan"]["id"] == plan["id"]
    assert robin.confirm().body["status"] == "completed"


def test_stop_while_a_plan_runs(world: World) -> None:
    """What runs ends and is told; what has not started never will (P4)."""
    world.far.will("B", far.late(20))
    robin = Client(world)
    robin.propose("A; B; C")
    confirm = robin.begin("/chat/confirm")
    world.pass_time(1)
    stopped = robin.stop().body
    assert [result["status"] for result in stopped["results"].values()] == ["succeeded", "skipped"]
    world.finish(confirm)
    answer = confirm.answer.body
    assert answer["status"] == "stopped"
    assert [result["status"] for result in answer["results"].values()] == ["succeeded", "succeeded", "skipped"]
    assert "- Skipped: Create 'C'" in answer["response"]
    world.run(world.restart(world.workers[0]))
    world.pass_time(120)
    assert world.far.names() == ["A", "B"]
    assert robin.confirm().body["status"] == "stopped"


@pytest.mark.parametrize("seed", seeds(10))
def test_stop_against_the_executor(stormy: Callable[[int], World], seed: int) -> None:
    """Whatever a stop says was skipped has no effect, at whatever instant it comes."""
    world = stormy(seed)
    watch = Watch(world)
    robin = Client(world)
    robin.propose("A; B; C; mail D; E")
    confirm = robin.begin("/chat/confirm")
    world.pass_time(seed / 300)
    stop = robin.begin("/chat/stop")
    world.finish(confirm, stop)
    for request in (stop, confirm):
        watch.answered(request, None)
    world.pass_time(70)
    watch.settled()


# --- a worker that dies in the middle of a turn ----------------------------------------------------------------------


@pytest.mark.parametrize("point", ["turn_ran", None])
def test_a_turn_that_died_left_nothing_and_can_be_sent_again(world: World, point: str | None) -> None:
    robin = Client(world)
    worker = world.workers[0]
    if point is not None:
        worker.crash_at = (point, 1)
    turn = robin.begin("/chat", user_message="propose A" if point else "hang")
    world.pass_time(1)
    if point is None:
        worker.die()
    world.finish(turn)
    assert turn.answer.status == 0
    assert world.rows("select 1 from turns union select 1 from plans union select 1 from actions") == []
    world.run(world.start(worker))
    assert robin.propose("A")["status"] == "pending"


def test_the_thread_of_a_dead_worker_is_free_within_the_lease(pair: World) -> None:
    turn = Client(pair).begin("/chat", user_message="hang")
    pair.pass_time(1)
    pair.workers[0].die()
    pair.finish(turn)
    other = Client(pair, worker=1)
    assert other.say("hello").code == "thread_busy"
    pair.pass_time(60)
    assert other.say("hello").status == 200


@pytest.mark.parametrize("early", [timedelta(microseconds=1), timedelta()])
def test_a_lease_ends_at_its_instant(pair: World, early: timedelta) -> None:
    """The same instant for who would stop the turn and for who would begin another."""
    turn = Client(pair).begin("/chat", user_message="hang")
    for _ in range(100):
        pair.pass_time(0)
    pair.workers[0].die()
    pair.finish(turn)
    pair.clock.move(timedelta(seconds=60) - early)
    other = Client(pair, worker=1)
    assert other.stop().code == ("None" if early else "nothing_running")
    assert other.say("hello").code == ("thread_busy" if early else "None")


def test_a_turn_of_hours_keeps_its_thread(pair: World) -> None:
    """The lease is renewed while the model thinks; nobody else answers meanwhile."""
    turn = Client(pair).begin("/chat", user_message="wait")
    for _ in range(5):
        pair.pass_time(20)
        assert Client(pair, worker=1).say("hello").code == "thread_busy"
    pair.loop.call_soon(pair.source.gate.set)
    pair.finish(turn)
    assert turn.answer.status == 200


def test_a_stop_is_for_the_turn_that_it_stopped(world: World) -> None:
    """The next one runs as long as it needs."""
    robin = Client(world)
    stopped = robin.begin("/chat", user_message="hang")
    world.pass_time(1)
    robin.stop()
    world.finish(stopped)
    turn = robin.begin("/chat", user_message="wait")
    world.pass_time(40)
    assert not turn.done
    world.loop.call_soon(world.source.gate.set)
    world.finish(turn)
    assert turn.answer.body["response"] == "All right."


def test_a_turn_that_lost_its_lease_stores_nothing(pair: World) -> None:
    """A worker that was suspended past its lease finds the thread taken over."""
    turn = Client(pair).begin("/chat", user_message="wait")
    pair.pass_time(0.5)
    pair.clock.move(timedelta(seconds=61))
    other = Client(pair, worker=1)
    plan = other.propose("A")
    pair.loop.call_soon(pair.source.gate.set)
    pair.finish(turn)
    assert turn.answer.code == "thread_busy"
    told = "Another request took over this thread; look at it, then send the message again."
    assert turn.answer.body["message"] == told
    assert [row.user_message for row in pair.rows("select user_message from turns")] == ["propose A"]
    assert other.plan(plan["id"])["status"] == "pending"


def test_a_turn_that_lost_its_lease_ends_at_the_next_heartbeat(pair: World) -> None:
    """It keeps nobody off the thread: the lease that it would prolong is another's."""
    turn = Client(pair).begin("/chat", user_message="hang")
    pair.pass_time(0.5)
    pair.clock.move(timedelta(seconds=61))
    other = Client(pair, worker=1).begin("/chat", user_message="wait")
    pair.pass_time(2)
    assert turn.answer.code == "thread_busy"
    pair.loop.call_soon(pair.source.gate.set)
    pair.finish(other)
    assert other.answer.status == 200


@pytest.mark.parametrize("message", ["fail", "crash", "loop", "propose A; fail"])
def test_a_turn_that_failed_frees_its_thread(world: World, message: str) -> None:
    robin = Client(world)
    if message.startswith("propose"):
        world.source.down = True
    answer = robin.say(message)
    assert answer.status in (500, 502)
    world.source.down = False
    assert world.rows("select 1 from turns") == []
    assert robin.say("hello").status == 200


def test_who_has_no_workspace_for_a_while_has_his_thread(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn that cannot have it frees the thread; a plan that was confirmed runs when it is there (P5)."""
    robin = Client(world)
    robin.propose("A")

    async def gone(*_: object) -> None:
        raise Unavailable("The account cannot be reached.")

    with monkeypatch.context() as patched:
        patched.setattr(far.Far, "workspace", gone)
        assert robin.confirm().status == 500
        assert robin.say("hello").status == 500
    assert robin.say("hello").status == 200
    world.pass_time(11)
    assert world.far.names() == ["A"]
    assert robin.confirm().body["status"] == "completed"


def test_a_turn_that_lost_the_store_does_not_go_on_in_secret(world: World) -> None:
    robin = Client(world)
    turn = robin.begin("/chat", user_message="hang")
    world.pass_time(1)
    world.store_lost = True
    world.finish(turn)
    world.store_lost = False
    world.pass_time(0.1)
    assert turn.answer.code == "store_unavailable"
    assert [task for task in world.workers[0].tasks if task.get_name().startswith("turn") and not task.done()] == []
    world.pass_time(60)
    assert robin.say("hello").status == 200


# --- deleting --------------------------------------------------------------------------------------------------------


def test_deleting_a_thread_cancels_what_waits(world: World) -> None:
    robin = Client(world)
    plan = robin.propose("A")
    assert robin.ask("DELETE", f"/threads/{THREAD}").status == 204
    assert robin.confirm(plan_id=plan["id"]).code == "not_found"
    world.pass_time(120)
    assert world.far.calls == []
    assert robin.say("hello").status == 200
    assert robin.confirm(plan_id=plan["id"]).code == "nothing_pending"


def test_a_thread_on_which_something_runs_is_not_deleted(world: World) -> None:
    world.far.will("A", far.late(20))
    robin = Client(world)
    robin.propose("A")
    confirm = robin.begin("/chat/confirm")
    world.pass_time(1)
    assert robin.ask("DELETE", f"/threads/{THREAD}").code == "thread_busy"
    world.finish(confirm)
    turn = robin.begin("/chat", user_message="wait")
    world.pass_time(1)
    assert robin.ask("DELETE", f"/threads/{THREAD}").code == "thread_busy"
    world.loop.call_soon(world.source.gate.set)
    world.finish(turn)
    assert robin.ask("DELETE", f"/threads/{THREAD}").status == 204


@pytest.mark.parametrize("seed", seeds(10))
def test_delete_against_confirm(stormy: Callable[[int], World], seed: int) -> None:
    """Either the plan ran and its thread is still there, or the thread is gone and nothing ran."""
    world = stormy(seed)
    robin = Client(world)
    plan = robin.propose("A")
    confirm = robin.begin("/chat/confirm", plan_id=plan["id"])
    delete = world.send(robin.name, "DELETE", f"/threads/{THREAD}")
    world.finish(confirm, delete)
    answers = (confirm.answer.status, delete.answer.status)
    assert answers in ((200, 409), (404, 204), (200, 204))
    assert world.far.names() == (["A"] if confirm.answer.status == 200 else [])


def test_the_loop_takes_no_real_time(world: World) -> None:
    """What the other tests rest on: nothing waits for another thread, so an undisturbed turn takes no virtual time."""
    before = world.loop.elapsed
    robin = Client(world)
    robin.propose("A")
    robin.confirm()
    assert world.loop.elapsed == before
