# ruff: noqa: E501  one alternative of a pattern is one line
"""Tasks that exist: done, open again, deleted, renamed, moved, annotated."""

import re
from collections.abc import Sequence

from sayso.english.matching import fit, words
from sayso.offline import answers
from sayso.offline.acts import Act, Call, Do, Json, Say, look
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.slots import clean, timed
from sayso.offline.reading.targets import EVENT_NOUN, MAIL_NOUN, TASK_NOUN, kind_of, refers_back, target
from sayso.offline.reading.words import Quotes, lower
from sayso.offline.scene import Scene
from sayso.offline.tasks import bulk as task_bulk

_NOT_DONE = re.compile(
    r"""(?:reopen|re-open|uncheck|untick|uncross|undo|unmark|restore|un-complete|uncomplete)\s+(?P<ref>.+)
    |(?:mark|set|put)\s+(?P<ref2>.+?)\s+(?:back\s+)?(?:as\s+|to\s+)?(?:not\s+(?:yet\s+)?(?:done|finished|complete[d]?)|undone|incomplete|open(?:\s+again)?|unfinished|to\s*do)
    |(?P<ref3>.+?)\s+(?:is|are|was|were)(?:n't|\s+not)\s+(?:actually\s+|really\s+|yet\s+)?(?:done|finished|complete[d]?)(?:\s+(?:after\s+all|yet|actually))*
    |i\s+(?:haven't|have\s+not|didn't|did\s+not)\s+(?:actually\s+)?(?:finish(?:ed)?|complete[d]?|do(?:ne)?)\s+(?P<ref4>.+?)\s+after\s+all|i\s+(?:didn't|did\s+not)\s+(?:actually\s+)?(?P<ref6>[a-z]+\s+(?:the|my|our)\s+.+?)\s+after\s+all|put\s+(?P<ref5>.+?)\s+back\s+(?:on|onto)\s+(?:my|the)\s+.*list""",
    re.X,
)
_DONE = re.compile(
    r"""(?:mark|set|check|tick)\s+(?P<ref>.+?)\s+(?:off\s+)?(?:as\s+|to\s+|)(?:done|complete[d]?|finished|closed|checked(?:\s+off)?)
    |(?:tick|check|cross|strike|mark)(?:ed)?\s+off\s+(?P<ref2>.+)|(?:tick|check|cross|strike)\s+(?P<ref3>.+?)\s+off(?:\s+(?:of\s+)?(?:my|the)\s+.*|\s+.*list)?
    |(?:complete|close|check\s+off|finish\s+off|mark\s+(?:as\s+)?(?:done|complete[d]?)(?::|\s))\s*(?P<ref4>.+)
    |i(?:'m|\ am)\s+(?:all\s+|finally\s+)?(?:done|finished|through)\s+with\s+(?P<ref5>.+)|(?:all\s+)?(?:done|finished)\s+(?:with\s+)?(?P<ref6>.+)|finished(?:\s+with)?\s+(?P<ref7>.+)
    |(?:tick|check|cross)\s+(?:the\s+|my\s+)?(?P<ref11>[\ue000-\ue0ff](?:\s+task)?)|(?:done|finished|completed)\s*[:,-]\s*(?P<ref1>.+)|(?P<ref10>(?!what|which|who|is\b|are\b|when|get|i\b|i'm|all\b|well\b|not\b|have|has|it\b|that\b|anything|everything|how)(?:\S+\s+){0,3}(?!is\b|are\b|been\b|was\b|not\b|get\b)\S+)\s+done|(?P<ref8>(?!what|which|who|is\b|are\b|when)\S.*?)(?:'s|\s+(?:is|are|has\ been|have\ been|was|were|got))\s+(?:now\s+|all\s+|finally\s+|already\s+)?(?:done|finished|completed|ticked\ off|fixed|paid|sorted|handled|ordered|renewed|submitted|filed|bought|watered|cleaned|washed|sent|signed|printed|called|booked|returned|posted|packed|reviewed|written|taken\ care\ of)(?:\s+now)?
    |i(?:'ve|\ have)?\s+(?:just\s+|already\s+|finally\s+|now\s+)*(?:done|did|finished|completed|wrapped\ up|handled|taken\ care\ of|took\ care\ of|dealt\ with|sorted(?:\ out)?)\s+(?P<ref9>.+)""",
    re.X,
)
_NO_ONE_TASK = re.compile(
    r"(?:not|nothing|none|nobody|no\s+one|almost|nearly|most|half|some|someone|somebody|hardly|barely)\b"
)
"""Who or what tells nothing of one task: "almost everything is done", "someone marked it as done"."""
_PAST = re.compile(
    r"(?:i(?:'ve|\ have)?\s+|(?=(?:just\s+|already\s+|finally\s+)*(?:[a-z]+ed|sent|bought|paid|rang|wrote|took|got|made|met|fed|submitted)\s+(?:(?:up|off|out|in|back|[a-z]+)\s+)?(?:the|my|our|all)\s))(?:just\s+|already\s+|finally\s+|now\s+)*(?P<verb>[a-z]+ed|sent|bought|paid|rang|wrote|told|took|got|picked|brought|made|read|gave|met|spoke|went|gotten|fed|cut|put|found|built|taught|drew|swept|hung|returned|submitted)\s+(?P<rest>(?:up\s+|off\s+|out\s+|in\s+|back\s+)?(?:[a-z]+\s+)?(?:the|my|our|a|an|some|[A-Z\ue000-\ue0ff]|milk|all)\S*.*|\S+)",
)
_DELETE = re.compile(
    r"(?:throw\s+(?:away|out)|chuck|delete|remove|drop|scrap|erase|cancel|get\s+rid\s+of|discard|trash|kill|take)\s+(?P<rest>.+)"
)
_FROM_LIST = re.compile(
    r"\s+(?:from|off|out of|on|in)\s+(?:of\s+)?(?:my|the|our)\s+(?P<list>[\w\ue000-\ue0ff' -]*?)\s*(?:list|tasks|to-dos?|groceries)$",
    re.I,
)
_NO_NEED = re.compile(
    r"i\s+(?:don't|do not|no longer)\s+(?:need|have|want)\s+to\s+(?P<ref>.+?)(?:\s+(?:any\s?more|any longer|after all|now))?"
)
_RENAME = re.compile(
    r"(?:rename|retitle|reword)\s+(?:the\s+|my\s+)?(?:task|to-do|reminder)\s+(?P<ref>.+?)\s+(?:to|as|into)\s+(?P<title>.+)|(?:rename|retitle|change)\s+(?P<ref2>.+?\s(?:task|to-do|reminder))\s+(?:to|as|into)\s+(?P<title2>.+)"
)
_TO_LIST = re.compile(
    r"(?:move|put|shift|transfer)\s+(?P<ref>.+?)\s+(?:from\s+.{1,80}?\s+)?(?:to|into|onto|on|in)\s+(?:my|the|our)\s+(?P<list>[\w\ue000-\ue0ff' -]{1,80}?)\s+(?:task\s+|to-do\s+)?list(?:,?\s+and\s+(?:make|set)\s+it\s+(?:due\s+|for\s+)?(?P<due>.+))?"
)
_DUE = re.compile(
    r"""(?:change|set|move|update|push|make|put)\s+(?:the\s+)?(?:due\s+date|deadline|date|due)\s+(?:of|for|on)\s+(?P<ref>.+?)\s+(?:to|for|as|until|back\s+to)\s+(?P<when>.+)
    |(?:make|set)\s+(?P<ref2>.+?)\s+due\s+(?P<when2>.+)|(?P<ref3>(?!(?:tell|show|let|list|what|which|when|how|is|are)\b).+?)\s+(?:is|should\ be|are)\s+(?:now\s+)?due\s+(?P<when3>.+)
    |(?:move|push|postpone|reschedule|defer|delay|shift|snooze|put\ off|change|bump|bring)\s+(?:back\s+|forward\s+)?(?P<ref4>.+)\s+(?:back\s+|forward\s+)?(?:to|until|till|for|by|on|on\ to)\s+(?P<when4>.+)
    |(?P<ref8>.+?)\s+can\s+wait\s+(?:until|till|for)\s+(?P<when8>.+)|i(?:'ll|\ will)\s+(?:do|finish|handle)\s+(?P<ref7>.+?)\s+instead
    |(?:snooze|postpone|defer|delay)\s+(?P<ref5>.+)|remind\s+me\s+(?:about|of)\s+(?P<ref6>that|it)\s+(?:again\s+)?(?P<when6>.+)""",
    re.X,
)
_NO_DUE = re.compile(
    r"(?:remove|take|clear|drop|delete)\s+(?:off\s+)?(?:the\s+)?(?:due\s+date|deadline|date)\s+(?:off|from|of|on|for)\s+(?P<ref>.+)"
)
_NOTE = re.compile(
    r"(?:add|put|attach|write)\s+(?:a\s+|the\s+|this\s+)?notes?\s+(?:to|on|in|for)\s+(?P<ref>.+?)\s*(?::|saying(?:\s+that)?|that\s+says)\s*(?P<note>.+)"
)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    text, low = clause.text, clause.low
    if clause.asked and not re.match(r"(?:can|could|would|will) (?:you|u)\b|would you|do you mind", clause.raw.lower()):
        return None
    if _LAST_DONE.fullmatch(low):
        return _last_done()
    if act := task_bulk.read(text, low, quotes, scene):
        return act
    if found := _NOT_DONE.fullmatch(low):
        return _each("reopen_task", _said(text, found, "ref"), quotes, scene)
    if found := _NO_NEED.fullmatch(low):
        return _each("delete_task", _said(text, found, "ref"), quotes, scene)
    if act := _all_done(text, quotes, scene) or _done(text, low, quotes, scene):
        return act
    return _update(text, low, quotes, scene) or _delete(text, low, quotes, scene)


