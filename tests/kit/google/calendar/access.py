"""Which calendar a request means, and what its sender may do there."""

from tests.kit.google.calendar.book import Book
from tests.kit.google.calendar.store import Calendar, Calendars, Seen
from tests.kit.google.parts import Call
from tests.kit.google.problems import Problem

ROLES = ("freeBusyReader", "reader", "writer", "owner")


def not_found() -> Problem:
    return Problem(404, "notFound", "Not Found")


def opened(call: Call, least: str) -> tuple[Calendar, Book, str]:
    """The calendar, the sender's book, his role there. Raises Problem if he has less than `least`."""
    book = call.account.state(Book)
    id = call.path["calendarId"]
    id = call.account.email if id == "primary" else id
    entry = book.entries.get(id)
    calendar = call.fake.service(Calendars).by_id.get(id)
    if calendar is None or entry is None:
        raise not_found()
    role = str(entry["accessRole"])
    if ROLES.index(role) < ROLES.index(least):
        message = f"You need to have {least} access to this calendar."
        raise Problem(403, "requiredAccessLevel", message, domain="calendar")
    return calendar, book, role


def found(call: Call, calendar: Calendar) -> Seen:
    seen = calendar.look(call.path["eventId"])
    if seen is None:
        raise not_found()
    return seen


def held_to(call: Call, seen: Seen) -> None:
    """The condition that the sender set (guide "Get specific versions of resources"). Raises Problem."""
    wanted = call.headers.get("if-match")
    if wanted not in (None, "*", seen.etag):
        raise Problem(412, "conditionNotMet", "Precondition Failed", where=("header", "If-Match"))


def deleted() -> Problem:
    return Problem(410, "deleted", "Resource has been deleted")
