# ruff: noqa: E501  one alternative of a pattern is one line
"""A message that only makes sense after what was said before: answers, corrections, additions, "and on Friday?"."""

import re
from datetime import timedelta

from sayso.english.yes_no import says_only
from sayso.offline import grammar, naming, talk
from sayso.offline.acts import Act, Ask, Call, Do, Look, Question, Say, do
from sayso.offline.calendar.hours import day_hours, plural_parts
from sayso.offline.memory import Turn
from sayso.offline.reading.clauses import clause
from sayso.offline.reading.slots import timed
from sayso.offline.reading.targets import refers_back
from sayso.offline.reading.words import Quotes, lower, strip_tail
from sayso.offline.scene import Scene
from sayso.offline.thread import answering, changing, replanning, undoing

_YES_TOO = frozenset(["book it", "save it", "add it", "schedule it", "do that", "proceed", "exactly", "right"])
_BESIDE_YES = ("please", "thanks", "it is")
_COURTESY = re.compile(r"ok(?:ay)?|right|sounds good|looks good|correct|exactly|sure|that's right|\w+ it")
"""What is no answer where nothing was asked."""
_NO_TOO = frozenset(["not now", "rather not"])
_ABOUT_IT = re.compile(
    r"(?:please )?(?:(?:cancel|delete|drop|scrap|discard) (?:it|that|this|them)\b.*|(?:cancel|decline|reject))"
)
"""What is a request where nothing waits."""
_WITHDRAW = re.compile(
    r"""(?:(?:please\ )?(?:forget|scrap|drop|skip|scratch|ditch|abandon|withdraw|discard|undo|cancel|leave|stop|kill|nix)\ (?:about\ )?(?:it|that|this|them|all\ (?:of\ )?(?:it|that|this)|both(?:\ of\ (?:it|that|them|these))?|that\ one|this\ one|the\ (?:plan|proposal|request|whole\ thing|lot)|everything)(?:\ all)?(?:\ (?:please|then|for\ now))?
    |(?:keep|leave)\ (?:it|that|them)(?:\ (?:as\ (?:it|they)\ (?:is|are)|alone|then|after\ all|please))?|never\ ?mind(?:\ (?:that|it|about\ (?:it|that)))?|nvm|(?:please\ )?(?:don't|do\ not)(?:\ (?:do|bother|send|book|create|add|delete|cancel|move|run|make|schedule)(?:\ (?:it|that|this|anything|them|so|any\ of\ (?:it|that|them)))?)?|(?:i've\ |i\ )?changed\ my\ mind|on\ second\ thoughts?.*(?:no|don't|not|leave).*|i\ don't\ want\ (?:that|it|this)(?:\ any\ ?more)?|that's\ not\ what\ i\ (?:want|wanted|meant|asked\ for)|not\ (?:that|this)|hold\ off|stop|abort|let's\ not(?:\ do\ (?:that|it))?|no\ longer\ needed|call\ it\ off)[.! ]*""",
    re.X,
)
_BUT = re.compile(r"(?:(?:no|oh|wait|hang on|hold on|actually|sorry|hmm+|um+|ok(?:ay)?|oops)[, .!-]+)+")
_RETRY = re.compile(
    r"(?:please )?(?:try(?: (?:it|that|this|them))? again|retry(?: (?:it|that|this|them))?|give it another (?:try|go)|once more|(?:do|run) (?:it|that) again|again(?: please)?|one more time)[.! ]*"
)
_SHOW_PLAN = re.compile(
    r"(?:what(?:'s| is| are)(?: still)? (?:waiting|pending|the plan|planned here|you (?:going|about) to do)|what (?:are you going|will you|would you) (?:to )?do|show (?:me )?(?:the|that) (?:plan|proposal)(?: again)?|what was (?:the plan|that)(?: again)?)\??"
)
_AND_TIME = re.compile(
    r"(?:and|what about|how about|and what about|and how about|or|then|also|what of|and for|and then|ok and)?[\s,]*(?P<rest>.+?)\s*\??",
    re.S,
)


