# ruff: noqa: E501  one alternative of a pattern is one line
"""Where one request of a message ends and the next begins.

A joint ("and", "then", a comma, a full stop) parts two requests only if a request begins behind it; after the words
of a mail or of a reminder only if that request cannot belong to them.
"""

import re
from dataclasses import dataclass

from sayso.base import steps
from sayso.offline.reading.slots import find
from sayso.offline.reading.targets import EVENT_NOUN, strip_article
from sayso.offline.reading.words import lower, strip_lead, strip_tail
from sayso.offline.scene import Scene


@dataclass(frozen=True, slots=True)
class Clause:
    """One request: its words without courtesies. `low` has the same length. `asked`: it ends in a question mark or
    began as a question of politeness; `duty`: it began "I have to …"; `raw`: as it was, courtesies and all."""

    text: str
    low: str
    raw: str
    asked: bool = False
    duty: bool = False


_REMIND_ME_WHAT = re.compile(
    r"^remind\s+me\s+(?=(?:what|where|when|who|how)(?:'s|\s+(?:is|are|am|do|does|time|room))\b)", re.I
)
_REMIND_ME_WHEN = re.compile(
    r"^(?:remind|tell)\s+me\s+(?P<wh>when|where|what\s+time|who)\s+(?P<what>(?!i\b|you\b|it\b|he\b|she\b|they\b|the\s+best\b)\S.*?)\s+(?:is|starts|begins|takes\s+place)(?:,?\s+please)?[.?!]*$",
    re.I,
)
"""A question, although it begins like a task."""


def clause(raw: str) -> Clause:
    text, duty = strip_lead(_REMIND_ME_WHAT.sub("", _REMIND_ME_WHEN.sub(r"\g<wh> is \g<what>", raw.strip())))
    text = _imperative(strip_tail(text.strip()))
    asked = text.endswith("?")
    text = text.rstrip("?! ").strip()
    return Clause(text, lower(text), raw.strip(), asked, duty)


_GERUND = re.compile(r"(?P<stem>[a-z]{2,})ing\s+(?=\S)", re.I)


def _imperative(text: str) -> str:
    """ "Cancelling my lunch" (after "would you mind") is "cancel my lunch"."""
    found = _GERUND.match(text)
    if found is None:
        return text
    stem = lower(found["stem"])
    for verb in (stem, stem + "e", stem[:-1] if stem[-1:] == stem[-2:-1] else ""):
        if verb and re.fullmatch(_VERB, verb, re.X | re.I):
            return f"{verb} {text[found.end() :]}"
    return text


_VERB = r"""(?:remind\ me|show|list|schedule|reschedule|cancel|move|shift|push|postpone|rename|e?mail|message|tell|let\ \S+(?:\ \S+)?\ know
 |send|reply|respond|answer|forward|archive|mark|star|unstar|flag|label|find|search|look\ (?:up|for)|book|set\ (?:up|a\ reminder)|block|invite|accept|decline
 |delete|remove|trash|drop|create|make|add|put|apologi[sz]e|congratulate|scrub|summari[sz]e|catch\ me\ up|read|open|check|draft|write|tick|cross|complete|extend|shorten
 |arrange|organi[sz]e|plan|note|give\ me|clear|bring|change|ask|thank|reopen|snooze|uninvite|reserve|pencil|pop|swap|take\ (?=it|that|them|the|my)|say|don't\ forget|don't\ let\ me\ forget|get\ rid|call\ off|turn\ down|text)\b"""
_QUESTION = r"""(?:what(?:'s|\ is|\ are|\ do|\ did|\ time|\ have)?\b|when(?:'s|\ is|\ am|\ do|\ does)\b|where(?:'s|\ is)\b|who(?:'s|\ is)\b|how\ (?:many|long|does|is)\b
 |do\ i\ have\b|have\ i\ got\b|am\ i\b|is\ there\b|are\ there\b|any\ (?:new\ |unread\ )?(?:e?mails?|messages|meetings|tasks|events|unread)\b|did\ \w+|which\b|is\ my\b)"""
