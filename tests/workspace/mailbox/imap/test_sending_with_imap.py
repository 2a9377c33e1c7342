"""Mails that are sent by SMTP and kept by real IMAP servers."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.kit.rigs.faults import faulty_line
from tests.kit.rigs.smtp import ANA, PASSWORD, Smtp, serving_smtp
from tests.workspace.mailbox.imap.conftest import NOW, Box, Mailbox

from sayso.base.clock import FixedClock
from sayso.identity.credentials import Password
from sayso.workspace.connected.access import Access
from sayso.workspace.connected.connector import Fresh
from sayso.workspace.connected.reaching import MailServer, Reach
from sayso.workspace.errors import ObjectNotFound, Refused, Unavailable, Uncertain
from sayso.workspace.mailbox.mail import ImapMail
from sayso.workspace.mailbox.sending import Sender
from sayso.workspace.people import Me
from sayso.workspace.types import Enclosed, OutgoingMail, Person

KEY = "act_aaaaaaaaaaaaaaaaaaaa"
ID = f"<{KEY}@example.test>"
BOB = "bob@example.test"


@pytest.fixture
def rig() -> Iterator[Smtp]:
    with serving_smtp(Smtp()) as made:
        yield made


async def at_once(seconds: float) -> None:
    """Waits for nothing."""


def sender(rig: Smtp, box: Mailbox, **more: Any) -> Sender:
    server = MailServer("127.0.0.1", rig.port, "none")
    access = Access(Fresh(Password(ANA, PASSWORD)))
    return Sender(server, access, Reach(private=True), box.copies, Me(ANA, "Ana"), FixedClock(NOW), **more)


def mail_to(to: str = BOB, *files: str) -> OutgoingMail:
    enclosed = tuple(Enclosed(name, "text/plain", 1, "m", 1) for name in files)
    return OutgoingMail((Person(to),), "Seeds", "Hello", bcc=(Person("cy@example.test"),), attachments=enclosed)


def send(box: Box, rig: Smtp, to: str = BOB, draft: str = "") -> str:
    return box.use(lambda inbox: sender(rig, inbox).send(mail_to(to), KEY, draft))


def applied(box: Box, rig: Smtp) -> str | None:
    return box.use(lambda inbox: sender(rig, inbox).applied(KEY))


def lying(box: Box) -> tuple[list[str], list[str]]:
    """The subjects under Drafts and under Sent."""
    return box.subjects("in:drafts"), box.subjects("in:sent")


def test_what_is_sent_lies_under_sent_and_can_be_read(box: Box, rig: Smtp) -> None:
    async def work(inbox: Mailbox) -> None:
        one = sender(rig, inbox)
        done = await one.send(mail_to(), KEY)
        message = await inbox.mail.get_message(done)
        assert (message.subject, message.unread, message.labels) == ("Seeds", False, ("sent",))
        assert message.bcc == (Person("cy@example.test"),)
        assert await one.applied(KEY) == await one.send(mail_to(), KEY)
        assert await one.posted(KEY)

    box.use(work)
    assert lying(box) == ([], ["Seeds"])
    assert rig.counts() == {ID: 1}


def test_the_mail_that_was_answered_is_marked_so(box: Box, rig: Smtp) -> None:
    for number in (1, 2):
        box.other.put(b"From: bob@example.test\r\nSubject: Seeds?\r\nMessage-ID: <%d@x>\r\n\r\nHi\r\n" % number)

    async def work(inbox: Mailbox) -> None:
        asked = next(each for each in await inbox.found("in:inbox"))
        mail = ImapMail(inbox.sessions, inbox.listing, Me(ANA), FixedClock(NOW), sender(rig, inbox))
        refused = replace(mail_to("spam@example.test"), in_reply_to=asked.id)
        with pytest.raises(Refused):
            await mail.send(refused, "act_bbbbbbbbbbbbbbbbbbbb", "")
        assert not any(b"\\Answered" in flags for flags in box.other.flags())
        await mail.send(replace(mail_to(), in_reply_to=asked.id), KEY, "")

    box.use(work)
    assert sorted(b"\\Answered" in flags for flags in box.other.flags()) == [False, True]


def test_a_mark_that_cannot_be_set_does_not_unsay_the_answer(dove: Box, rig: Smtp) -> None:
    dove.other.put(b"From: bob@example.test\r\nSubject: Seeds?\r\nMessage-ID: <1@x>\r\n\r\nHi\r\n")
    with faulty_line(dove.rig.port) as line:
        dove.port = line.port
        rule = line.cut_before("client", rb"Answered")

        async def work(inbox: Mailbox) -> str:
            [asked] = await inbox.found("in:inbox")
            mail = ImapMail(inbox.sessions, inbox.listing, Me(ANA), FixedClock(NOW), sender(rig, inbox))
            return (await mail.send(replace(mail_to(), in_reply_to=asked.id), KEY, "")).subject

        assert dove.use(work) == "Seeds"
        assert rule.reached.is_set()
    assert rig.counts() == {ID: 1}


def test_what_is_refused_leaves_nothing_behind(box: Box, rig: Smtp) -> None:
    for to in ("spam@example.test", "nobody@example.test"):
        with pytest.raises(Refused):
            send(box, rig, to)
    with pytest.raises(Unavailable):
        send(box, rig, "busy@example.test")
    assert lying(box) == ([], [])
    assert applied(box, rig) is None
    send(box, rig)
    assert rig.counts() == {ID: 1}


def test_what_may_have_been_sent_lies_under_drafts(box: Box, rig: Smtp) -> None:
    for _ in range(2):
        with pytest.raises(Uncertain):
            send(box, rig, "cut@example.test")
    with pytest.raises(Uncertain):
        applied(box, rig)
    assert lying(box) == (["Seeds"], [])
    assert rig.counts() == {ID: 1}


def test_a_draft_is_made_once_and_sent_with_its_files(box: Box, rig: Smtp) -> None:
    async def work(inbox: Mailbox) -> None:
        one, other = sender(rig, inbox), "act_bbbbbbbbbbbbbbbbbbbb"
        draft = await one.create_draft(mail_to(BOB, "a.txt"), other, [b"x"])
        assert draft == await one.create_draft(mail_to(BOB, "a.txt"), other, [b"x"]) == await one.applied(other)
        done = await one.send(mail_to(), KEY, draft)
        assert [file.name for file in (await inbox.mail.get_message(done)).attachments] == ["a.txt"]
        with pytest.raises(ObjectNotFound):
            await one.send(mail_to(), "act_cccccccccccccccccccc", draft)

    box.use(work)
    assert lying(box) == ([], ["Seeds"])
    assert rig.counts() == {ID: 1}


def test_a_worker_that_saw_no_folders_yet_sees_what_another_one_sent(box: Box, rig: Smtp) -> None:
    async def work(late: Mailbox) -> None:
        assert await sender(rig, late).applied(KEY) is None
        await asyncio.to_thread(send, box, rig)
        assert await sender(rig, late).applied(KEY) is not None

    box.use(work)


def test_of_two_workers_at_once_one_sends(box: Box, rig: Smtp) -> None:
    async def work(one: Mailbox) -> tuple[str | BaseException, ...]:
        def other() -> str:
            return send(box, rig)

        both = sender(rig, one).send(mail_to(), KEY), asyncio.to_thread(other)
        return await asyncio.gather(*both, return_exceptions=True)

    ends = box.use(work)
    assert all(isinstance(end, str | Uncertain | Unavailable | Refused) for end in ends), ends
    assert len(rig.deliveries) <= 1
    if any(isinstance(end, str) for end in ends):
        assert rig.counts() == {ID: 1}
        assert lying(box) == ([], ["Seeds"])


def test_nothing_is_sent_where_the_copy_may_not_be_there(box: Box, rig: Smtp) -> None:
    with faulty_line(box.rig.port) as line:
        box.port = line.port
        rule = line.swallow(rb"Subject: Seeds")
        with pytest.raises((Refused, Unavailable)):
            send(box, rig)
        assert rule.reached.is_set()
    assert rig.deliveries == []


def test_nothing_is_sent_where_the_mailbox_cannot_be_reached(box: Box, rig: Smtp) -> None:
    with faulty_line(box.rig.port) as line:
        box.port = line.port
    with pytest.raises(Unavailable):
        send(box, rig)
    assert rig.commands == []


def test_a_mailbox_that_is_gone_after_the_mail_does_not_unsay_it(box: Box, rig: Smtp) -> None:
    with faulty_line(box.rig.port) as line:
        box.port = line.port

        def fault(point: str) -> None:
            if point == "mail_sent":
                line.refuse = True
                line.cut()

        assert box.use(lambda inbox: sender(rig, inbox, fault=fault, sleep=at_once).send(mail_to(), KEY))
    box.port = 0
    assert rig.counts() == {ID: 1}
    with pytest.raises(Uncertain):
        applied(box, rig)
    [copy] = box.use(lambda inbox: inbox.found("in:drafts"))
    assert copy.may_be_sent
    assert box.use(lambda inbox: inbox.mail.get_message(copy.id)).may_be_sent


@pytest.mark.parametrize("action", ["cut_before", "cut_after"])
def test_a_line_that_is_cut_at_the_filing_leaves_no_draft_behind(dove: Box, rig: Smtp, action: str) -> None:
    with faulty_line(dove.rig.port) as line:
        dove.port = line.port
        rule = getattr(line, action)("client", rb"UID MOVE[^\r\n]*\r\n")
        done = dove.use(lambda inbox: sender(rig, inbox, sleep=at_once).send(mail_to(), KEY))
        assert rule.reached.is_set()
    dove.port = 0
    assert rig.counts() == {ID: 1}
    assert lying(dove) == ([], ["Seeds"])
    assert applied(dove, rig) == done


def test_what_is_only_drafted_or_was_sent_is_not_said_to_be_in_doubt(box: Box, rig: Smtp) -> None:
    async def work(inbox: Mailbox) -> list[bool]:
        one = sender(rig, inbox)
        made = await one.create_draft(mail_to(), "act_bbbbbbbbbbbbbbbbbbbb"), await one.send(mail_to(), KEY)
        return [each.may_be_sent for each in await inbox.mail.get_messages(made)]

    assert box.use(work) == [False, False]
