"""Times, scopes, guests and clashes of events, and reading the calendar."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from tests.kit.seeded import ME

from sayso.tools.base import texts
from sayso.tools.registry import question_for
from sayso.transfer.importing import import_files
from sayso.transfer.job import ImportReport
from sayso.workspace.local.mail import LocalMail

if TYPE_CHECKING:
    from tests.tools.conftest import Desk

NEW_YORK = ZoneInfo("America/New_York")


def test_the_question_of_the_contract(desk: "Desk") -> None:
    proposal = desk.prepare("create_calendar_event", title="Project Review", start="March 10th at 3 PM")
    assert question_for([proposal]) == "Should I create a meeting titled 'Project Review' on March 10th at 3 PM?"
    assert proposal.args["start"] == "2026-03-10T15:00:00-04:00"


def test_several_actions_are_one_question(desk: "Desk") -> None:
    one = desk.prepare("complete_task", task="call the bank")
    two = desk.prepare("create_task", title="buy milk")
    assert question_for([one, two]) == "Should I mark the task 'Call the bank' as done and add the task 'buy milk'?"
    assert question_for([one, two, two]).endswith("as done, add the task 'buy milk' and add the task 'buy milk'?")
    assert question_for([one, two, two, two]).splitlines() == [
        "Should I do these 4 things?",
        "1. Mark the task 'Call the bank' as done",
        "2. Add the task 'buy milk'",
        "3. Add the task 'buy milk'",
        "4. Add the task 'buy milk'",
    ]


@pytest.mark.parametrize(
    ("args", "when"),
    [
        ({"start": "tomorrow 2-3"}, "Tue 3 March 2026, 2:00–3:00 PM (America/New_York)"),
        ({"start": "tomorrow at 4", "end": "5:30"}, "Tue 3 March 2026, 4:00–5:30 PM (America/New_York)"),
        ({"start": "tonight at 11", "end": "1am"},
         "Mon 2 March 2026, 11:00 PM – Tue 3 March 2026, 1:00 AM (America/New_York)"),
        ({"start": "8am"}, "Tue 3 March 2026, 8:00–9:00 AM (America/New_York)"),
        ({"start": "Friday 6am", "timezone": "Europe/London"},
          "Fri 6 March 2026, 6:00–7:00 AM (Europe/London; for you 1:00–2:00 AM)"),
        ({"start": "Friday 6am", "timezone": "<+0720>-7:20"},
          "Fri 6 March 2026, 6:00–7:00 AM (UTC+0720; for you Thu 5 March 2026, 5:40–6:40 PM)"),
        ({"start": "Saturday"}, "Sat 7 March 2026, all day"),
        ({"start": "all day next week"}, "Mon 9 March 2026 – Sun 15 March 2026"),
        ({"start": "Monday", "recurrence": "every other Tuesday at 6pm"},
         "Tue 10 March 2026, 6:00–7:00 PM (America/New_York), every other Tuesday"),
        ({"start": "Saturday", "recurrence": "FREQ=YEARLY"}, "Sat 7 March 2026, all day, every year"),
        ({"start": "2026-03-07T18:00:00+01:00", "duration_minutes": 20},
         "Sat 7 March 2026, 12:00–12:20 PM (America/New_York; 6:00–6:20 PM UTC+01:00)"),
    ],
)  # fmt: skip
def test_what_is_understood_of_a_time(desk: "Desk", args: dict[str, Any], when: str) -> None:
    proposal = desk.prepare("create_calendar_event", title="X", **args)
    assert proposal.preview == f"Create 'X', {when}"


def test_the_time_before_and_after_a_move_are_in_one_zone(desk: "Desk") -> None:
    call = desk.prepare("create_calendar_event", title="Call", start="Friday 6am", timezone="Europe/London")
    desk.run("create_calendar_event", call, "key")
    proposal = desk.prepare("update_calendar_event", event="Call", start="Friday 9am", timezone="Europe/London")
    before = "Fri 6 March 2026, 6:00–7:00 AM"
    assert (
        proposal.question == f"move 'Call' ({before}, Europe/London) to March 6th at 9 AM (Europe/London; for you 4 AM)"
    )
    assert (
        proposal.preview
        == f"Change 'Call': {before} → Fri 6 March 2026, 9:00–10:00 AM (Europe/London; for you 4:00–5:00 AM)"
    )
    assert proposal.details[0] == ("Before", f"{before} (Europe/London; for you 1:00–2:00 AM)")


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"start": "yesterday at 3pm"}, "past"),
        ({"start": "tomorrow morning"}, "missing"),
        ({"start": "next week"}, "missing"),
        ({"start": "tomorrow", "end": "3pm"}, "missing"),
        ({"start": "tomorrow", "duration_minutes": 30}, "missing"),
        ({"start": "blue"}, "invalid"),
        ({"start": "tomorrow at 3", "end": "2026-03-01T10:00:00Z"}, "invalid"),
        ({"start": "tomorrow at 3", "timezone": "Mars/Olympus"}, "invalid"),
        ({"start": "tomorrow at 3", "recurrence": "sometimes"}, "invalid"),
        ({"start": "tomorrow at 3", "guests": ["Nobody Known"]}, "not_found"),
    ],
)
def test_times_that_cannot_be_used(desk: "Desk", args: dict[str, Any], code: str) -> None:
    assert desk.refused("create_calendar_event", title="X", **args).code == code


def test_a_part_of_a_day_asks_for_the_time_and_offers_free_ones(desk: "Desk") -> None:
    error = desk.refused("create_calendar_event", title="X", start="Thursday morning", duration_minutes=45)
    assert str(error) == (
        "At what time Thursday morning? You are free Thu 5 March 2026, 8:00–9:30 AM; Thu 5 March 2026, 9:45–11:00 AM."
    )
    moving = desk.refused("update_calendar_event", event="catch-up with Ana", start="Thursday morning")
    assert moving.code == "missing"
    assert "Thu 5 March 2026, 11:30 AM–12:00 PM" in str(moving)


def test_a_past_time_with_its_year_is_a_warning(desk: "Desk") -> None:
    proposal = desk.prepare("create_calendar_event", title="X", start="2026-01-05 3pm")
    assert texts(proposal.warnings) == ("Mon 5 January 2026, 3:00 PM is in the past.",)


def test_clashes_clock_changes_and_strangers_are_warnings(desk: "Desk") -> None:
    proposal = desk.prepare("create_calendar_event", title="X", start="Friday 12:30", guests=["bob@new.example"])
    assert texts(proposal.warnings) == (
        "It overlaps 'Lunch with Sam', 12:30–1:30 PM.",
        "You have never written to or heard from bob@new.example before.",
    )
    spring = desk.prepare("create_calendar_event", title="X", start="Sunday 2:30am")
    assert "the clocks skip" in texts(spring.warnings)[0]


def test_what_is_shown_cannot_hide_or_reorder_text(desk: "Desk") -> None:
    proposal = desk.prepare("create_calendar_event", title="Lunch\n\u202egnp.exe\x00", start="Friday 3pm")
    assert proposal.preview.startswith("Create 'Lunch gnp.exe', ")


@pytest.mark.parametrize(
    ("start", "then"),
    [
        ("4pm", "Mon 2 March 2026, 4:00–4:30 PM"),
        ("Thursday", "Thu 5 March 2026, 3:00–3:30 PM"),
        ("Thursday at 10", "Thu 5 March 2026, 10:00–10:30 AM"),
        ("half an hour later", "Mon 2 March 2026, 3:30–4:00 PM"),
        ("tomorrow 4-5", "Tue 3 March 2026, 4:00–5:00 PM"),
    ],
)
def test_what_is_not_said_of_a_new_time_stays(desk: "Desk", start: str, then: str) -> None:
    proposal = desk.prepare("update_calendar_event", event="catch-up with Ana", start=start)
    assert f"→ {then} (America/New_York)" in proposal.preview


def test_moving_across_the_change_of_clocks_keeps_the_time_on_the_wall(desk: "Desk") -> None:
    proposal = desk.prepare("update_calendar_event", event="catch-up with Ana", start="March 9th")
    assert proposal.args["start"] == "2026-03-09T15:00:00-04:00"
    assert proposal.args["duration_minutes"] == 30


def test_length_end_and_whole_day(desk: "Desk") -> None:
    shorter = desk.prepare("update_calendar_event", event="dentist", duration_minutes=30)
    assert shorter.question == "make 'Dentist' (Wed 11 March 2026, 8:30–9:15 AM) last 30 minutes (until 9 AM)"
    longer = desk.prepare("update_calendar_event", event="dentist", end="9:30")
    assert "→ Wed 11 March 2026, 8:30–9:30 AM" in longer.preview
    whole = desk.prepare("update_calendar_event", event="dentist", start="all day")
    assert whole.question.endswith("to March 11th (all day)")
    assert desk.prepare("update_calendar_event", **whole.args) == whole
    timed = desk.prepare("update_calendar_event", event="team offsite", start="10am")
    assert "Fri 13 March 2026, all day → Fri 13 March 2026, 10:00–11:00 AM" in timed.preview
    moved = desk.prepare("update_calendar_event", event="team offsite", start="March 20th")
    assert "→ Fri 20 March 2026, all day" in moved.preview


def test_guests_are_added_and_removed_by_name(desk: "Desk") -> None:
    proposal = desk.prepare("update_calendar_event", event="lunch with Sam", add_guests=["Ana"], remove_guests=["ben"])
    assert proposal.question == (
        "invite Ana Silva to 'Lunch with Sam' (Fri 6 March 2026, 12:30–1:30 PM) and take Ben Hughes off it"
    )
    assert proposal.args["add_guests"] == ["ana.silva@northwind.example"]
    assert proposal.args["remove_guests"] == ["ben.hughes@mail.example"]
    event = desk.run("update_calendar_event", proposal, "k").value["event"]
    assert [guest["name"] for guest in event["guests"]] == ["Sam Carter", "Ana Silva"]
    assert desk.refused("update_calendar_event", event="lunch with Sam", remove_guests=["Zed"]).code == "not_found"


def test_nothing_to_change_and_not_ones_own(desk: "Desk") -> None:
    assert desk.refused("update_calendar_event", event="dentist", title="Dentist").code == "nothing_to_do"
    assert "Only Helen Zhou" in str(desk.refused("update_calendar_event", event="quarterly planning", start="4pm"))
    assert "your own event" in str(desk.refused("respond_to_invitation", event="dentist", response="declined"))


@pytest.mark.parametrize(
    ("scope", "words", "left"),
    [
        ("this", "only this one", {"2026-03-03", "2026-03-05"}),
        ("following", "this and all following", {"2026-03-03"}),
        ("all", "the whole series", set()),
    ],
)
def test_the_scope_of_a_deletion_is_said_and_kept(desk: "Desk", scope: str, words: str, left: set[str]) -> None:
    proposal = desk.prepare("delete_calendar_event", event="Wednesday's stand-up", scope=scope)
    assert f"({words})" in proposal.question
    assert f"— {words} (repeats every weekday)" in proposal.preview
    desk.run("delete_calendar_event", proposal, "k")
    around = {start[:10] for title, start in desk.events() if title == "Stand-up"}
    assert around & {"2026-03-03", "2026-03-04", "2026-03-05"} == left


def test_the_whole_series_moves(desk: "Desk") -> None:
    proposal = desk.prepare("update_calendar_event", event="yoga", start="7pm", scope="all")
    desk.run("update_calendar_event", proposal, "k")
    times = {start[11:16] for title, start in desk.events() if title == "Yoga"}
    assert times == {"19:00"}


def test_a_repetition_begins_changes_and_ends(desk: "Desk") -> None:
    begins = desk.prepare("update_calendar_event", event="dentist", recurrence="every Wednesday until April")
    assert "repeat every Wednesday until 31 March 2026" in begins.question
    assert desk.prepare("update_calendar_event", **begins.args) == begins
    ends = desk.prepare("update_calendar_event", event="the stand-up on Thursday", recurrence="none")
    assert ends.args["scope"] == "following"
    assert texts(ends.warnings) == ("All later occurrences of 'Stand-up' will be gone.",)
    desk.run("update_calendar_event", ends, "k")
    days = {start[:10] for title, start in desk.events() if title == "Stand-up"}
    assert "2026-03-04" in days
    assert max(days) == "2026-03-05"
    assert desk.refused("update_calendar_event", event="yoga", scope="this", recurrence="daily").code == "invalid"


def test_reading(desk: "Desk") -> None:
    today = desk.read("list_calendar_events")
    assert [event["title"] for event in today["events"]] == ["Stand-up", "Catch-up with Ana"]
    assert (today["total"], today["truncated"]) == (2, False)
    first = today["events"][0]
    assert first["start"] == "2026-03-02T09:30:00-05:00"
    assert first["series_id"]
    assert {"id", "title", "start", "end", "all_day", "timezone", "location", "description"} < set(first)
    assert {"guests", "organizer", "my_response", "recurrence", "series_id"} < set(first)
    short = desk.read("list_calendar_events", start="this week", limit=3)
    assert (len(short["events"]), short["truncated"]) == (3, True)
    found = desk.read("search_calendar_events", query="helen")
    assert [event["title"] for event in found["events"]] == ["Quarterly planning"]
    assert desk.refused("list_calendar_events", start="blue").code == "invalid"
    assert desk.refused("list_calendar_events", start="Friday", end="2026-03-01").code == "invalid"


def slots(desk: "Desk", **args: object) -> list[tuple[str, str]]:
    found = desk.read("find_free_time", **args)
    assert found["total"] >= len(found["slots"])
    return [(slot["start"][:16], slot["end"][11:16]) for slot in found["slots"]]


def test_free_time_is_in_working_hours_and_not_past(desk: "Desk") -> None:
    assert slots(desk) == [
        ("2026-03-02T09:00", "09:30"), ("2026-03-02T09:45", "15:00"), ("2026-03-02T15:30", "18:00"),
    ]  # fmt: skip
    later = desk.at(datetime(2026, 3, 2, 15, 50, tzinfo=NEW_YORK))
    assert slots(later) == [("2026-03-02T16:00", "18:00")]
    assert slots(desk, start="tomorrow evening") == [("2026-03-03T18:00", "22:00")]
    assert slots(desk, start="the weekend")[0] == ("2026-03-07T09:00", "18:00")
    assert ("2026-03-07T09:00", "18:00") not in slots(desk, start="next 7 days", limit=50)
    assert slots(desk, duration_minutes=300) == [("2026-03-02T09:45", "15:00")]


def test_a_series_named_by_its_own_id_is_meant_as_a_whole(desk: "Desk") -> None:
    series = desk.event("Yoga").series_id
    proposal = desk.prepare("delete_calendar_event", event=series)
    assert proposal.args["scope"] == "all"
    assert "the whole series" in proposal.preview
    desk.run("delete_calendar_event", proposal, "k")
    assert "Yoga" not in [title for title, _ in desk.events()]


@pytest.mark.parametrize("start", ["9999-12-31T23:59:00Z", "0001-01-01", "in 5000 years"])
def test_a_time_beyond_all_calendars_is_an_error(desk: "Desk", start: str) -> None:
    for tool, args in (
        ("create_calendar_event", {"title": "X"}),
        ("list_calendar_events", {}),
        ("find_free_time", {}),
        ("update_calendar_event", {"event": "dentist"}),
    ):
        assert desk.refused(tool, start=start, **args).code == "invalid"


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY", "FREQ=DAILY;COUNT=0", "FREQ=WEEKLY;BYDAY=XX"])
def test_a_rule_that_no_calendar_keeps_is_refused_before_consent(desk: "Desk", rule: str) -> None:
    assert desk.refused("create_calendar_event", title="X", start="tomorrow at 3", recurrence=rule).code == "invalid"


def test_a_title_must_be_visible(desk: "Desk") -> None:
    assert desk.refused("create_calendar_event", title="\u202e\x00", start="tomorrow at 3").code == "missing"


@pytest.mark.parametrize(
    ("args", "warned"),
    [
        ({"scope": "following", "start": "2026-04-01T19:00"}, "the 4 days from Wed 4 March 2026 to Wed 25 March 2026."),
        ({"scope": "all", "start": "2026-03-18T19:00"}, "the 2 days from Wed 4 March 2026 to Wed 11 March 2026."),
        ({"scope": "following", "start": "2026-03-11T19:00"}, ""),  # the one that is moved, and no other
        ({"scope": "all", "start": "Thursday 7 PM"}, ""),
        ({"scope": "this", "start": "2026-04-01T19:00"}, ""),
    ],
)
def test_a_series_that_is_moved_beyond_its_own_days_says_which_go(
    desk: "Desk", args: dict[str, str], warned: str
) -> None:
    warnings = texts(desk.prepare("update_calendar_event", event="Yoga", **args).warnings)
    gone = [each for each in warnings if "no longer on" in each]
    assert gone == ([f"'Yoga' is then no longer on {warned}"] if warned else [])


DATES_ALONE = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Somebody//else//EN
BEGIN:VEVENT
UID:choir
DTSTAMP:20260101T000000Z
DTSTART:20260303T230000Z
DTEND:20260304T000000Z
RDATE:20260310T220000Z,20260317T220000Z
SUMMARY:Choir
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize("scope", ["this", "following", "all"])
def test_a_series_of_dates_alone_loses_none_when_it_moves(desk: "Desk", tmp_path: Path, scope: str) -> None:
    local = desk.ctx.mail
    assert isinstance(local, LocalMail)
    file = tmp_path / "choir.ics"
    file.write_text(DATES_ALONE)
    import_files(local.store, "usr_me", ME, NEW_YORK, local.ids, [file], ImportReport())
    before = [each for each in desk.events() if each[0] == "Choir"]
    moves = desk.prepare("update_calendar_event", event="choir on March 10", start="7pm", scope=scope)
    assert not [each for each in texts(moves.warnings) if "will be gone" in each]
    assert "(repeats on several days)" in moves.preview
    desk.run("update_calendar_event", moves, "k")
    after = [each for each in desk.events() if each[0] == "Choir"]
    assert len(after) == len(before) == 3
    ends = desk.prepare("delete_calendar_event", event="choir on March 17", scope="all")
    assert "(repeats on several days)" in ends.preview
    assert dict(ends.details)["Repeats"] == "on several days"
