"""Events in previews, questions and receipts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sayso.base.zones import zone_named, zone_title
from sayso.english import dates
from sayso.tools.base import ToolContext
from sayso.tools.free import is_busy
from sayso.tools.people import is_me
from sayso.tools.times import elapsed, instant
from sayso.tools.wording import addresses, join, one_line, quoted, visible
from sayso.workspace.types import Event, EventDraft, Guest, Person, Scope

SCOPES: dict[Scope, str] = {"this": "only this one", "following": "this and all following", "all": "the whole series"}


def event_when(ctx: ToolContext, event: EventDraft) -> str:
    """ "Tue 10 March 2026, 3:00–4:00 PM", in the user's zone."""
    return _span(event, ctx.timezone)


def planned_when(draft: EventDraft) -> str:
    """ "Tue 10 March 2026, 3:00–4:00 PM (America/New_York)": in the event's own zone, which is named."""
    span = _span(draft, zone_named(draft.timezone))
    return f"{span} ({zone_title(draft.timezone)})" if isinstance(draft.start, datetime) else span


def _span(event: EventDraft, zone: ZoneInfo) -> str:
    if isinstance(event.start, datetime) and isinstance(event.end, datetime):
        return dates.say_span(event.start.astimezone(zone), event.end.astimezone(zone))
    return dates.say_span(event.start, event.end)


def spoken_when(ctx: ToolContext, draft: EventDraft, usual: timedelta | None = None) -> str:
    """ "on March 10th at 3 PM"; with the usual length, also for how long when it is another one."""
    zone = zone_named(draft.timezone)
    if not isinstance(draft.start, datetime) or not isinstance(draft.end, datetime):
        last = draft.end - timedelta(days=1)
        first = dates.say_spoken(draft.start, ctx.now)
        return f"on {first}" if last == draft.start else f"from {first} to {dates.say_spoken(last, ctx.now)}"
    length = elapsed(draft.start, draft.end)
    lasting = "" if usual in (None, length) else f" for {dates.say_duration(length)}"
    abroad = "" if draft.timezone == ctx.timezone.key else f" ({zone_title(draft.timezone)})"
    return f"on {dates.say_spoken(draft.start.astimezone(zone), ctx.now)}{lasting}{abroad}"


def repeats(draft: EventDraft) -> str:
    """ "every Monday until 30 June 2026", or nothing."""
    return dates.describe_rule(draft.recurrence, zone_named(draft.timezone)) if draft.recurrence else ""


async def clashes(ctx: ToolContext, draft: EventDraft, own: Event | None = None) -> list[Event]:
    """The other events that stand where the draft is to be; all-day events and declined ones are no clash."""
    if not isinstance(draft.start, datetime) or not isinstance(draft.end, datetime):
        return []
    events = await ctx.calendar.list_events(draft.start, draft.end)
    mine = {own.id, own.series_id} - {""} if own else set()
    return [event for event in events if is_busy(event) and not mine & {event.id, event.series_id}]


def clash_text(draft: EventDraft, events: Sequence[Event]) -> str:
    """ "overlaps 'Stand-up', 3:00–3:15 PM", or nothing."""
    return f"overlaps {join([_beside(draft, event) for event in events])}" if events else ""


def _beside(draft: EventDraft, event: Event) -> str:
    """In the draft's zone; the day is left out where it is the draft's own."""
    zone = zone_named(draft.timezone)
    when, day = _span(event, zone), dates.say_day(instant(draft.start, zone).date())
    return f"{quoted(event.title)}, {when.removeprefix(f'{day}, ')}"


def tail(*remarks: str) -> str:
    """ " — invites …; overlaps …"."""
    said = [remark for remark in remarks if remark]
    return f" — {'; '.join(said)}" if said else ""


def telling(verb: str, people: Sequence[Person | Guest], note: str = "") -> str:
    """ "tells Ana Silva <ana@…>: “…”" under whatever verb; "" when there is nobody to tell."""
    words = f": “{note}”" if note else ""
    return f"{verb} {addresses(people)}{words}" if people else ""


def others(ctx: ToolContext, guests: Sequence[Guest]) -> tuple[Guest, ...]:
    """The guests without the user."""
    return tuple(guest for guest in guests if not is_me(ctx, guest))


def repeating(event: Event) -> bool:
    """Whether it is a series or an occurrence of one."""
    return bool(event.series_id or event.recurrence)


def scope_of(event: Event, said: Scope | None) -> Scope:
    """What a change is to: one occurrence unless it was said; a series named by its own id is meant as a whole."""
    if not repeating(event):
        return "this"
    return (said or "this") if event.series_id else "all"


def touched(event: Event, scope: Scope) -> str:
    """The id of what a change is to."""
    return event.id if scope == "this" else event.series_id or event.id


def scope_text(event: Event, scope: Scope) -> str:
    """ "only this one of 'every weekday'", or nothing when the event does not repeat."""
    return f"{SCOPES[scope]} (repeats {repeats(event)})" if repeating(event) else ""


def scope_spoken(event: Event, scope: Scope) -> str:
    return f" ({SCOPES[scope]})" if repeating(event) else ""


def event_details(ctx: ToolContext, draft: EventDraft) -> tuple[tuple[str, str], ...]:
    """Label and text for each thing that is known of the event, in full."""
    abroad = isinstance(draft.start, datetime) and draft.timezone != ctx.timezone.key
    lines = (
        ("Title", one_line(draft.title)),
        ("When", planned_when(draft)),
        ("For you", f"{event_when(ctx, draft)} ({ctx.timezone.key})" if abroad else ""),
        ("Repeats", repeats(draft)),
        ("Place", one_line(draft.location)),
        ("Guests", addresses(others(ctx, draft.guests))),
        ("Notes", visible(draft.description)),
    )
    return tuple((label, text) for label, text in lines if text)
