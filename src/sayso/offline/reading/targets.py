# ruff: noqa: E501  one alternative of a pattern is one line
"""Which existing thing is meant: "it", "the second one", "that meeting", or words for the tools to resolve."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sayso.offline.acts import Ask, Call, Question
from sayso.offline.answers import message_line, task_line
from sayso.offline.memory import Thing
from sayso.offline.reading.slots import find
from sayso.offline.reading.words import Quotes, lower
from sayso.offline.saying.lines import event_line
from sayso.offline.scene import Scene

TASK_NOUN = re.compile(
    r"\b(?:tasks?|to-?dos?|to do(?:s| list)?|reminders?|(?:shopping|grocery|groceries|errands?|packing|work|home) list|\w+ list|groceries)\b"
)
MAIL_NOUN = re.compile(
    r"\b(?:e?mails?|messages?|newsletters?|inbox|threads?|conversations?|drafts?|attachments?|junk|spam|letters?|unread)\b"
)
EVENT_NOUN = re.compile(
    r"\b(?:meetings?|calls?|appointments?|events?|lunch(?:es)?|dinners?|breakfasts?|brunch|coffees?|drinks|syncs?|stand-?ups?|1:1s?|1-1s?|one-on-ones?|catch-?ups?|reviews?|interviews?|sessions?|workshops?"
    r"|part(?:y|ies)|class(?:es)?|lessons?|off-?sites?|conferences?|flights?|demos?|retros?|retrospectives?|bookings?|reservations?|calendar|slots?|blocks?|all-hands|kick-?offs?|check-?ins?|webinars?|trainings?"
    r"|o'clock|\d+ ?[ap]m|\d{1,2}:\d\d|noon|invit(?:e|es|ation|ations))\b"
)

_IT = re.compile(
    r"(?:it|that|this|that one|this one|the one|(?:the|that|this|my) (?:event|meeting|appointment|call|booking|task|to-do|reminder|mail|email|message|thread|invite|invitation|thing|one|draft))(?: (?:event|please|one|again|back|too|as well|after all))?"
)
_NTH = {
    word: index
    for index, word in enumerate(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
    )
}
_ORDINAL = re.compile(
    r"(?:the |that |number |no\.? |nr\.? |#|option |item )?(?P<nth>first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|latest|final|bottom|top|other|one|two|three|four|five|\d{1,2}(?:st|nd|rd|th)?)(?: (?:one|event|meeting|task|to-do|mail|email|message|item|entry|option|slot|contact|person))?"
)
_MANY = re.compile(
    r"(?:(?P<all>all(?: of)?(?: them| these| those| of it)?|(?:both|all|each|every one)(?: of them| of these| of those| of it)?|them(?: all)?|these|those|everything|the lot)|(?:the )?(?P<edge>first|last|top|bottom)\s+(?P<n>two|three|four|five|six|seven|eight|nine|ten|\d+)(?: (?:ones|of them|events|meetings|tasks|mails|emails|messages))?)"
)
_NUMBERS = {
    word: value
    for value, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    )
}
_ARTICLE = re.compile(r"^(?:the|my|our|that|this|a|an|his|her|their)\s+(?=\S)", re.I)


def kind_of(text: str, scene: Scene) -> str | None:
    """ "event", "task" or "message" from the nouns of a reference; what was spoken of last for "it"; else None."""
    low = lower(text)
    if MAIL_NOUN.search(low):
        return "message"
    if TASK_NOUN.search(low):
        return "task"
    if EVENT_NOUN.search(low):
        return "event"
    if refers_back(low):
        return scene.memory.kind()
    return None


def refers_back(low: str) -> bool:
    low = low.strip(" ,.?!")
    return any(pattern.fullmatch(low) for pattern in (_IT, _ORDINAL, _MANY, _THE_ONE))


_THE_ONE = re.compile(r"(?:the|that) one (?:from|about|with|at|on|in|by|to|of)\b.+")


def strip_article(text: str) -> str:
    return _ARTICLE.sub("", text.strip(" ,.?!"), count=1)


@dataclass(frozen=True, slots=True)
class Target:
    """Ids, or one description in the user's words, or a question back."""

    refs: tuple[str, ...] = ()
    ask: str = ""
    candidates: tuple[dict[str, str], ...] = ()

    def asking(self, call: Call, slot: str) -> Ask:
        return Ask(self.ask, Question(call, slot, self.candidates))


_WHICH = {
    "event": "Which event do you mean?",
    "task": "Which task do you mean?",
    "message": "Which message do you mean?",
}


