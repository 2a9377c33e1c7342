"""A mail that came in a file goes out as it came, byte for byte, but for our labels; and comes in again as the same."""

import asyncio
import mailbox
import os
import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.kit.mails import LINE, mail, multipart, searched
from tests.workspace.conftest import ME, NEW_YORK, NOW, Brought
from tests.workspace.test_import_export import add_other, content, export_to

from sayso.base.clock import FixedClock
from sayso.base.ids import Ids
from sayso.conversation import account
from sayso.store.gateway import ReadConn, Store, pieces
from sayso.store.workspace_tables import local_sources
from sayso.transfer.importing import import_files
from sayso.transfer.job import ImportReport
from sayso.workspace.local import LocalWorkspace as Workspace
from sayso.workspace.local import local_workspace
from sayso.workspace.types import Enclosed, OutgoingMail, Person

FILE = "Content-Type: application/pdf; name=plan.pdf\nContent-Transfer-Encoding: base64\n\naGVs\n bG8="
BOTH = ("Content-Type: text/plain\n\nHello", "Content-Type: text/html\n\n<b>Hello</b>")
ODD = (
    b"Bcc: secret@x.example\nX-Odd:  two  spaces\nReceived: a\n\tb\nSubject: Caf\xe9 =?utf-8?q?=C3=A9?=\n"
    b"Status: RO\nX-Mozilla-Status: 0001\nX-Mozilla-Keys: garden\nX-Gmail-Labels: Inbox,\n Opened,Old plan\n"
)
MAILS = {
    "with everything": mail(multipart("mixed", *BOTH, FILE)[0].encode() + ODD, multipart("mixed", *BOTH, FILE)[1]),
    "with lines that begin like one": mail("Message-ID: <1@x>", ">From here\n>>From there\n\nFrom now on"),
    "with the line ends of the net": LINE + mail("Message-ID: <1@x>", "a\nb", b"").replace(b"\n", b"\r\n"),
    "without an id": mail("", "a"),
    "with an id that is none": mail("Message-ID: <>\nMessage-ID:", "a"),
    "without a body": LINE + b"From: a@b\nDate: Mon, 2 Mar 2026 08:00:00 -0500\n",
    "without headers": LINE + b"\nWords.\n",
    "with an envelope": mail("Message-ID: <1@x>", "a").replace(b"From: Mara", b">From a@b Mon Mar 2 2026\nFrom: Mara"),
    "with a header that is none": mail("Message-ID: <1@x>\nodd line\nTo: a@b", "a"),
    "in an odd charset": mail("Content-Type: text/plain; charset=shift_jis", "会議①".encode("cp932")),
}


def sources(conn: ReadConn, user: str) -> list[bytes]:
    return list(conn.execute(select(local_sources.c.content).where(local_sources.c.user_id == user)).scalars())


def moved(store: Store, user: str, ids: Ids, folder: Path) -> Workspace:
    """The workspace of another one, with the mails that this one exports."""
    store.write_now(add_other, "usr_other")
    report = ImportReport()
    path = export_to(store, user, folder) / "mail.mbox"
    import_files(store, "usr_other", ME, NEW_YORK, ids, [path], report)
    assert report.problems == []
    return local_workspace(store, "usr_other", ME, FixedClock(NOW), ids)


def parts_of(source: bytes) -> list[Any]:
    parts: Any = message_from_bytes(source).get_payload()
    return list(parts)


def own(raw: bytes) -> bytes:
    """The mail without what an export changes."""
    kept, skipped = [], False
    for line in raw.rstrip().splitlines():
        skipped = skipped and line.startswith((b" ", b"\t"))
        named = line.split(b":")[0].lower()
        skipped = skipped or named in (b"x-gmail-labels", b"status", b"x-mozilla-status", b"x-mozilla-keys")
        if not skipped and not line.startswith(b"Message-ID: <sha256-"):
            kept.append(line)
    return b"\n".join(kept)


@pytest.mark.parametrize("kind", MAILS)
def test_it_goes_out_as_it_came(
    store: Store, user: str, ids: Ids, workspace: Workspace, brought: Callable[..., Brought], tmp_path: Path, kind: str
) -> None:
    message = brought(MAILS[kind]).message
    asyncio.run(workspace.mail.relabel([message.id], ["Project, B", "Important", "starred", "unread"], ["inbox"], "k"))
    other = moved(store, user, ids, tmp_path / "out")
    assert content(other, store, "usr_other") == content(workspace, store, user)
    [came], [again] = store.read_now(sources, user), store.read_now(sources, "usr_other")
    without_line = MAILS[kind].split(b"\n", 1)[1]
    assert came.rstrip() == re.sub(rb"(?m)^>(>*From )", rb"\1", without_line).rstrip()
    assert own(again) == own(came)
    assert again.count(b"X-Gmail-Labels:") == 1
    assert not any(line.startswith((b"Status", b"X-Mozilla")) for line in again.splitlines())


