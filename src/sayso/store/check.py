"""Whether a store is whole: its file, its references, and that every value can be read. One sentence a fault."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Select, Table, func, literal_column, select, text
from sqlalchemy.exc import DBAPIError

from sayso.base.errors import StartupError
from sayso.store import workspace_tables  # noqa: F401 -- declares its tables in the same metadata
from sayso.store.engine import open_read_only
from sayso.store.tables import actions, metadata, plans, threads, turns
from sayso.store.trouble import cause_of, startup_error

MOST_TOLD = 20
"""Faults of a file that SQLite lists."""

_NAMED = [  # what the schema does not declare as a foreign key
    (turns.c.plan_id, plans.c.id),
    (plans.c.supersedes, plans.c.id),
    (threads.c.last_word, plans.c.id),
    (actions.c.turn_id, turns.c.id),
]


def refuse_damaged(file: Path) -> None:
    """Raise StartupError when SQLite finds this file damaged. Takes about a second for half a gigabyte."""
    engine = open_read_only(file)
    try:
        with engine.connect() as connection:
            found = damage(connection, "quick_check")
    except DBAPIError as error:
        raise startup_error(error, str(file)) from error
    if found:
        raise StartupError(
            f"{file} is damaged ({found[0]}): bring a backup back with `sayso restore`, or move the file away to begin "
            "anew."
        )


def damage(connection: Connection, pragma: str = "integrity_check") -> list[str]:
    """What SQLite finds wrong with its file; of PostgreSQL's, which it checks itself, nothing is said."""
    if connection.dialect.name != "sqlite":
        return []
    try:
        told = connection.execute(text(f"PRAGMA {pragma}({MOST_TOLD})")).scalars().all()
    except UnicodeDecodeError:  # SQLite quotes the schema when it cannot read it
        return ["its schema cannot be read"]
    return [] if told == ["ok"] else [" ".join(str(line).split()) for line in told]


def faults(connection: Connection) -> Iterator[str]:
    """What is wrong with the rows of a store at the declared schema."""
    for table in metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            pairs = [(element.parent, element.column) for element in key.elements]
            yield from _dangling(connection, pairs)
    for column, target in _NAMED:
        yield from _dangling(connection, [(column, target)])
    for table in metadata.sorted_tables:
        yield from _unreadable(connection, table)


def _dangling(connection: Connection, pairs: list[tuple[Column[object], Column[object]]]) -> Iterator[str]:
    """Rows that name others which are not there; a reference is one column or several."""
    child, parent = pairs[0][0].table, pairs[0][1].table.alias("target")
    found: Select[Any] = select(literal_column("1")).select_from(parent)
    query = select(func.count()).select_from(child)
    for column, target in pairs:
        found = found.where(parent.c[target.name] == column)
        query = query.where(column.is_not(None))
    count = connection.execute(query.where(~found.correlate(child).exists())).scalar_one()
    if count:
        names = ", ".join(column.name for column, _ in pairs)
        yield f"{child.name}: {count} rows name {pairs[0][1].table.name} in {names} that are not there."


def _unreadable(connection: Connection, table: Table) -> Iterator[str]:
    try:
        for _ in connection.execution_options(yield_per=200).execute(select(table)):
            pass
    except (OverflowError, RecursionError, TypeError, ValueError) as error:
        yield f"{table.name}: a row cannot be read ({type(error).__name__})."
    except DBAPIError as error:
        yield f"{table.name}: a row cannot be read ({cause_of(error)})."
