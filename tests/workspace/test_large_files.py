"""Files of any size come in and go out a little at a time, beside a server that goes on."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from icalendar import Component
from sqlalchemy import Table, func, select
from tests.kit.mails import searched
from tests.workspace.test_import_export import ME, NEW_YORK, add_other, content

from sayso.base import sizes
from sayso.base.clock import FixedClock
from sayso.base.ids import Ids
from sayso.cli import transfer
from sayso.settings import Settings
from sayso.store.engine import open_engine
from sayso.store.gateway import ReadConn, Store
from sayso.store.workspace_tables import local_contacts, local_events, local_messages, local_tasks
from sayso.transfer import contacts as import_contacts
from sayso.transfer import exporting, job
from sayso.transfer import mail as import_mail
from sayso.transfer.exporting import export_files
from sayso.transfer.importing import import_files
from sayso.transfer.job import ImportReport, Pace
from sayso.transfer.mbox import quoted
from sayso.workspace.local import LocalWorkspace as Workspace
from sayso.workspace.local import local_workspace
from sayso.workspace.local.seed.seed import seed

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=NEW_YORK)
TABLES = local_events, local_tasks, local_messages, local_contacts


def mbox(count: int) -> str:
    """Conversations of three, the newest message first."""
    mails = []
    for number in range(count):
        answers = f"In-Reply-To: <{number - 1}@x>\n" if number % 3 else ""
        head = (
            f"From a@x Sun Mar  1 10:{number:02}:00 2026\nFrom: a@x\nSubject: {'Re: ' if answers else ''}T{number // 3}"
        )
        mails.append(f"{head}\nMessage-ID: <{number}@x>\n{answers}\nWords {number}.\n\n")
    return "".join(reversed(mails))


def calendar(count: int) -> str:
    """Series whose changed occurrences stand before all of them, and tasks."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for number in range(count):
        lines += ["BEGIN:VEVENT", f"UID:{number}", f"RECURRENCE-ID:20260303T10{number:02}00Z",
                  f"DTSTART:20260303T12{number:02}00Z", f"SUMMARY:Moved {number}", "END:VEVENT"]  # fmt: skip
    for number in range(count):
        lines += ["BEGIN:VEVENT", f"UID:{number}", f"DTSTART:20260302T10{number:02}00Z", f"SUMMARY:Series {number}",
                  "RRULE:FREQ=DAILY;COUNT=3", "END:VEVENT"]  # fmt: skip
        lines += [
            "BEGIN:VTODO",
            f"UID:{number}",
            f"CREATED:20260101T10{number:02}00Z",
            f"SUMMARY:Task {number}",
            f"CATEGORIES:List {number % 3}",
            "END:VTODO",
        ]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def cards(count: int) -> str:
    card = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:{0}\r\nFN:Person {0}\r\nEND:VCARD\r\n"
    return "".join(map(card.format, range(count)))


MADE: dict[str, Callable[[int], str]] = {"m.mbox": mbox, "c.ics": calendar, "p.vcf": cards}


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    for name, made in MADE.items():
        (tmp_path / name).write_bytes(made(12).encode())
    return [tmp_path / name for name in MADE]


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job, "BATCH", 4)


def stored(conn: ReadConn, user: str) -> list[int]:
    """How many events, tasks, messages and contacts."""
    return [
        conn.execute(select(func.count()).select_from(table).where(table.c.user_id == user)).scalar_one()
        for table in TABLES
    ]


def rows(conn: ReadConn, table: Table) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in conn.execute(select(table))]


def told(report: ImportReport) -> list[int]:
    return [report.events, report.tasks, report.messages, report.contacts]


def bring(store: Store, user: str, ids: Ids, files: list[Path], **options: Any) -> ImportReport:
    report = ImportReport()
    import_files(store, user, ME, NEW_YORK, ids, files, report, **options)
    return report


