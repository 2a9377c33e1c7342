"""Mails read from servers of IMAP."""

from datetime import UTC, datetime

import pytest
from tests.workspace.mailbox.imap.conftest import Box, Mailbox
from tests.workspace.mailbox.imap.mails import mail

from sayso.workspace.errors import ObjectNotFound


def test_a_mail_is_listed_and_read_without_marking_it_as_read(box: Box) -> None:
    box.other.put(mail("Seeds", body="The beans come up.\n", when=datetime(2026, 3, 1, 9, tzinfo=UTC)))

    async def read(inbox: Mailbox) -> None:
        [header] = await inbox.found("")
        message = await inbox.mail.get_message(header.id)
        assert (header.subject, header.sender.email, header.unread) == ("Seeds", "mara@lund.example", True)
        assert header.snippet == message.snippet == "The beans come up."
        assert header.labels == message.labels == ("inbox",)
        assert header.date == message.date == datetime(2026, 3, 1, 9, tzinfo=UTC)
        assert header.revision == message.revision
        assert header.thread_id == message.thread_id
        assert message.body.strip() == "The beans come up."

    box.use(read)
    assert box.other.flags() == [set()]


def test_what_is_no_id_is_not_found(box: Box) -> None:
    for wrong in ("", "msg_1", "x.y.z", "SU5CT1g.1.1.1.0000000000", "a" * 5000):
        with pytest.raises(ObjectNotFound):
            box.use(lambda inbox, wrong=wrong: inbox.mail.get_message(wrong))  # type: ignore[misc]
