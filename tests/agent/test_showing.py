"""Results as a model is given them: nothing is lost that it needs, and nothing stands there that says nothing."""

import re
from typing import Any

import pytest

from sayso.agent.cutting import MOST, cut, page
from sayso.agent.showing import Reader

READER = Reader(lambda email: email == "robin@example.com", "America/New_York")


def _event(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"evt_{number}",
        "title": f"Call {number}",
        "start": f"2026-03-{number % 28 + 1:02}T09:00:00-05:00",
        "end": f"2026-03-{number % 28 + 1:02}T10:30:00-05:00",
        "all_day": False,
        "timezone": "America/New_York",
        "location": "",
        "description": "",
        "guests": [],
        "organizer": None,
        "my_response": "accepted",
        "free": False,
        "recurrence": "",
        "series_id": "",
        **fields,
    }


def test_what_says_nothing_is_left_out() -> None:
    guests = [
        {"name": "Ana Silva", "email": "ana@example.com", "response": "accepted"},
        {"name": "", "email": "bo@example.com", "response": "needs_action"},
    ]
    result = {"events": [_event(1), _event(2, guests=guests, location="Room 3")], "total": 2, "truncated": False}
    assert READER.shown(result).splitlines() == [
        "events, 2 (id | when | title):",
        "evt_1 | Mon 2026-03-02 09:00-10:30 | Call 1",
        "evt_2 | Tue 2026-03-03 09:00-10:30 | Call 2 | location: Room 3 | guests: Ana Silva (accepted), bo@example.com",
    ]


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("2026-03-06", "2026-03-07", "Fri 2026-03-06 all day"),
        ("2026-03-06", "2026-03-09", "Fri 2026-03-06 – Sun 2026-03-08 all day"),  # as tools take the end: the last day
        ("2026-03-06T22:00:00-05:00", "2026-03-07T01:00:00-05:00", "Fri 2026-03-06 22:00 – Sat 2026-03-07 01:00"),
        ("2026-03-06T00:00:00-05:00", "2026-03-07T00:00:00-05:00", "Fri 2026-03-06 00:00 – Sat 2026-03-07 00:00"),
    ],
)
def test_times_are_local_and_ends_as_they_are_given(start: str, end: str, told: str) -> None:
    shown = READER.shown({"event": _event(1, start=start, end=end, all_day="T" not in start)})
    assert f"when: {told}\n" in shown
    assert not re.search(r"[+-]\d\d:\d\d", shown)


def test_what_is_not_as_usual_is_told() -> None:
    event = _event(
        1,
        timezone="Europe/London",
        organizer={"name": "Bo", "email": "bo@example.com"},
        my_response="needs_action",
        free=True,
        recurrence="FREQ=WEEKLY",
        id="evt_9@20260302T140000Z",
        series_id="evt_9",
        description="Bring\nthe numbers",
    )
    assert READER.shown({"events": [event], "total": 1}).splitlines()[1] == (
        "evt_9@20260302T140000Z | Mon 2026-03-02 09:00-10:30 | Call 1 | Bring the numbers | "
        "Bo <bo@example.com> | needs_action | yes | FREQ=WEEKLY | Europe/London, there 14:00-15:30"
    )


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"timezone": "Asia/Kolkata"}, "timezone: Asia/Kolkata, there 19:30-21:00"),
        ({"timezone": "UTC+0720"}, "timezone: UTC+0720"),  # a zone of a calendar file
        ({"timezone": "Asia/Kolkata", "start": "2026-03-06", "end": "2026-03-07"}, "timezone: Asia/Kolkata"),
    ],
)
def test_what_clocks_show_elsewhere_is_told(fields: dict[str, str], told: str) -> None:
    assert told in READER.shown({"event": _event(1, **fields)}).splitlines()


def test_a_day_is_told_with_its_weekday() -> None:
    tasks = [{"id": "tsk_1", "title": "Call", "due": due, "status": "open", "overdue": False} for due in _DUE]
    assert READER.shown({"tasks": tasks}).splitlines()[1:] == [
        "tsk_1 | Call | Fri 2026-03-06",
        "tsk_1 | Call | Fri 2026-03-06 17:00",
    ]


_DUE = ("2026-03-06", "2026-03-06T17:00:00-05:00")


def test_a_mail_keeps_its_lines_and_who_else_got_it() -> None:
    me, bo = {"name": "Robin", "email": "robin@example.com"}, {"name": "Bo", "email": "bo@example.com"}
    mail = {
        "id": "msg_1",
        "thread_id": "thr_1",
        "from": bo,
        "to": [me],
        "cc": [me, {"name": "", "email": "eve@example.com"}],
        "subject": "Lunch | dinner?",
        "date": "2026-03-02T05:30:00-05:00",
        "snippet": "Hi Robin,",
        "unread": True,
        "labels": ["inbox"],
        "attachments": [{"name": "menu.pdf", "media_type": "application/pdf", "size": 2000}],
        "body": "Hi Robin,\n\nlunch?\n",
    }
    assert READER.shown({"message": mail, "conversation": []}).splitlines() == [
        "message:",
        "id: msg_1",
        "from: Bo <bo@example.com>",
        "cc: eve@example.com",
        "subject: Lunch | dinner?",
        "date: Mon 2026-03-02 05:30",
        "unread: yes",
        "labels: inbox",
        "attachments: menu.pdf (application/pdf, 2000 bytes)",
        "body:",
        "Hi Robin,",
        "",
        "lunch?",
    ]


