"""Sealing what is stored anew, with the newest key."""

from dataclasses import dataclass

from sqlalchemy import Column, Table, func, select, update

from sayso.identity.keyring import Keyring, Unreadable
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.store.tables import credentials, user_models

_SEALED: tuple[tuple[Table, str, tuple[str, ...]], ...] = (
    (credentials, "credential", ("user_id", "account_id")),
    (user_models, "model", ("user_id",)),
)
"""Where sealed texts are, the word that they are bound to, and the columns whose values follow it."""


@dataclass(frozen=True, slots=True)
class Resealed:
    anew: int
    unreadable: int
    """Sealed with keys that are gone; their accounts and models must be set up again."""


def count_sealed(conn: ReadConn) -> int:
    """How many secrets the store holds."""
    return sum(
        conn.execute(select(func.count()).select_from(table).where(table.c.sealed.is_not(None))).scalar_one()
        for table, _, _ in _SEALED
    )


def reseal(store: Store, keyring: Keyring) -> Resealed:
    """Seal all that an older key sealed with the newest, beside a server that may be writing: what it has changed
    meanwhile is left as it is. Raises StoreUnavailable."""
    anew = unreadable = 0
    for table, word, names in _SEALED:
        for row_of, sealed in store.read_now(_old, table, names, keyring):
            try:
                text = keyring.open(sealed, word, *row_of)
            except Unreadable:
                unreadable += 1
                continue
            anew += store.write_now(_replace, table, names, row_of, sealed, keyring.seal(text, word, *row_of))
    return Resealed(anew, unreadable)


def _old(conn: ReadConn, table: Table, names: tuple[str, ...], keyring: Keyring) -> list[tuple[tuple[str, ...], str]]:
    found = conn.execute(select(*_columns(table, names), table.c.sealed).where(table.c.sealed.is_not(None)))
    return [(tuple(row[:-1]), row[-1]) for row in found if keyring.is_old(row[-1])]


def _replace(
    conn: WriteConn, table: Table, names: tuple[str, ...], row_of: tuple[str, ...], before: str, after: str
) -> int:
    same = [column == value for column, value in zip(_columns(table, names), row_of, strict=True)]
    return conn.execute(update(table).where(*same, table.c.sealed == before).values(sealed=after)).rowcount


def _columns(table: Table, names: tuple[str, ...]) -> list[Column[str]]:
    return [table.c[name] for name in names]
