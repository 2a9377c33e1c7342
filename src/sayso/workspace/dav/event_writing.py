"""Changes of events on a server: guarded, each once for its key, and finished by whoever comes by that key again."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from sayso.workspace.connected.invitations import Invitation, Post
from sayso.workspace.dav.collections import Collection
from sayso.workspace.dav.errors import NotDone, Preconditioned
from sayso.workspace.dav.event_rest import Rest, kept_in, rest_in
from sayso.workspace.dav.event_source import EventSource, There
from sayso.workspace.dav.task_source import member_of, name_of
from sayso.workspace.dav.urls import host_of
from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused, Unavailable, Uncertain
from sayso.workspace.events import planning
from sayso.workspace.events.looking import counted
from sayso.workspace.formats.ical_rest import with_rest
from sayso.workspace.types import Event

TRIES: Final = 5
"""How often something is changed that others change at the same time in ways that are not shown."""
_LOCKED: Final = 423
LOCKED_SECONDS: Final = 0.1
"""Before the first new try at what another one is changing; each further one waits twice as long."""
TOO_LONG: Final = "It takes too long to find out what the change makes of this event."
_MEDIA: Final = "text/calendar; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Step:
    """The first request of a change, and what is to be done after it."""

    content: bytes | None
    """None: the event goes."""
    rest: Rest
    shown: str
    """The key of the occurrence that is shown then."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of a deletion."""


class EventWriter:
    def __init__(self, source: EventSource, post: Post | None) -> None:
        self._source = source
        self._dav = source.dav
        self._post = post

    async def make(self, collection: Collection, content: bytes, rest: Rest, name: str = "", shown: str = "") -> Event:
        """Store a new event under its key, or another name, and do the rest. `shown`: as of a `Step`."""
        there = await self._made(collection, kept_in(content, rest), rest.key, name)
        done, unreached = await self._finish(there, rest.key)
        return _told(await self.found(done, shown, rest.key), unreached)

    async def change(self, event_id: str, key: str, plan: Callable[[There], Step]) -> Event | None:
        """Do what `plan` makes of the event as it is now, unless that was done under the key. None: it is gone. Raises
        what it raises, and ObjectNotFound, Refused, Unavailable, Uncertain."""
        for tried in range(TRIES):
            there = await self._source.get(event_id)
            if key in there.obj.keys:
                return await self.finish(there, event_id.partition("@")[2], key)
            step = await asyncio.to_thread(counted, partial(plan, there), TOO_LONG)
            try:
                if step.content is None:
                    await self._dav.delete(there.url, there.etag, step.headers)
                    return None
                content = kept_in(step.content, step.rest)
                if content == there.obj.text:
                    return there.event(step.shown)
                await self._dav.put(there.url, content, _MEDIA, if_match=there.etag)
            except Preconditioned:
                continue
            except NotDone as error:
                if error.status == _LOCKED:  # another one is changing it
                    await asyncio.sleep(LOCKED_SECONDS * 2**tried)
                    continue
                raise
            return await self.finish(await self._again(there, content), step.shown, key)
        raise Unavailable("That event is being changed by others all the time.")

    async def finish(self, there: There, shown: str, key: str) -> Event | None:
        """Do what is still to be done under the key. None: the event is gone."""
        rest = rest_in(there.obj, key)
        done, unreached = await self._finish(there, key)
        if rest is not None and rest.gone:
            return None
        return _told(await self.found(done, shown, key), unreached)

    async def found(self, there: There, shown: str, key: str) -> Event:
        """What the change under the key made of an event: the occurrence, or the first."""
        event = _shown(there, shown) if shown or not there.obj.series.repeats else None
        if event is None and shown:  # it is in the series that was split off, or was moved
            new = await self._source.carrying([there.collection], name_of(key), key)
            event = _shown(new, shown) or _first(new) if new is not None else None
        return event or _first(there)

    async def _made(self, collection: Collection, content: bytes, key: str, name: str = "") -> There:
        """Servers refuse what is there already in several ways, so that its own key decides."""
        url = member_of(collection, name or name_of(key))
        me = await self._source.me()
        try:
            await self._dav.put(url, content, _MEDIA, new=True)
        except (Preconditioned, NotDone) as error:
            try:
                there = await self._source.there(collection, url)
            except (Unavailable, Refused) as lost:
                raise Uncertain(f"{host_of(url)} did not say whether the event is there.") from lost
            if there is not None and key in there.obj.keys:
                return there
            raise Refused(_refusal(error, collection)) from error
        return await self._again(self._source.read(collection, url, "", content, me), content)

    async def _again(self, there: There, content: bytes) -> There:
        """As the server has it, which may write it in its own way; if that cannot be seen, as it was sent: another look
        could fail, and the change would be told for not done."""
        try:
            found = await self._source.there(there.collection, there.url)
        except (Refused, Unavailable):
            found = None
        if found is not None:
            return found
        return self._source.read(there.collection, there.url, "", content, await self._source.me())

    async def _finish(self, there: There, key: str) -> tuple[There, tuple[str, ...]]:
        rest = rest_in(there.obj, key)
        if rest is None:
            return there, ()
        try:
            if rest.series:
                await self._made(there.collection, rest.series.encode(), key)
            unreached = await self._mailed(there, rest)
            for _ in range(TRIES):
                if await self._cleared(there, rest):
                    return (there if rest.gone else await self._again(there, with_rest(there.obj.text, b""))), unreached
                found = await self._source.there(there.collection, there.url)
                if found is None:
                    return there, unreached
                there = found
            raise Unavailable("That event is being changed by others all the time.")
        except (Refused, Unavailable, ObjectChanged, ObjectNotFound) as error:
            raise Uncertain(f"The change was begun, but not all of it is done: {error}") from error

    async def _mailed(self, there: There, rest: Rest) -> tuple[str, ...]:
        """Send the mails; whom they cannot be sent to. One of which it is not known whether it went out holds up no
        other one. Raises Unavailable, and Uncertain where there is such a one."""
        unreached, doubt = list[str](), None
        for key, mail in _each(rest):
            try:
                if self._post is None:
                    raise Refused("There is no mailbox to send it from.")
                await self._post.post(mail, key)
            except Refused:
                unreached += [person.email for person in mail.to]
            except Uncertain as error:
                doubt = doubt or error
        if doubt is not None:
            raise _untold(there, rest, doubt) from doubt
        return tuple(dict.fromkeys(unreached))

    async def _cleared(self, there: There, rest: Rest) -> bool:
        """Whether nothing is left to be done; False: the event is not as it was."""
        try:
            if rest.gone:
                await self._dav.delete(there.url, there.etag)
            else:
                await self._dav.put(there.url, with_rest(there.obj.text, b""), _MEDIA, if_match=there.etag)
        except Preconditioned:
            return False
        except ObjectNotFound:
            pass
        return True

    async def check_mails(self, there: There, rest: Rest) -> None:
        """Raises Uncertain where there is no telling which of the mails were sent, so that none may be sent again."""
        try:
            for key, _ in _each(rest):
                if self._post is not None:
                    await self._post.posted(key)
        except Uncertain as error:
            raise _untold(there, rest, error) from error


