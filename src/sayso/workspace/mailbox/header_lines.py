"""Lines of a mail's header (RFC 5322, 2.2), written so that nothing in a value can begin another one.

Whatever is not plain ASCII is in encoded words (RFC 2047) or percent-encoded (RFC 2231). Line ends are CRLF, and lines
stay below 78 characters wherever there is a place to fold.
"""

import re
import textwrap
from collections.abc import Iterable, Sequence
from email.header import Header
from typing import Final
from unicodedata import category
from urllib.parse import quote

from sayso.base.addresses import is_address
from sayso.workspace.types import Person

_WIDTH: Final = 60  # with the longest of our names before it, a line stays below 78
_SECTION: Final = 50  # of a parameter's value
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
_FILE_NAME = re.compile(r"[A-Za-z0-9 ._+()-]+")
_NOT_PLAIN = re.compile(r"[\\()\[\]:]")


def line(name: str, value: str) -> bytes:
    return f"{name}: {value}\r\n".encode()


def words(text: str) -> str:
    """An unstructured value, such as a subject (RFC 5322, 2.2.1)."""
    text = _clean(text)
    if _PLAIN.fullmatch(text) and "=?" not in text and max(map(len, text.split())) <= _WIDTH:
        return "\r\n ".join(textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False))
    return _encoded(text)


def people(who: Iterable[Person]) -> str:
    """Addresses with their names (RFC 5322, 3.4), one a line. The addresses pass `is_plain_address`."""
    return ",\r\n ".join(_person(each) for each in who)


def ids(message_ids: Sequence[str]) -> str:
    """Message-IDs, which are given without their angle brackets (RFC 5322, 3.6.4)."""
    return "\r\n ".join(f"<{each}>" for each in message_ids)


def parameter(name: str, value: str) -> str:
    """A parameter of a header, on lines of its own, with what goes before it (RFC 2231, 3 and 4)."""
    value = _clean(value)
    if _FILE_NAME.fullmatch(value) and len(value) <= _WIDTH:
        return f';\r\n {name}="{value}"'
    encoded = f"utf-8''{quote(value, safe='')}"
    if len(encoded) <= _WIDTH:
        return f";\r\n {name}*={encoded}"
    sections = _sections(encoded)
    return "".join(f";\r\n {name}*{number}*={section}" for number, section in enumerate(sections))


def is_plain_address(address: str) -> bool:
    """Whether it is an address that can stand in a header and an envelope as it is."""
    return is_address(address) and address.isprintable() and not _NOT_PLAIN.search(address)


def is_plain_id(message_id: str) -> bool:
    return bool(re.fullmatch(r"[!-;=?-~]{1,900}", message_id))


def ascii_domain(address: str) -> str:
    """The address with its domain in ASCII (RFC 5890), where that can be had."""
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode()}" if not domain.isascii() else address
    except UnicodeError:
        return address


def _person(who: Person) -> str:
    name, address = _clean(who.name), f"<{ascii_domain(who.email)}>"
    if not name:
        return address[1:-1]
    if _ATOMS.fullmatch(name) and "=?" not in name and len(name) <= _WIDTH:
        return f"{name}\r\n {address}" if len(name) + len(address) > _WIDTH else f"{name} {address}"
    if _PLAIN.fullmatch(name) and "=?" not in name and len(name) <= _WIDTH:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"\r\n {address}'
    return f"{_encoded(name)}\r\n {address}"


def _encoded(text: str) -> str:
    return Header(text, "utf-8", maxlinelen=75, header_name="Subject").encode(linesep="\r\n") if text else ""


def _clean(text: str) -> str:
    """The text on one line, without what has no form in a header."""
    return " ".join("".join(" " if category(char) in ("Cc", "Cs", "Zl", "Zp") else char for char in text).split())


def _sections(encoded: str) -> Iterable[str]:
    """The value in pieces, none of which ends within a percent-encoded byte."""
    while encoded:
        cut = encoded.rfind("%", _SECTION - 2, _SECTION) if len(encoded) > _SECTION else -1
        end = cut if cut >= 0 else _SECTION
        yield encoded[:end]
        encoded = encoded[end:]
