"""A task that repeats goes on to its next time when it is done, and everything else of it stays as it is written."""

from datetime import UTC, date, datetime

import pytest
from tests.workspace.dav.kit import NEW_YORK

from sayso.workspace.dav.task_text import Written, changed, marked, read, revision_of
from sayso.workspace.errors import Refused
from sayso.workspace.types import TaskDraft, When

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)  # Monday, 9:00 in New York
ZONE_LINES = (
    "BEGIN:VTIMEZONE", "TZID:Eastern Standard Time", "BEGIN:STANDARD", "DTSTART:16010101T020000",
    "TZOFFSETFROM:-0400", "TZOFFSETTO:-0500", "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11", "END:STANDARD",
    "BEGIN:DAYLIGHT", "DTSTART:16010101T020000", "TZOFFSETFROM:-0500", "TZOFFSETTO:-0400",
    "RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3", "END:DAYLIGHT", "END:VTIMEZONE",
)  # fmt: skip


def text(*lines: str, after: str = "") -> bytes:
    begin = ["BEGIN:VCALENDAR", "VERSION:2.0", *ZONE_LINES, "BEGIN:VTODO", "UID:t@x", "SUMMARY:Water the plants"]
    whole = [*begin, *lines, "X-THEIRS:kept", "END:VTODO", *after.split("\n"), "END:VCALENDAR"]
    return "".join(f"{line}\r\n" for line in whole if line).encode()


def task(content: bytes, now: datetime = NOW) -> Written:
    written = read(content, NEW_YORK, now)
    assert written is not None
    return written


def done(content: bytes, now: datetime = NOW) -> tuple[bytes, set[str]]:
    """The object once it is done, and the lines that are new in it, but for the marks of a change."""
    after = marked(content, task(content, now), True, "act", now)
    marks = ("X-SAYSO", "DTSTAMP", "LAST-MODIFIED", "STATUS")
    new = {*after.decode().split("\r\n")} - {*content.decode().split("\r\n")}
    return after, {line for line in new if not line.startswith(marks)}


@pytest.mark.parametrize(
    ("lines", "then", "new"),
    [
        (["DUE;VALUE=DATE:20260302", "RRULE:FREQ=DAILY"], date(2026, 3, 3), {"DUE;VALUE=DATE:20260303"}),
        (  # what is past is not made up for: the next one is that of today
            ["DUE;VALUE=DATE:20260220", "RRULE:FREQ=DAILY"],
            date(2026, 3, 2),
            {"DUE;VALUE=DATE:20260302"},
        ),
        (
            ["DTSTART;VALUE=DATE:20260301", "DUE;VALUE=DATE:20260303", "RRULE:FREQ=WEEKLY;INTERVAL=2"],
            date(2026, 3, 17),
            {"DTSTART;VALUE=DATE:20260315", "DUE;VALUE=DATE:20260317"},
        ),
        (  # over the change of the clocks, in the words of its own zone
            [
                "DTSTART;TZID=Eastern Standard Time:20260302T090000",
                "DUE;TZID=Eastern Standard Time:20260302T170000",
                "RRULE:FREQ=WEEKLY;BYDAY=MO",
            ],
            datetime(2026, 3, 9, 21, tzinfo=UTC),
            {
                "DTSTART;TZID=Eastern Standard Time:20260309T090000",
                "DUE;TZID=Eastern Standard Time:20260309T170000",
            },
        ),
        (
            ["DTSTART;TZID=America/New_York:20260302T090000", "DUE:20260302T220000Z", "RRULE:FREQ=WEEKLY"],
            datetime(2026, 3, 9, 21, tzinfo=UTC),
            {"DTSTART;TZID=America/New_York:20260309T090000", "DUE:20260309T210000Z"},
        ),
        (
            [
                "DTSTART;TZID=America/New_York:20260302T090000",
                "DUE;TZID=Europe/Berlin:20260302T230000",
                "RRULE:FREQ=WEEKLY",
            ],
            datetime(2026, 3, 9, 21, tzinfo=UTC),
            {"DTSTART;TZID=America/New_York:20260309T090000", "DUE;TZID=Europe/Berlin:20260309T220000"},
        ),
        (
            ["DTSTART:20260302T150000Z", "DURATION:PT2H", "RRULE:FREQ=MONTHLY;BYDAY=1MO"],
            datetime(2026, 4, 6, 17, tzinfo=UTC),
            {"DTSTART:20260406T150000Z"},
        ),
        (  # one that takes longer than the time between two
            ["DTSTART;VALUE=DATE:20260220", "DUE;VALUE=DATE:20260303", "RRULE:FREQ=WEEKLY"],
            date(2026, 3, 10),
            {"DTSTART;VALUE=DATE:20260227", "DUE;VALUE=DATE:20260310"},
        ),
        (
            ["DUE;VALUE=DATE:20260302", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=6"],
            date(2026, 3, 4),
            {"DUE;VALUE=DATE:20260304", "RRULE:FREQ=WEEKLY;COUNT=5;BYDAY=MO,WE"},
        ),
        (["DUE:20260302T090000", "RRULE:FREQ=DAILY"], datetime(2026, 3, 3, 14, tzinfo=UTC), {"DUE:20260303T090000"}),
        (["DTSTART;VALUE=DATE:20260302", "RRULE:FREQ=YEARLY"], date(2027, 3, 2), {"DTSTART;VALUE=DATE:20270302"}),
        (
            ["DUE;VALUE=DATE:20260302", "RRULE:FREQ=DAILY;COUNT=5", "EXDATE;VALUE=DATE:20260303"],
            date(2026, 3, 4),
            {"DUE;VALUE=DATE:20260304", "RRULE:FREQ=DAILY;COUNT=3"},
        ),
        (
            ["DUE;VALUE=DATE:20260131", "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1;UNTIL=20260331"],
            date(2026, 3, 31),
            {"DUE;VALUE=DATE:20260331"},
        ),
    ],
)
def test_it_goes_on_to_its_next_time(lines: list[str], then: When, new: set[str]) -> None:
    content = text(*lines, "STATUS:IN-PROCESS", "PERCENT-COMPLETE:50")
    before = task(content).task
    assert (before.repeats, before.fixed, before.then) == (True, False, then)
    after, told = done(content)
    assert told == new
    assert b"STATUS:NEEDS-ACTION" in after
    assert b"PERCENT-COMPLETE" not in after
    moved = task(after).task
    assert (moved.done, moved.repeats) == (False, True)
    assert moved.due in (then, None)
    assert after.count(b"X-THEIRS:kept") == 1


def test_each_time_of_it_is_done_once_and_the_last_one_ends_it() -> None:
    content = text("DUE;VALUE=DATE:20260302", "RRULE:FREQ=DAILY;COUNT=3")
    due = list[When | None]()
    for _ in range(3):
        due.append(task(content).task.due)
        content, _ = done(content)
    assert task(content).task.done
    assert due == [date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)]
    last = task(content)
    assert (last.task.due, last.task.then, last.task.fixed) == (date(2026, 3, 4), None, False)
    assert not task(marked(content, last, False, "act", NOW)).task.done


