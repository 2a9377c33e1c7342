"""How a WebDAV server refuses, with what it says of the reason besides."""

from sayso.workspace.errors import ObjectChanged, Refused, Unavailable


class NotDone(Refused):
    """It will not do this. `element`: the name of the condition that was not met (RFC 4918, 16), such as
    `no-uid-conflict`, or an empty text."""

    def __init__(self, message: str, status: int, element: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.element = element


class Preconditioned(ObjectChanged):
    """The thing is not as the request wanted it (412): changed, gone, or already there. `element`: as of NotDone."""

    def __init__(self, message: str, element: str = "") -> None:
        super().__init__(message)
        self.status = 412
        self.element = element


class Untrusted(Refused):
    """The server's certificate does not verify, so that nothing was sent to it."""


class Unreadable(Unavailable):
    """It answered a read, but with nothing that a server of WebDAV answers."""
