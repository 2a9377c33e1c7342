"""An answer while it streams: in one place, in sight unless the user scrolled away, and in the end where it is read."""

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.web.conftest import SIZES, TWO_TASKS, Account, Web, answered, say
from tests.web.looks import faults
from tests.web.puppet import Puppet

ANSWER = """## Your week
There are **three** things before *Thursday*, and `one` that waits.

1. Answer **Priya** about the budget
   - the numbers come this afternoon
   - see [the sheet](https://example.com/sheet)
2. Prepare the review

| Day | What |
| --- | --- |
| Mon | Stand-up |

```python
total = sum(item for item in items if item > 0)  # a line that is wider than a phone, and then some more of it
```

> Nothing else.

"""
MARKS = ("##", "**", "](", "| -", "`", "> N", "- the")

RECORD = """() => { window.seen = [];
    const after = new MessageChannel();
    after.port1.onmessage = () => { // behind a frame: what was painted
        const live = document.querySelector(".is-live");
        if (live) seen.push({ height: live.getBoundingClientRect().height, text: live.innerText,
            over: live.getBoundingClientRect().bottom - document.querySelector(".foot").getBoundingClientRect().top });
    };
    const look = () => { after.port2.postMessage(""); requestAnimationFrame(look); };
    look(); }"""
ENDS = """(box) => box.scrollHeight - box.scrollTop - box.clientHeight"""


def ends_in_sight(page: Page) -> None:
    last = page.locator(".messages > *").last
    expect(last).to_be_in_viewport()
    assert page.locator(".scroller").evaluate(ENDS) < 2
    box, foot = last.bounding_box(), page.locator(".foot").bounding_box()
    assert box is not None
    assert foot is not None
    assert box["y"] + box["height"] <= foot["y"]


@pytest.mark.parametrize(("rate", "words"), [(8, ANSWER[:60]), (100, ANSWER * 2)], ids=["slow", "fast"])
def test_an_answer_grows_in_sight_and_in_one_place(web: Web, account: Account, rate: int, words: str) -> None:
    """At the pace of a slow and of a fast model, in three windows at once."""
    pages = [web.open(account, size=size) for size in SIZES]
    for page in pages:
        say(page, ANSWER * 3)
        answered(page, "Nothing else.")
        ends_in_sight(page)
        page.evaluate(RECORD)
        say(page, f"~{rate}\n{words}")
        page.locator(".is-live .bubble").evaluate("(bubble) => { bubble.same = true; }")
    for page in pages:
        answered(page, "Nothing else." if rate == 100 else "things before")
        assert page.locator(".bubble").last.evaluate("(bubble) => bubble.same")
        ends_in_sight(page)
        seen: list[dict[str, Any]] = page.evaluate("seen")
        heights = [frame["height"] for frame in seen]
        assert len(set(heights)) > 1
        assert heights == sorted(heights)
        assert max(frame["over"] for frame in seen) < 1
        assert [mark for frame in seen for mark in MARKS if mark in frame["text"]] == []


@pytest.fixture
def reading(web: Web, account: Account, puppet: Puppet) -> Page:
    """A page, on a phone, in which an answer comes as `puppet.drip` says, longer than the view by now."""
    page = web.open(account, size="phone", has_touch=True)
    say(page, ANSWER * 12)
    answered(page)
    say(page, "~")
    grow(page, puppet, ANSWER * 2)
    return page


def grow(page: Page, puppet: Puppet, piece: str) -> None:
    """Let a piece of the answer come, and see it."""
    for part in (piece, "Now.\n\n"):
        puppet.drip.put(part)
    expect(page.locator(".is-live .prose > :last-child")).to_have_text("Now.")
    puppet.drip.put("---\n\n")
    expect(page.locator(".is-live .prose > :last-child")).to_have_text("")


def place(page: Page) -> float:
    top: float = page.locator(".scroller").evaluate("(box) => box.scrollTop")
    return top


