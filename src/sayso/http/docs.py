"""The API's description as one plain page made from its OpenAPI document: no scripts, nothing from elsewhere."""

from collections.abc import Iterator
from html import escape
from typing import Any

Json = dict[str, Any]

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sayso API</title>
</head><body><h1>Sayso API {version}</h1>
<p>For programs: <a href="/openapi.json">/openapi.json</a>. Errors: <code>{{"error", "message", "details"?}}</code>.</p>
{operations}</body></html>"""


def docs_page(document: Json) -> str:
    """The page for an OpenAPI document."""
    schemas = document.get("components", {}).get("schemas", {})
    operations = (
        _operation(method, path, operation, schemas)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    return _PAGE.format(version=escape(document["info"]["version"]), operations="\n".join(operations))


def _operation(method: str, path: str, operation: Json, schemas: Json) -> str:
    items = [
        f"<li>{escape(place)} <code>{escape(name)}</code>: {escape(kind)}</li>"
        for place, name, kind in _inputs(operation, schemas)
    ]
    title = f"<h2><code>{method.upper()} {escape(path)}</code></h2>"
    listed = f"<ul>{''.join(items)}</ul>" if items else ""
    return f"{title}<p>{escape(operation.get('description', ''))}</p>{listed}"


def _inputs(operation: Json, schemas: Json) -> Iterator[tuple[str, str, str]]:
    for parameter in operation.get("parameters", ()):
        yield parameter["in"], parameter["name"], _kind(parameter["schema"])
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = schemas.get(content["schema"].get("$ref", "").rpartition("/")[2], {})
        for name, field in schema.get("properties", {}).items():
            yield "body", name, _kind(field) + ("" if name in schema.get("required", ()) else ", optional")


def _kind(schema: Json) -> str:
    if "anyOf" in schema:
        return " or ".join(_kind(part) for part in schema["anyOf"] if part.get("type") != "null")
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    return str(schema.get("type", "anything"))
