"""WCAG 2.2 AA by axe on every view and state, at every width, in both themes; and what axe cannot see."""

from playwright.sync_api import Page, expect
from tests.conftest import Server
from tests.web.conftest import LUNCH, TWO_TASKS, Account, Web, answered, leap, say, settled
from tests.web.looks import faults
from tests.web.puppet import Puppet
from tests.web.test_connections import LOCAL, Accounts, add, an_account, card
from tests.web.test_model import CLAUDE, OLLAMA, Model, choose, way

MARKDOWN = "# A list\n- **one**\n- `two` and https://example.com\n\n> said\n\n| a | b |\n| - | - |\n| 1 | 2 |"
MAIL = '!send_mail {"to": ["ana@example.com"], "subject": "Hello", "body": "Hi"}'


def test_an_empty_thread(web: Web, owner: Account) -> None:
    page = web.open(owner)
    expect(page.locator(".event").first).to_be_visible()
    page.locator(".suggestion").first.wait_for()
    assert faults(page) == {}


def test_a_thread_with_everything(page: Page, account: Account) -> None:
    """Markdown, a cancelled plan, a receipt with a line left out, a replaced plan, and one that waits."""
    say(page, MARKDOWN)
    answered(page)
    account_thread = page.url.rpartition("/")[2]
    for message, decision in ((MAIL, "cancel"), (LUNCH, "confirm")):
        account.say(message, account_thread)
        account.http.post(f"/chat/{decision}", json={"thread_id": account_thread}).raise_for_status()
    account.say(LUNCH, account_thread)
    account.say(f"{TWO_TASKS}\n{MAIL}", account_thread)
    page.reload()
    settled(page)
    waiting = page.locator(".card.is-pending")
    assert faults(page) == {}
    waiting.locator(".action-more > details > summary").first.click()
    waiting.get_by_text("Every argument").first.click()
    waiting.locator(".pick").nth(1).uncheck()
    waiting.locator('[data-key="note"]').click()
    waiting.locator('[data-key^="edit-"]').last.click()
    waiting.get_by_text("More", exact=True).click()
    expect(waiting.locator(".edit")).to_be_visible()
    expect(page.locator(".card.is-superseded, .card.is-cancelled, .card.is-completed")).to_have_count(3)
    assert faults(page) == {}


def test_an_answer_as_it_comes_and_one_that_failed(web: Web, page: Page, puppet: Puppet) -> None:
    web.expected.append("502")
    puppet.gate.clear()
    say(page, "one two three four five six")
    expect(page.locator(".is-live .bubble")).to_have_text("one two three")
    assert faults(page) == {}
    puppet.gate.set()
    answered(page)
    puppet.failures = 1
    say(page, "and on")
    page.locator(".failed").wait_for()
    assert faults(page) == {}


def test_every_view(web: Web, account: Account) -> None:
    account.decide(LUNCH, "confirm")
    account.decide(MAIL, "cancel")
    account.say('!create_task {"title": "Call the bank"}')
    page = web.open(account)
    for view, content in (("waiting", ".card"), ("activity", ".log ol"), ("settings", ".session-list .tag")):
        page.evaluate(f"location.hash = '#/{view}'")
        page.locator(f"#stage {content}").first.wait_for()
        if view == "settings":
            page.click(".danger summary")
        assert faults(page) == {}, view


def test_only_parts_of_the_page_scroll(web: Web, owner: Account) -> None:
    page = web.open(owner, "/#/settings")
    page.locator(".token-list li").wait_for()
    page.locator(".today .sr-only").first.wait_for(state="attached")
    page.set_viewport_size({"width": 1280, "height": 500})
    assert page.evaluate("document.scrollingElement.scrollHeight") == 500


def test_every_view_with_nothing_in_it(web: Web, page: Page) -> None:
    web.expected.append("404")
    for view in ("waiting", "activity", "audit", "t/thread_nowhere"):
        page.evaluate(f"location.hash = '#/{view}'")
        page.locator("#stage .empty").wait_for()
        assert faults(page) == {}, view


