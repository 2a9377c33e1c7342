"""Guards that no client reaches alone: what two workers at one instant, or a suspended one, would do."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.kit import far
from tests.kit.say import Client
from tests.kit.world import World

from sayso.base.clock import parse_instant
from sayso.conversation import ledger, records
from sayso.conversation.nouns import Cancelled
from sayso.conversation.service import Conversation
from sayso.store.gateway import Store

MINUTE = timedelta(minutes=1)


def _write(world: World, change: Any, *args: Any) -> Any:
    store = Store(world.engine)
    return store.write_now(change, *args)


def _instant(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


def _running(world: World) -> tuple[Any, str]:
    """A plan of A and B in which A runs and never answers: its plan, and the id of A."""
    world.far.will("A", far.hang)
    robin = Client(world)
    plan = robin.propose("A; B")
    robin.begin("/chat/confirm")
    world.pass_time(1)
    return plan, plan["actions"][0]["id"]


def _status(world: World, action: str) -> str:
    return str(world.rows("select status from actions where id = :id", id=action)[0].status)


@pytest.mark.parametrize("decide", ["nothing", "cancel", "edit", "later"])
def test_an_action_is_claimed_only_in_a_confirmed_plan(world: World, decide: str) -> None:
    """P1, P4: whoever asks, whatever it believes, and whatever else is confirmed."""
    _running(world)
    robin = Client(world, thread="t2")
    plan = robin.propose("A; B")
    if decide == "cancel":
        robin.cancel()
    elif decide == "edit":
        robin.edit(plan["id"], remove=[plan["actions"][1]["id"]])
    elif decide == "later":
        world.clock.move(timedelta(hours=25))
    now = world.clock.now()
    assert not _write(world, ledger.claim, plan["actions"][0]["id"], "mine", now, now + MINUTE)
    assert _status(world, plan["actions"][0]["id"]) == "waiting"


def test_an_action_is_claimed_once(world: World) -> None:
    """P5."""
    plan, action = _running(world)
    now = world.clock.now()
    assert not _write(world, ledger.claim, action, "mine", now, now + MINUTE)
    _write(world, ledger.skip, plan["id"], now, "stopped")
    assert not _write(world, ledger.claim, plan["actions"][1]["id"], "mine", now, now + MINUTE)


def test_an_action_that_is_held_back_is_not_claimed_before_its_time(world: World) -> None:
    """P4: whatever a worker's clock or a plan that it has read before believes."""
    world.begin(hold=600)
    robin = Client(world)
    [action] = robin.propose("mail B")["actions"]
    robin.begin("/chat/confirm")
    world.pass_time(1)
    now = world.clock.now()
    assert not _write(world, ledger.claim, action["id"], "early", now + 9 * MINUTE, now + 10 * MINUTE)
    assert _write(world, ledger.claim, action["id"], "mine", now + 10 * MINUTE, now + 11 * MINUTE)


def test_what_is_confirmed_and_not_held_back_is_not_called_off(world: World) -> None:
    """P3: it was decided, though it has not started yet."""
    plan, _ = _running(world)
    later = plan["actions"][1]["id"]
    refused = Client(world).cancel(plan_id=plan["id"], action_ids=[later])
    assert (refused.status, refused.code) == (409, "already_executed")
    assert _status(world, later) == "waiting"


def test_only_what_still_shows_what_was_looked_at_is_refreshed(world: World) -> None:
    """P2, P3: neither what shows something else by now nor what waits no more."""
    robin = Client(world)
    plan = robin.propose("A")
    store = Store(world.engine)
    shown, now = store.read_now(records.plan, plan["id"]), world.clock.now()
    fresh = [
        (action, replace(ledger.proposal_of(action), preview="Otherwise"))
        for action in store.read_now(records.actions_of, [plan["id"]])
    ]
    assert _write(world, ledger.refresh, shown, fresh, now)
    assert not _write(world, ledger.refresh, shown, fresh, now)
    newer = store.read_now(records.plan, plan["id"])
    robin.cancel()
    assert not _write(world, ledger.refresh, newer, fresh, now)


def test_an_action_is_taken_over_only_after_its_lease_and_from_the_claim_that_was_seen(world: World) -> None:
    """P5: of two that take over, one wins."""
    _, action = _running(world)
    seen = world.rows("select claim_token, lease_until from actions where id = :id", id=action)[0].claim_token
    now = world.clock.now()
    assert not _write(world, ledger.reclaim, action, seen, "first", now, now + MINUTE)
    later = now + MINUTE
    assert _write(world, ledger.reclaim, action, seen, "first", later, later + MINUTE)
    after = later + 2 * MINUTE
    assert not _write(world, ledger.reclaim, action, seen, "second", after, after + MINUTE)


