"""No reader of foreign bytes fails on them or takes more than linear time: on what once stopped one, and at random.

The seeds are fixed, so each run is the same; `make fuzz` runs on with others.
"""

from random import Random

import pytest
from tests.fuzz.corpus import CORPUS
from tests.fuzz.growth import grown
from tests.fuzz.making import damaged, pumped, repeated
from tests.fuzz.readers import READERS
from tests.fuzz.seeds import SEEDS
from tests.fuzz.steps import steps


@pytest.mark.parametrize("reader", CORPUS)
def test_what_once_stopped_a_reader_does_not(reader: str) -> None:
    size = 300 if reader in ("ics", "markdown") else 800  # they do more with each octet
    assert [told for growing in CORPUS[reader] if (told := grown(reader, growing, size))] == []


@pytest.mark.parametrize("reader", ["html", "vcf", "addresses", "charset", "header", "date", "plain", "mbox"])
def test_what_once_stopped_a_reader_does_not_at_its_full_size(reader: str) -> None:
    """Each is over in no time, or with a loop in C that no step shows, never."""
    for growing in CORPUS[reader]:
        READERS[reader](growing(100_000))


@pytest.mark.parametrize("reader", sorted(READERS.keys() - {"dates"}))
def test_pumped_seeds_take_linear_time(reader: str) -> None:
    random = Random(reader)
    told = [grown(reader, pumped(random.choice(SEEDS[reader]), random), 300) for _ in range(6)]
    assert [each for each in told if each] == []


@pytest.mark.parametrize("reader", READERS)
def test_damaged_seeds_raise_nothing(reader: str) -> None:
    random = Random(reader)
    for _ in range(60):
        data = damaged(random.choice(SEEDS[reader]), SEEDS[reader], random)
        READERS[reader](data)


def test_steps_tell_what_grows() -> None:
    """The measure itself: a loop in a loop, an unseen one in C, and neither."""

    def copies(data: bytes) -> None:
        text = data.decode()
        for _ in text:
            text.split("!")

    def squares(data: bytes) -> None:
        for _ in data:
            for _ in range(len(data) // 10):
                pass

    def passes(data: bytes) -> None:
        for _ in data:
            pass

    growing = repeated(b"", b"a")
    ratio = {read.__name__: _ratio(read, growing(1_000), growing(2_000)) for read in (copies, squares, passes)}
    assert ratio["passes"] < 2.1 < 2.4 < 3 < min(ratio["copies"], ratio["squares"]), ratio


def _ratio(read: object, one: bytes, two: bytes) -> float:
    assert callable(read)
    return steps(lambda: read(two)) / steps(lambda: read(one))
