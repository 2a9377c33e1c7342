"""The vocabulary of dates and the tokens that a text is cut into."""

import re
from functools import cache
from typing import NamedTuple


def listed(words: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(words.split())


def _counted(words: str, start: int) -> dict[str, int]:
    return {word: number for number, word in enumerate(words.split(), start=start)}


WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mon",
            "tuesday tues tue tuseday tuesay",
            "wednesday weds wed wednsday wendesday wednesay wedensday",
            "thursday thurs thur thu thrusday thursay",
            "friday fri firday",
            "saturday sat saterday",
            "sunday sun",
        )
    )
    for name in names.split()
}
"""Name to number, Monday is 0."""
WEAK_WEEKDAYS = frozenset({"mon", "wed", "sat", "sun", "thu"})
"""Abbreviations that are also words: they need a neighbour."""
PLURAL_WEEKDAYS = {name + "s": number for name, number in WEEKDAYS.items() if name.endswith("day")}

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb febuary",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}

NUMBERS = _counted(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
    start=0,
)
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
ORDINALS = _counted(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth",
    start=1,
) | {"thirtieth": 30}

UNITS = {
    name: unit
    for unit, names in {
        "second": "seconds second secs sec",
        "minute": "minutes minute mins min minuts m",
        "hour": "hours hour hrs hr h",
        "day": "days day d",
        "week": "weeks week wks wk w",
        "fortnight": "fortnights fortnight",
        "month": "months month",
        "quarter": "quarters quarter",
        "year": "years year yrs yr",
        "decade": "decades decade",
        "century": "centuries century",
        "millennium": "millennia millennium",
    }.items()
    for name in names.split()
}

PARTS = {
    "morning": (8, 12),
    "afternoon": (13, 18),
    "evening": (18, 22),
    "night": (20, 24),
    "breakfast": (8, 9),
    "lunch": (12, 13),
    "dinner": (19, 21),
}
"""Hours of the parts of the day."""
PART_WORDS = {name: name for name in PARTS} | {
    "mornings": "morning",
    "afternoons": "afternoon",
    "evenings": "evening",
    "nights": "night",
    "lunchtime": "lunch",
    "dinnertime": "dinner",
    "supper": "dinner",
    "teatime": "afternoon",
    "breakfasttime": "breakfast",
}
MEALS = frozenset({"breakfast", "lunch", "dinner", "supper"})

TODAY_WORDS = {
    "today": 0,
    "tomorrow": 1,
    "tomorow": 1,
    "tommorow": 1,
    "tommorrow": 1,
    "tmrw": 1,
    "tmr": 1,
    "tmw": 1,
    "2moro": 1,
    "yesterday": -1,
}
POSSESSIVE = frozenset(
    {*WEEKDAYS, *MONTHS, *TODAY_WORDS, "tonight", "week", "month", "year", "weekend", "quarter", *PART_WORDS}
)


class Token(NamedTuple):
    kind: str
    """link, iso, ymd, dots, dashes, slash, clock, ordinal, number, meridiem, word or mark."""
    text: str
    """In lower case; a possessive of a day is the day."""
    raw: str
    start: int
    end: int


_PLAIN = {code: chr(code + 32) for code in range(ord("A"), ord("Z") + 1)}
_PLAIN |= dict.fromkeys(map(ord, "\u2019\u2018\u02bc\u00b4`"), "'")
_PLAIN |= dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")
_PLAIN |= dict.fromkeys(map(ord, "\u00a0\u2009\u202f\u2002\u2003\u200a\t"), " ")


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(
        r"""
          (?P<link>[a-z][a-z0-9+.-]{1,15}://\S+|[\w.+-]{1,64}@[\w.-]+)
        | (?P<iso>(?:[0-9]{4}-[0-9]{2}-[0-9]{2}[t ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,6})?)?
              |[0-9]{8}t[0-9]{6})(?:z|[+-][0-9]{2}:?[0-9]{2})?(?!\w))
        | (?P<ymd>(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2})(?!\w))
        | (?P<dots>[0-9]{1,2}\.[0-9]{1,2}\.(?:[0-9]{4}|[0-9]{2})?(?!\w))
        | (?P<dashes>[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}(?!\w))
        | (?P<slash>[0-9]{1,2}/[0-9]{1,2}(?:/[0-9]{4}|/[0-9]{2})?(?![\w/]))
        | (?P<clock>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?![0-9:]))
        | (?P<ordinal>[0-9]{1,4}(?:st|nd|rd|th)(?!\w))
        | (?P<number>[0-9]+(?:\.[0-9]+)?)
        | (?P<meridiem>[ap]\.\ ?m\b\.?|[ap]m(?!\w))
        | (?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)
        | (?P<mark>\S)
        """,
        re.VERBOSE,
    )


def tokens(text: str) -> list[Token]:
    """Cut a text into tokens, keeping the offsets of its characters."""
    found = []
    for match in _pattern().finditer(text.translate(_PLAIN)):
        word, start, end = match.group(), match.start(), match.end()
        if word.endswith("'s") and word[:-2] in POSSESSIVE:
            word = word[:-2]
        word = "at" if word == "@" else word
        found.append(Token(match.lastgroup or "mark", word, text[start:end], start, end))
    return found
