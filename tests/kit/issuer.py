"""An OpenID Connect issuer on loopback that does what it is told to, right or wrong."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from sayso.identity.provider import challenge_of

CLIENT_ID, SECRET = "sayso:client/1", "s+ecret %:é/~ 1"
"""With all that a form-encoded Basic header must get right."""

Json = dict[str, Any]


@cache
def keys() -> dict[str, Key]:
    """A key of each kind, by name."""
    return {
        "rsa": RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}),
        "rsa2": RSAKey.generate_key(2048, {"kid": "rsa2", "use": "sig"}),
        "ec": ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}),
        "ed": OKPKey.generate_key("Ed25519", {"kid": "ed", "use": "sig"}),
    }


@dataclass
class Asked:
    """A request that came in."""

    path: str
    headers: dict[str, str]
    form: dict[str, str]


Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Issuer:
    url: str
    secret: str = SECRET
    methods: list[str] | None = field(default_factory=lambda: ["client_secret_basic", "client_secret_post"])
    metadata: Json = field(default_factory=dict)
    """What its metadata says besides, or, with None, does not say."""
    claims: Json = field(default_factory=dict)
    """The same of its ID tokens."""
    header: Json = field(default_factory=dict)
    person: Json = field(default_factory=dict)
    """What userinfo says."""
    token: Json = field(default_factory=dict)
    """What the token endpoint says besides."""
    key: str = "rsa"
    alg: str = "RS256"
    published: list[str] = field(default_factory=lambda: ["rsa", "ec", "ed"])
    forged: Callable[[Json], str] | None = None
    """Makes the ID token in its place."""
    answers: dict[str, Answer] = field(default_factory=dict)
    """By path: what is answered there instead."""
    asked: list[Asked] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refresh_tokens: set[str] = field(default_factory=set)

    def grant(self, authorization_url: str, **claims: Any) -> dict[str, str]:
        """What the browser brings back from there, once the person has said yes. `claims`: of who that is."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(authorization_url).query).items()}
        assert authorization_url.startswith(f"{self.url}/authorize?"), authorization_url
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        assert "openid" in query["scope"].split()
        code = f"code-{len(self.codes)}"
        self.codes[code] = {**query, "claims": json.dumps(claims)}
        return {"code": code, "state": query["state"], "iss": self.url}

    def count(self, path: str) -> int:
        return sum(asked.path == path for asked in self.asked)

    # --- what it answers ---------------------------------------------------------------------------------------------

    def answer(self, path: str, asked: Asked) -> tuple[int, Json]:
        match path:
            case "/.well-known/openid-configuration":
                return 200, self._metadata()
            case "/jwks":
                return 200, {"keys": [keys()[name].as_dict(private=False) for name in self.published]}
            case "/token":
                return self._tokens(asked)
            case "/userinfo":
                if asked.headers.get("authorization") != "Bearer at-1":
                    return 401, {"error": "invalid_token"}
                return 200, self.person
            case "/revoke":
                return (200 if self._knows(asked) else 401), {}
        return 404, {}

    def _metadata(self) -> Json:
        told = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "revocation_endpoint": f"{self.url}/revoke",
            "token_endpoint_auth_methods_supported": self.methods,
            "authorization_response_iss_parameter_supported": True,
        }
        return _without_none(told | self.metadata)

    def _knows(self, asked: Asked) -> bool:
        """Whether it is our client, by the first method that is offered."""
        basic = asked.headers.get("authorization", "")
        if not self.secret:
            return not basic and asked.form.get("client_id") == CLIENT_ID and "client_secret" not in asked.form
        known = ("client_secret_basic", "client_secret_post")
        first = next((method for method in self.methods or known if method in known), None)
        if first == "client_secret_post":
            return not basic and (asked.form.get("client_id"), asked.form.get("client_secret")) == (
                CLIENT_ID,
                self.secret,
            )
        name, _, secret = base64.b64decode(basic.removeprefix("Basic ")).decode().partition(":")
        return (unquote_plus(name), unquote_plus(secret)) == (
            CLIENT_ID,
            self.secret,
        ) and "client_secret" not in asked.form

    def _tokens(self, asked: Asked) -> tuple[int, Json]:
        if not self._knows(asked):
            return 401, {"error": "invalid_client"}
        told: Json = {"access_token": "at-1", "token_type": "Bearer", "expires_in": 3600}
        if asked.form["grant_type"] == "refresh_token":
            if asked.form["refresh_token"] not in self.refresh_tokens:
                return 400, {"error": "invalid_grant"}
            return 200, _without_none(told | self.token)
        code = self.codes.pop(asked.form["code"], None)
        if (
            code is None
            or code["redirect_uri"] != asked.form["redirect_uri"]
            or code["code_challenge"] != challenge_of(asked.form["code_verifier"])
        ):
            return 400, {"error": "invalid_grant"}
        told["id_token"] = self._id_token(code)
        return 200, _without_none(told | self.token)

    def _id_token(self, code: dict[str, str]) -> str:
        now = int(time.time())
        claims: Json = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "exp": now + 600,
            "iat": now,
            "nonce": code["nonce"],
            "sub": "sub-1",
            "email": "ana@example.com",
            "email_verified": True,
            "name": "Ana",
        }
        claims = _without_none(claims | json.loads(code["claims"]) | self.claims)
        return self.forged(claims) if self.forged else signed(claims, self.key, self.alg, **self.header)


def signed(claims: Json, key: str, alg: str, **header: Any) -> str:
    """An ID token with this signature."""
    head = _without_none({"alg": alg, "kid": key} | header)
    return jwt.encode(head, claims, keys()[key], registry=_Any(strict_check_header=False))


class _Any(JWSRegistry):
    def get_alg(self, name: str) -> Any:
        return self.algorithms[name]


def _without_none(told: Json) -> Json:
    return {name: value for name, value in told.items() if value is not None}


@contextmanager
def issuer_in_thread(**settings: Any) -> Iterator[Issuer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
            path = urlsplit(self.path).path
            asked = Asked(path, {name.lower(): value for name, value in self.headers.items()}, form)
            issuer.asked.append(asked)
            if path in issuer.answers:
                issuer.answers[path](self)
                return
            status, told = issuer.answer(path, asked)
            send(self, status, json.dumps(told).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    issuer = Issuer(f"http://127.0.0.1:{server.server_port}", **settings)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def callback(base: str, provider: str, back: dict[str, str]) -> str:
    return f"{base}/auth/{provider}/callback?{urlencode(back)}"
