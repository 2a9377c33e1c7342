"""What the card of an event tells."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Literal

from sayso.tools import cards
from sayso.tools.base import ToolContext
from sayso.tools.cards import NONE, Someone, Strangers
from sayso.tools.event_words import others, repeats, start_day
from sayso.tools.json import Json, event_json, person_json
from sayso.tools.wording import one_line
from sayso.workspace.types import Event, EventDraft, Guest, Person

_CHOSEN = tuple(field.name for field in fields(EventDraft))


def event_after(ctx: ToolContext, draft: EventDraft, event: Event | None = None) -> Json:
    """The event as it is to be: the one that is there with the state of the draft, or a new one, which has no id."""
    state = {name: getattr(draft, name) for name in _CHOSEN}
    after = event_json(ctx, replace(event, **state) if event else Event(**state))
    days = sorted({start_day(ctx, draft, each).isoformat() for each in draft.exdates})
    return {
        **after,
        "id": event.id if event else None,
        **({"except_dates": days} if days else {}),
        **({"meeting_link": True} if draft.meeting_link else {}),
    }


def event_summary(ctx: ToolContext, event: EventDraft) -> str:
    """What, when and where."""
    return cards.line(cards.title(event.title), cards.span(ctx, event), repeats(ctx, event), one_line(event.location))


def guests_of(
    ctx: ToolContext,
    guests: Sequence[Guest],
    told: bool,
    *,
    added: Sequence[Person] = (),
    removed: Sequence[Person] = (),
    strangers: Strangers = NONE,
) -> list[Someone]:
    """The people of an event besides the user; `told`: whether they all are."""
    new = {who.email.casefold() for who in added}
    there = [
        _someone(Person(who.email, who.name), "added" if who.email.casefold() in new else None, told, strangers)
        for who in others(ctx, guests)
    ]
    return [*there, *(_someone(who, "removed", told, strangers) for who in removed if not ctx.me.owns(who.email))]


def organizer_of(event: Event, told: bool, strangers: Strangers = NONE) -> list[Someone]:
    if event.organizer is None:
        return []
    return [{**_someone(event.organizer, None, told, strangers), "role": "organizer"}]


def _someone(who: Person, change: Literal["added", "removed"] | None, told: bool, strangers: Strangers) -> Someone:
    return Someone(**person_json(who), role="guest", change=change, told=told, new=who.email.casefold() in strangers)
