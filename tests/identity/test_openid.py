"""What an issuer may answer, and what is believed of it: each test changes one thing in a sign-in that works."""

import asyncio
import base64
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import RSAKey
from tests.kit.issuer import CLIENT_ID, SECRET, Answer, Issuer, Json, issuer_in_thread, keys, send, signed

from sayso.base.clock import FixedClock, SystemClock
from sayso.base.errors import NotAuthenticated, ProviderError, ProviderUnreachable
from sayso.identity.openid import wire
from sayso.identity.provider import AuthorizationRequest, CodeGrant, Grant, GrantRevoked, challenge_of
from sayso.identity.providers.oidc import OidcProvider
from sayso.settings import OidcClient

HERE = "https://sayso.example/auth/acme/callback"
VERIFIER, NONCE = "v" * 43, "n" * 43


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuer_in_thread() as issuer:
        yield issuer


def provider_of(issuer: Issuer, clock: Any = None, **client: Any) -> OidcProvider:
    given = {"issuer": issuer.url, "client_id": CLIENT_ID, "client_secret": issuer.secret, "label": "Acme"} | client
    return OidcProvider("acme", OidcClient(**given), clock or SystemClock())


async def sign_in(provider: OidcProvider, issuer: Issuer, iss: str | None = "", **asked: Any) -> Grant:
    """Begin, say yes there, and redeem. `iss`: what stands beside the code, if it is not the issuer's own."""
    url = await provider.authorization_url(AuthorizationRequest(HERE, "s", NONCE, challenge_of(VERIFIER), **asked))
    back = issuer.grant(url)
    named = issuer.url if iss == "" else iss
    return await provider.exchange(CodeGrant(back["code"], HERE, VERIFIER, NONCE, named))


def signed_in(issuer: Issuer, **client: Any) -> Grant:
    return asyncio.run(sign_in(provider_of(issuer, **client), issuer))


def refused(issuer: Issuer, error: type[ProviderError] = ProviderError, **client: Any) -> None:
    with pytest.raises(ProviderError) as told:
        signed_in(issuer, **client)
    assert type(told.value) is error


# --- what works ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "alg"),
    [("rsa", "RS256"), ("rsa", "RS512"), ("rsa", "PS256"), ("ec", "ES256"), ("ed", "EdDSA"), ("ed", "Ed25519")],
)
def test_signatures_that_are_taken(issuer: Issuer, key: str, alg: str) -> None:
    issuer.key, issuer.alg = key, alg
    grant = signed_in(issuer)
    assert (grant.profile.issuer, grant.profile.subject) == (issuer.url, "sub-1")
    assert (grant.profile.email, grant.profile.verified, grant.profile.name) == ("ana@example.com", True, "Ana")


def test_what_is_asked_for(issuer: Issuer) -> None:
    issuer.metadata = {"authorization_endpoint": f"{issuer.url}/authorize?tenant=1"}
    request = AuthorizationRequest(
        HERE,
        "s",
        NONCE,
        challenge_of(VERIFIER),
        scopes=["calendar", "email"],
        extra={"prompt": "consent", "state": "x"},
    )
    url = asyncio.run(provider_of(issuer).authorization_url(request))
    issuer.grant(url)
    (asked,) = issuer.codes.values()
    assert asked["scope"] == "openid email profile calendar"
    assert (asked["prompt"], asked["tenant"], asked["state"]) == ("consent", "1", "s")
    assert asked["code_challenge"] == challenge_of(VERIFIER)


@pytest.mark.parametrize(
    ("methods", "secret", "by_header"),
    [
        (["client_secret_basic", "client_secret_post"], SECRET, True),
        (None, SECRET, True),  # OpenID Connect Discovery 1.0, 3: the default
        (["private_key_jwt", "client_secret_post", "client_secret_basic"], SECRET, False),
        (["private_key_jwt", "none"], "", False),
    ],
)
def test_how_the_client_shows_who_it_is(
    issuer: Issuer, methods: list[str] | None, secret: str, by_header: bool
) -> None:
    issuer.methods, issuer.secret = methods, secret
    signed_in(issuer)
    (asked,) = (each for each in issuer.asked if each.path == "/token")
    assert ("authorization" in asked.headers) == by_header


