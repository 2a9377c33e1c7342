"""vCard 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350), as programs write them: each line becomes one of 4.0, and a contact is
made of those. What a contact does not hold stays such a line, so that it can be written again."""

import quopri
import re
from binascii import Error, a2b_base64
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sayso.workspace.errors import Refused
from sayso.workspace.formats.charset import known_charset, text_of
from sayso.workspace.formats.content_lines import Component, Line, cut, escape, folded, name_of, parse_line, unescape
from sayso.workspace.types import Contact, Detail, Details

_OURS = ("BEGIN", "END", "VERSION", "PROFILE", "PRODID", "UID")
"""What a card that is written says of itself."""
_REWRITTEN = ("CHARSET", "ENCODING", "PREF", "TYPE", "VALUE")
"""Parameters that are others in vCard 4.0, or none."""
_TEXT = ("EMAIL", "FN", "LABEL", "NOTE", "ROLE", "TITLE", "X-ABLABEL")
_PARTS = ("ADR", "N", "ORG")
_DATES = ("ANNIVERSARY", "BDAY", "DEATHDATE")
_MEDIA = {"PHOTO": "image", "LOGO": "image", "SOUND": "audio", "KEY": "application"}
_SUBTYPE = re.compile(r"(?:[A-Za-z]+/)?[A-Za-z0-9.+-]+")
_SUBTYPES = {"JPG": "jpeg", "X509": "pkix-cert", "PGP": "pgp-keys"}
_SIGNATURES = {"/9j/": "image/jpeg", "iVBORw": "image/png", "R0lGOD": "image/gif", "UklGR": "image/webp"}
"""How pictures begin, in base64."""
_SAYS_NOTHING = frozenset({"dom", "internet", "intl", "msg", "other", "parcel", "postal", "text", "video", "voice"})
"""Types that make no kind of a number or an address."""
_KINDS = {"cell": "mobile", "homefax": "home fax", "workfax": "work fax"}
_ODD = re.compile(r"[^A-Z0-9/_-]")
"""What is in no name of a line, a group or a parameter."""
_DATE = re.compile(r"(\d{4}|--)-?(\d\d)-?(\d\d)(?:T.*)?")
_PART_OF_A_DATE = re.compile(r"[0-9-]+(?:T.*)?")
_OMITTED_YEAR = "X-APPLE-OMIT-YEAR"
_VALUES = {"url": "uri", "cid": "uri", "content-id": "uri", "phone-number": "", "vcard": "", "inline": ""}
"""Kinds of values by other names than in vCard 4.0."""
_LAST = 101
"""Behind all that PREF can say (RFC 6350, 5.3)."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says of somebody."""

    contact: Contact
    """Without an id."""
    uid: str
    identities: tuple[str, ...]
    """Texts that tell a card without a UID again: as it is read now, then as it was read once."""
    kept: list[str]
    """Lines of vCard 4.0, unfolded, which say more than the contact."""
    stray: list[str]
    """Lines that cannot be read."""


def read_card(card: Component) -> Card:
    """Raises Refused when it names nobody."""
    lines, stray = _lines(card)
    contact, uid = _contact(lines), uid_of(card)
    if not contact.name:
        raise Refused("it has no name, no address and no number.")
    identities = () if uid.strip() else (_identity(lines, contact.name), _identity(_as_before(card)))
    return Card(contact, uid, tuple(dict.fromkeys(filter(None, identities))), _kept(contact, lines), stray)


def title_of(card: Component) -> str:
    """What to call a card that cannot be read: the name in it, else its first line."""
    lines = [line for raw in card.lines if name_of(raw) in ("FN", "N", "ORG", "EMAIL") and (line := _decoded(raw))]
    others = (text_of(raw, "") for raw in card.lines if name_of(raw) not in _OURS and not raw.endswith(b":"))
    return _contact(lines).name or next(others, "")


