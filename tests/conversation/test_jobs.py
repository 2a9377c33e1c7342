"""What a server does by itself: each time one of its workers, and no time is missed when that one is gone."""

from datetime import timedelta
from itertools import pairwise

import pytest
from tests.kit.world import World

from sayso.base.errors import StoreUnavailable
from sayso.jobs import Job, Jobs


class _Count:
    """A job of every worker that notes when it is done, and by whom."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.done: list[tuple[float, int]] = []
        self.fails = 0
        for number in range(len(world.workers)):
            world.run(self._start(number))
            world.pass_time(3)

    async def _start(self, number: int) -> None:
        worker = self.world.workers[number]

        async def run() -> None:
            worker.check()
            self.done.append((self.world.loop.elapsed, number))
            if self.fails:
                self.fails -= 1
                raise (RuntimeError, StoreUnavailable)[self.fails % 2]

        async def begin() -> None:
            Jobs([Job("count", 10.0, run)], worker.conversation.store, self.world.clock).start()

        await self.world.inside(worker, begin())

    def gaps(self) -> list[float]:
        times = [at for at, _ in self.done]
        return [later - earlier for earlier, later in pairwise(times)]


def test_one_worker_does_it_each_time(pair: World) -> None:
    count = _Count(pair)
    pair.pass_time(100)
    assert 9 <= len(count.done) <= 11
    assert all(gap == pytest.approx(10, abs=0.5) for gap in count.gaps())


def test_another_does_it_when_that_one_is_gone(pair: World) -> None:
    """At its time, not at the time after."""
    count = _Count(pair)
    pair.pass_time(25)
    _, last = count.done[-1]
    pair.workers[last].die()
    pair.pass_time(40)
    assert count.done[-1][1] != last
    assert max(count.gaps()) == pytest.approx(10, abs=0.5)


def test_a_clock_that_goes_back_holds_nothing_up(pair: World) -> None:
    count = _Count(pair)
    pair.pass_time(25)
    pair.clock.move(timedelta(hours=-1))
    pair.pass_time(40)
    assert max(count.gaps()) < 11


def test_what_fails_is_tried_again(pair: World) -> None:
    count = _Count(pair)
    count.fails = 2
    pair.pass_time(60)
    assert len(count.done) >= 5
    assert not pair.surprises


def test_where_one_process_owns_the_store_nobody_needs_to_be_asked(world: World) -> None:
    count = _Count(world)
    world.pass_time(31)
    assert len(count.done) == 3
    assert world.rows("select * from jobs") == []
