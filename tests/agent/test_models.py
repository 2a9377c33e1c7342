"""Naming a model: what is imported, what goes wrong, and what the doctor says of it."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from sayso.agent.models import Remote, model_source
from sayso.base.errors import StartupError
from sayso.cli.commands import app

KEYS = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "OLLAMA_BASE_URL")


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KEYS:
        monkeypatch.delenv(name, raising=False)


def test_the_offline_model_costs_no_vendors_library() -> None:
    script = (
        "import sys; from sayso.agent.models import model_source; import sayso.agent.runner, sayso.offline;"
        "model_source('offline'); print([m for m in ('openai', 'anthropic', 'google.genai') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("anthropic:claude-sonnet-5-5", "ANTHROPIC_API_KEY is not set."),
        ("openai:gpt-5-mini", "OPENAI_API_KEY"),
        ("nobody:knows", "no such model"),
        ("knows-no-vendor", "no such model"),
    ],
)
def test_a_wrong_name_or_a_missing_key_is_told_at_start(name: str, told: str) -> None:
    with pytest.raises(StartupError) as caught:
        model_source(name)
    assert f"SAYSO_MODEL={name}: " in str(caught.value)
    assert told in str(caught.value)


def test_a_wrong_fallback_is_told_by_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    with pytest.raises(StartupError, match="SAYSO_MODEL_FALLBACK=nobody:knows"):
        model_source("openai:gpt-5-mini", fallback="nobody:knows")


def test_the_doctor_finds_the_offline_model_well() -> None:
    done = CliRunner().invoke(app, ["doctor"])
    assert (done.exit_code, done.stdout) == (0, "SAYSO_MODEL=offline: works\n")


def test_the_doctor_says_when_nothing_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYSO_MODEL_BASE_URL", "http://127.0.0.1:1/v1")
    done = CliRunner().invoke(app, ["doctor", "--model", "some-model"])
    assert done.exit_code == 1
    assert "at http://127.0.0.1:1/v1: Nothing answers at its address." in done.stdout


@pytest.mark.parametrize(("turn_seconds", "silent"), [(20, 60), (120, 60), (1800, 900)])
def test_a_slow_model_may_take_half_of_a_long_turn(turn_seconds: float, silent: float) -> None:
    source = model_source("slow", base_url="http://127.0.0.1:1/v1", turn_seconds=turn_seconds)
    assert isinstance(source, Remote)
    assert (source.remote.settings or {}).get("timeout") == silent
