"""Notices of mails that did not arrive, found among the others."""

from datetime import UTC, datetime, timedelta

from tests.workspace.mailbox import bounce_samples as samples
from tests.workspace.mailbox.imap.conftest import NOW, Box
from tests.workspace.mailbox.imap.mails import mail

from sayso.workspace.mailbox.bounces import Bounce
from sayso.workspace.mailbox.returned import returned

ID = "act_k3vk3vk3vk3vk3vk3vk3@example.test"


def notice(sample: str, when: datetime = NOW, message_id: str = ID) -> bytes:
    return f"Date: {when:%a, %d %b %Y %H:%M:%S +0000}\n{sample % message_id}".encode()


def back(box: Box, since: datetime = NOW - timedelta(days=1)) -> list[Bounce]:
    return box.use(lambda inbox: returned(inbox.mail, inbox.copies, since))


def test_what_came_back_is_found_among_other_mails(box: Box) -> None:
    for subject in ("Seeds", "Weeds"):
        box.other.put(mail(subject))
    box.other.put(notice(samples.POSTFIX, NOW - timedelta(hours=1)))
    box.other.put(notice(samples.QMAIL))
    box.other.put(notice(samples.EXIM, message_id="other@example.test"))
    assert [[each.address for each in bounce.recipients] for bounce in back(box)] == [
        ["bob@far.example", "cy@far.example"],
        ["bob@far.example"],
    ]


def test_what_came_back_earlier_is_left_out(box: Box) -> None:
    box.other.put(notice(samples.POSTFIX, NOW - timedelta(hours=5)))
    assert len(back(box, NOW - timedelta(hours=6))) == 1
    assert back(box, NOW - timedelta(hours=4)) == []
    assert back(box, datetime(2026, 3, 2, 9, 30, tzinfo=UTC)) == []


def test_a_notice_that_was_taken_for_junk_is_found(dove: Box) -> None:
    dove.other.make("Junk")
    dove.other.put(notice(samples.POSTFIX), "Junk")
    assert len(back(dove)) == 1


def test_an_empty_mailbox_has_no_notices(box: Box) -> None:
    assert back(box) == []


def test_what_was_thrown_away_is_not_looked_at(dove: Box) -> None:
    dove.other.put(notice(samples.POSTFIX), "Trash")
    assert back(dove) == []
