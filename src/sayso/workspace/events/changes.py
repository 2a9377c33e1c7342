"""What a change to one, to this and the following, or to all occurrences makes of a series. Pure functions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from sayso.base.rrule import format_rule
from sayso.workspace.errors import Refused
from sayso.workspace.events.gaps import begun_in_gap, skipped
from sayso.workspace.events.moving import aligned, moved_rule
from sayso.workspace.events.recurrence import (
    Pattern,
    check_rule,
    first_slot,
    key_of,
    parse_rule,
    slot_of,
    until_slot,
    wall,
)
from sayso.workspace.events.series import Occasion, Override, Series, instant, occasion_of
from sayso.workspace.types import EventDraft, Response, When


def with_override(series: Series, key: str, occasion: Occasion) -> Series:
    """The series with this occurrence changed; the others keep their revision."""
    touched = series.touched + 1
    return replace(series, overrides={**series.overrides, key: Override(occasion, touched)}, touched=touched)


def without(series: Series, key: str) -> Series:
    """The series without this occurrence."""
    overrides = {other: override for other, override in series.overrides.items() if other != key}
    return replace(series, exdates=series.exdates | {key}, overrides=overrides, touched=series.touched + 1)


def excepted(series: Series, starts: Sequence[When]) -> Series:
    """The series without the occurrences that begin then. Raises Refused when one is not there, or none is left."""
    if not starts:
        return series
    title, keys = series.occasion.title, frozenset(_key_at(series, start) for start in starts)
    if "" in keys:
        raise Refused(f"'{title}' does not take place on all of the days that it should leave out; look at it again.")
    overrides = {key: override for key, override in series.overrides.items() if key not in keys}
    left = replace(series, exdates=series.exdates | keys, overrides=overrides)
    if left.is_empty():
        raise Refused(f"Nothing of '{title}' would be left; delete it instead.")
    return left


def _key_at(series: Series, start: When) -> str:
    """The key of the occurrence that begins then, changed or not; empty when there is none."""
    for key, override in series.overrides.items():
        if instant(override.occasion.start) == instant(start):
            return key
    pattern = series.pattern
    key = pattern.key(wall(start, pattern.zone))
    return key if key not in series.overrides and pattern.find(key) else ""


def split(series: Series, key: str, new_id: str) -> tuple[Series | None, Series]:
    """The series before the occurrence, or None when nothing is, and a series from it on, under `new_id`.

    When nothing is before, the second is the series itself.
    """
    pattern = series.pattern
    slot = slot_of(key, pattern.zone)
    before = {other: override for other, override in series.overrides.items() if other < key}
    head = replace(
        series,
        recurrence=_ended_before(series.recurrence, slot, pattern),
        exdates=frozenset(other for other in series.exdates if other < key),
        rdates=frozenset(other for other in series.rdates if other < key),
        overrides=before,
        revision=series.revision + 1,
    )
    if not before and next(pattern.slots(end=slot), None) is None:
        return None, series
    tail = replace(
        series,
        id=new_id,
        uid=new_id,
        exdates=series.exdates - head.exdates,
        rdates=series.rdates - head.rdates,
        overrides={other: override for other, override in series.overrides.items() if other >= key},
        revision=1,
    )
    return head, _beginning_at(tail, slot, pattern)


def _ended_before(rule: str, slot: datetime, pattern: Pattern) -> str:
    if not rule:
        return ""
    parts = {name: value for name, value in parse_rule(rule).items() if name not in ("COUNT", "UNTIL")}
    if pattern.all_day:
        until = (slot - timedelta(days=1)).strftime("%Y%m%d")
    else:
        last = slot.replace(tzinfo=pattern.zone).astimezone(UTC) - timedelta(seconds=1)
        until = last.strftime("%Y%m%dT%H%M%SZ")
    return format_rule(parts | {"UNTIL": until})


def _beginning_at(tail: Series, slot: datetime, pattern: Pattern) -> Series:
    """The tail with its start on a slot of the rule, so that the rule keeps its rhythm, and what is left of COUNT."""
    parts = parse_rule(tail.recurrence) if tail.recurrence else {}
    first = next((each for each in pattern.rule_slots(start=slot) if each >= slot), None)
    if first is None:  # only extra dates are left
        return replace(tail, recurrence="", occasion=tail.occasion.at(slot), rdates=tail.rdates - {pattern.key(slot)})
    if "COUNT" in parts:
        past = takewhile(lambda each: each < first, pattern.rule_slots())
        parts["COUNT"] = str(int(parts["COUNT"]) - sum(1 for _ in past))
    rdates = tail.rdates if first == slot else tail.rdates | {pattern.key(slot)}
    return replace(tail, recurrence=format_rule(parts), occasion=tail.occasion.at(first), rdates=rdates)


def update_one(series: Series, key: str, draft: EventDraft) -> Series:
    """The occurrence (or, with no key, the event that does not repeat) in the state of the draft. Raises Refused."""
    occasion = occasion_of(draft, series.shown(key))
    if key:
        return with_override(series, key, occasion)
    start = _wall_of(draft, occasion)
    rule = check_rule(draft.recurrence, start) if draft.recurrence else ""
    changed = replace(series, occasion=occasion, recurrence=rule, revision=series.revision + 1)
    return excepted(begun_in_gap(changed, start), draft.exdates)


def _wall_of(draft: EventDraft, occasion: Occasion) -> datetime:
    """When the draft begins on the clocks of its zone, also if they skip that time."""
    return skipped(draft.start, occasion.zone) or wall(occasion.start, occasion.zone)


def update_all(series: Series, key: str, draft: EventDraft) -> tuple[Series, str]:
    """All occurrences changed as the draft changes this one, and this one's key now.

    What the draft leaves as it was shown stays as it is everywhere; a new start moves all by as much. Changed
    occurrences follow where they agreed with the series; where they had something of their own they keep it.
    An empty key: the draft is of the series itself. Raises Refused.
    """
    shown = series.shown(key)
    wanted = occasion_of(draft, shown)
    if not draft.recurrence and (series.recurrence or not series.rdates):  # dates alone need no rule
        single = Series(series.id, series.uid, wanted, organizer=series.organizer, host=series.host)
        return replace(single, revision=series.revision + 1), ""
    old, changed = series.pattern, _changed(series.occasion, shown, wanted)
    now = _wall_of(draft, wanted)
    move = _mover(old, changed.zone, shown, wanted, now)
    start = move(old.start)
    new_rule = draft.recurrence != series.recurrence
    if new_rule:
        rule = check_rule(draft.recurrence, start)
        start = first_slot(parse_rule(rule), start) or start
    else:
        rule = _moved(series.recurrence, old, shown, wanted, changed, move)
        start = aligned(rule, start) if rule != series.recurrence else start
    result = Series(
        series.id,
        series.uid,
        changed.at(start),
        rule,
        organizer=series.organizer,
        host=series.host,
        revision=series.revision + 1,
        touched=series.touched,
    )
    carried = series if new_rule else excepted(series, draft.exdates)
    result = _carried_over(carried, begun_in_gap(result, start), move)
    if new_rule:
        result = excepted(result, draft.exdates)
    if not key:
        return result, ""
    pattern = result.pattern
    return _showing(result, pattern.key(move(slot_of(key, old.zone))), wanted)


Move = Callable[[datetime], datetime]


def _changed(series: Occasion, shown: Occasion, wanted: Occasion) -> Occasion:
    """The series' occasion with what the draft changes. Of its times only the length counts."""
    longer = wanted.duration != shown.duration or wanted.all_day != shown.all_day
    times = wanted if longer else series
    return replace(
        series,
        start=times.start,
        end=times.end,
        title=wanted.title if wanted.title != shown.title else series.title,
        location=wanted.location if wanted.location != shown.location else series.location,
        description=wanted.description if wanted.description != shown.description else series.description,
        guests=wanted.guests if wanted.guests != shown.guests else series.guests,
        timezone=wanted.timezone if wanted.timezone != shown.timezone else series.timezone,
        reminders=wanted.reminders if wanted.reminders != shown.reminders else series.reminders,
    )


