"""People as JSON, and addresses compared."""

from collections.abc import Iterable

from sayso.workspace.types import Person

NOBODY = "unknown@invalid"
"""The address of who has none."""


def person_to_json(person: Person) -> dict[str, str]:
    return {"email": person.email, "name": person.name}


def person_from_json(data: dict[str, str]) -> Person:
    return Person(data["email"], data["name"])


def people_to_json(people: Iterable[Person]) -> list[dict[str, str]]:
    return [person_to_json(person) for person in people]


def people_from_json(data: Iterable[dict[str, str]]) -> tuple[Person, ...]:
    return tuple(person_from_json(item) for item in data)


def same_address(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
