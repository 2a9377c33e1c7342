"""The values of a mail's headers as text: encoded words (RFC 2047) and parameters (RFC 2045, 2231), as they are written
in practice."""

import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from sayso.workspace.formats.charset import known_charset, text_of

MAX_FIELD, MAX_PARAMETERS = 10_000, 100
"""Characters that are read of a header with parameters, and how many of these."""

_WORD = re.compile(r"=\?([^?\s]{1,100})\?([bBqQ])\?")
_PARAMETER = re.compile(r';\s*+([^\s=;"]++)\s*+=\s*+("(?:[^"\\]|\\.)*+"|[^;]*+)', re.DOTALL)
_QUOTED = re.compile(r'\\(["\\])')
_SECTION = re.compile(r"(?P<name>[^*]+)(?:\*(?P<number>[0-9]{1,3}))?(?P<encoded>\*)?")
_NO_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="))


def words(value: str) -> str:
    """The text with its encoded words decoded and each stretch of white space as one space."""
    return " ".join("".join(_decoded(value)).split())


def _decoded(value: str) -> Iterator[str]:
    """The pieces of a text. Encoded words in a row are one: a character may lie across two of them."""
    row, charset, end = list[bytes](), "", 0
    for start, stop, name, content in _encoded_words(value):
        between = value[end:start]
        if between.strip() or name != charset:
            yield text_of(b"".join(row), charset)
            row.clear()
        if between.strip() or not end:
            yield between
        row.append(content)
        charset, end = name, stop
    yield text_of(b"".join(row), charset)
    yield value[end:]


def _encoded_words(value: str) -> Iterator[tuple[int, int, str, bytes]]:
    """Where each encoded word begins and ends, its charset, and its bytes."""
    begun = list(_WORD.finditer(value))
    for number, found in enumerate(begun, 1):
        limit = begun[number].start() if number < len(begun) else len(value)
        stop = value.find("?=", found.end(), limit)
        if stop >= 0:
            charset = found[1].partition("*")[0].lower()  # behind it a language, RFC 2231, 5
            yield found.start(), stop + 2, charset, _bytes_of(value[found.end() : stop], found[2], charset)


def _bytes_of(text: str, encoding: str, charset: str) -> bytes:
    # What is not ASCII in it was decoded too early; what is, is not in the charset yet.
    try:
        content = text.encode("ascii" if text.isascii() else known_charset(charset) or "utf-8")
    except UnicodeError:
        content = text.encode("utf-8", "replace")
    return base64_bytes(content) if encoding in "bB" else binascii.a2b_qp(content, header=True)


def base64_bytes(content: bytes) -> bytes:
    """What is in base64, also without its padding, with padding in the midst of it and with what is not base64."""
    pieces = content.translate(None, _NO_BASE64).split(b"=")
    return b"".join(binascii.a2b_base64(_whole(piece) + b"==") for piece in pieces if len(piece) > 1)


def _whole(piece: bytes) -> bytes:
    return piece[:-1] if len(piece) % 4 == 1 else piece


def parameters(value: str) -> dict[str, str]:
    """The parameters behind a header's value, by name in lower case."""
    plain: dict[str, str] = {}
    sections: dict[str, list[tuple[int, bool, str]]] = {}
    for number, found in enumerate(_PARAMETER.finditer(value[:MAX_FIELD])):
        if number == MAX_PARAMETERS:
            break
        section = _SECTION.fullmatch(found[1].lower())
        given = _unquoted(found[2].strip())
        if section is None or not (section["number"] or section["encoded"]):
            plain.setdefault(found[1].lower(), words(given))
        else:
            part = int(section["number"] or 0), bool(section["encoded"]), given
            sections.setdefault(section["name"], []).append(part)
    return plain | {name: _joined(sorted(parts)) for name, parts in sections.items()}


def _unquoted(value: str) -> str:
    if value.startswith('"'):
        return _QUOTED.sub(r"\1", value[1:-1] if value.endswith('"') and len(value) > 1 else value[1:])
    return value


def _joined(parts: list[tuple[int, bool, str]]) -> str:
    """A value in sections (RFC 2231, 3 and 4): those marked so are percent-encoded; the first may name a charset."""
    charset = ""
    if parts[0][1] and parts[0][2].count("'") >= 2:
        charset, _, rest = parts[0][2].split("'", 2)
        parts = [(0, True, rest), *parts[1:]]
    if not any(encoded for _, encoded, _ in parts):
        return words("".join(given for _, _, given in parts))
    content = b"".join(unquote_to_bytes(given) if encoded else given.encode() for _, encoded, given in parts)
    return " ".join(text_of(content, charset).split())
