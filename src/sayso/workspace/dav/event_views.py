"""What is shown of an event on a server, and the digest by which one tells whether that has changed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sayso.workspace.dav.collections import Collection
from sayso.workspace.events.saying import digest, exceptions, said
from sayso.workspace.events.series import Series
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
        """Of what is shown; of an occurrence that and what its series says, but not what others of it do."""
        told: list[Any] = [series.uid, series.recurrence, said(series.occasion, series)]
        if key in series.overrides:
            told.append(said(series.overrides[key].occasion, series))
        elif not key:
            told += exceptions(series)
        else:
            return self._common(told)
        return digest(told)

    def _common(self, told: list[Any]) -> str:
        name = repr(told)
        if name not in self._known:
            self._known[name] = digest(told)
        return self._known[name]


def unreached(block: Block, event: Event) -> Iterator[str]:
    """Whom the server could not tell (SCHEDULE-STATUS, RFC 6638, 3.2.9): of the user's own event guests, of another's
    its organizer."""
    for piece in block.own("ORGANIZER" if event.organizer is not None else "ATTENDEE"):
        codes = _STATUS.findall(piece.line.param("SCHEDULE-STATUS")) if piece.line is not None else []
        if codes and _FAILED.issuperset(codes) and (address := address_of(piece)):
            yield address
