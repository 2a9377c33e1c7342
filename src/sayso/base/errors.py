"""Every error that a client can see. An error class carries its status and code; its docstring is its
default message; `http.errors` turns it into the envelope, in that one place."""

from typing import Any, ClassVar


class SaysoError(Exception):
    """Something went wrong."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"

    def __init__(self, message: str | None = None, **details: Any) -> None:
        self.message = message or " ".join((type(self).__doc__ or "").split())
        self.details = details
        super().__init__(self.message)

    def told_in(self, request_id: str) -> str:
        """The message as a client gets it: that of a failure of ours quotes the request's id, for the operator."""
        return f"{self.message} (request {request_id})" if self.status >= 500 else self.message


class InvalidRequest(SaysoError):
    """The request cannot be read: send a JSON object."""

    status, code = 400, "invalid_request"


class NotAuthenticated(SaysoError):
    """Sign in first."""

    status, code = 401, "not_authenticated"


class NotAllowed(SaysoError):
    """You may not sign in here; ask whoever runs this server to add you to SAYSO_ALLOWED_USERS."""

    status, code = 403, "not_allowed"


class ScopeMissing(SaysoError):
    """This token may not do that; make one with the scope that is named in details.scope."""

    status, code = 403, "scope_missing"


class ForbiddenOrigin(SaysoError):
    """This origin is not allowed to make changes; add it to SAYSO_ALLOWED_ORIGINS."""

    status, code = 403, "forbidden_origin"


class NotFound(SaysoError):
    """There is nothing here under that name."""

    status, code = 404, "not_found"


class LinkUnknown(SaysoError):
    """This link is not known (any more); have a new one shown."""

    status, code = 404, "link_unknown"


class RequestTimeout(SaysoError):
    """The request took too long to arrive; send it again."""

    status, code = 408, "request_timeout"


class ThreadBusy(SaysoError):
    """This thread is still answering another message; wait for it or stop it, then send this again."""

    status, code = 409, "thread_busy"


class NothingPending(SaysoError):
    """Nothing waits for a decision on this thread."""

    status, code = 409, "nothing_pending"


class NothingRunning(SaysoError):
    """Nothing is running on this thread."""

    status, code = 409, "nothing_running"


class PlanMismatch(SaysoError):
    """Another plan waits on this thread now; look at it before you decide."""

    status, code = 409, "plan_mismatch"


class PlanChanged(SaysoError):
    """What you saw has changed since; look at it again before you decide. Nothing was decided."""

    status, code = 409, "plan_changed"


class LastIdentity(SaysoError):
    """This is the only way left to sign in to this account; add another one first."""

    status, code = 409, "last_identity"


class AlreadyExecuted(SaysoError):
    """This plan was confirmed before and has run or is running."""

    status, code = 409, "already_executed"


class NotUndoable(SaysoError):
    """This cannot be undone."""

    status, code = 409, "not_undoable"


class AlreadyCancelled(SaysoError):
    """This plan was cancelled before; it will never run."""

    status, code = 409, "already_cancelled"


class PlanExpired(SaysoError):
    """This plan waited too long and has expired; ask again for a new one."""

    status, code = 409, "plan_expired"


class LinkUsed(SaysoError):
    """This link was used before, and works once; have a new one shown."""

    status, code = 409, "link_used"


class LinkUnused(SaysoError):
    """No device has used this link yet."""

    status, code = 409, "link_unused"


class LinkExpired(SaysoError):
    """This link works for two minutes, which are over; have a new one shown."""

    status, code = 409, "link_expired"


class LinkRefused(SaysoError):
    """This device was refused where the link was shown."""

    status, code = 409, "link_refused"


class AccountExists(SaysoError):
    """This account is connected already."""

    status, code = 409, "account_exists"


class AccountHasData(SaysoError):
    """There is data of your own in it, which would be gone: take it along first (`sayso export`, or GET /me/export),
    then remove it with `?data=delete`."""

    status, code = 409, "account_has_data"


class TooLarge(SaysoError):
    """The body is larger than 256 KiB."""

    status, code = 413, "too_large"


class TargetTooLong(SaysoError):
    """The path with its query is longer than 8 KiB."""

    status, code = 414, "target_too_long"


class UnsupportedMediaType(SaysoError):
    """Send the body as Content-Type: application/json, in UTF-8 and not compressed."""

    status, code = 415, "unsupported_media_type"


class MisdirectedRequest(SaysoError):
    """This server is not called by that name; set SAYSO_PUBLIC_URL or SAYSO_ALLOWED_HOSTS to it."""

    status, code = 421, "misdirected_request"


class ValidationFailed(SaysoError):
    """A field is missing or out of bounds."""

    status, code = 422, "validation_error"


class CannotConnect(SaysoError):
    """The account cannot be connected with this; look at what was given, and try again."""

    status, code = 422, "cannot_connect"


class RateLimited(SaysoError):
    """Too many requests; wait a little and try again."""

    status, code = 429, "rate_limit_exceeded"


class TurnsAtOnce(RateLimited):
    """Too many of your conversations are under way at once; wait for one of them or stop it."""

    status, code = 429, "turns_at_once"


class BudgetSpent(RateLimited):
    """Today's tokens are used up; the language model answers again from midnight UTC on."""

    status, code = 429, "budget_spent"


class HeadersTooLarge(SaysoError):
    """The request has more than 100 headers, or more than 32 KiB of them."""

    status, code = 431, "headers_too_large"


class ModelError(SaysoError):
    """The language model failed; nothing was executed. Send the message again."""

    status, code = 502, "model_error"


class ModelTimeout(SaysoError):
    """The language model took too long; nothing was executed. Send the message again."""

    status, code = 504, "model_timeout"


class Busy(SaysoError):
    """The server has as many connections as it can take; try again in a moment."""

    status, code = 503, "busy"


class ProviderError(SaysoError):
    """The sign-in provider answered something that cannot be used; tell whoever runs this server."""

    status, code = 502, "provider_error"


class ProviderUnreachable(ProviderError):
    """The sign-in provider cannot be reached right now; try again in a moment."""

    status, code = 503, "provider_unreachable"


class SystemUnavailable(SaysoError):
    """The system in which this lies cannot be reached right now; try again in a moment."""

    status, code = 503, "system_unavailable"


class StoreUnavailable(SaysoError):
    """The store cannot be read or written right now; nothing was lost. Send the request again."""

    status, code = 500, "store_unavailable"


class StoreBusy(StoreUnavailable):
    """The store has too much to do or cannot be reached; nothing was done. Send the request again in a few seconds."""

    status = 503


class StartupError(Exception):
    """Why the server cannot start: one line for the person at the terminal."""
