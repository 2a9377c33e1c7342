"""A real browser on a real server. Whatever a page logs as an error, or its content policy refuses, fails the test."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright
from tests.conftest import Server, StartServer
from tests.web.puppet import Puppet

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SIZES = {"phone": (390, 844), "tablet": (820, 1180), "wide": (1440, 900)}

LUNCH = '!create_calendar_event {"title": "Lunch", "start": "2026-03-10T12:00", "end": "2026-03-10T13:00"}'
TWO_TASKS = 'Two things.\n!create_task {"title": "Call the bank"}\n!create_task {"title": "Buy milk"}'


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have a Chromium")
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def puppet() -> Puppet:
    return Puppet()


@pytest.fixture
def server(start_server: StartServer, puppet: Puppet) -> Server:
    return start_server(source=puppet)


class Web:
    """Signed-in browsers on one server, and what went wrong in them."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.server = server
        self.problems: list[str] = []
        self.expected: list[str] = []
        """Parts of console messages that the test provokes."""
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def context(self, size: str = "wide", *, signed_in: bool = True, url: str = "", **options: Any) -> BrowserContext:
        width, height = SIZES[size]
        options = {"locale": "en-US", "color_scheme": "light", "reduced_motion": "reduce"} | options
        context = self._browser.new_context(viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        context.add_init_script(_REPORT_VIOLATIONS)
        if signed_in:
            page = context.new_page()
            page.goto(self.server.link().replace(self.server.url, url or self.server.url))
            page.locator("#composer").wait_for()
            page.close()
        return context

    def page(self, context: BrowserContext | None = None, path: str = "/", url: str = "", **options: Any) -> Page:
        context = context or self.context(url=url, **options)
        page = context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.problems.append(f"{error}\n{error.stack}"))
        page.goto((url or self.server.url) + path)
        return page

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(part in message.text for part in self.expected):
            self.problems.append(message.text)

    def close(self) -> None:
        for context in self._contexts:
            context.close()


_REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => console.error("CSP", event.violatedDirective, event.blockedURI));
"""


@pytest.fixture
def web(browser: Browser, server: Server) -> Iterator[Web]:
    web = Web(browser, server)
    yield web
    web.close()
    assert web.problems == []


@pytest.fixture
def page(web: Web) -> Page:
    page = web.page()
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
    """Wait until the card may be decided: it takes no click in its first moments."""
    page.locator(".card.is-pending").wait_for()
    page.wait_for_timeout(550)
