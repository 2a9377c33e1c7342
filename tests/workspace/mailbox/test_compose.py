"""Mails as they are sent: read again by our own reader and by the standard library's."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from typing import Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sayso.workspace.connected.invitations import Invitation
from sayso.workspace.errors import Refused
from sayso.workspace.formats.addresses import people_of
from sayso.workspace.formats.attachments import name_of
from sayso.workspace.formats.mail_text import contents_of
from sayso.workspace.formats.mime import Part, parse_mail
from sayso.workspace.mailbox.compose import (
    Answered,
    Letter,
    answers_of,
    calendar_letter,
    letter,
    message_id_of_key,
)
from sayso.workspace.people import Me
from sayso.workspace.types import Enclosed, OutgoingMail, Person

ME = Me("robin@example.com", "Robin Doe")
BOB = Person("bob@example.test", "Bob")
NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
TEXTS = st.text(max_size=300)


def written(
    subject: str = "Seeds",
    body: str = "Hello",
    *,
    me: Me = ME,
    to: tuple[Person, ...] = (BOB,),
    cc: tuple[Person, ...] = (),
    bcc: tuple[Person, ...] = (),
    files: tuple[tuple[str, str, bytes], ...] = (),
    answered: Answered | None = None,
    draft: bytes | None = None,
    key: str = "act_1",
) -> Letter:
    enclosed = tuple(Enclosed(name, kind, len(content), "msg", at) for at, (name, kind, content) in enumerate(files, 1))
    mail = OutgoingMail(to, subject, body, cc, bcc, attachments=enclosed)
    contents = [content for _, _, content in files]
    return letter(mail, me, message_id_of_key(key, me.email), key, NOW, contents, answered, draft)


def ours(mail: Letter) -> Part:
    return parse_mail(mail.raw)


def library(mail: Letter) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(mail.raw, policy=cast(Any, POLICY)))


def files_of(mail: Letter) -> list[tuple[str, str, bytes]]:
    return [(name_of(part), part.media_type, part.decoded()) for part in contents_of(ours(mail)).files]


def on_one_line(text: str) -> str:
    """As a header can have it."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", " ", text).split())


def assert_transportable(raw: bytes) -> None:
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@given(TEXTS)
def test_a_subject_in_any_script_is_read_as_it_was_written(subject: str) -> None:
    mail = written(subject)
    assert_transportable(mail.raw)
    assert ours(mail).text("subject") == on_one_line(subject)
    assert on_one_line(str(library(mail)["Subject"])) == on_one_line(subject)


@given(TEXTS)
def test_a_name_in_any_script_is_read_as_it_was_written(name: str) -> None:
    mail = written(me=Me("robin@example.com", name), to=(Person("bob@example.test", name), Person("cy@example.test")))
    assert list(people_of(ours(mail).get("from"))) == [Person("robin@example.com", on_one_line(name))]
    assert [each.email for each in people_of(ours(mail).get("to"))] == ["bob@example.test", "cy@example.test"]
    addresses = cast(Any, library(mail)["To"]).addresses
    assert [each.addr_spec for each in addresses] == ["bob@example.test", "cy@example.test"]


@given(st.text(max_size=2000) | st.text("ab .-\n\r\t", max_size=30))
@example("Hello\n")
@example("Hello \n\nFrom here\n-- \nRobin\n\n")
@example("")
def test_a_text_in_any_script_survives(body: str) -> None:
    mail = written(body=body)
    assert_transportable(mail.raw)
    assert mail.raw.isascii()
    told = body.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")
    read = contents_of(ours(mail)).texts[0].part.decoded().decode().replace("\r\n", "\n")
    assert read.removesuffix("\n") == told.removesuffix("\n")


@given(TEXTS, st.binary(max_size=300))
def test_a_file_with_any_name_is_read_as_it_was(name: str, content: bytes) -> None:
    mail = written(files=((name, "application/pdf", content),))
    assert_transportable(mail.raw)
    [part] = list(library(mail).iter_attachments())
    assert part.get_content() == content
    [(read, kind, bytes_)] = files_of(mail)
    assert (kind, bytes_) == ("application/pdf", content)
    if on_one_line(name):
        assert on_one_line(read) == on_one_line(name)
        assert on_one_line(part.get_filename() or "") == on_one_line(name)


