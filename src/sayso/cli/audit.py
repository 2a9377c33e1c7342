"""`sayso audit`: who signed in, was refused, decided, granted and set what, of all users."""

import json
from collections.abc import Callable
from dataclasses import asdict

from sayso.app import open_store, told
from sayso.base.errors import StoreUnavailable
from sayso.cli.present import one_line
from sayso.identity import audit as trail
from sayso.identity import users
from sayso.identity.audit import AuditEntry
from sayso.settings import Settings
from sayso.store.gateway import ReadConn


def audit(settings: Settings, limit: int, as_json: bool, say: Callable[[str], None]) -> None:
    """Tell the newest lines, the newest last. Raises StartupError."""
    store = open_store(settings)
    try:
        for entry, email in store.read_now(_newest, limit):
            say(_as_json(entry, email) if as_json else _as_line(entry, email))
    except StoreUnavailable as error:
        raise told(error, store) from error
    finally:
        store.close()


def _newest(conn: ReadConn, limit: int) -> list[tuple[AuditEntry, str]]:
    """With the address of whom each line is of; of a refused stranger there is none."""
    entries = list(trail.newest(conn, limit))
    emails = users.emails(conn, {entry.user_id for entry in entries if entry.user_id})
    return [(entry, emails.get(entry.user_id or "", "")) for entry in entries]


def _as_json(entry: AuditEntry, email: str) -> str:
    return json.dumps({**asdict(entry), "at": entry.at.isoformat(), "user": email})


def _as_line(entry: AuditEntry, email: str) -> str:
    """What others wrote of themselves, such as a device's name, is shown without what a terminal would obey."""
    who = email or "(nobody)"
    parts = [f"{entry.at:%Y-%m-%d %H:%M:%S}Z", entry.kind, who, entry.via or "", entry.by or "", entry.address]
    data = ", ".join(f"{name}: {_plain(value)}" for name, value in entry.data.items())
    return one_line("  ".join([*filter(None, parts), data]).rstrip())


def _plain(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
