"""Connections: how they are signed in, shared, and what is said where they break."""

import asyncio
import gc
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import pytest
from tests.kit.rigs.certificates import Certificate
from tests.kit.rigs.faults import Line as Failed
from tests.kit.rigs.faults import faulty_line
from tests.kit.rigs.running import free_port
from tests.workspace.mailbox.imap.conftest import Box, Mailbox
from tests.workspace.mailbox.imap.mails import mail

from sayso.workspace.connected.access import Access
from sayso.workspace.connected.connector import Check, TokenRefused
from sayso.workspace.connected.reaching import MailServer, Reach
from sayso.workspace.errors import ReconnectNeeded, Refused, Unavailable, Uncertain, WorkspaceError
from sayso.workspace.mailbox.checking import check_imap
from sayso.workspace.mailbox.line import Line
from sayso.workspace.mailbox.session import AT_ONCE, Sessions

T = TypeVar("T")
KEY = "act_aaaaaaaaaaaaaaaaaaaa"


@contextmanager
def faulty(box: Box) -> Iterator[Failed]:
    with faulty_line(box.rig.port) as line:
        box.port = line.port
        yield line


def test_a_read_whose_line_is_cut_in_the_midst_of_an_answer_is_done_again(box: Box) -> None:
    box.other.put(mail("Seeds"))
    with faulty(box) as line:
        rule = line.cut_after("server", rb"FETCH \([^\r]{5}")
        assert box.subjects("") == ["Seeds"]
        assert rule.reached.is_set()
        assert line.connections >= 2


def test_a_read_whose_line_is_cut_twice_is_unavailable(box: Box) -> None:
    box.other.put(mail("Seeds"))
    with faulty(box) as line:
        for _ in range(2):
            line.cut_after("server", rb"FETCH \([^\r]{5}")
        with pytest.raises(Unavailable, match="does not answer"):
            box.subjects("")


def test_a_line_that_was_cut_while_it_was_not_used_is_noticed(box: Box) -> None:
    box.other.put(mail("Seeds"))
    with faulty(box) as line:

        async def twice(inbox: Mailbox) -> list[str]:
            assert await inbox.subjects("") == ["Seeds"]
            line.cut()
            return await inbox.subjects("")

        assert box.use(twice) == ["Seeds"]


def test_a_change_on_a_line_that_was_cut_before_is_made(box: Box) -> None:
    box.other.put(mail("Seeds"))
    with faulty(box) as line:

        async def change(inbox: Mailbox) -> None:
            [header] = await inbox.found("")
            line.cut()
            await inbox.mail.relabel([header.id], ["starred"], [], KEY)

        box.use(change)
    assert box.other.flags() == [{b"\\Flagged"}]


@pytest.mark.parametrize("action", ["swallow", "cut"])
def test_a_change_whose_answer_is_lost_is_uncertain_and_not_done_again(box: Box, action: str) -> None:
    box.other.put(mail("Seeds"))
    with faulty(box) as line:

        async def change(inbox: Mailbox) -> None:
            [header] = await inbox.found("")
            if action == "swallow":
                line.swallow(rb"STORE")
            else:
                line.cut_after("client", rb"STORE [^\r]*\r\n")
            before = line.connections
            with pytest.raises(Uncertain):
                await inbox.mail.relabel([header.id], ["starred"], [], KEY)
            assert line.connections == before

        box.use(change)


def test_a_change_that_was_made_is_not_made_again_where_the_line_breaks_behind_it(dove: Box) -> None:
    dove.other.put(mail("Seeds"))
    with faulty(dove) as line:

        async def change(inbox: Mailbox) -> None:
            [header] = await inbox.found("")
            line.cut_after("client", rb"STORE[^\r]*\r\n[^\r]*\r\n")
            before = line.connections
            with pytest.raises(Uncertain):
                await inbox.mail.relabel([header.id], ["starred"], [], KEY)
            assert line.connections == before

        dove.use(change)
    assert dove.other.flags() == [{b"\\Flagged"}]


def test_a_change_that_did_not_leave_whole_is_no_change(dove: Box) -> None:
    """The line is found broken while it is written to: nothing is left that the server could do."""
    dove.other.put(mail("Seeds"))
    calls = list[int]()

    def work(line: Line) -> None:
        selected = line.select(b"INBOX", write=True)
        calls.append(selected.exists)
        if len(calls) == 1:
            line.wire.sock.shutdown(socket.SHUT_WR)
        line.flag([1], ["\\Flagged"], on=True)

    dove.use(lambda inbox: inbox.sessions.run(work, change=True))
    assert len(calls) == 2
    assert dove.other.flags() == [{b"\\Flagged"}]