@given(TEXTS)
def test_nothing_that_is_said_becomes_a_header_of_its_own(text: str) -> None:
    evil = f"{text}\r\nBcc: eve@evil.test\r\n\r\nhi\n"
    mail = written(
        evil,
        me=Me("robin@example.com", evil),
        to=(Person("bob@example.test", evil),),
        files=((evil, evil, b"x"),),
        answered=Answered(evil, (evil,)),
        key=evil,
    )
    names = [name for name, _ in ours(mail).fields]
    usual = ["from", "subject", "date", "message-id", "x-sayso-key", "mime-version", "to", "content-type"]
    assert names == usual
    assert [name.lower() for name in library(mail).keys()] == usual  # noqa: SIM118
    assert mail.recipients == ("bob@example.test",)


@pytest.mark.parametrize(
    "address",
    [
        "bob",
        "bob@a\r\nRCPT TO:<eve@evil.test>",
        "a b@x.test",
        "<bob@x.test>",
        "bob@x.test>",
        "bob@x\0.test",
        "a,b@x.y",
        "",
    ],
)
def test_what_is_no_address_is_refused_by_name(address: str) -> None:
    with pytest.raises(Refused, match="is not an address"):
        written(to=(Person(address),))


def test_a_mail_says_who_when_and_by_which_key() -> None:
    mail = written(cc=(Person("cy@example.test"),), key="act_abc")
    head = ours(mail)
    assert head.get("from") == " Robin Doe <robin@example.com>"
    assert head.get("date").strip() == "Mon, 02 Mar 2026 14:00:00 +0000"
    assert head.get("message-id").strip() == "<act_abc@example.com>"
    assert head.get("x-sayso-key").strip() == "act_abc"
    assert mail.message_id == "act_abc@example.com"
    assert mail.recipients == ("bob@example.test", "cy@example.test")


def test_who_is_written_to_twice_gets_it_once() -> None:
    assert written(to=(BOB, BOB), bcc=(BOB,)).recipients == ("bob@example.test",)


def test_bcc_is_kept_and_not_transmitted() -> None:
    hidden = tuple(Person(f"hidden{number}@example.test", "Hidden Person") for number in range(20))
    mail = written(body="Bcc: is a header\nBcc: too", bcc=hidden)
    assert b"hidden19@example.test" in mail.raw
    assert b"hidden" not in mail.transmitted.lower()
    assert mail.transmitted.count(b"Bcc: ") == 2
    assert len(mail.recipients) == 21


def test_an_answer_names_what_it_answers_and_the_conversation() -> None:
    head = ours(written(answered=Answered("b@x", ("a@x",))))
    assert head.get("in-reply-to").strip() == "<b@x>"
    assert head.get("references").split() == ["<a@x>", "<b@x>"]


def test_of_a_very_long_conversation_the_beginning_and_the_end_are_named() -> None:
    references = tuple(f"{number}@x" for number in range(500))
    named = ours(written(answered=Answered("last@x", references))).get("references").split()
    assert len(named) == 50
    assert named[:2] == ["<0@x>", "<452@x>"]
    assert named[-1] == "<last@x>"


def test_how_an_answer_names_a_mail_is_read_from_it() -> None:
    assert answers_of(parse_mail(b"Message-ID: <b@x>\nReferences: <r@x>\n <a@x>\n\n")) == Answered(
        "b@x", ("r@x", "a@x")
    )
    assert answers_of(parse_mail(b"Message-ID: <b@x>\nIn-Reply-To: <a@x> <c@x>\n\n")) == Answered("b@x", ("a@x",))
    assert answers_of(parse_mail(b"Subject: none\n\n")) is None


@pytest.mark.parametrize("key", ["a b", "a>\r\nX: y", "ключ", "x" * 200, "", ".a", "a..b"])
def test_a_key_that_cannot_stand_in_a_message_id_is_told_by_its_digest(key: str) -> None:
    made = message_id_of_key(key, "robin@example.com")
    assert re.fullmatch(r"[0-9a-f]{64}@example\.com", made)
    assert made == message_id_of_key(key, "robin@example.com")


def test_an_attached_mail_stays_as_it_is() -> None:
    inner = b"From: a@x.test\r\nSubject: Inner\r\nContent-Type: text/plain\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n.\r\n"
    mail = written(files=(("Inner.eml", "message/rfc822", inner),))
    assert files_of(mail) == [("Inner.eml", "message/rfc822", inner)]
    [part] = list(library(mail).iter_attachments())
    assert part.get_content()["Subject"] == "Inner"


@pytest.mark.parametrize("inner", [b"Subject: x\r\n\r\n" + b"y" * 1000, b"Subject: x\n\na\rb", b"Subject: x\n\na\0b"])
def test_an_attached_mail_that_smtp_would_change_goes_as_a_file(inner: bytes) -> None:
    mail = written(files=(("Inner.eml", "message/rfc822", inner),))
    assert_transportable(mail.raw)
    assert files_of(mail) == [("Inner.eml", "application/octet-stream", inner)]


