"""Devices, sign-ins and programs: let in, named, listed, and taken back; and what happened, told."""

import re
from datetime import timedelta

import httpx2
import pytest
from playwright.sync_api import Page, expect
from tests.conftest import Server
from tests.web.conftest import LUNCH, Account, Web, leap

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)


def offer(page: Page) -> str:
    """Show a link on a signed-in page; the link."""
    page.get_by_role("button", name="Sign in another device").click()
    expect(page.locator(".qr svg")).to_be_visible()
    return page.locator(".offer .terminal").inner_text()


def phone(web: Web, url: str) -> Page:
    """Another device that opens the link."""
    web.expected.append("401")
    return web.page(web.context(None, size="phone", user_agent=IPHONE), url)


@pytest.fixture
def page(web: Web, account: Account) -> Page:
    page = web.open(account, "/#/settings")
    page.locator(".session-list .tag").wait_for()
    return page


def test_another_device_signs_in_by_a_link(web: Web, page: Page, account: Account) -> None:
    url = offer(page)
    assert url.startswith(f"{account.url}/#/device/")
    expect(page.locator(".countdown")).to_have_text(re.compile(r"1:\d\d left|2:00 left"))
    other = phone(web, url)
    expect(other.get_by_label("Name of the device")).to_have_value("iPhone")
    expect(other).to_have_url(f"{account.url}/#/")  # the link is not kept anywhere
    assert "device" not in other.evaluate("JSON.stringify([history.state, location.href, {...sessionStorage}])")
    other.get_by_role("button", name="Go on").click()
    expect(other.locator(".check b")).to_have_text(re.compile(r"^\d\d$"))
    expect(page.locator(".offer")).to_contain_text("Safari, iPhone has used the link, from 127.0.0.1.")
    expect(page.locator(".offer .check b")).to_have_text(other.locator(".check b").inner_text())
    page.locator(".offer").get_by_label("Name of the device").fill("The red phone")
    leap(page)
    page.get_by_role("button", name="Allow", exact=True).click()
    expect(other.locator("#composer")).to_be_visible()
    expect(page.locator(".toast")).to_contain_text("“The red phone” is signed in.")
    expect(page.locator(".session-list .named", has_text="The red phone")).to_be_visible()
    other.evaluate("location.hash = '#/settings'")
    expect(other.locator(".session-list li", has_text="this browser")).to_contain_text("The red phone")
    assert other.evaluate("Object.keys(sessionStorage)") == ["user"]


def test_a_device_that_is_not_allowed_is_told_what_to_do(web: Web, page: Page, account: Account) -> None:
    other = phone(web, offer(page))
    other.get_by_role("button", name="Go on").click()
    page.locator(".offer .check").wait_for()
    web.expected.append("409")
    leap(page)
    page.get_by_role("button", name="Don't allow").click()
    expect(other.locator(".signin h1")).to_have_text("This device was not let in")
    expect(page.locator(".toast")).to_contain_text("was not let in")
    expect(page.locator(".session-list li")).to_have_count(1)
    other.get_by_role("button", name="Sign in another way").click()
    expect(other.locator(".signin h1")).to_have_text("Sign in to Sayso")


def test_a_link_that_is_over_says_so_on_both_sides(web: Web, owner: Account) -> None:
    web.expected.append("409")
    page = web.open(owner, "/#/settings")
    url = offer(page)
    owner.server.clock.move(timedelta(minutes=3))
    expect(page.locator(".offer h2")).to_have_text("This link is over")
    other = phone(web, url)
    other.get_by_role("button", name="Go on").click()
    expect(other.locator(".signin h1")).to_have_text("This link is over")
    page.get_by_role("button", name="Make a new link").click()
    expect(page.locator(".qr svg")).to_be_visible()
    assert page.locator(".offer .terminal").inner_text() != url


