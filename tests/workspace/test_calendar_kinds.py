"""Calendar files as programs write them: what must come in, of each kind a small member or several."""

import asyncio
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.workspace.conftest import ME, NEW_YORK, NOW

from sayso.base.ids import Ids
from sayso.store.gateway import Store
from sayso.transfer.exporting import export_files
from sayso.transfer.importing import import_files
from sayso.transfer.job import ImportReport
from sayso.workspace.local import LocalWorkspace
from sayso.workspace.types import EventDraft

BERLIN = ZoneInfo("Europe/Berlin")
DAILY = "DTSTART:20260302T150000Z\nDTEND:20260302T153000Z\nRRULE:FREQ=DAILY;COUNT=5\n"
IN_BERLIN = "DTSTART;TZID=Europe/Berlin:20260306T110000\nDTEND;TZID=Europe/Berlin:20260306T120000\n"


def event(lines: str, uid: str = "e", title: str = "Tea") -> str:
    return f"BEGIN:VEVENT\nUID:{uid}\nSUMMARY:{title}\n{lines}\nEND:VEVENT\n"


def calendar(*components: str) -> str:
    return "BEGIN:VCALENDAR\nVERSION:2.0\n" + "".join(components) + "END:VCALENDAR\n"


class Brought:
    """A file that was imported: the report, and what is in the calendar then."""

    def __init__(self, store: Store, user: str, ids: Ids, workspace: LocalWorkspace, folder: Path) -> None:
        self.store, self.user, self.ids, self.workspace, self.folder = store, user, ids, workspace, folder
        self.report = ImportReport()

    def __call__(self, content: str | bytes, name: str = "my.ics") -> "Brought":
        file = self.folder / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        self.report = ImportReport()
        import_files(self.store, self.user, ME, NEW_YORK, self.ids, [file], self.report)
        return self

    @property
    def said(self) -> list[str]:
        return [line.removeprefix("my.ics: ") for line in self.report.problems]

    def times(self, zone: ZoneInfo = NEW_YORK) -> list[tuple[str, str, str]]:
        """What is there from 1 to 31 March 2026: titles, starts and ends in the zone."""
        start = datetime(2026, 3, 1, tzinfo=NEW_YORK)
        found = asyncio.run(self.workspace.calendar.list_events(start, start + timedelta(days=30)))
        return [(each.title, said(each.start, zone), said(each.end, zone)) for each in found]

    def exported(self) -> str:
        self.store.snapshot_now(export_files, self.user, self.folder / "out")
        text = (self.folder / "out" / "calendar.ics").read_bytes().decode()
        return text.replace("\r\n ", "").replace("\r\n", "\n")


def said(when: date, zone: ZoneInfo) -> str:
    return f"{when.astimezone(zone):%d %H:%M}" if isinstance(when, datetime) else f"{when:%d}"


