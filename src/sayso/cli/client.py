"""The HTTP client that `sayso chat` and `sayso demo` share: the public API and a cookie, nothing else."""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2

from sayso import __version__

Json = dict[str, Any]

COOKIE = "session_id"
READ_SECONDS = 150.0  # a turn of a slow model; confirm answers within 60 by contract


class Unreachable(Exception):
    """No answer came: one sentence for the person at the terminal."""


class SignInFailed(Exception):
    """The link did not end in a session: one sentence for the person at the terminal."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response of the server. `body` is its JSON object; anything else becomes an error of that shape."""

    status: int
    body: Json
    headers: Mapping[str, str]
    seconds: float

    @property
    def ok(self) -> bool:
        return self.status < 400

    @property
    def code(self) -> str:
        """The precise error code: `details.reason` where the envelope's own code is a general one."""
        return str(self.details.get("reason") or self.body.get("error") or "")

    @property
    def message(self) -> str:
        return str(self.body.get("message") or f"The server answered {self.status} without saying why.")

    @property
    def details(self) -> Json:
        details = self.body.get("details")
        return details if isinstance(details, dict) else {}

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait before the request may be sent again (RFC 9110, 10.2.3), if the server says so."""
        value = self.headers.get("retry-after", self.details.get("retry_after"))
        try:
            return max(0.0, float(value)) if value is not None else None
        except (TypeError, ValueError):
            return None


class Api:
    """A signed-in (or not yet signed-in) client of one server."""

    def __init__(self, url: str, cookie: str | None = None, transport: httpx2.BaseTransport | None = None) -> None:
        self.url = origin(url)
        self._http = httpx2.Client(
            base_url=self.url,
            headers={"User-Agent": f"sayso/{__version__}"},  # the audit trail tells by what a plan was decided
            timeout=httpx2.Timeout(10, read=READ_SECONDS),
            trust_env=not is_loopback(self.url),  # a proxy set for the world cannot reach this machine
            transport=transport,
        )
        if cookie:
            self._http.cookies.set(COOKIE, cookie, domain=_cookie_domain(self.url))

    @property
    def cookie(self) -> str | None:
        return next((cookie.value for cookie in self._http.cookies.jar if cookie.name == COOKIE), None)

    def call(self, method: str, path: str, body: Json | None = None) -> Answer:
        """Send one request. Any answer, an error too, is returned; raises Unreachable when none came."""
        started = time.perf_counter()
        content = None if body is None else json.dumps(body)  # ASCII: a lone surrogate must not break the client
        headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if content else {})
        try:
            response = self._http.request(method, path, content=content, headers=headers)
        except httpx2.TimeoutException as error:
            raise Unreachable(f"{self.url} did not answer in time.") from error
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise Unreachable(f"No Sayso server answers at {self.url}.") from error
        return Answer(response.status_code, _object(response), response.headers, time.perf_counter() - started)

    def sign_in(self, link: str) -> None:
        """Follow a one-time link to the session cookie, as a browser does. Raises SignInFailed or Unreachable."""
        if origin(link) != self.url:
            raise SignInFailed(f"That link belongs to {origin(link)}, not to {self.url}.")
        self._http.cookies.clear()
        try:
            response = self._http.get(link, follow_redirects=True, headers={"Accept": "text/html"})
        except httpx2.TooManyRedirects as error:
            raise SignInFailed("The link leads round in circles.") from error
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise Unreachable(f"No Sayso server answers at {self.url}.") from error
        if self.cookie is None:
            reason = _object(response).get("message") if response.is_error else None
            raise SignInFailed(str(reason or "The link did not sign you in: it works once and for a short time."))

    def close(self) -> None:
        self._http.close()


def origin(url: str) -> str:
    """Scheme, host and port of an address, the scheme being http unless it says otherwise. Raises SignInFailed."""
    parts = urlsplit(url.strip() if "://" in url else f"http://{url.strip()}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SignInFailed(f"{url.strip()!r} is not an http address.")
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")


def _object(response: httpx2.Response) -> Json:
    if response.status_code == 204 or not response.content:
        return {}
    try:
        body = response.json()
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body
    message = f"{response.url.host} answered {response.status_code}, but not as Sayso does."
    return {"error": "not_sayso", "message": message}


def _cookie_domain(url: str) -> str:
    """As http.cookiejar files it: a host without a dot gets `.local`, an IPv6 one with its brackets."""
    host = re.sub(r":\d+$", "", urlsplit(url).netloc)
    return host if "." in host else f"{host}.local"
