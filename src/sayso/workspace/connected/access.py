"""How the servers of an account are signed in to: by its password, or by a token of its provider."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from sayso.workspace.connected.connector import Opener, TokenRefused

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SignIn:
    """`password` or `token` (XOAUTH2, OAUTHBEARER, Bearer), never both."""

    username: str
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Access:
    """`by_token_of`: the address that a token signs in; empty: a password does. `user`: the name to sign in with, where
    it is another than the one that goes with the password."""

    opener: Opener
    by_token_of: str = ""
    user: str = ""

    async def use(self, send: Callable[[SignIn], Awaitable[T]]) -> T:
        """What `send` answers. It raises TokenRefused where the server does not take the sign-in, and then has done
        nothing. Raises ReconnectNeeded, Unavailable, and what `send` raises."""
        if self.by_token_of:
            return await self.opener.authorized(lambda token: send(SignIn(self.by_token_of, token=token)))
        secret = await self.opener.password()
        try:
            return await send(SignIn(self.user or secret.username, secret.password))
        except TokenRefused as error:
            raise await self.opener.refused() from error
