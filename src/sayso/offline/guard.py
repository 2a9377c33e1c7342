# ruff: noqa: E501  one alternative of a pattern is one line
"""Sentences that speak of an effect without asking for it: they must not act."""

import re

from sayso.offline import naming, talk
from sayso.offline.acts import Act, Say, do
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.words import Quotes
from sayso.offline.scene import Scene

_ACTING = r"(?:cancel|delete|remove|send|move|book|schedule|reschedule|archive|trash|accept|decline|create|add|e?mail|invite|postpone|complete|drop|clear|reply|forward|rename|change|mark|update|remind|tell|text|message|touch|do|call|say|put|make|star|write|let|scrap)"
_NEGATED = re.compile(
    r"""(?:(?:please\ |you\ )?(?:don't|do\ not|never|stop|shouldn't|should\ not|must\ not|mustn't|needn't|need\ not|better\ not|let's\ not|not\ to|quit|avoid)\b
    |no\ need\ to\b|there's\ no\ need\b|(?:i|we)(?:'m|\ am|'re)?\ (?:don't|do\ not|didn't|did\ not|never|not|wouldn't|won't)\ (?:\w+\ ){0,2}?(?:want|say|ask|mean|going|planning|like|wish|said|asked|meant|sure|tell|told)\b
    |you\ (?:shouldn't|should\ not|mustn't|didn't|don't)\b|(?:you're|you\ are|you\ were|i'm|we're|it's|that's)\ not\ (?:supposed|meant|allowed|going|to)\b|leave\ .+\ (?:alone|as\ (?:it|they)\ (?:is|are))$|keep\ .+\ as\ (?:it|they)\ (?:is|are)$)""",
    re.X,
)
_STILL_ACTS = re.compile(
    r"(?:don't|do not|never) (?:let me )?forget\b|i don't need\b|i won't (?:be|make|come|attend|go)\b|i'm not (?:going to be able|able|coming|attending|available)|i'm not going to (?:make|be)|i don't have\b|don't i have"
)
_MUSING = re.compile(
    rf"""(?:i\ (?:wonder|might|may|was\ (?:going|about|thinking|planning)|am\ thinking|thought|think\ i|guess|suppose|could\ have|should\ have|doubt|hope)\b|i'm\ (?:not\ sure|thinking|wondering|unsure|considering)
    |not\ sure\b|unsure\b|maybe\ i\b|perhaps\ i\b|should\ i\b|shall\ i\b|would\ it\ (?:be|help|make)|is\ it\ (?:safe|ok|okay|possible|wise|bad|rude|better|worth|true)\b|what\ (?:happens|would|will|if|could)\b
    |supposing|suppose\ |imagine\b|let\ me\ think|let's\ say|in\ case\b|unless\b|whether\b|why\b|how\ (?:do|can|would|could|should|to)\ (?:i|you|we|one)?\ ?(?:{_ACTING}|undo|use|set|make|turn|mark)\b
    |do\ you\ know\ how|(?:explain|describe|teach|show)\ (?:me\ |us\ )?(?:how|what(?!'s|\ is|\ i\b)|why)|what's\ the\ difference|what\ does\ (?:{_ACTING}|the\ \w+\ button)\b|ignore\b|disregard\b|pretend\b)""",
    re.X,
)
_ON_CONDITION = re.compile(
    r"(?:if|when|once|as soon as|whenever|unless|in case)\s(?!(?:is|are|am|was|were|do|does|did|can|could|will|would|should)\s|possible\b|you (?:can|could|don't mind|would|have|please)\b).*,\s*(?:then\s+)?(?:please\s+)?\w+",
    re.I,
)
_IF_LATER = re.compile(
    rf"^{_ACTING}\b(?!.*\b(?:ask\w*|check|see|know|wonder\w*)\b.*\bif\b).*\bif (?:it|he|she|they|the|there|nobody|no one|someone|(?-i:[A-Z])\w+) (?:\w+ )?(?:rains|is|are|isn't|says|does|doesn't|don't|cancels|declines|comes|has|hasn't|haven't|gets|accepts)\b"
)
_REPORT = re.compile(
    r"""(?:(?!any|has\b|have\b|had\b|did\b|does\b|do\b|is\b|was\b|what|when|who|where)[\w\ue000-\ue0ff' -]{1,40}?\ )?(?:said|says|told\ me|wrote|asked\ me|wants\ me|wanted)\b(?!.*\bremind\ me)
    |i(?:'ve|\ have)?\ (?:already\ )?(?:cancelled|canceled|deleted|moved|rescheduled|scheduled|archived|declined|accepted|removed|added|invited)\b
    |(?!please|when|what|where|which)[\w']+(?:\ [\w']+)?\ (?:has\ |have\ )?(?:already\ )?(?:cancelled|canceled|deleted|rescheduled|archived)\b""",
    re.X,
)
_DID_YOU = re.compile(
    r"(?:did|have|had|has|were|was|are|is) (?:you|it|that|this|the \w+|my \w+|anyone|anybody|someone|somebody) (?:already |just |really |actually )?(?:cancel|delet|sen[dt]|mov|book|schedul|reschedul|archiv|remov|add|creat|invit|chang|declin|accept|don)\w*"
)
_ABLE = re.compile(
    r"""(?:can|could|would|will|do|are|would\ it\ be\ possible\ to)\ (?:you|u|sayso)?\ ?(?:able\ to\ |also\ |actually\ |even\ )?
    (?P<verb>\w+)\ (?:(?:me|new|an?|any|other|my)\ )?(?P<what>\w+s|meeting|event|task|e?mail|message|appointment)(?:\ (?:too|as\ well|for\ me|by\ (?:accident|mistake)))?$""",
    re.X,
)
_NEED_OBJECT = {
    "delete",
    "cancel",
    "move",
    "send",
    "create",
    "book",
    "archive",
    "forward",
    "trash",
    "remove",
    "schedule",
    "read",
    "make",
    "reply",
    "write",
    "edit",
    "update",
    "change",
    "manage",
    "handle",
    "do",
    "add",
    "reschedule",
    "complete",
}
_PLURAL_ALL = re.compile(r"\b(?:the|my|all|these|those|this|that|both|every|our|his|her|their)\b")

