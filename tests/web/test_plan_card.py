"""The plan card: it asks, it takes one decision, it becomes the receipt, and it always shows the truth."""

from playwright.sync_api import Page, expect
from tests.conftest import Server
from tests.web.conftest import LUNCH, TWO_TASKS, Web, say, settled

# A click that was meant for what stood there before, in the moment in which the card appears.
_CLICK_AT_ONCE = """() => new MutationObserver(() => {
    const button = document.querySelector(".decide-confirm");
    if (button && !window.clicked) { window.clicked = true; button.click(); }
}).observe(document.body, { childList: true, subtree: true })"""


def statuses(server: Server) -> list[str]:
    return [plan["status"] for plan in server.client().get("/plans").json()["plans"]]


def test_a_plan_waits_for_a_click_and_becomes_its_receipt(page: Page, server: Server) -> None:
    say(page, LUNCH)
    settled(page)
    expect(page.locator(".card-question")).to_contain_text("Lunch")
    expect(page.locator(".places .badge")).to_contain_text("1")
    expect(page).to_have_title("(1) waiting · Sayso")
    assert statuses(server) == ["pending"]
    page.click(".decide-confirm")
    expect(page.locator(".card")).to_have_class("card is-completed")
    expect(page.locator(".action-preview")).to_contain_text("Lunch")
    expect(page).to_have_title("Sayso")
    assert statuses(server) == ["completed"]


def test_cancel_with_a_reason(page: Page, server: Server) -> None:
    say(page, LUNCH)
    settled(page)
    page.click('[data-key="note"]')
    page.fill(".card-words input", "not hungry")
    page.click(".decide-cancel")
    expect(page.locator(".card.is-cancelled")).to_contain_text("Nothing was done")
    expect(page.locator(".card-quote")).to_contain_text("not hungry")
    assert statuses(server) == ["cancelled"]


def test_enter_never_confirms_by_accident(page: Page, server: Server) -> None:
    page.evaluate(_CLICK_AT_ONCE)
    say(page, LUNCH)
    page.locator(".card.is-pending").wait_for()
    assert page.evaluate("clicked")
    assert page.evaluate("document.activeElement.id") == "composer"
    for _ in range(3):
        page.keyboard.press("Enter")
    page.wait_for_timeout(600)
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
    assert statuses(server) == ["completed"]


def test_confirm_and_cancel_weigh_the_same(page: Page) -> None:
    say(page, LUNCH)
    settled(page)
    look = """(selector) => { const button = document.querySelector(selector);
        const { color, backgroundColor, borderColor, fontWeight, fontSize } = getComputedStyle(button);
        const { width, height } = button.getBoundingClientRect();
        return [color, backgroundColor, borderColor, fontWeight, fontSize, width, height]; }"""
    assert page.evaluate(look, ".decide-confirm") == page.evaluate(look, ".decide-cancel")


def test_leaving_one_action_out(page: Page, server: Server) -> None:
    say(page, TWO_TASKS)
    settled(page)
    page.locator(".action", has_text="Buy milk").locator(".pick").uncheck()
    expect(page.locator(".decide-confirm")).to_contain_text("Confirm 1 of 2")
    page.click(".decide-confirm")
    expect(page.locator(".action.is-succeeded")).to_contain_text("Call the bank")
    expect(page.locator(".action.is-skipped")).to_contain_text("Buy milk")
    plan = server.client().get("/plans").json()["plans"][0]
    assert {action["args"]["title"]: action["status"] for action in plan["actions"]} == {
        "Call the bank": "succeeded",
        "Buy milk": "skipped",
    }


def test_an_edit_shows_a_new_preview_before_it_can_be_confirmed(page: Page, server: Server) -> None:
    say(page, LUNCH)
    settled(page)
    page.click('[data-key^="edit-"]')
    page.fill('.edit [name="title"]', "Long lunch")
    expect(page.locator(".decide-confirm")).to_have_attribute("aria-disabled", "true")
    page.press('.edit [name="title"]', "Enter")
    expect(page.locator(".card-question")).to_contain_text("Long lunch")
    expect(page.locator(".card-news")).to_be_visible()
    expect(page.locator(".card")).to_have_count(1)
    assert sorted(statuses(server)) == ["pending", "superseded"]
    page.wait_for_timeout(550)
    page.click(".decide-confirm")
    expect(page.locator(".card")).to_have_class("card is-completed")
    assert sorted(statuses(server)) == ["completed", "superseded"]


