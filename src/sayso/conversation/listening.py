"""Who is told while something runs: the readers of a stream, or nobody, as for a request that waits for its answer."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from sayso.store.gateway import Store, WriteConn

T = TypeVar("T")
Ending = tuple[str, dict[str, Any]]
"""The type and data of a run's last event."""


class Listener(Protocol):
    @property
    def live(self) -> bool:
        """Whether somebody reads along, word by word and for as long as it takes."""
        ...

    @property
    def about(self) -> Mapping[str, Any]:
        """What its last event tells of every run: the ids of the thread and of the turn that is told."""
        ...

    async def emit(self, event_type: str, data: dict[str, Any]) -> None:
        """Tell an event."""
        ...

    async def end(self, event_type: str, data: dict[str, Any]) -> None:
        """Tell the last event."""
        ...

    async def end_with(self, fn: Callable[[WriteConn], tuple[T, Ending]]) -> T:
        """Write what `fn` writes and the ending that it gives in one transaction, then tell the ending; its result.

        Raises what `fn` raises, and StoreUnavailable; the run has then not ended.
        """
        ...


class Nobody:
    """Is told nothing; what ends a run is stored all the same."""

    live = False
    about: Mapping[str, Any] = {}

    def __init__(self, store: Store) -> None:
        self._store = store

    async def emit(self, event_type: str, data: dict[str, Any]) -> None: ...

    async def end(self, event_type: str, data: dict[str, Any]) -> None: ...

    async def end_with(self, fn: Callable[[WriteConn], tuple[T, Ending]]) -> T:
        result, _ = await self._store.write(fn)
        return result
