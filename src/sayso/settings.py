"""Every setting, read from `SAYSO_*` in the environment. `sayso settings` lists them with these descriptions."""

import ipaddress
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from sayso.base.addresses import MOST_OWN, is_address
from sayso.base.origins import origin_of, same_site

GOOGLE = "google"
_OIDC = "SAYSO_OIDC_"
_OIDC_PARTS = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET_FILE", "CLIENT_SECRET", "MAIL_SCOPES", "SCOPES", "LABEL")
_TAKEN = frozenset({"local", "devices", "identities", "sessions", "tokens"})  # of paths under /auth
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_REDIS = re.compile(
    r"(redis|rediss|valkey|valkeys)://([^\s/?#@]*@)?([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[0-9]*)?(\?\S*)?"
)


def is_https_or_here(address: str) -> bool:
    """Whether it is an address of the web without a query, encrypted unless it is on this machine."""
    parts = urlsplit(address)
    here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    return bool(parts.hostname) and (here or parts.scheme == "https") and not re.search(r"[?#\s]", address)


class OidcClient(BaseModel):
    """What this server is at an OpenID Connect issuer."""

    issuer: str = Field(min_length=1, max_length=255)
    client_id: str = Field(min_length=1)
    client_secret: str = Field("", repr=False)
    scopes: str = "openid email profile"
    mail_scopes: str = ""
    """With which its access tokens open the mailboxes of its users (XOAUTH2); empty: they do not."""
    label: str

    @field_validator("issuer")
    @classmethod
    def _is_https(cls, value: str) -> str:
        if not is_https_or_here(value):
            raise ValueError(
                "the address that the issuer names in its metadata, with https unless it is on this machine"
            )
        return value


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="SAYSO_", extra="ignore", hide_input_in_errors=True)

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
    hold_seconds: int = Field(
        10,
        ge=0,
        le=300,
        description="Seconds that mail and invitations are held back after they were confirmed, and can still be "
        "stopped, for users who have not set their own; 0: no hold.",
    )
    session_days: float = Field(30, gt=0, description="Days after which a sign-in that is not used ends.")
    session_max_days: float = Field(90, gt=0, description="Days after which a sign-in ends, however much it is used.")
    allowed_users: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Who may sign in through an issuer: e-mail addresses and @domains, separated by commas. Empty: "
        "only the first who does.",
    )
    oidc: dict[str, OidcClient] = Field(
        default_factory=lambda: clients_in(os.environ),
        validate_default=True,
        description="OpenID Connect issuers to sign in with, each under a name of yours: SAYSO_OIDC_<NAME>_ISSUER, "
        "_CLIENT_ID, _CLIENT_SECRET or _CLIENT_SECRET_FILE, _SCOPES, _MAIL_SCOPES, _LABEL. GOOGLE needs no issuer.",
    )
    google_api_url: str = Field(
        "",
        description="An address in the place of all of Google's API hosts, as of a gateway. Default: Google's own.",
    )
    secret_key: str | None = Field(
        None,
        repr=False,
        description="Key of the secrets in the store, at least 32 random characters; several, separated by commas, the "
        "newest first. Default: that of SAYSO_SECRET_KEY_FILE, else a file secret.key in data_dir.",
    )
    secret_key_file: Path | None = Field(None, description="A file with the key of the secrets.")
    redis_url: str | None = Field(
        None,
        repr=False,
        description="A Redis or Valkey that counts requests for all workers, as redis://host:6379/0. Default: "
        "PostgreSQL, or with SQLite the one process.",
    )
    mail_directory: str = Field(
        "https://autoconfig.thunderbird.net/v1.1/",
        description="Where the mail servers of a domain are looked up that does not tell them itself; it learns the "
        "domain only. Empty: nowhere.",
    )
    tokens_per_day: int = Field(
        0, ge=0, description="Tokens that each user's turns may take in a day (of UTC); 0: no limit."
    )
    turns_at_once: int = Field(8, ge=1, description="Turns that one user may have under way at once.")
    rate_limit: int = Field(
        60, ge=0, description="Messages a minute for each user; 0: no limit, on other requests neither."
    )
    address_connections: int = Field(
        200, ge=0, description="Connections at once from one address that is not a trusted proxy's; 0: no limit."
    )
    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Host names by which requests may reach the server besides that of SAYSO_PUBLIC_URL, localhost and "
        "addresses, separated by commas.",
    )
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Addresses or networks of reverse proxies, separated by commas, whose X-Forwarded-For and "
        "X-Forwarded-Proto are believed; nobody else's are.",
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
    def names_model(self) -> bool:
        """Whether the language model was chosen, be it as offline, rather than left at its default."""
        return "model" in self.model_fields_set

    @property
    def cross_site(self) -> bool:
        """Whether the cookie must go along from pages of another site."""
        return any(not same_site(origin, own_origin(vars(self))) for origin in self.allowed_origins)

    @field_validator("oidc")
    @classmethod
    def _names(cls, value: dict[str, OidcClient]) -> dict[str, OidcClient]:
        for name in value:
            if name in _TAKEN or len(name) > 40:
                raise ValueError(f"SAYSO_OIDC_{name.upper()}_…: choose another name, which is part of an address here")
        issuers = [client.issuer for client in value.values()]
        if len(set(issuers)) < len(issuers):
            raise ValueError("two names for one issuer")
        return value

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

    @field_validator("allowed_users", "allowed_hosts", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return [part.strip().lower() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("allowed_users")
    @classmethod
    def _users(cls, value: list[str]) -> list[str]:
        for user in value:
            if not is_address(f"x{user}" if user.startswith("@") else user):
                raise ValueError(f"{user} is neither an e-mail address nor a domain such as @example.com")
        return value

    @model_validator(mode="after")
    def _read_key_file(self) -> "Settings":
        if self.secret_key is None and self.secret_key_file is not None:
            self.secret_key = ",".join(_file_of("SAYSO_SECRET_KEY_FILE", str(self.secret_key_file)).split())
        return self

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

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts(cls, value: list[str]) -> list[str]:
        for host in value:
            if not _HOST.fullmatch(host):
                raise ValueError(f"{host!r} is not a host name such as sayso.example.com, without scheme and port")
        return value

    @field_validator("google_api_url")
    @classmethod
    def _gateway(cls, value: str) -> str:
        if value and not is_https_or_here(value):
            raise ValueError("an address such as https://gateway.example, with https unless it is on this machine")
        return value.rstrip("/")

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        if value and not _REDIS.fullmatch(value):
            raise ValueError("an address such as redis://host:6379/0; an @ in the password is written as %40")
        return value or None

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


def clients_in(environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The OpenID Connect clients of the environment, by name, as they stand there. Raises ValueError."""
    found: dict[str, dict[str, str]] = {}
    for variable, value in environ.items():
        name, part = _oidc_part(variable)
        if name and value:
            if part == "client_secret_file":
                part, value = "client_secret", _file_of(variable, value).strip()
            found.setdefault(name, {})[part] = value
    for name, client in found.items():
        if name == GOOGLE:
            client.setdefault("issuer", "https://accounts.google.com")
        client.setdefault("label", "Google" if name == GOOGLE else name.replace("_", " ").title())
    return found


def _oidc_part(variable: str) -> tuple[str, str]:
    """Of which client the variable is, and which part of it; else two empty texts."""
    named = variable.removeprefix(_OIDC)
    part = next((part for part in _OIDC_PARTS if named.endswith(f"_{part}")), "")
    name = named.removesuffix(f"_{part}")
    if named == variable or not part or not re.fullmatch(r"[A-Z0-9_]+", name):
        return "", ""
    return name.lower(), part.lower()


def _file_of(variable: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ValueError(f"{variable}: {path} cannot be read") from error


def own_origin(given: Mapping[str, Any]) -> str:
    """The origin at which browsers reach a server with these settings: that of the sign-in link."""
    host = given.get("host")
    named = "127.0.0.1" if host in ("0.0.0.0", "::", "") else f"[{host}]" if ":" in str(host) else host
    return origin_of(given.get("public_url") or f"http://{named}:{given.get('port')}")
