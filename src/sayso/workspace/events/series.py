"""An event as it is kept: a single one, or a series with its changed occurrences. Plain data, no store."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sayso.base.steps import take
from sayso.base.zones import zone_named
from sayso.workspace.errors import ObjectNotFound, Refused
from sayso.workspace.events.recurrence import MAX_EXCEPTIONS, Pattern, check_rule, wall
from sayso.workspace.links import link_of
from sayso.workspace.people import Me
from sayso.workspace.types import Event, EventDraft, Guest, Person, Response

DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1000, 9000
"""Between these an event lies, so that a window around it, in any zone, is within what a date can be."""
LONGEST_REPEATED = timedelta(days=366)
"""One that lasts longer than until the next would have any number of occurrences at the same time."""
GONE = "That event is not in your calendar any more."


@dataclass(frozen=True, slots=True)
class Occasion:
    """When, what and with whom: of an event, of a whole series, or of one changed occurrence."""

    title: str
    start: datetime | date
    end: datetime | date
    timezone: str
    location: str = ""
    description: str = ""
    guests: tuple[Guest, ...] = ()
    my_response: Response = "accepted"
    free: bool = False
    """It takes no time: nothing overlaps it (TRANSP, RFC 5545, 3.8.2.7)."""
    kept: tuple[str, ...] = ()
    """Content lines that nothing here reads; they are given back as they came."""
    reminders: tuple[int, ...] | None = None
    """As an event has them; None where nothing is known of them."""
    own: tuple[Guest, ...] = ()
    """The user himself among the guests, where he looks at it (`as_seen_by`): the first one has his answer."""

    @property
    def all_day(self) -> bool:
        return not isinstance(self.start, datetime)

    @property
    def zone(self) -> ZoneInfo:
        return zone_named(self.timezone)

    @property
    def duration(self) -> timedelta:
        """Time that really passes, also across a change of the clocks."""
        return instant(self.end) - instant(self.start)

    def at(self, slot: datetime) -> "Occasion":
        """The same at another wall-clock time, as long as before: whole days from a time of day to the same stay whole
        days, which are not always 24 hours (RFC 5545, 3.3.6)."""
        if self.all_day:
            return replace(self, start=slot.date(), end=(slot + self.duration).date())
        zone, start, length = self.zone, slot.replace(tzinfo=self.zone).astimezone(UTC), self.duration
        end = start + length
        if length > DAY / 2:  # a shorter one, as most are, cannot be a day
            shown = wall(self.end, zone) - wall(self.start, zone)
            end = end if shown % DAY else (slot + shown).replace(tzinfo=zone).astimezone(UTC)
        return replace(self, start=start.astimezone(zone), end=end.astimezone(zone))

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """An all-day event is a date wherever one is: compared with the window's own wall clock."""
        if not isinstance(self.start, datetime) or not isinstance(self.end, datetime):
            begins, ends = wall(self.start, self.zone), wall(self.end, self.zone)
            start, end = start.replace(tzinfo=None), end.replace(tzinfo=None)
        else:
            begins, ends = self.start.astimezone(UTC), self.end.astimezone(UTC)
            start, end = start.astimezone(UTC), end.astimezone(UTC)
        return begins < end and (ends > start or begins == ends == start)


def instant(when: datetime | date) -> datetime:
    """The instant of a time; of a date, its midnight in UTC."""
    return when.astimezone(UTC) if isinstance(when, datetime) else datetime(when.year, when.month, when.day, tzinfo=UTC)


