"""What opens the accounts that users have connected: sealed in the store, read by an explicit call, and refreshed by
one worker at a time.

A refresh token that is used twice may end the whole grant (RFC 9700, 4.14.2). So whoever refreshes claims the row
first, asks the provider outside of any transaction, and stores the new tokens before anybody uses them. The others
wait for the next version. A claim of a worker that died lapses, and the next one takes it over. Of an answer that was
lost it is not known whether the token was used: it is tried once more, and if the grant is over then, the user has to
connect anew.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Row, and_, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert_pg
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from sayso.base.clock import Clock, SystemClock
from sayso.base.errors import ProviderUnreachable, StoreUnavailable
from sayso.base.ids import Ids
from sayso.identity import accounts
from sayso.identity.accounts import Why
from sayso.identity.keyring import Keyring, Unreadable
from sayso.identity.provider import GrantRevoked, Tokens
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.store.tables import accounts as account_rows
from sayso.store.tables import credentials

LEEWAY: Final = timedelta(seconds=60)
"""So long before its end an access token is renewed."""
CLAIM: Final = timedelta(seconds=90)
"""That a refresh may take; then its worker counts as dead. More than all tries together take, so that it is."""
REFRESH_SECONDS: Final = 15.0  # of one request to the provider
TRIES: Final = 2
POLL_SECONDS: Final = 0.25  # between looks whether another worker is done
LOOKS: Final = 440  # somewhat longer than a claim
STORE_SECONDS: Final = 1.0  # between tries to store what the provider gave
CLOSE_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Password:
    username: str
    password: str = field(repr=False)


Secret = Tokens | Password
_SECRET: TypeAdapter[Secret] = TypeAdapter(Secret)


class Closed(Exception):
    """The account does not open, and only its user can change that; `why` is None where it is not there any more."""

    def __init__(self, why: Why | None) -> None:
        super().__init__(why or "gone")
        self.why = why


class Refreshing(Protocol):
    """What a provider of tokens is to this module."""

    async def refresh(self, refresh_token: str, scopes: frozenset[str] = frozenset()) -> Tokens: ...

    async def revoke(self, token: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Held:
    """One account's row, opened."""

    user_id: str
    account_id: str
    version: int
    secret: Secret

    @property
    def of(self) -> tuple[str, str]:
        return self.user_id, self.account_id


_ROW = (
    select(credentials.c.sealed, credentials.c.version, account_rows.c.state, account_rows.c.checks)
    .select_from(
        account_rows.outerjoin(
            credentials,
            and_(credentials.c.user_id == account_rows.c.user_id, credentials.c.account_id == account_rows.c.id),
        )
    )
    .where(account_rows.c.user_id == bindparam("user"), account_rows.c.id == bindparam("account"))
)


