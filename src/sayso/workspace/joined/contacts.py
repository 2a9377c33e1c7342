"""Several address books as one."""

from dataclasses import replace

from sayso.workspace.account_ids import carried
from sayso.workspace.joined.joined import Joined
from sayso.workspace.protocols import Contacts
from sayso.workspace.types import Contact, Page


class JoinedContacts(Joined[Contacts]):
    part = "contacts"

    async def find(self, name: str, limit: int) -> Page[Contact]:
        """Those whom the user keeps come first; who is in one book under addresses of another's is told once."""
        found = await self._all(lambda contacts: contacts.find(name, limit))
        everybody = [replace(each, id=carried(account, each.id)) for account, some in found for each in some.items]
        if len(found) == 1:
            return replace(found[0][1], items=everybody)
        known: set[str] = set()
        first: list[Contact] = []
        for contact in sorted(everybody, key=lambda each: not each.in_book):
            addresses = {email.casefold() for email in contact.emails}
            if not addresses or not addresses <= known:
                first.append(contact)
            known |= addresses
        return Page(first[:limit], total=len(first))