def test_no_more_is_read_than_is_written_at_once(
    store: Store, user: str, ids: Ids, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead, most, writes = 0, 0, 0

    def counted(read: Callable[..., Any]) -> Callable[..., Any]:
        def count(*args: Any) -> Any:
            nonlocal ahead, most
            ahead += 1
            most = max(most, ahead)
            return read(*args)

        return count

    def written(pace: Pace, store: Store, inserts: Any) -> None:
        nonlocal ahead, writes
        assert len(inserts) <= 4
        ahead, writes = 0, writes + 1
        write(pace, store, inserts)

    write = Pace.write
    monkeypatch.setattr(Pace, "write", written)
    monkeypatch.setattr(import_mail, "_parse", counted(import_mail._parse))
    monkeypatch.setattr(import_contacts, "_contact", counted(import_contacts._contact))
    monkeypatch.setattr(Component, "from_ical", counted(Component.from_ical))
    assert told(bring(store, user, ids, files)) == [12, 12, 12, 12]
    assert writes == 4 * 3
    assert most <= 2 * 4  # of a series, its changed occurrence too


def test_what_is_told_is_stored_and_others_write_in_between(
    store: Store, user: str, ids: Ids, files: list[Path]
) -> None:
    """Each batch is a transaction of its own; another program that writes never waits for the end of the file."""
    other = Store(open_engine(store.engine.url))
    seen: list[list[int]] = []

    def going(name: str, share: float) -> bool:
        assert 0 < share <= 1
        seen.append(other.write_now(lambda conn: stored(ReadConn(conn), user)))
        assert seen[-1] == told(report)
        return True

    report = ImportReport()
    import_files(store, user, ME, NEW_YORK, ids, files, report, going)
    other.close()
    assert len(seen) == 4 * 3
    assert seen[-1] == [12, 12, 12, 12]


def test_an_import_that_was_stopped_goes_on(
    store: Store, user: str, ids: Ids, workspace: Workspace, files: list[Path]
) -> None:
    """And comes to the same as one that was not, conversations too."""
    tells = 0
    for stop in (1, 3, 2, 5, 99):
        left = iter([True] * stop + [False])
        report = bring(store, user, ids, files, going=lambda name, share, left=left: next(left))
        assert report.stopped == (stop != 99)
        tells += sum(told(report))
    assert tells == 48
    store.write_now(add_other, "usr_other")
    bring(store, "usr_other", ids, files)
    other = local_workspace(store, "usr_other", ME, FixedClock(NOW), ids)
    assert content(other, store, "usr_other") == content(workspace, store, user)
    mails = asyncio.run(searched(workspace))[0]
    assert sorted(len([m for m in mails if m.thread_id == t]) for t in {m.thread_id for m in mails}) == [3] * 4
    assert len([m for m in mails if m.in_reply_to]) == 8


def test_series_find_their_changed_occurrences_anywhere(
    store: Store, user: str, ids: Ids, workspace: Workspace, files: list[Path]
) -> None:
    bring(store, user, ids, files)
    events = asyncio.run(workspace.calendar.list_events(NOW, NOW.replace(day=9)))
    assert sorted(event.title for event in events if event.title.endswith(" 7")) == ["Moved 7", "Series 7"]


def test_too_many_changed_occurrences_are_told_of(
    store: Store, user: str, ids: Ids, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sayso.transfer import calendar as import_calendar

    monkeypatch.setattr(import_calendar, "MAX_CHANGED", 0)
    report = bring(store, user, ids, [files[1]])
    assert report.events == 12
    assert len(report.problems) == 12
    assert "only 0 occurrences" in report.problems[0]


def test_a_mail_that_is_too_large_is_named_and_the_others_come_in(
    store: Store, user: str, ids: Ids, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with files[0].open("a") as file:
        file.write("From a@x Sun Mar  1 10:00:00 2026\nFrom: a@x\nSubject: Film\n\n" + "x" * 2000 + "\n\n" + mbox(1))
    monkeypatch.setattr(sizes, "MAIL", 1000)
    report = bring(store, user, ids, [files[0]])
    assert told(report)[2] == 12
    assert report.problems == ["m.mbox: message 13 was left out ('Film'): it is larger than 0 MB."]


def test_a_mail_weighs_what_is_held_of_it(
    store: Store, user: str, ids: Ids, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is all of it, since it is kept as it came."""
    wrote = list[int]()

    def written(pace: Pace, store: Store, inserts: Any) -> None:
        wrote.append(len(inserts))
        write(pace, store, inserts)

    write = Pace.write
    monkeypatch.setattr(Pace, "write", written)
    monkeypatch.setattr(job, "BATCH_BYTES", 2_000)
    attached = "Content-Type: application/pdf\n\n" + "x" * 1_500
    mails = "".join(f"From a@x Sun Mar  1 10:00:00 2026\nMessage-ID: <{n}@x>\n{attached}\n\n" for n in range(6))
    (tmp_path / "m.mbox").write_text(mails)
    assert bring(store, user, ids, [tmp_path / "m.mbox"]).messages == 6
    assert wrote == [2, 2, 2]


LONG = "long " * 200_000
EVENT = "BEGIN:VEVENT\nUID:1\nDTSTART:20260302T100000Z"


@pytest.mark.parametrize(
    ("name", "source", "cut"),
    [
        ("a.mbox", f"Subject: {'s' * 3_000}\n\nWords.", "subject"),
        ("a.mbox", f"Subject: x\n\n{LONG}", "body"),
        ("a.mbox", f"Subject: x\nContent-Type: text/html\n\n<p>{LONG}</p>", "body"),
        ("a.mbox", f"To: {', '.join(f'p{n}@x' for n in range(1_001))}\n\nWords.", "to"),
        ("a.mbox", f"X-Gmail-Labels: {','.join(f'l{n}' for n in range(200))}\n\nWords.", "labels"),
        ("a.ics", f"{EVENT}\nSUMMARY:{'s' * 1_001}\nEND:VEVENT", "title"),
        ("a.ics", f"{EVENT}\nDESCRIPTION:{'s' * 100_001}\nEND:VEVENT", "description"),
        ("a.ics", f"{EVENT}\nATTENDEE:mailto:{'s' * 400}@x\nEND:VEVENT", "email"),
        ("a.ics", f"BEGIN:VTODO\nUID:1\nSUMMARY:x\nDESCRIPTION:{'s' * 100_001}\nEND:VTODO", "notes"),
        ("a.vcf", f"BEGIN:VCARD\nFN:{'n' * 600}\nEND:VCARD", "name"),
        ("a.vcf", f"BEGIN:VCARD\nFN:x\nEMAIL:{'n' * 600}@x\nEND:VCARD", "email"),
        ("a.vcf", f"BEGIN:VCARD\nFN:x\nNOTE:{'n' * 100_001}\nEND:VCARD", "notes"),
    ],
    ids=lambda value: value[:12],
)  # fmt: skip
def test_what_is_too_long_is_cut_and_told_of(
    store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path, name: str, source: str, cut: str
) -> None:
    if name == "a.mbox":
        source = f"From a@x Sun Mar  1 10:00:00 2026\nFrom: a@x\nMessage-ID: <1@x>\n{source}\n"
    elif name == "a.ics":
        source = f"BEGIN:VCALENDAR\n{source}\nEND:VCALENDAR\n"
    (tmp_path / name).write_text(source)
    report = bring(store, user, ids, [tmp_path / name])
    assert sum(told(report)) == 1
    [problem] = report.problems
    assert problem.endswith(f"was shortened: it has too long a {cut}.")
    for table in TABLES:
        for row in store.read_now(rows, table):
            assert max(len(str(value)) for value in row) <= 501_000


def test_a_report_names_so_many_problems_and_counts_the_others(
    store: Store, user: str, ids: Ids, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "MAX_PROBLEMS", 3)
    (tmp_path / "a.vcf").write_text("BEGIN:VCARD\nEND:VCARD\n" * 10)
    report = bring(store, user, ids, [tmp_path / "a.vcf"])
    assert len(report.problems) == 3
    assert list(report)[-1] == "7 more were left out or shortened."


def test_others_get_as_long_at_the_store_as_the_import_takes(store: Store) -> None:
    now, waited = 100.0, list[float]()

    def wait(seconds: float) -> None:
        nonlocal now
        waited.append(seconds)
        now += seconds

    def work(seconds: float) -> None:
        nonlocal now
        now += seconds

    pace = Pace(lambda: now, wait)
    pace.write(store, [lambda conn: work(3)])
    pace.write(store, [lambda conn: work(2)])
    work(1.5)  # to read the next batch
    pace.write(store, [lambda conn: work(1)])
    work(10)
    pace.write(store, [])
    assert waited == [0, 3, 0.5, 0]


# --- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path: Path, migrated: Path) -> Settings:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "sayso.sqlite3").write_bytes(migrated.read_bytes())
    return Settings(data_dir=tmp_path / "data", timezone=NEW_YORK.key)


def test_ctrl_c_ends_an_import_behind_a_batch_and_tells_what_came_in(
    own: Settings, files: list[Path], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupted(pace: Pace, store: Store, inserts: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        write(pace, store, inserts)

    write = Pace.write
    monkeypatch.setattr(Pace, "write", interrupted)
    first = list(transfer.bring_in(own, files))
    assert first[0] == "Imported 4 messages."
    assert first[-1].startswith("It was stopped before the end.")
    monkeypatch.setattr(Pace, "write", write)
    assert list(transfer.bring_in(own, files)) == [
        "Imported 12 events, 12 tasks, 8 messages, 12 contacts.",
        "Which addresses are your own? Say it: sayso import --me ADDRESS …, or in the page's settings.",
        "4 were there already.",
    ]
    assert capfd.readouterr().err == ""
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_import_shows_on_a_terminal_how_far_it_is(
    own: Settings, files: list[Path], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    list(transfer.bring_in(own, files))
    shown = capfd.readouterr()
    assert shown.out == ""
    assert all(path.name in shown.err for path in files)


# --- out again -------------------------------------------------------------------------------------------------------


def test_a_long_read_shows_one_instant(store: Store, user: str, ids: Ids) -> None:
    def look(conn: ReadConn) -> list[list[int]]:
        before = stored(conn, user)
        store.write_now(seed, user, ME, NOW, NEW_YORK, ids)
        return [before, stored(conn, user)]

    assert store.snapshot_now(look) == [[0, 0, 0, 0]] * 2
    assert min(store.read_now(stored, user)) > 0


def test_a_file_takes_its_name_when_it_is_whole(
    store: Store, user: str, ids: Ids, files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(store, user, ids, files)
    folder = tmp_path / "out"
    store.snapshot_now(export_files, user, folder)
    before = (folder / "mail.mbox").read_bytes()

    def full(mail: bytes) -> bytes:
        if b"7." in mail:
            raise OSError(28, "No space left on device")
        return quoted(mail)

    monkeypatch.setattr(exporting, "quoted", full)
    with pytest.raises(OSError, match="space"):
        store.snapshot_now(export_files, user, folder)
    assert (folder / "mail.mbox").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["calendar.ics", "contacts.vcf", "mail.mbox"]


def test_export_holds_a_few_items_at_a_time(
    store: Store, user: str, ids: Ids, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Items that were read from the store and are not written yet."""
    bring(store, user, ids, files)
    monkeypatch.setattr("sayso.store.gateway.PIECE", 3)
    fetched = 0

    def counted(conn: ReadConn, query: Any) -> Iterator[Any]:
        nonlocal fetched
        for rows in pieces(conn, query):
            fetched += len(rows)
            yield rows

    from sayso.store import gateway
    from sayso.workspace.local import event_rows

    pieces = gateway.pieces
    monkeypatch.setattr(gateway, "pieces", counted)
    monkeypatch.setattr(event_rows, "pieces", counted)

    def ahead(conn: ReadConn, items: Callable[[ReadConn], Iterator[bytes]]) -> list[int]:
        nonlocal fetched
        fetched = 0
        return [fetched - number for number, _ in enumerate(items(conn))]

    for items in (
        lambda conn: exporting._calendar(conn, user, ME),
        lambda conn: exporting._mailbox(conn, user),
        lambda conn: exporting._book(conn, user),
    ):
        assert max(store.snapshot_now(ahead, items)) <= 4
        assert fetched >= 12


def test_an_answer_goes_out_with_what_it_answers(
    store: Store, user: str, ids: Ids, workspace: Workspace, files: list[Path], tmp_path: Path
) -> None:
    bring(store, user, ids, files)
    store.snapshot_now(export_files, user, tmp_path / "out")
    store.write_now(add_other, "usr_other")
    report = bring(store, "usr_other", ids, sorted((tmp_path / "out").iterdir()))
    assert report.problems == []
    other = local_workspace(store, "usr_other", ME, FixedClock(NOW), ids)
    assert content(other, store, "usr_other") == content(workspace, store, user)
    assert replace(report, problems=[]) == ImportReport(12, 12, 12, 12)