def occasion_of(draft: EventDraft, like: Occasion | None = None, my_response: Response = "accepted") -> Occasion:
    """The draft's occasion, its times in its own zone; what no draft has is as in `like`. Raises Refused when it makes
    no event."""
    try:
        zone = zone_named(draft.timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Refused(f"There is no time zone '{draft.timezone}'.") from error
    start, end = draft.start, draft.end
    if not all(FIRST_YEAR <= each.year <= LAST_YEAR for each in (start, end)):
        raise Refused(f"An event lies within the years {FIRST_YEAR} to {LAST_YEAR}.")
    if isinstance(start, datetime) != isinstance(end, datetime):
        raise Refused("An event is either all day or has times at both ends.")
    if isinstance(start, datetime) and isinstance(end, datetime):
        start, end = start.astimezone(zone), end.astimezone(zone)
        if instant(end) < instant(start):
            raise Refused("An event cannot end before it starts.")
    elif end <= start:
        raise Refused("An all-day event lasts a day at least.")
    occasion = Occasion(
        draft.title,
        start,
        end,
        draft.timezone,
        draft.location,
        draft.description,
        draft.guests,
        my_response,
        reminders=draft.reminders,
    )
    if like is None:
        return occasion
    reminders = like.reminders if draft.reminders is None else draft.reminders
    return replace(
        occasion, my_response=like.my_response, free=like.free, kept=like.kept, own=like.own, reminders=reminders
    )


@dataclass(frozen=True, slots=True)
class Override:
    """A changed occurrence. `revision` differs for each change."""

    occasion: Occasion
    revision: int


@dataclass(frozen=True, slots=True)
class Series:
    id: str
    uid: str
    occasion: Occasion
    recurrence: str = ""
    exdates: frozenset[str] = frozenset()
    rdates: frozenset[str] = frozenset()
    overrides: Mapping[str, Override] = field(default_factory=dict)
    organizer: Person | None = None
    host: Person | None = None
    """The organizer, where that is the user who looks at it (`as_seen_by`)."""
    revision: int = 1
    touched: int = 0
    """Counts the changes to single occurrences, which leave the other occurrences at their revision."""

    @property
    def repeats(self) -> bool:
        return bool(self.recurrence or self.rdates)

    @property
    def pattern(self) -> Pattern:
        start = wall(self.occasion.start, self.occasion.zone)
        return Pattern(
            start, self.occasion.zone, self.occasion.all_day, self.recurrence, self.exdates, self.rdates
        )  # fmt: skip

    def plain(self, key: str) -> Occasion | None:
        """The occurrence as the series itself has it, changed or not; None when there is none."""
        slot = self.pattern.find(key)
        return None if slot is None else self.occasion.at(slot)

    def shown(self, key: str) -> Occasion:
        """The occurrence as it stands. Raises ObjectNotFound. The empty key: the event or series itself."""
        if not key:
            return self.occasion
        found = self.overrides[key].occasion if key in self.overrides else self.plain(key) if self.repeats else None
        if found is None:
            raise ObjectNotFound(GONE)
        return found

    def event(self, key: str = "") -> Event:
        """The event, or the occurrence with this key. Raises ObjectNotFound."""
        return self._event(self.shown(key), key)

    def _event(self, occasion: Occasion, key: str) -> Event:
        return Event(
            title=occasion.title,
            start=occasion.start,
            end=occasion.end,
            timezone=occasion.timezone,
            location=occasion.location,
            description=occasion.description,
            guests=occasion.guests,
            recurrence=self.recurrence,
            reminders=occasion.reminders,
            id=f"{self.id}@{key}" if key else self.id,
            series_id=self.id if key else "",
            revision=self.revision_of(key),
            organizer=self.organizer,
            my_response=occasion.my_response,
            free=occasion.free,
            link=link_of(occasion.kept, occasion.location, occasion.description),
        )

    def revision_of(self, key: str) -> str:
        if not key:
            return f"{self.revision}-{self.touched}" if self.repeats else str(self.revision)
        return f"{self.revision}.{self.overrides[key].revision}" if key in self.overrides else str(self.revision)

    def window(self, start: datetime, end: datetime) -> Iterator[Event]:
        """What overlaps [start, end), in no order. Each day and occurrence that is looked at is a step."""
        take()
        if not self.repeats:
            if self.occasion.overlaps(start, end):
                yield self.event()
            return
        pattern, zone = self.pattern, self.occasion.zone
        for slot in pattern.slots(wall(start, zone) - self.occasion.duration - DAY, wall(end, zone) + DAY):
            key, occasion = pattern.key(slot), self.occasion.at(slot)
            if key not in self.overrides and occasion.overlaps(start, end):
                yield self._event(occasion, key)
        for key, override in self.overrides.items():
            take()
            if override.occasion.overlaps(start, end):
                yield self._event(override.occasion, key)

    def check(self) -> None:
        """Raises Refused when a look at it would take too long."""
        if self.repeats and self.occasion.duration > LONGEST_REPEATED:
            raise Refused("An event that repeats lasts a year at most.")
        if max(map(len, (self.exdates, self.rdates, self.overrides))) > MAX_EXCEPTIONS:
            raise Refused(f"An event that repeats has {MAX_EXCEPTIONS:,} exceptions of a kind at most.")

    def is_empty(self) -> bool:
        """Whether nothing of it is left."""
        return self.repeats and not self.overrides and next(self.pattern.slots(), None) is None

    def span(self) -> tuple[datetime, datetime | None]:
        """An instant that nothing of it begins before, and one that nothing of it ends after (None: it never ends)."""
        all_of_them = [self.occasion, *(override.occasion for override in self.overrides.values())]
        first = min(instant(occasion.start) for occasion in all_of_them)
        last = max(instant(occasion.end) for occasion in all_of_them)
        if not self.repeats:
            return first, last
        pattern = self.pattern
        if pattern.rdates:
            first = min(first, instant(self.occasion.at(next(pattern.slots(), pattern.start)).start))
        end = pattern.last()
        return first, None if end is None else max(last, instant(self.occasion.at(end).end))


def as_seen_by(series: Series, me: Me) -> Series:
    """The series as its user sees it: what he organizes is his own, and he is not among his guests.

    It is kept with all people as they are in the file that it came from (`as_kept`), so that whose it is follows the
    user's addresses. Without an organizer it is his.
    """
    host = series.organizer if series.organizer is not None and me.owns(series.organizer.email) else None
    mine = series.organizer is None or host is not None
    overrides = {
        key: replace(override, occasion=_seen(override.occasion, me, mine))
        for key, override in series.overrides.items()
    }
    return replace(
        series,
        occasion=_seen(series.occasion, me, mine),
        overrides=overrides,
        organizer=None if mine else series.organizer,
        host=host or series.host,
    )


def _seen(occasion: Occasion, me: Me, mine: bool) -> Occasion:
    own = [guest for guest in occasion.guests if me.owns(guest.email)]
    if not own:
        return replace(occasion, my_response="accepted") if mine and occasion.my_response != "accepted" else occasion
    own.sort(key=lambda guest: guest.response == "needs_action")  # of several, the one that has answered
    return replace(
        occasion,
        guests=tuple(guest for guest in occasion.guests if guest not in own),
        my_response="accepted" if mine else own[0].response,
        own=tuple(own),
    )


def as_kept(series: Series) -> Series:
    """What `as_seen_by` showed, maybe changed since, with all people in it, and the user's answer beside his name."""
    mine = series.organizer is None
    overrides = {
        key: replace(override, occasion=_whole(override.occasion, mine)) for key, override in series.overrides.items()
    }
    organizer = series.host if mine else series.organizer
    return replace(
        series, occasion=_whole(series.occasion, mine), overrides=overrides, organizer=organizer, host=None
    )  # fmt: skip


def _whole(occasion: Occasion, mine: bool) -> Occasion:
    if not occasion.own:
        return occasion
    first, *others = occasion.own
    first = first if mine else replace(first, response=occasion.my_response)
    return replace(occasion, guests=(*occasion.guests, first, *others), own=())


def series_of(
    event_id: str, uid: str, draft: EventDraft, organizer: Person | None = None, my_response: Response = "accepted"
) -> Series:
    """A new event from its draft. Raises Refused."""
    occasion = occasion_of(draft, my_response=my_response)
    rule = check_rule(draft.recurrence, wall(occasion.start, occasion.zone)) if draft.recurrence else ""
    return Series(event_id, uid, occasion, rule, organizer=organizer)