def test_a_link_that_two_devices_use_lets_neither_in(web: Web, page: Page, account: Account) -> None:
    web.expected.append("409")
    url = offer(page)
    first, second = phone(web, url), phone(web, url)
    first.get_by_role("button", name="Go on").click()
    page.locator(".offer .check").wait_for()
    second.get_by_role("button", name="Go on").click()
    for other in (first, second):
        expect(other.locator(".signin h1")).to_have_text("This link was used already")
    expect(page.locator(".offer")).to_contain_text("Two devices used it, so neither was let in.")


def test_a_link_that_never_was_says_so(web: Web, house: Server) -> None:
    web.expected.append("404")
    other = phone(web, f"{house.url}/#/device/{'x' * 43}")
    other.get_by_role("button", name="Go on").click()
    expect(other.locator(".signin h1")).to_have_text("This link leads nowhere")


def test_a_device_that_waits_survives_a_reload(web: Web, page: Page) -> None:
    other = phone(web, offer(page))
    other.get_by_role("button", name="Go on").click()
    number = other.locator(".check b").inner_text()
    other.reload()
    expect(other.locator(".check b")).to_have_text(number)
    page.locator(".offer .check").wait_for()
    leap(page)
    page.get_by_role("button", name="Allow", exact=True).click()
    expect(other.locator("#composer")).to_be_visible()


def test_who_is_signed_in_stays_who_he_is(web: Web, page: Page, house: Server) -> None:
    """A link that somebody sent: it would sign this browser in as him."""
    other = web.open(Account(house, house.ids.new("guest")))
    other.locator("#composer").wait_for()
    before = other.evaluate("fetch('/auth/session').then((answer) => answer.json())")["user"]
    url = offer(page)
    other.evaluate("(url) => { location.href = url; }", url)
    expect(other.locator(".toast")).to_contain_text("This browser is signed in already")
    assert other.evaluate("fetch('/auth/session').then((answer) => answer.json())")["user"] == before
    assert "device" not in other.url
    expect(page.locator(".qr svg")).to_be_visible()


def test_the_question_is_not_answered_by_accident(web: Web, page: Page) -> None:
    other = phone(web, offer(page))
    page.evaluate("performance.now = () => 1000")  # the page's clock stands still
    other.get_by_role("button", name="Go on").click()
    expect(page.locator(".offer h2")).to_have_text("Is this your device?")
    expect(page.locator(".offer h2")).to_be_focused()
    page.get_by_role("button", name="Allow", exact=True).click()
    page.locator(".offer").get_by_label("Name of the device").press("Enter")
    page.evaluate("performance.now = () => 1700")
    page.locator(".offer").get_by_label("Name of the device").press("Enter")
    page.keyboard.down("Enter")  # and is held
    page.get_by_role("button", name="Allow", exact=True).focus()
    page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    with page.expect_response("**/auth/devices/*") as asked:
        pass
    assert asked.value.json()["status"] == "claimed"


def test_the_keyboard_is_enough_on_both_devices(web: Web, page: Page) -> None:
    page.get_by_role("button", name="Sign in another device").focus()
    page.keyboard.press("Enter")
    page.locator(".qr svg").wait_for()
    expect(page.locator(".offer h2")).to_be_focused()
    other = phone(web, page.locator(".offer .terminal").inner_text())
    expect(other.locator(".signin h1")).to_be_focused()
    other.keyboard.press("Tab")
    other.keyboard.press("Enter")
    expect(page.locator(".offer h2")).to_have_text("Is this your device?")
    leap(page)
    for _ in range(3):  # the name, Don't allow, Allow
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Allow", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(other.locator("#composer")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in another device")).to_be_focused()


def test_a_sign_in_is_named_and_all_others_are_ended(web: Web, page: Page, account: Account) -> None:
    others = [account.session(), account.session()]
    page.reload()
    expect(page.locator(".session-list li")).to_have_count(3)
    mine = page.locator(".session-list li", has_text="this browser")
    mine.get_by_role("button", name="Rename").click()
    field = page.get_by_label("Name of the device")
    expect(field).to_be_focused()
    field.press("Escape")
    expect(mine.get_by_role("button", name="Rename")).to_be_focused()
    mine.get_by_role("button", name="Rename").click()
    field.fill("Desk")
    field.press("Enter")
    expect(mine.locator(".named")).to_have_text("Desk")
    page.get_by_text("Sign out everywhere").click()
    page.get_by_role("button", name="Everywhere else").click()
    expect(page.locator(".session-list li")).to_have_count(1)
    assert [client.get("/auth/session").status_code for client in others] == [401, 401]


