"""What is still to be done of a change when its first request is: it is kept under the change's key before that is
sent, so that whoever comes by the key again, after a crash as well, does the rest."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import TypeAdapter

from sayso.workspace.connected.marks import Marks
from sayso.workspace.events.series import Series
from sayso.workspace.google.calendar.calendars import Listed
from sayso.workspace.google.calendar.views import shown
from sayso.workspace.google.client import Json
from sayso.workspace.stored import EVENT, event_from, to_json
from sayso.workspace.types import Event

_PLAN: Final = "plan."


@dataclass(frozen=True, slots=True)
class Settled:
    """What the occurrences of a series are to be that are not as it has them. `id`: Google's; `changed`: events as
    JSON by their keys; `left_out`: the keys of those that do not take place."""

    id: str
    changed: Mapping[str, Any] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()

    def event(self, key: str) -> Event | None:
        return event_from(EVENT, self.changed[key]) if key in self.changed else None


@dataclass(frozen=True, slots=True)
class Rest:
    """`shown`: the id of the event that is shown in the end; `before`: the lines of a series that is cut, to be put
    back where the other part is refused; `made`: that part."""

    notify: bool
    shown: str
    settled: tuple[Settled, ...] = ()
    made: Json | None = None
    before: tuple[str, ...] = ()


_REST: Final = TypeAdapter(Rest)


def settled_of(event_id: str, series: Series, calendar: Listed) -> Settled:
    """The changed occurrences of a series as it is to be."""
    changed = {key: to_json(EVENT, shown(series, key, calendar)) for key in series.overrides}
    return Settled(event_id, changed, tuple(sorted(series.exdates)))


async def keep(marks: Marks, key: str, rest: Rest) -> str:
    """Its name under the key: another plan that was made before under it, for an event that has changed since, has
    another one."""
    text = _REST.dump_json(rest).decode()
    name = hashlib.sha256(text.encode()).hexdigest()[:24]
    await marks.keep(key, f"{_PLAN}{name}", text)
    return name


async def kept(marks: Marks, key: str, name: str) -> Rest | None:
    text = (await marks.of(key)).get(f"{_PLAN}{name}")
    return None if text is None else _REST.validate_json(text)


async def shown_by(marks: Marks, key: str) -> list[str]:
    """The ids that the plans under a key show in the end."""
    found = await marks.of(key)
    return [_REST.validate_json(text).shown for name, text in sorted(found.items()) if name.startswith(_PLAN)]
