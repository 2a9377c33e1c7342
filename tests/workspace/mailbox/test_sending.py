"""A mail is sent once for each key, whatever ends in between; and what is said of it is true."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.kit.rigs.copies import FolderCopies
from tests.kit.rigs.faults import faulty_line
from tests.kit.rigs.smtp import ANA, BOB, PASSWORD, Smtp, serving_smtp

from sayso.base.clock import FixedClock
from sayso.identity.credentials import Password
from sayso.workspace.connected.access import Access
from sayso.workspace.connected.connector import Fresh
from sayso.workspace.connected.invitations import Invitation
from sayso.workspace.connected.reaching import MailServer, Reach
from sayso.workspace.errors import ObjectNotFound, Refused, Unavailable, Uncertain, WorkspaceError
from sayso.workspace.formats.mail_text import contents_of
from sayso.workspace.formats.mime import parse_mail
from sayso.workspace.mailbox.compose import Answered
from sayso.workspace.mailbox.copies import Copies
from sayso.workspace.mailbox.sending import FILINGS, LOOKS, Sender
from sayso.workspace.people import Me
from sayso.workspace.types import Enclosed, OutgoingMail, Person

NOW = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
KEY = "act_aaaaaaaaaaaaaaaaaaaa"
ID = f"<{KEY}@example.test>"


def mail_to(*to: str, bcc: tuple[str, ...] = ()) -> OutgoingMail:
    return OutgoingMail(tuple(map(Person, to)), "Seeds", "Hello", bcc=tuple(map(Person, bcc)))


def sender_of(rig: Smtp, copies: Copies, port: int = 0, **more: Any) -> Sender:
    server = MailServer("127.0.0.1", port or rig.port, "none")
    access = Access(Fresh(Password(ANA, PASSWORD)))
    return Sender(server, access, Reach(private=True), copies, Me(ANA, "Ana"), FixedClock(NOW), **more)


@dataclass
class Post:
    """One account's sending half, and what became of it."""

    rig: Smtp
    copies: FolderCopies
    folder: Path

    def sender(self, port: int = 0, **more: Any) -> Sender:
        return sender_of(self.rig, self.copies, port, **more)

    def send(self, *to: str, key: str = KEY, draft: str = "", **more: Any) -> str:
        return asyncio.run(self.sender(**more).send(mail_to(*to or (BOB,)), key, draft))

    def applied(self, key: str = KEY, draft: str = "") -> str | None:
        return asyncio.run(self.sender().applied(key, draft))

    def ids(self) -> tuple[list[str], list[str]]:
        """The Message-IDs under Drafts and under Sent."""
        drafts, sent = self.copies.all("drafts"), self.copies.all("sent")
        return ([parse_mail(each).get("message-id").strip() for each in drafts],
                [parse_mail(each).get("message-id").strip() for each in sent])  # fmt: skip


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with serving_smtp(Smtp()) as rig:
        yield Post(rig, FolderCopies(tmp_path / "mailbox"), tmp_path / "mailbox")


def test_what_is_sent_arrives_and_lies_under_sent(post: Post) -> None:
    done = asyncio.run(post.sender().send(mail_to(BOB, bcc=("cy@example.test",)), KEY))
    [delivered] = post.rig.deliveries
    assert delivered.recipients == (BOB, "cy@example.test")
    assert b"cy@example.test" not in delivered.content
    assert post.ids() == ([], [ID])
    assert b"Bcc: cy@example.test" in post.copies.all("sent")[0]
    assert post.applied() == done == "sent/000001"


def test_what_was_sent_is_not_sent_again(post: Post) -> None:
    first, second = post.send(), post.send()
    assert first == second
    assert post.rig.counts() == {ID: 1}


def test_nothing_is_said_of_what_was_never_begun(post: Post) -> None:
    assert post.applied() is None
    assert asyncio.run(post.sender().posted(KEY)) is False


def test_a_mail_to_nobody_is_refused(post: Post) -> None:
    with pytest.raises(Refused, match="somebody to go to"):
        asyncio.run(post.sender().send(mail_to(), KEY))
    assert post.rig.commands == []


