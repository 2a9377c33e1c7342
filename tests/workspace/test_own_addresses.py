"""One's own addresses: what they make of events and mails, and what files say of them."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from tests.workspace.conftest import NEW_YORK, NOW

from sayso.base.clock import FixedClock
from sayso.base.ids import Ids
from sayso.identity import users
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.store.tables import users as accounts
from sayso.store.workspace_tables import local_events, local_messages
from sayso.transfer.exporting import export_files
from sayso.transfer.importing import import_files
from sayso.transfer.job import ImportReport
from sayso.transfer.own import Found, find_own
from sayso.workspace.errors import Refused
from sayso.workspace.local import LocalWorkspace as Workspace
from sayso.workspace.local import local_workspace
from sayso.workspace.local.own_addresses import add_addresses, change_addresses
from sayso.workspace.people import Me
from sayso.workspace.search import parse_query
from sayso.workspace.types import Event, EventDraft, OutgoingMail, Person

ACCOUNT, ROBIN, LENA, OTTO = "me@sayso.local", "robin.doe@post.example", "lena@fox.example", "otto@oar.example"
EVENT = """BEGIN:VCALENDAR
X-WR-CALNAME:%(name)s
BEGIN:VEVENT
UID:talk
DTSTART:20260305T200000Z
DTEND:20260305T210000Z
SUMMARY:Roadmap talk
RRULE:FREQ=DAILY;COUNT=3
ORGANIZER;CN=Robin Doe:mailto:%(organizer)s
ATTENDEE;CN=Robin Doe;PARTSTAT=TENTATIVE:mailto:Robin.Doe@post.example
ATTENDEE;CN=Lena Fox;PARTSTAT=ACCEPTED:mailto:lena@fox.example
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def owner(store: Store, user: str) -> str:
    """The local user, whose account's address is nobody's."""
    row = {"email": ACCOUNT, "name": "You"}
    store.write_now(lambda conn: conn.execute(update(accounts).values(row)))
    return user


def me(store: Store, user: str) -> Me:
    account = store.read_now(users.get, user)
    return Me.of(account.email, account.name, account.addresses)


def work(store: Store, user: str, ids: Ids) -> Workspace:
    return local_workspace(store, user, me(store, user), FixedClock(NOW), ids)


def bring(store: Store, user: str, ids: Ids, *files: Path) -> ImportReport:
    report = ImportReport()
    import_files(store, user, me(store, user), NEW_YORK, ids, files, report)
    return report


def calendar(folder: Path, name: str = "Home", organizer: str = ROBIN) -> Path:
    (folder / "my.ics").write_text(EVENT % {"name": name, "organizer": organizer})
    return folder / "my.ics"


def mail(number: int, sender: str, to: str, *headers: str) -> str:
    lines = (f"From: {sender}", f"To: {to}", "Subject: Boat", "Date: Sun, 1 Mar 2026 10:00:00 -0500")
    return "\n".join(
        ("From x Mon Mar  2 08:00:00 2026", *lines, f"Message-ID: <{number}@x>", *headers, "", "Hi", "", "")
    )


def mbox(folder: Path, mails: Iterable[str], name: str = "my.mbox") -> Path:
    (folder / name).write_text("".join(mails))
    return folder / name


def talk(store: Store, user: str, ids: Ids) -> Event:
    [first, *_] = asyncio.run(work(store, user, ids).calendar.list_events(NOW, NOW.replace(day=9)))
    return first


def labels(store: Store, user: str) -> dict[str, list[str]]:
    query = select(local_messages.c.message_id, local_messages.c.labels).where(local_messages.c.user_id == user)

    def read(conn: ReadConn) -> dict[str, list[str]]:
        return {row.message_id: row.labels for row in conn.execute(query)}

    return store.read_now(read)


# --- whose an address is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "owned"),
    [
        ("ROBIN.DOE@Post.Example", True),
        (" robin.doe@post.example", True),
        ("robin.doe+shop@post.example", True),
        (ACCOUNT, True),
        ("robin@post.example", False),
        ("doe+robin@post.example", False),
        ("robin.doe@post.example.org", False),
        ("", False),
    ],
)
def test_case_and_tags_make_no_other_address(address: str, owned: bool) -> None:
    assert Me.of(ACCOUNT, "You", [ROBIN]).owns(address) is owned


