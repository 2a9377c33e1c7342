"""`sayso backup`, `sayso restore` and `sayso check`: that the store can be brought back, and is whole."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, func, select
from sqlalchemy.exc import DBAPIError

from sayso.app import told
from sayso.base.errors import StartupError, StoreUnavailable
from sayso.base.files import private_file
from sayso.cli.serve import clock_of
from sayso.conversation import invariants, ledger, records
from sayso.conversation.nouns import Cancelled
from sayso.identity import audit, devices, sessions, tokens, users
from sayso.identity.audit import Source
from sayso.identity.rotation import count_sealed
from sayso.settings import Settings
from sayso.store import datadir
from sayso.store.backup import copy, set_aside
from sayso.store.check import damage, faults
from sayso.store.datadir import KEY_FILE
from sayso.store.engine import open_engine, open_read_only, shown
from sayso.store.gateway import ReadConn, Store, WriteConn
from sayso.store.migrate import known_revisions, migrate, refuse_newer, revision_of
from sayso.store.tables import plans, threads, turns
from sayso.store.trouble import is_full, startup_error

Say = Callable[[str], None]
Agree = Callable[[str], bool]
"""Asks whether to go on."""

_PLANS = select(func.count()).select_from(plans)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a whole store holds, and what is wrong with it all the same."""

    revision: str
    threads: int
    plans: int
    latest: datetime | None
    """When the last turn ended."""
    secrets: int
    """Sealed with the key, which is not in the store."""
    faults: list[str]

    def __str__(self) -> str:
        latest = f", last used {self.latest:%Y-%m-%d %H:%M} UTC" if self.latest else ""
        return f"threads {self.threads}, plans {self.plans}, schema {self.revision}{latest}"


@dataclass(frozen=True, slots=True)
class Ended:
    """What had been ended in the store that is replaced, and so stays ended."""

    cancelled: Sequence[Cancelled]
    sign_ins: set[str]
    """The hashes of those that had not."""
    tokens: set[str]
    """Likewise."""
    ways: dict[tuple[str, str], str] | None
    """By issuer and subject, who signed in by what; None: it cannot be told."""
    users: set[str]


def backup(settings: Settings, file: Path, force: bool, say: Say) -> None:
    """Copy the store into a file that nobody else can read, also while a server runs. Raises StartupError."""
    place = datadir.locate(settings)
    store = _store_file(place, "pg_dump --format=custom --no-owner --file=FILE")
    for name in ("", ".lock", *datadir.JOURNALS):
        own = store.with_name(store.name + name)
        if own.exists() and file.exists() and own.samefile(file):
            raise StartupError(f"{file} is the store itself; choose another place for the backup.")
    if file.is_dir() or (os.path.lexists(file) and not force):
        raise StartupError(f"{file} exists already; choose another name" + ("." if file.is_dir() else ", or --force."))
    with _told(store, file), private_file(file, replace=force) as draft:
        copy(store, draft)
        found = _looked_into(open_read_only(draft), str(store))
    say(f"Backed up {store} to {file}: {found}. It was read back and is whole.")
    if found.secrets:
        key = "SAYSO_SECRET_KEY" if settings.secret_key else str(place.lock.parent / KEY_FILE)
        say(
            f"{found.secrets} secrets in it open only with the key, which is not in it: keep a copy of {key} elsewhere."
        )
    for fault in found.faults:
        say(f"But in the store itself: {fault}")


def restore(settings: Settings, file: Path, agree: Agree, say: Say) -> None:
    """Put a backup in the place of the store, which is kept beside it. Raises StartupError."""
    place = datadir.locate(settings)
    if settings.database_url is None:
        datadir.prepare(settings.data_dir)
    store = _store_file(place, "pg_restore --clean --if-exists --no-owner --single-transaction", FILE=file)
    if not file.is_file():
        raise StartupError(f"There is no backup at {file}.")
    if store.exists() and store.samefile(file):
        raise StartupError(f"{file} is the store itself.")
    lock = datadir.ServerLock(place)
    try:
        with _told(file, store), private_file(store) as draft:
            copy(file, draft)
            found = _looked_into(open_read_only(draft), str(file))
            say(f"{file} is whole: {found}.")
            for fault in found.faults:
                say(f"But: {fault}")
            if store.exists():
                say(f"It takes the place of {store}, which is kept. What was done since the backup is not in it.")
            if not agree("Restore it?"):
                raise StartupError("Nothing was changed; with --yes it does not ask.")
            with _disposed(open_engine(f"sqlite:///{draft}")) as engine:
                migrate(engine)
                _settle(engine, _ended_in(store), clock_of(settings).now(), say)
            datadir.hand_over(draft)
            aside = set_aside(store)
        say(f"Restored {store}." + (f" The store of before is {aside}." if aside else ""))
    finally:
        lock.release()


def settle_shared(settings: Settings, agree: Agree, say: Say) -> None:
    """What `restore` does at its end, for a PostgreSQL store that pg_restore has just written. Raises StartupError."""
    place = datadir.locate(settings)
    if place.file is not None:
        raise StartupError("This is for PostgreSQL after pg_restore; `sayso restore` has done it already.")
    if not agree("End every sign-in and every token, and mark what was under way as unknown?"):
        raise StartupError("Nothing was changed; with --yes it does not ask.")
    engine = open_engine(place.url)
    migrate(engine)
    _settle(engine, None, clock_of(settings).now(), say)


