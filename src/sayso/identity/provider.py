"""What a provider of sign-in is to the rest: a name, an address to go to, and a grant for the code that comes back.

Each is one module of `providers`, and is found by its `id`.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sayso.identity.types import Profile


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What the client asks of a provider's authorization endpoint."""

    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    hint: str = ""
    """The one-time link token, for the local provider."""
    scopes: Sequence[str] = ()
    """What is asked for besides what signing in needs."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """More parameters, such as `prompt`; they take no other's place."""


@dataclass(frozen=True, slots=True)
class CodeGrant:
    """What the client brings to exchange a code."""

    code: str
    redirect_uri: str
    verifier: str
    nonce: str
    issuer: str | None = None
    """The `iss` beside the code (RFC 9207)."""
    scopes: frozenset[str] = frozenset()
    """What was asked for besides what signing in needs."""


class GrantRevoked(Exception):
    """The provider says that what it granted is over (RFC 6749, 5.2, invalid_grant): the user has to connect anew."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What opens a person's data at a provider (RFC 6749, 5.1). Neither token is ever printed."""

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires_at: datetime | None
    """Of the access token; None: the provider does not say."""
    scopes: frozenset[str]
    """What was granted, which may be less than was asked for."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a provider gives for a code: who that is, and what may be done there in his name.

    `tokens`: None where there is nothing to be done, as with the embedded provider.
    """

    profile: Profile
    tokens: Tokens | None = None


class Provider(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...

    async def authorization_url(self, request: AuthorizationRequest) -> str:
        """Where the browser goes to sign in. Raises ProviderError."""
        ...

    async def exchange(self, code: CodeGrant) -> Grant:
        """Redeem an authorization code. Raises NotAuthenticated, ProviderError."""
        ...


class TokenProvider(Provider, Protocol):
    """A provider whose grants last: accounts are connected by it."""

    async def refresh(self, refresh_token: str, scopes: frozenset[str] = frozenset()) -> Tokens:
        """New tokens for a refresh token, which is used up where the answer has another. `scopes`: those that were
        granted, which stay where the answer names none. Raises GrantRevoked, ProviderError."""
        ...

    async def revoke(self, token: str) -> bool:
        """Have the provider forget the grant (RFC 7009), as far as it can be reached; whether it said that it did."""
        ...


def challenge_of(verifier: str) -> str:
    """The S256 code challenge of a verifier (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
