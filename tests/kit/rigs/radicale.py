"""Radicale: CalDAV and CardDAV, no scheduling. Users ana and bob; ana's collection `fixed` may only be read."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kit.rigs.dav import DavRig
from tests.kit.rigs.running import free_port, running

FIXED = "fixed"

_CONFIG = """
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = {folder}/data
[rights]
type = from_file
file = {folder}/rights
[web]
type = none
[logging]
level = warning
"""
_RIGHTS = """
[root]
user: .+
collection:
permissions: R
[fixed]
user: .+
collection: {user}/fixed
permissions: r
[principal]
user: .+
collection: {user}
permissions: RW
[calendars]
user: .+
collection: {user}/[^/]+
permissions: rw
"""


@contextmanager
def radicale(folder: Path, anybody: bool = False) -> Iterator[DavRig]:
    """`anybody`: whoever signs in is taken for who he says."""
    port = free_port()
    (folder / "users").write_text("ana:secret\nbob:secret\n")
    config = _CONFIG.format(port=port, folder=folder)
    (folder / "config").write_text(config.replace("type = htpasswd", "type = none") if anybody else config)
    (folder / "rights").write_text(_RIGHTS)
    fixed = folder / "data" / "collection-root" / "ana" / FIXED
    fixed.mkdir(parents=True)
    (fixed / ".Radicale.props").write_text(json.dumps({"tag": "VCALENDAR", "D:displayname": "Fixed"}))
    arguments = [sys.executable, "-m", "radicale", "--config", str(folder / "config")]
    with running(arguments, port, folder / "log"):
        yield DavRig("radicale", f"http://127.0.0.1:{port}/", "ana", "secret", other="bob")
