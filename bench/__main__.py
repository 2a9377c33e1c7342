"""Cancel against its floor, a turn against a bare Pydantic AI run, start to first answer, growth with the thread,
search in a large mailbox, imports and exports of much, streams."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import bulk, floor, load, mail, streams
from bench.server import Sayso
from sayso.base.ids import Ids
from sayso.conversation import ledger, threads
from sayso.conversation.types import Message
from sayso.store.datadir import STORE_FILE
from sayso.store.engine import open_engine
from sayso.store.gateway import Store, WriteConn
from sayso.tools.base import Proposal

COUNT = 1500


def _fill(conn: WriteConn, names: list[str]) -> None:
    """A plan that waits on each of these threads."""
    ids, now = Ids(), datetime.now(UTC)
    user_id = conn.exec_driver_sql("SELECT id FROM users").scalar_one()
    proposal = Proposal("write", {"title": "x"}, "create x", "Create x")
    for name in names:
        thread = threads.ensure(conn, user_id, Message(name, name), ids.new("th"), now)
        action = ledger.NewAction("turn", "call", "create_task", proposal)
        plan = ledger.NewPlan(ids.new("plan"), [action], "Should I?", now, now + timedelta(days=1))
        ledger.open_plan(conn, plan, thread.pk, user_id, ids, None)


def _cancel(folder: Path) -> None:
    names = [f"bench-{number}" for number in range(2 * COUNT)]
    bodies = [{"thread_id": name} for name in names]
    server = Sayso(folder / "sayso")
    store = Store(open_engine(f"sqlite:///{folder / 'sayso' / STORE_FILE}"))
    store.write_now(_fill, names)
    store.close()
    path = str(folder / "floor.db")
    floor.prepare(path, names)
    bare = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "bench.floor:app", "--factory", "--port", "8977", "--no-access-log"],
        env=os.environ | {"FLOOR_DB": path},
        stderr=subprocess.DEVNULL,
    )
    _wait(8977)
    for connections, part in ((1, slice(0, COUNT)), (16, slice(COUNT, None))):
        ours = load.post(server.port, "/chat/cancel", server.cookie, bodies[part], connections)
        least = load.post(8977, "/chat/cancel", "secret", bodies[part], connections)
        print(
            f"cancel, {connections:2} at once: p50 {ours.p50_ms:.2f} ms, {ours.per_second:.0f}/s; "
            f"floor p50 {least.p50_ms:.2f} ms, {least.per_second:.0f}/s; ratio {ours.p50_ms / least.p50_ms:.2f}"
        )
    bare.terminate()
    bare.wait()
    server.stop()


def _turn(folder: Path) -> None:
    server = Sayso(folder / "turns")
    for text in ("hello", "what's on today?", "remind me to call the bank tomorrow"):
        bodies = [{"user_message": text, "thread_id": f"t{number % 8}"} for number in range(304)]
        load.post(server.port, "/chat", server.cookie, bodies[:8], 1)
        ours = load.post(server.port, "/chat", server.cookie, bodies[8:], 1)
        print(f"chat {text!r}: p50 {ours.p50_ms:.2f} ms, {ours.per_second:.0f}/s on one connection")
        many = [{"user_message": text, "thread_id": f"m{number}"} for number in range(304)]
        ours = load.post(server.port, "/chat", server.cookie, many, 8)
        print(f"chat {text!r}: {ours.per_second:.0f}/s on 8 connections")
    _growth(server)
    server.stop()
    print(f"bare Pydantic AI run: {asyncio.run(_bare_run()):.2f} ms")


def _growth(server: Sayso) -> None:
    bodies = [{"user_message": "hello", "thread_id": "long"} for _ in range(600)]
    first = load.post(server.port, "/chat", server.cookie, bodies[:60], 1)
    load.post(server.port, "/chat", server.cookie, bodies[60:540], 1)
    last = load.post(server.port, "/chat", server.cookie, bodies[540:], 1)
    print(f"turn 600 of a thread against its first 60: ratio {last.p50_ms / first.p50_ms:.2f}")


async def _bare_run(count: int = 300) -> float:
    from pydantic_ai import Agent
    from pydantic_ai.models.test import TestModel

    agent = Agent(TestModel(call_tools=[]))
    await agent.run("hello")
    began = time.perf_counter()
    for _ in range(count):
        await agent.run("hello")
    return (time.perf_counter() - began) / count * 1000


def _start(folder: Path) -> None:
    Sayso(folder / "start").stop()
    began = time.perf_counter()
    server = Sayso(folder / "start")
    load.post(server.port, "/chat", server.cookie, [{"user_message": "hello"}], 1)
    print(f"second start to the first answer: {time.perf_counter() - began:.2f} s")
    server.stop()


def _wait(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/nothing")
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


with tempfile.TemporaryDirectory() as temporary:
    _start(Path(temporary))
    _cancel(Path(temporary))
    _turn(Path(temporary))
    mail.main(Path(temporary) / "mail")
    bulk.main(Path(temporary) / "bulk")
    streams.main(Path(temporary))
