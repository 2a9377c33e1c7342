"""What each change makes of an event at Google: its first request, and what is left to do then. Nothing is asked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sayso.workspace.errors import ObjectChanged, Refused
from sayso.workspace.events import planning
from sayso.workspace.events.planning import Planned
from sayso.workspace.events.series import Series
from sayso.workspace.google.calendar.doing import Step
from sayso.workspace.google.calendar.reading import is_cancelled, link_in
from sayso.workspace.google.calendar.rest import Rest, Settled, settled_of
from sayso.workspace.google.calendar.source import There
from sayso.workspace.google.calendar.writing import (
    answered,
    answering,
    changed,
    check,
    id_of,
    known,
    meeting,
    parted,
    repetition,
    times,
)
from sayso.workspace.google.client import Json
from sayso.workspace.types import Event, EventDraft, Response, Scope

_ALL_OR_ONE = "for one occurrence, or for all of them"


@dataclass(frozen=True, slots=True)
class Plan:
    """Of a change to an event as it is now, under a key. Whatever is planned raises ObjectNotFound, ObjectChanged,
    Refused."""

    there: There
    scope: Scope
    revision: str
    key: str

    def updated(self, draft: EventDraft, notify: bool) -> Step | None:
        """None: there is nothing to do."""
        was, meant = self._checked()
        check(draft)
        wanted = replace(draft, guests=known(draft.guests, was.guests))
        planned = planning.updated(self._series, self._occurrence, meant, wanted, self._spare)
        if planned.kept is None:
            raise Refused(f"Nothing of '{was.title}' would be left; delete it instead.")
        link = meeting(self.key) if draft.meeting_link and not link_in(self.there.one) else {}
        if meant == "this" and self._occurrence:
            now = planned.kept.overrides[self._occurrence].occasion
            body = changed(self.there.reader, self.there.one, self._series.shown(self._occurrence), now) | link
            return Step(body, notify, self._event(planned)) if body else None
        if planned.split_off is not None:
            return self._parted(planned, planned.split_off, notify, link)
        return self._whole(planned, planned.kept, notify, link)

    def deleted(self, notify: bool, note: str) -> Step:
        was, meant = self._checked(deletes=True)
        if was.organizer is not None:
            return self._left(was, meant, notify, note)
        if note and notify and was.guests:
            raise Refused(
                "Google Calendar sends no words along with a cancellation: delete it without them, and write to the "
                "guests yourself."
            )
        if meant == "this" or self.scope == "all":
            return Step(None, notify, None, whole=meant == "all")
        planned = planning.deleted(self._series, self._occurrence, meant, self._spare)
        if planned.kept is None:
            return Step(None, notify, None, whole=True)
        rest = tuple(self._dropped(planned.kept))
        cut: Json = {"recurrence": repetition(self._series, planned.kept, self.there.cancelled)}
        return Step(cut, notify, None, whole=True, rest=Rest(notify, "", rest) if rest else None)

    def responded(self, response: Response, note: str) -> Step | None:
        was, meant = self._checked()
        planned = planning.responded(self._series, self._occurrence, meant, response, self._spare)
        if planned.split_off is not None or planned.series is None:
            raise Refused(f"The invitation to '{was.title}' can be answered {_ALL_OR_ONE}.")
        answering(self.there.named.calendar, self.there.reader, was.title)
        whole, event = meant != "this", self._event(planned)
        target = self.there.told if whole else self.there.one
        body = answered(self.there.reader, target, replace(was, my_response=response), note)
        rest = self._settled(planned.series, True, event) if whole else None
        return Step(body, True, event, whole, rest)

    # --- kinds of changes -------------------------------------------------------------------------------------------

    def _whole(self, planned: Planned, now: Series, notify: bool, link: Json) -> Step | None:
        """Of a single event, or of all of a series."""
        told, was, event = self.there.told, self._series, self._event(planned)
        body = changed(self.there.reader, told, was.occasion, now.occasion, now.repeats) | link
        lines = repetition(was, now, self.there.cancelled)
        if lines is not None:
            body["recurrence"] = lines
            zone = (told.get("start") or {}).get("timeZone")
            if "start" not in body and not zone and isinstance(now.occasion.start, datetime):
                body |= times(now.occasion, now.repeats)
        others = (now.overrides, now.exdates) != (was.overrides, was.exdates)
        if not body and not others:
            return None
        return Step(body, notify, event, whole=True, rest=self._settled(now, notify, event))

    def _parted(self, planned: Planned, tail: Series, notify: bool, link: Json) -> Step:
        """Of an occurrence and all that follow."""
        told, head, event = self.there.told, planned.series, self._event(planned)
        assert head is not None
        made = parted(self.there.reader, told, self._series.occasion, tail, self.key)
        settled = [*self._dropped(head)]
        if tail.overrides:
            settled.append(settled_of(str(made["id"]), tail, self.there.named.calendar))
        before = tuple(each for each in told.get("recurrence") or () if isinstance(each, str))
        rest = Rest(notify, event.id, tuple(settled), made | link, before)
        cut: Json = {"recurrence": repetition(self._series, head, self.there.cancelled)}
        return Step(cut, notify, event, whole=True, rest=rest)

    def _left(self, was: Event, meant: Scope, notify: bool, note: str) -> Step:
        """Of somebody else's event, in which the user takes no part any more: he declines, if that is to be told."""
        whole = meant != "this"
        if meant == "following":
            planned = planning.deleted(self._series, self._occurrence, meant, self._spare)
            if planned.kept is not None:
                raise Refused(f"The invitation to '{was.title}' can be removed {_ALL_OR_ONE}.")
        target, reader = self.there.told if whole else self.there.one, self.there.reader
        own = [each for each in target.get("attendees") or () if reader.is_own(each)]
        if not notify or not own or (was.my_response == "declined" and not note):
            return Step(None, notify and not own, None, whole)
        body = answered(reader, target, replace(was, my_response="declined"), note)
        return Step(body, True, None, whole, goes=True)

    def _settled(self, now: Series, notify: bool, event: Event) -> Rest | None:
        """What is left to do for the occurrences of a series that was changed as a whole."""
        if not (self.there.exceptions or now.overrides):
            return None
        return Rest(notify, event.id, (settled_of(self.there.named.id, now, self.there.named.calendar),))

    def _dropped(self, head: Series) -> Iterator[Settled]:
        """The changed occurrences behind the end of a series that is cut, which may outlive it."""
        if any(not is_cancelled(each) for each in self.there.exceptions) and head.overrides != self._series.overrides:
            yield settled_of(self.there.named.id, head, self.there.named.calendar)

    # --- checks -----------------------------------------------------------------------------------------------------

    def _checked(self, deletes: bool = False) -> tuple[Event, Scope]:
        """The event as it is shown, and the scope as it is meant."""
        there, key = self.there, self._occurrence
        shown = there.event()
        if there.fixed:
            raise Refused(f"'{shown.title}' may only be looked at, in the calendar '{there.named.calendar.name}'.")
        if shown.revision != self.revision:
            raise ObjectChanged(f"'{shown.title}' has changed since you saw it.")
        if there.odd and (self.scope != "this" or not key) and not (deletes and self.scope == "all"):
            raise Refused(
                f"'{shown.title}' repeats in a way that only Google Calendar itself can change as a whole: change "
                "single occurrences here, or delete all."
            )
        if there.odd:
            return shown, self.scope
        return shown, planning.meant(there.series, key, self.scope)

    def _event(self, planned: Planned) -> Event:
        """What is shown of the change, as far as it is known before."""
        series = planned.series if planned.split_off is None else planned.split_off
        key = planned.event.id.partition("@")[2]
        return self.there.shown(series, key) if series is not None else planned.event

    @property
    def _series(self) -> Series:
        return self.there.series

    @property
    def _occurrence(self) -> str:
        return self.there.named.key

    @property
    def _spare(self) -> str:
        return self.there.named.calendar.id_of(id_of(self.key, 2))
