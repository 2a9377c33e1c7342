"""A mail as the standard library reads it, within bounds.

Its parser looks at each line once for every part that is open, and its headers' parameters and addresses take quadratic
time and deep recursion. So depth, number and length are bounded here, at what mail servers take (Postfix's
`mime_nesting_limit` and `header_size_limit`, Exim's `header_maxsize`) or less.
"""

import re
from collections.abc import Iterable, Iterator
from email.message import Message
from email.parser import BytesFeedParser
from email.policy import Compat32
from typing import Any

from sayso.workspace.errors import Refused

MAX_DEPTH = 30
MAX_PARTS = 1_000
MAX_HEADER = 1_000_000
MAX_FIELD, MAX_PARAMETERS = 10_000, 100
"""Characters and parameters of the headers that tell the kind of a part."""
MAX_ADDRESS, MAX_COMMENTS = 2_000, 10
"""Characters of one address with its name; comments and groups in it, which may lie in one another."""

_ADDRESS_MARK = re.compile(r'\\.|[",()]', re.DOTALL)


def parse_mail(pieces: Iterable[bytes]) -> Message:
    """The message whose bytes these are, in pieces as they are read. Raises Refused when it is beyond the bounds."""
    parser = BytesFeedParser(_Part, policy=_Policy())
    for piece in pieces:
        parser.feed(piece)
    return parser.close()


class _Part(Message):
    depth = 0
    parts = 1
    """Of the whole mail so far; kept at the outermost."""

    outermost: "_Part | None" = None

    def attach(self, payload: Any) -> None:
        """Called by the parser as soon as a part begins."""
        root = payload.outermost = self.outermost or self
        payload.depth = self.depth + 1
        root.parts += 1
        if payload.depth > MAX_DEPTH:
            raise Refused(f"it has parts within parts, more than {MAX_DEPTH} deep.")
        if root.parts > MAX_PARTS:
            raise Refused(f"it has more than {MAX_PARTS:,} parts.")
        super().attach(payload)


class _Policy(Compat32):
    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        short = name.lower().startswith("content-")
        if len(value) > (MAX_FIELD if short else MAX_HEADER) or (short and value.count(";") > MAX_PARAMETERS):
            raise Refused(f"its header {name[:50]} is too long.")
        return name, value


def addresses(value: str) -> Iterator[str]:
    """A header of addresses, cut at its commas. Raises Refused for one that is too long or intricate to be read."""
    begin, depth, quoted = 0, 0, False
    for found in _ADDRESS_MARK.finditer(value):
        if found[0] == '"' and not depth:
            quoted = not quoted
        elif quoted:
            continue
        elif found[0] == "(":
            depth += 1
        elif found[0] == ")":
            depth = max(0, depth - 1)
        elif found[0] == "," and not depth:
            yield _bounded(value[begin : found.start()])
            begin = found.end()
    yield _bounded(value[begin:])


def _bounded(address: str) -> str:
    if len(address) > MAX_ADDRESS or address.count("(") + address.count(":") > MAX_COMMENTS:
        raise Refused("an address in it is too long or too intricate.")
    return address