def test_one_that_ended_long_ago_is_done_for_good() -> None:
    content = text("DUE;VALUE=DATE:20250301", "RRULE:FREQ=DAILY;UNTIL=20250401")
    assert task(content).task.then is None
    assert task(done(content)[0]).task.done


def test_what_was_shown_of_it_is_not_true_any_more_when_its_next_time_is_past() -> None:
    content = text("DUE;VALUE=DATE:20260302", "RRULE:FREQ=DAILY")
    shown = revision_of(task(content).task)
    assert revision_of(task(content, datetime(2026, 3, 3, 14, tzinfo=UTC)).task) == shown
    assert revision_of(task(content, datetime(2026, 3, 4, 14, tzinfo=UTC)).task) != shown


@pytest.mark.parametrize(
    ("lines", "due", "start"),
    [
        (["DTSTART;VALUE=DATE:20260301", "DUE;VALUE=DATE:20260303"], date(2026, 3, 10), "DTSTART;VALUE=DATE:20260308"),
        (
            ["DTSTART;TZID=America/New_York:20260302T090000", "DUE:20260302T220000Z"],
            datetime(2026, 3, 9, 17, tzinfo=NEW_YORK),
            "DTSTART;TZID=America/New_York:20260309T090000",
        ),
        (
            ["DTSTART;VALUE=DATE:20260301", "DUE;VALUE=DATE:20260303"],
            datetime(2026, 3, 9, 17, tzinfo=UTC),
            "DTSTART:20260309T170000Z",
        ),
    ],
)
def test_its_start_moves_along_with_its_due_time(lines: list[str], due: When, start: str) -> None:
    content = text(*lines, "RRULE:FREQ=WEEKLY")
    written = task(content)
    draft = TaskDraft(written.task.title, due, written.task.notes)
    after = changed(content, written, draft, "act", NOW)
    assert start in after.decode().split("\r\n")
    assert task(after).task.due == due


@pytest.mark.parametrize(
    "content",
    [
        text("RRULE:FREQ=DAILY"),
        text("DUE;VALUE=DATE:20260302", "RDATE;VALUE=DATE:20260309"),
        text("DUE;VALUE=DATE:20260302", "RRULE:FREQ=DAILY", "RDATE;VALUE=DATE:20260309"),
        text("DUE;VALUE=DATE:20260302", "RRULE:FREQ=DAILY", "EXRULE:FREQ=DAILY;COUNT=3"),
        text("DUE;VALUE=DATE:20260302", "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"),
        text("DUE;VALUE=DATE:20260302", "RRULE:FREQ=SECONDLY"),
        text("DUE;VALUE=DATE:20260302", "RRULE:FREQ=NEVER"),
        text("DUE;VALUE=DATE:20260302", "RRULE:FREQ=DAILY;COUNT=20000"),
        text("DUE:someday", "RRULE:FREQ=DAILY"),
        text("DUE;VALUE=DATE:99991231", "RRULE:FREQ=DAILY"),
        text(
            "DUE;VALUE=DATE:20260302",
            "RRULE:FREQ=DAILY",
            after="BEGIN:VTODO\nUID:t@x\nRECURRENCE-ID;VALUE=DATE:20260304\nSUMMARY:Less\nEND:VTODO",
        ),
    ],
)
def test_what_is_not_followed_is_not_ticked_off(content: bytes) -> None:
    written = task(content)
    assert (written.task.repeats, written.task.fixed, written.task.then) == (True, True, None)
    for state in (True, False):
        with pytest.raises(Refused, match="of which only another program can tick off one time"):
            marked(content, written, state, "act", NOW)
