"""What an account of CalDAV or CardDAV turns out to have when it is connected. Nothing is written."""

from typing import Final

from sayso.workspace.connected.connector import Check
from sayso.workspace.dav.collections import Collection
from sayso.workspace.dav.homes import Homes
from sayso.workspace.dav.urls import host_of
from sayso.workspace.errors import WorkspaceError

CALENDAR: Final = "calendar"
TASKS: Final = "tasks"
CONTACTS: Final = "contacts"
_KINDS: Final = {CALENDAR: ("VEVENT", "calendar"), TASKS: ("VTODO", "task list")}


async def check_caldav(homes: Homes) -> list[Check]:
    """Whether there are calendars and task lists, and whether one may write to them."""
    try:
        found = await homes.collections(fresh=True)
    except WorkspaceError as error:
        return [Check(name, False, str(error)) for name in _KINDS]
    host = host_of(homes.dav.url)
    return [
        check
        for name, (kind, _) in _KINDS.items()
        for check in _checked(name, [each for each in found if kind in each.components], host)
    ]


def _checked(name: str, found: list[Collection], host: str) -> list[Check]:
    what = _KINDS[name][1]
    if not found:
        return [Check(name, False, f"There is no {what} on {host}; make one there first.")]
    writable = any(each.writable for each in found)
    why = "" if writable else f"Every {what} on {host} may only be looked at."
    return [Check(name, True), Check(f"{name}_write", writable, why)]


async def check_carddav(homes: Homes) -> list[Check]:
    """Whether there are address books."""
    try:
        found = await homes.collections(fresh=True)
    except WorkspaceError as error:
        return [Check(CONTACTS, False, str(error))]
    none = f"There is no address book on {host_of(homes.dav.url)}; make one there first."
    return [Check(CONTACTS, bool(found), "" if found else none)]
