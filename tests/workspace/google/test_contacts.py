"""Contacts at Google: read in full, then as they change; what a contact holds of a person."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from tests.kit.google.fake import EVERYTHING, Google
from tests.kit.google.faults import Fault
from tests.workspace.google.task_kit import Desk, desk_of

from sayso.base.clock import FixedClock
from sayso.workspace.errors import ReconnectNeeded, Refused, Unavailable
from sayso.workspace.google.people import contacts
from sayso.workspace.google.people.contacts import Book, GoogleContacts
from sayso.workspace.types import Contact, Detail, Details, Page

FULL, CHANGES = "full", "changes"


@dataclass
class Reader:
    google: Google
    desk: Desk
    others: bool = True
    book: Book = field(default_factory=Book)

    def find(self, name: str = "", limit: int = 100) -> Page[Contact]:
        async def main() -> Page[Contact]:
            async with httpx2.AsyncClient(trust_env=False, verify=False, timeout=5) as http:
                return await GoogleContacts(self.desk.google(http), self.book, self.others).find(name, limit)

        self.google.requests.clear()
        return asyncio.run(main())

    def names(self, name: str = "") -> list[str]:
        return [each.name for each in self.find(name).items]

    def read(self) -> list[str]:
        """How the contacts were read last."""
        mine = [each for each in self.google.requests if each.path.endswith("connections")]
        return [CHANGES if "syncToken=" in each.query else FULL for each in mine]


@pytest.fixture
def reader(google: Google) -> Reader:
    return Reader(google, desk_of(google))


def moved(google: Google, by: timedelta) -> None:
    assert isinstance(google.clock, FixedClock)
    google.clock.move(by)


def test_found_by_words_the_best_first(google: Google, reader: Reader) -> None:
    circle = google.people()
    circle.add("Ana Smith", "ana@x.test")
    circle.add("Anabel Ash", "smithy@y.test")
    circle.add("Bob", "bob@x.test", organizations=[{"name": "Smith & Co", "department": "Law"}])
    circle.add("Zoe Smith", "zoe@z.test", other=True)
    found = reader.find("smith")
    assert [each.name for each in found.items] == ["Ana Smith", "Anabel Ash", "Bob", "Zoe Smith"]
    assert [each.in_book for each in found.items] == [True, True, True, False]
    assert (found.total, [each.name for each in reader.find("smith", 2).items]) == (4, ["Ana Smith", "Anabel Ash"])
    assert reader.names("nobody") == []
    assert len(reader.names()) == 4


def test_after_the_first_time_only_what_changes_is_read(google: Google, reader: Reader) -> None:
    circle = google.people()
    ana, bob = circle.add("Ana"), circle.add("Bob")
    zoe = circle.add("Zoe", "zoe@x.test", other=True)
    assert (reader.names(), reader.read()) == (["Ana", "Bob", "Zoe"], [FULL])
    assert (reader.names(), reader.read()) == (["Ana", "Bob", "Zoe"], [CHANGES])
    circle.put(ana, {"names": [{"displayName": "Anna"}]})
    circle.delete(bob)
    circle.delete(zoe)
    circle.add("Cleo")
    assert (reader.names(), reader.read()) == (["Anna", "Cleo"], [CHANGES])
    moved(google, timedelta(days=8))
    circle.add("Dan")
    assert (reader.names(), reader.read()) == (["Anna", "Cleo", "Dan"], [CHANGES, FULL])
    assert (reader.names(), reader.read()) == (["Anna", "Cleo", "Dan"], [CHANGES])


def test_one_who_goes_by_another_name_is_there_once(google: Google, reader: Reader) -> None:
    circle = google.people()
    ana = circle.add("Ana")
    assert reader.names() == ["Ana"]
    del circle.people[ana]
    circle.add("Ana", metadata={"previousResourceNames": [ana]})
    assert reader.names() == ["Ana"]


def test_many_come_in_pages(google: Google, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1001):
        google.people().add(f"P{number:04}")
    assert reader.find("", 1).total == 1001
    assert reader.read() == [FULL, FULL]
    monkeypatch.setattr(contacts, "MAX_CONTACTS", 1000)
    with pytest.raises(Unavailable, match="more than 1,000 contacts"):
        Reader(google, reader.desk).find()


def test_others_only_where_they_may_be_read(google: Google, reader: Reader) -> None:
    google.people().add("Ana", "ana@x.test")
    google.people().add("ana", "Ana@x.test", other=True)
    google.people().add("Zoe", "zoe@x.test", other=True)
    assert reader.names() == ["Ana", "Zoe"]
    reader.others = False
    assert reader.names() == ["Ana"]
    assert all("other" not in each.path for each in google.requests)
    token = google.grant([each for each in EVERYTHING if "other" not in each])
    narrow = Reader(google, Desk(google.url, token, google.clock))
    assert narrow.names() == ["Ana"]
    assert len(google.took("scope")) == 1


def test_what_goes_wrong(google: Google, reader: Reader) -> None:
    google.people().add("Ana")
    google.faults.append(Fault("GET /v1/people", "status", 429, "rateLimitExceeded", times=2))
    assert reader.names() == ["Ana"]
    google.faults.append(Fault("GET /v1/people", "status", 503, times=9))
    with pytest.raises(Unavailable):
        reader.find()
    google.faults.clear()
    google.disabled.add("people")
    with pytest.raises(Refused, match="not switched on"):
        reader.find()
    google.expire(reader.desk.token)
    with pytest.raises(ReconnectNeeded):
        reader.find()


def test_what_a_contact_holds(google: Google, reader: Reader) -> None:
    primary = {"metadata": {"primary": True}}
    google.people().add(
        "Ana Smith",
        emailAddresses=[{"value": "old@x.test"}, {"value": "ana@x.test", **primary}, {"value": "old@x.test"}],
        phoneNumbers=[{"value": "+1 1", "type": "workFax"}, {"value": "+1 2", "type": "mobile", **primary}],
        organizations=[{"name": "Acme", "department": "Law", "title": "Clerk"}],
        nicknames=[{"value": "Annie"}],
        birthdays=[{"date": {"month": 2, "day": 29}, "text": "Feb 29"}],
        addresses=[{"formattedValue": "1 Main St\nNYC, NY\nUS", "type": "home"}],
        urls=[{"value": "https://a.test", "type": "homePage"}],
        imClients=[{"username": "ana@j.test", "protocol": "jabber"}, {"username": "ana.s", "protocol": "skype"}],
        sipAddresses=[{"value": "sip:ana@x.test", "type": "other"}],
        relations=[{"person": "Bob", "type": "domesticPartner"}],
        biographies=[{"value": "Met in Rome"}],
    )
    [found] = reader.find("annie").items
    assert found.id.startswith("crd_")
    assert (found.name, found.emails, found.phone) == ("Ana Smith", ("ana@x.test", "old@x.test"), "+1 2")
    assert (found.organization, found.notes) == ("Acme, Law", "Met in Rome")
    assert found.details == Details(
        phones=(Detail("+1 2", "mobile"), Detail("+1 1", "work fax")),
        addresses=(Detail("1 Main St, NYC, NY, US", "home"),),
        birthday="--02-29",
        title="Clerk",
        nicknames=("Annie",),
        links=(
            Detail("https://a.test", "home page"),
            Detail("xmpp:ana@j.test"),
            Detail("skype:ana.s"),
            Detail("sip:ana@x.test"),
        ),
        related=(Detail("Bob", "domestic partner"),),
    )


@pytest.mark.parametrize(
    ("person", "name"),
    [
        ({"names": [{"givenName": "Ana", "familyName": "Smith"}]}, "Ana Smith"),
        ({"names": [{"unstructuredName": "ana s"}]}, "ana s"),
        ({"nicknames": [{"value": "Annie"}]}, "Annie"),
        ({"organizations": [{"title": "x"}, {"name": "Acme"}]}, "Acme"),
        ({"emailAddresses": [{"type": "home"}, {"value": "ana@x.test"}]}, "ana@x.test"),
        ({"phoneNumbers": [{"value": "+1 2"}]}, "+1 2"),
    ],
)
def test_how_somebody_is_called(google: Google, reader: Reader, person: dict[str, Any], name: str) -> None:
    google.people().add(**person)
    google.people().add(birthdays=[{"text": "May"}])
    assert reader.names() == [name]


@pytest.mark.parametrize(
    ("birthday", "told"),
    [
        ({"date": {"year": 1980, "month": 5, "day": 2}}, "1980-05-02"),
        ({"date": {"year": 1980}}, "1980"),
        ({"date": {"year": 1980, "month": 5}}, "1980-05"),
        ({"text": "in May"}, "in May"),
        ({}, ""),
    ],
)
def test_birthdays(google: Google, reader: Reader, birthday: dict[str, Any], told: str) -> None:
    google.people().add("Ana", birthdays=[birthday])
    assert [each.details.birthday for each in reader.find().items] == [told]
