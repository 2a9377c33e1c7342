"""What is in the calendars in a time. Google expands the series itself; what was read is remembered for as long as
Google says that nothing has changed ("Synchronize resources efficiently" guide)."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from sayso.workspace.errors import ObjectNotFound, Refused, WorkspaceError
from sayso.workspace.events.looking import MOST_ROWS, TOO_MUCH, look, within_years
from sayso.workspace.events.series import DAY, Series
from sayso.workspace.google.batches import Asked, Params
from sayso.workspace.google.calendar.calendars import Listed, Window
from sayso.workspace.google.calendar.reading import FIELDS, Reader, is_cancelled
from sayso.workspace.google.calendar.source import EventSource
from sayso.workspace.google.calendar.times import instant_text, key_in
from sayso.workspace.google.calendar.views import shown
from sayso.workspace.google.client import Json
from sayso.workspace.google.errors import Deleted, NotDone, Stale
from sayso.workspace.types import Event

AT_ONCE: Final = 4
"""Calendars that are looked through side by side."""
_PAGE: Final = 2_500
_HOW: Final[Params] = {
    "singleEvents": True,
    "maxResults": _PAGE,
    "fields": f"nextPageToken,nextSyncToken,items({FIELDS})",
}
_ELSEWHERE: Final = "workingLocation"


async def between(source: EventSource, start: datetime, end: datetime) -> list[Event]:
    """What overlaps [start, end), of all calendars that are shown, in order. Raises Refused, Unavailable: where one of
    them does not answer, it is not told without it."""
    start, end = within_years(start, end)
    room = asyncio.Semaphore(AT_ONCE)

    async def window(calendar: Listed) -> tuple[Listed, Window]:
        async with room:
            return calendar, await _window(source, calendar, start, end)

    shown_ones = [each for each in await source.calendars.all() if each.shown]
    answers = await asyncio.gather(*map(window, shown_ones), return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    found = [answer for answer in answers if not isinstance(answer, BaseException)]
    if sum(len(each.items) for _, each in found) > MOST_ROWS:
        raise Refused(TOO_MUCH)
    await _masters(source, found)

    def events() -> Iterator[Event]:
        for calendar, each in found:
            yield from _events(Reader(calendar, source.me), each, start, end)

    return await asyncio.to_thread(look, start, events)


async def _window(source: EventSource, calendar: Listed, start: datetime, end: datetime) -> Window:
    known = source.seen.window(calendar, start, end)
    token = await _unchanged(source, calendar, known) if known is not None else ""
    if known is not None and token:
        known.token = token
        return known
    # A day more, since a date means midnight wherever one is, and the calendar may be elsewhere.
    params: Params = {**_HOW, "timeMin": instant_text(start - DAY), "timeMax": instant_text(end + DAY)}
    window = Window([], "")
    try:
        async for page in source.google.pages("calendar", calendar.events, params):
            window.items += [each for each in page.get("items") or () if _counts(each)]
            window.token = str(page.get("nextSyncToken") or "")
            if len(window.items) > MOST_ROWS:
                raise Refused(TOO_MUCH)
    except ObjectNotFound:  # gone since the calendars were listed
        return Window([], "")
    except NotDone:
        if calendar.writable:
            raise
        return Window([], "")  # another's, who shares it no more
    source.seen.remember(calendar, start, end, window)
    return window


async def _unchanged(source: EventSource, calendar: Listed, known: Window) -> str:
    """The token to ask with the next time, if what is known is what there is."""
    try:
        page = await source.google.get("calendar", calendar.events, {**_HOW, "syncToken": known.token})
    except (Stale, Deleted, NotDone):
        return ""
    return "" if page.get("items") or page.get("nextPageToken") else str(page.get("nextSyncToken") or known.token)


async def _masters(source: EventSource, found: list[tuple[Listed, Window]]) -> None:
    """Read the series of the occurrences that are not known yet."""
    wanted = [
        (calendar, window, each)
        for calendar, window in found
        for each in dict.fromkeys(str(one["recurringEventId"]) for one in window.items if one.get("recurringEventId"))
        if each not in window.masters
    ]
    asked = [Asked(calendar.at(each), {"fields": FIELDS}) for calendar, _, each in wanted]
    for (_, window, each), answer in zip(wanted, await source.google.many("calendar", asked), strict=True):
        if isinstance(answer, ObjectNotFound):
            window.masters[each] = None
        elif isinstance(answer, WorkspaceError):
            raise answer
        else:
            window.masters[each] = answer if answer.get("recurrence") and not is_cancelled(answer) else None


def _counts(told: Json) -> bool:
    return bool(told.get("id")) and not is_cancelled(told) and told.get("eventType") != _ELSEWHERE


def _events(reader: Reader, window: Window, start: datetime, end: datetime) -> Iterator[Event]:
    known = dict[str, Series | None]()
    for told in window.items:
        try:
            event = _event(reader, told, window.masters, known, start, end)
        except Refused:  # none that can be read
            continue
        if event is not None:
            yield event


def _event(
    reader: Reader,
    told: Json,
    masters: dict[str, Json | None],
    known: dict[str, Series | None],
    start: datetime,
    end: datetime,
) -> Event | None:
    """The event, if it is in that time. `known`: the series that were read before."""
    occasion = reader.occasion(told)
    if not occasion.overlaps(start, end):
        return None
    of, key = str(told.get("recurringEventId") or ""), key_in(told)
    master = masters.get(of)
    if master is None or not key:  # a single event, or one that is all that is here of its series
        series, _ = reader.series(told)
        return shown(series, "", reader.calendar, reader.is_fixed(told))
    if of not in known:
        try:
            known[of] = reader.series(master)[0]
        except Refused:
            known[of] = None
    found = known[of]
    if found is None:
        return None
    return shown(reader.showing(found, told), key, reader.calendar, reader.is_fixed(master))
