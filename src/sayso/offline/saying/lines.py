"""Things, a line each."""

from datetime import date, datetime, timedelta, tzinfo

from sayso.offline.acts import Json
from sayso.offline.saying.say import clock_time, day_of, listing, moment, person_name, span


def event_line(event: Json, zone: tzinfo, with_day: date | None) -> str:
    """`9:00–9:15 AM  Stand-up (Room 4)`; with the day before it when `with_day` (today) is given."""
    start, end = moment(event.get("start"), zone), moment(event.get("end"), zone)
    when = "all day"
    if isinstance(start, datetime):
        when = span(start, end) if isinstance(end, datetime) else clock_time(start)
    elif isinstance(start, date) and isinstance(end, date) and end - start > timedelta(days=1):
        last = end - timedelta(days=1)
        when = f"all day until {last:%A} {last.day} {last:%B}"
    day = f"{day_of(start):%a} {day_of(start).day} {day_of(start):%b}, " if with_day and start else ""
    place = f" ({event['location']})" if event.get("location") else ""
    guests = [person_name(guest) for guest in event.get("guests") or []]
    new = [name for name in guests if name.split(" ")[0].lower() not in str(event.get("title", "")).lower()]
    people = f" with {listing(new)}" if 0 < len(new) <= 4 else f" with {len(new)} guests" if new else ""
    note = {"needs_action": ", not answered yet", "tentative": ", maybe", "declined": ", declined"}
    reply = note.get(str(event.get("my_response")), "") if event.get("organizer") else ""
    return f"{day}{when}  {event.get('title') or '(untitled)'}{place}{people}{reply}"