def test_sign_out_everywhere_ends_this_one_too(web: Web, page: Page, account: Account) -> None:
    web.expected.append("401")
    other = account.session()
    page.get_by_text("Sign out everywhere").click()
    page.get_by_role("button", name="Everywhere, here too").click()
    expect(page.locator(".signin h1")).to_be_visible()
    assert other.get("/auth/session").status_code == 401


def test_a_token_is_made_shown_once_and_revoked(web: Web, page: Page, account: Account) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_text("Make a token for a program").click()
    page.get_by_label("What is it for?").fill("Backup")
    warning = page.locator(".warns")
    expect(warning).to_be_empty()
    page.get_by_label("decide").check()
    expect(warning).to_have_text("This program can confirm and cancel in your name.")
    page.get_by_label("decide").uncheck()
    expect(warning).to_be_empty()
    page.get_by_label("It is valid for").select_option(label="30 days")
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_role("heading", name="The token for “Backup”")).to_be_focused()
    secret = page.locator(".terminal.is-whole").inner_text()
    page.get_by_role("button", name="Copy the token").click()
    expect(page.locator(".toast")).to_contain_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == secret
    program = account.server.anonymous(headers={"Authorization": f"Bearer {secret}"})
    assert program.get("/threads").status_code == 200
    assert program.post("/chat", json={"user_message": "hello"}).status_code == 403
    line = page.locator(".token-list li")
    expect(line).to_contain_text("never used")
    expect(line).to_contain_text("valid until Apr 1, 2026")
    page.get_by_role("button", name="I have kept it").click()
    expect(page.locator(".fold summary", has_text="Make a token")).to_be_focused()
    page.reload()
    expect(line).to_contain_text("last used")
    expect(page.locator("body")).not_to_contain_text(secret)
    page.get_by_role("button", name="Revoke “Backup”").click()
    expect(line).to_contain_text("None.")
    assert program.get("/threads").status_code == 401


def test_what_happened_is_told_in_words_and_by_what(web: Web, account: Account) -> None:
    wanted = {"name": "Backup", "scopes": ["read", "chat", "decide"]}
    token = account.session().post("/auth/tokens", json=wanted).raise_for_status().json()
    program = account.server.anonymous(headers={"Authorization": f"Bearer {token['token']}"})
    decide_by(program)
    page = web.open(account, "/#/settings")
    page.get_by_role("link", name="What happened on this account").click()
    lines = page.locator(".log-entry")
    expect(lines.filter(has_text="The token “Backup” was made.")).to_contain_text("127.0.0.1")
    expect(lines.filter(has_text="You confirmed a plan.")).to_contain_text("by the program “Backup”")
    expect(page.locator(".places [aria-current]")).to_have_text("Settings")


def decide_by(client: httpx2.Client) -> None:
    thread_id = client.post("/chat", json={"user_message": LUNCH}).raise_for_status().json()["thread_id"]
    client.post("/chat/confirm", json={"thread_id": thread_id}).raise_for_status()


def test_what_happened_long_ago_is_a_page_further(web: Web, account: Account) -> None:
    for number in range(26):
        made = account.http.post("/auth/tokens", json={"name": f"t{number}", "scopes": ["read"]}).raise_for_status()
        account.http.delete(f"/auth/tokens/{made.json()['id']}").raise_for_status()
    page = web.open(account, "/#/audit")
    expect(page.locator(".log-entry")).to_have_count(50)
    expect(page.locator(".log-entry").first).to_contain_text("The token “t25” was revoked.")
    page.get_by_role("button", name="Show more").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".log-entry").nth(51)).to_contain_text("The token “t0” was made.")
    expect(page.locator(".log-entry").nth(50)).to_be_focused()
