"""Addresses compared, and whose they are."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sayso.base.addresses import is_invented
from sayso.workspace.types import Guest, Person

NOBODY = "unknown@invalid"
"""The address of who has none."""


def same_address(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


@dataclass(frozen=True, slots=True)
class Me(Person):
    """The user, by the address that his mails and invitations are from; `others`: the further ones that are his own."""

    others: tuple[str, ...] = ()

    @classmethod
    def of(cls, email: str, name: str, addresses: Iterable[str]) -> "Me":
        """The user whose account has this address and name. He writes from it, unless it is nobody's and he has said
        which addresses are his own: then from the first of these."""
        first, *others = (*addresses, email) if is_invented(email) else (email, *addresses)
        return cls(first, name, tuple(others))

    def also(self, addresses: Iterable[str]) -> "Me":
        """The same with further addresses of his own."""
        return replace(self, others=(*self.others, *addresses))

    def at(self, address: str) -> "Me":
        """The same as he writes from an account with this address."""
        return Me(address, self.name, (self.email, *self.others))

    @property
    def person(self) -> Person:
        return Person(self.email, self.name)

    def owns(self, address: str) -> bool:
        """Whether the address is one of the user's, also with a tag: who has robin@x gets what goes to robin+shop@x."""
        local, at, domain = address.rpartition("@")
        plain = f"{local.partition('+')[0]}{at}{domain}"
        return any(same_address(each, own) for own in (self.email, *self.others) for each in (address, plain))

    def among(self, people: Iterable[Person | Guest]) -> bool:
        return any(self.owns(person.email) for person in people)
