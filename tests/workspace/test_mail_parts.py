"""What a mail brings besides its text is attached, under the name that it was sent with or that says what it is."""

import base64
from collections.abc import Callable

import pytest
from tests.kit.mails import mail, multipart, part
from tests.workspace.conftest import Brought

TEXT = "Content-Type: text/plain\n\nSee this."
INNER = "From: Bert <bert@pohl.example>\nSubject: no\n\nI will not pay."
LONG = "Content-Disposition: attachment; filename*0*=utf-8''%C3%9Cber; filename*1=\"sicht.pdf\""

NAMES = {
    "its own": ("Content-Disposition: attachment; filename=plan.pdf", "plan.pdf"),
    "of its type": ("Content-Type: application/pdf; name=plan.pdf", "plan.pdf"),
    "in raw UTF-8": ('Content-Disposition: attachment; filename="Übersicht.pdf"', "Übersicht.pdf"),
    "in encoded words": ('Content-Type: a/b; name="=?utf-8?q?=C3=9Cber?=\n =?utf-8?q?sicht.pdf?="', "Übersicht.pdf"),
    "in RFC 2231": ("Content-Disposition: attachment; filename*=utf-8''%C3%9Cbersicht.pdf", "Übersicht.pdf"),
    "in RFC 2231, in sections": (LONG, "Übersicht.pdf"),
    "in RFC 2231 and without": ("Content-Disposition: inline; filename=x.pdf; filename*=utf-8''y.pdf", "y.pdf"),
    "in a charset": ("Content-Disposition: attachment; filename*=iso-8859-1'de'%DCbersicht.pdf", "Übersicht.pdf"),
    "with signs": ('Content-Disposition: attachment; filename="a; \\"b\\" (c).pdf"', 'a; "b" (c).pdf'),
    "without its quotes": ("Content-Disposition: attachment; filename=my plan.pdf", "my plan.pdf"),
    "with a quote too few": ('Content-Disposition: attachment; filename="plan.pdf', "plan.pdf"),
    "a description": ("Content-Type: image/png\nContent-Description: map.png", "map.png"),
    "an id": ("Content-Type: image/png\nContent-ID: <image001.png@01D9>", "image001.png"),
    "a place": ("Content-Type: image/png\nContent-Location: https://x.example/a/map%201.png", "map 1.png"),
    "none, a picture": ("Content-Type: image/jpeg\nContent-ID: <x1@y>", "image.jpg"),
    "none, a sheet": ("Content-Type: application/vnd.oasis.opendocument.spreadsheet", "attachment.ods"),
    "none, anything": ("Content-Type: application/octet-stream", "attachment"),
    "none, a type that is none": ("Content-Type: application", "attachment"),
    "an invitation": ("Content-Type: text/calendar; method=REQUEST", "invitation.ics"),
    "a cancellation": ("Content-Type: text/calendar; method=CANCEL", "cancellation.ics"),
    "a card": ("Content-Type: text/vcard", "contact.vcf"),
    "a signature": ("Content-Type: application/pgp-signature", "signature.asc"),
    "a report": ("Content-Type: message/delivery-status", "delivery status.txt"),
    "headers": ("Content-Type: text/rfc822-headers", "headers.txt"),
    "encrypted": ("Content-Type: application/pkcs7-mime; smime-type=enveloped-data", "encrypted.p7m"),
    "Outlook's": ("Content-Type: application/ms-tnef", "winmail.dat"),
}


@pytest.mark.parametrize("kind", NAMES)
def test_what_a_part_is_called(brought: Callable[..., Brought], kind: str) -> None:
    headers, expected = NAMES[kind]
    [attached] = brought(mail(*multipart("mixed", TEXT, f"{headers}\n\nx"))).message.attachments
    assert (attached.name, attached.size) == (expected, 1)


MAILS = {
    "attached": (f"Content-Type: message/rfc822\n\n{INNER}", "no.eml"),
    "attached under a name": (
        f"Content-Type: message/rfc822\nContent-Disposition: attachment; filename=letter.eml\n\n{INNER}", "letter.eml",
    ),
    "without a subject": ("Content-Type: message/rfc822\n\nFrom: a@b\n\nI will not pay.", "message.eml"),
    "with parts": (
        "Content-Type: message/rfc822\n\nSubject: =?utf-8?q?n=C3=B6?=\n" + part("parallel", "\nI will not pay."),
        "nö.eml",
    ),
    "in UTF-8": (f"Content-Type: message/global\n\n{INNER}", "no.eml"),
    "in base64": (
        "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        + base64.b64encode(INNER.encode()).decode(),
        "no.eml",
    ),
    "of a digest": (part("digest", f"\n{INNER}"), "no.eml"),
}  # fmt: skip


@pytest.mark.parametrize("kind", MAILS)
def test_an_attached_mail_is_a_file_whose_words_are_not_the_senders(brought: Callable[..., Brought], kind: str) -> None:
    inner, name = MAILS[kind]
    message = brought(mail(*multipart("mixed", TEXT, inner))).message
    assert [attached.name for attached in message.attachments] == [name]
    assert message.body == "See this."


def test_what_is_in_several_forms_is_attached_once_each(brought: Callable[..., Brought]) -> None:
    picture = "Content-Type: image/png; name=a.png\nContent-ID: <a>\n\nx"
    html = part("related", "Content-Type: text/html\n\n<b>See</b><img src=cid:a>", picture)
    invitation = "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR"
    forms = part("alternative", TEXT, html, invitation)
    message = brought(mail(*multipart("mixed", forms, "Content-Type: application/pdf; name=b.pdf\n\nx"))).message
    assert [attached.name for attached in message.attachments] == ["a.png", "invitation.ics", "b.pdf"]
    assert message.body == "See this."


def test_the_size_of_a_file_is_that_of_its_bytes(brought: Callable[..., Brought]) -> None:
    parts = [
        f"Content-Transfer-Encoding: {encoding}\nContent-Disposition: attachment; size=99\n\n{content}"
        for encoding, content in (("base64", "aGVs\nbG8="), ("quoted-printable", "h=65ll=\no"), ("8bit", "hello"))
    ]
    empty = "Content-Disposition: attachment; size=99\n"  # of which an earlier export kept the size only
    message = brought(mail(*multipart("mixed", *parts, empty))).message
    assert [attached.size for attached in message.attachments] == [5, 5, 5, 99]
