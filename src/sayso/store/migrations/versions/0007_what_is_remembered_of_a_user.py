"""What is remembered of a user."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_SIGNATURE = sa.text("kind = 'signature'")


def upgrade() -> None:
    op.create_table(
        "memories",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('preference', 'signature')", name=op.f("ck_memories_kind")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memories_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memories")),
    )
    op.create_index("ix_memories_user_created", "memories", ["user_id", "created_at"])
    op.create_index(
        "uq_memories_one_signature",
        "memories",
        ["user_id"],
        unique=True,
        sqlite_where=_SIGNATURE,
        postgresql_where=_SIGNATURE,
    )


def downgrade() -> None:
    op.drop_table("memories")