def test_a_read_can_change_nothing(dove: Box) -> None:
    dove.other.put(mail("Seeds"))

    def work(line: Line) -> None:
        line.select(b"INBOX", write=True)
        line.flag([1], ["\\Flagged"], on=True)

    with pytest.raises(AssertionError):
        dove.use(lambda inbox: inbox.sessions.run(work))
    assert dove.other.flags() == [set()]


def test_no_more_than_three_connections_are_open_at_once(dove: Box) -> None:
    for place in range(12):
        dove.other.make(f"Folder {place}")
        dove.other.put(mail(f"Mail {place}"), f"Folder {place}")
    with faulty(dove) as line:
        assert len(dove.subjects("")) == 12
        assert line.connections == AT_ONCE


def test_a_wrong_password_needs_a_new_connection(box: Box) -> None:
    box.password = "wrong"
    with pytest.raises(ReconnectNeeded):
        box.subjects("")


def test_a_server_that_is_not_there_is_unavailable(dove: Box) -> None:
    dove.server = MailServer("127.0.0.1", free_port(), "none")
    with pytest.raises(Unavailable, match="does not answer"):
        dove.subjects("")


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_lines_are_encrypted_to_who_can_prove_who_he_is(dove: Box, certificate: Certificate, tls: str) -> None:
    dove.other.put(mail("Seeds"))
    dove.server = dove.rig.server("implicit" if tls == "implicit" else "starttls")
    dove.reach = Reach(private=True, tls=certificate.client())
    assert dove.subjects("") == ["Seeds"]
    dove.reach = Reach(private=True)
    with pytest.raises(Refused, match="certificate"):
        dove.subjects("")


class Scripted:
    """A server that says what a test wants it to: an answer for each line of the client that begins, behind its tag,
    with a command."""

    def __init__(self, greeting: bytes, **answers: bytes) -> None:
        self.greeting = greeting
        self.answers = {name.replace("_", " "): answer for name, answer in answers.items()}
        self.said: list[bytes] = []

    @contextmanager
    def serving(self) -> Iterator[MailServer]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=self._serve, args=(listener,), daemon=True)
            thread.start()
            yield MailServer("127.0.0.1", listener.getsockname()[1], "none")
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(20)

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, client.makefile("rb") as lines:
                try:
                    client.sendall(self.greeting)
                    for told in lines:
                        self.said.append(told)
                        client.sendall(self._answer(told))
                except OSError:
                    continue

    def _answer(self, told: bytes) -> bytes:
        tag, _, rest = told.strip().partition(b" ")
        for name, answer in self.answers.items():
            if rest.decode("latin-1").upper().startswith(name):
                return answer.replace(b"TAG", tag)
        return tag + b" OK done\r\n"


CAN = b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n"
HELLO = b"* OK hello\r\n"


def ask(dove: Box, server: MailServer, work: Callable[[Mailbox], Awaitable[T]] | None = None) -> T | list[str]:
    dove.server = server
    return dove.use(work) if work else dove.subjects("")


def test_nothing_goes_on_in_the_clear_where_encryption_is_not_offered(dove: Box) -> None:
    scripted = Scripted(HELLO, CAPABILITY=CAN)
    with scripted.serving() as server, pytest.raises(Refused, match="no encryption"):
        ask(dove, MailServer(server.host, server.port, "starttls"))
    assert not any(b"LOGIN" in line or b"secret" in line for line in scripted.said)


@pytest.mark.parametrize(
    "script",
    [
        Scripted(HELLO, CAPABILITY=CAN.replace(b"rev1", b"rev1 STARTTLS"), STARTTLS=b"TAG NO no\r\n"),
        Scripted(
            HELLO, CAPABILITY=CAN.replace(b"rev1", b"rev1 STARTTLS"), STARTTLS=b"TAG OK done\r\n* OK injected\r\n"
        ),
        Scripted(b"* PREAUTH hello\r\n", CAPABILITY=CAN.replace(b"rev1", b"rev1 STARTTLS")),
        Scripted(b"* BYE not now\r\n"),
        Scripted(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        Scripted(b"\xff\xfe\r\n" * 5),
    ],
)
def test_nobody_is_told_a_password_where_the_line_is_not_encrypted_in_the_end(
    dove: Box, script: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sayso.workspace.mailbox.line.OPEN_SECONDS", 1.0)
    with script.serving() as server, pytest.raises(WorkspaceError):
        ask(dove, MailServer(server.host, server.port, "starttls"))
    assert not any(b"LOGIN" in line or b"secret" in line for line in script.said)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"TAG NO [AUTHENTICATIONFAILED] wrong\r\n", ReconnectNeeded),
        (b"TAG NO no\r\n", ReconnectNeeded),
        (b"TAG NO [UNAVAILABLE] later\r\n", Unavailable),
        (b"TAG NO [LIMIT] too many\r\n", Unavailable),
    ],
)
def test_what_a_server_says_of_a_sign_in_tells_whose_fault_it_is(
    dove: Box, answer: bytes, error: type[WorkspaceError]
) -> None:
    with Scripted(HELLO, CAPABILITY=CAN, LOGIN=answer).serving() as server, pytest.raises(error):
        ask(dove, server)