def is_group(card: Component) -> bool:
    """Whether it is a list of others, also as Apple marks one (RFC 6350, 6.1.4)."""
    kinds = ("KIND", "X-ADDRESSBOOKSERVER-KIND")
    return any(name_of(raw) in kinds and raw.partition(b":")[2].strip().lower() == b"group" for raw in card.lines)


def revision_of(card: Component) -> str:
    """When it was last changed, as digits that sort; empty where it does not say."""
    return re.sub(r"\D", "", card.value("REV"))[:14]


def uid_of(card: Component) -> str:
    """Its UID, or an empty text."""
    found = next((line for raw in card.lines if name_of(raw) == "UID" and (line := _decoded(raw))), None)
    return found.text if found else ""


# --- lines of vCard 4.0 ----------------------------------------------------------------------------------------------


def _lines(card: Component) -> tuple[list[Line], list[str]]:
    """The lines of a card as vCard 4.0 has them, and those that cannot be read."""
    charset = next(filter(None, map(_charset, card.lines)), "")
    old = card.value("VERSION").strip() == "2.1"
    found, stray = list[Line](), list[str]()
    for raw in card.lines:
        line = _decoded(raw, charset)
        if line is not None and (name := _name(line.name)):
            found += _modern(replace(line, name=name), old)
        elif raw.strip():
            stray.append(text_of(raw, charset))
    return [*found, *_agents(card.inner, charset, old)], stray


def _name(name: str) -> str:
    """The name of a line, an own one of a program as it may be written; empty where it is none."""
    name = _ODD.sub("-", name) if name.startswith("X-") else name
    return "" if _ODD.search(name) else name


def _charset(raw: bytes) -> str:
    head = raw[:200].partition(b":")[0].upper()
    return known_charset(head.partition(b"CHARSET=")[2].partition(b";")[0].decode("latin-1"))


def _decoded(raw: bytes, charset: str = "") -> Line | None:
    """The line, its value without quoted-printable and, where it is text, base64. `charset`: of what is no UTF-8."""
    line = parse_line(raw.decode("utf-8", "surrogateescape"))
    if line is None:
        return None
    encoding = line.param("ENCODING").upper()
    value = line.value.encode("utf-8", "surrogateescape")
    if encoding == "QUOTED-PRINTABLE":
        value = quopri.decodestring(value)
    elif encoding in ("B", "BASE64") and line.name in (*_TEXT, *_PARTS):
        try:
            value = a2b_base64(value)
        except Error:
            return None
    params = {
        key: tuple(text_of(each.encode("utf-8", "surrogateescape"), charset) for each in values)
        for key, values in line.params.items()
    }
    return replace(line, params=params, value=_text_of(value, line.param("CHARSET"), charset))


def _text_of(value: bytes, declared: str, charset: str) -> str:
    """The text of a value in its own charset; without one in UTF-8, else in the charset of the card."""
    if declared:
        text = text_of(value, declared)
        cut = value.decode("utf-8", "replace")  # phones cut a field at an octet
        return cut if known_charset(declared) == "utf-8" and _is_cut(cut) else text
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return text_of(value, charset)


def _is_cut(text: str) -> bool:
    """Whether it is UTF-8 for the most part: letters came out, and more of them than what did not."""
    odd = text.count("\ufffd")
    return 0 < odd < sum(char > "\x7f" for char in text) - odd


