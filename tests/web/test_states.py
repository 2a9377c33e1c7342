"""Signed out, offline, restarted, limited: the page says what is going on and recovers by itself."""

import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from tests.conftest import Server, StartServer
from tests.web.conftest import LUNCH, Account, Web, answered, say, settled
from tests.web.proxy import Proxy
from tests.web.puppet import Puppet


def test_a_line_cut_in_mid_answer_is_picked_up_again(web: Web, account: Account, proxy: Proxy, puppet: Puppet) -> None:
    web.expected += ["ERR_", "network error"]
    page = web.page(web.context(account), proxy.url)
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


def test_a_message_that_never_arrived_is_sent_when_the_line_is_back(web: Web, account: Account, proxy: Proxy) -> None:
    web.expected += ["ERR_", "404"]
    page = web.page(web.context(account), proxy.url)
    page.locator("#composer").wait_for()
    proxy.cut()
    say(page, "are you there")
    expect(page.locator(".failed")).to_be_visible()
    proxy.mend()
    answered(page, "are you there")
    expect(page.locator(".failed")).to_have_count(0)
    expect(page.locator(".message.is-user")).to_have_count(1)


@pytest.mark.parametrize("arrives", [True, False])
def test_a_message_whose_answer_was_lost_is_said_once(web: Web, account: Account, arrives: bool) -> None:
    """Whether it had arrived or not, and though the same words were said before."""
    web.expected += ["ERR_"]
    context = web.context(account)
    page = web.page(context, account.url)
    say(page, "hello")
    answered(page, "hello")
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            return route.fallback()
        if arrives:
            route.fetch()
        lost.append(route.request.headers["idempotency-key"])
        return route.abort()

    context.route("**/chat/stream", lose)
    with page.expect_request(lambda request: bool(lost) and request.url.endswith("/chat/stream")) as again:
        say(page, "hello")
    expect(page.locator(".message.is-user")).to_have_count(2)
    expect(page.locator(".message.is-assistant:not(.is-live)")).to_have_count(2)
    expect(page.locator(".failed")).to_have_count(0)
    assert again.value.headers["idempotency-key"] == lost[0]
    [thread] = account.http.get("/threads").json()["threads"]
    messages = account.http.get(f"/threads/{thread['id']}").json()["messages"]
    assert [message["content"] for message in messages] == ["hello"] * 4


def test_a_confirm_that_never_arrived_says_so_and_runs_nothing(web: Web, account: Account, proxy: Proxy) -> None:
    web.expected += ["ERR_"]
    page = web.page(web.context(account), proxy.url)
    say(page, LUNCH)
    settled(page)
    proxy.cut()
    page.click(".decide-confirm")
    expect(page.locator("#banner")).to_be_visible()
    proxy.mend()
    expect(page.locator(".card-note")).to_contain_text("did not reach the server")
    assert account.statuses() == ["pending"]
    page.click(".decide-confirm")
    expect(page.locator(".card.is-completed")).to_be_visible()


def test_a_server_that_was_restarted_in_mid_answer(
    web: Web, owner: Account, start_server: StartServer, puppet: Puppet
) -> None:
    """What it had said by then is stored, and shown by the page that lost it."""
    web.expected += ["ERR_", "network error"]
    proxy = Proxy(owner.url)
    page = web.page(web.context(owner), proxy.url)
    puppet.gate.clear()
    say(page, "one two three four five six")
    expect(page.locator(".is-live .bubble")).to_have_text("one two three")
    proxy.cut()
    expect(page.locator("#banner")).to_contain_text("may be restarting")
    puppet.gate.set()
    owner.server.stop()
    proxy.lead_to(start_server(source=puppet).url)
    answered(page, "one two three four five six")
    expect(page.locator("#banner")).to_be_hidden()
    proxy.close()


def test_signed_out_elsewhere_and_in_again(web: Web, own_server: Server, owner: Account) -> None:
    web.expected.append("401")
    page = web.open(owner)
    page.fill("#composer", "half a thou")
    other = page.context.new_page()
    other.goto(owner.url)
    other.evaluate("fetch('/auth/logout', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'})")
    page.keyboard.press("Alt+w")
    expect(page.locator(".signin")).to_contain_text("You are signed out")
    other.goto(own_server.link())
    expect(page.locator("#signin")).to_be_hidden()
    page.keyboard.press("Alt+n")
    expect(page.locator("#composer")).to_have_value("half a thou")


def test_signing_out_here(web: Web, own_server: Server, owner: Account) -> None:
    web.expected.append("401")
    page = web.open(owner, "/#/settings")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.locator(".signin h1")).to_be_visible()
    page.reload()
    expect(page.locator(".signin h1")).to_be_visible()


def test_the_way_in_explains_the_local_link(web: Web, own_server: Server) -> None:
    web.expected.append("401")
    context = web.context(None)
    page = web.page(context, own_server.url)
    expect(page.locator(".signin")).to_contain_text("Open the link that Sayso printed")
    context.new_page().goto(own_server.link())
    expect(page.locator("#composer")).to_be_visible()  # this page went on by itself


def test_too_many_requests_are_told(web: Web, start_server: StartServer, puppet: Puppet) -> None:
    web.expected += ["429"]
    page = web.open(Account(start_server(source=puppet, rate_limit=1), ""))
    say(page, "first")
    answered(page)
    say(page, "second")
    expect(page.locator("#banner")).to_contain_text("Going on in")
    expect(page.locator(".failed")).to_contain_text("sent by itself")


def refuse_once(context: BrowserContext) -> None:
    """The first message meets the limit, of a second."""
    envelope = {"error": "rate_limit_exceeded", "message": "Too many.", "details": {"retry_after": 1}}
    refusals: list[dict[str, Any]] = [{"status": 429, "headers": {"Retry-After": "1"}, "json": envelope}]

    def limited(route: Route) -> None:
        if refusals:
            route.fulfill(**refusals.pop())
        else:
            route.fallback()

    context.route("**/chat/stream", limited)


def test_too_many_requests_wait_and_go_on(web: Web, account: Account) -> None:
    web.expected += ["429", "404"]
    context = web.context(account)
    refuse_once(context)
    page = web.page(context, account.url)
    say(page, "are you there")
    expect(page.locator("#banner")).to_contain_text("Going on in")
    answered(page, "are you there")
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator(".message.is-user")).to_have_count(1)


def test_old_news_does_not_undo_what_was_said_meanwhile(web: Web, account: Account, puppet: Puppet) -> None:
    """The page asks for the thread of a message that met the limit; that there is none arrives when it is answered."""
    web.expected += ["429", "404"]
    context = web.context(account)
    refuse_once(context)
    held: list[Route] = []
    context.route(re.compile("/threads/thread_"), lambda route: route.fallback() if held else held.append(route))
    page = web.page(context, account.url)
    puppet.gate.clear()
    say(page, "one two three four five six")
    expect(page.locator(".is-live .bubble")).to_have_text("one two three")
    with page.expect_response(re.compile("/threads/thread_")):
        held[0].fulfill(status=404, json={"error": "not_found", "message": "There is no such thread."})
    expect(page.locator(".is-live .bubble")).to_have_text("one two three")
    puppet.gate.set()
    answered(page, "one two three four five six")
    expect(page.locator(".message.is-user")).to_have_count(1)


def test_offline_is_told(web: Web, page: Page) -> None:
    web.expected += ["ERR_INTERNET_DISCONNECTED"]
    page.context.set_offline(True)
    expect(page.locator("#banner")).to_contain_text("You are offline")
    page.context.set_offline(False)
    expect(page.locator("#banner")).to_be_hidden()