_REQUEST = re.compile(rf"(?:{_VERB}|{_QUESTION})", re.X | re.I)
_STRICT = re.compile(
    r"""(?:remind\ me\b|show\ me\b|schedule\ (?:a|an|the)\b|reschedule\ (?:my|the)\b|(?:cancel|move|delete|shift|push|postpone|decline|accept|rename|clear)\ (?:my|our|the|all|everything|today's|tomorrow's|\w+day's)\b
    |(?:add|put)\ .{1,80}\ (?:to|on|in|into)\ (?:my|the)\ .{0,40}\b(?:list|calendar|to-dos?|tasks|diary|schedule)\b|block\ (?:off|out|\w+\ (?:hours?|minutes))
    |create\ a\ (?:task|event|meeting|reminder)|archive\b|mark\ (?:it|the|all|my|that)|catch\ me\ up|set\ (?:up\ a|a\ reminder)|tell\ me\b
    |(?:e?mail|message|tell)\ (?-i:[A-Z])\w+\ (?:that|to|saying|i'm|i|about)\b|let\ (?-i:[A-Z])\w+\ know|what's\ on\b|what\ (?:do|have)\ i\b|list\ my|book\ (?:a|an|the|lunch|dinner)\b.*\b(?:with|at|on)\b)""",
    re.X | re.I,
)
_STRICT_CASE = re.compile(r"(?:e?mail|message|tell|let)\s+(?-i:[A-Z])", re.I)
_JOINT = re.compile(
    r"(?P<stop>(?<=[\w\)\]'\ue000-\ue0ff])[.!?]+\s+(?=\S)|\s*;\s*|\s+-\s+)"
    r"|(?P<then>,?\s+(?:and\s+|but\s+)?(?:then|after that|afterwards|finally),?\s+)"
    r"|(?P<also>,?\s+(?:and|but|plus)\s+(?:also|please|could you|can you|additionally)\s+|,\s+also\s+|\s+also\s+)"
    r"|(?P<and>,?\s+(?:and|plus|&|so)\s+)|(?P<comma>,\s+)",
    re.I,
)
_POLITE = re.compile(
    r"(?:can|could|would|will|should)\s+(?:you|u|we|i)|please|i(?:'d\s+like|\s+want)(?:\s+you)?\s+to", re.I
)
_ABBREVIATED = re.compile(
    r"(?:\b(?:dr|mr|mrs|ms|st|prof|no|vs|e\.g|i\.e|a\.m|p\.m|a|p|approx|ave|inc|ltd|etc|dept)|\b(?-i:[A-Z]))$", re.I
)
_WORDS_FOR = re.compile(
    r"^(?:please\s+|and\s+)*(?:e-?mail|mail|message|text|tell|write|send|drop|ping|inform|notify|ask|reply|respond|answer|forward|draft|compose|prepare|shoot|let\s.+\sknow|thank|get back to)\b",
    re.I,
)
_TO_DO = re.compile(
    r"^(?:(?:add|put)(?: these| the following)?(?: items| things)? (?:to|on) (?:my|the) .{0,40}?list(?=\s*:)|remind me|reminder|to-?do|task|note|don't (?:let me )?forget|remember|(?:add|create|make|new|set) (?:a |an )?(?:new )?(?:task|to-?do|reminder|note))\b",
    re.I,
)
_CALENDAR_VERB = re.compile(
    r"^(?:cancel|delete|remove|call off|drop|scrap|move|reschedule|push|postpone|shift|decline|accept|turn down|book|schedule|create|set up|arrange|invite|rsvp|say (?:yes|no|maybe)|new|plan|change|draft|e?mail|put|add)\b",
    re.I,
)
_RIDER = re.compile(
    r"""(?:(?:let|tell|notify|inform|e?mail|warn|message)\ (?:(?-i:[A-Z])\w+\ know$|everyone|everybody|them|all\b|(?:the\ )?(?:guests|others|attendees|people|team|group|organi[sz]er)|him\b|her\b|whoever)
    |invite\b|say\ (?:that\ |i|we|it|there|sorry)|cc\b|bcc\b|copy\b|(?:send|drop|write|give)\ (?:everyone|everybody|them|all\b|(?:the\ )?(?:guests|others|attendees|people|team|group)|him\b|her\b)|don't\ (?:tell|notify|let)|ask\ (?:them|everyone)\b|add\ (?:a\ note|the\ note)|include\b|call\ it\b|name\ it\b|make\ it\b|title\ it\b|label\ it\b)""",
    re.X | re.I,
)
_PLACED = re.compile(r"^(?:schedule|book|set up|arrange|create|add|put|plan|organi[sz]e|new|make)\b", re.I)
_MOVED = re.compile(r"^(?:move|reschedule|shift|push|postpone)\b", re.I)


