"""The embedded address book, with everybody the user has written to, heard from or met."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, func, or_, select

from sayso.english.words import fold, to_find, words
from sayso.store.gateway import ReadConn, Store
from sayso.store.holding import holds
from sayso.store.workspace_tables import local_contacts as contacts
from sayso.store.workspace_tables import local_events as events
from sayso.store.workspace_tables import local_messages as messages
from sayso.store.workspace_tables import local_overrides as overrides
from sayso.workspace.finding import MAX_NAME, found
from sayso.workspace.people import Me
from sayso.workspace.stored import DETAILS, PEOPLE, PERSON, to_json
from sayso.workspace.types import Contact, Details, Page, Person

COLUMNS = [column for column in contacts.c if column.name != "kept"]
"""All but what only an export reads, pictures among it."""
_NAMES = (messages.c.find_from, messages.c.find_to)


@dataclass(frozen=True, slots=True)
class LocalContacts:
    store: Store
    user_id: str
    me: Me

    async def find(self, name: str, limit: int) -> Page[Contact]:
        matching = await self.store.read(_find, self.user_id, self.me, name)
        return Page(matching[:limit], total=len(matching))


def load_contacts(conn: ReadConn, user_id: str) -> list[Contact]:
    query = select(*COLUMNS).where(contacts.c.user_id == user_id).order_by(contacts.c.name, contacts.c.id)
    return [contact_from(row) for row in conn.execute(query).mappings()]


def contact_from(row: RowMapping) -> Contact:
    details = DETAILS.validate_python(row["details"])
    own = (row["id"], row["name"], tuple(row["emails"]), row["phone"], row["organization"], row["notes"])
    return Contact(*own, details=details)


def details_json(details: Details) -> dict[str, Any]:
    """As they are stored: what is known."""
    return {key: value for key, value in to_json(DETAILS, details).items() if value}


def _find(conn: ReadConn, user_id: str, me: Me, name: str) -> list[Contact]:
    if len(name) > MAX_NAME:
        return []
    wanted = words(name)
    book = load_contacts(conn, user_id)
    known = {fold(email) for contact in book for email in contact.emails}
    met: Counter[str] = Counter()
    names: dict[str, Person] = {}
    for person, times in _met(conn, user_id, wanted):
        address = fold(person.email)
        met[address] += times
        if address not in names or (person.name and not names[address].name):
            names[address] = person
    others = [
        Contact(f"adr_{person.email}", person.name or person.email, (person.email,), in_book=False)
        for address, person in names.items()
        if address not in known and "@" in address and not me.owns(person.email)
    ]

    return found((*book, *others), name, lambda contact: sum(met[fold(email)] for email in contact.emails))


def _met(conn: ReadConn, user_id: str, wanted: list[str]) -> Iterator[tuple[Person, int]]:
    """People in mails and events, with how often; of the mails only those that name all the words wanted."""
    columns = (messages.c.sender, messages.c.to, messages.c.cc)
    mails = select(*columns, func.count()).where(messages.c.user_id == user_id).group_by(*columns)
    for text in filter(None, map(to_find, wanted)):
        mails = mails.where(or_(*(holds(column, text) for column in _NAMES)))
    for sender, to, cc, times in conn.execute(mails):
        yield from ((person, times) for person in PEOPLE.validate_python([sender, *to, *cc]))
    for table in (events, overrides):
        for guests in conn.execute(select(table.c.guests).where(table.c.user_id == user_id)).scalars():
            yield from ((guest, 1) for guest in PEOPLE.validate_python(guests))
    hosts = select(events.c.organizer).where(events.c.user_id == user_id, events.c.organizer.is_not(None))
    for host in conn.execute(hosts).scalars():
        yield PERSON.validate_python(host), 1
