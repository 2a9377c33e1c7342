# ruff: noqa: E501  one alternative of a pattern is one line
"""Answers to invitations."""

import re

from sayso.agent.offline.acts import Act, Call, Do, Json, Scene
from sayso.agent.offline.clauses import Clause
from sayso.agent.offline.scopes import take_scope
from sayso.agent.offline.slots import is_name
from sayso.agent.offline.targets import kind_of, target
from sayso.agent.offline.words import Quotes, lower, sentence

_ANSWER = r"(?P<answer>yes|no|maybe|perhaps|accepted|declined|tentative(?:ly)?)"
_INVITE_WORDS = r"(?:invite|invitation|request|meeting request|calendar invite)"
_PATTERNS = (
    (
        re.compile(
            r"(?P<how>tentatively\s+)?(?P<verb>accept|decline|reject|turn down|refuse|confirm attendance (?:at|for)|pass on)\b\s*(?P<ref>.*)",
            re.I | re.S,
        ),
        "",
    ),
    (
        re.compile(
            rf"(?:say|answer|reply|respond|rsvp|put|mark me (?:as )?(?:a )?|put me down (?:as )?(?:a )?)\s*(?:with\s+)?(?:an?\s+)?{_ANSWER}\s*(?:to|for|on)\s+(?P<ref>.+)",
            re.I | re.S,
        ),
        "",
    ),
    (
        re.compile(
            rf"(?:respond|reply|rsvp|answer)\s+(?:to\s+)?(?P<ref>.+?)\s+(?:with\s+(?:an?\s+)?|as\s+(?:an?\s+)?|:\s*){_ANSWER}",
            re.I,
        ),
        "",
    ),
    (
        re.compile(
            r"(?:tell|let)\s+(?:them|everyone|the organi[sz]er)\s+(?:know\s+)?(?:that\s+)?(?:i|we)\s+(?P<can>can't|cannot|can not|won't|will not|might not|may not|will|can|'ll|may|might)(?:\s+be\s+able\s+to)?\s+(?:make(?:\s+it\s+to)?|attend|come\s+to|be\s+at|join|go\s+to)\s+(?P<ref>(?!it\b).+)",
            re.I,
        ),
        "",
    ),
    (
        re.compile(
            r"say\s+(?:that\s+)?i(?P<can>'ll| will| can| can't| cannot| won't| might)\s+(?:be at|make|attend|come to|join)\s+(?P<ref>.+)",
            re.I,
        ),
        "",
    ),
    (
        re.compile(
            r"(?:i|we)(?P<can>\s+can't|\s+cannot|\s+can not|\s+won't|'m not able to|\s+am not able to|'m unable to|'m not going to be able to|'m not going to|\s+will|'ll|\s+might|\s+may|\s+can)\s+(?:be able to\s+)?(?:definitely\s+|probably\s+)?(?:make(?:\s+it\s+to)?|attend|come\s+to|be\s+at|join|go\s+to)\s+(?P<ref>(?!it\b|home|bed|the (?:office|shop|store|gym|bank))(?:the|my|our|that|this|(?-i:[A-Z])\w*'s|\w+day's|tomorrow's|today's)\s.+)",
            re.I,
        ),
        "",
    ),
    (
        re.compile(r"i'm (?P<can>not coming to|not attending|coming to|attending|in for|out for)\s+(?P<ref>.+)", re.I),
        "",
    ),
    (
        re.compile(
            r"(?:yes|no|maybe)(?:,? (?:thanks|thank you|please))? (?:to|for) (?P<ref>(?:the|my|\w+'s)\s.+)", re.I
        ),
        "",
    ),
)
_NO = re.compile(
    r"\b(?:no|decline|declined|reject|turn down|refuse|pass on|skip|can't|cannot|can not|won't|will not|not)\b|unable|out for"
)
_MAYBE = re.compile(r"\b(?:maybe|perhaps|tentative|tentatively|might|may)\b")
_NOTE = re.compile(
    r"[,;]?\s*\b(?:and|but|,)\s+(?:tell (?:them|him|her|(?-i:[A-Z])\w+)|say|let (?:them|him|her) know|with (?:the )?(?:note|message))\s*:?\s*(?:that\s+)?(?P<note>.+)$|\s+(?:because|since)\s+(?P<why>.+)$|\s+with\s+(?:the|a)\s+(?:note|message)\s*:?\s*(?:that\s+|saying\s+(?:that\s+)?)?(?P<note2>.+)$",
    re.I | re.S,
)
_REF = re.compile(
    r"^(?:(?:the|my|an?|that|this)\s+)?(?:(?:calendar\s+)?(?:invite|invitation|request)s?\s+(?:to|for|from)\s+)", re.I
)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    if clause.asked and not re.match(r"(?:can|could|would|will) you", clause.raw.lower()):
        return None
    for pattern, _ in _PATTERNS:
        found = pattern.fullmatch(clause.text)
        if found is None:
            continue
        ref = found["ref"]
        head = lower(
            clause.text[: found.start("ref")]
            if found.end("ref") < len(clause.text) or found.start("ref") > 0
            else clause.text
        )
        if "answer" in found.groupdict() and found["answer"]:
            head += " " + lower(found["answer"])
        if re.match(r"reply|respond|answer|say", clause.low) and (is_name(ref) or re.fullmatch(r"[a-z]+", ref)):
            return None  # a person's mail, not an event
        if kind_of(_NOTE.sub("", ref), scene) in ("message", "task") and not re.search(_INVITE_WORDS, lower(ref)):
            return None
        return _respond(head, ref, quotes, scene)
    return None


def _respond(head: str, ref: str, quotes: Quotes, scene: Scene) -> Act | None:
    args: Json = {
        "response": "tentative"
        if _MAYBE.search(head) and "not" not in head.split()
        else "declined"
        if _NO.search(head)
        else "accepted"
    }
    if why := re.search(
        r"\s*[,;-]\s*(?P<why>(?:i'm|i am|i'll|i have|i've|we|we're|sorry|unfortunately|as i)\b.+)$", ref, re.I
    ):
        args["note"], ref = sentence(quotes.put_back(why["why"])), ref[: why.start()]
    elif found := _NOTE.search(ref):
        args["note"] = sentence(quotes.put_back(found["note"] or found["note2"] or found["why"]))
        ref = ref[: found.start()]
    if re.search(r"\btentatively$", lower(ref)):
        args["response"], ref = "tentative", re.sub(r"\s*tentatively$", "", ref, flags=re.I)
    scope, ref = take_scope(ref)
    if scope:
        args["scope"] = scope
    ref = _REF.sub("", ref)
    ref = re.sub(r"'s\s+(?:calendar\s+)?(?:invite|invitation|request)\b", "'s", ref, flags=re.I)
    ref = re.sub(r"\s+(?:invite|invitation|request)s?$", "", ref, flags=re.I)
    found_target = target(re.sub(r"'s$", "", ref.strip()), "event", quotes, scene)
    if not found_target.refs:
        return found_target.asking(Call("respond_to_invitation", args), "event")
    if len(found_target.refs) == 1:
        scene.event = found_target.refs[0]
    return Do(tuple(Call("respond_to_invitation", {"event": each, **args}) for each in found_target.refs))
