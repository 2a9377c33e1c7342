"""Nothing secret comes out: secrets are planted, a server is used well and badly, is crashed, and all that it said and
kept is searched for them."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.acceptance.conftest import Process, Serve
from tests.kit.command import sayso
from tests.kit.issuer import CLIENT_ID, Issuer, callback, issuer_in_thread

from sayso.cli.signin import SAYSO
from sayso.http.session import COOKIE

KEY = "canary-secret-key-0123456789-abcdefghij"
CLIENT = "canary-client-secret"
REDIS = "canary-redis-password"
VENDOR = "sk-canary-vendor-key"
ACCOUNT = "canary-account-password"
ACCESS, REFRESH = "canary-access-token", "canary-refresh-token"
ENVIRONMENT = "sk-ant-canary-of-the-environment"


class Heard:
    """All that came out, by where, but what is told to whom it belongs."""

    def __init__(self) -> None:
        self.said: dict[str, str] = {}

    def note(self, response: httpx2.Response) -> httpx2.Response:
        headers = [f"{name}: {value}" for name, value in response.headers.items() if name.lower() != "set-cookie"]
        where = f"{response.request.method} {response.request.url.path} {len(self.said)}"
        self.said[where] = "\n".join([*headers, response.text])
        return response


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuer_in_thread(secret=CLIENT) as issuer:
        issuer.token = {"access_token": ACCESS, "refresh_token": REFRESH}
        yield issuer


@pytest.fixture
def server(serve: Serve, issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Process:
    monkeypatch.setenv("ANTHROPIC_API_KEY", ENVIRONMENT)
    return serve(
        stderr=str(tmp_path / "stderr"),
        log_level="debug",
        secret_key=KEY,
        redis_url=f"redis://:{REDIS}@127.0.0.1:1/0",
        oidc_rig_issuer=issuer.url,
        oidc_rig_client_id=CLIENT_ID,
        oidc_rig_client_secret=CLIENT,
    )


def sign_in(server: Process, issuer: Issuer, heard: Heard) -> str:
    """Sign in through the issuer, and use what came back again; the cookie."""
    with httpx2.Client(base_url=server.url, timeout=30, trust_env=False) as client:
        begun = heard.note(client.get("/auth/rig/login", headers={"Accept": "application/json"})).json()
        back = issuer.grant(begun["authorization_url"], sub="ana", email="ana@example.com", email_verified=True)
        for _ in range(2):
            heard.note(client.get(callback(server.url, "rig", back)))
        return str(client.cookies[COOKIE])


def misuse(client: httpx2.Client, heard: Heard) -> None:
    """Send secrets where they belong, and where they do not, in every form that ends in an error."""
    model = {"name": "openai:gpt-5-mini", "key": VENDOR}
    dead = {"name": "m", "base_url": "http://127.0.0.1:1/v1", "key": VENDOR}
    for path, body in (
        ("/me/model/test", dead),
        ("/me/model", model | {"key": f"{VENDOR} with a space"}),
        ("/me/model", dead),
        ("/accounts", {"kind": "standards", "address": "ana@example.com", "password": ACCOUNT}),
        ("/accounts", {"kind": "standards", "address": 5, "password": ACCOUNT, "servers": {"imap": ACCOUNT}}),
        ("/accounts", {"kind": "local", "password": [ACCOUNT]}),
        ("/auth/tokens", {"name": "x", "scopes": [VENDOR]}),
    ):
        method = "PUT" if path == "/me/model" else "POST"
        heard.note(client.request(method, path, json=body))
        heard.note(client.request(method, path, content=json.dumps(body)[:-2], headers={"Content-Type": "text/plain"}))
    heard.note(client.post("/chat", json={"user_message": "hello", "thread_id": "one"}))  # by that model
    heard.note(client.post("/chat", json={"user_message": "hello"}, headers={"Authorization": f"Bearer {VENDOR}"}))


def read_all(client: httpx2.Client, heard: Heard) -> None:
    for path in (
        *(
            "/me/model",
            "/me/export",
            "/accounts",
            "/auth/tokens",
            "/auth/session",
            "/auth/sessions",
            "/auth/identities",
        ),
        *("/audit", "/threads", "/threads/one", "/docs", "/openapi.json", "/auth/providers", "/health/ready"),
    ):
        heard.note(client.get(path))


def processes(server: Process) -> Iterator[str]:
    """How the server and what it has started call themselves."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.getsid(int(folder.name)) == os.getsid(server.pid):
                yield (folder / "cmdline").read_text(errors="replace")


