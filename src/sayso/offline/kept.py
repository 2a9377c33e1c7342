"""What is remembered, and what was done: "remember that …", "forget that …", "what have you done today?"."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime

from sayso.offline import answers
from sayso.offline.acts import Act, Call, Do, Json, Say, do, look
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.slots import timed
from sayso.offline.reading.words import Quotes
from sayso.offline.saying.say import clock_time, day_of, moment, near_day
from sayso.offline.scene import Scene

IN_SETTINGS = "What I remember stands in the settings, where you can delete it, too."

_SIGNATURE = re.compile(
    r"(?:(?:remember|save|set|use|keep|change)\s+)?(?:(?:this|that|my|the)\s+)*(?:mail\s+|e-?mail\s+)?signature\s*(?:(?:is|as|to|to\s+be)\b(?:\s+now\b)?\s*:?|[:,])\s*(?P<text>.+)",
    re.I | re.S,
)
_REMEMBER = re.compile(
    r"(?:remember|keep\s+in\s+mind|bear\s+in\s+mind|memori[sz]e)"
    r"(?:\s+(?:for\s+(?:me|later|the\s+future)|from\s+now\s+on))?[,:]?\s+(?:that\s+|(?=i\s+(?:always|never|usually|(?:really\s+|much\s+)?(?:prefer|like|love|hate|dislike)"
    r"|don't|do\s+not|am|work|live)\s|i'm\s))(?P<text>.+)",
    re.I | re.S,
)
_DUTY = re.compile(
    r"(?:i|we)\s+(?:\w+\s+)?(?:have\s+to|need\s+to|must|should|ought\s+to|got\s+to|gotta)\b|(?:i|we)'ve\s+got\s+to\b",
    re.I,
)
_FORGET = re.compile(
    r"forget\s+(?:that\s+|about\s+|what\s+i\s+said\s+about\s+|(?=my\s)|(?=the\s+preference))(?P<what>\S.+)", re.I
)
_REMEMBERED = re.compile(
    r"what\s+(?:do|did|have)\s+you\s+(?:remember(?:ed)?|know|noted|keep)(?:\s+(?:about|of)\s+me)?|what\s+are\s+my\s+preferences|what(?:'s|\s+is)\s+my\s+(?:mail\s+|e-?mail\s+)?signature",
    re.I,
)
_DONE = re.compile(
    r"what\s+(?:have\s+you|did\s+you)\s+(?:(?:all|already|actually)\s+)?(?P<verb>done|do|sent|send|failed|fail)(?:\s+(?:for\s+me|so\s+far|lately|recently))*",
    re.I,
)
_FAILED = re.compile(
    r"what\s+(?:(?:has|have)\s+)?(?:failed|gone\s+wrong|went\s+wrong|not\s+worked)|what\s+(?:did\s+not|didn't|has\s+not|hasn't)\s+work(?:ed)?",
    re.I,
)
_WAITING = re.compile(
    r"(?:what(?:'s|\s+is|\s+are)?|(?:is\s+)?(?:there\s+)?anything|which\s+plans?(?:\s+(?:is|are))?)\s+(?:still\s+|else\s+)*(?:waits?|waiting|pending|undecided)(?:\s+for\s+(?:me|my\s+(?:yes|ok|okay|answer|decision|confirmation)|me\s+to\s+(?:decide|confirm)))?",
    re.I,
)
_MAILED = ("send_mail", "reply_mail", "forward_mail")


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    text = clause.text.rstrip("?!. ")
    if found := _SIGNATURE.fullmatch(text):
        return _remember(found["text"], quotes, kind="signature")
    if (found := _REMEMBER.fullmatch(text)) and not _DUTY.match(found["text"]):
        return _remember(found["text"], quotes)
    if found := _FORGET.fullmatch(text):
        return do("forget", memory=quotes.put_back(found["what"]))
    if _REMEMBERED.fullmatch(text):
        return Say(IN_SETTINGS)
    return _activity(text, scene)


def _remember(text: str, quotes: Quotes, **more: str) -> Act:
    return Do((Call("remember", {"text": quotes.put_back(text), **more}),))


def _activity(text: str, scene: Scene) -> Act | None:
    if _WAITING.fullmatch(text):
        return _look("waiting", "", lambda deed: deed.get("status") == "waiting", "waits for your decision", scene)
    free = timed(text, scene.now, scene.zone)
    if _FAILED.fullmatch(free.rest):
        return _look("failed", free.when, lambda _: True, "failed", scene)
    if found := _DONE.fullmatch(free.rest):
        if found["verb"].startswith("fail"):
            return _look("failed", free.when, lambda _: True, "failed", scene)
        if found["verb"].startswith("sen"):
            return _look("done", free.when, lambda deed: deed.get("tool") in _MAILED, "was written to others", scene)
        return _look("done", free.when, lambda _: True, "was done", scene)
    return None


def _look(status: str, when: str, wanted: Callable[[Json], bool], what: str, scene: Scene) -> Act:
    """The deeds of that kind, as the ledger has them."""
    since = re.sub(r"^(?:since|from)\s+(?=\S)", "", when, flags=re.I)
    until = since if since == when else ""  # "since Monday" has no end

    def then(results: Sequence[Json]) -> Act:
        deeds = [deed for deed in answers.items(results[0], "entries") if wanted(deed)]
        lines = [_line(deed, scene) for deed in deeds]
        said = f" {when}" if when else ""
        if not lines:
            return Say(f"Nothing {what}{said}.")
        return Say(f"This {what}{said}:\n{answers.numbered(lines)}")

    return look("list_activity", then, status=status, since=since, until=until, limit=200)


def _line(deed: Json, scene: Scene) -> str:
    told = str(deed.get("receipt") or deed.get("action") or "").rstrip(".")
    at = moment(deed.get("at"), scene.zone)
    when = (
        f" ({near_day(day_of(at), scene.now.date()).removeprefix('on ')}, {clock_time(at)})"
        if isinstance(at, datetime)
        else ""
    )
    return f"{told}{when}{': ' + str(deed['error']) if deed.get('error') else ''}"
