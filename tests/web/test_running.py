"""A plan while it runs, and what did not go well: the card shows each action as it stands, and can be stopped."""

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.conftest import StartServer
from tests.kit.far import Call, Far, lose_after, refuse
from tests.web.conftest import Account, Web, answered, say, settled
from tests.web.looks import faults
from tests.web.puppet import Puppet


@pytest.fixture
def far() -> Far:
    return Far()


@pytest.fixture
def abroad(far: Far, start_server: StartServer, puppet: Puppet) -> Account:
    """The owner of a server whose workspace is a far system that misbehaves as told."""
    return Account(start_server(source=puppet, accounts=far), "")


@pytest.fixture
def gate(start_server: StartServer) -> Iterator[threading.Event]:
    """Asks for `start_server` so that the gate is open when servers are stopped."""
    gate = threading.Event()
    yield gate
    gate.set()


@pytest.fixture
def slow(far: Far, gate: threading.Event) -> None:
    """The far system answers for B when the gate opens."""

    async def behave(call: Call) -> Any:
        await asyncio.to_thread(gate.wait)
        return call.apply()

    far.will("B", behave)


def events(*titles: str) -> str:
    return "\n".join(
        f"!create_calendar_event {json.dumps({'title': title, 'start': f'2026-03-10T{12 + number}:00'})}"
        for number, title in enumerate(titles)
    )


def propose(page: Page, *titles: str) -> None:
    say(page, events(*titles))
    settled(page)
    page.click(".decide-confirm")


def expect_states(page: Page, *states: str) -> None:
    expect(page.locator(".action .outcome")).to_have_text(list(states))


@pytest.mark.usefixtures("slow")
def test_a_plan_that_runs_is_live_and_can_be_stopped(
    web: Web, abroad: Account, far: Far, gate: threading.Event
) -> None:
    page = web.open(abroad)
    propose(page, "A", "B", "C")
    expect(page.locator(".card")).to_have_class("card is-confirmed")
    expect_states(page, "Done", "Running", "Waiting")
    assert faults(page) == {}
    page.locator(".card").get_by_role("button", name="Stop what has not started").click()
    expect(page.locator(".toast")).to_contain_text("What has already run stays done")
    expect_states(page, "Done", "Running", "Left out")
    gate.set()
    expect(page.locator(".card")).to_have_class("card is-stopped")
    expect_states(page, "Done", "Done", "Left out")
    assert far.names() == ["A", "B"]
    page.reload()
    expect_states(page, "Done", "Done", "Left out")
    say(page, "and on")
    answered(page, "and on")


@pytest.mark.usefixtures("slow")
def test_the_composers_button_stops_a_plan_too(web: Web, abroad: Account, far: Far, gate: threading.Event) -> None:
    page = web.open(abroad)
    propose(page, "A", "B", "C")
    expect_states(page, "Done", "Running", "Waiting")
    expect(page.locator(".send")).to_have_attribute("aria-label", "Stop what has not started")
    with page.expect_response("**/chat/stop"):
        page.click(".send")
    gate.set()
    expect(page.locator(".card")).to_have_class("card is-stopped")
    assert far.names() == ["A", "B"]


@pytest.mark.usefixtures("slow")
def test_a_page_that_comes_while_a_plan_runs_sees_it_through(
    web: Web, abroad: Account, far: Far, gate: threading.Event
) -> None:
    page = web.open(abroad)
    propose(page, "A", "B", "C")
    expect_states(page, "Done", "Running", "Waiting")
    page.reload()
    expect_states(page, "Done", "Running", "Waiting")
    gate.set()
    expect(page.locator(".card")).to_have_class("card is-completed")
    expect_states(page, "Done", "Done", "Done")
    assert far.names() == ["A", "B", "C"]


def test_what_failed_and_what_nobody_knows_say_what_to_do_next(web: Web, abroad: Account, far: Far) -> None:
    far.will("A", lose_after)
    far.will("B", refuse)
    far.silent = 3
    page = web.open(abroad)
    propose(page, "A", "B", "C")
    expect(page.locator(".card")).to_have_class("card is-partial")
    expect_states(page, "Unknown", "Failed", "Done")
    expect(page.locator(".action.is-unknown")).to_contain_text("Look whether it happened before you repeat it")
    expect(page.locator(".action.is-failed")).to_contain_text("The calendar does not allow this.")
    expect(page.locator(".message.is-assistant")).to_have_count(1)  # the receipts are in the card, and not said again
    assert faults(page) == {}
    page.locator(".action.is-failed").get_by_role("button", name="Ask again").click()
    expect(page.locator("#composer")).to_have_value("Create a meeting titled 'B' on March 10th at 1 PM")
