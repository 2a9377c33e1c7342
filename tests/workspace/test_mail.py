"""The embedded mailbox: search, conversations, labels, sending once."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import make_url
from tests.kit.mails import searched

from sayso.store.gateway import Store, WriteConn
from sayso.store.types import clean
from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused
from sayso.workspace.local import LocalWorkspace as Workspace
from sayso.workspace.local.mail_query import condition
from sayso.workspace.local.mail_rows import insert_message
from sayso.workspace.people import Me
from sayso.workspace.search import And, parse_query
from sayso.workspace.types import Attachment, Message, OutgoingMail, Person

PRIYA, JOSE = Person("priya@example.com", "Priya Raman"), Person("jose@example.com", "José Peña")
ME = Me("robin@example.com", "Robin Doe")


def run(call: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(call)


def message(number: int, sender: Person, subject: str, body: str = "", **fields: Any) -> Message:
    day = datetime(2026, 2, 1, 12, tzinfo=UTC) + timedelta(days=number)
    given: dict[str, Any] = {"unread": False, "labels": ("inbox",), "to": (ME,), "cc": ()} | fields
    return Message(f"msg_{number}", f"thr_{number}", sender, subject=subject, date=day, body=body, **given)


@pytest.fixture
def mailbox(store: Store, user: str, workspace: Workspace) -> Workspace:
    def fill(conn: WriteConn) -> None:
        pdf = (Attachment("plan.pdf", "application/pdf", 10),)
        for item in (
            message(1, PRIYA, "Budget review", "The 100% figures_now for Q2.", unread=True, labels=("inbox", "Work")),
            message(2, JOSE, "Lunch?", "At the café, Monday.", attachments=pdf),
            message(3, PRIYA, "Old", "Budget", labels=("inbox", "trash")),
            message(4, ME, "Banana split", "", labels=("sent",), to=(JOSE,)),
        ):
            insert_message(conn, user, item, f"{item.id}@x")

    store.write_now(fill)
    return workspace


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [4, 2, 1]),
        ("budget", [1]),
        ("in:trash", [3]),
        ("in:bin", [3]),
        ("-in:trash in:trash", []),
        ("in:anywhere budget", [3, 1]),
        ("in:all budget", [1]),
        ("in:archive", []),
        ("from:priya", [1]),
        ("from:JOSE", [2]),
        ("jose", [4, 2]),
        ("to:jose", [4]),
        ('subject:"budget review"', [1]),
        ('"review budget"', []),
        ("bud rev", [1]),
        ("ana", []),
        ("is:unread", [1]),
        ("-is:unread", [4, 2]),
        ("is:read from:priya", []),
        ("has:attachment", [2]),
        ("plan.pdf", [2]),
        ("label:work", [1]),
        ("-label:Work in:inbox", [2]),
        ("in:sent", [4]),
        ("after:2026-02-03", [4, 2]),
        ("before:2026-02-03", [1]),
        ("from:priya OR from:jose", [2, 1]),
        ("cafe", [2]),
        ("100%", [1]),
        ("1%0", []),
        ("figures_now", [1]),
        ("re: banana", []),
        ("from:priya@example.com", [1]),
    ],
)
def test_search(mailbox: Workspace, query: str, found: list[int]) -> None:
    messages, total = run(searched(mailbox, query))
    assert [item.id for item in messages] == [f"msg_{number}" for number in found]
    assert total == len(found)


@pytest.mark.parametrize("query", ["is:blue", "has:fun", "after:yesterday", 'subject:"open', "from:", "a " * 251])
def test_what_is_wrong_with_a_query_is_told(mailbox: Workspace, query: str) -> None:
    with pytest.raises(Refused):
        run(searched(mailbox, query))


def test_the_limit_leaves_the_total(mailbox: Workspace) -> None:
    messages, total = run(searched(mailbox, "", 1))
    assert ([item.id for item in messages], total) == (["msg_4"], 3)


def test_the_next_pages_hold_the_rest(mailbox: Workspace, store: Store, user: str) -> None:
    same = message(4, PRIYA, "At the same instant")
    store.write_now(insert_message, user, replace(same, id="msg_5"), "5@x")
    everything, pages, after = And(()), list[str](), ""
    while after or not pages:
        page = run(mailbox.mail.search(everything, 2, after))
        assert page.total == (None if pages else 5)
        assert page.known == (len(page.items) + bool(page.next) if pages else 5)
        pages += [header.id for header in page.items]
        after = page.next
    assert pages == ["msg_4", "msg_5", "msg_3", "msg_2", "msg_1"]
    with pytest.raises(Refused, match="search anew"):
        run(mailbox.mail.search(everything, 2, "msg_99"))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "a b " * 500,
        "a" * 2_000,
        " " * 999 + "end",
        " \n" * 3_000 + "Hello,\n\n" + "\t" * 1_500 + "the end",
        "x" * 100 + " " * 899 + "yz",
        "é\u00a0🎉 " * 400,
        "a\0b " * 300,
        ("ab" + " " * 5) * 30 + " " * 2_000 + "c" * 200,
    ],
)
def test_a_header_begins_as_the_text_does(mailbox: Workspace, store: Store, user: str, body: str) -> None:
    store.write_now(insert_message, user, message(9, PRIYA, "Long", body), "9@x")
    [found], _ = run(searched(mailbox, "subject:long"))  # which compares header and message
    assert found.snippet == " ".join(clean(body).split())[:140]


def test_a_reply_joins_the_conversation_and_is_sent_once(mailbox: Workspace) -> None:
    mail = OutgoingMail((PRIYA,), "Re: Budget review", "Fine.", in_reply_to="msg_1")
    first = run(mailbox.mail.send(mail, "k", ""))
    assert run(mailbox.mail.send(mail, "k", "")) == first
    assert [item.id for item in run(mailbox.mail.get_thread("thr_1"))] == ["msg_1", first.id]
    assert first.labels == ("sent",)
    assert run(mailbox.mail.applied("k", "")) == first.id


def test_two_sends_at_once_with_one_key_are_one(mailbox: Workspace) -> None:
    async def race() -> list[Message]:
        mail = OutgoingMail((PRIYA,), "Hello", "")
        return await asyncio.gather(*(mailbox.mail.send(mail, "k", "") for _ in range(6)))

    assert len({item.id for item in run(race())}) == 1
    assert run(searched(mailbox, "subject:hello"))[1] == 1


def test_mail_to_oneself_arrives(mailbox: Workspace) -> None:
    sent = run(mailbox.mail.send(OutgoingMail((Person("Robin@Example.com"),), "Note", ""), "k", ""))
    assert (set(sent.labels), sent.unread) == ({"sent", "inbox"}, True)


def test_a_draft_becomes_the_sent_message(mailbox: Workspace) -> None:
    draft = run(mailbox.mail.create_draft(OutgoingMail((), "Plan", "…"), "k1"))
    assert draft.labels == ("drafts",)
    mail = OutgoingMail((PRIYA,), "Plan", "Here.")
    sent = run(mailbox.mail.send(mail, "k2", draft.id))
    assert (sent.id, sent.labels, sent.body) == (draft.id, ("sent",), "Here.")
    with pytest.raises(ObjectChanged):
        run(mailbox.mail.send(mail, "k3", draft.id))
    with pytest.raises(Refused):
        run(mailbox.mail.send(OutgoingMail((), "x", ""), "k4", ""))


def test_labels(mailbox: Workspace) -> None:
    after = run(mailbox.mail.relabel(["msg_1", "msg_2"], ["work", "starred"], ["unread", "inbox"], "k"))
    assert [(item.labels, item.unread) for item in after] == [
        (("Work", "starred"), False),
        (("Work", "starred"), False),
    ]
    assert run(mailbox.mail.relabel(["msg_2"], ["UNREAD"], [], "k2"))[0].unread
    assert run(mailbox.mail.labels()) == ["Work"]
    with pytest.raises(ObjectNotFound):
        run(mailbox.mail.relabel(["msg_1", "msg_99"], ["x"], [], "k3"))
    assert "x" not in run(mailbox.mail.labels())


@pytest.mark.parametrize("url", ["sqlite://", "postgresql+psycopg://"])
def test_no_search_takes_the_product_of_two_lengths(url: str) -> None:
    """LIKE does, in a text that nearly matches at each place, and holds up the other readers meanwhile."""
    query = 'a "a a a b" from:a to:a subject:a label:a in:archive is:starred has:attachment -a'
    wanted = condition(parse_query(query, ZoneInfo("UTC")))
    assert "like" not in str(wanted.compile(dialect=make_url(url).get_dialect()())).lower()
