"""Activity, today, settings, languages, notifications."""

import json
from pathlib import Path

from playwright.sync_api import Page, expect
from tests.web.conftest import LUNCH, Account, Web, answered, say, settled


def test_activity_tells_what_was_done_and_what_was_not(web: Web, account: Account) -> None:
    account.decide(LUNCH, "confirm")
    mail = '!send_mail {"to": ["ana@example.com"], "subject": "Hello", "body": "Hi"}'
    thread_id = account.decide(mail, "cancel")
    page = web.open(account, "/#/activity")
    expect(page.locator(".log-entry")).to_have_count(2)
    expect(page.locator(".log-entry.is-succeeded")).to_contain_text("Lunch")
    expect(page.locator(".log-entry.is-cancelled")).to_contain_text("Hello")
    page.click(".chip:has-text('To others')")
    expect(page.locator(".log-entry")).to_have_count(1)
    page.click(".log-entry")
    expect(page).to_have_url(f"{account.url}/#/t/{thread_id}")
    expect(page.locator(".card.is-cancelled")).to_be_visible()


def test_one_sees_an_action_land_in_today(web: Web, owner: Account) -> None:
    page = web.open(owner)
    expect(page.locator(".event").first).to_be_visible()
    expect(page.locator("aside.today")).not_to_contain_text("Rehearsal")
    say(page, '!create_calendar_event {"title": "Rehearsal", "start": "2026-03-03T12:00"}')
    settled(page)
    page.click(".decide-confirm")
    expect(page.locator(".event.is-new")).to_contain_text("Rehearsal")


def test_today_tells_which_part_cannot_be_read(web: Web, owner: Account) -> None:
    def broken(route: object) -> None:
        answer = route.fetch()  # type: ignore[attr-defined]
        body = answer.json() | {
            "mail": None,
            "mail_total": None,
            "errors": {"mail": "The mail server does not answer."},
        }
        route.fulfill(json=body)  # type: ignore[attr-defined]

    context = web.context(owner)
    context.route("**/workspace/today*", broken)
    page = web.page(context, owner.url)
    expect(page.locator(".part").nth(2)).to_contain_text("The mail server does not answer.")
    expect(page.locator(".event").first).to_be_visible()


def test_today_leaves_out_what_is_not_connected_and_shows_what_the_other_accounts_give(
    web: Web, owner: Account
) -> None:
    def partly(route: object) -> None:
        answer = route.fetch()  # type: ignore[attr-defined]
        body = answer.json() | {"mail": None, "mail_total": None, "errors": {"events": "Work could not be read."}}
        route.fulfill(json=body)  # type: ignore[attr-defined]

    context = web.context(owner)
    context.route("**/workspace/today*", partly)
    page = web.page(context, owner.url)
    expect(page.locator(".event").first).to_be_visible()
    expect(page.locator(".part")).to_have_count(2)
    expect(page.locator(".part").first).to_contain_text("Work could not be read.")


def test_the_time_zone_and_the_name_are_saved(web: Web, account: Account) -> None:
    page = web.open(account, "/#/settings")
    page.locator("select").first.select_option("Asia/Tokyo")
    expect(page.locator(".toast")).to_contain_text("Saved")
    page.fill(".settings input[type=text]", "Sam")
    page.keyboard.press("Tab")
    expect(page.locator(".toast")).to_have_count(2)
    user = account.http.get("/auth/session").json()["user"]
    assert (user["timezone"], user["name"]) == ("Asia/Tokyo", "Sam")


def test_ones_own_addresses_are_saved_and_shown(web: Web, account: Account) -> None:
    page = web.open(account, "/#/settings")
    page.fill(".settings input[type=email]", "robin@post.example, b@post.example")
    page.keyboard.press("Tab")
    expect(page.locator(".toast")).to_contain_text("Saved")
    assert account.http.get("/auth/session").json()["user"]["addresses"] == ["robin@post.example", "b@post.example"]
    page.reload()
    expect(page.locator(".settings input[type=email]")).to_have_value("robin@post.example,b@post.example")
    page.fill(".settings input[type=email]", "")
    page.keyboard.press("Tab")
    expect(page.locator(".toast")).to_contain_text("Saved")
    assert account.http.get("/auth/session").json()["user"]["addresses"] == []


def test_samples_are_told_as_such_and_removed_at_the_second_click(web: Web, owner: Account) -> None:
    page = web.open(owner)
    expect(page.locator(".samples summary")).to_have_text("This is sample data.")
    expect(page.locator(".event").first).to_be_visible()
    expect(page.get_by_role("button", name="Remove sample data")).to_be_hidden()
    page.click(".samples summary")
    page.get_by_role("button", name="Remove sample data").click()
    expect(page.locator(".toast")).to_contain_text("The sample data was removed.")
    expect(page.locator(".samples")).to_have_count(0)
    expect(page.locator(".event")).to_have_count(0)
    assert owner.http.get("/workspace/today").json()["sample"] is False


