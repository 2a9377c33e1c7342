"""A simulated world for each test, built once for each process."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from tests.kit.world import World, world_of

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Workers die in these tests, and with them coroutines that were made but had not begun."""
    unborn = pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(unborn)


@pytest.fixture
def worlds() -> Callable[[int], World]:
    """The one world of so many workers; `begin` makes it new."""
    return world_of


@pytest.fixture(autouse=True, scope="package")
def _quiet() -> Iterator[None]:
    """The logs of thousands of crashes help nobody."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    yield
    structlog.configure(**before)


@pytest.fixture
def world(worlds: Callable[[int], World]) -> Iterator[World]:
    """One worker, whose far systems obey, in an orderly world without delays."""
    world = worlds(1)
    world.begin(delays=False)
    yield world
    world.sweep_up()
    assert not world.surprises


@pytest.fixture
def pair(worlds: Callable[[int], World]) -> Iterator[World]:
    """Two workers over one store, as on PostgreSQL."""
    world = worlds(2)
    world.begin(embedded=False, delays=False)
    yield world
    world.sweep_up()
    assert not world.surprises
