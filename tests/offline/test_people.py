"""What the address book knows is told: several numbers with their kinds, postal addresses, birthdays."""

from typing import Any

import pytest

from .loop import Talk

ANA = {
    "name": "Ana Silva",
    "emails": ["ana@x.example"],
    "phone": "+1 555 0101",
    "phones": [{"value": "+1 555 0101", "kind": "mobile"}, {"value": "+1 555 0102", "kind": ""}],
    "organization": "",
    "addresses": [{"value": "1 Elm St, Troy", "kind": "home"}],
    "birthday": "1980-02-29",
}
TOLD = "Ana Silva: ana@x.example, +1 555 0101 (mobile), +1 555 0102, 1 Elm St, Troy (home)"


def asked(question: str, *people: dict[str, Any]) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    found = {"contacts": list(people), "total": len(people), "truncated": False}
    return Talk(lambda tool, args: found if tool == "find_contact" else None).say(question)


@pytest.mark.parametrize(
    "question",
    [
        "what's Ana's number?",
        "what's Ana's work number",
        "what is Ana's mobile phone number?",
        "what's Ana's home address",
        "what's Ana's postal address?",
        "where does Ana live?",
    ],
)
def test_all_numbers_and_addresses_are_told(question: str) -> None:
    assert asked(question, ANA) == (TOLD, [("find_contact", {"name": "Ana"})])


def test_of_several_people_postal_addresses_are_not_told() -> None:
    told, _ = asked("show me my contacts", ANA, {"name": "Bo", "phone": "1", "birthday": ""})
    assert told == "1. Ana Silva: ana@x.example, +1 555 0101 (mobile), +1 555 0102\n2. Bo: 1"


@pytest.mark.parametrize(
    ("birthday", "told"),
    [("1980-02-29", "on 29 February 1980"), ("--02-09", "on 9 February"), ("1980", "1980"), ("in May", "in May")],
)
@pytest.mark.parametrize("question", ["when is Ana's birthday?", "what's Ana's birthday", "when was Ana born?"])
def test_a_birthday(question: str, birthday: str, told: str) -> None:
    assert asked(question, ANA | {"birthday": birthday})[0] == f"Ana Silva: born {told}"


def test_a_birthday_that_no_contact_has_may_be_elsewhere() -> None:
    told, calls = asked("when is Ana's birthday?", {"name": "Ana Silva", "phone": "1"})
    assert told == "I don't know when Ana's birthday is."
    assert ("search_calendar_events", {"query": "Ana birthday"}) in calls
