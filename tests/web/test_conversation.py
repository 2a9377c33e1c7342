"""Threads and messages: saying something, the answer as it comes, and what stands in the list."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect
from tests.web.conftest import LUNCH, Account, Web, answered, say, settled
from tests.web.puppet import Puppet


def test_an_answer_streams_and_can_be_stopped(page: Page, puppet: Puppet) -> None:
    puppet.gate.clear()
    say(page, "one two three four five six")
    expect(page.locator(".is-live .bubble")).to_have_text("one two three")
    expect(page.locator(".send")).to_have_attribute("aria-label", "Stop the answer")
    with page.expect_response("**/chat/stop"):
        page.click(".send")
    puppet.gate.set()
    expect(page.locator(".is-live")).to_have_count(0)
    expect(page.locator(".message.is-assistant .bubble")).to_contain_text("one two three")
    expect(page.locator(".send")).to_have_attribute("aria-label", "Send")
    say(page, "and on")
    answered(page, "and on")


def test_the_thread_is_listed_under_its_first_message(page: Page) -> None:
    say(page, "Plan the offsite in Porto")
    expect(page.locator(".thread-item")).to_have_text("Plan the offsite in Porto")
    expect(page.locator("#title")).to_have_text("Plan the offsite in Porto")
    expect(page).to_have_url(re.compile("#/t/thread_"))
    page.reload()
    expect(page.locator(".message.is-user .bubble")).to_have_text("Plan the offsite in Porto")


def test_rename(page: Page) -> None:
    say(page, "first words")
    page.locator(".thread-item").hover()
    page.click("[aria-label^=Rename]")
    page.fill(".rename input", "A better name")
    page.press(".rename input", "Enter")
    expect(page.locator(".thread-item")).to_have_text("A better name")
    page.reload()
    expect(page.locator(".thread-item")).to_have_text("A better name")


def test_delete_can_be_undone(page: Page, account: Account) -> None:
    say(page, "keep me")
    expect(page.locator(".thread-item")).to_have_count(1)
    page.locator(".thread-item").hover()
    page.click("[aria-label^=Delete]")
    expect(page.locator(".thread-item")).to_have_count(0)
    page.click(".toast button:has-text('Undo')")
    expect(page.locator(".thread-item")).to_have_text("Keep me")
    page.locator(".thread-item").hover()
    page.click("[aria-label^=Delete]")
    page.click(".toast [aria-label=Close]")
    expect(page.locator(".thread-item")).to_have_count(0)
    page.reload()
    expect(page.locator(".thread-list .hint")).to_be_visible()
    assert account.http.get("/threads").json()["threads"] == []


def test_the_last_message_can_be_edited_and_sent_again(page: Page) -> None:
    say(page, "helo")
    answered(page)
    page.locator(".message.is-user").hover()
    page.click("[aria-label='Edit and send again']")
    expect(page.locator("#composer")).to_have_value("helo")
    page.fill("#composer", "hello")
    page.keyboard.press("Enter")
    expect(page.locator(".message.is-user .bubble").last).to_have_text("hello")


def test_the_last_message_can_be_sent_again(page: Page) -> None:
    say(page, "hello")
    answered(page)
    page.locator(".message.is-user").hover()
    page.get_by_role("button", name="Send again", exact=True).click()
    expect(page.locator(".message.is-user .bubble")).to_have_text(["hello", "hello"])
    answered(page, "hello")


def test_an_answer_that_failed_can_be_tried_again(page: Page, puppet: Puppet) -> None:
    puppet.failures = 1
    say(page, "hello")
    expect(page.locator(".failed")).to_contain_text("model")
    page.locator(".failed").get_by_text("Try again").click()
    answered(page, "hello")
    expect(page.locator(".message.is-user")).to_have_count(1)


def test_a_message_that_failed_can_be_changed(page: Page, puppet: Puppet) -> None:
    puppet.failures = 1
    say(page, "helo")
    page.locator(".failed").get_by_text("Edit and send again").click()
    expect(page.locator("#composer")).to_have_value("helo")
    expect(page.locator(".message.is-user")).to_have_count(0)
    say(page, "hello")
    answered(page, "hello")
    expect(page.locator(".message.is-user")).to_have_count(1)


def test_a_draft_stays_with_its_thread(page: Page) -> None:
    say(page, "first thread")
    answered(page)
    page.fill("#composer", "half a thou")
    page.keyboard.press("Alt+n")
    expect(page.locator("#composer")).to_have_value("")
    page.locator(".thread-item a").click()
    expect(page.locator("#composer")).to_have_value("half a thou")


def test_a_long_message_is_folded(page: Page) -> None:
    say(page, "\n".join(f"line {number}" for number in range(60)))
    answered(page)
    mine = page.locator(".message.is-user")
    folded = mine.bounding_box()
    mine.get_by_role("button", name="Show all of it").click()
    unfolded = mine.bounding_box()
    assert folded is not None
    assert unfolded is not None
    assert folded["height"] < 400 < unfolded["height"]
    mine.get_by_role("button", name="Show less").click()
    expect(mine.locator(".bubble")).to_have_class("bubble is-folded")


def test_the_end_stays_in_sight_when_the_window_changes(page: Page) -> None:
    for number in range(6):
        say(page, f"{number} " + "some words that need more lines in a narrow window " * 20)
        answered(page, f"{number} ")
    last = page.locator(".message.is-assistant").last
    for width, height in ((390, 844), (390, 500), (1440, 900)):  # turned, with a keyboard, and back
        page.set_viewport_size({"width": width, "height": height})
        expect(last).to_be_in_viewport()
    page.locator(".scroller").evaluate("(box) => { box.scrollTop = 0; }")
    expect(page.locator(".message").first).to_be_in_viewport()
    page.set_viewport_size({"width": 390, "height": 500})
    expect(page.locator(".message").first).to_be_in_viewport()


def test_a_suggestion_is_one_click(page: Page) -> None:
    page.locator(".suggestion").first.click()
    expect(page.locator(".message.is-user")).to_have_count(1)


def test_suggestions_fit_the_workspace(web: Web, owner: Account) -> None:
    page = web.open(owner)
    today = owner.http.get("/workspace/today").json()
    sender = today["mail"][0]["from"]["name"].split()[0]
    expect(page.locator(".suggestion").nth(1)).to_contain_text(sender)
    expect(page.locator(".suggestion").nth(2)).to_contain_text(today["tasks"][0]["title"])


def test_a_reload_in_mid_answer_goes_on(page: Page, puppet: Puppet) -> None:
    puppet.gate.clear()
    say(page, "one two three four five six")
    expect(page.locator(".is-live .bubble")).to_have_text("one two three")
    page.reload()
    expect(page.locator(".is-live .bubble")).to_have_text("one two three")
    expect(page.locator(".message.is-user")).to_have_count(1)
    puppet.gate.set()
    answered(page, "one two three four five six")
    expect(page.locator(".message.is-user")).to_have_count(1)


def test_talking_while_a_plan_waits_leads_back_to_it(page: Page) -> None:
    say(page, LUNCH)
    settled(page)
    for number in range(12):
        say(page, f"and something else {number}")
        answered(page, f"else {number}")
    expect(page.locator(".dock-strip")).to_be_visible()
    page.click(".dock-strip")
    expect(page.locator(".card")).to_be_in_viewport()
    expect(page.locator(".dock-strip")).to_have_count(0)


def test_a_correction_replaces_the_card(page: Page) -> None:
    say(page, LUNCH)
    settled(page)
    say(page, LUNCH.replace("Lunch", "Late lunch"))
    expect(page.locator(".card.is-pending")).to_contain_text("Late lunch")
    expect(page.locator(".card.is-superseded")).to_have_count(1)


def test_an_unknown_thread_says_so(web: Web, account: Account) -> None:
    web.expected.append("404")
    page = web.open(account, "/#/t/thread_nowhere")
    expect(page.locator(".empty h2")).to_have_text("This conversation does not exist")


def test_a_plan_that_expires_in_sight_says_so(web: Web, owner: Account) -> None:
    page = web.open(owner)
    say(page, LUNCH)
    settled(page)
    owner.server.clock.move(timedelta(hours=25))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator(".card.is-expired")).to_be_visible()
