"""Mails that came back are told where they were asked for, once."""

from datetime import timedelta

from tests.kit.say import Client
from tests.kit.world import World

from sayso.workspace.types import Undelivered

ASK = "mail Budget"
WHY = (("bob@example.com", "there is no such mailbox"),)


def _sent(world: World) -> tuple[Client, str]:
    robin = Client(world)
    plan = robin.propose(ASK)
    assert robin.confirm().body["status"] == "completed"
    return robin, plan["actions"][0]["id"]


def _said(robin: Client) -> list[str]:
    messages = robin.ask("GET", f"/threads/{robin.thread}").body["messages"]
    return [each["content"] for each in messages if each["content"].startswith("This could not be delivered")]


def test_what_came_back_is_told_on_its_thread_once(world: World) -> None:
    robin, action = _sent(world)
    world.far.returned.append(Undelivered(action, WHY))
    world.pass_time(600)
    [told] = _said(robin)
    assert "bob@example.com: there is no such mailbox." in told
    world.run(world.restart(world.workers[0]))
    world.pass_time(600)
    assert len(_said(robin)) == 1


def test_what_is_only_late_or_not_ours_is_not_told(world: World) -> None:
    robin, action = _sent(world)
    world.far.returned += [Undelivered(action, WHY, final=False), Undelivered("act_anothers", WHY)]
    world.pass_time(600)
    assert _said(robin) == []


def test_a_thread_that_was_deleted_is_not_told(world: World) -> None:
    robin, action = _sent(world)
    robin.ask("DELETE", f"/threads/{robin.thread}")
    world.far.returned.append(Undelivered(action, WHY))
    world.pass_time(600)
    assert robin.ask("GET", f"/threads/{robin.thread}").status == 404


def test_after_days_nobody_looks_any_more(world: World) -> None:
    robin, action = _sent(world)
    world.clock.move(timedelta(days=6))
    world.far.returned.append(Undelivered(action, WHY))
    world.pass_time(600)
    assert _said(robin) == []
