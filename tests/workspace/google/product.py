"""The whole product with an account at the fake."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx2
from tests.http.test_contract import ask, confirm
from tests.kit.google.consent import AtGoogle, at_google
from tests.kit.issuer import CLIENT_ID, SECRET

from sayso.base.clock import FixedClock, parse_instant
from sayso.store.gateway import Store
from sayso.workspace.connected.marks import Marks, StoredMarks
from sayso.workspace.google.connector import GoogleAccounts

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

NOW = parse_instant("2026-03-02T09:00-05:00")


@dataclass
class Site:
    """`waits`: the seconds that were to be waited, which nobody did."""

    google: AtGoogle
    server: "Server"
    client: httpx2.Client
    waits: list[float] = field(default_factory=list)

    def do(self, message: str) -> dict[str, Any]:
        """What comes of it, once it is confirmed."""
        body = ask(self.client, message)
        assert body["plan"] is not None, body["response"]
        told: dict[str, Any] = confirm(self.client, body["thread_id"]).json()
        return told


@contextmanager
def product(start_server: "StartServer") -> Iterator[Site]:
    """Without the embedded account. Its waits take no time: the clock goes on by as much."""
    clock, stores, waits = FixedClock(NOW), list[Store](), list[float]()

    def marks(user_id: str, account_id: str) -> Marks:
        return StoredMarks(stores[0], clock, user_id, account_id)

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock.move(timedelta(seconds=seconds))

    with at_google() as google:
        kind = GoogleAccounts(google.api.url, clock, ZoneInfo("UTC"), marks, lambda: 0.5, sleep)
        told = {"issuer": google.issuer.url, "client_id": CLIENT_ID, "client_secret": SECRET, "label": "Google"}
        server = start_server(
            connectors=[kind], oidc={"google": told}, allowed_users=["@example.test"], mail_directory=""
        )
        stores.append(server.store)
        client = server.client()
        google.connect(client)
        client.delete("/accounts/local").raise_for_status()
        yield Site(google, server, client, waits)
        assert google.api.violations == []
