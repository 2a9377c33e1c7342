"""What a mail says is shown whole: each text in order, and of several forms of one text one (RFC 2046, 5.1)."""

from collections.abc import Callable

import pytest
from tests.kit.mails import mail, multipart, part
from tests.workspace.conftest import Brought

PLAIN = "Content-Type: text/plain\n\n"
HTML = "Content-Type: text/html\n\n"
FILE = "Content-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n\nx"
TWO = part("alternative", f"{PLAIN}as text", f"{HTML}<b>as HTML</b>")
LONG = "<p>All about the fair, and where it is.</p>"

TEXTS = {
    "HTML and a footer": (multipart("mixed", f"{HTML}<p>We meet.</p>", f"{PLAIN}__\nlist"), "We meet.\n\n__\nlist"),
    "text, file, text": (multipart("mixed", f"{PLAIN}before", FILE, f"{PLAIN}after"), "before\n\nafter"),
    "HTML among text": (multipart("mixed", f"{PLAIN}one", f"{HTML}two", f"{PLAIN}three"), "one\n\ntwo\n\nthree"),
    "two forms": (multipart("alternative", f"{PLAIN}as text", f"{HTML}as HTML"), "as text"),
    "HTML first": (multipart("alternative", f"{HTML}as HTML", f"{PLAIN}as text"), "as text"),
    "forms with a footer": (multipart("mixed", TWO, f"{PLAIN}the list"), "as text\n\nthe list"),
    "a form in parts": (
        multipart("alternative", f"{PLAIN}as text", part("mixed", f"{HTML}one", FILE, f"{HTML}two")), "as text",
    ),
    "only HTML in parts": (multipart("alternative", part("mixed", f"{HTML}one", FILE, f"{HTML}two")), "one\n\ntwo"),
    "no text in the text": (multipart("alternative", f"{PLAIN} \n", f"{HTML}as HTML"), "as HTML"),
    "a hint at HTML": (
        multipart("alternative", f"{PLAIN}Your client does not show HTML.", f"{HTML}{LONG}"),
        "All about the fair, and where it is.",
    ),
    "a text about HTML": (multipart("alternative", f"{PLAIN}Learn HTML now.", f"{HTML}Learn."), "Learn HTML now."),
    "two of a kind": (multipart("alternative", f"{PLAIN}one", f"{HTML}one", f"{PLAIN}foot"), "one\n\nfoot"),
    "for watches": (multipart("alternative", "Content-Type: text/watch-html\n\n<b>w</b>", f"{HTML}all"), "all"),
    "related": (
        multipart("related", f"{HTML}see", "Content-Type: image/png\nContent-ID: <x>\n\nx", f"{PLAIN}foot"),
        "see\n\nfoot",
    ),
    "related, the root last": (
        (
            'Content-Type: multipart/related; boundary=b; start="<r>"',
            f"--b\nContent-Type: text/plain\nContent-ID: <x>\n\nx\n--b\nContent-ID: <r>\n{HTML}see\n--b--\n",
        ),
        "see",
    ),
    "signed": (multipart("signed", f"{PLAIN}signed", "Content-Type: application/pgp-signature\n\nx"), "signed"),
    "a report": (
        multipart("report", f"{PLAIN}It failed.", "Content-Type: message/delivery-status\n\nStatus: 5", f"{PLAIN}more"),
        "It failed.\n\nmore",
    ),
    "no parts after all": (("Content-Type: multipart/mixed; boundary=b", "Just text."), "Just text."),
    "the boundary forgotten": (("Content-Type: multipart/mixed", f"--b\n{PLAIN}a\n--b\n{PLAIN}b\n--b--"), "a\n\nb"),
    "one boundary for two": (
        (
            "Content-Type: multipart/mixed; boundary=b",
            f"--b\nContent-Type: multipart/alternative; boundary=b\n\n--b\n{PLAIN}one\n--b\n{HTML}eins\n--b--\n"
            f"--b\n{HTML}two\n--b--",
        ),
        "one\n\ntwo",
    ),
    "a type that is none": (("Content-Type: multipart/*; boundary=b", f"--b\n{PLAIN}one\n--b--"), "one"),
    "a text with a name, alone": (('Content-Type: text/html; name="mail.html"', "<p>Hi</p>"), "Hi"),
    "a text with a name, beside a file": (
        multipart("mixed", "Content-Type: text/plain; name=body.txt\n\nHi", FILE), "Hi",
    ),
    "flowed": (("Content-Type: text/plain; format=flowed", "a \nb\n> q \n> r\n-- \nme"), "a b\n> q r\n-- \nme"),
    "flowed without its spaces": (("Content-Type: text/plain; format=flowed; delsp=yes", "a \nb"), "ab"),
    "not flowed": (("Content-Type: text/plain", "a \nb"), "a \nb"),
    "enriched": (("Content-Type: text/enriched", "<bold>Now</bold> is\nthe\n\ntime <<x"), "Now is the\ntime <x"),
    "encrypted": (
        multipart("encrypted", "Content-Type: application/pgp-encrypted\n\nVersion: 1", FILE),
        "[This mail is encrypted: what it says is in its attachment.]",
    ),
    "enveloped": (
        ("Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "x"),
        "[This mail is encrypted: what it says is in its attachment.]",
    ),
    "sealed": (
        ("Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", "x"),
        "[What this mail says is in its attachment, inside its signature.]",
    ),
    "base64 in a row of pieces": (("Content-Transfer-Encoding: base64", "SGk=\nIHlvdQ==\n"), "Hi you"),
    "an encoding with a comment": (("Content-Transfer-Encoding: Quoted-Printable (x)", "caf=C3=A9"), "café"),
    "HTML that names its charset": (
        ("Content-Type: text/html\nContent-Transfer-Encoding: base64", "PG1ldGEgY2hhcnNldD1rb2k4LXI+8NLJ18XU"),
        "Привет",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", TEXTS)
def test_the_text(brought: Callable[..., Brought], kind: str) -> None:
    (headers, body), expected = TEXTS[kind]
    came = brought(mail(headers, body))
    assert came.message.body.strip() == expected
    assert came.report.problems == []


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("See <a href='https://x.example/a?b=1&amp;c=2'>the plan</a>.", "See the plan (https://x.example/a?b=1&c=2)."),
        ("<a href='https://www.x.example/'>x.example</a>", "x.example"),
        ("<a href='mailto:a@b.c?subject=x'>write</a> to <a href='mailto:a@b.c'>a@b.c</a>", "write (a@b.c) to a@b.c"),
        ("<a href='https://x.example'><img alt='Logo'></a>", "[Logo] (https://x.example)"),
        ("<a href='https://x.example'><img></a>", "https://x.example"),
        ("<a href='https://x.example'><div>Confirm</div></a>now", "Confirm (https://x.example)\nnow"),
        ("<a href='#top'>up</a> <a href='javascript:x'>on</a>", "up on"),
        ("<table><tr><th>Item<th>Price</tr><tr><td>Tea</td><td> 2.50 </td></tr></table>x", "Item\tPrice\nTea\t2.50\nx"),
        ("<div>a</div><div>b</div><div><br></div><div>c</div>", "a\nb\n\nc"),
        (
            "Yes.<blockquote><p>one</p><blockquote>deep</blockquote></blockquote>end",
            "Yes.\n\n> one\n>\n> > deep\n\nend",
        ),
        ("<ol><li>a<ul><li>b</ul><li>c</ol><ol start=5><li>x</ol>", "1. a\n  - b\n2. c\n5. x"),
        ("<pre>  a\n    b</pre>c", "  a\n    b\n\nc"),
        ("<div style='display:none'>hid<div>den</div></div>seen", "seen"),
        ("<div style='display:none'>hid<div>den</div>seen", "hid\nden\nseen"),
    ],
)
def test_html(brought: Callable[..., Brought], html: str, text: str) -> None:
    assert brought(mail("Content-Type: text/html", html)).message.body == text


def test_a_mail_that_is_cut_off_comes_in_as_far_as_it_is(brought: Callable[..., Brought]) -> None:
    headers, body = multipart("mixed", f"{PLAIN}one", f"{PLAIN}two and mo")
    came = brought(mail(headers, body.removesuffix("--bmixed--\n")))
    assert came.message.body.rstrip() == "one\n\ntwo and mo"
    assert came.report.problems == ["in.mbox: message 1 ('Seeds') is cut off: its end is missing."]
    came = brought({"b.eml": mail("Content-Transfer-Encoding: base64\nMessage-ID: <b@x>", "SGkgeW9", line=b"")})
    assert came.report.problems == ["b.eml: the mail ('Seeds') is cut off: its end is missing."]


def test_what_follows_too_many_parts_stays_in_one_piece(brought: Callable[..., Brought]) -> None:
    came = brought(mail(*multipart("mixed", *(f"{PLAIN}part {n}" for n in range(1_200)))))
    assert f"--bmixed\n{PLAIN}part 1199" in came.message.body
    assert came.report.problems == []
