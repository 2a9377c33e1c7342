"""By what a plan was decided: the page, the terminal client, a token …; unknown of what is there already."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("plan_events", sa.Column("via", sa.String(16)))


def downgrade() -> None:
    op.drop_column("plan_events", "via")
