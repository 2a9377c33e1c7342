"""What an issuer says of itself and the keys that it signs with, fetched when they are needed and kept for a while."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from sayso.base.clock import Clock
from sayso.identity.openid.wire import Json, Unreachable, Unusable, Wire, may_be_asked

KEPT = timedelta(hours=1)
AGAIN = timedelta(minutes=1)
"""Between looks for a key that was not there, and for an issuer that did not answer."""
LEAST_RSA = 2048 // 8 * 4 // 3  # characters of a modulus in base64url (NIST SP 800-131A, 3)


@dataclass(frozen=True, slots=True)
class Metadata:
    """OpenID Connect Discovery 1.0, 3."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    revocation_endpoint: str | None
    auth_methods: tuple[str, ...]
    names_itself: bool
    """Whether `iss` stands beside each of its codes (RFC 9207, 3)."""


class Issuer:
    """One issuer, at the address that is configured. `clock`: the real time."""

    def __init__(self, url: str, wire: Wire, clock: Clock) -> None:
        self.url = url
        self._wire = wire
        self._clock = clock
        self._metadata: Metadata | None = None
        self._metadata_due = self._keys_due = datetime.min.replace(tzinfo=clock.now().tzinfo)
        self._keys: KeySet | None = None
        self._looked = self._keys_due

    async def metadata(self) -> Metadata:
        """Kept for an hour, and longer while the issuer cannot be reached. Raises Unusable."""
        now = self._clock.now()
        if self._metadata is None or now >= self._metadata_due:
            try:
                told = await self._wire.get(f"{self.url.removesuffix('/')}/.well-known/openid-configuration")
            except Unreachable:
                if self._metadata is None:
                    raise
                self._metadata_due = now + AGAIN
                return self._metadata
            self._metadata, self._metadata_due = _metadata(told, self.url), now + KEPT
        return self._metadata

    async def keys(self) -> KeySet:
        """Kept for an hour. Raises Unusable."""
        if self._keys is None or self._clock.now() >= self._keys_due:
            await self._fetch_keys()
        assert self._keys is not None
        return self._keys

    async def newer_keys(self) -> KeySet | None:
        """The keys fetched anew, since one is not among them: at most once a minute, whatever tokens name. None: the
        minute is not over. Raises Unusable."""
        if self._clock.now() < self._looked + AGAIN:
            return None
        await self._fetch_keys()
        return self._keys

    async def _fetch_keys(self) -> None:
        now = self._looked = self._clock.now()
        metadata = await self.metadata()
        self._keys, self._keys_due = _keys(await self._wire.get(metadata.jwks_uri)), now + KEPT


def _metadata(told: Json, issuer: str) -> Metadata:
    if told.get("issuer") != issuer:  # byte for byte (OpenID Connect Discovery 1.0, 4.3)
        raise Unusable("its metadata is another issuer's")
    methods = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    return Metadata(
        authorization_endpoint=_endpoint(told, "authorization_endpoint", issuer),
        token_endpoint=_endpoint(told, "token_endpoint", issuer),
        jwks_uri=_endpoint(told, "jwks_uri", issuer),
        userinfo_endpoint=_endpoint(told, "userinfo_endpoint", issuer) if "userinfo_endpoint" in told else None,
        revocation_endpoint=_endpoint(told, "revocation_endpoint", issuer) if "revocation_endpoint" in told else None,
        auth_methods=tuple(str(method) for method in methods) if isinstance(methods, list) else (),
        names_itself=told.get("authorization_response_iss_parameter_supported") is True,
    )


def _endpoint(told: Json, name: str, issuer: str) -> str:
    url = told.get(name)
    if not isinstance(url, str) or not may_be_asked(url, issuer):
        raise Unusable(f"its metadata has no {name} with https")
    return url


def _keys(told: Json) -> KeySet:
    """The public keys of a set that may sign. One that cannot be read is left out (RFC 7517, 5)."""
    listed = told.get("keys")
    keys = [key for each in (listed if isinstance(listed, list) else ()) if (key := _key(each)) is not None]
    if not keys:
        raise Unusable("it has no key that can sign")
    return KeySet(keys)


def _key(told: Any) -> Key | None:
    # No symmetric key: what is public cannot be the secret of a signature.
    if not isinstance(told, dict) or told.get("kty") not in ("RSA", "EC", "OKP") or told.get("use", "sig") != "sig":
        return None
    if told["kty"] == "RSA" and len(str(told.get("n"))) < LEAST_RSA:
        return None
    try:
        return JWKRegistry.import_key(told)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
