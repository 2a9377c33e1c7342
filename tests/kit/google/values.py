"""Whether a JSON value is what a schema of a discovery document says."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from tests.kit.google.documents import Document

Json = dict[str, Any]

RANGES = {
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
}
RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?")
BASE64URL = re.compile(r"[A-Za-z0-9_-]*={0,2}")


def wrong_values(document: Document, schema: Json, value: Any, method: str, where: str, asking: bool) -> Iterator[str]:
    """A sentence for each thing in the value that the schema does not have.

    `asking`: it is a request's, where null stands for an absent value and some properties are required.
    """
    if "$ref" in schema:
        schema = document.schemas[schema["$ref"]]
    if value is None:
        if not asking:
            yield f"{where}: null"
        return
    match schema.get("type"):
        case "object":
            if isinstance(value, dict):
                yield from _wrong_members(document, schema, value, method, where, asking)
            else:
                yield f"{where}: {value!r} is no object"
        case "array":
            if isinstance(value, list):
                for at, each in enumerate(value):
                    yield from wrong_values(document, schema["items"], each, method, f"{where}[{at}]", asking)
            else:
                yield f"{where}: {value!r} is no array"
        case _:
            if wrong := wrong_scalar(schema, value):
                yield f"{where}: {wrong}"


def _wrong_members(
    document: Document, schema: Json, value: Json, method: str, where: str, asking: bool
) -> Iterator[str]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    for name, each in value.items():
        of = known.get(name, others)
        if of is None:
            yield f"{where}.{name}: not in the schema"
        else:
            yield from wrong_values(document, of, each, method, f"{where}.{name}", asking)
    for name, each in known.items():
        if asking and method in each.get("annotations", {}).get("required", ()) and value.get(name) is None:
            yield f"{where}.{name}: required"


def wrong_scalar(schema: Json, value: Any) -> str | None:
    """What is wrong with a value that is neither object nor array; None: nothing."""
    kind, form = schema.get("type"), schema.get("format", "")
    match kind:
        case "any":
            return None
        case "boolean":
            return None if isinstance(value, bool) else f"{value!r} is no boolean"
        case "integer":
            if not isinstance(value, int) or isinstance(value, bool):
                return f"{value!r} is no integer"
            return _out_of_range(schema, form or "int32", value)
        case "number":
            return None if isinstance(value, int | float) and not isinstance(value, bool) else f"{value!r} is no number"
    if not isinstance(value, str):
        return f"{value!r} is no string"
    if "enum" in schema and value not in schema["enum"]:
        return f"{value!r} is none of {schema['enum']}"
    return _wrong_text(schema, form, value)


def _wrong_text(schema: Json, form: str, value: str) -> str | None:
    match form:
        case "int64" | "uint64":
            if not re.fullmatch(r"-?\d+", value):
                return f"{value!r} is no integer in a string"
            return _out_of_range(schema, form, int(value))
        case "date-time" | "google-datetime":
            if not RFC3339.fullmatch(value) or not _reads(datetime.fromisoformat, value.upper()):
                return f"{value!r} is no RFC 3339 time"
        case "date":
            if not re.fullmatch(r"\d{4}-\d\d-\d\d", value) or not _reads(date.fromisoformat, value):
                return f"{value!r} is no date"
        case "byte":
            if not BASE64URL.fullmatch(value) or len(value.rstrip("=")) % 4 == 1:
                return f"{value[:40]!r} is no base64url"
        case "google-fieldmask":
            if not re.fullmatch(r"[A-Za-z0-9_.*]+(,[A-Za-z0-9_.*]+)*", value):
                return f"{value!r} is no field mask"
    if not re.search(schema.get("pattern", ""), value):
        return f"{value!r} does not match {schema['pattern']}"
    return None


def _out_of_range(schema: Json, form: str, value: int) -> str | None:
    least, most = RANGES[form]
    least, most = int(schema.get("minimum", least)), int(schema.get("maximum", most))
    return None if least <= value <= most else f"{value} is not within {least}..{most}"


def _reads(read: Any, text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True
