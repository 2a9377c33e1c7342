"""What waits, as the terminal shows it: each action as the thing itself, and what yes and no do."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from sayso.cli.client import Json
from sayso.cli.present import EFFECTS, clock_time, one_line, safe

BLOCKS = {
    "before": ("−", "red", " (until now)"),
    "after": ("+", "bold green", ""),
    "clash": ("!", "yellow", " (at the same time)"),
    "other": (" ", "dim", ""),
}
CHANGES = {"added": "+ ", "removed": "− "}
_BY_THE_DAY = frozenset({"start", "end", "all_day"})
"""Fields of an event that its day shows."""


def plan_card(plan: Json, question: str, details: bool = False) -> RenderableType:
    """The question, each action whole with its warnings, and what yes and no do; with `details` every argument, too."""
    rows = Table.grid(padding=(0, 1))
    rows.add_column(justify="right", style="bold")
    rows.add_column(no_wrap=True)
    rows.add_column(ratio=1)
    actions = plan.get("actions", [])
    for number, action in enumerate(actions, 1):
        word, color = EFFECTS.get(action.get("effect", ""), (one_line(action.get("effect", "")), "white"))
        rows.add_row(str(number), Text(word, color), Text(one_line(_head(action))))
        for part in _parts(action):
            rows.add_row("", "", part)
        if len(actions) > 1 and action.get("labels"):
            rows.add_row("", "", Text(f"→ {one_line(action['labels'].get('confirm', ''))}", "cyan"))
        if details:
            rows.add_row("", "", action_details(action))
    return Panel(
        Group(Text(safe(question), "bold"), Text(""), rows, *_choices(plan)),
        title=Text(" Nothing has happened yet ", "bold"),
        title_align="left",
        subtitle=Text(" yes · no · or say what to change · /details ", "dim"),
        subtitle_align="right",
        border_style="cyan",
        padding=(0, 1),
    )


def action_details(action: Json) -> RenderableType:
    """Label and text of everything the action will do, else its arguments as they are."""
    arguments = [(key, value) for key, value in action.get("args", {}).items() if value not in (None, "", [], {})]
    return _facts(action.get("details") or arguments)


def held(action: Json) -> Text:
    """What is confirmed and held back, and until when, on this machine's clock."""
    line = Text("· ", "bold cyan", overflow="fold")
    told = f"{_head(action)}. It leaves {clock_time(action['runs_at'])}; until then /stop takes it back."
    return line.append(one_line(told), "default")


def _head(action: Json) -> str:
    return str((action.get("kind") and action.get("summary")) or action.get("preview", ""))


def _parts(action: Json) -> Iterator[RenderableType]:
    if was := action.get("was"):
        yield Text(f"instead of: {one_line(was.get('preview', ''))}", "dim")
    if mail := action.get("mail"):
        yield _mail(mail)
    if day := action.get("day"):
        yield from _day(day)
    if facts := [*_changes(action), *_besides(action)]:
        yield _facts(facts)
    if people := [who for who in action.get("people") or [] if not action.get("mail")]:
        yield _facts([("People", ", ".join(map(_person, people)))])
    for item in action.get("items") or []:
        yield Text(f"· {one_line(item.get('title', ''))} — {one_line(item.get('who', ''))}, {_when(item.get('at'))}")
    if account := action.get("account"):
        yield _facts([("Account", account.get("label", ""))])
    for warning in action.get("warnings") or []:
        yield Text(f"⚠ {one_line(warning['text'])}", "yellow")
    if action.get("kind") and not action.get("reversible"):
        yield Text("cannot be undone", "dim")


def _choices(plan: Json) -> Iterator[RenderableType]:
    if labels := plan.get("labels"):
        yield Text("")
        yield _facts([("yes", labels.get("confirm", "")), ("no", labels.get("cancel", ""))])


