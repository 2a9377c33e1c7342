# ruff: noqa: E501  one alternative of a pattern is one line
"""What matters over calendar, tasks and mail together: "is there anything urgent?", "what's on my plate this week"."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sayso.offline import answers
from sayso.offline.acts import Act, Call, Json, Look, Say
from sayso.offline.calendar.free import said_time
from sayso.offline.mail.look import summarized
from sayso.offline.mail.summary import summary
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.slots import timed
from sayso.offline.reading.targets import EVENT_NOUN, MAIL_NOUN, TASK_NOUN
from sayso.offline.reading.words import Quotes, lower
from sayso.offline.saying.say import day_of, is_all_day, moment
from sayso.offline.scene import Scene

_HOT = r"(?:urgent|important|pressing|critical|time[- ]sensitive|high[- ]priority)"
_URGENT = re.compile(
    rf"""(?:(?:(?:is|are)\ there|do\ i\ have|have\ i\ got|got|show\ me|list)\ )?(?:anything|something|any|all|things|the|my)\ (?:(?:that's|that\ is|really|very|super|most)\ )*{_HOT}
    |(?:what|which\ \w+)(?:'s|\ is|\ are)?\ (?:(?:the|my|really|so|most)\ )*{_HOT}|{_HOT}
    |what\ (?:needs|requires|deserves|demands)\ (?:my\ |some\ )?(?:immediate\ |urgent\ )?(?:attention|doing\ first)
    |(?:what|which\ \w+)\ (?:should|do|must)\ (?:i|we)\ (?:\w+\ ){{1,4}}first|where\ (?:should|do)\ i\ (?:start|begin)
    |what(?:'s|\ is|\ are)\ (?:my|the)\ (?:(?:top|highest|main)\ )?(?:priority|priorities)
    |(?:(?:is|are)\ there\ )?anything\ (?:else\ )?(?:that\ )?i\ (?:should|need\ to|must|have\ to)\ (?:know|worry|be\ aware|take\ care)(?:\ (?:about|of))?""",
    re.X,
)
_TAIL = re.compile(
    r"\s+(?:tasks|to-dos|things|stuff|e?mails?|messages|(?:in|on)\s+my\s+(?:inbox|mail|e?mails?|list|plate)|for\s+me|to\s+do"
    r"|right\s+now|at\s+the\s+moment|now|going\s+on|i\s+should\s+know(?:\s+about)?|that\s+i\s+(?:need|have)\s+to\s+\w+)+$"
)
_PLATE = re.compile(
    r"(?:(?:what(?:'s|\s+is|\s+do\s+i\s+have|\s+have\s+i\s+got)?|how\s+much(?:'s|\s+is|\s+do\s+i\s+have)?|show\s+me\s+what(?:'s|\s+is))\s+(?:all\s+)?on\s+my\s+plate"
    r"|(?:give\s+me\s+|show\s+me\s+)?(?:(?:an?|the|my)\s+)?(?:(?:quick|short|brief|daily|morning|full)\s+)*(?:overview|rundown|run-through|briefing|summary)(?:\s+(?:of|for|on)(?:\s+(?:my|the)\s+(?:day|week))?)?|brief\s+me(?:\s+on(?:\s+my\s+(?:day|week))?)?)(?:\s+(?:look\s+like))?"
)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    free = timed(clause.text, scene.now, scene.zone)
    low = lower(free.rest)
    if (_URGENT.fullmatch(low) or _URGENT.fullmatch(_TAIL.sub("", low))) and not EVENT_NOUN.search(low):
        if MAIL_NOUN.search(low) or re.search(r"\bmail\b", low):
            return summarized("is:unread")
        when = _when(free.when, low)
        return _overdue_or_due(when, scene) if TASK_NOUN.search(low) else _urgent(when, scene)
    if _PLATE.fullmatch(low) and (re.search(r"plate|day|week|daily|morning|brief me", low) or free.when):
        return _plate(_when(free.when, low), scene)
    return None


def _when(said: str, low: str) -> str:
    """The time asked about; the day if none was named."""
    said = re.sub(r"^(?:on|for|in|of|at)\s+(?=\S)|'s$", "", said, flags=re.I)
    return said or ("this week" if re.search(r"\bweek\b", low) else "today")


def _overdue_or_due(when: str, scene: Scene) -> Act:
    return Look(
        (_OPEN,),
        lambda results: Say(_tasks(results[0], when, scene) or f"No task is overdue or due {_said(when, scene)}."),
    )


_OPEN = Call("list_tasks", {"status": "open"})


def _urgent(when: str, scene: Scene) -> Act:
    """Tasks that are overdue or due, unread mails that ask for something, and what comes next."""

    def then(results: Sequence[Json]) -> Act:
        events, mails, tasks = results
        asks = summary(mails)[1]
        said = [_tasks(tasks, when, scene)]
        said += ["Unread mail that asks for something:\n" + "\n".join(f"• {line}" for line in asks)] if asks else []
        said += [_events(events, when, scene)]
        said = [each for each in said if each]
        nothing = f"Nothing: no task is overdue or due {_said(when, scene)}, and no unread mail asks for anything."
        return Say("\n\n".join(said) or nothing)

    unread = Call("summarize_mail", {"query": "is:unread in:inbox"})
    return Look((Call("list_calendar_events", {"start": when}), unread, _OPEN), then)


def _plate(when: str, scene: Scene) -> Act:
    """Events and tasks of a stretch of time."""

    def then(results: Sequence[Json]) -> Act:
        events, tasks = results
        due = _tasks(tasks, when, scene) or f"No task is overdue or due {_said(when, scene)}."
        listed = _events(events, when, scene)
        if not listed:
            scene.show([])
        return Say(f"{listed or f'You have no events {_said(when, scene)}.'}\n\n{due}")

    return Look((Call("list_calendar_events", {"start": when}), _OPEN), then)


def _said(when: str, scene: Scene) -> str:
    return said_time(when, scene)


def _events(result: Json, when: str, scene: Scene) -> str:
    """What is not over yet."""
    left = [each for each in answers.items(result, "events") if not _is_over(each, scene)]
    return answers.events({"events": left}, scene, _said(when, scene)) if left else ""


def _is_over(event: Json, scene: Scene) -> bool:
    end = moment(event.get("end"), scene.zone)
    return not is_all_day(event) and isinstance(end, datetime) and end <= scene.now


def _tasks(result: Json, when: str, scene: Scene) -> str:
    """The tasks that are overdue or due by the end of that time: they stand first in the list."""
    ends = [
        each.moment.end or each.moment.start + timedelta(days=1) for each in timed(when, scene.now, scene.zone).found
    ]
    last = max(ends).date() if ends else scene.now.date() + timedelta(days=1)
    found = [each for each in answers.items(result, "tasks") if each.get("overdue") or _due_before(each, last, scene)]
    lines = answers.numbered([answers.task_line(each, scene) for each in found])
    return (
        f"{answers.count(len(found), 'task').capitalize()} overdue or due {_said(when, scene)}:\n{lines}"
        if found
        else ""
    )


def _due_before(task: Json, last: date, scene: Scene) -> bool:
    due = moment(task.get("due"), scene.zone)
    return due is not None and day_of(due) < last