@pytest.mark.parametrize(
    "kind", ["multipart/mixed", "text", "", "a/b; c=d", "text/plain\r\nX: y", "é/é", "x/" + "y" * 200]
)
def test_a_file_of_a_type_that_is_none_is_a_file(kind: str) -> None:
    assert files_of(written(files=(("a.bin", kind, b"1"),))) == [("a.bin", "application/octet-stream", b"1")]


DRAFT = (
    b"From: robin@example.com\nTo: old@example.test\nSubject: Old\nMessage-ID: <old@x>\nX-Sayso-Key: act_old\n"
    b"Bcc: old-hidden@example.test\nIn-Reply-To: <a@x>\nReferences: <r@x> <a@x>\nX-Priority: 1\n"
    b'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
    b'--b\nContent-Type: multipart/alternative; boundary="c"\n\n'
    b"--c\nContent-Type: text/plain\n\nHello Bob\n--c\nContent-Type: text/html\n\n<b>Hello</b> Bob\n--c--\n"
    b'--b\nContent-Type: application/pdf; name="plan.pdf"\nContent-Transfer-Encoding: base64\n\nUERG\n--b--\n'
)


def test_a_draft_that_says_the_same_is_sent_as_it_is_written_under_our_headers() -> None:
    mail = written("New", "Hello  Bob\n", draft=DRAFT, files=(("more.txt", "text/plain", b"more"),))
    assert b"<b>Hello</b> Bob" in mail.raw
    assert files_of(mail) == [("plan.pdf", "application/pdf", b"PDF"), ("more.txt", "text/plain", b"more")]
    for gone in (b"old@", b"old-hidden", b"act_old", b"X-Priority"):
        assert gone not in mail.raw
    head = ours(mail)
    assert head.text("subject") == "New"
    assert head.get("in-reply-to").strip() == "<a@x>"
    assert head.get("references").split() == ["<r@x>", "<a@x>"]


def test_of_a_draft_that_says_something_else_by_now_the_files_are_kept() -> None:
    mail = written("New", "Hello Cy", draft=DRAFT, files=(("more.txt", "text/plain", b"more"),))
    assert b"Bob" not in mail.raw.partition(b"\r\n\r\n")[2]
    assert contents_of(ours(mail)).body().strip() == "Hello Cy"
    assert files_of(mail) == [("plan.pdf", "application/pdf", b"PDF"), ("more.txt", "text/plain", b"more")]


def test_a_draft_with_lines_too_long_for_smtp_is_written_anew() -> None:
    draft = b"Subject: x\nContent-Type: text/plain\n\n" + b"y" * 2000 + b"\n"
    mail = written(body="y" * 2000, draft=draft)
    assert_transportable(mail.raw)
    assert contents_of(ours(mail)).body().strip() == "y" * 2000


def test_an_address_with_a_foreign_domain_is_written_in_ascii() -> None:
    mail = written(to=(Person("bob@bücher.example"),))
    assert mail.recipients == ("bob@xn--bcher-kva.example",)
    assert mail.raw.isascii()


def test_a_foreign_name_of_a_mailbox_stays() -> None:
    mail = written(to=(Person("ünï@example.test"),))
    assert mail.recipients == ("ünï@example.test",)
    assert [each.email for each in people_of(ours(mail).get("to"))] == ["ünï@example.test"]


def test_a_calendar_mail_has_the_object_in_its_body_and_as_a_file() -> None:
    calendar = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Caf\xc3\xa9\r\nEND:VCALENDAR\r\n"
    invitation = Invitation("REQUEST", (BOB,), "Invitation: Café", "Café, Monday", calendar)
    mail = calendar_letter(invitation, ME, "k@example.com", "k", NOW)
    assert_transportable(mail.raw)
    read = library(mail)
    assert read.get_content_type() == "multipart/mixed"
    alternative, file = cast(list[EmailMessage], list(read.iter_parts()))
    plain, object_ = cast(list[EmailMessage], list(alternative.iter_parts()))
    assert alternative.get_content_type() == "multipart/alternative"
    assert plain.get_content().strip() == "Café, Monday"
    assert object_.get_content_type() == "text/calendar"
    assert dict(object_["Content-Type"].params) == {"charset": "utf-8", "method": "REQUEST"}
    assert object_.get_payload(decode=True) == calendar
    assert (file.get_filename(), file.get_payload(decode=True)) == ("invite.ics", calendar)
    assert mail.recipients == ("bob@example.test",)
