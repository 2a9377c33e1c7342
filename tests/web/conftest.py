"""A real browser on a real server. Whatever a page logs as an error, or its content policy refuses, fails the test.

Starting a server and signing in cost more than most tests: so tests share one server, each as somebody new in it. What
moves the clock, signs in, or looks at the sample workspace has a server of its own: `own_server`.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from tests.conftest import ZONE, Server, StartServer
from tests.web.proxy import Proxy
from tests.web.puppet import Puppet

from sayso.base.faults import no_fault
from sayso.http.session import COOKIE
from sayso.settings import Settings
from sayso.store.datadir import STORE_FILE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--host-resolver-rules=MAP *.test 127.0.0.1"]
PATIENCE = 30_000
"""Milliseconds to wait for what must come. A busy machine takes seconds for what takes a tenth of one elsewhere."""
expect.set_options(timeout=PATIENCE)
SIZES = {"phone": (390, 844), "tablet": (820, 1180), "wide": (1440, 900)}

LUNCH = '!create_calendar_event {"title": "Lunch", "start": "2026-03-10T12:00", "end": "2026-03-10T13:00"}'
TWO_TASKS = 'Two things.\n!create_task {"title": "Call the bank"}\n!create_task {"title": "Buy milk"}'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. It ends with its module: until then Playwright's event loop is in the thread, where no other runs."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have a Chromium")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def actor() -> Puppet:
    return Puppet()


@pytest.fixture
def puppet(actor: Puppet) -> Iterator[Puppet]:
    """The model that the servers speak with; whatever a test did to it is undone."""
    actor.drip = SimpleQueue()
    yield actor
    actor.gate.set()
    actor.drip.put("")


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, migrated: Path, actor: Puppet) -> Iterator[Server]:
    """The server that the tests share."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(migrated, folder / STORE_FILE)
    server = Server(Settings(data_dir=folder, timezone=ZONE, rate_limit=0), actor, no_fault)
    yield server
    server.stop()


@pytest.fixture
def proxy(house: Server) -> Iterator[Proxy]:
    """A line to the house that can be cut."""
    proxy = Proxy(house.url)
    yield proxy
    proxy.close()


class Account:
    """A user of a server: over HTTP here, in browsers by `Web`."""

    def __init__(self, server: Server, name: str) -> None:
        self.server = server
        self.url = server.url
        self.name = name
        self.http = self.session()

    def session(self) -> httpx2.Client:
        """Another sign-in of the same user."""
        return self.server.stranger(self.name) if self.name else self.server.client()

    def say(self, message: str, thread_id: str = "") -> dict[str, Any]:
        """Say it over HTTP; the answer."""
        body = {"user_message": message} | ({"thread_id": thread_id} if thread_id else {})
        answer: dict[str, Any] = self.http.post("/chat", json=body).raise_for_status().json()
        return answer

    def decide(self, message: str, decision: str) -> str:
        """Say it, and confirm or cancel what is proposed; the thread's id."""
        thread_id: str = self.say(message)["thread_id"]
        self.http.post(f"/chat/{decision}", json={"thread_id": thread_id}).raise_for_status()
        return thread_id

    def plans(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get("/plans").raise_for_status().json()["plans"]
        return found

    def statuses(self) -> list[str]:
        return sorted(plan["status"] for plan in self.plans())


@pytest.fixture
def own_server(start_server: StartServer, puppet: Puppet) -> Server:
    return start_server(source=puppet)


@pytest.fixture
def owner(own_server: Server) -> Account:
    """The owner of a server of this test's own, with the sample workspace."""
    return Account(own_server, "")


@pytest.fixture
def account(house: Server, puppet: Puppet) -> Account:
    """Somebody new in the house, with an empty workspace."""
    return Account(house, house.ids.new("guest"))


class Web:
    """Browsers in which a user is signed in, and what went wrong in them."""

    def __init__(self, browser: Browser) -> None:
        self.problems: list[str] = []
        self.expected: list[str] = []
        """Parts of console messages that the test provokes."""
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def context(self, account: Account | None, size: str = "wide", **options: Any) -> BrowserContext:
        width, height = SIZES[size]
        options = _DEFAULTS | options
        context = self._browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        context.add_init_script(_REPORT_VIOLATIONS)
        if account is not None:
            context.add_cookies([{"name": COOKIE, "value": account.http.cookies[COOKIE], "url": account.url}])
        return context

    def page(self, context: BrowserContext, url: str) -> Page:
        page = context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.problems.append(f"{error}\n{error.stack}"))
        page.goto(url)
        return page

    def open(self, account: Account, path: str = "/", **options: Any) -> Page:
        """A page in a browser of its own, signed in."""
        return self.page(self.context(account, **options), account.url + path)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(part in message.text for part in self.expected):
            self.problems.append(message.text)

    def close(self) -> None:
        for context in self._contexts:
            context.close()


_DEFAULTS = {"locale": "en-US", "timezone_id": ZONE, "color_scheme": "light", "reduced_motion": "reduce"}
_REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => console.error("CSP", event.violatedDirective, event.blockedURI));
"""


@pytest.fixture
def web(browser: Browser, start_server: StartServer) -> Iterator[Web]:
    """Asks for `start_server` so that pages are closed before the server that they talk to."""
    web = Web(browser)
    yield web
    web.close()
    assert web.problems == []


@pytest.fixture
def page(web: Web, account: Account) -> Page:
    """A page of `account`."""
    page = web.open(account)
    page.locator("#composer").wait_for()
    return page


def say(page: Page, text: str) -> None:
    page.fill("#composer", text)
    page.press("#composer", "Enter")


def answered(page: Page, words: str = "") -> None:
    """Wait for the end of an answer with these words."""
    expect(page.locator(".message.is-assistant:not(.is-live)").last).to_contain_text(words)
    expect(page.locator(".is-live")).to_have_count(0)


def settled(page: Page) -> None:
    """Wait for a card, and let the page's clock pass the moments in which it takes no click."""
    page.locator(".card.is-pending").first.wait_for()
    expect(page.locator(".is-live")).to_have_count(0)
    leap(page)


def leap(page: Page) -> None:
    """Let the page's clock pass the moments in which what has just appeared takes no click."""
    page.evaluate(_LEAP)


_LEAP = """() => { const real = performance.now.bind(performance); performance.now = () => real() + 600; }"""