def _mover(pattern: Pattern, zone: ZoneInfo, shown: Occasion, wanted: Occasion, now: datetime) -> Move:
    """How a slot of the old series becomes one of the new, in the new zone: by as much as the shown one is moved."""
    was = wall(shown.start, zone)

    def move(slot: datetime) -> datetime:
        here = slot if pattern.all_day else wall(slot.replace(tzinfo=pattern.zone), zone)
        if shown.all_day == wanted.all_day:
            return here + (now - was)
        return datetime.combine(here.date() + (now.date() - was.date()), now.time())

    return move


def _moved(rule: str, old: Pattern, shown: Occasion, wanted: Occasion, changed: Occasion, move: Move) -> str:
    """The series' own rule after the move; it stays word for word when nothing moves."""
    was, now = wall(shown.start, old.zone), wall(wanted.start, changed.zone)
    if not rule or (was == now and old.zone == changed.zone and old.all_day == changed.all_day):
        return rule
    parts = parse_rule(moved_rule(rule, was, now))
    if "UNTIL" in parts:
        until = move(until_slot(parts["UNTIL"], old.zone, old.all_day))
        parts["UNTIL"] = key_of(until, changed.zone, changed.all_day)
    return format_rule(parts)


def _carried_over(series: Series, result: Series, move: Move) -> Series:
    """The new series with the old one's exceptions, moved along; those that meet no occurrence now are dropped."""
    zone, pattern = series.occasion.zone, result.pattern
    result = replace(result, rdates=result.rdates | {pattern.key(move(slot_of(key, zone))) for key in series.rdates})
    pattern = result.pattern
    keys = {key: pattern.key(move(slot_of(key, zone))) for key in (*series.exdates, *series.overrides)}
    overrides = {
        keys[key]: Override(_follow(override.occasion, series, key, result.plain(keys[key])), override.revision)
        for key, override in series.overrides.items()
        if pattern.find(keys[key])
    }
    exdates = frozenset(keys[key] for key in series.exdates if pattern.find(keys[key]))
    return replace(result, exdates=exdates, overrides=overrides)


