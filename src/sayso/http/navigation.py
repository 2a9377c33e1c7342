"""Routes to which browsers are led by links and redirects: what fails there is a page of the app, never JSON."""

import re
from typing import ClassVar

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from sayso.base.errors import SaysoError
from sayso.http.errors import FAILURE, render
from sayso.http.session import Handler, SignedInRoute

PAGE = "/#/signin/"
CONNECTIONS = "/#/connections/"
OVER = "expired"
REASONS = frozenset(
    {
        "link_used",
        OVER,
        "not_this_browser",
        "declined",
        "not_allowed",
        "identity_taken",
        "provider_unreachable",
        "provider_error",
        "client_refused",
        "redirect_uri_mismatch",
        "local_only",
        "unknown_provider",
        "rate_limit_exceeded",
    }
)
"""The codes of `PAGE`, and of `details.reason` for clients that are no browser."""
_WANTS_PAGE = re.compile(rb"\btext/html\b", re.IGNORECASE)
_LED_TO = re.compile(r"/auth/[^/]+/(?:login|authorize|callback)|(?P<connect>/accounts/[^/]+/connect)")


class NavigationRoute(APIRoute):
    page: ClassVar = PAGE

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def navigated(request: Request) -> Response:
            try:
                return await handle(request)
            except (SaysoError, RequestValidationError) as error:
                if not _wants_page(request.scope):
                    raise
                return _page(request.scope, error, self.page)

        return navigated


class ConnectRoute(NavigationRoute, SignedInRoute):
    """The same for a signed-in user who connects an account."""

    page = CONNECTIONS


def failed(scope: Scope, error: SaysoError) -> Response:
    """How a request ends that is refused before it has come to its route: as there."""
    led = _LED_TO.fullmatch(scope["path"]) if scope["method"] == "GET" and _wants_page(scope) else None
    return _page(scope, error, CONNECTIONS if led["connect"] else PAGE) if led else render(scope, error)


def _wants_page(scope: Scope) -> bool:
    return any(name == b"accept" and _WANTS_PAGE.search(value) for name, value in scope["headers"])


def _page(scope: Scope, error: SaysoError | RequestValidationError, page: str) -> Response:
    reason = OVER  # which says to begin again
    if isinstance(error, SaysoError):
        if error.status >= 500:
            scope[FAILURE] = error
        told = str(error.details.get("reason") or error.code)
        if page == CONNECTIONS or error.details.get("purpose") == "connect":
            page, reason = CONNECTIONS, told
        elif told in REASONS:
            reason = told
    elif page == CONNECTIONS:
        reason = "validation_error"
    return RedirectResponse(f"{page}{reason}", 303)
