"""The way in: how a sign-in ended, several ways, and a session that ends while one works."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect
from tests.conftest import Server, StartServer
from tests.kit.issuer import CLIENT_ID, SECRET, Issuer, callback, issuer_in_thread
from tests.web.conftest import LUNCH, Account, Web, answered, say, settled
from tests.web.puppet import Puppet

from sayso.http.session import COOKIE

LOGIN = re.compile("/auth/work/login")
ENDED = {
    "link_used": "used already",
    "expired": "is over",
    "not_this_browser": "another browser",
    "declined": "declined",
    "not_allowed": "Ask whoever runs this server",
    "identity_taken": "Somebody else signs in here",
    "provider_unreachable": "does not answer",
    "provider_error": "did not work",
    "local_only": "only on the machine",
    "unknown_provider": "no such way",
    "SOMETHING-else": "did not work",
}


@pytest.mark.parametrize(("code", "words"), ENDED.items())
def test_how_a_sign_in_ended_is_told_in_words_and_leaves_the_address(
    web: Web, house: Server, code: str, words: str
) -> None:
    web.expected.append("401")
    page = web.page(web.context(None), f"{house.url}/#/signin/{code}")
    expect(page.locator(".card-note")).to_contain_text(words)
    expect(page).to_have_url(f"{house.url}/#/")
    assert page.evaluate("history.length") == 2  # with about:blank: there is no way back to it


def test_a_stale_link_of_who_is_signed_in_is_no_trouble(web: Web, account: Account) -> None:
    page = web.open(account, "/#/signin/link_used")
    expect(page.locator(".toast")).to_contain_text("used already")
    expect(page.locator("#composer")).to_be_visible()
    expect(page).to_have_url(f"{account.url}/#/")
    page.locator(".toast [aria-label=Close]").click()
    page.evaluate("location.hash = '#/signin/declined'")  # in an open page
    expect(page.locator(".toast")).to_contain_text("declined")
    expect(page).to_have_url(f"{account.url}/#/")


def test_several_ways_in_by_name_each_back_to_where_one_was(web: Web, house: Server) -> None:
    web.expected.append("401")
    context = web.context(None)
    ways = [
        {"id": name.lower(), "name": name, "login_url": f"/auth/{name.lower()}/login"} for name in ("Google", "Work")
    ]
    context.route("**/auth/providers", lambda route: route.fulfill(json={"providers": ways}))
    declined = {"status": 303, "headers": {"Location": f"{house.url}/#/signin/declined"}}
    context.route(LOGIN, lambda route: route.fulfill(**declined))
    page = web.page(context, f"{house.url}/#/settings")
    expect(page.get_by_role("link", name="Sign in with Google")).to_have_attribute(
        "href", "/auth/google/login?redirect=/"
    )
    expect(page.locator(".local")).to_have_count(0)
    page.get_by_role("link", name="Sign in with Work").click()
    expect(page.locator(".card-note")).to_contain_text("declined")
    expect(page).to_have_url(f"{house.url}/#/settings")


def test_the_local_way_is_told_only_where_it_leads_somewhere(web: Web, start_server: StartServer) -> None:
    web.expected += ["401", "Cross-Origin-Opener-Policy"]  # which plain http does not have
    server = start_server(allowed_hosts=["sayso.test"])
    page = web.page(web.context(None), server.url)
    expect(page.locator(".local")).to_contain_text("Open the link that Sayso printed")
    page.goto(server.url.replace("127.0.0.1", "sayso.test"))
    expect(page.locator(".providers .hint")).to_contain_text("Sign in another device")
    expect(page.locator(".local")).to_have_count(0)


def test_the_keyboard_is_enough_and_the_focus_comes_back(web: Web, account: Account) -> None:
    web.expected += ["401", "404"]
    context = web.context(account)
    ways = [{"id": "work", "name": "Work", "login_url": "/auth/work/login"}]
    context.route("**/auth/providers", lambda route: route.fulfill(json={"providers": ways}))
    page = web.page(context, account.url)
    page.wait_for_load_state("networkidle")  # else what is still asked for tells of the end before anything is said
    page.locator("#composer").focus()
    end_session(account)
    say(page, "hello")
    expect(page.locator(".signin h1")).to_be_focused()
    page.get_by_role("link", name="Sign in with Work").wait_for()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Sign in with Work")).to_be_focused()
    page.keyboard.press("Alt+w")  # a shortcut of what is not to be seen now
    expect(page).to_have_url(re.compile("#/t/"))
    sign_in_again(context, account)
    expect(page.locator("#composer")).to_be_focused()
    answered(page, "hello")


def end_session(account: Account) -> None:
    account.http.post("/auth/logout", json={}).raise_for_status()


def sign_in_again(context: BrowserContext, account: Account) -> None:
    """In another tab of the browser, as `account`."""
    cookie = account.session().cookies[COOKIE]
    context.add_cookies([{"name": COOKIE, "value": cookie, "url": account.url}])
    context.new_page().goto(account.url)


def said(account: Account) -> list[str]:
    """What the user's threads hold of what he said himself."""
    client = account.session()
    threads = client.get("/threads").json()["threads"]
    messages = [client.get(f"/threads/{thread['id']}").json()["messages"] for thread in threads]
    return [message["content"] for each in messages for message in each if message["role"] == "user"]


