"""What reverse proxies say of a client, and whose word on it is taken."""

import io
from typing import TYPE_CHECKING

import httpx2
import pytest

from sayso.http import limit

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

FAR, NEAR, PROXY = "203.0.113.9", "127.0.0.1", "10.0.0.7"


@pytest.fixture
def behind(start_server: "StartServer") -> "Server":
    return start_server(trusted_proxies="127.0.0.1, 10.0.0.0/8")


def begin(server: "Server", **headers: str) -> httpx2.Response:
    """The local sign-in, which is for clients on this machine."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.anonymous().get("/auth/local/login", headers=named)


HEADERS = [
    {"X_Forwarded_For": NEAR},
    {"X_Forwarded_For": FAR},
    {"Forwarded": "for=127.0.0.1"},
    {"X_Real_IP": NEAR},
    {"Via": "1.1 proxy"},
    {"X_Forwarded_Proto": "https"},
    {"X_Forwarded_Host": "localhost"},
]


@pytest.mark.parametrize("headers", HEADERS, ids=str)
def test_nobody_is_local_behind_a_proxy_that_is_not_trusted(shared_server: "Server", headers: dict[str, str]) -> None:
    """To the server everybody has the proxy's own address, which is that of this machine."""
    refused = begin(shared_server, **headers)
    assert (refused.status_code, refused.json()["error"]) == (403, "forbidden_origin")
    assert "SAYSO_TRUSTED_PROXIES" in refused.json()["message"]


def test_a_proxy_that_says_nothing_is_known_by_the_https_before_it(start_server: "StartServer") -> None:
    server = start_server(public_url="https://sayso.example")
    refused = begin(server, Host="sayso.example")
    assert (refused.status_code, "SAYSO_TRUSTED_PROXIES" in refused.json()["message"]) == (403, True)
    assert begin(server).status_code == 302


@pytest.mark.parametrize(
    ("told", "local"),
    [
        (NEAR, True),
        ("::1", True),
        (f"{NEAR}:51234", True),
        ("[::1]:51234", True),
        (f"{FAR}, {NEAR}", False),  # the second was called by another machine
        (f"{NEAR}, {FAR}", False),  # the first was made up
        (f"::1, {FAR}", False),
        (f"::1, {FAR}, {PROXY}", False),
        (f"{FAR}, {PROXY}", False),
        (f"{NEAR}, {PROXY}", True),
        ("unknown", False),
        ("", False),
        (f"{NEAR},", False),
    ],
)
def test_a_trusted_proxy_says_who_is_local(behind: "Server", told: str, local: bool) -> None:
    assert begin(behind, X_Forwarded_For=told).status_code == (302 if local else 403)


def test_a_trusted_proxy_that_names_nobody_makes_nobody_local(behind: "Server") -> None:
    assert begin(behind).status_code == 403
    assert begin(behind, X_Real_IP=NEAR).status_code == 403


def test_several_lines_are_one_list(behind: "Server") -> None:
    for lines, status in (((NEAR, FAR), 403), ((FAR, NEAR), 403), ((NEAR, PROXY), 302)):
        headers = [("X-Forwarded-For", line) for line in lines]
        assert behind.anonymous().get("/auth/local/login", headers=headers).status_code == status


@pytest.mark.parametrize(("told", "scheme"), [("https", "https"), ("HTTP", "http"), ("gopher", "http"), ("", "http")])
def test_the_scheme_is_that_before_a_trusted_proxy(behind: "Server", told: str, scheme: str) -> None:
    client = behind.stranger()
    host = behind.url.partition("//")[2]
    sent = {"Origin": f"{scheme}://{host}", "X-Forwarded-Proto": told, "X-Forwarded-For": FAR}
    assert client.post("/chat/cancel", json={"thread_id": "x"}, headers=sent).status_code == 404


def test_a_scheme_that_a_stranger_tells_is_none(start_server: "StartServer", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")  # which uvicorn reads, and means whoever comes
    server = start_server()
    answer = server.stranger().post("/auth/refresh", json={}, headers={"X-Forwarded-Proto": "https"})
    assert "Secure" not in answer.headers["set-cookie"]


def test_an_address_that_a_stranger_tells_is_none(start_server: "StartServer", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    monkeypatch.setattr(limit, "OTHERS", 2)
    nobody = start_server(rate_limit=1).anonymous()
    sent = [nobody.get("/auth/providers", headers={"X-Forwarded-For": f"203.0.113.{each}"}) for each in range(3)]
    assert [each.status_code for each in sent] == [200, 200, 429]


def test_a_proxy_that_is_not_trusted_is_told_of_once(start_server: "StartServer", logged: io.StringIO) -> None:
    server = start_server()
    for _ in range(3):
        begin(server, X_Forwarded_For=FAR)
    server.stop()
    [line] = [line for line in logged.getvalue().splitlines() if "proxy_not_trusted" in line]
    assert "SAYSO_TRUSTED_PROXIES" in line
    assert NEAR in line


def test_nobody_is_told_of_without_a_proxy(behind: "Server", logged: io.StringIO) -> None:
    begin(behind, X_Forwarded_For=FAR)
    behind.stop()
    assert "proxy_not_trusted" not in logged.getvalue()
