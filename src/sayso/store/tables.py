"""The declared schema of people, threads and plans. `workspace_tables` has the embedded workspace's.

States and their allowed changes stand in `conversation.ledger`, the one module that writes a `status`.
"""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

from sayso.store.types import Counter, Instant, Json, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, *values: str) -> CheckConstraint:
    quoted = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({quoted})", name=column)


users = Table(
    "users",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("email", Words, nullable=False),
    Column("name", Words, nullable=False),
    Column("timezone", String(64)),
    Column("locale", String(16)),
    Column("created_at", Instant, nullable=False),
    Column("addresses", Json, nullable=False, server_default="[]"),  # those besides `email` that are his own
    Column("owner", Boolean, nullable=False, server_default=false()),  # the first who signed in through an issuer
    Column("hold_seconds", Integer),  # for which what goes to others is held back; NULL: as the settings say
    Index("uq_users_one_owner", "owner", unique=True, sqlite_where=text("owner"), postgresql_where=text("owner")),
)

# By what a user signs in. `issuer`: the issuer's address, as in its ID tokens; "local" for the embedded provider.
identities = Table(
    "identities",
    metadata,
    Column("issuer", String(255), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("email", Words, nullable=False, server_default=""),  # as the issuer says it, and only if it is verified
)

sessions = Table(
    "sessions",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("id", String(40), nullable=False, unique=True),  # named in the audit trail; no secret
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("provider", String(40), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("user_agent", Words, nullable=False, server_default=""),
    Column("ends_at", Instant),  # beyond which use does not carry it
    Column("seen_at", Instant),  # about when it was used last
    Column("name", Words, nullable=False, server_default=""),  # of the device, as its user calls it
)

# A second device that is to be signed in, by a code that a signed-in one shows.
device_links = Table(
    "device_links",
    metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("id", String(40), primary_key=True),
    Column("code_hash", String(64), nullable=False, unique=True),
    Column("status", String(12), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("browser_hash", String(64)),  # of the device that used the code
    Column("name", Words, nullable=False, server_default=""),
    Column("user_agent", Words, nullable=False, server_default=""),
    Column("address", String(64), nullable=False, server_default=""),
    Column("allowed_by", String(40)),  # the session
    _one_of("status", "shown", "claimed", "allowed", "refused", "contested", "used"),
)

# For a user's own programs.
api_tokens = Table(
    "api_tokens",
    metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("id", String(40), primary_key=True),  # named in the audit trail; no secret
    Column("secret_hash", String(64), nullable=False, unique=True),
    Column("name", Words, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("used_at", Instant),
)

# One sign-in under way: the client half of the code flow.
login_states = Table(
    "login_states",
    metadata,
    Column("state_hash", String(64), primary_key=True),
    Column("provider", String(40), nullable=False),
    Column("data", Json, nullable=False),
    Column("expires_at", Instant, nullable=False),
)

# The embedded provider's half: one-time links and authorization codes.
local_grants = Table(
    "local_grants",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("data", Json, nullable=False),
    Column("expires_at", Instant, nullable=False),
    _one_of("kind", "link", "code"),
)

threads = Table(
    "threads",
    metadata,
    Column("pk", String(40), primary_key=True),  # clients choose ids, so two users may hold the same one
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("id", String(128), nullable=False),
    Column("title", Words, nullable=False),
    Column("preamble", Json, nullable=False, server_default="[]"),  # the conversation_history that opened it
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("turns", Integer, nullable=False, server_default="0"),
    Column("last_word", String(40)),  # the plan that was proposed last, while nothing was said since
    Column("lease_token", String(64)),
    Column("lease_until", Instant),
    Column("stop_requested", Integer, nullable=False, server_default="0"),
    Column("events", Counter, nullable=False, server_default="0"),  # the last id set aside for events of a stream
    UniqueConstraint("user_id", "id"),
    Index("ix_threads_user_updated", "user_id", "updated_at"),
    Index("ix_threads_leased", "lease_until", sqlite_where=text("lease_token IS NOT NULL"),
          postgresql_where=text("lease_token IS NOT NULL")),
)  # fmt: skip

# Append-only. `messages` are the model's messages of the turn, in which calls that need consent have no result.
turns = Table(
    "turns",
    metadata,
    Column("thread_pk", ForeignKey("threads.pk", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("id", String(40), nullable=False, unique=True),
    Column("kind", String(8), nullable=False),
    Column("user_message", Words),
    Column("response", Words, nullable=False),
    Column("actions", Json, nullable=False),
    Column("messages", Json, nullable=False),
    Column("plan_id", String(40)),  # the plan proposed (chat) or executed (outcome) by this turn
    Column("usage", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("ended_at", Instant, nullable=False),
    _one_of("kind", "chat", "outcome", "decision"),
)

plans = Table(
    "plans",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("thread_pk", ForeignKey("threads.pk", ondelete="CASCADE"), nullable=False),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("ordinal", Integer, nullable=False),  # in the thread: clocks may stand still
    Column("status", String(12), nullable=False),
    Column("question", Words, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("supersedes", String(40)),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", String(40)),  # the session
    Column("words", Words),  # what the user said to confirm or gave as the reason to cancel
    Column("ended_at", Instant),
    Column("response", Words),  # the answer that told the outcome, for repeats of the confirm
    Column("follow_up", Json),  # what the agent proposed next, likewise
    _one_of(
        "status",
        "pending", "confirmed", "cancelled", "expired", "superseded", "completed", "partial", "failed", "stopped",
    ),
    UniqueConstraint("thread_pk", "ordinal"),
    Index("ix_plans_user_status", "user_id", "status"),
    Index("ix_plans_open", "status", "expires_at", sqlite_where=text("status IN ('pending', 'confirmed')"),
          postgresql_where=text("status IN ('pending', 'confirmed')")),
    Index("uq_plans_one_pending", "thread_pk", unique=True, sqlite_where=text("status = 'pending'"),
          postgresql_where=text("status = 'pending'")),
)  # fmt: skip

actions = Table(
    "actions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("plan_id", ForeignKey("plans.id", ondelete="CASCADE"), nullable=False),
    Column("thread_pk", ForeignKey("threads.pk", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("turn_id", String(40), nullable=False),  # the turn whose history holds the call
    Column("call_id", String(255), nullable=False),
    Column("tool", String(64), nullable=False),
    Column("effect", String(12), nullable=False),
    Column("args", Json, nullable=False),
    Column("target", Json, nullable=False),
    Column("question", Words, nullable=False),
    Column("preview", Words, nullable=False),
    Column("details", Json, nullable=False),
    Column("warnings", Json, nullable=False),
    Column("touches", Words, nullable=False),
    Column("status", String(12), nullable=False),
    Column("claim_token", String(64)),
    Column("lease_until", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("result", Json),
    Column("error", Words),
    Column("receipt", Words),
    Column("reason", String(12)),  # why it was skipped, for code: `error` says it in words
    Column("card", Json, nullable=False, server_default="{}"),  # what it does, as data for front ends
    Column("was", Json),  # of what took the place of a waiting action: that one's id, preview and changed arguments
    Column("runs_at", Instant),  # not before then, though it is confirmed
    Column("reverse", Json),  # of what is done: the call that undoes it
    Column("undoes", String(40)),  # the action that this one undoes
    _one_of("status", "waiting", "running", "succeeded", "failed", "skipped", "unknown"),
    _one_of("effect", "write", "destructive", "outbound"),
    UniqueConstraint("plan_id", "position"),
    Index("ix_actions_turn", "turn_id"),
    Index("ix_actions_running", "lease_until", sqlite_where=text("status = 'running'"),
          postgresql_where=text("status = 'running'")),
    Index("ix_actions_undoes", "undoes", sqlite_where=text("undoes IS NOT NULL"),
          postgresql_where=text("undoes IS NOT NULL")),
)  # fmt: skip

# Append-only: who did what to a plan, when, by what and over which session.
plan_events = Table(
    "plan_events",
    metadata,
    Column("seq", Counter, primary_key=True, autoincrement=True),
    Column("plan_id", ForeignKey("plans.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("session_id", String(40)),
    Column("data", Json, nullable=False),
    Column("via", String(16)),
)

# What a stream sent of live and recent turns, so that any worker can replay it.
stream_events = Table(
    "stream_events",
    metadata,
    Column("thread_pk", ForeignKey("threads.pk", ondelete="CASCADE"), primary_key=True),
    Column("id", Counter, primary_key=True, autoincrement=False),
    Column("run_id", String(40), nullable=False),  # the turn, or the plan whose execution is streamed
    Column("type", String(24), nullable=False),
    Column("data", Json, nullable=False),
    Column("at", Instant, nullable=False),
)

# What a user asked to remember, in his own words.
memories = Table(
    "memories",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("text", Words, nullable=False),
    Column("created_at", Instant, nullable=False),
    _one_of("kind", "preference", "signature"),
    Index("ix_memories_user_created", "user_id", "created_at"),
    Index("uq_memories_one_signature", "user_id", unique=True, sqlite_where=text("kind = 'signature'"),
          postgresql_where=text("kind = 'signature'")),
)  # fmt: skip

# What several workers do by turns: when each job is to be done next.
jobs = Table(
    "jobs",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("due", Instant, nullable=False),
)

# The message of the two-step form, until its stream consumes it.
queued_messages = Table(
    "queued_messages",
    metadata,
    Column("thread_pk", ForeignKey("threads.pk", ondelete="CASCADE"), primary_key=True),
    Column("data", Json, nullable=False),
    Column("at", Instant, nullable=False),
)

# The systems that a user has connected. Ids are a user's own: two users may hold the same one.
accounts = Table(
    "accounts",
    metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("id", String(40), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("label", Words, nullable=False),
    Column("address", Words, nullable=False, server_default=""),
    Column("subject", String(255), nullable=False, server_default=""),  # whose it is, by the provider's stable id
    Column("serves", Json, nullable=False),
    Column("default_for", Json, nullable=False),
    Column("state", String(20), nullable=False),
    Column("since", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("servers", Json, nullable=False, server_default="{}"),  # where it is; nothing secret
    Column("scopes", Json, nullable=False, server_default="[]"),
    Column("checks", Json, nullable=False, server_default="[]"),
    _one_of("state", "connected", "reconnect_needed", "unreachable"),
)

# What opens an account, sealed by `identity.keyring` for this user and account.
credentials = Table(
    "credentials",
    metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", String(40), primary_key=True),
    Column("sealed", Words, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),  # goes up with each refresh
    Column("expires_at", Instant),  # of an access token
    Column("claim_token", String(64)),  # who refreshes it
    Column("claim_until", Instant),
    ForeignKeyConstraint(["user_id", "account_id"], ["accounts.user_id", "accounts.id"], ondelete="CASCADE"),
)

# What a change of several steps at a connected account keeps under its key, until nobody asks for it any more.
marks = Table(
    "marks",
    metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("account_id", String(40), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("value", Words, nullable=False),
    Column("noted_at", Instant, nullable=False, index=True),
    ForeignKeyConstraint(["user_id", "account_id"], ["accounts.user_id", "accounts.id"], ondelete="CASCADE"),
)

# The language model that a user has chosen; without a row it is the operator's.
user_models = Table(
    "user_models",
    metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Words, nullable=False),
    Column("base_url", Words),
    Column("sealed", Words),  # the vendor's key
    Column("changed_at", Instant, nullable=False),
)

# Tokens that a user's turns took on a day of UTC.
spent = Table(
    "spent",
    metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("tokens", Counter, nullable=False),
)

# Append-only: who signed in, was refused, decided, connected, granted, set what. Without a user: of a refused stranger.
audit_events = Table(
    "audit_events",
    metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE")),
    Column("seq", Counter, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("via", String(16)),
    Column("by", String(40)),  # the session or the token
    Column("address", String(64), nullable=False, server_default=""),
    Column("data", Json, nullable=False, server_default="{}"),
    Index("ix_audit_events_user_seq", "user_id", "seq"),
)

# What was used of each bucket in its minute, counted by all workers together. It may be lost in a crash.
rate_windows = Table(
    "rate_windows",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("ends_at", Instant, nullable=False, index=True),
    Column("used", Integer, nullable=False),
)
