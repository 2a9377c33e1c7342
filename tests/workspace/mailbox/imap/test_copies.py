"""Drafts and sent copies, as a sender keeps them; and a sender with them."""

from collections.abc import Iterator

import pytest
from tests.kit.rigs.faults import faulty_line
from tests.kit.rigs.smtp import ANA, BOB, Smtp, serving_smtp
from tests.kit.rigs.smtp import PASSWORD as SMTP_PASSWORD
from tests.workspace.mailbox.imap.conftest import NOW, Box, Mailbox
from tests.workspace.mailbox.imap.mails import mail

from sayso.base.clock import FixedClock
from sayso.identity.credentials import Password
from sayso.workspace.connected.access import Access
from sayso.workspace.connected.connector import Fresh
from sayso.workspace.connected.reaching import MailServer, Reach
from sayso.workspace.errors import ObjectNotFound, Refused, Uncertain
from sayso.workspace.mailbox.mail import ImapMail
from sayso.workspace.mailbox.sending import Sender
from sayso.workspace.people import Me
from sayso.workspace.types import OutgoingMail, Person

KEY = "act_aaaaaaaaaaaaaaaaaaaa"


def test_a_draft_is_kept_found_and_becomes_the_sent_copy(box: Box) -> None:
    raw = mail("Seeds", message_id="key@sayso.invalid")

    async def work(inbox: Mailbox) -> None:
        assert await inbox.copies.find("key@sayso.invalid") is None
        kept = await inbox.copies.keep(raw, draft=True)
        place = await inbox.copies.find("key@sayso.invalid")
        assert place is not None
        assert (place.role, place.message_id) == ("drafts", kept)
        assert await inbox.copies.find("ey@sayso.invalid") is None
        assert (await inbox.copies.raw(kept)).replace(b"\r\n", b"\n") == raw
        sent = await inbox.copies.to_sent(kept)
        assert await inbox.copies.to_sent(sent) == await inbox.copies.to_sent(kept) == sent
        place = await inbox.copies.find("key@sayso.invalid")
        assert place is not None
        assert (place.role, place.message_id) == ("sent", sent)
        message = await inbox.mail.get_message(kept)
        assert (message.labels, message.unread) == (("sent",), False)

    box.use(work)
    assert box.other.flags("Sent") == [{b"\\Seen"}]
    assert box.other.uids("Drafts") == []


def test_a_draft_is_dropped_and_what_was_sent_is_not(box: Box) -> None:
    raw = mail("Seeds", message_id="key@sayso.invalid")

    async def work(inbox: Mailbox) -> None:
        draft = await inbox.copies.keep(raw, draft=True)
        again = await inbox.copies.keep(raw, draft=True)
        place = await inbox.copies.find("key@sayso.invalid")
        assert place is not None
        assert place.message_id == draft != again
        box.other.put(mail("Half deleted"), "Drafts", flags=("\\Deleted",))
        await inbox.copies.drop(again)
        await inbox.copies.drop(again)
        sent = await inbox.copies.to_sent(draft)
        await inbox.copies.drop(draft)
        await inbox.copies.drop(sent)

    box.use(work)
    assert len(box.other.uids("Sent")) == 1
    assert len(box.other.uids("Drafts")) == 1


def test_a_copy_that_is_gone_is_not_found(dove: Box) -> None:
    async def work(inbox: Mailbox) -> None:
        kept = await inbox.copies.keep(mail("Seeds"), draft=True)
        dove.other.remove("Drafts")
        for call in (inbox.copies.to_sent, inbox.copies.raw):
            with pytest.raises(ObjectNotFound):
                await call(kept)

    dove.use(work)


@pytest.fixture
def smtp() -> Iterator[Smtp]:
    with serving_smtp(Smtp()) as rig:
        yield rig


def sending(inbox: Mailbox, smtp: Smtp, user: str) -> ImapMail:
    access = Access(Fresh(Password(ANA, SMTP_PASSWORD)))
    me = Me(user, "Ana")
    server = MailServer("127.0.0.1", smtp.port, "none")
    sender = Sender(server, access, Reach(private=True), inbox.copies, me, FixedClock(NOW))
    return ImapMail(inbox.sessions, inbox.listing, me, FixedClock(NOW), sender)


def test_an_answer_is_drafted_and_sent_once_in_its_conversation(box: Box, smtp: Smtp) -> None:
    box.other.put(mail("Seeds", message_id="root@x.example"))
    answer = OutgoingMail((Person(BOB),), "Re: Seeds", "They come up.")

    async def work(inbox: Mailbox) -> None:
        outbox = sending(inbox, smtp, box.user)
        [header] = await inbox.found("")
        told = OutgoingMail(answer.to, answer.subject, answer.body, in_reply_to=header.id)
        draft = await outbox.create_draft(told, "act_bbbbbbbbbbbbbbbbbbbb")
        assert (draft.labels, draft.in_reply_to, draft.thread_id) == (("drafts",), header.id, header.thread_id)
        again = await outbox.create_draft(told, "act_bbbbbbbbbbbbbbbbbbbb")
        assert again.id == draft.id
        sent = await outbox.send(told, KEY, draft.id)
        assert (sent.labels, sent.unread, sent.thread_id) == (("sent",), False, header.thread_id)
        assert await outbox.send(told, KEY, draft.id) == sent
        assert await outbox.applied(KEY, draft.id) == sent.id
        assert await outbox.applied("act_cccccccccccccccccccc", "") is None
        assert [each.id for each in await outbox.get_thread(header.thread_id)] == [header.id, sent.id]

    box.use(work)
    assert len(smtp.deliveries) == 1
    assert box.other.uids("Drafts") == []


def test_what_was_sent_is_not_told_as_failed_where_it_cannot_be_read_then(dove: Box, smtp: Smtp) -> None:
    with faulty_line(dove.rig.port) as line:
        dove.port = line.port

        async def work(inbox: Mailbox) -> None:
            outbox = sending(inbox, smtp, dove.user)
            for _ in range(2):
                line.cut_before("client", rb"BODY\.PEEK\[\]")
            with pytest.raises(Uncertain, match="It was done"):
                await outbox.send(OutgoingMail((Person(BOB),), "Seeds", "Hello"), KEY, "")
            assert await outbox.applied(KEY, "")

        dove.use(work)


def test_a_mailbox_without_a_sender_says_so(dove: Box) -> None:
    async def work(inbox: Mailbox) -> None:
        assert inbox.mail.delivers is None
        with pytest.raises(Refused, match="only reads mail"):
            await inbox.mail.send(OutgoingMail((Person(BOB),), "Seeds", "Hello"), KEY, "")

    dove.use(work)
