"""The far address book."""

from tests.kit.far.state import Wire, paged

from sayso.workspace.types import Contact, Page


class FarContacts:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def find(self, name: str, limit: int) -> Page[Contact]:
        self._wire.alive()
        wanted = name.casefold().split()
        book = self._wire.all_mine(self._wire.far.contacts)
        fits = [each for each in book if all(word in f"{each.name} {each.emails}".casefold() for word in wanted)]
        return paged(fits, limit)
