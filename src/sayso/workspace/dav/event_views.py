"""What is shown of an event on a server, and the digest by which one tells whether that has changed."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sayso.workspace.dav.collections import Collection
from sayso.workspace.events.series import Occasion, Series
from sayso.workspace.formats.ical_lines import address_of
from sayso.workspace.formats.ical_object import CalendarObject
from sayso.workspace.formats.ical_text import Block
from sayso.workspace.types import Event

_STATUS: Final = re.compile(r"([1-9])\.\d")
_FAILED: Final = frozenset("35")


@dataclass(frozen=True, slots=True)
class Views:
    """Of one object."""

    collection: Collection
    obj: CalendarObject
    _known: dict[str, str] = field(default_factory=dict)

    def event(self, series: Series, key: str) -> Event:
        """Raises ObjectNotFound."""
        return self.seen(series, series.event(key), key)

    def seen(self, series: Series, event: Event, key: str) -> Event:
        block = self.obj.changed.get(key) or self.obj.master
        return replace(
            event,
            calendar=self.collection.name,
            color=self.collection.color,
            fixed=not self.collection.writable,
            revision=self._revision(series, key),
            undelivered=tuple(unreached(block, event)) if block is not None else (),
        )

    def _revision(self, series: Series, key: str) -> str:
        """Of what is shown, without other people's answers, which come in by themselves. Of an occurrence that and what
        its series says, but not what others of it do."""
        said: list[Any] = [series.uid, series.recurrence, _said(series.occasion, series)]
        if key in series.overrides:
            said.append(_said(series.overrides[key].occasion, series))
        elif not key:
            said += [sorted(series.exdates), sorted(series.rdates)]
            said += [(each, _said(series.overrides[each].occasion, series)) for each in sorted(series.overrides)]
        else:
            return self._common(said)
        return _digest(said)

    def _common(self, said: list[Any]) -> str:
        told = repr(said)
        if told not in self._known:
            self._known[told] = _digest(said)
        return self._known[told]


def _digest(said: list[Any]) -> str:
    return hashlib.sha256(repr(said).encode("utf-8", "replace")).hexdigest()[:32]


def _said(occasion: Occasion, series: Series) -> tuple[Any, ...]:
    return (
        occasion.title,
        occasion.start.isoformat(),
        occasion.end.isoformat(),
        occasion.timezone,
        occasion.location,
        occasion.description,
        sorted(guest.email.casefold() for guest in occasion.guests),
        occasion.reminders,
        occasion.free,
        (series.organizer.email, occasion.my_response) if series.organizer else "",
    )


def unreached(block: Block, event: Event) -> Iterator[str]:
    """Whom the server could not tell (SCHEDULE-STATUS, RFC 6638, 3.2.9): of the user's own event guests, of another's
    its organizer."""
    for piece in block.own("ORGANIZER" if event.organizer is not None else "ATTENDEE"):
        codes = _STATUS.findall(piece.line.param("SCHEDULE-STATUS")) if piece.line is not None else []
        if codes and _FAILED.issuperset(codes) and (address := address_of(piece)):
            yield address
