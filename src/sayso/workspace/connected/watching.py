"""Looks at how the calls of an account end, and keeps its state: reached, or not since when."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, NoReturn, cast

from sayso.base.clock import Clock
from sayso.base.errors import StoreUnavailable
from sayso.identity import accounts
from sayso.identity.accounts import ConnectedAccount, State
from sayso.store.gateway import Store
from sayso.workspace.errors import ReconnectNeeded, Unavailable
from sayso.workspace.protocols import PARTS, Workspace
from sayso.workspace.types import Part


class Watch:
    """The state of one account as it was last seen, so that only a change of it is a write."""

    def __init__(self, store: Store, clock: Clock, account: ConnectedAccount) -> None:
        self._store = store
        self._clock = clock
        self._of = account.user_id, account.id
        self._state: State = account.state

    async def call(self, method: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        try:
            answer = await method(*args, **kwargs)
        except Unavailable as error:
            if error.retry_after is None:  # else it was reached, and asks to wait
                await self._note("unreachable", "connected")
            raise
        await self._note("connected", "unreachable")
        return answer

    async def _note(self, to: State, was: State) -> None:
        if self._state != was:
            return
        self._state = to
        try:
            await self._store.write(accounts.mark, *self._of, to, self._clock.now(), was)
        except StoreUnavailable:
            self._state = was  # it is logged, and no reason for the call to fail


class _Part:
    """A part of a workspace, each call of which is watched."""

    def __init__(self, part: object, watch: Watch) -> None:
        self._part = part
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if not callable(found):
            return found

        async def call(*args: Any, **kwargs: Any) -> Any:
            return await self._watch.call(found, *args, **kwargs)

        return call


class _Closed:
    """A part of an account that has to be connected again: whatever is asked of it raises that."""

    features: Final = frozenset[str]()
    delivers: Final = True
    tells_others: Final = True
    tells_news: Final = False
    keeps_times: Final = True

    def __init__(self, problem: str) -> None:
        self._problem = problem

    def __getattr__(self, name: str) -> Any:
        async def refuse(*_: Any, **__: Any) -> NoReturn:
            raise ReconnectNeeded(self._problem)

        return refuse


def watched(parts: Workspace, serves: tuple[Part, ...], watch: Watch) -> Workspace:
    """These parts of the workspace, watched."""
    there = {name: part for name in serves if (part := getattr(parts, name)) is not None}
    return Workspace(**{name: cast(Any, _Part(part, watch)) for name, part in there.items()})


def closed(serves: tuple[Part, ...], problem: str) -> Workspace:
    """The same of an account that has to be connected again."""
    return Workspace(**{name: cast(Any, _Closed(problem)) for name in PARTS if name in serves})
