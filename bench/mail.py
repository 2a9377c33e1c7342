"""A search in a large mailbox against the same search in a small one."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from sayso.base.clock import FixedClock
from sayso.base.ids import Ids
from sayso.identity import users
from sayso.identity.types import Profile
from sayso.store.engine import open_engine
from sayso.store.gateway import Store, WriteConn
from sayso.store.tables import metadata
from sayso.store.workspace_tables import local_messages
from sayso.workspace.local import LocalWorkspace, local_workspace
from sayso.workspace.local.mail_rows import message_row
from sayso.workspace.people import Me
from sayso.workspace.search import parse_query
from sayso.workspace.types import Message, Person

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
ME, OTHER = Me("robin@example.com", "Robin Doe"), Person("priya@example.com", "Priya Raman")
BODY = "words that a mail holds, again and again, until it is as long as a usual one. " * 15
QUERIES = ("from:priya budget", "subject 99", "is:unread", "again -until")
ROUNDS = 5


def main(folder: Path) -> None:
    folder.mkdir()
    small, large = asyncio.run(_search(folder, 100)), asyncio.run(_search(folder, 10_000))
    for query in QUERIES:
        print(f"mail search {query!r}: {large[query]:.1f} ms in 10,000; {large[query] / small[query]:.1f} times 100's")


async def _search(folder: Path, count: int) -> dict[str, float]:
    """Milliseconds of each query in a mailbox of so many mails."""
    store = Store(open_engine(f"sqlite:///{folder / f'mail{count}.db'}"))
    metadata.create_all(store.engine)
    user_id = store.write_now(_fill, count)
    workspace = local_workspace(store, user_id, ME, FixedClock(NOW), Ids())
    taken = {query: await _best(workspace, query) for query in QUERIES}
    store.close()
    return taken


async def _best(workspace: LocalWorkspace, query: str) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await workspace.mail.search(parse_query(query, ZoneInfo("UTC")), 20)
        best = min(best, time.perf_counter() - began)
    return best * 1000


def _fill(conn: WriteConn, count: int) -> str:
    user_id, _ = users.ensure(conn, "bench", Profile("robin", ME.email, ME.name), NOW, Ids())
    rows = []
    for number in range(count):
        message = Message(
            id=f"m{number}",
            thread_id=f"t{number}",
            sender=OTHER,
            to=(ME,),
            cc=(),
            subject=f"Subject {number}",
            date=NOW - timedelta(days=number % 500),
            body=BODY,
            unread=False,
            labels=("inbox",),
            revision="1",
        )
        rows.append(message_row(user_id, message, f"m{number}@example.com"))
    conn.execute(insert(local_messages), rows)
    return user_id
