"""vCard files into the address book."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import insert

from sayso.store.workspace_tables import local_contacts as contacts
from sayso.transfer.job import BAD, Import, Insert, digest, stored_uid
from sayso.transfer.scratch import Scratch
from sayso.workspace.errors import Refused
from sayso.workspace.formats.charset import text_of
from sayso.workspace.formats.content_lines import Component, components, content_lines, name_of
from sayso.workspace.formats.vcard import Card, is_group, read_card, revision_of, title_of, uid_of
from sayso.workspace.local.contacts import details_json

_TABLES = ("newest (uid PRIMARY KEY, number, revision)",)
_SHOWN = 5

Item = tuple[int, Component]


def read(job: Import, path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as file, closing(Scratch(*_TABLES)) as scratch:
        if next(content_lines(file), None) is None:
            job.tell("the file is empty.")
            return
        strays, groups = _Strays(), _Groups()
        if not _find_newest(file, scratch, strays):
            job.problem("the file", "it is not a vCard file.")
            return
        for batch in job.batches(_people(job, file, scratch, groups), lambda item: len(item[1].source)):
            job.write("contacts", _inserts(job, batch), file.tell() / size)
        strays.tell(job)
        groups.tell(job)


def _find_newest(file: BinaryIO, scratch: Scratch, strays: "_Strays") -> bool:
    """Notes which card of several with one UID was changed last, and what is in none; returns whether there is one."""
    newest = "INSERT INTO newest VALUES (?, ?, ?) ON CONFLICT (uid) DO UPDATE SET number = excluded.number, "
    newest += "revision = excluded.revision WHERE excluded.revision > revision"
    number = 0
    for number, card in enumerate(components(file, "VCARD", around=strays.add), 1):
        if not card.why and (uid := uid_of(card)).strip():
            scratch.run(newest, stored_uid(uid), number, revision_of(card))
    return number > 0


def _people(job: Import, file: BinaryIO, scratch: Scratch, groups: "_Groups") -> Iterator[Item]:
    """The cards but for groups, and older ones of what has a newer one."""
    for number, card in enumerate(components(file, "VCARD"), 1):
        uid = uid_of(card)
        newest = scratch.first("SELECT number FROM newest WHERE uid = ?", stored_uid(uid))
        if not card.why and is_group(card):
            groups.add(title_of(card))
        elif not card.why and newest is not None and newest[0] != number:
            job.report.known += 1
        else:
            yield number, card


@dataclass(slots=True)
class _Strays:
    """Lines in no card."""

    count: int = 0
    first: str = ""

    def add(self, line: bytes, _: int) -> None:
        if line.strip() and name_of(line) != "END":
            self.count += 1
            self.first = self.first or text_of(line, "")

    def tell(self, job: Import) -> None:
        if self.count:
            lines = "1 line" if self.count == 1 else f"{self.count:,} lines, the first of them"
            job.remark("the file", "", f"came in without {lines} in no card: '{self.first}'.")


@dataclass(slots=True)
class _Groups:
    """Lists of others, which are nobody themselves."""

    count: int = 0
    names: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        self.count += 1
        if len(self.names) < _SHOWN:
            self.names.append(f"'{name}'")

    def tell(self, job: Import) -> None:
        if self.count:
            were = "1 group was" if self.count == 1 else f"{self.count:,} groups were"
            more = f" and {self.count - _SHOWN:,} more" if self.count > _SHOWN else ""
            names = ", ".join(self.names) + more
            job.report.tell(f"{job.file_name}: {were} left out ({names}): only people and companies come in.")


def _inserts(job: Import, batch: list[Item]) -> list[Insert]:
    """What stores the cards that are not there yet."""
    found: dict[str, tuple[Item, Card]] = {}
    earlier: dict[str, list[str]] = {}  # what an earlier version called those without a UID
    for number, source in batch:
        try:
            card, (uid, *others) = _contact(source)
        except BAD as error:
            job.problem(f"card {number}", error, title_of(source))
            continue
        job.report.known += uid in found
        found.setdefault(uid, ((number, source), card))
        earlier[uid] = others
    there = job.known(contacts.c.uid, {*found, *(uid for uids in earlier.values() for uid in uids)})
    known = {uid for uid in found if not there.isdisjoint([uid, *earlier[uid]])}
    job.report.known += len(known)
    return [_insert(job, uid, *found[uid]) for uid in found if uid not in known]


def _contact(source: Component) -> tuple[Card, list[str]]:
    """What the card says, and the UIDs that it may be stored by, first that of now."""
    if source.why:
        raise Refused(source.why)
    card = read_card(source)
    return card, [stored_uid(card.uid)] if card.uid.strip() else [digest(each) for each in card.identities]


def _insert(job: Import, uid: str, item: Item, card: Card) -> Insert:
    number, source = item
    contact = job.fitted(f"card {number}", card.contact)
    if source.left:
        names = ", ".join(dict.fromkeys(source.left))
        job.remark(f"card {number}", contact.name, f"came in without what is too long in it: {names}.")
    if card.stray:
        lines = "a line" if len(card.stray) == 1 else f"{len(card.stray):,} lines, the first"
        job.remark(f"card {number}", contact.name, f"came in without {lines} that cannot be read: '{card.stray[0]}'.")
    row = {"name": contact.name, "phone": contact.phone, "organization": contact.organization}
    row |= {"user_id": job.user_id, "id": job.ids.new("ctc"), "uid": uid, "notes": contact.notes}
    more = {"details": details_json(contact.details), "kept": card.kept}
    return lambda conn: conn.execute(insert(contacts).values(**row, **more, emails=list(contact.emails)))