def test_who_has_no_samples_is_told_of_none(web: Web, account: Account) -> None:
    page = web.open(account)
    expect(page.locator(".part").first).to_be_visible()
    expect(page.locator(".samples")).to_have_count(0)


def test_what_is_remembered_is_shown_and_forgotten(web: Web, account: Account) -> None:
    page = web.open(account, "/#/settings")
    expect(page.locator(".memory-list li")).to_contain_text("Nothing yet.")
    account.decide('!remember {"text": "no meetings before ten"}', "confirm")
    account.decide('!remember {"text": "Best,\\nRobin", "kind": "signature"}', "confirm")
    page.reload()
    expect(page.locator(".memory-list li")).to_have_count(2)
    expect(page.locator(".memory-list .tag")).to_have_text("Signature for mails")
    page.get_by_role("button", name="Forget “no meetings before ten”").click()
    expect(page.locator(".memory-list li")).to_have_count(1)
    expect(page.locator(".memory-list .remembered")).to_have_text("Best,\nRobin")
    assert [each["kind"] for each in account.http.get("/memory").json()["memories"]] == ["signature"]


def test_what_was_forgotten_elsewhere_goes_from_the_list(web: Web, account: Account) -> None:
    account.decide('!remember {"text": "no meetings before ten"}', "confirm")
    web.expected.append("404")
    page = web.open(account, "/#/settings")
    forget = page.get_by_role("button", name="Forget “no meetings before ten”")
    expect(forget).to_be_visible()
    account.http.delete(f"/memory/{account.http.get('/memory').json()['memories'][0]['id']}")
    forget.click()
    expect(page.locator(".memory-list li")).to_contain_text("Nothing yet.")
    expect(page.locator("#toasts")).to_contain_text("not remembered (any more)")


def test_another_session_can_be_signed_out(web: Web, account: Account) -> None:
    page = web.open(account, "/#/settings")
    expect(page.locator(".session-list .tag")).to_have_count(1)
    other = account.session()
    page.reload()
    expect(page.locator(".session-list li")).to_have_count(2)
    page.click(".session-list button.quiet")
    expect(page.locator(".session-list li")).to_have_count(1)
    expect(page.locator(".session-list .tag")).to_have_count(1)
    assert other.get("/auth/session").status_code == 401


def test_the_theme_is_kept(web: Web, account: Account) -> None:
    page = web.open(account, "/#/settings")
    dark = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(dark)
    page.get_by_label("Dark").check()
    assert page.evaluate(dark) != light
    page.reload()
    page.locator(".segments").wait_for()
    assert page.evaluate(dark) != light


def test_export(web: Web, account: Account, tmp_path: Path) -> None:
    account.decide(LUNCH, "confirm")
    page = web.open(account, "/#/settings")
    with page.expect_download() as download:
        page.click("a[download]")
    download.value.save_as(tmp_path / "export.json")
    assert "Lunch" in json.dumps(json.loads((tmp_path / "export.json").read_text(encoding="utf-8")))


def test_delete_my_data(web: Web, account: Account) -> None:
    web.expected += ["422", "401"]
    account.decide(LUNCH, "confirm")
    page = web.open(account, "/#/settings")
    page.click(".danger summary")
    page.fill("#delete-confirm", "not me")
    page.click(".danger button[type=submit]")
    expect(page.locator(".toast.is-error")).to_be_visible()
    page.fill("#delete-confirm", f"{account.name}@example.com")
    page.click(".danger button[type=submit]")
    expect(page.locator(".signin")).to_be_visible()


def test_a_notification_when_asked_for(web: Web, account: Account) -> None:
    context = web.context(account, permissions=["notifications"])
    context.add_init_script(
        "window.told = []; window.Notification = class { static permission = 'granted';"
        "static async requestPermission() { return 'granted'; }"
        "constructor(title, options) { told.push(options.body); } };"
    )
    page = web.page(context, f"{account.url}/#/settings")
    page.locator(".switch").check()
    account.say(LUNCH)
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
    page.evaluate("import('/static/js/plans.js').then((plans) => plans.refreshPending())")
    expect(page).to_have_title("(1) waiting · Sayso")
    assert "Lunch" in page.evaluate("told[0]")


def test_markdown_is_shown_as_such(page: Page) -> None:
    say(page, "Some **bold** words and a [link](https://example.com/page)\n- one\n- two")
    answered(page)
    expect(page.locator(".prose strong")).to_have_text("bold")
    expect(page.locator(".prose li")).to_have_count(2)
    expect(page.locator(".prose a")).to_contain_text("example.com")
    page.reload()
    expect(page.locator(".prose strong")).to_have_text("bold")
