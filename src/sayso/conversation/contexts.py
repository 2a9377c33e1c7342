"""On whose behalf something is done: the tools' context of a caller, or of a user whose plan runs."""

from zoneinfo import ZoneInfo

from sayso.base.clock import Clock
from sayso.base.ids import Ids
from sayso.conversation.activity import StoredActivity
from sayso.conversation.memory import StoredMemories
from sayso.identity import users
from sayso.identity.types import Caller
from sayso.store.gateway import Store
from sayso.tools.base import ToolContext
from sayso.workspace.accounts import Accounts
from sayso.workspace.people import Me


class Contexts:
    """`default_zone`: of users who have not said theirs."""

    def __init__(self, store: Store, accounts: Accounts, clock: Clock, ids: Ids, default_zone: ZoneInfo) -> None:
        self._store = store
        self._accounts = accounts
        self._clock = clock
        self._ids = ids
        self._default_zone = default_zone

    async def of(self, caller: Caller, timezone: str | None = None) -> ToolContext:
        """`timezone`: where the caller is right now, if he has said it."""
        me = Me.of(caller.email, caller.name, caller.addresses)
        return await self._context(caller.user_id, me, timezone or caller.timezone)

    async def of_user(self, user_id: str) -> ToolContext:
        user = await self._store.peek(users.get, user_id)
        return await self._context(user_id, Me.of(user.email, user.name, user.addresses), user.timezone)

    async def _context(self, user_id: str, me: Me, timezone: str | None) -> ToolContext:
        zone = ZoneInfo(timezone) if timezone else self._default_zone
        workspace = await self._accounts.workspace(user_id, me)
        memory = StoredMemories(self._store, user_id, self._clock, self._ids)
        activity = StoredActivity(self._store, user_id, self._clock)
        me = me.also(workspace.addresses)
        return ToolContext(workspace, me, self._clock.now(), zone, memory, activity)
