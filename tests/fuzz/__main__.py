"""Drive every reader for as long as asked: `make fuzz [SECONDS=600] [SEED=n] [ONLY=html]`.

Errors that are not ours, and steps that grow faster than the input, are told with the input and fail the run. Inputs on
which the processor's time grows so are told too, as a hint at what C code does that steps do not show.
"""

import argparse
import time
from collections import Counter
from random import Random, SystemRandom

from tests.fuzz.growth import grown
from tests.fuzz.making import Growing, damaged, pumped
from tests.fuzz.readers import READERS
from tests.fuzz.seeds import SEEDS
from tests.kit.torture import tell

GROWN = 8_000
SLOW = 2.0
"""Seconds for four times `GROWN` that are worth a look."""


def attack(reader: str, random: Random) -> str:
    """One round. The sentence that fails the run, or nothing."""
    seed = random.choice(SEEDS[reader])
    if random.random() < 0.5:
        seed = damaged(seed, SEEDS[reader], random)
    if random.random() < 0.6:
        return _raised(reader, damaged(seed, SEEDS[reader], random))
    growing = pumped(seed, random)
    return _raised(reader, growing(GROWN)) or _slow(reader, growing) or grown(reader, growing, GROWN // 4)


def _raised(reader: str, data: bytes) -> str:
    try:
        READERS[reader](data)
    except Exception as error:  # noqa: BLE001  whatever it is, it is what is looked for
        return f"{reader}: {type(error).__name__}: {str(error)[:200]}: {data[:3_000]!r}"
    return ""


def _slow(reader: str, growing: Growing) -> str:
    begun = time.process_time()
    failed = _raised(reader, growing(4 * GROWN))
    if (took := time.process_time() - begun) > SLOW:
        tell(f"hint: {reader} took {took:.1f} s for {4 * GROWN:,} bytes: {growing(200)!r}")
    return failed


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    options.add_argument("--seconds", type=float, default=600)
    options.add_argument("--seed", type=int, default=SystemRandom().randrange(1_000_000))
    options.add_argument("--only", choices=READERS, action="append")
    given = options.parse_args()
    tell(f"seed {given.seed}")
    random, rounds, failed = Random(given.seed), Counter[str](), Counter[str]()
    until = time.monotonic() + given.seconds
    while time.monotonic() < until:
        reader = random.choice(given.only or list(READERS))
        rounds[reader] += 1
        if told := attack(reader, random):
            failed[reader] += 1
            tell(told)
    for name in sorted(rounds):
        tell(f"{name}: {rounds[name]:,} rounds, {failed[name]:,} failed")
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main())
