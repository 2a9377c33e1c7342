"""Contacts found by words, the best match first."""

from collections.abc import Callable, Iterable
from typing import Final

from sayso.english.words import fold, words
from sayso.workspace.types import Contact

MAX_NAME: Final = 500
"""Nobody has a longer one; each word is a condition, and databases read some hundred nested ones."""


def found(contacts: Iterable[Contact], name: str, heard: Callable[[Contact], int] = lambda contact: 0) -> list[Contact]:
    """Those of whom each word of `name` begins a word: of the name, a nickname, the organization or an address. All,
    where it is empty. `heard`: how often one was written to or heard from."""
    if len(name) > MAX_NAME:
        return []
    wanted = words(name)

    def rank(contact: Contact) -> tuple[bool, bool, int, str, str]:
        exact = words(contact.name) == wanted or name.strip().casefold() in map(str.casefold, contact.emails)
        return not exact, not contact.in_book, -heard(contact) if wanted else 0, fold(contact.name), contact.id

    return sorted((contact for contact in contacts if _has(contact, wanted)), key=rank)


def _has(contact: Contact, wanted: list[str]) -> bool:
    own = words(" ".join((contact.name, *contact.details.nicknames, contact.organization, *contact.emails)))
    return all(any(word.startswith(part) for word in own) for part in wanted)