def test_a_client_that_the_issuer_does_not_know(issuer: Issuer) -> None:
    refused(issuer, client_secret="wrong")
    issuer.methods = ["private_key_jwt"]
    refused(issuer)


def test_tokens_of_a_grant(issuer: Issuer) -> None:
    issuer.token = {"refresh_token": "rt-1", "scope": "openid calendar"}
    tokens = signed_in(issuer).tokens
    assert tokens is not None
    assert (tokens.access, tokens.refresh, tokens.scopes) == ("at-1", "rt-1", frozenset({"openid", "calendar"}))
    assert tokens.expires_at is not None
    assert timedelta(minutes=58) < tokens.expires_at - SystemClock().now() <= timedelta(hours=1)


# --- the ID token ----------------------------------------------------------------------------------------------------

FOREIGN = "https://evil.example"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "other"}, {"nonce": None}, {"nonce": [NONCE]},
        {"iss": FOREIGN}, {"iss": None}, {"iss": 1},
        {"aud": "other"}, {"aud": None}, {"aud": []}, {"aud": {CLIENT_ID: 1}},
        {"aud": [CLIENT_ID, "other"]}, {"aud": [CLIENT_ID, "other"], "azp": "other"}, {"azp": "other"},
        {"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "x" * 256}, {"sub": "a\x00b"}, {"sub": "a\u202eb"},
        {"exp": None}, {"exp": "never"}, {"exp": True}, {"iat": None}, {"iat": "now"},
    ],
)  # fmt: skip
def test_claims_that_are_refused(issuer: Issuer, claims: Json) -> None:
    issuer.claims = claims
    refused(issuer)


def test_the_issuer_itself_may_add_a_slash_to_nothing(issuer: Issuer) -> None:
    issuer.claims = {"iss": f"{issuer.url}/"}
    refused(issuer)


def test_several_audiences_with_us_as_the_party(issuer: Issuer) -> None:
    issuer.claims = {"aud": [CLIENT_ID, "other"], "azp": CLIENT_ID}
    assert signed_in(issuer).profile.subject == "sub-1"


@pytest.mark.parametrize(
    ("exp", "iat", "works"),
    [(600, 0, True), (-30, -600, True), (-90, -600, False), (600, 30, True), (600, 90, False), (1e400, 0, False)],
)
def test_clocks_may_differ_by_a_minute(issuer: Issuer, exp: float, iat: int, works: bool) -> None:
    now = int(time.time())
    issuer.claims = {"exp": now + exp, "iat": now + iat}
    if works:
        signed_in(issuer)
    else:
        refused(issuer)


def _part(told: bytes) -> str:
    return base64.urlsafe_b64encode(told).decode().rstrip("=")


def _by_hand(sign: Callable[[bytes], bytes], **header: Any) -> Callable[[Json], str]:
    """Tokens that no library would make."""

    def forged(claims: Json) -> str:
        signed = f"{_part(json.dumps({'kid': 'rsa'} | header).encode())}.{_part(json.dumps(claims).encode())}"
        return f"{signed}.{_part(sign(signed.encode()))}"

    return forged


def _hmac(key: bytes) -> Callable[[Json], str]:
    return _by_hand(lambda text: hmac.digest(key, text, "sha256"), alg="HS256")


def _rsa_key() -> RSAKey:
    key = keys()["rsa"]
    assert isinstance(key, RSAKey)
    return key


def _rsa(text: bytes) -> bytes:
    key = _rsa_key()
    assert isinstance(key.raw_value, RSAPrivateKey)
    return key.raw_value.sign(text, PKCS1v15(), SHA256())


def _cut(claims: Json) -> str:
    head, body, _ = signed(claims, "rsa", "RS256").split(".")
    return f"{head}.{body}."


