"""A mail search is read once; every mailbox compiles the tree, and says what it cannot do."""

import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from tests.kit.far import Far
from tests.kit.mails import searched

from sayso.workspace.errors import Refused
from sayso.workspace.search import After, And, Attached, Before, Label, Not, Or, Query, Unread, Words, parse_query
from sayso.workspace.types import OutgoingMail, Person

ZONE = ZoneInfo("America/New_York")
NO_TRASH = Not(Label("trash"))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", And((NO_TRASH,))),
        ("in:anywhere", And((And(()),))),
        ('from:Priya "q3 budget"', And((Words("Priya", "from"), Words("q3 budget"), NO_TRASH))),
        ("a OR -is:read b", And((Or((Words("a"), Not(Not(Unread())))), Words("b"), NO_TRASH))),
        ("(has:attachment OR label:Work)", And((Or((Attached(), Label("work"))), NO_TRASH))),
        ("label:unread -label:trash", And((Unread(), NO_TRASH))),
        ("after:2026-03-01 before:2026/04/01", And((
            After(datetime(2026, 3, 1, tzinfo=ZONE)), Before(datetime(2026, 4, 1, tzinfo=ZONE)), NO_TRASH,
        ))),
        ("http://x to:", None),
    ],
)  # fmt: skip
def test_what_a_search_says(text: str, tree: Query | None) -> None:
    if tree is None:
        with pytest.raises(Refused, match="'to:' in the search needs a value"):
            parse_query(text, ZONE)
    else:
        assert parse_query(text, ZONE) == tree


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("subject:\\", "subject:\\"),
        ("from:@ budget", "from:@"),
        ('to:"?!"', "to:?!"),
        ("budget -!", "!"),
        ("budget OR ...", "..."),
        ('"--"', "--"),
        ('""', '""'),
        ("-", "-"),
        ("-(budget)", "-"),
    ],
)
def test_a_term_of_punctuation_alone_is_refused(text: str, term: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_query(text, ZONE)
    assert str(caught.value) == f"'{term}' in the search has no letters or digits to look for."


@pytest.mark.parametrize("text", ['"- budget!"', "subject:C++", "\U0001f389", "http://"])
def test_punctuation_among_words_is_none_of_its_business(text: str) -> None:
    parse_query(text, ZONE)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("foo:bar", "There is no search by 'foo:'."),
        ("newer_than:7d", "There is no search by 'newer_than:'."),
        ('budget -filename:"a.pdf"', "There is no search by 'filename:'."),
        ("after:yesterday", "'yesterday' in the search is not a date like 2026-03-10."),
        ("before:2026-02-30", "'2026-02-30' in the search is not a date like 2026-03-10."),
        ("subject:", "'subject:' in the search needs a value."),
        ("is:important", "'is:important' is no search: use is:unread"),
    ],
)
def test_what_is_no_search_says_what_is_one(text: str, says: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_query(text, ZONE)
    assert str(caught.value).startswith(says)
    if "use is:" not in says:
        assert all(operator in str(caught.value) for operator in ("from: to: subject: label:", "after:2026-03-10"))


def test_words_may_have_colons() -> None:
    words = ("https://x.example/a", "10:30", "Re:")
    assert parse_query(" ".join(words), ZONE) == And((*map(Words, words), NO_TRASH))
    assert parse_query('"foo:bar"', ZONE) == And((Words("foo:bar"), NO_TRASH))


def test_another_mailbox_compiles_it_and_names_what_it_cannot_do() -> None:
    async def ask() -> None:
        workspace = await Far().workspace("usr_me", Person("robin@example.com", "Robin Doe"))
        assert workspace.mail is not None
        for subject in ("Budget", "Lunch"):
            await workspace.mail.send(OutgoingMail((Person("ana@example.com", "Ana"),), subject, "Hi."), subject, "")
        for query, names in [
            ("to:ana", ["Budget", "Lunch"]),
            ("subject:lun", ["Lunch"]),
            ("-budget is:read", ["Lunch"]),
            ("from:robin in:inbox", []),
            ("budget OR lunch before:2026-03-02", []),
            ("after:2026-03-02 label:sent", ["Budget", "Lunch"]),
        ]:
            found, total = await searched(workspace, query)
            assert ([each.subject for each in found], total) == (names, len(names)), query
        with pytest.raises(Refused, match="has:attachment"):
            await searched(workspace, "lunch has:attachment")

    asyncio.run(ask())