@pytest.mark.parametrize("kind", MAILS)
def test_an_export_is_known_again(
    store: Store, user: str, ids: Ids, brought: Callable[..., Brought], tmp_path: Path, kind: str
) -> None:
    came = brought(MAILS[kind])
    exported = (export_to(store, user, tmp_path / "out") / "mail.mbox").read_bytes()
    again = brought({"mail.mbox": exported})
    assert (again.report.messages, again.report.known, again.messages) == (0, 1, came.messages)
    assert brought(MAILS[kind]).report.known == 1


def test_mails_that_share_a_message_id_all_come_in(
    store: Store, user: str, ids: Ids, brought: Callable[..., Brought], tmp_path: Path
) -> None:
    """As a draft and what was sent of it do, and all that some devices send; copies in two folders are one."""
    days = [mail(f"Message-ID: <same@x>\nDate: {day} Mar 2026 08:00:00 +0000", f"scan {day}") for day in (2, 3, 4)]
    box = b"".join([*days, days[1]])
    came = brought(box)
    assert [message.body for message in came.messages] == ["scan 4\n", "scan 3\n", "scan 2\n"]
    assert (came.report.messages, came.report.known) == (3, 1)
    assert (brought(box).report.messages, brought(box).report.known) == (0, 4)
    other = moved(store, user, ids, tmp_path / "out")
    assert len(asyncio.run(searched(other))[0]) == 3
    exported = (tmp_path / "out" / "mail.mbox").read_bytes()
    assert (brought({"mail.mbox": exported}).report.messages, exported.count(b"Message-ID: <same@x>")) == (0, 3)


def test_a_mail_without_a_date_is_known_again_whatever_that_of_its_file_is(
    store: Store, user: str, ids: Ids, tmp_path: Path
) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(mail("Message-ID: <a@x>\nDate: soon", "x", b""))
    report = ImportReport()
    for day in (1, 2):
        os.utime(path, (day * 86_400, day * 86_400))
        import_files(store, user, ME, NEW_YORK, ids, [path], report)
    assert (report.messages, report.known) == (1, 1)


def test_other_programs_read_an_export(
    store: Store, user: str, brought: Callable[..., Brought], tmp_path: Path
) -> None:
    brought(MAILS["with lines that begin like one"] + MAILS["with everything"])
    with closing(mailbox.mbox(export_to(store, user, tmp_path / "out") / "mail.mbox")) as box:
        assert [each["Message-ID"] is not None for each in box] == [True, True]
        files = [part for each in box for part in each.walk() if part.get_filename() == "plan.pdf"]
        assert [part.get_payload(decode=True) for part in files] == [b"hello"]


def test_a_draft_that_is_sent_says_what_was_sent_and_keeps_its_files(
    store: Store, user: str, ids: Ids, workspace: Workspace, brought: Callable[..., Brought], tmp_path: Path
) -> None:
    headers, body = multipart("mixed", *BOTH, FILE)
    draft = brought(mail(f"X-Gmail-Labels: Drafts\nX-Odd: yes\n{headers}", body)).message
    written = OutgoingMail((Person("x@x.example", "Xenia"),), "Plän", "From now on\nso.")
    asyncio.run(workspace.mail.send(written, "k1", draft.id))
    other = moved(store, user, ids, tmp_path / "out")
    assert content(other, store, "usr_other") == content(workspace, store, user)
    [source] = store.read_now(sources, user)
    text, file = parts_of(source)
    assert (text.get_payload(decode=True).decode(), file.get_payload(decode=True)) == ("From now on\nso.", b"hello")
    assert message_from_bytes(source)["X-Odd"] is None
    assert file.as_bytes().strip() == FILE.encode()


FILES = [
    (Enclosed("Grüße; 1.csv", "text/csv", 3, "msg_x", 1), b"a,b"),
    (Enclosed("line\nbreak\0\ud800.bin", "application/x-odd", 4, "msg_x", 2), b"\0\xff\r\n"),
    (Enclosed("letter.eml", "message/rfc822", 40, "msg_x", 3), b"Subject: Inner\n\nFrom here on\n--b--\n\nend\n"),
    (Enclosed("parts", "multipart/mixed", 5, "msg_x", 4), b"--b\n\n"),
    (Enclosed("page.html", "text/html", 3, "msg_x", 5), b"<p>"),
    (Enclosed("", "image/ünknown", 2, "msg_x", 6), b"12"),
]


