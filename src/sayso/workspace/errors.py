"""How a workspace fails. The executor decides by these, so each says whether the effect can have happened."""


class WorkspaceError(Exception):
    """The message is one sentence for the user. The effect has not happened."""


class NotConnected(WorkspaceError):
    """No account of the user serves this."""


class ObjectNotFound(WorkspaceError):
    """The event, task, message, draft or list is not there (any more)."""


class ObjectChanged(WorkspaceError):
    """It is not at the revision that the preview showed."""


class Refused(WorkspaceError):
    """The far system will not do this, now or on a retry."""


class ReconnectNeeded(Refused):
    """The account does not open any more, and only its user can change that."""


class Unavailable(WorkspaceError):
    """The far system cannot be reached or asks to wait; the effect has surely not happened, so a retry is safe."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Uncertain(WorkspaceError):
    """The answer was lost: the effect may have happened. Never retried without reconciling."""
