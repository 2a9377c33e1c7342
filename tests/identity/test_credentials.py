"""What opens accounts: sealed for its user and account, renewed by one at a time, not tried again when it is over."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from tests.kit.seeded import add_user

from sayso.app import open_store
from sayso.base.clock import FixedClock
from sayso.base.errors import ProviderUnreachable, StoreUnavailable
from sayso.base.ids import Ids
from sayso.identity import accounts
from sayso.identity import credentials as module
from sayso.identity.accounts import ConnectedAccount
from sayso.identity.credentials import CLAIM, Closed, Credentials, Password, Secret
from sayso.identity.keyring import Keyring, new_key
from sayso.identity.provider import GrantRevoked, Tokens
from sayso.settings import Settings
from sayso.store.gateway import Store, WriteConn
from sayso.store.tables import accounts as account_rows
from sayso.store.tables import audit_events, credentials

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
SOON = NOW + timedelta(seconds=30)
KEY = new_key()
ANA, BEN = "usr_ana", "usr_ben"


@dataclass
class Issuer:
    """A provider that renews refresh tokens, and ends the grant of one that is used twice, as RFC 9700 asks for."""

    clock: FixedClock
    keeps: bool = False
    """Whether it leaves the refresh token as it is and says nothing of it."""
    lost: int = 0
    """So many of the next answers get lost after they took effect."""
    cut: int = 0
    """So many of the next requests do not come."""
    gate: asyncio.Event | None = None
    """What an answer waits for."""
    live: str = "r0"
    over: bool = False
    asked: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def refresh(self, refresh_token: str, scopes: frozenset[str] = frozenset()) -> Tokens:
        self.asked.append(refresh_token)
        self.reached.set()
        if self.gate is not None:
            await self.gate.wait()
        if self.cut:
            self.cut -= 1
            raise ProviderUnreachable
        if self.over or refresh_token != self.live:
            self.over = True
            raise GrantRevoked
        number = len(self.asked)
        self.live = refresh_token if self.keeps else f"r{number}"
        if self.lost:
            self.lost -= 1
            raise ProviderUnreachable
        return Tokens(
            f"a{number}", None if self.keeps else self.live, self.clock.now() + timedelta(hours=1), frozenset()
        )

    async def revoke(self, token: str) -> bool:
        self.revoked.append(token)
        return True


class Bench:
    """Accounts in a store, and workers that share it."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock = store, FixedClock(NOW)
        self.issuer = Issuer(self.clock)
        self.slept: list[float] = []
        self._waits: tuple[int, asyncio.Event] | None = None
        self.workers = [self.worker(), self.worker()]
        for user in (ANA, BEN):
            store.write_now(add_user, user)

    def worker(self, key: str = KEY) -> Credentials:
        return Credentials(
            self.store, Keyring(lambda: [key]), {"rig": self.issuer}, self.clock, Ids(), self.clock, self._sleep
        )

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self._waits and len(self.slept) >= self._waits[0]:
            self._waits[1].set()
        await asyncio.sleep(0)

    async def until_slept(self, times: int) -> None:
        self._waits = times, asyncio.Event()
        await self._waits[1].wait()

    def connect(self, secret: Secret, user: str = ANA, account: str = "acc_1") -> None:
        row = ConnectedAccount(
            user, account, "far", "", f"{user}@far.example", user, ("mail",), (), "connected", NOW, NOW
        )

        def add(conn: WriteConn) -> None:
            accounts.add(conn, row)
            self.workers[0].keep(conn, user, account, secret)

        self.store.write_now(add)

    async def token(self, worker: int = 0, refused: str = "") -> str:
        return await self.workers[worker].access_token(ANA, "acc_1", "rig", refused)

    def row(self, user: str = ANA) -> Any:
        return self.store.read_now(lambda conn: conn.execute(select(credentials).filter_by(user_id=user)).one())

    def state(self, user: str = ANA) -> str:
        return str(
            self.store.read_now(lambda conn: conn.execute(select(account_rows).filter_by(user_id=user)).one()).state
        )

    def audited(self) -> list[tuple[str, Any]]:
        rows = self.store.read_now(lambda conn: conn.execute(select(audit_events)).all())
        return [(row.kind, row.data) for row in rows]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    store = open_store(Settings(data_dir=tmp_path))
    yield Bench(store)
    store.close()


