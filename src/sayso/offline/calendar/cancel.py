# ruff: noqa: E501  one alternative of a pattern is one line
"""Cancelling events and deleting things whose kind shows in their name."""

import re

from sayso.offline.acts import Act, Ask, Call, Do, Json
from sayso.offline.calendar.ranges import each_in, on_one, stretch
from sayso.offline.reading.clauses import Clause, without_reason
from sayso.offline.reading.scopes import singular, take_scope
from sayso.offline.reading.slots import timed
from sayso.offline.reading.targets import EVENT_NOUN, kind_of, target
from sayso.offline.reading.words import Quotes, lower, sentence
from sayso.offline.scene import Scene

_CANCEL = re.compile(
    r"(?P<verb>cancel|scrub|skip|delete|remove|drop|scrap|call\s+off|get\s+rid\s+of|clear(?:\s+out)?|free\s+up|erase|kill|axe|ditch|bin|nix|take|wipe)\b\s*(?P<rest>.*)",
    re.I | re.S,
)
_QUIET = re.compile(
    r"[,;]?\s*(?:\b(?:and|but)\s+)?(?:\bwithout\s+(?:telling|notifying|informing|letting|an? (?:e?mail|notice|notification))\b.*|\b(?:don't|do not|no need to)\s+(?:tell|notify|inform|let|bother|e?mail)\b.*|\b(?:quietly|silently)\b)",
    re.I,
)
_TELL = re.compile(
    r"""[,;.]?\s*\b(?:and\s+|but\s+|then\s+)*(?:please\s+)?(?:(?:send|drop|write|give)\ (?:everyone|everybody|them|all(?:\ of\ them)?|(?:the\ )?(?:guests|others|attendees|people|team|group|invitees)|him|her)\ (?:an?\ |my\ )?(?:quick\ |short\ )?(?:note|e?mail|message|line|text|word|apologies|heads-up)(?:\ (?=that\b)|\ (?:saying|to\ say|explaining)|\b)
    |(?:let|have)\s+(?P<whom>everyone|everybody|them|all(?:\ of\ them)?|(?:the\ )?(?:guests|others|attendees|people|team|group|invitees)|him|her|(?-i:[A-Z])\w+)\s+know
    |(?:tell|notify|inform|e?mail|warn|message)\s+(?P<whom2>everyone|everybody|them|all(?:\ of\ them)?|(?:the\ )?(?:guests|others|attendees|people|team|group|invitees)|him|her|(?-i:[A-Z])\w+)|say|with\ (?:the\ |a\ )?(?:note|message|apologies)|because|since|as)(?P<note>\b.*)?$""",
    re.X | re.I | re.S,
)
_FROM_CALENDAR = re.compile(
    r"\s+(?:from|off|out\s+of|in|on)\s+(?:my|the|our)\s+(?:calendar|diary|agenda|schedule)$", re.I
)


def read_cancel(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    found = _CANCEL.fullmatch(clause.text)
    if found is None:
        return None
    verb = re.sub(r"\s+", " ", lower(found["verb"]))
    rest = without_reason(re.sub(r"\s+instead$", "", found["rest"].strip(), flags=re.I))
    extras, rest = _telling(rest, quotes)
    if (
        verb in ("take", "wipe", "clear", "clear out", "free up")
        and not (kind_of(rest, scene) == "event" or stretch(rest, scene))
        and not _FROM_CALENDAR.search(rest)
    ):
        return None
    kind = kind_of(rest, scene)
    if _FROM_CALENDAR.search(rest):
        kind, rest = "event", _FROM_CALENDAR.sub("", rest)
    if kind == "message" or (kind == "task" and not EVENT_NOUN.search(lower(rest))):
        return None
    if only := re.search(
        r",?\s*(?:but\s+)?(?:not|keep|leave)\s+(?:all\s+)?the\s+(?:others?|rest)(?:\s+\w+)?$", rest, re.I
    ):
        rest = rest[: only.start()]
    if several := stretch(rest, scene):
        return each_in(several, lambda event: on_one(event, "delete_calendar_event", **extras), scene)
    acts = [_one(part, extras, quotes, scene) for part in _parts(rest)]
    asks = [each for each in acts if isinstance(each, Ask)]
    if asks:
        return asks[0]
    return Do(tuple(call for each in acts if isinstance(each, Do) for call in each.calls))


def _telling(rest: str, quotes: Quotes) -> tuple[Json, str]:
    """What the guests are told, and the text without it."""
    if quiet := _QUIET.search(rest):
        return {"notify_guests": False}, rest[: quiet.start()]
    if told := _TELL.search(rest):
        note = _note(told["note"] or "", quotes)
        return {"notify_guests": True, **({"note": note} if note else {})}, rest[: told.start()]
    return {}, rest


def _parts(rest: str) -> list[str]:
    """ "the lunch and my 3pm" are two, "the meeting with Tom and Ana" is one."""
    return re.split(
        r"\s*(?:,|\band\b)\s*(?:also\s+)?(?=(?:the|my|our|today's|tomorrow's|\w+day's)\s)", rest, flags=re.I
    )


def _one(ref: str, extras: Json, quotes: Quotes, scene: Scene) -> Act:
    scope, ref = take_scope(ref)
    args: Json = {**({"scope": scope} if scope else {}), **extras}
    low = lower(ref).strip()
    vague = r"(?:an?|any|some)\s+\w+|(?:\w+\s+)?(?:meetings|events|appointments)|everything\b.*"
    if not low or (not scope and re.fullmatch(vague, low) and not timed(ref, scene.now, scene.zone).found):
        return target("", "event", quotes, scene).asking(Call("delete_calendar_event", args), "event")
    found = target(singular(ref) if scope in ("all", "following") else ref, "event", quotes, scene)
    if not found.refs:
        return found.asking(Call("delete_calendar_event", args), "event")
    if len(found.refs) == 1:
        scene.event = found.refs[0]
    return Do(tuple(Call("delete_calendar_event", {"event": each, **args}) for each in found.refs))


def _note(text: str, quotes: Quotes) -> str:
    text = re.sub(r"^[\s,:]*(?:that\s+|why[\s:,]+)?(?:about it|of it|i'm sorry but)?\s*", "", text, flags=re.I).strip(
        " ."
    )
    if not text or re.fullmatch(
        r"(?:it's|it is|this is|that it's|that it is)?\s*(?:cancelled|canceled|off)?", text, re.I
    ):
        return ""
    return sentence(quotes.put_back(text))