def test_a_real_account_writes_from_its_address_and_an_invented_one_from_the_first_of_ones_own() -> None:
    assert Me.of(ACCOUNT, "You", [ROBIN, OTTO]) == Me(ROBIN, "You", (OTTO, ACCOUNT))
    assert Me.of(LENA, "Lena", [OTTO]) == Me(LENA, "Lena", (OTTO,))
    assert Me.of(ACCOUNT, "You", []) == Me(ACCOUNT, "You")


def test_an_address_counts_once_and_as_it_was_first_written(store: Store, owner: str) -> None:
    given = ["Robin.Doe@post.example", ROBIN, ACCOUNT, f" {OTTO} "]
    assert store.write_now(change_addresses, owner, given) == me(store, owner)
    assert store.read_now(users.get, owner).addresses == ("Robin.Doe@post.example", OTTO)
    store.write_now(change_addresses, owner, [f"r{number}@x" for number in range(30)])
    assert len(store.read_now(users.get, owner).addresses) == 20


# --- events ---------------------------------------------------------------------------------------------------------


def test_whose_a_meeting_is_follows_the_addresses(store: Store, owner: str, ids: Ids, tmp_path: Path) -> None:
    bring(store, owner, ids, calendar(tmp_path))
    event = talk(store, owner, ids)
    assert (event.organizer, event.my_response) == (Person(ROBIN, "Robin Doe"), "accepted")
    assert [guest.email for guest in event.guests] == ["Robin.Doe@post.example", LENA]
    with pytest.raises(Refused, match="Only Robin Doe"):
        move(store, owner, ids, event)
    store.write_now(add_addresses, owner, [ROBIN])
    event = talk(store, owner, ids)
    assert (event.organizer, event.my_response) == (None, "accepted")
    assert [guest.email for guest in event.guests] == [LENA]
    assert move(store, owner, ids, event).start > event.start
    store.write_now(change_addresses, owner, [])
    assert talk(store, owner, ids).organizer == Person(ROBIN, "Robin Doe")


def move(store: Store, user: str, ids: Ids, event: Event) -> Event:
    draft = EventDraft(
        event.title, event.start.replace(day=6), event.end.replace(day=6), event.timezone, guests=event.guests
    )
    change = work(store, user, ids).calendar.update_event
    return asyncio.run(change(event.id, draft, "this", event.revision, "key-move", notify=True))


@pytest.mark.parametrize("scope", ["this", "following", "all"])
def test_an_invitation_is_answered_as_the_guest_that_one_is(
    store: Store, owner: str, ids: Ids, tmp_path: Path, scope: Any
) -> None:
    bring(store, owner, ids, calendar(tmp_path, organizer=OTTO))
    store.write_now(add_addresses, owner, [ROBIN])
    event = talk(store, owner, ids)
    assert (event.organizer, event.my_response) == (Person(OTTO, "Robin Doe"), "tentative")
    answer = work(store, owner, ids).calendar.respond
    asyncio.run(answer(event.id, "declined", scope, event.revision, "key-answer", ""))
    assert talk(store, owner, ids).my_response == "declined"
    [sent] = asyncio.run(work(store, owner, ids).mail.search(parse_query("in:sent", NEW_YORK), 9)).items
    assert (sent.sender, sent.to) == (Person(ROBIN, "You"), (Person(OTTO, "Robin Doe"),))
    export = exported(store, owner, tmp_path)
    assert "PARTSTAT=DECLINED:mailto:Robin.Doe@post.example" in export
    assert export.count("mailto:Robin.Doe@post.example") == export.count("mailto:lena@fox.example")
    assert ACCOUNT not in export


def exported(store: Store, user: str, folder: Path) -> str:
    store.read_now(export_files, user, folder / "out")
    return (folder / "out" / "calendar.ics").read_bytes().decode().replace("\r\n ", "")


