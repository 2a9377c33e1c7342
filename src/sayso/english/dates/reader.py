"""What the parts of the grammar share: the tokens of a text, and when and where it was said."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, tzinfo
from functools import cache

from sayso.english.dates.words import MONTHS, NUMBERS, ORDINALS, PART_WORDS, TENS, TODAY_WORDS, WEEKDAYS, Token, listed

_FOLLOWERS = listed(
    "with for at on in and or but to from if so then because please about by until till the my a an instead "
    "is are was were that this which when where we i i'm i'll you he she they it let let's can could would "
    "will should as via over after before thanks thank ok okay too also not only sharp every each of her his "
    "our me us him them works next last regarding re called titled named entitled any tell invite add remind "
    "book make move cancel call do does did has have per sharp starting beginning ending onwards or unless "
    "since while during around exactly there here now again today tonight daily weekly monthly yearly "
    "weekdays ish both what what's how who why anyone everyone someone"
)
_COUNTED = listed(
    "people percent men women children degrees usd eur gbp euro dollar million thousand hundred billion k km "
    "kg mm cm mph per times x of more other others"
)
_OCCASIONS = dict.fromkeys(listed("dinner supper drinks cocktails concert theatre theater"), "dinner") | {
    "breakfast": "breakfast"
}
MOVES = listed("move moved moving shift push reschedule rescheduled change bring postpone delay")
PLANS = listed("schedule scheduled set arrange plan planned")
_STREETS = listed("street st road rd avenue ave lane drive square blvd boulevard place way court")


@cache
def _parts(phrase: str) -> list[str]:
    return phrase.split()


@dataclass(frozen=True, slots=True)
class Reader:
    tokens: list[Token]
    now: datetime
    """In the user's zone."""
    zone: tzinfo
    anchor: datetime | None = None
    past: bool = False
    whole: bool = True
    """The whole text is known to be a date: weak forms ("3", "sat", "morning") count."""
    reference: date = date.min
    """Bare weekdays and days of the month come after this day."""
    home: tzinfo = UTC
    """Where the user is: "my time"."""
    problems: list[str] = field(default_factory=list)

    @property
    def today(self) -> date:
        return self.now.date()

    def after(self, reference: date) -> "Reader":
        """The same text, read forward from a day."""
        return replace(self, reference=reference, past=False, anchor=None)

    def kind(self, i: int) -> str:
        return self.tokens[i].kind if 0 <= i < len(self.tokens) else ""

    def word(self, i: int) -> str:
        """The token in lower case, or nothing beyond the ends."""
        return self.tokens[i].text if 0 <= i < len(self.tokens) else ""

    def raw(self, i: int) -> str:
        """The token as it was written."""
        return self.tokens[i].raw if 0 <= i < len(self.tokens) else ""

    def glued(self, i: int) -> bool:
        """No space before this token."""
        return 0 < i < len(self.tokens) and self.tokens[i].start == self.tokens[i - 1].end

    def capital(self, i: int) -> bool:
        return 0 <= i < len(self.tokens) and self.tokens[i].raw[:1].isupper()

    def skip(self, i: int, *words: str) -> int:
        """The place behind these words, in this order, each of them optional."""
        for word in words:
            if self.word(i) == word:
                i += 1
        return i

    def phrase(self, i: int, phrase: str) -> int:
        """The place behind exactly these words, or 0."""
        first, *others = _parts(phrase)
        if self.word(i) != first or any(self.word(i + n) != part for n, part in enumerate(others, start=1)):
            return 0
        return i + 1 + len(others)

    def number(self, i: int) -> tuple[float, int] | None:
        """12, 2.5, twelve, twenty-five."""
        token = self.word(i)
        if self.kind(i) == "number":
            return (float(token), i + 1) if len(token) < 10 else None
        if token in NUMBERS:
            return NUMBERS[token], i + 1
        if token in TENS:
            j = self.skip(i + 1, "-")
            ones = NUMBERS.get(self.word(j), 0)
            return (TENS[token] + ones, j + 1) if 1 <= ones <= 9 else (TENS[token], i + 1)
        return None

    def ordinal(self, i: int) -> tuple[int, int] | None:
        """10th, tenth, twenty-first."""
        token = self.word(i)
        if self.kind(i) == "ordinal":
            return int(token[:-2]), i + 1
        if token in ORDINALS:
            return ORDINALS[token], i + 1
        if token in TENS:
            j = self.skip(i + 1, "-")
            ones = ORDINALS.get(self.word(j), 0)
            return (TENS[token] + ones, j + 1) if 1 <= ones <= 9 else None
        return None

    def said_before(self, i: int, words: frozenset[str]) -> bool:
        """One of these words stands in the few before this place."""
        return any(self.word(k) in words for k in range(max(0, i - 12), i))

    def meal(self, i: int) -> str:
        """The part of the day that an occasion named near here belongs to: "dinner", "breakfast" or nothing."""
        for k in range(max(0, i - 8), i + 8):
            if self.word(k) in _OCCASIONS:
                return _OCCASIONS[self.word(k)]
        return ""

    def open(self, i: int) -> bool:
        """Nothing here that a number or an ordinal before it could count or qualify."""
        token, kind = self.word(i), self.kind(i)
        if self.whole or not token:
            return True
        if kind == "mark":
            if token in ",.!?;)]\"'":
                return not (token == "." and self.glued(i) and self.kind(i + 1) == "number" and self.glued(i + 1))
            return token in "(-" and not self.glued(i)
        if kind != "word":
            return False
        return (
            token in _FOLLOWERS or token in WEEKDAYS or token in TODAY_WORDS or token in PART_WORDS or token in MONTHS
        )

    def uncounted(self, i: int) -> bool:
        """A weaker `open`, for "at 3": also before words that are hardly counted."""
        token = self.word(i)
        if self.open(i):
            return True
        if self.kind(i) != "word" or token in _COUNTED or (token.endswith("s") and len(token) > 3):
            return False
        return not (self.capital(i) and self.word(i + 1) in _STREETS)