class Tokens:
    """An opener by tokens: what was refused is renewed once."""

    def __init__(self) -> None:
        self.refusals = 0

    async def password(self) -> object:
        raise AssertionError("there is none")

    async def authorized(self, send: Callable[[str], Awaitable[T]]) -> T:
        try:
            return await send("one")
        except TokenRefused:
            self.refusals += 1
        try:
            return await send("two")
        except TokenRefused as error:
            raise await self.refused() from error

    async def refused(self) -> ReconnectNeeded:
        return ReconnectNeeded("Connect it again.")


BEARER = b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\nTAG OK done\r\n"


@pytest.mark.parametrize(
    ("code", "error"), [(b"[AUTHENTICATIONFAILED]", ReconnectNeeded), (b"[UNAVAILABLE]", Unavailable)]
)
def test_a_token_that_is_not_taken_is_renewed_once(
    dove: Box, executor: ThreadPoolExecutor, code: bytes, error: type[WorkspaceError]
) -> None:
    opener = Tokens()
    script = Scripted(HELLO, CAPABILITY=BEARER, AUTHENTICATE=b"TAG NO " + code + b" no\r\n")

    async def run(server: MailServer) -> None:
        access = Access(opener, "ana@example.test")  # type: ignore[arg-type]
        sessions = Sessions(server, access, Reach(private=True), executor, lambda: 0.0)
        with pytest.raises(error):
            await sessions.run(lambda line: line.select(b"INBOX"))
        await sessions.close()

    with script.serving() as server:
        asyncio.run(run(server))
    assert opener.refusals == 1
    assert sum(b"AUTHENTICATE XOAUTH2" in line for line in script.said) == 2


LISTED = b'* LIST () "/" INBOX\r\nTAG OK done\r\n'
OPENED = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* FLAGS (\\Seen)\r\nTAG OK done\r\n"


@pytest.mark.parametrize(
    "garbage",
    [
        b"* SEARCH one two\r\nTAG OK done\r\n",
        b"* SEARCH 1\r\n* 1 FETCH (\r\nTAG OK done\r\n",
        b"* 1 FETCH {99999999999}\r\n",
        b"x" * 3_000_000,
        b"? what\r\n",
        b"TAG WHAT\r\n",
        b"",
    ],
)
@pytest.mark.parametrize("command", ["LIST", "EXAMINE", "UID_SEARCH", "UID_FETCH", "CAPABILITY"])
def test_whatever_a_server_says_one_of_our_errors_is_raised(
    dove: Box, monkeypatch: pytest.MonkeyPatch, garbage: bytes, command: str
) -> None:
    monkeypatch.setattr("sayso.workspace.mailbox.wire.SECONDS", 0.3)
    answers = {"CAPABILITY": CAN, "LIST": LISTED, "EXAMINE": OPENED, "UID_SEARCH": b"* SEARCH 1\r\nTAG OK done\r\n"}
    with Scripted(HELLO, **{**answers, command: garbage}).serving() as server:
        try:
            ask(dove, server)
        except WorkspaceError:
            return


def test_a_message_that_nobody_can_read_is_left_out_and_the_others_are_not(dove: Box) -> None:
    head = b"Subject: Seeds\r\n\r\n"
    good = b'* 2 FETCH (UID 2 FLAGS () INTERNALDATE "01-Mar-2026 09:00:00 +0000" RFC822.SIZE 9 BODY[HEADER.FIELDS (X)] '
    good += b"{%d}\r\n%s)\r\n" % (len(head), head)
    deep = b"* 1 FETCH (UID 1 FLAGS () BODYSTRUCTURE " + b"(" * 5_000 + b")" * 5_000 + b")\r\n"
    answers = {"CAPABILITY": CAN, "LIST": LISTED, "EXAMINE": OPENED, "UID_SEARCH": b"* SEARCH 1 2\r\nTAG OK done\r\n"}
    with Scripted(HELLO, **answers, UID_FETCH=deep + good + b"TAG OK done\r\n").serving() as server:
        assert ask(dove, server) == ["Seeds"]


