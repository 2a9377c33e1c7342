"""Address books as programs write them come in whole, and go out as they came."""

import asyncio
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from tests.workspace.test_import_export import add_other, bring

from sayso.base.ids import Ids
from sayso.store.gateway import Store
from sayso.store.workspace_tables import local_contacts
from sayso.tools.json import contact_json
from sayso.transfer.exporting import export_files
from sayso.transfer.job import digest
from sayso.workspace.errors import Refused
from sayso.workspace.formats.content_lines import components, content_lines
from sayso.workspace.local import LocalWorkspace as Workspace
from sayso.workspace.local.contacts import load_contacts
from sayso.workspace.types import Contact, Detail, Details


def card(*lines: str, version: str = "3.0", end: str = "\r\n") -> bytes:
    return "".join(line + end for line in ("BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD")).encode()


class Book:
    """An address book, into which files come and out of which one goes."""

    def __init__(self, store: Store, user: str, ids: Ids, folder: Path) -> None:
        self.store, self.user, self.ids, self.folder = store, user, ids, folder

    def bring(self, *cards: bytes, name: str = "my.vcf") -> list[str]:
        """Import the cards; the report in lines."""
        (self.folder / name).write_bytes(b"".join(cards))
        return list(bring(self.store, self.user, self.ids, [self.folder / name]))

    @property
    def people(self) -> list[Contact]:
        return [replace(each, id="") for each in self.store.read_now(load_contacts, self.user)]

    def only(self, *cards: bytes) -> Contact:
        """The one contact that comes of the cards, nothing left out."""
        assert self.bring(*cards) == ["Imported 1 contact."]
        [contact] = self.people
        return contact

    def written(self) -> bytes:
        self.store.read_now(export_files, self.user, self.folder / "out")
        return (self.folder / "out" / "contacts.vcf").read_bytes()

    def lines(self) -> list[str]:
        """What an export says, unfolded, without what frames a card."""
        said = [line.decode() for line in content_lines(BytesIO(self.written()))]
        return [line for line in said if line.partition(":")[0] not in ("BEGIN", "VERSION", "UID", "END")]

    def uids(self) -> list[str]:
        return self.store.read_now(lambda conn: list(conn.execute(select(local_contacts.c.uid)).scalars()))


@pytest.fixture
def book(store: Store, user: str, ids: Ids, tmp_path: Path) -> Book:
    return Book(store, user, ids, tmp_path)


def again(book: Book) -> Book:
    """The export in the book of somebody else."""
    book.store.write_now(add_other, "usr_other")
    other = Book(book.store, "usr_other", book.ids, book.folder / "other")
    other.folder.mkdir()
    report = other.bring(book.written())
    assert len(report) == 1, report
    return other


APPLE = card(
    "N:Silva;Ana;;;",
    "FN:Ana Silva",
    "NICKNAME:Nana",
    "ORG:Acme\\, Inc.;Sales;",
    "item1.EMAIL;type=INTERNET;type=HOME:ana@home.example",
    "item2.EMAIL;type=INTERNET;type=WORK;type=pref:ana@work.example",
    "TEL;type=HOME;type=VOICE:+1 555 0101",
    "TEL;type=CELL;type=VOICE;type=pref:+1 555 0102",
    "TEL;type=WORK;type=FAX:+1 555 0103",
    "item3.TEL:+1 555 0104",
    "item3.X-ABLabel:_$!<AssistantPhone>!$_",
    "item4.ADR;type=HOME;type=pref:;;1 Elm St\\nApt 2;Troy;NY;12180;USA",
    "item4.X-ABADR:us",
    "item5.URL;type=pref:http\\://ana.example",
    "item5.X-ABLabel:_$!<HomePage>!$_",
    "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29",
    "item6.X-ABRELATEDNAMES:Bo",
    "item6.X-ABLabel:_$!<Spouse>!$_",
    "IMPP;X-SERVICE-TYPE=Skype;type=HOME:skype:ana",
    "CATEGORIES:Friends,Rowing",
    "PHOTO;ENCODING=b;TYPE=JPEG:/9j/AAAA",
    "  BBBB",
    "NOTE:one",
    "NOTE:two\\, three",
    "X-ABUID:1234\\:ABPerson",
)


