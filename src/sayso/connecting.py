"""A user's accounts: which there are and how they stand, connected, changed and removed at his word.

To connect one is not to sign in: nothing here opens a session, and signing in connects nothing.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import select

from sayso.base.clock import Clock
from sayso.base.errors import AccountExists, AccountHasData, CannotConnect, NotFound, ThreadBusy, ValidationFailed
from sayso.base.ids import Ids
from sayso.identity import accounts, audit, users
from sayso.identity.accounts import LOCAL, ConnectedAccount, State
from sayso.identity.audit import Source
from sayso.identity.credentials import Credentials, Password, Secret
from sayso.identity.flow import Begun, CodeFlow, Purpose, Redeemed
from sayso.identity.provider import Tokens
from sayso.identity.types import Caller
from sayso.store.gateway import Store, WriteConn
from sayso.store.tables import plans
from sayso.workspace.connected.composing import defaults, label_of, parts_of
from sayso.workspace.connected.connector import Connector, Found, Fresh, Given, Opener
from sayso.workspace.errors import WorkspaceError
from sayso.workspace.local import samples
from sayso.workspace.protocols import PARTS
from sayso.workspace.types import Part

CHECK_SECONDS: Final = 40.0
MOST_ACCOUNTS: Final = 20


@dataclass(frozen=True, slots=True)
class CheckView:
    name: str
    works: bool
    message: str


@dataclass(frozen=True, slots=True)
class AccountView:
    id: str
    kind: str
    label: str
    address: str
    serves: tuple[Part, ...]
    default_for: tuple[Part, ...]
    state: State
    since: datetime
    checks: tuple[CheckView, ...]


@dataclass(frozen=True, slots=True)
class KindView:
    kind: str
    label: str
    how: Literal["oauth", "password", "here"]
    serves: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Setup:
    """What whoever runs this server has to register at a provider, so that its accounts can be connected. `done`:
    whether the server has what came of it."""

    kind: str
    label: str
    provider: str
    scopes: tuple[str, ...]
    done: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """`setups`: of those who run the server; others are not asked to."""

    accounts: list[AccountView]
    kinds: list[KindView]
    setups: tuple[Setup, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody gives to connect an account by a password, or the embedded one."""

    kind: str
    address: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    servers: Mapping[str, Any] = field(default_factory=dict)
    unencrypted: bool = False
    """Whether he has said that a server may be spoken to without encryption."""


@dataclass(frozen=True, slots=True)
class SuggestionView:
    """The servers of an address, by which a form is filled in."""

    provider: str
    app_passwords: str
    note: str
    servers: Mapping[str, Any]
    doubtful: tuple[str, ...]


_OFF: Final = "off"
"""Among an account's servers: the parts that its user does not want of it."""
_HERE: Final = KindView(LOCAL, "On this server", "here", PARTS)


