"""The rest of a change that takes two requests, kept in what the first one stores until the second is done."""

import base64
import binascii
import zlib
from typing import Final

from sayso.workspace.formats.ical_text import Block, Piece, cut, made, pieces, text_from

REST: Final = "X-SAYSO-REST"
MAX_REST: Final = 4_000_000


def with_rest(text: bytes, rest: bytes) -> bytes:
    """The object with this rest, or an empty one without."""
    found, packed = list[Piece | Block](), base64.b64encode(zlib.compress(rest)).decode()
    for part in cut(pieces(text), ("VEVENT",)):
        if isinstance(part, Block):
            own = [each for each in part.parts if isinstance(each, Block) or each.name != REST]
            if rest:
                own.insert(sum(isinstance(each, Piece) for each in own), made(f"{REST}:{packed}", part.pieces[0].end))
            part, rest = part.with_parts(own), b""
        found.append(part)
    return text_from(found)


def rest_of(text: bytes) -> bytes:
    """The rest that it has, or nothing; also where that cannot be read."""
    for part in cut(pieces(text), ("VEVENT",)):
        piece = part.first(REST) if isinstance(part, Block) else None
        if piece is not None and piece.line is not None:
            unpacking = zlib.decompressobj()
            try:
                found = unpacking.decompress(base64.b64decode(piece.line.value, validate=True), MAX_REST)
            except (zlib.error, binascii.Error, ValueError):
                return b""
            return found if unpacking.eof else b""
    return b""