@pytest.fixture
def bring(store: Store, user: str, ids: Ids, workspace: LocalWorkspace, tmp_path: Path) -> Brought:
    return Brought(store, user, ids, workspace, tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "EXDATE:20260313T110000",
        "EXDATE;VALUE=DATE:20260313",
        "EXDATE:20260313T100000Z",
        "EXDATE;TZID=America/New_York:20260313T060000",
        "EXDATE;TZID=Europe/Berlin:20260401T110000,20260313T110000",
        "EXDATE:20260401T110000\nEXDATE:20260313T110000",
        "EXRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=1;BYDAY=FR\nEXDATE:20260313T110000\nRDATE:20260306T110000",
        "EXRULE:FREQ=MONTHLY;BYMONTHDAY=13",
    ],
)
def test_an_occurrence_is_left_out_however_it_is_written(bring: Brought, line: str) -> None:
    got = bring(calendar(event(f"{IN_BERLIN}RRULE:FREQ=WEEKLY;COUNT=3\n{line}"))).times(BERLIN)
    kept = [("Tea", "06 11:00", "06 12:00"), ("Tea", "20 11:00", "20 12:00")]
    assert got == (kept[1:] if "BYDAY=FR" in line else kept)


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        ("DTEND:20260306T120000", "06 12:00"),
        ("DTEND:20260306T110000Z", "06 12:00"),
        ("DTEND;TZID=America/New_York:20260306T060000", "06 12:00"),
        ("DTEND;VALUE=DATE:20260307", "07 00:00"),
        ("DURATION:PT90M", "06 12:30"),
        ("DURATION:P1DT1H", "07 12:00"),
        ("", "06 11:00"),
        ("DTEND:sometime", "06 11:00"),
        ("DTEND:20260306T100000", "06 11:00"),
        ("DURATION:-PT1H", "06 11:00"),
    ],
)
def test_an_end_is_read_beside_its_start(bring: Brought, lines: str, end: str) -> None:
    got = bring(calendar(event(f"DTSTART;TZID=Europe/Berlin:20260306T110000\n{lines}")))
    assert got.times(BERLIN) == [("Tea", "06 11:00", end)]
    odd = "sometime" in lines or "T100000" in lines or "-PT1H" in lines
    assert [line.startswith("the event 'Tea' came in, but") for line in got.said] == [True] * odd


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        ("DTSTART;VALUE=DATE;TZID=Europe/Berlin:20260314", ("14", "15")),
        ("DTSTART;VALUE=DATE:20260314T000000", ("14", "15")),
        ("DTSTART;VALUE=DATE:20260314T090000", ("14 09:00", "14 09:00")),
        ("DTSTART;TZID=Europe/Berlin:20260314", ("14", "15")),
        ("DTSTART;VALUE=DATE:20260314\nDTEND;VALUE=DATE:20260314", ("14", "15")),
        ("DTSTART;VALUE=DATE:20260314\nDTEND:20260315T120000", ("14", "16")),
        ("DTSTART;VALUE=DATE:20260314\nDURATION:P2D", ("14", "16")),
        ("DTSTART;VALUE=DATE:2026-03-14", ("14", "15")),
    ],
)
def test_a_date_is_a_day_wherever_one_is(bring: Brought, lines: str, days: tuple[str, str]) -> None:
    assert bring(calendar(event(lines))).times() == [("Tea", *days)]


@pytest.mark.parametrize(
    ("lines", "times"),
    [
        ("DTSTART;TZID=America/New_York:20260308T000000\nDURATION:P1D", [("08 00:00", "09 00:00")]),
        ("DTSTART;TZID=America/New_York:20260308T000000\nDURATION:PT24H", [("08 00:00", "09 01:00")]),
        ("DTSTART;TZID=America/New_York:20260307T120000\nDURATION:P1W", [("07 12:00", "14 12:00")]),
        (
            "DTSTART;TZID=America/New_York:20260307T000000\nDURATION:P1D\nRRULE:FREQ=DAILY;COUNT=3",
            [("07 00:00", "08 00:00"), ("08 00:00", "09 00:00"), ("09 00:00", "10 00:00")],
        ),
        (
            "DTSTART;TZID=America/New_York:20260306T220000\nDURATION:PT8H\nRRULE:FREQ=DAILY;COUNT=2",
            [("06 22:00", "07 06:00"), ("07 22:00", "08 07:00")],
        ),
    ],
)
def test_a_day_is_not_24_hours(bring: Brought, lines: str, times: list[tuple[str, str]]) -> None:
    assert bring(calendar(event(lines))).times() == [("Tea", *each) for each in times]


@pytest.mark.parametrize(
    ("change", "starts"),
    [
        (
            "DTSTART:20260304T170000Z\nDTEND:20260304T180000Z",
            ["02 10:00", "03 10:00", "04 12:00", "05 12:00", "06 12:00"],
        ),
        ("STATUS:CANCELLED\nDTSTART:20260304T150000Z", ["02 10:00", "03 10:00"]),
    ],
)
def test_a_change_of_this_and_all_that_follow(bring: Brought, change: str, starts: list[str]) -> None:
    later = event(f"RECURRENCE-ID;RANGE=THISANDFUTURE:20260304T150000Z\n{change}")
    assert [start for _, start, _ in bring(calendar(later, event(DAILY))).times()] == starts


