"""What opens an account at the fake."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from sayso.identity.credentials import Password
from sayso.workspace.connected.connector import TokenRefused
from sayso.workspace.errors import ReconnectNeeded

T = TypeVar("T")


@dataclass
class Tokens:
    """An `Opener` with these tokens, one after the other; `used`: those that were given, in order."""

    left: list[str]
    used: list[str] = field(default_factory=list)

    async def password(self) -> Password:
        raise AssertionError("nothing at Google is opened by a password")

    async def authorized(self, send: Callable[[str], Awaitable[T]]) -> T:
        self.used.append(self.left[0])
        try:
            return await send(self.left[0])
        except TokenRefused as error:
            if len(self.left) == 1:
                raise await self.refused() from error
        self.left.pop(0)
        return await self.authorized(send)

    async def refused(self) -> ReconnectNeeded:
        return ReconnectNeeded("Connect it again.")