_LAST_DONE = re.compile(
    r"(?:reopen|re-open|uncheck|untick|undo|unmark|restore|un-?complete|put\s+back)\s+(?:the\s+|my\s+)?(?:(?:last|latest|most recent)(?:ly)?\s+)(?:task|to-do|thing|one|item|completed\s+task|finished\s+task|done\s+task)?\s*(?:that\s+)?(?:i(?:'ve|\s+have)?\s+(?:just\s+)?(?:completed|finished|did|done|closed|ticked\s+off|checked\s+off|marked\s+(?:as\s+)?(?:done|complete)))?"
)


def _last_done() -> Act:
    """Open the task again that was done last."""

    def then(results: Sequence[Json]) -> Act:
        found = answers.items(results[0], "tasks")
        if not found:
            return Say("You have no completed tasks.")
        last = max(found, key=lambda each: str(each.get("completed_at") or ""))
        return Do((Call("reopen_task", {"task": str(last["id"])}),))

    return look("list_tasks", then, status="done")


def _said(text: str, found: re.Match[str], name: str) -> str:
    """The group of the alternative that matched, as it was written."""
    for key in (name, *(f"{name}{n}" for n in range(1, 12))):
        if key in found.re.groupindex and found[key] is not None:
            return text[found.start(key) : found.end(key)]
    return ""


