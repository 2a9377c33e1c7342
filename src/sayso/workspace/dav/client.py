"""Requests to one site of WebDAV (RFC 4918): signed in, bounded in size and time, with an outcome that can be trusted.

The password goes to the server that its user named, and to servers that `urls.trusted` takes for the same site's.
Redirects are followed by hand, for reads only. What is read is bounded and never packed, since a few bytes may unpack
to any number.
"""

import asyncio
import base64
import ssl
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import httpx2

from sayso.workspace.connected.access import Access, SignIn
from sayso.workspace.connected.connector import TokenRefused
from sayso.workspace.connected.reaching import Reach
from sayso.workspace.dav import xml
from sayso.workspace.dav.answers import Answer, check
from sayso.workspace.dav.errors import Unreadable, Untrusted
from sayso.workspace.dav.urls import host_of, normal, resolved, trusted
from sayso.workspace.dav.xml import D, Multistatus, Response
from sayso.workspace.errors import Refused, Unavailable, Uncertain, WorkspaceError

READ_SECONDS: Final = 60.0
CHANGE_SECONDS: Final = 120.0
"""For a whole request; a change may wait for the server's own mail relay before it is answered."""
SILENCE_SECONDS: Final = 60.0
MAX_BYTES: Final = 32_000_000
MAX_REDIRECTS: Final = 5
_MAX_ERROR: Final = 64_000
_READ_BODIES: Final = ("PROPFIND", "REPORT", "GET", "POST")
_IN_THREAD: Final = 64_000
"""Bytes of XML from which on it is read beside the loop."""
_XML: Final = "application/xml; charset=utf-8"
_REDIRECTS: Final = (301, 302, 303, 307, 308)
_BEFORE: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.LocalProtocolError)
"""What happens before the first byte of a request is out."""
_BAD_CHALLENGE: Final = (httpx2.ProtocolError, ValueError, LookupError, NotImplementedError)
"""What httpx2.DigestAuth raises of one that makes no sense."""


@dataclass(frozen=True, slots=True)
class Resource:
    url: str
    content: bytes
    etag: str
    """A strong one, else empty: with a weak one nothing can be guarded (RFC 9110, 8.8.3.2)."""
    schedule_tag: str
    media_type: str


@dataclass(frozen=True, slots=True)
class PutAnswer:
    etag: str
    """Empty where the server gives none or a weak one, as when it has stored something else than was sent."""
    status: int
    schedule_tag: str = ""


@dataclass(frozen=True, slots=True)
class _Ask:
    method: str
    url: str
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        return self.method not in ("PROPFIND", "REPORT", "GET", "OPTIONS")


