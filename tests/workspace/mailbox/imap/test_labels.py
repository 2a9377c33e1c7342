"""Labels put on mails and taken off, as flags, keywords and moves."""

import asyncio

import pytest
from tests.kit.rigs.faults import faulty_line
from tests.workspace.mailbox.imap.conftest import Box, Mailbox
from tests.workspace.mailbox.imap.mails import mail

from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused
from sayso.workspace.types import Header

KEY = "act_aaaaaaaaaaaaaaaaaaaa"


def relabel(box: Box, query: str, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> list[Header]:
    """What is found, relabeled twice, for to do it again changes nothing."""

    async def change(inbox: Mailbox) -> list[Header]:
        ids = [header.id for header in await inbox.found(query)]
        first = await inbox.mail.relabel(ids, list(add), list(remove), KEY)
        again = await inbox.mail.relabel([header.id for header in first], list(add), list(remove), KEY)
        old = await inbox.mail.relabel(ids, list(add), list(remove), KEY)
        assert first == again == old
        now = await inbox.mail.get_messages(ids)
        assert [(each.labels, each.unread, each.revision) for each in now] == [
            (each.labels, each.unread, each.revision) for each in first
        ]
        return first

    return box.use(change)


def test_stars_and_what_is_read_are_flags(box: Box) -> None:
    box.other.put(mail("Seeds"))
    [header] = relabel(box, "", add=("starred",), remove=("unread",))
    assert (header.labels, header.unread) == (("inbox", "starred"), False)
    assert box.other.flags() == [{b"\\Seen", b"\\Flagged"}]
    [header] = relabel(box, "", add=("unread",), remove=("starred",))
    assert (header.labels, header.unread) == (("inbox",), True)
    assert box.other.flags() == [set()]


def test_archived_mails_are_moved_and_come_back(box: Box) -> None:
    box.other.put(mail("Seeds"))
    box.other.put(mail("Weeds"))
    headers = relabel(box, "", remove=("inbox",))
    assert [header.labels for header in headers] == [(), ()]
    assert box.other.uids("INBOX") == []
    assert len(box.other.uids("Archive")) == 2
    assert set(box.subjects("in:archive")) == {"Seeds", "Weeds"}
    [header] = relabel(box, "subject:weeds", add=("inbox",))
    assert header.labels == ("inbox",)
    assert box.subjects("in:inbox") == ["Weeds"]


def test_mails_go_to_the_trash_and_come_back(box: Box) -> None:
    box.other.put(mail("Seeds"))
    [header] = relabel(box, "", add=("trash",))
    assert header.labels == ("trash",)
    assert box.subjects("") == []
    [header] = relabel(box, "in:trash", remove=("trash",))
    assert header.labels == ("inbox",)
    assert len(box.other.uids("Trash")) == 0


@pytest.mark.parametrize("folder", ["Archive", "Receipts"])
def test_mails_come_out_of_the_trash_to_where_they_were(box: Box, folder: str) -> None:
    """Taken from the inbox, too, they do not come there."""
    box.other.make("Receipts")
    box.other.put(mail("Seeds"))
    own = ("receipts",) if folder == "Receipts" else ()
    [before] = relabel(box, "", add=own, remove=("inbox",))
    relabel(box, "subject:seeds", add=("trash",))
    [header] = relabel(box, "in:trash", add=own, remove=("trash", "inbox"))
    assert header.labels == before.labels
    assert len(box.other.uids(folder)) == 1


def test_a_label_that_is_a_folder_says_where_an_archived_mail_goes(box: Box) -> None:
    box.other.make("Receipts")
    box.other.put(mail("Seeds"))
    [header] = relabel(box, "", add=("receipts",), remove=("inbox",))
    assert header.labels == ("Receipts",)
    assert box.subjects("label:receipts") == ["Seeds"]
    assert box.use(lambda inbox: inbox.mail.labels()) == ["Receipts"]
    [header] = relabel(box, "", remove=("Receipts",))
    assert header.labels == ()


def test_other_programs_deleted_mails_are_left_alone(box: Box) -> None:
    box.other.put(mail("Seeds"))
    box.other.put(mail("Half deleted"), flags=("\\Deleted",))
    relabel(box, "subject:seeds", add=("trash",))
    relabel(box, "in:trash", remove=("trash",))
    relabel(box, "subject:seeds", remove=("inbox",))
    box.other.client.select_folder("INBOX")
    assert b"\\Deleted" in box.other.flags()[0]


@pytest.mark.parametrize("label", ["Work", "Zu tun", "Übung macht", "50% off", "a_b=c", 'say "so"', "[x] {y}"])
def test_own_labels_are_keywords_however_they_are_written(rich: Box, label: str) -> None:
    rich.other.put(mail("Seeds"))
    rich.other.put(mail("Weeds"))
    [header] = relabel(rich, "subject:seeds", add=(label,))
    assert header.labels == ("inbox", label)
    assert label in rich.use(lambda inbox: inbox.mail.labels())
    if '"' not in label:  # which no search can name
        assert rich.subjects(f'label:"{label}"') == ["Seeds"]
    [header] = relabel(rich, "subject:seeds", add=(label.upper(),))
    assert header.labels == ("inbox", label)
    [header] = relabel(rich, "subject:seeds", remove=(label.lower(),))
    assert header.labels == ("inbox",)


def test_a_label_goes_along_with_a_mail_that_is_moved(rich: Box) -> None:
    rich.other.put(mail("Seeds"))
    [header] = relabel(rich, "", add=("Zu tun", "starred"), remove=("inbox", "unread"))
    assert (set(header.labels), header.unread) == ({"Zu tun", "starred"}, False)
    [header] = relabel(rich, "", add=("inbox",), remove=("Zu tun",))
    assert set(header.labels) == {"inbox", "starred"}


def test_what_other_programs_keep_in_keywords_is_told_as_they_show_it(rich: Box) -> None:
    rich.other.put(mail("Seeds"), flags=("$label1", "NonJunk", "$Forwarded", "my_tag", "x=zz"))
    [header] = rich.use(lambda inbox: inbox.found(""))
    assert set(header.labels) == {"inbox", "Important", "my tag", "x=zz"}
    [header] = relabel(rich, "label:important", remove=("Important",))
    assert set(header.labels) == {"inbox", "my tag", "x=zz"}
    [header] = relabel(rich, "", remove=("my tag",))
    assert set(header.labels) == {"inbox", "x=zz"}


def test_a_mailbox_without_keywords_says_that_it_takes_no_labels(poor: Box) -> None:
    box = poor
    box.other.put(mail("Seeds"))
    with pytest.raises(Refused, match="takes no labels of one's own"):
        relabel(box, "", add=("Work",), remove=("unread",))
    assert box.other.flags() == [set()]


@pytest.mark.parametrize("label", ["x" * 200, "$important", " ü" * 60])
def test_what_can_be_no_keyword_is_refused(dove: Box, label: str) -> None:
    dove.other.put(mail("Seeds"))
    with pytest.raises(Refused, match="cannot be a label"):
        relabel(dove, "", add=(label,))
    assert dove.other.flags() == [set()]


@pytest.mark.parametrize("label", ["sent", "drafts", "Spam"])
def test_no_mail_is_put_where_only_a_program_puts_it(dove: Box, label: str) -> None:
    dove.other.put(mail("Seeds"))
    with pytest.raises(Refused, match="cannot be put under"):
        relabel(dove, "", add=(label,))


def test_nothing_is_changed_where_one_of_the_mails_is_gone(box: Box) -> None:
    box.other.put(mail("Seeds"))
    box.other.put(mail("Weeds"))

    async def change(inbox: Mailbox) -> None:
        weeds, seeds = await inbox.found("")
        box.other.client.select_folder("INBOX")
        box.other.client.delete_messages(box.other.client.search(["SUBJECT", "Weeds"]))
        box.other.client.expunge()
        with pytest.raises(ObjectNotFound):
            await inbox.mail.relabel([seeds.id, weeds.id], ["starred"], ["inbox"], KEY)

    box.use(change)
    assert box.other.flags() == [set()]


def test_a_mail_that_is_moved_while_it_is_to_be_changed_is_told(rich: Box) -> None:
    rich.other.put(mail("Seeds"))
    with faulty_line(rich.rig.port) as line:
        rich.port = line.port

        async def change(inbox: Mailbox) -> None:
            [header] = await inbox.found("")
            held = line.hold("client", b' SELECT "INBOX"')
            task = asyncio.create_task(inbox.mail.relabel([header.id], ["starred"], [], KEY))
            await asyncio.to_thread(held.reached.wait, 20)
            rich.other.move("Archive")
            held.release.set()
            with pytest.raises(ObjectChanged, match="Another program moved"):
                await task

        rich.use(change)
    assert rich.other.flags("Archive") == [set()]


def test_mails_of_several_folders_are_changed_together(box: Box) -> None:
    box.other.make("Projects")
    box.other.put(mail("Seeds"))
    box.other.put(mail("Weeds"), "Projects")
    headers = relabel(box, "", add=("trash", "starred"))
    assert [(header.subject, header.labels) for header in headers] == [
        ("Weeds", ("trash", "starred")), ("Seeds", ("trash", "starred")),
    ]  # fmt: skip


def test_nothing_was_done_under_a_key_without_a_sender(dove: Box) -> None:
    assert dove.use(lambda inbox: inbox.mail.applied(KEY, "")) is None