@pytest.mark.parametrize("how", ["sent", "drafted", "sent as a draft"])
def test_what_is_written_with_files_keeps_them_and_gives_them_back(
    store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path, how: str
) -> None:
    mails, contents = workspace.mail, [content for _, content in FILES]
    enclosed = tuple(file for file, _ in FILES)
    written = OutgoingMail((Person("x@x.example"),), "Here", "From now on\nso.", attachments=enclosed)
    if how == "sent":
        message = asyncio.run(mails.send(written, "k", "", contents))
    else:
        message = asyncio.run(mails.create_draft(written, "k", contents))
    if how == "sent as a draft":
        message = asyncio.run(mails.send(replace(written, attachments=enclosed[:1]), "k2", message.id, contents[:1]))
        contents += contents[:1]
    names = [file.name for file in message.attachments]
    assert names[:3] == ["Grüße; 1.csv", "line_break__.bin", "letter.eml"]
    types = [file.media_type for file in message.attachments]
    assert types[:4] == ["text/csv", "application/x-odd", "message/rfc822", "application/octet-stream"]
    assert [file.size for file in message.attachments] == list(map(len, contents))
    assert asyncio.run(mails.get_message(message.id)) == message
    for number, wanted in enumerate(contents, start=1):
        assert asyncio.run(mails.attachment(message.id, number)) == wanted
    [source] = store.read_now(sources, user)
    inner = next(part for part in parts_of(source) if part.get_content_type() == "message/rfc822")
    assert inner.get_payload(0)["Subject"] == "Inner"  # as other programs read it
    other = moved(store, user, ids, tmp_path / "out")
    assert content(other, store, "usr_other") == content(workspace, store, user)
    [again], _ = asyncio.run(searched(other))
    assert again.body == "From now on\nso."
    assert [asyncio.run(other.mail.attachment(again.id, number + 1)) for number in range(len(contents))] == contents


def test_a_mail_that_is_written_twice_under_a_key_has_its_files_once(workspace: Workspace) -> None:
    [(file, content), *_] = FILES
    written = OutgoingMail((Person("x@x.example"),), "Here", "so.", attachments=(file,))
    one, two = (asyncio.run(workspace.mail.send(written, "k", "", [content])) for _ in range(2))
    assert one == two
    with pytest.raises(ValueError, match="shorter"):
        asyncio.run(workspace.mail.send(written, "k2", "", []))


def test_a_draft_without_files_leaves_nothing_of_its_file_when_it_is_sent(
    store: Store, user: str, workspace: Workspace, brought: Callable[..., Brought]
) -> None:
    draft = brought(mail("X-Gmail-Labels: Drafts", "old")).message
    asyncio.run(workspace.mail.send(OutgoingMail((Person("x@x.example"),), "New", "new"), "k1", draft.id))
    assert store.read_now(sources, user) == []


def test_a_mail_that_is_nothing_but_a_file_keeps_it_when_it_is_sent(
    store: Store, user: str, workspace: Workspace, brought: Callable[..., Brought]
) -> None:
    draft = brought(mail(f"X-Gmail-Labels: Drafts\n{FILE.split(chr(10) * 2)[0]}", "aGVsbG8=")).message
    asyncio.run(workspace.mail.send(OutgoingMail((Person("x@x.example"),), "New", "new"), "k1", draft.id))
    text, file = parts_of(store.read_now(sources, user)[0])
    assert (text.get_payload(decode=True), file.get_payload(decode=True)) == (b"new", b"hello")


def test_a_mail_and_its_source_are_stored_in_one(
    store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sayso.transfer import mail as import_mail

    def broken(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(import_mail, "insert_source", broken)
    (tmp_path / "in.mbox").write_bytes(mail("", "x"))
    with pytest.raises(OSError, match="space"):
        import_files(store, user, ME, NEW_YORK, ids, [tmp_path / "in.mbox"], ImportReport())
    assert asyncio.run(searched(workspace))[0] == []


def test_mails_of_others_are_not_read(store: Store, user: str, brought: Callable[..., Brought]) -> None:
    brought(mail("", "x"))
    store.write_now(add_other, "usr_other")
    assert store.read_now(sources, "usr_other") == []


def test_an_account_export_holds_one_mail_as_it_came_at_a_time(
    store: Store, user: str, brought: Callable[..., Brought], monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(b"".join(mail(f"Message-ID: <{n}@x>", "x") for n in range(5)))
    asked = list[int]()

    def counted(conn: ReadConn, query: Any, most: int | None = None) -> Iterator[Any]:
        for rows in pieces(conn, query, most):
            asked.append(len(rows))
            yield rows

    monkeypatch.setattr(account, "pieces", counted)

    def read(conn: ReadConn) -> list[int]:
        kept = account.export(conn, user, NOW)["workspace"]["sources"]
        asked.clear()
        assert [b"Subject: Seeds" in b64decode(source["content"]) for source in kept] == [True] * 5
        return asked

    assert store.snapshot_now(read) == [1] * 5