def _follow(own: Occasion, series: Series, key: str, plain: Occasion | None) -> Occasion:
    """A changed occurrence after a change of its series: what it had in common with it follows."""
    before = series.plain(key)
    if before is None or plain is None:
        return own
    moved = own.start != before.start or own.duration != before.duration or own.all_day != before.all_day
    times = own if moved else plain
    return replace(
        own,
        start=times.start,
        end=times.end,
        timezone=times.timezone,
        title=plain.title if own.title == before.title else own.title,
        location=plain.location if own.location == before.location else own.location,
        description=plain.description if own.description == before.description else own.description,
        guests=plain.guests if own.guests == before.guests else own.guests,
        reminders=plain.reminders if own.reminders == before.reminders else own.reminders,
    )


def _showing(series: Series, key: str, wanted: Occasion) -> tuple[Series, str]:
    """The series in which this occurrence is as wanted, as a changed one only if it has to be."""
    plain = series.plain(key)
    if plain is None:
        first = next(series.pattern.slots(), None)
        return series, "" if first is None else series.pattern.key(first)
    if wanted != plain:
        return with_override(series, key, wanted), key
    overrides = {other: override for other, override in series.overrides.items() if other != key}
    return replace(series, overrides=overrides), key


def respond_one(series: Series, key: str, response: Response) -> Series:
    occasion = replace(series.shown(key), my_response=response)
    if key:
        return with_override(series, key, occasion)
    return replace(series, occasion=occasion, revision=series.revision + 1)


def respond_all(series: Series, response: Response) -> Series:
    overrides = {
        key: Override(replace(override.occasion, my_response=response), override.revision)
        for key, override in series.overrides.items()
    }
    occasion = replace(series.occasion, my_response=response)
    return replace(series, occasion=occasion, overrides=overrides, revision=series.revision + 1)