def _modern(line: Line, old: bool = False) -> Iterator[Line]:
    """The line in vCard 4.0. `old`: it is of vCard 2.1, in which a comma means nothing."""
    if line.name in _OURS or not line.value.strip(" ;"):
        return
    name, value = line.name, line.value.replace("\r\n", "\n").replace("\r", "\n")
    types, pref = _types(line)
    params = {_ODD.sub("-", key): each for key, each in line.params.items() if key not in _REWRITTEN}
    kind = line.param("VALUE").lower()
    kind = _VALUES.get(kind, kind)
    if name == "AGENT":
        name, types = "RELATED", ["agent"]
        kind, value = ("uri", value) if kind == "uri" else ("text", escape(unescape(value)))
    elif name in _MEDIA and line.param("ENCODING").upper() in ("B", "BASE64") and "://" not in value[:20]:
        value, types = _data(name, "".join(value.split()), types)
        kind = ""
    elif name in _DATES:
        kind, value = _date(kind, unescape(value).strip(), params.pop(_OMITTED_YEAR, ("",))[0])
    elif name == "TEL" and value.strip().lower().startswith("tel:"):
        kind = "uri"
    elif name == "TEL" or name in _TEXT:
        value = escape(unescape(value))
    elif name == "ORG" or (name in _PARTS and old):
        value = ";".join(escape(unescape(part)) for part in cut(value, ";"))
    elif name == "URL":  # Apple escapes its colon
        value = unescape(value).strip()
    rewritten = {"TYPE": tuple(types), "PREF": (pref,) * bool(pref), "VALUE": (kind,) * bool(kind)}
    params |= {key: values for key, values in rewritten.items() if values}
    yield Line(name, params, value.replace("\n", "\\n"), _ODD.sub("-", line.group))


def _types(line: Line) -> tuple[list[str], str]:
    """The types of a line, and its PREF, which was one of them before vCard 4.0."""
    given = [each.strip() for value in line.params.get("TYPE", ()) for each in value.split(",")]
    nothing = ("", "7BIT", "8BIT", "PREF", "INTERNET" if line.name == "EMAIL" else "")
    types = [each for each in given if each.upper() not in nothing]
    return types, line.param("PREF") or ("1" if "PREF" in map(str.upper, given) else "")


def _data(name: str, value: str, types: list[str]) -> tuple[str, list[str]]:
    """The `data:` URI of base64, and the types that it does not tell."""
    subtype = next((each for each in types if each.upper() not in ("HOME", "WORK") and _SUBTYPE.fullmatch(each)), "")
    media = next((each for begin, each in _SIGNATURES.items() if value.startswith(begin)), "application/octet-stream")
    if subtype:
        plain = subtype.rpartition("/")[2]
        media = f"{_MEDIA[name]}/{_SUBTYPES.get(plain.upper(), plain.lower())}"
    return f"data:{media};base64,{value}", [each for each in types if each != subtype]


def _date(kind: str, value: str, omitted: str) -> tuple[str, str]:
    """The kind and the value of a date: in ISO 8601 without dashes (RFC 6350, 4.3), else a text. `omitted`: a year that
    stands for none."""
    found = _DATE.fullmatch(value)
    if found is None:
        known = kind != "text" and _PART_OF_A_DATE.fullmatch(value)
        return ("", value) if known else ("text", escape(unescape(value)))
    year = "--" if found[1] == omitted else found[1]
    time = value.partition("T")[2].replace(":", "")
    return "", f"{year}{found[2]}{found[3]}{time and 'T'}{time}"


def _agents(inner: Sequence[bytes], charset: str, old: bool) -> Iterator[Line]:
    """The cards within a card, each as somebody related, in a text."""
    text, depth = list[str](), 0
    for raw in inner:
        name = name_of(raw)
        depth += (name == "BEGIN") - (name == "END")
        if name in ("BEGIN", "END"):
            text.append(raw.decode("latin-1").upper())
        elif (line := _decoded(raw, charset)) is not None:
            text += map(written, _modern(line, old))
        if depth == 0:
            yield Line("RELATED", {"TYPE": ("agent",), "VALUE": ("text",)}, escape("\n".join(text)))
            text = []


# --- the contact -----------------------------------------------------------------------------------------------------


def _said(lines: Iterable[Line], *names: str) -> list[Line]:
    """The lines of these names that say something, in the order of their PREF."""
    return sorted((line for line in lines if _says(line, *names)), key=_preference)


def _says(line: Line, *names: str) -> bool:
    return line.name in names and bool(line.value.strip(" ;"))