_ADD_IT = re.compile(
    r"(?:add|put|pop|stick|note|enter|pencil|mark|log)\s+(?:it|that|this)(?:\s+(?:in|down))?"
    r"(?:\s*(?:to|in|into|on|onto)\s+(?:my|the|our)\s+(?:calendar|diary|agenda|schedule))?[.!?]*"
    r"|(?:block|mark)\s+(?:(?:off|out)\s+)?(?:(?:my|the)\s+(?:calendar|diary|schedule)|it|that|th(?:e|at|ose|ese)\s+(?:days?|time|dates|week))(?:\s+(?:off|out|for\s+(?:it|that|me)|accordingly|then))*[.!?]*",
    re.I,
)
_OF_IT = re.compile(r"(?:invite|include|cc|call it|name it|title it)\b", re.I)
"""What is said behind a thing and its time ("dinner on Friday at 7, invite Ana")."""
_SURELY = re.compile(r"(?:cancel|reschedule|move|delete|archive|decline|accept|show|mark|what's|do i have)\b", re.I)
"""What begins a request of its own, once the time of a reminder has been said."""


_CANT_DO = re.compile(
    r"^(?P<who>(?-i:[A-Z])\w+)\s+(?:can't|cannot|can\s+not)\s+(?:do|make)\s+(?P<when>(?=.*\d).+?)[,;.]\s+(?:so\s+)?(?:please\s+)?(?:make\s+it|move\s+it\s+to|(?:can|could)\s+we\s+do|let's\s+do)\s+(?P<new>[^,.?!]+?)(?:\s+instead)?[.?!]*$",
    re.I,
)
"""An event told by who cannot come then, and when it should be."""


_TAKEN_BACK = re.compile(
    rf"^.*?(?:[.,;!-]|\s)\s*(?:oh\s+)?(?:no,?\s+wait|wait,?\s+no|scratch\s+that|actually,?\s+no|no,?\s+sorry)\b[\s,.!-]+(?:(?:just|please)\s+)*(?=(?:{_VERB}|{_QUESTION}))",
    re.X | re.I,
)
"""What is taken back in the same breath: only what comes behind it is meant."""
_WHAT_ABOUT = re.compile(
    r"^(?P<move>(?:.*\b)?(?:move|reschedule|shift|postpone)\s+[^,.;?]+?)[,.;]\s+(?:what|how)\s+about\s+(?P<when>(?=.*(?:\d|day|week|noon|morrow))[^,;?]+?)(?:\s+instead)?(?:,?\s+please)?[?.!]*$",
    re.I,
)
_TELL_OFF = re.compile(
    r"^(?:please\s+)?(?:(?:let|tell|notify|inform|e?mail|message)\s+(?:everyone|everybody|(?:the\s+)?(?:guests|others|attendees|team|group))\s+(?:know\s+)?(?:that\s+)?)(?P<ref>(?:the|my|our|today's|tomorrow's|\w+day's)\s+[^,;.]+?)\s+(?:is|has\s+been)\s+(?:off|cancelled|canceled|called\s+off)(?P<when>(?:\s+(?:today|tomorrow|on\s+\w+day|this\s+week|next\s+week))?)[.!]*$",
    re.I,
)
_TELL_FIRST = re.compile(
    r"^(?:please\s+)?(?P<tell>(?:let|tell|notify|inform|e?mail|message)\s+(?:everyone|everybody|(?:the\s+)?(?:guests|others|attendees|team|group))\s+\S.*?),?\s+(?:and|then)\s+(?:then\s+)?(?P<cancel>(?:cancel|call\s+off)\s+[^,;.]+?)[.!?]*$",
    re.I,
)
"""What the guests are to be told, said before the event that is cancelled."""