def test_what_a_card_says_is_a_contact_with_details(book: Book) -> None:
    assert book.only(APPLE) == Contact(
        "",
        "Ana Silva",
        ("ana@work.example", "ana@home.example"),
        "+1 555 0102",
        "Acme, Inc., Sales",
        "one\ntwo, three",
        details=Details(
            phones=(
                Detail("+1 555 0102", "mobile"),
                Detail("+1 555 0101", "home"),
                Detail("+1 555 0103", "work fax"),
                Detail("+1 555 0104", "assistant phone"),
            ),
            addresses=(Detail("1 Elm St, Apt 2, Troy, NY, 12180, USA", "home"),),
            birthday="--02-29",
            nicknames=("Nana",),
            links=(Detail("http://ana.example", "home page"), Detail("skype:ana", "home")),
            related=(Detail("Bo", "spouse"),),
        ),
    )


def test_a_result_has_the_details_that_are_known(book: Book) -> None:
    found = contact_json(book.only(card("FN:A", "TEL;TYPE=WORK:1", "TEL:2", "BDAY:19800229")))
    assert {name: found[name] for name in found.keys() - {"id", "name", "emails", "organization", "notes"}} == {
        "phone": "1",
        "phones": [{"value": "1", "kind": "work"}, {"value": "2", "kind": ""}],
        "birthday": "1980-02-29",
    }


def test_what_came_in_goes_out_as_vcard_4(book: Book) -> None:
    book.only(APPLE)
    assert sorted(book.lines()) == sorted(
        [
            "FN:Ana Silva",
            "N:Silva;Ana;;;",
            "NICKNAME:Nana",
            "ORG:Acme\\, Inc.;Sales;",
            "ITEM1.EMAIL;TYPE=HOME:ana@home.example",
            "ITEM2.EMAIL;TYPE=WORK;PREF=1:ana@work.example",
            "TEL;TYPE=HOME,VOICE:+1 555 0101",
            "TEL;TYPE=CELL,VOICE;PREF=1:+1 555 0102",
            "TEL;TYPE=WORK,FAX:+1 555 0103",
            "ITEM3.TEL:+1 555 0104",
            "ITEM3.X-ABLABEL:_$!<AssistantPhone>!$_",
            "ITEM4.ADR;TYPE=HOME;PREF=1:;;1 Elm St\\nApt 2;Troy;NY;12180;USA",
            "ITEM4.X-ABADR:us",
            "ITEM5.URL;PREF=1:http://ana.example",
            "ITEM5.X-ABLABEL:_$!<HomePage>!$_",
            "BDAY:--0229",
            "ITEM6.X-ABRELATEDNAMES:Bo",
            "ITEM6.X-ABLABEL:_$!<Spouse>!$_",
            "IMPP;X-SERVICE-TYPE=Skype;TYPE=HOME:skype:ana",
            "CATEGORIES:Friends,Rowing",
            "PHOTO:data:image/jpeg;base64,/9j/AAAABBBB",
            "NOTE:one",
            "NOTE:two\\, three",
            "X-ABUID:1234\\:ABPerson",
        ]
    )


