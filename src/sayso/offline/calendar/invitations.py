# ruff: noqa: E501  one alternative of a pattern is one line
"""Invitations: which wait for an answer, and the answers."""

import re
from collections.abc import Callable, Sequence
from datetime import timedelta

from sayso.offline import answers
from sayso.offline.acts import Act, Ask, Call, Do, Json, Look, Question, Say
from sayso.offline.calendar.free import bare_time, said_time
from sayso.offline.calendar.lookup import all_events, by_week, listing_calls
from sayso.offline.calendar.ranges import on_one, stretch
from sayso.offline.calendar.topic import told
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.scopes import take_scope
from sayso.offline.reading.slots import is_name, timed
from sayso.offline.reading.targets import kind_of, target
from sayso.offline.reading.words import Quotes, lower, sentence
from sayso.offline.saying.lines import event_line
from sayso.offline.saying.say import person_name
from sayso.offline.scene import Scene

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
        re.compile(
            r"(?:i|we)(?P<can>\s+can't|\s+cannot|\s+can not|\s+won't|'m not able to|'m unable to)\s+(?:be able to\s+)?(?:make(?:\s+it\s+to)?|attend|come\s+to|go\s+to|do)\s+(?P<ref>(?!it\b|that\b|this\b|the\b|my\b|our\b)[\w-]+(?:\s+\w+)?\s+(?:today|tomorrow|tonight|this\s+\w+|next\s+\w+|on\s+\w+day))",
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
_SHORT = re.compile(rf"(?:say|answer|reply|respond|rsvp)\s+(?:with\s+)?(?:an?\s+)?{_ANSWER}", re.I)
_DECLINED = re.compile(
    r"\b(?:no|decline|declined|reject|turn down|refuse|pass on|skip|can't|cannot|can not|won't|will not|not)\b|unable|out for"
)
_TENTATIVE = re.compile(r"\b(?:maybe|perhaps|tentative|tentatively|might|may)\b")
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
    focus = scene.memory.focus("event") if scene.memory.kind() == "event" else None
    if (short := _SHORT.fullmatch(clause.text)) and focus and focus.item.get("organizer"):
        return _respond(lower(short["answer"]), "it", quotes, scene)
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
        if _TENTATIVE.search(head) and "not" not in head.split()
        else "declined"
        if _DECLINED.search(head)
        else "accepted"
    }
    if why := re.search(
        r"\s*[,;-]\s*(?P<why>(?:i'm|i am|i'll|i have|i've|we|we're|sorry|unfortunately|as i)\b.+)$", ref, re.I
    ):
        args["note"], ref = sentence(quotes.put_back(why["why"])), ref[: why.start()]
    elif found := _NOTE.search(ref):
        args["note"] = sentence(quotes.put_back(found["note"] or found["note2"] or found["why"]))
        ref = ref[: found.start()]
    if (found := _INVITES.fullmatch(ref)) and not (found["one"] and scene.memory.focus("event")):
        free = timed(found["rest"], scene.now, scene.zone)
        who = re.sub(r"^(?:from|by|of|for)\s+|\b(?:waiting|pending)\b", "", free.rest.strip(), flags=re.I).strip()
        return _answer_waiting(who, bare_time(free.when), found["one"] is not None, args, scene)
    if (several := stretch(ref, scene)) and not several.words and not several.hours:
        return _answer_waiting("", bare_time(several.when), False, args, scene)
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


_INVITES = re.compile(
    r"""(?:(?:all|every|each|any|both)\ (?:of\ )?)?(?:(?:my|the|our|these|those|this|that|open|pending|outstanding|unanswered|new|waiting|other|remaining)\ )*(?:calendar\ |meeting\ )?
    (?:(?P<many>invitations|invites|requests)|(?P<one>invitation|invite))(?P<rest>(?:\ (?:from|by|for|on|in|this|next|today|tomorrow|of|waiting|pending)\b.*)?)""",
    re.X | re.I,
)
AHEAD = 6
"""Weeks in which invitations are looked for."""


