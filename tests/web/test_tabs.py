"""Several tabs of one browser on one thread."""

from playwright.sync_api import expect
from tests.web.conftest import Account, Web, answered, say
from tests.web.puppet import Puppet


def test_another_tab_sees_the_message_and_its_answer(web: Web, account: Account, puppet: Puppet) -> None:
    context = web.context(account)
    here = web.page(context, account.url)
    say(here, "first")
    answered(here, "first")
    there = web.page(context, here.url)
    answered(there, "first")
    say(here, "~")
    puppet.drip.put("one two")
    for page in (here, there):
        expect(page.locator(".message.is-user .bubble")).to_have_text(["first", "~"])
        expect(page.locator(".is-live .bubble")).to_have_text("one two")
    puppet.drip.put(" three")
    puppet.drip.put("")
    for page in (here, there):
        answered(page, "one two three")
        expect(page.locator(".message")).to_have_count(4)


def test_tabs_that_look_on_leave_a_connection_to_stop_by(web: Web, account: Account, puppet: Puppet) -> None:
    """Chromium has six connections to a server, for all tabs."""
    context = web.context(account, size="phone")
    here = web.page(context, account.url)
    say(here, "first")
    answered(here, "first")
    others = [web.page(context, here.url) for _ in range(6)]
    for page in others:
        answered(page, "first")
    say(here, "~")
    puppet.drip.put("one two")
    for page in (here, *others):
        page.locator(".is-live").wait_for()
    expect(here.locator(".is-live .bubble")).to_have_text("one two")
    here.get_by_role("button", name="Stop").click()
    for page in (here, *others):
        answered(page, "Stopped.")