_QUESTION = re.compile(
    r"""do\ (?:i|we|you|they|any\w*|people|all\ the)\b|(?:did|does|am|is|are|was|were|has|had|isn't|aren't|wasn't|didn't|doesn't|don't|haven't|hasn't)\ (?:i|we|you|he|she|they|it|there|this|that|my|our|the|any\w*|some\w*|\w+'s|(?-i:[A-Z])\w+|\w+\ (?:coming|going|free|on|busy))\b
    |have\ (?:i|we|you|they)\b|(?:check|see|find\ out|tell\ me|let\ me\ know|look)\ (?:if|whether|what|when|who|where|how)\b|(?:what|when|where|who|whom|whose|why|which|how)(?:'s|'re|'d|'ll)?\ (?!about\b)|will\ (?:i|we|he|she|they|it|there|my|the)\b""",
    re.X | re.I,
)

UNTOUCHED = "All right. I have not done anything."
ONLY_ON_YOUR_WORD = "I did nothing just now. I only act when you ask for it outright, and I show you exactly what would happen before it does."
CAPABLE = "Yes, tell me which one, for example: {example}. I show you what would happen first; nothing runs until you confirm."
_EXAMPLES = {
    "mail": '"archive the mail from Ana" or "email Tom that I\'m running late"',
    "task": '"remind me to call the bank tomorrow"',
    "event": '"move my 3 o\'clock to Thursday at 10" or "cancel Friday\'s lunch"',
}


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    raw = clause.raw.lower().rstrip("?!. ")
    low = clause.low
    if _STILL_ACTS.match(low):
        return None
    if _NEGATED.match(low) or _NEGATED.match(raw):
        if scene.memory.waits():
            return _withdraw(clause.raw, scene)
        return Say(UNTOUCHED)
    able = _ABLE.fullmatch(raw)
    if able and able["verb"] in _NEED_OBJECT and not _PLURAL_ALL.search(able.group()):
        return Say(CAPABLE.format(example=_example(able["what"])))
    if _MUSING.match(low) or _MUSING.match(raw) or _ON_CONDITION.match(raw) or _IF_LATER.match(clause.text):
        return Say(ONLY_ON_YOUR_WORD)
    if _DID_YOU.match(low) or _DID_YOU.match(raw):
        return Say(_what_was_done(scene))
    if _REPORT.match(low) and not re.search(r"\b(?:what|who|when|did|done)\b", low):
        return Say(ONLY_ON_YOUR_WORD)
    return None


_NOT_TO = re.compile(
    r"(?:(?:please|you|oh|no|wait|actually)[ ,]+)*(?:don't|do not|never|stop|no need to)\s+\w+\s+(?P<what>\S.*)", re.I
)


def _withdraw(raw: str, scene: Scene) -> Act:
    """What is named is not wanted any more; nothing named is what was asked for last."""
    found = _NOT_TO.match(raw.rstrip("?!. "))
    gone = (naming.named(found["what"], scene) if found else []) or scene.memory.latest()
    if len(gone) == len(scene.memory.waits()):
        return do("withdraw_plan", reason=raw[:200])
    return naming.withdrawn(gone, talk.WITHDRAWN)


def is_question(clause: Clause) -> bool:
    """Whether this asks for an answer: it must never become an effect. "Can you …?" is a request."""
    return _QUESTION.match(clause.text) is not None


def speaks_of_all(text: str) -> bool:
    """Whether the whole message is no request, whatever is in it: a condition, a pretence."""
    return (
        _ON_CONDITION.match(text) is not None
        or re.match(r"(?:please\s+)?(?:ignore|disregard|pretend|imagine|suppose)\b", text, re.I) is not None
    )


def _example(what: str) -> str:
    if re.match(r"e?mail|message|newsletter|draft|inbox|thread", what):
        return _EXAMPLES["mail"]
    return _EXAMPLES["task"] if re.match(r"task|to-?do|reminder|list", what) else _EXAMPLES["event"]


def _what_was_done(scene: Scene) -> str:
    """What became of the last plan, from the ledger alone."""
    lines = []
    for _, result in scene.memory.decided():
        status, action = str(result.get("status", "")), str(result.get("action", "")).rstrip(".")
        told = str(result.get("receipt") or "") if status == "succeeded" else ""
        lines.append(told or f"{action}: {_FATES.get(status, status)}.")
    return "\n".join(lines) or "Not in this conversation: nothing has been changed here so far."


_FATES = {
    "waiting": "not done yet, it waits for your yes",
    "succeeded": "done",
    "cancelled": "cancelled, it was not done",
    "expired": "expired, it was not done",
    "superseded": "replaced by a newer proposal, it was not done",
    "failed": "it failed",
    "unknown": "it is not certain whether it happened",
    "skipped": "left out, it was not done",
    "running": "running now",
}
