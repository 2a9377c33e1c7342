"""Long threads and long lists stay smooth."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.conftest import Server
from tests.web.conftest import Web

MEASURE = """() => ({
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
    bytes: performance.getEntriesByType("resource").filter((one) => /[.](js|css)$/.test(one.name))
        .reduce((sum, one) => sum + one.encodedBodySize, 0),
})"""

DELAY = """async () => { const delays = [];
    const field = document.getElementById("composer");
    for (let i = 0; i < 20; i++) {
        const start = performance.now();
        field.value += "word "; field.dispatchEvent(new Event("input", { bubbles: true }));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        delays.push(performance.now() - start);
    }
    return delays.sort((a, b) => a - b)[10]; }"""


@pytest.mark.slow
def test_a_thread_of_500_messages_among_200(web: Web, server: Server, record_property: Any) -> None:
    client = server.client()
    for number in range(200):
        body = {"user_message": f"Thread number {number}", "thread_id": f"thread_{number}"}
        client.post("/chat", json=body).raise_for_status()
    for number in range(249):
        body = {"user_message": f"Message number {number}", "thread_id": "thread_7"}
        client.post("/chat", json=body).raise_for_status()
    page = web.page(path="/#/t/thread_7")
    expect(page.locator(".message").last).to_contain_text("Message number 248")
    figures = page.evaluate(MEASURE) | {"delay": page.evaluate(DELAY), "drawn": page.locator(".message").count()}
    for name, value in figures.items():
        record_property(name, round(value, 1))
    assert figures["drawn"] < 200
    assert figures["delay"] < 100
    _reaches_the_first(page)
    page.locator(".thread-list").evaluate(
        "async (list) => { for (let i = 0; i < 40; i++) "
        "{ list.scrollTop = list.scrollHeight; await new Promise((done) => setTimeout(done, 50)); } }"
    )
    expect(page.locator(".thread-item")).to_have_count(200)


def _reaches_the_first(page: Page) -> None:
    first = page.locator(".message").first
    for _ in range(100):
        page.locator(".scroller").evaluate(
            "async (box) => { box.scrollTop = 0; await new Promise(requestAnimationFrame) }"
        )
        if "Thread number 7" in first.inner_text():
            return
    raise AssertionError(first.inner_text())
