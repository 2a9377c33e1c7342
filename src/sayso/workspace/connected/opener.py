"""Opens a connected account for the parts that speak to it, and says what they raise where it does not open."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sayso.base.errors import ProviderError
from sayso.identity.accounts import ConnectedAccount
from sayso.identity.credentials import Closed, Credentials, Password
from sayso.workspace.connected.connector import TokenRefused
from sayso.workspace.errors import NotConnected, ReconnectNeeded, Unavailable, WorkspaceError

T = TypeVar("T")


class StoredOpener:
    """`provider`: who renews its tokens. An `Opener`."""

    def __init__(self, credentials: Credentials, account: ConnectedAccount, provider: str) -> None:
        self._credentials = credentials
        self._account = account
        self._of = account.user_id, account.id
        self._provider = provider

    async def password(self) -> Password:
        try:
            return await self._credentials.password(*self._of)
        except Closed as closed:
            raise self._told(closed) from closed

    async def authorized(self, send: Callable[[str], Awaitable[T]]) -> T:
        token = await self._token()
        try:
            return await send(token)
        except TokenRefused:
            token = await self._token(refused=token)
        try:
            return await send(token)
        except TokenRefused as error:  # one that the provider has just given
            raise await self.refused() from error

    async def refused(self) -> ReconnectNeeded:
        await self._credentials.closed(*self._of, "refused")
        return ReconnectNeeded(self._account.reconnect_because("refused"))

    async def _token(self, refused: str = "") -> str:
        try:
            return await self._credentials.access_token(*self._of, self._provider, refused)
        except Closed as closed:
            raise self._told(closed) from closed
        except ProviderError as error:
            raise Unavailable(f"The sign-in of {self._account.name} cannot be renewed right now.") from error

    def _told(self, closed: Closed) -> WorkspaceError:
        if closed.why is None:
            return NotConnected(f"{self._account.name} is not connected any more.")
        return ReconnectNeeded(self._account.reconnect_because(closed.why))
