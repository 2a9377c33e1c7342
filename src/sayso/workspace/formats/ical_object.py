"""A calendar object resource (RFC 4791, 4.1) read: one event or series with its changed occurrences, and the text that
it stands in."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final
from zoneinfo import ZoneInfo

from sayso.base.steps import TooManySteps, within
from sayso.workspace.errors import Refused
from sayso.workspace.events.looking import MOST_STEPS
from sayso.workspace.events.recurrence import slot_of
from sayso.workspace.events.series import Override, Series, as_seen_by
from sayso.workspace.formats.ical import Item, Reading, parse_change, parse_series
from sayso.workspace.formats.ical_alarms import reminders_of
from sayso.workspace.formats.ical_series import Changes, is_change, version_of
from sayso.workspace.formats.ical_text import Block, Piece, cut, pieces, text_from
from sayso.workspace.formats.zones import Zones
from sayso.workspace.people import Me

KEY: Final = "X-SAYSO-KEY"
"""Names the change that an object comes of."""
NO_EVENT: Final = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError, TooManySteps,
)  # fmt: skip
"""What a hostile text makes those raise that read it."""


@dataclass(frozen=True, slots=True)
class CalendarObject:
    parts: tuple[Piece | Block, ...]
    """The text: lines, and as blocks its events and time zones."""
    series: Series
    """As the user sees it."""
    later: tuple[Series, ...]
    """Those from an occurrence on that changes all that follow (RFC 5545, 3.2.13)."""
    reading: Reading
    master: Block | None
    """None: invitations to single occurrences, without their series."""
    changed: Mapping[str, Block]
    """By its key, the newest component of each changed occurrence, also of one that is cancelled."""
    older: tuple[Block, ...]
    """Components of changed occurrences that have a newer one."""

    @property
    def text(self) -> bytes:
        return text_from(self.parts)

    @property
    def events(self) -> list[Block]:
        """The components of its UID."""
        return [*((self.master,) if self.master else ()), *self.changed.values(), *self.older]

    @property
    def keys(self) -> frozenset[str]:
        """Those of the changes that it comes of, as far as it names them."""
        return frozenset(piece.value for each in self.events for piece in each.own(KEY))

    @property
    def all(self) -> tuple[Series, ...]:
        return (self.series, *self.later)


def read_object(text: bytes, me: Me, zone: ZoneInfo, event_id: str) -> CalendarObject:
    """The object of a text. `zone`: what times without a zone are in. Raises Refused where no event can be read."""
    try:
        with within(MOST_STEPS, "it takes too long to find out when it happens."):
            return _read(text, me, zone, event_id)
    except NO_EVENT as error:
        raise Refused("it cannot be read.") from error


def _read(text: bytes, me: Me, zone: ZoneInfo, event_id: str) -> CalendarObject:
    parts = tuple(cut(pieces(text), ("VEVENT", "VTIMEZONE")))
    blocks = [part for part in parts if isinstance(part, Block)]
    events = [block for block in blocks if block.kind == "VEVENT"]
    if not events:
        raise Refused("there is no event in it.")
    zones = Zones((block.component for block in blocks if block.kind == "VTIMEZONE"), zone, zone)
    reading = Reading(me, zones, zone, zone)
    uid = events[0].component.value("UID").strip()
    events = [block for block in events if block.component.value("UID").strip() == uid]
    changes = [block for block in events if is_change(block.component)]
    masters = sorted((block for block in events if not is_change(block.component)), key=_version)
    if masters:
        item = Item.of(masters[-1].component, reading)
        if item.cancelled:
            raise Refused("it is cancelled.")
        base = parse_series(item, event_id, uid)
    else:
        base = _around(changes, reading, event_id, uid)
    return _assembled(parts, base, masters[-1] if masters else None, changes, reading)


def _version(block: Block) -> tuple[int, str]:
    return version_of(block.component)


def _around(changes: list[Block], reading: Reading, event_id: str, uid: str) -> Series:
    """A series that has nothing but these occurrences."""
    item = Item.of(changes[0].component, reading)
    alone = parse_series(item, event_id, uid)
    found = set[str]()
    for block in changes:
        with suppress(Refused):
            found.add(parse_change(Item.of(block.component, reading), alone).key)
    first = parse_change(item, alone).key
    return replace(alone, occasion=alone.occasion.at(slot_of(first, alone.occasion.zone)), rdates=frozenset(found))


def _assembled(
    parts: tuple[Piece | Block, ...], base: Series, master: Block | None, events: Iterable[Block], reading: Reading
) -> CalendarObject:
    changes, changed, older = Changes(), dict[str, Block](), list[Block]()
    for block in events:
        with suppress(Refused):  # one that makes no sense costs that change, and stays as it is
            change = parse_change(Item.of(block.component, reading), base)
            newest = changes.add(change, _version(block))
            if change.following:
                continue
            if not newest:
                older.append(block)
                continue
            if change.key in changed:
                older.append(changed[change.key])
            changed[change.key] = block
    made = changes.made_to(base, lambda: base.id, lambda key: base.uid)
    if not made or made[0].is_empty():
        raise Refused("none of its occurrences is left.")
    for each in made:
        each.check()
    series = _reminding(made[0], master, changed)
    first, *later = (as_seen_by(each, reading.me) for each in (series, *made[1:]))
    return CalendarObject(parts, first, tuple(later), reading, master, changed, tuple(older))


def _reminding(series: Series, master: Block | None, changed: Mapping[str, Block]) -> Series:
    own = reminders_of(master) if master else ()
    overrides = {
        key: Override(
            replace(override.occasion, reminders=reminders_of(changed[key]) if key in changed else own),
            override.revision,
        )
        for key, override in series.overrides.items()
    }
    return replace(series, occasion=replace(series.occasion, reminders=own), overrides=overrides)
