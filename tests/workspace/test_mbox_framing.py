"""Mails are found in files as programs write them, and what they say stays theirs (RFC 4155)."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.kit.mails import LINE, mail, searched
from tests.workspace.conftest import ME, NEW_YORK, Brought

from sayso.base.ids import Ids
from sayso.store.gateway import Store
from sayso.transfer.importing import import_files
from sayso.transfer.job import ImportReport
from sayso.workspace.errors import Refused
from sayso.workspace.local import LocalWorkspace as Workspace

LINES = [
    "From priya@example.com Sun Mar  1 10:00:00 2026",
    "From - Mon Jan 05 10:00:00 2026",
    "From 1234@xxx Mon Jan 01 10:00:00 +0000 2026",
    "From MAILER-DAEMON Fri Jul  8 12:08:34 2011",
    "From user@host Tue Jan  3 11:12:13 EST 1995",
    "From a@b Tue Jan  3 11:12:13 MET DST 1995",
    "From uucp Tue Jan  3 11:12:13 1995 remote from host",
    "From ???@??? Mon Mar 02 08:00:00 2026",
    "From  Mon Mar  2 08:00:00 2026",
    "From joe at host.example  Tue Mar  3 08:00:00 2026",
    "From a@b Mon, 2 Mar 2026 08:00:00 -0500",
    "From a@b 2026-03-02T08:00:00",
]
WORDS = [
    "From Monday on we meet at nine.",
    "From now on it is quoted.",
    "From 10:00 to 12:00",
    "From a@b to c@d",
    "From May 5 10:00 2026 on",
    "From what I hear, Monday March 2 08:00 2026",
    "From a@b Mon Mar 42 08:00:00 2026",
    "From x",
]


def texts(came: Brought) -> list[str]:
    return [message.body.strip() for message in came.messages]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("gap", ["", "\n"])
def test_a_line_that_begins_a_mail(brought: Callable[..., Brought], line: str, gap: str) -> None:
    first, second = mail("Message-ID: <1@x>", "one").rstrip(), mail("Message-ID: <2@x>", "two", f"{line}\n".encode())
    assert sorted(texts(brought(first + b"\n" + gap.encode() + second))) == ["one", "two"]


@pytest.mark.parametrize("line", [b"From - \n", b"From 1844@xxx\n"])
def test_a_line_without_a_date_begins_a_mail_only_behind_an_empty_one(
    brought: Callable[..., Brought], line: bytes
) -> None:
    first, second = mail("Message-ID: <1@x>", "one").rstrip(), mail("Message-ID: <2@x>", "two", line)
    assert sorted(texts(brought(first + b"\n\n" + second))) == ["one", "two"]
    first, second = first.replace(b"<1@x>", b"<3@x>"), second.replace(b"<2@x>", b"<5@x>")
    assert len(texts(brought(first + b"\n" + second))) == 2 + 1
    assert len(texts(brought(mail("Message-ID: <4@x>", "Signed\n\nFrom -\nall of us")))) == 3 + 1


@pytest.mark.parametrize("line", WORDS)
@pytest.mark.parametrize("behind", ["", "Subject: this\n", "\n"])
def test_words_that_begin_like_one_stay(brought: Callable[..., Brought], line: str, behind: str) -> None:
    assert texts(brought(mail("", f"First.\n\n{line}\n{behind}Last."))) == [f"First.\n\n{line}\n{behind}Last."]


def test_a_line_that_begins_a_mail_but_has_no_mail_behind_it_stays(brought: Callable[..., Brought]) -> None:
    body = f"The log says:\n\n{LINE.decode()}and so on."
    assert texts(brought(mail("", body) + mail("", "two"))) == [body, "two"]


def test_the_signs_before_from_are_taken_away(brought: Callable[..., Brought]) -> None:
    [body] = texts(brought(mail("", ">From now on.\n>>From twice.\n> From here.\n>Fromage")))
    assert body == "From now on.\n>From twice.\n> From here.\n>Fromage"


@pytest.mark.parametrize(
    ("before", "line_end"),
    [(b"", b"\n"), (b"\n", b"\n"), (b"\r\n\r\n", b"\r\n"), (b"\xef\xbb\xbf", b"\n"), (b"", b"\r\n")],
)
def test_what_stands_before_the_first_and_how_lines_end(
    brought: Callable[..., Brought], before: bytes, line_end: bytes
) -> None:
    both = mail("Message-ID: <1@x>", ">From a.\nb") + mail("Content-Length: 999\nMessage-ID: <2@x>", "c\nd")
    came = brought(before + both.replace(b"\n", line_end))
    assert sorted(texts(came)) == ["From a.\nb", "c\nd"]
    assert {message.subject for message in came.messages} == {"Seeds"}


@pytest.mark.parametrize("length", ["1", "3", "60", "99999", "-1", "x"])
def test_a_length_that_is_told_is_not_believed(brought: Callable[..., Brought], length: str) -> None:
    both = mail(f"Content-Length: {length}\nMessage-ID: <1@x>", "one") + mail("Message-ID: <2@x>", "two")
    assert sorted(texts(brought(both))) == ["one", "two"]


def test_a_mail_without_its_from_line_begins_a_mbox_too(brought: Callable[..., Brought]) -> None:
    assert sorted(texts(brought(mail("", "one", b"") + mail("Message-ID: <2@x>", "two")))) == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Inbox", mail("", "x")),
        ("Archive.2024", mail("", "x")),
        ("a.mbx", mail("", "x")),
        ("a.eml", mail("", "x", b"")),
        ("a.eml", b"\xef\xbb\xbf" + mail("", "x", b"")),
        ("a.eml", mail("", "x")),
        ("1700000000.M1P1.host:2,S", mail("", "x", b"Return-Path: <a@b>\nReceived: x\n")),
        ("1.emlx", b"%-10d\n%s<?xml version='1.0'?><plist></plist>" % (len(mail("", "x", b"")), mail("", "x", b""))),
    ],
)
def test_files_are_told_by_their_content(brought: Callable[..., Brought], name: str, content: bytes) -> None:
    assert texts(brought({name: content})) == ["x"]


@pytest.mark.parametrize("content", [b"Dear Mara,\nwe meet.\n", b"a: b\nc: d\n", b"\0\1", b""])
def test_a_file_that_is_no_mail_is_refused(brought: Callable[..., Brought], content: bytes) -> None:
    with pytest.raises(Refused, match="can be imported"):
        brought({"notes": content})


def test_a_file_without_mails_is_told(brought: Callable[..., Brought]) -> None:
    assert brought({"none.mbox": b"\n"}).report.problems == ["none.mbox: the file is empty."]
    [told] = brought({"mac.mbox": mail("", "x").replace(b"\n", b"\r")}).report.problems
    assert told.startswith("mac.mbox: the file was left out: its lines end as on Macs before 2001")
    [told] = brought({"odd.mbox": b"Dear Mara\n"}).report.problems
    assert told.startswith("odd.mbox: the file was left out: it holds no mail")


def tree(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def numbered(number: int, headers: str = "", line: bytes = b"") -> bytes:
    return mail(f"Message-ID: <{number}@x>\nSubject: {number}\n{headers}", "x", line)


def placed(store: Store, user: str, ids: Ids, workspace: Workspace, path: Path) -> tuple[dict[str, str], ImportReport]:
    """By subject, the labels of each mail in what is imported."""
    report = ImportReport()
    import_files(store, user, ME, NEW_YORK, ids, [path], report)
    found = asyncio.run(searched(workspace))[0]
    told = {each.subject: " ".join([*each.labels, *(["unread"] if each.unread else [])]) for each in found}
    return told, report


def test_a_maildir(store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path) -> None:
    files = {
        "cur/1.a:2,S": numbered(1),
        "cur/2.a:2,": numbered(2),
        "cur/3.a:2,FS": numbered(3),
        "cur/4.a:2,ST": numbered(4),
        "cur/5.a!2,DS": numbered(5),
        "new/6.a": numbered(6),
        "tmp/7.a": numbered(7),
        ".Gesendet/cur/8.a:2,S": numbered(8),
        ".Entw&APw-rfe/cur/9.a:2,S": numbered(9),
        ".Garden.Seeds &- more/cur/10.a:2,S": numbered(10),
        ".Archive/cur/11.a:2,S": numbered(11),
        "cur/12.a:2,S": numbered(12, "From: Robin <robin@example.com>"),
        "dovecot-uidlist": b"3 V1\n",
    }
    told, report = placed(store, user, ids, workspace, tree(tmp_path / "Maildir", files))
    assert told == {
        "1": "inbox", "2": "inbox unread", "3": "inbox starred", "4": "trash", "5": "drafts", "6": "inbox unread",
        "8": "sent", "9": "drafts", "10": "Seeds & more", "11": "", "12": "sent",
    }  # fmt: skip
    assert report.problems == ["Maildir: 1 file is no mail and passed over."]


def test_folders_of_thunderbird_and_apple(
    store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path
) -> None:
    flags = b"<plist><dict><key>flags</key><integer>%d</integer></dict></plist>"
    emlx = [b"%d\n%s%s" % (len(numbered(n)), numbered(n), flags % bits) for n, bits in ((6, 1), (7, 0), (8, 0b10001))]
    files = {
        "Inbox": numbered(1, line=LINE) + numbered(2, "X-Mozilla-Status: 0001", LINE),
        "Inbox.msf": b"// <!-- <mdb:mork:z v='1.4'/> -->\n",
        "Sent-1": numbered(3, line=LINE),
        "Inbox.sbd/Garden": numbered(4, line=LINE),
        "Trash.mbox/mbox": numbered(5, line=LINE),
        "Seeds.mbox/Messages/6.emlx": emlx[0],
        "Seeds.mbox/Messages/7.emlx": emlx[1],
        "Seeds.mbox/Messages/8.partial.emlx": emlx[2],
        "Templates": b"",
    }
    told, report = placed(store, user, ids, workspace, tree(tmp_path / "Local Folders", files))
    assert told == {
        "1": "inbox", "2": "inbox", "3": "sent", "4": "Garden", "5": "trash", "6": "Seeds", "7": "Seeds unread",
        "8": "Seeds starred",
    }  # fmt: skip
    assert report.problems == [
        "Local Folders: 2 files are no mail and passed over.",
        "Local Folders: Seeds.mbox/Messages/8.partial.emlx ('8') is without its attachments, which Apple Mail keeps in"
        " other files.",
    ]


def test_a_folder_of_single_mails(store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path) -> None:
    files = {"b.eml": numbered(1), "a.eml": numbered(2, "X-Unsent: 1"), "Sent Items/c.eml": numbered(3)}
    told, report = placed(store, user, ids, workspace, tree(tmp_path / "mails", files))
    assert told == {"1": "inbox", "2": "drafts", "3": "sent"}
    assert report.problems == []


def test_what_cannot_be_read_in_a_directory_is_told(
    store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(real: Callable[..., Any]) -> Callable[..., Any]:
        def opened(path: Any, *args: Any) -> Any:
            if Path(path).name in ("closed", "b.eml"):
                raise PermissionError(13, "Permission denied", str(path))
            return real(path, *args)

        return opened

    folder = tree(tmp_path / "mails", {"a.eml": numbered(1), "b.eml": numbered(2), "closed/c.eml": numbered(3)})
    monkeypatch.setattr(os, "scandir", refusing(os.scandir))
    monkeypatch.setattr(Path, "open", refusing(Path.open))
    told, report = placed(store, user, ids, workspace, folder)
    assert told == {"1": "inbox"}
    assert report.problems == [
        "mails: b.eml was left out: Permission denied.", "mails: closed was left out: Permission denied.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Sent.mbox", "sent"),
        ("Gesendete Objekte", "sent"),
        ("Brouillons.mbox", "drafts"),
        ("Papelera (2).mbox", "trash"),
        ("Junk", "Spam"),
        ("Archives.mbox", ""),
        ("Garden.mbox", "inbox"),
    ],
)
def test_the_name_of_a_file_says_where_its_mails_were(
    store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path, name: str, label: str
) -> None:
    (tmp_path / name).write_bytes(numbered(1, line=LINE) + numbered(2, "X-Gmail-Labels: Inbox,Unread", LINE))
    assert placed(store, user, ids, workspace, tmp_path / name)[0] == {"1": label, "2": "inbox unread"}


MARKS = {
    "X-Gmail-Labels: Inbox,Unread,Opened,Important,Category Social,My plan": "inbox My plan unread",
    "X-Gmail-Labels: =?utf-8?q?Posteingang,Ungelesen,Ge=C3=B6ffnet,Entw=C3=BCrfe?=": "inbox drafts unread",
    'X-Gmail-Labels: Sent,"a, b","Important"': "sent a, b Important",
    "X-Gmail-Labels: Archived": "",
    "Status: RO": "inbox",
    "Status: O": "inbox unread",
    "Status: RO\nX-Status: AF": "inbox starred",
    "X-Status: T": "drafts",
    "X-Status: D": "trash",
    "X-Mozilla-Status: 0000": "inbox unread",
    "X-Mozilla-Status: 0005\nX-Mozilla-Keys: $label1 garden NonJunk $Forwarded": "inbox starred Important garden",
    "X-Keywords: garden $Label4 NotJunk    ": "inbox garden To Do",
    "X-Label: garden, seeds": "inbox garden seeds",
    "X-Mozilla-Status: odd": "inbox unread",
}


@pytest.mark.parametrize("marks", MARKS)
def test_marks_of_programs(store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path, marks: str) -> None:
    (tmp_path / "in.mbox").write_bytes(numbered(1, marks, LINE))
    assert placed(store, user, ids, workspace, tmp_path / "in.mbox")[0] == {"1": MARKS[marks]}


def test_what_was_deleted_and_not_compacted_is_left_out_and_counted(brought: Callable[..., Brought]) -> None:
    gone = [mail(f"X-Mozilla-Status: {status}", "x") for status in ("0009", "0008")]
    gone.append(mail("X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00200000", "x"))
    came = brought(mail("X-Mozilla-Status: 0001", "kept") + b"".join(gone))
    assert texts(came) == ["kept"]
    assert came.report.problems == ["in.mbox: 3 messages were deleted and not yet compacted; left out."]


def test_what_is_no_file_is_refused_at_once(store: Store, user: str, ids: Ids, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "in.mbox")
    with pytest.raises(Refused, match="is no file"):
        import_files(store, user, ME, NEW_YORK, ids, [tmp_path / "in.mbox"], ImportReport())
