"""Far systems that misbehave: for each way the outcome, the receipt, the rest of the plan and what the user can do."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from tests.kit import far
from tests.kit.say import Client
from tests.kit.world import World

from sayso.workspace.accounts import compose
from sayso.workspace.protocols import Workspace
from sayso.workspace.types import Event, Person

NOT_REACHED = "The calendar cannot be reached. It was not done. Ask again later."
NO_ANSWER = "The far system did not answer, and it did not happen there. Ask again to retry."
LOST = "The answer was lost, so it may or may not have happened."


class Case(NamedTuple):
    """What happens to A when its calls go this way. `error`: what the user reads. `took`: seconds, roughly."""

    behaviors: list[far.Behavior]
    status: str
    calls: int
    effects: int
    error: str | None = None
    took: float = 0.0
    silent: int = 0
    mute: int = 0


CASES = {
    "slow": Case([far.late(30)], "succeeded", 1, 1, took=30),
    "hangs once": Case([far.hang], "succeeded", 2, 1, took=40.5),
    "hangs always": Case([far.hang] * 3, "failed", 3, 0, NO_ANSWER, took=121),
    "hangs after the effect": Case([far.apply_and_hang], "succeeded", 1, 1, took=40.5),
    "unavailable once": Case([far.unavailable()], "succeeded", 2, 1, took=1),
    "unavailable always": Case([far.unavailable()] * 3, "failed", 3, 0, NOT_REACHED, took=2),
    "429, short": Case([far.unavailable(4)], "succeeded", 2, 1, took=4),
    "429, as long as can be": Case([far.unavailable(10)] * 3, "failed", 3, 0, NOT_REACHED, took=20),
    "429, at once": Case([far.unavailable(0)], "succeeded", 2, 1),
    "429, long": Case(
        [far.unavailable(90)],
        "failed",
        1,
        0,
        "The far system asks to wait 90 seconds; it was not done. Ask again then.",
    ),
    "refused": Case([far.refuse], "failed", 1, 0, "The calendar does not allow this."),
    "changed": Case([far.changed], "failed", 1, 0, "It was changed since you saw it; nothing was done."),
    "token expired": Case(
        [far.expired_token],
        "failed",
        1,
        0,
        "The sign-in to the calendar has expired; connect it again in the settings.",
    ),
    "connection lost before the effect": Case([far.lose_before], "succeeded", 2, 1, took=0.5),
    "connection lost after the effect": Case([far.lose_after], "succeeded", 1, 1, took=0.5),
    "answer lost, then unavailable": Case([far.lose_before, far.unavailable()], "succeeded", 3, 1, took=1.5),
    "answer lost thrice, without effect": Case([far.lose_before] * 3, "failed", 3, 0, NO_ANSWER, took=1),
    "timed out after the effect": Case([far.time_out_after], "succeeded", 1, 1, took=0.5),
    "provider broken before the effect": Case([far.crash_before], "succeeded", 2, 1, took=0.5),
    "provider broken after the effect": Case([far.crash_after], "succeeded", 1, 1, took=0.5),
    "effect, and the question fails twice": Case([far.lose_after], "succeeded", 1, 1, took=2.5, silent=2),
    "effect, and the question hangs": Case([far.lose_after], "succeeded", 1, 1, took=41.5, mute=1),
    "effect, and nobody can tell": Case([far.lose_after], "unknown", 1, 1, LOST, took=2.5, silent=3),
    "no effect, and nobody can tell": Case([far.lose_before], "unknown", 1, 0, LOST, took=2.5, silent=3),
}


@pytest.mark.parametrize("name", CASES)
def test_outcome(world: World, name: str) -> None:
    """A goes wrong in the middle of a plan: its outcome is the truth, the others run (P5)."""
    case = CASES[name]
    world.far.will("A", *case.behaviors)
    world.far.silent, world.far.mute = case.silent, case.mute
    robin = Client(world)
    plan = robin.propose("B; A; mail C")
    before = world.loop.elapsed
    answer = robin.confirm()
    _wait_if_running(robin, answer)
    answer = robin.confirm()
    took = world.loop.elapsed - before
    outcomes = list(answer.body["results"].values())
    action, tried = outcomes[1], [name for _, name in world.far.calls]

    assert (action["status"], tried.count("A"), world.far.names().count("A")) == case[1:4]
    assert action["error"] == case.error
    if case.status == "succeeded":
        assert action["result"]["event"]["title"] == "A"
        assert action["receipt"].startswith("Created 'A', ")
    assert case.took <= took < case.took + 0.9 or took > 60
    assert [outcome["status"] for outcome in (outcomes[0], outcomes[2])] == ["succeeded", "succeeded"]
    assert answer.body["status"] == ("completed" if case.status == "succeeded" else "partial")
    assert _line(plan["actions"][1]["preview"], action) in answer.body["response"]


def _wait_if_running(robin: Client, answer: Any) -> None:
    """A confirm answers after a minute at the latest; the run goes on, and the confirm can be repeated."""
    assert answer.status == 200
    if answer.body["status"] == "running":
        robin.world.pass_time(70)


def _line(preview: str, action: Any) -> str:
    match action["status"]:
        case "succeeded":
            return f"- {action['receipt']}"
        case "failed":
            return f"- Not done: {preview}. {action['error']}"
    return f"- Unknown: {preview}. {action['error']} Look before you ask for it again."


def test_unknown_is_never_retried(world: World) -> None:
    """Not by the sweep, not after a restart, not by another confirm (P5)."""
    world.far.will("A", far.lose_before)
    world.far.silent = 3
    robin = Client(world)
    robin.propose("A")
    first = robin.confirm().body
    world.pass_time(120)
    world.run(world.restart(world.workers[0]))
    world.pass_time(120)
    assert robin.confirm().body == first
    assert world.far.calls == [("create_event", "A")]


def _standup(world: World) -> None:
    start = world.clock.now() + timedelta(days=1)
    world.far.add_event(world.user_ids["robin"], "Standup", start, start + timedelta(minutes=15))


def _event(world: World) -> Event | None:
    return next((each for each in world.far.events.values() if each.title == "Standup"), None)


def test_two_changes_of_one_event_are_one_step(world: World) -> None:
    """Each call knows the event as it is now; run one after the other, the second would undo the first."""
    _standup(world)
    robin = Client(world)
    plan = robin.propose("move Standup; place Standup; A")
    assert len(plan["actions"]) == 2
    assert plan["actions"][0]["preview"].endswith("place none → 'Room 2'")
    assert robin.confirm().body["status"] == "completed"
    standup = _event(world)
    assert standup is not None
    assert (standup.start.isoformat(), standup.location) == ("2027-05-03T16:00:00-04:00", "Room 2")


def test_what_follows_a_change_of_ones_own_runs(world: World) -> None:
    """The event is not as it was shown, but as the step before was confirmed to leave it."""
    _standup(world)
    robin = Client(world)
    robin.propose("move Standup; delete Standup; A")
    statuses = [result["status"] for result in robin.confirm().body["results"].values()]
    assert statuses == ["succeeded", "succeeded", "succeeded"]
    assert _event(world) is None


def test_a_change_of_one_event_is_none_of_another(world: World) -> None:
    _standup(world)
    start = world.clock.now() + timedelta(days=2)
    world.far.add_event(world.user_ids["robin"], "Lunch", start, start + timedelta(hours=1))
    robin = Client(world)
    robin.propose("move Standup; delete Lunch")
    assert robin.confirm().body["status"] == "completed"


def test_what_follows_a_change_of_ones_own_does_not_run_over_anothers(world: World) -> None:
    """P2: somebody changed the event between the two steps."""
    _standup(world)
    robin = Client(world)
    robin.propose("move Standup; delete Standup; A")
    points: list[str] = []

    def change(point: str) -> None:
        points.append(point)
        if points.count("before_claim") == 2:
            event = _event(world)
            assert event is not None
            world.far.events[event.id] = replace(event, location="Elsewhere", revision="another's")

    world.at_point = change
    outcomes = list(robin.confirm().body["results"].values())
    assert [each["status"] for each in outcomes] == ["succeeded", "failed", "succeeded"]
    changed = "It was changed since you saw it; nothing was done."
    assert outcomes[1]["error"] == f"{changed} What is different: start, end and location."


@pytest.mark.parametrize("edited", [False, True])
def test_what_needs_a_failed_step_is_skipped_and_the_rest_goes_on(world: World, edited: bool) -> None:
    _standup(world)
    world.far.will("Standup", far.refuse)
    robin = Client(world)
    plan = robin.propose("move Standup; delete Standup; A" + "; B" * edited)
    if edited:
        plan = robin.edit(plan["id"], remove=[plan["actions"][3]["id"]]).body
    answer = robin.confirm().body
    statuses = [result["status"] for result in answer["results"].values()]
    assert statuses == ["failed", "skipped", "succeeded"]
    assert answer["status"] == "partial"
    needed = plan["actions"][0]["preview"]
    skipped = f"- Skipped: {plan['actions'][1]['preview']}. It needs an earlier step that was not done: {needed}."
    assert skipped in answer["response"]
    assert world.far.calls == [("update_event", "Standup"), ("create_event", "A")]


def test_what_needs_an_unknown_step_is_skipped(world: World) -> None:
    _standup(world)
    world.far.will("Standup", far.lose_before)
    world.far.silent = 3
    robin = Client(world)
    robin.propose("move Standup; delete Standup")
    answer = robin.confirm().body
    assert [result["status"] for result in answer["results"].values()] == ["unknown", "skipped"]
    assert answer["status"] == "failed"
    assert world.far.effects == []


def test_a_step_that_was_left_out_stops_no_other(world: World) -> None:
    _standup(world)
    robin = Client(world)
    plan = robin.propose("move Standup; delete Standup")
    answer = robin.confirm(action_ids=[plan["actions"][1]["id"]]).body
    assert [result["status"] for result in answer["results"].values()] == ["skipped", "succeeded"]
    assert answer["status"] == "completed"


def test_a_step_that_was_left_out_hides_no_failed_one(world: World) -> None:
    world.far.will("B", far.refuse)
    robin = Client(world)
    plan = robin.propose("A; B; C")
    world.change("update actions set touches = 'the same'")
    answer = robin.confirm(action_ids=[action["id"] for action in plan["actions"][1:]]).body
    assert [result["status"] for result in answer["results"].values()] == ["skipped", "failed", "skipped"]
    assert world.far.effects == []


def test_a_token_that_expires_mid_plan_fails_the_rest_and_says_how_to_go_on(world: World) -> None:
    world.far.will("B", far.expired_token)
    world.far.will("C", far.expired_token)
    robin = Client(world)
    robin.propose("A; B; mail C")
    answer = robin.confirm().body
    assert [result["status"] for result in answer["results"].values()] == ["succeeded", "failed", "failed"]
    assert answer["response"].count("connect it again in the settings") == 2
    assert world.far.names() == ["A"]


def test_asking_again_makes_a_new_plan_of_what_failed(world: World) -> None:
    """What the user can do next; and the model was told which step it is."""
    world.far.will("A", far.refuse)
    robin = Client(world)
    robin.propose("A; B")
    robin.confirm()
    told = str(world.source.histories[-1])
    assert "The calendar does not allow this." in told
    again = robin.propose("A")
    assert [action["args"]["title"] for action in again["actions"]] == ["A"]
    assert robin.confirm().body["status"] == "completed"
    assert sorted(world.far.names()) == ["A", "B"]


def test_a_confirm_answers_within_a_minute_and_tells_the_truth_later(world: World) -> None:
    world.far.will("A", far.late(39))
    world.far.will("B", far.late(39))
    robin = Client(world)
    robin.propose("A; B")
    before = world.loop.elapsed
    answer = robin.confirm().body
    assert 59 < world.loop.elapsed - before < 61
    assert answer["status"] == "running"
    assert [result["status"] for result in answer["results"].values()] == ["succeeded"]
    world.pass_time(30)
    assert robin.confirm().body["status"] == "completed"
    assert world.far.names() == ["A", "B"]


def test_an_answer_that_comes_after_recovery_changes_nothing(pair: World) -> None:
    """Answered twice: by the call of a worker that was suspended past its lease, and to the one that took over (P5)."""
    gate = asyncio.Event()

    async def apply_and_answer_late(call: far.Call) -> Any:
        done = call.apply()
        await gate.wait()
        return done

    pair.far.will("A", apply_and_answer_late)
    robin = Client(pair)
    robin.propose("A")
    first = robin.begin("/chat/confirm")
    pair.pass_time(1)
    pair.clock.move(timedelta(minutes=2))
    other = Client(pair, worker=1)
    pair.pass_time(11)
    taken_over = other.confirm().body
    assert taken_over["status"] == "completed"
    pair.loop.call_soon(gate.set)
    pair.finish(first)
    assert first.answer.body == other.confirm().body
    assert pair.far.names() == ["A"]
    attempts = pair.rows("select attempts from actions")
    assert attempts == [(2,)]


def test_a_call_that_was_taken_over_is_not_tried_again(pair: World) -> None:
    """Suspended past its lease between two attempts, a worker finds that another has done it (P5)."""
    pair.far.will("A", far.unavailable(5))
    robin = Client(pair)
    robin.propose("A; B")
    pair.pass_time(9)
    confirm = robin.begin("/chat/confirm")
    pair.pass_time(0.5)
    pair.clock.move(timedelta(minutes=2))
    pair.pass_time(3)
    assert pair.far.names() == ["A", "B"]
    pair.finish(confirm)
    assert confirm.answer.body["status"] == "completed"
    pair.pass_time(60)
    assert pair.far.names() == ["A", "B"]


@pytest.mark.parametrize("point", ["before_claim", "ran"])
def test_a_tool_that_is_gone(world: World, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    """An upgrade took it away while the server was down: what had begun is in doubt, the rest was not done (P5)."""
    robin = Client(world)
    robin.propose("A")
    world.workers[0].crash_at = (point, 1)
    robin.confirm()
    monkeypatch.delitem(world.runner.toolbox, "create_calendar_event")
    world.run(world.start(world.workers[0]))
    world.pass_time(1)
    [outcome] = robin.confirm().body["results"].values()
    gone = "The tool create_calendar_event is not connected any more"
    doubt = ("unknown", f"{gone}, so it may or may not have happened.")
    assert (outcome["status"], outcome["error"]) == (doubt if point == "ran" else ("failed", f"{gone}."))
    assert len(world.far.effects) == (point == "ran")


def _disconnect(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on no account of anybody serves a calendar."""
    whole = far.Far.workspace

    async def without_calendar(*args: Any) -> Workspace:
        return replace(await whole(*args), calendar=None)

    monkeypatch.setattr(far.Far, "workspace", without_calendar)