def target(text: str, kind: str, quotes: Quotes, scene: Scene) -> Target:
    """What a reference to a thing of this kind means."""
    low = lower(text).strip(" ,.?!")
    if not low:
        return Target(ask=_WHICH[kind])
    shown = scene.memory.shown(kind)
    if many := _MANY.fullmatch(low):
        things = _several(many, shown)
        if things:
            return Target(tuple(thing.id for thing in things))
        focus = scene.memory.focus(kind)
        return Target((focus.id,)) if focus else Target(ask=_WHICH[kind])
    if _IT.fullmatch(low):
        if kind == "event" and scene.event:
            return Target((scene.event,))
        focus = scene.memory.focus(kind)
        if focus:
            return Target((focus.id,))
        if not shown and re.match(r"(?:the|my) (?!one\b|thing\b)", low):
            return Target((strip_article(low),))  # the tool lists what there is
        return which_of(shown, kind, scene)
    found = _ORDINAL.fullmatch(low)
    if found and shown and not (kind == "event" and re.fullmatch(r"\d{1,2}", low) and not 0 < int(low) <= len(shown)):
        index = nth(found["nth"], len(shown))
        if index is not None:
            return Target((shown[index].id,))
        return Target(ask=f"I showed only {len(shown)}. {_WHICH[kind]}")
    if found and re.search(r"\b(?:one|item|entry|option)$|^(?:number|#)", low):
        return Target(ask=_WHICH[kind])
    if re.match(r"(?:the )?one\b|(?:that|the) one\b", low) and shown:
        at = pick(text, [label(thing, scene) for thing in shown], scene)
        if at is not None:
            return Target((shown[at].id,))
    if low in ("something", "anything", "stuff", "thing", "things", "one", "someone", "everything in the world"):
        return Target(ask=_WHICH[kind])
    if kind == "event":
        text = _PART_OF_DAY.sub(r"\g<what> this \g<part>", text)
    return Target((quotes.put_back(strip_article(text)),))


_PART_OF_DAY = re.compile(r"^(?:(?:the|my|our)\s+)?(?P<part>morning|afternoon|evening)\s+(?P<what>\w+)$", re.I)


def which_of(things: Sequence[Thing], kind: str, scene: Scene) -> Target:
    """Ask which of these is meant."""
    if not things:
        return Target(ask=_WHICH[kind])
    candidates = tuple({"id": thing.id, "label": label(thing, scene)} for thing in things[:8])
    lines = "\n".join(f"{index}. {each['label']}" for index, each in enumerate(candidates, 1))
    return Target(ask=f"{_WHICH[kind]}\n{lines}", candidates=candidates)


def label(thing: Thing, scene: Scene) -> str:
    if thing.kind == "event":
        return event_line(thing.item, scene.zone, scene.now.date())
    if thing.kind == "task":
        return task_line(thing.item, scene)
    return message_line(thing.item, scene)


def nth(word: str, length: int) -> int | None:
    """The index that "second", "2nd", "2" or "last" means in a list of this length."""
    word = re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "", word)
    if word in ("last", "bottom", "final", "latest"):
        index = length - 1
    elif word == "top":
        index = 0
    elif word == "other":
        index = 1 if length == 2 else -1
    elif word.isdigit():
        index = int(word) - 1
    else:
        index = _NTH.get(word, _NUMBERS.get(word, 0) - 1)
    return index if 0 <= index < length else None


def _several(found: re.Match[str], shown: Sequence[Thing]) -> Sequence[Thing]:
    if found["all"]:
        return shown
    number = _NUMBERS.get(found["n"], int(found["n"]) if found["n"].isdigit() else 0)
    if number < 2:
        return []
    return shown[:number] if found["edge"] in ("first", "top") else shown[-number:]


_EMPTY = frozenset(
    [
        "the",
        "a",
        "an",
        "my",
        "our",
        "one",
        "at",
        "on",
        "in",
        "with",
        "for",
        "of",
        "from",
        "to",
        "about",
        "it",
        "is",
        "i",
        "mean",
        "meant",
        "think",
        "please",
        "that",
        "this",
        "event",
        "meeting",
        "task",
        "mail",
        "email",
        "message",
        "and",
        "yes",
        "no",
        "sorry",
    ]
)


def pick(text: str, labels: Sequence[str], scene: Scene) -> int | None:
    """Which of the labels an answer means: "the first", "2", "the 3 PM one", "Ana Silva", "the one on Friday"."""
    low = lower(text).strip(" ,.?!'\"")
    low = re.sub(r"^(?:i (?:mean|meant|think)|it's|that's|just|only|yes,?|no,?|please|ok,?|umm?,?)\s+", "", low)
    exact = [index for index, each in enumerate(labels) if lower(each) == low]
    if len(exact) == 1:
        return exact[0]
    if found := re.match(_ORDINAL.pattern + r"(?:,? please|,? of (?:them|these|those))?$", low):
        index = nth(found["nth"], len(labels))
        if index is not None:
            return index
    fits = [index for index, each in enumerate(labels) if _fits(text, low, lower(each), scene)]
    return fits[0] if len(fits) == 1 else None


def _fits(text: str, low: str, named: str, scene: Scene) -> bool:
    rest, some = low, False
    for each in find(text, scene.now, scene.zone):
        start = each.moment.start
        if each.moment.has_time:
            clock = f"{start.hour % 12 or 12}:{start.minute:02d}"
            short = f"{start.hour % 12 or 12} {'am' if start.hour < 12 else 'pm'}"
            if (
                not re.search(rf"(?<!\d)(?<!-|–){clock}", named)
                and short not in named
                and f"{start:%H:%M}" not in named
            ):
                return False
            some = True
        if each.moment.has_date and not each.moment.is_range:
            if not (re.search(rf"\b{start:%a}", named, re.I) and re.search(rf"\b{start.day}\b", named)):
                return False
            some = True
        rest = rest.replace(lower(each.text), " ")
    words = [word for word in re.findall(r"[\w@.'-]+", rest) if word not in _EMPTY]
    return (some or bool(words)) and all(re.search(rf"(?<!\w){re.escape(word.rstrip('.'))}", named) for word in words)