KINDS = {
    "apple": APPLE,
    "2.1": card(
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=",
        "=C3=BCrgen;;;",
        "TEL;CELL;PREF:0123",
        "TEL;WORK:0456",
        "ORG:Smith, Jones & Co;Sales, East",
        "ADR;HOME:;;Elm St 1, back;Troy",
        "LABEL;HOME;ENCODING=QUOTED-PRINTABLE:Elm St 1=0D=0ATroy",
        "NOTE:a; b, c",
        "PHOTO;GIF;ENCODING=BASE64:",
        "R0lGODlhAQABAAAAACw=",
        "",
        "BDAY:19800229",
        "X-IRMC-LUID:7",
        version="2.1",
    ),
    "4.0": card(
        "FN;LANGUAGE=de:Zoë",
        "N:Ek;Zoë;;;",
        "TEL;VALUE=uri;TYPE=\"voice,home\";PREF=1:tel:+1-555-0101;ext=5",
        "EMAIL;PREF=2:b@x.example",
        "EMAIL;PREF=1:a@x.example",
        "ADR;LABEL=\"Elm 1, Troy\";TYPE=home:;;Elm 1;Troy;;;",
        "ANNIVERSARY:20200101",
        "RELATED;TYPE=friend;VALUE=text:Bo\\, the tall",
        "GENDER:F;woman",
        "PHOTO:data:image/png;base64,iVBORw0KGgo=",
        "REV:20260101T000000Z",
        version="4.0",
    ),
    "an agent": card("FN:A", "AGENT:", *card("FN:Rue", "NOTE:x;y", "TEL;WORK:9").decode().split(), version="2.1"),
    "text for a date": card("FN:A", "BDAY:around 1800, in May"),
    "bare": card("FN:A", "EMAIL:a@x.example", "TEL:1", "ORG:B", "NOTE:c"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_an_export_that_is_imported_loses_nothing(book: Book, kind: str) -> None:
    book.only(KINDS[kind])
    other = again(book)
    assert other.people == book.people
    assert (other.lines(), other.uids()) == (book.lines(), book.uids())


def test_a_card_that_the_contact_tells_whole_keeps_no_lines(book: Book) -> None:
    assert book.only(KINDS["bare"]).details == Details()
    assert book.store.read_now(lambda conn: conn.execute(select(local_contacts.c.kept)).scalar_one()) == []
    assert book.lines() == ["FN:A", "EMAIL:a@x.example", "TEL:1", "ORG:B", "NOTE:c"]


def test_a_card_of_vcard_2_1_becomes_one_of_4_0(book: Book) -> None:
    book.only(KINDS["2.1"])
    assert book.lines() == [
        "FN:Jürgen Müller",
        "NOTE:a\\; b\\, c",
        "N:Müller;Jürgen;;;",
        "TEL;TYPE=CELL;PREF=1:0123",
        "TEL;TYPE=WORK:0456",
        "ORG:Smith\\, Jones & Co;Sales\\, East",
        "ADR;TYPE=HOME:;;Elm St 1\\, back;Troy",
        "LABEL;TYPE=HOME:Elm St 1\\nTroy",
        "PHOTO:data:image/gif;base64,R0lGODlhAQABAAAAACw=",
        "BDAY:19800229",
        "X-IRMC-LUID:7",
    ]


@pytest.mark.parametrize(
    ("lines", "version"),
    [
        (["EMAIL;PREF=2:b@x", "EMAIL;PREF=1:a@x", "EMAIL:c@x"], "4.0"),
        (["EMAIL:b@x", "EMAIL;PREF=100:a@x", "EMAIL:c@x"], "4.0"),
        (["EMAIL;TYPE=HOME:b@x", "EMAIL;TYPE=WORK,PREF:a@x", "EMAIL:c@x"], "3.0"),
        (["EMAIL:b@x", 'EMAIL;TYPE="internet,pref":a@x', "EMAIL:c@x"], "3.0"),
        (["EMAIL;type=INTERNET:b@x", "item1.EMAIL;type=INTERNET;type=pref:a@x", "EMAIL:c@x"], "3.0"),
        (["EMAIL;INTERNET:b@x", "EMAIL;PREF;INTERNET:a@x", "EMAIL:c@x"], "2.1"),
        (["EMAIL;PREF=none:b@x", "EMAIL;PREF=9:MAILTO:a@x", "EMAIL:c@x"], "4.0"),
    ],
)
def test_the_preferred_address_comes_first(book: Book, lines: list[str], version: str) -> None:
    assert book.only(card("FN:A", *lines, version=version)).emails == ("a@x", "b@x", "c@x")


@pytest.mark.parametrize(
    "agent",
    [
        ["AGENT:", "BEGIN:VCARD", "VERSION:2.1", "N:Hale;Rue", "TEL:77", "END:VCARD"],
        ["AGENT:BEGIN:VCARD", "N:Hale;Rue", "TEL:77", "END:VCARD"],
        ["agent: ", "begin:vcard", "fn:Rue Hale", "tel:77", "end:vcard"],
        ["AGENT:BEGIN:VCARD\\nFN:Rue Hale\\nTEL:77\\nEND:VCARD"],
    ],
)
def test_an_assistants_card_within_a_card_is_kept_with_it(book: Book, agent: list[str]) -> None:
    found = book.only(card("FN:Ngozi", *agent, "EMAIL:ngozi@x.example", version="2.1"))
    assert (found.name, found.emails) == ("Ngozi", ("ngozi@x.example",))
    assert found.details.related == (Detail("Rue Hale, 77", "agent"),)
    assert again(book).people == [found]


def test_an_agent_without_an_end_costs_no_other_card(book: Book) -> None:
    open_end = card("FN:A", "AGENT:", "BEGIN:VCARD", "FN:Rue")
    assert book.bring(open_end, card("FN:B")) == [
        "Imported 1 contact.",
        "my.vcf: card 1 was left out ('A'): it has no end.",
    ]
    assert [each.name for each in book.people] == ["B"]


CYRILLIC = "Ирина"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (b"FN;CHARSET=windows-1251:" + CYRILLIC.encode("cp1251"), CYRILLIC),
        (b"FN;ENCODING=QUOTED-PRINTABLE;CHARSET=windows-1251:=C8=F0=E8=ED=E0", CYRILLIC),
        (b"FN;CHARSET=SHIFT_JIS:" + "表示".encode("shift_jis"), "表示"),
        (b"NOTE;CHARSET=koi8-r:x\nFN:" + CYRILLIC.encode("koi8-r"), CYRILLIC),
        (b"FN;CHARSET=UTF-8;ENCODING=B:" + b"0JjRgNC40L3QsA==", CYRILLIC),
        ("FN:Zoë\nNOTE:é".encode("latin-1"), "Zoë"),
        ("FN:“Zoë”".encode("cp1252"), "“Zoë”"),
        ("FN:Zoë".encode() + b"\nNOTE:\xe9", "Zoë"),
        (b"FN;CHARSET=UTF-8:\xd0\x98\xd1\x80\xd0\xb8\xd0", "Ири\ufffd"),
        (b"FN;CHARSET=UTF-8:Zo\xeb", "Zoë"),
        (b"FN;CHARSET=none-such:Zo\xc3\xab", "Zoë"),
    ],
)
def test_a_line_is_read_in_its_charset(book: Book, source: bytes, name: str) -> None:
    assert book.only(b"BEGIN:VCARD\n" + source + b"\nEND:VCARD\n").name == name


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_in_utf_16_or_with_old_line_ends(book: Book, charset: str, end: str, mark: str) -> None:
    mark = mark if charset in ("utf-16-le", "utf-16-be") else ""
    filling = [f"X-{number}:{'y' * 60}" for number in range(3_000)]  # more than is read at once
    text = mark + card(*filling, "FN:Jürgen", end=end).decode()
    assert book.only(text.encode(charset)).name == "Jürgen"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        (b"NOTE;ENCODING=QUOTED-PRINTABLE:a=\r\n b=\r\nc", ["NOTE:a bc"]),
        (b"NOTE;QUOTED-PRINTABLE:a=\r\n\r\nTITLE:b", ["NOTE:a", "TITLE:b"]),
        (b"TITLE:a\r\n\r\n b", ["TITLE:ab"]),
        (b"TITLE:b\r\nNOTE;QUOTED-PRINTABLE:a=", ["NOTE:a", "TITLE:b"]),
        (
            b"PHOTO;ENCODING=BASE64;JPEG:/9j/\r\n AAAA\r\n\r\nTITLE:b",
            ["PHOTO:data:image/jpeg;base64,/9j/AAAA", "TITLE:b"],
        ),
        (b"PHOTO;BASE64:\r\n/9j/\r\nAAAA\r\n\r\nTITLE:b", ["PHOTO:data:image/jpeg;base64,/9j/AAAA", "TITLE:b"]),
        (b"KEY;X509;ENCODING=b:\r\nAAAA\r\nTITLE:b", ["KEY:data:application/pkix-cert;base64,AAAA", "TITLE:b"]),
        (b"PHOTO;VALUE=URL;TYPE=GIF:http://a.example/b", ["PHOTO;TYPE=GIF;VALUE=uri:http://a.example/b"]),
        (b"PHOTO;ENCODING=b;TYPE=GIF:http://a.example/b", ["PHOTO;TYPE=GIF:http://a.example/b"]),
        (b"BDAY:around 1800, in May", ["BDAY;VALUE=text:around 1800\\, in May"]),
        (b"BDAY;VALUE=text:1800", ["BDAY;VALUE=text:1800"]),
        (b"BDAY;VALUE=date:1980-02", ["BDAY:1980-02"]),
        (b"BDAY:1980-02-29T10:00:00Z", ["BDAY:19800229T100000Z"]),
        (b"TEL;CHARSET=utf-8;TYPE=B\xc3\xbcro:1", ["TEL;TYPE=Büro:1"]),
        (b"Tel ; TYPE = home : 12", ["TEL;TYPE=home:12"]),
        (b"X-Google Talk:a", ["X-GOOGLE-TALK:a"]),
        (b"ADR;HOME:\r\nN:;;;;", []),
    ],
)
def test_lines_as_they_are_folded_and_encoded(book: Book, source: bytes, lines: list[str]) -> None:
    book.only(b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN:A\r\n" + source + b"\r\nEND:VCARD\r\n")
    assert sorted(line.replace(": ", ":") for line in book.lines()) == sorted(["FN:A", *lines])


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["N:Silva;Ana;;Dr.;"], "Ana Silva"),
        (["FN: ", "N:Silva"], "Silva"),
        (["FN:", "N:;;;;", "ORG:Acme"], "Acme"),
        (["N:;;;;", "NICKNAME:Nana,Nan", "ORG:Acme"], "Nana"),
        (["N:Sales;;;;", "ORG:Acme", "X-ABShowAs:COMPANY"], "Acme"),
        (["N:;;;;", "EMAIL:a@x.example"], "a@x.example"),
        (["N:", "TEL:0800"], "0800"),
        (["N:;;A.;Dr.;"], "A. Dr."),
    ],
)
def test_a_card_without_a_full_name(book: Book, lines: list[str], name: str) -> None:
    assert book.only(card(*lines)).name == name


