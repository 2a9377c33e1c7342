"""Headers mean what their writers meant, however they wrote them."""

from collections.abc import Callable

import pytest
from tests.kit.mails import mail
from tests.workspace.conftest import Brought

from sayso.workspace.types import Person

SUBJECTS = {
    "UTF-8": ("Café ☕".encode(), "Café ☕"),
    "windows-1252": (b"Caf\xe9 \x96 ok", "Café – ok"),
    "the charset of the text": ("Привет".encode("koi8-r") + b"\nContent-Type: text/plain; charset=koi8-r", "Привет"),
    "Japanese without a word": ("会議".encode("iso2022_jp"), "会議"),
    "encoded": (b"=?utf-8?q?Caf=C3=A9?= ok", "Café ok"),
    "adjacent words": (b"=?utf-8?q?Ca?= =?iso-8859-1?b?Zuk=?=\n =?utf-8?q?!?=", "Café!"),
    "a character across words": (b"=?utf-8?b?Q2Fmww==?= =?utf-8?b?qQ==?=", "Café"),
    "a character across words, quoted": (b"=?utf-8?q?Caf=C3?=\n =?UTF-8?Q?=A9?=", "Café"),
    "padding forgotten": (b"=?utf-8?b?Q2Fmw6k?=", "Café"),
    "spaces in a word": (b"=?utf-8?q?Caf=C3=A9 at noon?=", "Café at noon"),
    "no space around": (b"x=?utf-8?q?=C3=A9?=y", "xéy"),
    "with a language": (b"=?utf-8*fr?q?Caf=C3=A9?=", "Café"),
    "in seven bits": (b"=?utf-7?q?Caf+AOk-?=", "Café"),
    "raw in a word": (b"=?iso-8859-1?q?Caf\xe9?=", "Café"),
    "an unknown charset": (b"=?x-odd?q?Caf=C3=A9?=", "Café"),
    "a charset that lies": (b"=?us-ascii?q?Caf=C3=A9?=", "Café"),
    "no word after all": (b"=?utf-8?q?Caf", "=?utf-8?q?Caf"),
    "a word that is begun again": (b"=?utf-8?q?Caf =?utf-8?q?=C3=A9?=", "=?utf-8?q?Caf é"),
    "folded": (b"a\n  b\n\tc", "a b c"),
}


@pytest.mark.parametrize("kind", SUBJECTS)
def test_a_subject(brought: Callable[..., Brought], kind: str) -> None:
    written, expected = SUBJECTS[kind]
    assert brought(mail(b"Subject: " + written, "x")).message.subject == expected


PEOPLE = {
    "raw UTF-8": ("Zoë Höhn <zoe@x.example>", [("Zoë Höhn", "zoe@x.example")]),
    "encoded in quotes": ('"=?utf-8?q?Zo=C3=AB?= H" <z@x>', [("Zoë H", "z@x")]),
    "an encoded comma": ("=?utf-8?q?H=C3=B6hn=2C_Zo=C3=AB?= <z@x>, a@b", [("Höhn, Zoë", "z@x"), ("", "a@b")]),
    "a bare comma in a word": ("=?utf-8?q?H=C3=B6hn,_Zo=C3=AB?= <z@x>", [("Höhn, Zoë", "z@x")]),
    "all encoded": ("=?utf-8?q?Zoe_=3Cz=40x=3E?=", [("Zoe", "z@x")]),
    "semicolons": ("a@b; C <c@d>", [("", "a@b"), ("C", "c@d")]),
    "a group": ("Team: a@b, C <c@d>;, e@f", [("", "a@b"), ("C", "c@d"), ("", "e@f")]),
    "nobody told": ("undisclosed-recipients:;", []),
    "a comment": ("a@b (Ana (Silva))", [("Ana (Silva)", "a@b")]),
    "no brackets": ("Ana Silva ana@b.example", [("Ana Silva", "ana@b.example")]),
    "mailto": ("Ana [mailto:ana@b.example]", [("Ana", "ana@b.example")]),
    "a route": ("<@x,@y:ana@b.example>", [("", "ana@b.example")]),
    "a quoted box": ('"ana silva"@b.example', [("", '"ana silva"@b.example')]),
    "a number": ("ana@[1.2.3.4], b@[IPv6:2001::1]", [("", "ana@[1.2.3.4]"), ("", "b@[IPv6:2001::1]")]),
    "spaces": ("Ana < ana @ b.example >", [("Ana", "ana@b.example")]),
    "a quote without end": ('"Ana <a@b>, c@d', [("Ana", "a@b"), ("", "c@d")]),
    "a comment without end": ("Ana (here <a@b>, c@d", [("Ana here", "a@b"), ("", "c@d")]),
    "a local user": ("root", [("", "root")]),
    "no address": ("Mail Delivery System", [("", "Mail Delivery System")]),
    "parentheses without end": ("(" * 1_200, []),
    "an empty address": ("MAILER-DAEMON <>", [("", "MAILER-DAEMON")]),
}


