"""What a failed model request means, in words that a user and an operator can act on.

No vendor's own text is passed on: it may quote the conversation or a key (P10).
"""

from pydantic_ai.exceptions import (
    AgentRunError,
    FallbackExceptionGroup,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelOverloadedError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelRequestTimeout,
    ModelServerError,
    ModelTimeoutError,
    ModelUnavailableError,
    UnexpectedModelBehavior,
    UsageLimitExceeded,
)

from sayso.base.errors import ModelError, ModelTimeout, SaysoError

UNHARMED = "Nothing was executed."
AGAIN = f"{UNHARMED} Send the message again in a while."


class TooMuch(AgentRunError):
    """The model wrote more in one turn than is taken from it."""


# The first class that fits names the reason; the sentence is for the user.
_REASONS: tuple[tuple[type[BaseException], str, str], ...] = (
    (ModelAuthenticationError, "not_authorized", f"The language model refuses its key. {UNHARMED}"),
    (ModelNotFoundError, "unknown_model", f"The language model of that name does not exist. {UNHARMED}"),
    (ModelQuotaExceededError, "quota", f"The account with the language model is used up. {UNHARMED}"),
    (ModelContextWindowExceededError, "too_long", f"This is too long for the language model. {UNHARMED}"),
    (ModelRateLimitError, "rate_limited", f"The language model takes no more requests right now. {AGAIN}"),
    (ModelOverloadedError, "overloaded", f"The language model is overloaded. {AGAIN}"),
    (ModelUnavailableError, "unavailable", f"The language model is not available right now. {AGAIN}"),
    (ModelServerError, "unavailable", f"The language model had a failure of its own. {AGAIN}"),
    (ModelRequestRejectedError, "rejected", f"The language model did not take the request. {UNHARMED}"),
    (ModelConnectionError, "unreachable", f"The connection to the language model failed. {AGAIN}"),
    (TooMuch, "too_much", f"The language model's answer was too long and was given up. {UNHARMED}"),
    (UsageLimitExceeded, "endless", f"The language model went in circles and was stopped. {UNHARMED}"),
    (UnexpectedModelBehavior, "unusable", f"The language model gave answers that cannot be used. {AGAIN}"),
)

FAILURES = (ModelAPIError, UsageLimitExceeded, UnexpectedModelBehavior, FallbackExceptionGroup)
"""What Pydantic AI raises when a model, not Sayso, is at fault."""


def failure(error: BaseException) -> SaysoError:
    """The error that a client sees: ModelTimeout, or ModelError with `details.reason`."""
    error = _last(error)
    if isinstance(error, TimeoutError | ModelTimeoutError | ModelRequestTimeout):
        return ModelTimeout()
    for kind, reason, message in _REASONS:
        if isinstance(error, kind):
            wait = getattr(error, "retry_after", None)
            return ModelError(message, reason=reason, **({"retry_after": wait} if wait is not None else {}))
    return ModelError()


def kind_of(error: BaseException) -> str:
    """The error's class and status, for logs."""
    error = _last(error)
    status = f" {error.status_code}" if isinstance(error, ModelHTTPError) else ""
    return type(error).__name__.removeprefix("_HTTP") + status


def _last(error: BaseException) -> BaseException:
    """Of a chain of models that all failed, what the last one said."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[-1]
    return error
