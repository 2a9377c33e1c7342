"""Sign-in through any issuer, connected accounts, secrets, tokens, and who did what."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_OWNER = sa.text("owner")
_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOST = 90 * 86_400_000_000  # microseconds that a session of before may last in all


def upgrade() -> None:
    op.add_column("users", sa.Column("owner", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("uq_users_one_owner", "users", ["owner"], unique=True, sqlite_where=_OWNER, postgresql_where=_OWNER)
    with op.batch_alter_table("identities") as identities:
        identities.alter_column("provider", new_column_name="issuer", type_=sa.String(255), existing_nullable=False)
        identities.add_column(sa.Column("email", sa.Text(), nullable=False, server_default=""))
    _sessions()
    _user_table(
        "device_links",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("browser_hash", sa.String(64)),
        sa.Column("name", sa.Text(), nullable=False, server_default=""),
        sa.Column("user_agent", sa.Text(), nullable=False, server_default=""),
        sa.Column("address", sa.String(64), nullable=False, server_default=""),
        sa.Column("allowed_by", sa.String(40)),
        sa.CheckConstraint(
            "status IN ('shown', 'claimed', 'allowed', 'refused', 'contested', 'used')",
            name=op.f("ck_device_links_status"),
        ),
        sa.UniqueConstraint("code_hash", name=op.f("uq_device_links_code_hash")),
        key=("id",),
    )
    _user_table(
        "api_tokens",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("used_at", sa.BigInteger()),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_tokens_secret_hash")),
        key=("id",),
    )
    for table in ("device_links", "api_tokens"):
        op.create_index(f"ix_{table}_user_id", table, ["user_id"])
    _user_table(
        "accounts",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False, server_default=""),
        sa.Column("subject", sa.String(255), nullable=False, server_default=""),
        sa.Column("serves", sa.Text(), nullable=False),
        sa.Column("default_for", sa.Text(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("servers", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("scopes", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("checks", sa.Text(), nullable=False, server_default="[]"),
        sa.CheckConstraint("state IN ('connected', 'reconnect_needed', 'unreachable')", name=op.f("ck_accounts_state")),
        key=("user_id", "id"),
    )
    op.execute(  # the embedded workspace, which everybody had
        "INSERT INTO accounts (user_id, id, kind, label, serves, default_for, state, since, created_at) "
        "SELECT id, 'local', 'local', '', '[\"calendar\",\"tasks\",\"mail\",\"contacts\"]', '[]', 'connected', "
        "created_at, created_at FROM users"
    )
    _user_table(
        "credentials",
        sa.Column("account_id", sa.String(40), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("claim_token", sa.String(64)),
        sa.Column("claim_until", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["user_id", "account_id"],
            ["accounts.user_id", "accounts.id"],
            name=op.f("fk_credentials_user_id_account_id_accounts"),
            ondelete="CASCADE",
        ),
        key=("user_id", "account_id"),
    )
    _user_table(
        "user_models",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("base_url", sa.Text()),
        sa.Column("sealed", sa.Text()),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        key=("user_id",),
    )
    _user_table(
        "spent",
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("tokens", _COUNTER, nullable=False),
        key=("user_id", "day"),
    )
    _user_table(
        "audit_events",
        sa.Column("seq", _COUNTER, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("via", sa.String(16)),
        sa.Column("by", sa.String(40)),
        sa.Column("address", sa.String(64), nullable=False, server_default=""),
        sa.Column("data", sa.Text(), nullable=False, server_default="{}"),
        key=("seq",),
        anonymous=True,
    )
    op.create_index("ix_audit_events_user_seq", "audit_events", ["user_id", "seq"])
    shared = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "rate_windows",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_windows")),
        prefixes=["UNLOGGED"] if shared else [],  # a count need not outlive a crash
    )
    op.create_index("ix_rate_windows_ends_at", "rate_windows", ["ends_at"])


def _sessions() -> None:
    op.add_column("sessions", sa.Column("ends_at", sa.BigInteger()))
    op.add_column("sessions", sa.Column("seen_at", sa.BigInteger()))
    op.add_column("sessions", sa.Column("name", sa.Text(), nullable=False, server_default=""))
    sessions = sa.table("sessions", sa.column("created_at"), sa.column("ends_at"))
    op.execute(sessions.update().values(ends_at=sessions.c.created_at + _MOST))


def _user_table(name: str, *parts: sa.schema.SchemaItem, key: tuple[str, ...], anonymous: bool = False) -> None:
    op.create_table(
        name,
        sa.Column("user_id", sa.String(40), nullable=anonymous),
        *parts,
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f(f"fk_{name}_user_id_users"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{name}")),
    )


def downgrade() -> None:
    for table in (
        "rate_windows",
        "audit_events",
        "spent",
        "user_models",
        "credentials",
        "accounts",
        "api_tokens",
        "device_links",
    ):
        op.drop_table(table)
    for column in ("name", "seen_at", "ends_at"):
        op.drop_column("sessions", column)
    op.execute("DELETE FROM identities WHERE issuer <> 'local'")
    with op.batch_alter_table("identities") as identities:
        identities.drop_column("email")
        identities.alter_column("issuer", new_column_name="provider", type_=sa.String(40), existing_nullable=False)
    op.drop_index("uq_users_one_owner", "users")
    op.drop_column("users", "owner")
