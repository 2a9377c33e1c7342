"""Invitations are found among other mails, as the programs of this world send them, each once."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from imapclient import IMAPClient  # type: ignore[import-untyped]
from tests.workspace.mailbox.imap.conftest import NOW, Box, Mailbox
from tests.workspace.mailbox.imap.mails import mail

from sayso.workspace.mailbox import invited
from sayso.workspace.mailbox.invited import Invited
from sayso.workspace.mailbox.line import Line

SINCE = NOW - timedelta(days=60)


def itip(uid: str, method: str = "REQUEST", title: str = "Besprechung über Öl") -> str:
    head = f"BEGIN:VCALENDAR\r\nPRODID:-//Far//EN\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n"
    return f"{head}DTSTART:20260309T110000Z\r\nSUMMARY:{title}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


def part(kind: str, content: str, encoding: str = "base64", headers: str = "", charset: str = "utf-8") -> str:
    raw = content.encode(charset)
    if encoding == "base64":
        coded = b64encode(raw).decode()
        body = "\n".join(coded[at : at + 76] for at in range(0, len(coded), 76))
    else:
        body = content
    return f"Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n{headers}\n{body}\n"


def multipart(kind: str, boundary: str, *parts: str) -> str:
    inside = "".join(f"--{boundary}\n{each}\n" for each in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n{inside}--{boundary}--\n'


def message(subject: str, content: str) -> bytes:
    head, _, body = content.partition("\n\n")
    return mail(subject, body, headers=f"MIME-Version: 1.0\n{head}\n").replace(b"\r\n", b"\n")


def google(uid: str, method: str = "REQUEST") -> bytes:
    text, page = part("text/plain; charset=UTF-8", "Come."), part("text/html; charset=UTF-8", "<p>Come.</p>")
    object_ = part(f'text/calendar; charset="UTF-8"; method={method}', itip(uid, method))
    saved = part(
        'application/ics; name="invite.ics"', itip(uid, method), headers="Content-Disposition: attachment\n"
    )  # fmt: skip
    return message("Google", multipart("mixed", "out", multipart("alternative", "in", text, page, object_), saved))


def outlook(uid: str, method: str = "REQUEST") -> bytes:
    text, page = part('text/plain; charset="utf-8"', "Come."), part('text/html; charset="utf-8"', "<p>Come.</p>")
    object_ = part(f'text/calendar; charset="utf-8"; method={method}', itip(uid, method))
    return message("Outlook", multipart("alternative", "_000_", text, page, object_))


def apple(uid: str, method: str = "REQUEST") -> bytes:
    """The object once in the text, and once as a file of the same type."""
    text = part("text/plain; charset=utf-8", "Come.", "8bit")
    object_ = part(f"text/calendar; method={method}; charset=utf-8", itip(uid, method), "8bit")
    named = 'Content-Disposition: attachment; filename="iCal-20260301.ics"\n'
    saved = part("text/calendar; name=iCal-20260301.ics", itip(uid, method), headers=named)
    return message("Apple", multipart("mixed", "out", multipart("alternative", "in", text, object_), saved))


def alone(uid: str, method: str = "REQUEST") -> bytes:
    return message("Alone", part(f"text/calendar; method={method}; charset=utf-8", itip(uid, method), "8bit"))


SENDERS = (google, outlook, apple, alone)


def found(box: Box, since: datetime = SINCE) -> list[bytes]:
    return box.use(lambda inbox: Invited(inbox.sessions).pending(since))


def uids(texts: list[bytes]) -> list[str]:
    return [text.decode().partition("UID:")[2].partition("\n")[0].strip() for text in texts]


def test_what_programs_send_is_found_once_each_and_the_newest_first(box: Box) -> None:
    for number, make in enumerate(SENDERS):
        box.other.put(mail())
        box.other.put(make(f"u{number}"))
    texts = found(box)
    assert uids(texts) == ["u3", "u2", "u1", "u0"]
    assert texts == [itip(uid).encode() for uid in uids(texts)]


def test_what_calls_off_is_found_and_answers_are_not(box: Box) -> None:
    for make in SENDERS:
        box.other.put(make("gone", "CANCEL"))
        for method in ("REPLY", "PUBLISH", "COUNTER"):
            box.other.put(make("other", method))
    assert uids(found(box)) == ["gone"] * 4


def test_the_object_counts_when_the_mail_does_not_say_what_it_is(box: Box) -> None:
    for uid, method in (("a", "REQUEST"), ("b", "REPLY")):
        box.other.put(message("Untold", part("text/calendar; charset=utf-8", itip(uid, method), "8bit")))
    assert uids(found(box)) == ["a"]


def test_the_mail_counts_when_the_object_does_not_say_what_it_is(box: Box) -> None:
    untold = itip("a").replace("METHOD:REQUEST\r\n", "")
    box.other.put(message("Told", part("text/calendar; method=request; charset=utf-8", untold, "8bit")))
    box.other.put(message("Untold", part("text/calendar; charset=utf-8", untold, "8bit")))
    [text] = found(box)
    assert text.splitlines()[:2] == [b"BEGIN:VCALENDAR", b"METHOD:REQUEST"]


def test_an_object_in_another_charset_is_read(box: Box) -> None:
    kind = "text/calendar; method=REQUEST; charset=koi8-r"
    box.other.put(message("Old", part(kind, itip("a", title="Встреча"), charset="koi8-r")))
    [text] = found(box)
    assert "SUMMARY:Встреча" in text.decode()


def test_only_what_came_since_then_lies_in_the_inbox_and_is_not_removed(rich: Box) -> None:
    rich.other.put(alone("old"), when=NOW - timedelta(days=70))
    rich.other.put(alone("deleted"), flags=("\\Deleted",), when=NOW)
    rich.other.make("Later")
    rich.other.put(alone("filed"), "Later", when=NOW)
    rich.other.put(alone("new"), when=NOW)
    assert uids(found(rich)) == ["new"]
    assert uids(found(rich, datetime(2025, 1, 1, tzinfo=UTC))) == ["new", "old"]


def test_an_empty_mailbox_has_none(box: Box) -> None:
    assert found(box) == []


def test_what_is_too_big_is_left_out(rich: Box) -> None:
    rich.other.put(message("Big", part("text/calendar; method=REQUEST", itip("big", title="x" * 210_000))))
    rich.other.put(google("small"))
    assert uids(found(rich)) == ["small"]


def test_of_many_the_newest_are_kept(rich: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        rich.other.put(alone(f"u{number}"))
    monkeypatch.setattr(invited, "LOOKED", 3)
    assert uids(found(rich)) == ["u3", "u2", "u1"]
    monkeypatch.setattr(invited, "_TOGETHER", 2 * len(itip("u0").encode()))
    assert uids(found(rich)) == ["u3", "u2"]


def test_what_was_looked_at_once_is_not_fetched_again(rich: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = list[set[int]]()
    get = Line.get

    def counting(line: Line, wanted: list[int], items: str) -> object:
        fetched.append(set(wanted))
        return get(line, wanted, items)

    rich.other.put(mail())
    rich.other.put(google("a"))

    async def look(inbox: Mailbox) -> None:
        kept = Invited(inbox.sessions)
        assert uids(await kept.pending(SINCE)) == ["a"]
        monkeypatch.setattr(Line, "get", counting)
        assert uids(await kept.pending(SINCE)) == ["a"]
        assert fetched == []
        rich.other.put(outlook("b"))
        assert uids(await kept.pending(SINCE)) == ["b", "a"]
        assert [len(each) for each in fetched] == [1, 1]
        rich.other.remove()
        assert await kept.pending(SINCE) == []
        assert kept._known == {}

    rich.use(look)


def test_a_mailbox_that_was_made_anew_is_looked_through_anew(dove: Box) -> None:
    """Its UIDs begin again, and mean other messages."""

    async def look(inbox: Mailbox) -> None:
        kept = Invited(inbox.sessions)
        dove.other.put(alone("a"))
        assert uids(await kept.pending(SINCE)) == ["a"]
        [(validity, uid)] = kept._known
        kept._known = {(validity + 1, uid): (b"of another",)}
        assert uids(await kept.pending(SINCE)) == ["a"]

    dove.use(look)


def test_nothing_is_marked_as_read(rich: Box) -> None:
    rich.other.put(google("a"))
    assert found(rich)
    client: IMAPClient = rich.other.client
    client.select_folder("INBOX")
    assert client.search("SEEN") == []
