"""What schemathesis calls: the sessions of requests that end one, keys that are new, and the envelope of every refusal.

SESSION is the one that it has; SPARE_SESSIONS names a file with more, of other users.
"""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, HookContext, Response

from sayso.http.session import COOKIE

ENDING = {
    ("POST", "/auth/logout"),
    ("POST", "/auth/refresh"),
    ("DELETE", "/auth/sessions"),
    ("DELETE", "/auth/sessions/{session_id}"),
    ("DELETE", "/me"),
}
KEY = "idempotency-key"
_numbers = itertools.count()


def _spare() -> Iterator[str]:
    yield from Path(os.environ["SPARE_SESSIONS"]).read_text(encoding="ascii").split()


_sessions = _spare()


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], **kwargs: Any) -> None:
    """One that ends its session gets one of its own, so that the others go on. A key names one message."""
    signed_in = case.cookies and case.cookies.get(COOKIE) == os.environ["SESSION"]
    if signed_in and (case.method.upper(), case.operation.path) in ENDING:
        case.cookies[COOKIE] = next(_sessions)
    key = case.headers.get(KEY) if case.headers else None
    if isinstance(key, str) and 1 <= len(key) <= 200:
        case.headers[KEY] = f"{key}{next(_numbers)}"


@schemathesis.check
def every_refusal_is_in_the_envelope(ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    assert response.headers.get("x-request-id"), "no request id"
    if response.status_code >= 400:
        told = response.json()
        assert set(told) <= {"error", "message", "details", "retry_after"}, sorted(told)
        assert all(isinstance(told[name], str) and told[name] for name in ("error", "message"))
