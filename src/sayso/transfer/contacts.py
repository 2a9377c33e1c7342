"""vCard files into the address book."""

from pathlib import Path

from sqlalchemy import insert

from sayso.store.workspace_tables import local_contacts as contacts
from sayso.transfer.job import BAD, Import, Insert, digest, stored_uid
from sayso.workspace.errors import Refused
from sayso.workspace.formats.content_lines import Component, components
from sayso.workspace.formats.vcard import card_lines, contact_of
from sayso.workspace.types import Contact


def read(job: Import, path: Path) -> None:
    size, some = path.stat().st_size, False
    with path.open("rb") as file:
        for batch in job.batches(enumerate(components(file, "VCARD"), 1), lambda item: len(item[1].source)):
            some = True
            job.write("contacts", _inserts(job, batch), file.tell() / size)
    if not some:
        job.problem("the file", "it is not a vCard file.")


def _inserts(job: Import, batch: list[tuple[int, Component]]) -> list[Insert]:
    """What stores the cards that are not there yet."""
    found: dict[str, Contact] = {}
    for number, card in batch:
        try:
            contact, uid = _contact(card)
        except BAD as error:
            job.problem(f"card {number}", error, card.value("FN"))
            continue
        job.report.known += uid in found
        found.setdefault(uid, job.fitted(f"card {number}", contact))
    known = job.known(contacts.c.uid, found)
    job.report.known += len(known)
    return [_insert(job, uid, contact) for uid, contact in found.items() if uid not in known]


def _contact(card: Component) -> tuple[Contact, str]:
    if card.why:
        raise Refused(card.why)
    contact, uid = contact_of(card_lines(card))
    return contact, stored_uid(uid) if uid.strip() else digest(contact.name, *contact.emails, contact.phone)


def _insert(job: Import, uid: str, contact: Contact) -> Insert:
    row = {"name": contact.name, "phone": contact.phone, "organization": contact.organization}
    row |= {"user_id": job.user_id, "id": job.ids.new("ctc"), "uid": uid, "notes": contact.notes}
    return lambda conn: conn.execute(insert(contacts).values(**row, emails=list(contact.emails)))
