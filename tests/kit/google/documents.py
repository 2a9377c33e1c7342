"""Google's discovery documents, and which method of which API a request means."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

Json = dict[str, Any]

FOLDER = Path(__file__).parent / "discovery"
SERVICES = {
    "calendar": "calendar-json.googleapis.com",
    "gmail": "gmail.googleapis.com",
    "tasks": "tasks.googleapis.com",
    "people": "people.googleapis.com",
}
"""By API, its name in errors and in the console."""


@dataclass(frozen=True)
class Document:
    """An API's description."""

    api: str
    version: str
    title: str
    revision: str
    schemas: Json
    parameters: Json
    """Those that every method takes."""


@dataclass(frozen=True)
class Method:
    """`id`: such as `calendar.events.insert`. `upload`: this is its second path, that takes media."""

    document: Document
    id: str
    http: str
    path: "re.Pattern[str]"
    fixed: int
    """How many characters of its path are given: of two that match, the more definite is meant."""
    parameters: Json
    request: str | None
    response: str | None
    scopes: tuple[str, ...]
    upload: bool

    @property
    def api(self) -> str:
        return self.document.api

    @property
    def query(self) -> Json:
        """The query parameters that it knows, the global ones with them."""
        own = {name: each for name, each in self.parameters.items() if each["location"] == "query"}
        return self.document.parameters | own

    def match(self, raw_path: str) -> dict[str, str] | None:
        """The parameters in this path (as it was sent, still escaped); None if it is another's."""
        found = self.path.fullmatch(raw_path)
        if not found:
            return None
        names = [name for name, each in self.parameters.items() if each["location"] == "path"]
        values = {name: unquote(found[name]) for name in names}
        fits = (re.search(self.parameters[name].get("pattern", ""), values[name]) for name in names)
        return values if all(fits) else None


@cache
def methods() -> tuple[Method, ...]:
    """All methods of all APIs, the definite before the general."""
    found = [method for path in sorted(FOLDER.glob("*.json")) for method in _methods_of(json.loads(path.read_text()))]
    return tuple(sorted(found, key=lambda method: -method.fixed))


@cache
def method_called(id: str) -> Method:
    return next(method for method in methods() if method.id == id and not method.upload)


def _methods_of(text: Json) -> Iterator[Method]:
    document = Document(
        text["name"], text["version"], text["title"], text["revision"], text["schemas"], text["parameters"]
    )
    for each in _described(text):
        paths = [(text["servicePath"] + each["path"], False)]
        if "mediaUpload" in each:
            paths.append((each["mediaUpload"]["protocols"]["simple"]["path"].lstrip("/"), True))
        for path, upload in paths:
            pattern, fixed = _pattern(path)
            yield Method(
                document=document,
                id=each["id"],
                http=each["httpMethod"],
                path=pattern,
                fixed=fixed,
                parameters=each.get("parameters", {}),
                request=each.get("request", {}).get("$ref"),
                response=each.get("response", {}).get("$ref"),
                scopes=tuple(each.get("scopes", ())),
                upload=upload,
            )


def _described(node: Json) -> Iterator[Json]:
    yield from node.get("methods", {}).values()
    for each in node.get("resources", {}).values():
        yield from _described(each)


def _pattern(template: str) -> tuple["re.Pattern[str]", int]:
    """Of an RFC 6570 template of the two kinds that there are: `{x}` within a segment, `{+x}` across several."""
    pieces = re.split(r"\{(\+?\w+)\}", template)
    text = ""
    for at, piece in enumerate(pieces):
        if at % 2 == 0:
            text += re.escape(piece)
        else:
            text += f"(?P<{piece.lstrip('+')}>{'.+' if piece[0] == '+' else '[^/]+'})"
    return re.compile("/" + text), sum(len(piece) for piece in pieces[::2])
