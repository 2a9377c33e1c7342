"""Many clients on one plan, against several worker processes on PostgreSQL: one winner, told truly (P3, P4, P5)."""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx2
import psycopg
import pytest
from tests.acceptance.conftest import Serve

PLANS = 200
CLIENTS = 32
HELD = 20
WORKERS = 4

CANCELLED = {"status": "cancelled", "response": "Action cancelled.", "cancelled": True}


def decide(client: httpx2.Client, kind: str, thread_id: str) -> tuple[str, int, dict[str, Any]]:
    answer = client.post(f"/chat/{kind}", json={"thread_id": thread_id})
    return kind, answer.status_code, answer.json()


@pytest.mark.slow
def test_one_winner(serve: Serve, postgres: str) -> None:
    server = serve("--clock", "2026-03-02T09:00:00-05:00", "--workers", str(WORKERS), database_url=postgres)
    signed_in = server.client()
    dice = random.Random(20260302)
    clients = [
        httpx2.Client(base_url=server.url, cookies=signed_in.cookies, timeout=120, trust_env=False)
        for _ in range(CLIENTS)
    ]
    outcomes: Counter[str] = Counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        for number in range(PLANS):
            thread_id = f"race-{number}"
            asked = signed_in.post(
                "/chat", json={"user_message": f"create a task called 'Race {number}'", "thread_id": thread_id}
            ).json()
            assert asked["requires_confirmation"], asked
            kinds = [dice.choice(["confirm", "cancel"]) for _ in clients]
            answers = list(pool.map(decide, clients, kinds, [thread_id] * CLIENTS))
            status = signed_in.get(f"/plans/{asked['plan']['id']}").json()["status"]
            outcomes[status] += 1
            for kind, code, body in answers:
                told = (kind, code, body.get("details", {}).get("reason") or body.get("status"))
                if status == "cancelled":
                    assert told in {("cancel", 200, "cancelled"), ("confirm", 409, "already_cancelled")}
                else:
                    assert status == "completed"
                    assert told in {("confirm", 200, "completed"), ("cancel", 409, "already_executed")}
                if told[:2] == ("cancel", 200):
                    assert body == {"thread_id": thread_id, **CANCELLED}
    with psycopg.connect(postgres.replace("+psycopg", "")) as connection:
        found = connection.execute("SELECT title, count(*) FROM local_tasks WHERE title LIKE 'Race %' GROUP BY title")
        tasks: dict[str, int] = dict(found.fetchall())
    assert set(tasks.values()) <= {1}
    assert len(tasks) == outcomes["completed"]
    assert set(outcomes) == {"completed", "cancelled"}
    for client in [*clients, signed_in]:
        client.close()


@pytest.mark.slow
def test_do_not_send_against_the_end_of_the_hold(serve: Serve, postgres: str) -> None:
    """A mail that is held back is sent once, or stopped and never sent, as whoever stopped it was told."""
    server = serve("--workers", str(WORKERS), database_url=postgres, hold_seconds="1")
    signed_in = server.client()
    dice = random.Random(20261201)
    clients = [
        httpx2.Client(base_url=server.url, cookies=signed_in.cookies, timeout=120, trust_env=False)
        for _ in range(CLIENTS)
    ]
    outcomes: Counter[str] = Counter()
    with ThreadPoolExecutor(CLIENTS + 1) as pool:
        for number in range(HELD):
            thread_id, subject = f"held-{number}", f"Held {number}"
            said = f"Send a mail to Priya with the subject {subject} saying hello"
            plan = signed_in.post("/chat", json={"user_message": said, "thread_id": thread_id}).json()["plan"]
            running = pool.submit(decide, signed_in, "confirm", thread_id)
            runs_at = _runs_at(clients[0], plan["id"])
            kinds = [dice.choice(["cancel", "cancel", "stop"]) for _ in clients]
            waits = [max(0.0, runs_at + dice.uniform(-0.15, 0.1) - time.time()) for _ in clients]
            answers = list(pool.map(_later, waits, clients, kinds, [thread_id] * CLIENTS))
            running.result()
            status = signed_in.get(f"/plans/{plan['id']}").json()["status"]
            outcomes[status] += 1
            told = {(kind, code) for kind, code, _ in answers}
            if status == "completed":
                assert ("cancel", 200) not in told
            else:
                assert status == ("cancelled" if ("cancel", 200) in told else "stopped")
    with psycopg.connect(postgres.replace("+psycopg", "")) as connection:
        query = "SELECT subject, count(*) FROM local_messages WHERE subject LIKE 'Held %' GROUP BY subject"
        mails: dict[str, int] = dict(connection.execute(query).fetchall())
    assert set(mails.values()) <= {1}
    assert len(mails) == outcomes["completed"]
    assert set(outcomes) <= {"completed", "cancelled", "stopped"}
    for client in [*clients, signed_in]:
        client.close()


def _runs_at(client: httpx2.Client, plan_id: str) -> float:
    """When the plan's mail is to leave, as soon as it is confirmed."""
    while True:
        [action] = client.get(f"/plans/{plan_id}").json()["actions"]
        if action["runs_at"] is not None:
            return datetime.fromisoformat(action["runs_at"]).timestamp()


def _later(seconds: float, client: httpx2.Client, kind: str, thread_id: str) -> tuple[str, int, dict[str, Any]]:
    time.sleep(seconds)
    return decide(client, kind, thread_id)
