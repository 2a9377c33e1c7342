"""The page's own Markdown, for answers that still come: sensible at every letter, safe, and in the end the server's."""

import pytest
from playwright.sync_api import Page

from sayso.http.markdown import rendered

GROW = """async (pieces) => {
    const { GrowingMarkdown } = await import("/static/js/growing.js");
    const place = document.createElement("div");
    const markdown = new GrowingMarkdown(place);
    pieces.forEach((piece) => markdown.add(piece));
    return [place.innerHTML, (markdown.end(), place.normalize(), place.innerHTML)]; }"""
SERVED = """async (html) => {
    const { safeHtml } = await import("/static/js/markdown.js");
    const place = document.createElement("div");
    place.append(safeHtml(html));
    return place.innerHTML; }"""

DOCUMENTS = [
    "## Title\nA **bold**, *slanted*, `coded`, ~~struck~~ [link](https://example.com/a_(b)).\n\nStill.",
    "1. one\n2. two\n   - a\n   - b\n\n     more of b\n3. three\n\nend",
    "5) five\n6) six\n\n* x\n+ y\n- z\n\n- [ ] todo",
    "text:\n- a\n- b\ngoes on\n\nSub\n---\n\n---\n***\n",
    "> said\n> > before\n>\n> - c\n> - d\ngoes on\n\nafter",
    "Intro\n| a | b | c |\n|:--|--:|---|\n| `x` | **y** | a \\| b |\n| short |\n\nafter\n\n| no table",
    "a | b\n--- | ---\n1 | 2",
    "```js\nlet a = `x`;\n\n  b\n```\nafter\n\n~~~\n```\n~~~",
    "- item\n\n  ```py\n  x = 1\n  ```\n- next\n    - deeper",
    "***both*** **a*b** *a**b* 2 * 3 * 4 snake_case_name **not closed and *more `tick",
    "<https://x.example> [bad](javascript:x) [rel](/x) ![img](https://e.example/p.png) [1] [2](https://e.example)",
    "[save](/mail/far:msg_1/attachments/2) [x](/mail/../attachments/1)",
    "[y](//mail/a/attachments/1) [z](/mail/a/attachments/1?q)",
    "Invited Ana Silva <ana.silva@northwind.example>, <o'neil+x_y@b> <mailto:a@b.c> <a@> <@b> <a b@c.d> <a@b-> a@b.c.",
    "a &amp; b &lt;c&gt; &#65; <b>raw</b> \\*kept\\* a\\\nb\nc  \nd",
    '„Über **größe**“ **“bold”** 👍 **👍** *é* (*a*) "*b*" **a.** b',
    "42",
    "-",
    "#hash\n\n# \n\n* * *\n\n- \n- a",
]


def chunks(text: str, size: int) -> list[str]:
    return [text[place : place + size] for place in range(0, len(text), size)]


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_in_the_end_it_is_what_the_server_renders(page: Page, size: int) -> None:
    for text in DOCUMENTS:
        assert page.evaluate(GROW, chunks(text, size))[1] == page.evaluate(SERVED, rendered(text)), text


UNFINISHED = {
    "#": "",
    "## Ti": "<h3>Ti</h3>",
    "some **bo": "<p>some <strong>bo</strong></p>",
    "some **bold*": "<p>some <strong>bold</strong></p>",
    "`co": "<p><code>co</code></p>",
    "see [the sheet](https://exam": "<p>see the sheet</p>",
    "see [the sh": "<p>see [the sh</p>",
    "- ": "",
    "- on": "<ul><li><p>on</p></li></ul>",
    "- on\n  -": "<ul><li><p>on</p></li></ul>",
    "1": "",
    "1. on": "<ol><li><p>on</p></li></ol>",
    "> ": "",
    "> sa": "<blockquote><p>sa</p></blockquote>",
    "``": "",
    "title\n--": "<p>title</p>",
    "5 * 3 *": "<p>5 * 3 </p>",
}


def test_what_is_unfinished_looks_like_what_it_is_about_to_be(page: Page) -> None:
    for text, shown in UNFINISHED.items():
        assert page.evaluate(GROW, chunks(text, 1))[0] == shown, text


TABLES = ("| Day | Wh", "| Day | What |\n", "| Day | What |\n| --", "| Day | What |\n| --- | --- |\n| Mon | St")