def ref_words(text: str, quotes: Quotes, scene: Scene) -> str:
    """A task in the user's words, without "task" and articles."""
    text = re.sub(
        r"^(?:(?:the|my|our|a|an)\s+)?(?:tasks?|to-dos?|reminders?|items?)\s+(?:(?:about|for|to|called|named|titled|of)\s+)?(?=\S)",
        "",
        text.strip(),
        flags=re.I,
    )
    text = re.sub(r"(?<=\S)\s+(?:tasks?|to-dos?|reminders?|items?|thing)$", "", text, flags=re.I)
    return re.sub(
        r"^(?!(?:morning|evening|string|thing|ring|king|spring)\b)([a-z]{3,}?)(?:([bdgmnprt])\2)?ing\s+(?=(?:the|my|our|a|an)\s|(?-i:[A-Z]))",
        lambda m: f"{m[1]}{m[2] or ''} ",
        text,
        flags=re.I,
    )


def _one_or_two(ref: str, tool: str, changes: Json, quotes: Quotes, scene: Scene) -> Act:
    """ "Bread and butter" is one task or two: as the open tasks have it."""
    names = [ref_words(quotes.put_back(each), quotes, scene) for each in re.split(r"\s+and\s+", ref)]
    whole = ref_words(quotes.put_back(ref), quotes, scene)

    def then(results: Sequence[Json]) -> Act:
        titles = [str(each.get("title")) for each in answers.items(results[0], "tasks")]
        known = [any(fit(words(name), (title,)) for title in titles) for name in (whole, *names)]
        chosen = names if not known[0] and all(known[1:]) else [whole]
        return Do(tuple(Call(tool, {"task": name, **changes}) for name in chosen))

    return look("list_tasks", then, status="done" if tool == "reopen_task" else "open")


