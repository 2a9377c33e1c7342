"""The day of an event, as a strip: how it was, how it is to be, and what else is on.

Asked of `ctx.calendar` only, so that a calendar in which earlier actions of a plan have happened already tells the day
as it will be.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from sayso.tools.base import ToolContext
from sayso.tools.cards import Block, Day
from sayso.tools.event_words import spoken_zone
from sayso.tools.times import instant
from sayso.tools.wording import one_line
from sayso.workspace.types import Event, EventDraft, Scope

_MOST: Final = 50  # blocks
_Role = Literal["before", "after", "clash", "other"]


async def day_of(
    ctx: ToolContext,
    *,
    before: Event | None = None,
    after: EventDraft | None = None,
    clashing: Sequence[Event] = (),
    scope: Scope = "this",
) -> Day:
    """The day on which an event is to be (`after`), or was (`before`), in the user's zone. `clashing`: what it
    overlaps; `scope`: how much of its series is changed."""
    shown = after or before
    assert shown is not None
    day = instant(shown.start, ctx.timezone).date()
    begin = instant(day, ctx.timezone)
    end = instant(day + timedelta(days=1), ctx.timezone)
    own: list[tuple[EventDraft, _Role]] = []
    own += [(before, "before")] if before and (after is None or _times(before) != _times(after)) else []
    own += [(after, "after")] if after else []
    blocks = [_block(ctx, each, role) for each, role in own if _on(ctx, each, begin, end)]
    events = [each for each in await ctx.calendar.list_events(begin, end) if _counts(each)]
    others = [each for each in events if before is None or not _is(each, before, scope)]
    hit = {each.id for each in clashing}
    others.sort(key=lambda each: each.id not in hit)  # of too many those that matter
    blocks += [_block(ctx, each, "clash" if each.id in hit else "other") for each in others[: _MOST - len(blocks)]]
    zone = spoken_zone(ctx, shown).key
    return Day(
        date=day.isoformat(),
        timezone=ctx.timezone.key,
        event_timezone=zone if isinstance(shown.start, datetime) and zone != ctx.timezone.key else None,
        blocks=sorted(blocks, key=lambda block: (not block["all_day"], _instant(block), block["title"])),
    )


def _block(ctx: ToolContext, event: EventDraft, role: _Role) -> Block:
    start, end = (instant(each, ctx.timezone).isoformat(timespec="seconds") for each in (event.start, event.end))
    whole = not isinstance(event.start, datetime)
    return Block(title=one_line(event.title), start=start, end=end, role=role, all_day=whole)


def _instant(block: Block) -> datetime:
    return datetime.fromisoformat(block["start"])


def _times(event: EventDraft) -> tuple[object, object]:
    return event.start, event.end


def _on(ctx: ToolContext, event: EventDraft, begin: datetime, end: datetime) -> bool:
    start, stop = (instant(each, ctx.timezone) for each in (event.start, event.end))
    return start < end and (stop > begin or start >= begin)


def _counts(event: Event) -> bool:
    return not event.free and event.my_response != "declined"


def _is(event: Event, own: Event, scope: Scope) -> bool:
    """Whether it is what is changed, be it another occurrence that is changed, too."""
    if scope == "this":
        return event.id == own.id
    mine: Collection[str] = {own.id, own.series_id} - {""}
    return event.id in mine or event.series_id in mine
