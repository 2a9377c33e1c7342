"""The vendors' side: aimock behind a recorder, and servers of ours that talk to it."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.conftest import Server, StartServer
from tests.kit.wire import wire_problems

HERE = Path(__file__).parent
DIALECTS = {
    "chat": "openai-chat:gpt-5-mini",
    "responses": "openai-responses:gpt-5-mini",
    "anthropic": "anthropic:claude-sonnet-5-5",
}
KEYS = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "OLLAMA_BASE_URL")


def needed(*packages: str) -> None:
    """Skip a test whose packages, those of `requirements/models.txt`, are not there; in CI they must be."""
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        assert not os.environ.get("CI"), f"CI must have {missing}: make models-ready"
        pytest.skip(f"needs {', '.join(missing)}: make models-ready")


class Vendor:
    """A stand-in for every vendor at once. What is said to it is checked when the test ends."""

    def __init__(self, url: str) -> None:
        self.url = url
        httpx2.post(f"{url}/begin", trust_env=False, verify=False).raise_for_status()

    def requests(self) -> list[dict[str, Any]]:
        """The requests of this test, as they came in: path and body."""
        found: list[dict[str, Any]] = httpx2.get(f"{self.url}/journal", trust_env=False, verify=False).json()
        return found

    def script(self, answers: Sequence[Any]) -> None:
        """Lay down what is answered from now on, one by one: as aimock takes it, or `{"held": true}` for never."""
        httpx2.post(f"{self.url}/script", json=list(answers), trust_env=False, verify=False).raise_for_status()

    def wait_until_held(self) -> None:
        """Until a request has come for which such an answer was laid down."""
        httpx2.get(f"{self.url}/held", trust_env=False, verify=False, timeout=30).raise_for_status()

    def scripted(self) -> tuple[list[Any], int]:
        """The answers that nobody has asked for, and how often one was asked for beyond them."""
        left = httpx2.get(f"{self.url}/script", trust_env=False, verify=False).json()
        return left["answers"], left["beyond"]


@pytest.fixture(scope="session")
def vendor_url() -> Iterator[str]:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        assert not os.environ.get("CI"), "the tests of the wire need node and npm"
        pytest.skip("the tests of the wire need node and npm")
    _install()
    process = subprocess.Popen([node, "vendor.mjs"], cwd=HERE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait()
    process.stdout.close()


def _install() -> None:
    """Bring what the stand-in needs, once, whichever of the test processes comes first."""
    with (HERE / "package.json").open() as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        if not (HERE / "node_modules" / "@copilotkit").exists():
            subprocess.run(["npm", "ci", "--silent"], cwd=HERE, check=True, stdout=subprocess.DEVNULL)


def reach(vendor_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the variables by which the vendors' libraries find them."""
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-secret")
    monkeypatch.setenv("OPENAI_BASE_URL", f"{vendor_url}/v1")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", vendor_url)


@pytest.fixture
def vendor(vendor_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Vendor]:
    """The vendors, reached as a user would reach them: by their usual variables."""
    reach(vendor_url, monkeypatch)
    vendor = Vendor(vendor_url)
    yield vendor
    for request in vendor.requests():
        assert not wire_problems(request["path"], request["body"])


@pytest.fixture(params=sorted(DIALECTS))
def model(request: pytest.FixtureRequest, vendor: Vendor) -> str:
    """Each way to speak to a vendor."""
    return DIALECTS[request.param]


Talk = Callable[[str], Any]


@pytest.fixture
def driven(start_server: StartServer, model: str) -> Server:
    """A server driven by that model."""
    return start_server(model=model)
