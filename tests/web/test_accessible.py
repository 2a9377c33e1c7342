"""WCAG 2.2 AA by axe on every view and state, in both themes, at every width; and what axe cannot see."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from tests.conftest import Server
from tests.web.conftest import LUNCH, TWO_TASKS, Web, answered, say, settled

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
EVERY_LOOK = [("phone", "light"), ("tablet", "dark"), ("wide", "light")]


def violations(page: Page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{rule['id']}: {[node['html'][:200] for node in rule['nodes']]}" for rule in found]


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return width


@pytest.mark.parametrize(("size", "scheme"), EVERY_LOOK)
def test_every_state_of_a_thread(web: Web, size: str, scheme: str) -> None:
    page = web.page(size=size, color_scheme=scheme)
    page.locator(".suggestion").first.wait_for()
    assert violations(page) == []
    say(page, TWO_TASKS)
    settled(page)
    page.locator("summary").first.click()
    assert violations(page) == []
    page.locator('[data-key^="edit-"]').first.click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator(".pick").first.uncheck()
    page.click(".decide-confirm")
    page.locator(".card.is-completed, .card.is-partial").wait_for()
    say(page, LUNCH)
    page.locator(".card.is-pending").wait_for()
    page.wait_for_timeout(550)
    page.click(".decide-cancel")
    page.locator(".card.is-cancelled").wait_for()
    say(page, "# A list\n- **one**\n- `two` and https://example.com\n\n| a | b |\n| - | - |\n| 1 | 2 |")
    answered(page)
    assert violations(page) == []
    assert overflow(page) == 0


@pytest.mark.parametrize(("size", "scheme"), EVERY_LOOK)
@pytest.mark.parametrize("view", ["waiting", "activity", "settings"])
def test_every_view(web: Web, server: Server, size: str, scheme: str, view: str) -> None:
    client = server.client()
    for message in (LUNCH, '!create_task {"title": "Call the bank"}'):
        client.post("/chat", json={"user_message": message, "thread_id": f"thread_{len(message)}"}).raise_for_status()
    client.post("/chat/confirm", json={"thread_id": f"thread_{len(LUNCH)}"}).raise_for_status()
    page = web.page(path=f"/#/{view}", size=size, color_scheme=scheme)
    page.locator("#stage :is(.card, .empty, .log ol, .session-list .tag)").first.wait_for()
    assert violations(page) == []
    assert overflow(page) == 0


@pytest.mark.parametrize(("size", "scheme"), EVERY_LOOK)
def test_the_way_in(web: Web, size: str, scheme: str) -> None:
    web.expected.append("401")
    page = web.page(web.context(size, signed_in=False, color_scheme=scheme))
    page.locator(".local").wait_for()
    assert violations(page) == []
    assert overflow(page) == 0


def test_drawers_take_and_give_back_the_focus(web: Web) -> None:
    page = web.page(size="phone")
    page.locator("#composer").wait_for()
    page.click(".menu .icon-button")
    expect(page.locator(".side .drawer-close")).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator(".menu .icon-button")).to_be_focused()
    page.click(".today-open")
    expect(page.locator(".today .drawer-close")).to_be_focused()
    assert violations(page) == []


def test_a_waiting_plan_is_announced_once(page: Page) -> None:
    page.evaluate(
        "window.said = []; for (const id of ['say-a', 'say-b']) new MutationObserver(() => "
        "{ const text = document.getElementById(id).textContent; if (text) said.push(text); })"
        ".observe(document.getElementById(id), { childList: true })"
    )
    say(page, LUNCH)
    settled(page)
    page.wait_for_timeout(300)
    said = page.evaluate("said")
    assert len([text for text in said if "waits for your decision" in text and "Lunch" in text]) == 1


def test_everything_by_keyboard(page: Page, server: Server) -> None:
    say(page, LUNCH)
    settled(page)
    page.keyboard.press("Alt+j")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('decide-confirm')"):
            break
    page.keyboard.press("Space")
    expect(page.locator(".card.is-completed")).to_be_visible()


def test_a_narrow_zoomed_window_needs_no_sideways_scrolling(web: Web) -> None:
    page = web.page(size="phone")
    page.set_viewport_size({"width": 320, "height": 640})
    say(page, "x" * 200 + TWO_TASKS)
    settled(page)
    assert overflow(page) == 0
