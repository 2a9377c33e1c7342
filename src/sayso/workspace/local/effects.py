"""Exactly once: a change and the key that stands for it are one transaction.

The key's row goes in first, so that of two concurrent calls the second waits on the unique constraint, then finds
what the first one did.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.workspace_tables import local_effects as effects

_mine = (effects.c.user_id == bindparam("user"), effects.c.key == bindparam("name"))
_found = select(effects.c.object_id, effects.c.result).where(*_mine)
_begin = insert(effects).inline()
_end = update(effects).where(*_mine).values(object_id=bindparam("object"), result=bindparam("made"))


def once(
    conn: WriteConn,
    user_id: str,
    key: str,
    kind: str,
    now: datetime,
    change: Callable[[], tuple[str, Any]],
) -> Any:
    """Run `change`, which returns the object's id and a result as plain JSON, unless it ran under this key before.

    Returns the result of that one run. What `change` raises undoes the transaction, key and all.
    """
    done = _find(conn, user_id, key)
    if done is None:
        row = {"user_id": user_id, "key": key, "kind": kind, "object_id": "", "result": None, "at": now}
        try:
            with conn.begin_nested():
                conn.execute(_begin, row)
        except IntegrityError:
            done = _find(conn, user_id, key)
            if done is None:
                raise
    if done is not None:
        return done[1]
    object_id, result = change()
    conn.execute(_end, {"user": user_id, "name": key, "object": object_id, "made": result})
    return result


def applied(conn: ReadConn, user_id: str, key: str, object_id: str) -> str | None:
    """The id of what the change under this key made or changed; None when it has not happened."""
    done = _find(conn, user_id, key)
    return None if done is None else done[0] or object_id


def _find(conn: ReadConn | WriteConn, user_id: str, key: str) -> tuple[str, Any] | None:
    row = conn.execute(_found, {"user": user_id, "name": key}).one_or_none()
    return None if row is None else (row.object_id, row.result)
