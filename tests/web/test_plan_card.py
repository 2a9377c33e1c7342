"""The plan card: it asks, it takes one decision, it becomes the receipt, and it always shows the truth."""

from datetime import timedelta

from playwright.sync_api import Page, expect
from tests.web.conftest import LUNCH, TWO_TASKS, Account, Web, say, settled

# A click that was meant for what stood there before, in the moment in which the card appears.
_CLICK_AT_ONCE = """() => new MutationObserver(() => {
    const button = document.querySelector(".decide-confirm");
    if (button && !window.clicked) { window.clicked = true; button.click(); }
}).observe(document.body, { childList: true, subtree: true })"""


def test_a_plan_waits_for_a_click_and_becomes_its_receipt(page: Page, account: Account) -> None:
    say(page, LUNCH)
    settled(page)
    expect(page.locator(".card-question")).to_contain_text("Lunch")
    expect(page.locator(".places .badge")).to_contain_text("1")
    expect(page).to_have_title("(1) waiting · Sayso")
    assert account.statuses() == ["pending"]
    page.click(".decide-confirm")
    expect(page.locator(".card")).to_have_class("card is-completed")
    expect(page.locator(".action-preview")).to_contain_text("Lunch")
    expect(page).to_have_title("Sayso")
    assert account.statuses() == ["completed"]


def test_cancel_with_a_reason(page: Page, account: Account) -> None:
    say(page, LUNCH)
    settled(page)
    page.click('[data-key="note"]')
    page.fill(".card-words input", "not hungry")
    page.click(".decide-cancel")
    expect(page.locator(".card.is-cancelled")).to_contain_text("Nothing was done")
    expect(page.locator(".card-quote")).to_contain_text("not hungry")
    assert account.statuses() == ["cancelled"]


def test_enter_never_confirms_by_accident(page: Page, account: Account) -> None:
    page.evaluate(_CLICK_AT_ONCE)
    say(page, LUNCH)
    page.locator(".card.is-pending").wait_for()
    assert page.evaluate("clicked")
    assert page.evaluate("document.activeElement.id") == "composer"
    for _ in range(3):
        page.keyboard.press("Enter")
    settled(page)
    page.keyboard.press("Alt+j")  # goes to the card, not to a button
    assert page.evaluate("document.activeElement.className") == "card is-pending"
    page.keyboard.press("Enter")
    page.click('[data-key="note"]')
    page.keyboard.press("Enter")
    page.locator(".decide-confirm").focus()
    page.keyboard.down("Enter")
    for _ in range(3):
        page.keyboard.down("Enter")
    assert len(page.locator(".decide-confirm").all()) <= 1
    page.keyboard.up("Enter")
    expect(page.locator(".card")).to_have_class("card is-completed")  # the first press was deliberate, and counted once
    assert account.statuses() == ["completed"]


def test_confirm_and_cancel_weigh_the_same(page: Page) -> None:
    say(page, LUNCH)
    settled(page)
    look = """(selector) => { const button = document.querySelector(selector);
        const { color, backgroundColor, borderColor, fontWeight, fontSize } = getComputedStyle(button);
        const { width, height } = button.getBoundingClientRect();
        return [color, backgroundColor, borderColor, fontWeight, fontSize, width, height]; }"""
    assert page.evaluate(look, ".decide-confirm") == page.evaluate(look, ".decide-cancel")


def test_a_mail_is_shown_whole_with_who_gets_it(page: Page) -> None:
    body = "\\n".join(f"Line {number} of the mail." for number in range(40))
    say(
        page,
        f'!send_mail {{"to": ["ana@example.com"], "cc": ["ben@example.com"], "subject": "News", "body": "{body}"}}',
    )
    settled(page)
    action = page.locator(".action")
    expect(action.locator(".effect")).to_have_text("To others")
    expect(action.locator(".warnings")).to_contain_text("never written to or heard from ana@example.com")
    for words in ("ana@example.com", "ben@example.com", "News", "Line 0 of the mail.", "Line 39 of the mail."):
        expect(action.locator(".letter")).to_contain_text(words)
    expect(page.locator(".decide-confirm")).to_have_text("Save as sent")  # this workspace delivers nothing
    action.get_by_text("Details").click()
    action.get_by_text("Every argument").click()
    expect(action.locator(".facts.is-raw")).to_contain_text("send_mail")


