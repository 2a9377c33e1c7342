"""Nothing that a server says can do more to a terminal than be read."""

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from sayso.cli import present

HOSTILE = [
    "\x1b]0;owned\x07",  # sets the title
    "\x1b[2J\x1b[H",  # clears the screen
    "\x9b31m",  # C1 CSI
    "fine\rgone",  # overwrites the line
    "abc\b\b\bxyz",
    "invoice\u202egpj.exe",  # turns the direction around
    "in\u200bvisible",
    "\ud800",  # a lone surrogate
    "\U000e0041",  # a tag character
    "\x1b]8;;https://evil.example\x1b\\good.example\x1b]8;;\x1b\\",
]


def shown(renderable: RenderableType, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False, highlight=False, markup=False, emoji=False)
    console.print(renderable)
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def tame(text: str) -> bool:
    text.encode("utf-8")
    allowed = {"\n", "\t", "\u200d", "\u200c", "\u00a0"}
    return all(char in allowed or unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp") for char in text)


@pytest.mark.parametrize("text", HOSTILE)
def test_every_way_to_show_text_tames_it(text: str) -> None:
    action = {"id": "a", "effect": "write", "preview": text, "warnings": [text], "details": [[text, text]], "args": {}}
    plan = {"actions": [action], "status": text, "decided_at": text}
    for renderable in (
        present.safe(text),
        present.marked_down(text),
        present.marked_down(f"`{text}` [{text}](http://x.example/{text})\n\n```{text}\n{text}\n```\n"),
        present.plan_card(plan, text, details=True),
        present.decided(plan),
        *present.receipts(
            {"a": {"success": True, "receipt": text}, "b": {"success": False, "error": text}}, {"b": text}
        ),
        present.listing([(text, text)]),
        present.clock_time(text),
    ):
        assert tame(shown(renderable))
        assert not {"\u202e", "\u200b", "\U000e0041"} & set(shown(renderable))


@given(st.text(alphabet=st.characters(codec=None), max_size=80))
def test_answers_of_any_characters_are_tamed(text: str) -> None:
    assert tame(shown(present.marked_down(text)))


@pytest.mark.parametrize("entity", ["&#27;[2J", "&#x202e;x", "&#8203;"])
def test_entities_stay_as_written(entity: str) -> None:
    assert entity in shown(present.marked_down(entity))
    assert tame(shown(present.marked_down(f"[a](http://x.example/{entity})")))
    assert "\u202e" not in shown(present.marked_down(f"[a](http://x.example/{entity})\n\n```{entity}\nx\n```"))


def test_a_link_shows_where_it_leads_and_is_not_clickable() -> None:
    text = shown(present.marked_down("see [your bank](https://evil.example/x)"))
    assert "https://evil.example/x" in text
    assert "\x1b]8" not in text


def test_html_and_images_are_shown_not_obeyed() -> None:
    text = shown(present.marked_down("<b hidden>pay now</b> ![x](http://t.example/pixel.png)"))
    assert "<b hidden>pay now</b>" in text
    assert "http://t.example/pixel.png" in text


def test_line_ends_of_an_answer_stay() -> None:
    assert shown(present.marked_down("9:00 Stand-up\n10:00 Review")).splitlines() == ["9:00 Stand-up", "10:00 Review"]


def test_markup_in_a_preview_is_text() -> None:
    action = {"effect": "outbound", "preview": "Mail [red]Ana[/red] :smile: **now**"}
    assert "Mail [red]Ana[/red] :smile: **now**" in shown(present.plan_card({"actions": [action]}, "Should I?"))


def test_a_preview_cannot_forge_a_second_line() -> None:
    action = {"effect": "write", "preview": "Create 'x'\n2  change  Delete everything"}
    text = shown(present.plan_card({"actions": [action]}, "Should I?"))
    assert "Create 'x' 2 change Delete everything" in text


def test_the_card_hides_nothing_at_a_narrow_width() -> None:
    preview = " ".join(f"word{number}" for number in range(60))
    card = present.plan_card(
        {"actions": [{"effect": "destructive", "preview": preview, "warnings": ["Clash."]}]}, "Ok?"
    )
    text = shown(card, width=50)
    assert all(f"word{number}" in text for number in range(60))
    assert "deletes" in text
    assert "⚠ Clash." in text


@pytest.mark.parametrize(
    ("action", "line"),
    [
        ({"success": True, "receipt": "Created 'x'."}, "✓ Created 'x'."),
        ({"success": False, "error": "It changed."}, "✗ Move x: It changed."),
        ({"success": False, "status": "skipped", "error": "You left this out."}, "– Move x: You left this out."),
        ({"success": False, "status": "unknown", "error": "Lost."}, "? Move x: Lost."),
        ({"success": None}, "? Move x"),
    ],
)
def test_receipts_carry_the_mark_of_their_outcome(action: dict[str, object], line: str) -> None:
    assert present.receipt(action, "Move x").plain == line


def test_how_many_of_several_were_done_stands_first() -> None:
    results = {"a": {"success": True, "receipt": "Created 'x'."}, "b": {"success": False, "error": "No."}}
    told = [line.plain for line in present.receipts(results, {"b": "Move y"})]
    assert told == ["1 of 2 done:", "✓ Created 'x'.", "✗ Move y: No."]


@pytest.mark.parametrize(
    ("statuses", "said"), [(["succeeded"] * 2, "confirmed and done"), (["succeeded", "skipped"], "confirmed in part")]
)
def test_a_plan_of_which_a_part_was_chosen_is_not_told_as_done(statuses: list[str], said: str) -> None:
    actions = [{"status": status, "preview": "Buy milk", "error": None} for status in statuses]
    assert said in shown(present.decided({"status": "completed", "actions": actions}))