def test_nothing_secret_is_in_answers_logs_titles_crashes_copies_or_the_store(
    server: Process, issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = Heard()
    cookie = sign_in(server, issuer, heard)
    client = server.client()
    misuse(client, heard)
    token = client.post("/auth/tokens", json={"name": "bot", "scopes": ["read"]}).json()["token"]
    heard.note(client.get("/threads", headers={"Authorization": f"Bearer {token}"}))
    code = client.post("/auth/devices", json={}).json()["url"].rpartition("/")[2]
    heard.note(client.post("/auth/devices/claim", json={"code": code, "name": "phone"}))
    with httpx2.Client(base_url=server.url, timeout=30, trust_env=False) as other:
        heard.note(other.post("/auth/devices/claim", json={"code": code, "name": "thief"}))
    read_all(client, heard)
    own = client.cookies[COOKIE]
    heard.said["titles"] = "\n".join(processes(server))
    assert "serve" in heard.said["titles"] or "multiprocessing" in heard.said["titles"]
    data = tmp_path / "data"
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("SAYSO_DATA_DIR", str(data))
    monkeypatch.setenv("SAYSO_SECRET_KEY", KEY)
    monkeypatch.setenv("SAYSO_REDIS_URL", f"redis://:{REDIS}@127.0.0.1:1/0")
    monkeypatch.setenv("SAYSO_OIDC_RIG_ISSUER", issuer.url)
    monkeypatch.setenv("SAYSO_OIDC_RIG_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("SAYSO_OIDC_RIG_CLIENT_SECRET", CLIENT)
    for command in (
        ["settings"],
        ["audit"],
        ["db", "status"],
        ["backup", tmp_path / "copy"],
        ["check"],
        ["rotate-key"],
        ["doctor", "--model", "anthropic:claude-sonnet-5-5"],
    ):
        ran = sayso(*command)
        heard.said[f"sayso {command[0]}"] = ran.out + ran.err
    server.kill()
    heard.said["stderr"] = (tmp_path / "stderr").read_text()
    assert "provider_failed" in heard.said["stderr"] or "request" in heard.said["stderr"]
    for file in [*data.iterdir(), tmp_path / "copy"]:
        heard.said[file.name] = file.read_bytes().decode("latin-1")
    link = server.link.partition("token=")[2]
    planted = [KEY, CLIENT, REDIS, VENDOR, ACCOUNT, ACCESS, REFRESH, ENVIRONMENT, cookie, own, token, code, link]
    assert all(planted)
    found = [(secret[:12], where) for where, text in heard.said.items() for secret in planted if secret in text]
    assert found == []
    whole = "".join(heard.said.values())  # what is no secret is found there
    assert [each for each in ("ana@example.com", "thief", "not_authenticated") if each not in whole] == []


def test_a_start_that_fails_does_not_repeat_what_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYSO_DATA_DIR", str(tmp_path / "data"))
    given: tuple[dict[str, Any], ...] = (
        {"SAYSO_SECRET_KEY": "canary"},
        {"SAYSO_REDIS_URL": "canary://:canary@host"},
        {"SAYSO_DATABASE_URL": "postgresql+psycopg://me:canary@127.0.0.1:1/none"},
        {"SAYSO_OIDC_RIG_CLIENT_SECRET": "canary"},
        {
            "SAYSO_OIDC_RIG_CLIENT_SECRET": "canary",
            "SAYSO_OIDC_RIG_ISSUER": "http://x/canary",
            "SAYSO_OIDC_RIG_CLIENT_ID": "i",
        },
    )
    for settings in given:
        with monkeypatch.context() as there:
            for name, value in settings.items():
                there.setenv(name, value)
            ran = subprocess.run(
                [*SAYSO, "serve", "--port", "0"], capture_output=True, text=True, timeout=120, check=False
            )
        assert ran.returncode == 1, settings
        assert "canary" not in (ran.stdout + ran.stderr).replace("canary://", "")
