"""Long threads and long lists stay smooth."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Table, insert, select, update
from tests.web.conftest import Account, Web

from sayso.store.gateway import WriteConn
from sayso.store.tables import threads, turns

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


def multiply(conn: WriteConn, thread_id: str) -> None:
    """Make 199 more threads like this one, and then 249 more turns of it; the store takes that quicker than the API."""
    thread = _row(conn, threads, id=thread_id)
    turn = _row(conn, turns, thread_pk=thread["pk"])
    for number in range(1, 200):
        copy = thread | {"pk": f"{thread['pk']}-{number}", "id": f"{thread_id}-{number}", "title": f"Thread {number}"}
        conn.execute(insert(threads).values(copy))
    for number in range(1, 250):
        copy = turn | {
            "seq": turn["seq"] + number,
            "id": f"{turn['id']}-{number}",
            "user_message": f"Question {number}",
        }
        conn.execute(insert(turns).values(copy))
    conn.execute(update(threads).where(threads.c.pk == thread["pk"]).values(turns=250))


def _row(conn: WriteConn, table: Table, **where: str) -> dict[str, Any]:
    query = select(table).where(*(table.c[name] == value for name, value in where.items()))
    return dict(conn.execute(query).one()._mapping)


@pytest.mark.slow
def test_a_thread_of_500_messages_among_200(web: Web, account: Account, record_property: Any) -> None:
    thread_id = account.say("Where it began")["thread_id"]
    account.server.store.write_now(multiply, thread_id)
    page = web.open(account, f"/#/t/{thread_id}")
    expect(page.locator(".message.is-user").last).to_contain_text("Question 249")
    figures = page.evaluate(MEASURE) | {"delay": page.evaluate(DELAY), "drawn": page.locator(".message").count()}
    for name, value in figures.items():
        record_property(name, round(value, 1))
    assert figures["drawn"] < 200
    assert figures["delay"] < 100
    _reaches_the_first(page)
    drawn = page.locator(".message").count()
    assert drawn == 500
    with page.expect_response(lambda response: f"/threads/{thread_id}?" in response.url):
        page.evaluate("async () => (await import('/static/js/bus.js')).emit('reconnected')")
    expect(page.locator(".message")).to_have_count(drawn)  # the end was read anew, the beginning stays
    assert "Where it began" in page.locator(".message").first.inner_text()
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
        if "Where it began" in first.inner_text():
            return
    raise AssertionError(first.inner_text())