@pytest.mark.parametrize(
    ("to", "error"),
    [("nobody", Refused), ("later", Unavailable), ("spam", Refused), ("busy", Unavailable)],
)
def test_what_is_refused_leaves_nothing_behind(post: Post, to: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        post.send(f"{to}@example.test")
    assert post.ids() == ([], [])
    assert post.applied() is None
    post.send()
    assert post.rig.counts() == {ID: 1}


@pytest.mark.parametrize("to", ["cut", "lost", "odd"])
def test_a_lost_answer_stays_in_doubt_and_is_never_sent_again(post: Post, to: str) -> None:
    with pytest.raises(Uncertain):
        post.send(f"{to}@example.test")
    assert post.ids() == ([ID], [])
    for again in (post.applied, post.send, lambda: asyncio.run(post.sender().posted(KEY))):
        with pytest.raises(Uncertain, match="It lies under Drafts"):
            again()
    assert len(post.rig.deliveries) <= 1


@pytest.mark.parametrize("method", ["find", "keep"])
@pytest.mark.parametrize("error", [Unavailable("It is down."), Refused("It is full.")])
def test_where_the_mailbox_does_not_answer_nothing_is_sent(post: Post, method: str, error: WorkspaceError) -> None:
    post.copies.fails[method] = error
    with pytest.raises(type(error), match=str(error)):
        post.send()
    assert "DATA" not in post.rig.commands
    post.copies.fails.clear()
    assert post.applied() is None


def test_a_copy_of_which_nothing_is_known_ends_the_action_before_the_mail(post: Post) -> None:
    post.copies.fails_late["keep"] = Uncertain("The answer was lost.")
    with pytest.raises(Refused, match=r"was not sent\. A copy of it may still lie"):
        post.send()
    assert "DATA" not in post.rig.commands


@pytest.mark.parametrize("to", ["spam", "busy"])
def test_a_copy_that_cannot_be_removed_ends_the_action_for_it_surely_was_not_sent(post: Post, to: str) -> None:
    post.copies.fails["drop"] = Unavailable("It is down.")
    with pytest.raises(Refused, match="A copy of it may still lie under Drafts"):
        post.send(f"{to}@example.test")
    assert post.rig.deliveries == []


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("error", [Unavailable("It is down."), Refused("It is full."), Uncertain("Lost.")])
def test_a_copy_that_does_not_get_under_sent_does_not_unsay_that_it_was_sent(
    post: Post, error: WorkspaceError, late: bool
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    (post.copies.fails_late if late else post.copies.fails)["to_sent"] = error
    assert post.send(sleep=sleep)
    assert post.rig.counts() == {ID: 1}
    assert sum(waited) < 5


@pytest.mark.parametrize("files_sent", [False, True])
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("error", [Unavailable("It is down."), Uncertain("Lost.")])
def test_a_copy_that_does_not_get_under_sent_at_once_is_filed_again(
    post: Post, error: WorkspaceError, late: bool, files_sent: bool
) -> None:
    fails = post.copies.fails_late if late else post.copies.fails
    fails["to_sent"] = error

    async def sleep(seconds: float) -> None:
        fails.pop("to_sent", None)

    assert post.send(sleep=sleep, files_sent=files_sent) == "sent/000001"
    assert post.ids() == ([], [ID])
    assert post.rig.counts() == {ID: 1}


def test_where_the_server_files_a_copy_itself_ours_is_removed(post: Post) -> None:
    def fault(point: str) -> None:
        if point == "mail_sent":
            asyncio.get_running_loop()
            (post.folder / "sent" / "000009").write_bytes(post.rig.deliveries[0].content)

    assert post.send(fault=fault) == "sent/000009"
    assert post.ids() == ([], [ID])


def test_the_copy_that_a_server_files_late_is_waited_for(post: Post) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            (post.folder / "sent" / "000009").write_bytes(post.rig.deliveries[0].content)

    assert post.send(files_sent=True, sleep=sleep) == "sent/000009"
    assert post.ids() == ([], [ID])
    assert len(waited) == 2


def test_the_copy_that_a_server_never_files_is_ours(post: Post) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    post.send(files_sent=True, sleep=sleep)
    assert post.ids() == ([], [ID])
    assert len(waited) == LOOKS - FILINGS


def test_a_draft_is_made_once_for_a_key_and_says_nothing_of_sending(post: Post) -> None:
    mail = OutgoingMail((), "Seeds", "Hello", attachments=(Enclosed("a.txt", "text/plain", 1, "m", 1),))
    first = asyncio.run(post.sender().create_draft(mail, KEY, [b"x"], Answered("a@x")))
    assert asyncio.run(post.sender().create_draft(mail, KEY, [b"x"], Answered("a@x"))) == first
    assert post.ids() == ([f"<{KEY}.draft@example.test>"], [])
    assert post.applied() == first
    [draft] = post.copies.all("drafts")
    assert parse_mail(draft).get("in-reply-to").strip() == "<a@x>"
    assert contents_of(parse_mail(draft)).files[0].decoded() == b"x"
    assert post.rig.commands == []


DRAFT = (
    b"From: ana@example.test\r\nSubject: Old\r\nMessage-ID: <old@x>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nHello\r\n'
    b"--b\r\nContent-Type: application/pdf; name=plan.pdf\r\n\r\nPDF\r\n--b--\r\n"
)


def test_a_draft_that_is_sent_goes_with_its_files_and_is_gone(post: Post) -> None:
    draft = asyncio.run(post.copies.keep(DRAFT, draft=True))
    post.send(draft=draft)
    assert post.ids() == ([], [ID])
    [file] = contents_of(parse_mail(post.rig.deliveries[0].content)).files
    assert (file.file_name, file.decoded()) == ("plan.pdf", b"PDF")


def test_a_draft_that_is_gone_is_not_sent(post: Post) -> None:
    with pytest.raises(ObjectNotFound):
        post.send(draft="drafts/000077")
    assert post.rig.commands == []


def test_a_draft_stays_where_it_is_refused_or_in_doubt(post: Post) -> None:
    draft = asyncio.run(post.copies.keep(DRAFT, draft=True))
    with pytest.raises(Refused):
        post.send("spam@example.test", draft=draft)
    assert post.ids() == (["<old@x>"], [])
    with pytest.raises(Uncertain):
        post.send("cut@example.test", draft=draft)
    assert post.ids() == (["<old@x>", ID], [])


def test_a_draft_that_cannot_be_removed_does_not_unsay_that_it_was_sent(post: Post) -> None:
    draft = asyncio.run(post.copies.keep(DRAFT, draft=True))
    post.copies.fails["drop"] = Unavailable("It is down.")
    post.send(draft=draft)
    assert post.rig.counts() == {ID: 1}
    post.copies.fails.clear()
    assert post.applied(draft=draft) == "sent/000001"
    assert post.ids() == ([], [ID])


def test_an_invitation_is_posted_once(post: Post) -> None:
    invitation = Invitation("REQUEST", (Person(BOB),), "Invitation", "Monday", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    asyncio.run(post.sender().post(invitation, KEY))
    asyncio.run(post.sender().post(invitation, KEY))
    assert asyncio.run(post.sender().posted(KEY)) is True
    assert post.rig.counts() == {ID: 1}
    assert b"method=REQUEST" in post.rig.deliveries[0].content


@pytest.mark.parametrize(
    ("pattern", "error", "delivered"),
    [
        (b"AUTH", Unavailable, False),
        (b"RCPT TO", Unavailable, False),
        (b"DATA\r\n", Unavailable, False),
        (rb"\r\n\.\r\n", Uncertain, True),
    ],
)
def test_a_line_that_breaks_leaves_what_is_true(
    post: Post, pattern: bytes, error: type[Exception], delivered: bool
) -> None:
    with faulty_line(post.rig.port) as line:
        line.swallow(pattern)
        with pytest.raises(error):
            post.send(port=line.port)
    if delivered:
        assert post.rig.arrived.wait(20)
    assert (len(post.rig.deliveries), post.ids()) == ((1, ([ID], [])) if delivered else (0, ([], [])))


def _child(post: Post, point: str, to: str, draft: str = "") -> subprocess.Popen[str]:
    arguments = [str(post.rig.port), str(post.folder), point, to, KEY, draft]
    command = [sys.executable, "-m", "tests.kit.sending_child", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("point", "sent", "in_doubt"),
    [
        ("mail_accepted", 0, False),
        ("mail_kept", 0, True),
        ("mail_sent", 1, True),
        ("mail_filed", 1, False),
    ],
)
def test_a_worker_that_is_killed_leaves_what_is_true(post: Post, point: str, sent: int, in_doubt: bool) -> None:
    draft = asyncio.run(post.copies.keep(DRAFT, draft=True))
    with _child(post, point, BOB, draft) as child:
        assert child.wait(60) == -signal.SIGKILL
    assert len(post.rig.deliveries) == sent
    if in_doubt:
        for again in (post.applied, post.send):
            with pytest.raises(Uncertain):
                again()
    else:
        assert (post.applied(draft=draft) is not None) == bool(sent)
        assert post.send(draft=draft)
        assert post.rig.counts() == {ID: 1}
        assert post.ids() == ([], [ID])
    assert len(post.rig.deliveries) <= 1


def test_a_worker_that_is_killed_while_the_server_takes_the_mail_leaves_a_doubt(post: Post) -> None:
    with _child(post, "never", "hang@example.test") as child:
        assert post.rig.arrived.wait(60)
        child.kill()
        child.wait(60)
    post.rig.release.set()
    for again in (post.applied, post.send):
        with pytest.raises(Uncertain):
            again()
    assert post.rig.counts() == {ID: 1}


@pytest.mark.parametrize("ask", ["applied", "send"])
def test_a_mail_that_another_worker_moves_to_sent_is_not_overlooked(post: Post, ask: str) -> None:
    with pytest.raises(Uncertain):
        post.send("cut@example.test")

    async def step(name: str) -> None:
        if name == "look in drafts" and (post.folder / "drafts" / "000001").exists():
            (post.folder / "drafts" / "000001").rename(post.folder / "sent" / "000001")

    meanwhile = Post(post.rig, FolderCopies(post.folder, step), post.folder)
    assert (meanwhile.applied() if ask == "applied" else meanwhile.send()) == "sent/000001"
    assert post.rig.counts() == {ID: 1}


class Turns:
    """Lets one of several workers take one step at a time."""

    def __init__(self) -> None:
        self.waiting: dict[int, asyncio.Future[None]] = {}
        self._moved = asyncio.Event()

    async def step(self, worker: int) -> None:
        self.waiting[worker] = asyncio.get_running_loop().create_future()
        self._moved.set()
        await self.waiting[worker]

    async def settle(self, tasks: list["asyncio.Task[Any]"]) -> list[int]:
        """The workers that can go on, once each has come to a step or to its end."""
        while True:
            self._moved.clear()
            live = [worker for worker, task in enumerate(tasks) if not task.done()]
            if all(worker in self.waiting for worker in live):
                return live
            ends = [tasks[worker] for worker in live if worker not in self.waiting]
            moved = asyncio.ensure_future(self._moved.wait())
            await asyncio.wait([moved, *ends], return_when=asyncio.FIRST_COMPLETED)
            moved.cancel()

    def go(self, worker: int) -> None:
        self.waiting.pop(worker).set_result(None)


async def _both(rig: Smtp, folder: Path, order: list[int], to: str) -> list[Any]:
    """Two workers with one key, step by step in this order; what each came to."""
    turns = Turns()

    def worker(number: int) -> "asyncio.Task[str]":
        async def step(name: str) -> None:
            await turns.step(number)

        return asyncio.create_task(sender_of(rig, FolderCopies(folder, step)).send(mail_to(to), KEY))

    tasks = [worker(0), worker(1)]
    for turn in [*order, *[0] * 100, *[1] * 100]:
        live = await turns.settle(tasks)
        if rig.deliveries:
            assert FolderCopies(folder).all("drafts") + FolderCopies(folder).all("sent")
        if turn in live:
            turns.go(turn)
    return await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture(scope="module")
def busy_rig() -> Iterator[Smtp]:
    with serving_smtp(Smtp()) as rig:
        yield rig


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 1), max_size=40), st.sampled_from([BOB, "cut@example.test", "spam@example.test"]))
def test_of_two_workers_with_one_key_one_sends(busy_rig: Smtp, order: list[int], to: str) -> None:
    busy_rig.deliveries.clear()
    with TemporaryDirectory() as folder:
        ends = asyncio.run(_both(busy_rig, Path(folder), order, to))
        applied = asyncio.run(_said(sender_of(busy_rig, FolderCopies(Path(folder)))))
    assert all(isinstance(end, str | Uncertain | Refused | Unavailable) for end in ends), ends
    assert len(busy_rig.deliveries) <= 1
    if busy_rig.deliveries:
        assert applied is not None
    if to == BOB:
        assert len(busy_rig.deliveries) == 1
        assert any(isinstance(end, str) for end in ends)


async def _said(sender: Sender) -> str | None:
    try:
        return await sender.applied(KEY)
    except Uncertain:
        return "in doubt"