def test_an_outcome_is_recorded_under_its_claim_and_once(world: World) -> None:
    """P5: the answer of a lost call changes nothing."""
    _, action = _running(world)
    token = world.rows("select claim_token from actions where id = :id", id=action)[0].claim_token
    now = world.clock.now()
    assert not _write(world, ledger.record, action, "lost", "failed", now, None, "", "late")
    assert not _write(world, ledger.renew, action, "lost", now + MINUTE)
    assert _write(world, ledger.record, action, token, "succeeded", now, {}, "Done.", None)
    assert not _write(world, ledger.record, action, token, "failed", now, None, "", "late")
    assert not _write(world, ledger.renew, action, token, now + MINUTE)
    later = now + 2 * MINUTE
    assert not _write(world, ledger.reclaim, action, token, "mine", later, later + MINUTE)
    assert _status(world, action) == "succeeded"


def test_a_plan_is_closed_once_and_when_nothing_is_open(world: World) -> None:
    """P3, P5."""
    plan, action = _running(world)
    now = world.clock.now()
    assert not _write(world, ledger.finish, plan["id"], "completed", "Done.", now)
    other = Client(world, thread="t2")
    stopped = other.propose("C; D")["id"]
    world.far.will("C", far.hang)
    other.begin("/chat/confirm")
    world.pass_time(1)
    _write(world, ledger.skip, stopped, now, "stopped")
    assert not _write(world, ledger.finish, stopped, "stopped", "Done.", now)  # C runs
    token = world.rows("select claim_token from actions where id = :id", id=action)[0].claim_token
    _write(world, ledger.record, action, token, "succeeded", now, {}, "Done.", None)
    assert not _write(world, ledger.finish, plan["id"], "completed", "Done.", now)  # B waits
    _write(world, ledger.skip, plan["id"], now, "stopped")
    assert _write(world, ledger.finish, plan["id"], "stopped", "Done.", now)
    assert not _write(world, ledger.finish, plan["id"], "completed", "Done.", now)


def test_a_lease_survives_a_clock_that_goes_back(pair: World) -> None:
    """P5: a lease is never longer than its length, and a call under way keeps its time before it is asked for."""
    pair.far.will("A", far.hang)
    robin = Client(pair)
    robin.propose("A")
    robin.begin("/chat/confirm")
    pair.pass_time(1)
    pair.workers[0].die()
    pair.clock.move(timedelta(hours=-3))
    pair.pass_time(45)
    assert pair.rows("select attempts, status from actions") == [(1, "running")]  # a live call would not be over yet
    pair.pass_time(60)
    assert pair.rows("select attempts, status from actions") == [(2, "succeeded")]
    assert len(pair.far.effects) == 1


def test_only_leases_that_are_too_long_are_cut(world: World) -> None:
    """Clocks of several machines differ a little."""
    _, action = _running(world)
    now = world.clock.now()
    for ahead, left in ((2 * MINUTE, 2 * MINUTE), (2 * MINUTE + timedelta(microseconds=1), MINUTE)):
        world.change("update threads set lease_token = 'x'")
        world.change("update actions set status = 'running'")
        for table in ("threads", "actions"):
            world.change(f"update {table} set lease_until = :at", at=_instant(now + ahead))
        _write(world, ledger.cut_leases, now, MINUTE)
        for table in ("threads", "actions"):
            assert set(world.rows(f"select lease_until from {table}")) == {(_instant(now + left),)}
    world.change("update threads set lease_token = null, lease_until = :at", at=_instant(now + 5 * MINUTE))
    world.change("update actions set status = 'failed', lease_until = :at", at=_instant(now + 5 * MINUTE))
    _write(world, ledger.cut_leases, now, MINUTE)
    for table in ("threads", "actions"):  # nobody holds them
        assert set(world.rows(f"select lease_until from {table}")) == {(_instant(now + 5 * MINUTE),)}
    assert _status(world, action) == "failed"


