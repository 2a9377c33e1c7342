"""The folders of a mailbox, and what each is for."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from imapclient.imap_utf7 import decode, encode  # type: ignore[import-untyped]

from sayso.english.words import fold
from sayso.workspace.formats.mail_labels import place_of
from sayso.workspace.mailbox.line import Line, No

Role = Literal["inbox", "sent", "drafts", "trash", "archive", "junk", "all", ""]
"""What is in a folder; empty: what its user has put there."""

MOST: Final = 500
SEARCHED: Final = 60
"""Folders that one search goes through."""
_ROLES: Final[tuple[Role, ...]] = get_args(Role)
_NAMES: Final[Mapping[Role, str]] = {"sent": "Sent", "drafts": "Drafts", "trash": "Trash", "archive": "Archive"}
"""What those are called that are made here."""
_PLACES: Final[Mapping[str, Role]] = {"sent": "sent", "drafts": "drafts", "trash": "trash", "Spam": "junk"}
_NO_DRAFTS: Final = ("outbox", "postausgang")
_ABOVE: Final = ("inbox", "[gmail]", "[google mail]")
"""Folders within which some servers keep those that have a role."""


@dataclass(frozen=True, slots=True)
class Folder:
    """`wire`: its name as the server has it (modified UTF-7, RFC 3501, 5.1.3); `path`: its name for people, with a `/`
    between levels and without what is before all of them."""

    wire: bytes
    path: str
    role: Role = ""


@dataclass(frozen=True, slots=True)
class Folders:
    """`prefix`: what the user's own folders are under, as `INBOX.`; `gmail`: whether a mail is in `all` whatever its
    labels are (X-GM-EXT-1)."""

    all: tuple[Folder, ...]
    prefix: bytes = b""
    delimiter: bytes = b"/"
    gmail: bool = False

    def of(self, role: Role) -> Folder | None:
        return next((folder for folder in self.all if folder.role == role), None)

    def at(self, wire: bytes) -> Folder | None:
        return next((folder for folder in self.all if folder.wire == wire), None)

    def called(self, label: str) -> Folder | None:
        """The user's own folder that a label names, by its path or the last part of it."""
        own = [folder for folder in self.all if not folder.role]
        name = fold(label.strip())
        exact = (folder for folder in own if fold(folder.path) == name)
        return next(exact, next((folder for folder in own if fold(folder.path.rpartition("/")[2]) == name), None))

    def searched(self) -> tuple[Folder, ...]:
        """Where mails are looked for, with the trash and junk at the end."""
        if self.gmail:
            kept = [folder for folder in self.all if folder.role in ("all", "trash", "junk")]
        else:
            kept = [folder for folder in self.all if folder.role != "all"]
        return (*(each for each in kept if each.role not in ("trash", "junk")),)[:SEARCHED] + tuple(
            each for each in kept if each.role in ("trash", "junk")
        )


def list_folders(line: Line, given: Mapping[str, str]) -> Folders:
    """The folders; `given`: by role, what the user says that they are called. Raises what `Line.ask` raises."""
    listed = line.ask(line.list_folders)
    entries = [entry for each in listed[: 4 * MOST] if (entry := _entry(each)) is not None]
    prefix = _prefix(line)
    roles = _roles(entries, prefix, given)
    folders = [Folder(entry.wire, entry.path(prefix), roles.get(entry.wire, "")) for entry in entries if entry.opens]
    folders.sort(key=lambda folder: (_ROLES.index(folder.role), fold(folder.path), folder.wire))
    delimiter = next((entry.delimiter for entry in entries if entry.delimiter), b"/")
    gmail = any(folder.role == "all" for folder in folders) and line.can("X-GM-EXT-1")
    return Folders(tuple(folders[:MOST]), prefix, delimiter, gmail)


def make_folder(line: Line, folders: Folders, role: Role, given: Mapping[str, str]) -> bytes:
    """Make the folder of a role, which is not there; its name on the wire. Raises No and what `Line.ask` raises."""
    name = encoded(given.get(role) or _NAMES[role])
    wire = name if name.startswith(folders.prefix) else folders.prefix + name
    try:
        line.ask(lambda: line.create_folder(wire))
    except No as error:
        if error.code != "ALREADYEXISTS":
            raise
    with suppress(No):
        line.ask(lambda: line.subscribe_folder(wire))  # else other programs do not show it
    return wire


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line of what LIST answers."""

    wire: bytes
    delimiter: bytes
    attributes: frozenset[str]

    @property
    def opens(self) -> bool:
        return not self.attributes & {"\\noselect", "\\nonexistent"}

    def path(self, prefix: bytes) -> str:
        wire = self.wire.removeprefix(prefix) or self.wire
        pieces = wire.split(self.delimiter) if self.delimiter else [wire]
        return "/".join(map(decoded, pieces))


def _entry(told: Sequence[Any]) -> _Entry | None:
    """None for a name that cannot be sent back as it came."""
    if len(told) != 3 or not isinstance(told[0], tuple):
        return None
    attributes, delimiter, name = told
    wire = name if isinstance(name, bytes) else str(name).encode() if isinstance(name, str | int) else b""
    if not wire or not wire.isascii() or re.search(rb"[\x00-\x1f\x7f]", wire) or len(wire) > 1_000:
        return None
    if wire.upper() == b"INBOX":
        wire = b"INBOX"
    lower = frozenset(each.decode("ascii", "replace").lower() for each in attributes if isinstance(each, bytes))
    return _Entry(wire, delimiter if isinstance(delimiter, bytes) else b"", lower)


def _prefix(line: Line) -> bytes:
    """What the user's own folders are under (RFC 2342)."""
    if not line.can("NAMESPACE"):
        return b""
    try:
        personal = line.ask(lambda: line.namespace().personal)
    except No:
        return b""
    first = next(iter(personal or ()), ("", ""))[0]
    return first if isinstance(first, bytes) else first.encode("ascii", "ignore")


def _roles(entries: Sequence[_Entry], prefix: bytes, given: Mapping[str, str]) -> dict[bytes, Role]:
    """By what the user says, else by the attributes (RFC 6154, 2), else by their names."""
    roles: dict[bytes, Role] = {b"INBOX": "inbox"}

    def give(role: Role, found: Sequence[_Entry]) -> None:
        if role not in roles.values():
            roles.update({entry.wire: role for entry in found[:1] if entry.wire not in roles})

    opening = [entry for entry in entries if entry.opens]
    for role in _ROLES[1:-1]:
        named = fold(given.get(role, ""))
        give(role, [each for each in opening if named and named in (fold(each.path(prefix)), fold(each.path(b"")))])
    for role in _ROLES[1:-1]:
        give(role, [entry for entry in opening if f"\\{role}" in entry.attributes])
    shallow = [entry for entry in opening if _is_shallow(entry.path(prefix))]
    for role in ("sent", "drafts", "trash", "junk", "archive"):
        give(role, [entry for entry in shallow if _by_name(entry.path(prefix)) == role])
    return roles


def _is_shallow(path: str) -> bool:
    above = path.rpartition("/")[0]
    return not above or fold(above) in _ABOVE


def _by_name(path: str) -> Role:
    name = path.rpartition("/")[2]
    place = place_of(name)
    if place == "" and not fold(name).startswith("all"):
        return "archive"
    return "" if fold(name) in _NO_DRAFTS else _PLACES.get(place or "", "")


def encoded(name: str) -> bytes:
    told: bytes = encode(name)
    return told


def decoded(name: bytes) -> str:
    """A name in modified UTF-7; what is none stays as it is."""
    try:
        return str(decode(name))
    except ValueError:
        return name.decode("ascii", "replace")
