"""The ledger under a storm: `tests/kit/machine.py`, in shards so that every core has some."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.kit.machine import LedgerMachine
from tests.kit.world import World

SHARDS = 8
EXAMPLES = 250
STEPS = 8


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_promises_hold(shard: int, worlds: Callable[[int], World]) -> None:
    class Machine(LedgerMachine):
        world = worlds(2)

    run_state_machine_as_test(
        seed(shard)(Machine),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    Machine.world.sweep_up()
