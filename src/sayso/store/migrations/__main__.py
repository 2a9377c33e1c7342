"""Write the next migration: the difference between the migrated and the declared schema. Or go back:

python -m sayso.store.migrations "what changes"
python -m sayso.store.migrations downgrade -1        # the store of the settings in the environment
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator

from sayso.settings import Settings
from sayso.store.datadir import STORE_FILE
from sayso.store.engine import open_engine
from sayso.store.migrate import alembic_config, downgrade, known_revisions, migrate


def _render(kind: str, item: object, _: AutogenContext) -> str | bool:
    """Migrations are frozen: they name SQL types, not our classes, whose meaning may change."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def go_back(revision: str) -> None:
    settings = Settings()
    engine = open_engine(settings.database_url or f"sqlite:///{settings.data_dir / STORE_FILE}")
    downgrade(engine, revision)
    engine.dispose()


def write_next(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'empty.sqlite3'}")
        if known_revisions():
            migrate(engine)
        with engine.connect().execution_options(writes=True) as connection:
            config = alembic_config()
            config.attributes.update(
                connection=connection, render_item=_render, render_as_batch=bool(known_revisions())
            )
            command.revision(config, message, autogenerate=True, rev_id=f"{len(known_revisions()) + 1:04}")
        engine.dispose()


if __name__ == "__main__":
    if sys.argv[1] == "downgrade":
        go_back(sys.argv[2])
    else:
        write_next(sys.argv[1])
