"""The text of what is attached: of plain files as it is meant, of PDFs by a process of its own with bounds."""

import asyncio
import os
import resource
import sys
from pathlib import Path

import pytest
from tests.kit.pdfs import locked, pdf

from sayso.workspace.formats import file_text
from sayso.workspace.formats.file_text import CUT, NotRead, kind_of, plain_text
from sayso.workspace.formats.pdf import PdfTexts


@pytest.fixture(autouse=True)
def _children_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a child may import are the places of this process, among which pytest need not have this one."""
    monkeypatch.syspath_prepend(Path(__file__).parents[2])


LETTER = pdf("Grüße, total 500", "", "Page three")


@pytest.mark.parametrize(
    ("content", "media_type", "name", "text"),
    [
        (b"a;b\r\n1;2", "text/csv", "a.csv", "a;b\n1;2"),
        ("Grüße".encode(), "text/plain", "a", "Grüße"),
        ("Grüße".encode("latin-1"), "text/plain", "a", "Grüße"),
        ("Grüße".encode("utf-16"), "text/plain", "a", "Grüße"),
        (b"\xef\xbb\xbfa", "text/plain", "a", "a"),
        (b'{"a": 1}', "application/json", "a", '{"a": 1}'),
        (b"<a>1</a>", "application/atom+xml", "a", "<a>1</a>"),
        (b"BEGIN:VCARD", "text/vcard", "a", "BEGIN:VCARD"),
        (b"BEGIN:VCALENDAR", "application/ics", "a", "BEGIN:VCALENDAR"),
        (b"a,b", "application/octet-stream", "A.CSV", "a,b"),
        (b"<p>One<p>Two<script>x</script>", "text/html", "a", "One\n\nTwo"),
        ("<meta charset=koi8-r><p>Да".encode("koi8-r"), "text/html", "a", "Да"),
        (b"From: a@b.example\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nText", "message/rfc822", "a.eml",
         "From: a@b.example\nSubject: Grüße\n\nText"),
        (b"a\0b", "text/plain", "a", "ab"),
    ],
)  # fmt: skip
def test_plain_files(content: bytes, media_type: str, name: str, text: str) -> None:
    assert plain_text(content, media_type, name).text == text


@pytest.mark.parametrize(
    ("media_type", "name"),
    [("image/png", "a.txt"), ("application/zip", "a"), ("text/rtf", "a"), ("application/octet-stream", "a.docx")],
)
def test_what_is_no_text_is_told(media_type: str, name: str) -> None:
    with pytest.raises(NotRead, match="no text and no PDF"):
        plain_text(b"abc", media_type, name)


@pytest.mark.parametrize("media_type", ["text/plain", "text/html", "message/rfc822"])
def test_a_text_has_a_length(media_type: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_text, "MOST", 10)
    text = plain_text(b"\n\n" + b"a" * 50, media_type, "a").text
    assert text.endswith(CUT)
    assert len(text) <= 10 + 1 + len(CUT)


def test_a_pdf_is_known_by_its_type_or_its_name() -> None:
    assert kind_of("application/octet-stream", "Bill.PDF") == "application/pdf"
    assert kind_of("image/png", "bill.pdf") == "image/png"


def told(content: bytes, reader: PdfTexts | None = None) -> str:
    """The text of a PDF, or why there is none."""
    try:
        return asyncio.run((reader or PdfTexts()).text(content)).text
    except NotRead as error:
        return str(error)


def test_the_pages_of_a_pdf() -> None:
    found = asyncio.run(PdfTexts().text(LETTER))
    assert (found.text, found.pages) == ("Grüße, total 500\n\nPage three", 3)
    assert told(locked(LETTER, "")) == found.text


@pytest.mark.parametrize("coded", ["Nothing", "JBIG2Decode", "ASCII85Decode"])
def test_a_page_that_cannot_be_read_leaves_the_others(coded: str) -> None:
    assert told(pdf("One", "Two", "\xff~", coded=coded)) == "One\n\nTwo\n\n[This page cannot be read.]"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (locked(LETTER, "secret"), "locked with a password"),
        (pdf("", ""), "its pages are pictures"),
        (LETTER[:300], "damaged"),
        (b"%PDF-1.4", "damaged"),
        (b"", "damaged"),
        (b"no PDF at all " * 1_000, "damaged"),
        (LETTER.replace(b"/Kids [4 0 R", b"/Kids [2 0 R"), "damaged"),
    ],
    ids=["locked", "scanned", "cut", "begun", "empty", "none", "circular"],
)
def test_a_pdf_that_cannot_be_read_says_why(content: bytes, why: str) -> None:
    assert why in told(content)


@pytest.mark.parametrize(("content", "why"), [(b"", "takes too long"), (b"talk", "damaged")])
def test_a_reader_that_does_not_end_is_ended(content: bytes, why: str) -> None:
    seconds, others = 0.05 if not content else 60, children()
    assert why in told(content, PdfTexts(seconds, "tests.kit.stuck_child"))
    assert children() <= others


def test_a_reader_ends_with_what_waits_for_it() -> None:
    others = children()

    async def main() -> None:
        reading = asyncio.create_task(PdfTexts(60, "tests.kit.stuck_child").text(b""))
        while not children() - others:  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        assert children() <= others

    asyncio.run(main())


def children() -> set[str]:
    """The processes that this one has started and not yet buried."""
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        return set(file.read().split())


@pytest.mark.skipif(sys.platform == "win32", reason="no bounds there")
def test_a_reader_has_bounds_and_knows_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    seen = told(b"look", PdfTexts(child="tests.kit.looking_child"))
    assert "OPENAI_API_KEY" not in seen
    assert f"memory {768 * 2**20}" in seen
    assert f"files {0}" in seen
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 0
