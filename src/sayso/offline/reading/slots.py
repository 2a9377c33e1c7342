# ruff: noqa: E501  one alternative of a pattern is one line
"""Parts of a sentence that mean the same in every request: times, durations, people, places, what is quoted."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from sayso.english import dates
from sayso.english.dates import Found
from sayso.offline.reading.words import lower

_NUMBER = r"(?:\d+(?:[.,]\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty(?:[- ]five)?|sixty|ninety|(?:an?\s+)?half(?:\s+an?)?|a couple of|a few|a quarter of an|three quarters of an)"
_UNIT = r"(?:hours?|hrs?|h|minutes?|mins?|m|min)"
DURATION = rf"{_NUMBER}[\s-]*(?:and a half[\s-]*)?{_UNIT}(?:\s*(?:and\s+)?(?:a half|a quarter|{_NUMBER}[\s-]*(?:minutes?|mins?|m)))?(?:\s+long)?\b(?!\s+(?:from now|ago|later|earlier|before|late|early))"


@cache
def _duration() -> re.Pattern[str]:
    return re.compile(
        rf"\b(?P<prep>for\s+(?:about\s+|around\s+)?|lasting\s+|(?:,\s*)?(?:(?:and|which|that)\s+)?(?:it\s+|it'll\s+|it\s+will\s+|should\s+)?(?:takes?|taking|lasts?|last|runs?)\s+(?:for\s+)?(?:about\s+|around\s+)?|\(\s*)?(?P<what>{DURATION})\)?(?:\s+of\b)?",
        re.I,
    )


def duration_in(text: str) -> tuple[int | None, str]:
    """Minutes of a duration in `text` ("for 90 minutes", "two hours"), and the text without it. "in 2 hours" is none."""
    for found in _duration().finditer(text):
        before = lower(text[: found.start()]).rstrip()
        if not found["prep"] and re.search(r"\b(?:in|within|by|after|every|next|last|past|another|until|at)$", before):
            continue
        minutes = minutes_of(found["what"])
        if minutes:
            return minutes, join(text[: found.start()], text[found.end() :])
    return None, text


def minutes_of(text: str) -> int | None:
    """Minutes of a duration in words, or None."""
    words = re.sub(r"\s+long$", "", lower(text).strip()).replace("-", " ")
    try:
        length = dates.parse_duration(words)
    except dates.DateError:
        return None
    return round(length.total_seconds() / 60) if length else None


def join(left: str, right: str) -> str:
    """Two pieces of a sentence around something taken out."""
    return re.sub(r"\s+([,.;:!?])", r"\1", f"{left.rstrip()} {right.lstrip()}".strip())


@dataclass(frozen=True, slots=True)
class Timed:
    """A text without its times. `when` joins their words; `rule` is the repetition in words; `found` all of it."""

    rest: str
    when: str
    found: tuple[Found, ...] = ()

    @property
    def recurrence(self) -> str:
        return next((each.moment.recurrence for each in self.found if each.moment.recurrence), "")

    @property
    def has_time(self) -> bool:
        return any(each.moment.has_time for each in self.found)

    @property
    def has_date(self) -> bool:
        return any(each.moment.has_date for each in self.found)


@lru_cache(maxsize=512)  # several readers ask about the same words
def find(text: str, now: datetime, zone: ZoneInfo, past: bool = False) -> tuple[Found, ...]:
    """Times in `text`, in its order."""
    return tuple(sorted(dates.find(text, now, zone, past=past), key=lambda each: each.start))


_EDGE = re.compile(
    r"(?:^|\s)(?:on|at|for|from|by|due|in|starting|beginning|until|till|around|about|,|-|of|and|scheduled for)\s*$",
    re.I,
)


def timed(text: str, now: datetime, zone: ZoneInfo, past: bool = False) -> Timed:
    """Take the times out of `text`, each with the preposition before it."""
    found = find(text, now, zone, past)
    rest, at = "", 0
    for each in found:
        piece = text[at : each.start]
        rest = join(rest, _EDGE.sub("", piece))
        at = each.end
    rest = join(rest, text[at:])
    when = " ".join(re.sub(r"^(?:on|due|for|of)\s+", "", each.text.strip(), flags=re.I) for each in found)
    return Timed(clean(rest), when, found)


def clean(text: str) -> str:
    """Without stray punctuation and prepositions at the ends."""
    text = re.sub(r"\s+", " ", text).strip(" ,;:.-?!")
    text = re.sub(r"\s*,\s*(?=,|$)", "", text)
    return re.sub(r"(?:\s+|^)(?:on|at|for|from|by|due|in|to|the|of|and|starting|with)$", "", text, flags=re.I).strip(
        " ,;:-"
    )


_NAME = r"(?-i:(?:(?:Dr|Mr|Mrs|Ms|Prof)\.?\s+)?(?!I\b|I')[A-Z\u00c0-\u00de][\w'\u00c0-\u024f-]*(?:\s+(?:(?:van|von|de|da|di|la|le|al|bin|del)\s+)*(?!I\b|I')[A-Z\u00c0-\u00de][\w'\u00c0-\u024f-]*)*)"
_MAIL = r"[^\s<>@,;:\"()]+@[^\s<>@,;:\"()]+\.\w[\w-]*"
_LOWNAME = r"(?-i:(?!(?:the|my|our|a|an|his|her|their|some|all|every|everyone|everybody|no|each|this|that|it|them|him|us|me|two|three|people|friends|colleagues|family|work|regard|respect|about|to|if|say|saying|and|for|on|at|in|mail|email|message|note|line)\b)[a-z\u00df-\u024f][\w'-]+)"
_ROLE = r"(?:(?:my|the)\s+(?!calendar|list|inbox|tasks?|mail|email|e-mail|message|team|group|guests|others|attendees|people|participants|organi[sz]er|day|week|whole|entire|rest|latest|last|first|newsletter|draft|invoice|thread|truth|time)[a-z]+)"
_PRONOUN = r"(?:him|her|them|she|he|they)\b"
_NOT_NAMES = frozenset(
    [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "today",
        "tomorrow",
        "i",
        "i'm",
        "i'll",
        "i've",
        "i'd",
        "zoom",
        "teams",
        "meet",
        "skype",
        "room",
        "the",
        "a",
        "an",
        "my",
        "christmas",
        "easter",
    ]
)


def people_pattern(lowercase: bool = True) -> str:
    one = rf"(?:{_MAIL}|{_NAME}|{_PRONOUN}" + (rf"|{_ROLE}|{_LOWNAME})" if lowercase else ")")
    return rf"{one}(?:\s*(?:,\s*and\s+|,|\band\b|&|\+|\bplus\b)\s*{one})*"


def split_people(text: str) -> list[str]:
    """The people of "Ana, Tom and Priya Nair"."""
    parts = re.split(r"\s*(?:,\s*and\s+|,\s*|\s+and\s+|\s*&\s*|\s*\+\s*|\s+plus\s+)\s*", text.strip(" ,.?!"))
    return [part.strip() for part in parts if part.strip()]


def is_address(text: str) -> bool:
    return re.fullmatch(_MAIL, text) is not None


def is_name(text: str) -> bool:
    """Whether this is written like a person's name or address."""
    if is_address(text):
        return True
    return bool(re.fullmatch(_NAME, text)) and lower(text.split()[0]) not in _NOT_NAMES