def _other_body(claims: Json) -> str:
    head, _, signature = signed(claims, "rsa", "RS256").split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "boss"}).encode()).decode().rstrip("=")
    return f"{head}.{body}.{signature}"


FORGED = {
    "none": _by_hand(lambda _: b"", alg="none"),
    "None": _by_hand(lambda _: b"", alg="None"),
    "no algorithm": _by_hand(_rsa),
    "an algorithm of no list": _by_hand(_rsa, alg="RS1"),
    "HS256 with the public key": _hmac(_rsa_key().as_pem(private=False)),
    "HS256 with the public modulus": _hmac(json.dumps(keys()["rsa"].as_dict(private=False)).encode()),
    "HS256 with the client's secret": _hmac(SECRET.encode()),
    "an RSA signature said to be of the EC key": lambda claims: signed(claims, "rsa", "RS256", kid="ec"),
    "an EC signature said to be of the RSA key": lambda claims: signed(claims, "ec", "ES256", kid="rsa"),
    "a key that is not published": lambda claims: signed(claims, "rsa2", "RS256", kid="rsa"),
    "a key that it brings itself": lambda claims: signed(
        claims, "rsa2", "RS256", kid=None, jwk=keys()["rsa2"].as_dict(private=False)
    ),
    "a critical extension": _by_hand(_rsa, alg="RS256", crit=["x"], x=1),
    "no signature": _cut,
    "another body": _other_body,
    "no token": lambda claims: "a.b",
    "no JSON": lambda claims: signed({}, "rsa", "RS256").replace(".", ".e30", 1),
    "nothing": lambda claims: "",
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_forged_tokens(issuer: Issuer, forged: Any) -> None:
    issuer.forged = forged
    refused(issuer)


def test_a_token_made_by_hand_is_as_good() -> None:
    """So what is forged above is refused for what is said there, and for nothing else."""
    with issuer_in_thread() as issuer:
        issuer.forged = _by_hand(_rsa, alg="RS256")
        signed_in(issuer)


def test_a_header_of_the_issuers_own_does_no_harm(issuer: Issuer) -> None:
    issuer.header = {"tenant": "x"}
    signed_in(issuer)


def test_keys_that_cannot_be_read_are_left_out(issuer: Issuer) -> None:
    good = keys()["rsa"].as_dict(private=False)
    odd: list[Any] = [
        1, {}, {"kty": "PQ"}, {"kty": "RSA", "kid": "rsa"}, {"kty": "EC", "crv": "x"}, {**good, "n": "AQAB"},
        {**good, "use": "enc"}, {"kty": "oct", "k": "AAAA", "kid": "rsa"},
    ]  # fmt: skip
    issuer.answers["/jwks"] = _json(200, {"keys": [*odd, good]})
    signed_in(issuer)
    issuer.answers["/jwks"] = _json(200, {"keys": odd})
    refused(issuer)


# --- keys that change ------------------------------------------------------------------------------------------------


def test_rotated_keys(issuer: Issuer) -> None:
    clock = FixedClock(SystemClock().now())
    provider = provider_of(issuer, clock)

    async def over() -> None:
        await sign_in(provider, issuer)
        issuer.published, issuer.key = ["rsa2"], "rsa2"
        with pytest.raises(ProviderError):  # they were fetched just now
            await sign_in(provider, issuer)
        clock.move(timedelta(minutes=1))
        await sign_in(provider, issuer)
        assert issuer.count("/jwks") == 2

    asyncio.run(over())


def test_a_key_that_nobody_has_is_looked_for_once_a_minute(issuer: Issuer) -> None:
    clock = FixedClock(SystemClock().now())
    provider = provider_of(issuer, clock)

    async def over() -> None:
        await sign_in(provider, issuer)
        clock.move(timedelta(minutes=1))
        issuer.header = {"kid": "nobody's"}
        for _ in range(3):
            with pytest.raises(ProviderError):
                await sign_in(provider, issuer)
        assert issuer.count("/jwks") == 2

    asyncio.run(over())


def test_a_key_that_was_withdrawn_is_forgotten_within_the_hour(issuer: Issuer) -> None:
    clock = FixedClock(SystemClock().now())
    provider = provider_of(issuer, clock)

    async def over() -> None:
        await sign_in(provider, issuer)
        issuer.published = ["rsa2"]
        clock.move(timedelta(hours=1))
        issuer.claims = {"exp": int(clock.now().timestamp()) + 600}
        with pytest.raises(ProviderError):
            await sign_in(provider, issuer)

    asyncio.run(over())


# --- metadata --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": FOREIGN}, {"issuer": None}, {"issuer": "+/"},
        {"token_endpoint": "http://sayso.example/token"}, {"token_endpoint": None}, {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "http://169.254.169.254/latest"}, {"userinfo_endpoint": "http://sayso.example/"},
        {"authorization_endpoint": "javascript:alert(1)"}, {"authorization_endpoint": 5},
        {"token_endpoint": "https://user@sayso.example/"}, {"revocation_endpoint": "http://[::1"},
    ],
)  # fmt: skip
def test_metadata_that_is_refused(issuer: Issuer, metadata: Json) -> None:
    issuer.metadata = {name: f"{issuer.url}/" if value == "+/" else value for name, value in metadata.items()}
    refused(issuer)


