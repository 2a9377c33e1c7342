"""Times in the calls of a model: an offset that clocks do not have then is refused, and what was understood is told."""

import re
from typing import Any

import pytest
from pydantic_ai.messages import ToolCallPart
from tests.tools.conftest import Desk

from sayso.agent.calls import answered
from sayso.agent.turn import Turn
from sayso.agent.types import TurnInput
from sayso.tools.base import AnyTool, texts
from sayso.tools.registry import toolbox

Args = dict[str, Any]


async def _emit(kind: str, data: dict[str, Any]) -> None: ...


async def _withdraw(reason: str) -> bool:
    return False


def called(desk: Desk, tool: str, args: Args, typed: str = "go") -> tuple[Turn, dict[str, Any]]:
    """A model's call in a turn that the user began with these words: the turn, and the result or the error."""
    turn = Turn(TurnInput(typed, [], desk.ctx, None, _withdraw, _emit), toolbox())
    results = desk.do(answered(turn, [ToolCallPart(tool, args, "call")]))
    result: Any = results[0].content if results else {}
    return turn, result


def proposed(desk: Desk, tool: str, args: Args, typed: str = "go") -> str:
    turn, result = called(desk, tool, args, typed)
    assert not result
    preview: str = turn.proposed[0].proposal.preview
    return preview


def refused(desk: Desk, tool: str, args: Args, typed: str = "go") -> str:
    turn, result = called(desk, tool, args, typed)
    assert not turn.proposed
    message: str = result["message"]
    return message


NEW = "create_calendar_event"
TITLED = {"title": "Dinner at 7"}
OLD_OFFSET, UTC = "2026-03-10T14:30-05:00", "2026-03-10T19:00:00Z"


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        (NEW, TITLED | {"start": OLD_OFFSET}),
        (NEW, TITLED | {"start": UTC}),
        (NEW, TITLED | {"start": "2026-03-10T19:00Z", "timezone": "America/New_York"}),
        (NEW, TITLED | {"start": "2026-03-10T19:00+00:00", "timezone": "Europe/Berlin"}),
        (NEW, TITLED | {"start": "2026-03-10T13:00", "end": OLD_OFFSET}),
        (NEW, TITLED | {"start": "2026-03-10 14:30:00.000-0500"}),
        (NEW, TITLED | {"start": "20260310T1430-05"}),
        (NEW, TITLED | {"start": "tomorrow at 19:00Z"}),
        (NEW, TITLED | {"start": "14:30-05:00"}),
        (NEW, TITLED | {"start": "19:00+01:00"}),
        ("update_calendar_event", {"event": "design review", "start": OLD_OFFSET}),
        ("update_calendar_event", {"event": "design review", "end": UTC}),
        ("list_calendar_events", {"start": UTC}),
        ("list_calendar_events", {"start": "today", "end": UTC}),
        ("search_calendar_events", {"query": "Ana", "start": UTC}),
        ("search_calendar_events", {"query": "Ana", "end": UTC}),
        ("find_free_time", {"start": UTC}),
        ("find_free_time", {"end": UTC}),
        ("list_tasks", {"due": UTC}),
        ("create_task", {"title": "Call", "due": UTC}),
        ("update_task", {"task": "expense report", "due": UTC}),
    ],
)
def test_an_offset_that_is_not_the_zones_is_refused(desk: Desk, tool: str, args: Args) -> None:
    assert "ive the local time without" in refused(desk, tool, args)