def _facts(rows: Sequence[Sequence[Any]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1)
    for label, text in rows:
        table.add_row(Text(one_line(label)), Text(safe(text)))
    return table


def _mail(mail: Json) -> RenderableType:
    """The mail as its recipient gets it. In a frame of its own: nothing in it can look like a line of the card."""
    answers = mail.get("answers")
    rows = [
        ("From", _address(mail["from"]) if mail.get("from") else ""),
        *((label, ", ".join(map(_address, mail.get(label.lower()) or []))) for label in ("To", "Cc", "Bcc")),
        ("Subject", mail.get("subject", "")),
        ("Answers", f"{answers.get('subject', '')} — {_address(answers['from'])}" if answers else ""),
        ("Leaves", _when(mail["send_at"]) if mail.get("send_at") else ""),
        ("Files", ", ".join(f"{each['name']} ({each['size']} bytes)" for each in mail.get("attachments") or [])),
    ]
    told = _facts([(label, one_line(text)) for label, text in rows if text])
    return Panel(Group(told, Text(""), Text(safe(mail.get("body", "")))), box=box.SQUARE, border_style="dim")


def _address(who: Mapping[str, Any]) -> str:
    name, email = who.get("name", ""), who.get("email", "")
    return f"{name} <{email}>" if name else str(email)


def _person(who: Mapping[str, Any]) -> str:
    notes = [
        *(["organizer"] if who.get("role") == "organizer" else []),
        *(["new to you"] if who.get("new") else []),
        *(["is told"] if who.get("told") else []),
    ]
    return f"{CHANGES.get(str(who.get('change')), '')}{_address(who)}" + (f" ({', '.join(notes)})" if notes else "")


def _changes(action: Json) -> Iterator[tuple[str, str]]:
    """What is otherwise afterwards and stands nowhere else."""
    before, after = action.get("before") or {}, action.get("after") or {}
    shown = _BY_THE_DAY if action.get("day") else frozenset[str]()
    for name in action.get("changed") or []:
        if name not in shown and name != "guests":
            yield name.replace("_", " "), f"{_value(before.get(name))} → {_value(after.get(name))}"


def _besides(action: Json) -> Iterator[tuple[str, str]]:
    """What a thing that is new, or goes, says besides; and the words that others are told with it."""
    before, after = action.get("before"), action.get("after")
    thing = (after if before is None else before if after is None else None) or {}
    for name in ("description", "notes", "reminders", "meeting_link"):
        if thing.get(name):
            yield name.replace("_", " "), safe(thing[name]) if name != "reminders" else _value(thing[name])
    if action.get("kind") and (note := (action.get("args") or {}).get("note")):
        yield "words", safe(note)


def _value(value: Any) -> str:
    if value in (None, "", []):
        return "none"
    return one_line(", ".join(map(str, value)) if isinstance(value, list) else value)


def _day(day: Json) -> Iterator[RenderableType]:
    """A line for each thing that is on; where the event is of another zone, that is named."""
    elsewhere = f"; the event is in {day['event_timezone']}" if day.get("event_timezone") else ""
    begin = date.fromisoformat(day["date"])
    yield Text(f"{begin:%a} {begin.day} {begin:%B} ({one_line(day['timezone'] + elsewhere)})", "dim")
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for block in day.get("blocks") or []:
        mark, style, note = BLOCKS.get(block.get("role", ""), BLOCKS["other"])
        table.add_row(mark, _hours(block, begin), f"{one_line(block.get('title', ''))}{note}", style=style)
    yield table


def _hours(block: Json, day: date) -> str:
    """ "10:00 AM – 11:00 AM"; "…" where it is not on the day."""
    if block.get("all_day"):
        return "all day"
    start, end = (datetime.fromisoformat(block[name]) for name in ("start", "end"))
    return f"{_clock(start, day)} – {_clock(end, day)}"


def _when(instant: Any) -> str:
    """ "Mon 2 March, 9:00 AM", in the zone that it is told in."""
    try:
        moment = datetime.fromisoformat(str(instant))
    except ValueError:
        return one_line(instant)
    return f"{moment:%a} {moment.day} {moment:%B}, {_clock(moment, moment.date())}"


def _clock(moment: datetime, day: date) -> str:
    return f"{moment.hour % 12 or 12}:{moment:%M %p}" if moment.date() == day else "…"
