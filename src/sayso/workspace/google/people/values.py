"""A person of Google's as a contact of ours (people v1, Person)."""

import hashlib
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from sayso.workspace.google.client import Json
from sayso.workspace.types import Contact, Detail, Details

FIELDS: Final = (
    "metadata,names,nicknames,emailAddresses,phoneNumbers,organizations,birthdays,addresses,urls,imClients,"
    "sipAddresses,relations,biographies"
)
"""What a contact can hold of a person, and whether he is deleted."""
OTHER_FIELDS: Final = "metadata,names,emailAddresses,phoneNumbers"
"""What is told of other contacts, at most."""
_SAYS_NOTHING: Final = ("", "other")
_WORDS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SCHEMES: Final = {"jabber": "xmpp", "googleTalk": "xmpp"}
"""Of protocols whose addresses have one of another name."""


def contact_of(person: Json, in_book: bool) -> Contact | None:
    """None: he has no name, no address and no number."""
    emails = tuple(dict.fromkeys(_texts(person, "emailAddresses", "value")))
    phones = _details(person, "phoneNumbers", "value")
    nicknames = tuple(dict.fromkeys(_texts(person, "nicknames", "value")))
    organization = next((found for each in _values(person, "organizations") if (found := _organization(each))), "")
    names = [_name(each) for each in _values(person, "names")]
    called = [*names, *nicknames[:1], organization, *emails, *(each.value for each in phones)]
    name = next(filter(None, called), "")
    if not name:
        return None
    phone = phones[0].value if phones else ""
    details = Details(
        () if phones == (Detail(phone),) else phones,
        _details(person, "addresses", "formattedValue", _on_one_line),
        next(filter(None, map(_birthday, _values(person, "birthdays"))), ""),
        next(iter(_texts(person, "organizations", "title")), ""),
        nicknames,
        (*_details(person, "urls", "value"), *_messaging(person), *_details(person, "sipAddresses", "value")),
        _details(person, "relations", "person"),
    )
    notes = "\n".join(_texts(person, "biographies", "value"))
    digest = hashlib.sha256(str(person.get("resourceName", "")).encode()).hexdigest()[:20]
    return Contact(f"crd_{digest}", name, emails, phone, organization, notes, in_book, details)


def is_deleted(person: Json) -> bool:
    return _metadata(person).get("deleted") is True


def former_names(person: Json) -> list[str]:
    """Resource names that he had before."""
    found = _metadata(person).get("previousResourceNames")
    return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []


def _metadata(value: Json) -> Json:
    found = value.get("metadata")
    return found if isinstance(found, dict) else {}


def _values(person: Json, field: str) -> list[Json]:
    """The values of a field, the primary one first."""
    found = person.get(field)
    values = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return sorted(values, key=lambda each: _metadata(each).get("primary") is not True)


def _text(value: Json, name: str) -> str:
    found = value.get(name)
    return found.strip() if isinstance(found, str) else ""


def _texts(person: Json, field: str, name: str) -> list[str]:
    return [text for each in _values(person, field) if (text := _text(each, name))]


def _details(person: Json, field: str, name: str, read: Callable[[str], str] = str) -> tuple[Detail, ...]:
    return _once(Detail(read(_text(each, name)), _kind(each)) for each in _values(person, field))


def _once(found: Iterable[Detail]) -> tuple[Detail, ...]:
    return tuple(dict.fromkeys(each for each in found if each.value))


def _kind(value: Json) -> str:
    """Its type in small letters: `workFax` is `work fax`; one of the user's own as he wrote it."""
    kind = _WORDS.sub(" ", _text(value, "type")).lower()
    return "" if kind in _SAYS_NOTHING else kind


def _name(name: Json) -> str:
    parts = " ".join(filter(None, (_text(name, each) for each in ("givenName", "middleName", "familyName"))))
    return _text(name, "displayName") or _text(name, "unstructuredName") or parts


def _organization(value: Json) -> str:
    return ", ".join(filter(None, (_text(value, "name"), _text(value, "department"))))


def _on_one_line(text: str) -> str:
    return ", ".join(filter(None, (" ".join(line.split()).strip(" ,") for line in text.split("\n"))))


def _birthday(value: Json) -> str:
    """In ISO 8601, as far as it is known; else as it was written."""
    found = value.get("date")
    date: dict[str, Any] = found if isinstance(found, dict) else {}
    year, month, day = (each if isinstance(each := date.get(name), int) else 0 for name in ("year", "month", "day"))
    if month and day:
        return f"{f'{year:04}' if year else '-'}-{month:02}-{day:02}"
    if year:
        return f"{year:04}-{month:02}" if month else f"{year:04}"
    return _text(value, "text")


def _messaging(person: Json) -> tuple[Detail, ...]:
    """Addresses for messages, as URIs."""
    return _once(Detail(_messaging_uri(each), _kind(each)) for each in _values(person, "imClients"))


def _messaging_uri(value: Json) -> str:
    protocol, name = _text(value, "protocol"), _text(value, "username")
    return f"{_SCHEMES.get(protocol, protocol.lower())}:{name}" if protocol and name and ":" not in name else name