@pytest.mark.parametrize("kind", PEOPLE)
def test_people(brought: Callable[..., Brought], kind: str) -> None:
    written, expected = PEOPLE[kind]
    assert brought(mail(f"To: {written}", "x")).message.to == tuple(Person(email, name) for name, email in expected)


def test_a_mail_without_a_sender_is_from_who_sent_it(brought: Callable[..., Brought]) -> None:
    assert brought(mail("From: \nSender: a@b\n", "x")).message.sender == Person("a@b")


DATES = {
    "Mon, 2 Mar 2026 08:00:00 (EST) -0500": "2026-03-02T13:00:00",
    "Mon, 2 Mar 2026 08:00:00 -0500 (a (nested) one)": "2026-03-02T13:00:00",
    "Mon (day), 2 Mar 2026 (year) 08:00:00 -0500": "2026-03-02T13:00:00",
    "2 Mar 26 08:00 EST": "2026-03-02T13:00:00",
    "Mon, 02 Mar 99 08:00:00 GMT": "1999-03-02T08:00:00",
    "2 Mar 126 08:00:00 Z": "2026-03-02T08:00:00",
    "Mon, 2 Mar 2026 1:00:00 PM -0500": "2026-03-02T18:00:00",
    "Mon, 2 Mar 2026 12:30 AM": "2026-03-02T00:30:00",
    "Monday, March 2, 2026 8:00 PM PST": "2026-03-03T04:00:00",
    "Mon, 2 Mar 2026 24:00:00 +0000": "2026-03-03T00:00:00",
    "Mon, 2 Mar 2026 23:59:60 +0000": "2026-03-02T23:59:59",
    "Fri, 2 Mar 2026 08:00:00 +0000": "2026-03-02T08:00:00",
    "Mon, 2 Mar 2026 08:00:00": "2026-03-02T08:00:00",
    "Mon, 2 Mar 2026 08:00:00 CET": "2026-03-02T07:00:00",
    "Mon, 2 Mar 2026 08:00:00 MET DST": "2026-03-02T06:00:00",
    "Mon, 2 Mar 2026 08:00:00 K": "2026-03-02T08:00:00",
    "Mon, 2 Mar 2026 08:00:00 GMT+0100": "2026-03-02T07:00:00",
    "Mon, 2 Mar 2026 08:00:00 +01:00": "2026-03-02T07:00:00",
    "Mon, 2 Mar 2026 08:00:00 -500": "2026-03-02T13:00:00",
    "Mon, 2 Mar 2026 08:00:00 +9900": "2026-03-02T08:00:00",
    "Mon, 2 Mar 2026 08 : 00 : 00 +0100": "2026-03-02T07:00:00",
    "Mon, 2 Mar 2026 08.00.00 +0100": "2026-03-02T07:00:00",
    "2-Mar-2026 08:00:00 +0100": "2026-03-02T07:00:00",
    "Mon Mar  2 08:00:00 2026": "2026-03-02T08:00:00",
    "Mon Mar  2 08:00:00 EST 2026": "2026-03-02T13:00:00",
    "2026-03-02T08:00:00.5+05:30": "2026-03-02T02:30:00",
    "2026-03-02 08:00:00": "2026-03-02T08:00:00",
    "yesterday": "2026-02-23T09:00:00",
    "31 Feb 2026 08:00:00 +0000": "2026-02-23T09:00:00",
    "Mon, 01 Jan 0001 00:00:00 +0000": "2026-02-23T09:00:00",
    "Fri, 31 Dec 9999 23:59:59 -2359": "2026-02-23T09:00:00",
}


@pytest.mark.parametrize("date", DATES)
def test_a_date(brought: Callable[..., Brought], date: str) -> None:
    came = brought(mail(f"Date: {date}", "x", b"From 1@xxx Mon Feb 23 10:00:00 +0100 2026\n"))
    assert came.message.date.isoformat() == f"{DATES[date]}+00:00"
    assert came.report.problems == []


def test_without_a_date_it_is_when_a_server_took_it_in(brought: Callable[..., Brought]) -> None:
    received = "Received: from a by b; Mon, 2 Mar 2026 08:00:00 -0500\nReceived: x; Sun, 1 Mar 2026 08:00:00 -0500"
    came = brought({"a.eml": mail(f"Date: soon\n{received}", "x", b"")})
    assert came.message.date.isoformat() == "2026-03-02T13:00:00+00:00"
