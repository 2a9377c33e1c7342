# ruff: noqa: E501  one alternative of a pattern is one line
"""New tasks: "remind me to call the bank tomorrow", "add milk to my shopping list", "buy milk and eggs"."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sayso.english.dates import combine
from sayso.english.matching import fit, words
from sayso.offline.acts import Act, Ask, Call, Do, Json, Question, Say, look
from sayso.offline.calendar.lookup import with_event
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.slots import DURATION, clean, minutes_of, timed
from sayso.offline.reading.targets import strip_article
from sayso.offline.reading.words import MARK, Quotes, lower
from sayso.offline.saying.say import moment
from sayso.offline.scene import Scene

_REMIND = re.compile(
    r"""(?:(?:please\ )?remind\ me(?:\ again)?|(?:i\ )?(?:need|want|have|got)?\ ?(?:to\ )?remember(?=\ to\b|\ that\b)|don't\ (?:let\ me\ )?forget|never\ forget|not\ forget|don't\ forget|note\ down(?=\s*:)
    |(?:please\ )?note\ (?:down\ )?that|take\ (?:a\ )?note|make\ (?:a\ |me\ a\ )?note|note\ to\ self|jot(?:\ down)?|write\ down|(?:set|create|add|make|put|give\ me|schedule)\ (?:me\ )?(?:a\ |an\ |another\ )?(?:new\ )?reminder(?!\s+of\b.*\bcalendar\b)|(?:an?\ )?reminder|remember|nudge\ me|ping\ me)\b
    (?P<rest>.*)""",
    re.X | re.I | re.S,
)
_TASK = re.compile(
    r"(?:(?:create|add|make|new|set up|open|put|enter|give me)\s+)?(?:a\s+|an\s+|another\s+|the\s+|these\s+|some\s+|(?:\d|two|three|four|five)\s+)?(?:new\s+|following\s+|high[- ]priority\s+|urgent\s+|important\s+|quick\s+)*(?:task|to-do|to do|todo|action item)s?(?P<item>\s+item)?\b(?P<rest>.*)",
    re.I | re.S,
)
_LIST = r"(?:(?:my|the|our|a)\s+)?(?P<list>[\w\ue000-\ue0ff'’ -]{0,80}?)\s*(?P<kind>(?:to-do|to do|task)\s+list|list|lists|to-dos?|to do|tasks|groceries(?!\s+list))"
_TO_LIST = re.compile(
    rf"(?:add|put|stick|write|throw|include|pop|jot(?: down)?|note(?: down)?|get)\s+(?P<what>.+?)\s+(?:down\s+)?(?:to|on|onto|in|into)\s+{_LIST}\b(?P<after>.*)",
    re.I | re.S,
)
_IN_LIST = re.compile(
    r"\s*,?\s*\b(?:in|on|to|into|onto)\s+(?:my|the|our)\s+(?P<list>[\w\ue000-\ue0ff' -]{1,80}?)\s+(?:task\s+|to-do\s+)?list\b",
    re.I,
)
_AND_REMIND = re.compile(
    r"(?P<rest>.+?)(?:,|\s+and|\s+so|\s+-|\.)\s*(?:can you\s+|could you\s+|please\s+)*(?:remind me|don't let me forget)(?:\s+(?:about\s+)?(?:it|that|this))?(?P<when>\b.*)?",
    re.I | re.S,
)
_ERRAND = re.compile(
    r"""(?:buy|get|grab|pick\ up|collect|pay|renew|return|fix|repair|clean(?!\ (?:up\ |out\ )?(?:my|the)\ (?:inbox|mail))|wash|water|feed|walk|mow|iron|finish|submit|print|sign|file|fill\ (?:in|out)|review|prepare|prep|order|
    call|phone|ring|text|visit|drop\ off|take(?!\ (?:it|that|this|them)\b)|bring|hand\ in|post|mail\ off|study|practi[sc]e|pack|charge|look\ into|follow\ up|sort\ out|replace|hang|paint|update\ the|write\ up|do\ the|proofread|back\ up|chase|check\ in)\ (?!(?:me|us|is|was|are|were|has|had|have)\b)\S.*""",
    re.X | re.I,
)
_TO_DO_COLON = re.compile(r"(?:to-do|to do|task|reminder|note|remember)s?\s*[:\-]\s*(?P<rest>.+)", re.I | re.S)
_ASKS_LIST = re.compile(
    r"^(?:list|s|for|due|from|on|in|about|i|are|is|do|have|today|tomorrow|this|that|next|overdue|with)\b", re.I
)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    text = clause.text
    if found := _TO_DO_COLON.fullmatch(text):
        return _several(found["rest"], quotes, scene)
    if re.match(r"remind (?!me\b)(?:her|him|them|[A-Z]\w+)", text):
        return None
    if (found := _THEN_REMIND.fullmatch(text)) and not timed(found["when"], scene.now, scene.zone).rest:
        return _task(f"{found['rest']} {found['when']}", quotes, scene, reminder=True)
    if (found := _THEN_DUTY.fullmatch(text)) and not timed(found["when"], scene.now, scene.zone).rest:
        return _task(f"to {found['rest']} {found['when']}", quotes, scene)
    found = _SOME_DAY_DUTY.fullmatch(text)
    if found and (free := timed(found["when"], scene.now, scene.zone)).has_date and not free.rest and not free.has_time:
        return _task(f"to {found['rest']} {found['when']}", quotes, scene)
    if found := _REMIND.fullmatch(text):
        if before := _BEFORE.fullmatch(found["rest"].strip()):
            return _before(before, quotes, scene)
        return _task(found["rest"], quotes, scene, reminder=True)
    if found := _AS_TASK.fullmatch(text):
        return _task(f"{found['what']} {found['after']}", quotes, scene)
    if found := _ON_NEW_LIST.fullmatch(text):
        return _several(f"{found['what']} {found['after'] or ''}", quotes, scene, quotes.put_back(found["list"]))
    if _NEW_LIST.fullmatch(text):
        return Say("A list is made with its first task: say “add milk to my shopping list”, for example.")
    if found := _ON_A_LIST.fullmatch(text):
        return _task(found["rest"], quotes, scene, list_name=quotes.put_back(found["list"]))
    if named := _TASK_FOR.fullmatch(text):
        return _task(named["what"], quotes, scene, list_name=named["list"])
    text = re.sub(
        r"^(?P<verb>add|put)\s+(?:(?:these|the following)(?:\s+(?:items|things))?\s+)?(?P<to>(?:to|on)\s+[^:]+?):\s*(?P<what>.+)$",
        r"\g<verb> \g<what> \g<to>",
        text,
        flags=re.I,
    )
    if (found := _TO_LIST.fullmatch(text)) and (act := _onto_list(found, quotes, scene)):
        return act
    if (
        (found := _TASK.fullmatch(text))
        and not clause.asked
        and (
            re.match(r"(?:create|add|make|new|set|open|put|enter|give)\b", clause.low) or found["rest"].startswith(":")
        )
    ):
        if (named := _FOR_LIST.fullmatch(found["rest"])) and not timed(
            f"for {named['list']}", scene.now, scene.zone
        ).found:
            return _several(named["what"], quotes, scene, named["list"])
        if re.search(r"\b(?:tasks|to-dos|todos)\s*:", text, re.I):
            return _several(found["rest"].lstrip(" :"), quotes, scene)
        return _task(found["rest"], quotes, scene)
    if re.search(r"\b(?:remind me|don't let me forget)\b", clause.low) and (found := _AND_REMIND.fullmatch(text)):
        rest = re.sub(r"^(?:i|we)\s+(?:need|have|must|should|ought)\s+(?:to\s+)?", "", found["rest"], flags=re.I)
        return _task(f"to {rest} {found['when'] or ''}", quotes, scene)
    return None


_FOR_LIST = re.compile(
    r"\s*(?:for|on|in)\s+(?:my\s+|the\s+)?(?P<list>[\w-]+)(?:\s+list)?\s*:\s*(?P<what>.+)", re.I | re.S
)
_THEN_REMIND = re.compile(r"(?P<when>\S.*?),?\s+(?:please\s+)?(?:can\s+you\s+)?remind\s+me\b(?P<rest>.+)", re.I | re.S)
_THEN_DUTY = re.compile(
    r"(?P<when>(?:by|on|before|until)\s+\S.*?),?\s+(?:i|we)\s+(?:need\s+to|have\s+to|must|should|want\s+to)\s+(?P<rest>\S.+)",
    re.I | re.S,
)
_SOME_DAY_DUTY = re.compile(
    rf"(?P<when>\S.*?),?\s+(?:i|we)\s+(?:need\s+to|have\s+to|must|should)\s+(?P<rest>(?:{_ERRAND.pattern}))",
    re.X | re.I,
)
_NEW_LIST = re.compile(
    r"(?:create|make|add|start|set up)\s+(?:me\s+)?(?:an?\s+)?(?:new\s+)?(?:\w+\s+)?list(?:\s+(?:called|named|for|titled)\b.*)?",
    re.I,
)
_ON_NEW_LIST = re.compile(
    r"(?:add|put|stick|write|create|make)\s+(?P<what>\S.*?)\s+(?:to|on|onto|in|into)\s+an?\s+new\s+(?:task\s+|to-do\s+)?list,?\s+(?:(?:called|named|titled)\s+)?(?P<list>[\w\ue000-\ue0ff'’-]+(?:\s+(?!due\b|by\b|for\b|on\b|before\b)[\w\ue000-\ue0ff'’-]+){0,3})(?P<after>\s+(?:due|by|for|on|before)\s+\S.*)?",
    re.I | re.S,
)
_ON_A_LIST = re.compile(
    r"(?:create|add|make|put)\s+an?\s+(?!new\b|another\b|quick\b|urgent\b|important\b|high\b)(?P<list>[\w\ue000-\ue0ff]+)\s+(?:task|to-do)\s*:?\s+(?P<rest>(?:to|for|called|about|named)?\s*\S.*)",
    re.I | re.S,
)
_TASK_FOR = re.compile(
    r"(?:new\s+)?(?:task|to-do|reminder)\s+(?:for|on)\s+(?:my\s+|the\s+)?(?P<list>[\w-]+)(?:\s+list)?\s*:\s*(?P<what>\S.*)",
    re.I | re.S,
)
_AS_TASK = re.compile(
    r"(?:put|add|note|log|save|enter|record|write)\s+(?P<what>.+?)\s+(?:down\s+)?as\s+an?\s+(?:new\s+)?(?:task|to-do|reminder)(?P<after>\b.*)",
    re.I | re.S,
)
_BEFORE = re.compile(
    rf"(?:(?:to|about|of|that)\s+(?P<what>.+?)\s+)?(?P<by>{DURATION.split('(?!')[0]}|(?:a|an|one|two|three|\d+)\s+(?:days?|weeks?)|the\s+(?:day|night|week))\s+before(?:\s+(?P<ref>.+?))?(?:,?\s+(?:to|about)\s+(?P<what2>.+))?",
    re.I,
)


def _before(found: re.Match[str], quotes: Quotes, scene: Scene) -> Act | None:
    """ "30 minutes before the dentist": so long before an event of the calendar."""
    ref, what = found["ref"] or found["what"] or "", found["what"] or found["what2"] or ""
    if scene.made and (not ref or lower(ref) in ("it", "that")):
        event = {"title": scene.made.args["title"], "start": _start_of(scene.made, scene)}
        return _ahead(event, str(event["title"]), lower(found["by"]))
    ref = ref or scene.event
    focus = scene.memory.focus("event")
    if not ref and focus and focus.item.get("start"):
        begins = {**focus.item, "start": moment(focus.item["start"], scene.zone)}
        return _ahead(begins, str(focus.item.get("title")), lower(found["by"]))
    if not ref:
        return Ask("Before what?")
    if lower(ref) in ("it", "that") and found["what"] and not scene.memory.focus("event"):
        ref = found["what"]
    if timed(ref, scene.now, scene.zone).rest == "":
        return _task(f"{'to ' if what else ''}{what} {found['by']} before {ref}", quotes, scene)

    def then(event: Json, scene: Scene) -> Act:
        title = _title(what, quotes) if found["ref"] and what else str(event.get("title"))
        return _ahead({**event, "start": moment(event.get("start"), scene.zone)}, title, lower(found["by"]))

    return with_event(strip_article(ref), quotes, scene, then)


def _start_of(made: Call, scene: Scene) -> datetime | None:
    """When an event begins that is only proposed, if that is certain."""
    found = timed(str(made.args.get("start")), scene.now, scene.zone)
    parts = [each.moment for each in found.found]
    whole = combine(parts[0], parts[1]) if len(parts) == 2 else parts[0] if len(parts) == 1 else None
    return whole.start if whole and whole.has_time else None


def _ahead(event: Json, title: str, by: str) -> Act:
    """A reminder so long before an event whose `start` is known."""
    due = _earlier(event["start"], by)
    if due is None:
        return Ask(f"When should I remind you of '{title}'?", Question(Call("create_task", {"title": title}), "due"))
    return Do((Call("create_task", {"title": title, "due": due}),))


def _earlier(start: datetime | date | None, by: str) -> str | None:
    if days := re.fullmatch(r"(?P<n>an?|the|one|two|three|\d+)\s+(?P<unit>day|night|week)s?", by):
        number = {"two": 2, "three": 3}.get(days["n"]) or (int(days["n"]) if days["n"].isdigit() else 1)
        day = start.date() if isinstance(start, datetime) else start
        return (day - timedelta(days=number * (7 if days["unit"] == "week" else 1))).isoformat() if day else None
    minutes = minutes_of(by)
    if not minutes or not isinstance(start, datetime):
        return None
    return (start - timedelta(minutes=minutes)).isoformat()


def read_loosely(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    """Duties and errands that no other part of the grammar has read."""
    if clause.asked:
        return None
    if (
        clause.duty
        and re.match(r"[a-z]+ \S", clause.low)
        and not re.match(r"(?:know|see|find|be|have|ask|talk|think|say|go|leave|be)\b", clause.low)
    ):
        return _task(f"to {clause.text}", quotes, scene)
    if _ERRAND.fullmatch(clause.text):
        return _task(f"to {clause.text}", quotes, scene)
    if found := _TO_NAMED.fullmatch(clause.text):
        return look("list_task_lists", lambda lists: _onto_named(found, lists[0], quotes, scene))
    return None


_TO_NAMED = re.compile(
    r"(?:add|put|stick)\s+(?P<what>\S.*?)\s+(?:to|on|onto|under)\s+(?:my\s+|the\s+)?(?P<list>[\w\ue000-\ue0ff]+)", re.I
)


def _onto_named(found: re.Match[str], result: Json, quotes: Quotes, scene: Scene) -> Act:
    """ "Add bread to home": a list that goes by this name, if there is one."""
    name = quotes.put_back(found["list"])
    if any(lower(str(each.get("name"))) == lower(name) for each in result.get("lists") or []):
        return _several(found["what"], quotes, scene, name)
    return Say(f"I don't know what “{name}” is, so I did nothing. There is no list of that name.")


def _onto_list(found: re.Match[str], quotes: Quotes, scene: Scene) -> Act | None:
    name = quotes.put_back(found["list"]).strip()
    what, kind = found["what"], found["kind"].lower()
    if re.search(r"\b(?:calendar|diary|agenda|schedule)\b", name, re.I) or re.match(
        r"(?:guest|invite|invitation|mailing)", name, re.I
    ):
        return None
    if kind == "groceries":
        name = found["kind"]
    if name and re.match(r"put\b", found.group(), re.I) and re.match(r"(?:the|my)\s", what, re.I):
        return _moved_or_new(strip_article(what), found["after"], name, quotes, scene)
    if name.lower() in ("to-do", "to do", "todo", "task", "tasks", "it", "that", ""):
        name = ""
    if re.match(r"\s*,?\s*with\s+(?:the|a)\s+notes?\b", found["after"], re.I):
        return _task(f"{what}{found['after']}", quotes, scene, list_name=name)
    return _several(f"{what}{found['after']}", quotes, scene, name)


def _moved_or_new(what: str, after: str, name: str, quotes: Quotes, scene: Scene) -> Act:
    """ "Put the kitchen tap on the work list": a task that there is, or else a new one."""

    def then(results: Sequence[Json]) -> Act:
        open_tasks = results[0].get("tasks") or []
        if any(fit(words(quotes.put_back(what)), (str(each.get("title")),)) for each in open_tasks):
            return Do((Call("update_task", {"task": quotes.put_back(what), "list": name}),))
        return _several(f"{what}{after}", quotes, scene, name)

    return look("list_tasks", then, status="open")


_IT_IS_DUE = re.compile(r"\s*,?\s+(?:it's|it\s+is|they're|they\s+are|which\s+is|that's)\s+(?=due\b)", re.I)


def _several(text: str, quotes: Quotes, scene: Scene, list_name: str = "") -> Act:
    """One task for each thing of "eggs, bread and butter"; the time, if any, is for all."""
    free = timed(_IT_IS_DUE.sub(" ", text), scene.now, scene.zone)
    rest = re.sub(
        r"^(?:a\s+(?:task|reminder|to-do)\s+(?:to|for|called|about)\s+|(?:the\s+)?tasks\s+|to\s+(?=\w+\s))",
        "",
        free.rest,
        flags=re.I,
    )
    parts = re.split(r"\s*,\s*(?:and\s+)?|\s+(?:and|&)\s+|\s*\n\s*|\s*;\s*", rest)
    parts = [part for each in parts if (part := clean(each))]
    if len(parts) > 12 or (
        not list_name
        and len(parts) > 1
        and not re.search(r"[,;]", rest)
        and not all(_ERRAND.fullmatch(p) or len(p.split()) > 1 for p in parts)
    ):
        parts = [clean(rest)]
    if not parts:
        return _task("", quotes, scene)
    calls = tuple(_call(quotes.put_back(part), free.when, list_name) for part in parts)
    return Do(calls)


def _task(rest: str, quotes: Quotes, scene: Scene, reminder: bool = False, list_name: str = "") -> Act:
    rest = re.sub(r"\s*\b(?:in|on|into)\s+(?:my|the)\s+(?:calendar|diary)\b", "", rest, flags=re.I)
    if found := _IN_LIST.search(rest):
        list_name = quotes.put_back(found["list"])
        rest = rest[: found.start()] + rest[found.end() :]
    notes = ""
    if found := re.search(r"[,;]?\s+(?:with (?:the|a) notes?|notes?)\s*:?\s+(?P<notes>.+)$", rest, re.I):
        notes, rest = quotes.put_back(found["notes"]), rest[: found.start()]
    free = timed(rest, scene.now, scene.zone)
    title, note, when = _title(free.rest, quotes) or _title_of_it(free.rest, scene), "", free.when
    if rule := next((each.moment for each in free.found if each.moment.recurrence), None):
        note = "A task does not repeat, so this is its first time only; ask for a calendar event if it should repeat."
        when = rule.start.isoformat() if free.has_time else rule.start.date().isoformat()
    if not title:
        call = Call("create_task", {key: value for key, value in {"due": when, "list": list_name}.items() if value})
        what = "What should I remind you of?" if reminder else "What should the task be called?"
        return Ask(what, Question(call, "title"))
    return Do((_call(title, when, list_name, notes),), note)


def _title_of_it(text: str, scene: Scene) -> str:
    """ "Remind me about that": what was last shown, by its name."""
    if not re.fullmatch(r"\s*(?:about|of|to|do)?\s*(?:it|that|this)\s*(?:again)?\s*", text, re.I):
        return ""
    focus = scene.memory.focus()
    return str((focus.item.get("title") or focus.item.get("subject")) if focus else "")


def _call(title: str, due: str, list_name: str = "", notes: str = "") -> Call:
    due = re.sub(r"^(?:by|on|due)\s+(?=\S)", "", due.strip(), flags=re.I)
    args = {"title": title.strip(), "due": due, "list": list_name, "notes": notes}
    return Call("create_task", {key: value for key, value in args.items() if value})


def _title(text: str, quotes: Quotes) -> str:
    """What to do, in the user's words."""
    text = text.strip(" :,-")
    if re.fullmatch(rf"(?:(?:called|named|titled|to|for|of|about|saying|that says)\s+)?{MARK}", text, re.I):
        return quotes.put_back(re.sub(r"^\w+\s+", "", text))
    if named := re.match(rf"(?:called|named|titled)\s+({MARK})", text, re.I):
        return quotes.put_back(named[1])
    while True:
        shorter = re.sub(
            r"^(?:to(?=\s)|that(?=\s)|about(?=\s)|of(?=\s)|for(?=\s)|called\b|named\b|titled\b|saying\b|due\b|:|,|-|down\b|i (?:need|have|must|should|ought) (?:to)?\b|i've got to\b|item\b|me to\b)\s*",
            "",
            text,
            flags=re.I,
        )
        if shorter == text:
            break
        text = shorter
    if late := re.fullmatch(
        r"(?P<on>(?:on (?:my|the) way|when|while|once|as soon as|before|after) .+?),?\s+(?:to|that i (?:need|have|should|must)(?: to)?)\s+(?P<do>\w.+)",
        text,
        re.I,
    ):
        text = f"{late['do']} {late['on']}"
    text = re.sub(r"^the\s+(?=\S)", "", clean(re.sub(r",?\s*(?:due|by)$", "", text, flags=re.I)))
    if re.fullmatch(r"(?:it|that|this|something|a|an|the|)", text, re.I):
        return ""
    return quotes.put_back(text, "'" if len(text) > 1 else "")