_NAMED = re.compile(
    r"^(?:(?:hey|hi|hello|ok|okay|yo|dear)[\s,]+)?(?:there[\s,]+)?(?:sayso|assistant|computer)\b[\s,:!.-]+", re.I
)
_PLEASE = re.compile(r"[\s,]+(?:please|pls)\s*(?P<end>[?!.]*)\s*$", re.I)


def split(text: str, scene: Scene) -> list[Clause]:
    """The requests of a message, at least one."""
    pieces: list[str] = []
    text = _PLEASE.sub(r"\g<end>", _NAMED.sub("", text.strip()))
    rest = text = _CANT_DO.sub(r"move my \g<when> with \g<who> to \g<new>", text)
    text = _TELL_OFF.sub(r"cancel \g<ref>\g<when> and tell everyone", _TAKEN_BACK.sub("", text))
    text = _WHAT_ABOUT.sub(r"\g<move> to \g<when>", text)
    rest = text = _TELL_FIRST.sub(r"\g<cancel> and \g<tell>", text)
    at = 0
    while found := _JOINT.search(rest, at):
        steps.take(1 + len(rest) // 8)
        left, right = rest[: found.start()], rest[found.end() :]
        verb = _parted(left, right, found, scene)
        if verb is None:
            at = found.end() if found.end() > found.start() else found.end() + 1
            continue
        pieces.append(left + ("?" if found.group().strip().startswith("?") else ""))
        rest, at = verb + right, 0
    pieces.append(rest)
    return [clause(piece) for piece in pieces if piece.strip(" ,.;!?")] or [clause(text)]


def _parted(left: str, right: str, joint: re.Match[str], scene: Scene) -> str | None:
    """Whether two requests meet here: words to put before the second ("" mostly), or None."""
    begin, duty = strip_lead(left.strip())
    ahead, ahead_duty = strip_lead(right.strip())
    kind = joint.lastgroup
    if _ADD_IT.fullmatch(ahead) and kind != "then" and not _REQUEST.match(begin):
        return None
    if not begin.strip() or not ahead.strip() or _POLITE.fullmatch(begin.strip()):
        return None
    if kind == "stop" and _ABBREVIATED.search(left) and joint.group().strip() == ".":
        return None
    if _OF_IT.match(ahead) and kind not in ("then", "stop") and _timed(left, scene) and not _REQUEST.match(begin):
        return None
    if _CALENDAR_VERB.match(begin) and _RIDER.match(ahead) and kind != "then":
        told = re.match(r"(?:let|tell|notify|inform|e?mail|warn|message|ask|send|drop|write|give)\b", ahead, re.I)
        return "" if told and _PLACED.match(begin) else None
    if _WORDS_FOR.match(begin) or _TO_DO.match(begin):
        strict = _STRICT.match(ahead) and (
            not re.match(r"(?:e?mail|message|tell|let)\s+[a-z]", ahead) or re.match(r"(?:tell|let) me\b", ahead)
        )
        loose = (
            kind in ("then", "also")
            and _REQUEST.match(ahead)
            and not re.match(r"(?:tell|ask|let)\s+(?!me\b)", ahead, re.I)
        )
        ended = _TO_DO.match(begin) and (
            (kind == "stop" and (_REQUEST.match(ahead) or ahead_duty))
            or (_SURELY.match(ahead) and _ends_in_time(left, scene))
        )
        fresh = (
            _WORDS_FOR.match(begin)
            and _WORDS_FOR.match(ahead)
            and re.match(r"\w+\s+(?-i:[A-Z])", ahead)
            and not _bodied(begin)
        )
        return "" if strict or loose or ended or fresh else None
    if _REQUEST.match(ahead):
        if kind == "comma" and duty and not begin.strip():
            return None
        return ""
    if kind == "stop":
        return ""
    named = ahead[0].isalpha() and EVENT_NOUN.match(lower(ahead)) is not None
    if kind in ("and", "comma") and (named or re.match(r"(?:a|an|another|the|my)\s", ahead, re.I)):
        if (
            _PLACED.match(begin)
            and (named or re.match(r"(?:a|an|another)\s", ahead, re.I))
            and _timed(left, scene)
            and _timed(right, scene)
        ):
            return "schedule "
        if _MOVED.match(begin) and re.search(r"\bto\b", left) and re.search(r"\bto\b", right) and _timed(right, scene):
            return "move "
    return None


def _bodied(text: str) -> bool:
    """Whether the words of a mail have begun."""
    return re.search(r"\b(?:that|saying|to say|know|:)\b|:", text, re.I) is not None


def _timed(text: str, scene: Scene) -> bool:
    return bool(find(text, scene.now, scene.zone))


def _ends_in_time(text: str, scene: Scene) -> bool:
    return any(each.end >= len(text.rstrip()) for each in find(text, scene.now, scene.zone))


_STATE = re.compile(r"(?:i|we)(?:'m|'re|'ll|'ve| am| are| will| feel| have| need| can't)\b", re.I)
_MANY = re.compile(r"\b(?:everything|all|my (?:\w+ )?(?:meetings|calls|appointments|events|plans|day))\b", re.I)


def state(piece: Clause, scene: Scene) -> str | None:
    """How things are, before a request ("I'm off sick tomorrow, cancel my meetings"): the time that it names, which is
    then that of the request, or nothing. None when it is something else."""
    if not _STATE.match(piece.raw):
        return None
    return " ".join(each.text for each in find(piece.text, scene.now, scene.zone))


_SAID_OF = re.compile(
    r"(?P<ref>(?:the|my|our|today's|tomorrow's|\w+day's)\s+.+?)\s+(?:is|isn't|is\s+not|was|has\s+been|got|won't\s+be)\s+(?:now\s+|not\s+)?(?:cancelled|canceled|off|happening|needed|on|over|moved|postponed|going\s+ahead)\b.*",
    re.I,
)


_CANT_COME = re.compile(
    r"(?:i|we)(?:'m|\s+am)?\s+(?:can't|cannot|won't|not)\s+(?:be\s+able\s+to\s+)?(?:do|make|come\s+to|attend|go\s+to|going\s+to)\s+(?P<ref>\S.*)",
    re.I,
)


def said_of(piece: Clause, following: Clause) -> str:
    """The event of a statement, when the request behind it is about "it": "the call is off, delete it"."""
    found = _SAID_OF.fullmatch(piece.text) or _CANT_COME.fullmatch(piece.text)
    if found is None or not re.search(r"\b(?:it|that)\b", following.low):
        return ""
    return strip_article(found["ref"]) if is_excuse(piece) else found["ref"]


def is_excuse(piece: Clause) -> bool:
    """Whether this says that the user cannot come."""
    return _CANT_COME.fullmatch(piece.text) is not None


def timed_by(piece: Clause, when: str, scene: Scene) -> Clause:
    """A request for several things, at the time that was named before it."""
    if not when or not _MANY.search(piece.text) or _timed(piece.text, scene):
        return piece
    many = _MANY.search(piece.raw)
    at = many.end() if many else len(piece.raw.rstrip(" .!?"))
    return clause(f"{piece.raw[:at]} {when}{piece.raw[at:]}")


_REASON = re.compile(
    r",\s+(?:(?:because|since|as)\s+)?(?:it|it's|it\s+is|that's|we|i|i'm|he|she|they|(?-i:[A-Z])\w+\s+(?:is|isn't|are|can't|won't|has|needs))\s+\S.*$"
    r"|\s+(?:while|when)\s+(?:i'm|i\s+am|i'll\s+be|we're)\s+(?:away|off|out(?:\s+of\s+(?:the\s+)?office)?|on\s+(?:my\s+)?\w+|in\s+\w+)\b",
    re.I,
)


def without_reason(text: str) -> str:
    """Without what is said about why."""
    return _REASON.sub("", text)


def is_aside(piece: Clause) -> bool:
    """A remark beside a request ("I'm ill."), not a request that was not understood."""
    return (
        re.match(
            r"(?:i|i'm|i've|i'll|we|we're|my|the|it|it's|he|she|they|that|this|because|since|as|sorry|there)\b",
            piece.low,
        )
        is not None
        or len(piece.low) < 3
    )