_ASIDE = re.compile(r"(?:i|i'm|i've|we|we've|it|it's|they|because|since|as|after\s+all)\b(?=.)", re.I)
"""How a remark behind a reference begins: "the library books, I still have them"."""


def _each(tool: str, ref: str, quotes: Quotes, scene: Scene, **changes: str) -> Act:
    if many := task_bulk.group(ref, quotes, scene):
        return task_bulk.each(many, tool, dict(changes), scene)
    ref = _FROM_LIST.sub("", ref)
    if (
        not refers_back(lower(ref))
        and len(re.split(r"\s+and\s+", ref)) == 2
        and not re.search(r"\s+and\s+(?:the|my)\s|[\ue000-\ue0ff]", ref)
    ):
        return _one_or_two(ref, tool, dict(changes), quotes, scene)
    parts = (
        [ref]
        if refers_back(lower(ref))
        else [
            each
            for each in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+(?=the\s|my\s|[\ue000-\ue0ff])", ref)
            if not _ASIDE.match(each)
        ]
    )
    calls: list[Call] = []
    for part in parts:
        found = target(ref_words(part, quotes, scene), "task", quotes, scene)
        if not found.refs:
            return found.asking(Call(tool, dict(changes)), "task")
        calls += [Call(tool, {"task": each, **changes}) for each in found.refs]
    return Do(tuple(calls))


def _done(text: str, low: str, quotes: Quotes, scene: Scene) -> Act | None:
    if found := _DONE.fullmatch(low):
        ref = _said(text, found, "ref")
        if _NO_ONE_TASK.match(lower(ref)):
            return None
        if re.search(r"\b(?:read|unread)\b", lower(ref)) or (
            MAIL_NOUN.search(lower(ref)) and not TASK_NOUN.search(lower(ref)) and refers_back(lower(ref))
        ):
            return None
        stated = re.search(r"(?:'s| is| are| been| was) ", low) and not re.search(r"done|finished|complete", low)
        if stated and EVENT_NOUN.search(lower(ref)) and not TASK_NOUN.search(lower(ref)):
            return None
        if (
            (lower(ref) == "everything" and not re.match(r"(?:mark|check|tick|cross|complete)\b", low))
            or (re.match(r"(?:that's|well|what|it all|you|he|she|they|we)\b", lower(ref)))
            or ref.lower().startswith("i ")
        ):
            return None
        return _each("complete_task", ref, quotes, scene)
    if found := _PAST.fullmatch(text[:1].lower() + text[1:]):
        verb = found["verb"]
        if re.fullmatch(
            r"need(?:ed)?|wanted|asked|liked|loved|hated|wished|hoped|wondered|noticed|realized|forgot|missed|mentioned|talked|cancell?ed|deleted|moved|scheduled|decided|planned|tried|changed|looked|lived|used|sold|bored|tired",
            verb,
        ):
            return None
        base = _present(verb)
        rest = found["rest"]
        described = rest if refers_back(lower(rest)) else clean(f"{base} {rest}" if base else rest)
        described = re.sub(r"\s+(?:already|just now|today|yesterday|this morning)$", "", described)
        if EVENT_NOUN.search(lower(rest)) and not refers_back(lower(rest)):
            known = re.match(r"(?:\w+\s+)?(?:the|my|our|[A-Z])", rest)
            return _done_if_open(described, quotes, scene) if known else None
        return _each("complete_task", described, quotes, scene)
    return None


_MORE_DONE = re.compile(
    r",?\s+and\s+(?:i\s+|i've\s+|i\s+have\s+)?(?:also\s+)?(?=[a-z]+ed\s+(?:the|my|our|[A-Z])|(?:sent|bought|paid|wrote|took)\s)"
)