def test_of_two_changes_of_all_that_follow_each_holds_until_the_next(bring: Brought) -> None:
    changes = [
        event(f"RECURRENCE-ID;RANGE=THISANDFUTURE:202603{day}T150000Z\nDTSTART:202603{day}T{hour}0000Z\nDURATION:PT1H")
        for day, hour in (("05", 18), ("03", 16))
    ]
    own = event("RECURRENCE-ID:20260306T150000Z\nDTSTART:20260306T210000Z\nDURATION:PT1H", title="Party")
    assert [start for _, start, _ in bring(calendar(*changes, own, event(DAILY))).times()] == [
        *("02 10:00", "03 11:00", "04 11:00", "05 13:00", "06 16:00")
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("SEQUENCE:2\n", "SEQUENCE:1\n"),
        ("SEQUENCE:10\n", "SEQUENCE:9\n"),
        ("DTSTAMP:20260102T000000Z\n", "DTSTAMP:20260101T000000Z\n"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_the_newer_version_counts_wherever_it_stands(bring: Brought, first: str, second: str, turned: bool) -> None:
    both = [event(f"{first}{IN_BERLIN}", title="New"), event(f"{second}DTSTART:20260309T110000Z", title="Old")]
    got = bring(calendar(*(reversed(both) if turned else both)))
    assert [title for title, _, _ in got.times()] == ["New"]
    assert got.said == ["an older version of the event 'Old' was left out: the file has a newer one."]


def test_a_newer_version_that_cannot_be_read_does_not_cost_the_older(bring: Brought) -> None:
    got = bring(calendar(event(IN_BERLIN), event("SEQUENCE:1\nDTSTART:")))
    assert [title for title, _, _ in got.times()] == ["Tea"]
    assert got.said == ["the event 'Tea' was left out: it does not say when it starts."]


def test_a_uid_that_is_used_again_for_another_event_costs_neither(bring: Brought) -> None:
    file = calendar(event("DTSTART:20260305T110000Z"), event("DTSTART:20260306T110000Z", title="Cake"))
    assert [title for title, _, _ in bring(file).times()] == ["Tea", "Cake"]
    assert bring(file).report.known == 2


@pytest.mark.parametrize("period", ["20260304T150000Z/PT3H", "20260304T150000Z/20260304T180000Z"])
def test_added_periods_are_as_long_as_they_say(bring: Brought, period: str) -> None:
    lines = f"DTSTART:20260303T150000Z\nDURATION:PT1H\nRDATE;VALUE=PERIOD:{period},20260305T150000Z/PT30M"
    assert bring(calendar(event(lines))).times() == [
        *(("Tea", "03 10:00", "03 11:00"), ("Tea", "04 10:00", "04 13:00"), ("Tea", "05 10:00", "05 10:30"))
    ]


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        ("RRULE:FREQ=DAILY;COUNT=7\nEXRULE:FREQ=WEEKLY;BYDAY=SA,SU", ["02", "03", "04", "05", "06"]),
        ("RRULE:FREQ=DAILY;UNTIL=20260309T235959Z\nEXRULE:FREQ=DAILY;INTERVAL=2", ["03", "05", "07", "09"]),
        ("RRULE:FREQ=WEEKLY;COUNT=2\nRRULE:FREQ=DAILY;INTERVAL=3;COUNT=3", ["02", "05", "08", "09"]),
    ],
)
def test_rules_beside_the_rule(bring: Brought, rules: str, days: list[str]) -> None:
    got = bring(calendar(event(f"DTSTART:20260302T150000Z\n{rules}")))
    assert [start[:2] for _, start, _ in got.times()] == days


