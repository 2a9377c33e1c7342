"""Requests to an issuer: bounded in time and size, over TLS unless it is on this machine, never to where an answer
redirects. Authlib writes the token requests and reads their answers."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote_plus, urlsplit

import httpx2
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

Json = dict[str, Any]

SECONDS = 10.0
"""That one request may take, from the connection to the last byte."""
MOST_BYTES = 512 * 1024
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_CODE = re.compile(r"[a-z_]{1,60}")  # RFC 6749, 5.2: the errors of a token endpoint
_BASIC, _POST, _NONE = "client_secret_basic", "client_secret_post", "none"


class Unusable(Exception):
    """What the issuer answered cannot be used. The words are ours, and go into the log."""


class Unreachable(Unusable):
    """The issuer gave no answer, or says that it cannot just now."""


class Refused(Exception):
    """The token endpoint's own error code (RFC 6749, 5.2)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Wire:
    """One client of one issuer. It holds no connection between requests, which are rare."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._tls: ssl.SSLContext | None = None

    async def get(self, url: str, bearer: str | None = None) -> Json:
        """The JSON object there. Raises Unusable."""
        headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        async with self._client() as client:
            response = await client.request("GET", url, withhold_token=True, headers=headers)
            if response.status_code != 200:
                response.raise_for_status()
                raise Unusable(f"status {response.status_code}")
            told = response.json()
        if not isinstance(told, dict):
            raise Unusable("no JSON object")
        return told

    async def exchange(self, url: str, methods: tuple[str, ...], **asked: str) -> Json:
        """The token endpoint's answer to an authorization code. Raises Refused, Unusable."""
        async with self._client(self._method(methods)) as client:
            return dict(await client.fetch_token(url, grant_type="authorization_code", **asked))

    async def refresh(self, url: str, methods: tuple[str, ...], refresh_token: str) -> Json:
        """Its answer to a refresh token, which is in it again where it has no other. Raises Refused, Unusable."""
        async with self._client(self._method(methods)) as client:
            return dict(await client.refresh_token(url, refresh_token=refresh_token))

    async def revoke(self, url: str, methods: tuple[str, ...], token: str) -> bool:
        """Whether the issuer says that the token is worth nothing now (RFC 7009, 2.2). Raises Unusable."""
        async with self._client(self._method(methods)) as client:
            response = await client.revoke_token(url, token=token)
            return bool(response.status_code == 200)

    def _method(self, offered: tuple[str, ...]) -> str:
        """How the client shows who it is (OpenID Connect Core 1.0, 9): the first way offered. Raises Unusable."""
        if not self._client_secret:
            return _NONE
        for method in offered:
            if method in (_BASIC, _POST):
                return method
        raise Unusable("the token endpoint takes neither client_secret_basic nor client_secret_post")

    @asynccontextmanager
    async def _client(self, method: str = _NONE) -> AsyncIterator[Any]:
        if self._tls is None:
            self._tls = await asyncio.to_thread(httpx2.create_ssl_context)  # reads all certificates
        client = AsyncOAuth2Client(
            self._client_id,
            self._client_secret,
            token_endpoint_auth_method=method,
            revocation_endpoint_auth_method=method,
            verify=self._tls,
            timeout=SECONDS,
            follow_redirects=False,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            event_hooks={"response": [_bounded]},
        )
        client.register_client_auth_method((_BASIC, _basic))
        try:
            async with asyncio.timeout(SECONDS), client:
                yield client
        except OAuthError as error:
            code = str(error.error)
            raise Refused(code if _CODE.fullmatch(code) else "?") from error
        except httpx2.HTTPStatusError as error:
            status = error.response.status_code
            raise (Unreachable if status >= 500 or status == 429 else Unusable)(f"status {status}") from error
        except (httpx2.HTTPError, TimeoutError, OSError) as error:
            raise Unreachable(type(error).__name__) from error
        except (httpx2.InvalidURL, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise Unusable(f"not the JSON that belongs there: {type(error).__name__}") from error


def may_be_asked(url: str, issuer: str) -> bool:
    """Whether an address that the metadata names may be used: https; or, of an issuer on this machine, http there."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.fragment or "@" in parts.netloc or not url.isprintable() or port == 0:
        return False
    near = parts.scheme == "http" and host in LOOPBACK and issuer.startswith("http:")
    return parts.scheme == "https" or near


async def _bounded(response: httpx2.Response) -> None:
    """Called between an answer's head and its body: let only so much of it be read. Raises Unusable."""
    if 300 <= response.status_code < 400:
        raise Unusable("a redirect")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise Unusable("packed, which was not asked for")  # a few bytes may unpack to any number
    stream = response.stream
    assert isinstance(stream, httpx2.AsyncByteStream)
    response.stream = _Bounded(stream)


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > MOST_BYTES:
                raise Unusable(f"longer than {MOST_BYTES} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


def _basic(client: Any, method: str, url: str, headers: Any, body: Any) -> tuple[str, Any, Any]:
    """HTTP Basic with both parts form-encoded (RFC 6749, 2.3.1), which Authlib leaves out."""
    auth = httpx2.BasicAuth(quote_plus(client.client_id), quote_plus(client.client_secret))
    headers["Authorization"] = next(auth.auth_flow(httpx2.Request(method, url))).headers["Authorization"]
    return url, headers, body