def test_a_nickname_finds_somebody(book: Book, workspace: Workspace) -> None:
    book.only(APPLE)
    assert [each.name for each in asyncio.run(workspace.contacts.find("nana", 9)).items] == ["Ana Silva"]


@pytest.mark.parametrize("kind", ["KIND:group", "X-ADDRESSBOOKSERVER-KIND:group"])
def test_a_group_is_nobody_and_is_told_of(book: Book, kind: str) -> None:
    groups = [card(f"FN:Team {number}", kind, "MEMBER:urn:uuid:1") for number in range(7)]
    assert book.bring(*groups, card("FN:A")) == [
        "Imported 1 contact.",
        "my.vcf: 7 groups were left out ('Team 0', 'Team 1', 'Team 2', 'Team 3', 'Team 4' and 2 more): "
        "only people and companies come in.",
    ]


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (b"BEGIN:VCARD\nFN:Bad\n", "card 1 was left out ('Bad'): it has no end."),
        (b"BEGIN:VCARD\nGEO:\nGEO:1\nEND:VCARD\n",
         "card 1 was left out ('GEO:1'): it has no name, no address and no number."),
        (b"BEGIN:VCARD\nFN:A\nsome words\nmore\nEND:VCARD\n",
         "card 1 ('A') came in without 2 lines, the first that cannot be read: 'some words'."),
        (b"BEGIN:VCARD\nFN:A\nwords: more\nEND:VCARD\n", None),
        (b"BEGIN CARD\nFN:A\nEND:VCARD\n",
         "the file came in without 2 lines, the first of them in no card: 'BEGIN CARD'."),
    ],
)  # fmt: skip
def test_what_is_left_out_is_told_of(book: Book, bad: bytes, told: str | None) -> None:
    report = book.bring(bad, card("FN:Good"))
    assert report[1:] == ([f"my.vcf: {told}"] if told else [])
    assert "Good" in [each.name for each in book.people]