class Connecting:
    """`connectors`: by their kind; the embedded one is not among them."""

    def __init__(
        self,
        store: Store,
        flow: CodeFlow,
        credentials: Credentials,
        connectors: Mapping[str, Connector],
        clock: Clock,
        ids: Ids,
        setups: tuple[Setup, ...] = (),
    ) -> None:
        self._store = store
        self._flow = flow
        self._credentials = credentials
        self._connectors = connectors
        self._clock = clock
        self._ids = ids
        self._setups = setups

    # --- looking -----------------------------------------------------------------------------------------------------

    async def accounts(self, caller: Caller) -> Listing:
        """The caller's accounts, the oldest first, and what can be connected here."""
        rows = await self._store.read(accounts.of_user, caller.user_id)
        runs = bool(self._setups) and await self._store.read(users.runs_server, caller.user_id)
        return Listing([await self._view(row, rows) for row in rows], self.kinds(), self._setups if runs else ())

    def kinds(self) -> list[KindView]:
        """What can be connected here."""
        return [_HERE, *(KindView(each.kind, each.label, each.how, each.serves) for each in self._connectors.values())]

    # --- connecting --------------------------------------------------------------------------------------------------

    async def find(self, caller: Caller, kind: str, address: str) -> SuggestionView:
        """The servers of an address, as far as they can be found without a password. Raises NotFound."""
        connector = self._connector(kind, NotFound)
        if connector.how != "password":
            raise NotFound(f"{connector.label} is connected in a browser: GET /accounts/{kind}/connect.")
        private = await self._store.read(users.runs_server, caller.user_id)
        found = await connector.find(address, private)
        return SuggestionView(found.provider, found.app_passwords, found.note, found.servers, found.doubtful)

    async def connect(self, caller: Caller, wish: Wish) -> AccountView:
        """Connect an account by a password, or bring the embedded one back, empty.

        Raises ValidationFailed, AccountExists, and CannotConnect with what does not work.
        """
        if wish.kind == LOCAL:
            return await self._connect_local(caller)
        connector = self._connector(wish.kind)
        if connector.how != "password":
            raise _wrong("kind", f"{connector.label} is connected in a browser: GET /accounts/{wish.kind}/connect.")
        if not wish.password:
            raise _wrong("password", f"{connector.label} needs a password.")
        secret = Password(wish.username or wish.address, wish.password)
        private = await self._store.read(users.runs_server, caller.user_id)
        given = Given(wish.address, wish.servers, private=private, plain=wish.unencrypted)
        found = await _checked(connector, given, Fresh(secret))
        kept = await self._kept(caller.user_id, connector, found, secret, "", (), Source.of(caller.actor))
        return await self._one(caller.user_id, kept)

    async def begin(
        self,
        caller: Caller,
        kind: str,
        redirect: str,
        callback: Callable[[str], str],
        account_id: str = "",
        wanted: Sequence[Part] = (),
    ) -> Begun:
        """Send the caller's browser to a provider, which asks for his consent. `callback`: the redirect URI of a
        provider, by its id; `account_id`: the account that is to be connected again; `wanted`: what it is to serve, all
        that it can by default; what it serves already it goes on to.

        Raises NotFound, ValidationFailed, ProviderError.
        """
        connector = self._connector(kind, NotFound)
        if connector.how != "oauth":
            raise NotFound(f"{connector.label} is not connected in a browser: POST /accounts.")
        row = None
        if account_id:
            row = await self._store.read(accounts.find, caller.user_id, account_id)
            if row is None or row.kind != kind:
                raise NotFound("There is no such account to reconnect.")
        unknown = [part for part in wanted if part not in connector.serves]
        if unknown:
            raise _wrong("serves", f"{connector.label} serves {', '.join(connector.serves)}.")
        parts = set(wanted or (row.serves if row else connector.serves)) | set(row.serves if row else ())
        scopes = sorted({scope for part, asked in connector.scopes.items() if part in parts for scope in asked})
        purpose = Purpose("connect", caller.user_id, kind, account_id, tuple(wanted))
        uri = callback(connector.provider)
        extra = {**connector.asking, **({"login_hint": row.address} if row and row.address else {})}
        return await self._flow.begin(connector.provider, redirect, uri, purpose=purpose, scopes=scopes, extra=extra)

    async def finish(self, redeemed: Redeemed, source: Source) -> None:
        """Connect what the provider granted, for the user who began it and came back. Raises CannotConnect."""
        asked, tokens, profile = redeemed.purpose, redeemed.grant.tokens, redeemed.grant.profile
        connector = self._connector(asked.kind)
        if tokens is None:
            raise CannotConnect("The provider granted nothing.")
        wanted = tuple(part for part in PARTS if part in (asked.serves or (() if asked.account else connector.serves)))
        private = bool(asked.user) and await self._store.read(users.runs_server, asked.user or "")
        given = Given(profile.email, {}, profile.subject, tokens.scopes, wanted, private)
        found = await _checked(connector, given, Fresh(tokens))
        await self._kept(asked.user or "", connector, found, tokens, asked.account, wanted, source)

    async def _connect_local(self, caller: Caller) -> AccountView:
        row = await self._store.write(_add_local, caller.user_id, self._clock.now(), Source.of(caller.actor))
        if row is None:
            raise AccountExists
        return await self._one(caller.user_id, row)

    async def _kept(
        self,
        user_id: str,
        connector: Connector,
        found: Found,
        secret: Secret,
        account_id: str,
        wanted: tuple[Part, ...],
        source: Source,
    ) -> str:
        """Store what was connected, as a new account or in the place of the same one."""

        def keep(conn: WriteConn) -> str:
            users.get(conn, user_id, lock=True)
            rows = accounts.of_user(conn, user_id)
            same = next((row for row in rows if (row.kind, row.subject) == (connector.kind, found.subject)), None)
            if account_id and (same is None or same.id != account_id):
                raise CannotConnect("That is another account than the one to reconnect.", reason="another_account")
            now = self._clock.now()
            values = _values(found, secret, same, wanted)
            if same is not None:
                accounts.reconnect(conn, user_id, same.id, now, values)
                kept = same.id
            else:
                if len(rows) >= MOST_ACCOUNTS:
                    raise CannotConnect(f"You have {len(rows)} accounts, which is as many as there can be; remove one.")
                kept = self._ids.new("acc")
                account = ConnectedAccount(
                    user_id=user_id,
                    id=kept,
                    kind=connector.kind,
                    label="",
                    subject=found.subject,
                    default_for=(),
                    state="connected",
                    since=now,
                    created_at=now,
                    **values,
                )
                accounts.add(conn, account)
                samples.remove_samples(conn, user_id)  # fiction has no place among what is real
            self._credentials.keep(conn, user_id, kept, secret)
            told = {"account": kept, "kind": connector.kind, "address": found.address, "serves": values["serves"]}
            kind: audit.Kind = "account_reconnected" if same else "account_connected"
            audit.record(conn, kind, user_id, now, source, told)
            return kept

        return await self._store.write(keep)

    # --- changing ----------------------------------------------------------------------------------------------------

    async def change(self, caller: Caller, account_id: str, changes: Mapping[str, Any]) -> AccountView:
        """Set `label` (empty: none of one's own), `serves`, `default_for`; no changes leave no trace. Raises NotFound,
        ValidationFailed."""

        def do(conn: WriteConn) -> None:
            row = accounts.find(conn, caller.user_id, account_id, lock=True)
            if row is None:
                raise _no_account()
            serves = changes.get("serves", row.serves)
            if odd := [part for part in serves if part not in self._can_serve(row)]:
                raise _wrong("serves", f"This account cannot serve {odd[0]}; connect it again to grant that.")
            if odd := [part for part in changes.get("default_for", ()) if part not in serves]:
                raise _wrong("default_for", f"This account does not serve {odd[0]}.")
            plain = {name: value for name, value in changes.items() if name in ("label", "serves")}
            if "serves" in changes and account_id != LOCAL:
                off = [part for part in (*row.serves, *row.servers.get(_OFF, ())) if part not in serves]
                plain["servers"] = {**row.servers, _OFF: off}
            accounts.change(conn, caller.user_id, account_id, plain)
            if "default_for" in changes:
                accounts.choose(conn, caller.user_id, account_id, changes["default_for"])
            told = {"account": account_id, "kind": row.kind, "address": row.address, "changed": sorted(changes)}
            audit.record(conn, "account_changed", caller.user_id, self._clock.now(), Source.of(caller.actor), told)

        if changes:
            await self._store.write(do)
        return await self._one(caller.user_id, account_id)

    def _can_serve(self, row: ConnectedAccount) -> Sequence[str]:
        connector = self._connectors.get(row.kind)
        if connector is None:
            return PARTS if row.id == LOCAL else row.serves
        granted = set(row.scopes)
        return [part for part in connector.serves if granted >= set(connector.scopes.get(part, ()))]

    # --- removing ----------------------------------------------------------------------------------------------------

    async def remove(self, caller: Caller, account_id: str, delete_data: bool) -> bool:
        """Remove the account, forget what opens it, and have its provider end the grant, as far as that can be reached;
        False: it could not be told. `delete_data`: also what is the user's own in the embedded one.

        Raises NotFound, AccountHasData; ThreadBusy while a plan runs that may need it.
        """
        source = Source.of(caller.actor)
        if account_id == LOCAL:
            await self._store.write(_remove_local, caller.user_id, delete_data, self._clock.now(), source)
            return True
        grants = await self._credentials.grants(caller.user_id, account_id)
        row = await self._store.write(_remove, caller.user_id, account_id, self._clock.now(), source)
        return await self._revoked(row.kind, grants[account_id]) if account_id in grants else True

    async def grants(self, user_id: str) -> dict[str, list[Tokens]]:
        """What the user's accounts were granted, by kind: to be revoked when he is gone."""
        held = await self._credentials.grants(user_id)
        found: dict[str, list[Tokens]] = {}
        for row in await self._store.read(accounts.of_user, user_id):
            if row.id in held:
                found.setdefault(row.kind, []).append(held[row.id])
        return found

    async def revoke(self, grants: Mapping[str, Sequence[Tokens]]) -> None:
        """Have the providers end these grants, as far as they can be reached."""
        await asyncio.gather(*(self._revoked(kind, tokens) for kind, all_ in grants.items() for tokens in all_))

    async def _revoked(self, kind: str, tokens: Tokens) -> bool:
        connector = self._connectors.get(kind)
        return connector is not None and await self._credentials.revoke(connector.provider, tokens)

    # --- telling -----------------------------------------------------------------------------------------------------

    async def _one(self, user_id: str, account_id: str) -> AccountView:
        rows = await self._store.read(accounts.of_user, user_id)
        row = next((row for row in rows if row.id == account_id), None)
        if row is None:
            raise _no_account()
        return await self._view(row, rows)

    async def _view(self, row: ConnectedAccount, rows: Sequence[ConnectedAccount]) -> AccountView:
        places = defaults(rows)
        return AccountView(
            id=row.id,
            kind=row.kind,
            label=await label_of(self._store, row),
            address=row.address,
            serves=parts_of(row),
            default_for=tuple(part for part in PARTS if places.get(part) == row.id),
            state=row.state,
            since=row.since,
            checks=tuple(CheckView(check["name"], check["works"], check["message"]) for check in row.checks),
        )

    def _connector(self, kind: str, error: type[NotFound] | None = None) -> Connector:
        found = self._connectors.get(kind)
        if found is None:
            known = ", ".join(each.kind for each in self.kinds())
            told = f"No accounts of the kind {kind} can be connected here. There are: {known}."
            raise error(told) if error else _wrong("kind", told)
        return found