def test_after_a_restore_nothing_runs_that_may_have_run(world: World) -> None:
    """P4, P5: what was confirmed is in doubt, what was cancelled since stays so, what waits goes on to wait."""
    _, running = _running(world)
    waiting, cancelled, decided, wordless, done = (Client(world, thread=f"t{number}") for number in range(2, 7))
    plans = [client.propose("C; D")["id"] for client in (waiting, cancelled, decided, wordless, done)]
    world.far.will("D", far.hang)
    done.begin("/chat/confirm")
    world.pass_time(1)
    decided.ask("POST", "/chat/cancel", {"thread_id": "t4", "reason": "first"})
    at = world.clock.now() + MINUTE
    later = [
        Cancelled(plan, at, "sess_9", words)
        for plan, words in ((plans[1], "not now"), (plans[2], "again"), (plans[3], None), ("plan_of_later", None))
    ]
    assert _write(world, ledger.settle_restored, at, later) == 3
    rows = world.rows("select status, error, ended_at from actions where plan_id in (select plan_id from actions "
                      "where id = :id)", id=running)  # fmt: skip
    assert rows == [("unknown", ledger.RESTORED, _instant(at))] * 2
    shown = [waiting.plan(plan) for plan in plans]
    assert [plan["status"] for plan in shown] == ["pending", "cancelled", "cancelled", "cancelled", "confirmed"]
    assert [plan["words"] for plan in shown] == [None, "not now", "first", None, None]
    assert shown[1]["decided_by"] == "sess_9"
    assert world.rows("select data, session_id from plan_events where kind = 'cancelled' and plan_id = :id",
                      id=plans[3]) == [("{}", "sess_9")]  # fmt: skip
    assert [action["status"] for action in shown[4]["actions"]] == ["succeeded", "unknown"]
    assert [event["kind"] for event in shown[1]["events"]] == ["proposed", "cancelled"]
    assert shown[1]["events"][1]["words"] == "not now"
    assert [event["kind"] for event in shown[2]["events"]] == ["proposed", "cancelled"]
    assert {action["status"] for action in shown[0]["actions"]} == {"waiting"}


def test_only_waiting_plans_expire(world: World) -> None:
    """P3: not those that were decided."""
    robin, other, third = Client(world), Client(world, thread="t2"), Client(world, thread="t3")
    done, cancelled, waiting = robin.propose("A")["id"], other.propose("B")["id"], third.propose("C")["id"]
    robin.confirm()
    other.cancel()
    world.clock.move(timedelta(hours=25))
    world.pass_time(11)
    seen = [robin.plan(plan) for plan in (done, cancelled, waiting)]
    assert [plan["status"] for plan in seen] == ["completed", "cancelled", "expired"]
    assert seen[2]["decided_at"] == seen[2]["expires_at"]
    assert [event["kind"] for event in seen[2]["events"]] == ["proposed", "expired"]


def test_a_plan_expires_at_its_time_and_not_before(world: World) -> None:
    """P3: by the sweep as in every answer."""
    robin = Client(world)
    plan = robin.propose("A")
    end = parse_instant(plan["expires_at"])
    _write(world, ledger.expire, end - timedelta(seconds=1))
    assert world.rows("select status from plans") == [("pending",)]
    _write(world, ledger.expire, end)
    assert world.rows("select status from plans") == [("expired",)]


@pytest.mark.parametrize("change", ["another plan", "cancelled", "confirmed", "late"])
def test_an_edit_replaces_only_the_plan_that_it_changed(world: World, change: str) -> None:
    """P2, P3: between looking at the plan and storing the new one, things happen."""
    gate = asyncio.Event()
    robin = Client(world)
    plan = robin.propose("A; B")

    async def wait() -> None:
        await gate.wait()

    world.far.reads = wait
    edit = world.send(
        robin.name, "PATCH", f"/plans/{plan['id']}", {"edits": {plan["actions"][0]["id"]: {"title": "Z"}}}
    )
    world.pass_time(0.5)
    assert not edit.done
    world.far.reads = None
    match change:
        case "another plan":
            robin.propose("C")
        case "cancelled":
            robin.cancel()
        case "confirmed":
            robin.confirm()
        case "late":
            world.clock.move(timedelta(hours=25))
    before = world.rows("select id, status from plans order by ordinal")
    world.loop.call_soon(gate.set)
    world.finish(edit)
    if change == "late":
        before = [(before[0].id, "expired")]  # it was told so
    codes = {"another plan": "plan_mismatch", "late": "plan_expired"}
    assert edit.answer.code == codes.get(change, "already_cancelled" if change == "cancelled" else "already_executed")
    assert world.rows("select id, status from plans order by ordinal") == before


def test_a_lease_is_renewed_while_it_is_tried_again(pair: World) -> None:
    """P5: three calls of 39 seconds take longer than one lease, and nobody takes over a live action."""
    pair.far.will("A", far.lose_before_later(39), far.lose_before_later(39), far.late(39))
    robin = Client(pair)
    robin.propose("A")
    robin.begin("/chat/confirm")
    pair.pass_time(130)
    assert pair.rows("select attempts, status from actions") == [(1, "succeeded")]
    assert len(pair.far.calls) == 3


