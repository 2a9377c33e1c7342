"""Every setting is listed with what it does; secrets in them are not."""

import pytest

from sayso.base.errors import StartupError
from sayso.cli.commands import settings_with
from sayso.cli.listing import settings_lines
from sayso.settings import Settings


def test_every_setting_is_described_and_listed() -> None:
    listed = "\n".join(settings_lines(Settings()))
    for name, field in Settings.model_fields.items():
        assert field.description
        assert f"SAYSO_{name.upper()}=" in listed


def test_what_is_set_shows_beside_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYSO_PORT", "9000")
    assert "SAYSO_PORT=9000   (default: 8000)" in list(settings_lines(settings_with()))


def test_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYSO_PORT", "9000")
    assert settings_with(port=7000, host=None).port == 7000


@pytest.mark.parametrize("url", ["postgresql+psycopg://me:hunter2@host/db", "no address: hunter2"])
def test_passwords_are_not_listed(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("SAYSO_DATABASE_URL", url)
    assert "hunter2" not in "\n".join(settings_lines(settings_with()))


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "many"), ("PLAN_TTL_HOURS", "-1"), ("LOG_LEVEL", "loud"), ("PUBLIC_URL", "ftp://x"), ("RATE_LIMIT", "x")],
)
def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"SAYSO_{name}", value)
    with pytest.raises(StartupError, match=f"SAYSO_{name}"):
        settings_with()


def test_origins_are_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYSO_ALLOWED_ORIGINS", "https://a.example, https://b.example/")
    assert settings_with().allowed_origins == ["https://a.example", "https://b.example"]
