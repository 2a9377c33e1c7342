"""What a provider says is one thing, and to open a session with it another."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from sayso.app import open_store
from sayso.base.clock import FixedClock
from sayso.base.errors import InvalidRequest, NotAuthenticated
from sayso.base.ids import Ids
from sayso.identity.admission import Admission
from sayso.identity.audit import Source
from sayso.identity.flow import Begun, Callback, CodeFlow, Purpose, SignIn
from sayso.identity.provider import AuthorizationRequest, CodeGrant, Grant, Tokens, challenge_of
from sayso.identity.sessions import Lifetime
from sayso.identity.types import Profile
from sayso.settings import Settings
from sayso.store.gateway import Store
from sayso.store.tables import login_states, sessions, users

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
TOKENS = Tokens("at_secret", "rt_secret", NOW + timedelta(hours=1), frozenset({"calendar.events"}))
GRANT = Grant(Profile("sub-1", "robin@work.example", "Robin"), TOKENS)
HERE = "https://sayso.example/auth/far/callback"


@dataclass
class FarProvider:
    """All that a provider is: one small class."""

    id: str = "far"
    name: str = "Far"
    asked: list[AuthorizationRequest] = field(default_factory=list)

    async def authorization_url(self, request: AuthorizationRequest) -> str:
        self.asked.append(request)
        return f"https://far.example/authorize?state={request.state}"

    async def exchange(self, code: CodeGrant) -> Grant:
        asked = self.asked[-1]
        if code.code != "good" or challenge_of(code.verifier) != asked.challenge or code.nonce != asked.nonce:
            raise NotAuthenticated("No.")
        return GRANT


@pytest.fixture
def store(tmp_path: Path, migrated: Path) -> Any:
    (tmp_path / migrated.name).write_bytes(migrated.read_bytes())
    store = open_store(Settings(data_dir=tmp_path))
    yield store
    store.close()


def begin(flow: CodeFlow, purpose: Purpose | None = None) -> Begun:
    return asyncio.run(flow.begin("far", "/settings", HERE, purpose=purpose or Purpose()))


def back(begun: Begun, code: str = "good", user: str | None = None) -> Callback:
    return Callback(begun.state, code, browser=begun.browser, user=user)


def rows(store: Store) -> tuple[int, ...]:
    def count(conn: Any) -> tuple[int, ...]:
        return tuple(conn.execute(select(func.count()).select_from(each)).scalar() for each in (users, sessions))

    return store.read_now(count)


def test_to_redeem_a_code_signs_nobody_in(store: Store) -> None:
    flow = CodeFlow(store, {"far": FarProvider()}, FixedClock(NOW), Ids())
    begun = begin(flow)
    redeemed = asyncio.run(flow.redeem("far", back(begun)))
    assert (redeemed.grant, redeemed.redirect) == (GRANT, "/settings")
    assert rows(store) == (0, 0)
    with pytest.raises(InvalidRequest):
        asyncio.run(flow.redeem("far", back(begun)))


def test_a_sign_in_uses_the_same_flow_and_keeps_no_token(store: Store) -> None:
    welcomed: list[str] = []
    sign_in = SignIn(
        store,
        {"far": FarProvider()},
        FixedClock(NOW),
        Ids(),
        Lifetime(timedelta(days=1), timedelta(days=1)),
        Admission(),
        lambda conn, user_id, now: welcomed.append(user_id),
    )
    redeemed = asyncio.run(sign_in.redeem("far", back(begin(sign_in))))
    signed_in = asyncio.run(sign_in.finish(redeemed, "", None, Source()))
    assert signed_in.redirect == "/settings"
    assert len(welcomed) == 1
    assert rows(store) == (1, 1)
    with store.engine.connect() as connection:
        stored = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert "at_secret" not in stored
    assert "rt_secret" not in stored


def test_a_refused_code_ends_the_flow(store: Store) -> None:
    flow = CodeFlow(store, {"far": FarProvider()}, FixedClock(NOW), Ids())
    begun = begin(flow)
    with pytest.raises(NotAuthenticated):
        asyncio.run(flow.redeem("far", back(begun, "bad")))
    assert store.read_now(lambda conn: conn.execute(select(func.count()).select_from(login_states)).scalar()) == 0


@pytest.mark.parametrize("user", [None, "user_other"])
def test_what_is_begun_for_a_user_ends_with_him(store: Store, user: str | None) -> None:
    flow = CodeFlow(store, {"far": FarProvider()}, FixedClock(NOW), Ids())
    begun = begin(flow, Purpose("connect", "user_his", "far", "acc_1"))
    with pytest.raises(InvalidRequest, match="not begun in this browser"):
        asyncio.run(flow.redeem("far", back(begun, user=user)))
    redeemed = asyncio.run(flow.redeem("far", back(begun, user="user_his")))
    assert redeemed.purpose == Purpose("connect", "user_his", "far", "acc_1")


def test_tokens_are_not_printed() -> None:
    assert "secret" not in f"{GRANT} {GRANT!r}"
