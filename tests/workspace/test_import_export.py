"""One's own data comes in, whatever made it, and goes out as it was."""

import asyncio
import os
import stat
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from sqlalchemy import insert
from tests.kit.mails import searched
from tests.kit.seeded import own_it

from sayso.base.clock import FixedClock
from sayso.base.ids import Ids
from sayso.store.gateway import Store, WriteConn
from sayso.store.tables import users
from sayso.transfer.exporting import export_files
from sayso.transfer.importing import import_files
from sayso.transfer.job import ImportReport
from sayso.workspace.errors import Refused
from sayso.workspace.events.changes import update_one, without
from sayso.workspace.events.series import Series, as_seen_by, series_of
from sayso.workspace.formats.content_lines import components, folded
from sayso.workspace.formats.html import html_to_text
from sayso.workspace.formats.ical_writing import format_series
from sayso.workspace.formats.vcard import read_card, write_card
from sayso.workspace.local import LocalWorkspace as Workspace
from sayso.workspace.local import local_workspace
from sayso.workspace.local.event_rows import insert_series, load_between
from sayso.workspace.local.seed.seed import seed
from sayso.workspace.people import Me
from sayso.workspace.types import Attachment, Contact, Detail, Details, EventDraft, Guest, Message, OutgoingMail, Person

NEW_YORK = ZoneInfo("America/New_York")
ME = Me("robin@example.com", "Robin Doe")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=NEW_YORK)

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Test//EN
BEGIN:VEVENT
UID:floating
DTSTART:20260302T100000
DURATION:PT30M
SUMMARY:Floating\\, folded
  line
END:VEVENT
BEGIN:VEVENT
UID:utc
DTSTART:20260302T180000Z
DTEND:20260302T190000Z
SUMMARY:UTC
ORGANIZER;CN=Helen:mailto:helen@example.com
ATTENDEE;PARTSTAT=TENTATIVE:mailto:ROBIN@example.com
ATTENDEE;CN=Ana;PARTSTAT=ACCEPTED:mailto:ana@example.com
END:VEVENT
BEGIN:VEVENT
UID:day
DTSTART;VALUE=DATE:20260304
SUMMARY:Day
END:VEVENT
BEGIN:VEVENT
UID:series
DTSTART;TZID=Europe/Berlin:20260302T090000
DTEND;TZID=Europe/Berlin:20260302T093000
RRULE:FREQ=DAILY;COUNT=5
EXDATE;TZID=Europe/Berlin:20260303T090000
RDATE;TZID=Europe/Berlin:20260308T090000
SUMMARY:Series
END:VEVENT
BEGIN:VEVENT
UID:series
RECURRENCE-ID;TZID=Europe/Berlin:20260304T090000
DTSTART;TZID=Europe/Berlin:20260304T110000
DTEND;TZID=Europe/Berlin:20260304T113000
SUMMARY:Moved
END:VEVENT
BEGIN:VEVENT
UID:broken
DTSTART:sometime
SUMMARY:Broken
END:VEVENT
BEGIN:VEVENT
UID:often
DTSTART:20260302T180000Z
RRULE:FREQ=SECONDLY
SUMMARY:Often
END:VEVENT
BEGIN:VTODO
UID:todo
SUMMARY:Call
DUE;VALUE=DATE:20260305
CATEGORIES:Errands
END:VTODO
BEGIN:VTODO
UID:done
SUMMARY:Done
STATUS:COMPLETED
COMPLETED:20260301T100000Z
END:VTODO
END:VCALENDAR
"""

MBOX = """From priya@example.com Sun Mar  1 10:00:00 2026
From: =?utf-8?q?Raman=2C_Priya?= <priya@example.com>
To: Robin <robin@example.com>
Subject: =?utf-8?b?QsO8ZGdldA==?=
Date: Sun, 1 Mar 2026 10:00:00 +0100
Message-ID: <one@example.com>
Status: O

Plain words.
From robin@example.com Sun Mar  1 11:00:00 2026
From: robin@example.com
To: priya@example.com
Subject: Re: Budget
Date: Sun, 1 Mar 2026 11:00:00 +0100
Message-ID: <two@example.com>
In-Reply-To: <one@example.com>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/html; charset=utf-8

<style>p {}</style><p>Hello&nbsp;there</p><ul><li>one</li></ul>
--x
Content-Type: application/pdf
Content-Disposition: attachment; filename="plan.pdf"
Content-Transfer-Encoding: base64

aGVsbG8=
--x--

From nobody Sun Mar  1 12:00:00 2026
From: ana@example.com
Subject: Re: Budget
X-Gmail-Labels: Inbox,Unread,Opened,Projects
X-Status: F

