"""One bad item of a file fails alone, is named, and says why in words for people; the rest comes in."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from tests.fuzz.making import damaged
from tests.fuzz.seeds import SEEDS
from tests.kit.mails import searched
from tests.workspace.test_import_export import bring, counts

from sayso.base.ids import Ids
from sayso.store.gateway import Store
from sayso.transfer import mail as import_mail
from sayso.transfer.exporting import export_files
from sayso.workspace.formats.html import html_to_text
from sayso.workspace.formats.mime import MAX_HEADER, MAX_HEADERS, parse_mail
from sayso.workspace.local import LocalWorkspace as Workspace

AT = datetime(2026, 2, 2, 7, tzinfo=UTC)
GOOD = {
    "ics": b"BEGIN:VEVENT\nUID:good\nDTSTART:20260303T100000Z\nSUMMARY:Good\nEND:VEVENT\n",
    "vcf": b"BEGIN:VCARD\nFN:Good\nEND:VCARD\n",
    "mbox": b"From x Mon Mar  2 10:00:00 2026\nFrom: g@example.com\nSubject: Good\n\nhi\n",
}
MAIL = b"From x Mon Mar  2 10:00:00 2026\nSubject: Bad\n"
MIXED = MAIL + b"Content-Type: multipart/mixed; boundary=b\n\n"
NESTED_PARTS = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"
EVENT = b"BEGIN:VEVENT\nSUMMARY:Bad\n%s\nEND:VEVENT\n"
NESTED = b"BEGIN:VEVENT\nSUMMARY:Bad\n" * 40 + b"END:VEVENT\n" * 40
START = b"DTSTART:20260303T100000Z\n"
BAD = [
    ("ics", NESTED, "'Bad' was left out: it has no end. (39 times)"),
    ("ics", EVENT % (b"LOCATION:" + b"x" * 500_001), "'Bad' was left out: its LOCATION is longer than 500,000 bytes."),
    (
        "ics",
        EVENT % (b"COMMENT:x\n" * 20_001),
        "'Bad' was left out: it is longer than 20,000 lines or 2,000,000 bytes.",
    ),
    ("ics", EVENT % b"DTEND:20260303T100000Z", "the event 'Bad' was left out: it does not say when it starts."),
    (
        "ics",
        EVENT % b"DTSTART:soon",
        "the event 'Bad' was left out: its DTSTART cannot be read: 'soon' is no date or time.",
    ),
    ("vcf", b"BEGIN:VCARD\nFN:" + b"x" * 3_000_000 + b"\nEND:VCARD\n", "its FN is longer than 500,000 bytes."),
    ("vcf", b"BEGIN:VCARD\nFN:Bad\n", "card 1 was left out ('Bad'): it has no end."),
]


@pytest.mark.parametrize(("kind", "bad", "told"), BAD, ids=range(len(BAD)))
def test_one_bad_item_fails_alone(
    store: Store, user: str, ids: Ids, tmp_path: Path, kind: str, bad: bytes, told: str
) -> None:
    (tmp_path / f"my.{kind}").write_bytes(bad + GOOD[kind])
    report = bring(store, user, ids, [tmp_path / f"my.{kind}"])
    assert sum(counts(report)) == 1 + (39 if "BEGIN" in told else 0), list(report)
    assert [line for line in report if line.endswith(told)], list(report)


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (MAIL + b"Content-Type: message/rfc822\n\n" * 3_000, ""),
        (MAIL + b"".join(NESTED_PARTS % (n, n) for n in range(2_000)) + b"\nhi\n", "is cut off: its end is missing."),
        (MIXED + b"--b\n\nx\n" * 2_000 + b"--b--\n", ""),
        (MAIL + b"To: " + b"(" * 1_200 + b"\n\n", ""),
        (MAIL + b'To: "' + b"\\" * 1_200 + b"\n\n", "was shortened: it has too long a email."),
        (MAIL + b"To: " + b"<" * 1_200 + b"\n\n", "was shortened: it has too long a email."),
        (MAIL + b"To: " + b"x" * 2_001 + b"\n\n", "was shortened: it has too long a email."),
        (MAIL + b"Cc: " + b"a@b," * 100_000 + b"\n\n", "was shortened: it has too long a cc."),
        (MAIL + b"X: " + b"x" * 1_000_001 + b"\n\n", ""),
        (MAIL + b"X: y\n" * 20_000 + b"\n\n", ""),
        (MAIL + b"Content-Type: text/plain" + b"; a=b" * 1_001 + b"\n\n", ""),
        (MAIL.replace(b"Bad", b"Bad" * 20_000) + b"\n", "was shortened: it has too long a subject."),
        (b"From x\nSubject: Bad\n\n", "has no date: it is shown at that of its file."),
        (MAIL.replace(b" Mon Mar  2 10:00:00 2026", b"") + b"Date: 2 Mar 99999999999999\n\n", "at that of its file."),
    ],
    ids=range(14),
)
def test_a_hostile_mail_comes_in_and_so_do_the_others(
    store: Store, user: str, ids: Ids, tmp_path: Path, bad: bytes, told: str
) -> None:
    (tmp_path / "my.mbox").write_bytes(bad + GOOD["mbox"])
    report = bring(store, user, ids, [tmp_path / "my.mbox"])
    assert report.messages == 2, list(report)
    assert [line.endswith(told) and "('Bad" in line for line in report.problems] == [True] * bool(told), list(report)


def test_headers_are_read_up_to_a_bound() -> None:
    long, many = parse_mail(b"X: " + b"x" * 2_000_000), parse_mail(b"X: x\n" * 20_000)
    assert (len(long.get("x")), len(list(many.all("x")))) == (MAX_HEADER, MAX_HEADERS)


def test_a_mail_that_exhausts_its_reader_is_left_out_alone(
    store: Store, user: str, ids: Ids, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(*args: object) -> object:
        return endless(*args) if b"Subject: Bad" in args[-1] else parse(*args)  # type: ignore[operator,arg-type]

    parse = import_mail._parse
    monkeypatch.setattr(import_mail, "_parse", endless)
    (tmp_path / "my.mbox").write_bytes(MAIL + b"\n" + GOOD["mbox"])
    report = bring(store, user, ids, [tmp_path / "my.mbox"])
    assert (report.messages, report.problems) == (1, ["my.mbox: message 1 was left out ('Bad'): it cannot be read."])


def test_a_rule_of_a_time_zone_that_changes_too_often_is_left_out(
    store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path
) -> None:
    zone = b"BEGIN:VTIMEZONE\nTZID:Jumpy %d\nBEGIN:STANDARD\nDTSTART:16010101T000000\n%s\nTZOFFSETFROM:+0100\n"
    zone += b"TZOFFSETTO:+0200\nEND:STANDARD\nEND:VTIMEZONE\n"
    event = b"BEGIN:VEVENT\nUID:%d\nDTSTART;TZID=Jumpy %d:20260303T100000\nEND:VEVENT\n"
    rules = [
        b"RRULE:FREQ=SECONDLY",
        b"RRULE:FREQ=YEARLY;BYDAY=SU,MO",
        b"EXRULE:FREQ=DAILY",
        b"RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        b"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=SU,MO,TU",
        b"RDATE:" + b",".join(b"20260302T%02d%02d%02d" % (n // 3600, n // 60 % 60, n % 60) for n in range(5_001)),
    ]
    written = b"".join(zone % (n, rule) + event % (n, n) for n, rule in enumerate(rules))
    (tmp_path / "zones.ics").write_bytes(b"BEGIN:VCALENDAR\n" + written + b"END:VCALENDAR\n")
    report = bring(store, user, ids, [tmp_path / "zones.ics"])
    assert counts(report)[0] == len(rules)
    for number in range(len(rules)):
        assert any(f"the time zone 'Jumpy {number}' was left out" in problem for problem in report.problems), number
        assert any(f"its time zone 'Jumpy {number}' is not known" in problem for problem in report.problems), number


def test_zones_that_change_as_zones_do_are_kept(
    store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path
) -> None:
    """Rules from year 1 on, and many that each held for some years."""
    part = b"BEGIN:%s\nDTSTART:%04d0101T000000\nRRULE:FREQ=YEARLY;BYMONTH=%d;BYDAY=1SU%s\n"
    part += b"TZOFFSETFROM:+0%d00\nTZOFFSETTO:+0%d00\nEND:%s\n"
    endless = part % (b"STANDARD", 1, 11, b"", 4, 3, b"STANDARD")
    endless += part % (b"DAYLIGHT", 1, 3, b"", 3, 4, b"DAYLIGHT")
    history = b"".join(
        part % (b"STANDARD", year, 1, b";UNTIL=%d0601T000000Z" % (year + 9), 3, 3, b"STANDARD")
        for year in range(1850, 2040, 10)
    )
    event = b"BEGIN:VEVENT\nSUMMARY:%s\nDTSTART;TZID=%s:%s\nEND:VEVENT\n"
    zones = b"".join(
        b"BEGIN:VTIMEZONE\nTZID:%s\n%sEND:VTIMEZONE\n" % each
        for each in ((b"Ours", endless), (b"Theirs", history), (b"Arab Standard Time", endless))
    )
    events = event % (b"a", b"Ours", b"20260202T100000") + event % (b"b", b"Theirs", b"20260202T100000")
    late = event % (b"late", b"Ours", b"22010202T100000") + event % (b"c", b"Arab Standard Time", b"22010202T100000")
    (tmp_path / "zones.ics").write_bytes(b"BEGIN:VCALENDAR\n" + zones + events + late + b"END:VCALENDAR\n")
    report = bring(store, user, ids, [tmp_path / "zones.ics"])
    assert report.problems == []
    found = asyncio.run(workspace.calendar.list_events(AT, AT + timedelta(days=1)))
    assert [(each.title, each.start) for each in found] == [("a", AT), ("b", AT)]
    later = AT.replace(year=2201)
    assert [each.title for each in asyncio.run(workspace.calendar.list_events(later, later + timedelta(days=1)))] == [
        "c",
        "late",
    ]


@pytest.mark.parametrize("inner", [b"BEGIN:VALARM\nTRIGGER\nno line\nEND:VALARM\n", b"BEGIN:VALARM\n" * 3_000])
def test_what_is_nested_in_an_event_does_it_no_harm(
    store: Store, user: str, ids: Ids, tmp_path: Path, inner: bytes
) -> None:
    (tmp_path / "my.ics").write_bytes(EVENT % (START + inner))
    report = bring(store, user, ids, [tmp_path / "my.ics"])
    assert (report.events, report.problems) == (1, [])


def test_large_pictures_and_foreign_lines_are_left_out_and_told_of(
    store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path
) -> None:
    photo = b"PHOTO;ENCODING=b:" + b"\n ".join([b"A" * 70] * 40_000) + b"\nX-HTML:" + b"x" * 600_000
    (tmp_path / "my.vcf").write_bytes(b"BEGIN:VCARD\n" + photo + b"\nFN:Ana\nEND:VCARD\n")
    assert bring(store, user, ids, [tmp_path / "my.vcf"]).problems == [
        "my.vcf: card 1 ('Ana') came in without what is too long in it: PHOTO, X-HTML."
    ]
    assert [each.name for each in asyncio.run(workspace.contacts.find("ana", 100)).items] == ["Ana"]


@pytest.mark.parametrize(
    "charset", ["zip", "hex", "idna", "punycode", "undefined", "unicode-escape", "x\0y", "nonsense"]
)
def test_a_charset_that_is_none_leaves_the_words(
    store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path, charset: str
) -> None:
    text = f"Subject: =?{charset}?q?odd?= word\nContent-Type: text/plain; charset={charset}\n\nGrüße -abc\n"
    (tmp_path / "my.mbox").write_bytes(MAIL.replace(b"Subject: Bad\n", b"") + text.encode())
    card = f"BEGIN:VCARD\nFN;ENCODING=QUOTED-PRINTABLE;CHARSET={charset}:Gr=C3=BC=C3=9Fe\nEND:VCARD\n"
    (tmp_path / "my.vcf").write_bytes(card.encode())
    assert bring(store, user, ids, [tmp_path / "my.mbox", tmp_path / "my.vcf"]).problems == []
    (mail,), _ = asyncio.run(searched(workspace, ""))
    assert (mail.body.strip(), "word" in mail.subject) == ("Grüße -abc", True)
    assert asyncio.run(workspace.contacts.find("grusse", 100)).items[0].name == "Grüße"


@pytest.mark.parametrize("kind", ["ics", "vcf", "mbox"])
def test_whatever_came_in_goes_out_and_in_again(store: Store, user: str, ids: Ids, tmp_path: Path, kind: str) -> None:
    random = Random(kind)
    for number in range(40):
        data = damaged(random.choice(SEEDS[kind]), SEEDS[kind], random)
        (tmp_path / f"{number}.{kind}").write_bytes(data)
    came = bring(store, user, ids, sorted(tmp_path.glob(f"*.{kind}")))
    assert sum(counts(came)) > 0
    written = store.read_now(export_files, user, tmp_path / "out")
    again = bring(store, user, ids, [path for path in written if path.suffix == f".{kind}"])
    assert (counts(again)[:4], again.problems) == ((0, 0, 0, 0), [])


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a <a b", "a <a b"),
        ("a <!-- b", "a <!-- b"),
        ("a<!-- b --> c <!--> d <!---> e --!> f", "a c d e --!> f"),
        ("a <![CDATA[b]]>c", "a c"),
        ("<?x a>b</>c</ d>e", "bce"),
        ("1 < 2 <3 &lt;b&gt;", "1 < 2 <3 <b>"),
        ("<a title=\"x > y\" b='>'>c</a>", "c"),
        ('<a title=x"y>c', "c"),
        ('<a b="c>d', "d"),
        ("<style>a", ""),
        ("<script>if (a</b>) </scripts></SCRIPT >b", "b"),
        ("<template>a<template>b</template>c</template>d", "d"),
        ("<head>a</head>b", "ab"),
        ("&#" + "9" * 5_000 + ";a&#x" + "f" * 99 + "z", "\ufffda\ufffdz"),
        ("&amp &eacute;", "& é"),
        ("<ul><li>a<li>b</ul>c", "- a\n- b\nc"),
    ],
)
def test_html_that_is_odd(html: str, text: str) -> None:
    assert html_to_text(html) == text
