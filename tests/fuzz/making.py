"""Inputs from seeds: damaged ones, and ones of which a part is repeated as often as asked."""

from collections.abc import Callable
from random import Random

Growing = Callable[[int], bytes]
"""An input of at least about so many bytes."""


def repeated(begin: bytes, unit: bytes, end: bytes = b"", middle: bytes = b"", closing: bytes = b"") -> Growing:
    """`unit` again and again, then as many of `closing` behind what is in the middle."""
    each = max(1, len(unit) + len(closing))
    return lambda size: begin + unit * (size // each) + middle + closing * (size // each) + end


def pumped(seed: bytes, random: Random) -> Growing:
    """The seed with a piece of it repeated, or two pieces around what stays between them."""
    cuts = sorted(random.randrange(len(seed) + 1) for _ in range(2))
    start, stop = cuts[0], min(cuts[1], cuts[0] + random.choice((1, 2, 4, 16, 100))) + 1
    if random.random() < 0.7:
        return repeated(seed[:start], seed[start:stop], seed[stop:])
    later = random.randrange(stop, len(seed) + 1) if stop < len(seed) else stop
    closing = seed[later : later + random.choice((1, 4, 16))]
    return repeated(seed[:start], seed[start:stop], seed[later + len(closing) :], seed[stop:later], closing)


def damaged(seed: bytes, others: list[bytes], random: Random) -> bytes:
    """The seed after some of: bits turned, a piece gone, moved or doubled, an odd piece put in, cut off, spliced."""
    data = bytearray(seed)
    for _ in range(random.choice((1, 1, 2, 5))):
        at = random.randrange(len(data) + 1)
        length = random.choice((1, 2, 8, 40))
        match random.randrange(7):
            case 0 if at < len(data):
                data[at] ^= 1 << random.randrange(8)
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length]
            case 3:
                data[at:at] = random.choice(ODD)
            case 4:
                del data[at:]
            case 5:
                other = random.choice(others)
                data[at:] = other[random.randrange(len(other) + 1) :]
            case _:
                data[at : at + length] = random.choice(ODD)
    return bytes(data)


ODD = [
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\r",
    b"\n",
    b"\n ",
    b"\n\n",
    b"=\n",
    b"%",
    b"\\",
    b'"',
    b"(",
    b"<",
    b":",
    b";",
    b",",
    b"@",
    b"99999999999999999999",
    b"-1",
    b"0",
    b"9" * 5_000,
    b"\xed\xa0\x80",
    "\u202e\u0345\ufdfa".encode(),
    b"=?x?b?=?=",
    b"&#",
    b"BEGIN:VEVENT\n",
    b"END:VEVENT\n",
    b"BEGIN:VCARD\n",
    b"From x\n",
    b"--x y\n",
    b"Content-Type: multipart/x\n",
    b";TZID=America:",
    b";TZID=/a/b:",
    b";VALUE=DATE:",
    b"00010101T000000Z",
    b"99991231T235959Z",
    b"idna",
    b"zip",
    b"\\ud800",
]
