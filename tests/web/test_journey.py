"""What a person does on a day, in every size and both themes."""

import re
from itertools import product

import pytest
from playwright.sync_api import Page, expect
from tests.web.conftest import SIZES, TWO_TASKS, Account, Web, answered, say, settled
from tests.web.looks import THEMES
from tests.web.puppet import Puppet

LUNCH = '!create_calendar_event {"title": "Lunch", "start": "2026-03-03T12:00"}'
MAIL = '!send_mail {"to": ["ana@example.com"], "subject": "Hello", "body": "Hi"}'


@pytest.mark.parametrize(("size", "theme"), list(product(SIZES, THEMES)))
def test_a_day(web: Web, account: Account, puppet: Puppet, size: str, theme: str) -> None:
    page = web.open(account, size=size, color_scheme=theme)
    expect(page.locator(".suggestion")).to_have_count(4)
    _ask_and_stop(page, puppet)
    _plan_edit_and_confirm(page, account)
    _look_at_today(page, "Long lunch")
    _cancel_from_the_waiting_view(page, size, account)
    _look_back(page, size)
    _settle_in(page, size, account)


def _ask_and_stop(page: Page, puppet: Puppet) -> None:
    puppet.gate.clear()
    say(page, "one two three four five six")
    expect(page.locator(".is-live .bubble")).to_have_text("one two three")
    with page.expect_response("**/chat/stop"):
        page.click(".send")
    puppet.gate.set()
    expect(page.locator(".is-live")).to_have_count(0)


def _plan_edit_and_confirm(page: Page, account: Account) -> None:
    say(page, f"{LUNCH}\n{TWO_TASKS}")
    settled(page)
    expect(page.locator(".action .block.is-after").first).to_have_attribute("title", re.compile("12:00.*1:00.*Lunch"))
    page.locator(".action summary").first.click()
    expect(page.locator(".action").first).to_contain_text("Every argument")
    page.locator('[data-key^="edit-"]').first.click()
    page.fill('.edit [name="title"]', "Long lunch")
    page.click(".edit button[type=submit]")
    expect(page.locator(".card-news")).to_be_visible()
    settled(page)
    page.locator(".pick").last.uncheck()
    page.click(".decide-confirm")
    expect(page.locator(".card.is-completed .action .outcome")).to_have_text(["Done", "Done", "Left out"])
    assert account.statuses() == ["completed", "superseded"]


def _look_at_today(page: Page, title: str) -> None:
    drawer = page.locator(".today-open")
    if drawer.is_visible():
        drawer.click()
    expect(page.locator("aside.today")).to_be_visible()
    expect(page.locator("aside.today .event")).to_contain_text(title)
    if drawer.is_visible():
        page.keyboard.press("Escape")


def _go(page: Page, size: str, place: str) -> None:
    if size == "phone":
        page.click(".menu .icon-button")
    page.locator(".places").get_by_text(place).click()
    expect(page.locator("#title")).to_have_text(place)


def _cancel_from_the_waiting_view(page: Page, size: str, account: Account) -> None:
    account.say(MAIL)
    _go(page, size, "Waiting")
    settled(page)
    page.click('[data-key="note"]')
    page.fill(".card-words input", "not now")
    page.click(".decide-cancel")
    expect(page.locator(".card.is-cancelled .card-quote")).to_contain_text("not now")


def _look_back(page: Page, size: str) -> None:
    _go(page, size, "Activity")
    expect(page.locator(".log-entry")).to_have_count(4)
    page.click(".chip:has-text('To others')")
    expect(page.locator(".log-entry")).to_have_count(1)
    page.click(".log-entry")
    expect(page.locator(".card.is-cancelled")).to_be_visible()


def _settle_in(page: Page, size: str, account: Account) -> None:
    _go(page, size, "Settings")
    page.fill(".settings input[type=text]", "Sam")
    page.keyboard.press("Tab")
    expect(page.locator(".toast")).to_contain_text("Saved")
    assert account.http.get("/auth/session").json()["user"]["name"] == "Sam"
    if size == "phone":
        page.click(".menu .icon-button")
    page.click(".new-thread")
    say(page, "good night")
    answered(page, "good night")