def tokens(access: str = "a0", refresh: str | None = "r0", expires_at: datetime | None = SOON) -> Tokens:
    return Tokens(access, refresh, expires_at, frozenset({"mail"}))


def lasting() -> Tokens:
    return tokens(expires_at=NOW + timedelta(hours=1))


# --- sealed ----------------------------------------------------------------------------------------------------------


def test_what_opens_an_account_is_sealed_and_read_again(bench: Bench, tmp_path: Path) -> None:
    bench.connect(Password("ana", "canary-of-a-password"))
    bench.connect(tokens("canary-of-an-access", "canary-of-a-refresh"), BEN)
    assert asyncio.run(bench.workers[1].password(ANA, "acc_1")) == Password("ana", "canary-of-a-password")
    bench.store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"ana@far.example" in kept
    assert b"canary" not in kept
    assert "canary" not in repr((Password("ana", "canary"), tokens("canary", "canary")))


def test_what_is_renewed_is_no_other_account_of_that_id(bench: Bench) -> None:
    for user in (ANA, BEN):
        bench.connect(tokens(), user)
    before = bench.row(BEN)
    assert asyncio.run(bench.token()) == "a1"
    assert bench.row(BEN) == before
    assert bench.row().version == before.version + 1


def test_it_opens_no_other_account(bench: Bench) -> None:
    """Two users may hold one id of an account; what is moved from one to the other does not open."""
    bench.connect(Password("ana", "hers"))
    bench.connect(Password("ben", "his"), BEN)
    assert asyncio.run(bench.workers[0].password(BEN, "acc_1")).password == "his"

    def steal(conn: WriteConn) -> None:
        sealed = conn.execute(select(credentials.c.sealed).filter_by(user_id=ANA)).scalar_one()
        conn.execute(update(credentials).where(credentials.c.user_id == BEN).values(sealed=sealed))

    bench.store.write_now(steal)
    with pytest.raises(Closed):
        asyncio.run(bench.workers[0].password(BEN, "acc_1"))
    assert (bench.state(BEN), bench.state(ANA)) == ("reconnect_needed", "connected")


@pytest.mark.parametrize("secret", [Password("ana", "hers"), lasting()])
def test_without_its_key_it_has_to_be_connected_again(bench: Bench, secret: Secret) -> None:
    bench.connect(secret)
    other = bench.worker(new_key())
    for _ in range(2):
        with pytest.raises(Closed):
            asyncio.run(
                other.password(ANA, "acc_1")
                if isinstance(secret, Password)
                else other.access_token(ANA, "acc_1", "rig")
            )
    assert bench.state() == "reconnect_needed"
    assert bench.audited() == [
        ("reconnect_needed", {"account": "acc_1", "address": f"{ANA}@far.example", "reason": "unreadable"})
    ]
    assert bench.issuer.asked == []


def test_what_is_not_there_does_not_open(bench: Bench) -> None:
    with pytest.raises(Closed) as closed:
        asyncio.run(bench.workers[0].password(ANA, "acc_1"))
    assert closed.value.why is None


# --- refreshed -------------------------------------------------------------------------------------------------------


def test_a_token_is_renewed_before_it_ends_and_not_sooner(bench: Bench) -> None:
    bench.connect(lasting())
    assert asyncio.run(bench.token()) == "a0"
    bench.clock.move(timedelta(minutes=59, seconds=1))
    assert asyncio.run(bench.token()) == "a1"
    assert asyncio.run(bench.token(1)) == "a1"
    assert (bench.issuer.asked, bench.row().version) == (["r0"], 2)


