"""Changes of a plan that waits: what stays, what is replaced, and what is told of a change that failed in part."""

from typing import Any

import pytest
from tests.kit.say import Client
from tests.kit.world import World

from sayso.agent.replacing import NOT_ALL


def _titles(plan: Any) -> list[str]:
    return [action["args"].get("title") or action["args"]["subject"] for action in plan["actions"]]


@pytest.mark.parametrize(
    ("message", "left"),
    [
        ("propose C", ["C"]),  # the whole of it again
        ("add C", ["A", "B", "C"]),
        ("instead 1 C", ["C", "B"]),
        ("instead 2 mail C", ["A", "C"]),
        ("drop 1", ["B"]),
        ("half C", ["C", "B"]),  # what C stands for is guessed: another event
        ("half task C", ["A", "B", "C"]),
        ("half mail C", ["A", "C"]),
        ("hello", ["A", "B"]),
    ],
)
def test_what_waits_after_a_change(world: World, message: str, left: list[str]) -> None:
    robin = Client(world)
    first = robin.propose("A; mail B")
    plan = robin.say(message).body["plan"]
    assert _titles(plan) == left
    assert (plan["id"] == first["id"]) == (message == "hello")
    assert robin.plan(first["id"])["status"] == ("pending" if message == "hello" else "superseded")
    told = [each for action in plan["actions"] for each in action["warnings"] if each.startswith(NOT_ALL)]
    assert len(told) == message.startswith("half")


def test_what_stays_runs_once(world: World) -> None:
    """A plan whose actions came of calls of several turns: each has its one result, and its one effect."""
    robin = Client(world)
    robin.propose("A; mail B")
    robin.say("add task C")
    robin.say("instead 1 D")
    assert robin.confirm().body["status"] == "completed"
    assert [row.status for row in world.rows("select status from actions where status != 'waiting'")] == [
        "succeeded"
    ] * 3
    robin.say("hello")
    told = str(world.source.histories[-1])
    assert [told.count(f"{done}") for done in ("Created 'A'", "Sent 'B'", "Added the task 'C'", "Created 'D'")] == [
        0,
        1,
        1,
        1,
    ]


@pytest.mark.parametrize("decision", ["cancel", "confirm"])
def test_what_was_decided_on_meanwhile_does_not_stay(world: World, decision: str) -> None:
    """Else what was cancelled would wait again (P4), or what has run would run once more (P5)."""
    robin = Client(world)
    first = robin.propose("A")
    request = robin.begin("/chat", user_message="wait-add C")
    world.pass_time(1)
    getattr(robin, decision)(plan_id=first["id"])
    world.source.gate.set()
    world.finish(request)
    assert _titles(request.answer.body["plan"]) == ["C"]


def test_what_was_edited_meanwhile_stays_as_edited(world: World) -> None:
    robin = Client(world)
    first = robin.propose("A; B")
    request = robin.begin("/chat", user_message="wait-add C")
    world.pass_time(1)
    robin.edit(first["id"], edits={first["actions"][0]["id"]: {"title": "A2"}}, remove=[first["actions"][1]["id"]])
    world.source.gate.set()
    world.finish(request)
    assert _titles(request.answer.body["plan"]) == ["A2", "C"]


def test_an_edit_of_nothing_is_refused(world: World) -> None:
    robin = Client(world)
    plan = robin.propose("A; B")
    nothing: list[dict[str, Any]] = [{}, {plan["actions"][0]["id"]: {}}]
    for edits in nothing:
        answer = robin.edit(plan["id"], edits=edits)
        assert (answer.status, answer.body["details"]["fields"][0]["field"]) == (422, "edits")
    assert robin.plan(plan["id"])["status"] == "pending"


def test_an_edit_that_changes_nothing_leaves_the_plan(world: World) -> None:
    robin = Client(world)
    plan = robin.propose("A; B")
    first, second = (action["id"] for action in plan["actions"])
    answer = robin.edit(plan["id"], edits={first: {"title": "A"}, second: {"title": "B"}})
    assert (answer.status, answer.body) == (200, robin.plan(plan["id"]))
    assert (answer.body["id"], answer.body["status"]) == (plan["id"], "pending")
    changed = robin.edit(plan["id"], edits={first: {"title": "A"}, second: {"title": "B2"}}).body
    assert (changed["supersedes"], _titles(changed)) == (plan["id"], ["A", "B2"])


def test_a_warning_of_a_failed_change_goes_with_the_next_one(world: World) -> None:
    robin = Client(world)
    robin.propose("A; mail B")
    robin.say("half task C")
    plan = robin.say("add task D").body["plan"]
    assert not [each for action in plan["actions"] for each in action["warnings"] if each.startswith(NOT_ALL)]