@pytest.mark.parametrize("change", [False, True])
def test_people_are_given_back_as_they_came(store: Store, owner: str, ids: Ids, tmp_path: Path, change: bool) -> None:
    store.write_now(add_addresses, owner, [ROBIN])
    bring(store, owner, ids, calendar(tmp_path))
    if change:
        move(store, owner, ids, talk(store, owner, ids))
    export = exported(store, owner, tmp_path)
    components = 1 + change
    assert export.count("mailto:Robin.Doe@post.example") == export.count("PARTSTAT=TENTATIVE") == components
    assert export.count(f"ORGANIZER;CN=\"Robin Doe\":mailto:{ROBIN}") + export.count(
        f"ORGANIZER;CN=Robin Doe:mailto:{ROBIN}"
    ) == components  # fmt: skip


def test_meetings_of_earlier_versions_stay_whose_they_were(store: Store, owner: str, ids: Ids) -> None:
    """They have no organizer where it was oneself, nobody of oneself among the guests, and the answer in a column."""
    draft = EventDraft("Old", NOW, NOW.replace(hour=10), NEW_YORK.key)
    made = asyncio.run(work(store, owner, ids).calendar.create_event(draft, "key-1", notify=False))
    assert made.organizer is None
    foreign = {"organizer": {"email": OTTO, "name": "Otto"}, "my_response": "tentative"}
    store.write_now(lambda conn: conn.execute(update(local_events).values(foreign)))
    for own in ([], [ROBIN]):
        store.write_now(change_addresses, owner, own)
        event = talk(store, owner, ids)
        assert (event.organizer, event.my_response) == (Person(OTTO, "Otto"), "tentative")
    store.write_now(add_addresses, owner, [OTTO])
    assert talk(store, owner, ids).organizer is None


def test_one_is_not_among_the_people_one_knows(store: Store, owner: str, ids: Ids, tmp_path: Path) -> None:
    bring(store, owner, ids, calendar(tmp_path), mbox(tmp_path, [mail(1, f"Robin <{ROBIN}>", LENA)]))

    def known() -> set[str]:
        found = asyncio.run(work(store, owner, ids).contacts.find("", 99)).items
        return {email for contact in found for email in contact.emails}

    assert ROBIN in known()
    store.write_now(add_addresses, owner, [ROBIN])
    assert known() == {LENA}


# --- mails ----------------------------------------------------------------------------------------------------------


def test_mails_lie_where_the_addresses_put_them_and_back(store: Store, owner: str, ids: Ids, tmp_path: Path) -> None:
    mails = [
        mail(1, f"Robin Doe <{ROBIN}>", LENA),
        mail(2, LENA, ROBIN),
        mail(3, "robin.doe+shop@post.example", f"{LENA}, {ROBIN}", "X-Status: F"),
        mail(4, ROBIN, LENA, "Status: R", "X-Status: D"),
        mail(5, f"{ROBIN} <{LENA}>", LENA),
    ]
    bring(store, owner, ids, mbox(tmp_path, mails, "first.mbox"))
    before = labels(store, owner)
    assert before == {
        "1@x": ["inbox"],
        "2@x": ["inbox"],
        "3@x": ["inbox", "starred"],
        "4@x": ["trash"],
        "5@x": ["inbox"],
    }
    store.write_now(add_addresses, owner, [ROBIN])
    assert labels(store, owner) == before | {"1@x": ["sent"], "3@x": ["sent", "inbox", "starred"]}
    found = asyncio.run(work(store, owner, ids).mail.search(parse_query("in:sent", NEW_YORK), 9)).items
    assert {header.revision for header in found} == {"2"}
    sent = asyncio.run(work(store, owner, ids).mail.send(OutgoingMail((Person(LENA),), "Now", "Hi"), "key-1", ""))
    store.write_now(change_addresses, owner, [])
    after = labels(store, owner)
    assert after.pop("key-1@sayso.local") == ["sent"] == list(sent.labels)
    assert after == before
    store.write_now(lambda conn: conn.execute(delete(local_messages)))
    store.write_now(add_addresses, owner, [ROBIN])
    bring(store, owner, ids, mbox(tmp_path, mails, "again.mbox"))
    assert labels(store, owner) == before | {"1@x": ["sent"], "3@x": ["sent", "inbox", "starred"]}


