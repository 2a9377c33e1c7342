"""What a kind of account is to the rest: how it is connected, what it can serve, and what speaks to it.

A connector never sees the store. What opens an account it is handed as an `Opener`, when a part needs it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, TypeVar

from sayso.base.addresses import is_invented
from sayso.identity.accounts import ConnectedAccount
from sayso.identity.credentials import Password, Secret
from sayso.identity.provider import Tokens
from sayso.identity.providers.local import OWNER
from sayso.workspace.errors import ReconnectNeeded, Refused
from sayso.workspace.people import Me
from sayso.workspace.protocols import Workspace
from sayso.workspace.types import Part

How = Literal["oauth", "password", "here"]
"""By a provider's consent in a browser; by a password; or not at all, for it is the embedded one."""

T = TypeVar("T")


class TokenRefused(Exception):
    """The system did not take the access token (401), and did nothing."""


@dataclass(frozen=True, slots=True)
class Given:
    """What an account is to be connected with, besides what opens it."""

    address: str = ""
    servers: Mapping[str, Any] = field(default_factory=dict)
    subject: str = ""
    """Whose it is, as the provider of a grant says."""
    scopes: frozenset[str] = frozenset()
    """What was granted."""
    serves: tuple[Part, ...] = ()
    """What the user wants of it; empty: all that there is."""
    private: bool = False
    """Whether its servers may be in this server's own networks."""
    plain: bool = False
    """Whether its user has said that a server may be spoken to without encryption."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried, such as a server; `message`: one sentence, where it does not work."""

    name: str
    works: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What is there, as far as it was tried. `subject`: the stable name of whose it is, for to connect it again is to
    connect the same."""

    address: str
    subject: str
    serves: tuple[Part, ...]
    servers: Mapping[str, Any] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    failed: tuple[Part, ...] = ()
    """The parts for which there is a server, which does not work now."""
    reason: str = ""
    """Where nothing works for one reason that a page has words for: its code."""


@dataclass(frozen=True, slots=True)
class Suggested:
    """The servers of an address, before anybody has signed in to them. `doubtful`: the hosts that its user has to agree
    to, for only DNS names them."""

    servers: Mapping[str, Any]
    provider: str = ""
    """What its provider is called, where it is known."""
    app_passwords: str = ""
    """The page on which one makes a password for a program."""
    note: str = ""
    """What one has to know or do before: a sentence."""
    doubtful: tuple[str, ...] = ()


class Opener(Protocol):
    """Opens one account."""

    async def password(self) -> Password:
        """Raises ReconnectNeeded."""
        ...

    async def authorized(self, send: Callable[[str], Awaitable[T]]) -> T:
        """What `send` answers, which is given an access token; once more with a new one where it raises TokenRefused.
        Raises ReconnectNeeded, Unavailable, and what `send` raises."""
        ...

    async def refused(self) -> ReconnectNeeded:
        """The system does not take what opens it any more: noted, and the error to raise."""
        ...


def as_others_see(me: Me, name: str = "") -> Me:
    """The user as others see him: of whom nothing is known here but a made-up address, "You" is no name; `name`: what
    the system calls him then."""
    unknown = me.name == OWNER.name and any(map(is_invented, (me.email, *me.others)))
    return replace(me, name=name) if unknown else me


class Connector(Protocol):
    @property
    def kind(self) -> str: ...

    @property
    def label(self) -> str:
        """What people call systems of this kind."""
        ...

    @property
    def how(self) -> How: ...

    @property
    def serves(self) -> tuple[Part, ...]:
        """What such an account can serve."""
        ...

    @property
    def provider(self) -> str:
        """Whose consent it needs, by the provider's id; empty: nobody's."""
        ...

    @property
    def scopes(self) -> Mapping[Part, tuple[str, ...]]:
        """What is asked of the provider for each part."""
        ...

    @property
    def asking(self) -> Mapping[str, str]:
        """More parameters that the provider needs to be asked with, such as `access_type`."""
        ...

    async def find(self, address: str, private: bool) -> Suggested:
        """The servers of an address; `private`: whether they may be in this server's own networks."""
        ...

    async def check(self, given: Given, opener: Opener) -> Found:
        """Find out what is there and what of it works. Raises Refused, which says why nothing does, and Unavailable."""
        ...

    def parts(self, account: ConnectedAccount, me: Me, opener: Opener) -> Workspace:
        """What the account serves, at least of `account.serves`. It opens no connection."""
        ...

    async def close(self) -> None:
        """End the connections that it keeps open between calls."""
        ...


@dataclass(frozen=True, slots=True)
class Fresh:
    """Opens an account that is being connected, with what the user has just given. An `Opener`."""

    secret: Secret

    async def password(self) -> Password:
        if not isinstance(self.secret, Password):
            raise Refused("This account is not opened by a password.")
        return self.secret

    async def authorized(self, send: Callable[[str], Awaitable[T]]) -> T:
        if not isinstance(self.secret, Tokens):
            raise Refused("This account is opened by a password.")
        try:
            return await send(self.secret.access)
        except TokenRefused as error:
            raise Refused("The system does not accept what its provider granted.") from error

    async def refused(self) -> ReconnectNeeded:
        return ReconnectNeeded("The system does not accept this sign-in.")