def test_a_table_is_one_from_its_first_row_on(page: Page) -> None:
    for text in TABLES:
        shown = page.evaluate(GROW, chunks(text, 1))[0]
        assert shown.startswith("<div"), text
        assert "<th>Day</th><th>Wh" in shown
        assert "|" not in shown
        assert "--" not in shown
    assert "<td>Mon</td><td>St</td>" in shown


def test_code_is_code_before_it_is_closed(page: Page) -> None:
    for text, code in (("```py\nx = 1\ny", "x = 1\ny"), ("```\nx\n``", "x\n"), ("```\nx\n```", "x\n")):
        assert f"<code>{code}</code>" in page.evaluate(GROW, chunks(text, 1))[0]


PARTS = [
    *"*_`~|[]()<>#-+>.\\!&1a \t",
    "**",
    "__",
    "~~",
    "``",
    "```",
    "\n",
    "\n\n",
    "\r\n",
    "- ",
    "1. ",
    "> ",
    "## ",
    "| a | b |",
    "|---|---|",
]
PARTS += ["===", "    ", "https://e.example", "](", "<img src=x onerror=hacked=1>", "&amp;", "👍", "\0", "word " * 900]
TRY = """async ([parts, seed, count]) => {
    const { GrowingMarkdown } = await import("/static/js/growing.js");
    const random = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648, Math.floor(seed / 65536) % below);
    const made = (text, size) => {
        const place = document.createElement("div"), markdown = new GrowingMarkdown(place);
        for (let at = 0, next; at < text.length; at = next) markdown.add(text.slice(at, next = at + size()));
        markdown.end();
        place.normalize();
        return place;
    };
    for (let number = 0; number < count; number++) {
        const text = Array.from({ length: 1 + random(30) }, () => parts[random(parts.length)]).join("");
        const whole = made(text, () => text.length), pieces = made(text, () => 1 + random(1 + (text.length >> 4)));
        if (whole.innerHTML !== pieces.innerHTML) return text;
        if (whole.querySelector("img, script, [onerror], a:not([href^='https://e.example'])")) return text;
    }
    return null; }"""


def test_any_text_in_any_pieces_is_the_same_and_safe(page: Page) -> None:
    assert page.evaluate(TRY, [PARTS, 7, 400]) is None


WORK = """async ([text, size]) => {
    const { GrowingMarkdown } = await import("/static/js/growing.js");
    const place = document.createElement("div"), markdown = new GrowingMarkdown(place);
    let work = 0; // characters read and elements looked at
    const read = markdown.read, draw = markdown.drawBlock;
    markdown.read = function (line, ending) { work += line.length; return read.call(this, line, ending); };
    markdown.drawBlock = function (...given) { work += 1 + given[2].text.length; return draw.apply(this, given); };
    const watch = new MutationObserver(() => {});
    watch.observe(place, { subtree: true, childList: true, characterData: true, attributes: true });
    let most = 0, changes = 0;
    for (let at = 0; at < text.length; at += size) {
        const before = work;
        markdown.add(text.slice(at, at + size));
        most = Math.max(most, work - before);
        changes = Math.max(changes, watch.takeRecords().length);
    }
    return [most, changes]; }"""
SHAPES = {
    "one line": "word ",
    "lines": "some words\n",
    "paragraphs": "Some `words` and a [link](https://e.example).\n\n",
    "a list": "- an item with **bold** words\n",
    "a deep list": "- a\n  - b\n    - c\n",
    "a quotation": "> said and said\n",
    "a table": "| one | two |\n|---|---|\n",
    "code": "```\nx = 1\n",
    "a line of code": "```\n" + "x = 1; ",
    "marks": "*a **b _c ",
    "brackets": "[a](",
    "ticks": "` `` ``` ",
    "quotes": ">",
    "bars": "|",
}


def test_a_piece_costs_the_same_behind_much_and_behind_little(page: Page) -> None:
    """In characters read, blocks looked at and changes to the page; also for text that was made to be dear."""
    for name, text in SHAPES.items():
        first, _, rest = text.rpartition("\n") if name == "a line of code" else ("", "", text)
        little, much = ((first + "\n" if first else "") + rest * (size // len(rest)) for size in (10_000, 40_000))
        (most, changes), (later, then) = (page.evaluate(WORK, [text, 100]) for text in (little, much))
        assert later < most * 1.5 + 100, name
        assert then < changes * 1.5 + 10, name
