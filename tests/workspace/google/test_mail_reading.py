"""Mails of all kinds read from Gmail, small ones whole and large ones by their parts."""

import base64
from dataclasses import fields
from typing import Any

import pytest
from tests.kit.google.fake import ANA
from tests.kit.google.fake import Google as Fake
from tests.kit.google.faults import Fault
from tests.workspace.google.mailing import BOB, Rig, mail_to

from sayso.workspace.errors import ObjectNotFound, Refused, Unavailable
from sayso.workspace.google.mail import aliases_of, reading
from sayso.workspace.types import Header, Message

HEAD = f"From: =?iso-8859-1?Q?J=F6rg?= <joerg@x.example>\nTo: {ANA}\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\n"
HEAD += "Date: Mon, 2 Mar 2026 08:00:00 +0100\nMIME-Version: 1.0\n"
ATTACHED = "From: old@x.example\nSubject: Inside\nContent-Type: text/plain\n\ninner words\n"
KINDS: dict[str, tuple[str, str, list[tuple[str, str]]]] = {
    "plain": (
        "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe",
        "Grüße",
        [],
    ),
    "no type": ("\nhello", "hello", []),
    "windows": (
        "Content-Type: text/plain; charset=windows-1251\nContent-Transfer-Encoding: base64\n\n"
        + base64.b64encode("Привет".encode("cp1251")).decode(),
        "Привет",
        [],
    ),
    "html": ("Content-Type: text/html; charset=utf-8\n\n<p>One <b>two</b></p><p>three</p>", "One two\n\nthree", []),
    "alternative": (
        "Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\nplain\n"
        "--a\nContent-Type: text/html\n\n<b>rich</b>\n--a--\n",
        "plain",
        [],
    ),
    "files": (
        "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain\n\nsee below\n"
        '--m\nContent-Type: text/csv; name="a.csv"\nContent-Disposition: attachment; filename="a.csv"\n\nx;y\n'
        "--m\nContent-Type: application/pdf\nContent-Disposition: attachment;\n filename*=utf-8''%C3%BCber.pdf\n"
        "Content-Transfer-Encoding: base64\n\nJVBERi0=\n--m--\n",
        "see below",
        [("a.csv", "text/csv"), ("über.pdf", "application/pdf")],
    ),
    "inline picture": (
        "Content-Type: multipart/related; boundary=r\n\n--r\nContent-Type: text/html\n\n<p>look</p>\n"
        "--r\nContent-Type: image/png\nContent-ID: <logo@x>\nContent-Transfer-Encoding: base64\n\niVBORw==\n--r--\n",
        "look",
        [("image.png", "image/png")],
    ),
    "attached mail": (
        "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain\n\nfor you\n"
        f"--m\nContent-Type: message/rfc822\n\n{ATTACHED}\n--m--\n",
        "for you",
        [("Inside.eml", "message/rfc822")],
    ),
    "invitation": (
        "Content-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\ncome\n"
        "--a\nContent-Type: text/calendar; method=REQUEST; charset=utf-8\n\nBEGIN:VCALENDAR\nEND:VCALENDAR\n--a--\n",
        "come",
        [("invitation.ics", "text/calendar")],
    ),
}  # fmt: skip


@pytest.fixture
def rig(google: Fake) -> Rig:
    return Rig(google)


def put(rig: Rig, kind: str) -> str:
    return rig.box.deliver((HEAD + KINDS[kind][0] + "\n").encode()).id


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "by parts"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_says_the_same_whole_and_by_its_parts(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, kind: str, whole: bool
) -> None:
    if not whole:
        monkeypatch.setattr(reading, "WHOLE", 0)
    message = rig.get(put(rig, kind))
    _, body, files = KINDS[kind]
    assert message.body.strip() == body
    assert [(file.name, file.media_type) for file in message.attachments] == files
    assert (message.subject, message.sender.name, message.sender.email) == ("Grüße", "Jörg", "joerg@x.example")
    assert (message.labels, message.unread, message.date) == (("inbox",), True, rig.fake.now())


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_tells_of_a_mail_what_the_mail_itself_does(rig: Rig, kind: str) -> None:
    message = rig.get(put(rig, kind))
    [header] = rig.search("").items
    names = {each.name for each in fields(Header)} - {"snippet", "attachments"}
    assert {name: getattr(header, name) for name in names} == {name: getattr(message, name) for name in names}
    assert [file.name for file in header.attachments] == [file.name for file in message.attachments]
    assert header.snippet.split()[:1] == message.snippet.split()[:1]


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "by parts"])
def test_files_are_had_by_their_number(rig: Rig, monkeypatch: pytest.MonkeyPatch, whole: bool) -> None:
    if not whole:
        monkeypatch.setattr(reading, "WHOLE", 0)
    files, mail, invitation = (put(rig, kind) for kind in ("files", "attached mail", "invitation"))

    def got(ident: str, number: int) -> bytes:
        return rig.run(lambda box: box.attachment(ident, number))

    assert (got(files, 1), got(files, 2)) == (b"x;y", b"%PDF-")
    assert b"inner words" in got(mail, 1)
    assert b"BEGIN:VCALENDAR" in got(invitation, 1)
    for number in (0, 3):
        with pytest.raises(ObjectNotFound):
            got(files, number)


