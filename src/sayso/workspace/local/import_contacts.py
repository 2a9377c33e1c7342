"""vCard files into the address book."""

from pathlib import Path

from sqlalchemy import insert, select

from sayso.store.workspace_tables import local_contacts as contacts
from sayso.workspace.local.importing import Import, digest, stored_uid
from sayso.workspace.local.vcard import cards, contact_of


def read(job: Import, path: Path) -> None:
    raw = path.read_bytes()
    if b"BEGIN:VCARD" not in raw.upper():
        job.problem("the file", "it is not a vCard file.")
        return
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    known = set(job.conn.execute(select(contacts.c.uid).where(contacts.c.user_id == job.user_id)).scalars())
    for number, card in enumerate(cards(text), 1):
        try:
            contact, uid = contact_of(card)
        except (ValueError, LookupError) as error:
            job.problem(f"card {number}", error)
            continue
        uid = stored_uid(uid) if uid.strip() else digest(contact.name, *contact.emails, contact.phone)
        if uid in known:
            job.report.known += 1
            continue
        known.add(uid)
        row = {"name": contact.name, "phone": contact.phone, "organization": contact.organization}
        row |= {"user_id": job.user_id, "id": job.ids.new("ctc"), "uid": uid, "notes": contact.notes}
        job.conn.execute(insert(contacts).values(**row, emails=list(contact.emails)))
        job.report.contacts += 1