def test_mails_are_sorted_however_many_there_are(
    store: Store, owner: str, ids: Ids, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sayso.workspace.local.own_addresses._PIECE", 3)
    bring(store, owner, ids, mbox(tmp_path, [mail(number, ROBIN, LENA) for number in range(10)]))
    store.write_now(add_addresses, owner, [ROBIN])
    assert list(labels(store, owner).values()) == [["sent"]] * 10


def test_mails_and_the_account_change_together(
    store: Store, owner: str, ids: Ids, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(store, owner, ids, mbox(tmp_path, [mail(1, ROBIN, LENA)]))

    def fail(conn: WriteConn) -> None:
        add_addresses(conn, owner, [ROBIN])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.write_now(fail)
    assert (labels(store, owner), me(store, owner).others) == ({"1@x": ["inbox"]}, ())


# --- what files say -------------------------------------------------------------------------------------------------

NOBODY: tuple[str, ...] = ()
LABELS = "X-Gmail-Labels"
MANY = [
    *(mail(n, f"p{n % 7}@x", f"{ROBIN}, team@x" if n % 2 else ROBIN) for n in range(12)),
    *(mail(n, ROBIN, "p1@x") for n in range(12, 15)),
]


@pytest.mark.parametrize(
    ("name", "mails", "own", "perhaps"),
    [
        # the calendar's name
        (ROBIN, [], (ROBIN,), NOBODY),
        (ROBIN, [mail(1, ROBIN, LENA), mail(2, LENA, ROBIN)], (ROBIN,), NOBODY),
        ("Robin", [], NOBODY, NOBODY),
        ("robin@group.calendar.google.com", [], NOBODY, NOBODY),
        (LENA, [mail(1, ROBIN, OTTO), mail(2, OTTO, ROBIN), mail(3, OTTO, ROBIN)], NOBODY, NOBODY),
        (LENA, [mail(1, LENA, ROBIN, f"Delivered-To: {ROBIN}")], (ROBIN,), NOBODY),
        # to whom the mails were delivered
        ("", [mail(n, LENA, "x@y", f"Delivered-To: {ROBIN}") for n in range(2)], (ROBIN,), NOBODY),
        ("", [mail(1, LENA, "x@y", f"X-Original-To: {ROBIN.upper()}")], (ROBIN,), NOBODY),
        ("", [mail(1, LENA, "x@y", f"Delivered-To: {ROBIN}", "Delivered-To: alias@x")], (ROBIN,), NOBODY),
        ("", [mail(n, LENA, "x@y", f"Delivered-To: r{n}@x") for n in range(9)], NOBODY, NOBODY),
        ("", [mail(1, LENA, "x@y", "Delivered-To: mailing list boats@x.example")], NOBODY, NOBODY),
        ("", [mail(1, LENA, "x@y", "Delivered-To: boats@x.example", "List-Post: <mailto:boats@x.example>")], (), ()),
        ("", [mail(1, LENA, "x@y", "Delivered-To: boats@x.example", "List-Id: Boats <boats.x.example>")], (), ()),
        # who sent what is labelled as sent
        ("", [mail(1, f"Me <{ROBIN}>", LENA, f"{LABELS}: Sent,Important"), mail(2, LENA, OTTO, f"{LABELS}: Inbox")],
         (ROBIN,), NOBODY),
        ("", [mail(1, LENA, OTTO), mail(2, "evil@bad.example", ROBIN, "X-Gmail-Labels: Sent")], NOBODY, NOBODY),
        ("", [mail(n, "evil@bad.example", ROBIN, f"Delivered-To: {ROBIN}", "X-Gmail-Labels: Sent") for n in range(2)],
         (ROBIN,), NOBODY),
        ("", [mail(1, ROBIN, LENA, "X-Gmail-Labels: =?utf-8?q?Gesendet=2CB=C3=BCro?=")], (ROBIN,), NOBODY),
        ("", [mail(1, ROBIN, LENA, "X-Gmail-Labels: Inbox,Sent stuff")], NOBODY, NOBODY),
        ("", [mail(1, ACCOUNT, LENA, "X-Gmail-Labels: Sent")], NOBODY, NOBODY),
        # who has a part in nearly all
        ("", MANY, (ROBIN,), NOBODY),
        ("", MANY[:12], NOBODY, NOBODY),  # he never wrote: it may be a list
        ("", MANY[6:], NOBODY, NOBODY),  # too few
        ("", [mail(n, *((ROBIN, LENA) if n % 2 else (LENA, ROBIN))) for n in range(20)], NOBODY, NOBODY),
    ],
)  # fmt: skip
def test_only_strong_evidence_makes_an_address_ones_own(
    tmp_path: Path, name: str, mails: list[str], own: tuple[str, ...], perhaps: tuple[str, ...]
) -> None:
    files = [calendar(tmp_path, name), *([mbox(tmp_path, mails)] if mails else [])]
    found = find_own(Me.of(ACCOUNT, "You", ()), files)
    assert (found.own, found.perhaps) == (own, perhaps)


def test_mailboxes_of_different_people_are_nobodys(tmp_path: Path) -> None:
    mine = mbox(tmp_path, [mail(1, OTTO, ROBIN, f"Delivered-To: {ROBIN}")], "mine.mbox")
    hers = mbox(tmp_path, [mail(2, OTTO, LENA, f"Delivered-To: {LENA}")], "hers.mbox")
    sent = mbox(tmp_path, [mail(3, ROBIN, OTTO), mail(4, "work@x", OTTO)], "Sent.mbox")
    nobody = Me.of(ACCOUNT, "You", ())
    assert find_own(nobody, [mine, hers]).own == ()
    assert find_own(nobody, [mine, hers]).perhaps == (LENA, ROBIN)
    assert find_own(nobody, [mine, sent]).own == (ROBIN, "work@x")
    robin = Me.of(ACCOUNT, "You", (ROBIN,))
    assert (find_own(robin, [hers]).own, find_own(robin, [hers]).perhaps) == ((), (LENA,))
    assert find_own(robin, [hers, sent]) == Found((), (LENA, "work@x"))
    assert find_own(robin, [calendar(tmp_path, LENA)]) == find_own(robin, [])
    real = Me.of("lena@work.example", "Lena", ())
    assert (find_own(real, [hers]).own, find_own(real, [hers]).perhaps) == ((), (LENA,))


def test_the_report_says_what_was_taken_and_only_where_something_was_stored(
    store: Store, owner: str, ids: Ids, tmp_path: Path
) -> None:
    (tmp_path / "bad.ics").write_text(f"BEGIN:VCALENDAR\nX-WR-CALNAME:{ROBIN}\nEND:VCALENDAR\n")
    assert not any("own" in line for line in bring(store, owner, ids, tmp_path / "bad.ics"))
    assert me(store, owner).others == ()
    lines = list(bring(store, owner, ids, calendar(tmp_path, ROBIN)))
    assert f"Taken for your own: {ROBIN}. If that is wrong, change it in the page's settings." in lines
    assert me(store, owner) == Me(ROBIN, "You", (ACCOUNT,))
    assert talk(store, owner, ids).organizer is None
    assert not any("own" in line for line in bring(store, owner, ids, calendar(tmp_path, ROBIN)))


def test_what_is_there_already_becomes_ones_own_too(store: Store, owner: str, ids: Ids, tmp_path: Path) -> None:
    bring(store, owner, ids, calendar(tmp_path))
    bring(store, owner, ids, mbox(tmp_path, [mail(1, ROBIN, LENA)]))
    assert bring(store, owner, ids, calendar(tmp_path, ROBIN)).own == (ROBIN,)
    assert labels(store, owner) == {"1@x": ["sent"]}


def test_an_export_tells_whose_it_is(store: Store, owner: str, ids: Ids, tmp_path: Path) -> None:
    assert "X-WR-CALNAME" not in exported(store, owner, tmp_path)
    bring(store, owner, ids, calendar(tmp_path, ROBIN))
    assert f"X-WR-CALNAME:{ROBIN}" in exported(store, owner, tmp_path)
    store.write_now(lambda conn: conn.execute(delete(local_events)))
    store.write_now(change_addresses, owner, [])
    assert bring(store, owner, ids, tmp_path / "out" / "calendar.ics").own == (ROBIN,)
    assert talk(store, owner, ids).organizer is None
