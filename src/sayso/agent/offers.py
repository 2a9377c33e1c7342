"""What this machine has that could answer: a running Ollama, vendors' keys in the environment. It is only named here;
nothing of it is used before somebody chooses it."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import httpx2
from pydantic import BaseModel, ValidationError

from sayso.agent.vendors import OLLAMA, VENDORS, label_of

OLLAMA_PORT = 11434
PROBE_SECONDS = 5.0  # where nothing listens that is told at once; who does, may be at work on an answer
MOST_BYTES = 1 << 20
MOST_MODELS = 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]{0,99}")  # as it may stand in a terminal and in a command
_LOOPBACK = re.compile(r"(?:http://)?(?:127\.0\.0\.1|localhost|0\.0\.0\.0|\[::1?\])?:(\d{1,5})/?")


@dataclass(frozen=True, slots=True)
class Offer:
    """`source`: where it was found. `variable`: of the environment, that has its key."""

    name: str
    label: str
    base_url: str | None
    source: Literal["environment", "ollama"]
    variable: str | None = None

    @property
    def command(self) -> str:
        """What starts a server on it."""
        address = "" if self.base_url in (None, ollama_url({})) else f"SAYSO_MODEL_BASE_URL={self.base_url} "
        return f"{address}sayso serve --model {self.name}"

    @property
    def found(self) -> str:
        """Where it was found, in words."""
        return "Ollama runs here" if self.source == "ollama" else f"{self.variable} is set"


class _Model(BaseModel):
    name: str


class _Tags(BaseModel):
    models: list[_Model]


async def find(environ: Mapping[str, str]) -> list[Offer]:
    """What there is to choose. Asks nobody but this machine, for five seconds at most, and never fails."""
    return [*await _of_ollama(environ), *of_environment(environ)]


def of_environment(environ: Mapping[str, str]) -> list[Offer]:
    """A model of each vendor whose key is there, and whose library is installed."""
    return [
        Offer(vendor.example, label_of(vendor.example), None, "environment", variable)
        for vendor in VENDORS
        for variable in [next((name for name in vendor.variables if environ.get(name)), None)]
        if variable and vendor.problem is None
    ]


def ollama_url(environ: Mapping[str, str]) -> str:
    """Where Ollama listens on this machine, by the port of its own variable OLLAMA_HOST. Another machine that it may
    name is not looked at."""
    named = _LOOPBACK.fullmatch(environ.get("OLLAMA_HOST", "").strip())
    port = int(named[1]) if named else OLLAMA_PORT
    return f"http://127.0.0.1:{port if 0 < port < 65536 else OLLAMA_PORT}/v1"


async def _of_ollama(environ: Mapping[str, str]) -> list[Offer]:
    base_url = ollama_url(environ)
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            tags = _Tags.model_validate_json(await _fetch(f"{base_url.removesuffix('/v1')}/api/tags"))
    except (TimeoutError, OSError, httpx2.HTTPError, ValidationError):
        return []
    names = [model.name for model in tags.models if _NAME.fullmatch(model.name) and "embed" not in model.name]
    return [Offer(f"{OLLAMA}:{name}", label_of(f"{OLLAMA}:{name}"), base_url, "ollama") for name in names[:MOST_MODELS]]


async def _fetch(url: str) -> bytes:
    """What is there, up to a megabyte; nothing if it answers with an error, or leads elsewhere."""
    body = b""
    # No proxy of the environment, which would take the question off this machine; no certificates to read.
    async with httpx2.AsyncClient(trust_env=False, verify=False) as client, client.stream("GET", url) as response:
        if response.status_code == 200:
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > MOST_BYTES:
                    return b""
    return body