async def _checked(connector: Connector, given: Given, opener: Opener) -> Found:
    """What is there. Raises CannotConnect where nothing works."""
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            found = await connector.check(given, opener)
    except TimeoutError as error:
        raise CannotConnect("It took too long to answer.") from error
    except WorkspaceError as error:
        raise CannotConnect(str(error)) from error
    if not found.serves:
        wrong = next((check.message for check in found.checks if not check.works), "There is nothing that it serves.")
        checks = [{"name": each.name, "works": each.works, "message": each.message} for each in found.checks]
        told = {"reason": found.reason} if found.reason else {}
        raise CannotConnect(wrong, checks=checks, servers=_shown(found.servers), **told)
    return found


def _values(found: Found, secret: Secret, same: ConnectedAccount | None, wanted: Sequence[Part]) -> dict[str, Any]:
    """What is stored of what was found. Of an account that is connected again, what its user switched off stays off,
    and what only fails today stays on."""
    off = set(same.servers.get(_OFF, ())) - set(wanted) if same else set()
    there = {*found.serves, *((part for part in found.failed if part in same.serves) if same else ())}
    if isinstance(secret, Tokens):  # what it can serve is what was asked for
        asked = {*(same.serves if same else ()), *wanted}
        there = {part for part in there if part in asked or not asked} or there
    serves = [part for part in PARTS if part in there - off] or [part for part in PARTS if part in there]
    return {
        "address": found.address,
        "serves": tuple(serves),
        "servers": {**found.servers, **({_OFF: sorted(off)} if off else {})},
        "scopes": tuple(sorted(secret.scopes)) if isinstance(secret, Tokens) else (),
        "checks": tuple({"name": each.name, "works": each.works, "message": each.message} for each in found.checks),
    }