def test_a_file_that_was_cut_off_says_so(book: Book) -> None:
    assert book.bring(card("FN:A"), card("FN:Bea", "TEL:1")[:-20]) == [
        "Imported 1 contact.",
        "my.vcf: card 2 was left out ('Bea'): it has no end: the file was cut off in it.",
    ]


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_called_so(book: Book, content: bytes) -> None:
    assert book.bring(content) == ["Imported nothing new.", "my.vcf: the file is empty."]


@pytest.mark.parametrize("name", ["book.csv", "book.LDIF"])
def test_a_file_of_another_kind_says_what_to_export_instead(book: Book, name: str) -> None:
    with pytest.raises(Refused, match=r"export the address book as vCard \(\.vcf\) instead"):
        book.bring(b"x", name=name)


# --- who is who ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("revisions", [("20260101T000000Z", "2025-12-31T00:00:00Z"), ("", "20260101"), ("2026-02", "")])
def test_the_newest_of_several_cards_with_one_uid_counts(book: Book, revisions: tuple[str, str]) -> None:
    newest = max((0, 1), key=lambda number: revisions[number].replace("-", ""))
    cards = [card("UID:1", f"FN:A{number}", *([f"REV:{rev}"] if rev else [])) for number, rev in enumerate(revisions)]
    filling = [card(f"FN:X{number}") for number in range(150)]  # more than one batch
    report = book.bring(cards[0], *filling, cards[1])
    assert report == ["Imported 151 contacts.", "1 was there already."]
    assert [each.name for each in book.people if each.name[0] == "A"] == [f"A{newest}"]


