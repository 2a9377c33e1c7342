"""Signing in to an IMAP server: by a password or by a provider's token."""

from typing import Final

from sayso.workspace.connected.access import SignIn
from sayso.workspace.connected.connector import TokenRefused
from sayso.workspace.errors import Refused, Unavailable
from sayso.workspace.mailbox.line import Cut, Line, No

_LATER: Final = ("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "CONTACTADMIN")
"""Response codes (RFC 9051, 7.1; RFC 5530) that say nothing of the sign-in itself."""


def sign_in(line: Line, by: SignIn, again: bool) -> None:
    """Sign a connection in, and learn what it can then. `again`: a token has been refused just before.

    Raises TokenRefused, Unavailable, Refused where there is no way that both sides know; and what `Line.ask` raises.
    """
    try:
        line.ask(lambda: _by_token(line, by) if by.token else _by_password(line, by))
    except No as error:
        # Some servers say so of a token that has run out: a new one is tried, once.
        if error.code in _LATER and (by.password or again):
            raise Unavailable(f"The mail server {line.host} lets nobody in right now: {error.text}") from error
        raise TokenRefused(error.text) from error
    except Cut as error:
        raise Unavailable(f"The mail server {line.host} does not answer.") from error
    line.signed_in()


def _by_password(line: Line, by: SignIn) -> None:
    if line.has_capability("AUTH=PLAIN"):
        told = f"\0{by.username}\0{by.password}".encode()
        line.sasl_login("PLAIN", lambda _: told)
    elif line.has_capability("LOGINDISABLED"):
        raise Refused(f"{line.host} lets nobody in by a password.")
    elif not (by.username.isascii() and by.password.isascii()):
        raise Refused(f"{line.host} takes no password with letters beyond ASCII.")
    else:
        line.login(by.username, by.password)


def _by_token(line: Line, by: SignIn) -> None:
    """OAUTHBEARER (RFC 7628), else XOAUTH2, which came before it and says the same."""
    bearer = line.has_capability("AUTH=OAUTHBEARER")
    if not (bearer or line.has_capability("AUTH=XOAUTH2")):
        raise Refused(f"{line.host} lets nobody in by what its provider grants.")
    user = by.username.replace("=", "=3D").replace(",", "=2C") if bearer else by.username
    head = f"n,a={user},\1" if bearer else f"user={user}\1"
    left = [f"{head}auth=Bearer {by.token}\1\1".encode()]
    # Asked again, it is told an error, and wants an empty line before it says NO.
    line.sasl_login("OAUTHBEARER" if bearer else "XOAUTH2", lambda _: left.pop() if left else b"\1" if bearer else b"")
