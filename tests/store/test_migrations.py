"""The migrations lead to the declared schema, and a store that cannot be migrated is refused with one line."""

import re
import sqlite3
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from sayso.base.errors import StartupError
from sayso.store import workspace_tables  # noqa: F401 -- declares its tables
from sayso.store.engine import open_engine
from sayso.store.migrate import alembic_config, downgrade, known_revisions, migrate
from sayso.store.tables import metadata


def schema(path: Path) -> dict[str, list[str]]:
    """Each table and index by its SQL without quotes; a table's constraints in any order."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE tbl_name != 'alembic_version' AND sql > ''"
        ).fetchall()
    connection.close()
    return {
        name: sorted(re.split(r",? ?(?=CONSTRAINT)", " ".join(sql.replace('"', "").split()).removesuffix(" )")))
        for name, sql in rows
    }


def test_migrated_schema_is_the_declared_one(tmp_path: Path) -> None:
    migrated, declared = open_engine(f"sqlite:///{tmp_path / 'a'}"), open_engine(f"sqlite:///{tmp_path / 'b'}")
    migrate(migrated)
    metadata.create_all(declared)
    migrated.dispose()
    declared.dispose()
    assert schema(tmp_path / "a") == schema(tmp_path / "b")


def test_migrations_are_one_series_and_known_by_name() -> None:
    script = ScriptDirectory.from_config(alembic_config())
    series = [revision.revision for revision in script.walk_revisions()]
    assert script.get_heads() == [known_revisions()[-1]]
    assert sorted(series) == known_revisions()


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a'}")
    migrate(engine)
    before = schema(tmp_path / "a")
    migrate(engine)
    engine.dispose()
    assert schema(tmp_path / "a") == before


def test_why_actions_were_skipped_is_known_of_an_older_store(tmp_path: Path) -> None:
    path = tmp_path / "a"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    downgrade(engine, "0002")
    said = ["You left this out.", "You stopped the run before this started.", "It needs an earlier step: A.", None]
    ids = ["id", "plan_id", "thread_pk", "turn_id", "call_id", "tool"]
    filled = [*ids, "args", "target", "question", "preview", "details", "warnings", "touches"]
    with sqlite3.connect(path) as connection:
        for place, error in enumerate(said):
            status = "skipped" if error else "waiting"
            connection.execute(
                f"INSERT INTO actions ({', '.join(filled)}, position, effect, status, error) "
                f"VALUES ({', '.join('?' * len(filled))}, ?, 'write', ?, ?)",
                [*[str(place)] * len(filled), place, status, error],
            )
    connection.close()
    migrate(engine)
    engine.dispose()
    with sqlite3.connect(path) as connection:
        reasons = connection.execute("SELECT reason FROM actions ORDER BY position").fetchall()
    connection.close()
    assert reasons == [("left_out",), ("stopped",), ("needed",), (None,)]


def test_store_of_a_newer_version_is_refused_and_left_alone(migrated: Path, tmp_path: Path) -> None:
    path = tmp_path / "newer"
    path.write_bytes(migrated.read_bytes())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9042'")
    connection.close()
    engine = open_engine(f"sqlite:///{path}")
    with pytest.raises(StartupError, match=r"newer version of Sayso .*9042"):
        migrate(engine)
    engine.dispose()


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "letter"
    path.write_text("Dear Sir or Madam, " * 100)
    engine = open_engine(f"sqlite:///{path}")
    with pytest.raises(StartupError, match="is not a Sayso store"):
        migrate(engine)
    engine.dispose()


def test_a_failed_migration_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import op

    created: list[str] = []
    create_table = op.create_table

    def failing(name: str, *args: object, **kwargs: object) -> object:
        created.append(name)
        if len(created) == 4:
            raise RuntimeError("power cut")
        return create_table(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(op, "create_table", failing)
    engine = open_engine(f"sqlite:///{tmp_path / 'a'}")
    with pytest.raises(RuntimeError):
        migrate(engine)
    engine.dispose()
    assert len(created) == 4
    assert schema(tmp_path / "a") == {}