def test_connections_in_every_state(web: Web, account: Account) -> None:
    """All states of an account, a trouble, a name that is being changed, open forms, what was refused."""
    web.expected += ["422", "409"]
    checks = [{"name": "imap", "works": True, "message": ""}, {"name": "smtp", "works": False, "message": "No."}]
    then = "2026-03-02T11:00:00Z"
    there = Accounts(
        [
            LOCAL,
            an_account("Work", serves=["calendar", "mail"], default_for=["mail"], checks=checks),
            an_account("Home", state="unreachable", since=then),
            an_account("Old", state="reconnect_needed", since=then),
            an_account("Older", kind="google", state="reconnect_needed", since=then),
        ]
    )
    page = there.open(web, account, "/#/connections/declined")
    assert faults(page) == {}
    page.get_by_role("button", name="Rename “Work”").click()
    card(page, "Home").get_by_text("Remove", exact=True).click()
    add(page, "Google")
    add(page, "Mail and calendar servers")
    form = page.locator("details.addition[open] form.connect-form")
    form.get_by_text("Name and servers").click()
    fields = [{"field": "servers.imap.host", "message": "There is no such server."}]
    there.answers = [(422, {"error": "validation_error", "message": "no", "details": {"fields": fields}})]
    form.get_by_label("E-mail address").fill("robin@post.example")
    form.get_by_label("Password").fill("a secret")
    form.get_by_role("button", name="Connect").click()
    expect(form.locator("[aria-invalid]")).to_have_count(1)
    assert faults(page) == {}
    there.answers = [(422, {"error": "cannot_connect", "message": "Nothing works.", "details": {"checks": checks}})]
    form.get_by_role("button", name="Connect").click()
    expect(form.locator(".checks li")).to_have_count(2)
    there.answers = [(409, {"error": "account_has_data", "message": "no"})]
    page.get_by_role("button", name="Remove “Sample data”").click()
    expect(page.locator(".own-data")).to_be_focused()
    assert faults(page) == {}


def test_no_connections(web: Web, account: Account) -> None:
    page = Accounts([], []).open(web, account)
    assert faults(page) == {}


def test_the_model_in_every_state(web: Web, account: Account) -> None:
    found = [{"name": f"ollama:{name}", "label": name, "base_url": OLLAMA, "source": "ollama"} for name in ("a", "b")]
    model = Model(CLAUDE | {"offers": found, "spent_today": 12_345, "limit": 500_000})
    model.verdicts = ["The vendor does not accept this key."]
    page = model.open(web, account)
    form = choose(page)
    form.get_by_role("button", name="Test").click()
    expect(form.get_by_role("status")).to_contain_text("does not accept")
    assert faults(page) == {}
    way(form, "A server of your own").check()
    assert faults(page) == {}


def test_a_test_that_is_under_way(web: Web, account: Account) -> None:
    page = Model(CLAUDE).open(web, account, hold=True)
    form = choose(page)
    form.get_by_role("button", name="Test").click()
    form.locator(".working").wait_for()
    assert faults(page) == {}


def test_the_way_in(web: Web, house: Server) -> None:
    web.expected.append("401")
    page = web.page(web.context(None), house.url)
    page.locator(".local").wait_for()
    assert faults(page) == {}
    page.evaluate("location.hash = '#/signin/not_allowed'")
    page.locator(".card-note").wait_for()
    page.locator(".local").wait_for()
    assert faults(page) == {}


def test_a_session_that_ended(web: Web, page: Page, account: Account) -> None:
    web.expected += ["401", "404"]
    account.http.post("/auth/logout", json={})
    say(page, "hello")
    page.locator(".signin .local").wait_for()
    assert faults(page) == {}


def test_a_device_that_signs_in_by_a_link(web: Web, account: Account) -> None:
    """The link, the question and its end on the one device; the name, the number and the end on the other."""
    web.expected += ["401", "409"]
    page = web.open(account, "/#/settings")
    page.get_by_role("button", name="Sign in another device").click()
    page.locator(".qr svg").wait_for()
    assert faults(page) == {}
    other = web.page(web.context(None), page.locator(".offer .terminal").inner_text())
    other.locator("#device-name").wait_for()
    assert faults(other) == {}
    other.locator("#device-name").press("Enter")
    other.locator(".check b").wait_for()
    assert faults(other) == {}
    page.locator(".offer .check b").wait_for()
    assert faults(page) == {}
    leap(page)
    page.get_by_role("button", name="Don't allow").click()
    other.locator(".signin .button").wait_for()
    expect(other.locator(".check")).to_have_count(0)
    assert faults(other) == {}


