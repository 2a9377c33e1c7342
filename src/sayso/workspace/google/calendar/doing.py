"""Changes of events: guarded, each once for its key, and finished by whoever comes by that key again."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from sayso.workspace.connected.marks import Marks
from sayso.workspace.errors import ObjectNotFound, ReconnectNeeded, Refused, Unavailable, Uncertain, WorkspaceError
from sayso.workspace.events.looking import counted
from sayso.workspace.google.calendar.calendars import Listed
from sayso.workspace.google.calendar.marking import GONE, finished, keys_in, marked, rest_in, unmarked
from sayso.workspace.google.calendar.rest import Rest, keep, kept, shown_by
from sayso.workspace.google.calendar.settling import TRIES, Settling
from sayso.workspace.google.calendar.source import EventSource, Named, There, first_key
from sayso.workspace.google.calendar.writing import id_of, params_of
from sayso.workspace.google.client import Json
from sayso.workspace.google.errors import NotDone, Preconditioned, Taken
from sayso.workspace.types import Event

TOO_LONG: Final = "It takes too long to find out what the change makes of this event."
BUSY: Final = "That event is being changed by others all the time."
_TAKEN: Final = "Google Calendar has something else in this event's place."
_NOT_ORGANIZED: Final = "forbiddenForNonOrganizer"


@dataclass(frozen=True, slots=True)
class Step:
    """The first request of a change, and what is to be done after it. `body`: of a patch; None: what is meant goes."""

    body: Json | None
    notify: bool
    event: Event | None
    """As it is then, as far as is known; None: nobody wants to see it."""
    whole: bool = False
    """Whether it is to the series, not to the occurrence."""
    rest: Rest | None = None
    goes: bool = False
    """Whether all that is left then is to delete it."""


class EventWriter:
    def __init__(self, source: EventSource, marks: Marks) -> None:
        self._source = source
        self._google = source.google
        self._marks = marks

    # --- new events -------------------------------------------------------------------------------------------------

    async def make(self, calendar: Listed, body: Json, key: str, notify: bool) -> Json:
        """The event of this body, made unless it is there. Raises Refused, Unavailable, Uncertain."""
        path = calendar.at(str(body["id"]))
        try:  # Google may not notice that an id is taken (events.insert, `id`), so it is looked at before
            found = await self._google.get("calendar", path)
        except ObjectNotFound:
            pass
        else:
            return _made_by(key, found)
        try:
            return await self._google.change("POST", "calendar", calendar.events, body, params_of(body, notify))
        except Taken as error:
            try:
                return _made_by(key, await self._google.get("calendar", path))
            except (ObjectNotFound, Unavailable) as lost:
                raise Uncertain("Google Calendar did not say whether the event is there.") from lost
            except Refused as refused:
                raise refused from error
        finally:
            self._source.seen.forget(calendar)

    # --- changes ----------------------------------------------------------------------------------------------------

    async def change(
        self, event_id: str, key: str, whole: bool, plan: Callable[[There], Step | None], shows: bool = True
    ) -> Event | None:
        """Do what `plan` makes of the event as it is now, unless that was done under the key; `whole`: it needs all of
        a series; `shows`: whether to look what came of it. None: it is gone, or nobody looked. Raises what it raises,
        and ObjectNotFound, Refused, Unavailable, Uncertain."""
        named = await self._source.named(event_id)
        for _ in range(TRIES):
            told = await self._source.told(named.calendar, named.id)
            if key in keys_in(told):
                return await self._finished(named, told, key, shows)
            there = await self._source.there(named, told, whole)
            if key in keys_in(there.one):
                return await self._finished(named, there.one, key, shows)
            try:
                step = await asyncio.to_thread(counted, partial(plan, there), TOO_LONG)
            except WorkspaceError:  # what was shown may be what is remembered, and that be wrong
                self._source.seen.forget(named.calendar)
                raise
            if step is None:
                return there.event()
            try:
                answer = await self._first(there, step, key)
            except Preconditioned:
                continue
            finally:
                self._source.seen.forget(named.calendar)
            return await self._after(there, step, answer, key)
        raise Unavailable(BUSY)

    async def _first(self, there: There, step: Step, key: str) -> Json:
        """The request that is made only where the event is as it was seen."""
        target = there.told if step.whole else there.one
        calendar, etag = there.named.calendar, str(target.get("etag") or "")
        path = calendar.at(str(target.get("id") or there.named.id))
        try:
            if step.body is None:
                told = {"sendUpdates": "all" if step.notify else "none"}
                return await self._google.change("DELETE", "calendar", path, params=told, if_match=etag)
            rest = GONE if step.goes else await keep(self._marks, key, step.rest) if step.rest else ""
            body = {**step.body, "extendedProperties": marked(target, key, rest)}
            answer = await self._google.change("PATCH", "calendar", path, body, params_of(body, step.notify), etag)
            return {**target, **body, **answer}
        except NotDone as error:
            raise _organized(there, error) from error
        except ObjectNotFound:
            if step.body is None:  # somebody else was first
                return {}
            raise

    async def _after(self, there: There, step: Step, answer: Json, key: str) -> Event | None:
        if step.body is None:
            return None
        if step.goes or step.rest is not None:
            return await self._finished(there.named, answer, key, step.event is not None, step.event)
        if step.event is None:
            return None
        if step.whole:
            return await self.look(step.event.id) or step.event
        try:
            return await asyncio.to_thread(counted, partial(_shown, there, answer), TOO_LONG)
        except WorkspaceError:
            return step.event

    # --- the rest ---------------------------------------------------------------------------------------------------

    async def _finished(
        self, named: Named, told: Json, key: str, shows: bool, event: Event | None = None
    ) -> Event | None:
        """Do what is still to be done under the key of an event that it was made to; `event`: as it is then, if that is
        known. None: it is gone, or nobody looks."""
        name = rest_in(told, key)
        try:
            if name == GONE:
                await self._deleted(named.calendar, str(told["id"]))
                return None
            if name:
                await self._do(named.calendar, told, key, name)
        except _Undone as undone:
            raise undone.why from undone
        except (Refused, Unavailable, Uncertain, ObjectNotFound, Taken, Preconditioned) as error:
            raise Uncertain(f"The change was begun, but not all of it is done: {error}") from error
        finally:
            if name:
                self._source.seen.forget(named.calendar)
        if not shows:
            return None
        try:
            return await self.found(named, key, event)
        except (Refused, Unavailable) as error:
            raise Uncertain(f"It is done, but cannot be looked at right now: {error}") from error

    async def found(self, named: Named, key: str, event: Event | None = None) -> Event:
        """What the change under the key made of an event: the occurrence, or the first. `event`: as it is then, if that
        is known. Raises ObjectNotFound, Refused, Unavailable."""
        if event is not None:
            return await self.look(event.id) or event
        whole, other = named.calendar.id_of(named.id), named.calendar.id_of(id_of(key, 2))
        ids = await shown_by(self._marks, key)
        ids += [f"{each}@{named.key}" for each in (whole, other) if named.key]
        for each in dict.fromkeys((*ids, other)):
            if (there := await self.look(each)) is not None:
                return there
        return await self._first_of(await self._source.get(whole))

    async def look(self, event_id: str) -> Event | None:
        """An event, of a series the first; None: it is not there, or cannot be seen, for which no change fails."""
        try:
            return await self._first_of(await self._source.get(event_id))
        except (ObjectNotFound, Refused, Unavailable):
            return None

    async def _first_of(self, there: There) -> Event:
        key = there.named.key or await asyncio.to_thread(first_key, there.series)
        return there.event(key)

    async def _do(self, calendar: Listed, told: Json, key: str, name: str) -> None:
        rest = await kept(self._marks, key, name)
        if rest is None:
            raise Refused("What was left to do is not known any more.")
        if rest.made is not None:
            try:
                await self.make(calendar, rest.made, key, rest.notify)
            except ReconnectNeeded:
                raise
            except Refused as error:
                await self._undo(calendar, str(told["id"]), key, rest)
                raise _Undone(error) from error
        settling = Settling(self._source, calendar, key, rest.notify)
        for each in rest.settled:
            await settling.settle(each)
        await self._cleared(calendar, str(told["id"]), key)

    async def _cleared(self, calendar: Listed, event_id: str, key: str) -> None:
        """Nothing is left to be done."""
        for _ in range(TRIES):
            try:
                told = await self._source.told(calendar, event_id)
            except ObjectNotFound:
                return
            if not rest_in(told, key):
                return
            body: Json = {"extendedProperties": finished(told)}
            if await self._patched(calendar, told, body, notify=False):
                return
        raise Unavailable(BUSY)

    async def _undo(self, calendar: Listed, event_id: str, key: str, rest: Rest) -> None:
        """A series that was cut goes on as before, since what should follow is refused."""
        for _ in range(TRIES):
            told = await self._source.told(calendar, event_id)
            if not rest_in(told, key):
                return
            body: Json = {"recurrence": [*rest.before], "extendedProperties": unmarked(told, key)}
            if await self._patched(calendar, told, body, rest.notify):
                return
        raise Unavailable(BUSY)

    async def _patched(self, calendar: Listed, told: Json, body: Json, notify: bool) -> bool:
        """Whether it was at its ETag still."""
        etag, path = str(told.get("etag") or ""), calendar.at(str(told["id"]))
        try:
            await self._google.change("PATCH", "calendar", path, body, params_of(body, notify), etag)
        except Preconditioned:
            return False
        return True

    async def _deleted(self, calendar: Listed, event_id: str) -> None:
        try:
            await self._google.change("DELETE", "calendar", calendar.at(event_id), params={"sendUpdates": "none"})
        except ObjectNotFound:
            return


class _Undone(Exception):
    """What was begun is as it was before. `why`: it was refused."""

    def __init__(self, why: Refused) -> None:
        super().__init__(str(why))
        self.why = why


def _shown(there: There, answer: Json) -> Event:
    """What was changed, as Google answered it."""
    if there.instance is not None:
        return there.shown(there.reader.showing(there.series, answer), there.named.key)
    series, _ = there.reader.series(answer)
    return there.shown(series, first_key(series))


def _made_by(key: str, told: Json) -> Json:
    """What is there under the id of a key, unless it is something else. Raises Refused."""
    if key in keys_in(told) or told.get("status") == "cancelled":
        return told
    raise Refused(_TAKEN)


def _organized(there: There, error: NotDone) -> Refused:
    """A refusal, with whose event it is."""
    who = there.told.get("organizer")
    if error.reason != _NOT_ORGANIZED or not isinstance(who, dict) or not who.get("email"):
        return error
    title = there.event().title
    return Refused(f"Only {who.get('displayName') or who['email']}, who organizes '{title}', can change it.")
