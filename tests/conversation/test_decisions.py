"""Decisions, one after the other: what each does and says, and what it leaves behind."""

from datetime import timedelta

from tests.kit.say import Client
from tests.kit.world import World


def test_what_was_shown_as_expired_stays_expired(world: World) -> None:
    """A newer plan does not make a superseded one of it (P3, P8)."""
    robin = Client(world)
    old = robin.propose("A")["id"]
    world.clock.move(timedelta(hours=24))
    assert robin.plan(old)["status"] == "expired"
    new = robin.propose("B")
    assert new["supersedes"] is None
    assert robin.plan(old)["status"] == "expired"
    assert [event["kind"] for event in robin.plan(old)["events"]] == ["proposed", "expired"]
    assert robin.confirm(plan_id=old).code == "plan_expired"