def check(settings: Settings, file: Path | None, say: Say) -> bool:
    """Look through the store, or a backup, and say what is wrong with it; whether nothing is. Raises StartupError."""
    place = datadir.locate(settings)
    file = file or place.file
    if file is not None and not file.is_file():
        raise StartupError(f"There is no store at {file}.")
    name = str(file or place.name)
    with _told(Path(name), Path(name)):
        found = _looked_into(open_read_only(file) if file else open_engine(place.url), name)
    for fault in found.faults:
        say(fault)
    say(f"{name}: {found}. " + (f"{len(found.faults)} faults." if found.faults else "All is well."))
    return not found.faults


def _store_file(place: datadir.Place, postgres: str, FILE: Path | None = None) -> Path:  # noqa: N803
    if place.file is None:
        address = shown(place.url.set(drivername="postgresql", password=None))
        command = f"{postgres} --dbname={address}" + (f" {FILE}" if FILE else "")
        raise StartupError(f"PostgreSQL has its own tools for this: {command} (docs/operations.md tells the rest).")
    if not place.file.exists() and FILE is None:
        raise StartupError(f"There is no store at {place.file}.")
    return place.file


def _looked_into(engine: Engine, name: str) -> Contents:
    """What the store holds. Raises StartupError when it is none, is damaged, or of a newer version."""
    alone = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with _disposed(engine), engine.connect().execution_options(**alone) as connection:  # all of one instant
        harm = damage(connection)
        if harm:
            raise StartupError(f"{name} is damaged: {'; '.join(harm[:3])}.")
        revision = revision_of(connection)
        if revision is None:
            raise StartupError(f"{name} is not a Sayso store.")
        refuse_newer(revision, name)
        return _contents(connection, revision)


def _contents(connection: Connection, revision: str) -> Contents:
    found, secrets = list[str](), 0
    if revision == known_revisions()[-1]:
        found = [*faults(connection), *invariants.broken(ReadConn(connection))]
        secrets = count_sealed(ReadConn(connection))
    latest = connection.execute(select(func.max(turns.c.ended_at))).scalar()
    all_threads = select(func.count()).select_from(threads)
    return Contents(revision, _number(connection, all_threads), _number(connection, _PLANS), latest, secrets, found)


def _number(connection: Connection, query: Select[Any]) -> int:
    return int(connection.execute(query).scalar_one())


def _ended_in(store: Path) -> Ended | None:
    """What was ended in the store that is about to go; None: it cannot be told."""
    if not store.exists():
        return None
    try:
        with _disposed(open_read_only(store)) as engine, engine.connect() as connection:
            conn = ReadConn(connection)
            return Ended(
                records.cancelled(conn), sessions.hashes(conn), _tokens(conn), _ways(conn), users.everybody(conn)
            )
    except (DBAPIError, ValueError):
        return None


def _ways(conn: ReadConn) -> dict[tuple[str, str], str] | None:
    """Who signs in by what; a store of an earlier version cannot tell."""
    try:
        return users.ways(conn)
    except DBAPIError:
        return None


def _tokens(conn: ReadConn) -> set[str]:
    """The hashes of the tokens there; a store of an earlier version has none."""
    try:
        return tokens.hashes(conn)
    except DBAPIError:
        return set()


@contextmanager
def _disposed(engine: Engine) -> Iterator[Engine]:
    """The engine for a block, after which SQLite has removed its journals, however the block ends."""
    try:
        yield engine
    finally:
        engine.dispose()


def _settle(engine: Engine, ended: Ended | None, at: datetime, say: Say) -> None:
    """Let nothing begin again that was ended, or may have been done, since the backup was made (P4, P5)."""

    def settle(conn: WriteConn) -> tuple[int, int]:
        sessions.end_others(conn, ended.sign_ins if ended else set())
        tokens.end_others(conn, ended.tokens if ended else set())
        devices.end_all(conn)
        if ended and ended.ways is not None:
            users.keep_ways(conn, ended.ways, ended.users)
        audit.record(conn, "restored", None, at, Source("terminal"))
        doubtful = ledger.settle_restored(conn, at, ended.cancelled if ended else [])
        return doubtful, _number(conn, _PLANS.where(plans.c.status == "pending"))

    store = Store(engine)
    try:
        doubtful, waiting = store.write_now(settle)
    except StoreUnavailable as error:
        raise told(error, store) from error
    finally:
        store.close()
    if doubtful:
        say(f"Actions under way when the backup was made, now shown as unknown; they do not run: {doubtful}.")
    if waiting:
        say(f"Plans that wait for a decision, as they did then; look before you confirm: {waiting}.")


@contextmanager
def _told(source: Path, target: Path) -> Iterator[None]:
    """Tell what goes wrong with the files in a line."""
    try:
        yield
    except FileExistsError as error:
        raise StartupError(f"{target} exists already; choose another name, or --force.") from error
    except OSError as error:
        raise StartupError(f"Cannot write {target}: {error.strerror}.") from error
    except (sqlite3.Error, DBAPIError) as error:
        failed = error if isinstance(error, DBAPIError) else DBAPIError(None, None, error)
        raise startup_error(failed, str(target if is_full(failed) else source), advise=False) from error
