"""A task that repeats goes on to its next time when it is done, and everything else of it stays as it is written."""

from datetime import UTC, date, datetime
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.workspace.dav.kit import NEW_YORK

from sayso.base.steps import within
from sayso.workspace.dav.task_text import Written, changed, marked, read, revision_of
from sayso.workspace.errors import Refused
from sayso.workspace.events.recurrence import Pattern
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
        (
            ["DTSTART;TZID=America/New_York:20260305T090000", "DURATION:PT72H", "RRULE:FREQ=WEEKLY"],
            datetime(2026, 3, 15, 13, tzinfo=UTC),
            {"DTSTART;TZID=America/New_York:20260312T090000"},
        ),
        (
            ["DTSTART:20260302T150000Z", "DUE:20260302T160000Z", "DURATION:PT9H", "RRULE:FREQ=DAILY"],
            datetime(2026, 3, 3, 16, tzinfo=UTC),
            {"DTSTART:20260303T150000Z", "DUE:20260303T160000Z"},
        ),
        (["DUE:2026-03-02T09:00 ", "RRULE:FREQ=DAILY"], datetime(2026, 3, 3, 14, tzinfo=UTC), {"DUE:20260303T090000"}),
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
    assert task(text("DUE;VALUE=DATE:20260302", "RRULE:FREQ=DAILY", "STATUS:COMPLETED")).task.then is None
    assert (last.task.due, last.task.then, last.task.fixed) == (date(2026, 3, 4), None, False)
    assert not task(marked(content, last, False, "act", NOW)).task.done


@pytest.mark.parametrize(
    ("begin", "rule", "times"),
    [
        ("20260308T023000", "DAILY;COUNT=4", ["0308T0230", "0309T0230", "0310T0230", "0311T0230"]),
        ("20260307T023000", "DAILY;COUNT=3", ["0307T0230", "0308T0230", "0309T0230"]),
        ("20260208T023000", "MONTHLY;BYDAY=2SU;COUNT=3", ["0208T0230", "0308T0230", "0412T0230"]),
        ("20260308T023000", "WEEKLY;BYDAY=SU,TU;COUNT=3", ["0308T0230", "0310T0230", "0315T0230"]),
    ],
)
def test_a_time_that_the_clocks_skip_takes_no_other_along(begin: str, rule: str, times: list[str]) -> None:
    content, written = text(f"DUE;TZID=America/New_York:{begin}", f"RRULE:FREQ={rule}"), list[str]()
    early = datetime(2026, 2, 1, tzinfo=UTC)
    for _ in times:
        due = next(line for line in content.decode().split("\r\n") if line.startswith("DUE"))
        written.append(due[-11:-2])
        content, _ = done(content, early)
    assert written == times
    assert task(content, early).task.done


RULES = st.builds(
    "FREQ={};INTERVAL={}{}".format,
    st.sampled_from((
        "DAILY", "DAILY;BYDAY=MO,WE", "DAILY;BYMONTH=3,4,12", "WEEKLY", "WEEKLY;BYDAY=TU,SA",
        "WEEKLY;WKST=SU;BYDAY=SU,MO", "MONTHLY", "MONTHLY;BYMONTHDAY=-1", "MONTHLY;BYMONTHDAY=29,30,31",
        "MONTHLY;BYDAY=-1FR", "MONTHLY;BYDAY=5SA", "MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1,2", "YEARLY",
        "YEARLY;BYMONTH=3;BYDAY=-1SU", "YEARLY;BYYEARDAY=1,-1,100", "YEARLY;BYWEEKNO=1,20;BYDAY=MO",
    )),
    st.integers(1, 3),
    st.one_of(st.just(""), st.integers(1, 6).map(";COUNT={}".format), st.just(";UNTIL=20260901")),
)  # fmt: skip


@given(RULES, st.dates(date(2026, 1, 1), date(2027, 2, 28)))
def test_going_on_from_one_to_the_next_takes_all_times_of_the_rule(rule: str, start: date) -> None:
    begin = datetime(start.year, start.month, start.day)  # noqa: DTZ001
    meant = [slot.date() for slot in islice(Pattern(begin, NEW_YORK, True, rule).slots(), 6)]
    content, due = text(f"DUE;VALUE=DATE:{start:%Y%m%d}", f"RRULE:{rule}"), list[When | None]()
    early = datetime(2025, 12, 1, tzinfo=UTC)
    while len(due) < 6 and not task(content, early).task.done:
        due.append(task(content, early).task.due)
        content, _ = done(content, early)
    assert due == meant


def test_what_was_counted_before_decides_nothing() -> None:
    content = text("DUE;VALUE=DATE:20260302", "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=777")
    with within(50, "It is used up."):
        assert [task(content).task.then for _ in range(2)] == [date(2026, 3, 9)] * 2


def test_a_day_is_past_when_it_is_over_where_the_user_is() -> None:
    content = text("DUE;VALUE=DATE:20260301", "RRULE:FREQ=DAILY")
    assert task(content, datetime(2026, 3, 3, 2, tzinfo=UTC)).task.then == date(2026, 3, 2)


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
        (
            ["DTSTART;TZID=America/New_York:20260302T090000", "DUE;VALUE=DATE:20260303"],
            date(2026, 3, 10),
            "DTSTART;TZID=America/New_York:20260309T090000",
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
        text("DUE;VALUE=DATE:20260302", "RRULE:FREQ=DAILY;COUNT=20001"),
        text("DUE;VALUE=DATE:20260302", "RRULE:FREQ=DAILY;COUNT=3;UNTIL=20260401"),
        text("DUE;VALUE=DATE:20260302", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2"),
        text("DTSTART;TZID=tzone://Microsoft/Utc:20260302T180000", "RRULE:FREQ=DAILY"),
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
