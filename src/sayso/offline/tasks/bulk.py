"""Many tasks at once: "all my tasks", "everything that is overdue", "the completed ones on the work list"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sayso.english.matching import fit, words
from sayso.offline.acts import Act, Ask, Call, Do, Json, Look, Say
from sayso.offline.answers import count, items
from sayso.offline.calendar.free import said_time
from sayso.offline.reading.slots import timed
from sayso.offline.reading.targets import refers_back, strip_article
from sayso.offline.reading.words import Quotes, lower
from sayso.offline.scene import Scene

MOST = 20
"""Tasks that one request may change."""
ANY_LIST = frozenset(["to-do", "to do", "todo", "task", "tasks", "whole", "entire", "full", ""])
"""What stands before "list" when all of them are meant."""

_ON_LIST = re.compile(
    r"\b(?:on|in|from|off|under)\s+(?:of\s+)?(?:(?:my|the|our)\s+)?(?P<list>[\w\ue000-\ue0ff'& -]{0,80}?)\s*\blist\b"
)
_WHOLE_LIST = re.compile(
    r"(?:my|the|our)\s+(?!.*\b(?:on|in|from|off|under|of|to)\s)(?P<list>[\w\ue000-\ue0ff'& -]{0,80}?)\s*\blist"
)
_ABOUT = re.compile(r"\b(?:about|regarding|concerning|to do with|related to)\s+(?:the\s+|my\s+)?(?P<topic>\S.*)$")
_DONE = re.compile(r"\b(?:completed?|finished|done|closed|(?:ticked|checked|crossed)[- ]off)\b")
_LATE = re.compile(r"\b(?:overdue|past due|late)\b")
_NOUN = re.compile(r"\b(?:tasks|to-dos|to-do items|reminders|chores|action items|(?:to-do|task) list)\b")
_EACH = re.compile(r"\b(?:all|everything|every|each|anything|both)\b")
_FILLER = re.compile(
    r"\b(?:all|everything|every|each|anything|both|single|of|my|the|our|that's|that|which|is|are|was|were|i|i've|i have"
    r"|have|still|left|on|due|from|for|open|remaining|outstanding|unfinished|pending|current|already|now|been|ones?|things?|items?|stuff)\b"
)
_EXCEPT = re.compile(r",?\s+(?:except|but(?:\s+not)?|apart from|other than|excluding|not)(?:\s+for)?\s+")
_COMPLETE = re.compile(
    r"""(?:mark|set|check|tick)\s+(?:off\s+)?(?P<ref>.+?)\s+(?:off\s+)?(?:as\s+|to\s+)?(?:done|completed?|finished|closed)
    |(?:complete|finish\ off|close|(?:tick|check|cross|strike|mark)\s+off)\s+(?P<ref2>.+)
    |(?:tick|check|cross|strike)\s+(?P<ref3>.+?)\s+off(?P<list>\s+(?:of\s+)?(?:my|the|our)\s.*list)?
    |(?P<ref4>(?:everything|all)\s.+)\s+(?:is|are|has\ been|have\ been)\s+(?:now\s+)?(?:done|completed?|finished)""",
    re.X,
)
_DELETE = re.compile(
    r"(?:delete|remove|erase|get\s+rid\s+of|scrap|drop|discard|trash|bin|purge|wipe|clear|clean|empty|throw|take|get(?=\s.*\soff\s))\s+"
    r"(?:(?:out|up|off|away)\s+)?(?P<ref>.+?)(?:\s+(?:away|out))?"
)
_EMPTYING = re.compile(r"(?:clear|clean|empty|wipe|purge)\b")


@dataclass(frozen=True, slots=True)
class Group:
    """Which tasks: the arguments of `list_tasks`, and `word`, a list's name or a word of the title.

    `kept`: which of them are left out; `named`: the words themselves tell that tasks are meant.
    """

    args: dict[str, str]
    word: str = ""
    kept: tuple[str, ...] = ()
    named: bool = False


def read(text: str, low: str, quotes: Quotes, scene: Scene) -> Act | None:
    """Many tasks done or deleted."""
    if found := _COMPLETE.fullmatch(low):
        key = next(key for key in ("ref", "ref2", "ref3", "ref4") if found[key] is not None)
        many = group(
            f"{text[found.start(key) : found.end(key)]}{' on' if found['list'] else ''}{found['list'] or ''}",
            quotes,
            scene,
        )
        return each(many, "complete_task", {}, scene) if many else None
    if (found := _DELETE.fullmatch(low)) is None:
        return None
    ref = text[found.start("ref") : found.end("ref")]
    shown = scene.memory.shown("task")
    if re.fullmatch(r"(?:the|this|that)\s+list", lower(ref)) and shown:  # the one that was just told
        return _too_many(len(shown)) or Do(tuple(Call("delete_task", {"task": each.id}) for each in shown))
    many = group(ref, quotes, scene)
    if many is None and (whole := _WHOLE_LIST.fullmatch(lower(ref))):
        name = quotes.put_back(ref[whole.start("list") : whole.end("list")])
        if not _EMPTYING.match(low):
            return Say("I can't delete a list itself. “Clear the list” with its name deletes the tasks on it.")
        many = Group({"status": "open", "list": "" if lower(name) in ANY_LIST else name}, named=True)
    return each(many, "delete_task", {}, scene) if many and many.named else None


def group(ref: str, quotes: Quotes, scene: Scene) -> Group | None:
    """The tasks that `ref` names as many; None when it names one, or refers back to what was shown."""
    if refers_back(lower(ref)) and (lower(ref) != "everything" or scene.memory.shown("task")):
        return None
    kept: tuple[str, ...] = ()
    if found := _EXCEPT.search(lower(ref)):
        names = re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", ref[found.end() :])
        kept = tuple(quotes.put_back(strip_article(each)) for each in names)
        ref = ref[: found.start()]
    free = timed(ref, scene.now, scene.zone)
    rest, low = free.rest, lower(free.rest)
    args = {"status": "done" if _DONE.search(low) else "open"}
    if (
        due := "overdue"
        if _LATE.search(low)
        else re.sub(r"^(?:from|for|on|by|of|in)\s+", "", re.sub(r"'s$", "", free.when), flags=re.I)
    ):
        args["due"] = due
    named = bool(_LATE.search(low) or _NOUN.search(low) or re.search(r"\bdue\b", lower(ref)))
    named = named or bool(_DONE.search(low) and re.search(r"\b(?:ones|items)\b", low))
    if found := _ON_LIST.search(low):
        name = quotes.put_back(rest[found.start("list") : found.end("list")]).strip()
        args |= {"list": name} if lower(name) not in ANY_LIST else {}
        rest, named = f"{rest[: found.start()]} {rest[found.end() :]}", True
    if found := _ABOUT.search(lower(rest)):
        args["query"] = quotes.put_back(rest[found.start("topic") : found.end("topic")])
        rest = rest[: found.start()]
    if not _EACH.search(lower(rest)) and not re.search(
        r"\b(?:tasks|to-dos|reminders|chores|items|ones)\b", lower(rest)
    ):
        return None
    bare = lower(rest)
    for pattern in (_DONE, _LATE, _NOUN, _FILLER):
        bare = pattern.sub(" ", bare)
    left = re.sub(r"'s\b|[,.]", " ", bare).split()
    if len(left) > 2 or (
        left and not re.search(rf"{re.escape(left[-1])}\s+(?:tasks|to-dos|reminders|chores|items)\b", lower(rest))
    ):
        return None
    return Group(args, quotes.put_back(" ".join(left)), kept, named)


def each(many: Group, tool: str, changes: Json, scene: Scene) -> Act:
    """The same for all of them, one call each."""
    args = many.args | ({"status": "done"} if tool == "reopen_task" else {})
    open_ones = tool == "delete_task" and args["status"] == "open"

    def then(results: Sequence[Json]) -> Act:
        listed = [task for task in items(results[0], "tasks") if _meant(task, many.word)]
        unknown = [name for name in many.kept if not any(_called(task, name) for task in listed)]
        if listed and unknown:
            return Ask(f"None of these tasks is called “{unknown[0]}”. Which one should stay as it is?")
        found = [task for task in listed if not any(_called(task, name) for name in many.kept)]
        total = len(found) if many.word or many.kept else results[0].get("total", len(found))
        if not found:
            return Say(
                f"You have no {'finished' if args['status'] == 'done' else 'open'} tasks{said(args, scene, many.word)}."
            )
        if too_many := _too_many(total):
            return too_many
        note = f"That is {count(len(found), 'open task')}; finished ones stay." if open_ones and len(found) > 1 else ""
        return Do(tuple(Call(tool, {"task": str(task["id"]), **changes}) for task in found), note)

    return Look((Call("list_tasks", {key: value for key, value in args.items() if value}),), then)


def _too_many(number: int) -> Ask | None:
    text = f"That is {number} tasks, which is too many for one go. Name a list or a time."
    return Ask(text) if number > MOST else None


def _meant(task: Json, word: str) -> bool:
    """Whether the word is the name of the task's list or stands in its title."""
    return not word or lower(str(task.get("list"))) == lower(word) or _called(task, word)


def _called(task: Json, name: str) -> bool:
    return fit(words(name), (str(task.get("title")),)) is not None


def said(args: dict[str, str], scene: Scene, word: str = "") -> str:
    """What goes on behind "tasks" to say which they are."""
    what = f" on the {args['list']} list" if args.get("list") else ""
    what += f" about “{args.get('query') or word}”" if args.get("query") or word else ""
    if args.get("due"):
        what += " that are overdue" if args["due"] == "overdue" else f" due {said_time(args['due'], scene)}"
    return what
