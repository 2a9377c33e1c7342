"""What a change does to an event, in words: for the question, and before and after for the preview."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sayso.base.zones import zone_title
from sayso.english import dates
from sayso.tools.base import ToolContext
from sayso.tools.event_extras import reminders_text
from sayso.tools.event_words import event_when, exceptions, planned_when, repeats, span_in, spoken_when, spoken_zone
from sayso.tools.times import elapsed
from sayso.tools.wording import addresses, change, names, quoted
from sayso.workspace.types import EventDraft, Person


@dataclass(frozen=True, slots=True)
class Change:
    """`first` and `further` are the clause for the question: about the event by name, and about "it" in a list of
    several. `line` says before and after."""

    first: str
    further: str
    line: str


def changes(
    ctx: ToolContext,
    before: EventDraft,
    after: EventDraft,
    added: Sequence[Person],
    removed: Sequence[Person],
    said: tzinfo | None = None,
) -> list[Change]:
    """Every difference between two states of an event, in the order of their weight. `said`: UTC or the offset that
    the new time was said in."""
    found: list[Change] = []
    name = f"{quoted(before.title)} ({_known_as(ctx, before)})"

    def add(verb: str, line: str, after_it: str = "", its: str = "") -> None:
        """The clause "<verb> <event> <after_it>", or, of a part of it, "<verb> the <its> of <event> <after_it>"."""
        end = f" {after_it}" if after_it else ""
        first, further = (f"the {its} of {name}", f"its {its}") if its else (name, "it")
        found.append(Change(f"{verb} {first}{end}", f"{verb} {further}{end}", line))

    if (before.start, before.end) != (after.start, after.end) or _rezoned(ctx, before, after):
        add(*_moved(ctx, before, after, said))
    if before.title != after.title:
        title = quoted(after.title)
        add("rename", change("title", quoted(before.title), title), f"to {title}")
    if before.location != after.location:
        old, new = [quoted(text) if text else "" for text in (before.location, after.location)]
        add("set" if new else "remove", change("place", old, new), f"to {new}" if new else "", "place")
    if before.description != after.description:
        old, new = [quoted(text) if text else "" for text in (before.description, after.description)]
        add("change", change("notes", old, new), "", "notes")
    if before.recurrence != after.recurrence:
        line, rule = change("repeats", repeats(ctx, before), repeats(ctx, after)), repeats(ctx, after)
        if rule:
            add("make", line, f"repeat {rule}")
        else:
            add("end", line, "", "repetition")
    elif after.exdates:
        out = exceptions(ctx, after)
        add(f"leave {out} out of", f"without {out}")
    old, new = reminders_text(before.reminders), reminders_text(after.reminders)
    if old != new:
        add("set" if new else "remove", change("reminders", old, new), f"to {new}" if new else "", "reminders")
    if after.meeting_link:
        add("add a meeting link to", "adds a meeting link")
    if added:
        add(f"invite {names(added)} to", f"adds {addresses(added)}")
    if removed:
        add(f"take {names(removed)} off", f"takes off {addresses(removed)}")
    return found


def spoken(found: Sequence[Change]) -> list[str]:
    """The clauses; the first names the event, the others say "it"."""
    return [each.further if index else each.first for index, each in enumerate(found)]


def _known_as(ctx: ToolContext, before: EventDraft) -> str:
    """The time before, in the zone that the question says the new one in, named if not the user's."""
    zone = spoken_zone(ctx, before)
    if zone.key == ctx.timezone.key or not isinstance(before.start, datetime):
        return event_when(ctx, before)
    return f"{span_in(before, zone)}, {zone_title(zone.key)}"


def _rezoned(ctx: ToolContext, before: EventDraft, after: EventDraft) -> bool:
    return spoken_zone(ctx, before).key != spoken_zone(ctx, after).key


def _short(ctx: ToolContext, before: EventDraft, after: EventDraft) -> str:
    """The time before; its zone is named only when that changes."""
    return planned_when(ctx, before) if _rezoned(ctx, before, after) else span_in(before, spoken_zone(ctx, before))


def _moved(ctx: ToolContext, before: EventDraft, after: EventDraft, said: tzinfo | None) -> tuple[str, str, str]:
    """Verb, before and after, and where to."""
    line = f"{_short(ctx, before, after)} → {planned_when(ctx, after, said)}"
    if before.start != after.start or not isinstance(after.start, datetime) or not isinstance(after.end, datetime):
        whole = " (all day)" if not isinstance(after.start, datetime) and isinstance(before.start, datetime) else ""
        to = spoken_when(ctx, after, elapsed(before.start, before.end), said)
        return "move", line, f"to {to.removeprefix('on ').removeprefix('from ')}{whole}"
    if before.end != after.end:
        end = after.end.astimezone(spoken_zone(ctx, after))
        return (
            "make",
            line,
            f"last {dates.say_duration(elapsed(after.start, after.end))} (until {dates.say_clock(end)})",
        )
    return "set", line, f"to the time zone {zone_title(after.timezone)}"