def test_large_mails_are_not_fetched_whole(rig: Rig, google: Fake) -> None:
    content = base64.b64encode(bytes(3_000_000)).decode()
    text = "words " * 1000
    mail = (
        f"{HEAD}Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: text/plain\n\n{text}\n"
        '--m\nContent-Type: application/zip\nContent-Disposition: attachment; filename="a.zip"\n'
        f"Content-Transfer-Encoding: base64\n\n{content}\n--m--\n"
    )
    ident = rig.box.deliver(mail.encode()).id
    message = rig.get(ident)
    assert message.body.strip() == text.strip()
    assert (message.attachments[0].name, message.attachments[0].size) == ("a.zip", 3_000_000)
    assert not any("format=raw" in each.line for each in google.requests)
    assert rig.run(lambda box: box.attachment(ident, 1)) == bytes(3_000_000)


def test_many_mails_are_asked_for_at_once(rig: Rig, google: Fake) -> None:
    ids = [rig.put(f"{number}").id for number in range(40)]
    google.requests.clear()
    messages = rig.run(lambda box: box.get_messages([*ids, ids[0]]))
    assert [message.id for message in messages] == ids
    assert sum(not each.batched for each in google.requests) <= 4


def test_what_is_not_there(rig: Rig) -> None:
    there = rig.put("Hello")
    for ident in ("f" * 16, "../labels", "nope", ""):
        with pytest.raises(ObjectNotFound):
            rig.run(lambda box, ident=ident: box.get_messages([there.id, ident]))  # type: ignore[misc]
    for thread in ("f" * 16, "a/b"):
        with pytest.raises(ObjectNotFound):
            rig.run(lambda box, thread=thread: box.get_thread(thread))  # type: ignore[misc]


def test_a_conversation_is_told_oldest_first_and_without_what_was_thrown_away(rig: Rig) -> None:
    first = rig.put("Seeds", "one", Message_ID="<1@x>")
    again = {"References": "<1@x>", "Subject": "Re: Seeds"}
    rig.put("Re: Seeds", "two", Message_ID="<2@x>", **again)
    gone = rig.put("Re: Seeds", "three", "TRASH", **again)
    told = rig.run(lambda box: box.get_thread(first.thread))
    assert [message.body.strip() for message in told] == ["one", "two"]
    assert gone.thread == first.thread
    for mail in list(rig.box.mails.values())[:2]:
        rig.box.drop(mail)
    assert len(rig.run(lambda box: box.get_thread(first.thread))) == 1


def test_a_limit_passes_and_a_problem_is_told(rig: Rig, google: Fake) -> None:
    ident = rig.put("Hello").id
    google.faults.append(Fault("GET /gmail/v1/users/me/messages", "status", status=429, reason="rateLimitExceeded"))
    assert rig.get(ident).subject == "Hello"
    google.faults.append(Fault("GET /gmail/v1/users/me/messages", "status", status=503, times=99))
    with pytest.raises(Unavailable):
        rig.get(ident)
    google.faults.clear()
    google.disabled.add("gmail")
    with pytest.raises(Refused, match="not switched on"):
        rig.get(ident)


def test_answers_that_leave_everything_out_are_borne(rig: Rig) -> None:
    ident = rig.box.deliver(b"X-Nothing: 1\n\n", "INBOX").id
    message = rig.get(ident)
    assert (message.subject, message.body.strip(), message.to) == ("", "", ())


def test_the_account_may_write_from_verified_addresses(google: Fake) -> None:
    def told(**aliases: str) -> list[str]:
        google.mailbox().aliases |= aliases
        rig = Rig(google)
        return [each.email for each in rig.run(lambda box: aliases_of(box._google))]

    assert told() == [ANA]
    google.mailbox().default_alias = "b@x.example"
    assert told(**{"a@x.example": "pending", "b@x.example": "accepted"}) == ["b@x.example", ANA]
    google.faults.append(Fault("GET /gmail/v1/users/me/settings", "status", status=403, reason="forbidden"))
    assert told() == []


def test_others_have_their_own_mailbox(google: Fake) -> None:
    ana, bob = Rig(google), Rig(google, BOB)
    sent: Message = ana.send(mail_to())
    with pytest.raises(ObjectNotFound):
        bob.get(sent.id)


def test_it_delivers_and_tells_no_news(rig: Rig) -> None:
    async def asked(mail: Any) -> tuple[Any, ...]:
        return mail.delivers, mail.tells_news, await mail.changed(0)

    assert rig.run(asked) == (True, False, False)
