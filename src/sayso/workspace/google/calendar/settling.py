"""The changed occurrences of a series, made what they are to be after a change of the whole."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from sayso.workspace.errors import ObjectNotFound, Unavailable
from sayso.workspace.events.looking import counted
from sayso.workspace.events.series import Series
from sayso.workspace.google.calendar.calendars import Listed
from sayso.workspace.google.calendar.marking import keys_in, marked
from sayso.workspace.google.calendar.reading import is_cancelled
from sayso.workspace.google.calendar.rest import Settled
from sayso.workspace.google.calendar.source import TOO_LONG, EventSource, Named, There
from sayso.workspace.google.calendar.times import key_in
from sayso.workspace.google.calendar.views import shown
from sayso.workspace.google.calendar.writing import changed, params_of, whole
from sayso.workspace.google.client import Json
from sayso.workspace.google.errors import Preconditioned
from sayso.workspace.types import Event

TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class _Todo:
    """A request to one occurrence; without a body it goes."""

    told: Json
    body: Json | None


@dataclass(frozen=True, slots=True)
class Settling:
    """Under the key of a change; an occurrence that was brought to what it is to be is not touched again, whatever has
    become of it since."""

    source: EventSource
    calendar: Listed
    key: str
    notify: bool

    @property
    def _mark(self) -> str:
        return f"{self.key}.x"

    async def settle(self, wanted: Settled) -> None:
        """Raises ObjectNotFound, Refused, Unavailable, Uncertain."""
        for _ in range(TRIES):
            named = Named(self.calendar, wanted.id, "")
            try:
                there = await self.source.there(named, await self.source.told(self.calendar, wanted.id), whole=True)
            except ObjectNotFound:  # it was deleted as a whole
                return
            todo = await asyncio.to_thread(counted, partial(self._todo, there, wanted), TOO_LONG)
            todo += [each async for each in self._untouched(there, wanted)]
            if await self._done(todo):
                return
        raise Unavailable("That event is being changed by others all the time.")

    async def _done(self, todo: list[_Todo]) -> bool:
        """Whether all of it was; False: some are not as they were."""
        google, done = self.source.google, True
        for each in todo:
            path, etag = self.calendar.at(str(each.told["id"])), str(each.told.get("etag") or "")
            try:
                if each.body is None:
                    params = {"sendUpdates": "all" if self.notify else "none"}
                    await google.change("DELETE", "calendar", path, params=params, if_match=etag)
                else:
                    body = {**each.body, "extendedProperties": marked(each.told, self._mark)}
                    await google.change("PATCH", "calendar", path, body, params_of(body, self.notify), etag)
            except Preconditioned:
                done = False
            except ObjectNotFound:
                continue
        return done

    def _todo(self, there: There, wanted: Settled) -> list[_Todo]:
        """For those that are changed or cancelled now."""
        plain, _ = there.reader.series(there.told)
        return [each for told in there.exceptions for each in self._for(there, plain, told, wanted)]

    def _for(self, there: There, plain: Series, told: Json, wanted: Settled) -> Iterator[_Todo]:
        if self._mark in keys_in(told):
            return
        target = self._target(plain, key_in(told), wanted)
        if is_cancelled(told):
            if target is not None:
                like = {**told, "attendees": there.told.get("attendees")}
                yield _Todo(told, whole(there.reader, like, target))
        elif target is None:
            yield _Todo(told, None)
        elif body := _to(there, told, target):
            yield _Todo(told, body)

    def _target(self, plain: Series, key: str, wanted: Settled) -> Event | None:
        """What an occurrence is to be: changed, as the series has it, or not there."""
        if key in wanted.left_out:
            return None
        if (event := wanted.event(key)) is not None:
            return event
        if not plain.repeats or plain.plain(key) is None:
            return None
        return shown(plain, key, self.calendar)

    async def _untouched(self, there: There, wanted: Settled) -> AsyncIterator[_Todo]:
        """For those that are as the series has them now, and are to be otherwise."""
        known = {key_in(each) for each in there.exceptions}
        for key in wanted.changed:
            target = wanted.event(key)
            if key in known or target is None or not there.told.get("recurrence"):
                continue
            told = await self.source.instance(replace(there.named, key=key), there.told)
            if told is not None and not is_cancelled(told) and (body := _to(there, told, target)):
                yield _Todo(told, body)


def _to(there: There, told: Json, target: Event) -> Json:
    """What to patch of an occurrence so that it is as it should be."""
    was = shown(there.reader.showing(there.series, told), key_in(told), there.named.calendar)
    return changed(there.reader, told, was, target)
