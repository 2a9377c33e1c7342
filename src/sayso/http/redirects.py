"""Where a browser may be sent: to a path of ours, or to a page of an origin that is configured."""

import re
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sayso.base.errors import ValidationFailed
from sayso.base.origins import origin_of
from sayso.http.answers import answer
from sayso.http.schemas import AuthorizationAnswer

# A path of ours: one slash, then no slash or backslash, which browsers take for the start of a host; no controls.
_PATH = re.compile(r"/([^/\\\x00-\x20\x7f][^\\\x00-\x20\x7f]*)?")
# A page elsewhere: its origin, without a user name that could look like one, then what may be in a path of ours.
_PAGE = re.compile(r"(https?://[^/?#@\\\x00-\x20\x7f]+)(?:[/?#][^\\\x00-\x20\x7f]*)?")
ANYWHERE: Final = f"^({_PATH.pattern}|{_PAGE.pattern})$"
"""For the API's description."""
_TARGETS = "A path on this server, such as /threads, or a page of an origin in SAYSO_ALLOWED_ORIGINS."


def check_redirect(target: str, allowed_origins: Sequence[str]) -> None:
    """Raises ValidationFailed where a browser may not be sent there."""
    if not _may_end_at(target, allowed_origins):
        raise ValidationFailed(f"redirect: {_TARGETS}", fields=[{"field": "redirect", "message": _TARGETS}])


def _may_end_at(target: str, allowed_origins: Sequence[str]) -> bool:
    page = _PAGE.fullmatch(target)
    if page is None:
        return _PATH.fullmatch(target) is not None
    try:
        return origin_of(page[1]) in allowed_origins
    except ValueError:
        return False


def led_to(request: Request, address: str) -> Response:
    """Send a browser to a provider: 302, or the address as JSON for who asks for that."""
    if "application/json" in request.headers.get("accept", ""):
        return answer(AuthorizationAnswer(authorization_url=address))
    return RedirectResponse(address, 302)


def origin_here(request: Request, public_url: str | None) -> str:
    """The origin at which the browser reaches this server."""
    return public_url or f"{request.url.scheme}://{request.url.netloc}"


def callback_url(request: Request, public_url: str | None, provider: str) -> str:
    """The redirect URI of a provider, for signing in and for connecting alike."""
    return f"{origin_here(request, public_url)}/auth/{provider}/callback"
