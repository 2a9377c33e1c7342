"""Where mails lie in files: mbox (RFC 4155) as programs write it, single mails, Apple Mail's and Maildir's folders."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal

from sayso.workspace.formats.mail_date import date_of
from sayso.workspace.formats.mail_labels import Keeping

PIECE = 65_536
"""Bytes of a file that are looked at in one go, and of a mail's headers to find its date."""

Kind = Literal["empty", "mbox", "mail", "emlx", "other", "old mac"]

NO_MAIL = ("empty", "other", "old mac")

_DAY = rb"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? ++"
_MONTH = rb"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_SEPARATOR = re.compile(
    rb"From ++(?:(?:(?!" + _DAY + rb")\S++ ++(?:at ++\S++ ++)?)?" + _DAY + rb"|(?:[^\s@]*+@\S++|-) ++)"
    + rb"(?P<date>(?:" + _MONTH + rb" ++[0-9]|[0-9]{1,2}[ -]" + _MONTH + rb"|[0-9]{4}-[0-9])"
    + rb"[^\r\n:]*+(?<=[0-9]):[0-9]{2}[^\r\n]*+)", re.IGNORECASE,
)  # fmt: skip
"""Somebody and a date; what has no date is text. `From Monday on we meet` is, and so it stays."""
_DATELESS = re.compile(rb"From (?:-|[^\s@]++@[^\s@]++)")
_HEADER = re.compile(rb"[!-9;-~]++[ \t]*+:|>?From ")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_TO_QUOTE = re.compile(rb"^(>*From )", re.MULTILINE)
_KNOWN = re.compile(
    rb"^(?:from|to|subject|date|received|return-path|delivered-to|message-id|mime-version|x-mozilla-status)[ \t]*:",
    re.MULTILINE | re.IGNORECASE,
)
_LENGTH = re.compile(rb"[0-9]{1,12}[ \t]*\r?\n")
_PLIST_FLAGS = re.compile(rb"<key>flags</key>\s*<integer>([0-9]{1,19})</integer>")
_EMLX = {0: "S", 1: "T", 4: "F", 6: "D"}
"""The bits of Apple Mail's flags, as letters of Maildir."""
_MAILDIR = re.compile(r"[:;!]2,([A-Za-z]*)$")
_MODIFIED_UTF7 = re.compile(r"&([A-Za-z0-9+,]*)-")
_MARK = b"\xef\xbb\xbf"
BOXES = (".mbox", ".mbx")


@dataclass(frozen=True, slots=True)
class Found:
    """A mail in a file: its From line, or nothing, and where the rest of it is."""

    line: bytes
    start: int
    stop: int
    head: bytes
    """The beginning of it, with its headers unless they are longer than PIECE."""
    flags: str | None = None
    """What the file says of it besides, as letters of Maildir."""


def kind_of(file: BinaryIO, name: str) -> Kind:
    """What the file is by its beginning; only in case of doubt by its name."""
    file.seek(0)
    begin = file.read(PIECE).removeprefix(_MARK).lstrip(b"\r\n")
    suffix = Path(name).suffix.lower()
    if not begin:
        return "empty"
    if b"\n" not in begin and begin.startswith(b"From ") and b"\r" in begin:
        return "old mac"
    if _LENGTH.match(begin) and _KNOWN.search(begin):
        return "emlx"
    if begin.startswith(b"From ") and (suffix in BOXES or _SEPARATOR.match(begin) or _KNOWN.search(begin)):
        return "mbox"
    if _HEADER.match(begin) and (suffix == ".eml" or _KNOWN.search(begin)):
        return "mbox" if suffix in BOXES else "mail"
    return "other"


def mails_in(path: Path, kind: Kind) -> Iterator[Found]:
    """The mails of a file of this kind, in its order, in one pass."""
    if kind in NO_MAIL:
        return
    with path.open("rb") as file:
        begin = _begin(file)
        yield from _boxed(file, begin) if kind == "mbox" else _single(file, begin, kind)


def _single(file: BinaryIO, begin: int, kind: Kind) -> Iterator[Found]:
    stop, flags = file.seek(0, os.SEEK_END), None
    if kind == "emlx":
        file.seek(begin)
        line = file.readline(PIECE)
        begin += len(line)
        stop = min(stop, begin + int(line))
        file.seek(stop)
        found = _PLIST_FLAGS.search(file.read(PIECE))
        flags = "".join(letter for bit, letter in _EMLX.items() if found and int(found[1]) >> bit & 1)
    file.seek(begin)
    yield Found(b"", begin, stop, file.read(min(PIECE, stop - begin)), flags)


