"""Events in previews, questions and receipts."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from sayso.base.zones import is_utc, zone_named, zone_title
from sayso.english import dates
from sayso.tools.base import Caution, ToolContext
from sayso.tools.event_extras import extras_details
from sayso.tools.free import is_busy
from sayso.tools.people import is_me
from sayso.tools.times import elapsed
from sayso.tools.wording import addresses, join, one_line, quoted, visible
from sayso.workspace.types import Event, EventDraft, Guest, Person, Scope

SCOPES: dict[Scope, str] = {"this": "only this one", "following": "this and all following", "all": "the whole series"}


def event_when(ctx: ToolContext, event: EventDraft) -> str:
    """ "Tue 10 March 2026, 3:00–4:00 PM", in the user's zone."""
    return span_in(event, ctx.timezone)


def spoken_zone(ctx: ToolContext, event: EventDraft) -> ZoneInfo:
    """The zone in whose time an event is spoken of: its own, but the user's for one kept in UTC or at an offset. That
    is how exports store an event, wherever it is; nobody's clock shows it."""
    return ctx.timezone if stored_only(event.timezone) else zone_named(event.timezone)


def stored_only(zone: str) -> bool:
    """Whether the zone tells an instant and no place."""
    return is_utc(zone) or zone.startswith("Etc/")


def planned_when(ctx: ToolContext, draft: EventDraft, said: tzinfo | None = None) -> str:
    """ "Tue 10 March 2026, 3:00–4:00 PM (America/New_York)": in the event's own zone, which is named; of another one
    than the user's with his own time: "… (Europe/London; for you 11:00 AM–12:00 PM)". `said`: UTC or the offset that
    it was said in: "… (America/New_York; 8:00–9:00 PM UTC)"."""
    zone = spoken_zone(ctx, draft)
    span = span_in(draft, zone)
    if not isinstance(draft.start, datetime):
        return span
    day = f"{dates.say_day(draft.start.astimezone(zone))}, "
    mine = span_in(draft, ctx.timezone)
    beside = f"; for you {mine.removeprefix(day)}" if mine != span else ""
    if said and (theirs := span_in(draft, said)) != span:
        beside += f"; {theirs.removeprefix(day)} {_offset_name(draft.start, said)}"
    return f"{span} ({zone_title(zone.key)}{beside})"


def span_in(event: EventDraft, zone: tzinfo) -> str:
    """ "Tue 10 March 2026, 3:00–4:00 PM", in that zone."""
    if isinstance(event.start, datetime) and isinstance(event.end, datetime):
        return dates.say_span(event.start.astimezone(zone), event.end.astimezone(zone))
    return dates.say_span(event.start, event.end)


def _offset_name(start: datetime, zone: tzinfo) -> str:
    """ "UTC", "UTC+02:00"."""
    return str(timezone(start.astimezone(zone).utcoffset() or timedelta()))


def spoken_when(ctx: ToolContext, draft: EventDraft, usual: timedelta | None = None, said: tzinfo | None = None) -> str:
    """ "on March 10th at 3 PM", with another zone than the user's and his own time; with the usual length, also for
    how long when it is another one. `said`: UTC or the offset that it was said in."""
    if not isinstance(draft.start, datetime) or not isinstance(draft.end, datetime):
        last = draft.end - timedelta(days=1)
        first = dates.say_spoken(draft.start, ctx.now)
        return f"on {first}" if last == draft.start else f"from {first} to {dates.say_spoken(last, ctx.now)}"
    length = elapsed(draft.start, draft.end)
    lasting = "" if usual in (None, length) else f" for {dates.say_duration(length)}"
    zone = spoken_zone(ctx, draft)
    there = draft.start.astimezone(zone)
    beside = [] if zone.key == ctx.timezone.key else [zone_title(zone.key)]
    if mine := _other(ctx, draft.start, there, ctx.timezone):
        beside.append(f"for you {mine}")
    if said and (theirs := _other(ctx, draft.start, there, said)):
        beside.append(f"{theirs} {_offset_name(draft.start, said)}")
    return f"on {dates.say_spoken(there, ctx.now)}{lasting}" + (f" ({'; '.join(beside)})" if beside else "")


def _other(ctx: ToolContext, start: datetime, shown: datetime, zone: tzinfo) -> str:
    """The start as it is in another zone, with its day if that is another one; empty if clocks there show the same."""
    here = start.astimezone(zone)
    if here.replace(tzinfo=None) == shown.replace(tzinfo=None):
        return ""
    return dates.say_clock(here) if here.date() == shown.date() else dates.say_spoken(here, ctx.now)


def start_day(ctx: ToolContext, draft: EventDraft, start: datetime | date) -> date:
    """The day that an occurrence is on, where its event is spoken of."""
    return start.astimezone(spoken_zone(ctx, draft)).date() if isinstance(start, datetime) else start