@pytest.mark.parametrize("point", ["before_claim", "ran"])
def test_a_part_that_is_not_connected_any_more(world: World, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    """As with a tool that is gone: what had begun is in doubt, the rest was not done (P5)."""
    robin = Client(world)
    robin.propose("A")
    world.workers[0].crash_at = (point, 1)
    robin.confirm()
    _disconnect(monkeypatch)
    world.run(world.start(world.workers[0]))
    world.pass_time(1)
    [outcome] = robin.confirm().body["results"].values()
    assert outcome["status"] == ("unknown" if point == "ran" else "failed")
    assert outcome["error"].startswith("The account that this was for is not connected any more")
    assert len(world.far.effects) == (point == "ran")


def test_what_was_under_way_is_looked_for_in_its_own_account(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the server was down, another account became the one where new things are made (P2, P5)."""
    robin = Client(world)
    robin.propose("A; B")
    world.workers[0].crash_at = ("ran", 1)
    robin.confirm()
    other = far.Far()

    async def two(state: far.Far, user_id: str, me: Person, *alive: Callable[[], None]) -> Workspace:
        new = replace(other.account(user_id, me), id="new", default_for=frozenset({"calendar"}))
        return compose([state.account(user_id, me, *alive), new])

    monkeypatch.setattr(far.Far, "workspace", two)
    world.run(world.start(world.workers[0]))
    world.pass_time(1)
    assert robin.confirm().body["status"] == "completed"
    assert world.far.names() == ["A", "B"]
    assert other.calls == []


def test_a_task_whose_answer_was_lost_is_there_once(world: World) -> None:
    world.far.will("B", far.lose_after)
    robin = Client(world)
    robin.propose("A; task B")
    assert robin.confirm().body["status"] == "completed"
    assert [task.title for task in world.far.tasks.values()] == ["B"]
    assert world.far.names() == ["A", "B"]


def test_an_action_whose_part_is_gone_can_be_left_out_but_not_edited(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    robin = Client(world)
    plan = robin.propose("A; mail B")
    _disconnect(monkeypatch)
    action = plan["actions"][0]["id"]
    answer = robin.edit(plan["id"], {action: {"title": "Another"}})
    assert (answer.status, answer.code) == (422, "validation_error")
    [field] = answer.body["details"]["fields"]
    assert field["message"] == "The account that this was for is not connected any more."
    assert robin.edit(plan["id"], remove=[action]).status == 200


def test_the_count_notices_a_double(world: World) -> None:
    """The far workspace itself: a provider that breaks its contract is seen."""
    world.far.will("A", far.apply_twice)
    robin = Client(world)
    plan = robin.propose("A")
    robin.confirm()
    assert world.far.count(plan["actions"][0]["id"]) == 2
