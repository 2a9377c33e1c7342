"""One user's connected accounts as one workspace."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sayso.base.clock import Clock
from sayso.base.ids import Ids
from sayso.identity import accounts
from sayso.identity.accounts import LOCAL, ConnectedAccount
from sayso.identity.credentials import Credentials
from sayso.store.gateway import Store
from sayso.workspace import local
from sayso.workspace.accounts import Account, compose
from sayso.workspace.connected.connector import Connector
from sayso.workspace.connected.opener import StoredOpener
from sayso.workspace.connected.watching import Watch, closed, watched
from sayso.workspace.local.samples import only_samples
from sayso.workspace.people import Me
from sayso.workspace.protocols import PARTS, Workspace
from sayso.workspace.types import Part

SAMPLES: Final = "Sample data"
HERE: Final = "On this server"


class ConnectedAccounts:
    """An `Accounts`. `connectors`: by their kind."""

    def __init__(
        self, store: Store, credentials: Credentials, connectors: Mapping[str, Connector], clock: Clock, ids: Ids
    ) -> None:
        self._store = store
        self._credentials = credentials
        self._connectors = connectors
        self._clock = clock
        self._ids = ids

    async def workspace(self, user_id: str, me: Me) -> Workspace:
        rows = await self._store.peek(accounts.of_user, user_id)
        if [row.id for row in rows] == [LOCAL] and len(rows[0].serves) == len(PARTS):
            return self._local(user_id, me)  # as most have it, and at once
        chosen = defaults(rows)
        return compose([await self._account(row, me, chosen) for row in rows])

    async def _account(self, row: ConnectedAccount, me: Me, chosen: Mapping[Part, str]) -> Account:
        default_for = frozenset(part for part, account in chosen.items() if account == row.id)
        if row.id == LOCAL:
            name = await label_of(self._store, row)
            return Account("", LOCAL, name, _only(self._local(row.user_id, me), parts_of(row)), default_for)
        connector = self._connectors.get(row.kind)
        problem = _problem(row, connector)
        if connector is None or row.state == "reconnect_needed":
            parts = closed(parts_of(row), problem)
            return Account(row.id, row.kind, row.name, parts, default_for, row.address, problem, closed=True)
        opener = StoredOpener(self._credentials, row, connector.provider)
        watch = Watch(self._store, self._clock, row)
        parts = watched(connector.parts(row, me, opener), parts_of(row), watch)
        return Account(row.id, row.kind, row.name, parts, default_for, row.address, problem)

    def _local(self, user_id: str, me: Me) -> Workspace:
        return local.local_workspace(self._store, user_id, me, self._clock, self._ids)


def parts_of(row: ConnectedAccount) -> tuple[Part, ...]:
    """What the account serves, in our order."""
    return tuple(part for part in PARTS if part in row.serves)


def defaults(rows: Sequence[ConnectedAccount]) -> dict[Part, str]:
    """By part, the account where new things are made: the one that the user chose; else the first that he connected;
    else the embedded one."""
    found: dict[Part, str] = {}
    for part in PARTS:
        serving = [row for row in rows if part in row.serves]
        serving.sort(key=lambda row: (part not in row.default_for, row.id == LOCAL))
        if serving:
            found[part] = serving[0].id
    return found


async def label_of(store: Store, row: ConnectedAccount) -> str:
    """What the account is called."""
    if row.id != LOCAL or row.label:
        return row.name
    return SAMPLES if await store.peek(only_samples, row.user_id) else HERE


def _problem(row: ConnectedAccount, connector: Connector | None) -> str:
    if connector is None:
        return f"{row.name} cannot be reached: this server knows no accounts of the kind {row.kind} any more."
    if row.state == "reconnect_needed":
        return row.reconnect
    since = f"{row.since.day} {row.since:%B %Y, %H:%M} UTC"
    return "" if row.state == "connected" else f"{row.name} has not answered since {since}."


def _only(parts: Workspace, serves: tuple[Part, ...]) -> Workspace:
    if serves == PARTS:
        return parts
    kept: dict[str, Any] = {name: getattr(parts, name) for name in serves}
    return Workspace(**kept, samples=parts.samples)