def test_a_refresh_token_that_the_answer_does_not_name_is_kept(bench: Bench) -> None:
    bench.issuer.keeps = True
    bench.connect(tokens())
    assert asyncio.run(bench.token()) == "a1"
    bench.clock.move(timedelta(hours=1))
    assert asyncio.run(bench.token()) == "a2"
    assert bench.issuer.asked == ["r0", "r0"]
    [kept] = asyncio.run(bench.workers[0].grants(ANA)).values()
    assert (kept.refresh, kept.scopes) == ("r0", frozenset({"mail"}))


def test_one_of_many_refreshes_on_all_workers(bench: Bench) -> None:
    bench.connect(tokens(expires_at=NOW))  # it is over: nobody can go on with it

    async def race() -> list[str]:
        bench.issuer.gate = asyncio.Event()
        asking = [asyncio.create_task(bench.token(number % 2)) for number in range(10)]
        await bench.issuer.reached.wait()
        await bench.until_slept(10)  # those of the other worker look again and again
        bench.issuer.gate.set()
        return await asyncio.gather(*asking)

    assert asyncio.run(race()) == ["a1"] * 10
    assert (bench.issuer.asked, bench.issuer.over, bench.row().version) == (["r0"], False, 2)


def test_a_token_that_still_lasts_is_used_while_another_worker_renews_it(bench: Bench) -> None:
    bench.connect(tokens())

    async def run() -> tuple[str, str]:
        bench.issuer.gate = asyncio.Event()
        renewing = asyncio.create_task(bench.token(0))
        await bench.issuer.reached.wait()
        meanwhile = await bench.token(1)
        bench.issuer.gate.set()
        return meanwhile, await renewing

    assert asyncio.run(run()) == ("a0", "a1")
    assert bench.issuer.asked == ["r0"]


