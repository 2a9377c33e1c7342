"""What Google is asked for ("OAuth 2.0 Scopes for Google APIs"): no more than each part needs."""

from collections.abc import Mapping
from typing import Final

from sayso.workspace.types import Part

KIND: Final = "google"
LABEL: Final = "Google"
OTHER_CONTACTS: Final = "https://www.googleapis.com/auth/contacts.other.readonly"
SCOPES: Final[Mapping[Part, tuple[str, ...]]] = {
    "calendar": (
        "https://www.googleapis.com/auth/calendar.events",
        "https://www.googleapis.com/auth/calendar.calendarlist.readonly",
        "https://www.googleapis.com/auth/calendar.freebusy",
    ),
    "tasks": ("https://www.googleapis.com/auth/tasks",),
    "mail": ("https://www.googleapis.com/auth/gmail.modify",),
    "contacts": ("https://www.googleapis.com/auth/contacts.readonly", OTHER_CONTACTS),
}