def test_a_claim_is_a_lease_from_its_first_moment(world: World) -> None:
    """P5: between the claim and the call nobody takes over."""
    free: list[Any] = []

    def look(point: str) -> None:
        if point == "claimed":
            free.append(Store(world.engine).read_now(records.unfinished, world.clock.now(), world.clock.now()))

    world.at_point = look
    robin = Client(world)
    robin.propose("A; B")
    robin.confirm()
    assert free == [[], []]


def test_a_run_passes_each_named_point(world: World) -> None:
    """Whoever kills a worker there must meet it."""
    points: list[str] = []
    world.at_point = points.append
    robin = Client(world)
    robin.propose("A; B")
    robin.confirm()
    action = ["before_claim", "claimed", "ran", "recorded"]
    assert points == ["turn_ran", "turn_stored", "before_decide", "decided", *action, *action, "finished"]


@pytest.mark.parametrize("faster", ["claims", "finishes", "deletes"])
def test_who_was_slower_leaves_the_end_to_the_other(world: World, faster: str) -> None:
    """A plan is finished, and its outcome worded, by the one that closed it."""
    points: list[str] = []
    robin = Client(world)
    plan = robin.propose("A")
    action, until = plan["actions"][0]["id"], world.clock.now() + MINUTE

    def overtake(point: str) -> None:
        points.append(point)
        if (faster, point) == ("claims", "before_claim"):
            _write(world, ledger.claim, action, "another", world.clock.now(), until)
        elif (faster, point) == ("finishes", "recorded"):
            _write(world, ledger.finish, plan["id"], "completed", "Done.", world.clock.now())
        elif (faster, point) == ("deletes", "recorded"):
            world.change("delete from threads")

    world.at_point = overtake
    request = robin.begin("/chat/confirm")
    world.pass_time(1)
    assert points[-1] == ("before_claim" if faster == "claims" else "recorded")
    assert len(world.source.histories) == 1
    assert world.far.names() == ([] if faster == "claims" else ["A"])
    request.task.cancel()  # type: ignore[union-attr]


def test_a_plan_that_nobody_confirmed_is_not_run(world: World) -> None:
    """P1: whatever asks for it; and the run ends."""
    plan = Client(world).propose("A")
    conversation = world.workers[0].conversation
    world.run(_until(world.inside(world.workers[0], _run(conversation, plan["id"], world.user_ids["robin"]))))
    assert world.far.calls == []
    assert world.rows("select status from plans") == [("pending",)]


async def _run(conversation: Conversation, plan_id: str, user_id: str) -> None:
    await conversation.executor.start(plan_id, user_id)


def test_a_second_worker_leaves_the_end_to_the_one_that_runs(pair: World) -> None:
    """It finds the action running, under a lease that is alive."""
    points: list[str] = []
    plan, _ = _running(pair)
    pair.at_point = points.append
    Client(pair, worker=1).begin("/chat/confirm", plan_id=plan["id"])
    pair.pass_time(20)
    assert points == ["before_decide", "decided"]


def test_a_run_that_broke_off_is_taken_up_in_the_same_process(world: World) -> None:
    """The store was gone when the outcome was to be recorded (P5)."""
    world.far.will("A", far.late(2))
    robin = Client(world)
    plan = robin.propose("A; B")
    request = robin.begin("/chat/confirm")
    world.pass_time(1)
    world.store_lost = True
    world.pass_time(5)
    world.store_lost = False
    assert request.done
    world.pass_time(90)
    assert robin.plan(plan["id"])["status"] == "completed"
    assert world.far.names() == ["A", "B"]


def test_the_sweep_leaves_the_living_and_the_finished_alone(pair: World) -> None:
    done = Client(pair, thread="t2")
    done.propose("C")
    done.confirm()
    plan, _ = _running(pair)
    now = pair.clock.now()
    unfinished = Store(pair.engine).read_now(records.unfinished, now, now)
    assert unfinished == []
    later = Store(pair.engine).read_now(records.unfinished, now + 2 * MINUTE, now + 2 * MINUTE)
    assert [found for found, _ in later] == [plan["id"]]


def test_the_sweep_takes_up_at_once_what_died_between_two_actions(pair: World) -> None:
    """The lease of the action that is done holds nobody up, nor does one in another plan (P4)."""
    plan, _ = _running(pair)
    other = Client(pair, worker=1, thread="t2")
    second = other.propose("C; D")["id"]
    pair.workers[1].crash_at = ("recorded", 1)
    other.confirm()
    found = Store(pair.engine).read_now(records.unfinished, pair.clock.now(), pair.clock.now())
    assert [each for each, _ in found] == [second] != [plan["id"]]


