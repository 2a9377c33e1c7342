"""Nothing that a server says can do more to a terminal than be read."""

import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console, RenderableType

from sayso.cli import present
from sayso.cli.card import plan_card

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
    action = {
        "id": "a",
        "effect": "write",
        "preview": text,
        "warnings": [{"code": "past", "text": text}],
        "details": [[text, text]],
        "args": {},
    }
    plan = {"actions": [action], "status": text, "decided_at": text}
    for renderable in (
        present.safe(text),
        present.marked_down(text),
        present.marked_down(f"`{text}` [{text}](http://x.example/{text})\n\n```{text}\n{text}\n```\n"),
        plan_card(plan, text, details=True),
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
    assert "Mail [red]Ana[/red] :smile: **now**" in shown(plan_card({"actions": [action]}, "Should I?"))


def test_a_preview_cannot_forge_a_second_line() -> None:
    action = {"effect": "write", "preview": "Create 'x'\n2  change  Delete everything"}
    text = shown(plan_card({"actions": [action]}, "Should I?"))
    assert "Create 'x' 2 change Delete everything" in text


def test_the_card_hides_nothing_at_a_narrow_width() -> None:
    preview = " ".join(f"word{number}" for number in range(60))
    card = plan_card(
        {
            "actions": [
                {"effect": "destructive", "preview": preview, "warnings": [{"code": "overlap", "text": "Clash."}]}
            ]
        },
        "Ok?",
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


def test_a_mail_is_shown_whole_in_a_frame_of_its_own() -> None:
    mail = {
        "from": {"name": "Robin", "email": "robin@example.com"},
        "to": [{"name": "Ana", "email": "ana@x.example"}],
        "cc": [{"name": "", "email": "bo@x.example"}],
        "bcc": [],
        "subject": "Plan",
        "body": "Hi,\n\nyes.\n2 deletes  Everything",
        "attachments": [{"name": "a.pdf", "size": 3, "type": "application/pdf"}],
        "answers": {"from": {"name": "Ana", "email": "ana@x.example"}, "subject": "Plan?", "date": ""},
        "send_at": "2026-03-06T08:00:00-05:00",
    }
    action = {"kind": "mail.reply", "effect": "outbound", "summary": "Ana · Plan", "mail": mail, "reversible": False}
    labels = {"confirm": "Send to Ana", "cancel": "Don't"}
    text = shown(plan_card({"actions": [action], "labels": labels}, "Should I?"))
    inside = [line.split("│")[2].strip() for line in text.splitlines() if line.count("│") == 4]
    assert [" ".join(line.split()) for line in inside] == [
        "From Robin <robin@example.com>",
        "To Ana <ana@x.example>",
        "Cc bo@x.example",
        "Subject Plan",
        "Answers Plan? — Ana <ana@x.example>",
        "Leaves Fri 6 March, 8:00 AM",
        "Files a.pdf (3 bytes)",
        "",
        "Hi,",
        "",
        "yes.",
        "2 deletes Everything",
    ]
    assert "yes  Send to Ana" in text
    assert "no   Don't" in text
    assert "cannot be undone" in text


def test_a_day_is_shown_line_by_line() -> None:
    def block(title: str, start: str, end: str, role: str, all_day: bool = False) -> dict[str, object]:
        day = "2026-03-06T{}:00-05:00".format
        return {"title": title, "start": day(start), "end": day(end), "role": role, "all_day": all_day}

    blocks = [
        block("Fair", "00:00", "00:00", "other", all_day=True),
        block("Review", "10:00", "11:00", "before"),
        block("Call", "16:00", "17:00", "clash"),
        block("Review", "16:00", "17:30", "after"),
    ]
    blocks[3]["end"] = "2026-03-07T00:30:00-05:00"
    day = {"date": "2026-03-06", "timezone": "America/New_York", "event_timezone": "Europe/London", "blocks": blocks}
    changes = {"before": {"start": "a", "title": "Old"}, "after": {"start": "b", "title": "New"}}
    people = [{"name": "Ana", "email": "a@x.example", "role": "guest", "change": "added", "told": True, "new": True}]
    action = {"kind": "event.change", "summary": "Review", "day": day, "changed": ["start", "title"], **changes}
    text = shown(plan_card({"actions": [{**action, "people": people, "reversible": True}]}, "Should I?"))
    for line in (
        "Fri 6 March (America/New_York; the event is in Europe/London)",
        "  all day             Fair",
        "− 10:00 AM – 11:00 AM Review (until now)",
        "! 4:00 PM – 5:00 PM   Call (at the same time)",
        "+ 4:00 PM – …         Review",
        "title  Old → New",
        "People  + Ana <a@x.example> (new to you, is told)",
    ):
        assert line in text
    assert "start" not in text
    assert "cannot be undone" not in text


def test_notes_and_words_are_shown_whole() -> None:
    event = {"description": "Bring:\n- cups", "reminders": [10, 60]}
    action = {"kind": "event.create", "summary": "Tea", "before": None, "after": event, "args": {"note": "See you."}}
    lines = [" ".join(line.strip("│ ").split()) for line in shown(plan_card({"actions": [action]}, "Ok?")).splitlines()]
    for line in ("description Bring:", "- cups", "reminders 10, 60", "words See you."):
        assert line in lines


def test_mails_that_are_changed_alike_have_a_line_each() -> None:
    items = [{"id": "m", "title": "A", "who": "Ana", "at": "2026-03-02T09:00:00-05:00"}, {"title": "B", "who": "Bo"}]
    text = shown(plan_card({"actions": [{"kind": "messages.archive", "summary": "2 mails", "items": items}]}, "Ok?"))
    assert "· A — Ana, Mon 2 March, 9:00 AM" in text
    assert "· B — Bo" in text


@pytest.mark.parametrize("text", HOSTILE)
def test_no_field_of_a_card_moves_the_terminal(text: str) -> None:
    who = {"name": text, "email": text, "change": text, "role": text}
    mail = {"from": who, "to": [who], "subject": text, "body": text, "answers": {"from": who, "subject": text}}
    mail |= {"attachments": [{"name": text, "size": text}]}
    block = {"title": text, "start": "2026-03-06T09:00:00Z", "end": "2026-03-06T09:00:00Z", "role": text}
    day = {"date": "2026-03-06", "timezone": text, "event_timezone": text, "blocks": [block]}
    both = {"changed": [text], "before": {text: text}, "after": {text: [text]}}
    action = {"kind": text, "summary": text, "effect": text, "day": day, "people": [who], "account": {"label": text}}
    action |= {"items": [{"title": text, "who": text, "at": text}], "was": {"preview": text}, **both}
    plan = {"actions": [action, action | {"mail": mail}], "labels": {"confirm": text, "cancel": text}}
    assert tame(shown(plan_card(plan, text)))
    assert not {"\u202e", "\u200b", "\U000e0041"} & set(shown(plan_card(plan, text)))
