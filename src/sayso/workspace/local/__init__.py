"""The embedded workspace: calendar, tasks, mail and contacts in the product's own store."""

from dataclasses import dataclass

from sayso.base.clock import Clock
from sayso.base.ids import Ids
from sayso.store.gateway import Store
from sayso.workspace.local.calendar import LocalCalendar
from sayso.workspace.local.contacts import LocalContacts
from sayso.workspace.local.mail import LocalMail
from sayso.workspace.local.samples import LocalSamples
from sayso.workspace.local.tasks import LocalTasks
from sayso.workspace.people import Me
from sayso.workspace.protocols import PARTS, Workspace
from sayso.workspace.types import Connection

_CONNECTIONS = tuple(Connection(name, "local") for name in PARTS)


@dataclass(frozen=True, slots=True)
class LocalWorkspace(Workspace):
    """It has all parts."""

    calendar: LocalCalendar
    tasks: LocalTasks
    mail: LocalMail
    contacts: LocalContacts


def local_workspace(store: Store, user_id: str, me: Me, clock: Clock, ids: Ids) -> LocalWorkspace:
    """One user's embedded workspace. Cheap: it opens nothing."""
    return LocalWorkspace(
        calendar=LocalCalendar(store, user_id, me, clock, ids),
        tasks=LocalTasks(store, user_id, clock, ids),
        mail=LocalMail(store, user_id, me, clock, ids),
        contacts=LocalContacts(store, user_id, me),
        samples=LocalSamples(store, user_id),
        connections=_CONNECTIONS,
    )