def as_person(text: str, known: str | None) -> str | None:
    """A name as written; a pronoun means the person spoken of last; None when there is none."""
    text = re.sub(r"'s?$", "", text.strip(" ,.?!"))
    if re.match(r"(?:my|the)\s+[a-z]", text):
        return text
    return (
        known
        if re.fullmatch(_PRONOUN, text, re.I)
        else text
        if (text and not text.islower()) or "@" in text
        else text.title()
        if text
        else None
    )


def guests_in(text: str, known: str | None) -> tuple[list[str], str]:
    """People after "with" and the text without them; "with the team" and "with my sister" stay in the text."""
    found = re.search(
        rf"\b(?:with|w/|and invite|inviting|together with|between\s+(?:me|us|myself)\s+and)\s+({people_pattern(False)})(?=\s|[,.;:?!]|$)",
        text,
    )
    if found is None:
        found = re.search(
            rf"\b(?:with|w/|and invite|inviting)\s+((?:{_LOWNAME}|{_NAME})(?:\s*(?:,|\band\b|&)\s*(?:{_LOWNAME}|{_NAME}))*)(?=\s*(?:[,.;:?!@]|$|\b(?:at|in|on|about|for|to|re|called|from)\b))",
            text,
        )
    if found is None:
        return [], text
    people = [
        who for part in split_people(found[1]) if (who := as_person(part, known)) and lower(who) not in _NOT_NAMES
    ]
    return people, join(text[: found.start()], text[found.end() :]) if people else text


_PLACE_IN = r"(?:in|@)\s+(?=(?:the\s+)?(?:room|office|meeting room|conference|board|café|cafe|lobby|kitchen|library|park|hall|building|[A-Z\ue000-\ue0ff]))"
_PLACE = re.compile(
    rf"(?:^|[\s,])(?:(?:over\s+)?at\s+(?!\d|noon|midnight|least|once|all|lunch|breakfast|dinner|home\s+alone)|{_PLACE_IN})(?P<where>[^,;]+?)(?=\s+(?:with|about|for|called|titled|named|to discuss)\b|[,;?!]|\.(?!\d)|$)"
)


def place_in(text: str) -> tuple[str, str]:
    """Where something is ("at Luigi's", "in Room 4"), and the text without it."""
    found = next(iter(reversed(list(_PLACE.finditer(text)))), None)
    if found is None:
        labelled = re.search(r"\b(?:location|place|where|venue)\s*:?\s+(?:is\s+)?(.+)$", text, re.I)
        return (clean(labelled[1]), text[: labelled.start()]) if labelled else ("", text)
    where = re.sub(r"^the\s+(?=[A-Z])", "", found["where"].strip())
    return where.strip(" ."), join(text[: found.start()], text[found.end() :])


def bare(when: str) -> str:
    return re.sub(r"^(?:to|at|on|until|till|for|from)\s+(?=\S)", "", when.strip(), flags=re.I)


def bare_hour(text: str) -> str:
    """ "4" or "half 4" alone, where a time must stand."""
    found = re.fullmatch(r"\s*(?:at\s+)?((?:half\s+)?\d{1,2}(?:[:.]\d\d)?)\s*", text)
    return found[1].strip() if found and int(re.findall(r"\d+", found[1])[0]) <= 24 else ""
