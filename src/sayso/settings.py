"""Every setting, read from `SAYSO_*` in the environment. `sayso settings` lists them with these descriptions."""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_data_path
from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from sayso.base.addresses import MOST_OWN, is_address
from sayso.base.origins import origin_of, same_site


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SAYSO_", extra="ignore")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes any free one.")
    data_dir: Path = Field(
        default_factory=lambda: user_data_path("sayso", appauthor=False),
        description="Directory of the embedded store and its keys.",
    )
    database_url: str | None = Field(
        None,
        description="Another store: postgresql+psycopg://user:password@host/name. Default: SQLite in data_dir.",
    )
    database_pool: int | None = Field(
        None,
        ge=3,
        le=100,
        description="Connections to PostgreSQL that each worker may hold. All workers of all machines together must "
        "stay below its max_connections. Default: 12, fewer where this server's workers would not fit.",
    )
    public_url: str | None = Field(
        None, description="Address at which browsers reach the server, when it is not http://HOST:PORT."
    )
    clock: str | None = Field(
        None,
        description="Start of time for demos and tests: an ISO 8601 instant runs on from there, with `fixed:` "
        "before it time stands still, `file:PATH` reads it from a file.",
    )
    timezone: str | None = Field(
        None, description="IANA time zone of users who have not said theirs. Default: the machine's."
    )
    addresses: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Your own e-mail addresses, separated by commas: the local user's, who writes from the first of "
        "them. Those that he changes in the page's settings are kept besides.",
    )
    model: str = Field(
        "offline",
        description="Language model: `offline`, or provider:name, such as anthropic:claude-sonnet-5-5.",
    )
    model_base_url: str | None = Field(None, description="Base URL of an OpenAI-compatible server for SAYSO_MODEL.")
    model_fallback: str | None = Field(
        None, description="Another model, as provider:name, for when that of SAYSO_MODEL does not answer."
    )
    turn_seconds: float = Field(120, gt=0, le=3600, description="Seconds that the model may take for one turn.")
    context_tokens: int = Field(
        16_000,
        ge=0,
        description="About how many tokens of the earlier conversation the model is given; of older turns it is told "
        "what they did.",
    )
    workers: int = Field(1, ge=1, le=64, description="Processes that serve; more than one needs PostgreSQL.")
    plan_ttl_hours: float = Field(24, gt=0, description="Hours that a plan waits for a decision before it expires.")
    session_days: float = Field(30, gt=0, description="Days that a sign-in lasts.")
    rate_limit: int = Field(
        60, ge=0, description="Messages a minute for each session; 0: no limit, on other requests neither."
    )
    address_connections: int = Field(
        200, ge=0, description="Connections at once from one address that is not a trusted proxy's; 0: no limit."
    )
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        default_factory=lambda: ["127.0.0.1", "::1"],
        description="Addresses or networks of reverse proxies, separated by commas, whose X-Forwarded-For and "
        "X-Forwarded-Proto are believed.",
    )
    allowed_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Other origins whose pages may use the API with cookies, separated by commas; those of another "
        "site need SAYSO_PUBLIC_URL to be https.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="debug, info (a line for each request), warning or error; to standard error."
    )

    fault: str | None = Field(
        None, description="For tests of crashes: kill the process when it passes this point; `point:3` the third time."
    )

    @property
    def cross_site(self) -> bool:
        """Whether the cookie must go along from pages of another site."""
        return any(not same_site(origin, own_origin(vars(self))) for origin in self.allowed_origins)

    @field_validator("addresses", mode="before")
    @classmethod
    def _addresses(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("addresses")
    @classmethod
    def _are_addresses(cls, value: list[str]) -> list[str]:
        for address in value:
            if not is_address(address):
                raise ValueError(f"{address} is no e-mail address")
        if len(value) > MOST_OWN:
            raise ValueError(f"at most {MOST_OWN} addresses")
        return value

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("allowed_origins")
    @classmethod
    def _usable(cls, value: list[str], info: ValidationInfo) -> list[str]:
        origins = [origin_of(text) for text in value]
        for origin in origins:
            own = own_origin(info.data)
            if not same_site(origin, own) and not own.startswith("https:"):
                raise ValueError(
                    f"{origin} is another site than {own}, and between sites browsers keep cookies only over https. "
                    "Use one host name for both (localhost and 127.0.0.1 are two), or serve Sayso over https, and tell "
                    "its address in SAYSO_PUBLIC_URL"
                )
        return origins

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        proxies = [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        for proxy in proxies if isinstance(proxies, list) else ():
            ipaddress.ip_network(proxy, strict=False)
        return proxies

    @field_validator("model_base_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value and not re.match(r"https?://[^/?#\s]+", value):
            raise ValueError("an address such as http://127.0.0.1:8080/v1")
        return value or None

    @field_validator("public_url")
    @classmethod
    def _origin(cls, value: str | None) -> str | None:
        return None if value is None else origin_of(value)  # as browsers write it, who name it in each request


def own_origin(given: Mapping[str, Any]) -> str:
    """The origin at which browsers reach a server with these settings: that of the sign-in link."""
    host = given.get("host")
    named = "127.0.0.1" if host in ("0.0.0.0", "::", "") else f"[{host}]" if ":" in str(host) else host
    return origin_of(given.get("public_url") or f"http://{named}:{given.get('port')}")
