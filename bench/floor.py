"""The least that a cancel and a turn need, on bare Starlette and sqlite3: a session look-up, and the rows that must be
there, in one transaction for a cancel and in two for a turn, which takes its thread before it asks the model."""

import asyncio
import json
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

_SCHEMA = """
CREATE TABLE sessions (id TEXT PRIMARY KEY, user TEXT);
CREATE TABLE threads (id TEXT PRIMARY KEY, user TEXT, lease TEXT);
CREATE TABLE turns (id INTEGER PRIMARY KEY, thread TEXT, message TEXT, response TEXT, messages TEXT);
CREATE INDEX turns_of_a_thread ON turns (thread);
CREATE TABLE plans (thread TEXT PRIMARY KEY, user TEXT, status TEXT, args TEXT);
CREATE TABLE events (id INTEGER PRIMARY KEY, thread TEXT, kind TEXT);
"""
_ARGUMENTS = json.dumps({"title": "Call the bank", "due": "tomorrow"})


def connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def prepare(path: Path, waiting: list[str]) -> None:
    """Make the store, with a plan that waits on each of these threads."""
    connection = connect(str(path))
    connection.executescript(_SCHEMA)
    connection.execute("INSERT INTO sessions VALUES ('secret', 'me')")
    connection.execute("BEGIN")
    rows = [(thread,) for thread in waiting]
    connection.executemany("INSERT INTO plans VALUES (?, 'me', 'pending', '{}')", rows)
    connection.execute("COMMIT")
    connection.close()


def _cancel(connection: sqlite3.Connection, cookie: str, body: dict[str, str]) -> dict[str, Any]:
    thread = body["thread_id"]
    user = connection.execute("SELECT user FROM sessions WHERE id = ?", (cookie,)).fetchone()
    connection.execute("BEGIN IMMEDIATE")
    done = connection.execute(
        "UPDATE plans SET status = 'cancelled' WHERE thread = ? AND user = ? AND status = 'pending'", (thread, *user)
    ).rowcount
    connection.execute("INSERT INTO events (thread, kind) VALUES (?, 'cancelled')", (thread,))
    connection.execute("COMMIT")
    return {"thread_id": thread, "cancelled": done == 1}


def _begin(connection: sqlite3.Connection, cookie: str, body: dict[str, str]) -> list[Any]:
    """Take the thread; what was said on it."""
    thread = body["thread_id"]
    user = connection.execute("SELECT user FROM sessions WHERE id = ?", (cookie,)).fetchone()
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT OR IGNORE INTO threads VALUES (?, ?, NULL)", (thread, *user))
    connection.execute("UPDATE threads SET lease = 'mine' WHERE id = ? AND lease IS NULL", (thread,))
    history = connection.execute("SELECT messages FROM turns WHERE thread = ? ORDER BY id", (thread,)).fetchall()
    connection.execute("COMMIT")
    return [json.loads(row[0]) for row in history]


def _end(connection: sqlite3.Connection, cookie: str, body: dict[str, str]) -> dict[str, Any]:
    """Store the turn with what it proposes, and give the thread free."""
    thread, message = body["thread_id"], body["user_message"]
    response = "I can add that task for you."
    messages = json.dumps([{"role": "user", "content": message}, {"role": "assistant", "content": response}])
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        "INSERT INTO turns (thread, message, response, messages) VALUES (?, ?, ?, ?)",
        (thread, message, response, messages),
    )
    connection.execute("INSERT OR REPLACE INTO plans VALUES (?, 'me', 'pending', ?)", (thread, _ARGUMENTS))
    connection.execute("INSERT INTO events (thread, kind) VALUES (?, 'proposed')", (thread,))
    connection.execute("UPDATE threads SET lease = NULL WHERE id = ?", (thread,))
    connection.execute("COMMIT")
    return {"thread_id": thread, "response": response, "plan": {"args": json.loads(_ARGUMENTS)}}


def app() -> Starlette:
    connection = connect(os.environ["FLOOR_DB"])
    pool = ThreadPoolExecutor(1)

    async def run(step: Callable[..., Any], request: Request) -> Any:
        body, loop = json.loads(await request.body()), asyncio.get_running_loop()
        return await loop.run_in_executor(pool, step, connection, request.cookies["session_id"], body)

    async def cancel(request: Request) -> JSONResponse:
        return JSONResponse(await run(_cancel, request))

    async def chat(request: Request) -> JSONResponse:
        await run(_begin, request)
        return JSONResponse(await run(_end, request))

    routes = [Route("/chat/cancel", cancel, methods=["POST"]), Route("/chat", chat, methods=["POST"])]
    return Starlette(routes=routes)
