# ruff: noqa: E501  one alternative of a pattern is one line
"""One request said as several: "on the 9th and 10th" is two events, "Tom or Sam" is a question."""

import re
from dataclasses import replace

from sayso.offline.acts import Act, Ask, Do, Question
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.slots import find, is_name
from sayso.offline.reading.words import lower
from sayso.offline.scene import Scene

_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_DAY = (
    r"(?:(?:on\s+)?(?:(?:the\s+)?\d{1,2}(?:st|nd|rd|th)|(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tomorrow))\b"
)
_DAYS = re.compile(
    rf"(?<!every )(?<!each )(?<!between )(?<!from )(?<!until )\b(?:both\s+)?(?P<lead>(?:next|this)\s+|{_MONTH}\s+)?(?P<days>{_DAY}(?:\s*,\s*{_DAY})*\s*(?:,\s*)?(?:and|&)\s+{_DAY})(?P<tail>\s+(?:of\s+)?{_MONTH}\b)?",
    re.I,
)
_OR = re.compile(
    r"(?P<either>either\s+)?(?P<one>(?:[\w:.'’-]+\s+){0,2}?[\w:.'’-]+)\s+or\s+(?P<two>(?:(?:at|on|to|with)\s+)?[\w:.'’-]+(?:\s+(?:[ap]m|o'clock|morning|afternoon|evening))?)",
    re.I,
)
_CHOSEN = frozenset({"start", "end", "due", "guests", "add_guests", "to", "duration_minutes", "title", "event"})
"""What a choice may concern; in a mail's text or a note "or" is only a word. A title differs with its guests."""


def days_of(text: str) -> list[str]:
    """The text once for each day, when it lists days that do not repeat."""
    found = _DAYS.search(text)
    if found is None:
        return [text]
    lead, tail = found["lead"] or "", found["tail"] or ""
    days = re.split(r"\s*,\s*(?:and\s+)?|\s*(?:\band\b|&)\s*", found["days"], flags=re.I)
    days = [re.sub(r"^on\s+", "", day.strip(), flags=re.I) for day in days]
    if not lead and not tail:
        days = [re.sub(r"^(?=\d)", "the ", day) for day in days]
    return [f"{text[: found.start()]}{lead}{day}{tail}{text[found.end() :]}" for day in days]


def alternatives(clause: Clause, scene: Scene) -> tuple[tuple[Clause, str], ...]:
    """The clause with either side of its "or", and that side; empty when it offers no choice of time or people."""
    for found in _OR.finditer(clause.text):
        words = found["one"].split()
        for take in range(1, min(3, len(words)) + 1):
            one, two = " ".join(words[-take:]), re.sub(r"^(?:at|on|to|with)\s+", "", found["two"], flags=re.I)
            if not _alike(one, two, scene):
                continue
            start = found.start("one") + len(found["one"]) - len(one)
            start = found.start() if found["either"] and take == len(words) else start
            sides = [f"{clause.text[:start]}{each}{clause.text[found.end() :]}" for each in (one, two)]
            read = [replace(clause, text=side, low=lower(side)) for side in sides]
            return ((read[0], one), (read[1], two))
    return ()


def _alike(one: str, two: str, scene: Scene) -> bool:
    """Whether both are times or both are people."""
    if is_name(one) and is_name(two) and not find(one, scene.now, scene.zone):
        return True
    return all(_is_time(each, scene) for each in (one, two))


def _is_time(text: str, scene: Scene) -> bool:
    if re.fullmatch(r"\d{1,2}(?:[:.]\d\d)?", text):
        return True
    found = find(text, scene.now, scene.zone)
    return len(found) == 1 and len(found[0].text.strip()) == len(text.strip())


def which(one: tuple[Act | None, str], two: tuple[Act | None, str]) -> Ask | None:
    """The question between two readings that lead to different calls; None when they do not."""
    acts = (one[0], two[0])
    if not all(isinstance(act, Do) and len(act.calls) == 1 for act in acts):
        return None
    first, second = (act.calls[0] for act in acts if isinstance(act, Do))
    keys = {key for key in {*first.args, *second.args} if first.args.get(key) != second.args.get(key)}
    if first.tool != second.tool or not keys or keys == {"title"} or not keys <= _CHOSEN:
        return None
    labels = tuple({"id": str(index), "label": label} for index, label in enumerate((one[1], two[1])))
    question = Question(first, "", labels, options=(first, second))
    return Ask(f"Which should it be: {one[1]} or {two[1]}?", question)