def by_wheel(page: Page) -> None:
    page.mouse.move(195, 300)
    page.mouse.wheel(0, -30)


def by_key(page: Page) -> None:
    page.locator(".scroller").focus()
    page.keyboard.press("ArrowUp")


def by_finger(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    for kind, y in (("touchStart", 300), *(("touchMove", y) for y in range(310, 400, 10)), ("touchEnd", None)):
        touches = [] if y is None else [{"x": 195, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def by_script(page: Page) -> None:
    """In the very frame in which the conversation grows."""
    page.locator(".scroller").evaluate("""(box) => requestAnimationFrame(() => {
        box.scrollTop -= 3;
        box.querySelector(".live").appendChild(document.createElement("hr")).style.height = "9px"; })""")


def by_pixels(page: Page) -> None:
    """As slow as a trackpad can: one pixel a frame."""
    page.locator(".scroller").evaluate("""(box) => new Promise((done) => {
        let left = 5;
        const up = () => { box.scrollTop -= 1; left -= 1; left ? requestAnimationFrame(up) : done(); };
        requestAnimationFrame(up); })""")


def test_who_scrolls_away_is_left_alone(reading: Page, puppet: Puppet) -> None:
    """However that is done, and however little; back at the end, it is followed again."""
    page = reading
    jump = page.get_by_role("button", name="Jump to latest")
    for away in (by_wheel, by_key, by_finger, by_script, by_pixels):
        expect(jump).to_be_hidden()
        before = place(page)
        away(page)
        page.wait_for_function("(top) => document.querySelector('.scroller').scrollTop < top", arg=before)
        page.evaluate(STILL)
        there = place(page)
        grow(page, puppet, "More of it.\n\n" * 8)
        assert place(page) == there, away
        expect(jump).to_be_visible()
        if away is by_wheel:
            assert faults(page, ("phone",)) == {}
            jump.focus()
            page.keyboard.press("Enter")
            expect(page.locator(".scroller")).to_be_focused()
        elif away is by_key:
            page.keyboard.press("End")
        elif away is by_finger:
            page.mouse.wheel(0, 5000)
        else:
            jump.click()
        expect(jump).to_be_hidden()
        grow(page, puppet, "And more.\n\n" * 8)
        assert page.locator(".scroller").evaluate(ENDS) < 2
    puppet.drip.put("")
    expect(page.locator(".is-live")).to_have_count(0)
    ends_in_sight(page)


STILL = """() => new Promise((done) => {
    const box = document.querySelector(".scroller");
    let top = box.scrollTop, same = 0;
    const look = () => { same = box.scrollTop === top ? same + 1 : 0; top = box.scrollTop;
        same > 8 ? done(true) : requestAnimationFrame(look); };
    look(); })"""


def test_who_reads_above_stays_there_when_the_answer_ends(reading: Page, puppet: Puppet) -> None:
    page = reading
    before = page.locator(".scroller").evaluate("(box) => { box.scrollTop = 100; return box.scrollHeight; }")
    page.evaluate(STILL)
    puppet.drip.put(ANSWER)
    page.wait_for_function("(before) => document.querySelector('.scroller').scrollHeight > before + 300", arg=before)
    puppet.drip.put("The end.")
    puppet.drip.put("")
    answered(page, "The end.")
    assert place(page) == 100
    page.get_by_role("button", name="Jump to latest").click()
    ends_in_sight(page)


TURNS = ((844, 390), (390, 844), (1440, 900), (390, 844))
AT_TOP = """() => {
    const box = document.querySelector(".scroller").getBoundingClientRect();
    const words = document.elementFromPoint(box.left + box.width / 2, box.top + 60).closest("p");
    return [words.innerText.slice(0, 12), Math.round(words.getBoundingClientRect().top - box.top)]; }"""


def test_who_reads_in_a_long_answer_stays_there_when_the_window_turns(reading: Page, puppet: Puppet) -> None:
    """Also where the browser moves the view by itself, because all of it is shorter in the new size."""
    page = reading
    grow(page, puppet, "".join(f"Paragraph {number}: {'words that wrap ' * 12}\n\n" for number in range(10, 50)))
    page.locator("p", has_text="Paragraph 30:").last.evaluate("(p) => { p.scrollIntoView(); }")
    page.evaluate("document.querySelector('.scroller').scrollTop -= 40")
    page.evaluate(STILL)
    read = page.evaluate(AT_TOP)
    assert read[0].startswith("Paragraph 30")
    for width, height in TURNS:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function("(width) => innerWidth === width", arg=width)
        page.evaluate(STILL)
        assert page.evaluate(AT_TOP) == read
        grow(page, puppet, "More of it.\n\n" * 8)
        assert page.evaluate(AT_TOP) == read


def test_who_reads_in_an_answer_stays_there_when_its_end_changes_what_stands_above(
    reading: Page, puppet: Puppet
) -> None:
    page = reading
    grow(page, puppet, "    indented code\n    is code in the end\n\n" + "".join(f"Words {n}.\n\n" for n in range(40)))
    page.locator("p", has_text="Words 20.").evaluate("(p) => { p.scrollIntoView(); }")
    page.evaluate("document.querySelector('.scroller').scrollTop -= 40")
    page.evaluate(STILL)
    read, top = page.evaluate(AT_TOP), place(page)
    puppet.drip.put("")
    expect(page.locator(".is-live")).to_have_count(0)
    page.evaluate(STILL)
    assert place(page) != top
    assert page.evaluate(AT_TOP) == read


def test_what_is_selected_stays_selected(reading: Page, puppet: Puppet) -> None:
    page = reading
    puppet.drip.put("Some **words** to be kept")
    words = page.locator(".is-live .prose > p", has_text="to be kept")
    words.evaluate("(p) => getSelection().setBaseAndExtent(p.firstChild, 0, p.lastChild, p.lastChild.length)")
    kept = "Some words to be kept"
    assert page.evaluate("getSelection().toString()") == kept
    puppet.drip.put(", and more.\n\n")
    expect(words).to_contain_text("and more")
    assert page.evaluate("getSelection().toString()").startswith(kept)
    grow(page, puppet, ANSWER)
    assert page.evaluate("getSelection().toString()").startswith(kept)
    puppet.drip.put("")
    expect(page.locator(".is-live")).to_have_count(0)
    assert page.evaluate("getSelection().toString()").startswith(kept)


def test_a_plan_behind_an_answer_is_in_sight(web: Web, account: Account) -> None:
    for size in SIZES:
        page = web.open(account, size=size)
        say(page, f"{ANSWER * 2}\n{TWO_TASKS}")
        page.locator(".card.is-pending").wait_for()
        expect(page.locator(".is-live")).to_have_count(0)
        ends_in_sight(page)
        expect(page.locator(".decide-confirm")).to_be_in_viewport(ratio=1)


def test_a_long_answer_costs_each_piece_the_same(page: Page, puppet: Puppet) -> None:
    """Counted in changes to the page; the server renders nothing that long, so the page does."""
    say(page, "~")
    counts = []
    for more, size in ((5, 5), (200, 205)):
        puppet.drip.put(ANSWER * more)
        expect(page.locator(".is-live h3")).to_have_count(size)
        page.evaluate(COUNT)
        for word in ("one ", "two ", "three"):
            puppet.drip.put(word)
            expect(page.locator(".is-live .prose > p").last).to_contain_text(word.strip())
        counts.append(page.evaluate("changes.length"))
        puppet.drip.put("\n\n")
    assert max(counts) <= 9
    puppet.drip.put("")
    answered(page)
    for _ in range(2):
        expect(page.locator(".message.is-assistant h3")).to_have_count(205)
        expect(page.locator(".message.is-assistant .bubble")).not_to_contain_text("**")
        page.reload()


COUNT = """() => { window.changes = [];
    new MutationObserver((records) => changes.push(...records)).observe(document.querySelector(".messages"),
        { subtree: true, childList: true, characterData: true, attributes: true }); }"""


def test_what_comes_between_two_frames_is_drawn_once(page: Page, puppet: Puppet) -> None:
    say(page, "~")
    puppet.drip.put("numbers: ")
    expect(page.locator(".is-live .bubble")).to_have_text("numbers:")
    page.evaluate(COUNT)
    page.evaluate(HOLD)
    for number in range(1, 50):
        puppet.drip.put(f"{number} ")
    page.wait_for_function("() => thread.live.text.endsWith('49 ')", polling=50)
    assert page.evaluate("[changes.length, held.length]") == [0, 1]
    page.evaluate("held.forEach((run) => run())")
    expect(page.locator(".is-live .bubble")).to_contain_text("48 49")
    assert page.evaluate("changes.length") == 1
    puppet.drip.put("")
    answered(page, "48 49")


HOLD = """async () => {
    const { conversation } = await import("/static/js/conversation.js");
    window.thread = conversation(location.hash.slice(4));
    window.held = [];
    window.requestAnimationFrame = (run) => held.push(run); }"""


def test_a_keyboard_that_lies_over_the_page_hides_nothing(web: Web, account: Account) -> None:
    """As on iOS, where the window keeps its size and only the part of it that is seen gets smaller."""
    context = web.context(account, size="phone")
    context.add_init_script(KEYBOARD)
    page = web.page(context, account.url)
    say(page, ANSWER * 3)
    answered(page)
    for height in (500, 844):
        page.evaluate("(height) => { seenPart.height = height; seenPart.dispatchEvent(new Event('resize')); }", height)
        expect(page.locator(".fine")).to_be_in_viewport()
        page.wait_for_function(f"() => document.querySelector('.fine').getBoundingClientRect().bottom <= {height}")
        ends_in_sight(page)


KEYBOARD = """window.seenPart = Object.assign(new EventTarget(), { height: 844, scale: 1 });
Object.defineProperty(window, "visualViewport", { value: seenPart });"""


def test_the_composer_grows_and_what_is_read_stays(page: Page) -> None:
    say(page, ANSWER * 3)
    answered(page)
    field = page.locator("#composer")
    heights = []
    for lines in (1, 4, 40, 1):
        field.fill("\n".join("line" for _ in range(lines)))
        heights.append(_height(field))
        page.wait_for_function(f"() => ({ENDS})(document.querySelector('.scroller')) < 2")
    assert heights[0] == heights[3] < heights[1] < heights[2] == 220


def _height(element: Locator) -> float:
    box = element.bounding_box()
    assert box is not None
    return box["height"]


def test_earlier_messages_come_above_what_is_read(web: Web, account: Account) -> None:
    thread_id = account.say(f"Question\n{ANSWER}")["thread_id"]
    for _ in range(34):
        account.say("Question and answer", thread_id)
    page = web.open(account, f"/#/t/{thread_id}")
    answered(page)
    expect(page.locator(".message")).to_have_count(60)
    page.locator(".scroller").evaluate("(box) => { box.scrollTop = 1500; }")
    page.evaluate(STILL)
    moved = page.evaluate(READ_UP)
    expect(page.locator(".message")).to_have_count(70)
    assert moved < 2


READ_UP = """async () => {
    const box = document.querySelector(".scroller"), frame = () => new Promise(requestAnimationFrame);
    const all = () => [...document.querySelectorAll(".message")];
    const one = all().find((each) => each.getBoundingClientRect().top > 80);
    box.scrollTop = 400;
    const before = one.getBoundingClientRect().top;
    for (let frames = 0; frames < 90 && all().length < 70; frames++) await frame();
    await frame(); await frame();
    return Math.abs(one.getBoundingClientRect().top - before); }"""