def test_nobody_uses_a_new_token_that_is_not_stored(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that is busy for a moment does not cost the grant; one that stays so, the token is not used."""
    bench.connect(tokens(expires_at=NOW))
    whole, failures = Store.write, 2

    async def failing(store: Store, fn: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal failures
        if fn is module._renew and failures:
            failures -= 1
            raise StoreUnavailable
        return await whole(store, fn, *args, **kwargs)

    monkeypatch.setattr(Store, "write", failing)
    assert asyncio.run(bench.token()) == "a1"
    bench.clock.move(timedelta(hours=1))
    failures = 100
    with pytest.raises(StoreUnavailable):
        asyncio.run(bench.token())


def test_a_refresh_goes_on_when_its_caller_is_gone(bench: Bench) -> None:
    bench.connect(tokens(expires_at=NOW))

    async def run() -> str:
        bench.issuer.gate = asyncio.Event()
        caller = asyncio.create_task(bench.token(0))
        await bench.issuer.reached.wait()
        caller.cancel()
        await asyncio.gather(caller, return_exceptions=True)
        bench.issuer.gate.set()
        await bench.workers[0].close()
        return await bench.token(1)

    assert asyncio.run(run()) == "a1"
    assert (bench.issuer.asked, bench.state()) == (["r0"], "connected")


def claimed(bench: Bench, until: datetime) -> None:
    """By a worker that died."""
    claim = update(credentials).values(claim_token="dead", claim_until=until)
    bench.store.write_now(lambda conn: conn.execute(claim))


def test_the_claim_of_a_dead_worker_is_waited_for_and_taken_over(bench: Bench) -> None:
    bench.connect(tokens(expires_at=NOW))
    claimed(bench, NOW + CLAIM)

    async def run() -> str:
        waiting = asyncio.create_task(bench.token())
        await bench.until_slept(3)
        assert bench.issuer.asked == []
        bench.clock.move(CLAIM)
        return await waiting

    assert asyncio.run(run()) == "a1"
    assert bench.issuer.asked == ["r0"]


def test_nobody_waits_for_ever(bench: Bench) -> None:
    bench.connect(tokens(expires_at=NOW))
    claimed(bench, NOW + timedelta(days=1))
    with pytest.raises(ProviderUnreachable):
        asyncio.run(bench.token())
    assert timedelta(seconds=sum(bench.slept)) > CLAIM


# --- over ------------------------------------------------------------------------------------------------------------


def test_a_revoked_grant_is_told_once_and_not_tried_again(bench: Bench) -> None:
    bench.connect(tokens())
    bench.issuer.over = True
    for worker in (0, 1, 0):
        with pytest.raises(Closed) as closed:
            asyncio.run(bench.token(worker))
        assert closed.value.why == "revoked"
    assert (bench.issuer.asked, bench.state()) == (["r0"], "reconnect_needed")
    assert bench.audited() == [
        ("reconnect_needed", {"account": "acc_1", "address": f"{ANA}@far.example", "reason": "revoked"})
    ]


def test_a_token_without_a_way_to_renew_it_lasts_as_long_as_it_does(bench: Bench) -> None:
    bench.connect(tokens(refresh=None))
    assert asyncio.run(bench.token()) == "a0"
    bench.clock.move(timedelta(minutes=1))
    with pytest.raises(Closed):
        asyncio.run(bench.token())
    assert bench.state() == "reconnect_needed"


def test_a_lost_answer_is_tried_once_more_with_the_old_token(bench: Bench) -> None:
    """Where the request did not come, that is all; where it did, the grant is over and the user connects anew."""
    bench.connect(tokens(expires_at=NOW))
    bench.issuer.cut = 1
    assert asyncio.run(bench.token()) == "a2"
    bench.clock.move(timedelta(hours=1))
    bench.issuer.lost = 1
    with pytest.raises(Closed):
        asyncio.run(bench.token())
    assert bench.issuer.asked == ["r0", "r0", "r2", "r2"]
    assert bench.state() == "reconnect_needed"


def test_a_provider_that_is_down_leaves_all_as_it_is(bench: Bench) -> None:
    bench.connect(tokens(expires_at=NOW))
    bench.issuer.cut = 2
    with pytest.raises(ProviderUnreachable):
        asyncio.run(bench.token())
    assert (bench.state(), bench.row().claim_token, bench.audited()) == ("connected", None, [])
    assert asyncio.run(bench.token(1)) == "a3"


@pytest.mark.parametrize("revoked", [True, False])
def test_what_was_connected_anew_meanwhile_stays(bench: Bench, revoked: bool) -> None:
    """Neither the end of the old grant nor its next tokens are those of the new one."""
    bench.connect(tokens(expires_at=NOW))
    bench.issuer.over = revoked

    async def run() -> str:
        bench.issuer.gate = asyncio.Event()
        asking = asyncio.create_task(bench.token())
        await bench.issuer.reached.wait()
        await bench.store.write(bench.workers[1].keep, ANA, "acc_1", tokens("anew", "r9", NOW + timedelta(hours=1)))
        bench.issuer.gate.set()
        return await asking

    assert asyncio.run(run()) == "anew"
    assert (bench.state(), bench.row().version) == ("connected", 2)


# --- refused ---------------------------------------------------------------------------------------------------------


def test_a_token_that_was_refused_is_renewed_and_one_that_was_renewed_meanwhile_is_not(bench: Bench) -> None:
    bench.connect(lasting())
    assert asyncio.run(bench.token(refused="a0")) == "a1"
    assert asyncio.run(bench.token(1, refused="a0")) == "a1"
    assert bench.issuer.asked == ["r0"]


def test_what_was_granted_can_be_given_back(bench: Bench) -> None:
    bench.connect(lasting())
    bench.connect(Password("ana", "hers"), account="acc_2")
    held = asyncio.run(bench.workers[0].grants(ANA))
    assert held == {"acc_1": lasting()}
    assert asyncio.run(bench.workers[0].grants(BEN)) == {}
    assert asyncio.run(bench.worker(new_key()).grants(ANA)) == {}
    assert asyncio.run(bench.workers[0].revoke("rig", held["acc_1"]))
    assert not asyncio.run(bench.workers[0].revoke("gone", held["acc_1"]))
    assert bench.issuer.revoked == ["r0"]


def test_what_opens_an_account_goes_with_it(bench: Bench) -> None:
    bench.connect(lasting())
    assert bench.store.write_now(accounts.remove, ANA, "acc_1")
    assert bench.store.read_now(lambda conn: conn.execute(select(credentials)).all()) == []
