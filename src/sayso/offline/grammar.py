"""Which part of the grammar reads a request. The order matters: what must not act comes first."""

from collections.abc import Callable

from sayso.base import steps
from sayso.offline import anywhere, beyond, choices, contacts, guard, kept, overview, talk
from sayso.offline.acts import Act, Ask, Do
from sayso.offline.calendar import change as calendar_change
from sayso.offline.calendar import create as calendar_create
from sayso.offline.calendar import invitations
from sayso.offline.calendar import look as calendar_look
from sayso.offline.mail import look as mail_look
from sayso.offline.mail import sort as mail_sort
from sayso.offline.mail import write as mail_write
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.words import Quotes
from sayso.offline.scene import Scene
from sayso.offline.tasks import change as task_change
from sayso.offline.tasks import create as task_create
from sayso.offline.tasks import look as task_look

CHARACTERS = 8
"""How many of them some patterns pass over at the cost of one step."""
READS = frozenset({"read_mail"})
Reader = Callable[[Clause, Quotes, Scene], Act | None]

_READERS: tuple[Reader, ...] = (
    guard.read,
    talk.read,
    kept.read,
    beyond.read,
    overview.read,
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
    mail_look.read_loosely,
    anywhere.read_loosely,
)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    """What one request comes to; None when it is not understood."""
    act = _read(clause, quotes, scene)
    if isinstance(act, Do) and (sides := choices.alternatives(clause, scene)):
        one, two = ((_read(side, quotes, scene), label) for side, label in sides)
        return choices.which(one, two) or act
    return act


def _read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    for reader in _READERS:
        steps.take(1 + len(clause.text) // CHARACTERS)
        act = reader(clause, quotes, scene)
        if act is None or (guard.is_question(clause) and _proposes(act)):
            continue
        return act
    return None


def _proposes(act: Act) -> bool:
    """Whether an act leads to an effect, at once or after an answer. What is withdrawn is none."""
    if isinstance(act, Ask):
        return act.question is not None and act.question.call.tool not in READS
    return isinstance(act, Do) and any(call.tool != "withdraw_plan" for call in act.calls)
