"""Errors as clients see them: every one leaves through `render`, in the one envelope of the contract."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Scope

from sayso.base.errors import (
    InvalidRequest,
    NotAuthenticated,
    NotFound,
    SaysoError,
    ScopeMissing,
    TooLarge,
    ValidationFailed,
)
from sayso.http.answers import dump

# Endpoints that report these statuses under a code of their own, with the precise code as the reason.
_OWN_CODES = {
    "/chat/cancel": ("cancellation_error", "Failed to cancel action: "),
    "/chat/confirm": ("confirmation_error", "Failed to confirm action: "),
}
_OWN_STATUSES = (404, 409, 500, 503)
_FILES = {"GET", "HEAD"}  # of the web app's files, which are no routes
FAILURE = "sayso.failure"
"""Of a request's scope: the error behind a 5xx, for the log."""
RETRY_SECONDS = 5  # after which a server that is not ready, or has no room, may be


class MethodNotAllowed(SaysoError):
    """This path does not take that method."""

    status, code = 405, "method_not_allowed"


class RangeNotSatisfiable(SaysoError):
    """The file does not have these bytes; its size is in Content-Range."""

    status, code = 416, "range_not_satisfiable"


class InternalError(SaysoError):
    """Something went wrong on our side; nothing was lost."""

    status, code = 500, "internal_error"


def render(scope: Scope, error: SaysoError, headers: Mapping[str, str] | None = None) -> Response:
    """The envelope for this error on this request."""
    code, details = error.code, dict(error.details)
    message = error.told_in(scope.get("sayso.request_id", "-"))
    if error.status >= 500:
        scope[FAILURE] = error
    own = _OWN_CODES.get(scope["path"])
    if own and error.status in _OWN_STATUSES:
        details["reason"] = code
        code, message = own[0], own[1] + message
    body: dict[str, Any] = {"error": code, "message": message}
    extra = dict(headers or {})
    if error.status == 429:
        body["retry_after"] = details.setdefault("retry_after", RETRY_SECONDS)
        extra["Retry-After"] = str(details["retry_after"])
    elif error.status == 503:
        extra["Retry-After"] = str(RETRY_SECONDS)
    elif isinstance(error, NotAuthenticated | ScopeMissing):
        extra["WWW-Authenticate"] = _challenge(details)
    if details:
        body["details"] = details
    return Response(dump(body), error.status, extra, "application/json")


def _challenge(details: Mapping[str, Any]) -> str:
    """What a request lacks (RFC 6750, 3)."""
    parts = ['Bearer realm="sayso"']
    if str(details.get("reason", "")).startswith("token_"):
        parts.append('error="invalid_token"')
    if "scope" in details:
        parts.append(f'error="insufficient_scope", scope="{details["scope"]}"')
    return ", ".join(parts)


def install(app: FastAPI) -> None:
    """Send every kind of failure through `render`."""

    async def on_sayso(request: Request, error: Exception) -> Response:
        assert isinstance(error, SaysoError)
        return render(request.scope, error)

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return render(request.scope, invalid(error.errors(), place=1))

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if isinstance(error.__cause__, SaysoError):  # raised while the body was read
            return render(request.scope, error.__cause__)
        if error.status_code != 405:
            return render(request.scope, translated(error.status_code), error.headers)
        headers = _allow(request)
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=headers)
        return render(request.scope, MethodNotAllowed(), headers)

    async def on_anything(request: Request, _: Exception) -> Response:
        return render(request.scope, InternalError())  # and Starlette raises it on, to `edge`, which logs it

    app.add_exception_handler(Exception, on_anything)
    app.add_exception_handler(SaysoError, on_sayso)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)


def _allow(request: Request) -> dict[str, str]:
    """Every method of the path (RFC 9110, 15.5.6): it may have several routes, of which Starlette names the first.
    One that stands for itself is no example of another's `{id}`."""
    fitting = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    fitting = [route for route in fitting if route.path == request.scope["path"]] or fitting
    methods = {method for route in fitting for method in getattr(route, "methods", ())} or _FILES
    return {"Allow": ", ".join(sorted({*methods, "OPTIONS"}))}


def invalid(problems: Sequence[Any], place: int = 0) -> ValidationFailed:
    """The error for Pydantic's list of problems, in whose locations the first `place` parts are not the client's."""
    fields = [
        {"field": ".".join(str(part) for part in item["loc"][place:]) or "body", "message": _sentence(item)}
        for item in problems
    ]
    return ValidationFailed(f"{fields[0]['field']}: {fields[0]['message']}", fields=fields)


def _sentence(problem: Any) -> str:
    if problem["type"] == "string_pattern_mismatch":  # of which Pydantic says the pattern
        return "This is not written as it should be."
    return str(problem["msg"]).removeprefix("Value error, ").replace(" after validation", "")


def translated(status: int) -> SaysoError:
    """Our error for a library's."""
    match status:
        case 404:
            return NotFound("There is nothing at this path.")
        case 413:
            return TooLarge()
        case 416:
            return RangeNotSatisfiable()
        case status if status < 500:
            return InvalidRequest("The request cannot be understood.")
        case _:
            return InternalError()