def test_the_error_names_both_readings(desk: Desk) -> None:
    assert refused(desk, NEW, TITLED | {"start": OLD_OFFSET}) == (
        "2026-03-10T14:30-05:00: clocks in America/New_York are at -04:00 then and show 15:30. Give the local time "
        "without an offset, 2026-03-10T14:30 or 2026-03-10T15:30, or `timezone`."
    )
    assert refused(desk, "create_task", {"title": "Call", "due": UTC}) == (
        "2026-03-10T19:00:00Z: clocks in America/New_York are at -04:00 then and show 15:00. Give the local time "
        "without an offset, 2026-03-10T19:00 or 2026-03-10T15:00."
    )
    assert '14:30, or "14:30 to 05:00" for a span' in refused(desk, NEW, TITLED | {"start": "14:30-05:00"})


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        ({"start": "2026-03-10T14:30"}, "Tue 10 March 2026, 2:30–3:30 PM"),
        ({"start": "2026-03-10T14:30-04:00"}, "Tue 10 March 2026, 2:30–3:30 PM"),
        ({"start": "2026-03-06T14:30:00-05:00"}, "Fri 6 March 2026, 2:30–3:30 PM"),
        ({"start": "2026-11-01T01:30-05:00"}, "Sun 1 November 2026, 1:30–2:30 AM"),  # the second time of two
        ({"start": "2026-03-10T14:30+01:00", "timezone": "Europe/Berlin"}, "for you 9:30–10:30 AM"),
        ({"start": "Friday 15:00-17:00"}, "Fri 6 March 2026, 3:00–5:00 PM"),
        ({"start": "Fri 2026-03-06 14:30"}, "Fri 6 March 2026, 2:30–3:30 PM"),
        ({"start": "Fri 2026-03-06 04:30-05:00"}, "Fri 6 March 2026, 4:30–5:00 AM"),  # as results tell times
        ({"start": "Friday 3pm London time"}, "for you 10:00–11:00 AM"),
        ({"start": "2026-03-10"}, "Tue 10 March 2026, all day"),
    ],
)
def test_local_times_and_the_offset_of_the_zone_are_taken(desk: Desk, args: Args, shown: str) -> None:
    assert shown in proposed(desk, NEW, TITLED | args)


@pytest.mark.parametrize(
    ("typed", "start"),
    [
        ("dinner at 2026-03-10T19:00Z", "2026-03-10T19:00:00Z"),
        ("dinner on March 10 at 19:00Z", "2026-03-10T19:00Z"),
        ("dinner on 2026-03-10T19:00:00+00:00", "2026-03-10T19:00Z"),
    ],
)
def test_what_the_user_typed_is_meant_as_it_stands(desk: Desk, typed: str, start: str) -> None:
    assert "3:00–4:00 PM" in proposed(desk, NEW, TITLED | {"start": start}, typed)
    assert "local time" in refused(desk, NEW, TITLED | {"start": start.replace("19:00", "18:00")}, typed)


def test_stored_arguments_and_edits_keep_any_offset(desk: Desk) -> None:
    stored = desk.prepare(NEW, title="Call", start=UTC, duration_minutes=30)
    again = desk.prepare(NEW, **stored.args)
    assert again.preview == stored.preview
    assert "3:00–3:30 PM" in stored.preview


@pytest.mark.parametrize("tool", toolbox().values(), ids=lambda tool: tool.name)
def test_no_description_teaches_an_offset(tool: AnyTool) -> None:
    assert not re.search(r"[0-9]Z|[+-][0-9]{2}:[0-9]{2}", f"{tool.description} {tool.Args.model_json_schema()}")


NIGHT = range(8)


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ("this week mornings", "Mon 2 – Fri 6 March 2026, 8:00 AM–12:00 PM each day, America/New_York"),
        ("mornings next week", "Mon 9 – Fri 13 March 2026, 8:00 AM–12:00 PM each day, America/New_York"),
        ("weekday afternoons next week", "Mon 9 – Fri 13 March 2026, 1:00–6:00 PM each day, America/New_York"),
        ("next week after 3pm", "Mon 9 – Fri 13 March 2026, 3:00 PM–12:00 AM each day, America/New_York"),
        ("this week before noon", "Mon 2 – Fri 6 March 2026, 8:00 AM–12:00 PM each day, America/New_York"),
        ("Mon-Fri 9-12", "Mon 9 – Fri 13 March 2026, 9:00 AM–12:00 PM each day, America/New_York"),
        ("weekends in March", "Sat 7 – Sun 29 March 2026 (Sat, Sun), 9:00 AM–6:00 PM each day, America/New_York"),
        ("Tuesday mornings in March", "Tue 3 – Tue 31 March 2026 (Tue), 8:00 AM–12:00 PM each day, America/New_York"),
        ("Monday to Friday", "Mon 9 – Fri 13 March 2026, 9:00 AM–6:00 PM each day, America/New_York"),
        ("Saturday morning", "Sat 7 March 2026, 8:00 AM–12:00 PM, America/New_York"),
        ("tomorrow before noon", "Tue 3 March 2026, 8:00 AM–12:00 PM, America/New_York"),
        ("tomorrow after 3", "Tue 3 March 2026, 3:00 PM–12:00 AM, America/New_York"),
        ("Friday, March 14", "Sat 14 March 2026, 9:00 AM–6:00 PM, America/New_York. 14 March 2026 is a Saturday."),
        ("2026-03-06T09:00", "Fri 6 March 2026, 9:00 AM–12:00 AM, America/New_York"),
    ],
)  # fmt: skip
def test_free_time_is_told_as_it_was_understood_and_is_no_night(desk: Desk, start: str, told: str) -> None:
    found = desk.read("find_free_time", start=start, limit=50)
    assert found["understood"] == told
    assert found["slots"]
    assert not [slot for slot in found["slots"] if int(slot["start"][11:13]) in NIGHT]


