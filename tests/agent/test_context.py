"""What of a long conversation, and of a big result, a model is given."""

import json
from dataclasses import replace
from typing import Any

from sayso.agent.context import CHARS_PER_TOKEN, fit, receipts, size
from sayso.agent.cutting import MOST, cut, page, without_history
from sayso.agent.history import render, said
from sayso.agent.types import PastTurn


def turn(number: int, length: int = 400) -> PastTurn:
    outcomes = {f"c{number}": {"status": "succeeded", "receipt": f"Did {number}."}}
    return PastTurn(said(f"q{number}", "x" * length), outcomes)


def test_the_latest_turns_that_fit_are_kept_whole_and_the_others_leave_their_receipts() -> None:
    history = [turn(number) for number in range(20)]
    kept, left_out = fit(history, 500)
    assert kept == history[-len(kept) :]
    assert 0 < len(kept) < 20
    assert sum(map(size, kept)) <= 2000
    assert left_out == [f"Did {number}." for number in range(20 - len(kept))]


def test_all_of_a_short_conversation_is_kept() -> None:
    history = [turn(number) for number in range(3)]
    assert fit(history, 16_000) == (history, [])


def test_the_beginning_moves_by_some_turns_at_once() -> None:
    """With each move vendors' prompt caches lose the conversation."""
    history = [replace(turn(number), number=number) for number in range(1, 41)]
    begins = []
    for end in range(20, 41):
        kept, left_out = fit(history[:end], size(history[0]) * 10 // CHARS_PER_TOKEN)
        assert len(kept) + len(left_out) // len(receipts(history[0])) == end
        assert 5 <= len(kept) <= 11
        begins.append(kept[0].number)
    assert sorted({*begins}) == [16, 21, 26, 31, 36]


def test_the_last_turn_is_always_there_with_its_results_cut() -> None:
    part = {"part_kind": "tool-return", "tool_name": "t", "tool_call_id": "c", "content": {"body": "y" * 50_000}}
    call = {"part_kind": "tool-call", "tool_name": "t", "tool_call_id": "c", "args": "{}"}
    messages = [
        {"kind": "request", "parts": [{"part_kind": "user-prompt", "content": "go"}]},
        {"kind": "response", "parts": [call]},
        {"kind": "request", "parts": [part]},
    ]
    kept, left_out = fit([turn(0), PastTurn(messages)], 100)
    assert left_out == receipts(turn(0))
    assert size(kept[0]) < 3000
    assert len(render(kept)) == 3


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False))


def test_a_small_result_stays_as_it_is() -> None:
    small = {"events": [{"title": "x"}], "total": 1}
    assert cut(small) is small


def test_a_long_text_is_cut_and_can_be_read_on() -> None:
    text = "".join(str(number % 10) for number in range(30_000))
    result = {"message": {"subject": "s", "body": text}}
    shown = cut(result, handle="r1")
    assert _size(shown) <= MOST
    body = shown["message"]["body"]
    kept, note = body.split("… [cut: ")
    assert f'read_more(result="r1", field="message.body", start={len(kept)})' in note
    read = kept
    start: int | None = len(kept)
    while start is not None:
        more = page(result, "message.body", start)
        read, start = read + more["text"], more["next"]
    assert read == text


def test_a_long_list_is_cut_and_can_be_read_on() -> None:
    result = {"messages": [{"id": str(number), "snippet": "z" * 100} for number in range(400)], "total": 400}
    shown = cut(result, handle="r2")
    assert _size(shown) <= MOST
    *kept, note = shown["messages"]
    read = list(kept)
    start: int | None = len(kept)
    assert f"start={start}" in note
    while start is not None:
        more = page(result, "messages", start)
        read, start = read + more["items"], more["next"]
    assert read == result["messages"]


def test_a_last_turn_whose_words_and_arguments_are_long_leaves_room_for_the_next() -> None:
    """Else no message could be answered any more (P6). Arguments stay JSON, and every call keeps its result."""
    long = "z" * 90_000
    messages = [
        {"kind": "request", "parts": [{"part_kind": "user-prompt", "content": long}]},
        {
            "kind": "response",
            "parts": [
                {"part_kind": "text", "content": long},
                {"part_kind": "tool-call", "tool_name": "t", "tool_call_id": "c", "args": json.dumps({"body": long})},
                {"part_kind": "tool-call", "tool_name": "t", "tool_call_id": "d", "args": {"body": long, "n": 1}},
                {"part_kind": "tool-call", "tool_name": "t", "tool_call_id": "e", "args": long},
            ],
        },
    ]
    outcomes = {"c": {"status": "succeeded", "args": {"body": long}, "receipt": "Sent."}}
    [kept], _ = fit([PastTurn(messages, outcomes)], 100)
    assert size(kept) < 12_000
    assert len(render([kept])) == 3
    calls = kept.messages[1]["parts"][1:]
    assert [sorted(call["args"]) for call in calls] == [["body"], ["body", "n"], []]
    assert kept.outcomes["c"]["receipt"] == "Sent."


def test_the_history_below_a_mail_is_left_out_and_can_be_read() -> None:
    quoted = "On Mon, 2 Mar 2026, Bo <bo@example.com> wrote:\n" + "> what was said before\n" * 30
    mail = {"id": "msg_1", "subject": "Re: Lunch", "body": f"Yes, at one.\n\n{quoted}"}
    result = {"message": mail, "conversation": [mail, {"id": "msg_2", "subject": "Lunch", "body": "Lunch?"}]}
    shown = without_history(result, "r1")
    assert [shown["message"]["body"], *(each["body"] for each in shown["conversation"])] == [
        "Yes, at one.", "Yes, at one.", "Lunch?",
    ]  # fmt: skip
    assert 'read_more(result="r1", field="conversation.0.body", start=0)' in shown["conversation"][0]["left_out"]
    assert page(result, "conversation.0.body", 0)["text"] == mail["body"]
    assert result["message"] is mail
    short = {"message": {"subject": "Lunch", "body": "Yes.\n\n-- \nBo"}}
    assert without_history(short, "r1") == short  # to say that it is left out costs more


def test_the_end_of_a_long_text_is_reached_at_once() -> None:
    result = {"message": {"body": "x" * 50_000 + "the end"}, "events": [{"id": str(number)} for number in range(50)]}
    assert "or start=-" in cut(result, handle="r1")["message"]["body"]
    assert page(result, "message.body", -7) == {"text": "the end", "left": 0, "next": None}
    assert page(result, "events", -2)["items"] == [{"id": "48"}, {"id": "49"}]
    assert page(result, "events", -100)["items"][0] == {"id": "0"}
