"""mail-devel, a poor server of IMAP: no folders with a role, no keywords, letters beyond ASCII not looked for.

Whoever signs in with the password has a mailbox, which is gone with the server.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kit.rigs.imap import PASSWORD, ImapRig
from tests.kit.rigs.running import free_port, running


@contextmanager
def poor_imap(folder: Path) -> Iterator[ImapRig]:
    port = free_port()
    options = ["--host", "127.0.0.1", "--multi-user", "--password", PASSWORD, "--no-http"]
    ports = ["--imap-port", str(port), "--smtp-port", str(free_port())]
    with running([sys.executable, "-m", "mail_devel", *options, *ports], port, folder / "log"):
        yield ImapRig("poor", port)