@pytest.mark.parametrize("tool", ["find_free_time", "list_calendar_events", "list_tasks"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tomorrow sometime maybe late", 'I do not understand "sometime maybe late" in'),
        ("Friday except lunch", 'I do not understand "except" in'),
        ("Freitag um 10", 'I do not understand "Freitag um" in "Freitag um 10": give it in ISO 8601'),
        ("next week at 3", '"next week at 3" names several days: say which one'),
        ("Monday mornings", '"Monday mornings" has no end: say until when, like "Monday mornings until 30 June".'),
        ("tomorrow for 2 hours", '"tomorrow for 2 hours" names a length without a clock time'),
    ],
)
def test_no_word_is_ignored(desk: Desk, tool: str, text: str, said: str) -> None:
    assert str(desk.refused(tool, **{"due" if tool == "list_tasks" else "start": text})).startswith(said)


@pytest.mark.parametrize(
    ("tool", "args", "told"),
    [
        ("list_calendar_events", {"start": "this week"}, "Mon 2 – Sun 8 March 2026"),
        ("list_calendar_events", {"start": "tomorrow"}, "Tue 3 March 2026"),
        ("list_calendar_events", {"start": "Fri 9 to 12"}, "Fri 6 March 2026, 9:00 AM–12:00 PM, America/New_York"),
        (
            "list_calendar_events",
            {"start": "2026-03-30", "end": "2026-04-05"},
            "Mon 30 March – Sun 5 April 2026",
        ),
        (
            "list_calendar_events",
            {"start": "2026-03-04T15:00", "end": "2026-03-06"},
            "Wed 4 March 2026, 3:00 PM – Fri 6 March 2026, America/New_York",
        ),
        ("search_calendar_events", {"query": "Ana"}, "Mon 2 March 2026 – Mon 1 March 2027"),
        ("search_calendar_events", {"query": "Ana", "start": "tomorrow"}, "Tue 3 March 2026 – Tue 2 March 2027"),
        ("search_calendar_events", {"query": "Ana", "start": "last week"}, "Mon 23 February – Sun 1 March 2026"),
        ("search_calendar_events", {"query": "Ana", "end": "next week"}, "Mon 2 – Sun 15 March 2026"),
        (
            "search_calendar_events",
            {"query": "Ana", "start": "Friday morning"},
            "Fri 6 March 2026, 8:00 AM–12:00 PM, America/New_York",
        ),
        ("list_tasks", {"due": "this week"}, "Mon 2 – Sun 8 March 2026"),
        ("list_tasks", {"due": "by Friday"}, "Mon 2 March 2026, 9:00 AM – Fri 6 March 2026, America/New_York"),
        ("list_tasks", {"due": "overdue"}, "overdue at Mon 2 March 2026, 9:00 AM, America/New_York"),
    ],
)
def test_every_read_tells_the_time_that_it_understood(desk: Desk, tool: str, args: Args, told: str) -> None:
    assert desk.read(tool, **args)["understood"] == told