def test_an_error_names_the_ids_of_what_it_lists() -> None:
    message = "Several events match 'call':\n1. 'A'\n2. 'B'\nWhich one do you mean?"
    candidates = [{"id": "evt_1", "label": "'A'"}, {"id": "evt_2", "label": "'B'"}]
    error = {"code": "ambiguous", "message": message, "candidates": candidates, "about": {"kind": "event"}}
    shown = READER.shown({"error": error})
    assert shown == f"error (ambiguous) {message}\nids, in that order: evt_1, evt_2"


def test_counts_are_honest_and_there_is_a_way_on() -> None:
    """March with 42 events is given whole; of more, as many as there is room for, told as that."""
    march = {"events": [_event(number) for number in range(42)], "total": 42, "truncated": False}
    assert cut(march, size=READER.size) is march
    many = {
        "events": [_event(number, description="x" * 300) for number in range(900)],
        "total": 1_000,
        "truncated": True,
    }
    shown = cut(many, handle="r1", size=READER.size)
    text = READER.shown(shown)
    number = len(shown["events"]) - 1
    assert MOST * 0.8 < len(text) <= MOST
    assert f"events, {number} of 1000 (" in text
    assert f'read_more(result="r1", field="events", start={number})' in text


def test_more_than_was_asked_for_can_be_asked_for() -> None:
    shown = READER.shown({"events": [_event(number) for number in range(5)], "total": 7, "truncated": True})
    assert shown.splitlines()[0].startswith("events, 5 of 7 (")
    assert shown.splitlines()[-1] == "more: call again with a larger limit, or for less at a time"


@pytest.mark.parametrize("total", [900, 3])
def test_what_was_cut_is_told_as_truncated(total: int) -> None:
    result = {"events": [_event(number) for number in range(total)], "total": total, "truncated": False}
    assert cut(result, handle="r1")["truncated"] == (total == 900)


def test_a_page_says_where_to_go_on_in_the_words_of_its_own_tool() -> None:
    told = READER.shown(page({"body": "x" * 20_000}, "body", 0))
    assert told.splitlines()[1:] == ["left: 12000", "more: call again with start=8000"]
    assert "more:" not in READER.shown(page({"body": "x" * 20_000}, "body", -100))


def test_what_has_commas_itself_is_set_apart() -> None:
    sentences = ["Ana, Bo and Cy are new.", "Is this what you asked for?"]
    assert READER.shown({"warnings": sentences}) == f"warnings: {' '.join(sentences)}"
    assert READER.shown({"left": ["reply to Ana, cc Bo", "add 'x'"]}) == "left: reply to Ana, cc Bo; add 'x'"
    assert READER.shown({"labels": ["Budget", "Receipts"]}) == "labels: Budget, Receipts"


def test_the_beginning_of_a_mail_is_not_told_twice() -> None:
    mail = {"from": {"name": "", "email": "a@example.com"}, "subject": "Hi", "snippet": "Hello, all is well."}
    assert "snippet" not in READER.shown({"message": mail | {"body": "Hello,\n\nall is well.\nBo"}})


def test_one_long_text_may_take_most_of_the_room() -> None:
    assert MOST // 2 < len(str(cut({"body": "x" * 3 * MOST}))) <= MOST


def test_a_page_of_a_list_is_as_long_as_it_is_shown() -> None:
    events = [_event(number) for number in range(60)]
    told = page({"events": events}, "events", 0, READER.size)
    assert (len(told["items"]), told["left"]) == (60, 0)
    assert page({"events": events}, "events", 0)["left"] > 20


def test_what_was_done_is_told_once() -> None:
    deed: dict[str, Any] = {
        "id": "act_1",
        "plan_id": "plan_1",
        "status": "done",
        "at": "2026-03-02T08:35:00-05:00",
        "tool": "add",
    }
    deed |= {"action": "Add 'x'", "receipt": "Added 'x'.", "error": None, "thread_id": "t", "thread_title": "Mine"}
    other = deed | {"status": "waiting", "receipt": None}
    [head, *lines] = READER.shown({"entries": [deed, other], "total": 2}).splitlines()
    assert head.startswith("entries, 2 (status | at | tool | ")
    assert ("Added 'x'." in lines[0], "Add 'x'" in lines[0], "Add 'x'" in lines[1]) == (True, False, True)
    assert not any("act_1" in line or "plan_1" in line for line in lines)
