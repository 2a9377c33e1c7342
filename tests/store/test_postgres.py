"""The same migrations on PostgreSQL: to the declared schema, back, and by servers that start at once."""

from concurrent.futures import ThreadPoolExecutor

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from sayso.store import workspace_tables  # noqa: F401 -- declares its tables
from sayso.store.engine import open_engine
from sayso.store.migrate import downgrade, known_revisions, migrate, revision_of
from sayso.store.tables import metadata


def test_migrated_schema_is_the_declared_one(postgres: str) -> None:
    engine = open_engine(postgres)
    migrate(engine)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_there_and_back(postgres: str) -> None:
    engine = open_engine(postgres)
    migrate(engine)
    downgrade(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    migrate(engine)
    with engine.connect() as connection:
        assert revision_of(connection) == known_revisions()[-1]
    engine.dispose()


def test_servers_that_start_at_once_migrate_one_after_the_other(postgres: str) -> None:
    engines = [open_engine(postgres) for _ in range(4)]
    with ThreadPoolExecutor(len(engines)) as pool:
        list(pool.map(migrate, engines))
    with engines[0].connect() as connection:
        assert revision_of(connection) == known_revisions()[-1]
    for engine in engines:
        engine.dispose()