def test_the_hours_of_each_day_are_listed_and_no_others(desk: Desk) -> None:
    mornings = desk.read("list_calendar_events", start="mornings this week", limit=200)["events"]
    days = desk.read("list_calendar_events", start="this week", limit=200)["events"]
    timed = [event for event in days if not event["all_day"]]
    expected = [event["id"] for event in timed if event["start"][11:16] < "12:00" and event["end"][11:16] > "08:00"]
    assert [event["id"] for event in mornings if not event["all_day"]] == expected
    assert 0 < len(expected) < len(timed)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ({"hours": "mornings"}, "Mon 9 – Fri 13 March 2026, 8:00 AM–12:00 PM each day"),
        ({"hours": "9-12"}, "Mon 9 – Fri 13 March 2026, 9:00 AM–12:00 PM each day"),
        ({"hours": "14:00-17:30"}, "Mon 9 – Fri 13 March 2026, 2:00–5:30 PM each day"),
        ({"hours": "before noon"}, "Mon 9 – Fri 13 March 2026, 8:00 AM–12:00 PM each day"),
        ({"hours": "after 3 PM"}, "Mon 9 – Fri 13 March 2026, 3:00 PM–12:00 AM each day"),
        ({"weekdays": ["Tue", "Thursday"]}, "Tue 10 – Thu 12 March 2026 (Tue, Thu), 9:00 AM–6:00 PM each day"),
        ({"weekdays": ["Mon-Wed"]}, "Mon 9 – Wed 11 March 2026, 9:00 AM–6:00 PM each day"),
        ({"weekdays": ["weekends"], "hours": "10-12"}, "Sat 14 – Sun 15 March 2026, 10:00 AM–12:00 PM each day"),
        ({"weekdays": ["Saturday"]}, "Sat 14 March 2026, 9:00 AM–6:00 PM"),
        ({"start": "mornings next week", "hours": "9-11"}, "Mon 9 – Fri 13 March 2026, 9:00–11:00 AM each day"),
        ({"start": "mornings next week", "weekdays": ["Sunday"]}, "Sun 15 March 2026, 8:00 AM–12:00 PM"),
    ],
)
def test_hours_and_weekdays(desk: Desk, args: Args, told: str) -> None:
    found = desk.read("find_free_time", **{"start": "next week"} | args)
    assert found["understood"] == f"{told}, America/New_York"
    assert found["slots"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"hours": "vormittags"}, 'I do not understand "vormittags" as hours of a day: give them like "9-12"'),
        ({"hours": "9"}, '"9" names no hours of a day from when to when: give them like'),
        ({"hours": "tomorrow 9-12"}, '"tomorrow 9-12" names no hours of a day'),
        ({"hours": "9-12 London time"}, '"9-12 London time" names no hours of a day'),
        ({"weekdays": ["Montag"]}, '"Montag" is no day of the week: give names like "Monday"'),
        ({"weekdays": ["every day"]}, '"every day" is no day of the week'),
        ({"start": "Friday", "weekdays": ["Monday"]}, "`hours` and `weekdays` leave nothing of Fri 6 March 2026"),
    ],
)
def test_hours_and_weekdays_that_are_not_understood(desk: Desk, args: Args, said: str) -> None:
    assert str(desk.refused("find_free_time", **{"start": "next week"} | args)).startswith(said)


@pytest.mark.parametrize(
    "start", ["mornings next week", "next week after 3pm", "next week 9-12", "Monday to Friday afternoons"]
)
def test_an_event_at_hours_of_several_days_asks_for_one(desk: Desk, start: str) -> None:
    asked = desk.refused(NEW, title="Call", start=start)
    assert asked.code == "missing"
    assert str(asked).startswith(f"At what time {start}? You are free Mon 9 March 2026, ")


def test_an_event_at_a_time_of_a_week_asks_for_the_day(desk: Desk) -> None:
    assert desk.refused(NEW, title="Call", start="next week at 3").code == "missing"


@pytest.mark.parametrize(
    ("args", "shown"),
    [
        ({"start": "Friday for 2 hours"}, "At what time Friday for 2 hours? You are free"),
        ({"start": "for 2 hours"}, "At what time for 2 hours? You are free"),
        ({"start": "Friday 3pm", "end": "until 5pm"}, "Fri 6 March 2026, 3:00–5:00 PM"),
        ({"start": "Friday 3pm", "end": "4-5pm"}, "Fri 6 March 2026, 3:00–5:00 PM"),
        ({"start": "Friday", "end": "Sunday morning"}, "Fri 6 March 2026 – Sun 8 March 2026"),
        ({"start": "until Friday"}, "Mon 2 March 2026 – Fri 6 March 2026"),
    ],
)
def test_no_word_of_a_new_event_is_ignored(desk: Desk, args: Args, shown: str) -> None:
    if shown.startswith("At what time"):
        assert str(desk.refused(NEW, title="Call", **args)).startswith(shown)
    else:
        assert shown in desk.prepare(NEW, title="Call", **args).preview