def _each(rest: Rest) -> Iterator[tuple[str, Invitation]]:
    """The mails with the keys that they go under: each person gets one of his own, for a server refuses a mail for all
    whom it is to if it refuses it for one."""
    alone = (replace(mail, to=(person,)) for mail in rest.mails for person in mail.to)
    return ((f"{rest.key}.{number}", mail) for number, mail in enumerate(alone, 1))


def _untold(there: There, rest: Rest, error: Uncertain) -> Uncertain:
    """What is known of a change though not of its mails, so that nobody makes it twice."""
    title = there.obj.series.occasion.title
    known = f"'{title}' is still in the calendar." if rest.gone else f"'{title}' is in the calendar as you wanted it."
    return Uncertain(f"{known} Whether everybody was told is not known: {error}")


def _first(there: There) -> Event:
    return there.event(planning.first_of(there.obj.series).id.partition("@")[2])


def _shown(there: There, key: str) -> Event | None:
    try:
        return there.event(key)
    except ObjectNotFound:
        return None


def _told(event: Event, unreached: tuple[str, ...]) -> Event:
    return replace(event, undelivered=tuple(dict.fromkeys((*event.undelivered, *unreached))))


def _refusal(error: Preconditioned | NotDone, collection: Collection) -> str:
    if isinstance(error, Preconditioned) or error.element == "no-uid-conflict":
        return f"The calendar '{collection.name}' has something else in this event's place."
    return f"The calendar '{collection.name}' does not take it: {error}"
