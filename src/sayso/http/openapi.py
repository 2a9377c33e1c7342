"""The API's description: what FastAPI reads off the endpoints, and the rules that stand elsewhere."""

import inspect
from collections.abc import Callable
from functools import cached_property
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from sayso.http.schemas import Fault, zones
from sayso.http.session import COOKIE, SignedInRoute

Json = dict[str, Any]
_TOLD: Json = {
    "type": "object",
    "required": ["event_type", "data", "timestamp"],
    "properties": {
        "event_type": {"type": "string"},
        "data": {"type": "object"},
        "timestamp": {"type": "string", "format": "date-time"},
    },
}
_EVENT: Json = {
    "type": "object",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "event": {"type": "string"},
        "data": {"type": "string", "contentMediaType": "application/json", "contentSchema": _TOLD},
    },
}
EVENTS: Json = {"description": "Events, as they come.", "content": {"text/event-stream": {"itemSchema": _EVENT}}}
FILE: Json = {"description": "A file.", "content": {"application/json": {"schema": {"type": "object"}}}}
BYTES: Json = {
    "description": "A file, to be saved.",
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    "headers": {"Content-Disposition": {"schema": {"type": "string"}}},
}
ELSEWHERE: Json = {"description": "Go on there.", "headers": {"Location": {"schema": {"type": "string"}}}}
_WHEN = {
    "400": "The body is no JSON object, or the request makes no sense here.",
    "401": "Sign in first.",
    "403": "The request comes from a page of an origin that is not allowed, or its token may not do that.",
    "404": "There is nothing of the caller's under that name.",
    "409": "What this is about is not in the state that this needs.",
    "413": "The body is larger than 256 KiB.",
    "415": "The body is not application/json.",
    "422": "A field is missing or out of bounds.",
    "429": "Too many requests; wait as long as Retry-After says.",
    "502": "The language model, or a provider, failed.",
    "503": "The server, or a system that it needs, is not ready.",
    "504": "The language model took too long.",
    "4XX": "Any other refusal.",
    "5XX": "Nothing was lost; send the request again.",
}
_SCHEMES: Json = {
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "For one's own programs, from POST /auth/tokens; with the scope that an operation names.",
    },
}
_HEADERS: Json = {
    "X-Request-ID": {"description": "Names the request in the log.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
}


def faults(
    method: str, path: str, endpoint: Callable[..., object], signed_in: bool, more: tuple[int, ...]
) -> dict[int | str, Json]:
    """The refusals of a route, by status: those that follow from what it takes, and `more`."""
    taken = set(inspect.signature(endpoint).parameters) - {"self", "request", "caller"}
    statuses = {429, *more}
    statuses |= {401} if signed_in else set()
    statuses |= {403} if method != "GET" or signed_in else set()
    statuses |= {404} if "{" in path else set()
    statuses |= {400, 413, 415} if "body" in taken else set()
    statuses |= {422} if taken else set()
    told: list[int | str] = [*sorted(statuses), "4XX", "5XX"]
    return {status: {"model": Fault} for status in told}


class Api(FastAPI):
    """FastAPI, with a description that tells the session, refusals, the headers of answers and the time zones."""

    def openapi(self) -> Json:
        return self._document

    @cached_property
    def _document(self) -> Json:
        document = super().openapi()
        components = document["components"]
        components["securitySchemes"] = _SCHEMES
        components["headers"] = _HEADERS
        components["responses"] = {status: _refusal(status, when) for status, when in _WHEN.items()}
        components["schemas"]["TimeZone"] = {"type": "string", "enum": zones()}
        for route in self.routes:
            if isinstance(route, APIRoute) and route.include_in_schema:
                for method in route.methods or ():
                    operation = document["paths"][route.path_format][method.lower()]
                    for parameter in operation.get("parameters", ()):
                        _without_null(parameter["schema"])
                    if isinstance(route, SignedInRoute):
                        operation["security"] = [{"session": []}, *([{"token": [route.needs]}] if route.needs else [])]
                    operation["responses"] = {
                        status: {"$ref": f"#/components/responses/{status}"}
                        if status in _WHEN
                        else answer | {"headers": answer.get("headers", {}) | _headers("X-Request-ID")}
                        for status, answer in operation["responses"].items()
                    }
        return document


def _without_null(schema: Json) -> None:
    """A parameter is left out or is a text; only a body can say null."""
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    if len(choices) == 1:
        del schema["anyOf"]
        schema |= choices[0]


def _refusal(status: str, when: str) -> Json:
    names = ("X-Request-ID", "Retry-After") if status in ("429", "503") else ("X-Request-ID",)
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}}
    return {"description": when, "content": content, "headers": _headers(*names)}


def _headers(*names: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