@pytest.fixture
def sent(page: Page) -> list[str]:
    """The keys of the messages that the page's browser sends."""
    return watched(page.context)


def watched(context: BrowserContext) -> list[str]:
    keys: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/chat/stream"):
            keys.append(request.headers["idempotency-key"])

    context.on("request", note)
    return keys


def test_what_was_being_sent_when_a_session_ended_is_sent_once_after_signing_in(
    web: Web, page: Page, account: Account, sent: list[str]
) -> None:
    web.expected.append("401")
    say(page, "first")
    answered(page, "first")
    end_session(account)
    page.fill("#composer", "second")
    page.press("#composer", "Enter")
    expect(page.locator(".signin")).to_contain_text("You were signed out here")
    expect(page.locator("#app")).to_be_hidden()
    sign_in_again(page.context, account)
    answered(page, "second")
    expect(page.locator(".failed")).to_have_count(0)
    expect(page.locator(".message.is-user .bubble")).to_have_text(["first", "second"])
    assert said(account) == ["first", "second"]
    assert len(sent) == 3
    assert sent[1] == sent[2]


def leave(context: BrowserContext, back: Callable[[], str]) -> None:
    """A provider on a page elsewhere, which leads `back` through the server's own callback."""
    ways = [{"id": "work", "name": "Work", "login_url": "/auth/work/login"}]
    context.route("**/auth/providers", lambda route: route.fulfill(json={"providers": ways}))
    issuer = {"Location": "http://issuer.test/authorize"}
    context.route(LOGIN, lambda route: route.fulfill(status=302, headers=issuer))
    consent = "<!doctype html><link rel=icon href=data:,><title>Issuer</title><a href='{}'>Yes</a>"
    context.route(
        "http://issuer.test/**", lambda route: route.fulfill(content_type="text/html", body=consent.format(back()))
    )


def test_also_when_the_sign_in_leaves_the_page(web: Web, own_server: Server, owner: Account) -> None:
    """The session has run out; the page is gone while its user is at the provider, and is back at its place."""
    web.expected += ["401", "404"]
    context = web.context(owner)
    leave(context, own_server.link)
    sent = watched(context)
    page = web.page(context, owner.url)
    expect(page.locator(".event").first).to_be_visible()
    page.fill("#composer", "hello")
    own_server.clock.move(timedelta(days=31))
    page.press("#composer", "Enter")
    expect(page.locator(".signin")).to_contain_text("Your sign-in has run out")
    place = page.url
    page.get_by_role("link", name="Sign in with Work").click()
    page.get_by_role("link", name="Yes").click()
    answered(page, "hello")
    expect(page).to_have_url(place)
    expect(page.locator(".message.is-user .bubble")).to_have_text(["hello"])
    assert said(owner) == ["hello"]
    assert len(sent) == 2
    assert sent[0] == sent[1]
    page.reload()
    answered(page, "hello")
    assert len(sent) == 2