class Credentials:
    """`providers`: by the ids that callers name; `clock` is the product's, `real` the one by which tokens and claims
    end, which demos cannot hold still; `sleep` waits so many seconds."""

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        providers: Mapping[str, Refreshing],
        clock: Clock,
        ids: Ids,
        real: Clock | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._providers = providers
        self._clock = clock
        self._ids = ids
        self._real = real or SystemClock()
        self._sleep = sleep
        self._refreshing: dict[tuple[str, str], asyncio.Task[Tokens | None]] = {}

    # --- storing -----------------------------------------------------------------------------------------------------

    def keep(self, conn: WriteConn, user_id: str, account_id: str, secret: Secret) -> None:
        """Store what opens the account, in the place of what did. A refresh that is under way changes it no more."""
        row = {
            "sealed": self._sealed(user_id, account_id, secret),
            "expires_at": _end_of(secret),
            "claim_token": None,
            "claim_until": None,
        }
        upsert = upsert_sqlite if conn.dialect.name == "sqlite" else upsert_pg
        kept = upsert(credentials).values(user_id=user_id, account_id=account_id, **row)
        again = row | {"version": credentials.c.version + 1}
        conn.execute(kept.on_conflict_do_update(index_elements=["user_id", "account_id"], set_=again))

    async def grants(self, user_id: str, account_id: str | None = None) -> dict[str, Tokens]:
        """The tokens of the user's accounts, or of one, by account, to be revoked; what cannot be read is left out."""
        found: dict[str, Tokens] = {}
        for row in await self._store.read(_all, user_id, account_id):
            try:
                secret = self._opened(row.sealed, user_id, row.account_id)
            except Unreadable:
                continue
            if isinstance(secret, Tokens):
                found[row.account_id] = secret
        return found

    async def revoke(self, provider: str, tokens: Tokens) -> bool:
        """Have the provider end the grant, once, as far as it can be reached; whether it said that it did."""
        told = self._providers.get(provider)
        try:
            async with asyncio.timeout(REFRESH_SECONDS):
                return told is not None and await told.revoke(tokens.refresh or tokens.access)
        except TimeoutError:
            return False

    # --- opening -----------------------------------------------------------------------------------------------------

    async def password(self, user_id: str, account_id: str) -> Password:
        """Raises Closed."""
        secret = (await self._held(user_id, account_id)).secret
        if not isinstance(secret, Password):
            raise await self.closed(user_id, account_id, "unreadable")
        return secret

    async def access_token(self, user_id: str, account_id: str, provider: str, refused: str = "") -> str:
        """An access token that is good for a while, renewed at the provider if need be. `refused`: one that the system
        did not take (401), and which is not given again. Raises Closed, ProviderError."""
        for _ in range(LOOKS):
            if running := self._refreshing.get((user_id, account_id)):
                await asyncio.wait([running])
            held = await self._held(user_id, account_id)
            tokens = held.secret
            if not isinstance(tokens, Tokens):
                raise await self.closed(user_id, account_id, "unreadable")
            if tokens.access != refused and self._lasts(tokens, LEEWAY):
                return tokens.access
            still = tokens.access != refused and self._lasts(tokens)
            if tokens.refresh is None:
                if still:
                    return tokens.access
                raise await self.closed(user_id, account_id, "revoked")
            fresh = await self._refreshed(held, tokens, provider)
            if fresh is not None:
                return fresh.access
            if still:  # another worker renews it; until then it does
                return tokens.access
            await self._sleep(POLL_SECONDS)
        raise ProviderUnreachable

    async def closed(self, user_id: str, account_id: str, why: Why) -> Closed:
        """Note that the account has to be connected anew, and give the error that says so."""
        await self._store.write(accounts.need_reconnect, user_id, account_id, self._clock.now(), why)
        return Closed(why)

    async def close(self) -> None:
        """Let refreshes that are under way end, for a while: a token that was asked for and not stored is lost."""
        if self._refreshing:
            _, late = await asyncio.wait(self._refreshing.values(), timeout=CLOSE_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _held(self, user_id: str, account_id: str) -> _Held:
        """Raises Closed; of an account that is known to be closed without another look at what opens it."""
        row = await self._store.peek(_row, user_id, account_id)
        if row is None:
            raise Closed(None)
        if row.state == "reconnect_needed":
            raise Closed(accounts.why_closed(row.checks))
        try:
            return _Held(user_id, account_id, row.version, self._opened(row.sealed, user_id, account_id))
        except Unreadable:
            raise await self.closed(user_id, account_id, "unreadable") from None

    # --- refreshing --------------------------------------------------------------------------------------------------

    async def _refreshed(self, held: _Held, tokens: Tokens, provider: str) -> Tokens | None:
        """New tokens; None while another worker is at it. The refresh goes on when its caller is gone: a new refresh
        token that nobody stored would be the end of the grant."""
        claim, now = self._ids.secret(), self._real.now()
        if not await self._store.write(_claim, held, claim, now, now + CLAIM):
            return None
        task = asyncio.create_task(self._refresh(held, tokens, provider, claim), name=f"refresh {held.account_id}")
        self._refreshing[held.of] = task
        task.add_done_callback(partial(self._done, held.of))
        return await asyncio.shield(task)

    def _done(self, of: tuple[str, str], task: asyncio.Task[Tokens | None]) -> None:
        del self._refreshing[of]
        if not task.cancelled():
            task.exception()  # looked at: whoever waited may be gone

    async def _refresh(self, held: _Held, tokens: Tokens, provider: str, claim: str) -> Tokens | None:
        try:
            answer = await self._asked(provider, tokens)
        except GrantRevoked:
            if await self._store.write(_end, held, claim, self._clock.now()):
                raise Closed("revoked") from None
            return None  # it was connected anew meanwhile
        except Exception:
            await self._store.write(_release, held, claim)
            raise
        fresh = replace(answer, refresh=answer.refresh or tokens.refresh, scopes=answer.scopes or tokens.scopes)
        return fresh if await self._stored(held, fresh, claim) else None

    async def _asked(self, provider: str, tokens: Tokens) -> Tokens:
        """What the provider gives for the refresh token. Raises GrantRevoked, ProviderError."""
        asked = self._providers.get(provider)
        if asked is None or tokens.refresh is None:
            raise ProviderUnreachable(f"This server knows no provider {provider!r} any more.")
        for left in reversed(range(TRIES)):
            try:
                async with asyncio.timeout(REFRESH_SECONDS):
                    return await asked.refresh(tokens.refresh, tokens.scopes)
            except (ProviderUnreachable, TimeoutError) as error:
                if not left:
                    raise ProviderUnreachable from error
        raise ProviderUnreachable

    async def _stored(self, held: _Held, fresh: Tokens, claim: str) -> bool:
        """Store what the provider gave; a store that is busy for a moment is no reason to lose it. False: the claim was
        taken over, or the account connected anew."""
        sealed = self._sealed(*held.of, fresh)
        for left in reversed(range(TRIES + 1)):
            try:
                return await self._store.write(_renew, held, claim, sealed, fresh.expires_at)
            except StoreUnavailable:
                if not left:
                    raise
                await self._sleep(STORE_SECONDS)
        return False

    def _lasts(self, tokens: Tokens, leeway: timedelta = timedelta(0)) -> bool:
        return tokens.expires_at is None or tokens.expires_at - leeway > self._real.now()

    # --- sealing -----------------------------------------------------------------------------------------------------

    def _sealed(self, user_id: str, account_id: str, secret: Secret) -> str:
        return self._keyring.seal(_SECRET.dump_json(secret).decode(), *_bound(user_id, account_id))

    def _opened(self, sealed: str | None, user_id: str, account_id: str) -> Secret:
        """Raises Unreadable."""
        if sealed is None:
            raise Unreadable("not there")
        try:
            return _SECRET.validate_json(self._keyring.open(sealed, *_bound(user_id, account_id)))
        except ValidationError:
            raise Unreadable("no credentials") from None  # whose error would quote them


def _bound(user_id: str, account_id: str) -> tuple[str, str, str]:
    return "credential", user_id, account_id


def _end_of(secret: Secret) -> datetime | None:
    return secret.expires_at if isinstance(secret, Tokens) else None


def _row(conn: ReadConn, user_id: str, account_id: str) -> Any:
    return conn.execute(_ROW, {"user": user_id, "account": account_id}).first()


def _all(conn: ReadConn, user_id: str, account_id: str | None) -> list[Row[Any]]:
    query = select(credentials.c.account_id, credentials.c.sealed).where(credentials.c.user_id == user_id)
    return list(conn.execute(query if account_id is None else query.where(credentials.c.account_id == account_id)))


def _named(held: _Held) -> tuple[Any, ...]:
    """The row as it was read."""
    own = credentials.c.user_id == held.user_id, credentials.c.account_id == held.account_id
    return *own, credentials.c.version == held.version


def _claim(conn: WriteConn, held: _Held, claim: str, now: datetime, until: datetime) -> bool:
    free = or_(credentials.c.claim_token.is_(None), credentials.c.claim_until <= now)
    claimed = update(credentials).where(*_named(held), free).values(claim_token=claim, claim_until=until)
    return bool(conn.execute(claimed).rowcount)


def _release(conn: WriteConn, held: _Held, claim: str) -> None:
    mine = update(credentials).where(*_named(held), credentials.c.claim_token == claim)
    conn.execute(mine.values(claim_token=None, claim_until=None))


def _renew(conn: WriteConn, held: _Held, claim: str, sealed: str, expires_at: datetime | None) -> bool:
    mine = update(credentials).where(*_named(held), credentials.c.claim_token == claim)
    fresh = mine.values(
        sealed=sealed, expires_at=expires_at, version=held.version + 1, claim_token=None, claim_until=None
    )
    return bool(conn.execute(fresh).rowcount)


def _end(conn: WriteConn, held: _Held, claim: str, now: datetime) -> bool:
    """The grant is over, if it is still the one that was asked about."""
    mine = update(credentials).where(*_named(held), credentials.c.claim_token == claim)
    if not conn.execute(mine.values(claim_token=None, claim_until=None)).rowcount:
        return False
    accounts.need_reconnect(conn, *held.of, now, "revoked")
    return True