@pytest.mark.parametrize("rule", ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"])
def test_an_exception_rule_without_end_holds_for_good(bring: Brought, rule: str) -> None:
    lines = f"DTSTART:19980302T150000Z\nRRULE:{rule}\nEXRULE:FREQ=WEEKLY;BYDAY=SA,SU"
    got = [int(start[:2]) for _, start, _ in bring(calendar(event(lines))).times()]
    assert got == [day for day in range(1, 31) if date(2026, 3, day).weekday() < 5]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;COUNT=2;BYDAY=MO, TU",
        r"FREQ=WEEKLY\;COUNT=2\;BYDAY=MO\,TU",
        "RSCALE=GREGORIAN;FREQ=WEEKLY;SKIP=OMIT;COUNT=2;BYDAY=MO,TU",
        " freq=weekly;count=2;byday=mo,tu;",
        "FREQ=WEEKLY;COUNT=2;BYDAY=MO,TU\nRRULE:FREQ=WEEKLY;COUNT=2;BYDAY=MO,TU",
    ],
)
def test_rules_are_read_as_they_are_practised(bring: Brought, rule: str) -> None:
    got = bring(calendar(event(f"DTSTART:20260302T150000Z\nRRULE:{rule}")))
    assert [start for _, start, _ in got.times()] == ["02 10:00", "03 10:00"]
    assert got.said == []


def test_an_invitation_to_one_occurrence_stands_though_its_series_is_only_a_shell(bring: Brought) -> None:
    shell = "RDATE;VALUE=DATE:20260304\nEXDATE;VALUE=DATE:20260304\nDTSTART;VALUE=DATE:20260304"
    own = event("RECURRENCE-ID;VALUE=DATE:20260304\nDTSTART;VALUE=DATE:20260305", title="Party")
    assert bring(calendar(event(shell), own)).times() == [("Party", "05", "06")]
    other = bring(calendar(event(shell, "f")))
    assert other.said == ["the event 'Tea' was left out: none of its occurrences is left."]


@pytest.mark.parametrize(
    ("rule", "hours"), [("COUNT=3", ["08 03:30", "09 02:30", "10 02:30"]), ("COUNT=1", ["08 03:30"])]
)
def test_a_time_that_clocks_skip_is_told_and_moves_no_other(bring: Brought, rule: str, hours: list[str]) -> None:
    lines = f"DTSTART;TZID=America/New_York:20260308T023000\nDURATION:PT30M\nRRULE:FREQ=DAILY;{rule}"
    got = bring(calendar(event(lines)))
    assert [start for _, start, _ in got.times()] == hours
    assert got.said == ["the event 'Tea' came in, but clocks skip 02:30 on that day; it is at 03:30 then."]


def test_an_event_whose_repetition_cannot_be_followed_is_there_once_and_keeps_it(bring: Brought) -> None:
    got = bring(calendar(event(f"{IN_BERLIN}RRULE:FREQ=MINUTELY")))
    assert got.times(BERLIN) == [("Tea", "06 11:00", "06 12:00")]
    assert "it is there once, for its repetition is not followed" in got.said[0]
    assert "RRULE:FREQ=MINUTELY" in got.exported()


def test_times_without_a_zone_are_in_the_calendars(bring: Brought) -> None:
    file = calendar("X-WR-TIMEZONE:Europe/Berlin\n", event("DTSTART:20260306T110000\nDTEND:20260306T120000"))
    assert bring(file).times(BERLIN) == [("Tea", "06 11:00", "06 12:00")]
    two = file + calendar(event("DTSTART:20260307T110000\nDTEND:20260307T120000", "f", "Here"))
    assert bring(two).times() == [("Tea", "06 05:00", "06 06:00"), ("Here", "07 11:00", "07 12:00")]