def test_for_another_user_nothing_is_sent_or_kept(web: Web, page: Page, account: Account, house: Server) -> None:
    web.expected += ["401", "404"]
    page.fill("#composer", "half a thou")
    say(page, "for my eyes")
    answered(page, "for my eyes")
    page.fill("#composer", "a draft of mine")
    page.keyboard.press("Alt+n")
    end_session(account)
    say(page, "and this, too")
    expect(page.locator(".signin")).to_be_visible()
    other = Account(house, house.ids.new("guest"))
    with page.expect_navigation():
        sign_in_again(page.context, other)
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator("#composer")).to_have_value("")
    expect(page.locator(".thread-list .hint")).to_be_visible()
    assert said(other) == []
    assert said(account) == ["for my eyes"]
    kept = page.evaluate("JSON.stringify(Object.entries(sessionStorage))")
    assert "mine" not in kept
    assert "too" not in kept


def test_a_confirm_that_met_the_end_of_a_session_is_not_repeated(web: Web, page: Page, account: Account) -> None:
    web.expected.append("401")
    confirms: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/chat/confirm"):
            confirms.append(request.url)

    page.context.on("request", note)
    say(page, LUNCH)
    settled(page)
    end_session(account)
    page.click(".decide-confirm")
    expect(page.locator(".signin")).to_be_visible()
    sign_in_again(page.context, account)
    expect(page.locator(".card.is-pending .card-note")).to_contain_text("did not reach the server")
    assert len(confirms) == 1
    assert Account(account.server, account.name).statuses() == ["pending"]
    page.click(".decide-confirm")
    expect(page.locator(".card.is-completed")).to_be_visible()


def test_a_message_that_may_be_a_yes_is_not_sent_for_a_plan_that_its_writer_has_not_seen(
    web: Web, page: Page, account: Account, sent: list[str]
) -> None:
    web.expected.append("401")
    say(page, LUNCH)
    settled(page)
    end_session(account)
    say(page, "yes")
    expect(page.locator(".signin")).to_be_visible()
    elsewhere = Account(account.server, account.name)
    elsewhere.say(LUNCH.replace("Lunch", "Late lunch"), page.url.rpartition("/")[2])
    sign_in_again(page.context, account)
    expect(page.locator(".failed")).to_contain_text("another plan waits here by now")
    expect(page.locator(".card.is-pending")).to_contain_text("Late lunch")
    assert sorted(elsewhere.statuses()) == ["pending", "superseded"]
    assert len(sent) == 2
    page.locator(".failed").get_by_role("button", name="Try again").click()
    expect(page.locator(".card.is-completed")).to_contain_text("Late lunch")


def test_signing_out_leaves_nothing_of_the_user_in_any_tab(web: Web, page: Page, account: Account) -> None:
    web.expected.append("401")
    say(page, "for my eyes")
    answered(page, "for my eyes")
    page.fill("#composer", "a draft of mine")
    other = web.page(page.context, f"{account.url}/#/settings")
    other.get_by_role("button", name="Sign out", exact=True).click()
    for tab in (page, other):
        expect(tab.locator(".signin h1")).to_be_visible()
        expect(tab.locator("#app")).to_be_empty()
        assert tab.evaluate("Object.keys(sessionStorage)") == []


def test_a_tab_whose_browser_changed_hands_begins_anew(web: Web, page: Page, account: Account, house: Server) -> None:
    """Nobody signed out: another user signed in, in another tab."""
    say(page, "for my eyes")
    answered(page, "for my eyes")
    web.expected.append("404")
    with page.expect_navigation():
        sign_in_again(page.context, Account(house, house.ids.new("guest")))
    expect(page.locator(".welcome")).to_be_visible()


