"""Which event the user means."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sayso.english import dates
from sayso.english.dates import Moment
from sayso.english.matching import words
from sayso.tools.arguments import OfEvents
from sayso.tools.base import ToolContext, ToolInputError
from sayso.tools.choosing import Kind, best, close
from sayso.tools.event_words import event_when
from sayso.tools.times import instant
from sayso.tools.wording import names, quoted
from sayso.workspace.errors import ObjectNotFound, Refused
from sayso.workspace.types import Event, Guest, Person

AHEAD = timedelta(days=60)
BEHIND = timedelta(days=14)
OFFERED = 3
"""How many events are offered that have nothing in common with a description that fits none."""
_ID = re.compile(r"[a-z]{3}_\w+(?:@\w+)?")
"""What looks like an id: to a wrong one nothing is near."""
_PAST = frozenset({"yesterday", "past", "previous", "earlier", "ago", "had", "was", "were"})
_LAST = re.compile(
    r"\blast (?:week|month|night|year|mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b", re.IGNORECASE
)
_NEXT = frozenset({"next", "upcoming", "coming", "following"})
_SOFT = frozenset({"class", "lesson", "visit", "chat", "sync", "party", "trip", "game", "practice"})
"""Words that people add to a title; dropped when nothing has them."""
_NTH = {"second": 1, "third": 2, "fourth": 3}
_GENERIC = frozenset({"meeting", "event", "appointment", "call", "session", "invite", "invitation", "thing", "block"})
_STOP = _GENERIC | {"my", "the", "a", "an", "with", "at", "on", "in", "for", "to", "of", "about", "and", "that", "this"}
_STOP |= {"our", "from", "one", "it", "me", "i", "have", "scheduled", "called", "titled", "entry", "slot", "calendar"}
_STOP |= {"meetings", "events", "appointments", "calls", "o'clock", "please", "re", "regarding", "whole", "series"}
_STOP |= set(_NTH)
_STOP |= (
    _PAST
    | _NEXT
    | {
        "last",
        "first",
        "what",
        "which",
        "is",
        "am",
        "are",
        "do",
        "did",
        "has",
        "by",
        "between",
        "invited",
        "organized",
        "his",
        "her",
        "their",
        "your",
        "entire",
    }
)


def kind(ctx: ToolContext) -> Kind[Event]:
    def fields(event: Event) -> tuple[str, str, str]:
        people: list[Guest | Person] = [*event.guests, *([event.organizer] if event.organizer else [])]
        known = " ".join(f"{who.name} {who.email}" for who in people)
        return (event.title, f"{known} {event.location}", event.description)

    def label(event: Event) -> str:
        whom = f", with {names(event.guests)}" if event.guests else ""
        return f"{quoted(event.title)}, {event_when(ctx, event)}{whom}"

    return Kind("event", "events", lambda event: event.id, label, fields)


@dataclass(frozen=True, slots=True)
class _Description:
    """What the user said of an event: all words, those without the time, and the time."""

    text: str
    said: list[str]
    wanted: list[str]
    moment: Moment | None
    past: bool

    def says(self, some: frozenset[str]) -> bool:
        return bool(some & set(self.said))


async def its_event(ctx: ToolContext, args: OfEvents) -> Event:
    """The one event that an action is about. Raises ToolInputError."""
    if args.events:
        raise ToolInputError("One action is about one event: name it as `event`.")
    event = await one_event(ctx, args.event)
    if event.fixed:
        raise ToolInputError(f"{quoted(event.title)} is in {quoted(event.calendar)}, which one may only look at.")
    return event


async def one_event(ctx: ToolContext, text: str) -> Event:
    """The one event or occurrence meant by an id or a description ("my 3 o'clock with Ana", "Friday's lunch").

    Looked for in the next 60 days, in the last 14 when the description says so; a repeating event counts once, as its
    next occurrence. Raises ToolInputError: `ambiguous` lists what fits, `not_found` what comes near.
    """
    if event := await _by_id(ctx, text):
        return event
    said = _read(ctx, text)
    return await asyncio.to_thread(_one_of, ctx, said, await _pool(ctx, said))


def _one_of(ctx: ToolContext, said: _Description, events: list[Event]) -> Event:
    fitting = _fitting(ctx, said, events)
    if not fitting:
        alike = _nearest(ctx, said, close(kind(ctx), said.wanted, events))
        others = [] if _ID.fullmatch(said.text.strip()) else _at_time(ctx, said, events) or _upcoming(ctx, events)
        raise kind(ctx).not_found(said.text, _once_each(alike or others[:OFFERED]))
    if len(fitting) > 1:
        raise kind(ctx).ambiguous(said.text, fitting)
    return fitting[0]


def _nearest(ctx: ToolContext, said: _Description, events: list[Event]) -> list[Event]:
    """Those nearest to the day that was named first, before them what is on its weekday a week before or after."""
    if said.moment is None or not said.moment.has_date:
        return events
    day = said.moment.start.astimezone(ctx.timezone).date()

    def far(event: Event) -> tuple[bool, int]:
        days = abs((instant(event.start, ctx.timezone).astimezone(ctx.timezone).date() - day).days)
        return days not in (0, 7), days

    return sorted(events, key=far)


async def _by_id(ctx: ToolContext, text: str) -> Event | None:
    if not text.strip() or " " in text.strip():
        return None
    try:
        return await ctx.calendar.get_event(text.strip())
    except (ObjectNotFound, Refused):
        return None


def _read(ctx: ToolContext, text: str) -> _Description:
    said = words(text)
    if not said:
        raise ToolInputError("Which event do you mean?", "missing")
    past = bool(_PAST & set(said) or _LAST.search(text))
    found = dates.find(text, ctx.now, ctx.timezone, past=past)
    rest, moment = text, None
    for each in reversed(found):
        rest = f"{rest[: each.start]} {rest[each.end :]}"
    for each in found:
        moment = each.moment if moment is None else dates.combine(moment, each.moment) or moment
    return _Description(text, said, [word for word in words(rest) if word not in _STOP], moment, past)


async def _pool(ctx: ToolContext, said: _Description) -> list[Event]:
    local = ctx.now.astimezone(ctx.timezone)
    start, end = local.replace(hour=0, minute=0, second=0, microsecond=0), local + AHEAD
    if said.past or (said.moment and said.moment.has_date and said.moment.start < start):
        start -= BEHIND
    if said.moment and said.moment.has_date:
        start = min(start, max(said.moment.start, start - 26 * BEHIND))
        end = max(end, (said.moment.end or said.moment.start) + timedelta(days=1))
    return await ctx.calendar.list_events(start, end)


def _upcoming(ctx: ToolContext, events: Sequence[Event]) -> list[Event]:
    return [event for event in events if not _over(ctx, event)]


def _over(ctx: ToolContext, event: Event) -> bool:
    if isinstance(event.end, datetime):
        return event.end <= ctx.now
    return event.end <= ctx.now.astimezone(ctx.timezone).date()


def _fitting(ctx: ToolContext, said: _Description, events: list[Event]) -> list[Event]:
    """The events that fit, each series once, nearest first."""
    titled = [event for event in _upcoming(ctx, events) if words(event.title) == said.said]
    if titled:
        return _once_each(titled)
    if said.moment is None and not said.wanted:
        return _unnamed(ctx, said, events)
    timed = _at_time(ctx, said, events)
    fitting = _best(ctx, said, timed)
    core = [word for word in said.wanted if word not in _SOFT]
    if not fitting and core:
        fitting = _best(ctx, said, timed, core)
    if not fitting and said.moment is not None:  # perhaps "Friday" or "1:1" is part of the title
        everything = [word for word in said.said if word not in _STOP]
        fitting = _best(ctx, said, _upcoming(ctx, events), everything) if everything else []
    return fitting


def _best(
    ctx: ToolContext, said: _Description, events: Sequence[Event], wanted: Sequence[str] | None = None
) -> list[Event]:
    wanted = said.wanted if wanted is None else wanted
    fitting = best(kind(ctx), wanted, events)
    nouns = [word for word in said.said if word in _GENERIC]
    if not wanted and nouns:  # "the call on Friday": one that is called so, if there is one
        fitting = [event for event in fitting if set(nouns) & set(words(event.title))] or fitting
    fitting = _apart(said, fitting)
    if len(fitting) > 1 and said.moment and (nth := next((_NTH[word] for word in said.said if word in _NTH), None)):
        return fitting[nth : nth + 1]
    if len(fitting) > 1 and "first" in said.said:
        return fitting[:1]
    if len(fitting) > 1 and "last" in said.said and said.moment and not said.past:
        return fitting[-1:]
    if len(fitting) > 1 and said.says(_NEXT) and said.moment is None:
        return fitting[:1]
    return fitting


def _apart(said: _Description, events: Sequence[Event]) -> list[Event]:
    """Each series once, unless the description names a day: then two occurrences on it are two things."""
    day = said.moment and said.moment.has_date and not said.moment.is_range
    return list(events) if day else _once_each(events)


def _once_each(events: Sequence[Event]) -> list[Event]:
    seen: dict[str, Event] = {}
    for event in events:
        seen.setdefault(event.series_id or event.id, event)
    return list(seen.values())


def _unnamed(ctx: ToolContext, said: _Description, events: Sequence[Event]) -> list[Event]:
    """ "My next meeting": the first one to come that has a time."""
    coming = [event for event in events if isinstance(event.start, datetime) and event.start > ctx.now]
    coming = [event for event in coming if event.my_response != "declined"]
    if not said.says(_NEXT):
        raise ToolInputError("Which event do you mean? Say its title, its time or who it is with.", "missing")
    nouns = {word for word in said.said if word in _GENERIC - {"meeting", "event", "appointment"}}
    return [event for event in coming if not nouns or nouns & set(words(event.title))][:1]


def _at_time(ctx: ToolContext, said: _Description, events: Sequence[Event]) -> list[Event]:
    """The events at the time that was named: on the day, in the range, starting at the hour or else going on then."""
    moment = said.moment
    if moment is None:
        current = _upcoming(ctx, events)
        return list(reversed([event for event in events if _over(ctx, event)])) if said.past else current
    if not moment.has_time:
        end = moment.end or moment.start + timedelta(days=1)
        return [event for event in events if _overlaps(ctx, event, moment.start, end)]
    timed = [event for event in events if isinstance(event.start, datetime)]
    if not moment.has_date:
        timed = _upcoming(ctx, timed)
    starting = [event for event in timed if _starts(ctx, event, moment)]
    return starting or [event for event in timed if _overlaps(ctx, event, moment.start, moment.start)]


def _starts(ctx: ToolContext, event: Event, moment: Moment) -> bool:
    assert isinstance(event.start, datetime)
    if moment.has_date:
        return event.start == moment.start
    return event.start.astimezone(ctx.timezone).time() == moment.start.astimezone(ctx.timezone).time()


def _overlaps(ctx: ToolContext, event: Event, start: datetime, end: datetime) -> bool:
    """Whether the event is in [start, end); for start equal to end, whether it goes on at that instant."""
    if isinstance(event.start, datetime) and isinstance(event.end, datetime):
        return event.start <= start < event.end or start <= event.start < end
    last = (end - timedelta(microseconds=1)).astimezone(ctx.timezone).date() if end > start else start.date()
    return event.start <= last and event.end > start.astimezone(ctx.timezone).date()