def exceptions(ctx: ToolContext, draft: EventDraft) -> str:
    """The days that a change leaves out: "6 April and 20–24 July"; their year where it is not that of the start."""
    days = sorted({start_day(ctx, draft, each) for each in draft.exdates})
    runs: list[list[date]] = []
    for day in days:
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return join([_run(run[0], run[-1], start_day(ctx, draft, draft.start).year) for run in runs])


def _run(first: date, last: date, year: int) -> str:
    end = f"{last.day} {last:%B}" + (f" {last.year}" if last.year != year else "")
    if first == last:
        return end
    return f"{first.day}–{end}" if first.month == last.month else f"{first.day} {first:%B} – {end}"


def repeats(ctx: ToolContext, draft: EventDraft) -> str:
    """ "every Monday until 30 June 2026, except 6 April", "on several days" where dates alone say when, or nothing."""
    out = exceptions(ctx, draft)
    dates_alone = out or (isinstance(draft, Event) and repeating(draft))
    rule = _rule(ctx, draft) or ("on several days" if dates_alone else "")
    return rule + (f", except {out}" if out else "")


def _rule(ctx: ToolContext, draft: EventDraft) -> str:
    """A rule in words; one that is kept in UTC names the days that the user has."""
    zone = spoken_zone(ctx, draft)
    if not draft.recurrence or not isinstance(draft.start, datetime) or zone.key == draft.timezone:
        return dates.describe_rule(draft.recurrence, zone) if draft.recurrence else ""
    days = (draft.start.astimezone(zone).date() - draft.start.astimezone(zone_named(draft.timezone)).date()).days
    moved = dates.days_moved(draft.recurrence, days)
    if moved is None:
        return f"{dates.describe_rule(draft.recurrence, zone)} ({zone_title(draft.timezone)})"
    return dates.describe_rule(moved, zone)


async def clashes(ctx: ToolContext, draft: EventDraft, own: Event | None = None) -> list[Event]:
    """The other events that stand where the draft is to be; those that are all day, declined or free are no clash."""
    if not isinstance(draft.start, datetime) or not isinstance(draft.end, datetime):
        return []
    events = await ctx.calendar.list_events(draft.start, draft.end)
    mine = {own.id, own.series_id} - {""} if own else set()
    return [event for event in events if is_busy(event) and not mine & {event.id, event.series_id}]


def clash_text(ctx: ToolContext, draft: EventDraft, events: Sequence[Event]) -> str:
    """ "overlaps 'Stand-up', 3:00–3:15 PM", in the user's zone, or nothing; "… your time" where the draft, or what it
    overlaps, is spoken of in another zone."""
    if not events:
        return ""
    abroad = any(spoken_zone(ctx, each).key != ctx.timezone.key for each in (draft, *events))
    return f"overlaps {join([_beside(ctx, draft, event) for event in events])}{' your time' if abroad else ''}"


def overlap_warning(overlap: str) -> tuple[Caution, ...]:
    """`overlap`: what `clash_text` says."""
    return (Caution("overlap", f"It {overlap}."),) if overlap else ()


def _beside(ctx: ToolContext, draft: EventDraft, event: Event) -> str:
    """The day is left out where it is the one that the draft is told on."""
    when, day = event_when(ctx, event), dates.say_day(start_day(ctx, draft, draft.start))
    return f"{quoted(event.title)}, {when.removeprefix(f'{day}, ')}"


def tail(*remarks: str) -> str:
    """ " — invites …; overlaps …"."""
    said = [remark for remark in remarks if remark]
    return f" — {'; '.join(said)}" if said else ""


def untold(verb: str, people: Sequence[Person | Guest]) -> str:
    """ "does not tell Ana Silva <ana@…>"; "" when there is nobody to tell."""
    return f"{verb} {addresses(people)}" if people else ""


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


def scope_text(ctx: ToolContext, event: Event, scope: Scope) -> str:
    """ "only this one of 'every weekday'", or nothing when the event does not repeat."""
    return f"{SCOPES[scope]} (repeats {repeats(ctx, event)})" if repeating(event) else ""


def scope_spoken(event: Event, scope: Scope) -> str:
    return f" ({SCOPES[scope]})" if repeating(event) else ""


def event_details(ctx: ToolContext, draft: EventDraft, said: tzinfo | None = None) -> tuple[tuple[str, str], ...]:
    """Label and text for each thing that is known of the event, in full."""
    zone = spoken_zone(ctx, draft)
    abroad = isinstance(draft.start, datetime) and zone.key != ctx.timezone.key
    lines = (
        ("Title", one_line(draft.title)),
        ("When", f"{span_in(draft, zone)} ({zone.key})" if abroad else planned_when(ctx, draft, said)),
        ("For you", f"{event_when(ctx, draft)} ({ctx.timezone.key})" if abroad else ""),
        ("Repeats", repeats(ctx, draft)),
        ("Place", one_line(draft.location)),
        ("Guests", addresses(others(ctx, draft.guests))),
        *extras_details(draft),
        ("Notes", visible(draft.description)),
    )
    return tuple((label, text) for label, text in lines if text)
