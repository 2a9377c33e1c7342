"""Counters of 64 bits, and an index of the threads that are being answered.

SQLite's integers have 64 bits already.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_COUNTERS = (("threads", "events"), ("stream_events", "id"), ("plan_events", "seq"))


def upgrade() -> None:
    _retype("bigint")
    op.create_index(
        "ix_threads_leased",
        "threads",
        ["lease_until"],
        sqlite_where=sa.text("lease_token IS NOT NULL"),
        postgresql_where=sa.text("lease_token IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_threads_leased", "threads")
    _retype("integer")


def _retype(kind: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, column in _COUNTERS:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind}")
        op.execute(f"ALTER SEQUENCE plan_events_seq_seq AS {kind}")
