"""What a server of IMAP is to the tests: mailboxes, and another program that changes them."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from imapclient import IMAPClient  # type: ignore[import-untyped]
from imapclient.exceptions import IMAPClientError  # type: ignore[import-untyped]

from sayso.workspace.connected.reaching import MailServer, Tls

PASSWORD = "secret"
_GONE = itertools.count()


class Other:
    """Another program at the same mailbox."""

    def __init__(self, client: IMAPClient) -> None:
        self.client = client

    def put(self, raw: bytes, folder: str = "INBOX", flags: tuple[str, ...] = (), when: datetime | None = None) -> None:
        self.client.append(folder, raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), flags, when)

    def make(self, folder: str) -> None:
        self.client.create_folder(folder)

    def delete(self, folder: str) -> None:
        """Under a name that it never had, for Cyrus keeps what is deleted by its name and the second."""
        name = f"gone{next(_GONE)}"
        self.client.select_folder("INBOX")
        self.client.rename_folder(folder, name)
        self.client.delete_folder(name)

    def uids(self, folder: str = "INBOX", *criteria: str) -> list[int]:
        self.client.select_folder(folder)
        return sorted(self.client.search(list(criteria) or "ALL"))

    def flags(self, folder: str = "INBOX") -> list[set[bytes]]:
        """Of each message."""
        self.client.select_folder(folder)
        found = self.client.get_flags(self.client.search("ALL"))
        return [set(found[uid]) - {b"\\Recent"} for uid in sorted(found)]

    def move(self, to: str, folder: str = "INBOX") -> None:
        """All that is in a folder, by copies where nothing else is possible."""
        uids = self.uids(folder)
        if self.client.has_capability("MOVE"):
            self.client.move(uids, to)
            return
        self.client.copy(uids, to)
        self.remove(folder)

    def remove(self, folder: str = "INBOX") -> None:
        uids = self.uids(folder)
        if uids:
            self.client.delete_messages(uids)
            self.client.expunge()


@dataclass
class ImapRig:
    """`store`: where the mails of a user lie as files, if they do; `any_user`: whoever signs in has a mailbox."""

    name: str
    port: int
    user: str = "ana@example.test"
    any_user: bool = True
    tls_port: int = 0
    store: Path | None = None
    names: Iterator[int] = field(default_factory=itertools.count)

    def server(self, tls: Tls = "none", port: int = 0) -> MailServer:
        return MailServer("127.0.0.1", port or (self.tls_port if tls == "implicit" else self.port), tls)

    def empty(self) -> str:
        """A user whose mailbox is empty."""
        if self.any_user:
            return f"user{next(self.names)}@example.test"
        with self.other(self.user) as other:
            _empty(other)
        return self.user

    @contextmanager
    def other(self, user: str) -> Iterator[Other]:
        client = IMAPClient("127.0.0.1", self.port, ssl=False, timeout=20)
        try:
            client.login(user, PASSWORD)
            yield Other(client)
            client.logout()
        finally:
            with suppress(OSError):
                client.shutdown()


def _empty(other: Other) -> None:
    kept = {b"\\drafts", b"\\sent", b"\\trash", b"\\archive"}
    for flags, _, name in other.client.list_folders():
        if {flag.lower() for flag in flags} & kept or name.upper() == "INBOX":
            other.remove(name)
        else:
            with suppress(IMAPClientError):
                other.delete(name)
