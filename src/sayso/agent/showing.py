"""Results as a language model is given them: short lines, nothing that says nothing, lists as tables.

What is stored and what clients see stays JSON; a model pays for each quotation mark. Times are local, without offset,
as the model is to give them; the last day of an all-day event is its end, as tools take it.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sayso.base.zones import zone_named

Json = Mapping[str, Any]

_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_TEXTS: Final = ("body", "text")
"""What keeps its lines."""
_SAYS_NOTHING: Final[tuple[object, ...]] = (None, "", False, [], {}, ())
_COUNTS: Final = ("total", "truncated", "next")
_BETWEEN: Final = " | "


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a result is shown: whose addresses, and in which zone, need not be told."""

    owns: Callable[[str], bool]
    zone: str

    def shown(self, result: Any) -> str:
        """The result as text."""
        if not isinstance(result, Mapping):
            return self._line(result)
        if isinstance(error := result.get("error"), Mapping):
            return f"error {self.error(error)}"
        lines: list[str] = []
        for name, value in result.items():
            if isinstance(value, list) and _items(value):
                lines += self._table(name, value, result)
            elif name == "next" or (name in _COUNTS and any(isinstance(each, list) for each in result.values())):
                continue
            elif isinstance(value, list) and not value and "total" in result:
                lines.append(f"{name}: none")
            elif isinstance(value, Mapping) and not _person(value):
                lines += [f"{name}:", *self._block(value)] if value else []
            elif value not in _SAYS_NOTHING:
                lines.append(_named(name, self._text(name, value)))
        if _left(result):
            lines.append("more: call again with a larger limit, or for less at a time")
        if more := result.get("next"):
            lines.append(f"more: call again with {'start' if isinstance(more, int) else 'after'}={json.dumps(more)}")
        return "\n".join(lines)

    def size(self, result: Any) -> int:
        """How many characters it comes to."""
        return len(self.shown(result))

    def error(self, error: Json) -> str:
        """An error, with the ids of what it lists, in its order."""
        lines = [f"({error.get('code')}) {error.get('message')}"]
        ids = [str(each.get("id")) for each in error.get("candidates") or () if each.get("id") != each.get("label")]
        lines += [f"ids, in that order: {', '.join(ids)}"] if ids else []
        known = ("code", "message", "candidates", "about")
        return "\n".join(lines + [_named(key, self._line(each)) for key, each in error.items() if key not in known])

    def _table(self, name: str, items: Sequence[Any], result: Json) -> list[str]:
        """What all items have is a column; the rest stands behind."""
        found = [self._fields(each) for each in items if isinstance(each, Mapping)]
        notes = [each for each in items if isinstance(each, str)]  # "[cut: …]"
        total = result.get("total")
        count = f"{len(found)} of {total}" if isinstance(total, int) and total > len(found) else str(len(found))
        if any("\n" in text for fields in found for text in fields.values()):
            blocks = [line for fields in found for line in ("--", *(_named(*field) for field in fields.items()))]
            return [f"{name}, {count}:", *blocks, *notes]
        columns = [key for key in found[0] if all(fields.get(key) for fields in found)]
        rows = [
            _BETWEEN.join(
                [
                    *(fields[key] for key in columns),
                    *(f"{key}: {text}" for key, text in fields.items() if key not in columns),
                ]
            )
            for fields in found
        ]
        return [f"{name}, {count} ({_BETWEEN.join(columns)}):", *rows, *notes]

    def _block(self, item: Json) -> list[str]:
        return [_named(key, text) for key, text in self._fields(item).items()]

    def _fields(self, item: Json) -> dict[str, str]:
        """An item's fields that say something, as texts."""
        told = dict(item)
        for shape, shorter in _SHAPES:
            if shape <= told.keys():
                told = shorter(self, told)
        return {key: self._text(key, value) for key, value in told.items() if value not in _SAYS_NOTHING}

    def _event(self, event: dict[str, Any]) -> dict[str, Any]:
        start, end = event.pop("start"), event.pop("end")
        told = {"id": event.pop("id", ""), "when": _span(start, end)} | event
        told.pop("all_day", None)
        if (zone := told.pop("timezone", self.zone)) != self.zone:
            told["timezone"] = _elsewhere(start, end, zone)
        if not told.get("organizer"):
            told.pop("my_response", None)
        if str(told["id"]).startswith(f"{told.get('series_id')}@"):
            del told["series_id"]
        told["guests"] = ", ".join(map(_guest, told.get("guests") or ()))
        return told

    def _message(self, message: dict[str, Any]) -> dict[str, Any]:
        told = {key: value for key, value in message.items() if key != "thread_id"}
        for field in ("to", "cc", "bcc"):
            told[field] = [each for each in told.get(field) or () if not self.owns(str(each.get("email")))]
        told["attachments"] = ", ".join(map(_file, told.get("attachments") or ()))
        if "body" in told:
            told["body"] = told.pop("body")  # last
            if " ".join(str(told["body"]).split()).startswith(" ".join(str(told.get("snippet", "")).split())):
                told.pop("snippet", None)
        return told

    def _task(self, task: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in task.items() if (key, value) != ("status", "open")}

    def _deed(self, deed: dict[str, Any]) -> dict[str, Any]:
        """What was done by its receipt, else by what it is; no tool takes its ids."""
        hidden = ("id", "plan_id", "thread_id", "action" if deed.get("receipt") else "receipt")
        return {key: value for key, value in deed.items() if key not in hidden}

    def _slot(self, slot: dict[str, Any]) -> dict[str, Any]:
        return {"when": _span(slot.pop("start"), slot.pop("end"))} | slot

    def _text(self, name: str, value: Any) -> str:
        return value.strip() if name in _TEXTS and isinstance(value, str) else self._line(value)

    def _line(self, value: Any) -> str:
        """A value on one line."""
        if isinstance(value, Mapping):
            if _person(value):
                return _person_text(value)
            return "; ".join(f"{key}: {self._line(each)}" for key, each in value.items() if each not in _SAYS_NOTHING)
        if isinstance(value, list | tuple):
            return _listed([self._line(each) for each in value])
        if isinstance(value, str):
            return _local(value) if _STAMP.fullmatch(value) or _DATE.fullmatch(value) else " ".join(value.split())
        return "yes" if value is True else "" if value in (None, False) else str(value)


