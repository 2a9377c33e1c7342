"""Whose a thing is, and reading all accounts side by side."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import ClassVar, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from sayso.workspace.account_ids import account_of
from sayso.workspace.errors import ObjectNotFound, Refused, Unavailable, WorkspaceError
from sayso.workspace.types import Page, Part

READ_SECONDS = 6.0  # that one of several accounts may take; the others are given without it

P = TypeVar("P")
T = TypeVar("T")
Missed = MutableMapping[tuple[Part, str], str]
"""By part and account, why an account could not be read the last time that it was asked: a sentence that names it."""

_PLACES = TypeAdapter(dict[str, tuple[str, int]])


def _places(cursor: str) -> dict[str, tuple[str, int]]:
    try:
        return _PLACES.validate_json(cursor)
    except ValidationError as error:
        raise Refused("There is no such place to go on at; search anew.") from error


class Joined(Generic[P]):
    """One part of several accounts.

    `parts`: by the id of each account; the first one is where new things are made. `names`: what the user calls them.
    """

    part: ClassVar[Part]

    def __init__(self, parts: Mapping[str, P], names: Mapping[str, str], missed: Missed) -> None:
        self._parts = parts
        self._names = names
        self._missed = missed
        self._default = next(iter(parts))

    def _whose(self, object_id: str) -> tuple[str, P, str]:
        """The account of a thing, this part of it, and the thing's id there; without an id, the default account.

        Raises ObjectNotFound when the account is not there (any more).
        """
        account = account_of(object_id) if object_id else self._default
        if account not in self._parts:
            raise ObjectNotFound("The account that it belongs to is not connected.")
        return account, self._parts[account], object_id.removeprefix(f"{account}:")

    async def _all(self, read: Callable[[P], Awaitable[T]]) -> list[tuple[str, T]]:
        """What each account answers. One of several that fails is noted and left out. Raises what the first raised
        when all fail."""
        return await self._of({account: read(part) for account, part in self._parts.items()})

    async def _page(
        self, read: Callable[[P, int, str], Awaitable[Page[T]]], limit: int, after: str, order: Callable[[T], float]
    ) -> Page[tuple[str, T]]:
        """The next `limit` of what all accounts have, each with its account, by `order`.

        `read`: asks one account for so many, behind a cursor of its own. Our cursor says for each account that has more
        where to ask next, and how many of its next page were given already. Raises Refused when it is none of ours.
        """
        places = _places(after) if after else dict.fromkeys(self._parts, ("", 0))
        asked = {name: places[name] for name in self._parts if name in places}
        found = dict(
            await self._of({name: read(self._parts[name], limit + skip, at) for name, (at, skip) in asked.items()})
        )
        waiting = [(name, item) for name, page in found.items() for item in page.items[asked[name][1] :]]
        given = sorted(waiting, key=lambda pair: order(pair[1]))[:limit]
        taken = Counter(name for name, _ in given)
        left: dict[str, tuple[str, int]] = {}
        for name, page in found.items():
            at, skip = asked[name]
            if skip + taken[name] < len(page.items):
                left[name] = at, skip + taken[name]
            elif page.next:
                left[name] = page.next, 0
        totals = [page.total for page in found.values()]
        total = None if None in totals else sum(each or 0 for each in totals)
        return Page(given, _PLACES.dump_json(left).decode() if left else "", total)

    async def _of(self, readings: Mapping[str, Awaitable[T]]) -> list[tuple[str, T]]:
        """What each account answers, as `_all` says."""
        if len(readings) == 1 == len(self._parts):
            return [(account, await reading) for account, reading in readings.items()]
        answers = await asyncio.gather(*(self._one(account, reading) for account, reading in readings.items()))
        found = [(account, answer) for account, answer in answers if not isinstance(answer, WorkspaceError)]
        if not found and answers:
            raise next(answer for _, answer in answers if isinstance(answer, WorkspaceError))
        return found

    async def _one(self, account: str, reading: Awaitable[T]) -> tuple[str, T | WorkspaceError]:
        try:
            async with asyncio.timeout(READ_SECONDS):
                answer = await reading
        except TimeoutError:
            return account, self._miss(account, Unavailable("It took too long to answer."))
        except WorkspaceError as error:
            return account, self._miss(account, error)
        self._missed.pop((self.part, account), None)
        return account, answer

    def _miss(self, account: str, error: WorkspaceError) -> WorkspaceError:
        self._missed[self.part, account] = f"{self._names[account]} could not be read. {error}"
        return error