@pytest.mark.parametrize(
    "bad",
    [
        "hello world\n",
        "BEGIN:VALARM\nTRIGGER:PT-2H\nACTION:DISPLAY\nEND:VALARM\n",
        "DTSTAMP:yesterday\nCREATED:x\nPRIORITY:high\nGEO:here\n",
        "ATTACH;ENCODING=BASE64;VALUE=BINARY:%%%\n",
        "ATTENDEE;PARTSTAT=WHAT:nobody\nORGANIZER:x\n",
        "RDATE:never\nEXDATE:also never\nRRULE:FREQ=DAILY;COUNT=1\n",
        "SUMMARY;LANGUAGE=de:Tee\nLOCATION:\nLOCATION:Here\n",
        "X-ODD;=:x\n;:\n:\n",
        "CATEGORIES:a\\,b,c\nDTEND;TZID=Nowhere/At All:20260306T120000\n",
    ],
)
def test_a_bad_line_costs_nothing_but_itself(bring: Brought, bad: str) -> None:
    got = bring(calendar(event(f"{IN_BERLIN}{bad}"), event("DTSTART:20260307T110000Z", "f", "Good")))
    assert [title for title, _, _ in got.times()] == ["Tea", "Good"]
    assert not any("left out" in line for line in got.said)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("this is garbage", "1 line of it cannot be read: 'this is garbage'"),
        ('LOCATION;ALTREP="open:Room\nnothing', "2 lines of it cannot be read"),
        ("DTEND;TZID=Gotham:20260306T120000", "its time zone 'Gotham' is not known; taken as America/New_York"),
        ("ATTACH:" + "x" * 500_001, "its ATTACH is too large to be kept"),
    ],
)
def test_what_is_lost_of_an_event_is_told(bring: Brought, line: str, told: str) -> None:
    [said_of_it] = bring(calendar(event(f"DTSTART:20260306T110000Z\n{line}"))).said
    assert said_of_it.startswith(f"the event 'Tea' came in, but {told}")


def test_a_report_moves_no_cursor(bring: Brought) -> None:
    bring(calendar(event("DTSTART:no\x1b[2J", title="evil \x1b]0;pwn\x07\u202e\x9b31m")))
    assert all(line.isprintable() for line in bring.report)


def test_a_time_with_colons_is_no_zone(bring: Brought) -> None:
    got = bring(calendar(event("DTSTART;TZID=Europe/Berlin:2026-03-06T11:00:00\nDTEND:2026-03-06T11:00:00Z")))
    assert (got.times(BERLIN), got.said) == ([("Tea", "06 11:00", "06 12:00")], [])


def test_what_has_dates_only_lies_in_the_users_own_zone(bring: Brought) -> None:
    bring(calendar("X-WR-TIMEZONE:Asia/Tokyo\n", event("DTSTART;VALUE=DATE:20260306")))
    start = datetime(2026, 3, 1, tzinfo=NEW_YORK)
    [found] = asyncio.run(bring.workspace.calendar.list_events(start, start + timedelta(days=30)))
    assert found.timezone == NEW_YORK.key


def test_a_rule_that_was_made_here_says_until_when_in_utc(bring: Brought) -> None:
    start = datetime(2026, 3, 3, 9, tzinfo=BERLIN)
    rule = "FREQ=WEEKLY;UNTIL=20260317T090000"
    draft = EventDraft("Tea", start, start + timedelta(hours=1), BERLIN.key, recurrence=rule)
    asyncio.run(bring.workspace.calendar.create_event(draft, "key", False))
    assert "UNTIL=20260317T080000Z" in bring.exported()


@pytest.mark.parametrize("zone", ["tzone://Microsoft/Utc", '"tzone://Microsoft/Utc"'])
def test_a_zone_with_a_colon_that_should_be_quoted(bring: Brought, zone: str) -> None:
    got = bring(calendar(event(f"DTSTART;TZID={zone}:20260306T110000")))
    assert (got.times(), got.said) == ([("Tea", "06 06:00", "06 06:00")], [])


