"""Why an action was skipped, as a code beside the sentence."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_SAID = {"left_out": "You left this out.", "stopped": "You stopped the run before this started."}


def upgrade() -> None:
    op.add_column("actions", sa.Column("reason", sa.String(12)))
    actions = sa.table("actions", sa.column("status"), sa.column("error"), sa.column("reason"))
    for reason, said in _SAID.items():
        op.execute(actions.update().where(actions.c.status == "skipped", actions.c.error == said).values(reason=reason))
    rest = actions.update().where(actions.c.status == "skipped", actions.c.reason.is_(None))
    op.execute(rest.values(reason="needed"))


def downgrade() -> None:
    op.drop_column("actions", "reason")
