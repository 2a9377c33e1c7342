"""Which language model answers a user: the one that he has chosen, else the operator's."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert_pg
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from sayso.agent.models import OFFLINE, ModelSource, NoSuchModel, Offline, Remote, chosen_source
from sayso.base.errors import ModelError
from sayso.identity.keyring import Keyring, Unreadable
from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.tables import user_models

MOST_OPEN = 64
"""Models of users that are kept open, with their connections; the one that was used longest ago goes first."""
LOST_KEY = "The key of your language model cannot be opened on this server any more; choose the model again."


@dataclass(frozen=True, slots=True)
class Choice:
    """What a user has chosen. `sealed`: his key, sealed for him."""

    name: str
    base_url: str | None = None
    sealed: str | None = field(default=None, repr=False)

    @property
    def offline(self) -> bool:
        return self.name == OFFLINE


WORDLESS = Choice(OFFLINE)
"""The choice of a model that costs nothing, and has no words on what was done."""

_chosen = select(user_models).where(user_models.c.user_id == bindparam("user"))


def chosen(conn: ReadConn | WriteConn, user_id: str) -> Choice | None:
    """The user's choice; None: he has none, and the operator's model answers."""
    row = conn.execute(_chosen, {"user": user_id}).first()
    return None if row is None else Choice(row.name, row.base_url, row.sealed)


def keep(conn: WriteConn, user_id: str, choice: Choice | None, now: datetime) -> None:
    """Set the choice, or take it back. Turns under way keep theirs."""
    if choice is None:
        conn.execute(delete(user_models).where(user_models.c.user_id == user_id))
        return
    row = {"name": choice.name, "base_url": choice.base_url, "sealed": choice.sealed, "changed_at": now}
    upsert = (upsert_sqlite if conn.dialect.name == "sqlite" else upsert_pg)(user_models).values(user_id=user_id, **row)
    conn.execute(upsert.on_conflict_do_update(index_elements=[user_models.c.user_id], set_=row))


class Models:
    """Opens the models that users have chosen, and keeps them open for their next turns.

    `default`: the operator's, for whoever has chosen none.
    """

    def __init__(self, default: ModelSource, keyring: Keyring, turn_seconds: float = 120) -> None:
        self.default = default
        self._keyring = keyring
        self._turn_seconds = turn_seconds
        self._kept: OrderedDict[tuple[str, Choice], Remote] = OrderedDict()
        self._making = asyncio.Lock()

    async def open(self) -> None:
        """Before the first turn."""
        if isinstance(self.default, Remote):
            await self.default.open()

    async def close(self) -> None:
        """After the last turn."""
        if isinstance(self.default, Remote):
            await self.default.close()
        while self._kept:
            await self._kept.popitem()[1].close()

    def free(self, choice: Choice | None) -> bool:
        """Whether turns on this choice cost nothing."""
        return isinstance(self.default, Offline) if choice is None else choice.offline

    def words_outcomes(self, choice: Choice | None) -> bool:
        """Whether the model is asked for words after a plan ran."""
        return self.default.words_outcomes if choice is None else not choice.offline

    def seal(self, user_id: str, key: str) -> str:
        """The user's key as it is stored."""
        return self._keyring.seal(key, "model", user_id)

    def key_of(self, user_id: str, choice: Choice) -> str | None:
        """The key of the user's choice. Raises Unreadable."""
        return None if choice.sealed is None else self._keyring.open(choice.sealed, "model", user_id)

    @asynccontextmanager
    async def use(self, user_id: str, choice: Choice | None) -> AsyncIterator[ModelSource]:
        """The model for one turn, open until its end, whatever is chosen meanwhile. Raises ModelError: it cannot be
        had, and no other takes its place."""
        if choice is None or choice.offline:
            yield self.default if choice is None else Offline()
            return
        source = await self._source(user_id, choice)
        await source.open()
        try:
            yield source
        finally:
            await source.close()

    async def _source(self, user_id: str, choice: Choice) -> Remote:
        place = user_id, choice
        source = self._kept.get(place)
        if source is None:
            async with self._making:
                source = self._kept.get(place) or await self._made(user_id, choice)
                if place not in self._kept:
                    await source.open()
                    self._kept[place] = source
        self._kept.move_to_end(place)
        while len(self._kept) > MOST_OPEN:
            await self._kept.popitem(last=False)[1].close()
        return source

    async def _made(self, user_id: str, choice: Choice) -> Remote:
        try:
            key = self.key_of(user_id, choice)
            # In a thread: the vendor's library may have to be imported, and certificates are read.
            source = await asyncio.to_thread(chosen_source, choice.name, choice.base_url, key, self._turn_seconds)
        except Unreadable as error:
            raise ModelError(f"{LOST_KEY} Nothing was executed.", reason="choose_again") from error
        except NoSuchModel as error:
            said = f"Your language model cannot be used: {error} Choose it again, or another. Nothing was executed."
            raise ModelError(said, reason="choose_again") from error
        assert isinstance(source, Remote)
        return source
