"""Tasks as they stand in calendar objects (VTODO, RFC 5545, 3.6.2): read, written, and changed in their places.

A task that repeats is one task, which goes on to its next time when it is done.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import Final
from zoneinfo import ZoneInfo

from sayso.workspace.dav.task_series import Next, next_time
from sayso.workspace.errors import Refused
from sayso.workspace.events.recurrence import wall
from sayso.workspace.events.series import instant
from sayso.workspace.formats.content_lines import components, escape, folded, name_of
from sayso.workspace.formats.ical import Item, Reading, parse_task
from sayso.workspace.formats.ical_values import format_utc, format_when
from sayso.workspace.formats.zone_writing import definition
from sayso.workspace.formats.zones import Zones
from sayso.workspace.people import Me
from sayso.workspace.types import Task, TaskDraft, When

KEY: Final = "X-SAYSO-KEY"
GOING: Final = "X-SAYSO-LIST"


@dataclass(frozen=True, slots=True)
class Written:
    """A task as it stands in a calendar object."""

    task: Task
    created: datetime
    key: str
    """Under which we changed it last."""
    going: str
    """The id of the list that it was to go to with that change; empty: it was to stay."""
    start: When | None
    next: Next | None
    """Of one that repeats; None where that is not followed here."""


def read(content: bytes, zone: ZoneInfo, now: datetime) -> Written | None:
    """The task in an object; None where there is none. `zone`: of times that name none."""
    found = list(components(BytesIO(content), "VTODO", "VTIMEZONE"))
    zones = Zones([each for each in found if each.kind == "VTIMEZONE"], zone, zone)
    reading = Reading(Me("unknown@invalid"), zones, zone, zone)
    items = [Item.of(each, reading) for each in found if each.kind == "VTODO" and not each.why]
    item = next((each for each in items if not each.changes), None)
    if item is None:
        return None
    task, created, _ = parse_task(item, "")
    repeats = item.first("RRULE") is not None or item.first("RDATE") is not None
    upcoming = next_time(item, now, zone) if repeats and len(items) == 1 else None
    then = None if upcoming is None or task.done else upcoming.due
    task = replace(task, repeats=repeats, then=then, fixed=repeats and upcoming is None)
    return Written(task, created, item.text(KEY).strip(), item.text(GOING).strip(), _started(item), upcoming)


def _started(item: Item) -> When | None:
    try:
        return item.when("DTSTART")[0]
    except Refused:
        return None


def revision_of(task: Task) -> str:
    """Changes with what is shown of a task, and with nothing else: others' marks on it spoil no plan."""
    due = "" if task.due is None else instant(task.due).isoformat() if isinstance(task.due, datetime) else str(task.due)
    again = [str(task.then)] if task.repeats else []
    shown = "\0".join((task.title, due, task.notes, task.list_id, str(task.done), *again))
    return hashlib.sha256(shown.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def new(draft: TaskDraft, key: str, now: datetime) -> bytes:
    """The object of a new task, whose UID is the key."""
    begin = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Sayso//Sayso//EN"]
    own = ["BEGIN:VTODO", f"UID:{escape(key)}", f"DTSTAMP:{format_utc(now)}", f"CREATED:{format_utc(now)}"]
    own += [line for lines in _shown(draft).values() for line in lines]
    own += ["STATUS:NEEDS-ACTION", f"{KEY}:{escape(key)}", "END:VTODO"]
    return b"".join(map(folded, [*begin, *_zone(draft.due), *own, "END:VCALENDAR"]))


def changed(content: bytes, written: Written, draft: TaskDraft, key: str, now: datetime, going: str = "") -> bytes:
    """The object with the state of the draft; what the draft leaves alone stays as it is written. `going`: the list
    that it is to go to."""
    task, lines = written.task, _shown(draft)
    names = [
        *(["SUMMARY"] if draft.title != task.title else []),
        *(["DESCRIPTION"] if draft.notes != task.notes else []),
        *(["DUE"] if not _same(draft.due, task.due) else []),
    ]
    edits: dict[str, Sequence[str]] = {name: lines[name] for name in names}
    if "DUE" in edits:
        edits |= {"DURATION": [], **_start(written, draft.due)}
        content = _with_zone(content, draft.due)
    return replaced(content, edits | _marks(key, now, going))


def marked(content: bytes, written: Written, done: bool, key: str, now: datetime) -> bytes:
    """The object with its task done, or open; the three properties that say so change together. One that repeats is
    open again at its next time, if it has one. Raises Refused."""
    if written.task.fixed:
        raise Refused(f"'{written.task.title}' repeats in a way of which only another program can tick off one time.")
    states: dict[str, Sequence[str]] = {"STATUS": ["STATUS:NEEDS-ACTION"], "COMPLETED": [], "PERCENT-COMPLETE": []}
    if done and written.next is not None and written.next.due is not None:
        states |= written.next.edits
    elif done:
        completed = f"COMPLETED:{format_utc(now)}"
        states = {
            "STATUS": ["STATUS:COMPLETED"],
            "COMPLETED": [completed],
            "PERCENT-COMPLETE": ["PERCENT-COMPLETE:100"],
        }
    return replaced(content, states | _marks(key, now))


def replaced(content: bytes, edits: Mapping[str, Sequence[str]]) -> bytes:
    """The object with these properties of its task written anew, where the first of their name stood, else at its end;
    every other line stays byte for byte. Raises Refused."""
    lines = list(_lines(content))
    begin, end = _span(lines)
    out, rest, depth = list[bytes](), dict(edits), 0
    for line in lines[begin + 1 : end]:
        verb, _ = _mark(line)
        depth += verb == "BEGIN"
        if not depth and (name := _name(line)) in edits:
            out += map(folded, rest.pop(name, ()))
        else:
            out.append(line)
        depth -= verb == "END"
    added = (folded(each) for properties in rest.values() for each in properties)
    return b"".join((*lines[: begin + 1], *out, *added, *lines[end:]))


def _span(lines: Sequence[bytes]) -> tuple[int, int]:
    """Where the task begins and ends that is no changed occurrence of one that repeats. Raises Refused."""
    begin, depth, exception = -1, 0, False
    for at, line in enumerate(lines):
        verb, kind = _mark(line)
        if begin < 0:
            if (verb, kind) == ("BEGIN", "VTODO"):
                begin, depth, exception = at, 0, False
        elif verb == "BEGIN":
            depth += 1
        elif verb == "END" and depth:
            depth -= 1
        elif verb == "END" and not exception:
            return begin, at
        elif verb == "END":
            begin = -1
        else:
            exception = exception or (not depth and _name(line) == "RECURRENCE-ID")
    raise Refused("The task is written so oddly that it cannot be changed here.")


def _lines(content: bytes) -> Iterator[bytes]:
    """The lines as they are written, each with all that it is folded into."""
    line = list[bytes]()
    for physical in BytesIO(content):
        if line and physical[:1] not in (b" ", b"\t"):
            yield b"".join(line)
            line = []
        line.append(physical)
    if line:
        yield b"".join(line)


def _name(line: bytes) -> str:
    begun = line[:200].replace(b"\r\n", b"\n").replace(b"\n ", b"").replace(b"\n\t", b"")
    return name_of(begun.split(b"\n")[0])


def _mark(line: bytes) -> tuple[str, str]:
    """BEGIN or END, and of what; of another line, two empty texts."""
    verb, _, kind = line[:100].decode("latin-1").upper().partition(":")
    return (verb.strip(), kind.strip()) if verb.strip() in ("BEGIN", "END") else ("", "")


def _shown(draft: TaskDraft) -> dict[str, list[str]]:
    due = [] if draft.due is None else ["DUE{}:{}".format(*format_when(draft.due))]
    notes = [f"DESCRIPTION:{escape(draft.notes)}"] if draft.notes else []
    return {"SUMMARY": [f"SUMMARY:{escape(draft.title)}"], "DESCRIPTION": notes, "DUE": due}


def _marks(key: str, now: datetime, going: str = "") -> dict[str, Sequence[str]]:
    stamps = {name: [f"{name}:{format_utc(now)}"] for name in ("DTSTAMP", "LAST-MODIFIED")}
    return {**stamps, KEY: [f"{KEY}:{escape(key)}"], GOING: [f"{GOING}:{going}"] if going else []}


def _start(written: Written, due: When | None) -> dict[str, Sequence[str]]:
    """The start under another due time, which is of its kind and not before it (RFC 5545, 3.8.2.3): that of a task that
    repeats moves along, another one goes where it does not fit."""
    start = written.start
    if start is None or due is None:
        return {}
    if written.task.repeats:
        return {"DTSTART": ["DTSTART{}:{}".format(*format_when(_as_long_before(start, written.task.due, due)))]}
    fits = isinstance(start, datetime) == isinstance(due, datetime) and instant(start) < instant(due)
    return {} if fits else {"DTSTART": []}


def _as_long_before(start: When, was: When | None, due: When) -> When:
    """The start as far from another due time as it was, by the clock on the wall; where a day becomes a time, or a time
    a day, that due time itself."""
    if was is None or isinstance(was, datetime) != isinstance(due, datetime):
        return due
    own = next((each.tzinfo for each in (start, due) if isinstance(each, datetime)), None)
    zone = own if isinstance(own, ZoneInfo) else ZoneInfo("UTC")
    moved = wall(start, zone) + (wall(due, zone) - wall(was, zone))
    return moved.replace(tzinfo=zone) if isinstance(start, datetime) else moved.date()


def _same(one: When | None, other: When | None) -> bool:
    if one is None or other is None:
        return one is other
    return isinstance(one, datetime) == isinstance(other, datetime) and instant(one) == instant(other)


def _zone(due: When | None) -> list[str]:
    """The definition of the time zone that a due time is written in."""
    zone = due.tzinfo if isinstance(due, datetime) else None
    if not isinstance(due, datetime) or not isinstance(zone, ZoneInfo) or zone.key in ("", "UTC"):
        return []
    return definition(zone, due, None)


def _with_zone(content: bytes, due: When | None) -> bytes:
    """The object with the definition of that zone, if it has none of this name."""
    lines, zone = list(_lines(content)), _zone(due)
    if not zone or any(_name(line) == "TZID" and line.strip().decode("utf-8", "replace") in zone for line in lines):
        return content
    at = next((at for at, line in enumerate(lines) if _mark(line) == ("BEGIN", "VTODO")), 0)
    return b"".join((*lines[:at], *map(folded, zone), *lines[at:]))
