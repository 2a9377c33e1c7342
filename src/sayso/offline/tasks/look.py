# ruff: noqa: E501  one alternative of a pattern is one line
"""Looking at tasks and lists."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sayso.offline import answers
from sayso.offline.acts import Act, Json, Say, look
from sayso.offline.calendar.free import said_time
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.slots import clean, timed
from sayso.offline.reading.words import Quotes, lower
from sayso.offline.saying.say import moment
from sayso.offline.scene import Scene
from sayso.offline.tasks import bulk as task_bulk

_LISTS = re.compile(
    r"(?:(?:what|which|show(?: me)?|list|how many|what are)\s+)?(?:(?:task|to-do|my|the|all|of my)\s+)*lists(?:\s+(?:do i have|have i got|are there|exist|i have))?|show me all my lists"
)
_ASK = r"(?:what(?:'s|\ is|\ are|\ do|\ have|\ did|)|which|show(?:\ me)?|list|see|view|check|open|pull\ up|give\ me|tell\ me|read(?:\ (?:me|out))?|do|have|is|are|any|how\ many|get|display|look\ at|let\ me\ see|what\ about|anything)"
_TASKS = re.compile(
    rf"(?:{_ASK}\b.*\b)?(?:tasks?|to-dos?|to\ dos?|reminders?|(?:to\ do|to-do|task)\ list|chores|action\ items)\b.*",
    re.X,
)
_NAMED = re.compile(
    rf"{_ASK}\b(?:\s+(?:on|in|left|there|me|out|still|anything|my|for|items|things|of))*\s+(?:(?:my|the|our|a)\s+)?(?P<list>[\w\ue000-\ue0ff' -]+?)\s+list\b.*|(?:my\s+)?(?P<list2>shopping|grocery|packing|errands?)\s+list"
)
_DUE = re.compile(
    r"(?:what(?:'s|\s+is|\s+are)?|how\s+many|anything|is\s+(?:there\s+)?anything|show(?:\s+me)?|list|do\s+i\s+have\s+anything|have\s+i\s+got\s+anything|which)\b.*\b(?:due|overdue|late|outstanding|pending|deadlines?)\b.*|am i (?:late|behind)\b.*|overdue|(?:what|any)\s+deadlines\b.*|am i behind.*|what have i missed"
)
_TODO = re.compile(
    r"what\s+(?:(?:else\s+)?(?:do|should|must)\s+i\s+(?:still\s+|also\s+)?(?:have\s+|need\s+|got\s+)?(?:left\s+)?to\s+(?:do|get\s+done|finish|buy|take\s+care\s+of)|have\s+i\s+(?:still\s+)?got\s+to\s+do|needs\s+(?:to\s+be\s+done|doing)|(?:is|'s)\s+left(?:\s+to\s+do)?|should\s+i\s+(?:work\s+on|do|focus\s+on|start\s+with|tackle|prioriti[sz]e))\b.*|what's\s+(?:left|still\s+open|outstanding)\b.*|what do i have left\b.*"
)
_FINISHED = re.compile(
    r"(?:what|which)(?:\s+\w+)?\s+(?:have\s+i|did\s+i|i've|i\s+have)\s+(?:already\s+)?(?:finish(?:ed)?|complete[d]?|done|get\s+done|gotten\s+done|ticked\s+off|accomplish(?:ed)?)\b.*|(?:show|list)(?:\s+me)?\s+(?:my\s+|all\s+|the\s+)?(?:completed|finished|done)\b.*|what's\s+(?:done|finished|completed)\b.*"
)
_NOTES = re.compile(
    r"(?:(?:what(?:'s|\s+is|\s+are|\s+do\s+i\s+have)?|show(?:\s+me)?|read(?:\s+me)?|any)\s+)?(?:the\s+|my\s+)?(?:notes?|details?|description)\s+(?:on|for|of|in|about|to)\s+(?:the\s+|my\s+)?(?P<one>.+?)\s+(?:task|to-do|reminder)|what\s+does\s+(?:the|my)\s+(?P<one2>.+?)\s+(?:task|to-do|reminder)\s+say|(?:show|open|read)(?:\s+me)?\s+(?:the|my)\s+(?P<one3>.+?)\s+(?:task|to-do)"
)
_ABOUT_ONE = re.compile(
    r"when\s+(?:the|my)\s+(?P<one5>.+?)\s+(?:is|are)\s+due|(?:when|by when)(?:'s|\s+is|\s+are|\s+was)\s+(?:the|my)\s+(?P<one>.+?)\s+due|(?:is|are)\s+(?:the\s+|my\s+|(?=[\ue000-\ue0ff]))(?P<one2>.+?)\s+(?:done|finished|complete|completed|due)(?:\s+yet)?|what(?:'s|\s+is)\s+the\s+(?:deadline|due\s+date)\s+(?:for|of)\s+(?:the\s+|my\s+)?(?P<one4>.+)|(?:did|have)\s+i\s+(?:already\s+)?(?:finish(?:ed)?|complete[d]?|do|done|tick(?:ed)?\s+off)\s+(?:the\s+|my\s+)?(?P<one3>.+?)(?:\s+yet|\s+already)?"
)
_ABOUT = re.compile(
    r"\b(?:about|regarding|concerning|mentioning|containing|called|named|for|to|with)\s+(?:the\s+|my\s+)?(?P<query>.+)$"
)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    text, low = clause.text, clause.low
    if re.search(r"\b(?:calendar|diary|schedule|agenda|meetings?|appointments?)\b", low) and not re.search(
        r"\b(?:tasks?|to-dos?|deadline|due)\b", low
    ):
        return None
    if _LISTS.fullmatch(low):
        return look("list_task_lists", lambda results: Say(_lists(results[0])))
    if found := _NOTES.fullmatch(low):
        key = next(key for key in ("one", "one2", "one3") if found[key])
        return _one_task(quotes.put_back(text[found.start(key) : found.end(key)]), scene, notes=True)
    if found := _ABOUT_ONE.fullmatch(low):
        key = next(key for key in ("one", "one2", "one3", "one4", "one5") if found[key])
        query = re.sub(r"\s+(?:tasks?|to-dos?)$", "", text[found.start(key) : found.end(key)], flags=re.I)
        return _one_task(quotes.put_back(query), scene)
    free = timed(text, scene.now, scene.zone)
    due = re.sub(r"^(?:on|for|by|in|at|due)\s+", "", free.when, flags=re.I)
    if _FINISHED.fullmatch(low):
        return _finished(text, scene)
    if _UNDATED.search(low):
        return _undated(scene)
    if _DUE.fullmatch(low) and not re.search(r"\be?mails?\b|\bmeetings?\b", low):
        if re.search(r"\b(?:overdue|late|behind|missed)\b", low):
            due = "overdue"
        named = re.search(r"\bon\s+(?:my|the)\s+(?P<list>\w+)\s+list\b", low)
        return _tasks(scene, due=due, list=named["list"] if named and named["list"] not in task_bulk.ANY_LIST else "")
    if _TODO.fullmatch(low):
        if named := re.search(r"\bon\s+(?:my|the)\s+(?P<list>\w+)\s+list\b", low):
            return _tasks(scene, due=due, list="" if named["list"] in task_bulk.ANY_LIST else named["list"])
        topic = re.search(r"\b(?:for|about|with)\s+(?:the\s+|my\s+)?(?P<topic>[\w'-]+(?:\s+[\w'-]+)?)$", free.rest)
        return _tasks(scene, due=due, query=quotes.put_back(topic["topic"]) if topic and not due else "")
    if re.search(r"\b(?:overdue)\b", low) and re.search(r"\btasks?\b|\bto-dos?\b", low):
        return _tasks(scene, due="overdue")
    if found := _NAMED.fullmatch(lower(free.rest)):
        name = _list_name(free.rest, found)
        if name.lower() in task_bulk.ANY_LIST:
            return _tasks(scene, due=due)
        if name.lower() in ("guest", "contact", "mailing", "attendee", "invite"):
            return None
        return _tasks(scene, list=quotes.put_back(name), due=due)
    if found := re.search(
        r"(?:^|\bmy )(?P<list>(?!show|list|what|which|any|my|the|no|new|old|some|more|other|two|three|add|create|delete|open|all|overdue|urgent|remaining|current|pending|upcoming|next|other|new|important|outstanding|unfinished|done|completed|finished|recent|to-do|due|active|top|daily|tasks?)[a-z][\w-]*) (?:tasks|to-dos)$",
        lower(free.rest),
    ):
        return _tasks(scene, list=found["list"], due=due)
    if _TASKS.fullmatch(lower(free.rest)) and not re.search(r"\b(?:e?mails?|meetings?|calendar)\b", low):
        status = (
            "done"
            if re.search(r"\b(?:done|completed|finished|closed)\b", low)
            else "all"
            if re.search(r"\ball (?:of )?(?:my )?tasks.*(?:done|finished)|\beven\b", low)
            else ""
        )
        found = _ABOUT.search(lower(free.rest))
        query = clean(free.rest[found.start("query") :]) if found else ""
        if re.match(r"(?:do|be|me|us|done|finish|work on)\b", lower(query)) or re.search(r"\blist$", query):
            query = ""
        return _tasks(scene, status=status, due=due, query=quotes.put_back(query))
    return None


def _finished(text: str, scene: Scene) -> Act:
    """What was done, in the stretch of time that was named, if one was."""
    free = timed(text, scene.now, scene.zone, past=True)
    spans = [(each.moment.start, each.moment.end or each.moment.start + timedelta(days=1)) for each in free.found]

    def then(results: Sequence[Json]) -> Act:
        found = answers.items(results[0], "tasks")
        ended = [(each, moment(each.get("completed_at"), scene.zone)) for each in found]
        within = [each for each, end in ended if isinstance(end, datetime) and all(a <= end < b for a, b in spans)]
        what = f" {said_time(free.when, scene, past=True)}" if spans else ""
        return Say(answers.tasks({"tasks": within if spans else found}, scene, what, done=True))

    return look("list_tasks", then, status="done")


_UNDATED = re.compile(
    r"\b(?:tasks?|to-dos?)\b.*\b(?:without|with no|have no|no)\s+(?:an?\s+)?(?:due\s+)?(?:dates?|deadlines?)\b|\bundated\b"
)


def _undated(scene: Scene) -> Act:
    def then(results: Sequence[Json]) -> Act:
        found = [each for each in answers.items(results[0], "tasks") if not each.get("due")]
        return Say(answers.tasks({"tasks": found}, scene, " without a date"))

    return look("list_tasks", then, status="open")


def _one_task(query: str, scene: Scene, notes: bool = False) -> Act:
    """Whether a task is done, when it is due, and what its notes say."""

    def then(results: Sequence[Json]) -> Act:
        found = answers.items(results[0], "tasks")
        if not found:
            return Say(f"I found no task about “{query}”.")
        lines = [f"{answers.state_of(each, scene)}{_noted(each) if notes else ''}" for each in found[:8]]
        return Say("\n".join(lines))

    return look("list_tasks", then, status="all", query=query)


def _noted(task: Json) -> str:
    return f" Its notes: {task['notes']}" if task.get("notes") else " It has no notes."


def _list_name(text: str, found: re.Match[str]) -> str:
    key = "list" if found["list"] is not None else "list2"
    name = text[found.start(key) : found.end(key)]
    if re.fullmatch(r"(?:(?:on|in|are|is)\s+)*(?:my|the|our)", name.strip(), re.I):
        return ""
    return re.sub(
        r"^(?:(?:everything|tasks|to-dos|all|me|my|the|our|on|in|left|still|there|anything|items|is|are|of|things)\s+)+",
        "",
        name,
        flags=re.I,
    )


def _tasks(scene: Scene, **args: str) -> Act:
    what = task_bulk.said(args, scene)
    done, on_list = args.get("status") == "done", bool(args.get("list"))

    def then(results: Sequence[Json]) -> Act:
        if args.get("query") and not answers.items(results[0], "tasks") and " " not in args["query"]:
            return look("list_task_lists", lambda lists: _on_a_list(lists[0]))
        return Say(answers.tasks(results[0], scene, what, done, on_list))

    def _on_a_list(lists: Json) -> Act:
        """ "For work" is a list, if one goes by that name."""
        if not any(lower(str(each.get("name"))) == lower(args["query"]) for each in lists.get("lists") or []):
            return Say(answers.tasks({}, scene, what, done))
        named = {key: value for key, value in args.items() if key != "query"} | {"list": args["query"]}
        return _tasks(scene, **named)

    return look("list_tasks", then, **args)


def _lists(result: Json) -> str:
    names = [
        str(each.get("name") or each.get("title") or each) if isinstance(each, dict) else str(each)
        for each in _items(result)
    ]
    if not names:
        return "You have no task lists."
    return f"Your lists: {', '.join(names)}."


def _items(result: Json) -> list[object]:
    for value in result.values():
        if isinstance(value, list):
            return value
    return []