def _all_done(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    """ "I called the bank and fixed the tap" are two tasks."""
    acts = [_done(part, lower(part), quotes, scene) for part in _MORE_DONE.split(text)]
    calls = [call for act in acts if isinstance(act, Do) for call in act.calls]
    return Do(tuple(calls)) if len(acts) > 1 and all(isinstance(act, Do) for act in acts) else None


def _done_if_open(described: str, quotes: Quotes, scene: Scene) -> Act:
    """What may be said of an event as well ("I booked the flights") is a task only if there is one."""
    ref = ref_words(quotes.put_back(described), quotes, scene)

    def then(results: Sequence[Json]) -> Act:
        titles = [str(each.get("title")) for each in answers.items(results[0], "tasks")]
        plain = re.sub(r"\b(?:the|my|our|an?)\b", " ", ref, flags=re.I)
        if any(fit(words(plain), (title,)) for title in titles):
            return Do((Call("complete_task", {"task": plain.strip()}),))
        return Say(f"I found no open task like “{ref}”, so I did nothing.")

    return look("list_tasks", then, status="open")


_IRREGULAR = {
    "sent": "send", "bought": "buy", "paid": "pay", "rang": "ring", "wrote": "write", "told": "tell", "took": "take",
    "got": "get", "picked": "pick", "brought": "bring", "made": "make", "gave": "give", "met": "meet", "spoke": "speak",
    "went": "go", "fed": "feed", "found": "find", "built": "build", "drew": "draw", "swept": "sweep", "hung": "hang",
    "submitted": "submit", "booked": "book", "fixed": "fix",
}  # fmt: skip


def _present(verb: str) -> str:
    """ "called" is done when "call …" is the task; a stem that English spells in several ways is left out."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith("ied"):
        return verb[:-3] + "y"
    if re.search(r"(?:sh|ch|ss|x|ll|ck|k|l|r|n|t|w|y|p|d|m)ed$", verb) and not re.search(
        r"(?:([bdgmnprt])\1)ed$", verb
    ):
        return (
            verb[:-2]
            if re.search(
                r"(?:sh|ch|ss|x|ll|ck|nt|rt|lt|ct|pt|rn|ead|ail|ean|ook|ay|ew|et|er|en|it|il|nd|ld|rd|rk|lk|sk|mp|lp|in|ain|our|oin)ed$",
                verb,
            )
            else ""
        )
    return ""


def _delete(text: str, low: str, quotes: Quotes, scene: Scene) -> Act | None:
    found = _DELETE.fullmatch(low)
    if found is None:
        return None
    rest = text[found.start("rest") :]
    kind = kind_of(rest, scene)
    if (low.startswith("take ") and not _FROM_LIST.search(rest)) or (
        kind in ("message", "event") and not (TASK_NOUN.search(lower(rest)) and not EVENT_NOUN.search(lower(rest)))
    ):
        return None
    if kind != "task" or re.fullmatch(r"(?:an?|some|any)\s+(?:task|to-do|reminder)", lower(rest)):
        return None
    if re.search(r"\b(?:all|completed|done|finished|every)\b", lower(rest)) and not refers_back(lower(rest)):
        return None
    return _each("delete_task", rest, quotes, scene)


def _update(text: str, low: str, quotes: Quotes, scene: Scene) -> Act | None:
    if found := _NO_DUE.fullmatch(low):
        return _each("update_task", _said(text, found, "ref"), quotes, scene, due="none")
    if found := _RENAME.fullmatch(low):
        return _each(
            "update_task",
            _said(text, found, "ref"),
            quotes,
            scene,
            title=quotes.put_back(_said(text, found, "title")).strip(),
        )
    if (found := _TO_LIST.fullmatch(low)) and not re.match(r"put\b", low) and not MAIL_NOUN.search(low):
        due = {"due": text[found.start("due") : found.end("due")]} if found["due"] else {}
        name = quotes.put_back(_said(text, found, "list"))
        return _each("update_task", _said(text, found, "ref"), quotes, scene, list=name, **due)
    if (found := _NOTE.fullmatch(low)) and TASK_NOUN.search(low[found.start("ref") : found.end("ref")]):
        return _each(
            "update_task", _said(text, found, "ref"), quotes, scene, notes=quotes.put_back(_said(text, found, "note"))
        )
    if found := _DUE.fullmatch(low):
        ref, when = _said(text, found, "ref"), re.sub(r",?\s+not\s+.+$", "", _said(text, found, "when"), flags=re.I)
        if (
            (found["ref4"] or found["ref5"])
            and kind_of(ref, scene) != "task"
            and not low.startswith("snooze")
            and not ((many := task_bulk.group(ref, quotes, scene)) and many.named)
        ):
            return None
        if not when:
            free = timed(ref, scene.now, scene.zone)
            ref, when = free.rest, free.when or "tomorrow"
        else:
            when = timed(when, scene.now, scene.zone).when
        if when:
            return _each(
                "update_task",
                ref,
                quotes,
                scene,
                due=re.sub(r"^(?:to|at|by|for|until|till|on)\s+", "", when, flags=re.I),
            )
    return None
