"""One mail handed to a server that takes it, refuses it, or breaks off; and what may be said of it then."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.kit.rigs.certificates import Certificate, make_certificate
from tests.kit.rigs.faults import Line, faulty_line
from tests.kit.rigs.smtp import ANA, BOB, PASSWORD, Smtp, serving_smtp

from sayso.identity.credentials import Password
from sayso.identity.provider import Tokens
from sayso.workspace.connected.access import Access
from sayso.workspace.connected.connector import Fresh
from sayso.workspace.connected.reaching import MailServer, Reach, ServerRefused, Tls
from sayso.workspace.errors import ReconnectNeeded, Refused, Unavailable, Uncertain
from sayso.workspace.mailbox import smtp
from sayso.workspace.mailbox.replies import quoted, wait_of
from sayso.workspace.mailbox.smtp import check_smtp, transmit

MAIL = b"From: ana@example.test\r\nMessage-ID: <m@example.test>\r\n\r\n.one\r\n..two\r\nthree\r\n"
BY_PASSWORD = Access(Fresh(Password(ANA, PASSWORD)))


def by_token(token: str) -> Access:
    return Access(Fresh(Tokens(token, "", None, frozenset())), ANA)


@dataclass
class Told:
    """A place where a sender says how far it came."""

    begun: int = 0

    async def begin(self) -> None:
        self.begun += 1


@dataclass
class Rigs:
    """Servers that live as long as a test."""

    certificate: Certificate
    stack: ExitStack
    told: Told = field(default_factory=Told)

    def start(self, rig: Smtp | None = None) -> Smtp:
        return self.stack.enter_context(serving_smtp(rig or Smtp()))

    def line(self, rig: Smtp) -> Line:
        return self.stack.enter_context(faulty_line(rig.port))

    def reach(self) -> Reach:
        return Reach(private=True, tls=self.certificate.client())

    def send(
        self, port: int, *to: str, tls: Tls = "none", access: Access = BY_PASSWORD, raw: bytes = MAIL, host: str = ""
    ) -> None:
        server = MailServer(host or "127.0.0.1", port, tls)
        asyncio.run(transmit(server, access, self.reach(), ANA, to or (BOB,), raw, begin=self.told.begin))

    def check(self, port: int, tls: Tls = "none", access: Access = BY_PASSWORD) -> tuple[bool, str]:
        made = asyncio.run(check_smtp(MailServer("127.0.0.1", port, tls), access, self.reach()))
        return made.works, made.message


@pytest.fixture
def rigs(certificate: Certificate) -> Iterator[Rigs]:
    with ExitStack() as stack:
        yield Rigs(certificate, stack)


def secured(rigs: Rigs, tls: Tls) -> Smtp:
    implicit = rigs.certificate if tls == "implicit" else None
    starttls = rigs.certificate if tls == "starttls" else None
    return rigs.start(Smtp(implicit=implicit, starttls=starttls, bearer="good"))


@pytest.mark.parametrize("tls", ["none", "implicit", "starttls"])
def test_a_mail_is_delivered_as_it_is_to_all_of_its_recipients(rigs: Rigs, tls: Tls) -> None:
    rig = secured(rigs, tls)
    rigs.send(rig.port, BOB, "cy@example.test", tls=tls)
    [delivered] = rig.deliveries
    assert (delivered.sender, delivered.recipients) == (ANA, (BOB, "cy@example.test"))
    assert delivered.content == MAIL
    assert rigs.told.begun == 1


@pytest.mark.parametrize("tls", ["none", "implicit", "starttls"])
@pytest.mark.parametrize("access", [BY_PASSWORD, by_token("good")])
def test_a_sign_in_that_works_is_told_so(rigs: Rigs, tls: Tls, access: Access) -> None:
    assert rigs.check(secured(rigs, tls).port, tls, access) == (True, "")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_a_password_signs_in_by_either_way_that_is_offered(rigs: Rigs, mechanism: str) -> None:
    rig = rigs.start(Smtp(mechanisms=(mechanism,)))
    rigs.send(rig.port)
    assert len(rig.deliveries) == 1


@pytest.mark.parametrize("access", [Access(Fresh(Password(ANA, "wrong"))), by_token("stale")])
def test_a_sign_in_that_is_refused_asks_the_user(rigs: Rigs, access: Access) -> None:
    rig = rigs.start(Smtp(bearer="good"))
    with pytest.raises(Refused, match="does not accept") as caught:
        rigs.send(rig.port, access=access)
    assert isinstance(caught.value, ReconnectNeeded) or access.by_token_of
    assert rig.commands == []
    works, message = rigs.check(rig.port, access=access)
    assert not works
    assert "does not accept" in message


def test_a_wrong_password_is_tried_once(rigs: Rigs) -> None:
    rig = rigs.start()
    line = rigs.line(rig)
    first, second = line.hold("client", b"AUTH"), line.hold("client", b"AUTH.*\r\n(?s:.)*AUTH")
    first.release.set()
    second.release.set()
    assert not rigs.check(line.port, access=Access(Fresh(Password(ANA, "wrong"))))[0]
    assert first.reached.is_set()
    assert not second.reached.is_set()


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ("534 5.7.9 Application-specific password required. Learn more at", Refused, "wants an app password"),
        ("535 5.7.8 Please use an app password", Refused, "wants an app password"),
        ("535 5.7.139 SmtpClientAuthentication is disabled for the Tenant", Refused, "does not let this mailbox send"),
        ("538 5.7.11 Encryption required", Refused, "over encrypted connections only"),
        ("534 5.7.9 too weak", Refused, "another way to sign in"),
        ("454 4.7.0 Temporary authentication failure", Unavailable, "right now"),
        ("503 5.5.1 not now", Unavailable, "right now"),
    ],
)
def test_why_a_sign_in_does_not_go_through_is_told_plainly(
    rigs: Rigs, answer: str, error: type[Exception], words: str
) -> None:
    rig = rigs.start(Smtp(answers={"AUTH": answer}))
    with pytest.raises(error, match=words) as caught:
        rigs.send(rig.port)
    assert not isinstance(caught.value, ReconnectNeeded)
    assert rig.deliveries == []


def test_a_server_that_offers_no_way_to_sign_in_is_refused(rigs: Rigs) -> None:
    with pytest.raises(Refused, match="no way to sign in"):
        rigs.send(rigs.start(Smtp(mechanisms=())).port)
    with pytest.raises(Refused, match="no way to sign in"):
        rigs.send(rigs.start(Smtp(mechanisms=("PLAIN",))).port, access=by_token("good"))


def test_nothing_is_said_in_the_clear_to_a_server_without_starttls(rigs: Rigs) -> None:
    rig = rigs.start()
    line = rigs.line(rig)
    said = line.hold("client", b"AUTH")
    with pytest.raises(ServerRefused, match="does not offer encryption"):
        rigs.send(line.port, tls="starttls")
    assert not said.reached.is_set()


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_certificate_that_is_not_valid_is_refused(rigs: Rigs, tls: Tls, tmp_path: Path) -> None:
    rig = secured(rigs, tls)
    rigs.certificate = make_certificate(tmp_path)
    with pytest.raises(ServerRefused, match="certificate"):
        rigs.send(rig.port, tls=tls)


def test_a_server_without_tls_at_that_port_is_told_so(rigs: Rigs) -> None:
    with pytest.raises(Unavailable, match="TLS at this port"):
        rigs.send(rigs.start().port, tls="implicit")


def test_a_server_that_is_not_there_is_unavailable(rigs: Rigs) -> None:
    with serving_smtp(Smtp()) as gone:
        pass
    with pytest.raises(Unavailable, match="does not answer"):
        rigs.send(gone.port)


@pytest.mark.parametrize(
    ("to", "error", "words"),
    [
        (("nobody@example.test",), Refused, r'nobody@example.test \("no such user"\); nobody was written to'),
        ((BOB, "nobody@example.test"), Refused, "nobody was written to"),
        (("nobody@example.test", BOB), Refused, "nobody was written to"),
        ((BOB, "later@example.test"), Unavailable, "later@example.test"),
        (("later@example.test", "nobody@example.test"), Refused, "later@example.test.*nobody@example.test"),
    ],
)
def test_a_mail_that_not_all_can_get_goes_to_nobody(
    rigs: Rigs, to: tuple[str, ...], error: type[Exception], words: str
) -> None:
    rig = rigs.start()
    with pytest.raises(error, match=words):
        rigs.send(rig.port, *to)
    assert rig.deliveries == []
    assert rig.commands == ["MAIL", *["RCPT"] * len(to), "RSET"]
    assert rigs.told.begun == 0


def test_a_server_that_asks_to_wait_says_how_long(rigs: Rigs) -> None:
    with pytest.raises(Unavailable) as caught:
        rigs.send(rigs.start().port, "later@example.test")
    assert caught.value.retry_after == 300


@pytest.mark.parametrize(
    ("to", "error", "words"),
    [
        ("spam@example.test", Refused, r'\("refused for its content"\)'),
        ("busy@example.test", Unavailable, r'\("try later"\)'),
        ("cut@example.test", Uncertain, "may or may not"),
        ("lost@example.test", Uncertain, "may or may not"),
        ("odd@example.test", Uncertain, "may or may not"),
    ],
)
def test_what_follows_the_mail_decides_what_may_be_said_of_it(
    rigs: Rigs, to: str, error: type[Exception], words: str
) -> None:
    rig = rigs.start()
    with pytest.raises(error, match=words):
        rigs.send(rig.port, to)
    assert rigs.told.begun == 1
    assert len(rig.deliveries) == (to[:3] in ("cut", "odd"))


def test_an_answer_that_does_not_come_is_in_doubt(rigs: Rigs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "DATA_SECONDS", 0.05)
    monkeypatch.setattr(smtp, "QUIT_SECONDS", 0.05)
    rig = rigs.start()
    with pytest.raises(Uncertain):
        rigs.send(rig.port, "hang@example.test")
    rig.release.set()


def test_a_server_that_stops_listening_leaves_a_doubt_and_no_line_open(
    rigs: Rigs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "DATA_SECONDS", 0.05)
    monkeypatch.setattr(smtp, "QUIT_SECONDS", 0.05)
    line = rigs.line(rigs.start(Smtp(size=1 << 30)))
    held = line.hold("client", b"one\r\n")
    with pytest.raises(Uncertain):
        rigs.send(line.port, raw=MAIL + b"x\r\n" * 10_000_000)
    line.cut()
    held.release.set()


@pytest.mark.parametrize("pattern", [b"EHLO", b"AUTH", b"MAIL FROM", b"RCPT TO", b"DATA\r\n"])
def test_a_line_that_is_cut_before_the_mail_is_surely_not_sent(rigs: Rigs, pattern: bytes) -> None:
    rig = rigs.start()
    line = rigs.line(rig)
    rule = line.swallow(pattern)
    with pytest.raises(Unavailable):
        rigs.send(line.port)
    assert rule.reached.is_set()
    assert rig.deliveries == []


def test_a_line_that_is_cut_within_the_mail_is_in_doubt(rigs: Rigs) -> None:
    rig = rigs.start()
    line = rigs.line(rig)
    line.cut_after("client", b"one\r\n")
    with pytest.raises(Uncertain):
        rigs.send(line.port)
    assert rig.deliveries == []


def test_a_line_that_is_cut_after_the_last_dot_is_in_doubt(rigs: Rigs) -> None:
    rig = rigs.start()
    line = rigs.line(rig)
    line.swallow(rb"\r\n\.\r\n")
    with pytest.raises(Uncertain):
        rigs.send(line.port)
    assert rig.arrived.wait(20)


@pytest.mark.parametrize("pattern", [rb"250 OK\r\n", rb"250 2\.1\.5 OK\r\n"])
def test_an_answer_that_comes_twice_is_not_taken_for_the_next_one(rigs: Rigs, pattern: bytes) -> None:
    rig = rigs.start()
    line = rigs.line(rig)
    line.twice(pattern)
    with pytest.raises((Refused, Unavailable)):
        rigs.send(line.port, BOB, "nobody@example.test")
    assert rig.deliveries == []


def test_a_go_ahead_that_comes_twice_never_passes_for_an_answer_to_the_mail(rigs: Rigs) -> None:
    rig = rigs.start()
    line = rigs.line(rig)
    line.twice(rb"354 [^\r]*\r\n")
    with pytest.raises((Uncertain, Refused)):
        rigs.send(line.port, "spam@example.test")
    assert rig.deliveries == []


def test_a_server_that_says_no_goodbye_has_taken_the_mail(rigs: Rigs) -> None:
    rig = rigs.start(Smtp(answers={"QUIT": "500 stay"}))
    rigs.send(rig.port)
    assert len(rig.deliveries) == 1


def test_a_mail_that_is_too_big_is_refused_before_a_byte_of_it_is_said(rigs: Rigs) -> None:
    rig = rigs.start(Smtp(size=2_000_000))
    with pytest.raises(Refused, match=r"too big for 127.0.0.1: 3.0 MB of at most 2.0 MB"):
        rigs.send(rig.port, raw=MAIL + b"x" * 3_000_000)
    assert rig.commands == []


def test_a_mail_that_a_server_finds_too_big_by_itself_is_refused(rigs: Rigs) -> None:
    rig = rigs.start(Smtp(answers={"MAIL": "552 5.3.4 over quota"}))
    with pytest.raises(Refused, match="too big"):
        rigs.send(rig.port)


@pytest.mark.parametrize(("answer", "error"), [("553 not yours", Refused), ("450 later", Unavailable)])
def test_a_sender_that_a_server_does_not_take_is_told(rigs: Rigs, answer: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"takes no mail from ana@example\.test"):
        rigs.send(rigs.start(Smtp(answers={"MAIL": answer})).port)


def test_a_foreign_address_goes_where_it_is_offered_and_is_named_where_it_is_not(rigs: Rigs) -> None:
    rig = rigs.start()
    rigs.send(rig.port, "ünï@example.test")
    assert rig.deliveries[0].recipients == ("ünï@example.test",)
    assert "SMTPUTF8" in rig.deliveries[0].options
    poor = rigs.start(Smtp(utf8=False))
    with pytest.raises(Refused, match=r"ünï@example.test; nobody was written to"):
        rigs.send(poor.port, BOB, "ünï@example.test")
    assert poor.commands == []


def test_a_mail_in_eight_bits_goes_where_it_is_offered(rigs: Rigs) -> None:
    rig = rigs.start()
    rigs.send(rig.port, raw=MAIL + "ü\r\n".encode())
    assert "BODY=8BITMIME" in rig.deliveries[0].options
    with pytest.raises(Refused, match="attached as this one is"):
        rigs.send(rigs.start(Smtp(without=("8BITMIME",))).port, raw=MAIL + "ü\r\n".encode())


def test_no_line_end_of_a_mail_can_end_it_early(rigs: Rigs) -> None:
    rig = rigs.start()
    rigs.send(rig.port, raw=b"Message-ID: <m@x>\n\none\n.\nMAIL FROM:<eve@evil.test>\r.\rtwo\r\n.\r\nthree")
    [delivered] = rig.deliveries
    assert delivered.content.endswith(b"\r\n.\r\nthree\r\n")
    assert rig.commands == ["MAIL", "RCPT", "DATA"]


def test_where_to_begin_is_said_after_the_recipients_and_before_the_mail(rigs: Rigs) -> None:
    rig = rigs.start()
    seen: list[list[str]] = []

    async def begin() -> None:
        seen.append(list(rig.commands))
        raise Refused("Not now.")

    server = MailServer("127.0.0.1", rig.port, "none")
    with pytest.raises(Refused, match="Not now"):
        asyncio.run(transmit(server, BY_PASSWORD, rigs.reach(), ANA, [BOB], MAIL, begin=begin))
    assert seen == [["MAIL", "RCPT"]]
    assert rig.deliveries == []


def test_a_server_in_a_private_network_is_not_reached_by_everybody(rigs: Rigs) -> None:
    rig = rigs.start()
    with pytest.raises(ServerRefused, match="own network"):
        asyncio.run(transmit(MailServer("127.0.0.1", rig.port, "none"), BY_PASSWORD, Reach(), ANA, [BOB], MAIL))


def test_a_sender_that_is_stopped_leaves_no_line_open(rigs: Rigs) -> None:
    rig = rigs.start()
    stopped = threading.Event()

    async def stop() -> None:
        server = MailServer("127.0.0.1", rig.port, "none")
        task = asyncio.create_task(transmit(server, BY_PASSWORD, rigs.reach(), ANA, ["hang@example.test"], MAIL))
        await asyncio.to_thread(rig.arrived.wait, 20)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            stopped.set()

    asyncio.run(stop())
    assert stopped.is_set()
    rig.release.set()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("5.1.1 no such\nuser", ' ("no such user")'),
        ("5.7.1 one\n5.7.1 two", ' ("one two")'),
        ('say "yes"\x1b[31m', " (\"say 'yes' [31m\")"),
        ("\udcff\u202eabc", ' ("? abc")'),
        ("", ""),
        ("x" * 5000, f' ("{"x" * 149}…")'),
    ],
)
def test_a_servers_words_are_one_short_line_in_quotes(said: str, told: str) -> None:
    assert quoted(said) == told


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("Greylisted for 5 minutes", 300),
        ("try again in 90 seconds", 90),
        ("come back in 1 hour", 3600),
        ("wait 99999 hours", 86_400),
        ("4.7.1 later", 60),
        ("", 60),
    ],
)
def test_how_long_a_server_wants_to_be_left_alone(said: str, seconds: float) -> None:
    assert wait_of(said) == seconds
