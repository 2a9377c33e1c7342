"""What an ID token must be before a word of it is believed (OpenID Connect Core 1.0, 3.1.3.7)."""

from typing import Any

from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError, UnsupportedAlgorithmError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from sayso.identity.openid.wire import Json, Unusable

SKEW = 60
"""Seconds that the issuer's clock may be ahead of ours, or behind."""
MOST_SUBJECT = 255  # OpenID Connect Core 1.0, 2
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
"""Signatures by a private key. Never `none`, and no HMAC, whose key would be something that others know."""


class UnknownKey(Unusable):
    """No key that is known made this signature; the issuer may have changed its keys."""


class _Registry(JWSRegistry):
    """Takes the algorithms of our list, and headers that it does not know unless they are critical (RFC 7515, 4)."""

    def __init__(self) -> None:
        super().__init__(algorithms=ALGORITHMS, strict_check_header=False)

    def get_alg(self, name: str) -> Any:  # the library's warns of EdDSA, which issuers do use
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError("not in our list")
        return self.algorithms[name]


def claims_of(token: str, keys: KeySet, issuer: str, client_id: str, nonce: str, now: int) -> Json:
    """The claims of an ID token that the issuer made for this client and this sign-in. Raises UnknownKey, Unusable."""
    try:
        claims = jwt.decode(token, keys, registry=_Registry()).claims
        wanted = JWTClaimsRegistry(
            now,
            SKEW,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
        wanted.validate(claims)
    except (BadSignatureError, InvalidKeyIdError) as error:
        raise UnknownKey("the ID token's signature is of no key that is known") from error
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise Unusable(f"the ID token: {type(error).__name__}") from error
    _check_rest(claims, client_id, nonce)
    return claims


def _check_rest(claims: Json, client_id: str, nonce: str) -> None:
    audience, party, subject = claims["aud"], claims.get("azp"), claims["sub"]
    if party != client_id and (party is not None or (isinstance(audience, list) and len(audience) > 1)):
        raise Unusable("the ID token was made for another client")
    if claims.get("nonce") != nonce:
        raise Unusable("the ID token is of another sign-in")
    if len(subject) > MOST_SUBJECT or not subject.isprintable():
        raise Unusable("the ID token has no usable sub")
