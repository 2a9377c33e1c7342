"""What belongs to another user looks like what does not exist (P9)."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.kit.say import Client
from tests.kit.world import CLIENTS, World

CALLS: dict[str, Callable[[Client, str], Any]] = {
    "confirm": lambda client, plan: client.confirm(),
    "confirm by name": lambda client, plan: client.confirm(plan_id=plan),
    "cancel": lambda client, plan: client.cancel(),
    "cancel by name": lambda client, plan: client.cancel(plan_id=plan),
    "stop": lambda client, plan: client.stop(),
    "edit": lambda client, plan: client.edit(plan, remove=["act_x"]),
    "look": lambda client, plan: client.ask("GET", f"/plans/{plan}"),
    "look at the thread": lambda client, plan: client.ask("GET", "/threads/t1"),
    "rename": lambda client, plan: client.ask("PATCH", "/threads/t1", {"title": "Mine"}),
    "delete": lambda client, plan: client.ask("DELETE", "/threads/t1"),
}


@pytest.mark.parametrize("what", CALLS)
def test_anothers_thread_and_plan_do_not_exist(world: World, what: str) -> None:
    """The very answer that an id gets which nobody has (P9)."""
    robin, stranger = Client(world), Client(world, CLIENTS[2])
    nobody = CALLS[what](Client(world, CLIENTS[2]), "plan_x")
    plan = robin.propose("A")["id"]
    answer = CALLS[what](stranger, plan)
    assert answer.status == 404
    assert answer == nobody
    assert robin.plan(plan)["status"] == "pending"
    assert world.far.calls == []


def test_anothers_plan_under_ones_own_thread_of_that_name(world: World) -> None:
    """Two users may have a thread of one id; a plan's id opens no door (P9)."""
    robin, stranger = Client(world), Client(world, CLIENTS[2])
    plan = robin.propose("A")["id"]
    stranger.propose("B")
    assert stranger.confirm(plan_id=plan).code == "plan_mismatch"
    assert stranger.cancel(plan_id=plan).code == "plan_mismatch"
    assert stranger.cancel().status == 200
    assert robin.plan(plan)["status"] == "pending"
