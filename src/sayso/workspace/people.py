"""Addresses compared, and whose they are."""

from collections.abc import Iterable
from dataclasses import dataclass

from sayso.workspace.types import Person

NOBODY = "unknown@invalid"
"""The address of who has none."""


def same_address(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


@dataclass(frozen=True, slots=True)
class Me(Person):
    """The user, by the address of his account; `others`: the further addresses that are his own."""

    others: tuple[str, ...] = ()

    def owns(self, address: str) -> bool:
        return any(same_address(address, own) for own in (self.email, *self.others))

    def among(self, people: Iterable[Person]) -> bool:
        return any(self.owns(person.email) for person in people)
