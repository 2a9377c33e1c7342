"""Bytes to text by the name of a charset that a stranger wrote, as the name is meant in practice.

Names stand for what browsers take them for (WHATWG Encoding, 4.2): ISO-8859-1 is windows-1252, GB2312 is GB18030.
Where Python's codec lacks characters that are in use, others follow it. What is wrong with a name or with some bytes
never spoils the rest of the text.
"""

import codecs
import re
from contextlib import suppress
from functools import lru_cache

# Python knows these as encodings of text, but no mail is in them, and some take quadratic time to decode.
_NONE = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}

_SPELT = (
    (re.compile(r"(?:unicode-1-1-)?utf[-_ ]?8.*"), "utf-8"),
    (re.compile(r"(?:windows|win|cp|ibm|dos|ms|x-cp)[-_ ]?([0-9]{3,5})"), r"cp\1"),
    (re.compile(r"(?:iso)?[-_ ]?8859[-_ ]([0-9]{1,2}).*"), r"iso8859-\1"),
)
_NAMED = {
    "cn-gb": "gb18030", "cp50220": "iso2022_jp", "cp50221": "iso2022_jp", "euc": "euc_jp", "gb_2312-80": "gb18030",
    "iso-2022-jp-ms": "iso2022_jp", "koi8-ru": "koi8-u", "latin-9": "iso8859-15", "mac": "mac-roman", "sjis": "cp932",
    "windows-31j": "cp932",
}  # fmt: skip
_MEANT = {
    "ascii": ("cp1252",),
    "iso8859-1": ("cp1252",),
    "iso8859-9": ("cp1254",),
    "iso8859-11": ("cp874",),
    "tis-620": ("cp874",),
    "gb2312": ("gb18030",),
    "gbk": ("gb18030",),
    "hz": ("hz", "gb18030"),
    "big5": ("cp950", "big5hkscs"),
    "big5hkscs": ("big5hkscs", "cp950"),
    "euc_kr": ("cp949",),
    "shift_jis": ("cp932",),
    "iso2022_jp": ("iso2022_jp", "iso2022_jp_ext"),
}
_SIBLING = {
    "iso8859-2": "cp1250", "iso8859-7": "cp1253", "iso8859-8": "cp1255", "iso8859-13": "cp1257", "iso8859-15": "cp1252",
}  # fmt: skip
"""What a text is in that has bytes of 0x80 to 0x9F, which are no characters in what it says that it is in."""

_C1 = re.compile(rb"[\x80-\x9f]")
_WESTERN = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}
_JIS = re.compile(rb"\x1b(\$\(D|[$(][@A-Z])")
_EUC = re.compile(rb"((?:[\xa1-\xfe][\xa1-\xfe])+)")


def known_charset(name: str) -> str:
    """Python's name of the charset; of one that is none, the empty text."""
    return _codec(name[:100])


@lru_cache(maxsize=100)
def _codec(name: str) -> str:
    plain = name.strip(" \t\r\n\"'<>;,").lower().removeprefix("charset=")
    for each in (plain, plain.removeprefix("x-")):
        for pattern, written in _SPELT:
            if found := pattern.fullmatch(each):
                each = found.expand(written)
        each = _NAMED.get(each, each)
        try:
            codec = codecs.lookup(each).name
            " ".encode(codec)  # LookupError for what is no encoding of text, such as zip and hex
        except (LookupError, ValueError):
            continue
        if codec not in _NONE:
            return codec
    return ""


def text_of(content: bytes, charset: str) -> str:
    """The text in the charset that this names; where it names none, in UTF-8, else in windows-1252.

    What is said to be in a Western charset is in UTF-8 if it can be: no other text looks like that by chance.
    """
    named = known_charset(charset)
    if named.startswith(("utf-16", "utf-32")) and b"\0" not in content:
        named = ""
    meant = _MEANT.get(named, (named,) if named else ())
    if not meant or meant in (("cp1252",), ("utf-8",)):
        return _unsure(content, mixed=meant != ("cp1252",))
    if named in _SIBLING and _C1.search(content):
        meant = (_SIBLING[named],)
    for name in meant:
        with suppress(UnicodeError):
            return content.decode(name)
    if named == "iso2022_jp" and content.isascii():
        return _jis(content)
    with suppress(UnicodeError):
        return content.decode("utf-8")
    return _euc(content) if named == "euc_jp" else content.decode(meant[0], "replace")


def _unsure(content: bytes, mixed: bool) -> str:
    """In UTF-8, else in windows-1252; `mixed`: where most is in UTF-8, only the rest is taken for the latter."""
    if b"\x1b$" in content and content.isascii():
        return _jis(content)  # as old Japanese mails are that do not say so
    with suppress(UnicodeError):
        return content.decode("utf-8").removeprefix("\ufeff")
    text = content.decode("utf-8", "surrogateescape")
    wrong = len(text) - len(text.encode("utf-8", "ignore").decode("utf-8"))
    right = len(text) - wrong - len(text.encode("ascii", "ignore"))
    return text.translate(_WESTERN) if mixed and right > wrong else content.decode("cp1252", "replace")


def _jis(content: bytes) -> str:
    """ISO-2022-JP with the vendors' characters that everybody uses (①, ㈱, 髙), which Python's codecs refuse."""
    first, *rest = _JIS.split(content)
    texts = [first.decode("ascii", "replace")]
    for escape, piece in zip(rest[::2], rest[1::2], strict=True):
        if escape in (b"$@", b"$B"):
            texts.append(_double(piece))
        elif escape == b"(I":
            texts.append(bytes(byte | 0x80 for byte in piece).decode("cp932", "replace"))
        elif escape == b"$(D":
            pairs = (bytes((0x8F, a | 0x80, b | 0x80)) for a, b in zip(piece[::2], piece[1::2], strict=False))
            texts.append(b"".join(pairs).decode("euc_jp", "replace"))
        else:
            texts.append(piece.decode("ascii", "replace"))
    return "".join(texts)


def _euc(content: bytes) -> str:
    """EUC-JP with the vendors' characters."""
    pieces = _EUC.split(content)
    texts = [piece.decode("euc_jp", "replace") for piece in pieces]
    texts[1::2] = [_double(bytes(byte & 0x7F for byte in piece)) for piece in pieces[1::2]]
    return "".join(texts)


def _double(pairs: bytes) -> str:
    """Pairs of JIS X 0208 by way of Shift_JIS (JIS X 0208, annex 1), whose codec has the vendors' characters. What is
    no pair, such as a line end before the next escape, stays."""
    written = bytearray()
    place = 0
    while place < len(pairs):
        row, cell = pairs[place], pairs[place + 1] if place + 1 < len(pairs) else 0
        if 0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E:
            lead = ((row - 0x21) >> 1) + 0x81
            written.append(lead if lead <= 0x9F else lead + 0x40)
            written.append(cell + 0x7E if row % 2 == 0 else cell + (0x1F if cell < 0x60 else 0x20))
            place += 2
        else:
            written.append(row)
            place += 1
    return written.decode("cp932", "replace")
