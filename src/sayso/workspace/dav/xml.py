"""The XML of WebDAV (RFC 4918, 14): requests built, answers read. Without DTDs and entities, and within bounds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from sayso.workspace.dav.errors import Unreadable
from sayso.workspace.dav.urls import resolved

D: Final = "{DAV:}"
C: Final = "{urn:ietf:params:xml:ns:caldav}"
A: Final = "{urn:ietf:params:xml:ns:carddav}"
S: Final = "{http://calendarserver.org/ns/}"
I: Final = "{http://apple.com/ns/ical/}"  # noqa: E741
"""The namespaces of WebDAV, CalDAV, CardDAV, calendarserver.org and Apple, before a name in Clark's notation."""

MAX_ELEMENTS: Final = 500_000
MAX_DEPTH: Final = 60
_UNREADABLE: Final = "The server's answer cannot be read."


def element(name: str, /, *children: Element, text: str = "", **attributes: str) -> Element:
    """An element of a request; what no XML can hold is left out of the text."""
    made = Element(name, attributes)
    made.text = "".join(char for char in text if char >= " " or char in "\t\n") or None
    made.extend(children)
    return made


def prop(names: Iterable[str]) -> Element:
    return element(f"{D}prop", *map(element, names))


def written(root: Element) -> bytes:
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


@dataclass(frozen=True, slots=True)
class Response:
    """What an answer says of one resource (RFC 4918, 14.24)."""

    href: str
    """Its address, in its normal form."""
    status: int
    """Of the resource as a whole; 200 where there is one for each property."""
    props: Mapping[str, Element]
    """Those that it has, by their names in Clark's notation."""
    missing: Mapping[str, int]
    """The others that were asked for, with their status."""
    error: str = ""
    """The name of the condition that was not met, without its namespace."""

    def text(self, name: str) -> str:
        found = self.props.get(name)
        return "" if found is None else (found.text or "").strip()

    def hrefs(self, name: str) -> list[str]:
        """The addresses that stand in a property, each in its normal form."""
        found = self.props.get(name)
        hrefs = [] if found is None else [resolved(self.href, each.text or "") for each in found.iter(f"{D}href")]
        return list(dict.fromkeys(filter(None, hrefs)))

    def href_in(self, name: str) -> str:
        """The first of these; empty where there is none."""
        return next(iter(self.hrefs(name)), "")

    def has(self, name: str, child: str) -> bool:
        """Whether the property is there with this element in it."""
        found = self.props.get(name)
        return found is not None and found.find(child) is not None


@dataclass(frozen=True, slots=True)
class Multistatus:
    responses: list[Response]
    sync_token: str = ""
    """Of a sync-collection report (RFC 6578, 6.4)."""


class _Bounded(TreeBuilder):
    """Builds no more than MAX_ELEMENTS, MAX_DEPTH deep."""

    def __init__(self) -> None:
        super().__init__()
        self._count = self._depth = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        self._count += 1
        self._depth += 1
        if self._count > MAX_ELEMENTS or self._depth > MAX_DEPTH:
            raise Unreadable(_UNREADABLE)
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        self._depth -= 1
        return super().end(tag)


def parsed(content: bytes) -> Element:
    """The root of a document. Raises Unreadable."""
    parser = XMLParser(target=_Bounded(), forbid_dtd=True)
    try:
        parser.feed(content)
        root = parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable(_UNREADABLE) from error
    if not isinstance(root, Element):
        raise Unreadable(_UNREADABLE)
    return root


def multistatus(content: bytes, base: str) -> Multistatus:
    """`base`: where the answer is from. Raises Unreadable."""
    root = parsed(content)
    if root.tag != f"{D}multistatus":
        raise Unreadable(_UNREADABLE)
    responses = [each for found in root.iterfind(f"{D}response") for each in _responses(found, base)]
    return Multistatus(responses, (root.findtext(f"{D}sync-token") or "").strip())


def error_in(content: bytes) -> str:
    """The name of the condition that an error names (RFC 4918, 14.5), without its namespace, or nothing."""
    try:
        root = parsed(content)
    except Unreadable:
        return ""
    return _condition(root) if root.tag == f"{D}error" else ""


def _responses(found: Element, base: str) -> Iterable[Response]:
    own = found.find(f"{D}status")
    props, missing = dict[str, Element](), dict[str, int]()
    for part in found.iterfind(f"{D}propstat"):
        code = _code(part.find(f"{D}status"))
        for each in part.iterfind(f"{D}prop/*"):
            if 200 <= code < 300:
                props[each.tag] = each
            else:
                missing[each.tag] = code
    status = 200 if own is None else _code(own)
    reason = found.find(f"{D}error")
    condition = "" if reason is None else _condition(reason)
    for href in found.iterfind(f"{D}href"):
        if url := resolved(base, href.text or ""):
            yield Response(url, status, props, missing, condition)


def _condition(error: Element) -> str:
    return next((each.tag.rpartition("}")[2] for each in error), "")


def _code(status: Element | None) -> int:
    """The number in `HTTP/1.1 404 Not Found`; 500 where there is none."""
    words = ((status.text or "") if status is not None else "").split()
    return int(words[1]) if len(words) > 1 and words[1].isdecimal() and len(words[1]) == 3 else 500