def test_too_early_an_answer_of_a_provider_is_no_trap(web: Web, house: Server, puppet: Puppet) -> None:
    """The list of providers cannot be had: the page says so and asks again."""
    web.expected += ["401", "503"]
    context = web.context(None)
    broken: list[int] = [1]

    def providers(route: Route) -> None:
        if broken:
            broken.pop()
            route.fulfill(status=503, json={"error": "store_unavailable", "message": "The store does not answer."})
        else:
            route.fallback()

    context.route("**/auth/providers", providers)
    page = web.page(context, house.url)
    expect(page.locator(".signin .empty")).to_contain_text("The store does not answer.")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".local")).to_be_visible()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuer_in_thread() as issuer:
        yield issuer


def consenting(context: BrowserContext, server: Server, issuer: Issuer, **person: str) -> None:
    """At the issuer `person` says yes at once."""

    def authorize(route: Route) -> None:
        back = callback(server.url, "work", issuer.grant(route.request.url, **person))
        route.fulfill(status=302, headers={"Location": back})

    context.route(f"{issuer.url}/authorize?**", authorize)


def test_one_more_way_to_sign_in_is_added_told_and_removed(
    web: Web, start_server: StartServer, issuer: Issuer, puppet: Puppet
) -> None:
    setup = {"issuer": issuer.url, "client_id": CLIENT_ID, "client_secret": SECRET, "label": "Work"}
    server = start_server(source=puppet, oidc={"work": setup}, allowed_users=["ana@example.com"])
    owner = Account(server, "")
    context = web.context(owner)
    consenting(context, server, issuer, sub="ana", email="ana@example.com")
    page = web.page(context, f"{server.url}/#/settings")
    ways = page.locator(".identity-list li")
    expect(ways).to_have_count(1)
    expect(ways).to_contain_text("This computer")
    expect(ways.get_by_role("button")).to_have_count(0)
    page.get_by_role("button", name="Add Work").click()
    expect(ways).to_have_count(2)
    expect(page).to_have_url(f"{server.url}/#/settings")
    expect(ways.filter(has_text="Work")).to_contain_text("ana@example.com")
    expect(page.get_by_role("button", name="Add Work")).to_be_hidden()
    page.get_by_role("button", name="Remove Work, ana@example.com").click()
    expect(ways).to_have_count(1)
    expect(page.get_by_role("button", name="Add Work")).to_be_visible()
    page.goto(f"{server.url}/#/audit")
    expect(page.locator(".log-entry", has_text="was added as a way to sign in")).to_have_count(1)
    expect(page.locator(".log-entry", has_text="ana@example.com was removed")).to_have_count(1)


def test_a_way_to_sign_in_that_is_refused_is_told_where_it_was_asked_for(
    web: Web, start_server: StartServer, issuer: Issuer, puppet: Puppet
) -> None:
    setup = {"issuer": issuer.url, "client_id": CLIENT_ID, "client_secret": SECRET, "label": "Work"}
    server = start_server(source=puppet, oidc={"work": setup}, allowed_users=["ana@example.com"])
    context = web.context(Account(server, ""))
    consenting(context, server, issuer, sub="eve", email="eve@evil.example")
    page = web.page(context, f"{server.url}/#/settings")
    page.get_by_role("button", name="Add Work").click()
    expect(page.locator(".toast")).to_contain_text("not on the list")
    expect(page).to_have_url(f"{server.url}/#/settings")
    expect(page.locator(".identity-list li")).to_have_count(1)


def test_without_an_issuer_there_is_no_choice_of_ways_to_sign_in(web: Web, account: Account) -> None:
    page = web.open(account, "/#/settings")
    page.locator(".session-list li").first.wait_for()
    expect(page.get_by_role("heading", name="Ways to sign in")).to_have_count(0)
