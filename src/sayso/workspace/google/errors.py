"""What Google's APIs answer when they do not do what was asked, and what that means.

"Handle API errors" (developers.google.com/workspace/calendar/api/guides/errors), "Resolve errors" of the Gmail API, and
google.rpc.ErrorInfo (AIP-193).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal

from sayso.workspace.errors import ObjectNotFound, Refused, Unavailable, Uncertain, WorkspaceError

Api = Literal["calendar", "gmail", "tasks", "people"]
NAMES: Final[Mapping[Api, str]] = {
    "calendar": "Google Calendar",
    "gmail": "Gmail",
    "tasks": "Google Tasks",
    "people": "Google Contacts",
}
LONGEST_WAIT: Final = 3600.0
"""Seconds; a limit that lasts longer is told as a refusal, for nobody waits that long for an action."""
_RATES: Final = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"})
_OFF: Final = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_UNGRANTED: Final = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
_ADMIN: Final = frozenset({"domainPolicy", "failedPrecondition", "FAILED_PRECONDITION"})
_STALE: Final = frozenset({"fullSyncRequired", "updatedMinTooLongAgo", "EXPIRED_SYNC_TOKEN"})
_PAGE: Final = re.compile(r"https://console\.(?:developers|cloud)\.google\.com/[^\s\"'<>]{1,300}")


class NotDone(Refused):
    """Google refused it for this reason (its own word), with this status."""

    def __init__(self, message: str, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


def is_off(error: Exception) -> bool:
    """Whether the API is not switched on for this server."""
    return isinstance(error, NotDone) and error.reason in _OFF


class Cut(Uncertain):
    """The line broke: Google has got the request by now, or never gets it."""


class Preconditioned(Exception):
    """It is not at the ETag that it was to be at (412)."""


class Taken(Exception):
    """There is one with this id, or this name (409)."""


class Stale(Exception):
    """What was read last is too long ago to go on from: all has to be read again."""


class Deleted(ObjectNotFound):
    """It was there (410)."""


class Failed(Uncertain):
    """It answered that it failed (500, 503): what came of it has happened by now, nothing is on its way any more."""


@dataclass(frozen=True, slots=True)
class Problem:
    """An answer that is none. `reason`: Google's word for it; `told`: its sentence."""

    status: int
    reason: str
    told: str
    wait: float | None

    @property
    def is_rate(self) -> bool:
        """Whether it was only too much at once, and nothing was done."""
        return self.status == 429 or (self.status == 403 and self.reason in _RATES)

    @property
    def may_pass(self) -> bool:
        """Whether the same read may work in a moment."""
        return self.is_rate or (self.status >= 500 and self.status != 501)


def problem_of(status: int, headers: Mapping[str, str], content: bytes, now: datetime) -> Problem:
    """The problem of an answer with this status, whatever its body is."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    error = error if isinstance(error, dict) else {}
    reasons = [each.get("reason") for name in ("details", "errors") for each in _dicts(error.get(name))]
    reason = next((each for each in reasons if isinstance(each, str)), "")
    if not reason and isinstance(error.get("status"), str):
        reason = error["status"]
    told = error.get("message")
    return Problem(status, reason, told if isinstance(told, str) else "", _wait(headers, now))


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds of Retry-After (RFC 9110, 10.2.3)."""
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return float(told[:9])
    try:
        until = parsedate_to_datetime(told)
    except (ValueError, TypeError, IndexError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - now).total_seconds())


def raised(problem: Problem, api: Api, changes: bool) -> Exception:
    """What to raise for it. `changes`: whether it was to change something. The outcome is in the class: only
    `Uncertain` may have happened."""
    status, reason, name = problem.status, problem.reason, NAMES[api]
    if reason in _STALE:
        return Stale()
    if problem.is_rate:
        return _too_much(problem, name)
    if status == 404:
        return ObjectNotFound(f"That is not at {name} (any more).")
    if status == 410:
        return Deleted(f"That is not at {name} any more.")
    if status == 412:
        return Preconditioned()
    if status == 409:
        return Taken()
    if status >= 500:
        told = f"{name} does not work right now."
        doubt = Failed if status in (500, 503) else Uncertain
        return doubt(f"{name} did not say whether it was done.") if changes else Unavailable(told)
    return NotDone(_why(problem, api), status, reason)


def _too_much(problem: Problem, name: str) -> WorkspaceError:
    if problem.wait is not None and problem.wait > LONGEST_WAIT:
        hours = round(problem.wait / 3600)
        return Refused(f"{name} takes no more from this account for about {hours} hours: it has reached a limit there.")
    return Unavailable(f"{name} asks to wait: there were too many requests.", problem.wait)


def _why(problem: Problem, api: Api) -> str:
    """A refusal in plain words: what is wrong, and who can do what about it."""
    name, words = NAMES[api], " ".join(problem.told.replace('"', "'").split())[:300]
    told = f'"{words}"' if words else ""
    if problem.reason in _OFF:
        page = _PAGE.search(problem.told)
        where = page[0] if page else "https://console.cloud.google.com/apis/library"
        return f"{name} is not switched on in this server's Google Cloud project; its operator can do that at {where}"
    if problem.reason in _UNGRANTED:
        return f"{name} was not allowed when this account was connected: connect it again, and leave its box ticked."
    if problem.reason in _ADMIN and problem.status in (400, 403):
        return f"{name} does not do this for this account: {told or 'its administrator has switched it off'}"
    if problem.reason in ("quotaExceeded", "dailyLimitExceeded", "calendarUsageLimitsExceeded"):
        return f"{name} does no more of this for this account for some hours: it has reached a limit there."
    return f"{name} refuses it: {told or problem.reason or f'status {problem.status}'}"
