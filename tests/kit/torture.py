"""Attack the ledger for as long as asked, and tell what was seen: `make torture [SECONDS=600] [SEED=n]`.

Every core runs the state machine of `tests/kit/machine.py` with seeds of its own, which are printed; one that fails is
shrunk to the shortest story and repeated by SEED.
"""

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from multiprocessing import get_context
from pathlib import Path
from random import SystemRandom
from typing import ClassVar

import structlog
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.kit.machine import LedgerMachine
from tests.kit.world import World

from sayso.app import open_store
from sayso.settings import Settings
from sayso.store.datadir import STORE_FILE

BATCH = 50
STEPS = 12


def attack(first_seed: int, stride: int, seconds: float) -> Counter[str]:
    """Run batches until the time is over. Raises what the machine raises."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("critical"))
    until = time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="sayso-torture-") as folder:
        template = Path(folder, "template")
        template.mkdir()
        open_store(Settings(data_dir=template)).close()

        class Machine(LedgerMachine):
            world = World(Path(folder), template / STORE_FILE, 2)
            seen: ClassVar[Counter[str]] = Counter()

        number = first_seed
        while time.monotonic() < until:
            tell(f"seed {number}")
            batch = settings(
                max_examples=BATCH,
                stateful_step_count=STEPS,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                phases=(Phase.generate, Phase.shrink),
                report_multiple_bugs=False,
            )
            run_state_machine_as_test(seed(number)(Machine), settings=batch)
            number += stride
        Machine.world.close()
        return Machine.seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    first = SystemRandom().randrange(10**6) if given.seed is None else given.seed
    cores = os.cpu_count() or 1
    began = time.monotonic()
    with get_context("spawn").Pool(cores) as pool:
        seen = sum(pool.starmap(attack, [(first + core, cores, given.seconds) for core in range(cores)]), Counter())
    took = time.monotonic() - began
    tell(f"{seen['examples']} interleavings, {seen['steps']} steps, {seen['requests']} requests in {took:.0f} s")
    tell(f"{seen['effects']} effects, none unwanted and none twice; {seen['crashes']} crashes:")
    for point, count in sorted(seen.items()):
        if point.startswith("at "):
            tell(f"  {count} {point}")


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
