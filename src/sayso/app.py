"""The composition root: everything is built here once and passed in."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import random
from time import monotonic
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from sqlalchemy import URL, Engine
from sqlalchemy.exc import DBAPIError
from starlette.types import ASGIApp

from sayso.base.clock import Clock, SystemClock
from sayso.base.errors import StartupError, StoreUnavailable
from sayso.base.faults import Fault, kill_at, no_fault
from sayso.base.ids import Ids
from sayso.identity import users
from sayso.identity.providers.local import OWNER, PROVIDER
from sayso.settings import GOOGLE, Settings
from sayso.store import datadir
from sayso.store.check import refuse_damaged
from sayso.store.engine import open_engine, pool_size
from sayso.store.gateway import Store, WriteConn
from sayso.store.migrate import migrate, place_of
from sayso.store.trouble import startup_error
from sayso.workspace.people import Me

if TYPE_CHECKING:
    from sayso.agent.models import ModelSource
    from sayso.agent.runner import Runner
    from sayso.connecting import Setup
    from sayso.conversation.choosing import Operator
    from sayso.conversation.contexts import Contexts
    from sayso.conversation.models import Models
    from sayso.conversation.service import Conversation
    from sayso.http.counting import Counter
    from sayso.identity.providers.oidc import OidcProvider
    from sayso.jobs import Jobs
    from sayso.workspace.accounts import Accounts
    from sayso.workspace.connected.connector import Connector

SWEEP_SECONDS = 10.0  # between looks for what has expired, and for plans that nobody runs
FORGET_SECONDS = 600.0  # between deletions of old streams' events, and of what changes kept under their keys
RETURNED_SECONDS = 120.0  # between looks for mails that came back
COUNTS_SECONDS = 60.0  # between deletions of counts of requests whose minute is over
_LOCALTIME = Path("/etc/localtime")


@dataclass(frozen=True, slots=True)
class Owner:
    """The local user, whose calendar, mail and tasks the embedded workspace holds."""

    user_id: str
    me: Me
    timezone: ZoneInfo


def open_store(settings: Settings, check: bool = False) -> Store:
    """The store at the schema of this version; with `check` a damaged file is refused. Raises StartupError."""
    place = datadir.locate(settings)
    if settings.database_url is None:
        datadir.prepare(settings.data_dir)
    if place.file is not None:
        datadir.secure(place.file)
        if check:
            refuse_damaged(place.file)
    engine = open_engine(place.url)
    try:
        migrate(engine)
        if place.file is None:
            return _shared_store(engine, place.url, settings)
    except StartupError:
        engine.dispose()
        raise
    return Store(engine)


def _shared_store(engine: Engine, url: URL, settings: Settings) -> Store:
    """The store in PostgreSQL, with as many connections as there are for one worker."""
    try:
        with engine.connect() as connection:
            size = pool_size(connection, settings.workers, settings.database_pool)
    except DBAPIError as error:
        raise startup_error(error, place_of(engine)) from error
    engine.dispose()
    readers = size // 3
    return Store(open_engine(url, size), readers, size - readers - 1)


def ensure_owner(store: Store, clock: Clock, ids: Ids, zone: ZoneInfo, addresses: Sequence[str] = ()) -> Owner:
    """The local user; on first start he is made and his workspace seeded, in one transaction. `addresses`: more of his
    own than he has said himself. Raises StartupError."""
    try:
        user_id = store.read_now(users.find, PROVIDER, OWNER.subject)
        if user_id is None:
            user_id = store.write_now(_first_start, clock.now(), zone, ids)
        user = store.read_now(users.get, user_id)
        me = Me.of(user.email, user.name, user.addresses)
        if not all(map(me.owns, addresses)):
            from sayso.workspace.local.own_addresses import add_addresses

            me = store.write_now(add_addresses, user_id, addresses)
    except StoreUnavailable as error:
        raise told(error, store) from error
    return Owner(user_id, me, zone)


def _first_start(conn: WriteConn, now: datetime, zone: ZoneInfo, ids: Ids) -> str:
    user_id, created = users.ensure(conn, PROVIDER, OWNER, now, ids)
    if created:
        welcome(conn, user_id, now, zone, ids)
    return user_id


def welcome(conn: WriteConn, user_id: str, now: datetime, zone: ZoneInfo, ids: Ids) -> None:
    """Give a new user his own embedded workspace, with sample data in it."""
    from sayso.workspace.local.seed.seed import seed

    user = users.get(conn, user_id)
    seed(conn, user_id, Me(user.email, user.name), now, zone, ids)


def build(
    settings: Settings,
    store: Store,
    clock: Clock,
    ids: Ids,
    *,
    source: "ModelSource | None" = None,
    accounts: "Accounts | None" = None,
    connectors: "Sequence[Connector] | None" = None,
    fault: Fault | None = None,
) -> ASGIApp:
    """The whole application over an open store, which it closes when it ends. Raises StartupError.

    `source` stands in for the language model of the settings, `accounts` for what users have connected, `connectors`
    for the kinds of accounts that can be connected besides the embedded one; `fault` is called where tests crash it.
    """
    from sayso.connecting import Connecting
    from sayso.conversation.contexts import Contexts
    from sayso.conversation.models import Models
    from sayso.desk import Desk
    from sayso.http.api import build_http
    from sayso.identity.admission import Admission
    from sayso.identity.credentials import Credentials
    from sayso.identity.flow import SignIn
    from sayso.identity.keyring import open_keyring
    from sayso.identity.providers.local import LocalProvider
    from sayso.identity.sessions import Lifetime
    from sayso.workspace.connected.composing import ConnectedAccounts

    if fault is None:
        fault = kill_at(settings.fault) if settings.fault else no_fault
    zone = default_zone(settings)
    runner = _runner(settings, source)
    local = LocalProvider(store, clock, ids)
    issuers = oidc_providers(settings)
    sign_in = SignIn(
        store,
        {PROVIDER: local, **issuers},
        clock,
        ids,
        Lifetime(timedelta(days=settings.session_days), timedelta(days=settings.session_max_days)),
        Admission(settings.allowed_users, {name: client.issuer for name, client in settings.oidc.items()}),
        lambda conn, user_id, now: welcome(conn, user_id, now, zone, ids),
    )
    keyring = open_keyring(settings.secret_key, datadir.locate(settings).lock.parent)
    connectors = connectors_of(settings, store, clock, zone) if connectors is None else connectors
    kinds = {each.kind: each for each in connectors if not each.provider or each.provider in issuers}
    credentials = Credentials(store, keyring, issuers, clock, ids)
    connected = ConnectedAccounts(store, credentials, kinds, clock, ids)
    contexts = Contexts(store, accounts or connected, clock, ids, zone)
    models = Models(runner.source, keyring, settings.turn_seconds)
    plan_ttl = timedelta(hours=settings.plan_ttl_hours)
    hold = timedelta(seconds=settings.hold_seconds)
    conversation = converse(store, runner, models, contexts, clock, ids, plan_ttl, fault, _operator(settings), hold)
    desk = Desk(contexts, conversation.choosing)
    connecting = Connecting(store, sign_in, credentials, kinds, clock, ids, setups_of(settings))
    counter = _counter(settings, store)
    jobs = jobs_of(conversation, store, SystemClock(), counter)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await counter.start()
        await conversation.start()
        jobs.start()
        try:
            yield
        finally:
            await jobs.close()
            await conversation.close()
            await credentials.close()
            for connector in kinds.values():
                await connector.close()
            await counter.close()
            store.close()

    return build_http(settings, store, conversation, desk, connecting, sign_in, local, clock, ids, lifespan, counter)


def oidc_providers(settings: Settings) -> "dict[str, OidcProvider]":
    """The issuers to sign in with. None of them is asked before somebody signs in."""
    if not settings.oidc:
        return {}
    from sayso.identity.providers.oidc import OidcProvider

    return {name: OidcProvider(name, client, SystemClock()) for name, client in settings.oidc.items()}


def connectors_of(settings: Settings, store: Store, clock: Clock, zone: ZoneInfo) -> "list[Connector]":
    """The kinds of accounts that can be connected besides the embedded one."""
    from sayso.workspace.standards.connector import Standards, StandardsByConsent
    from sayso.workspace.standards.dns import SystemDns
    from sayso.workspace.standards.finding import Finder

    around = Finder(SystemDns(), settings.mail_directory), clock, zone, monotonic
    by_consent = [
        StandardsByConsent(name, client.label, client.mail_scopes.split(), *around)
        for name, client in settings.oidc.items()
        if client.mail_scopes
    ]
    at_google = [_google(settings, store, clock, zone)] if GOOGLE in settings.oidc else []
    return [*at_google, Standards(*around), *by_consent]


def _google(settings: Settings, store: Store, clock: Clock, zone: ZoneInfo) -> "Connector":
    from sayso.workspace.connected.marks import StoredMarks
    from sayso.workspace.google.connector import GoogleAccounts

    return GoogleAccounts(
        settings.google_api_url, clock, zone, lambda *account: StoredMarks(store, clock, *account), random
    )


def setups_of(settings: Settings) -> "tuple[Setup, ...]":
    """What has to be registered at providers before their accounts can be connected."""
    from sayso.connecting import Setup
    from sayso.workspace.google.scopes import KIND, LABEL, SCOPES

    scopes = tuple(scope for part in SCOPES.values() for scope in part)
    return (Setup(KIND, LABEL, GOOGLE, scopes, GOOGLE in settings.oidc),)


def converse(
    store: Store,
    runner: "Runner",
    models: "Models",
    contexts: "Contexts",
    clock: Clock,
    ids: Ids,
    plan_ttl: timedelta,
    fault: Fault = no_fault,
    operator: "Operator | None" = None,
    hold: timedelta = timedelta(),
) -> "Conversation":
    """Conversations with this agent, on behalf of the users of these contexts. A plan waits for `plan_ttl`;
    what goes to others is held back for `hold`, where users have not set their own."""
    from sayso.conversation.archive import Archive
    from sayso.conversation.choosing import Choosing, Operator
    from sayso.conversation.deciding import Deciding
    from sayso.conversation.editing import Editing
    from sayso.conversation.executor import Executor
    from sayso.conversation.outcome import Outcome
    from sayso.conversation.refreshing import Refreshing
    from sayso.conversation.returned import Returns
    from sayso.conversation.service import Conversation
    from sayso.conversation.streams import Streams
    from sayso.conversation.talking import Talking
    from sayso.conversation.turns import Turns
    from sayso.conversation.undoing import Undoing

    streams = Streams(store, clock)
    operator = operator or Operator()
    turns = Turns(store, runner, models, operator.limits, contexts, clock, ids, plan_ttl, hold, fault)
    refreshing = Refreshing(store, runner.toolbox, contexts, clock)
    outcome = Outcome(store, turns, models, contexts, clock, ids)
    executor = Executor(store, runner.toolbox, contexts, outcome, clock, ids, fault)
    deciding = Deciding(store, executor, outcome, turns, streams, refreshing, clock, ids, fault, hold)
    return Conversation(
        talking=Talking(store, turns, deciding, refreshing, streams, clock, ids, fault),
        deciding=deciding,
        editing=Editing(store, runner.toolbox, contexts, clock, ids, plan_ttl),
        archive=Archive(store, refreshing, clock),
        undoing=Undoing(store, runner.toolbox, contexts, deciding, outcome, clock, ids, fault),
        executor=executor,
        streams=streams,
        choosing=Choosing(store, models, operator, clock),
        models=models,
        returns=Returns(store, contexts, clock, ids),
        store=store,
        clock=clock,
    )


def jobs_of(conversation: "Conversation", store: Store, clock: Clock, counter: "Counter | None" = None) -> "Jobs":
    """What is done again and again, by one worker each time."""
    from sayso.jobs import Job, Jobs
    from sayso.workspace.connected import marks

    async def forget_marks() -> None:
        await store.write(marks.forget, conversation.clock.now())

    table = [
        Job("sweep", SWEEP_SECONDS, conversation.executor.sweep),
        Job("forget", FORGET_SECONDS, conversation.streams.forget),
        Job("returned", RETURNED_SECONDS, conversation.returns.look),
        Job("marks", FORGET_SECONDS, forget_marks),
    ]
    if counter is not None:
        table.append(Job("counts", COUNTS_SECONDS, counter.sweep))
    return Jobs(table, store, clock)


def _counter(settings: Settings, store: Store) -> "Counter":
    """What counts requests: Redis or PostgreSQL for all workers, memory for the one on SQLite. Raises StartupError."""
    from sayso.http.counting import OwnCounter, SharedCounter

    if settings.redis_url is None and store.embedded:
        return OwnCounter(monotonic)
    from sayso.http.counting_shared import PostgresCounter, RedisCounter

    shared = RedisCounter(settings.redis_url) if settings.redis_url else PostgresCounter(store)
    return SharedCounter(shared, monotonic)


def _runner(settings: Settings, source: "ModelSource | None") -> "Runner":
    from sayso.agent.models import model_source
    from sayso.agent.runner import Runner
    from sayso.tools.registry import toolbox

    source = source or model_source(
        settings.model, settings.model_base_url, settings.model_fallback, settings.turn_seconds
    )
    return Runner(toolbox(), source, settings.turn_seconds, settings.context_tokens)


def _operator(settings: Settings) -> "Operator":
    from sayso.conversation.choosing import Operator
    from sayso.conversation.spending import Limits

    limits = Limits(settings.tokens_per_day, settings.turns_at_once)
    return Operator(settings.model_base_url, settings.names_model, limits, os.environ)


def default_zone(settings: Settings) -> ZoneInfo:
    """The zone of users who have not said theirs: the setting, else the machine's, else UTC. Raises StartupError."""
    if settings.timezone is not None:
        zone = _zone(settings.timezone)
        if zone is None:
            raise StartupError(f"SAYSO_TIMEZONE: {settings.timezone!r} is not an IANA zone name, such as Europe/Paris.")
        return zone
    named = _zone(os.environ.get("TZ", "").removeprefix(":"))
    linked = str(_LOCALTIME.resolve()).partition("/zoneinfo/")[2]
    return named or _zone(linked) or ZoneInfo("UTC")


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError):
        return None


def told(error: StoreUnavailable, store: Store) -> StartupError:
    """A store's failure as a line for the terminal."""
    cause = error.__cause__
    place = place_of(store.engine)
    return startup_error(cause, place) if isinstance(cause, DBAPIError) else StartupError(f"{place}: {error}")
