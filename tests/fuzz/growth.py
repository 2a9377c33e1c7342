"""Whether the work of a reader grows as its input does."""

from tests.fuzz.making import Growing
from tests.fuzz.readers import READERS
from tests.fuzz.steps import steps

SIZE = 1_000
MOST = 3
"""How many times the steps the second doubling may take that the first one took: two when work grows with the input,
four with a loop in a loop. What a reader does once counts in neither."""
SLIGHT = 20
"""Steps for each octet that are always allowed."""


def grown(reader: str, growing: Growing, size: int = SIZE) -> str:
    """A sentence when the reader takes more than linear time on these inputs, else nothing."""
    read = READERS[reader]
    read(growing(16))  # what is made once, such as imports and compiled patterns, is not counted
    inputs = growing(size), growing(2 * size), growing(4 * size)
    one, two, four = (steps(lambda data=data: read(data)) for data in inputs)  # type: ignore[misc]
    if four - two <= max(MOST * (two - one), SLIGHT * (len(inputs[2]) - len(inputs[1]))):
        return ""
    sizes = ", ".join(f"{count:,} for {len(data):,}" for count, data in zip((one, two, four), inputs, strict=True))
    return f"{reader}: steps and bytes: {sizes}: {inputs[0][:200]!r}"
