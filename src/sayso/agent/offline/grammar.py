"""Which part of the grammar reads a request. The order matters: what must not act comes first."""

from collections.abc import Callable

from sayso.agent.offline import (
    calendar_change,
    calendar_create,
    calendar_look,
    contacts,
    guard,
    invitations,
    mail_look,
    mail_sort,
    mail_write,
    talk,
    task_change,
    task_create,
    task_look,
)
from sayso.agent.offline.acts import Act, Scene
from sayso.agent.offline.clauses import Clause
from sayso.agent.offline.words import Quotes

Reader = Callable[[Clause, Quotes, Scene], Act | None]

_READERS: tuple[Reader, ...] = (
    guard.read,
    talk.read,
    task_create.read,
    invitations.read,
    mail_write.read,
    mail_sort.read,
    task_change.read,
    calendar_change.read,
    contacts.read,
    mail_look.read,
    task_look.read,
    calendar_look.read,
    calendar_create.read,
    task_create.read_loosely,
)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    """What one request comes to; None when it is not understood."""
    for reader in _READERS:
        act = reader(clause, quotes, scene)
        if act is not None:
            return act
    return None
