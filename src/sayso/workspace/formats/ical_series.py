"""A series put together of its own component and those of its changed occurrences (RFC 5545, 3.8.4.4)."""

from collections.abc import Callable
from dataclasses import replace

from sayso.workspace.errors import Refused
from sayso.workspace.events.changes import split, update_all
from sayso.workspace.events.series import Override, Series
from sayso.workspace.formats.content_lines import Component, name_of
from sayso.workspace.formats.ical import Change

Version = tuple[int, str]
"""What of two versions of a component is higher for the newer."""


def version_of(found: Component) -> Version:
    """By SEQUENCE, then by when it was written (RFC 5546, 2.1.5)."""
    number, stamp = found.value("SEQUENCE").strip(), found.value("DTSTAMP") or found.value("LAST-MODIFIED")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0, stamp.strip()


def is_change(found: Component) -> bool:
    """Whether it is a changed occurrence of a series."""
    return any(name_of(line) == "RECURRENCE-ID" for line in found.lines)


class Changes:
    """The changed occurrences of a series, each in its newest version."""

    def __init__(self) -> None:
        self._found: dict[tuple[bool, str], tuple[Version, Change]] = {}

    def add(self, change: Change, version: Version) -> bool:
        """Whether it is the newest of its occurrence so far."""
        place = change.following, change.key
        newest = place not in self._found or self._found[place][0] <= version
        if newest:
            self._found[place] = version, change
        return newest

    def made_to(self, series: Series, new_id: Callable[[], str], new_uid: Callable[[str], str]) -> list[Series]:
        """The series with them; from one on that changes all that follow, a series of its own, with an id and, by its
        key, a UID. Raises Refused."""
        exdates, overrides, touched = set(series.exdates), dict(series.overrides), len(series.overrides)
        for (following, key), (_, change) in self._found.items():
            if not following and change.occasion is None:
                exdates.add(key)
            elif not following and change.occasion is not None:
                touched += 1
                overrides[key] = Override(change.occasion, touched)
        parts = [replace(series, exdates=frozenset(exdates), overrides=overrides, touched=touched)]
        for (following, _), (_, change) in sorted(self._found.items(), reverse=True):
            if following:
                parts[:1] = _from_there_on(parts[0], change, new_id, new_uid)
        return parts


def _from_there_on(
    series: Series, change: Change, new_id: Callable[[], str], new_uid: Callable[[str], str]
) -> list[Series]:
    """The series before the change, if anything is, and a series from it on (RFC 5545, 3.2.13)."""
    if series.pattern.find(change.key) is None:
        raise Refused("an occurrence that changes those behind it is none of the series.")
    head, tail = split(series, change.key, new_id())
    if change.draft is None or change.occasion is None:
        return [head] if head is not None else []
    changed, _ = update_all(tail, change.key, replace(change.draft, recurrence=tail.recurrence))
    own = replace(changed.occasion, free=change.occasion.free, kept=change.occasion.kept)
    changed = replace(changed, occasion=own)
    if head is None:
        return [changed]
    return [head, replace(changed, uid=new_uid(change.key))]