def test_no_word_of_a_change_is_ignored(desk: Desk) -> None:
    moved = desk.prepare("update_calendar_event", event="design review", start="Friday for 2 hours")
    assert "→ Fri 6 March 2026, 10:00 AM–12:00 PM" in moved.preview


@pytest.mark.parametrize(
    ("due", "shown"),
    [
        ("within 2 hours", "due Mon 2 March 2026, 11:00 AM"),
        ("next week after 3pm", "due Sun 15 March 2026"),
        ("next week at 3", '"next week at 3" names several days'),
        ("Friday for 2 hours", '"Friday for 2 hours" names a length'),
        ("Friday morning", "the part of the day is not kept"),
    ],
)
def test_no_word_of_a_due_date_is_ignored(desk: Desk, due: str, shown: str) -> None:
    if shown.startswith('"'):
        assert str(desk.refused("create_task", title="Call", due=due)).startswith(shown)
    else:
        proposal = desk.prepare("create_task", title="Call", due=due)
        assert shown in f"{proposal.preview} {texts(proposal.warnings)}"


def test_people_whose_time_nobody_tells_are_named(desk: Desk) -> None:
    found = desk.read("find_free_time", start="tomorrow", people=["Priya", "me", "stranger@x.example"])
    assert [who["email"] for who in found["not_seen"]] == ["priya.raman@northwind.example", "stranger@x.example"]
    assert found["slots"] == desk.read("find_free_time", start="tomorrow")["slots"]
    assert "not_seen" not in desk.read("find_free_time", start="tomorrow")


def test_whole_days_take_no_time_but_are_told(desk: Desk) -> None:
    found = desk.read("find_free_time", start="next week", weekdays=["Thursday", "Friday"], duration_minutes=180)
    assert found["all_day"] == ["'Team offsite', Fri 13 March 2026, all day"]
    assert any(slot["start"].startswith("2026-03-13") for slot in found["slots"])
    assert "all_day" not in desk.read("find_free_time", start="tomorrow")


# Whole days: the last one is in it, coming in as well as going out of a model's sight.


def test_days_that_are_listed_and_given_back_are_the_same(desk: Desk) -> None:
    made = desk.prepare(NEW, title="Conference", start="2026-03-10", end="2026-03-12")
    assert (made.args["start"], made.args["end"]) == ("2026-03-10", "2026-03-12")
    assert "Tue 10 March 2026 – Thu 12 March 2026" in made.preview
    event = desk.run(NEW, made, "key").value["event"]
    assert (event["start"], event["end"]) == ("2026-03-10", "2026-03-13")
    same = {"event": event["id"], "start": "2026-03-10", "end": "2026-03-12"}
    assert desk.refused("update_calendar_event", **same).code == "nothing_to_do"
    days = {"event": event["id"], "start": "2026-03-10", "duration_minutes": 3 * 24 * 60}
    assert desk.refused("update_calendar_event", **days).code == "nothing_to_do"
    copy = desk.prepare(NEW, title="Conference", start="2026-03-10", duration_minutes=3 * 24 * 60)
    assert copy.target["draft"] == made.target["draft"]
    moved = desk.prepare("update_calendar_event", event=event["id"], start="2026-03-11", end="2026-03-13")
    assert (moved.target["draft"]["start"], moved.target["draft"]["end"]) == ("2026-03-11", "2026-03-14")
    kept = desk.prepare("update_calendar_event", event=event["id"], start="2026-03-11")
    assert kept.target["draft"] == moved.target["draft"]
    shorter = desk.prepare("update_calendar_event", event=event["id"], end="2026-03-10")
    assert (shorter.target["draft"]["start"], shorter.target["draft"]["end"]) == ("2026-03-10", "2026-03-11")


def test_one_day_is_its_own_last_day(desk: Desk) -> None:
    made = desk.prepare(NEW, title="Off", start="2026-03-10", end="2026-03-10")
    assert made.preview.startswith("Create 'Off', Tue 10 March 2026, all day")
    assert desk.prepare(NEW, title="Off", start="2026-03-10").target == made.target
