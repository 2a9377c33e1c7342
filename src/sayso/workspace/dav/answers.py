"""What a server of WebDAV answers, and what that means for what was asked."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx2

from sayso.workspace.dav.errors import NotDone, Preconditioned
from sayso.workspace.dav.urls import host_of
from sayso.workspace.dav.xml import error_in
from sayso.workspace.errors import ObjectNotFound, Unavailable, Uncertain, WorkspaceError

_STRONG: Final = re.compile(r"(?!W/)[\x21-\x7e]{1,500}")
_TOO_SOON: Final = 425


@dataclass(frozen=True, slots=True)
class Answer:
    url: str
    """Where it is from: behind redirects, another than was asked."""
    status: int
    headers: httpx2.Headers
    content: bytes

    @property
    def etag(self) -> str:
        return strong(self.headers.get("ETag", ""))

    @property
    def schedule_tag(self) -> str:
        return strong(self.headers.get("Schedule-Tag", ""))

    @property
    def media_type(self) -> str:
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    @property
    def retry_after(self) -> float | None:
        """Seconds (RFC 9110, 10.2.3)."""
        told = self.headers.get("Retry-After", "").strip()
        if told.isdecimal() and len(told) < 8:
            return float(told)
        try:
            until = parsedate_to_datetime(told)
        except (ValueError, TypeError, OverflowError):
            return None
        begun = self.headers.get("Date", "")
        try:
            now = parsedate_to_datetime(begun)
        except (ValueError, TypeError, OverflowError):
            return None
        return max(0.0, (_aware(until) - _aware(now)).total_seconds())


def _aware(when: datetime) -> datetime:
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def strong(etag: str) -> str:
    """An ETag that may stand in If-Match (RFC 9110, 13.1.1), else an empty text."""
    return etag if _STRONG.fullmatch(etag.strip()) else ""


def check(answer: Answer, changes: bool) -> None:
    """Raises what an answer means that is no success; `changes`: whether an effect was asked for."""
    if 200 <= answer.status < 300:
        return
    raise _error(answer, host_of(answer.url), changes)


def _error(answer: Answer, host: str, changes: bool) -> WorkspaceError:
    status, element = answer.status, error_in(answer.content)
    if status in (404, 410):
        return ObjectNotFound(f"That is not there any more on {host}.")
    if status == 412:
        return Preconditioned("That has changed since you saw it.", element)
    if status in (429, _TOO_SOON) or (status == 503 and answer.retry_after is not None):
        return Unavailable(f"{host} asks to wait before it is asked again.", answer.retry_after)
    if status == 507:
        return NotDone(f"{host} has no room for it.", status, element)
    if status >= 500 or status in (408, 101):
        if changes:
            return Uncertain(f"{host} failed at it, and did not say whether it was done.")
        return Unavailable(f"{host} does not answer as it should right now.")
    if status < 400:
        return NotDone(f"{host} has moved it to another address.", status, element)
    if status == 403:
        return NotDone(f"{host} does not allow that.", status, element)
    return NotDone(f"{host} does not do that.", status, element)
