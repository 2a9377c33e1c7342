"""Changes of a plan that waits: what stays, what is replaced, and what is told of a change that failed in part."""

from datetime import timedelta
from typing import Any

import pytest
from tests.kit import far
from tests.kit.say import Client
from tests.kit.world import World


def _titles(plan: Any) -> list[str]:
    return [action["args"].get("title") or action["args"]["subject"] for action in plan["actions"]]


@pytest.mark.parametrize(
    ("message", "left"),
    [
        ("propose C", ["A", "B", "C"]),
        ("propose task C; D", ["A", "B", "C", "D"]),
        ("propose A", ["A", "B"]),  # the very same
        ("instead 1 C", ["C", "B"]),
        ("instead 2 mail C", ["A", "C"]),
        ("drop 1", ["B"]),
        ("half C", ["A", "B", "C"]),
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
    told = [each["text"] for action in plan["actions"] for each in action["warnings"] if each["code"] == "not_all"]
    assert len(told) == message.startswith("half")


def test_what_stays_runs_once(world: World) -> None:
    """A plan whose actions came of calls of several turns: each has its one result, and its one effect."""
    robin = Client(world)
    robin.propose("A; mail B")
    robin.say("propose task C")
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


def test_what_takes_the_place_of_another_tells_what_that_was(world: World) -> None:
    robin = Client(world)
    start = world.clock.now() + timedelta(days=7)
    world.far.add_event(world.user_ids["robin"], "Standup", start, start + timedelta(minutes=15))
    first = robin.propose("A; mail B; move Standup")
    assert [action["was"] for action in first["actions"]] == [None, None, None]
    plan = robin.say("instead 1 D").body["plan"]
    a, d = first["actions"][0], plan["actions"][0]
    changed = {name: a["args"][name] for name in ("title", "start", "end") if a["args"][name] != d["args"][name]}
    assert d["was"] == {"id": a["id"], "preview": a["preview"], "args": changed}
    assert [action["was"] for action in plan["actions"][1:]] == [None, None]  # what stays is as it was
    plan = robin.say("instead 2 task C").body["plan"]
    assert (plan["actions"][1]["was"]["preview"], plan["actions"][0]["was"]) == (first["actions"][1]["preview"], None)
    moved = robin.say("place Standup").body["plan"]["actions"][2]
    assert moved["was"]["id"] == plan["actions"][2]["id"]
    assert moved["was"]["args"] == {"location": None}


def test_an_edit_tells_what_it_changed(world: World) -> None:
    robin = Client(world)
    plan = robin.propose("A; mail B")
    _, b = plan["actions"]
    edited = robin.edit(plan["id"], edits={b["id"]: {"subject": "B2"}}).body
    assert [action["was"] for action in edited["actions"]] == [
        None,
        {"id": b["id"], "preview": b["preview"], "args": {"subject": "B"}},
    ]


def test_the_very_same_changes_nothing_of_itself(world: World) -> None:
    robin = Client(world)
    robin.propose("A; mail B")
    plan = robin.propose("mail B; A; C")
    assert _titles(plan) == ["A", "B", "C"]
    assert [action["was"] for action in plan["actions"]] == [None, None, None]


def test_a_next_step_comes_to_what_waits_by_then(world: World) -> None:
    """What the agent proposes behind a run does not take the place of what was asked for meanwhile."""
    robin = Client(world)
    world.far.will("A", far.late(20))
    first = robin.propose("A")
    request = robin.begin("/chat/confirm", plan_id=first["id"])
    world.pass_time(1)
    assert _titles(robin.propose("mail B then C")) == ["B"]
    world.pass_time(30)
    world.finish(request)
    [plan] = [each for each in robin.ask("GET", "/plans").body["plans"] if each["status"] == "pending"]
    assert _titles(plan) == ["B", "C"]


@pytest.mark.parametrize("decision", ["cancel", "confirm"])
def test_what_was_decided_on_meanwhile_does_not_stay(world: World, decision: str) -> None:
    """Else what was cancelled would wait again (P4), or what has run would run once more (P5)."""
    robin = Client(world)
    first = robin.propose("A")
    request = robin.begin("/chat", user_message="wait-propose C")
    world.pass_time(1)
    getattr(robin, decision)(plan_id=first["id"])
    world.source.gate.set()
    world.finish(request)
    assert _titles(request.answer.body["plan"]) == ["C"]


def test_what_was_edited_meanwhile_stays_as_edited(world: World) -> None:
    robin = Client(world)
    first = robin.propose("A; B")
    request = robin.begin("/chat", user_message="wait-propose C")
    world.pass_time(1)
    robin.edit(first["id"], edits={first["actions"][0]["id"]: {"title": "A2"}}, remove=[first["actions"][1]["id"]])
    world.source.gate.set()
    world.finish(request)
    assert _titles(request.answer.body["plan"]) == ["A2", "C"]


def test_of_a_call_for_several_what_is_left_is_what_was_left(world: World) -> None:
    """The actions of one call are told apart, also when each was stored anew by an edit meanwhile."""
    robin = Client(world)
    first = robin.propose("task B, C, D")
    ids = [action["id"] for action in first["actions"]]
    world.source.gate.clear()
    request = robin.begin("/chat", user_message="wait-instead 1 task A")
    world.pass_time(1)
    robin.edit(first["id"], edits={ids[2]: {"title": "D2"}})
    world.source.gate.set()
    world.finish(request)
    plan = request.answer.body["plan"]
    assert _titles(plan) == ["A", "C", "D2"]
    assert plan["actions"][0]["was"]["args"]["title"] == "B"


def test_of_a_call_for_several_what_an_edit_left_out_does_not_come_back(world: World) -> None:
    robin = Client(world)
    first = robin.propose("task B, C, D")
    ids = [action["id"] for action in first["actions"]]
    world.source.gate.clear()
    request = robin.begin("/chat", user_message="wait-instead 2 task A")
    world.pass_time(1)
    robin.edit(first["id"], remove=[ids[0]])
    world.source.gate.set()
    world.finish(request)
    assert _titles(request.answer.body["plan"]) == ["A", "D"]


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
    plan = robin.say("propose task D").body["plan"]
    assert not [each["text"] for action in plan["actions"] for each in action["warnings"] if each["code"] == "not_all"]
