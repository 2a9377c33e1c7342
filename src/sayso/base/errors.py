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
    """Sign in first: the session cookie is missing, unknown, expired or revoked."""

    status, code = 401, "not_authenticated"


class ForbiddenOrigin(SaysoError):
    """This origin is not allowed to make changes; add it to SAYSO_ALLOWED_ORIGINS."""

    status, code = 403, "forbidden_origin"


class NotFound(SaysoError):
    """There is nothing here under that name."""

    status, code = 404, "not_found"


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


class AlreadyExecuted(SaysoError):
    """This plan was confirmed before and has run or is running."""

    status, code = 409, "already_executed"


class AlreadyCancelled(SaysoError):
    """This plan was cancelled before; it will never run."""

    status, code = 409, "already_cancelled"


class PlanExpired(SaysoError):
    """This plan waited too long and has expired; ask again for a new one."""

    status, code = 409, "plan_expired"


class TooLarge(SaysoError):
    """The body is larger than 256 KiB."""

    status, code = 413, "too_large"


class TargetTooLong(SaysoError):
    """The path with its query is longer than 8 KiB."""

    status, code = 414, "target_too_long"


class UnsupportedMediaType(SaysoError):
    """Send the body as Content-Type: application/json, in UTF-8 and not compressed."""

    status, code = 415, "unsupported_media_type"


class ValidationFailed(SaysoError):
    """A field is missing or out of bounds."""

    status, code = 422, "validation_error"


class RateLimited(SaysoError):
    """Too many requests; wait a little and try again."""

    status, code = 429, "rate_limit_exceeded"


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
