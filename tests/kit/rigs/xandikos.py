"""Xandikos: CalDAV and CardDAV without a sign-in; whoever asks is ana. It says that it schedules, which it does among
its own users; to others it writes only where it is given a mail server, which it is not."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kit.rigs.dav import DavRig
from tests.kit.rigs.running import free_port, running


@contextmanager
def xandikos(folder: Path) -> Iterator[DavRig]:
    port = free_port()
    where = ["-d", str(folder / "data"), "-l", "127.0.0.1", "-p", str(port)]
    who = ["--defaults", "--current-user-principal", "/ana/", "--no-detect-systemd"]
    with running([sys.executable, "-m", "xandikos", "serve", *where, *who], port, folder / "log"):
        yield DavRig("xandikos", f"http://127.0.0.1:{port}/", "ana", "secret", schedules=True)
