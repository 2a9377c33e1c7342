"""Ids of mails, which outlive moves and folders."""

from datetime import UTC, datetime

import pytest
from tests.workspace.mailbox.imap.conftest import Box, Mailbox
from tests.workspace.mailbox.imap.mails import mail

from sayso.workspace.errors import ObjectNotFound


def folder(box: Box, name: str = "Projects") -> str:
    if name not in [each for _, _, each in box.other.client.list_folders()]:
        box.other.make(name)
    return name


def test_a_mail_that_another_program_moved_has_its_id_still(box: Box) -> None:
    box.other.put(mail("Seeds", "The beans."), when=datetime(2026, 2, 3, 23, 30, tzinfo=UTC))
    box.other.put(mail("Others"), folder(box), when=datetime(2026, 2, 3, 23, 40, tzinfo=UTC))

    async def read(inbox: Mailbox) -> None:
        [header] = await inbox.found("in:inbox")
        box.other.move("Projects")
        message = await inbox.mail.get_message(header.id)
        assert (message.id, message.subject, message.labels) == (header.id, "Seeds", ("Projects",))
        assert message.revision != header.revision
        [found] = await inbox.found("subject:seeds")
        assert found.id != header.id
        assert [each.subject for each in await inbox.mail.get_messages([header.id, found.id])] == ["Seeds", "Seeds"]

    box.use(read)


def test_a_mail_without_a_message_id_is_found_again_as_well(box: Box) -> None:
    box.other.put(mail("Seeds", message_id=""))

    async def read(inbox: Mailbox) -> None:
        [header] = await inbox.found("")
        box.other.move(folder(box))
        assert (await inbox.mail.get_message(header.id)).subject == "Seeds"
        assert (await inbox.mail.get_thread(header.thread_id))[0].subject == "Seeds"

    box.use(read)


def test_another_mail_at_the_same_place_is_not_taken_for_it(box: Box) -> None:
    """A folder made anew counts from the beginning."""
    box.other.put(mail("Seeds"), folder(box))

    async def read(inbox: Mailbox) -> None:
        [header] = await inbox.found("")
        box.other.delete("Projects")
        box.other.make("Projects")
        box.other.put(mail("Weeds"), "Projects")
        with pytest.raises(ObjectNotFound):
            await inbox.mail.get_message(header.id)
        box.other.put(mail("Seeds", message_id="again@x.example"), "Projects")
        with pytest.raises(ObjectNotFound):
            await inbox.mail.get_message(header.id)

    box.use(read)


def test_a_folder_that_was_made_anew_with_the_same_mails_has_them_under_the_old_ids(box: Box) -> None:
    seeds, weeds = mail("Seeds"), mail("Weeds")
    box.other.put(seeds, folder(box))
    box.other.put(weeds, "Projects")

    async def read(inbox: Mailbox) -> None:
        headers = await inbox.found("")
        box.other.delete("Projects")
        box.other.make("Projects")
        for raw in (weeds, seeds):
            box.other.put(raw, "Projects")
        found = await inbox.mail.get_messages([header.id for header in headers])
        assert [each.subject for each in found] == [header.subject for header in headers]

    box.use(read)


def test_a_mail_that_was_removed_for_good_is_not_found(box: Box) -> None:
    box.other.put(mail("Seeds"))
    box.other.put(mail("Weeds"))

    async def read(inbox: Mailbox) -> None:
        headers = await inbox.found("")
        box.other.remove()
        for header in headers:
            with pytest.raises(ObjectNotFound, match="not in your mailbox"):
                await inbox.mail.get_message(header.id)

    box.use(read)


def test_the_place_is_looked_at_and_not_only_the_number(dove: Box) -> None:
    """An id whose number another mail has by now, as after a UIDVALIDITY that is the same again."""
    dove.other.put(mail("Seeds"))
    dove.other.put(mail("Weeds"))

    async def read(inbox: Mailbox) -> None:
        weeds, seeds = await inbox.found("")
        forged = ".".join((*weeds.id.split(".")[:3], *seeds.id.split(".")[3:]))
        assert (await inbox.mail.get_message(forged)).subject == "Seeds"

    dove.use(read)
