"""A worker that sends a mail, and is killed where it is told to."""

import asyncio
import sys
from pathlib import Path

from tests.kit.rigs.copies import FolderCopies
from tests.kit.rigs.smtp import ANA, PASSWORD

from sayso.base.clock import SystemClock
from sayso.base.faults import kill_at
from sayso.identity.credentials import Password
from sayso.workspace.connected.access import Access
from sayso.workspace.connected.connector import Fresh
from sayso.workspace.connected.reaching import MailServer, Reach
from sayso.workspace.mailbox.sending import Sender
from sayso.workspace.people import Me
from sayso.workspace.types import OutgoingMail, Person

if __name__ == "__main__":
    port, folder, point, to, key, draft = sys.argv[1:]
    sender = Sender(
        MailServer("127.0.0.1", int(port), "none"),
        Access(Fresh(Password(ANA, PASSWORD))),
        Reach(private=True),
        FolderCopies(Path(folder)),
        Me(ANA, "Ana"),
        SystemClock(),
        fault=kill_at(point),
    )
    asyncio.run(sender.send(OutgoingMail((Person(to),), "Seeds", "Hello"), key, draft))
    sys.stdout.write("sent\n")
