"""Start to first answer, a cancel and a turn against their floors, growth with the thread, search in a large mailbox,
imports and exports of much, streams, and what a model is given, in tokens."""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench import bulk, floor, load, mail, model, streams, turn
from bench.server import Floor, Sayso
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
    floor.prepare(folder / "floor.db", names)
    bare = Floor(folder / "floor.db")
    for connections, part in ((1, slice(0, COUNT)), (16, slice(COUNT, None))):
        ours = load.post(server.port, "/chat/cancel", server.cookie, bodies[part], connections)
        least = load.post(bare.port, "/chat/cancel", bare.cookie, bodies[part], connections)
        print(
            f"cancel, {connections:2} at once: p50 {ours.p50_ms:.2f} ms, {ours.per_second:.0f}/s; "
            f"floor p50 {least.p50_ms:.2f} ms, {least.per_second:.0f}/s; ratio {ours.p50_ms / least.p50_ms:.2f}"
        )
    bare.stop()
    server.stop()


def _growth(folder: Path) -> None:
    server = Sayso(folder / "growth")
    bodies = [{"user_message": "hello", "thread_id": "long"} for _ in range(600)]
    first = load.post(server.port, "/chat", server.cookie, bodies[:60], 1)
    load.post(server.port, "/chat", server.cookie, bodies[60:540], 1)
    last = load.post(server.port, "/chat", server.cookie, bodies[540:], 1)
    print(f"turn 600 of a thread against its first 60: ratio {last.p50_ms / first.p50_ms:.2f}")
    server.stop()


def _start(folder: Path) -> None:
    Sayso(folder / "start").stop()
    began = time.perf_counter()
    server = Sayso(folder / "start")
    load.post(server.port, "/chat", server.cookie, [{"user_message": "hello"}], 1)
    print(f"second start to the first answer: {time.perf_counter() - began:.2f} s")
    server.stop()


with tempfile.TemporaryDirectory() as temporary:
    _start(Path(temporary))
    _cancel(Path(temporary))
    turn.main(Path(temporary) / "turn")
    _growth(Path(temporary))
    mail.main(Path(temporary) / "mail")
    bulk.main(Path(temporary) / "bulk")
    streams.main(Path(temporary))
    model.main(Path(temporary) / "model")
