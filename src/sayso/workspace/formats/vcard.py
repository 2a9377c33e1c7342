"""vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350): as much as an address book needs."""

import quopri
import re
from dataclasses import dataclass

from sayso.workspace.errors import Refused
from sayso.workspace.formats.charset import text_of
from sayso.workspace.formats.content_lines import Component
from sayso.workspace.types import Contact

_OUTSIDE_QUOTES = re.compile('[":;]')
_UNESCAPED = re.compile(r"\\.|;", re.DOTALL)
_WIDTH = 75


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    params: dict[str, str]
    value: str


def card_lines(card: Component) -> list[Line]:
    """The lines of a card that say something."""
    source = b"\n".join(card.lines)
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError:
        text = source.decode("latin-1")
    return [line for raw in text.split("\n") if (line := _line(raw)) is not None]


def _line(raw: str) -> Line | None:
    head, *rest = _split(raw, ":", quotes=True, most=1)
    if not rest:
        return None
    value = rest[0]
    name, *given = _split(head, ";", quotes=True)
    params: dict[str, str] = {}
    for item in given:
        key, equals, param = item.partition("=")
        if not equals:  # vCard 2.1 writes values alone
            key, param = ("ENCODING", key) if key.upper() in ("QUOTED-PRINTABLE", "BASE64") else ("TYPE", key)
        params[key.upper()] = param.strip('"')
    if params.get("ENCODING", "").upper() == "QUOTED-PRINTABLE":
        value = text_of(quopri.decodestring(value.encode()), params.get("CHARSET", "utf-8"))
    return Line(name.rpartition(".")[2].upper(), params, value)


def _split(text: str, mark: str, quotes: bool = False, most: int = -1) -> list[str]:
    """The parts between marks that are neither escaped nor, if so wanted, in double quotes; `most`: how many cuts."""
    parts, begin, quoted = list[str](), 0, False
    for found in (_OUTSIDE_QUOTES if quotes else _UNESCAPED).finditer(text):
        if found[0] == '"':
            quoted = not quoted
        elif found[0] == mark and not quoted:
            parts.append(text[begin : found.start()])
            begin = found.end()
            if len(parts) == most:
                break
    return [*parts, text[begin:]]


def unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], text, flags=re.S)


def escape(text: str) -> str:
    return re.sub(r"([\\,;])", r"\\\1", text).replace("\r\n", "\n").replace("\n", "\\n")


def contact_of(card: list[Line]) -> tuple[Contact, str]:
    """The contact of a card, without an id, and its UID or an empty one. Raises Refused when it names nobody."""

    def values(name: str) -> list[str]:
        return [line.value for line in card if line.name == name and line.value.strip(" ;")]

    def first(name: str) -> str:
        return unescape(next(iter(values(name)), ""))

    emails = tuple(dict.fromkeys(unescape(email).strip().removeprefix("mailto:") for email in values("EMAIL")))
    name = first("FN")
    if not name and values("N"):
        family, given, *_ = [*map(unescape, _split(values("N")[0], ";")), ""]
        name = f"{given} {family}".strip()
    organization = ", ".join(filter(None, map(unescape, _split(next(iter(values("ORG")), ""), ";"))))
    name = name or organization or next(iter(emails), "")
    if not name:
        raise Refused("it has neither a name nor an address.")
    phone = first("TEL").removeprefix("tel:")
    return Contact("", name, emails, phone, organization, first("NOTE")), first("UID")


def card_of(contact: Contact, uid: str) -> str:
    """The contact as a vCard 4.0."""
    lines = ["BEGIN:VCARD", "VERSION:4.0", f"UID:{escape(uid)}", f"FN:{escape(contact.name)}"]
    lines += [f"EMAIL:{escape(email)}" for email in contact.emails]
    for name, value in (("TEL", contact.phone), ("ORG", contact.organization), ("NOTE", contact.notes)):
        lines += [f"{name}:{escape(value)}"] if value else []
    return "".join(f"{_fold(line)}\r\n" for line in [*lines, "END:VCARD"])


def _fold(line: str) -> str:
    """The line in pieces of at most 75 octets, none of which cuts a character."""
    pieces, length = [""], 0
    for char in line:
        octets = len(char.encode("utf-8", "replace"))
        if length + octets > _WIDTH:
            pieces.append(" ")
            length = 1
        pieces[-1] += char
        length += octets
    return "\r\n".join(pieces)
