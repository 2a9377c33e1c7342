"""`sayso sign-out`: the operator ends the sign-ins and tokens of one user, beside a running server."""

from typing import TYPE_CHECKING

import pytest
from tests.kit.command import sayso

if TYPE_CHECKING:
    from tests.conftest import Server


def test_one_user_is_out_and_nobody_else(server: "Server", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYSO_CLOCK", "2026-03-02T09:00-05:00")
    data = server.settings.data_dir
    owner, ana, again = server.client(), server.stranger("ana"), server.stranger("ana")
    token = ana.post("/auth/tokens", json={"name": "bot", "scopes": ["read"]}).json()["token"]
    program = server.anonymous(headers={"Authorization": f"Bearer {token}"})
    assert program.get("/threads").status_code == 200
    ran = sayso("sign-out", "Ana@Example.com", "--data-dir", data)
    assert (ran.code, ran.out) == (0, "2 sign-ins and 1 tokens of Ana@Example.com were ended.\n")
    told = [client.get("/threads").json() for client in (ana, again, program)]
    assert [each["details"]["reason"] for each in told] == ["session_unknown", "session_unknown", "token_unknown"]
    assert owner.get("/threads").status_code == 200
    [event] = [each for each in server.stranger("ana").get("/audit").json()["events"] if "ended" in each["data"]]
    assert (event["kind"], event["via"]) == ("sessions_revoked", "terminal")
    assert event["data"] == {"ended": 2, "tokens": 1}


def test_an_address_that_nobody_has(server: "Server") -> None:
    ran = sayso("sign-out", "eve@example.com", "--data-dir", server.settings.data_dir)
    assert (ran.code, ran.out) == (1, "")
    assert "Nobody here has the address eve@example.com" in ran.err
