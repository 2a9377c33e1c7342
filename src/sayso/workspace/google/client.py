"""Requests to Google's APIs on behalf of one account: signed by its token, bounded in size and time, with an outcome
that can be trusted.

Reads that fail for a moment are tried again, after as long as Google says, else longer each time. A change is sent
once; whoever wants to know what became of it looks. Redirects are not followed.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx2

from sayso.base.clock import Clock
from sayso.workspace.connected.connector import Opener, TokenRefused
from sayso.workspace.errors import ObjectNotFound, Unavailable, Uncertain, WorkspaceError
from sayso.workspace.google.batches import Asked, Params, Part, batch_of, parts_in
from sayso.workspace.google.errors import NAMES, Api, Cut, NotDone, Problem, problem_of, raised
from sayso.workspace.google.uploads import upload_of

Json = dict[str, Any]
Value = str | int | float | bool | None

READ_SECONDS: Final = 60.0
CHANGE_SECONDS: Final = 120.0
SILENCE_SECONDS: Final = 60.0
MAX_BYTES: Final = 64_000_000
"""Of an answer: a mail of 40 MB in base64."""
MOST_PAGES: Final = 200
TOGETHER: Final = 50
"""Requests in one batch; Google takes 100, and of Gmail advises 50 ("Batching requests")."""
AT_ONCE: Final = 8
TRIES: Final = 4
TRIES_OF_LOST: Final = 2
LONGEST_SLEEP: Final = 8.0
"""Seconds that a read waits by itself for a limit to pass."""
_MAX_ERROR: Final = 64_000
_BEFORE: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.LocalProtocolError)
"""What happens before the first byte of a request is out."""
_NO_BATCH: Final = (404, 405, 501)
_HOSTS: Final[Mapping[Api, str]] = {
    "calendar": "https://www.googleapis.com",
    "gmail": "https://gmail.googleapis.com",
    "tasks": "https://tasks.googleapis.com",
    "people": "https://people.googleapis.com",
}
_PATHS: Final[Mapping[Api, str]] = {
    "calendar": "/calendar/v3/",
    "gmail": "/gmail/v1/users/me/",
    "tasks": "/tasks/v1/",
    "people": "/v1/",
}
_BATCHES: Final[Mapping[Api, str]] = {"calendar": "/batch/calendar/v3", "gmail": "/batch/gmail/v1"}


@dataclass(frozen=True, slots=True)
class Around:
    """What all accounts of a process have in common. `base`: in the place of all of Google's API hosts; empty: those.
    `sleep` waits so many seconds; `jitter`: a random number within [0, 1)."""

    http: httpx2.AsyncClient
    clock: Clock
    sleep: Callable[[float], Awaitable[None]]
    jitter: Callable[[], float]
    base: str = ""


@dataclass(frozen=True, slots=True)
class _Ask:
    """`changes`: whether it is to change something; else it may be asked again."""

    method: str
    api: Api
    path: str
    params: Params = field(default_factory=dict)
    body: Json | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    changes: bool = False
    media: bytes | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: httpx2.Headers
    content: bytes


class Google:
    """One account. Paths are relative to each API's own (`calendars/primary/events`, `messages/17c…`, of the user
    himself), their parts encoded by `segment`. It opens no connection before it is asked for something."""

    def __init__(self, opener: Opener, around: Around) -> None:
        self._opener = opener
        self._around = around
        self._batches = True

    # --- reading ----------------------------------------------------------------------------------------------------

    async def get(self, api: Api, path: str, params: Params | None = None) -> Json:
        """Raises ObjectNotFound, Refused (NotDone), Unavailable, Stale (what it was to go on from is too long ago)."""
        return await self._read(_Ask("GET", api, path, params or {}))

    async def query(self, api: Api, path: str, body: Json) -> Json:
        """A read that is sent as a POST, such as `freeBusy`. Raises the same."""
        return await self._read(_Ask("POST", api, path, body=body))

    async def pages(self, api: Api, path: str, params: Params) -> AsyncIterator[Json]:
        """All pages of a list, one after the other; one may be empty with more behind it. Raises the same."""
        token: str | None = None
        for _ in range(MOST_PAGES):
            page = await self.get(api, path, {**params, "pageToken": token})
            yield page
            token = page.get("nextPageToken")
            if not token:
                return
        raise Unavailable(f"{NAMES[api]} has more of this than can be read.")

    async def listed(self, api: Api, path: str, params: Params, items: str) -> list[Json]:
        """All that a list has under the name `items`."""
        return [each async for page in self.pages(api, path, params) for each in page.get(items) or ()]

    async def many(self, api: Api, asked: Sequence[Asked]) -> list[Json | WorkspaceError]:
        """What each of these reads answers, in their order, or why it does not. Raises Unavailable."""
        found: list[Json | WorkspaceError] = []
        for begin in range(0, len(asked), TOGETHER):
            some = asked[begin : begin + TOGETHER]
            answers = await self._together(api, some) if len(some) > 1 and api in _BATCHES and self._batches else None
            found += await self._side_by_side(api, some) if answers is None else answers
        return found

    async def pause(self, tried: int) -> None:
        """Wait before the next look for what is not there yet, longer each time."""
        await self._around.sleep(self._pause(tried, None) or 0.0)

    # --- changing ---------------------------------------------------------------------------------------------------

    async def change(
        self,
        method: str,
        api: Api,
        path: str,
        body: Json | None = None,
        params: Params | None = None,
        if_match: str = "",
        media: bytes | None = None,
    ) -> Json:
        """Change something, once: POST, PATCH, PUT or DELETE; `if_match`: only where it is at this ETag; `media`: a
        mail that goes along (RFC 5322). An answer without a body is an empty one.

        Raises ObjectNotFound (Deleted), Taken, Preconditioned, Refused (NotDone), Unavailable: it has surely not
        happened; Uncertain: it may have.
        """
        headers = {"If-Match": if_match} if if_match else {}
        ask = _Ask(method, api, path, params or {}, body, headers, changes=True, media=media)
        answer = await self._opener.authorized(lambda token: self._sent(ask, token))
        return self._json(ask, answer)

    # --- one request ------------------------------------------------------------------------------------------------

    async def _read(self, ask: _Ask) -> Json:
        return self._json(ask, await self._patiently(lambda token: self._sent(ask, token)))

    async def _patiently(self, send: Callable[[str], Awaitable[_Answer]]) -> _Answer:
        """The answer to a read, which is asked again where that may help."""
        for tried in range(1, TRIES + 1):
            problem: Problem | None = None
            try:
                answer = await self._opener.authorized(send)
            except _Lost:
                if tried == TRIES_OF_LOST:
                    raise
            else:
                if answer.status < 400:
                    return answer
                problem = self._problem(answer)
                if not problem.may_pass or tried == TRIES:
                    return answer
            wait = self._pause(tried, problem)
            if wait is None:
                return answer
            await self._around.sleep(wait)
        raise AssertionError

    def _pause(self, tried: int, problem: Problem | None) -> float | None:
        """Seconds to wait before the next try; None: longer than anybody waits for a read."""
        if problem is not None and problem.wait is not None:
            return problem.wait if problem.wait <= LONGEST_SLEEP else None
        return float(min(2 ** (tried - 1) * (0.5 + self._around.jitter()), LONGEST_SLEEP))

    async def _sent(self, ask: _Ask, token: str) -> _Answer:
        """The answer as it is. Raises TokenRefused, Unavailable, Uncertain."""
        if ask.media is not None:
            url = f"{self._around.base or _HOSTS[ask.api]}/upload{_PATHS[ask.api]}{ask.path}"
            whole, kind = upload_of(ask.body or {}, ask.media, "message/rfc822")
            ask = replace(ask, params={**ask.params, "uploadType": "multipart"})
            return await self._exchanged(ask, ask.method, url, whole, {"Content-Type": kind}, token)
        url = f"{self._around.base or _HOSTS[ask.api]}{_PATHS[ask.api]}{ask.path}"
        content = None if ask.body is None else json.dumps(ask.body).encode()
        typed = {} if content is None else {"Content-Type": "application/json; charset=utf-8"}
        headers = {**typed, **ask.headers}
        return await self._exchanged(ask, ask.method, url, content, headers, token)

    async def _exchanged(
        self, ask: _Ask, method: str, url: str, content: bytes | None, headers: Mapping[str, str], token: str
    ) -> _Answer:
        http = self._around.http
        http.cookies.clear()  # all accounts share the client
        told = {"User-Agent": "Sayso (gzip)", "Authorization": f"Bearer {token}", **headers}
        request = http.build_request(method, url, params=_plain(ask.params), content=content, headers=told)
        try:
            async with asyncio.timeout(CHANGE_SECONDS if ask.changes else READ_SECONDS):
                response = await http.send(request, stream=True)
                try:
                    body = await _body(response)
                finally:
                    await response.aclose()
        except _BEFORE as error:
            raise Unavailable(f"{NAMES[ask.api]} cannot be reached right now.") from error
        except (httpx2.HTTPError, httpx2.StreamError, OSError, TimeoutError) as error:
            if ask.changes:
                raise Cut(f"The connection to {NAMES[ask.api]} broke before it said whether it was done.") from error
            raise _Lost(f"{NAMES[ask.api]} did not answer in full.") from error
        if response.status_code == 401:
            raise TokenRefused
        return _Answer(response.status_code, response.headers, body)

    def _problem(self, answer: _Answer | Part) -> Problem:
        return problem_of(answer.status, answer.headers, answer.content, self._around.clock.now())

    def _json(self, ask: _Ask, answer: _Answer | Part) -> Json:
        """What was answered. Raises what its status means."""
        name = NAMES[ask.api]
        if not 200 <= answer.status < 300:
            if 300 <= answer.status < 400:
                raise NotDone(f"{name} sends to another address.", answer.status, "redirect")
            raise raised(self._problem(answer), ask.api, ask.changes)
        try:
            found = json.loads(answer.content) if answer.content.strip() else {}
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            return found
        told = f"{name} answered something that cannot be read."
        raise Uncertain(told) if ask.changes else Unavailable(told)

    # --- several at once --------------------------------------------------------------------------------------------

    async def _together(self, api: Api, asked: Sequence[Asked]) -> list[Json | WorkspaceError] | None:
        """As one request ("Batching requests"); None: what stands in Google's place does not know that."""
        found: dict[int, Json | WorkspaceError] = {}
        for tried in range(1, TRIES + 1):
            left = [place for place in range(len(asked)) if place not in found]
            paths = [(f"{_PATHS[api]}{asked[place].path}", _plain(asked[place].params)) for place in left]
            answer, parts = await self._batch(api, paths)
            if answer.status in _NO_BATCH:
                self._batches = False
                return None
            if answer.status >= 400:
                raise _unavailable(raised(self._problem(answer), api, changes=False))
            last, longest = tried == TRIES, 0.0
            for place, part in zip(left, parts, strict=True):
                problem = self._problem(part) if part is not None and part.status >= 400 else None
                again = part is None or (problem is not None and problem.may_pass)
                wait = self._pause(tried, problem) if again and not last else None
                if again and wait is not None:
                    longest = max(longest, wait)
                    continue
                found[place] = self._one(api, part)
            if len(found) == len(asked):
                break
            await self._around.sleep(longest)
        return [found[place] for place in range(len(asked))]

    async def _batch(
        self, api: Api, paths: Sequence[tuple[str, list[tuple[str, Value]]]]
    ) -> tuple[_Answer, list[Part | None]]:
        """The answer to all of these reads, and in it those to each."""
        content, kind = batch_of(paths)
        url = f"{self._around.base or _HOSTS[api]}{_BATCHES[api]}"
        parts = list[Part | None]()

        async def send(token: str) -> _Answer:
            answer = await self._exchanged(_Ask("POST", api, ""), "POST", url, content, {"Content-Type": kind}, token)
            parts[:] = parts_in(answer.headers.get("content-type", ""), answer.content, len(paths))
            if any(part is not None and part.status == 401 for part in parts):
                raise TokenRefused
            return answer

        return await self._patiently(send), parts

    async def _side_by_side(self, api: Api, asked: Sequence[Asked]) -> list[Json | WorkspaceError]:
        room = asyncio.Semaphore(AT_ONCE)

        async def one(each: Asked) -> Json | WorkspaceError:
            async with room:
                try:
                    return await self.get(api, each.path, each.params)
                except WorkspaceError as error:
                    return error

        return list(await asyncio.gather(*map(one, asked)))

    def _one(self, api: Api, part: Part | None) -> Json | WorkspaceError:
        if part is None:
            return Unavailable(f"{NAMES[api]} did not answer in full.")
        try:
            return self._json(_Ask("GET", api, ""), part)
        except WorkspaceError as error:
            return error


class _Lost(Unavailable):
    """A read without a whole answer."""


def _unavailable(error: Exception) -> WorkspaceError:
    return error if isinstance(error, WorkspaceError) else ObjectNotFound(str(error))


def _plain(params: Params) -> list[tuple[str, Value]]:
    """As they stand in an address."""
    found: list[tuple[str, Value]] = []
    for name, value in params.items():
        if isinstance(value, bool):
            found.append((name, "true" if value else "false"))
        elif isinstance(value, (str, int)):
            found.append((name, str(value)))
        elif value is not None:
            found += [(name, each) for each in value]
    return found


async def _body(response: httpx2.Response) -> bytes:
    """The body of an answer, of an error its beginning. Raises StreamError for one that is too long."""
    most = MAX_BYTES if response.is_success else _MAX_ERROR
    found = bytearray()
    async for chunk in response.aiter_bytes():
        found += chunk
        if len(found) > most:
            if response.is_success:
                raise httpx2.StreamError("too long")
            break
    return bytes(found)