@pytest.mark.parametrize(
    ("line", "start", "told"),
    [
        ("TZ:+0900", "05 21:00", []),
        ("X-WR-TIMEZONE:Gotham", "06 11:00", ["its time zone 'Gotham' is not known; taken as America/New_York."]),
    ],
)
def test_the_zone_of_a_whole_calendar(bring: Brought, line: str, start: str, told: list[str]) -> None:
    got = bring(calendar(f"{line}\n", event("DTSTART:20260306T110000")))
    assert ([each for _, each, _ in got.times()], got.said) == ([start], told)


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_line_ends_and_charsets_as_programs_write_them(bring: Brought, ends: str, charset: str) -> None:
    text = calendar(event(IN_BERLIN, title="Café Löwe"), event("DTSTART:20260307T110000Z", "f", "Good"))
    assert [title for title, _, _ in bring(text.replace("\n", ends).encode(charset)).times()] == ["Café Löwe", "Good"]


@pytest.mark.parametrize(
    "line",
    [
        "SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:Caf=E9",
        "SUMMARY;QUOTED-PRINTABLE:Caf=C3=\n=A9",
        "SUMMARY:Café",
    ],
)
def test_texts_as_the_first_version_wrote_them(bring: Brought, line: str) -> None:
    file = calendar(f"BEGIN:VEVENT\nUID:e\n{line}\nDTSTART:20260305T110000Z\nEND:VEVENT\n")
    assert [title for title, _, _ in bring(file).times()] == ["Café"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "the file is empty."),
        ("Dear diary", "the file was left out: it is not iCalendar."),
        (
            calendar("BEGIN:VJOURNAL\nSUMMARY:x\nEND:VJOURNAL\n" * 2),
            "2 journal entries were left out: Sayso keeps events and tasks.",
        ),
        (
            calendar("BEGIN:VFREEBUSY\nEND:VFREEBUSY\n"),
            "1 free/busy time was left out: Sayso keeps events and tasks.",
        ),
        (
            calendar(event(IN_BERLIN))[:-20],
            "the file ends too early: it seems to have been cut off. What is whole came in.",
        ),
        (calendar(event("STATUS:CANCELLED\n" + IN_BERLIN)), "the event 'Tea' was left out: it is cancelled."),
    ],
)
def test_what_does_not_come_in_is_told(bring: Brought, content: str, told: str) -> None:
    assert told in bring(content).said


RICH = (
    "DTSTAMP:20260101T000000Z\nURL:https://rich.example/1\nCATEGORIES:Work,Travel\nSTATUS:TENTATIVE\nCLASS:PRIVATE\n"
    "TRANSP:TRANSPARENT\nSEQUENCE:3\nGEO:1.5;2.5\nATTACH;FMTTYPE=application/pdf:https://rich.example/agenda.pdf\n"
    "CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example/abc\nX-OWN;X-A=1:kept\n"
    'ORGANIZER;CN=Ana Silva;SENT-BY="mailto:desk@ana.example":mailto:ana@silva.example\n'
    "ATTENDEE;CN=Ben;ROLE=OPT-PARTICIPANT;RSVP=TRUE;PARTSTAT=DECLINED:mailto:ben@post.example\n"
    "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT15M\nDESCRIPTION:Soon\nEND:VALARM\n"
)


def test_all_of_an_event_comes_back_in_the_export(bring: Brought) -> None:
    written = bring(calendar(event(IN_BERLIN + RICH))).exported()
    missing = [line for line in RICH.splitlines() if line not in written and not line.startswith("ATTENDEE")]
    assert missing == []
    assert "ATTENDEE;CN=Ben;ROLE=OPT-PARTICIPANT;RSVP=TRUE;PARTSTAT=DECLINED:mailto:ben@post.example\n" in written
    assert lines_of(written, "VEVENT") == lines_of(again(bring, written), "VEVENT")