def read(text: str, quotes: Quotes, scene: Scene, asked: Question | None) -> Act | None:
    """What the message means as a follow-up; None when it stands on its own."""
    said = lower(text).strip(" .!")
    waits = scene.memory.waits()
    waiting = [each.call for each in scene.memory.latest()]
    if asked is not None and (act := answering.read(text, quotes, scene, asked)):
        return act
    if asked is not None and asked.on_yes and isinstance(event := asked.call.args.get("event"), str):
        scene.event = scene.event or event  # "it", when something else is to be done with it
    if act := undoing.read(text, scene):
        return act
    if _RETRY.fullmatch(said):
        return _retry(scene)
    if act := replanning.sent_or_kept(said, waits):
        return act
    if says_only(said, "yes", _YES_TOO, _BESIDE_YES) and (waiting or not _COURTESY.fullmatch(said)):
        return _yes(scene)
    declined = says_only(said, "no", _NO_TOO) or _WITHDRAW.fullmatch(_BUT.sub("", said, count=1))
    if declined and not (_ABOUT_IT.fullmatch(said) and (not waits or scene.memory.shown_since())):
        return _withdraw(text, said, scene)
    if _SHOW_PLAN.fullmatch(said) and waits:
        return _again(scene, "This is what waits for your answer:")
    if scene.memory.shown_since() and text.endswith("?") and (act := _look_again(text, quotes, scene)):
        return act
    if waiting and (act := replanning.one_more_day(said, waiting, scene)):
        return act
    if act := _and_that(text, waiting, quotes, scene):
        return act
    if (waits or scene.memory.decided()) and (act := changing.read(text, quotes, scene)):
        return act
    return _one_of_them(text, quotes, scene) or _one_more(text, quotes, scene) or _look_again(text, quotes, scene)


