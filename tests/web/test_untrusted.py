"""Text from elsewhere stays text: titles, mails, results and the model's words run nothing and load nothing."""

import json

import pytest
from playwright.sync_api import Page, Request, expect
from tests.web.conftest import Account, Web, answered, say, settled

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
def elsewhere(page: Page, account: Account) -> list[str]:
    """Requests that the page made to any other place."""
    requests: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((account.url, "data:")):
            requests.append(request.url)

    page.context.on("request", note)
    return requests


FORBIDDEN = ":is(img, iframe, form, script, style, svg:not(.icon), button, [onclick], [onerror], [ping])"


def unharmed(page: Page, elsewhere: list[str]) -> None:
    """Nothing ran and nothing was loaded, also after a round trip in which it could have."""
    page.evaluate("fetch('/health').then(() => new Promise(requestAnimationFrame))")
    assert page.evaluate("window.hacked") is None
    assert page.locator(f".bubble {FORBIDDEN}").count() == 0
    assert elsewhere == []


def test_the_models_words(page: Page, elsewhere: list[str]) -> None:
    for number, attack in enumerate(ATTACKS):
        say(page, f"Look {number}: {attack}")
        answered(page, f"Look {number}:")
        unharmed(page, elsewhere)
    page.reload()
    expect(page.locator(".message.is-assistant")).to_have_count(len(ATTACKS))
    unharmed(page, elsewhere)


def test_titles_and_plans(page: Page, elsewhere: list[str]) -> None:
    calls = [f"!create_task {json.dumps({'title': attack, 'notes': attack})}" for attack in ATTACKS]
    say(page, "\n".join(calls))
    settled(page)
    page.evaluate("document.querySelectorAll('.card details').forEach((details) => { details.open = true; })")
    unharmed(page, elsewhere)
    page.click(".decide-confirm")
    expect(page.locator(".action.is-succeeded")).to_have_count(len(ATTACKS))
    for view in ("waiting", "activity", "settings"):
        page.evaluate(f"location.hash = '#/{view}'")
        page.locator("#stage :is(.card, .empty, .log ol, .session-list .tag)").first.wait_for()
        unharmed(page, elsewhere)
    for attack in ATTACKS:
        say_in_a_new_thread(page, attack)
    unharmed(page, elsewhere)


def say_in_a_new_thread(page: Page, text: str) -> None:
    """Its title is then the text."""
    page.evaluate("location.hash = '#/'")
    expect(page.locator("#title")).to_have_text("New conversation")
    say(page, text)
    answered(page)


def test_even_html_that_the_server_got_wrong(page: Page, web: Web, elsewhere: list[str]) -> None:
    """The page does not rely on the server's rendering: it keeps an allow-list of its own."""
    web.expected += ["Content Security Policy", "CSP"]  # Chromium reports handlers in inert documents too
    for attack in ATTACKS:
        text = page.evaluate(
            """async (html) => { const { safeHtml } = await import('/static/js/markdown.js');
            const place = document.createElement('div'); place.className = 'bubble';
            place.append(safeHtml(html)); document.body.append(place); return place.innerHTML; }""",
            attack,
        )
        assert "javascript:" not in text.replace("(javascript:", "")
        unharmed(page, elsewhere)


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


def test_the_policy_of_the_page(account: Account) -> None:
    policy = account.server.anonymous().get("/").headers.get("content-security-policy", "")
    assert "default-src" in policy
    assert "unsafe" not in policy
