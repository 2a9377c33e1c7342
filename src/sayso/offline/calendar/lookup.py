"""Looking up the event that words mean, where a change depends on how it is now."""

import itertools
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from sayso.offline.acts import Act, Ask, Call, Do, Json, Look, Say
from sayso.offline.answers import items
from sayso.offline.reading.scopes import take_scope
from sayso.offline.reading.slots import Timed, timed
from sayso.offline.reading.targets import target
from sayso.offline.reading.words import Quotes
from sayso.offline.saying.say import moment
from sayso.offline.scene import Scene

Then = Callable[[Json, Scene], Act]
BEYOND = timedelta(days=301 * 366)  # from the first year that the tools take to the last


def listing_calls(when: str, scene: Scene) -> tuple[Call, ...]:
    """What lists all events of a stretch, a week at a time: a long result would reach us cut."""
    free = timed(when, scene.now, scene.zone)
    said = free.found[0].moment if len(free.found) == 1 else None
    if said is None or said.end is None or said.end - said.start <= timedelta(days=8):
        return (Call("list_calendar_events", {"start": when}),)
    return by_week(said.start.date(), (said.end - timedelta(microseconds=1)).date() + timedelta(days=1))


def by_week(first: date, last: date) -> tuple[Call, ...]:
    """The events from one day up to another, a week at a time; of more than any tool takes, in one call, which
    is told so."""
    if last - first > BEYOND:
        return (
            Call("list_calendar_events", {"start": first.isoformat(), "end": (last - timedelta(days=1)).isoformat()}),
        )
    days = [*(first + timedelta(weeks=n) for n in range(((last - first).days + 6) // 7)), last]
    return tuple(
        Call("list_calendar_events", {"start": one.isoformat(), "end": (two - timedelta(days=1)).isoformat()})
        for one, two in itertools.pairwise(days)
    )


def all_events(results: Sequence[Json]) -> list[Json]:
    """The events of several results, each once."""
    found = {str(each.get("id")): each for result in results for each in items(result, "events")}
    return sorted(found.values(), key=lambda each: str(each.get("start")))


def with_event(ref: str, quotes: Quotes, scene: Scene, then: Then, missing: Act | None = None) -> Act:
    """Look up the event that `ref` means and go on with it; `missing`: what to do when it is not found."""
    scope, ref = take_scope(ref)
    found = target(ref, "event", quotes, scene)
    if not found.refs:
        return found.asking(Call("update_calendar_event", {}), "event")
    known = next(
        (thing for thing in scene.memory.shown("event") if thing.id == found.refs[0]), None
    ) or scene.memory.focus("event")
    if known and known.id == found.refs[0] and "start" in known.item:
        return _then(then, known.item, scope, scene)
    free = timed(found.refs[0], scene.now, scene.zone)
    words = re.sub(r"\b(?:meeting|event|appointment|with|the|my|one)\b", " ", free.rest, flags=re.I)
    words = " ".join(words.split())

    def chosen(results: Sequence[Json]) -> Act:
        events = [each for each in items(results[0], "events") if at_time(each, free, scene)]
        later = [
            each
            for each in events
            if (start := moment(each.get("start"), scene.zone)) and isinstance(start, datetime) and start >= scene.now
        ] or events
        if not later:
            return missing or Say(f"I found no event that matches '{found.refs[0]}'.")
        titles = {(each.get("series_id") or each.get("id")) for each in later}
        if len(titles) > 1 and len({each.get("title") for each in later}) > 1:
            return Ask(f"Several events match '{found.refs[0]}'. Say which one you mean, with its name or time.")
        return _then(then, later[0], scope, scene)

    day = " ".join(each.text for each in free.found if each.moment.has_date) or ("today" if free.has_time else "")
    if words:
        args = {"query": words, **({"start": day} if free.has_date else {})}
        return Look((Call("search_calendar_events", args),), chosen)
    return Look((Call("list_calendar_events", {"start": day or "today"}),), chosen)


def _then(then: Then, event: Json, scope: str | None, scene: Scene) -> Act:
    act: Act = then(event, scene)
    if scope and isinstance(act, Do):
        return Do(tuple(Call(call.tool, {**call.args, "scope": scope}) for call in act.calls), act.text)
    return act


def at_time(event: Json, free: Timed, scene: Scene) -> bool:
    """Whether the event begins at the clock time that was said, if one was; which half of the day is open."""
    if not free.has_time:
        return True
    start = moment(event.get("start"), scene.zone)
    wanted = [each.moment.start for each in free.found if each.moment.has_time]
    return isinstance(start, datetime) and any(
        (start.hour % 12, start.minute) == (each.hour % 12, each.minute) for each in wanted
    )
