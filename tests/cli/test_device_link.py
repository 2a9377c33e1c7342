"""A terminal signs in by the link that another device shows."""

from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from sayso.cli.client import Api, SignInFailed
from sayso.cli.signin import CookieFile, SignIn

if TYPE_CHECKING:
    from tests.conftest import Server


class Desk:
    """The device that shows the link, and answers while the terminal waits."""

    def __init__(self, client: httpx2.Client, allow: bool = True) -> None:
        shown = client.post("/auth/devices").json()
        self.url, self._path, self._client, self._allow = shown["url"], f"/auth/devices/{shown['id']}", client, allow
        self.seen: dict[str, str] = {}

    def answer(self, seconds: float) -> None:
        self.seen = self._client.get(self._path).json()
        self._client.post(f"{self._path}/decision", json={"allow": self._allow})


def begin(desk: Desk, url: str, folder: Path) -> tuple[Api, list[str]]:
    api, said = Api(url), list[str]()
    try:
        SignIn(CookieFile(folder / "sessions.json"), said.append, lambda _: None, desk.answer).begin(api, desk.url)
    except SignInFailed:
        api.close()
        raise
    return api, said


def test_it_waits_until_it_is_allowed(server: "Server", tmp_path: Path) -> None:
    desk = Desk(server.client())
    api, said = begin(desk, server.url, tmp_path)
    assert said == [f"Allow this terminal where the link was shown, if it shows the number {desk.seen['check']}."]
    assert desk.seen["name"].startswith("Terminal on ")
    assert desk.seen["user_agent"].startswith("sayso/")
    assert api.call("GET", "/threads").ok
    assert CookieFile(tmp_path / "sessions.json").read(server.url) == api.cookie
    api.close()


def test_it_is_told_why_not(server: "Server", tmp_path: Path) -> None:
    with pytest.raises(SignInFailed, match="refused"):
        begin(Desk(server.client(), allow=False), server.url, tmp_path)
    desk = Desk(server.client())
    begin(desk, server.url, tmp_path)[0].close()
    with pytest.raises(SignInFailed, match="used before"):
        begin(desk, server.url, tmp_path)


def test_the_code_is_given_to_nobody_else(server: "Server", tmp_path: Path) -> None:
    desk = Desk(server.client())
    with pytest.raises(SignInFailed, match="belongs to"):
        begin(desk, "http://127.0.0.1:9", tmp_path)
