"""Every setting, read from `SAYSO_*` in the environment. `sayso settings` lists them with these descriptions."""

import re
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_data_path
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


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
        60, ge=0, description="Requests a minute for each session over the chat endpoints; 0: no limit."
    )
    allowed_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list,
        description="Other origins whose pages may use the API with cookies, separated by commas.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="debug, info (a line for each request), warning or error; to standard error."
    )

    fault: str | None = Field(
        None, description="For tests of crashes: kill the process when it passes this point; `point:3` the third time."
    )

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return (
            [part.strip().rstrip("/") for part in value.split(",") if part.strip()] if isinstance(value, str) else value
        )

    @field_validator("model_base_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value and not re.match(r"https?://[^/?#\s]+", value):
            raise ValueError("an address such as http://127.0.0.1:8080/v1")
        return value or None

    @field_validator("public_url")
    @classmethod
    def _origin(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"https?://[^/?#\s]+/?", value):
            raise ValueError("an address such as https://sayso.example.com, without a path")
        return value and value.rstrip("/")
