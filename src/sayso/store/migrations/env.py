"""Alembic's environment: runs on the connection that `store.migrate` hands in."""

from alembic import context

from sayso.store import workspace_tables  # noqa: F401 -- declares its tables in the same metadata
from sayso.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite's DDL is transactional too, since the engine begins transactions itself
    render_item=context.config.attributes.get("render_item"),
)
with context.begin_transaction():
    context.run_migrations()
