"""Which of the actions that wait a person means: "the bank reminder", "the second one", "the mail to Helen"."""

import re
from collections.abc import Iterator

from sayso.english.matching import fit
from sayso.english.matching import words as matching_words
from sayso.offline.acts import Act, Call, Do
from sayso.offline.memory import WITHDRAW, Waiting
from sayso.offline.reading.slots import timed
from sayso.offline.reading.targets import nth, strip_article
from sayso.offline.reading.words import lower
from sayso.offline.scene import Scene

_NTH = re.compile(
    r"(?:the\s+)?(?P<nth>first|second|third|fourth|fifth|last|\d{1,3}(?:st|nd|rd|th))(?:\s+(?:one|action|item|thing|step|request))?|number\s+(?P<number>\d{1,3})",
    re.I,
)
_NOUNS = (
    (("event", "invitation"), "event meeting appointment"),
    (("task",), "task reminder todo"),
    (("reply_mail",), "mail email message reply answer"),
    (("draft_mail",), "mail email message draft"),
    (("mail",), "mail email message"),
    (("remember", "forget"), "preference memory"),
)
_FILLERS = frozenset(
    {"one", "ones", "thing", "proposal", "request", "that", "the", "my", "it", "this", "them", "a", "an"}
)
MADE = frozenset(
    {"create_calendar_event", "create_task", "send_mail", "reply_mail", "forward_mail", "draft_mail", "remember"}
)
"""What makes something new: to cancel that is to withdraw it. To cancel what is changed is another request."""


def named(ref: str, scene: Scene) -> list[Waiting]:
    """The waiting actions that the words mean; those of a whole request if they are only of it."""
    waits = scene.memory.waits()
    if found := _NTH.fullmatch(ref.strip()):
        index = None if scene.memory.shown_since() else nth(lower(found["nth"] or found["number"]), len(waits))
        return [] if index is None else [waits[index]]
    ref = strip_article(ref.strip())
    wanted = [each for each in matching_words(timed(ref, scene.now, scene.zone).rest) if each not in _FILLERS]
    if not wanted:
        return []
    fits = [each for each in waits if fit(wanted, (_described(each),))]
    asked = {each.turn for each in waits if fit(wanted, (each.asked,))}
    return fits or [each for each in waits if {each.turn} == asked]


def is_number(ref: str) -> bool:
    """Whether it means one by its place: "the second one"."""
    return _NTH.fullmatch(ref.strip()) is not None


def one_named(ref: str, scene: Scene) -> Waiting | None:
    """The one waiting action that the words mean; of several that of the latest request."""
    fits = named(ref, scene)
    last = [each for each in fits if each in scene.memory.latest()]
    return fits[0] if len(fits) == 1 else last[0] if len(last) == 1 else None


def _described(each: Waiting) -> str:
    """What it is called by: what it makes by its own words, since its preview also tells what stands beside it."""
    nouns = next((nouns for parts, nouns in _NOUNS if any(part in each.call.tool for part in parts)), "")
    if each.call.tool not in MADE:
        return f"{each.action} {nouns}"
    values = [call.args.get(name, "") for call in (each.said, each.call) for name in _TELLING]
    return " ".join(
        [nouns, *(" ".join(map(str, value)) if isinstance(value, list) else str(value) for value in values)]
    )


_TELLING = ("title", "subject", "to", "cc", "guests", "location", "list", "text", "message", "answer")


_VERB_IT = re.compile(
    r"(?:make|move|change|set|put|push|shift|reschedule|switch|postpone|delay)\s+(?P<ref>\S.*)|(?P<ref2>(?:the|my)\s+\S.*)",
    re.I,
)
_TO_IT = re.compile(
    r"(?P<what>(?:invite|add|include|uninvite|remove|drop|b?cc|copy)\s+.+?)\s+(?:to|from|in|on|into|off)\s+(?P<ref>(?:the|my|that)\s+[^:]+?)(?P<more>:\s.*)?",
    re.I | re.S,
)
_SEND_IT = re.compile(r"send\s+(?P<ref>(?:the|my|that)\s+.+?)\s+(?P<what>to\s+.+)", re.I)
_RENAME_IT = re.compile(r"rename\s+(?P<ref>(?:the|my|that)\s+.+?)\s+(?:to|as|into)\s+(?P<what>.+)", re.I)
_LINK = re.compile(r"(?:should\s+be|should\s+start|has\s+to\s+be|must\s+be|is|be|to|for|until)\s+(?=\S)", re.I)
MOST_WORDS = 6


def about_one(words: str, scene: Scene) -> Iterator[tuple[Waiting, str]]:
    """A change of one waiting action that is named in it: that action, and the change as it is said of "it"."""
    if len(words) > 200:
        return
    for pattern, said in ((_TO_IT, "{what}"), (_SEND_IT, "send it {what}"), (_RENAME_IT, "call it {what}")):
        found = pattern.fullmatch(words)
        if found and (one := one_named(found["ref"], scene)):
            yield one, said.format(what=found["what"]) + (found.groupdict().get("more") or "")
    found = _VERB_IT.fullmatch(words)
    if found is None:
        return
    pieces = (found["ref"] or found["ref2"]).split()
    for end in range(min(len(pieces) - 1, MOST_WORDS), 0, -1):
        if one := one_named(" ".join(pieces[:end]), scene):
            what = " ".join(pieces[end:])
            yield one, f"make it {_LINK.sub('', what, count=1)}"
            yield one, what


def withdrawn(some: list[Waiting], text: str) -> Act:
    """These do not wait any more."""
    return Do((Call(WITHDRAW, {}, tuple(each.name for each in some)),), text)
