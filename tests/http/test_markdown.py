"""The model's Markdown as HTML: what is kept, what is not, and that every answer brings it."""

import json
from html import escape
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.http.test_contract import ask, confirm

from sayso.http import markdown
from sayso.http.markdown import rendered

if TYPE_CHECKING:
    from tests.conftest import Server

TAGS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {("a", "href"), ("a", "title"), ("code", "class"), ("ol", "start")}


class Seen(HTMLParser):
    """What a browser would find in the HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[tuple[str, str], str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {(tag, name): value or "" for name, value in attrs}


def seen(text: str) -> Seen:
    html = rendered(text)
    assert html is not None
    return Seen(html)


def test_what_people_read() -> None:
    text = "**Two** things:\n\n- one\n- ~~two~~\n\n| a | b |\n|---|--:|\n| 1 | `2` |\n\n[more](https://example.com)"
    assert {"strong", "ul", "li", "s", "table", "td", "code", "a"} <= set(seen(text).tags)
    assert rendered("one\ntwo") == "<p>one<br />\ntwo</p>\n"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "a <b onclick=x>b</b>", "<!-- x -->", "<?php ?>",
        "<svg/onload=alert(1)>", "![pixel](https://evil.example/track.png)", "![x](data:image/png;base64,AAAA)",
        "<https://ok.example/?a=<b>>", "&lt;script&gt;", "```\n</code></pre><script>\n```",
    ],
)  # fmt: skip
def test_nothing_runs_or_loads(text: str) -> None:
    found = seen(text)
    assert set(found.tags) <= TAGS
    assert set(found.attributes) <= ATTRIBUTES


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "&#106;avascript:alert(1)", "data:text/html,x", "vbscript:x",
     "data:image/png;base64,AAAA", "file:///etc/passwd", "//evil.example", "/auth/logout", "blob:x", "intent:x",
     "/mail/a/attachments/0", "/mail/a/attachments/1?x", "/mail/a/attachments/1#x", "/mail/a/b/attachments/1",
     "//mail/a/attachments/1", "/mail//attachments/1", "/mail/%2e%2e/attachments/1", "/mail/../attachments/1",
     "/Mail/a/attachments/1",
     "/mail/a/attachments/1/../../../../auth/logout", "mail/a/attachments/1", "/x/mail/a/attachments/1"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["[x]({})", "[x](<{}>)", "<{}>", "[x][r]\n\n[r]: {}"])
def test_links_that_are_none(url: str, form: str) -> None:
    assert "a" not in seen(form.format(url)).tags


@pytest.mark.parametrize(
    "url",
    ["https://a.example/x?y=1#z", "http://a.example", "mailto:ana@example.com", "/mail/far:msg_1.a-b/attachments/12"],
)
def test_links(url: str) -> None:
    assert seen(f"[x]({url})").attributes[("a", "href")] == url


def test_tables_bring_no_styles() -> None:
    assert "style" not in (rendered("| a |\n|--:|\n| 1 |") or "style")


@given(st.text(alphabet=st.sampled_from("ab <>&\"'`*_[]()!#|~\\-+=.:/\n\t1javscripthe"), max_size=80))
@settings(max_examples=300)
def test_whatever_it_is_given(text: str) -> None:
    found = seen(text)
    assert set(found.tags) <= TAGS
    assert set(found.attributes) <= ATTRIBUTES
    assert found.attributes.get(("a", "href"), "https:").startswith(("http", "mailto:", "HTTP", "MAILTO:"))


@given(st.from_regex(markdown._PROSE, fullmatch=True))
@settings(max_examples=300)
def test_prose_needs_no_parser(text: str) -> None:
    assert rendered(text) == markdown._markdown().render(text)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_000,
        "*a " * 20_000,
        "|a" * 5_000 + "\n" + "|-" * 5_000 + "\n" + "x\n" * 3_000,
        "words\n" * 10_000,
        "|a|b|c|\n|-|-|-|\n" + "x\n" * 1_000,
        "> a\n" * 1_500,
        "~~a " * 2_000,
    ],
    ids=["brackets", "stars", "table", "long", "padded", "quotes", "strikes"],
)
def test_what_would_hold_up_others_stays_text(text: str) -> None:
    assert rendered(text) is None


def test_every_answer_brings_it(server: "Server") -> None:
    client = server.client()
    title = "<b>Bold</b> & **strong**"
    reply = ask(client, f'Create a task called "{title}"')
    assert reply["response_html"] == rendered(reply["response"])
    done = confirm(client, reply["thread_id"]).json()
    assert done["response_html"] == rendered(done["response"])
    assert "<b>" not in done["response_html"]
    assert escape("<b>") in done["response_html"]
    messages = client.get(f"/threads/{reply['thread_id']}").json()["messages"]
    told = [message for message in messages if message["role"] == "assistant"]
    assert [message["content_html"] for message in told] == [rendered(message["content"]) for message in told]
    assert not any("content_html" in message for message in messages if message["role"] == "user")


def test_streams_bring_it(server: "Server") -> None:
    client = server.client()
    for text in ("What's on my calendar tomorrow?", "Add a task to call the bank"):
        lines = client.post("/chat/stream", json={"user_message": text}).text.splitlines()
        last = json.loads([line for line in lines if line.startswith("data: ")][-1].removeprefix("data: "))["data"]
        assert last["response_html"] == rendered(last["response"])
