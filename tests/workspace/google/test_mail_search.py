"""Our search language as Gmail is asked, and what is looked at once more."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.kit.google.fake import ANA
from tests.kit.google.fake import Google as Fake
from tests.workspace.google.mailing import BOB, Rig

from sayso.workspace.errors import Refused
from sayso.workspace.google.mail.labels import Known
from sayso.workspace.google.mail.query import compiled
from sayso.workspace.search import And, Label, Not, Or, Words, parse_query

KNOWN = Known({"Label_1": "Work", "Label_2": "Work/Seeds 2026", "Label_3": "a b", "Label_4": "a-b"})


@pytest.fixture
def rig(google: Fake) -> Rig:
    rig = Rig(google)
    box, old = rig.box, google.now() - timedelta(days=10)
    box.names |= {"Work": "Label_1", "Work/Seeds 2026": "Label_2"}
    file = 'Content-Type: text/csv\nContent-Disposition: attachment; filename="a.csv"\n\nx;y'

    def put(subject: str, text: str, *labels: str, who: str = "Mara <mara@lund.example>", old_: bool = False) -> None:
        head = f"From: {who}\nTo: {ANA}\nCc: {BOB}\nSubject: {subject}\n"
        box.deliver(f"{head}{text}".encode(), *labels, at=old if old_ else None)

    put("Seeds", "\nfor March, -x OR y", "INBOX", "UNREAD")
    put("Budget", file, "INBOX", "STARRED", "Label_1", who="omar@lund.example")
    put("Old", "\nseeds of old", "Label_2", "IMPORTANT", "CATEGORY_UPDATES", old_=True)
    put("Gone", "\nseeds thrown away", "TRASH")
    put("Junk", "\nseeds for sale", "SPAM")
    put("Mine", "\nsent seeds", "SENT", who=ANA)
    return rig


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "Mine Budget Seeds Old"),
        ("seeds", "Mine Seeds Old"),
        ("seeds -march", "Mine Old"),
        ('"for march"', "Seeds"),
        ("from:mara", "Seeds Old"),
        ("-from:mara", "Mine Budget"),
        ("to:bob subject:seeds", "Seeds"),
        ("-to:bob", ""),
        ("is:unread", "Seeds"),
        ("is:read", "Mine Budget Old"),
        ("is:starred", "Budget"),
        ("has:attachment", "Budget"),
        ("-has:attachment seeds", "Mine Seeds Old"),
        ("label:work", "Budget"),
        ('label:"work/seeds 2026"', "Old"),
        ('label:"Seeds 2026" OR label:work', "Budget Old"),
        ("label:nothing", ""),
        ("-label:nothing is:starred", "Budget"),
        ("label:work OR is:unread", "Budget Seeds"),
        ("in:inbox -is:unread", "Budget"),
        ("in:archive", "Old"),
        ("in:sent", "Mine"),
        ("in:trash", "Gone"),
        ("in:anywhere seeds", "Mine Gone Seeds Old"),
        ("in:spam", "Junk"),
        ("label:junk seeds", "Junk"),
        ("after:2026-02-28", "Mine Budget Seeds"),
        ("before:2026-02-28", "Old"),
        ("-after:2026-02-28", "Old"),
        ("after:2026-03-02 is:unread", "Seeds"),
        ("after:2026-03-03", ""),
        ("march OR budget", "Budget Seeds"),
        ('"x OR y"', "Seeds"),
        ('"OR"', "Seeds"),
        ('"-march"', "Seeds"),
        ("sale", ""),
    ],
)
def test_what_a_search_finds(rig: Rig, query: str, found: str) -> None:
    assert " ".join(rig.found(query)) == found


@pytest.mark.parametrize(
    ("query", "q", "labels", "hidden"),
    [
        ("is:unread label:work", "", ("UNREAD", "Label_1"), False),
        ("in:inbox seeds", '"seeds"', ("INBOX",), False),
        ("in:trash", "-in:spam", ("TRASH",), True),
        ("to:bob OR march", '{{to:"bob" cc:"bob" bcc:"bob"} "march"}', (), False),
        ("-to:bob OR march", '{(-to:"bob" -cc:"bob" -bcc:"bob") "march"}', (), False),
        ('-label:"seeds 2026"', "-label:work-seeds-2026", (), False),
        ('-label:"a b"', "", (), False),
        ("-is:unread", "-is:unread", (), False),
        ('"from:x {in:trash} -y"', '"from:x {in:trash} -y"', (), False),
        ("from:a-b@x.example", 'from:"a-b@x.example"', (), False),
    ],
)
def test_how_gmail_is_asked(query: str, q: str, labels: tuple[str, ...], hidden: bool) -> None:
    asked = compiled(parse_query(query, ZoneInfo("UTC")), KNOWN)
    assert (asked.q, asked.labels, asked.hidden, asked.empty) == (q, labels, hidden, False)


def test_a_quote_in_words_ends_nothing() -> None:
    usual = Not(Label("trash"))
    assert compiled(And((Words('a" OR in:trash "b'), usual)), KNOWN).q == '"a OR in:trash b"'
    assert compiled(And((Words("“a”\n-b"), usual)), KNOWN).q == '"a -b"'
    assert compiled(Or(()), KNOWN).empty


def test_the_index_is_late_and_lists_are_not(rig: Rig, google: Fake) -> None:
    [seeds] = rig.search("is:unread").items
    google.lag = timedelta(hours=1)
    rig.run(lambda box: box.relabel([seeds.id], ["Work"], ["unread"], "k"))
    assert rig.found("label:work") == ["Budget", "Seeds"]
    assert rig.found("in:inbox") == ["Budget", "Seeds"]
    assert rig.found("seeds") == []


def test_what_the_index_does_not_know_yet_is_looked_at(rig: Rig) -> None:
    """It still has the label there, and the message does not."""
    budget = rig.box.labeled("STARRED")[0]
    budget.labels.remove("STARRED")
    assert rig.found("is:starred OR is:unread") == ["Seeds"]


def test_searches_come_in_pages(rig: Rig, google: Fake) -> None:
    for number in range(25):
        rig.put(f"Page {number}", "page", *(["INBOX", "UNREAD"] if number % 3 else ["INBOX"]))
    for query in ("page", "subject:page -is:unread", "page OR nothing", "page (is:unread OR is:starred)"):
        whole = rig.search(query)
        assert (whole.next, whole.total) == ("", len(whole.items))
        for limit in (1, 4, 7):
            told, after = list[str](), ""
            while True:
                page = rig.search(query, limit, after)
                told += [header.id for header in page.items]
                assert len(page.items) == limit or not page.next
                assert page.total is None or not page.next
                after = page.next
                if not after:
                    break
            assert told == [header.id for header in whole.items], (query, limit)


@pytest.mark.parametrize("inside", [True, False], ids=["amid a page of Gmail's", "at the end of one"])
def test_a_page_goes_on_behind_what_was_told_though_mails_come_in(rig: Rig, inside: bool) -> None:
    mails = [rig.put(f"{number}", "page") for number in range(6)]
    if inside:
        mails[5].labels.remove("UNREAD")  # which the index has not heard of
    first = rig.search("page (is:unread OR is:starred)", 2)
    rig.put("New", "page")
    rest = rig.search("page (is:unread OR is:starred)", 10, first.next)
    told = [header.subject for header in (*first.items, *rest.items)]
    assert told == [*([] if inside else ["5"]), "4", "3", "2", "1", "0"]


@pytest.mark.parametrize("after", ["x", "!!", "WyJ4IiwgMTAsICIiXQ", "e30"])
def test_a_place_that_is_none(rig: Rig, after: str) -> None:
    with pytest.raises(Refused, match="search anew"):
        rig.search("seeds", 5, after)
