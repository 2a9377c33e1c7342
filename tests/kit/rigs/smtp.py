"""SMTP on loopback that delivers and misbehaves (aiosmtpd), in a thread of its own.

The recipient's name chooses what goes wrong: nobody@ 550 at RCPT; later@ 451 at RCPT; spam@ 554 and busy@ 451 after the
mail; cut@ delivered, then the line is cut before the answer; lost@ the line is cut and nothing is delivered; hang@
delivered, and no answer until `release` is set; odd@ delivered, and answered with what is no answer.
"""

import asyncio
import base64
import os
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from tests.kit.rigs.certificates import Certificate

ANA, BOB = "ana@example.test", "bob@example.test"
PASSWORD = "secret"


@dataclass(frozen=True, slots=True)
class Delivered:
    sender: str
    recipients: tuple[str, ...]
    content: bytes
    options: tuple[str, ...]

    @property
    def message_id(self) -> str:
        return str(message_from_bytes(self.content)["Message-ID"])


@dataclass
class Smtp:
    """`implicit`, `starttls`: encrypted from the beginning or by command, with this certificate. `bearer`: the token
    that signs in by XOAUTH2. `maildirs`: where `<address>/new` gets what is delivered, owned by `owner`."""

    users: Mapping[str, str] = field(default_factory=lambda: {ANA: PASSWORD, BOB: PASSWORD})
    bearer: str = ""
    implicit: Certificate | None = None
    starttls: Certificate | None = None
    size: int = 1 << 20
    utf8: bool = True
    without: tuple[str, ...] = ()
    """Lines of its greeting that it leaves out, by their beginning."""
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN", "XOAUTH2")
    answers: Mapping[str, str] = field(default_factory=dict)
    """Instead of what it would answer: to `AUTH`, `MAIL`, or `QUIT`."""
    open: bool = False
    """Nobody has to sign in, or can."""
    maildirs: Path | None = None
    owner: tuple[int, int] = (-1, -1)
    port: int = 0
    deliveries: list[Delivered] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    """`MAIL`, `RCPT`, `RSET`, `DATA`, in the order in which they came."""
    arrived: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    def counts(self) -> Counter[str]:
        """How often each Message-ID was delivered."""
        return Counter(each.message_id for each in self.deliveries)

    def deliver(self, envelope: Envelope) -> None:
        content = envelope.content
        assert isinstance(content, bytes)
        assert envelope.mail_from is not None
        options = tuple(map(str, envelope.mail_options))
        self.deliveries.append(Delivered(envelope.mail_from, tuple(envelope.rcpt_tos), content, options))
        for recipient in envelope.rcpt_tos if self.maildirs else ():
            self._put(recipient, content)
        self.arrived.set()

    def _put(self, recipient: str, content: bytes) -> None:
        assert self.maildirs is not None
        home = self.maildirs / recipient
        for folder in (home, home / "cur", home / "new", home / "tmp"):
            if not folder.is_dir():
                folder.mkdir(parents=True)
                os.chown(folder, *self.owner)
        name = f"{time.time_ns()}.{os.getpid()}.rig"
        (home / "tmp" / name).write_bytes(content)
        os.chown(home / "tmp" / name, *self.owner)
        (home / "tmp" / name).rename(home / "new" / name)


class _Handler:
    def __init__(self, rig: Smtp) -> None:
        self._rig = rig

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        without = (*self._rig.without, *(("AUTH",) if self._rig.open else ()))
        left_out = tuple(f"250-{each}" for each in without)
        return [each for each in responses if not (left_out and each.startswith(left_out))]

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._rig.commands.append("MAIL")
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._rig.answers.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._rig.commands.append("RCPT")
        name = address.partition("@")[0]
        if name in ("nobody", "later"):
            said = {"nobody": "550 5.1.1 no such user", "later": "451 4.7.1 Greylisted, come back in 5 minutes"}
            return self._rig.answers.get(name, said[name])
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self._rig.commands.append("RSET")
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        rig, names = self._rig, {each.partition("@")[0] for each in envelope.rcpt_tos}
        rig.commands.append("DATA")
        if "spam" in names:
            return "554 5.7.1 refused for its content"
        if "busy" in names:
            return "451 4.3.2 try later"
        transport: Any = server.transport
        if "lost" in names:
            transport.abort()
            return "250 never seen"
        await asyncio.to_thread(rig.deliver, envelope)
        if "cut" in names:
            transport.abort()
        if "hang" in names:
            await asyncio.to_thread(rig.release.wait, 60)
        return "what is this" if "odd" in names else "250 2.0.0 queued"

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802
        raw = args[1] if len(args) > 1 else ""
        given = dict(each.split("=", 1) for each in base64.b64decode(raw).decode().split("\x01") if "=" in each)
        if self._rig.bearer and given.get("auth") == f"Bearer {self._rig.bearer}":
            return AuthResult(success=True, auth_data=given["user"])
        why = base64.b64encode(b'{"status":"400","schemes":"Bearer"}').decode()
        await server.challenge_auth(why, encode_to_b64=False)
        return AuthResult(success=False, handled=False)


def _protocol(rig: Smtp, loop: asyncio.AbstractEventLoop) -> SMTP:
    def who(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        if "AUTH" in rig.answers:
            return AuthResult(success=False, handled=False, message=rig.answers["AUTH"])
        known = isinstance(data, LoginPassword) and rig.users.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=known, handled=False)

    class Server(SMTP):
        async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802
            if "QUIT" in rig.answers:
                await self.push(rig.answers["QUIT"])
            else:
                await super().smtp_QUIT(arg)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it takes sign-ins without TLS
        return Server(
            _Handler(rig),
            authenticator=who,
            auth_required=not rig.open,
            auth_require_tls=False,
            auth_exclude_mechanism=[each for each in ("PLAIN", "LOGIN", "XOAUTH2") if each not in rig.mechanisms],
            data_size_limit=rig.size,
            hostname="rig.example.test",
            enable_SMTPUTF8=rig.utf8,
            tls_context=rig.starttls.server() if rig.starttls else None,
            require_starttls=rig.starttls is not None,
            loop=loop,
        )


@contextmanager
def serving_smtp(rig: Smtp) -> Iterator[Smtp]:
    """The rig, on a port of its own."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    ending = asyncio.Event()

    async def serve() -> None:
        context = rig.implicit.server() if rig.implicit else None
        protocols: list[SMTP] = []

        def connected() -> SMTP:
            protocols.append(_protocol(rig, loop))
            return protocols[-1]

        server = await loop.create_server(connected, "127.0.0.1", 0, ssl=context)
        rig.port = server.sockets[0].getsockname()[1]
        ready.set()
        await ending.wait()
        server.close()
        for transport in [each.transport for each in protocols]:
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(20)
    try:
        yield rig
    finally:
        rig.release.set()
        loop.call_soon_threadsafe(ending.set)
        thread.join(20)