def _add_local(conn: WriteConn, user_id: str, now: datetime, source: Source) -> str | None:
    if not accounts.add_local(conn, user_id, now):
        return None
    samples.clear(conn, user_id)  # what a plan that ran while it was removed may have left
    audit.record(conn, "account_connected", user_id, now, source, {"account": LOCAL, "kind": LOCAL})
    return LOCAL


def _remove_local(conn: WriteConn, user_id: str, delete_data: bool, now: datetime, source: Source) -> None:
    if accounts.find(conn, user_id, LOCAL, lock=True) is None:
        raise _no_account()
    if not delete_data and samples.has_own(conn, user_id):
        raise AccountHasData
    _nothing_runs(conn, user_id)
    samples.clear(conn, user_id)
    accounts.remove(conn, user_id, LOCAL)
    told = {"account": LOCAL, "kind": LOCAL, "data": "deleted" if delete_data else "none"}
    audit.record(conn, "account_removed", user_id, now, source, told)


def _nothing_runs(conn: WriteConn, user_id: str) -> None:
    """Raises ThreadBusy while something is under way that could not be looked for any more."""
    if conn.execute(select(plans.c.id).where(plans.c.user_id == user_id, plans.c.status == "confirmed")).first():
        raise ThreadBusy("Something of yours is still running; remove this when that has ended.")


def _remove(conn: WriteConn, user_id: str, account_id: str, now: datetime, source: Source) -> ConnectedAccount:
    row = accounts.find(conn, user_id, account_id, lock=True)
    if row is None:
        raise _no_account()
    _nothing_runs(conn, user_id)
    accounts.remove(conn, user_id, account_id)
    told = {"account": account_id, "kind": row.kind, "address": row.address}
    audit.record(conn, "account_removed", user_id, now, source, told)
    return row


def _no_account() -> NotFound:
    return NotFound("There is no such account (any more).")


def _wrong(name: str, message: str) -> ValidationFailed:
    return ValidationFailed(f"{name}: {message}", fields=[{"field": name, "message": message}])


def _shown(servers: Mapping[str, Any]) -> dict[str, Any]:
    """The servers as they can be given by hand."""
    return {name: servers[name] for name in ("caldav", "carddav", "imap", "smtp", "folders") if name in servers}
