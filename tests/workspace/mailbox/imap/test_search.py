"""Searches of ours on servers of IMAP, which find what the embedded mailbox would."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.workspace.mailbox.imap.conftest import NEW_YORK, Box, Mailbox
from tests.workspace.mailbox.imap.mails import FIRST, mail

from sayso.workspace.errors import Refused
from sayso.workspace.mailbox.searching import Sizes
from sayso.workspace.search import And, Not, Or, Query, Words, parse_query

ATTACHED = 'Content-Type: multipart/mixed; boundary="b"\nMIME-Version: 1.0\n'
PARTS = (
    "--b\nContent-Type: text/plain\n\nSee the plan.\n"
    "--b\nContent-Type: application/pdf; name=plan.pdf\nContent-Transfer-Encoding: base64\n"
    "Content-Disposition: attachment; filename=plan.pdf\n\nJVBERg==\n--b--\n"
)


def fill(box: Box) -> None:
    put = box.other.put
    put(mail("Q3 budget review", "The figures for the harbour.\n", "Priya Nair <priya@acme.example>"))
    put(mail("Lunch on Friday", "Soup?\n", "Bob <bob@acme.example>", to="Carol <carol@x.example>"), flags=("\\Seen",))
    put(mail("The plan", PARTS, "Priya Nair <priya@acme.example>", headers=ATTACHED), flags=("\\Flagged",))
    put(mail("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Käse und Brötchen\n", "=?utf-8?q?J=C3=B6rg?= <joerg@x.example>"))
    put(mail("Budgets of others", "Nothing.\n", "Newsletter <news@y.example>", headers="Cc: priya@acme.example\n"))


SUBJECTS = ("Q3 budget review", "Lunch on Friday", "The plan", "Grüße", "Budgets of others")
FOUND: tuple[tuple[str, set[int]], ...] = (
    ("", {0, 1, 2, 3, 4}),
    ("from:priya", {0, 2}),
    ("from:riya", set()),
    ('from:"priya nair"', {0, 2}),
    ('from:"nair bob"', set()),
    ("from:priya@acme.example", {0, 2}),
    ("-from:priya", {1, 3, 4}),
    ("to:priya", {4}),
    ("to:carol@x.example", {1}),
    ("subject:budget", {0, 4}),
    ('subject:"q3 budget"', {0}),
    ("subject:udget", set()),
    ("harbour", {0}),
    ("harbour OR soup", {0, 1}),
    ("harbour OR from:bob", {0, 1}),
    ("-harbour is:unread", {2, 3, 4}),
    ("-soup OR from:bob is:read", {1}),
    ("is:unread", {0, 2, 3, 4}),
    ("is:read", {1}),
    ("is:starred", {2}),
    ("-is:starred from:priya", {0}),
    ("has:attachment", {2}),
    ("-has:attachment from:priya", {0}),
    ("has:attachment OR is:read", {1, 2}),
    ("in:inbox is:starred", {2}),
    ("in:sent", set()),
    ("label:nosuch", set()),
    ("-label:nosuch is:read", {1}),
    ('"soup?"', {1}),
    ("subject:plan has:attachment -is:read", {2}),
)
"""By search, which of these it finds."""


def test_a_search_finds_what_is_meant(box: Box) -> None:
    fill(box)

    async def search(inbox: Mailbox) -> None:
        for query, found in FOUND:
            expected = [SUBJECTS[place] for place in sorted(found, reverse=True)]
            assert await inbox.subjects(query) == expected, query

    box.use(search)


@pytest.mark.parametrize("query", ["subject:grüße", "subject:GRÜßE", "from:jörg", "Käse", 'from:"jö" OR soup -soup'])
def test_letters_beyond_ascii_are_found(rich: Box, query: str) -> None:
    fill(rich)
    assert rich.subjects(query) == ["Grüße"]


def test_days_are_those_of_the_date_that_a_mail_has(box: Box) -> None:
    arrived = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for hour in range(22, 30):
        when = datetime(2026, 2, 20, tzinfo=NEW_YORK) + timedelta(hours=hour)
        box.other.put(mail(f"At {hour}", when=when), when=arrived)
    box.other.put(mail("Undated", headers="X-Old: 1\n").replace(b"\nDate:", b"\nX-Date:"), when=arrived)
    assert set(box.subjects("after:2026-02-21 before:2026-02-22")) == {f"At {hour}" for hour in range(24, 30)}
    assert set(box.subjects("before:2026-02-21")) == {"At 22", "At 23"}
    assert box.subjects("after:2026-03-01") == ["Undated"]
    assert "Undated" not in box.subjects("before:2026-03-01")


def test_the_newest_come_first_over_all_folders(box: Box) -> None:
    box.other.make("Projects")
    for place in (3, 1, 4, 1, 5, 9, 2, 6):
        folder = "Projects" if place % 2 else "INBOX"
        box.other.put(mail(f"Day {place}", when=FIRST + timedelta(days=place)), folder)
    assert box.subjects("") == [f"Day {place}" for place in (9, 6, 5, 4, 3, 2, 1, 1)]


def test_the_trash_and_junk_are_left_out_unless_they_are_named(box: Box) -> None:
    for folder in ("Trash", "Spam", "Sent"):
        if folder not in [name for _, _, name in box.other.client.list_folders()]:
            box.other.make(folder)
        box.other.put(mail(folder), folder)
    box.other.put(mail("Inbox"))
    assert set(box.subjects("")) == {"Sent", "Inbox"}
    assert box.subjects("in:trash") == ["Trash"]
    assert box.subjects("in:junk") == box.subjects("label:spam") == ["Spam"]
    assert set(box.subjects("in:anywhere")) == {"Sent", "Inbox", "Trash", "Spam"}
    assert box.subjects("in:sent") == ["Sent"]


def test_what_is_archived_is_in_no_other_place(box: Box) -> None:
    if "Archive" not in [name for _, _, name in box.other.client.list_folders()]:
        box.other.make("Archive")
    box.other.put(mail("Old"), "Archive")
    box.other.put(mail("New"))
    assert box.subjects("in:archive") == ["Old"]
    assert [header.labels for header in box.use(lambda inbox: inbox.found("in:archive"))] == [()]


async def _all(inbox: Mailbox, query: Query, limit: int) -> list[str]:
    subjects, after = list[str](), ""
    for _ in range(500):
        page = await inbox.mail.search(query, limit, after)
        assert len(page.items) <= limit
        subjects += [header.subject for header in page.items]
        after = page.next
        if not after:
            return subjects
    raise AssertionError("it does not end")


@pytest.mark.parametrize("sizes", [Sizes(5, 20, 1000), Sizes(3, 3, 4), Sizes(1000, 1000, 1000), Sizes(7, 7, 1)])
@pytest.mark.parametrize("limit", [2, 7])
def test_pages_have_every_mail_once(box: Box, sizes: Sizes, limit: int) -> None:
    box.sizes = sizes
    box.other.make("Projects")
    order = random.Random(1)
    days = list(range(30))
    order.shuffle(days)
    for place in days[:20]:
        folder = "INBOX" if order.random() < 0.7 else "Projects"
        sender = "Priya <priya@x.example>" if place % 3 else "Bob <bob@x.example>"
        box.other.put(
            mail(f"Day {place}", "soup" if place % 2 else "tea", sender, when=FIRST + timedelta(days=place)), folder
        )
    everything = And(())
    by_priya = (
        And((Words("priya", "from"), Not(Words("soup")))),
        [each for each in days[:20] if each % 3 and not each % 2],
    )
    mixed = Or((Words("bob", "from"), Words("soup"))), [each for each in days[:20] if not each % 3 or each % 2]
    for query, expected in ((everything, days[:20]), by_priya, mixed):
        found = box.use(lambda inbox, query=query: _all(inbox, query, limit))  # type: ignore[misc]
        assert sorted(found) == sorted(f"Day {each}" for each in expected)


def test_where_all_is_searched_in_one_go_pages_are_in_order(box: Box) -> None:
    for place in (5, 3, 8, 1, 9, 2):
        box.other.put(mail(f"Day {place}", when=FIRST + timedelta(days=place)))
    found = box.use(lambda inbox: _all(inbox, And(()), 2))
    assert found == [f"Day {place}" for place in (9, 8, 5, 3, 2, 1)]


def test_what_comes_between_two_pages_changes_nothing_of_the_second(dove: Box) -> None:
    dove.sizes = Sizes(4, 4, 1000)
    for place in range(12):
        dove.other.put(mail(f"Day {place}", when=FIRST + timedelta(days=place)))

    async def read(inbox: Mailbox) -> list[str]:
        first = await inbox.mail.search(And(()), 5)
        dove.other.put(mail("Late", when=FIRST + timedelta(days=99)))
        dove.other.client.select_folder("INBOX")
        dove.other.client.delete_messages(dove.other.client.search(["SUBJECT", "Day 11"]))
        dove.other.client.expunge()
        second = await inbox.mail.search(And(()), 50, first.next)
        return [header.subject for header in (*first.items, *second.items)]

    assert dove.use(read) == [f"Day {place}" for place in reversed(range(12))]


def test_a_folder_made_anew_between_two_pages_needs_a_new_search(dove: Box) -> None:
    dove.sizes = Sizes(2, 2, 1000)
    dove.other.make("Projects")
    for place in range(6):
        dove.other.put(mail(f"Day {place}"), "Projects")

    async def read(inbox: Mailbox) -> None:
        first = await inbox.mail.search(And(()), 3)
        dove.other.client.delete_folder("Projects")
        dove.other.make("Projects")
        dove.other.put(mail("Other"), "Projects")
        with pytest.raises(Refused, match="search anew"):
            await inbox.mail.search(And(()), 3, first.next)

    dove.use(read)


@pytest.mark.parametrize("after", ["x", "W10", "WzEsMiwzXQ", "%%%", "W" * 30_000, "WzEsIiIseyJ4IjpbMV19XQ"])
def test_what_is_no_place_to_go_on_at_is_refused(dove: Box, after: str) -> None:
    with pytest.raises(Refused, match="search anew"):
        dove.use(lambda inbox: inbox.mail.search(And(()), 3, after))


def test_a_mail_with_a_date_of_the_future_is_in_order_by_when_it_came(dove: Box) -> None:
    came = datetime(2026, 2, 10, tzinfo=UTC)
    dove.other.put(mail("Bogus", when=datetime(2038, 1, 1, tzinfo=UTC)), when=came)
    dove.other.put(mail("Newer", when=came + timedelta(days=9)), when=came + timedelta(days=9))
    assert dove.subjects("") == ["Newer", "Bogus"]


def test_many_in_one_folder_are_found_from_the_newest_on(dove: Box) -> None:
    for place in range(130):
        when = FIRST - timedelta(days=place * 3)
        dove.other.put(mail(f"Day {place}", "tea" if place % 2 else "soup", when=when), when=when)
    query = replace(parse_query("soup", NEW_YORK))
    found = dove.use(lambda inbox: _all(inbox, query, 10))
    assert found == [f"Day {place}" for place in range(0, 130, 2)]
    assert dove.use(lambda inbox: _all(inbox, And(()), 30)) == [f"Day {place}" for place in range(130)]


def test_how_many_there_are_is_told_where_the_server_can_tell(box: Box) -> None:
    for number in range(7):
        box.other.put(mail(f"Letter {number}"))

    async def look(mailbox: Mailbox) -> None:
        all_of_them = await mailbox.mail.search(parse_query("in:inbox is:unread", NEW_YORK), 3)
        assert (len(all_of_them.items), bool(all_of_them.next), all_of_them.total) == (3, True, 7)
        few = await mailbox.mail.search(parse_query("in:inbox subject:letter", NEW_YORK), 20)
        assert (few.next, few.total) == ("", 7)
        rest = await mailbox.mail.search(parse_query("in:inbox is:unread", NEW_YORK), 3, all_of_them.next)
        assert rest.total is None

    box.use(look)
