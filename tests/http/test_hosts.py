"""By which names the server may be called: a page elsewhere must not get at it by a name of its own (DNS rebinding)."""

import socket
from typing import TYPE_CHECKING

import httpx2
import pytest
from tests.kit.sockets import exchange, fault, statuses

from sayso.base.errors import StartupError
from sayso.cli.commands import settings_with
from sayso.http.hosts import names_of
from sayso.settings import Settings

if TYPE_CHECKING:
    from tests.conftest import Server, StartServer

FOREIGN = ["evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example", "box", "box.local"]


def call(client: httpx2.Client, host: str, path: str = "/threads", **headers: str) -> httpx2.Response:
    return client.get(path, headers={"Host": host, **headers})


def check(refused: httpx2.Response) -> None:
    assert (refused.status_code, refused.json()["error"]) == (421, "misdirected_request")
    assert "SAYSO_PUBLIC_URL or SAYSO_ALLOWED_HOSTS" in refused.json()["message"]
    assert refused.headers["x-request-id"]


@pytest.mark.parametrize("host", FOREIGN)
def test_a_name_that_was_turned_to_this_machine_is_refused(shared_server: "Server", host: str) -> None:
    """Everywhere: also the page, the sign-in and what needs no session, and with the cookie of one."""
    client = shared_server.stranger()
    for path in ("/threads", "/", "/static/js/main.js", "/auth/providers", "/auth/local/login", "/docs", "/nowhere"):
        check(call(client, host, path))
    own = {"Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin", "X-Forwarded-Host": "localhost"}
    check(client.post("/chat", json={"user_message": "hello"}, headers={"Host": host, **own}))


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:9999", "localhost.", "127.0.0.1:1", "[::1]:8000", "[::1]", "203.0.113.9"]
)
def test_addresses_and_localhost_need_no_list(shared_server: "Server", host: str) -> None:
    assert call(shared_server.stranger(), host).status_code == 200


def test_names_that_are_set(start_server: "StartServer") -> None:
    server = start_server(public_url="https://sayso.example", allowed_hosts="Sayso.lan, other.example")
    client = server.stranger()
    for host in ("sayso.example", "SAYSO.example:443", "sayso.lan:8000", "other.example."):
        assert call(client, host).status_code == 200
    check(call(client, "app.sayso.example"))


def test_what_another_says_of_the_host_counts_for_nothing(start_server: "StartServer") -> None:
    """Also a trusted proxy, which may pass on what a client made up."""
    client = start_server(trusted_proxies="127.0.0.1").anonymous()
    check(call(client, "evil.example", **{"X-Forwarded-Host": "localhost", "Forwarded": "host=localhost"}))
    told = {"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "127.0.0.1"}
    begun = call(client, "localhost", "/auth/local/login", **told)
    assert begun.headers["location"].startswith("http://localhost/auth/local/authorize")
    assert "evil" not in begun.headers["location"]


@pytest.mark.parametrize(
    ("target", "host", "served"),
    [
        (b"http://evil.example/health", b"localhost", False),
        (b"http://localhost/health", b"evil.example", True),
        (b"http://[::1]:8000/health", b"evil.example", True),
        (b"/health", b"localhost", True),
    ],
)
def test_a_host_in_the_target_counts(shared_server: "Server", target: bytes, host: bytes, served: bool) -> None:
    """And the header beside it does not (RFC 9112, 3.2.2)."""
    sent = b"GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (target, host)
    answer = exchange(shared_server.url, sent)
    if served:
        assert statuses(answer) == [200]
    else:
        assert fault(answer) == (421, "misdirected_request")


def test_no_host_at_all(shared_server: "Server") -> None:
    """As probes of HTTP/1.0 ask, and no browser."""
    assert statuses(exchange(shared_server.url, b"GET /health HTTP/1.0\r\n\r\n")) == [200]
    assert fault(exchange(shared_server.url, b"GET /health HTTP/1.0\r\nHost:\r\n\r\n")) == (421, "misdirected_request")


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("127.0.0.1", {"localhost", "127.0.0.1"}),
        ("localhost", {"localhost"}),
        ("0.0.0.0", {"localhost", "0.0.0.0", "box.lan", "box.local"}),
        ("box.lan", {"localhost", "box.lan", "box.local"}),
    ],
)
def test_the_machines_own_names_count_where_others_can_call_it(host: str, names: set[str]) -> None:
    assert names_of(Settings(host=host), "Box.lan") == names


def test_the_machines_name(start_server: "StartServer", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "box")
    client = start_server(host="0.0.0.0").anonymous()
    assert call(client, "box:8000", "/health").status_code == call(client, "box.local", "/health").status_code == 200
    check(call(client, "other", "/health"))


@pytest.mark.parametrize("written", ["*", "https://sayso.example", "sayso.example:8000", "a b", "*.example", "a..b"])
def test_hosts_that_are_none(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("SAYSO_ALLOWED_HOSTS", f"sayso.example,{written}")
    with pytest.raises(StartupError, match=r"^SAYSO_ALLOWED_HOSTS: .* is not a host name such as sayso\.example\.com"):
        settings_with()