def test_a_change_shows_before_and_after_and_what_it_collides_with(page: Page, account: Account) -> None:
    account.decide(LUNCH, "confirm")
    event = account.plans()[0]["actions"][0]["result"]["event"]["id"]
    account.decide(LUNCH.replace("Lunch", "Talk").replace("T12", "T14").replace("T13", "T15"), "confirm")
    say(page, f'!update_calendar_event {{"event": "{event}", "start": "2026-03-10T14:30"}}')
    settled(page)
    action = page.locator(".action")
    expect(action.locator(".warnings")).to_contain_text("overlaps 'Talk'")
    expect(action.locator(".thing-when del")).to_contain_text("12:00")
    expect(action.locator(".thing-when ins")).to_contain_text("2:30")
    for role, title in (("before", "Lunch"), ("after", "Lunch"), ("clash", "Talk")):
        expect(action.locator(f".ribbon .is-{role}")).to_have_text(title)
    expect(page.locator(".decide-confirm")).to_have_text("Move to 2:30 PM")


def test_of_a_series_it_is_said_how_far_a_change_goes(web: Web, owner: Account) -> None:
    page = web.open(owner)
    say(page, '!delete_calendar_event {"event": "Stand-up", "scope": "this"}')
    settled(page)
    expect(page.locator(".action")).to_contain_text("every weekday · only this one")


def test_many_actions_are_asked_once_and_listed_once(page: Page) -> None:
    say(page, "\n".join(f'!create_task {{"title": "Task {number}"}}' for number in range(9)))
    settled(page)
    expect(page.locator(".card-question")).to_have_text("9 things to decide")
    expect(page.locator(".action")).to_have_count(9)
    for number in range(9):
        expect(page.locator(".action").nth(number)).to_contain_text(f"Task {number}")


def test_leaving_one_action_out(page: Page, account: Account) -> None:
    say(page, TWO_TASKS)
    settled(page)
    page.locator(".action", has_text="Buy milk").locator(".pick").uncheck()
    expect(page.locator(".decide-confirm")).to_contain_text("Do 1 of 2")
    page.click(".decide-confirm")
    expect(page.locator(".action.is-succeeded")).to_contain_text("Call the bank")
    expect(page.locator(".action.is-skipped")).to_contain_text("Buy milk")
    expect(page.locator(".card-foot")).to_contain_text(
        "What you chose was done. The rest was left out and will never run."
    )
    plan = account.plans()[0]
    assert {action["args"]["title"]: action["status"] for action in plan["actions"]} == {
        "Call the bank": "succeeded",
        "Buy milk": "skipped",
    }


def test_an_edit_shows_a_new_preview_before_it_can_be_confirmed(page: Page, account: Account) -> None:
    say(page, LUNCH)
    settled(page)
    page.click('[data-key^="edit-"]')
    page.fill('.edit [name="title"]', "Long lunch")
    expect(page.locator(".decide-confirm")).to_have_attribute("aria-disabled", "true")
    page.press('.edit [name="title"]', "Enter")
    expect(page.locator(".card-question")).to_contain_text("Long lunch")
    expect(page.locator(".card-news")).to_be_visible()
    expect(page.locator(".card")).to_have_count(1)
    assert account.statuses() == ["pending", "superseded"]
    settled(page)
    page.click(".decide-confirm")
    expect(page.locator(".card")).to_have_class("card is-completed")
    assert account.statuses() == ["completed", "superseded"]
    page.reload()
    expect(page.locator(".card")).to_have_class("card is-completed")


def test_a_new_start_keeps_the_length(page: Page, account: Account) -> None:
    say(page, LUNCH)
    settled(page)
    page.click('[data-key^="edit-"]')
    page.fill('.edit [name="start"]', "March 11th at 2pm")
    page.press('.edit [name="start"]', "Enter")
    expect(page.locator(".card-news")).to_be_visible()
    action = account.plans()[0]["actions"][0]
    assert action["args"]["start"].startswith("2026-03-11T14:00")
    assert action["args"]["duration_minutes"] == 60
    assert "2:00–3:00 PM" in action["preview"]


def test_an_edit_that_changes_nothing_leaves_the_card(page: Page, account: Account) -> None:
    say(page, LUNCH)
    settled(page)
    page.click('[data-key^="edit-"]')
    page.fill('.edit [name="title"]', page.input_value('.edit [name="title"]') + " ")
    page.press('.edit [name="title"]', "Enter")
    expect(page.locator(".edit")).to_have_count(0)
    expect(page.locator('[data-key^="edit-"]')).to_be_focused()
    assert account.statuses() == ["pending"]
    settled(page)
    page.click(".decide-confirm")
    expect(page.locator(".card")).to_have_class("card is-completed")


