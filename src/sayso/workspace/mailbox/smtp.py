"""One mail handed to a server (RFC 5321), stage by stage: each tells something else of whether it can have gone out.

Until the mail itself is on its way nothing has; from there on only the server's answer can tell (4.2.5). A mail goes to
all of its recipients or to nobody. The library's own `send` and `login` hide the stages and try again by themselves.
"""

import base64
import ssl
from asyncio import WriteTransport
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final, NoReturn

from aiosmtplib import SMTP, SMTPException, SMTPResponse
from aiosmtplib.errors import SMTPResponseException
from aiosmtplib.protocol import SMTPProtocol

from sayso.workspace.connected.access import Access, SignIn
from sayso.workspace.connected.connector import Check, TokenRefused
from sayso.workspace.connected.reaching import MailServer, Reach, ServerRefused
from sayso.workspace.errors import Refused, Unavailable, Uncertain, WorkspaceError
from sayso.workspace.mailbox.compose import wire_form
from sayso.workspace.mailbox.replies import quoted, sign_in_refused, wait_of

NAME: Final = "smtp"
COMMAND_SECONDS: Final = 20.0
DATA_SECONDS: Final = 600.0  # RFC 5321, 4.5.3.2.6
QUIT_SECONDS: Final = 2.0
LOCAL_NAME: Final = "[127.0.0.1]"
"""What is said to be our name: the real one is nobody's affair (RFC 5321, 4.1.4, lets a client say an address)."""

Begin = Callable[[], Awaitable[None]]


async def _at_once() -> None:
    """Nothing is left to do before the mail goes out."""


async def transmit(
    server: MailServer,
    access: Access,
    reach: Reach,
    sender: str,
    recipients: Iterable[str],
    raw: bytes,
    *,
    begin: Begin = _at_once,
    local_name: str = LOCAL_NAME,
) -> None:
    """Send a mail. `begin` is called when the server has taken sender and recipients, just before the mail itself may
    go out; what it raises ends all, and nothing was sent.

    Raises Refused and ReconnectNeeded (nobody was written to), Unavailable (nobody yet), Uncertain.
    """
    content, everyone = wire_form(raw), tuple(recipients)

    async def send(sign_in: SignIn) -> None:
        client = await _signed_in(server, reach, sign_in, local_name)
        try:
            await _envelope(client, server.host, sender, everyone, content)
            await begin()
            await _hand_over(client, server.host, content)
        finally:
            await _end(client)

    await access.use(send)


async def check_smtp(server: MailServer, access: Access, reach: Reach, local_name: str = LOCAL_NAME) -> Check:
    """Whether the server is reached, encrypted as told, and takes the sign-in."""

    async def try_it(sign_in: SignIn) -> None:
        await _end(await _signed_in(server, reach, sign_in, local_name))

    try:
        await access.use(try_it)
    except WorkspaceError as error:
        return Check(NAME, False, str(error))
    return Check(NAME, True)


async def _signed_in(server: MailServer, reach: Reach, sign_in: SignIn, local_name: str) -> SMTP:
    """A client that may send. Raises TokenRefused, Refused, Unavailable."""
    host = server.host
    sock = await reach.connect(host, server.port, server.tls)
    client = SMTP(
        hostname=host.strip("[]"),
        sock=sock,
        use_tls=server.tls == "implicit",
        start_tls=False,
        tls_context=reach.tls,
        timeout=COMMAND_SECONDS,
        local_hostname=local_name,
    )
    try:
        await client.connect()
        await client.ehlo()
        if server.tls == "starttls":
            if not client.supports_extension("starttls"):
                raise ServerRefused(
                    f"{host} does not offer encryption at port {server.port}, so nothing was sent there."
                )
            await client.starttls()
            await client.ehlo()
        await _sign_in(client, host, sign_in)
    except BaseException as error:
        client.close()
        if isinstance(error, (SMTPException, OSError, ValueError)):
            raise _not_opened(host, error) from error
        raise
    return client


def _not_opened(host: str, error: Exception) -> WorkspaceError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return ServerRefused(f"The certificate of {host} is not valid, so nothing was sent there.")
        if isinstance(cause, ssl.SSLError):
            return Unavailable(f"{host} did not answer with TLS at this port.")
        cause = cause.__cause__
    if isinstance(error, SMTPResponseException):
        return _failure(error.code, error.message, f"{host} does not let us in")
    return Unavailable(f"The connection to {host} did not come about.")


async def _sign_in(client: SMTP, host: str, sign_in: SignIn) -> None:
    offered = client.server_auth_methods
    for name, steps in _ways(sign_in):
        if name not in offered:
            continue
        reply = await client.execute_command(b"AUTH", name.upper().encode(), *filter(None, steps[:1]))
        for step in steps[1:]:
            reply = await client.execute_command(step) if reply.code == 334 else reply
        if reply.code == 334:  # it tells why, and waits for us to see it
            reply = await client.execute_command(b"")
        if reply.code == 235:
            return
        if reply.code not in (500, 502, 504):  # else it does not know what it offered
            _refuse_sign_in(host, reply)
    raise Refused(f"{host} offers no way to sign in that is known here.")


def _ways(sign_in: SignIn) -> list[tuple[str, list[bytes]]]:
    """By mechanism, what is said with it and then at each turn (RFC 4954, 4)."""
    name, password = sign_in.username.encode(), sign_in.password.encode()
    if sign_in.token:
        bearer = b"user=%s\x01auth=Bearer %s\x01\x01" % (name, sign_in.token.encode())
        return [("xoauth2", [base64.b64encode(bearer)])]
    plain = base64.b64encode(b"\0%s\0%s" % (name, password))
    return [("plain", [plain]), ("login", [b"", base64.b64encode(name), base64.b64encode(password)])]


