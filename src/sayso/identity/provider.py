"""What a provider of sign-in is to the rest: a name, an address to go to, and a grant for the code that comes back.

Each is one module of `providers`, and is found by its `id`.
"""

import base64
import hashlib
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


@dataclass(frozen=True, slots=True)
class CodeGrant:
    """What the client brings to exchange a code."""

    code: str
    redirect_uri: str
    verifier: str
    nonce: str


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

    def authorization_url(self, request: AuthorizationRequest) -> str:
        """Where the browser goes to sign in."""
        ...

    async def exchange(self, code: CodeGrant) -> Grant:
        """Redeem an authorization code. Raises NotAuthenticated."""
        ...


def challenge_of(verifier: str) -> str:
    """The S256 code challenge of a verifier (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.encode("utf-8", "surrogatepass")).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