@pytest.mark.parametrize(
    ("source", "before"),
    [
        (
            card("FN:A", "EMAIL:b@x", "EMAIL;TYPE=PREF:a@x", "TEL;TYPE=HOME:1", "TEL;TYPE=PREF:2"),
            ["A", "b@x", "a@x", "1"],
        ),
        (card("N:B;A", "NICKNAME:C"), ["A B", ""]),
        (card("NICKNAME:C", "ORG:D"), ["D", ""]),
        (b"BEGIN:VCARD\nFN:\x93Zo\xeb\x94\nEND:VCARD\n", ["\x93Zoë\x94", ""]),
        (b"BEGIN:VCARD\nFN;CHARSET=windows-1251:\xc8\xf0\nEND:VCARD\n", ["Èð", ""]),
        (b"BEGIN:VCARD\nFN;QUOTED-PRINTABLE;CHARSET=windows-1251:=C8=F0\nEND:VCARD\n", ["Ир", ""]),
    ],
)
def test_who_came_in_with_an_earlier_version_does_not_come_again(book: Book, source: bytes, before: list[str]) -> None:
    row = {"id": "c1", "uid": digest(*before), "name": "x", "emails": [], "phone": "", "organization": "", "notes": ""}
    book.store.write_now(lambda conn: conn.execute(insert(local_contacts).values(user_id=book.user, **row)))
    assert book.bring(source) == ["Imported nothing new.", "1 was there already."]


def test_two_who_have_only_a_nickname_in_common_are_two(book: Book) -> None:
    assert book.bring(card("NICKNAME:Jo", "TEL:1"), card("NICKNAME:Jo", "TEL:2")) == ["Imported 2 contacts."]


def test_what_was_known_already_is_not_told_of_again(book: Book) -> None:
    source = card(f"FN:{'n' * 600}", "stray")
    assert len(book.bring(source)) == 3
    assert book.bring(source) == ["Imported nothing new.", "1 was there already."]


def test_a_card_that_is_there_twice_is_known(book: Book) -> None:
    assert book.bring(card("FN:A"), card("FN:A")) == ["Imported 1 contact.", "1 was there already."]


@pytest.mark.parametrize(("charset", "octets"), [("utf-8", 1), ("utf-16-le", 2)])
def test_where_a_file_is_cut_to_be_read_does_not_matter(charset: str, octets: int) -> None:
    note = "NOTE;QUOTED-PRINTABLE:a=\r\nb\r\nC:d\r\n"
    for before in range(len(note)):  # of the note stands before the cut
        first = "BEGIN:" if octets == 2 else "NOTE;QUOTED-PRINTABLE:"
        filled = first.ljust(65_536 // octets - before - len("\r\n"), "x")
        lines = [line.decode() for line in content_lines(BytesIO(f"{filled}\r\n{note}".encode(charset)))]
        assert lines == [filled, "NOTE;QUOTED-PRINTABLE:ab", "C:d"]


def test_a_line_end_that_is_cut_in_two_is_one() -> None:
    filled = "NOTE;QUOTED-PRINTABLE:".ljust(65_536 - len("=\r"), "x")
    assert list(content_lines(BytesIO(f"{filled}=\r\nb".encode()))) == [f"{filled}b".encode()]


def test_cards_are_cut_apart_in_linear_bounds() -> None:
    nested = b"BEGIN:VCARD\nFN:x\n" + b"AGENT:\nBEGIN:VCARD\n" * 1_000 + b"END:VCARD\n" * 1_000 + b"END:VCARD\n"
    [found] = components(BytesIO(nested), "VCARD")
    assert (found.why, len(found.inner)) == ("", 2_999)
