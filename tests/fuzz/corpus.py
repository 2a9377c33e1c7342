"""What once stopped a reader, or could: generators of inputs that grow, by reader."""

from tests.fuzz.making import Growing, repeated

_MAIL = b"From x Mon Mar  2 10:00:00 2026\nDate: Mon, 2 Mar 2026 10:00:00 +0000\nFrom: a@example.com\n"
_EVENT = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260302T100000Z\nSUMMARY:x\n"
_END = b"\nEND:VEVENT\nEND:VCALENDAR\n"
_ZONE = b"BEGIN:VTIMEZONE\nTZID:Odd%d\nBEGIN:STANDARD\nDTSTART:16010101T000000\n"
_OFFSETS = b"TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:STANDARD\nEND:VTIMEZONE\n"
_MIXED = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"


def _numbered(begin: bytes, unit: bytes, end: bytes = b"") -> Growing:
    times = unit.count(b"%d")
    return lambda size: begin + b"".join(unit % ((i,) * times) for i in range(size // len(unit))) + end


def _mail(header: bytes, unit: bytes, end: bytes = b"") -> Growing:
    return repeated(_MAIL + header, unit, end + b"\n\nhi\n")


def _html(*units: bytes) -> list[Growing]:
    return [repeated(b"before ", unit, b" after") for unit in units]


def _occurrences(size: int) -> bytes:
    days = [b"20%02d%02d%02dT100000Z" % (26 + i // 336, 1 + i // 28 % 12, 1 + i % 28) for i in range(size // 90)]
    master = b"BEGIN:VEVENT\nUID:a\nDTSTART:20260302T100000Z\nRRULE:FREQ=DAILY\nEND:VEVENT\n"
    one = b"BEGIN:VEVENT\nUID:a\nDTSTART:20260302T100000Z\nRECURRENCE-ID:%s\nEND:VEVENT\n"
    return b"BEGIN:VCALENDAR\n" + master + b"".join(one % day for day in days) + b"END:VCALENDAR\n"


CORPUS: dict[str, list[Growing]] = {
    "html": [
        *_html(
            b"<a ",
            b"<!--",
            b"<![CDATA[",
            b"<?",
            b"&#",
            b"&#9",
            b"</",
            b"<![x]>",
            b"<",
            b"<a b='",
            b"<a b=\"'",
            b"= ",
            b"<a/=",
            b"<div>",
            b"<template>",
            b"<script>",
            b"<style></styl",
            b"<title>&",
            b"& ",
            b"&amp",
            b"<a b c d",
            b"--!",
            b"<!-- --",
        ),
        repeated(b"&#", b"9"),
        repeated(b"<a ", b"b='1' "),
        repeated(b"<div>", b"<b>", b"", b"x", b"</b>"),
        *_html(
            b"<a href='https://x'>",
            b"<a href='https://x'>y</a>",
            b"<a href='https://x'><p>y</p></a>",
            b"<div style='display:none'>",
            b"<p style='display:none'>x</p>",
            b"<img alt='x'>",
            b"<td>x",
            b"<br>",
            b"<pre>\n",
        ),
        repeated(b"<pre>", b"\n"),
        repeated(b"", b"<blockquote>x", b"", b"y", b"</blockquote>"),
        repeated(b"", b"<ul><li>x", b"", b"y", b"</ul>"),
    ],
    "vcf": [
        repeated(b"BEGIN:VCARD\nFN:", b"x", b"\nEND:VCARD\n"),
        repeated(b"BEGIN:VCARD\nN:", b"x\\;;", b"\nEND:VCARD\n"),
        repeated(b"BEGIN:VCARD\nFN", b";a", b":x\nEND:VCARD\n"),
        repeated(b"BEGIN:VCARD\nFN", b";QUOTED-PRINTABLE", b"\nEND:VCARD\n"),
        repeated(b"BEGIN:VCARD\nFN;QUOTED-PRINTABLE:", b"x=\n", b"\nEND:VCARD\n"),
        repeated(b"BEGIN:VCARD\nFN:x", b"\n ", b"\nEND:VCARD\n"),
        repeated(b"BEGIN:VCARD\nFN:x", b"\nEMAIL:a@b", b"\nEND:VCARD\n"),
        repeated(b"", b"BEGIN:VCARD\n", b"", b"FN:x\n", b"END:VCARD\n"),
        repeated(b'BEGIN:VCARD\nFN:"', b'a":', b"\nEND:VCARD\n"),
        repeated(b"BEGIN:VCARD\nFN:x\n", b"AGENT:\nBEGIN:VCARD\n", b"END:VCARD\n", b"FN:y\n", b"END:VCARD\n"),
        repeated(b"BEGIN:VCARD\nFN:x\n", b"AGENT:\nBEGIN:VCARD\nFN:y\nEND:VCARD\n", b"END:VCARD\n"),
        repeated(b"BEGIN:VCARD\nFN:x\nAGENT:", b"BEGIN:VCARD\\nFN:y\\n", b"\nEND:VCARD\n"),
        repeated(b"BEGIN:VCARD\nFN:x\nPHOTO;BASE64:\n", b"QUFB\n", b"\nEND:VCARD\n"),
        repeated(b"BEGIN:VCARD\nFN:x\nTEL;TYPE=a", b",b", b":1\nEND:VCARD\n"),
        repeated(b"BEGIN:VCARD\nFN:x\n", b"item1.TEL:1\nitem1.X-ABLABEL:aB\n", b"END:VCARD\n"),
        repeated(b"BEGIN:VCARD\nFN:x\nADR:", b";a\\n", b"\nEND:VCARD\n"),
        repeated(b"BEGIN:VCARD\nFN:x\nBDAY:", b"1-", b"\nEND:VCARD\n"),
        repeated(b"BEGIN:VCARD\nUID:a\nFN:x\nREV:", b"1-", b"\nEND:VCARD\n"),
    ],
    "mbox": [
        _numbered(_MAIL, _MIXED, b"\nhi\n"),
        _mail(b"", b"Content-Type: message/rfc822\n\n"),
        _numbered(_MAIL, b"Content-Type: multipart/digest; boundary=b%d\n\n--b%d\n\n", b"\nhi\n"),
        repeated(_MAIL + b"Content-Type: multipart/mixed; boundary=b\n\n", b"--b\n\nx\n"),
        _mail(b"To: ", b"("),
        _mail(b"To: ", b"a:"),
        _mail(b"To: ", b"a@b, "),
        _mail(b"To: ", b"<"),
        _mail(b'To: "', b'\\"'),
        _mail(b"Subject: ", b"=?utf-8?q?a?= "),
        _mail(b"Subject: x", b"\n "),
        _mail(b"Subject: re", b" "),
        _mail(b"X: ", b"x"),
        _mail(b"Subject: ", b"=?punycode?q?a?= "),
        _mail(b"Subject: ", b"=?"),
        _mail(b"", b"X: y\n"),
        _mail(b"", b"To: a@b\n"),
        _mail(b"References: ", b"<a@b> "),
        _mail(b"References: ", b"<"),
        _mail(b"Date: ", b"9"),
        _mail(b"Date: Mon, 2 Mar ", b"0"),
        _mail(b'Content-Type: text/plain; a="', b";"),
        _mail(b"Content-Type: text/plain", b"; a=b"),
        _numbered(_MAIL + b"Content-Type: text/plain", b"; name*%d=a", b"\n\nhi\n"),
        _mail(b"X-Gmail-Labels: ", b"a,"),
        repeated(_MAIL + b"Content-Type: text/plain; charset=punycode\n\n-", b"a"),
        repeated(_MAIL + b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n", b"\xff\n"),
        repeated(_MAIL + b"Content-Transfer-Encoding: base64\n\n", b"=a\n"),
        repeated(_MAIL + b"Content-Transfer-Encoding: quoted-printable\n\n", b"=\n"),
        repeated(_MAIL + b"\n", b"\n"),
        repeated(b"", b"From x\n"),
        repeated(b"", b"From - Mon Mar  2 10:00:00 2026\n"),
        repeated(b"", b"From - Mon Mar  2 10:00:00 2026\nA: b\n\n"),
        repeated(_MAIL + b"\n", b"From a b c "),
        repeated(_MAIL + b"\n", b">From x\n"),
        repeated(_MAIL + b"\n", b">"),
        repeated(_MAIL + b"Content-Type: multipart/mixed; boundary=b\n\n", b"--\n"),
        repeated(_MAIL + b"Content-Type: multipart/mixed; boundary=b\n\n", b"--b--\n"),
        _numbered(_MAIL, b"Content-Type: multipart/mixed\n\n--b%d\n", b"\nhi\n"),
        repeated(
            _MAIL + b"Content-Type: multipart/alternative; boundary=b\n\n", b"--b\nContent-Type: text/html\n\nx\n"
        ),
        repeated(_MAIL + b"Content-Type: multipart/related; boundary=b\n\n", b"--b\nContent-ID: <a>\n\nx\n"),
        repeated(_MAIL + b"Content-Type: text/html\n\n", b"<meta "),
        repeated(_MAIL + b"Content-Transfer-Encoding: base64\n\n", b"YQ=="),
        _mail(b"X-Mozilla-Status: ", b"0"),
        _mail(b"X-Keywords: ", b"a "),
        _mail(b"X-Gmail-Labels: ", b'"a" '),
        _mail(b"X-Gmail-Labels: ", b'"'),
        _mail(b"Received: ", b"a;"),
        _mail(b"", b"Received: a; 2 Mar\n"),
        repeated(_MAIL, b"a: b\n"),
        repeated(_MAIL + b"a: b", b"\n c"),
    ],
    "ics": [
        repeated(b"BEGIN:VCALENDAR\n", b"BEGIN:VEVENT\n", b"END:VCALENDAR\n", b"", b"END:VEVENT\n"),
        repeated(_EVENT, b"BEGIN:VALARM\n", _END, b"", b"END:VALARM\n"),
        repeated(_EVENT, b"BEGIN:STANDARD\n", _END),
        repeated(_EVENT, b"ATTENDEE;CN=x:mailto:a@b\n", _END),
        repeated(_EVENT + b"EXDATE:20260302T100000Z", b",20260302T100000Z", b"\nRRULE:FREQ=DAILY" + _END),
        repeated(_EVENT + b"CATEGORIES:", b"a\\,,", _END),
        repeated(_EVENT + b"X-A", b";a=b", b":x" + _END),
        repeated(_EVENT + b"X-A", b" ", b":x" + _END),
        repeated(_EVENT + b"LOCATION:x", b"\n ", _END),
        repeated(_EVENT + b"LOCATION:", b"\\", _END),
        repeated(_EVENT, b"SUMMARY:x\n", _END),
        _numbered(_EVENT, b"X-%d:x\n", _END),
        _occurrences,
        _numbered(b"BEGIN:VCALENDAR\n", _ZONE + b"RRULE:FREQ=SECONDLY\n" + _OFFSETS, b"END:VCALENDAR\n"),
        _numbered(
            b"BEGIN:VCALENDAR\n", _ZONE + b"RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\n" + _OFFSETS, b"END:VCALENDAR\n"
        ),
        repeated(b"", b"BEGIN:VEVENT\r"),
    ],
    "markdown": [
        *(
            repeated(b"", unit)
            for unit in (
                b"[",
                b"**",
                b"*a",
                b"_",
                b"`a",
                b"~~a ",
                b"> ",
                b"- ",
                b"- - x\n",
                b"[a](",
                b"<a",
                b"![",
                b"&",
                b"\\",
            )
        ),
        repeated(b"|a|b|c|\n|-|-|-|\n", b"x\n"),
        repeated(b"", b"[a]: b\n", b"", b"\n", b"[a]"),
    ],
    "addresses": [
        repeated(begin, unit)
        for begin in (b"", b'"', b"a <")
        for unit in (b"(", b"a:", b"a@b,", b'\\"', b"<@a", b" ", b";", b".")
    ],
    "charset": [
        repeated(name + b"\n-", b"a")
        for name in (b"punycode", b"idna", b"zip", b"hex", b"utf-7", b"unicode_escape", b"\0")
    ]
    + [
        repeated(b"iso-2022-jp\n-!", b"\x1b$B-!"),
        repeated(b"iso-2022-jp\n\x1b$B", b"-!"),
        repeated(b"iso-2022-jp\n\x1b$B-!\x1b(I", b"1"),
        repeated(b"euc-jp\n", b"\xad\xa1 "),
        repeated(b"euc-jp\n\xff", b"\xad\xa1"),
        repeated(b"utf-8\n", b"\xc3\xa9\xff"),
        repeated(b"utf-8\n", b"\xff"),
        repeated(b"gb2312\n", b"\xff"),
    ],
    "header": [
        repeated(begin, unit)
        for begin in (b"", b"x; a=", b'x; a="')
        for unit in (
            b"=?utf-8?q?a?=",
            b"=?utf-8?q?a?= ",
            b"=?utf-8?b?YQ==?=",
            b"=?a?q?x",
            b"=?",
            b"?=",
            b";a=b",
            b";a*0=b",
            b";a*=b",
            b';a="',
            b'\\"',
            b"; ",
            b"=",
            b"'",
        )
    ],
    "date": [
        repeated(begin, unit) for begin in (b"", b"2 Mar 2026 ") for unit in (b"(", b"(a)", b"9", b"9:", b" ", b"+1")
    ],
    "plain": [
        repeated(b"", unit)
        for unit in (
            b"a \n",
            b">",
            b"> a \n",
            b">a \n>>b \n",
            b"-- \n",
            b"\n",
            b"<a",
            b"<<",
            b"<param>",
            b"<a>",
            b"<nl>",
        )
    ],
    "query": [
        repeated(b"", unit) for unit in (b"a ", b"a OR ", b"-", b"a:", b'"" ', b"in:archive ", b"(", "\ufdfa".encode())
    ],
    "body": [
        repeated(b'{"a":', b"[", b"}", b"1", b"]"),
        repeated(b"", b'{"a":', b"", b"1", b"}"),
        repeated(b'{"a":"', b"\\u0000", b'"}'),
        repeated(b'{"a":[', b"[],", b"1]}"),
        repeated(b'{"a":', b"9", b"}"),
        repeated(b'{"a":"', b'\\"', b""),
    ],
    "cursor": [repeated(b"", b"W1td"), repeated(b"", b"=")],
    "event id": [repeated(b"", b"9")],
}