def test_a_wrong_edit_says_what_is_wrong(page: Page, web: Web) -> None:
    web.expected.append("422")
    say(page, LUNCH)
    settled(page)
    page.click('[data-key^="edit-"]')
    page.fill('.edit [name="start"]', "when pigs fly")
    page.press('.edit [name="start"]', "Enter")
    expect(page.locator(".edit > .action-error")).not_to_be_empty()
    page.keyboard.press("Escape")
    expect(page.locator(".edit")).to_have_count(0)


def test_two_tabs_race_on_one_card(page: Page, web: Web, account: Account) -> None:
    web.expected.append("409")
    say(page, LUNCH)
    settled(page)
    other = web.page(page.context, page.url)
    settled(other)
    for tab, button in ((page, "confirm"), (other, "cancel")):
        tab.evaluate(f"document.querySelector('.decide-{button}').click()")
    expect(page.locator(".card.is-pending")).to_have_count(0)
    expect(other.locator(".card.is-pending")).to_have_count(0)
    (truth,) = account.statuses()
    for tab in (page, other):
        expect(tab.locator(".card")).to_have_class(f"card is-{truth}")


def test_a_card_that_another_device_decided(page: Page, web: Web, account: Account) -> None:
    web.expected.append("409")
    say(page, LUNCH)
    settled(page)
    plan = account.plans()[0]
    account.session().post("/chat/cancel", json={"thread_id": plan["thread_id"]}).raise_for_status()
    page.click(".decide-confirm")
    expect(page.locator(".card-note")).to_contain_text("already cancelled elsewhere")
    expect(page.locator(".card")).to_have_class("card is-cancelled")
    expect(page.locator(".card-time")).to_contain_text("another device")


def test_a_card_decided_after_its_time(web: Web, owner: Account) -> None:
    web.expected.append("409")
    page = web.open(owner)
    say(page, LUNCH)
    settled(page)
    owner.server.clock.move(timedelta(hours=25))
    page.click(".decide-confirm")
    expect(page.locator(".card")).to_have_class("card is-expired")
    expect(page.locator(".card")).to_contain_text("Nothing was done")


def test_an_event_that_changed_since_the_preview_is_left_alone(page: Page, web: Web, account: Account) -> None:
    web.expected.append("409")
    say(page, LUNCH)
    settled(page)
    page.click(".decide-confirm")
    expect(page.locator(".card")).to_have_class("card is-completed")
    plan = account.plans()[0]
    event = plan["actions"][0]["result"]["event"]["id"]
    say(page, f'!update_calendar_event {{"event": "{event}", "start": "2026-03-10T13:00"}}')
    settled(page)
    move = f'!update_calendar_event {{"event": "{event}", "location": "Canteen"}}'
    account.decide(move, "confirm")
    page.locator(".card.is-pending .decide-confirm").click()
    expect(page.locator(".card-note")).to_have_text("This has changed: look again.")
    expect(page.locator(".warnings .is-fresh")).to_be_visible()
    assert "pending" in account.statuses()
    settled(page)
    page.locator(".card.is-pending .decide-confirm").click()
    expect(page.locator(".card.is-failed .action.is-failed")).to_be_visible()
    expect(page.locator(".card.is-failed .action-error")).not_to_be_empty()


def test_a_typed_yes_turns_the_card_into_the_receipt(page: Page) -> None:
    say(page, LUNCH)
    settled(page)
    say(page, "yes")
    expect(page.locator(".card")).to_have_class("card is-completed")


def test_the_waiting_view_decides_across_threads(page: Page, account: Account) -> None:
    for title in ("Milk", "Bread"):
        account.say(f'!create_task {{"title": "{title}"}}')
    page.keyboard.press("Alt+w")
    expect(page.locator(".card.is-pending")).to_have_count(2)
    settled(page)
    page.locator(".card", has_text="Milk").locator(".decide-confirm").click()
    page.locator(".card", has_text="Bread").locator(".decide-cancel").click()
    expect(page.locator(".card.is-completed")).to_contain_text("Milk")
    expect(page.locator(".card.is-cancelled")).to_contain_text("Bread")
    expect(page.locator(".places .badge")).to_be_hidden()