def test_a_server_that_knows_only_ascii_says_so(dove: Box) -> None:
    answers = {"CAPABILITY": CAN, "LIST": LISTED, "EXAMINE": OPENED, "UID_SEARCH": b"TAG NO [BADCHARSET] no\r\n"}
    with Scripted(HELLO, **answers).serving() as server, pytest.raises(Refused, match="beyond ASCII"):
        ask(dove, server, lambda inbox: inbox.subjects("in:inbox"))


def test_a_task_that_is_cancelled_leaves_its_connection_to_nobody(dove: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sayso.workspace.mailbox.wire.SECONDS", 3600.0)
    for place in range(3):
        dove.other.put(mail(f"Mail {place}"))
    with faulty(dove) as line:

        async def work(inbox: Mailbox) -> list[str]:
            await inbox.listing.folders()
            held = [line.hold("server", rb"\* 3 EXISTS") for _ in range(AT_ONCE)]
            for rule in held:
                task = asyncio.create_task(inbox.subjects("in:inbox"))
                assert await asyncio.to_thread(rule.reached.wait, 20)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            async with asyncio.timeout(60):  # where a connection is still in use, there is no place for another one
                found = await inbox.subjects("in:inbox")
            for rule in held:
                rule.release.set()
            return found

        assert dove.use(work) == ["Mail 2", "Mail 1", "Mail 0"]
        assert line.connections == AT_ONCE + 1
    gc.collect()


def test_connections_that_nobody_uses_are_closed_after_a_minute(dove: Box, executor: ThreadPoolExecutor) -> None:
    now = [0.0]

    async def run() -> None:
        sessions = Sessions(dove.rig.server(), dove.sessions()._access, Reach(private=True), executor, lambda: now[0])
        first = await sessions.run(lambda line: line)
        now[0] = 59.0
        assert await sessions.run(lambda line: line) is first
        now[0] = 119.5
        assert await sessions.run(lambda line: line) is not first
        assert first.wire.sock.fileno() == -1
        await sessions.close()

    asyncio.run(run())


def check(box: Box) -> Check:
    async def run() -> Check:
        return await check_imap(box.sessions(), box.given)

    return asyncio.run(run())


def test_a_check_says_what_works_and_what_does_not(box: Box) -> None:
    told = check(box)
    assert told.works
    assert ("one is made" in told.message) == (box.rig.name == "poor")
    box.password = "wrong"
    told = check(box)
    assert (told.works, told.message) == (False, "The system does not accept this sign-in.")


@pytest.mark.parametrize(
    ("name", "known"), [("Post", True), ("inbox/post", True), ("Elsewhere", False), ("Absent", False)]
)
def test_a_folder_that_is_named_by_hand_is_there_or_told(dove: Box, name: str, known: bool) -> None:
    listed = b'* LIST () "." INBOX\r\n* LIST (\\Sent) "." INBOX.Sent\r\n* LIST () "." INBOX.Post\r\nTAG OK done\r\n'
    under = b'* NAMESPACE (("INBOX." ".")) NIL NIL\r\nTAG OK done\r\n'
    dove.given = {"sent": name}
    answers = {"CAPABILITY": CAN.replace(b"rev1", b"rev1 NAMESPACE"), "LIST": listed, "NAMESPACE": under}
    with Scripted(HELLO, **answers).serving() as server:
        dove.server = MailServer(server.host, server.port, "none")
        told = check(dove)
    wrong = f"The folder for sent is 'Sent' there, and none is called '{name}'."
    assert (told.works, told.message.startswith("There is no folder yet")) == (known, known)
    assert known or told.message == wrong


def test_a_folder_that_is_missing_is_made_under_the_name_that_was_given(poor: Box) -> None:
    poor.given = {"archive": "Kept"}
    assert check(poor).works
    assert poor.use(lambda inbox: inbox.listing.role("archive")).path == "Kept"


def test_a_server_in_the_own_network_is_for_its_operator_only(dove: Box) -> None:
    dove.reach = Reach()
    with pytest.raises(Refused, match="own network"):
        dove.subjects("")