def test_an_issuer_far_away_may_not_point_to_this_machine() -> None:
    assert wire.may_be_asked("http://127.0.0.1:1/token", "http://127.0.0.1:2")
    assert not wire.may_be_asked("http://127.0.0.1:1/token", "https://far.example")
    assert not wire.may_be_asked("http://far.example/token", "http://127.0.0.1:2")
    assert wire.may_be_asked("https://other.example/token", "https://far.example")


def test_the_code_is_not_used_when_another_issuer_sent_it(issuer: Issuer) -> None:
    """RFC 9207, 2.4."""
    for iss in (FOREIGN, f"{issuer.url}/", None):
        with pytest.raises(ProviderError):
            asyncio.run(sign_in(provider_of(issuer), issuer, iss))
    assert issuer.count("/token") == 0
    issuer.metadata = {"authorization_response_iss_parameter_supported": None}
    with pytest.raises(ProviderError):
        asyncio.run(sign_in(provider_of(issuer), issuer, FOREIGN))
    assert issuer.count("/token") == 0
    asyncio.run(sign_in(provider_of(issuer), issuer, None))


def test_an_issuer_that_goes_away_is_still_known(issuer: Issuer) -> None:
    clock = FixedClock(SystemClock().now())
    provider = provider_of(issuer, clock)

    async def over() -> None:
        await sign_in(provider, issuer)
        clock.move(timedelta(hours=1))
        issuer.answers["/.well-known/openid-configuration"] = _json(503, {})
        with pytest.raises(ProviderUnreachable):
            await provider_of(issuer, clock).authorization_url(
                AuthorizationRequest(HERE, "s", NONCE, challenge_of(VERIFIER))
            )
        before = len(issuer.asked)
        for _ in range(2):
            await provider.authorization_url(AuthorizationRequest(HERE, "s", NONCE, challenge_of(VERIFIER)))
        assert len(issuer.asked) == before + 1  # not at each sign-in
        del issuer.answers["/.well-known/openid-configuration"]
        clock.move(timedelta(minutes=1))
        issuer.metadata = {"authorization_endpoint": f"{issuer.url}/authorize?new=1"}
        url = await provider.authorization_url(AuthorizationRequest(HERE, "s", NONCE, challenge_of(VERIFIER)))
        assert "new=1" in url

    asyncio.run(over())


# --- userinfo --------------------------------------------------------------------------------------------------------

PERSON = {"sub": "sub-1", "email": "ana@work.example", "email_verified": True, "name": "Ana W."}


