"""PDFs for tests: whole, locked, of pictures only, damaged, and such as keep their reader busy."""

from io import BytesIO

from pypdf import PdfReader, PdfWriter


def pdf(*pages: str, coded: str = "") -> bytes:
    """A PDF with a line of text on each page. `coded`: how it says that the last one is packed, which it is not."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, text in enumerate(pages):
        shown = f"BT /F1 12 Tf 72 700 Td ({text}) Tj ET".encode("cp1252") if text else b""
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode(),
            b"<< %s /Length %d >>\nstream\n%s\nendstream"
            % (f"/Filter /{coded}".encode() if coded and number == len(pages) - 1 else b"", len(shown), shown),
        ]
    content, places = b"%PDF-1.4\n", list[int]()
    for number, each in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(content))
    return content + b"xref\n0 %d\n0000000000 65535 f \n%s%s" % (count, table, end)


def locked(content: bytes, password: str) -> bytes:
    """The PDF, to be opened with a password; with an empty one by everybody, though not to be changed."""
    writer, out = PdfWriter(clone_from=PdfReader(BytesIO(content))), BytesIO()
    writer.encrypt(password, "owner", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()
