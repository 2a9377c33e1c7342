"""When others are busy, as far as they let it be known."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sayso.workspace.google.calendar.times import instant_text
from sayso.workspace.google.client import Google, Json
from sayso.workspace.google.errors import NotDone
from sayso.workspace.people import same_address
from sayso.workspace.protocols import Stretch
from sayso.workspace.types import Person

AT_ONCE: Final = 50
"""Calendars that one question may be about (FreeBusyRequest, `calendarExpansionMax`)."""
MOST_PEOPLE: Final = 200
LONGEST: Final = timedelta(days=60)
"""Of a longer time Google tells nothing; how long it may be is not written anywhere, others met the end at about three
months."""


async def busy(
    google: Google, people: Sequence[Person], start: datetime, end: datetime
) -> dict[str, Sequence[Stretch] | None]:
    """As the protocol has it, of the first MOST_PEOPLE. Raises Refused, Unavailable."""
    asked = [*dict.fromkeys(who.email for who in people)][:MOST_PEOPLE]
    told = {each: list[Any]() for each in asked}
    silent = set[str]()
    for first, last in _spans(start, end):
        for begin in range(0, len(asked), AT_ONCE):
            some = asked[begin : begin + AT_ONCE]
            answer = await _asked(google, some, first, last)
            for each in some:
                of = next((answer[name] for name in answer if same_address(each, name)), None)
                if not isinstance(of, dict) or of.get("errors"):
                    silent.add(each)
                else:
                    told[each] += of.get("busy") or ()
    known = {each: _joined(told[each], start, end) for each in asked if each not in silent}
    return {who.email: known.get(who.email) for who in people}


async def _asked(google: Google, some: Sequence[str], start: datetime, end: datetime) -> Json:
    items = [{"id": each} for each in some]
    body: Json = {"timeMin": instant_text(start), "timeMax": instant_text(end), "items": items}
    try:
        answer = (await google.query("calendar", "freeBusy", body)).get("calendars")
    except NotDone:  # none of them may be asked
        return {}
    return answer if isinstance(answer, dict) else {}


def _spans(start: datetime, end: datetime) -> Iterator[Stretch]:
    """The time, cut into pieces that Google answers of."""
    while start < end:
        until = min(start + LONGEST, end)
        yield start, until
        start = until


def _joined(told: Iterable[Any], start: datetime, end: datetime) -> list[Stretch]:
    """Within [start, end), in order, those that touch as one."""
    whole = list[Stretch]()
    for first, last in sorted(_stretches(told, start, end)):
        if whole and first <= whole[-1][1]:
            whole[-1] = whole[-1][0], max(last, whole[-1][1])
        else:
            whole.append((first, last))
    return whole


def _stretches(told: Iterable[Any], start: datetime, end: datetime) -> Iterable[Stretch]:
    for each in told:
        try:
            first, last = (datetime.fromisoformat(each[name]).astimezone(start.tzinfo) for name in ("start", "end"))
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
        if max(first, start) < min(last, end):
            yield max(first, start), min(last, end)
