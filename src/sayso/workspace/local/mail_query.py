"""The search language of mail: text to a condition on the messages table.

    from:priya subject:"q3 budget" -is:read (has:attachment OR label:work) after:2026-03-01

Terms must all hold; `OR` between two binds closer; `-` negates a term. Words match from their beginning, whatever
their case and accents. The trash is left out unless the query names it (`in:trash`, `label:trash`, `in:anywhere`).
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Column, ColumnElement, and_, false, not_, or_, true

from sayso.english.words import fold, to_find
from sayso.store.holding import holds
from sayso.store.workspace_tables import local_messages as messages
from sayso.workspace.errors import Refused

_TERM = re.compile(r'(?P<minus>-?)(?:(?P<name>[A-Za-z_]+):)?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]*))')

MAX_LENGTH = 500
"""Each word is a condition, and databases read some hundred nested ones."""

Condition = ColumnElement[bool]


def parse_query(query: str, zone: ZoneInfo) -> Condition:
    """The condition for a query; dates are days in `zone`. Raises Refused, saying what is wrong."""
    if len(query) > MAX_LENGTH:
        raise Refused(f"A search has {MAX_LENGTH} characters at most.")
    if query.count('"') % 2:
        raise Refused("A quote in the search is not closed.")
    groups: list[list[Condition]] = []
    joins = with_trash = False
    for minus, name, text, quoted in _terms(query):
        if not name and not quoted and text == "OR":
            joins = bool(groups)
            continue
        if not text and not name:
            continue
        operator = _OPERATORS.get(name.lower())
        if operator is None:
            name, text, operator = "", f"{name}:{text}" if name else text, _words
        if name and not text.strip():
            raise Refused(f"'{name}:' in the search needs a value.")
        condition = operator(text, zone)
        with_trash |= name.lower() in ("in", "label") and fold(text) in ("trash", "anywhere")
        condition = not_(condition) if minus else condition
        if joins:
            groups[-1].append(condition)
        else:
            groups.append([condition])
        joins = False
    wanted = [or_(false(), *group) for group in groups]
    if not with_trash:
        wanted.append(not_(_label("trash", zone)))
    return and_(true(), *wanted)


def _terms(query: str) -> list[tuple[str, str, str, bool]]:
    found = []
    for match in _TERM.finditer(query.replace("(", " ").replace(")", " ")):
        if match.group():
            quoted = match["quoted"] is not None
            found.append((match["minus"], match["name"] or "", match["quoted"] if quoted else match["bare"], quoted))
    return found


def _matches(column: Column[str], text: str) -> Condition:
    words = to_find(text)
    return holds(column, words) if words else true()


def _words(text: str, _: ZoneInfo) -> Condition:
    return _matches(messages.c.find_text, text)


def _from(text: str, _: ZoneInfo) -> Condition:
    return _matches(messages.c.find_from, text)


def _to(text: str, _: ZoneInfo) -> Condition:
    return _matches(messages.c.find_to, text)


def _subject(text: str, _: ZoneInfo) -> Condition:
    return _matches(messages.c.find_subject, text)


def _label(text: str, zone: ZoneInfo) -> Condition:
    if fold(text) == "unread":
        return _is("unread", zone)
    return holds(messages.c.find_labels, f"\n{fold(text.strip())}\n")


def _in(text: str, zone: ZoneInfo) -> Condition:
    place = {"draft": "drafts", "bin": "trash"}.get(fold(text), fold(text))
    if place in ("anywhere", "all"):
        return true()
    if place in ("archive", "archived"):
        return not_(or_(*(_label(folder, zone) for folder in ("inbox", "sent", "drafts", "trash"))))
    return _label(place, zone)


def _is(text: str, zone: ZoneInfo) -> Condition:
    state = fold(text)
    if state in ("unread", "read"):
        return messages.c.unread.is_(state == "unread")
    if state == "starred":
        return _label("starred", zone)
    raise Refused(f"'is:{text}' is no search: use is:unread, is:read or is:starred.")


def _has(text: str, _: ZoneInfo) -> Condition:
    if fold(text) in ("attachment", "attachments"):
        return messages.c.attached.is_(True)
    raise Refused(f"'has:{text}' is no search: use has:attachment.")


def _after(text: str, zone: ZoneInfo) -> Condition:
    return messages.c.date >= _day(text, zone)


def _before(text: str, zone: ZoneInfo) -> Condition:
    return messages.c.date < _day(text, zone)


def _day(text: str, zone: ZoneInfo) -> datetime:
    try:
        day = date.fromisoformat(text.strip().replace("/", "-"))
        return datetime(day.year, day.month, day.day, tzinfo=zone)
    except ValueError as error:
        raise Refused(f"'{text}' in the search is not a date like 2026-03-10.") from error


_OPERATORS: dict[str, Callable[[str, ZoneInfo], Condition]] = {
    "": _words,
    "from": _from,
    "to": _to,
    "subject": _subject,
    "label": _label,
    "in": _in,
    "is": _is,
    "has": _has,
    "after": _after,
    "before": _before,
}