Shorter = Callable[[Reader, dict[str, Any]], dict[str, Any]]
_SHAPES: Final[tuple[tuple[frozenset[str], Shorter], ...]] = (
    (frozenset({"start", "end", "guests"}), Reader._event),
    (frozenset({"from", "subject"}), Reader._message),
    (frozenset({"status", "overdue"}), Reader._task),
    (frozenset({"action", "receipt", "plan_id"}), Reader._deed),
    (frozenset({"start", "end"}), Reader._slot),
)
"""By the fields that tell what an item is; one that was made shorter has none of the others' fields."""


def _listed(texts: Sequence[str]) -> str:
    """Words, sentences, or what has commas itself, one after the other."""
    if texts and all(text.endswith((".", "?", "!")) for text in texts):
        return " ".join(texts)
    return ("; " if any(", " in text for text in texts) else ", ").join(texts)


def _left(result: Json) -> bool:
    """Whether there is more than was asked for, and no place is told to go on at."""
    listed = next((each for each in result.values() if isinstance(each, list)), [])
    cut = any(isinstance(each, str) for each in listed)
    return bool(result.get("truncated")) and not cut and not result.get("next")


def _items(value: Sequence[Any]) -> bool:
    """Whether a list is one of things rather than of words."""
    return bool(value) and isinstance(value[0], Mapping) and not _person(value[0])


def _person(value: Json) -> bool:
    return value.keys() == {"name", "email"}


def _person_text(who: Json) -> str:
    name, email = str(who["name"]), str(who["email"])
    return f"{name} <{email}>" if name and name != email else email


def _guest(who: Json) -> str:
    """By name: a model can name guests so, too."""
    answer = who.get("response")
    return (who.get("name") or who.get("email") or "") + (
        f" ({answer})" if answer not in (None, "needs_action") else ""
    )


def _file(item: Json) -> str:
    number = f"{item['number']}. " if "number" in item else ""
    return f"{number}{item.get('name')} ({item.get('media_type')}, {item.get('size')} bytes)"


def _named(name: str, text: str) -> str:
    return f"{name}:\n{text}" if "\n" in text else f"{name}: {text}"


def _span(start: str, end: str) -> str:
    """ "Fri 2026-03-06 09:00-12:00", "Fri 2026-03-06 all day", "Fri 2026-03-06 – Sun 2026-03-08 all day"."""
    try:
        if "T" not in start:
            last = date.fromisoformat(end) - timedelta(days=1)
            days = [_day(date.fromisoformat(start)), _day(last)]
            return f"{' – '.join(dict.fromkeys(days))} all day"
        first, then = datetime.fromisoformat(start), datetime.fromisoformat(end)
    except ValueError:
        return f"{start} – {end}"
    if first.date() == then.date():
        return f"{_day(first)} {first:%H:%M}-{then:%H:%M}"
    return f"{_day(first)} {first:%H:%M} – {_day(then)} {then:%H:%M}"


def _elsewhere(start: str, end: str, zone: str) -> str:
    """The event's own zone, and what clocks show there: "Europe/Berlin, there 15:00-16:30"."""
    if "T" not in start:
        return zone
    try:
        there = zone_named(zone)
        first, then = (datetime.fromisoformat(each).astimezone(there) for each in (start, end))
    except (ValueError, KeyError, OSError):  # a name that only people read
        return zone
    return f"{zone}, there {first:%H:%M}-{then:%H:%M}"


def _day(value: date) -> str:
    return f"{value:%a %Y-%m-%d}"


def _local(stamp: str) -> str:
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return stamp
    return f"{_day(moment)} {moment:%H:%M}" if "T" in stamp else _day(moment)
