"""Reads a PDF from standard input and writes its text as JSON, within bounds, then ends: `python -m …pdf_child`."""

import json
import sys
import time
from io import BytesIO
from typing import Any

MEMORY = 768 * 2**20
"""Bytes of address space, where the system bounds it."""
SECONDS = 20
"""After which no further page is begun."""
MOST = 300_000
"""Characters after which no further page is begun."""


def main() -> None:
    bound()
    json.dump(_read(sys.stdin.buffer.read()), sys.stdout)


def bound() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, 2 * SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def _read(content: bytes) -> dict[str, Any]:
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError, PyPdfError

    wrong = (PyPdfError, ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError,
             ValueError)  # fmt: skip
    until, texts, read = time.monotonic() + SECONDS, list[str](), 0
    try:
        reader = PdfReader(BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"problem": "encrypted"}
        pages = len(reader.pages)
        for page in reader.pages:
            try:
                texts.append(page.extract_text())
            except Exception:  # noqa: BLE001  whatever a page does, the others are read
                texts.append("[This page cannot be read.]")
            read += 1
            if sum(map(len, texts)) > MOST or time.monotonic() > until:
                break
    except (DependencyError, FileNotDecryptedError):
        return {"problem": "encrypted"}
    except wrong:
        return {"problem": "damaged"}
    text = "\n\n".join(each.strip() for each in texts if each.strip())
    if not text:
        return {"problem": "empty"}
    clean = text.encode("utf-8", "replace").decode().replace("\0", "")
    return {"pages": pages, "read": read, "text": clean[: 2 * MOST]}


if __name__ == "__main__":
    main()
