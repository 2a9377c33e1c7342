"""What an action does as data, when it may run, and what it undoes."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("users", sa.Column("hold_seconds", sa.Integer()))
    op.add_column("actions", sa.Column("card", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("actions", sa.Column("was", sa.Text()))
    op.add_column("actions", sa.Column("runs_at", sa.BigInteger()))
    op.add_column("actions", sa.Column("reverse", sa.Text()))
    op.add_column("actions", sa.Column("undoes", sa.String(40)))
    given = sa.text("undoes IS NOT NULL")
    op.create_index("ix_actions_undoes", "actions", ["undoes"], sqlite_where=given, postgresql_where=given)


def downgrade() -> None:
    op.drop_index("ix_actions_undoes", "actions")
    for column in ("undoes", "reverse", "runs_at", "was", "card"):
        op.drop_column("actions", column)
    op.drop_column("users", "hold_seconds")