def test_settings_with_everything_open(web: Web, account: Account) -> None:
    """A sign-in that is renamed, a token that is made, shown once, and listed; what happened."""
    account.session()
    page = web.open(account, "/#/settings")
    page.get_by_role("button", name="Rename").first.click()
    page.get_by_text("Sign out everywhere").click()
    page.get_by_text("Make a token for a program").click()
    page.get_by_label("What is it for?").fill("Backup")
    page.get_by_label("decide").check()
    assert faults(page) == {}
    page.get_by_role("button", name="Make the token").click()
    page.locator(".terminal.is-whole").wait_for()
    page.locator(".token-list .row-tools").wait_for()
    assert faults(page) == {}
    page.evaluate("location.hash = '#/audit'")
    page.locator(".log-entry").first.wait_for()
    assert faults(page) == {}


def test_what_lies_over_the_page(web: Web, page: Page) -> None:
    """A toast, the banner, the dialog with the shortcuts, a title that is being changed."""
    web.expected.append("ERR_INTERNET_DISCONNECTED")
    say(page, "keep me")
    answered(page)
    page.locator(".thread-item").hover()
    page.click("[aria-label^=Delete]")
    page.click(".toast button:has-text('Undo')")
    page.locator(".thread-item").hover()
    page.click("[aria-label^=Rename]")
    page.locator(".rename input").wait_for()
    page.context.set_offline(True)
    page.locator("#banner").wait_for()
    assert faults(page) == {}
    page.keyboard.press("Escape")
    page.click("[aria-label='Keyboard shortcuts']")
    expect(page.locator("dialog")).to_be_visible()
    assert faults(page) == {}
    page.keyboard.press("Escape")
    page.context.set_offline(False)
    expect(page.locator("#banner")).to_be_hidden()
    page.locator(".thread-item").hover()
    page.click("[aria-label^=Delete]")
    page.locator(".toast").hover()  # it stays as long as the pointer is on it
    assert faults(page) == {}


def test_drawers_take_and_give_back_the_focus(web: Web, account: Account) -> None:
    page = web.open(account, size="phone")
    page.locator("#composer").wait_for()
    page.click(".menu .icon-button")
    expect(page.locator(".side .drawer-close")).to_be_focused()
    assert faults(page, ("phone",)) == {}
    page.keyboard.press("Escape")
    expect(page.locator(".menu .icon-button")).to_be_focused()
    page.click(".today-open")
    expect(page.locator(".today .drawer-close")).to_be_focused()
    assert faults(page, ("phone", "tablet")) == {}


LISTEN = """() => { window.said = [];
    for (const region of document.querySelectorAll("#say-a, #say-b")) new MutationObserver(() =>
        region.textContent && said.push(region.textContent)).observe(region, { childList: true });
}"""


def test_an_answer_is_announced_as_it_begins_and_when_it_is_whole(page: Page, puppet: Puppet) -> None:
    page.evaluate(LISTEN)
    puppet.gate.clear()
    say(page, "one two three four five six")
    expect(page.locator(".is-live .bubble")).to_have_text("one two three")
    assert page.evaluate("said") == ["Thinking"]
    puppet.gate.set()
    answered(page)
    assert page.evaluate("said") == ["Thinking", "Sayso said: one two three four five six"]


def test_a_waiting_plan_is_announced_once(page: Page) -> None:
    page.evaluate(LISTEN)
    say(page, LUNCH)
    settled(page)
    say(page, "and on")
    answered(page, "and on")
    said = page.evaluate("said")
    assert len([text for text in said if "waits for your decision" in text and "Lunch" in text]) == 1


def test_everything_by_keyboard(page: Page) -> None:
    say(page, LUNCH)
    settled(page)
    page.keyboard.press("Alt+j")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('decide-confirm')"):
            break
    page.keyboard.press("Space")
    expect(page.locator(".card.is-completed")).to_be_visible()


def test_who_wants_no_motion_gets_none(web: Web, account: Account) -> None:
    page = web.open(account, reduced_motion="reduce")
    page.locator("#composer").wait_for()
    moving = "document.getAnimations().length + [...document.querySelectorAll('*')].filter((element) => "
    moving += "parseFloat(getComputedStyle(element).transitionDuration) > 0).length"
    assert page.evaluate(moving) == 0


def test_a_narrow_zoomed_window_needs_no_sideways_scrolling(web: Web, account: Account) -> None:
    page = web.open(account, size="phone")
    page.set_viewport_size({"width": 320, "height": 640})
    say(page, "x" * 200 + TWO_TASKS)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