def _ahead(scene: Scene) -> tuple[Call, ...]:
    today = scene.now.date()
    return by_week(today, today + timedelta(weeks=AHEAD))


def _answer_waiting(who: str, when: str, one: bool, args: Json, scene: Scene) -> Act:
    """Answer all invitations that wait, or those of a person or a time; whoever declines takes back a yes as well.
    `one`: there must be only one."""
    declining = args["response"] == "declined" and bool(when or who)

    def meant(event: Json) -> bool:
        open_answers = ("needs_action", "tentative", "accepted") if declining else ("needs_action",)
        return event.get("my_response") in open_answers and _from(event, who)

    def then(results: Sequence[Json]) -> Act:
        events = _invited(results, meant)
        if not events and one and who:  # not new, perhaps
            return Do((Call("respond_to_invitation", {"event": who, **args}),))
        if not events:
            whose = f" from {who}" if who else ""
            own = " Your own events can be cancelled instead." if when and declining else ""
            return Say(
                f"No invitation{whose}{f' {said_time(when, scene)}' if when else ''} waits for your answer.{own}"
            )
        if one and len(events) > 1:
            lines = [event_line(each, scene.zone, scene.now.date()) for each in events]
            labels = tuple({"id": str(each["id"]), "label": line} for each, line in zip(events, lines, strict=True))
            question = Question(Call("respond_to_invitation", args), "event", labels)
            return Ask(f"Which invitation do you mean?\n{answers.event_lines(events, scene, dated=True)}", question)
        calls = tuple(_answered(each, args, bool(when)) for each in events)
        listed = answers.event_lines(events, scene, dated=True)
        return Do(calls, f"That is {answers.count(len(events), 'invitation')}:\n{listed}")

    return Look(listing_calls(when, scene) if when else _ahead(scene), then)


def _answered(event: Json, args: Json, only: bool) -> Call:
    """The answer to a series is for all of it, unless a day was named."""
    if event.get("series_id") and not only:
        return Call("respond_to_invitation", {"event": event["id"], "scope": "all", **args})
    return on_one(event, "respond_to_invitation", **args)


def _from(event: Json, who: str) -> bool:
    host = event.get("organizer")
    return bool(host) and all(word in lower(person_name(host)) for word in lower(who).split())


def _invited(results: Sequence[Json], meant: Callable[[Json], bool]) -> list[Json]:
    """The events that are meant, of a series the first."""
    found: dict[str, Json] = {}
    for event in all_events(results):
        if meant(event):
            found.setdefault(str(event.get("series_id") or event.get("id")), event)
    return list(found.values())


_WAITING = re.compile(
    r"""(?:.*\b)?(?:(?:any|open|pending|new|unanswered|my|the|what|which|many|calendar|meeting)\ )+invit(?:ation|e)s\b.*
    |.*\binvit(?:ation|e)s?\ (?:are\ |is\ )?(?:waiting|pending|unanswered|open)\b.*""",
    re.X,
)


def waiting(clause: Clause, scene: Scene) -> Act | None:
    """The invitations of the next weeks, or of the time that is named, that are not answered yet."""
    if not _WAITING.fullmatch(clause.low):
        return None
    when = bare_time(timed(clause.text, scene.now, scene.zone).when)

    def then(results: Sequence[Json]) -> Act:
        events = _invited(results, lambda each: bool(each.get("organizer")) and each["my_response"] == "needs_action")
        if not events:
            return Say(f"No invitation{f' {said_time(when, scene)}' if when else ''} waits for your answer.")
        if len(events) > 1:
            return Say(f"These invitations wait for your answer:\n{answers.event_lines(events, scene, dated=True)}")
        told_when = answers.when_is({**events[0], "organizer": None}, scene)
        return told(events[0], f"{person_name(events[0]['organizer'])} has invited you: {told_when}")

    return Look(listing_calls(when, scene) if when else _ahead(scene), then)