@pytest.mark.parametrize(
    ("claims", "person", "email", "verified"),
    [
        ({"email": None, "email_verified": None}, PERSON, "ana@work.example", True),
        ({"email_verified": None}, PERSON, "ana@work.example", True),
        ({"email_verified": None}, {**PERSON, "email_verified": "true"}, "ana@work.example", True),
        ({"email_verified": None}, {**PERSON, "email_verified": "yes"}, "ana@work.example", False),
        # What userinfo says of one address counts for no other.
        ({"email_verified": None}, {"sub": "sub-1", "email_verified": True}, "ana@example.com", False),
        ({"email_verified": False}, PERSON, "ana@example.com", False),
        ({"email": "ana@evil.example@example.com"}, PERSON, "", False),
        ({"email": "ana\x00@example.com\u202e"}, PERSON, "ana@example.com", True),
        ({"email": ["ana@example.com"]}, PERSON, "", False),
    ],
)
def test_the_address_of_a_person(issuer: Issuer, claims: Json, person: Json, email: str, verified: bool) -> None:
    issuer.claims, issuer.person = claims, person
    profile = signed_in(issuer).profile
    assert (profile.email, profile.verified) == (email, verified)


def test_userinfo_of_somebody_else(issuer: Issuer) -> None:
    issuer.claims, issuer.person = {"email": None}, {**PERSON, "sub": "sub-2"}
    refused(issuer)
    issuer.person = {"email": "ana@work.example"}
    refused(issuer)


# --- answers that are none -------------------------------------------------------------------------------------------


def _json(status: int, told: Any, **headers: str) -> Answer:
    return lambda handler: send(handler, status, json.dumps(told).encode(), **headers)


def _raw(status: int, body: bytes, **headers: str) -> Answer:
    return lambda handler: send(handler, status, body, **headers)


def _endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.close_connection = True
    try:
        while True:
            handler.wfile.write(b" " * 65536)
    except OSError:
        pass


def _cut_off(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"{")
    handler.close_connection = True


ENDPOINTS = ["/.well-known/openid-configuration", "/jwks", "/token", "/userinfo"]
BAD: dict[str, tuple[Answer, type[ProviderError]]] = {
    "500": (_json(500, {}), ProviderUnreachable),
    "503 as a page": (_raw(503, b"<html>"), ProviderUnreachable),
    "403": (_json(403, {"error": "no"}), ProviderError),
    "a page": (_raw(200, b"<html>"), ProviderError),
    "a list": (_raw(200, b"[]"), ProviderError),
    "nothing": (_raw(200, b""), ProviderError),
    "deep": (_raw(200, b"[" * 200_000), ProviderError),
    "long": (_raw(200, b"{" + b" " * wire.MOST_BYTES + b"}"), ProviderError),
    "endless": (_endless, ProviderError),
    "packed": (_raw(200, b"{}", **{"Content-Encoding": "gzip"}), ProviderError),
    "cut off": (_cut_off, ProviderUnreachable),
}


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("bad", BAD)
def test_answers_that_cannot_be_used(issuer: Issuer, path: str, bad: str) -> None:
    issuer.claims = {"email": None}
    issuer.answers[path], error = BAD[bad]
    refused(issuer, error)


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(issuer: Issuer, path: str, status: int) -> None:
    with issuer_in_thread() as elsewhere:
        issuer.claims = {"email": None}
        issuer.answers[path] = _json(status, {"access_token": "at-1"}, Location=f"{elsewhere.url}{path}")
        refused(issuer)
        assert elsewhere.asked == []


