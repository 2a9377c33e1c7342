"""A far workspace that misbehaves as told, and counts every effect that it applied: a provider, all in one folder.

It lives outside of the store, so that it survives a crash of the server, and unless told otherwise it deduplicates
nothing: each effect that it applies is one more entry of `effects`. So two entries under one key are the proof of a
broken promise.
"""

from collections.abc import Callable

from tests.kit.far.calendar import FarCalendar
from tests.kit.far.contacts import FarContacts
from tests.kit.far.faults import (
    apply_and_hang,
    apply_twice,
    changed,
    crash_after,
    crash_before,
    expired_token,
    hang,
    late,
    lose_after,
    lose_before,
    lose_before_later,
    refuse,
    slow,
    time_out_after,
    unavailable,
)
from tests.kit.far.mail import FarMail
from tests.kit.far.state import Behavior, Call, Effect, State, Wire
from tests.kit.far.tasks import FarTasks

from sayso.workspace.accounts import Account, compose
from sayso.workspace.protocols import Workspace
from sayso.workspace.types import Person

__all__ = [
    "ACCOUNT",
    "Behavior",
    "Call",
    "Effect",
    "Far",
    "apply_and_hang",
    "apply_twice",
    "changed",
    "crash_after",
    "crash_before",
    "expired_token",
    "hang",
    "late",
    "lose_after",
    "lose_before",
    "lose_before_later",
    "refuse",
    "slow",
    "time_out_after",
    "unavailable",
]

ACCOUNT = "far"


class Far(State):
    """The far systems of all users. `script` holds what it does next for an object's name, in order; else it obeys."""

    def account(self, user_id: str, me: Person, alive: Callable[[], None] = lambda: None) -> Account:
        """The user's account. `alive` raises when the process that calls is dead."""
        wire = Wire(self, user_id, me, alive)
        parts = Workspace(FarCalendar(wire), FarTasks(wire), FarMail(wire), FarContacts(wire))
        return Account(ACCOUNT, "far", f"{me.email} (far)", parts)

    async def workspace(self, user_id: str, me: Person, alive: Callable[[], None] = lambda: None) -> Workspace:
        """The workspace of a user who has connected this account and no other."""
        return compose([self.account(user_id, me, alive)])