def test_all_of_a_task_comes_back_in_the_export(bring: Brought) -> None:
    rich = (
        "DTSTART;TZID=Europe/Berlin:20260304T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;INTERVAL=3\nPRIORITY:1\n"
        "STATUS:IN-PROCESS\nPERCENT-COMPLETE:40\nCATEGORIES:Garden,Spring\nURL:https://rich.example/2\n"
        "BEGIN:VALARM\nACTION:AUDIO\nTRIGGER:-PT5M\nEND:VALARM\n"
    )
    got = bring(calendar(f"BEGIN:VTODO\nUID:t\nSUMMARY:Dig\n{rich}END:VTODO\n"))
    [task] = asyncio.run(got.workspace.tasks.list_tasks(10)).items
    assert (task.due, task.list_name, task.done) == (datetime(2026, 3, 4, 10, tzinfo=BERLIN), "Garden", False)
    assert got.said == [
        "the task 'Dig' came in, but it repeats, which is kept for an export but not followed: it stays one task."
    ]
    written = got.exported()
    for line in (*rich.splitlines(), "DUE;TZID=Europe/Berlin:20260304T100000"):
        if not line.startswith(("CATEGORIES", "DURATION")):
            assert f"{line}\n" in written, line
    assert "CATEGORIES:Garden\nDUE" in written
    assert "CATEGORIES:Spring\n" in written


@pytest.mark.parametrize(
    ("lines", "done", "status"),
    [
        ("STATUS:CANCELLED", True, "CANCELLED"),
        ("STATUS:COMPLETED", True, "COMPLETED"),
        ("COMPLETED:20260301T100000Z", True, "COMPLETED"),
        ("STATUS:IN-PROCESS", False, "IN-PROCESS"),
        ("STATUS:NEEDS-ACTION", False, "NEEDS-ACTION"),
        ("STATUS:whatever", False, "NEEDS-ACTION"),
        ("PERCENT-COMPLETE:100", True, "COMPLETED"),
    ],
)
def test_states_of_tasks(bring: Brought, lines: str, done: bool, status: str) -> None:
    got = bring(calendar(f"BEGIN:VTODO\nUID:t\nSUMMARY:Dig\nDUE:20260302T000000Z\n{lines}\nEND:VTODO\n"))
    assert [task.done for task in asyncio.run(got.workspace.tasks.list_tasks(10)).items] == [done]
    assert [line for line in got.exported().splitlines() if line.startswith("STATUS")] == [f"STATUS:{status}"]


def test_a_task_is_done_again_here_whatever_the_file_said(bring: Brought) -> None:
    got = bring(calendar("BEGIN:VTODO\nUID:t\nSUMMARY:Dig\nSTATUS:IN-PROCESS\nEND:VTODO\n"))
    [task] = asyncio.run(got.workspace.tasks.list_tasks(10)).items
    asyncio.run(got.workspace.tasks.set_done(task.id, True, task.revision, "key"))
    assert "STATUS:COMPLETED\n" in got.exported()


def test_what_is_edited_here_keeps_what_nothing_reads(bring: Brought) -> None:
    got = bring(calendar(event(DAILY + "URL:https://rich.example/1\nTRANSP:TRANSPARENT")))
    calendar_, start = got.workspace.calendar, datetime(2026, 3, 4, tzinfo=NEW_YORK)
    [shown] = asyncio.run(calendar_.list_events(start, start + timedelta(days=1)))
    hour = timedelta(hours=1)
    later = EventDraft("Moved", shown.start + hour, shown.end + hour, shown.timezone, recurrence=shown.recurrence)
    asyncio.run(calendar_.update_event(shown.id, later, "following", shown.revision, "key", False))
    assert got.exported().count("URL:https://rich.example/1\n") == 2
    assert got.exported().count("TRANSP:TRANSPARENT\n") == 2


