"""`sayso doctor` against a vendor: one call, and what is wrong in plain words."""

import pytest
from tests.models.conftest import KEYS, Vendor
from typer.testing import CliRunner

from sayso.base.errors import StartupError
from sayso.cli.commands import app

SAYS = {
    "keyless": "The key is not accepted.",
    "nameless": "The vendor knows no model of this name",
    "broke": "used up",
    "toolless": "cannot call tools",
    "story": "does not call tools",
    "dead": "failure of its own",
}


def test_a_model_that_works(model: str, vendor: Vendor) -> None:
    done = CliRunner().invoke(app, ["doctor", "--model", model])
    assert (done.exit_code, done.stdout) == (0, f"SAYSO_MODEL={model}: works\n")
    assert len(vendor.requests()) == 1


@pytest.mark.parametrize("name", sorted(SAYS))
def test_what_is_wrong(name: str, vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYSO_MODEL_BASE_URL", f"{vendor.url}/v1")
    done = CliRunner().invoke(app, ["doctor", "--model", name])
    assert done.exit_code == 1
    assert SAYS[name] in done.stdout
    assert "secret" not in done.stdout
    assert len(vendor.requests()) == 1


def test_the_fallback_is_looked_at_too(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYSO_MODEL_FALLBACK", "nobody:knows")
    done = CliRunner().invoke(app, ["doctor", "--model", "openai-chat:gpt-5-mini"])
    assert done.exit_code == 1
    assert "SAYSO_MODEL=openai-chat:gpt-5-mini: works" in done.stdout
    assert "SAYSO_MODEL_FALLBACK=nobody:knows: no such model" in done.stdout


def test_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)
    assert said("openai:gpt-5-mini") == "SAYSO_MODEL=openai:gpt-5-mini: OPENAI_API_KEY is not set.\n"


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYSO_MODEL_BASE_URL", "http://127.0.0.1:1/v1")
    assert "Nothing answers at its address" in said("llama")
    assert "SAYSO_MODEL_BASE_URL right?" in said("llama")


def test_a_wrong_path_behind_a_right_host(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYSO_MODEL_BASE_URL", f"{vendor.url}/v2")
    assert "SAYSO_MODEL_BASE_URL right? Often it ends in /v1." in said("gpt-5-mini")


def test_a_base_url_that_is_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYSO_MODEL_BASE_URL", "localhost:11434")
    done = CliRunner().invoke(app, ["doctor", "--model", "llama"])
    assert isinstance(done.exception, StartupError)
    assert str(done.exception) == "SAYSO_MODEL_BASE_URL: an address such as http://127.0.0.1:8080/v1."


def said(model: str) -> str:
    done = CliRunner().invoke(app, ["doctor", "--model", model])
    assert done.exit_code == 1
    return done.stdout
