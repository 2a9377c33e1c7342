"""Results of reads in well-written English; more than one thing is numbered, so that "the second one" works."""

import re
from calendar import month_name
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sayso.offline.acts import Json
from sayso.offline.saying.lines import event_line
from sayso.offline.saying.say import clock_time, day_of, full_day, listing, moment, near_day, person_name, span
from sayso.offline.scene import Scene


def error_text(result: Json) -> str:
    error = result.get("error")
    if isinstance(error, dict):
        return str(error.get("message") or "That did not work.")
    return str(error or "That did not work.")


def count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def items(result: Json, name: str) -> list[Json]:
    found = result.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def not_read(results: Sequence[Json]) -> list[str]:
    """A sentence for each account of which an answer knows nothing."""
    told = [str(each) for result in results for each in result.get("not_read") or ()]
    return list(dict.fromkeys(told))


def more(result: Json, shown: int) -> str:
    total = result.get("total")
    return f"\n… and {total - shown} more." if isinstance(total, int) and total > shown else ""


def brief(event: Json, zone: ZoneInfo, with_day: bool) -> str:
    """ "Stand-up (Tue 3 Mar, 9:00–9:15 AM)"."""
    start, end = moment(event.get("start"), zone), moment(event.get("end"), zone)
    when = span(start, end) if isinstance(start, datetime) and isinstance(end, datetime) else "all day"
    day = f"{day_of(start):%a} {day_of(start).day} {day_of(start):%b}, " if with_day and start else ""
    return f"{event.get('title') or '(untitled)'} ({day}{when})"


def numbered(lines: Sequence[str]) -> str:
    return lines[0] if len(lines) == 1 else "\n".join(f"{index}. {line}" for index, line in enumerate(lines, 1))


def events(result: Json, scene: Scene, what: str, noun: str = "event", dated: bool = False) -> str:
    """`what` is the time asked for ("on Friday 6 March", "next week"); `dated`: it is several days."""
    found = items(result, "events")
    if not found:
        scene.show([])
        return f"You have nothing {what}." if noun == "event" else f"You have no {noun}s {what}."
    total = result.get("total")
    number = total if isinstance(total, int) else len(found)
    lines = event_lines(found, scene, dated or not what)
    return f"You have {count(number, noun)} {what}:\n{lines}{more(result, len(found))}"


def event_lines(found: Sequence[Json], scene: Scene, dated: bool = False) -> str:
    """The events that the answer lists, with their day when they are not all of one, or `dated`."""
    scene.show(found)
    days = {day_of(start) for each in found if (start := moment(each.get("start"), scene.zone))}
    with_day = scene.now.date() if len(days) > 1 or dated else None
    return numbered([event_line(each, scene.zone, with_day) for each in found])


def found_events(result: Json, scene: Scene, query: str) -> str:
    found = items(result, "events")
    if not found:
        return f"I found nothing in your calendar for “{query}”."
    lines = event_lines(found[:10], scene, dated=True)
    if len(found) == 1:
        return lines
    return f"I found {count(len(found), 'event')} for “{query}”:\n{lines}{more(result, len(found[:10]))}"


def takes_time(event: Json) -> bool:
    """Whether it fills the user's time: declined invitations and what is marked free do not."""
    return event.get("my_response") != "declined" and not event.get("free")


def when_is(event: Json, scene: Scene, verb: str = "is") -> str:
    """ "Dentist is on Thursday 5 March, 9:00–9:30 AM (Dr Lee)."."""
    start, end = moment(event.get("start"), scene.zone), moment(event.get("end"), scene.zone)
    if start is None:
        return event_line(event, scene.zone, scene.now.date())
    day = near_day(day_of(start), scene.now.date())
    time = f", {span(start, end)}" if isinstance(start, datetime) and isinstance(end, datetime) else ", all day"
    place = f" ({event['location']})" if event.get("location") else ""
    answer = {
        "accepted": "You have accepted it.",
        "declined": "You have declined it.",
        "tentative": "You have answered maybe.",
        "needs_action": "You have not answered it yet.",
    }
    mine = (
        f" {answer[str(event['my_response'])]}"
        if event.get("organizer") and str(event.get("my_response")) in answer
        else ""
    )
    return f"{event.get('title')} {verb} {day}{time}{place}.{mine}"


def who_comes(event: Json, scene: Scene) -> str:
    guests = event.get("guests") or []
    start = moment(event.get("start"), scene.zone)
    day = f" {near_day(day_of(start), scene.now.date())}" if start else ""
    if not guests:
        return f"Nobody else is invited to {event.get('title')}{day}."
    said = {
        "accepted": "has accepted",
        "declined": "has declined",
        "tentative": "might come",
        "needs_action": "has not answered",
    }
    lines = [f"{person_name(guest)} {said.get(str(guest.get('response')), 'is invited')}" for guest in guests]
    return f"Invited to {event.get('title')}{day}:\n" + "\n".join(f"• {line}" for line in lines)


def tasks(result: Json, scene: Scene, what: str, done: bool = False, on_list: bool = False) -> str:
    """`what` goes on behind "tasks"; `on_list`: it names the list, so that the lines need not."""
    found = items(result, "tasks")
    kind = "finished" if done else "open"
    if not found:
        return f"You have no {kind} tasks{what}."
    lines = [task_line({**each, "list": ""} if on_list else each, scene) for each in found]
    total = result.get("total")
    number = total if isinstance(total, int) else len(found)
    return (
        f"You have {number} {kind} task{'' if number == 1 else 's'}{what}:\n{numbered(lines)}{more(result, len(found))}"
    )