No date, no id.
"""

VCARDS = """BEGIN:VCARD
VERSION:3.0
UID:jose
FN:José Peña
item1.EMAIL;TYPE=INTERNET:jose@example.com
EMAIL:jose@work.example
TEL;TYPE=CELL:+34 555
ORG:Acme\\, Inc.;Sales
NOTE:First line\\nsecond\\; and a long one that is
  folded
END:VCARD
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=
=C3=BCrgen;;;
TEL;CELL:0123
END:VCARD
BEGIN:VCARD
VERSION:3.0
END:VCARD
"""


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    for name, text in (("my.ics", CALENDAR), ("my.mbox", MBOX), ("my.vcf", VCARDS)):
        (tmp_path / name).write_bytes(text.replace("\n", "\r\n" if name != "my.mbox" else "\n").encode())
    return [tmp_path / name for name in ("my.ics", "my.mbox", "my.vcf")]


def bring(store: Store, user: str, ids: Ids, files: Iterable[Path]) -> ImportReport:
    report = ImportReport()
    import_files(store, user, ME, NEW_YORK, ids, list(files), report)
    return report


def counts(report: ImportReport) -> tuple[int, ...]:
    return report.events, report.tasks, report.messages, report.contacts, report.known


def test_importing_twice_changes_nothing(
    store: Store, user: str, ids: Ids, workspace: Workspace, files: list[Path]
) -> None:
    assert counts(bring(store, user, ids, files)) == (5, 2, 3, 2, 0)
    again = bring(store, user, ids, files)
    assert list(again)[:2] == ["Imported nothing new.", "12 were there already."]
    assert counts(again) == (0, 0, 0, 0, 12)
    assert asyncio.run(searched(workspace))[1] == 3


def test_what_cannot_be_read_is_told(store: Store, user: str, ids: Ids, files: list[Path]) -> None:
    problems = bring(store, user, ids, files).problems
    assert [problem.partition(" was left out")[0].partition(", for")[0] for problem in problems] == [
        "my.ics: the event 'Broken'",
        "my.ics: the event 'Often' came in, but it is there once",
        "my.vcf: card 3",
    ]


def test_events(store: Store, user: str, ids: Ids, workspace: Workspace, files: list[Path]) -> None:
    bring(store, user, ids, files)
    events = asyncio.run(workspace.calendar.list_events(NOW - timedelta(days=2), NOW + timedelta(days=9)))
    seen = [(event.title, event.start.isoformat()) for event in events]
    assert seen == [
        ("Series", "2026-03-02T09:00:00+01:00"),
        ("Floating, folded line", "2026-03-02T10:00:00-05:00"),
        ("Often", "2026-03-02T18:00:00+00:00"),
        ("UTC", "2026-03-02T18:00:00+00:00"),
        ("Day", "2026-03-04"),
        ("Moved", "2026-03-04T11:00:00+01:00"),
        ("Series", "2026-03-05T09:00:00+01:00"),
        ("Series", "2026-03-06T09:00:00+01:00"),
        ("Series", "2026-03-08T09:00:00+01:00"),
    ]
    utc = events[3]
    assert (utc.organizer, utc.my_response) == (Person("helen@example.com", "Helen"), "tentative")
    assert utc.guests == (Guest("ana@example.com", "Ana", "accepted"),)
    assert events[1].end == datetime(2026, 3, 2, 10, 30, tzinfo=NEW_YORK)


ZONE_OF_ITS_OWN = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Test//EN
BEGIN:VTIMEZONE
TZID:{tzid}
BEGIN:STANDARD
DTSTART:16011104T020000
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
TZOFFSETFROM:-0700
TZOFFSETTO:-0800
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010311T020000
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
TZOFFSETFROM:-0800
TZOFFSETTO:-0700
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:review
DTSTART;TZID={tzid}:20260303T090000
DTEND;TZID={tzid}:20260303T100000
RRULE:FREQ=WEEKLY;COUNT=3
SUMMARY:Review
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize(
    ("tzid", "zone"),
    [
        ("Pacific Standard Time", "America/Los_Angeles"),
        ("/freeassociation.sourceforge.net/America/Los_Angeles", "America/Los_Angeles"),
        ("Customized Time Zone", "America/Los_Angeles"),  # nobody's name: by its rules
    ],
)
def test_a_zone_by_another_name_keeps_its_wall_clock(
    store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path, tzid: str, zone: str
) -> None:
    (tmp_path / "other.ics").write_text(ZONE_OF_ITS_OWN.format(tzid=tzid))
    bring(store, user, ids, [tmp_path / "other.ics"])
    found = asyncio.run(workspace.calendar.list_events(NOW, NOW + timedelta(days=30)))
    assert [event.timezone for event in found] == [zone] * 3
    assert [event.start.hour for event in found if isinstance(event.start, datetime)] == [9] * 3


def test_tasks(store: Store, user: str, ids: Ids, workspace: Workspace, files: list[Path]) -> None:
    bring(store, user, ids, files)
    tasks = asyncio.run(workspace.tasks.list_tasks(100)).items
    assert {(task.title, task.due, task.list_name, task.done) for task in tasks} == {
        ("Call", date(2026, 3, 5), "Errands", False),
        ("Done", None, "Tasks", True),
    }


def test_mail(store: Store, user: str, ids: Ids, workspace: Workspace, files: list[Path]) -> None:
    bring(store, user, ids, files)
    found, _ = asyncio.run(searched(workspace, ""))
    late, sent, first = found
    assert (first.sender, first.subject, first.unread) == (Person("priya@example.com", "Raman, Priya"), "Büdget", True)
    assert (sent.labels, sent.body, sent.in_reply_to) == (("sent",), "Hello there\n\n- one", first.id)
    assert sent.attachments == (Attachment("plan.pdf", "application/pdf", 5),)
    assert (late.labels, late.unread, late.date) == (("inbox", "Projects"), True, datetime(2026, 3, 1, 12, tzinfo=UTC))
    assert len({message.thread_id for message in found}) == 1


@pytest.mark.parametrize("date", ["yesterday", "Fri, 31 Dec 9999 23:59:59 -2359", ""])
def test_the_date_of_a_mail_without_one_is_when_it_was_delivered(
    store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path, date: str
) -> None:
    lines = f"From 17@xxx Mon Feb 23 10:00:00 +0100 2026\nFrom: ana@example.com\nDate: {date}\n\nHi.\n"
    (tmp_path / "takeout.mbox").write_text(lines)
    bring(store, user, ids, [tmp_path / "takeout.mbox"])
    (found,), _ = asyncio.run(searched(workspace))
    assert found.date == datetime(2026, 2, 23, 9, tzinfo=UTC)


def test_contacts(store: Store, user: str, ids: Ids, workspace: Workspace, files: list[Path]) -> None:
    bring(store, user, ids, files)
    jose = asyncio.run(workspace.contacts.find("jose", 100)).items[0]
    assert replace(jose, id="") == Contact(
        "", "José Peña", ("jose@example.com", "jose@work.example"), "+34 555", "Acme, Inc., Sales",
        "First line\nsecond; and a long one that is folded", details=Details((Detail("+34 555", "mobile"),)),
    )  # fmt: skip
    assert asyncio.run(workspace.contacts.find("muller", 100)).items[0].name == "Jürgen Müller"


@pytest.mark.parametrize("name", ["notes.txt", "missing.ics"])
def test_a_file_that_is_none_stops_all(
    store: Store, user: str, ids: Ids, files: list[Path], tmp_path: Path, name: str
) -> None:
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(Refused):
        bring(store, user, ids, [*files, tmp_path / name])
    assert counts(bring(store, user, ids, files))[-1] == 0


@pytest.mark.parametrize("name", ["a.ics", "a.mbox", "a.vcf"])
@pytest.mark.parametrize(
    "content", [b"", b"\0\xff\xfe garbage", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", b"BEGIN:VCARD\n"]
)
def test_rubbish_is_a_problem_at_most(
    store: Store, user: str, ids: Ids, tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    assert counts(bring(store, user, ids, [tmp_path / name])) == (0, 0, 0, 0, 0)


def content(workspace: Workspace, store: Store, user: str) -> dict[str, Any]:
    """Everything that a user has, without what is new in each store: ids and revisions."""
    mails: list[Message] = asyncio.run(searched(workspace))[0]
    threads = {message.thread_id: min(m.date for m in mails if m.thread_id == message.thread_id) for message in mails}
    dates = {message.id: message.date for message in mails}
    return {
        "events": sorted(map(repr, map(bare, store.read_now(load_between, user, None, None)))),
        "tasks": [
            replace(t, id="", list_id="", revision="") for t in asyncio.run(workspace.tasks.list_tasks(100)).items
        ],
        "mails": [
            (
                replace(m, id="", thread_id="", in_reply_to="", revision=""),
                threads[m.thread_id],
                dates.get(m.in_reply_to),
            )
            for m in mails
        ],
        "contacts": [replace(c, id="") for c in asyncio.run(workspace.contacts.find("", 100)).items],
    }


def bare(series: Series) -> Any:
    """As the user sees it, whoever of him is named in it."""
    seen = as_seen_by(series, ME)
    changed = {key: replace(override.occasion, own=()) for key, override in sorted(seen.overrides.items())}
    return (
        seen.uid, replace(seen.occasion, own=()), seen.recurrence, sorted(seen.exdates), sorted(seen.rdates),
        seen.organizer, changed,
    )  # fmt: skip


def add_other(conn: WriteConn, user_id: str) -> None:
    row = {"id": user_id, "email": ME.email, "name": ME.name, "timezone": None, "locale": None}
    conn.execute(insert(users).values(row | {"created_at": datetime(2026, 1, 1, tzinfo=UTC)}))


def moved_to_another(store: Store, user: str, ids: Ids, folder: Path) -> Workspace:
    files = store.read_now(export_files, user, folder)
    store.write_now(add_other, "usr_other")
    report = bring(store, "usr_other", ids, files)
    assert report.problems == []
    return local_workspace(store, "usr_other", ME, FixedClock(NOW), ids)


def test_what_is_exported_is_private_and_follows_no_link(store: Store, user: str, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    before = os.umask(0)
    try:
        assert stat.S_IMODE(export_to(store, user, folder).stat().st_mode) == 0o700
        elsewhere.write_text("mine")
        for path in folder.iterdir():
            path.unlink()
            path.symlink_to(elsewhere)
        export_to(store, user, folder)
    finally:
        os.umask(before)
    assert elsewhere.read_text() == "mine"
    assert {path.name for path in folder.iterdir()} == {"calendar.ics", "mail.mbox", "contacts.vcf"}
    assert {stat.S_IMODE(path.lstat().st_mode) for path in folder.iterdir()} == {0o600}


def export_to(store: Store, user: str, folder: Path) -> Path:
    store.read_now(export_files, user, folder)
    return folder


def test_what_is_exported_is_imported_as_it_was(
    store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path
) -> None:
    store.write_now(seed, user, ME, NOW, NEW_YORK, ids)
    store.write_now(own_it)
    odd = OutgoingMail((Person("x@example.com", 'A, "B" Ü'),), "Ünï, code", "From here\n\nto\tthere ☃\n")
    asyncio.run(workspace.mail.send(odd, "k1", ""))
    daily = EventDraft(
        "Daily; odd, \\ title\nmore", NOW, NOW + timedelta(hours=1), NEW_YORK.key, recurrence="FREQ=DAILY"
    )
    series = series_of("evt_odd", "odd@example.com", daily)
    series = without(series, "20260303T140000Z")
    later = NOW + timedelta(days=2, hours=3)
    series = update_one(series, "20260304T140000Z", replace(daily, start=later, end=later + timedelta(hours=1)))
    store.write_now(insert_series, user, series)
    other = moved_to_another(store, user, ids, tmp_path)
    assert content(other, store, "usr_other") == content(workspace, store, user)


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029\x85"), max_size=90)


@given(
    contact=st.builds(
        Contact,
        id=st.just(""),
        name=TEXT.map(lambda text: f"N{text}".strip()),
        emails=st.lists(st.emails(), max_size=3, unique=True).map(tuple),
        phone=st.from_regex(r"\A(\+[0-9 ]{1,9}[0-9])?\Z"),
        organization=TEXT.map(lambda text: f"O{text}"),
        notes=TEXT.map(lambda text: f"a\n{text};,\\"),
    )
)
def test_vcards_hold_any_text(contact: Contact) -> None:
    written = write_card(contact, "u;1")
    [card] = [read_card(found) for found in components(BytesIO(written), "VCARD")]
    assert (replace(card.contact, details=Details()), card.uid, card.kept) == (contact, "u;1", [])
    assert all(len(line) <= 75 for line in written.split(b"\r\n"))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=TEXT, place=TEXT, name=TEXT)
def test_calendars_hold_any_text(tmp_path: Path, title: str, place: str, name: str) -> None:
    draft = EventDraft(
        title, NOW, NOW + timedelta(hours=1), NEW_YORK.key, place, guests=(Guest("a@example.com", name),)
    )
    series = series_of("evt_1", "uid", draft)
    written = b"".join(map(folded, format_series(series, ME)))
    read = Calendar.from_ical(b"BEGIN:VCALENDAR\r\n" + written + b"END:VCALENDAR\r\n").walk("VEVENT")[0]
    assert (str(read["SUMMARY"]), str(read.get("LOCATION", ""))) == (title, place)
    assert str(read["ATTENDEE"].params.get("CN", "")) == name.replace('"', "")


def test_html_becomes_text() -> None:
    html = "<html><head><title>x</title></head><body><h1>Hi</h1><p>a<br>b &amp; c</p><script>no()</script></body>"
    assert html_to_text(html) == "Hi\n\na\nb & c"