def _preference(line: Line) -> int:
    given = line.param("PREF")
    return int(given) if given.isdecimal() and len(given) < 4 else _LAST


def _value(lines: Iterable[Line], name: str) -> str:
    """The value of the first line of this name that says something, as it is written; else an empty text."""
    return next((line.value for line in lines if _says(line, name)), "")


def _first(lines: Iterable[Line], name: str) -> str:
    return unescape(_value(lines, name))


def _first_parts(lines: Iterable[Line], name: str) -> list[str]:
    return [unescape(part) for part in cut(_value(lines, name), ";")]


def _contact(lines: Sequence[Line]) -> Contact:
    """The contact, with an empty name where it names nobody."""
    emails = tuple(dict.fromkeys(filter(None, map(_email, _said(lines, "EMAIL")))))
    organization = _organization(lines)
    labels = {line.group: line.text for line in _said(lines, "X-ABLABEL") if line.group}
    phones = _details(_said(lines, "TEL"), labels, _number)
    nicknames = tuple(text.strip() for line in _said(lines, "NICKNAME") for text in line.texts if text.strip())
    company = any(line.value.strip().upper() == "COMPANY" for line in _said(lines, "X-ABSHOWAS"))
    names = [_first(lines, "FN").strip(), organization if company else "", _full_name(lines), *nicknames[:1]]
    name = next(filter(None, [*names, organization, *emails, *(phone.value for phone in phones)]), "")
    phone = phones[0].value if phones else ""
    details = Details(
        () if phones == (Detail(phone),) else phones,
        _details(_said(lines, "ADR") or _said(lines, "LABEL"), labels, _address),
        _birthday(_first(lines, "BDAY")),
        _first(lines, "TITLE"),
        nicknames,
        _details(_said(lines, "URL", "IMPP", "X-SOCIALPROFILE"), labels, lambda line: line.text.strip()),
        _details(_said(lines, "RELATED", "X-ABRELATEDNAMES"), labels, _relation),
    )
    notes = "\n".join(line.text for line in _said(lines, "NOTE"))
    return Contact("", name, emails, phone, organization, notes, details=details)


def _organization(lines: Iterable[Line]) -> str:
    return ", ".join(filter(None, _first_parts(lines, "ORG")))


def _full_name(lines: Iterable[Line]) -> str:
    family, given, *others = [*_first_parts(lines, "N"), ""]
    return f"{given} {family}".strip() or " ".join(filter(None, others)).strip()


def _email(line: Line) -> str:
    return _without_scheme(line.text.strip(), "mailto:")


def _number(line: Line) -> str:
    text = _without_scheme(line.text.strip(), "tel:")
    if text == line.text.strip():
        return text
    number, *given = text.split(";")
    return " ext. ".join([number, *(each[4:] for each in given if each.lower().startswith("ext="))])


def _without_scheme(text: str, scheme: str) -> str:
    return text[len(scheme) :] if text[: len(scheme)].lower() == scheme else text


def _address(line: Line) -> str:
    parts = cut(line.value, ";") if line.name == "ADR" else [line.value]
    texts = (" ".join(text.split()).strip(" ,") for part in parts for text in unescape(part).split("\n"))
    return ", ".join(filter(None, texts))


def _birthday(value: str) -> str:
    found = _DATE.fullmatch(value)
    return "-".join(("-" if found[1] == "--" else found[1], found[2], found[3])) if found else value


def _relation(line: Line) -> str:
    """The name of somebody related; of one who is a card, with number and address."""
    text = line.text.strip()
    if not text.startswith("BEGIN:VCARD"):
        return text
    lines = [found for raw in text.split("\n") if (found := parse_line(raw))]
    name = _first(lines, "FN") or _full_name(lines)
    return ", ".join(filter(None, (name.strip(), _first(lines, "TEL").strip(), _first(lines, "EMAIL").strip())))


