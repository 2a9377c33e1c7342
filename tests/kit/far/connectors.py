"""The far systems as kinds of accounts that users connect: one by a password, one by a provider's consent.

They know what opens them by now: a password that was changed and a token that was revoked are refused.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.kit.far import Far

from sayso.identity.accounts import ConnectedAccount
from sayso.workspace.connected.connector import Check, Found, Given, Opener, Suggested, TokenRefused
from sayso.workspace.errors import Refused, Unavailable
from sayso.workspace.people import Me
from sayso.workspace.protocols import PARTS, Workspace
from sayso.workspace.types import Part


class _Gated:
    """A part whose calls go through a gate first."""

    def __init__(self, part: object, gate: Callable[[], Awaitable[None]]) -> None:
        self._part, self._gate = part, gate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if not callable(found):
            return found

        async def call(*args: Any, **kwargs: Any) -> Any:
            await self._gate()
            return await found(*args, **kwargs)

        return call


def _gated(far: Far, account: ConnectedAccount, me: Me, gate: Callable[[], Awaitable[None]]) -> Workspace:
    whole = far.account(f"{account.user_id} {account.id}", me).parts
    return Workspace(**{part: _Gated(getattr(whole, part), gate) for part in PARTS})  # type: ignore[arg-type]


@dataclass
class ByPassword:
    """`passwords`: by address, as they are now; `down`: it does not answer."""

    far: Far = field(default_factory=Far)
    passwords: dict[str, str] = field(default_factory=dict)
    down: bool = False
    kind: str = "far"
    label: str = "Far away"
    how: Literal["password"] = "password"
    serves: tuple[Part, ...] = PARTS
    provider: str = ""
    scopes: Mapping[Part, tuple[str, ...]] = field(default_factory=dict)
    asking: Mapping[str, str] = field(default_factory=dict)
    given: list[Given] = field(default_factory=list)
    """What it was asked to look at."""

    async def find(self, address: str, private: bool) -> Suggested:
        return Suggested({})

    async def close(self) -> None: ...

    async def check(self, given: Given, opener: Opener) -> Found:
        self.given.append(given)
        secret = await opener.password()
        if self.down:
            raise Unavailable("The far system cannot be reached.")
        if self.passwords.get(secret.username) != secret.password:
            raise Refused("The far system does not accept this password.")
        checks = Check("calendar", True), Check("smtp", False, "The server for sending does not answer.")
        return Found(given.address, secret.username, self.serves, given.servers, checks)

    def parts(self, account: ConnectedAccount, me: Me, opener: Opener) -> Workspace:
        async def gate() -> None:
            secret = await opener.password()
            if self.down:
                raise Unavailable("The far system cannot be reached.")
            if self.passwords.get(secret.username) != secret.password:
                raise await opener.refused()

        return _gated(self.far, account, me, gate)


@dataclass
class ByConsent:
    """`accepts`: whether an access token is taken, asked at each call."""

    accepts: Callable[[str], Awaitable[bool]]
    far: Far = field(default_factory=Far)
    provider: str = "rig"
    kind: str = "consent"
    label: str = "Far by consent"
    how: Literal["oauth"] = "oauth"
    serves: tuple[Part, ...] = ("calendar", "mail")
    scopes: Mapping[Part, tuple[str, ...]] = field(
        default_factory=lambda: {"calendar": ("far.calendar",), "mail": ("far.mail",)}
    )
    asking: Mapping[str, str] = field(default_factory=lambda: {"prompt": "consent"})
    used: list[str] = field(default_factory=list)
    """The access tokens that came, in order."""

    async def find(self, address: str, private: bool) -> Suggested:
        return Suggested({})

    async def close(self) -> None: ...

    async def check(self, given: Given, opener: Opener) -> Found:
        await opener.authorized(self._send)
        serves = tuple(part for part in self.serves if given.scopes >= set(self.scopes[part]))
        return Found(given.address, given.subject, serves)

    def parts(self, account: ConnectedAccount, me: Me, opener: Opener) -> Workspace:
        async def gate() -> None:
            await opener.authorized(self._send)

        return _gated(self.far, account, me, gate)

    async def _send(self, token: str) -> None:
        self.used.append(token)
        if not await self.accepts(token):
            raise TokenRefused