def _refuse_sign_in(host: str, reply: SMTPResponse) -> NoReturn:
    if told := sign_in_refused(host, reply.code, reply.message):
        raise Refused(told)
    if reply.code == 535:
        raise TokenRefused
    raise Unavailable(f"{host} takes no sign-in right now{quoted(reply.message)}.", wait_of(reply.message))


async def _envelope(client: SMTP, host: str, sender: str, everyone: tuple[str, ...], content: bytes) -> None:
    """Name the sender and all recipients (RFC 5321, 4.1.1.2 and 4.1.1.3). Raises Refused, Unavailable."""
    options = _options(client, host, (sender, *everyone), content)
    try:
        reply = await client.execute_command(b"MAIL", b"FROM:<%s>" % sender.encode(), *options)
        if reply.code == 552:
            raise Refused(f"The mail is too big for {host}{quoted(reply.message)}, so it was not sent.")
        if reply.code != 250:
            raise _failure(reply.code, reply.message, f"{host} takes no mail from {sender}")
        replies = [await client.execute_command(b"RCPT", b"TO:<%s>" % each.encode()) for each in everyone]
    except (SMTPException, OSError, ValueError) as error:
        raise Unavailable(f"The connection to {host} was lost before the mail went out.") from error
    refused = [(who, reply) for who, reply in zip(everyone, replies, strict=True) if reply.code not in (250, 251, 252)]
    if refused:
        with suppress(SMTPException, OSError):
            await client.rset(timeout=QUIT_SECONDS)
        worst = max(reply.code for _, reply in refused)
        named = ", ".join(f"{who}{quoted(reply.message)}" for who, reply in refused)
        told = " ".join(reply.message for _, reply in refused)
        raise _failure(worst, told, f"{host} takes no mail for {named}; nobody was written to", said=True)


def _options(client: SMTP, host: str, addresses: tuple[str, ...], content: bytes) -> list[bytes]:
    """What the mail needs of the server (RFC 1870, 6152, 6531). Raises Refused where it does not offer that."""
    options = []
    told = client.esmtp_extensions.get("size", "").split()
    limit = int(told[0]) if told and told[0].isascii() and told[0].isdigit() and len(told[0]) < 16 else 0
    if limit and len(content) > limit:
        sizes = f"{len(content) / 1e6:.1f} MB of at most {limit / 1e6:.1f} MB"
        raise Refused(f"The mail is too big for {host}: {sizes}, so it was not sent.")
    if client.supports_extension("size"):
        options.append(b"SIZE=%d" % len(content))
    foreign = [each for each in addresses if not each.isascii()]
    if foreign or not content.partition(b"\r\n\r\n")[0].isascii():
        if not client.supports_extension("smtputf8"):
            raise Refused(
                f"{host} cannot send to or from {', '.join(foreign) or 'such addresses'}; nobody was written to."
            )
        options.append(b"SMTPUTF8")
    if not content.isascii():
        if not client.supports_extension("8bitmime"):
            raise Refused(f"{host} cannot send a mail that is attached as this one is; nobody was written to.")
        options.append(b"BODY=8BITMIME")
    return options


async def _hand_over(client: SMTP, host: str, content: bytes) -> None:
    """The mail itself (RFC 5321, 4.1.1.4)."""
    protocol = client.protocol
    try:
        reply = await client.execute_command(b"DATA")
        if reply.code != 354 or protocol is None:
            raise _failure(reply.code, reply.message, f"{host} does not take the mail")
        protocol.write(_dotted(content))
    except (SMTPException, OSError) as error:
        raise Unavailable(f"The connection to {host} was lost before the mail went out.") from error
    reply = await _answer(protocol, host)
    if not 200 <= reply.code < 300:
        raise _failure(reply.code, reply.message, f"{host} does not take the mail", doubt=_lost(host))


async def _answer(protocol: SMTPProtocol, host: str) -> SMTPResponse:
    try:
        return await protocol.read_response(timeout=DATA_SECONDS)
    except (SMTPException, OSError) as error:
        raise _lost(host) from error


def _lost(host: str) -> Uncertain:
    return Uncertain(f"The answer of {host} was lost, so the mail may or may not have been sent.")


def _dotted(content: bytes) -> bytes:
    """With its end, and dots at the beginning of lines doubled (RFC 5321, 4.5.2)."""
    first = b"." if content.startswith(b".") else b""
    return first + content.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def _failure(code: int, message: str, what: str, said: bool = False, doubt: Uncertain | None = None) -> WorkspaceError:
    """What an answer that is none of success means (RFC 5321, 4.2.1)."""
    told = f"{what}{'' if said else quoted(message)}."
    if 400 <= code < 500:
        return Unavailable(told, wait_of(message))
    if 500 <= code < 600:
        return Refused(told)
    return doubt or Unavailable(f"{what}: its answer makes no sense.")


async def _end(client: SMTP) -> None:
    """Say goodbye. Whatever comes of it, the mail is where it is."""
    transport = client.transport
    try:
        with suppress(SMTPException, OSError):
            await client.quit(timeout=QUIT_SECONDS)
    finally:
        client.close()
        if isinstance(transport, WriteTransport):
            transport.abort()  # nobody takes what may still wait in it
