"""Whether the store can be used right now."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete, insert

from sayso.store.gateway import WriteConn
from sayso.store.migrate import known_revisions, revision_of
from sayso.store.tables import local_grants

LEAST_FREE = 2**20
"""Bytes on the disk of an SQLite store below which it counts as full: its journal may have room that others lack."""

_PROBE = {"token_hash": "ready", "kind": "link", "data": {}, "expires_at": datetime(1970, 1, 1, tzinfo=UTC)}


def problem(conn: WriteConn) -> str | None:
    """What is in the way of using the store, in a sentence. Writes, so that the commit shows whether it can be written;
    nothing is left behind."""
    if revision_of(conn) != known_revisions()[-1]:
        return "The store is not at the schema of this version; restart the server."
    file = conn.engine.url.database
    if conn.dialect.name == "sqlite" and file and shutil.disk_usage(Path(file).parent).free < LEAST_FREE:
        return "The disk of the store is full."
    conn.execute(insert(local_grants).values(_PROBE))
    conn.execute(delete(local_grants).where(local_grants.c.token_hash == _PROBE["token_hash"]))
    return None
