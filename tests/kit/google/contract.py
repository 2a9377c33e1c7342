"""What Google's discovery documents say of a request and of its answer, checked."""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tests.kit.google.documents import Method, methods
from tests.kit.google.masks import Mask, masked, parse_mask, unknown_paths
from tests.kit.google.uploads import Unreadable, uploaded
from tests.kit.google.values import wrong_scalar, wrong_values

Json = dict[str, Any]


@dataclass(frozen=True)
class Violation:
    """`kind`: method, query, body, scope, answer, batch; crash: the fake itself failed."""

    kind: str
    method: str
    message: str


@dataclass
class Asked:
    """A request as it came in. `path`: still escaped; `headers`: names in lower case."""

    method: str
    path: str
    query_text: str
    headers: dict[str, str]
    content: bytes
    batched: bool = False


@dataclass
class Checked:
    """A request with its meaning, as far as it has one, and what is wrong with it."""

    method: Method
    path: dict[str, str]
    query: dict[str, Any] = field(default_factory=dict)
    """Typed; a parameter that may be repeated is a list."""
    body: Json = field(default_factory=dict)
    media: bytes | None = None
    mask: Mask = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)

    def wrong(self, kind: str, message: str) -> None:
        self.violations.append(Violation(kind, self.method.id, message))


def check_request(asked: Asked) -> Checked | None:
    """None: no API has such a method."""
    for method in methods():
        path = method.match(asked.path) if method.http == asked.method else None
        if path is not None:
            checked = Checked(method, path)
            _check_query(checked, asked)
            _check_body(checked, asked)
            return checked
    return None


def check_answer(checked: Checked, status: int, body: Json | None) -> list[Violation]:
    """What is wrong with an answer that tells of no error."""
    method = checked.method
    if method.response is None or body is None or status in (204, 304):
        fits = body is None and (method.response is None or status in (204, 304))
        return [] if fits else [Violation("answer", method.id, f"{status} with {'a' if body else 'no'} body")]
    wrong = wrong_values(method.document, {"$ref": method.response}, body, method.id, method.response, asking=False)
    return [Violation("answer", method.id, each) for each in wrong]


def partial(checked: Checked, body: Json | None) -> Json | None:
    """The answer, as far as `fields` wants it."""
    told: Json | None = masked(body, checked.mask)
    return told


# --- the parts of a request ------------------------------------------------------------------------------------------


def _check_query(checked: Checked, asked: Asked) -> None:
    known = checked.method.query
    sent: dict[str, list[str]] = {}
    for name, value in parse_qsl(asked.query_text, keep_blank_values=True):
        sent.setdefault(name, []).append(value)
    for name, texts in sent.items():
        if name not in known:
            checked.wrong("query", f"{name}: no such parameter")
            continue
        if len(texts) > 1 and not known[name].get("repeated"):
            checked.wrong("query", f"{name}: given {len(texts)} times")
        values = [_typed(checked, name, known[name], text) for text in texts]
        checked.query[name] = values if known[name].get("repeated") else values[-1]
    for name, each in known.items():
        if each.get("required") and name not in sent:
            checked.wrong("query", f"{name}: required")
    if checked.query.get("alt", "json") != "json":
        checked.wrong("query", "alt: only json is here")
    _check_mask(checked)


def _typed(checked: Checked, name: str, parameter: Json, text: str) -> Any:
    value: Any = text
    if parameter["type"] == "boolean" and text in ("true", "false"):
        value = text == "true"
    elif parameter["type"] == "integer" and re.fullmatch(r"-?\d+", text):
        value = int(text)
    if wrong := wrong_scalar(parameter, value):
        checked.wrong("query", f"{name}: {wrong}")
    elif parameter.get("format") in ("date-time", "google-datetime") and not re.search(r"[Zz]$|[+-]\d\d:\d\d$", text):
        checked.wrong("query", f"{name}: {text!r} has no offset")
    return value


def _check_mask(checked: Checked) -> None:
    method, text = checked.method, checked.query.get("fields")
    if text is None:
        return
    try:
        checked.mask = parse_mask(text)
    except ValueError as error:
        checked.wrong("query", str(error))
        return
    if method.response:
        for path in unknown_paths(method.document, {"$ref": method.response}, checked.mask):
            checked.wrong("query", f"fields: {path} is not in {method.response}")


def _check_body(checked: Checked, asked: Asked) -> None:
    method, content = checked.method, asked.content
    kind = asked.headers.get("content-type", "")
    if method.upload:
        try:
            content, checked.media = uploaded(checked.query.get("uploadType"), kind, content)
        except Unreadable as error:
            checked.wrong("body", str(error))
            return
    elif content and kind.partition(";")[0].strip().lower() != "application/json":
        checked.wrong("body", f"Content-Type {kind!r} where JSON is meant")
    if method.request is None:
        if content:
            checked.wrong("body", "a body where none is meant")
        return
    try:
        body = json.loads(content) if content else {}
    except ValueError:
        checked.wrong("body", "no JSON")
        return
    found = list(wrong_values(method.document, {"$ref": method.request}, body, method.id, method.request, asking=True))
    for each in found:
        checked.wrong("body", each)
    checked.body = body if isinstance(body, dict) else {}
