"""The languages of the page, and those that are written from the right."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.web.conftest import LUNCH, TWO_TASKS, Account, Web, say, settled
from tests.web.looks import faults

import sayso

ENGLISH = Path(sayso.__file__).parent / "web" / "static" / "i18n" / "en.json"
HEBREW = dict(zip("abcdefghijklmnopqrstuvwxyz", "אבגדהוזחטיכלמנסעפצקרשתאבגד", strict=True))


def test_german(web: Web, account: Account) -> None:
    page = web.open(account, locale="de-DE")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator(".welcome h2")).to_have_text("Was möchtest du erledigen?")
    say(page, LUNCH)
    settled(page)
    expect(page.locator(".stamp")).to_have_text("Noch ist nichts geschehen")
    expect(page.locator(".place-of")).to_have_text("Neuer Termin")
    expect(page.locator(".thing-when")).to_contain_text("Di., 10. März, 12:00–13:00 Uhr")
    expect(page.locator(".decide-confirm span")).to_have_attribute("lang", "en")  # made by the server, in English


def test_the_language_can_be_chosen(web: Web, account: Account) -> None:
    page = web.open(account, "/#/settings")
    page.get_by_role("combobox", name="Language").select_option("de")
    expect(page.locator("#title")).to_have_text("Einstellungen")
    page.reload()
    expect(page.locator("#title")).to_have_text("Einstellungen")


def in_hebrew(message: Any) -> Any:
    """The message in Hebrew letters; what stands in braces stays."""
    if isinstance(message, dict):
        return {form: in_hebrew(text) for form, text in message.items()}
    parts = re.split(r"(\{\w+\})", message)
    return "".join(part if part.startswith("{") else "".join(HEBREW.get(c.lower(), c) for c in part) for part in parts)


@pytest.fixture
def hebrew(web: Web, account: Account) -> Page:
    """The page in a language from one more message file, written from the right."""
    messages = {key: in_hebrew(text) for key, text in json.loads(ENGLISH.read_text(encoding="utf-8")).items()}
    messages |= {"language": "עברית", "direction": "rtl"}
    context = web.context(account, locale="he-IL")
    languages = {"languages": {"en": "English", "he": "עברית"}}
    context.route("**/i18n/index.json", lambda route: route.fulfill(json=languages))
    context.route("**/i18n/he.json", lambda route: route.fulfill(json=messages))
    page = web.page(context, account.url)
    page.locator("#composer").wait_for()
    return page


def middle(page: Page, selector: str) -> float:
    box = page.locator(selector).first.bounding_box()
    assert box is not None, selector
    return box["x"] + box["width"] / 2


def test_an_interface_from_the_right_is_mirrored(hebrew: Page) -> None:
    page = hebrew
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    say(page, TWO_TASKS)
    settled(page)
    threads, today, card = (middle(page, place) for place in (".side", "aside.today", ".card"))
    assert today < card < threads
    assert middle(page, ".message.is-user .bubble") < card  # one's own words stand at the end of the line
    assert middle(page, ".send") < middle(page, "#composer")
    assert middle(page, ".decide-confirm") < middle(page, ".decide-cancel")
    assert middle(page, ".action-title") < middle(page, ".pick")
    assert middle(page, ".card-time") < middle(page, ".stamp")
    assert faults(page) == {}
    page.locator(".card summary").first.click()
    page.locator('[data-key^="edit-"]').first.click()
    assert middle(page, ".edit input") < middle(page, ".edit label")
    for view, start, end in (("activity", ".outcome-icon", ".log-main"), ("settings", ".row span", ".row input")):
        page.keyboard.press("Escape")
        if view == "activity":
            page.click(".decide-confirm")
            expect(page.locator(".card.is-completed")).to_be_visible()
        page.evaluate(f"location.hash = '#/{view}'")
        page.locator(f"#stage {end}").first.wait_for()
        assert middle(page, f"#stage {end}") < middle(page, f"#stage {start}")


def test_drawers_come_from_their_own_side(hebrew: Page) -> None:
    page = hebrew
    page.set_viewport_size({"width": 390, "height": 844})
    page.click(".menu .icon-button")
    expect(page.locator(".side .drawer-close")).to_be_focused()
    assert middle(page, ".side") > 195
    page.keyboard.press("Escape")
    page.click(".today-open")
    expect(page.locator(".today .drawer-close")).to_be_focused()
    assert middle(page, "aside.today") < 195
    assert faults(page, ("phone",)) == {}


def test_right_to_left_text_reads_from_the_right(page: Page) -> None:
    say(page, "מה קורה היום?")
    bubble = page.locator(".message.is-user .bubble")
    expect(bubble).to_have_attribute("dir", "auto")
    expect(bubble).to_have_css("direction", "rtl")