@pytest.mark.parametrize("path", ENDPOINTS[1:])
def test_an_answer_that_does_not_come(issuer: Issuer, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    provider = provider_of(issuer)
    issuer.claims = {"email": None}

    def silent(handler: BaseHTTPRequestHandler) -> None:
        ended.wait(60)
        handler.close_connection = True

    def drips(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.close_connection = True
        while not ended.wait(0.02):
            try:
                handler.wfile.write(b" ")
            except OSError:
                return

    async def over() -> None:
        request = AuthorizationRequest(HERE, "s", NONCE, challenge_of(VERIFIER))
        await provider.authorization_url(request)
        monkeypatch.setattr(wire, "SECONDS", 0.5)
        with pytest.raises(ProviderUnreachable):
            await sign_in(provider, issuer)

    try:
        for answer in (silent, drips):
            issuer.answers[path] = answer
            asyncio.run(over())
    finally:
        ended.set()


def test_nobody_there(issuer: Issuer) -> None:
    with issuer_in_thread() as gone:
        pass
    with pytest.raises(ProviderUnreachable):
        asyncio.run(provider_of(gone).authorization_url(AuthorizationRequest(HERE, "s", NONCE, challenge_of(VERIFIER))))


@pytest.mark.parametrize(
    "token",
    [
        {"access_token": None}, {"access_token": 5}, {"access_token": "a\r\nX: y"}, {"access_token": ""},
        {"token_type": "mac"}, {"token_type": None}, {"id_token": None}, {"id_token": 1},
        {"expires_in": [1]}, {"expires_at": "soon", "expires_in": "x"},
    ],
)  # fmt: skip
def test_token_answers_that_are_refused(issuer: Issuer, token: Json) -> None:
    issuer.token = token
    refused(issuer)


def test_a_code_that_was_used(issuer: Issuer) -> None:
    provider = provider_of(issuer)

    async def over() -> None:
        await sign_in(provider, issuer)
        with pytest.raises(NotAuthenticated):
            await provider.exchange(CodeGrant("code-0", HERE, VERIFIER, NONCE, issuer.url))

    asyncio.run(over())


# --- grants that last ------------------------------------------------------------------------------------------------


def test_refresh(issuer: Issuer) -> None:
    issuer.refresh_tokens = {"rt-1"}
    provider = provider_of(issuer)
    tokens = asyncio.run(provider.refresh("rt-1", frozenset({"calendar"})))
    assert (tokens.access, tokens.refresh, tokens.scopes) == ("at-1", "rt-1", frozenset({"calendar"}))
    issuer.token = {"refresh_token": "rt-2", "scope": "calendar mail"}
    tokens = asyncio.run(provider.refresh("rt-1"))
    assert (tokens.refresh, tokens.scopes) == ("rt-2", frozenset({"calendar", "mail"}))


def test_a_grant_that_was_revoked(issuer: Issuer) -> None:
    provider = provider_of(issuer)
    with pytest.raises(GrantRevoked):
        asyncio.run(provider.refresh("rt-1"))
    issuer.answers["/token"] = _json(401, {"error": "invalid_client"})
    with pytest.raises(ProviderError):
        asyncio.run(provider.refresh("rt-1"))
    issuer.answers["/token"] = _json(500, {})
    with pytest.raises(ProviderUnreachable):
        asyncio.run(provider.refresh("rt-1"))


def test_revocation(issuer: Issuer) -> None:
    provider = provider_of(issuer)
    assert asyncio.run(provider.revoke("rt-1"))
    assert issuer.asked[-1].form["token"] == "rt-1"
    issuer.answers["/revoke"] = _json(503, {})
    assert not asyncio.run(provider.revoke("rt-1"))
    issuer.metadata = {"revocation_endpoint": None}
    assert not asyncio.run(provider_of(issuer).revoke("rt-1"))


def test_nothing_secret_is_said(issuer: Issuer, capsys: pytest.CaptureFixture[str]) -> None:
    issuer.answers["/token"] = _json(400, {"error": f"bad {SECRET}", "error_description": SECRET})
    provider = provider_of(issuer)
    with pytest.raises(ProviderError) as told:
        asyncio.run(sign_in(provider, issuer))
    client = OidcClient(issuer=issuer.url, client_id="x", client_secret=SECRET, label="")
    said = f"{told.value} {told.value.details} {capsys.readouterr()} {client!r}"
    assert SECRET not in said
    assert "code-0" not in said
