"""`sayso doctor` against a vendor: one call, and what is wrong in plain words."""

import pytest
from tests.models.conftest import Vendor
from typer.testing import CliRunner

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