class Dav:
    """One site of an account. `url`: the address that its user gave, for which the password is. It opens no connection
    before it is asked for something."""

    def __init__(self, url: str, access: Access, reach: Reach) -> None:
        self.url = normal(url) or url
        self._access = access
        self._reach = reach
        self._client: httpx2.AsyncClient | None = None
        self._digest: tuple[SignIn, httpx2.DigestAuth] | None = None

    async def aclose(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def propfind(self, url: str, props: Iterable[str], depth: int = 0) -> list[Response]:
        """What these properties are, in Clark's notation; with `depth` 1 also of the members. Raises ObjectNotFound,
        Refused, Unavailable; as every read."""
        body = xml.element(f"{D}propfind", xml.prop(props))
        return (await self.multistatus("PROPFIND", url, body, depth)).responses

    async def report(self, url: str, body: Element, depth: int = 0) -> list[Response]:
        """The answer to a REPORT (RFC 3253, 3.6)."""
        return (await self.multistatus("REPORT", url, body, depth)).responses

    async def multistatus(self, method: str, url: str, body: Element, depth: int) -> Multistatus:
        """The same with all that the answer says. Raises Unreadable for one that is no multistatus."""
        headers = {"Depth": str(depth), "Content-Type": _XML}
        answer = await self._ask(_Ask(method, url, xml.written(body), headers))
        if answer.status != 207:
            raise Unreadable(f"{host_of(url)} does not answer as a server of calendars or contacts does.")
        if len(answer.content) < _IN_THREAD:
            return xml.multistatus(answer.content, answer.url)
        return await asyncio.to_thread(xml.multistatus, answer.content, answer.url)

    async def get(self, url: str) -> Resource:
        answer = await self._ask(_Ask("GET", url))
        return Resource(answer.url, answer.content, answer.etag, answer.schedule_tag, answer.media_type)

    async def options(self, url: str) -> frozenset[str]:
        """The tokens of its DAV header (RFC 4918, 10.1), in small letters."""
        told = (await self._ask(_Ask("OPTIONS", url))).headers.get("DAV", "")
        return frozenset(each.strip().lower() for each in told.split(",") if each.strip())

    async def put(
        self,
        url: str,
        content: bytes,
        media_type: str,
        *,
        new: bool = False,
        if_match: str | None = None,
        if_schedule_tag_match: str = "",
    ) -> PutAnswer:
        """Store a resource; `new`: only where there is none; `if_match`: only where it is at this ETag, or, of one
        without a strong one, where there is one at all. Raises Preconditioned, NotDone, ObjectNotFound, Unavailable,
        Uncertain; as every change."""
        headers = {"Content-Type": media_type, **_guards(new, if_match, if_schedule_tag_match)}
        answer = await self._ask(_Ask("PUT", url, content, headers))
        return PutAnswer(answer.etag, answer.status, answer.schedule_tag)

    async def delete(self, url: str, if_match: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        """`headers`: more of them, such as Schedule-Reply (RFC 6638, 8.1)."""
        answer = await self._ask(_Ask("DELETE", url, headers={**(headers or {}), **_guards(False, if_match, "")}))
        if answer.status == 207:  # says that some of it could not be deleted (RFC 4918, 9.6.1)
            raise Uncertain(f"{host_of(url)} did not say whether it was deleted.")

    async def move(self, url: str, to: str) -> None:
        """Give a resource another address, where there is none yet (RFC 4918, 9.9)."""
        self._check_place(to)
        await self._ask(_Ask("MOVE", url, headers={"Destination": to, "Overwrite": "F"}))

    async def make(self, url: str, body: Element, method: str = "MKCALENDAR") -> None:
        """Make a collection: a calendar (RFC 4791, 5.3.1), or by MKCOL what its body says (RFC 5689)."""
        answer = await self._ask(_Ask(method, url, xml.written(body), {"Content-Type": _XML}))
        if answer.status == 207:
            raise Uncertain(f"{host_of(url)} did not say whether the list was made.")

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """As to a scheduling outbox (RFC 6638, 5)."""
        return await self._ask(_Ask("POST", url, content, headers))

    # --- one request ------------------------------------------------------------------------------------------------

    async def _ask(self, asked: _Ask) -> Answer:
        answer = await self._access.use(lambda sign_in: self._followed(asked, sign_in))
        check(answer, asked.changes)
        return answer

    async def _followed(self, asked: _Ask, sign_in: SignIn) -> Answer:
        """The answer, where a read is sent on to. Raises TokenRefused."""
        seconds = CHANGE_SECONDS if asked.changes else READ_SECONDS
        try:
            async with asyncio.timeout(seconds):
                for _ in range(1 + MAX_REDIRECTS):
                    await self._check(asked.url)
                    answer = await self._signed(asked, sign_in)
                    if asked.changes or answer.status not in _REDIRECTS:
                        return answer
                    asked = replace(asked, url=resolved(asked.url, answer.headers.get("Location", "")))
        except TimeoutError as error:
            raise _lost(asked) from error
        raise Refused(f"{host_of(self.url)} sends requests on and on.")

    async def _check(self, url: str) -> None:
        """Raises Refused where the password is not for this address, or would be read on its way there."""
        self._check_place(url)
        parts = urlsplit(url)
        if parts.scheme == "http":
            host = parts.hostname or ""
            self._reach.check_plain(host, await self._reach.addresses(host, parts.port or 80))

    def _check_place(self, url: str) -> None:
        if not normal(url):
            raise Refused(f"The address '{url[:100]}' is not one of a server that can be asked.")
        if not trusted(self.url, url):
            here, there = host_of(self.url), host_of(url)
            raise Refused(f"{here} sends to another server, {there}, which your password is not for.")

    async def _signed(self, asked: _Ask, sign_in: SignIn) -> Answer:
        """The answer to a request that is signed, by Digest (RFC 7616) where the server takes no other password. Raises
        TokenRefused."""
        digest = self._digest[1] if self._digest and self._digest[0] == sign_in else None
        answer = await self._authorized(asked, digest or _Signed(sign_in))
        if digest is None and answer.status == 401 and sign_in.password and _only_digest(answer):
            digest = httpx2.DigestAuth(sign_in.username, sign_in.password)
            self._digest = sign_in, digest
            answer = await self._authorized(asked, digest)
        if answer.status == 401:
            raise TokenRefused
        return answer

    async def _authorized(self, asked: _Ask, auth: httpx2.Auth) -> Answer:
        """By hand, since the client would read a body of any length between two requests."""
        flow = auth.auth_flow(self._request(asked))
        request = next(flow)
        while True:
            answer = await self._sent(asked, request)
            try:
                request = flow.send(httpx2.Response(answer.status, headers=answer.headers, request=request))
            except (StopIteration, *_BAD_CHALLENGE):
                return answer

    def _request(self, asked: _Ask) -> httpx2.Request:
        if self._client is None:
            self._client = self._reach.http(SILENCE_SECONDS)
        self._client.cookies.clear()  # a server may take a cookie for somebody else's sign-in
        headers = {"User-Agent": "Sayso", "Accept-Encoding": "identity", **asked.headers}
        return self._client.build_request(asked.method, asked.url, content=asked.content, headers=headers)

    async def _sent(self, asked: _Ask, request: httpx2.Request) -> Answer:
        assert self._client is not None
        try:
            response = await self._client.send(request, stream=True)
            try:
                content = await _body(asked, response)
            finally:
                await response.aclose()
        except _BEFORE as error:
            raise _unreached(asked, error) from error
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as error:
            raise _lost(asked) from error
        return Answer(asked.url, response.status_code, response.headers, content)


class _Signed(httpx2.Auth):
    """By a password (RFC 7617, in UTF-8) or a token (RFC 6750, 2.1)."""

    def __init__(self, sign_in: SignIn) -> None:
        pair = f"{sign_in.username}:{sign_in.password}".encode()
        basic = f"Basic {base64.b64encode(pair).decode()}"
        self._header = f"Bearer {sign_in.token}" if sign_in.token else basic

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        request.headers["Authorization"] = self._header
        yield request


def _only_digest(answer: Answer) -> bool:
    offered = [each.strip().partition(" ")[0].lower() for each in answer.headers.get_list("WWW-Authenticate")]
    return "digest" in offered and "basic" not in offered


def _guards(new: bool, if_match: str | None, if_schedule_tag_match: str) -> dict[str, str]:
    guards = {"If-None-Match": "*"} if new else {}
    if if_match is not None:
        guards["If-Match"] = if_match or "*"
    if if_schedule_tag_match:
        guards["If-Schedule-Tag-Match"] = if_schedule_tag_match
    return guards


async def _body(asked: _Ask, response: httpx2.Response) -> bytes:
    """The body of an answer; of an error the beginning. Raises Unavailable or Uncertain: too long, or packed."""
    packed = response.headers.get("Content-Encoding", "identity") != "identity"
    if packed and response.is_success and asked.method in _READ_BODIES:
        raise _lost(asked)
    most = MAX_BYTES if response.is_success else _MAX_ERROR
    found = bytearray()
    async for chunk in response.aiter_raw():
        found += chunk
        if len(found) > most:
            if response.is_success:
                raise _lost(asked, f"{host_of(asked.url)} answers with more than can be read.")
            break
    return b"" if packed else bytes(found)


def _unreached(asked: _Ask, error: Exception) -> WorkspaceError:
    """Nothing was sent."""
    host, cause = host_of(asked.url), error.__cause__ or error.__context__
    while cause is not None and not isinstance(cause, ssl.SSLCertVerificationError):
        cause = cause.__cause__ or cause.__context__
    if cause is not None:
        return Untrusted(f"The certificate of {host} cannot be trusted, so nothing was sent to it.")
    return Unavailable(f"{host} cannot be reached right now.")


def _lost(asked: _Ask, why: str = "") -> WorkspaceError:
    """There was no whole answer."""
    host = host_of(asked.url)
    if asked.changes:
        return Uncertain(f"The connection to {host} broke before it said whether it was done.")
    return Unavailable(why or f"{host} did not answer in full.")
