"""The change that makes of a changed event what it was."""

from datetime import datetime, timedelta
from typing import Any

from sayso.base.zones import zone_named
from sayso.tools.arguments import UpdateCalendarEvent, means
from sayso.tools.base import ToolContext, WorkspaceError
from sayso.tools.event_times import When
from sayso.tools.event_words import repeating, stored_only
from sayso.tools.people import person_args
from sayso.tools.times import instant
from sayso.tools.wording import one_line
from sayso.workspace.events.recurrence import parse_rule, wall
from sayso.workspace.types import Event, EventDraft, Person, Scope

_LOOKED_AT = timedelta(days=31), timedelta(days=92)
"""Before and behind an occurrence: where others are looked for that are not like it."""


async def back(ctx: ToolContext, event: Event, draft: EventDraft, scope: Scope) -> dict[str, Any] | None:
    """The arguments of update_calendar_event that put an event in the state of the draft back to how it is now; None
    where none do so exactly.

    A rule that was changed has lost its exceptions, a series that was parted stays so, and a link that was made stays.
    """
    ruled = draft.recurrence != event.recurrence or bool(draft.exdates)
    if ruled or draft.meeting_link or scope == "following" or (scope == "all" and _other_day(event, draft)):
        return None
    args = _texts(event, draft) | _times(event, draft) | await _guests(ctx, event, draft)
    if draft.reminders != event.reminders:
        args["reminders"] = None if event.reminders is None else list(event.reminders)
    if repeating(event):
        args["scope"] = scope
    if not args.keys() - {"scope"} or None in args.values() or not means(UpdateCalendarEvent, args | {"event": "e"}):
        return None
    return args if scope != "all" or await _even(ctx, event, draft) else None


async def whole_revision(ctx: ToolContext, event: Event) -> str:
    """At which revision an event is, or the series whose occurrence it is: that of the series counts changes to any of
    them. Empty: it cannot be looked at."""
    if not event.series_id:
        return event.revision
    try:
        return (await ctx.calendar.get_event(event.series_id)).revision
    except WorkspaceError:
        return ""


def _other_day(event: Event, draft: EventDraft) -> bool:
    """Whether a rule of months or years is moved to other days: the way back may meet others."""
    zone = zone_named(event.timezone)
    moved = wall(draft.start, zone).date() != wall(event.start, zone).date()
    return moved and parse_rule(event.recurrence).get("FREQ") in ("MONTHLY", "YEARLY") if event.recurrence else False


def _texts(event: Event, draft: EventDraft) -> dict[str, Any]:
    args: dict[str, Any] = {}
    if draft.title != event.title:
        args["title"] = event.title if one_line(event.title) == event.title else None
    if draft.location != event.location:
        args["location"] = event.location
    if draft.description != event.description:
        args["description"] = event.description
    return args


def _times(event: Event, draft: EventDraft) -> dict[str, Any]:
    """None stands for what no argument says: seconds, and a zone that is no place."""
    args: dict[str, Any] = {}
    if (draft.start, draft.end) != (event.start, event.end):
        zone = zone_named(event.timezone)
        begin, end = (
            each.astimezone(zone) if isinstance(each, datetime) else each for each in (event.start, event.end)
        )
        told = When(begin, end, zone).time_args()
        args |= {name: value for name, value in told.items() if value is not None}
        if isinstance(event.start, datetime) and isinstance(event.end, datetime):
            whole = not (event.start.microsecond or (event.end - event.start) % timedelta(minutes=1))
            args["duration_minutes"] = args["duration_minutes"] if whole else None
        elif isinstance(draft.start, datetime):
            args["start"] = f"{args['start']} all day"
    if draft.timezone != event.timezone:
        args["timezone"] = None if stored_only(event.timezone) else event.timezone
    return args


async def _guests(ctx: ToolContext, event: Event, draft: EventDraft) -> dict[str, Any]:
    then, now = ({who.email.casefold(): who for who in each.guests} for each in (event, draft))
    lost = [Person(who.email, who.name) for key, who in then.items() if key not in now]
    gained = [who.email for key, who in now.items() if key not in then]
    args = {"add_guests": await person_args(ctx, lost), "remove_guests": gained}
    return {name: value for name, value in args.items() if value}


async def _even(ctx: ToolContext, event: Event, draft: EventDraft) -> bool:
    """Whether the occurrences around this one are all like it in what is changed: one that differs keeps its own, and
    could not be told from the others when they are changed back."""
    begin = instant(event.start, ctx.timezone)
    try:
        events = await ctx.calendar.list_events(begin - _LOOKED_AT[0], begin + _LOOKED_AT[1])
    except WorkspaceError:
        return False
    series = event.series_id or event.id
    own, new = _shape(event), _shape(draft)
    changed = [name for name in own if own[name] != new[name]]
    others = [_shape(each) for each in events if series in (each.series_id, each.id)]
    return all(other[name] == own[name] for other in others for name in changed)


def _shape(event: EventDraft) -> dict[str, Any]:
    """What occurrences of a series have in common."""
    begin, end = (wall(each, zone_named(event.timezone)) for each in (event.start, event.end))
    return {
        "title": event.title,
        "time": (isinstance(event.start, datetime), begin.time(), end - begin, event.timezone),
        "location": event.location,
        "description": event.description,
        "guests": frozenset(who.email.casefold() for who in event.guests),
        "reminders": event.reminders,
    }
