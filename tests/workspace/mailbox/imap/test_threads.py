"""Conversations, wherever their mails are."""

from datetime import timedelta

import pytest
from tests.workspace.mailbox.imap.conftest import Box, Mailbox
from tests.workspace.mailbox.imap.mails import FIRST, mail

from sayso.workspace.errors import ObjectNotFound


def put(box: Box) -> None:
    """A conversation in three folders, one of whose mails is there twice; and another one."""
    for folder in ("Sent", "Trash", "Projects"):
        if folder not in [name for _, _, name in box.other.client.list_folders()]:
            box.other.make(folder)
    day = [FIRST + timedelta(days=number) for number in range(9)]
    answer = "In-Reply-To: <root@x.example>\nReferences: <root@x.example>\n"
    late = "In-Reply-To: <two@x.example>\nReferences: <root@x.example>\n <two@x.example>\n"
    mine = mail("Re: Seeds", "Two", when=day[2], message_id="two@x.example", headers=answer)
    box.other.put(mail("Seeds", "One", when=day[1], message_id="root@x.example"), "Projects")
    box.other.put(mine, "Sent")
    box.other.put(mine)
    box.other.put(mail("Re: Re: Seeds", "Three", when=day[3], message_id="three@x.example", headers=late))
    box.other.put(mail("Re: Seeds", "Thrown away", when=day[4], headers=answer), "Trash")
    box.other.put(mail("Seeds", "Another", when=day[5], message_id="ro@x.example"))
    box.other.put(mail("Seeds", "Another", when=day[6], message_id="root@x.example.org"))


def test_a_conversation_has_each_of_its_mails_once_oldest_first(box: Box) -> None:
    put(box)

    async def read(inbox: Mailbox) -> None:
        for header in await inbox.found('subject:"re re seeds"'):
            thread = await inbox.mail.get_thread(header.thread_id)
            assert [each.body.strip() for each in thread] == ["One", "Two", "Three"]
            assert {each.thread_id for each in thread} == {header.thread_id}
            assert [len(await inbox.mail.get_thread(each.thread_id)) for each in thread] == [3, 3, 3]

    box.use(read)


def test_what_is_only_in_the_trash_is_a_conversation_too(box: Box) -> None:
    for folder in ("Trash",):
        if folder not in [name for _, _, name in box.other.client.list_folders()]:
            box.other.make(folder)
    box.other.put(mail("Seeds", "Gone", message_id="gone@x.example"), "Trash")

    async def read(inbox: Mailbox) -> None:
        [header] = await inbox.found("in:trash")
        assert [each.body.strip() for each in await inbox.mail.get_thread(header.thread_id)] == ["Gone"]

    box.use(read)


def test_message_ids_that_nobody_should_write_are_told_apart_all_the_same(box: Box) -> None:
    for number, odd in enumerate(('a"b@x', "a\\b@x", "a%b*@x", "(a)@x", "x" * 900)):
        box.other.put(mail(f"Odd {number}", message_id=odd))

    async def read(inbox: Mailbox) -> None:
        for header in await inbox.found(""):
            [message] = await inbox.mail.get_thread(header.thread_id)
            assert message.subject == header.subject

    box.use(read)


@pytest.mark.parametrize("thread_id", ["", "t.", "t.%%%", "t.eA", "o.x y", "g.zz", "g.1", "o.1", "x", "m.x"])
def test_what_is_no_conversation_is_not_found(dove: Box, thread_id: str) -> None:
    with pytest.raises(ObjectNotFound):
        dove.use(lambda inbox: inbox.mail.get_thread(thread_id))
