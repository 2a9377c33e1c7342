"""What a change does to an event, in words: for the question, and before and after for the preview."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sayso.base import dates
from sayso.tools.base import ToolContext
from sayso.tools.event_words import planned_when, repeats, spoken_when
from sayso.tools.times import elapsed
from sayso.tools.wording import addresses, change, names, quoted
from sayso.workspace.types import EventDraft, Person


@dataclass(frozen=True, slots=True)
class Change:
    """`spoken` is a clause about `{}`, the event; `line` says before and after."""

    spoken: str
    line: str


def changes(
    ctx: ToolContext, before: EventDraft, after: EventDraft, added: Sequence[Person], removed: Sequence[Person]
) -> list[Change]:
    """Every difference between two states of an event, in the order of their weight."""
    found: list[Change] = []
    if (before.start, before.end, before.timezone) != (after.start, after.end, after.timezone):
        found.append(Change(_moved(ctx, before, after), f"{_short(before, after)} → {planned_when(after)}"))
    if before.title != after.title:
        title = quoted(after.title)
        found.append(Change(f"rename {{}} to {_safe(title)}", change("title", quoted(before.title), title)))
    if before.location != after.location:
        place = quoted(after.location) if after.location else ""
        clause = f"set the place of {{}} to {_safe(place)}" if place else "remove the place of {}"
        found.append(Change(clause, change("place", before.location and quoted(before.location), place)))
    if before.description != after.description:
        notes = [quoted(text) if text else "" for text in (before.description, after.description)]
        found.append(Change("change the notes of {}", change("notes", *notes)))
    if before.recurrence != after.recurrence:
        rule = repeats(after)
        clause = f"make {{}} repeat {_safe(rule)}" if rule else "end the repetition of {}"
        found.append(Change(clause, change("repeats", repeats(before), rule)))
    if added:
        found.append(Change(f"invite {_safe(names(added))} to {{}}", f"invites {addresses(added)}"))
    if removed:
        found.append(Change(f"take {_safe(names(removed))} off {{}}", f"takes off {addresses(removed)}"))
    return found


def spoken(found: Sequence[Change], event: str) -> list[str]:
    """The clauses; the first names the event, the others say "it"."""
    return [each.spoken.format(event if not index else "it") for index, each in enumerate(found)]


def _safe(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _short(before: EventDraft, after: EventDraft) -> str:
    """The time before; its zone is named only when that changes."""
    words = planned_when(before)
    return words if before.timezone != after.timezone else words.removesuffix(f" ({before.timezone})")


def _moved(ctx: ToolContext, before: EventDraft, after: EventDraft) -> str:
    if before.start != after.start or not isinstance(after.start, datetime) or not isinstance(after.end, datetime):
        return f"move {{}} to {_safe(spoken_when(ctx, after).removeprefix('on '))}"
    if before.end != after.end:
        end = after.end.astimezone(ZoneInfo(after.timezone))
        return f"make {{}} last {dates.say_duration(elapsed(after.start, after.end))}, until {dates.say_clock(end)}"
    return f"set the time zone of {{}} to {after.timezone}"
