"""Times in plain English, as answers say them."""

from datetime import date, datetime, timedelta, tzinfo

from sayso.offline.acts import Json


def clock_time(moment: datetime) -> str:
    """ "3:00 PM"."""
    return f"{moment.hour % 12 or 12}:{moment.minute:02d} {'AM' if moment.hour < 12 else 'PM'}"


def span(start: datetime, end: datetime) -> str:
    """ "9:00–9:15 AM"; the end names its day when it is another one."""
    if end.date() != start.date() and end - start > timedelta(hours=18):
        return f"{clock_time(start)} – {end:%a} {end.day} {end:%b}, {clock_time(end)}"
    first = clock_time(start)
    if (start.hour < 12) == (end.hour < 12) and end.date() == start.date():
        first = first.rsplit(" ", 1)[0]
    return f"{first}–{clock_time(end)}"


def full_day(day: date, today: date) -> str:
    """ "Friday 6 March", with the year when it is not this one."""
    year = f" {day.year}" if day.year != today.year else ""
    return f"{day:%A} {day.day} {day:%B}{year}"


def near_day(day: date, today: date) -> str:
    """ "today", "tomorrow" or "on Friday 6 March"."""
    return {0: "today", 1: "tomorrow", -1: "yesterday"}.get((day - today).days) or f"on {full_day(day, today)}"


def moment(text: object, zone: tzinfo) -> datetime | date | None:
    """A time of a tool's result: aware, a day, or None."""
    if not isinstance(text, str) or not text:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(zone) if "T" in text else date.fromisoformat(text)
    except ValueError:
        return None


def length(long: timedelta) -> str:
    """ "1 hour and 30 minutes"."""
    hours, minutes = divmod(round(long.total_seconds() / 60), 60)
    parts = [f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in ((hours, "hour"), (minutes, "minute"))]
    return " and ".join(part for part in parts if not part.startswith("0 ")) or "no time"


def day_of(value: datetime | date) -> date:
    return value.date() if isinstance(value, datetime) else value


def is_all_day(event: Json) -> bool:
    return bool(event.get("all_day")) or "T" not in str(event.get("start", "T"))


def person_name(person: object) -> str:
    if isinstance(person, dict):
        return str(person.get("name") or person.get("email") or "")
    return str(person)


def listing(names: list[str]) -> str:
    """ "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
