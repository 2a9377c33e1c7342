"""How the terminal client becomes signed in: a link, a kept session, or a link made on this very machine."""

import json
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_config_path

from sayso.cli.client import Api, Json, SignInFailed, is_loopback, origin

SAYSO = (sys.executable, "-c", "from sayso.cli import main; main()")
"""How this program starts itself again, wherever it is installed."""

LINK = re.compile(r"https?://\S+/auth/local/login\?token=[\w.~%-]+")
DEVICE_LINK = re.compile(r"/#/device/([\w-]+)")
HOW = "Sign in with the link that `sayso login-link` prints on the server's machine: sayso chat --link LINK"


class CookieFile:
    """Where the terminal client keeps its sign-ins, one for each server, readable by their owner alone."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or user_config_path("sayso", appauthor=False) / "sessions.json"

    def read(self, url: str) -> str | None:
        cookie = self._all().get(url)
        return cookie if isinstance(cookie, str) else None

    def write(self, url: str, cookie: str) -> None:
        self._save({**self._all(), url: cookie})

    def forget(self, url: str) -> None:
        if url in (kept := self._all()):
            del kept[url]
            self._save(kept)

    def _all(self) -> Json:
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def _save(self, cookies: Json) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(cookies, file)
        fresh.replace(self._path)


class SignIn:
    """Makes an `Api` a signed-in one, once at the start and again when a session has ended."""

    def __init__(
        self,
        cookies: CookieFile,
        say: Callable[[str], None],
        ask: Callable[[str], str | None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._cookies, self._say, self._ask, self._sleep = cookies, say, ask, sleep

    def begin(self, api: Api, link: str | None) -> Json:
        """Sign in by link, kept session or otherwise, and return who it is. Raises SignInFailed or Unreachable."""
        if link:
            self._follow(api, link)
        session = api.call("GET", "/auth/session")
        if session.status == 401:
            self.again(api)
            session = api.call("GET", "/auth/session")
        if not session.ok:
            raise SignInFailed(session.message)
        return session.body

    def again(self, api: Api) -> None:
        """A new session in place of one that is over. Raises SignInFailed or Unreachable."""
        self._cookies.forget(api.url)
        if is_loopback(api.url) and (made := login_link()):
            parts, here = urlsplit(made), urlsplit(api.url)
            if parts.port == here.port:  # the same server, be it called localhost or 127.0.0.1
                self._follow(api, f"{api.url}{parts.path}?{parts.query}")
                self._say("Signed in with a one-time link from `sayso login-link` on this machine.")
                return
        link = self._ask("Paste the sign-in link (`sayso login-link` on the server's machine prints one): ")
        if not link:
            raise SignInFailed(HOW)
        self._follow(api, link.strip())

    def _follow(self, api: Api, link: str) -> None:
        if code := DEVICE_LINK.search(link):
            if origin(link) != api.url:
                raise SignInFailed(f"That link belongs to {origin(link)}, not to {api.url}.")
            self._wait_for(api, code[1])
        else:
            api.sign_in(link)
        if api.cookie is not None:
            self._cookies.write(api.url, api.cookie)

    def _wait_for(self, api: Api, code: str) -> None:
        """Use the link that another device shows, and wait until this one is allowed there."""
        name = f"Terminal on {platform.node() or 'another machine'}"[:200]
        claimed = api.call("POST", "/auth/devices/claim", {"code": code, "name": name})
        if not claimed.ok:
            raise SignInFailed(claimed.message)
        self._say(f"Allow this terminal where the link was shown, if it shows the number {claimed.body.get('check')}.")
        while (entered := api.call("POST", "/auth/devices/enter")).ok:
            if entered.body.get("status") == "signed_in":
                return
            self._sleep(1.0)
        raise SignInFailed(entered.message)


def login_link() -> str | None:
    """Have this machine's own Sayso make a one-time link; None when it has no data of its own here."""
    try:
        made = subprocess.run([*SAYSO, "login-link"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = LINK.search(made.stdout)
    return found.group() if found else None