def task_line(task: Json, scene: Scene) -> str:
    due = moment(task.get("due"), scene.zone)
    text = str(task.get("title"))
    ended = moment(task.get("completed_at"), scene.zone)
    if ended:
        text += f", done {near_day(day_of(ended), scene.now.date()).removeprefix('on ')}"
    elif due:
        today = scene.now.date()
        time = f" at {clock_time(due)}" if isinstance(due, datetime) else ""
        late = "overdue since" if task.get("overdue") else "due"
        text += f", {late} {near_day(day_of(due), today).removeprefix('on ')}{time}"
    return f"{text} [{task['list']}]" if task.get("list") else text


def state_of(task: Json, scene: Scene) -> str:
    """ "'Finish the slides' is open, due tomorrow at 5:00 PM."."""
    if task.get("status") == "done":
        return f"'{task.get('title')}' is done."
    due = task_line({**task, "list": "", "title": ""}, scene)
    return f"'{task.get('title')}' is not done yet{due}."


def messages(result: Json, scene: Scene, what: str) -> str:
    found = items(result, "messages")
    if not found:
        return f"I found no {what}."
    total = result.get("total")
    number = total if isinstance(total, int) else len(found)
    lines = [message_line(each, scene) for each in found]
    return f"I found {number} {mails(what, number)}:\n{numbered(lines)}{more(result, len(found))}"


def latest(result: Json, scene: Scene, number: int) -> str:
    """The newest mails, without the count of all."""
    lines = [message_line(each, scene) for each in items(result, "messages")]
    named = f"Your latest {number} mails" if number > 1 else "Your latest mail"
    return f"{named}:\n{numbered(lines)}" if lines else "Your inbox is empty."


def mails(what: str, number: int) -> str:
    """ "Unread mail from Ana" for so many: "unread mails from Ana"."""
    many = re.sub(r"\bmail\b", "mails", what, count=1)
    return re.sub(r"^drafts\b", "draft", what) if number == 1 else many


def message_line(message: Json, scene: Scene) -> str:
    """`Priya Nair: Budget (today, 8:12 AM, unread)`."""
    sent = moment(message.get("date"), scene.zone)
    when = ""
    if isinstance(sent, datetime):
        day = near_day(sent.date(), scene.now.date()).removeprefix("on ")
        when = f"{day}, {clock_time(sent)}"
    marks = [when, "unread" if message.get("unread") else "", "has attachments" if message.get("attachments") else ""]
    labels = message.get("labels") or []
    who = person_name(message.get("from"))
    if "sent" in labels or "drafts" in labels:
        to = listing([person_name(each) for each in message.get("to") or []])
        who = f"To {to}" if to else who
    return f"{who}: {message.get('subject') or '(no subject)'} ({', '.join(mark for mark in marks if mark)})"


def full_message(message: Json, scene: Scene) -> str:
    """A mail to read."""
    sent = moment(message.get("date"), scene.zone)
    when = ""
    if isinstance(sent, datetime):
        when = f", {near_day(sent.date(), scene.now.date())} at {clock_time(sent)}"
    files = [str(each.get("name")) for each in message.get("attachments") or []]
    attached = f"\n\nAttached: {listing(files)}." if files else ""
    body = str(message.get("body") or message.get("snippet") or "").strip()
    return (
        f"From {person_name(message.get('from'))}{when}: {message.get('subject') or '(no subject)'}\n\n{body}{attached}"
    )


def contacts(result: Json, name: str) -> str:
    found = items(result, "contacts")
    if not found:
        return f"I know nobody called {name}." if name else "You have no contacts yet."
    lines = []
    for each in found:
        phones = details(each, "phones") or [str(each.get("phone") or "")]
        parts = [*map(str, each.get("emails") or []), *phones, str(each.get("organization") or "")]
        parts += details(each, "addresses") if len(found) == 1 else []
        lines.append(f"{each.get('name')}: {', '.join(part for part in parts if part) or 'no address or number'}")
    return numbered(lines) + more(result, len(found))


def details(contact: Json, name: str) -> list[str]:
    """ "+1 555 0102 (work)", each of them."""
    kinds = [(str(each.get("value") or ""), str(each.get("kind") or "")) for each in items(contact, name)]
    return [f"{value} ({kind})" if kind else value for value, kind in kinds]


def birthdays(found: Sequence[Json]) -> str:
    """Of the contacts who have one."""
    return numbered([f"{each.get('name')}: born {_birthday(str(each['birthday']))}" for each in found])


def _birthday(text: str) -> str:
    """ "on 29 February 1980", or as it was written."""
    year, month, day = [*text.replace("--", "0000-", 1).split("-"), "", ""][:3]
    if not (year.isdecimal() and month.isdecimal() and day.isdecimal() and 1 <= int(month) <= 12):
        return text
    return f"on {int(day)} {month_name[int(month)]}{'' if year == '0000' else f' {year}'}"


def slots(result: Json, scene: Scene, what: str) -> str:
    found = items(result, "slots")
    if not found:
        return f"There is no free time like that {what}."
    return f"You are free {what}:\n{numbered(slot_lines(found, scene, what))}"


def slot_lines(found: Sequence[Json], scene: Scene, what: str) -> list[str]:
    """Free times, a line each; without their day when that is what was asked for."""
    moments = [(moment(each.get("start"), scene.zone), moment(each.get("end"), scene.zone)) for each in found]
    spans = [(one, two) for one, two in moments if isinstance(one, datetime) and isinstance(two, datetime)]
    if len({start.date() for start, _ in spans}) == 1 and re.match(
        r"on |to|in |this (?:morning|afternoon|evening)", what
    ):
        return [span(start, end) for start, end in spans]
    return [f"{full_day(start.date(), scene.now.date())}, {span(start, end)}" for start, end in spans]
