"""Which function answers which method of Calendar v3."""

from tests.kit.google.calendar import changes, listing, lists
from tests.kit.google.parts import Answer, Call, Part
from tests.kit.google.problems import Problem

METHODS: dict[str, Part] = {
    "calendar.calendarList.get": lists.calendar_entry,
    "calendar.calendarList.list": lists.calendar_list,
    "calendar.calendars.get": lists.calendar_itself,
    "calendar.colors.get": lists.colors,
    "calendar.events.delete": changes.delete,
    "calendar.events.get": listing.get,
    "calendar.events.insert": changes.insert,
    "calendar.events.instances": listing.instances,
    "calendar.events.list": listing.many,
    "calendar.events.patch": changes.patch,
    "calendar.events.update": changes.update,
    "calendar.freebusy.query": lists.free_busy,
}


def answer(call: Call) -> Answer:
    if call.method not in METHODS:
        raise Problem(501, "notImplemented", f"{call.method} is not in this fake.")
    return METHODS[call.method](call)
