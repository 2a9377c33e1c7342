"""Whose systems are whose, and the accounts of one user as one workspace."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from sayso.workspace.joined import JoinedCalendar, JoinedContacts, JoinedMail, JoinedTasks
from sayso.workspace.joined.joined import Missed
from sayso.workspace.people import Me
from sayso.workspace.protocols import PARTS, Workspace
from sayso.workspace.types import Connection, Part

P = TypeVar("P")


class Accounts(Protocol):
    async def workspace(self, user_id: str, me: Me) -> Workspace:
        """The user's connected systems, as one workspace. `me`: the user as mails and invitations name him.

        It only looks up what is connected, and opens no connection: a turn's lease is not renewed meanwhile, and what
        fails is told by the part that is used. Raises StoreUnavailable.
        """
        ...


@dataclass(frozen=True, slots=True)
class Account:
    """One connected account. `id`: has no colon and is empty for the embedded one; `name`: what the user calls it, as
    its address; `parts`: what it serves; `default_for`: of what it is where new things are made."""

    id: str
    provider: str
    name: str
    parts: Workspace
    default_for: frozenset[Part] = frozenset()
    address: str = ""
    problem: str = ""
    """Why it cannot be used, or was not reached of late: a sentence."""
    closed: bool = False
    """Whether it cannot be used until its user has connected it again; its parts then raise why."""


def compose(accounts: Sequence[Account]) -> Workspace:
    """The accounts as one workspace.

    New things are made in the account that is the default for them, else in the first one. Everything else happens in
    the account that an id carries; ids of the embedded account are bare. Of a part that several accounts serve, one
    that has to be connected again is told of, and the others are given.
    """
    missed: Missed = {}
    own = {account.id: _joined([account], missed) for account in accounts}
    return replace(_joined(accounts, missed), accounts=own)


def _joined(accounts: Sequence[Account], missed: Missed) -> Workspace:
    names = {account.id: account.name for account in accounts}

    def one(parts: Mapping[str, P], join: Callable[[Mapping[str, P], Mapping[str, str], Missed], P]) -> P | None:
        if list(parts) == [""]:
            return parts[""]  # the embedded one alone needs nobody between
        return join(parts, names, missed) if parts else None

    calendars, lists, boxes, books = (_first(accounts, part) for part in PARTS)
    return Workspace(
        one({each.id: each.parts.calendar for each in calendars if each.parts.calendar is not None}, JoinedCalendar),
        one({each.id: each.parts.tasks for each in lists if each.parts.tasks is not None}, JoinedTasks),
        one({each.id: each.parts.mail for each in boxes if each.parts.mail is not None}, JoinedMail),
        one({each.id: each.parts.contacts for each in books if each.parts.contacts is not None}, JoinedContacts),
        tuple(_connection(part, account) for part in PARTS for account in _first(accounts, part)),
        missed=missed,
        samples=next((each.parts.samples for each in accounts if each.parts.samples is not None), None),
        closed=_closed(accounts),
        notices=tuple(account.problem for account in accounts if account.closed),
        addresses=tuple(account.address for account in accounts if account.address),
    )


def _closed(accounts: Sequence[Account]) -> dict[Part, str]:
    serving = {part: _first(accounts, part) for part in PARTS}
    return {part: some[0].problem for part, some in serving.items() if some and all(each.closed for each in some)}


def _first(accounts: Sequence[Account], part: Part) -> list[Account]:
    """The accounts that serve the part, the default one first."""
    return sorted(
        (account for account in accounts if part in account.parts.connected),
        key=lambda account: part not in account.default_for,
    )


def _connection(part: Part, account: Account) -> Connection:
    called = account.name if account.id else None
    return Connection(part, account.provider, called, account.id, account.name, account.problem, account.closed)
