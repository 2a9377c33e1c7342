"""What files bring: mails as they came, what is not read of events, tasks and cards, one's own addresses; and which data
is the sample that a new user finds."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_SAMPLED = ("local_events", "local_task_lists", "local_tasks", "local_messages", "local_contacts")
_KEPT = ("local_events", "local_overrides", "local_tasks", "local_contacts")
_OCCASIONS = ("local_events", "local_overrides")


def upgrade() -> None:
    op.add_column("users", sa.Column("addresses", sa.Text(), nullable=False, server_default="[]"))
    for table in _OCCASIONS:
        op.add_column(table, sa.Column("free", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("local_contacts", sa.Column("details", sa.Text(), nullable=False, server_default="{}"))
    for table in _KEPT:
        op.add_column(table, sa.Column("kept", sa.Text(), nullable=False, server_default="[]"))
    for table in _SAMPLED:
        op.add_column(table, sa.Column("sample", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "local_sources",
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("message_id", sa.String(40), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id", "message_id"],
            ["local_messages.user_id", "local_messages.id"],
            name=op.f("fk_local_sources_user_id_message_id_local_messages"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_local_sources_user_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "message_id", name=op.f("pk_local_sources")),
    )


def downgrade() -> None:
    op.drop_table("local_sources")
    for name, tables in (("sample", _SAMPLED), ("kept", _KEPT), ("free", _OCCASIONS)):
        for table in tables:
            op.drop_column(table, name)
    op.drop_column("local_contacts", "details")
    op.drop_column("users", "addresses")
