"""`sayso settings`: what can be set, in the words of `sayso.settings`."""

import re
from collections.abc import Iterator
from textwrap import fill

from sayso.base.errors import StartupError
from sayso.settings import Settings
from sayso.store.engine import read_address, shown

HIDDEN = "***"


def settings_lines(settings: Settings) -> Iterator[str]:
    """A few lines a setting: its environment variable, current value, default, description."""
    defaults = Settings.model_construct()
    for name, field in Settings.model_fields.items():
        current = _shown(name, getattr(settings, name))
        default = current if name == "oidc" else _shown(name, getattr(defaults, name))
        yield f"SAYSO_{name.upper()}={current}" + ("" if current == default else f"   (default: {default})")
        yield fill(field.description or "", 100, initial_indent="    ", subsequent_indent="    ")


def _shown(name: str, value: object) -> str:
    if value is None:
        return ""
    if name == "secret_key":
        return HIDDEN
    if isinstance(value, dict):
        return ",".join(f"{key} at {client.issuer}" for key, client in value.items())
    if name == "redis_url":
        scheme, _, rest = str(value).partition("//")
        secret, _, place = rest.rpartition("@")
        return re.sub(r"[?#].*", "", f"{scheme}//{HIDDEN}@{place}" if secret else f"{scheme}//{place}")
    if name == "database_url":
        try:
            return shown(read_address(str(value)))
        except StartupError:
            return HIDDEN
    return ",".join(value) if isinstance(value, list) else str(value)