def test_who_takes_over_holds_a_lease_while_he_asks_what_happened(pair: World) -> None:
    """P5: nobody takes over from him in the meantime."""
    _, action = _running(pair)
    pair.far.silent = 3
    pair.workers[0].die()
    for _ in range(200):
        pair.pass_time(0.5)
        if pair.rows("select attempts from actions where id = :id", id=action) == [(2,)]:
            break
    assert _status(pair, action) == "running"
    assert Store(pair.engine).read_now(records.unfinished, pair.clock.now(), pair.clock.now()) == []


def test_a_run_that_lost_an_action_to_a_stop_ends_at_once(world: World) -> None:
    """The stop came between the look at the action and its claim: the plan is closed then, not by a later sweep."""
    robin = Client(world)
    plan = robin.propose("A")

    def stop(point: str) -> None:
        if point == "before_claim":
            _write(world, ledger.skip, plan["id"], world.clock.now(), "stopped")

    world.at_point = stop
    before = world.loop.elapsed
    assert robin.confirm().body["status"] == "stopped"
    assert world.loop.elapsed - before < 1
    assert world.far.calls == []


def test_one_process_runs_a_plan_once(world: World) -> None:
    """Confirmed by two clients and swept meanwhile: one execution."""
    world.far.will("A", far.late(25))
    robin = Client(world)
    plan = robin.propose("A; B")
    requests = [robin.begin("/chat/confirm", plan_id=plan["id"]) for _ in range(3)]
    world.pass_time(1)
    executing = [task for task in world.workers[0].tasks if task.get_name().startswith("execute") and not task.done()]
    assert len(executing) == 1
    world.finish(*requests)
    assert world.far.names() == ["A", "B"]


def test_a_process_that_was_suspended_does_not_take_over_from_itself(world: World) -> None:
    """A laptop sleeps in the middle of a call: its lease is over when it wakes, and the sweep comes first (P5)."""
    world.far.will("A", far.late(20))
    robin = Client(world)
    robin.propose("A")
    request = robin.begin("/chat/confirm")
    world.pass_time(1)
    world.clock.move(timedelta(hours=8))
    world.pass_time(11)
    world.finish(request)
    assert request.answer.body["status"] == "completed"
    assert world.far.names() == ["A"]


def test_a_closing_worker_records_what_it_did(world: World) -> None:
    """The server ends in the middle of a call: the next life finds out and finishes (P5)."""
    world.far.will("A", far.late(30))
    robin = Client(world)
    plan = robin.propose("A; B")
    robin.begin("/chat/confirm")
    world.pass_time(1)
    world.run(world.restart(world.workers[0]))
    world.pass_time(1)
    assert robin.plan(plan["id"])["status"] == "completed"
    assert world.far.names() == ["A", "B"]


def test_an_outcome_is_recorded_though_the_server_is_closing(world: World) -> None:
    """P5, P8: the effect has happened; an end of the server's patience does not keep it from being written."""
    world.far.will("A", far.late(2))
    robin = Client(world)
    plan = robin.propose("A")
    robin.begin("/chat/confirm")
    world.pass_time(1)
    world.far.wire, world.slow = None, 10
    world.run(_until(world.inside(world.workers[0], world.workers[0].close())))
    assert _status(world, plan["actions"][0]["id"]) == "running"
    world.pass_time(20)
    assert _status(world, plan["actions"][0]["id"]) == "succeeded"


def test_a_worker_that_ends_while_an_outcome_is_worded_frees_the_thread(pair: World) -> None:
    """It waits until its turns have given back what they hold."""
    robin = Client(pair)
    robin.propose("A")
    pair.source.stuck = True
    robin.begin("/chat/confirm")
    pair.pass_time(1)
    pair.source.stuck, pair.slow = False, 1
    pair.run(pair.restart(pair.workers[0]))
    pair.slow = 0
    assert Client(pair, worker=1).say("hello").status == 200


def test_a_thread_is_held_while_an_outcome_is_worded(pair: World) -> None:
    """Two answers at once would be told in one order and stored in another (P8)."""
    robin = Client(pair)
    robin.propose("A")
    pair.source.stuck = True
    request = robin.begin("/chat/confirm")
    pair.pass_time(0.5)
    pair.source.stuck = False
    assert Client(pair, worker=1).say("hello").code == "thread_busy"
    robin.stop()
    pair.finish(request)


async def _until(task: asyncio.Task[None]) -> None:
    await task
