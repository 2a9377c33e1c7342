"""The least that a cancel needs, on bare Starlette and sqlite3: a session look-up, a conditional update, a row."""

import asyncio
import json
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

_SCHEMA = """
CREATE TABLE sessions (id TEXT PRIMARY KEY, user TEXT);
CREATE TABLE plans (thread TEXT PRIMARY KEY, user TEXT, status TEXT);
CREATE TABLE events (id INTEGER PRIMARY KEY, thread TEXT, kind TEXT);
"""


def connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def prepare(path: str, threads: list[str]) -> None:
    connection = connect(path)
    connection.executescript(_SCHEMA)
    connection.execute("INSERT INTO sessions VALUES ('secret', 'me')")
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO plans VALUES (?, 'me', 'pending')", [(thread,) for thread in threads])
    connection.execute("COMMIT")
    connection.close()


def _cancel(connection: sqlite3.Connection, cookie: str, thread: str) -> bool:
    user = connection.execute("SELECT user FROM sessions WHERE id = ?", (cookie,)).fetchone()
    connection.execute("BEGIN IMMEDIATE")
    done = connection.execute(
        "UPDATE plans SET status = 'cancelled' WHERE thread = ? AND user = ? AND status = 'pending'", (thread, *user)
    ).rowcount
    connection.execute("INSERT INTO events (thread, kind) VALUES (?, 'cancelled')", (thread,))
    connection.execute("COMMIT")
    return done == 1


def app() -> Starlette:
    connection = connect(os.environ["FLOOR_DB"])
    pool = ThreadPoolExecutor(1)

    async def cancel(request: Request) -> JSONResponse:
        thread = json.loads(await request.body())["thread_id"]
        loop = asyncio.get_running_loop()
        done = await loop.run_in_executor(pool, _cancel, connection, request.cookies["session_id"], thread)
        return JSONResponse({"thread_id": thread, "cancelled": done})

    return Starlette(routes=[Route("/chat/cancel", cancel, methods=["POST"])])
