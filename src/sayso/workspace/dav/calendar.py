"""Calendars on a server of CalDAV (RFC 4791) as one.

What we make is named by its key; what we change carries the key of the change, and what is still to be done of it.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from sayso.base.clock import Clock
from sayso.workspace.connected.invitations import Inbox, Invitation, Post
from sayso.workspace.dav.event_rest import Rest, rest_in
from sayso.workspace.dav.event_source import EventSource, There
from sayso.workspace.dav.event_utc import in_utc
from sayso.workspace.dav.event_writing import TOO_LONG, EventWriter, Step
from sayso.workspace.dav.homes import Homes
from sayso.workspace.dav.invitations import Invitations, is_invitation
from sayso.workspace.dav.listing import Members
from sayso.workspace.dav.scheduling import Mails, busy, schedules
from sayso.workspace.dav.task_source import name_of
from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused
from sayso.workspace.events import planning
from sayso.workspace.events.looking import counted
from sayso.workspace.events.planning import Planned
from sayso.workspace.formats.ical_editing import Edit, edited, signed
from sayso.workspace.formats.ical_new import written
from sayso.workspace.formats.ical_object import read_object
from sayso.workspace.people import Me, same_address
from sayso.workspace.protocols import Stretch
from sayso.workspace.types import Event, EventDraft, Feature, Guest, Person, Response, Scope


class DavCalendar:
    """A `Calendar`. `zone`: of times that name none, where their calendar does not say; `tells`: whether the server
    writes to guests itself, as was found when it was connected (`scheduling.schedules`); `post`: writes to them where
    it does not; `inbox`: has the invitations that such a server does not take in. It opens no connection before it is
    asked for something."""

    def __init__(
        self,
        homes: Homes,
        members: Members,
        me: Me,
        clock: Clock,
        zone: ZoneInfo,
        post: Post | None = None,
        tells: bool = False,
        inbox: Inbox | None = None,
    ) -> None:
        self._homes = homes
        self._source = EventSource(homes, members, me, zone)
        self._writer = EventWriter(self._source, post)
        self._clock = clock
        self._post = post
        self._tells = tells
        self._invitations = Invitations(self._source, inbox, clock, zone) if inbox is not None and not tells else None

    @property
    def features(self) -> frozenset[Feature]:
        return frozenset({"reminders"} if self._tells else {"reminders", "words_of_cancelling"})

    @property
    def tells_others(self) -> bool:
        return self._tells or self._post is not None

    async def list_events(self, start: datetime, end: datetime) -> list[Event]:
        events = await self._source.between(start, end)
        return events if self._invitations is None else await self._invitations.beside(events, start, end)

    async def get_event(self, event_id: str) -> Event:
        there = await self._invited(event_id) or await self._source.get(event_id)
        look = partial(there.event, event_id.partition("@")[2])
        return await asyncio.to_thread(counted, look, "It takes too long to find out when that event happens.")

    async def create_event(self, draft: EventDraft, key: str, notify: bool) -> Event:
        series = planning.created(in_utc(draft), key)
        collection = await self._source.default()
        edit = await self._edit(key, notify)
        text = written(series, edit)
        mails = Mails(await self._source.me(), edit, read_object(text, edit.me, series.occasion.zone, key))
        told = tuple(mails.invited(text)) if notify and self._mails(edit) else ()
        return await self._writer.make(collection, text, Rest(key, mails=told))

    async def update_event(
        self, event_id: str, draft: EventDraft, scope: Scope, revision: str, key: str, notify: bool
    ) -> Event:
        edit, event_id = await self._edit(key, notify), await self._in_calendar(event_id)

        def plan(there: There) -> Step:
            was, meant = self._checked(there, event_id, scope, revision)
            occurrence, series = event_id.partition("@")[2], there.obj.series
            wanted = replace(in_utc(draft), guests=tuple(_answered(draft.guests, was.guests)))
            planned = planning.updated(series, occurrence, meant, wanted, key)
            text, split_off = self._texts(there, planned, edit)
            told: Iterable[Invitation] = ()
            if notify and self._mails(edit):
                alone = occurrence if meant == "this" else ""
                told = Mails(edit.me, edit, there.obj).updated(was, planned.event, alone, text, split_off)
            rest = Rest(key, split_off.decode(), tuple(told))
            return Step(text, rest, planned.event.id.partition("@")[2])

        event = await self._writer.change(event_id, key, plan)
        assert event is not None
        return event

    async def delete_event(self, event_id: str, scope: Scope, revision: str, key: str, notify: bool, note: str) -> None:
        edit, event_id = await self._edit(key, notify), await self._in_calendar(event_id)
        waiting = await self._invitations.uids() if self._invitations is not None else frozenset()

        def plan(there: There) -> Step:
            was, meant = self._checked(there, event_id, scope, revision)
            occurrence, series = event_id.partition("@")[2], there.obj.series
            planned = planning.deleted(series, occurrence, meant, key)
            text = edited(there.obj, planned.kept, edit) if planned.kept is not None else b""
            if not text and series.organizer is not None and series.uid in waiting:
                # It stays as declined, for its mail would bring it up again as unanswered.
                answer = planning.responded(series, occurrence, meant, "declined", key)
                text = edited(there.obj, answer.kept or series, edit)
            told: tuple[Invitation, ...] = ()
            if notify and self._mails(edit):
                mails = Mails(edit.me, edit, there.obj)
                if series.organizer is None:
                    told = tuple(mails.cancelled(was, occurrence, meant, note, text))
                else:
                    which: Scope = "all" if meant == "all" else "this"
                    answer = planning.responded(series, occurrence, which, "declined", key)
                    declined = edited(there.obj, answer.kept or series, edit)
                    told = tuple(mails.declined(was, occurrence, meant, note, declined))
            if not text and told:
                return Step(signed(there.obj, edit), Rest(key, mails=told, gone=True), "")
            quiet = {"Schedule-Reply": "F"} if series.organizer is not None and not notify else {}
            return Step(text or None, Rest(key, mails=told), "", quiet)

        await self._writer.change(event_id, key, plan)

    async def respond(
        self, event_id: str, response: Response, scope: Scope, revision: str, key: str, note: str
    ) -> Event:
        edit = replace(await self._edit(key, notify=True), note=note)

        def plan(there: There) -> Step:
            was, meant = self._checked(there, event_id, scope, revision)
            occurrence, series = event_id.partition("@")[2], there.obj.series
            planned = planning.responded(series, occurrence, meant, response, key)
            if planned.split_off is not None:
                raise Refused(
                    f"The invitation to '{was.title}' can be answered for one occurrence, or for all of them."
                )
            text, _ = self._texts(there, planned, edit)
            told: Iterable[Invitation] = ()
            if self._mails(edit):
                alone = occurrence if meant == "this" else ""
                told = Mails(edit.me, edit, there.obj).answered(planned.event, alone, note, text)
            return Step(text, Rest(key, mails=tuple(told)), planned.event.id.partition("@")[2])

        invited = await self._invited(event_id)
        if invited is not None and not invited.url:
            step, collection = (
                await asyncio.to_thread(counted, partial(plan, invited), TOO_LONG),
                await self._source.default(),
            )
            assert step.content is not None
            return await self._writer.make(collection, step.content, step.rest, name_of(invited.id), step.shown)
        event = await self._writer.change(_id_in(invited, event_id), key, plan)
        assert event is not None
        return event

    async def busy(
        self, people: Sequence[Person], start: datetime, end: datetime
    ) -> Mapping[str, Sequence[Stretch] | None]:
        site = await self._homes.site()
        if not site.outbox:
            return dict.fromkeys(who.email for who in people)
        named = f"sayso-{self._clock.now():%Y%m%dT%H%M%S%f}"
        return await busy(self._homes.dav, site.outbox, await self._source.organizer(), people, start, end, named)

    async def applied(self, key: str, object_id: str) -> str | None:
        if not object_id:
            there = await self._source.carrying(await self._source.collections(fresh=True), name_of(key), key)
        elif self._invitations is not None and is_invitation(object_id):
            there = await self._invitations.stored(object_id)
        else:
            try:
                there = await self._source.get(object_id)
            except ObjectNotFound:  # deleted
                return object_id
        if there is None or key not in there.obj.keys:
            return None
        rest = rest_in(there.obj, key)
        if rest is not None:
            await self._writer.check_mails(there, rest)
            return None
        return (await self._writer.found(there, object_id.partition("@")[2], key)).id

    # --- invitations by mail ----------------------------------------------------------------------------------------

    async def _invited(self, event_id: str) -> There | None:
        """What an id of an invitation means by now, as `Invitations.get` has it; None: it is another id."""
        if self._invitations is None or not is_invitation(event_id):
            return None
        return await self._invitations.get(event_id)

    async def _in_calendar(self, event_id: str) -> str:
        """The id of the event to be changed. Raises Refused where it is only an invitation."""
        invited = await self._invited(event_id)
        if invited is not None and not invited.url:
            title = invited.obj.series.occasion.title
            raise Refused(f"'{title}' is an invitation that is not answered yet: accept or decline it first.")
        return _id_in(invited, event_id)

    # --- changing ---------------------------------------------------------------------------------------------------

    def _checked(self, there: There, event_id: str, scope: Scope, revision: str) -> tuple[Event, Scope]:
        """The event as it is shown, and the scope as it is meant. Raises ObjectNotFound, ObjectChanged, Refused."""
        key = event_id.partition("@")[2]
        shown = there.event(key)
        if not there.collection.writable:
            raise Refused(f"The calendar '{there.collection.name}' may only be looked at.")
        if there.obj.later:
            raise Refused(
                f"'{shown.title}' changes on one day for good, which only another calendar program can change."
            )
        if shown.revision != revision:
            raise ObjectChanged(f"'{shown.title}' has changed since you saw it.")
        return shown, planning.meant(there.obj.series, key, scope)

    def _texts(self, there: There, planned: Planned, edit: Edit) -> tuple[bytes, bytes]:
        """The event as it is then, and the series that is split off."""
        if planned.kept is None:
            raise Refused(f"Nothing of '{planned.event.title}' would be left; delete it instead.")
        split_off = b"" if planned.split_off is None else edited(there.obj, planned.split_off, edit)
        return edited(there.obj, planned.kept, edit), split_off

    async def _edit(self, key: str, notify: bool) -> Edit:
        agent = None if not schedules(await self._homes.site()) else "" if notify else "CLIENT"
        return Edit(key, self._clock.now(), await self._source.me(), await self._source.organizer(), agent)

    def _mails(self, edit: Edit) -> bool:
        """Whether it is ours to write to others: never beside a server that does."""
        return self._post is not None and edit.agent is None


def _id_in(invited: There | None, event_id: str) -> str:
    """The id of what an invitation has become in the calendar."""
    _, at, occurrence = event_id.partition("@")
    return event_id if invited is None else f"{invited.id}{at}{occurrence}"


def _answered(wanted: Iterable[Guest], there: Sequence[Guest]) -> Iterable[Guest]:
    """The guests with the answers that they have given by now."""
    for guest in wanted:
        known = next((each for each in there if same_address(each.email, guest.email)), None)
        yield guest if known is None else replace(guest, response=known.response)
