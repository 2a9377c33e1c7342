"""Small inputs that reach every part of a reader, one list for each."""

import base64
import json

from tests.workspace.mailbox import bounce_samples

_ICS = b"""BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VTIMEZONE
TZID:Odd Time
BEGIN:STANDARD
DTSTART:20001104T020000
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
TZOFFSETFROM:-0700
TZOFFSETTO:-0800
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20000311T020000
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
TZOFFSETFROM:-0800
TZOFFSETTO:-0700
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:one
DTSTART;TZID=Odd Time:20260302T090000
DURATION:PT1H30M
RRULE:FREQ=WEEKLY;COUNT=5;BYDAY=MO,TU
EXDATE;TZID=Odd Time:20260303T090000,20260309T090000
RDATE;VALUE=PERIOD:20260308T090000Z/PT1H
SUMMARY;LANGUAGE=en:Team\\, day
 folded
LOCATION:Here
ORGANIZER;CN="Helen; H":mailto:helen@example.com
ATTENDEE;CN=Ana;PARTSTAT=ACCEPTED:mailto:ana@example.com
CATEGORIES:a,b\\,c
GEO:1.5;2.5
X-ODD;A=b;C="d":e
BEGIN:VALARM
TRIGGER:-PT5M
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:one
RECURRENCE-ID;TZID=Odd Time:20260310T090000
DTSTART;TZID=America/New_York:20260310T110000
DTEND;TZID=America/New_York:20260310T113000
SUMMARY:Moved
END:VEVENT
BEGIN:VTODO
SUMMARY:Call
DUE;VALUE=DATE:20260305
CATEGORIES:Errands
STATUS:COMPLETED
COMPLETED:20260301T100000Z
END:VTODO
END:VCALENDAR
"""
_VCF = b"""BEGIN:VCARD
VERSION:3.0
UID:jose
N:Pe\xc3\xb1a;Jos\xc3\xa9;;;
FN:Jos\xc3\xa9
item1.EMAIL;TYPE="a,b",INTERNET:jose@example.com
TEL;TYPE=CELL:+34 555
ORG:Acme\\, Inc.;Sales
NOTE:First\\nsecond\\;
  folded
PHOTO;ENCODING=b:aGVsbG8=
item2.ADR;TYPE=HOME,PREF:;;1 Elm St;Troy
item2.X-ABLABEL:_$!<HomePage>!$_
BDAY:1980-02-29
REV:20260101T000000Z
END:VCARD
BEGIN:VCARD
VERSION:2.1
PHOTO;BASE64:
aGVsbG8=

AGENT:
BEGIN:VCARD
FN:Rue
END:VCARD
N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=
=FCrgen;;;
TEL;CELL:0123
END:VCARD
"""
_HEADERS = b"""From priya@example.com Sun Mar  1 10:00:00 2026
From: =?utf-8?q?Raman=2C_Priya?= <priya@example.com> (a (b))
To: "Doe, Robin" <robin@example.com>, Team: ana@example.com, jo@example.com;
Subject: Re: =?utf-8?b?QsO8ZGdldA==?= =?iso-8859-1?q?caf=E9?=
Date: Sun, 1 Mar 2026 10:00:00 +0100 (CET)
Message-ID: <one@example.com>
References: <zero@example.com> <half@example.com>
X-Gmail-Labels: Inbox,Unread,=?utf-8?q?Pl=C3=A4ne?=
MIME-Version: 1.0
"""
_MBOX = (
    _HEADERS
    + b"""Content-Type: multipart/mixed; boundary="x y"; charset=utf-8

--x y
Content-Type: multipart/alternative; boundary=z

--z
Content-Type: text/plain; charset=iso-8859-1; format=flowed
Content-Transfer-Encoding: quoted-printable

Gr=FC=DFe =
there
--z
Content-Type: text/html

<p>Hello&nbsp;<b>there</b></p><!-- x --><ul><li>one</ul>
--z--
--x y
Content-Type: application/pdf; name*0="pl"; name*1="an.pdf"
Content-Disposition: attachment; filename*=utf-8''pl%C3%A4n.pdf; size=5
Content-Transfer-Encoding: base64

aGVsbG8=
--x y
Content-Type: message/rfc822

Subject: inner
Content-Type: text/plain; charset=utf-7

+AGE-
--x y--
"""
)
_DIGEST = (
    _HEADERS
    + b"Content-Type: multipart/digest; boundary=d\n\n--d\n\nSubject: a\n\nhi\n--d\n\nSubject: b\n\nho\n--d--\n"
)
_UU = _HEADERS + b"Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x.txt\n%:&5L;&\\\n`\nend\n"
_FORMS = (
    _HEADERS
    + b"""X-Mozilla-Status: 0005
X-Mozilla-Keys: $label1 garden
Content-Type: multipart/related; start="<r>"; boundary=r

--r
Content-ID: <r>
Content-Type: multipart/alternative; boundary=a

--a

Your program shows no HTML.
--a
Content-Type: text/html; charset=gb2312

<blockquote><a href="https://x.example">\xc7\xeb</a></blockquote>
--a
Content-Type: text/enriched

<bold>Hi</bold>
--a--
--r
Content-ID: <image001.png@x>
Content-Type: image/png

x
--r--

From - Mon Mar  2 08:00:00 2026
Subject: next

>From here
"""
)
_HTML = (
    "<!DOCTYPE html><html><head><title>x</title><style>p > a {}</style></head><body class='a>b'><h1>Hi &amp; ho</h1>"
    '<p>a<br/>b &#228;&#xE4; <a href="https://x.example/?a=1&b=2" title = "q">c</a><!-- d --><![CDATA[e]]><?f?>'
    "<template>g</template><script>if (a < b) '</p>'</script></ul>< 3</body></html>"
)
_HTML += (
    "<div style='display:none'>a<div>b</div></div><ol start=3><li>a<ul><li>b</ul></ol><blockquote>q<pre>  r\n s</pre>"
    "</blockquote><table><tr><td>1<td>2</table><img alt='x'><a href='mailto:a@b'>c"
)
_MARKDOWN = (
    "# Title\n\n**Two** _things_ `code`:\n\n- one\n  - ~~two~~\n1. three\n\n> quote\n> > deeper\n\n"
    '| a | b |\n|---|--:|\n| 1 | `2` |\n\n[more](https://example.com "t") <https://a.example> ![x](y)\n\n'
    "```py\nx\n```\n\n[r]: https://r.example\n[r] &amp; \\* a\n===\n***\n"
)
_DAY = ["tomorrow at 3pm", "every other Tuesday from 9 to 10 until June 3rd", "between 2026-03-01 and 10/3/26, 14:30"]