def test_a_new_start_keeps_the_length(page: Page, server: Server) -> None:
    say(page, LUNCH)
    settled(page)
    page.click('[data-key^="edit-"]')
    page.fill('.edit [name="start"]', "March 11th at 2pm")
    page.press('.edit [name="start"]', "Enter")
    expect(page.locator(".card-news")).to_be_visible()
    action = server.client().get("/plans", params={"status": "pending"}).json()["plans"][0]["actions"][0]
    assert action["args"]["start"].startswith("2026-03-11T14:00")
    assert action["args"]["duration_minutes"] == 60
    assert "2:00–3:00 PM" in action["preview"]


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


def test_two_tabs_race_on_one_card(page: Page, web: Web, server: Server) -> None:
    web.expected.append("409")
    say(page, LUNCH)
    settled(page)
    other = web.page(page.context)
    other.goto(page.url)
    settled(other)
    for tab, button in ((page, "confirm"), (other, "cancel")):
        tab.evaluate(f"document.querySelector('.decide-{button}').click()")
    expect(page.locator(".card.is-pending")).to_have_count(0)
    expect(other.locator(".card.is-pending")).to_have_count(0)
    (truth,) = statuses(server)
    for tab in (page, other):
        expect(tab.locator(".card")).to_have_class(f"card is-{truth}")


def test_a_card_that_another_device_decided(page: Page, web: Web, server: Server) -> None:
    web.expected.append("409")
    say(page, LUNCH)
    settled(page)
    plan = server.client().get("/plans").json()["plans"][0]
    server.client().post("/chat/cancel", json={"thread_id": plan["thread_id"]}).raise_for_status()
    page.click(".decide-confirm")
    expect(page.locator(".card-note")).to_contain_text("already cancelled elsewhere")
    expect(page.locator(".card")).to_have_class("card is-cancelled")
    expect(page.locator(".card-time")).to_contain_text("another device")


def test_a_card_decided_after_its_time(page: Page, web: Web, server: Server) -> None:
    from datetime import timedelta

    web.expected.append("409")
    say(page, LUNCH)
    settled(page)
    server.clock.move(timedelta(hours=25))
    page.click(".decide-confirm")
    expect(page.locator(".card")).to_have_class("card is-expired")
    expect(page.locator(".card")).to_contain_text("Nothing was done")


def test_an_event_that_changed_since_the_preview_is_left_alone(page: Page, server: Server) -> None:
    say(page, LUNCH)
    settled(page)
    page.click(".decide-confirm")
    expect(page.locator(".card")).to_have_class("card is-completed")
    plan = server.client().get("/plans").json()["plans"][0]
    event = plan["actions"][0]["result"]["event"]["id"]
    say(page, f'!update_calendar_event {{"event": "{event}", "start": "2026-03-10T13:00"}}')
    settled(page)
    client = server.client()
    move = f'!update_calendar_event {{"event": "{event}", "location": "Canteen"}}'
    other = client.post("/chat", json={"user_message": move}).json()
    client.post("/chat/confirm", json={"thread_id": other["thread_id"]}).raise_for_status()
    page.locator(".card.is-pending .decide-confirm").click()
    expect(page.locator(".card.is-failed .action.is-failed")).to_be_visible()
    expect(page.locator(".card.is-failed .action-error")).not_to_be_empty()


def test_a_typed_yes_turns_the_card_into_the_receipt(page: Page) -> None:
    say(page, LUNCH)
    settled(page)
    say(page, "yes")
    expect(page.locator(".card")).to_have_class("card is-completed")


def test_the_waiting_view_decides_across_threads(page: Page, web: Web, server: Server) -> None:
    client = server.client()
    for title in ("One", "Two"):
        client.post("/chat", json={"user_message": f'!create_task {{"title": "{title}"}}'}).raise_for_status()
    page.keyboard.press("Alt+w")
    expect(page.locator(".card.is-pending")).to_have_count(2)
    page.wait_for_timeout(550)
    page.locator(".card", has_text="One").locator(".decide-confirm").click()
    page.locator(".card", has_text="Two").locator(".decide-cancel").click()
    expect(page.locator(".card.is-completed")).to_contain_text("One")
    expect(page.locator(".card.is-cancelled")).to_contain_text("Two")
    expect(page.locator(".places .badge")).to_be_hidden()