@pytest.mark.parametrize("until", ["20260317T090000", "20260317T080000Z", "20260317"])
def test_an_export_says_until_when_in_utc_and_brings_its_zones(bring: Brought, until: str) -> None:
    lines = f"DTSTART;TZID=Europe/Berlin:20260303T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;UNTIL={until}"
    written = bring(calendar(event(lines))).exported()
    assert ("UNTIL=20260317T225959Z" if len(until) == 8 else "UNTIL=20260317T080000Z") in written
    assert written.index("TZID:Europe/Berlin\n") < written.index("BEGIN:VEVENT")
    assert [start for _, start, _ in bring(written).times(BERLIN)] == ["03 09:00", "10 09:00", "17 09:00"]


def again(bring: Brought, written: str) -> str:
    """The export of what an export becomes elsewhere."""
    for found in asyncio.run(bring.workspace.calendar.list_events(NOW - timedelta(days=30), NOW + timedelta(days=90))):
        asyncio.run(bring.workspace.calendar.delete_event(found.id, "all", found.revision, "k", False, ""))
    return bring(written).exported()


def lines_of(text: str, kind: str) -> list[str]:
    begin, end = text.index(f"BEGIN:{kind}"), text.rindex(f"END:{kind}")
    return sorted(text[begin:end].splitlines())


MEET = "X-GOOGLE-CONFERENCE:https://meet.google.com/abc-defg"
TEAMS = "X-MICROSOFT-SKYPETEAMSMEETINGURL:https://teams.microsoft.com/l/meetup-join/1"


@pytest.mark.parametrize(
    ("lines", "link"),
    [
        (MEET, "https://meet.google.com/abc-defg"),
        (TEAMS, "https://teams.microsoft.com/l/meetup-join/1"),
        ('CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL="Join: us":https://meet.example/abc', "https://meet.example/abc"),
        ("CONFERENCE;VALUE=URI;FEATURE=PHONE:tel:+1-555\n" + TEAMS, "https://teams.microsoft.com/l/meetup-join/1"),
        ("URL:https://example.com/tea\n" + MEET, "https://meet.google.com/abc-defg"),
        ("URL:https://example.com/tea\nLOCATION:https://zoom.us/j/1", "https://zoom.us/j/1"),
        ("URL:https://example.com/tea", "https://example.com/tea"),
        ("DESCRIPTION:Join (https://my.webex.com/meet/x).", "https://my.webex.com/meet/x"),
        ("DESCRIPTION:See https://example.com or https://zoom.us.example.com/j/1", ""),
        ("DESCRIPTION:See https://example.com?at=.zoom.us/j/1", ""),
        ("ATTACH:https://zoom.us/j/1", ""),
        ("X-MINE:" + "x" * 30_000 + "\n" + MEET, ""),  # too long to be looked through for a list
    ],
)
def test_an_event_tells_its_link(bring: Brought, lines: str, link: str) -> None:
    brought = bring(calendar(event(f"{IN_BERLIN}RRULE:FREQ=WEEKLY;COUNT=2\n{lines}")))
    found = asyncio.run(brought.workspace.calendar.list_events(NOW, NOW + timedelta(days=30)))
    assert [each.link for each in found] == [link, link]


def test_a_changed_occurrence_has_a_link_of_its_own(bring: Brought) -> None:
    series = event(f"{IN_BERLIN}RRULE:FREQ=WEEKLY;COUNT=2\n{MEET}")
    changed = IN_BERLIN.replace("20260306", "20260313")
    other = event(f"RECURRENCE-ID;TZID=Europe/Berlin:20260313T110000\n{changed}{TEAMS}")
    brought = bring(calendar(series, other))
    first, second = asyncio.run(brought.workspace.calendar.list_events(NOW, NOW + timedelta(days=30)))
    assert (first.link[:24], second.link[:27]) == ("https://meet.google.com/", "https://teams.microsoft.com")
    assert asyncio.run(brought.workspace.calendar.get_event(second.id)) == second
