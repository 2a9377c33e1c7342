"""Text from elsewhere stays text: titles, mails, results and the model's words run nothing and load nothing."""

import json

import pytest
from playwright.sync_api import Page, Request, expect
from tests.conftest import Server
from tests.web.conftest import Web, answered, say, settled

ATTACKS = [
    '<img src=x onerror="window.hacked=1">',
    "<script>window.hacked=1</script>",
    "<svg onload=window.hacked=1>",
    "[click](javascript:window.hacked=1)",
    "[data](data:text/html,<script>window.hacked=1</script>)",
    "![pixel](https://evil.example/track.png)",
    "<iframe src=https://evil.example></iframe>",
    "<style>@import 'https://evil.example/x.css'</style>",
    "<a href='https://evil.example' ping='https://evil.example/ping' onclick='window.hacked=1'>x</a>",
    "<form action=https://evil.example><button>Confirm</button></form>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--><img src=x onerror=window.hacked=1>">',
]


@pytest.fixture
def elsewhere(page: Page, server: Server) -> list[str]:
    """Requests that the page made to any other place."""
    requests: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((server.url, "data:")):
            requests.append(request.url)

    page.context.on("request", note)
    return requests


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_models_words(page: Page, elsewhere: list[str], attack: str) -> None:
    say(page, f"Look: {attack}")
    answered(page)
    assert page.evaluate("window.hacked") is None
    assert page.locator(".bubble :is(img, iframe, form, script, style, svg:not(.icon), button)").count() == 0
    page.reload()
    page.locator(".message.is-assistant").first.wait_for()
    assert page.evaluate("window.hacked") is None
    assert elsewhere == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_titles_and_plans(page: Page, elsewhere: list[str], attack: str) -> None:
    say(page, f"!create_task {json.dumps({'title': attack, 'notes': attack})}")
    settled(page)
    page.locator("summary").first.click()
    page.wait_for_timeout(550)
    page.click(".decide-confirm")
    expect(page.locator(".card.is-completed")).to_be_visible()
    for view in ("waiting", "activity", "settings"):
        page.evaluate(f"location.hash = '#/{view}'")
        page.locator("#stage :is(.card, .empty, .log ol, .session-list .tag)").first.wait_for()
    assert page.evaluate("window.hacked") is None
    assert elsewhere == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_even_html_that_the_server_got_wrong(page: Page, web: Web, elsewhere: list[str], attack: str) -> None:
    """The page does not rely on the server's rendering: it keeps an allow-list of its own."""
    web.expected += ["Content Security Policy", "CSP"]  # Chromium reports handlers in inert documents too
    text = page.evaluate(
        """async (html) => { const { safeHtml } = await import('/static/js/markdown.js');
        const place = document.createElement('div'); place.className = 'bubble';
        place.append(safeHtml(html)); document.body.append(place); return place.innerHTML; }""",
        attack,
    )
    page.wait_for_timeout(100)
    assert page.evaluate("window.hacked") is None
    assert (
        page.locator(".bubble :is(img, iframe, form, script, style, button, [onclick], [onerror], [ping])").count() == 0
    )
    assert "javascript:" not in text.replace("(javascript:", "")
    assert elsewhere == []


def test_a_link_shows_where_it_goes(page: Page) -> None:
    html = '<p><a href="https://evil.example/login">your bank</a> <a href="/auth/logout">x</a></p>'
    place = page.evaluate_handle(
        """async (html) => { const { safeHtml } = await import('/static/js/markdown.js');
        const place = document.createElement('div'); place.append(safeHtml(html)); return place; }""",
        html,
    )
    assert place.evaluate("place => place.innerText").startswith("your bank evil.example")
    assert place.evaluate("place => [...place.querySelectorAll('a')].map((a) => a.rel)") == [
        "noopener noreferrer nofollow"
    ]


def test_the_policy_of_the_page(web: Web, server: Server) -> None:
    policy = server.anonymous().get("/").headers.get("content-security-policy", "")
    assert "default-src" in policy
    assert "unsafe" not in policy