def _details(lines: Iterable[Line], labels: dict[str, str], read: Callable[[Line], str]) -> tuple[Detail, ...]:
    found = (Detail(read(line), _kind(line, labels.get(line.group, ""))) for line in lines)
    return tuple(dict.fromkeys(detail for detail in found if detail.value))


def _kind(line: Line, label: str) -> str:
    """What the label of its group says (Apple writes its own as `_$!<HomePage>!$_`), else its types."""
    if label := re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label.removeprefix("_$!<").removesuffix(">!$_")).strip().lower():
        return label
    types = [each.lower().removeprefix("x-") for each in line.params.get("TYPE", ())]
    kinds = [_KINDS.get(each, each) for each in types if each not in _SAYS_NOTHING]
    return " ".join(sorted(dict.fromkeys(kinds), key=lambda kind: kind not in ("home", "work")))


# --- the same card again ---------------------------------------------------------------------------------------------


def _identity(lines: Iterable[Line], called: str = "") -> str:
    """The name, the addresses and the first number as the first version took them, in the order of the file; `called`:
    the name where it found none."""
    found = list(lines)
    emails = dict.fromkeys(line.text.strip().removeprefix("mailto:") for line in found if _says(line, "EMAIL"))
    family, given, *_ = [*_first_parts(found, "N"), ""]
    names = (_first(found, "FN"), f"{given} {family}".strip(), _organization(found), *emails, called)
    name = next(filter(None, names), "")
    return "\0".join((name, *emails, _first(found, "TEL").removeprefix("tel:"))) if name else ""


def _as_before(card: Component) -> Iterator[Line]:
    """The lines as the first version read them: without the charset of a line that is not quoted-printable, and all in
    Latin-1 where one is no UTF-8."""
    source = b"\n".join(card.lines)
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError:
        text = source.decode("latin-1")
    for line in filter(None, map(parse_line, text.split("\n"))):
        quoted = line.param("ENCODING").upper() == "QUOTED-PRINTABLE"
        charset = line.param("CHARSET") or "utf-8"
        yield replace(line, value=text_of(quopri.decodestring(line.value.encode()), charset)) if quoted else line


# --- writing ---------------------------------------------------------------------------------------------------------


def _plain(contact: Contact) -> Iterator[Line]:
    """What the contact itself says, as lines."""
    given = [("FN", contact.name), *(("EMAIL", email) for email in contact.emails)]
    given += [("TEL", contact.phone), ("ORG", contact.organization), ("NOTE", contact.notes)]
    return (Line(name, {}, escape(value)) for name, value in given if value)


def _kept(contact: Contact, lines: Iterable[Line]) -> list[str]:
    """All lines of each name of which the contact does not say the same."""
    plain, found = _by_name(_plain(contact)), _by_name(lines)
    return [text for name, texts in found.items() if texts != plain.get(name) for text in texts]


def _by_name(lines: Iterable[Line]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        found.setdefault(line.name, []).append(written(line))
    return found


def write_card(contact: Contact, uid: str, kept: Iterable[str] = ()) -> bytes:
    """The contact as a vCard 4.0, with the lines that were kept of it; of a name that is among them nothing else."""
    more = list(kept)
    names = {name_of(line.encode("utf-8", "replace")) for line in more}
    lines = ["BEGIN:VCARD", "VERSION:4.0", f"UID:{escape(uid)}"]
    lines += [written(line) for line in _plain(contact) if line.name not in names]
    return b"".join(map(folded, [*lines, *more, "END:VCARD"]))


def written(line: Line) -> str:
    """The line as text, unfolded."""
    params = "".join(f";{key}={','.join(map(_param, values))}" for key, values in line.params.items())
    return f"{line.group and line.group + '.'}{line.name}{params}:{line.value}"


def _param(value: str) -> str:
    value = value.replace('"', "'").replace("\n", " ")
    return f'"{value}"' if re.search("[:;,]", value) else value