def _begin(file: BinaryIO) -> int:
    """Behind a byte order mark and empty lines."""
    file.seek(0)
    place = len(_MARK) if file.read(len(_MARK)) == _MARK else 0
    file.seek(place)
    while (line := file.readline(PIECE)) in (b"\n", b"\r\n"):
        place += len(line)
    return place


def _boxed(file: BinaryIO, place: int) -> Iterator[Found]:
    line, start = b"", -1
    head, in_head = bytearray(), True
    whole, before = True, b"\n"
    file.seek(place)
    while piece := file.readline(PIECE):
        begin, place = place, place + len(piece)
        if whole and piece.startswith(b"From ") and (start < 0 or _separates(file, piece, before)):
            if start >= 0:
                yield Found(line, start, begin - (before == b"\n"), bytes(head))
            line, start, in_head = piece[:1000], place, True
            head.clear()
        elif start < 0:
            start = begin  # the first From line is missing
        if in_head and start < place:
            in_head = bool(piece.strip()) and len(head) < PIECE
            head += piece
        before = piece if whole else b""
        whole = piece.endswith(b"\n")
    if start >= 0:
        yield Found(line, start, place - (before == b"\n"), bytes(head))


def _separates(file: BinaryIO, line: bytes, before: bytes) -> bool:
    """Whether a line that begins with `From ` begins a mail: there are a sender and a date in it and headers behind it.

    An empty line before it is not asked for, since not every program writes one; where there is one, the mail may be
    without headers.
    """
    found = _SEPARATOR.match(line)
    place = file.tell()
    behind = file.readline(PIECE)
    file.seek(place)
    if _DATELESS.fullmatch(line.strip()):  # as Netscape and some exports write it
        return bool(_HEADER.match(behind)) and not before.strip()
    if not found or date_of(found["date"].decode("latin-1")) is None:
        return False
    return bool(_HEADER.match(behind)) or (not before.strip() and not behind.strip())


def delivered(line: bytes) -> datetime | None:
    """The time in a From line."""
    found = _SEPARATOR.match(line)
    return date_of(found["date"].decode("latin-1")) if found else None


def unquoted(mail: bytes) -> bytes:
    """The mail as it was before it was put into a mbox, which sets a sign before each `From `, `>From ` … (mboxrd)."""
    return _QUOTED.sub(rb"\1", mail) if b">From " in mail else mail


def quoted(mail: bytes) -> bytes:
    return _TO_QUOTE.sub(rb">\1", mail)


def files_in(path: Path, failed: Callable[[OSError], object]) -> Iterator[Path]:
    """The files of a directory in order, its directories' too; of what is no directory, itself. `failed`: told of a
    directory that cannot be read."""
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path, onerror=failed):
        if "cur" in folders and "tmp" in folders:
            folders.remove("tmp")  # mails that are only just being written
        folders.sort()
        yield from (file for name in sorted(names) if (file := Path(folder, name)).is_file())


def keeping_of(path: Path, root: Path, kind: Kind, flags: str | None) -> Keeping:
    """What the names of a file and of the directories up to `root`, which is imported, say of the mails in it."""
    box = path
    if path.parent.name in ("cur", "new") and path != root:
        box = path.parent.parent
        found = _MAILDIR.search(path.name)
        flags = found[1].upper() if found else ""
    elif kind != "mbox" and path != root:
        above = [folder for folder in path.parents if folder == root or root in folder.parents]
        box = next((folder for folder in above if folder.suffix.lower() in BOXES), path.parent)
    elif path.name == "mbox" and path.parent.suffix.lower() in BOXES:
        box = path.parent
    name = box.stem if box.suffix.lower() in BOXES else box.name
    if name.startswith("."):
        name = name.rpartition(".")[2]  # Maildir++
    return Keeping(_MODIFIED_UTF7.sub(_unescaped, name) if kind == "mbox" or box != path else "", box != root, flags)


def _unescaped(found: re.Match[str]) -> str:
    """A piece of a folder's name (RFC 3501, 5.1.3)."""
    if not found[1]:
        return "&"
    return f"+{found[1].replace(',', '/')}-".encode().decode("utf-7", "replace")
