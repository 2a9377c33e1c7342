"""What the grammar may look at while it reads."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sayso.offline.acts import Call, Json
from sayso.offline.memory import Memory


@dataclass(slots=True)
class Scene:
    """Where and when a sentence is said, after what; `people` gathers who is spoken of, the latest last."""

    now: datetime
    zone: ZoneInfo
    memory: Memory
    people: list[str] = field(default_factory=list)
    event: str = ""
    """The event spoken of last in this very message, in the user's words."""
    roles: set[str] = field(default_factory=set)
    """People of this message written like a common noun ("accountant"): a name or a role."""
    made: Call | None = None
    """The new event that stands earlier in this message."""
    instead_of: tuple[str, ...] = ()
    """The names of the waiting actions that this message comes in the place of; `dropped`: or of which it says at
    least that they are not wanted any more."""
    dropped: bool = False
    shown: list[str] | None = None
    """The ids of the events that stand in the answer, in its order; None: it lists none."""

    def show(self, events: Sequence[Json]) -> None:
        """Note the events that the answer lists, maybe none: what "the second one" will be."""
        self.shown = [*(self.shown or ()), *(str(each.get("id")) for each in events)]

    def person(self) -> str | None:
        """Who "she", "him" or "them" is."""
        return self.people[-1] if self.people else self.memory.person()
