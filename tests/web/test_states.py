"""Signed out, offline, restarted, limited: the page says what is going on and recovers by itself."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from tests.conftest import Server, StartServer
from tests.web.conftest import LUNCH, Web, answered, say, settled
from tests.web.proxy import Proxy
from tests.web.puppet import Puppet


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    proxy = Proxy(server.url)
    yield proxy
    proxy.close()


def test_a_line_cut_in_mid_answer_is_picked_up_again(web: Web, proxy: Proxy, puppet: Puppet) -> None:
    web.expected += ["ERR_", "network error"]
    page = web.page(url=proxy.url)
    puppet.gate.clear()
    say(page, "one two three four five six")
    expect(page.locator(".is-live .bubble")).to_have_text("one two three")
    proxy.cut()
    expect(page.locator("#banner")).to_contain_text("does not answer")
    puppet.gate.set()
    proxy.mend()
    answered(page, "one two three four five six")
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator(".message.is-user")).to_have_count(1)


def test_a_message_that_never_arrived_is_sent_when_the_line_is_back(web: Web, proxy: Proxy) -> None:
    web.expected += ["ERR_", "404"]
    page = web.page(url=proxy.url)
    page.locator("#composer").wait_for()
    proxy.cut()
    say(page, "are you there")
    expect(page.locator(".failed")).to_be_visible()
    proxy.mend()
    answered(page, "are you there")
    expect(page.locator(".failed")).to_have_count(0)
    expect(page.locator(".message.is-user")).to_have_count(1)


def test_a_confirm_that_never_arrived_says_so_and_runs_nothing(web: Web, proxy: Proxy, server: Server) -> None:
    web.expected += ["ERR_"]
    page = web.page(url=proxy.url)
    say(page, LUNCH)
    settled(page)
    proxy.cut()
    page.click(".decide-confirm")
    expect(page.locator("#banner")).to_be_visible()
    proxy.mend()
    expect(page.locator(".card-note")).to_contain_text("did not reach the server")
    assert server.client().get("/plans").json()["plans"][0]["status"] == "pending"
    page.click(".decide-confirm")
    expect(page.locator(".card.is-completed")).to_be_visible()


def test_signed_out_elsewhere_and_in_again(web: Web, server: Server) -> None:
    web.expected.append("401")
    page = web.page()
    page.fill("#composer", "half a thou")
    context = page.context
    other = context.new_page()
    other.goto(server.url)
    other.evaluate("fetch('/auth/logout', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'})")
    page.keyboard.press("Alt+w")
    expect(page.locator(".signin")).to_contain_text("You are signed out")
    other.goto(server.link())
    expect(page.locator("#signin")).to_be_hidden()
    page.keyboard.press("Alt+n")
    expect(page.locator("#composer")).to_have_value("half a thou")


def test_the_way_in_explains_the_local_link(web: Web, server: Server) -> None:
    web.expected.append("401")
    context = web.context(signed_in=False)
    page = web.page(context)
    expect(page.locator(".signin")).to_contain_text("Open the link that Sayso printed")
    other = context.new_page()
    other.goto(server.link())
    expect(page.locator("#composer")).to_be_visible()  # this page went on by itself


def test_too_many_requests_wait_and_go_on(web: Web, start_server: StartServer, puppet: Puppet) -> None:
    web.expected += ["429"]
    web.server = start_server(source=puppet, rate_limit=1)
    page = web.page()
    say(page, "first")
    answered(page)
    say(page, "second")
    expect(page.locator("#banner")).to_contain_text("Going on in")
    expect(page.locator(".failed")).to_be_visible()


def test_offline_is_told(web: Web) -> None:
    web.expected += ["ERR_INTERNET_DISCONNECTED"]
    page = web.page()
    page.locator("#composer").wait_for()
    page.context.set_offline(True)
    expect(page.locator("#banner")).to_contain_text("You are offline")
    page.context.set_offline(False)
    expect(page.locator("#banner")).to_be_hidden()
