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


PASSWORDS = [
    "postgresql+psycopg://me:hunter2@host/db",
    "postgresql+psycopg://me@host/db?password=hunter2&sslpassword=hunter2",
    "postgresql+psycopg://me:p@hunter2@host/db",
    "postgresql+psycopg://me@host:hunter2/db",
    "no address: hunter2",
]


@pytest.mark.parametrize("url", PASSWORDS)
def test_passwords_are_not_listed(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("SAYSO_DATABASE_URL", url)
    assert "hunter2" not in "\n".join(settings_lines(settings_with()))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("PLAN_TTL_HOURS", "-1"),
        ("LOG_LEVEL", "loud"),
        ("PUBLIC_URL", "ftp://x"),
        ("PUBLIC_URL", "https://bücher.example"),
        ("RATE_LIMIT", "x"),
    ],
)
def test_a_bad_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"SAYSO_{name}", value)
    with pytest.raises(StartupError, match=f"SAYSO_{name}"):
        settings_with()


def test_origins_are_split(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYSO_PUBLIC_URL", "https://sayso.example")
    monkeypatch.setenv("SAYSO_ALLOWED_ORIGINS", "https://a.example, HTTPS://B.example:443/,")
    assert settings_with().allowed_origins == ["https://a.example", "https://b.example"]


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        ("*", "every page of the web"),
        ("https://app.example, *", "every page of the web"),
        ("app.example", "is not an origin such as"),
        ("//app.example", "is not an origin such as"),
        ("null", "is not an origin such as"),
        ("https://app.example/chat", "without a path"),
        ("https://app.example?x", "without a path"),
        ("https://me@app.example", "is not an origin such as"),
        ("https://*.example", "is not an origin such as"),
        ("https://", "is not an origin such as"),
        ("https://app.example:99999", "is not an origin such as"),
        ("https://[::1", "is not an origin such as"),
        ("https://[1.2.3.4]", "is not an origin such as"),
        ("https://10.192.168.0.2", "is not an origin such as"),
        ("https://bücher.example", "xn--"),
        ("ftp://app.example", "is not an origin such as"),
    ],
)
def test_origins_that_are_none(monkeypatch: pytest.MonkeyPatch, origin: str, said: str) -> None:
    monkeypatch.setenv("SAYSO_PUBLIC_URL", "https://sayso.example")
    monkeypatch.setenv("SAYSO_ALLOWED_ORIGINS", origin)
    with pytest.raises(StartupError, match=r"^SAYSO_ALLOWED_ORIGINS: ") as refused:
        settings_with()
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("own", "origin", "works"),
    [
        ("http://localhost:8000", "http://localhost:3000", True),
        ("http://localhost:8000", "https://localhost:3000", False),
        ("http://localhost:8000", "http://127.0.0.1:3000", False),
        ("http://localhost:8000", "http://app.localhost:3000", False),
        ("", "http://127.0.0.1:3000", True),
        ("", "http://localhost:3000", False),
        ("http://sayso.lan.example", "http://lan.example", True),
        ("http://lan.example", "http://app.lan.example:3000", True),
        ("http://lan.example", "http://evil-lan.example", False),
        ("http://sayso.example", "http://app.example", False),
        ("https://sayso.example", "http://app.example", True),
        ("https://sayso.example", "https://app.example", True),
    ],
)
def test_another_site_needs_https(monkeypatch: pytest.MonkeyPatch, own: str, origin: str, works: bool) -> None:
    """Where the cookie could not come along, the server says so rather than fail at each sign-in."""
    if own:
        monkeypatch.setenv("SAYSO_PUBLIC_URL", own)
    monkeypatch.setenv("SAYSO_ALLOWED_ORIGINS", origin)
    if works:
        assert settings_with().allowed_origins == [origin]
    else:
        with pytest.raises(StartupError, match=r"is another site than .* SAYSO_PUBLIC_URL\.$"):
            settings_with()


@pytest.mark.parametrize(
    ("host", "own"), [("0.0.0.0", "127.0.0.1"), ("::", "127.0.0.1"), ("::1", "[::1]"), ("box", "box")]
)
def test_the_own_origin_is_that_of_the_link(monkeypatch: pytest.MonkeyPatch, host: str, own: str) -> None:
    monkeypatch.setenv("SAYSO_ALLOWED_ORIGINS", f"http://{own}:3000")
    settings = settings_with(host=host)
    assert (settings.allowed_origins, settings.cross_site) == ([f"http://{own}:3000"], False)


def test_settings_that_hold_secrets_are_listed_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYSO_REDIS_URL", "redis://sayso:hunter2@cache:6379/0")
    monkeypatch.setenv("SAYSO_SECRET_KEY", "hunter2" * 8)
    listed = list(settings_lines(settings_with()))
    assert {"SAYSO_REDIS_URL=redis://***@cache:6379/0   (default: )", "SAYSO_SECRET_KEY=***   (default: )"} <= set(
        listed
    )
    assert "hunter2" not in "\n".join(listed)
