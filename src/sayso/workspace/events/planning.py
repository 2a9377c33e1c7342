"""What is to be done to a calendar for each change that people ask for. Pure functions, for every calendar that keeps
series: they differ in how they store what comes of it."""

from dataclasses import dataclass, replace

from sayso.base.rrule import format_rule
from sayso.workspace.errors import Refused
from sayso.workspace.events.changes import excepted, respond_all, respond_one, split, update_all, update_one, without
from sayso.workspace.events.gaps import begun_in_gap, skipped
from sayso.workspace.events.recurrence import parse_rule
from sayso.workspace.events.series import Series, series_of
from sayso.workspace.types import Event, EventDraft, Response, Scope


@dataclass(frozen=True, slots=True)
class Planned:
    """What becomes of a series."""

    series: Series | None
    """As it is then; None: it goes."""
    split_off: Series | None
    """What is from then on a series of its own."""
    event: Event
    """What is shown of the change: the event as it is then, of one that goes as it was."""

    @property
    def kept(self) -> Series | None:
        """The series, if anything is left of it."""
        return None if self.series is None or self.series.is_empty() else self.series


def created(draft: EventDraft, event_id: str) -> Series:
    """The new event or series. Raises Refused."""
    series = series_of(event_id, event_id, draft)
    if wall := skipped(draft.start, series.occasion.zone):
        series = begun_in_gap(series, wall)
    return excepted(series, draft.exdates)


def meant(series: Series, key: str, scope: Scope) -> Scope:
    """The scope as it is meant: an event that does not repeat is `this` one. Raises Refused."""
    if series.repeats and not key and scope != "all":
        raise Refused(f"'{series.event(key).title}' repeats: say which occurrence is meant.")
    return scope if series.repeats else "this"


def updated(series: Series, key: str, scope: Scope, draft: EventDraft, spare_id: str) -> Planned:
    """The series, its occurrence `key` or the one and all following in the state of the draft; `spare_id`: of a series
    that is split off. Raises Refused."""
    if series.organizer is not None:
        who = series.organizer.name or series.organizer.email
        raise Refused(f"Only {who}, who organizes '{series.event(key).title}', can change it.")
    if draft.recurrence:
        draft = replace(draft, recurrence=format_rule(parse_rule(draft.recurrence)))
    if scope == "this":
        if key and draft.recurrence not in ("", series.recurrence):
            raise Refused("One occurrence cannot repeat differently: change this and following, or all.")
        changed = update_one(series, key, draft)
        return Planned(changed, None, changed.event(key) if key else first_of(changed))
    head, part = split(series, key, spare_id) if scope == "following" else (None, series)
    if scope == "following" and draft.recurrence == series.recurrence:
        draft = replace(draft, recurrence=part.recurrence)
    changed, key = update_all(part, key, draft)
    return _parted(head, changed, key)


def deleted(series: Series, key: str, scope: Scope, spare_id: str) -> Planned:
    """The series without this occurrence, without it and all following, or nothing of it."""
    kept: Series | None = None
    if scope == "this" and key:
        kept = without(series, key)
    elif scope == "following":
        kept, _ = split(series, key, spare_id)
    return Planned(kept, None, series.event(key))


def responded(series: Series, key: str, scope: Scope, response: Response, spare_id: str) -> Planned:
    """The invitation with the user's answer. Raises Refused of an event of his own."""
    if series.organizer is None:
        raise Refused(f"You organize '{series.event(key).title}' yourself: there is nobody to answer.")
    if scope == "this":
        changed = respond_one(series, key, response)
        return Planned(changed, None, changed.event(key))
    head, part = split(series, key, spare_id) if scope == "following" else (None, series)
    return _parted(head, respond_all(part, response), key)


def _parted(head: Series | None, changed: Series, key: str) -> Planned:
    event = changed.event(key)
    return Planned(changed, None, event) if head is None else Planned(head, changed, event)


def first_of(series: Series) -> Event:
    """The event, or the first occurrence of a series."""
    if not series.repeats:
        return series.event()
    pattern = series.pattern
    return series.event(pattern.key(next(pattern.slots())))
