"""Mails as they come: what is text and what is attached is the same whether only their structure is known or all."""

from base64 import b64encode

import pytest
from tests.workspace.mailbox.imap.conftest import Box, Mailbox
from tests.workspace.mailbox.imap.mails import mail

from sayso.base import sizes
from sayso.workspace.errors import ObjectNotFound, Refused
from sayso.workspace.formats.mail_text import contents_of
from sayso.workspace.formats.mime import parse_mail


def multipart(kind: str, *parts: bytes, boundary: str = "b") -> bytes:
    head = f'MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode()
    told = b"".join(b"--%s\n%s\n" % (boundary.encode(), part) for part in parts)
    return head + told + b"--%s--\n" % boundary.encode()


def told(content: bytes) -> bytes:
    """A mail that says this behind its headers."""
    return mail(headers="Content-Type: x\n").replace(b"Content-Type: x\n\nHello\n", content)


def file(name: str, content: bytes, kind: str = "application/octet-stream", more: str = "") -> bytes:
    head = f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment{name}\n{more}\n"
    return head.encode() + b64encode(content) + b"\n"


PLAIN = b"Content-Type: text/plain; charset=utf-8\n\nPlain words.\n"
HTML = (
    b"Content-Type: text/html; charset=utf-8\n\n<html><head><style>p { x: y }</style></head><p>Rich <b>words</b>.</p>\n"
)
ENCODED = b64encode("Grüße.txt".encode()).decode()
CHINESE = ("漢字" * 500 + "\n").encode()
INNER = multipart("mixed", PLAIN, file("; filename=i.txt", b"x"), boundary="inner")
PICTURE = b"Content-Type: image/png\nContent-ID: <p@x>\nContent-Transfer-Encoding: base64\n\nAAAA\n"
MEETING = b"Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n"
DEEP = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(60))


def text(charset: str, encoding: str, content: bytes) -> bytes:
    head = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n"
    return told(head.encode() + content)


def enclosing(*parts: bytes) -> bytes:
    return told(multipart("mixed", PLAIN, *parts))


TNEF = bytes.fromhex("789f3e22") + b"\0" * 40
CASES: dict[str, bytes] = {
    "alternative": told(multipart("alternative", PLAIN, HTML)),
    "html only": told(HTML),
    "quoted": text("iso-8859-1", "quoted-printable", b"Caf=E9 =\nau lait\n"),
    "base64": text("utf-8", "base64", b64encode("Grüße".encode()) + b"\n"),
    "long chinese": text("utf-8", "8bit", CHINESE),
    "raw headers": told(PLAIN).replace(b"Subject: Seeds", "Subject: Grüße an Jörg".encode()),
    "latin headers": text("iso-8859-1", "7bit", b"Hi\n").replace(b"ject: Seeds", "ject: Grüße".encode("latin-1")),
    "winmail": enclosing(file("", TNEF, "application/ms-tnef")),
    "named": enclosing(file("; filename*=utf-8''B%C3%BCcher%20%281%29.pdf", b"%PDF", "application/pdf")),
    "in sections": enclosing(file('; filename*0="a very"; filename*1=" long name.txt"', b"x", "text/plain")),
    "encoded name": enclosing(file(f'; filename="=?utf-8?b?{ENCODED}?="', b"x")),
    "quotes in a name": enclosing(file('; filename="a \\"b\\" \\\\ c.txt"', b"x")),
    "mail in a mail": enclosing(b"Content-Type: message/rfc822\n\n" + told(INNER)),
    "picture": told(multipart("related", HTML, PICTURE)),
    "invitation": told(multipart("mixed", multipart("alternative", PLAIN, HTML, boundary="c"), MEETING)),
    "nothing": told(b"\n"),
    "no boundary": told(b"Content-Type: multipart/mixed\n\nOnly words.\n"),
    "no end": told(multipart("mixed", PLAIN, file("; filename=a.txt", b"abc"))[:-8]),
    "strange charset": told(b"Content-Type: text/plain; charset=x-unknown-9\n\nWords.\n"),
    "deep": told(DEEP + PLAIN),
    "from a list": enclosing(b"Content-Type: text/plain\n\n-- \nThe list\n"),
    "no from": told(PLAIN).replace(b"From:", b"Sender:"),
    "odd date": told(PLAIN).replace(b"Date: ", b"Date: (once) "),
}


@pytest.mark.parametrize("name", CASES)
def test_a_mail_is_the_same_listed_read_and_here(rich: Box, name: str) -> None:
    if (rich.rig.name, name) == ("cyrus", "no boundary"):
        pytest.skip("Cyrus tells of no words in it")
    _check(rich, CASES[name])


def _check(box: Box, raw: bytes) -> None:
    box.other.put(raw)
    contents = contents_of(parse_mail(raw.replace(b"\n", b"\r\n")))

    async def read(inbox: Mailbox) -> None:
        [header] = await inbox.found("in:anywhere")
        message = await inbox.mail.get_message(header.id)
        for each in ("subject", "sender", "to", "cc", "date", "thread_id", "revision", "labels", "unread"):
            assert getattr(header, each) == getattr(message, each), each
        assert message.body == contents.body()
        assert message.snippet.startswith(header.snippet[:60])
        assert bool(header.snippet) == bool(message.snippet)
        names = [(each.name, each.media_type) for each in message.attachments]
        assert [(each.name, each.media_type) for each in header.attachments] == names
        for one, other in zip(header.attachments, message.attachments, strict=True):
            assert not one.size or abs(one.size - other.size) <= max(2, other.size // 10)
        assert bool(names) == (len(await inbox.found("in:anywhere has:attachment")) == 1)
        for number, part in enumerate(contents.files, 1):
            assert await inbox.mail.attachment(header.id, number) == part.decoded()
        with pytest.raises(ObjectNotFound, match="no such attachment"):
            await inbox.mail.attachment(header.id, len(names) + 1)

    box.use(read)


def test_a_large_mail_is_read_without_its_files(dove: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sayso.workspace.mailbox.reading.WHOLE", 1_000)
    big = b"0123456789" * 20_000
    dove.other.put(
        told(multipart("mixed", PLAIN, file("; filename=big.bin", big), file("; filename=small.txt", b"abc")))
    )

    async def read(inbox: Mailbox) -> None:
        [header] = await inbox.found("")
        message = await inbox.mail.get_message(header.id)
        assert message.body.strip() == header.snippet == "Plain words."
        assert [each.name for each in message.attachments] == ["big.bin", "small.txt"]
        assert await inbox.mail.attachment(header.id, 1) == big
        assert await inbox.mail.attachment(header.id, 2) == b"abc"
        monkeypatch.setattr(sizes, "FILES", 1_000)
        with pytest.raises(Refused, match="too big"):
            await inbox.mail.attachment(header.id, 1)

    dove.use(read)


def test_one_mail_that_nobody_can_read_does_not_hide_the_others(box: Box) -> None:
    for raw in CASES.values():
        box.other.put(raw)

    async def read(inbox: Mailbox) -> None:
        headers = await inbox.found("in:anywhere")
        assert len(headers) == len(CASES)
        assert len(await inbox.mail.get_messages([header.id for header in headers])) == len(CASES)

    box.use(read)