SEEDS: dict[str, list[bytes]] = {
    "ics": [_ICS, _ICS.replace(b"\n", b"\r\n")],
    "vcf": [_VCF, _VCF.replace(b"\n", b"\r\n")],
    "mbox": [_MBOX, _DIGEST, _UU, _FORMS, _MBOX.replace(b"\n", b"\r\n")],
    "html": [_HTML.encode()],
    "markdown": [_MARKDOWN.encode()],
    "bounces": [
        (sample % "act_k3vk3vk3vk3vk3vk3vk3@example.test").encode()
        for sample in (bounce_samples.SENDMAIL_TWO, bounce_samples.QMAIL, bounce_samples.EXIM, bounce_samples.EXIM_LATE)
    ],
    "addresses": [
        b'"Doe, \\"R\\"" <robin@example.com>, (a (b)) ana@[1.2.3.4], T: <@x,@y:jo@example.com>;, =?utf-8?q?a?='
    ],
    "charset": [
        b"utf-8\nGr\xc3\xbc\xc3\x9fe",
        b"punycode\nGre-zka",
        b"utf-7\n+AGE-",
        b"iso-2022-jp\n\x1b$B\x1b(B",
        b"idna\nxn--a",
    ],
    "zones": [
        b"Odd Time" + _ICS[_ICS.index(b"\nBEGIN:VTIMEZONE") : _ICS.index(b"BEGIN:VEVENT")],
        b"(UTC+01:00) Amsterdam, Berlin, Bern",
        b"GMT +0100 (Standard) / GMT +0200 (Daylight)",
        b"/mozilla.org/20050126_1/Europe/London",
    ],
    "header": [
        b'a =?utf-8?q?b?= =?iso-8859-1*en?b?Zm9v?=; name*0*=utf-8\'\'%C3%A4; name*1="x\\"y"; a=b (c); size=5',
    ],
    "date": [b"Mon, 2 Mar 2026 08:00:00 (a (b)) -0500", b"2026-03-02T08:00:00.5+05:30", b"Mon Mar 2 1:00 PM EST 2026"],
    "plain": [b"a \nb\n> c \n>> d\n-- \nme", b"<bold>a</bold>\n\n<param>x</param> <<b<nl>"],
    "own words": [
        b"Yes.\n\n-- \nMe\n\nOn Mon, 2 Mar 2026, Ana\n<a@b.example> wrote:\n> > a\n> b\nc\n> d\n\nSent from my iPhone",
        b"Yes.\n\n____\nFrom: Ana\nTo: B\nSubject: c\n\nold\n\nThis is confidential, not for others in error.\n\nAnd\n",
        b"> a\n\nHe wrote:\n---------- Forwarded message ----------\nunsubscribe: click https://x.example\n--\nend",
    ],
    "file": [
        b"text/csv\na,b\n1,2",
        b"text/html\n<meta charset=latin1><p>a</p>",
        b"text/plain\n\xff\xfea\0b\0",
        b"message/rfc822\nFrom: a@b\nSubject: =?utf-8?q?c?=\n\nText",
        b"application/pdf\n%PDF-",
    ],
    "multistatus": [
        b"""<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"><d:response><d:href>/a/../b%40c/ d</d:href><d:propstat>
<d:prop><d:getetag>"1"</d:getetag><x xmlns="y"/></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>
<d:response><d:href>https://u@[::1]:80/%ff?a#b</d:href><d:status>HTTP/1.1 404 Not Found</d:status>
<d:error><d:no-uid-conflict/></d:error></d:response><d:sync-token>t</d:sync-token></d:multistatus>"""
    ],
    "calendar object": [
        b"""BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VTIMEZONE
TZID:Odd
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0100
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:one
DTSTART;TZID=Odd:20260302T090000
DURATION:PT45M
RRULE:FREQ=WEEKLY;COUNT=5
EXRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=1
EXDATE;TZID=Odd:20260309T090000,20260316T090000
RDATE;VALUE=PERIOD:20260303T080000Z/PT2H
SUMMARY;LANGUAGE=en:a\\,
 b
ATTENDEE;PARTSTAT=ACCEPTED;CN="G; us":mailto:gus@far.test
ORGANIZER:mailto:ana@example.test
X-SAYSO-KEY:act
BEGIN:VALARM
ACTION:DISPLAY
TRIGGER:-PT5M
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:one
RECURRENCE-ID;TZID=Odd:20260323T090000
DTSTART:20260323T100000Z
DTEND:20260323T110000Z
END:VEVENT
END:VCALENDAR
"""
    ],
    "task": [
        b"""BEGIN:VCALENDAR
BEGIN:VTODO
UID:one
RECURRENCE-ID:20260302
BEGIN:VALARM
TRIGGER:-PT5M
END:VALARM
END:VTODO
BEGIN:VTODO
UID:one
DTSTART;TZID=Europe/Berlin:20260302T090000
DURATION:P1DT1H
SUMMARY;LANGUAGE=en:a\\,
 b
DUE;VALUE=DATE:20260303
RRULE:FREQ=DAILY
COMPLETED:20260303T000000Z
X-SAYSO-KEY:act
BEGIN:VALARM
SUMMARY:x
END:VALARM
END:VTODO
END:VCALENDAR
"""
    ],
    "query": [
        b'from:priya -is:read subject:"q3 budget" OR (has:attachment in:archive) after:2026-03-01 before:2026/04/01'
    ],
    "cursor": [base64.urlsafe_b64encode(json.dumps(["2026-03-01T10:00:00+00:00", "x"]).encode())],
    "event id": [b"12", b"123456789012345"],
    "body": [json.dumps({"user_message": "h\u00fc\0", "list": [{"a": [1, -2.5e3, None, True]}, "\ud800"]}).encode()],
    "dates": [text.encode() for text in _DAY],
}
