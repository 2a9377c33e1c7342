"""`make migration MESSAGE="what changes"`: write the next migration into this checkout.

It is the difference between the migrated and the declared schema: read it before you commit it.
"""

import argparse
import tempfile
from pathlib import Path

from alembic import command
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeDecorator

from sayso.store import migrate
from sayso.store.engine import open_engine

CHECKOUT = Path(__file__).parents[2]


def _render(kind: str, item: object, _: AutogenContext) -> str | bool:
    """Migrations are frozen: they name SQL types, not our classes, whose meaning may change."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def write_next(message: str) -> None:
    config = migrate.alembic_config()
    if not Path(str(config.get_main_option("script_location"))).is_relative_to(CHECKOUT):
        raise SystemExit("The sayso that is imported is not this checkout's; nothing was written.")
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'empty.sqlite3'}")
        migrate.migrate(engine)
        with engine.connect().execution_options(writes=True) as connection:
            config.attributes.update(connection=connection, render_item=_render)
            revision = f"{len(migrate.known_revisions()) + 1:04}"
            command.revision(config, message, autogenerate=True, rev_id=revision)
        engine.dispose()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make migration", description=__doc__)
    parser.add_argument("--message", required=True)
    write_next(parser.parse_args().message)
