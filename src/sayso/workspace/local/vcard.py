"""vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350): as much as an address book needs."""

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sayso.workspace.types import Contact

_FOLD = re.compile(r"\r?\n[ \t]")
_SOFT_BREAK = re.compile(r"=\r?\n")
_QUOTED_LINE = re.compile(
    r"^[^:\r\n]*;(?:ENCODING=)?QUOTED-PRINTABLE[^:\r\n]*:(?:[^\r\n]*=\r?\n)*[^\r\n]*", re.I | re.M
)
_WIDTH = 75


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    params: dict[str, str]
    value: str


def cards(text: str) -> Iterator[list[Line]]:
    """The lines of each card in a file; what stands outside of cards is passed over."""
    card: list[Line] | None = None
    text = _QUOTED_LINE.sub(lambda match: _SOFT_BREAK.sub("", match.group()), text)
    for raw in _FOLD.sub("", text).splitlines():
        line = _line(raw)
        if line is None:
            continue
        if (line.name, line.value.strip().upper()) == ("BEGIN", "VCARD"):
            card = []
        elif (line.name, line.value.strip().upper()) == ("END", "VCARD") and card is not None:
            yield card
            card = None
        elif card is not None:
            card.append(line)


def _line(raw: str) -> Line | None:
    head, colon, value = _partition(raw, ":")
    if not colon:
        return None
    name, *given = _split(head, ";", quotes=True)
    params: dict[str, str] = {}
    for item in given:
        key, equals, param = item.partition("=")
        if not equals:  # vCard 2.1 writes values alone
            key, param = ("ENCODING", key) if key.upper() in ("QUOTED-PRINTABLE", "BASE64") else ("TYPE", key)
        params[key.upper()] = param.strip('"')
    if params.get("ENCODING", "").upper() == "QUOTED-PRINTABLE":
        value = quopri.decodestring(value.encode()).decode(params.get("CHARSET", "utf-8"), "replace")
    return Line(name.rpartition(".")[2].upper(), params, value)


def _partition(text: str, mark: str) -> tuple[str, str, str]:
    """`str.partition` at the first mark outside of double quotes."""
    first, *rest = _split(text, mark, quotes=True)
    return (first, mark, mark.join(rest)) if rest else (text, "", "")


def _split(text: str, mark: str, quotes: bool = False) -> list[str]:
    """The parts between marks that are neither escaped nor, if so wanted, in double quotes."""
    parts, quoted, escaped = [""], False, False
    for char in text:
        if char == mark and not quoted and not escaped:
            parts.append("")
            continue
        quoted ^= quotes and char == '"'
        escaped = char == "\\" and not escaped and not quotes
        parts[-1] += char
    return parts


def unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], text, flags=re.S)


def escape(text: str) -> str:
    return re.sub(r"([\\,;])", r"\\\1", text).replace("\r\n", "\n").replace("\n", "\\n")


def contact_of(card: list[Line]) -> tuple[Contact, str]:
    """The contact of a card, without an id, and its UID or an empty one. Raises ValueError when it names nobody."""

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
        raise ValueError("it has neither a name nor an address.")
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