def _one_of_them(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    """ "The first", behind a list: a mail is opened, a free time taken, of an event is told when it is."""
    said = re.sub(r"^(?:ok(?:ay)?|yes|and|no|well)[, ]+", "", text.strip(" .!?"), flags=re.I)
    kind = scene.memory.kind()
    if not refers_back(lower(said)) or not re.search(r"\d|first|second|third|fourth|fifth|last|one\b", lower(said)):
        return None
    verb = {"message": "open", "slot": "take", "event": "when is"}.get(kind or "")
    return grammar.read(clause(f"{verb} {said}"), quotes, scene) if verb else None


def _one_more(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    """ "And flour", behind a task that waits: another one on the same list."""
    waiting = [each.call for each in scene.memory.latest()]
    found = re.fullmatch(r"(?:oh[, ]+)?(?:and|also|plus)(?:\s+also)?\s+(?P<what>\w+(?:\s+\w+){0,4})[.! ]*", text, re.I)
    if not found or not waiting or any(call.tool != "create_task" for call in waiting):
        return None
    if timed(found["what"], scene.now, scene.zone).found or grammar.read(clause(found["what"]), quotes, scene):
        return None
    args = {key: value for key, value in waiting[-1].args.items() if key in ("list", "due")}
    args["title"] = quotes.put_back(re.sub(r"^to\s+(?=\w)", "", found["what"]))
    return Do((Call("create_task", args),))


def _and_that(text: str, waiting: list[Call], quotes: Quotes, scene: Scene) -> Act | None:
    """ "And the invoice too", behind what would be done to another one: the same to it."""
    found, key = _AND_THAT.fullmatch(strip_tail(text)), _OF_ONE.get(waiting[-1].tool, "") if waiting else ""
    if not found or not key or refers_back(lower(found["what"])) or grammar.read(clause(found["what"]), quotes, scene):
        return None
    other = quotes.put_back(re.sub(r"^(?:the|my)\s+", "", found["what"], flags=re.I))
    args = {**waiting[-1].args, key: [other] if key == "messages" else other}
    return Do((Call(waiting[-1].tool, args),))


_OF_ONE = {
    "archive_mail": "messages", "trash_mail": "messages", "label_mail": "messages",
    "complete_task": "task", "delete_task": "task", "reopen_task": "task",
}  # fmt: skip
"""What is done to things one by one, and which argument names the thing."""
_AND_THAT = re.compile(
    r"(?:oh[, ]+)?(?:and|also|plus)(?:\s+also)?\s+(?P<what>(?:the|my|(?-i:[A-Z])[\w-]*'s)\s.{2,60}?)(?:\s+(?:too|as\s+well|also))?[.! ]*",
    re.I,
)


def _retry(scene: Scene) -> Act:
    failed = scene.memory.failed()
    if failed:
        return Do(tuple(failed), "I can try that again.")
    if scene.memory.waits():
        return _again(scene, "It has not run yet: it waits for your yes.")
    return Say("Nothing has failed, so there is nothing to try again.")


def _again(scene: Scene, text: str) -> Act:
    """All that waits, once more, each in its own place."""
    return Do(tuple(each.call for each in scene.memory.waits()), text)


def _yes(scene: Scene) -> Act:
    if not scene.memory.waits():
        return Say("Nothing is waiting for your yes. What can I do for you?")
    return _again(scene, "That is still waiting: press Confirm, or say yes now that I show it again.")


_ALL = re.compile(r"\b(?:all|both|everything|them|the (?:plan|proposal|request|whole thing|lot))\b")


def _withdraw(text: str, said: str, scene: Scene) -> Act:
    """A no is about all that waits, "forget it" about what was asked for last."""
    waits, latest = scene.memory.waits(), scene.memory.latest()
    if not waits:
        return Say("All right. Nothing was waiting, and nothing was done.")
    if len(latest) < len(waits) and not says_only(said, "no", _NO_TOO) and not _ALL.search(said):
        return naming.withdrawn(latest, talk.WITHDRAWN)
    return do("withdraw_plan", reason=text[:200])


_DAY_AFTER = re.compile(
    r"(?:on\s+)?the\s+(?:(?:day|week)\s+(?P<way>after|before)(?:\s+that)?|(?:next|following|previous)\s+(?:day|week))",
    re.I,
)


def _next_to(after: re.Match[str], last: Turn, scene: Scene) -> str:
    """The day or week behind (or before) the one that was looked at."""
    start = next((str(call.args["start"]) for call, _ in reversed(list(last.calls())) if call.args.get("start")), "")
    said = timed(start, scene.now, scene.zone).found
    if not said:
        return ""
    back = "before" in lower(after.group()) or "previous" in lower(after.group())
    days = (7 if "week" in lower(after.group()) else 1) * (-1 if back else 1)
    day = said[0].moment.start + timedelta(days=days)
    return f"the week of {day.date().isoformat()}" if abs(days) == 7 else day.date().isoformat()


_AND_WHOSE = re.compile(
    r"(?:and|what\s+about|how\s+about|and\s+what\s+about)\s+(?P<who>(?-i:[A-Z])[\w-]*(?:\s(?-i:[A-Z])[\w-]*)*)(?:'s|(?<=s)')?\s*\?*",
    re.I,
)


def _look_again(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    """ "And on Thursday?" after a look at the calendar asks the same of another time."""
    found = _AND_TIME.fullmatch(text.strip())
    last = scene.memory.last
    if (
        last
        and (whose := _AND_WHOSE.fullmatch(text.strip()))
        and any(c.tool == "find_contact" for c, _ in last.calls())
    ):
        return grammar.read(clause(f"who is {whose['who']}"), quotes, scene)
    if (
        found is None
        or last is None
        or not re.match(r"(?:and|what about|how about|or|then|also|ok and)\b|.*\?$", lower(text))
    ):
        return None
    after = _DAY_AFTER.fullmatch(found["rest"].strip(" ?.!"))
    free = timed(_next_to(after, last, scene) if after else found["rest"], scene.now, scene.zone)
    if not free.when or re.sub(r"\b(?:on|for|the|and|what|about|how|in|then|day|is)\b|\W", "", lower(free.rest)):
        return None
    hours = day_hours(timed(plural_parts(last.prompt or ""), scene.now, scene.zone).when, scene)
    for call, _ in reversed(list(last.calls())):
        when = re.sub(r"^(?:on|for|in|at)\s+", "", free.when, flags=re.I)
        if hours and not free.has_time:  # "after 5 this week", "and next week?"
            when = f"{when} {hours.clock}"
        again = {
            "list_calendar_events": f"what's on {when}?",
            "search_calendar_events": f"search my calendar for {call.args.get('query', '')} {when}",
            "find_free_time": f"find {call.args.get('duration_minutes', 30)} minutes free {when}",
            "list_tasks": f"what's due {when}?",
        }.get(call.tool)
        if again:
            act = grammar.read(clause(again), quotes, scene)
            return act if isinstance(act, Look | Say | Ask) else None
    return None
