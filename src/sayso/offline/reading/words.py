# ruff: noqa: E501  one alternative of a pattern is one line
"""From what was typed to words the grammar can read: quotation marks, typos, courtesies.

A quotation is held back as one private-use character, so that nothing inside it is taken for a command, a name or a
time; `Quotes.put_back` restores it.
"""

import re
import unicodedata
from dataclasses import dataclass, field

from sayso.offline.reading.spelling import mend

_FIRST_MARK = 0xE000
MARK = r"[\ue000-\ue0ff]"
_QUOTED = re.compile(r"\"([^\"]{1,2000})\"|(?<![\w'])'((?:[^']|'(?=\w)){1,400})'(?!\w)|`([^`]{1,400})`")
_STRAIGHT = str.maketrans(
    {
        "\u2019": "'",
        "\u2018": "'",
        "\u02bc": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u2013": "-",
        "\u2014": " - ",
        "\u2026": " ",
        "\u00a0": " ",
    }
)


@dataclass(slots=True)
class Quotes:
    """What stood in quotation marks, by its mark."""

    held: list[str] = field(default_factory=list)

    def hold(self, inner: str) -> str:
        if len(self.held) > 200:
            return inner
        self.held.append(inner)
        return chr(_FIRST_MARK + len(self.held) - 1)

    def put_back(self, text: str, marks: str = "") -> str:
        """Restore quotations, between `marks` if given (\"'\" or '\"')."""
        return re.sub(MARK, lambda m: f"{marks}{self._inner(m.group())}{marks}", text)

    def _inner(self, mark: str) -> str:
        at = ord(mark) - _FIRST_MARK
        return self.held[at].strip() if at < len(self.held) else ""

    def first(self, text: str) -> str | None:
        """The first quotation in `text`, if there is one."""
        found = re.search(MARK, text)
        return self._inner(found.group()) if found else None


def lower(text: str) -> str:
    """Lower case, letter for letter: positions stay what they are."""
    return "".join(c if len(c.lower()) != 1 else c.lower() for c in text)


def tidy(text: str, quotes: Quotes) -> str:
    """One line of plain characters: straight quotes, quotations held back, common typos mended."""
    text = unicodedata.normalize("NFC", text).translate(_STRAIGHT)
    text = "".join(
        c
        for c in text
        if (not "\ue000" <= c <= "\uf8ff" and unicodedata.category(c) not in ("Cc", "Cf", "Cs")) or c in "\n\t"
    )
    text = _QUOTED.sub(lambda m: quotes.hold(next(g for g in m.groups() if g is not None)), text)
    text = re.sub(r"\b(what|who|where|when|how)'ve\b", r"\1 have", text, flags=re.I)
    text = re.sub(r"\s*\n+\s*", " \n ", text)
    text = re.sub(r"(?<=\d):(?=\s+[^\W\d])", ",", text)
    text = re.sub(r"[ \t\n]+", " ", re.sub(r"[^\s\w]*[\w'/-]+[^\s]*|\S+", _mend_match, text)).strip()
    for pattern, better in _REORDERED:
        text = pattern.sub(better, text)
    return text


_DAY = r"(?:the\s+\d{1,2}(?:st|nd|rd|th)(?:\s+(?:of\s+)?[A-Za-z]{3,9})?|\w+day|tomorrow|today|[A-Za-z]{3,9}\s+\d{1,2}(?:st|nd|rd|th)?|\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?[A-Za-z]{3,9})"
_FIND_OUT = r"\b(?:tell\s+me|check|see|find\s+out|let\s+me\s+know|look|show\s+me)\s+"
_REORDERED = (
    (re.compile(r"\bthe\s+rest\s+of\s+today\b", re.I), "the rest of the day"),
    (re.compile(_FIND_OUT + r"(?:if|whether)\s+(?:i|we)(?:\s+(?:do\s+)?have|'ve)\b(?:\s+got\b)?", re.I), "do I have"),
    (re.compile(_FIND_OUT + r"(?:if|whether)\s+i(?:'m|\s+am)\b", re.I), "am I"),
    (re.compile(_FIND_OUT + r"(?:if|whether)\s+(?:there's|there\s+is|there\s+are)\b", re.I), "is there"),
    (re.compile(r"^(?:(?:please|can\s+you|could\s+you|would\s+you)\s+)*(?:tell\s+me|show\s+me|let\s+me\s+know|find\s+out)\s+(which|how\s+many|(?:what|who)(?:'s|\s+is|\s+are)|when(?=\s+(?:the|my)\s.+\sdue\b))(?=\s)", re.I), r"\1"),
    (re.compile(r"\bbe\s+reminded\s+(?=(?:about|of|to)\b)", re.I), "remind me "),
    (re.compile(_FIND_OUT + r"(what|when|where|who)\s+i(?:'ve|\s+have)\s+got\b", re.I), r"\1 have I got"),
    (re.compile(_FIND_OUT + r"(what|when|where|who)\s+i\s+have\b", re.I), r"\1 do I have"),
    (re.compile(_FIND_OUT + r"(what|when|where|who)\s+i(?:'m|\s+am)\b", re.I), r"\1 am I"),
    (re.compile(r"^(?:(?:i|we)(?:'re|'m| are| am)?\s+(?:need|want|are\s+out\s+of|out\s+of|running\s+(?:low\s+on|out\s+of)|low\s+on)|there's\s+no)\s+(?:more\s+|some\s+)?([^,.]{2,40}?)(?:[,.]|\s+so|\s+and|\s+-)?\s+(?:can\s+you\s+|could\s+you\s+|please\s+)*(?:add|put|stick)\s+(?:it|that|some|them)\s+(?=(?:to|on|onto)\b)", re.I), r"add \1 "),
    (re.compile(r"^((?:please\s+|can\s+you\s+|could\s+you\s+)*block(?:\s+out|\s+off)?\s+[^,;.]{3,40}?)(?:\s+please)?(?:\s*[,;.-]\s*(?:as\s+|because\s+|since\s+)?|\s+(?:as|because|since)\s+)(?:i'm|i'll\s+be|we're|we'll\s+be|i\s+am|we\s+are)\s+(?:going\s+)?(?:(?:at|on|in|away\s+at)\s+(?:an?\s+|the\s+)?|(?=away\b|out\s+of\b|off\b|travell?ing\b))", re.I), r"\1 for "),
    (re.compile(r"^(?:please\s+)?(?:don't|do\s+not)\s+\w+\s+(.{2,40}?)\s*[,;.-]?\s*(?:but\s+)?(?:just|instead|rather)\s+(move|shift|push|postpone|reschedule|rename|shorten|archive)\s+(?:it|them|that)\s+", re.I), r"\2 \1 "),
    (re.compile(r"\bhow\s+(?:long|much\s+time)\s+(?:is\s+it\s+|do\s+i\s+have\s+)?(?:till?|until|before)\s+(?=my\s+next\b)", re.I), "when's "),
    (re.compile(r"\bwhat\s+time's\b", re.I), "what time is"),
    (re.compile(r"\b(?:from\s+)?(\w{3,6}day)\s+(?:to|until|till|through|-)\s+(\w{3,6}day)\s+(?:of\s+)?next\s+week\b", re.I), r"next week \1 to \2"),
    (re.compile(r"\bolder\s+than\s+(?=\S)", re.I), "before "),
    (re.compile(r"\bput\s+(.{2,60}?)\s+off\s+(until|till|to|by|for)\b", re.I), r"postpone \1 \2"),
    (re.compile(r"\b[A-Z][\w'-]*(?:\s+[A-Z][\w'-]*)?\s*\(\s*([^\s()]+@[^\s()]+)\s*\)"), r"\1"),
    (re.compile(r"[,;]\s*topic\s*:\s*", re.I), " about "),
    (re.compile(r"\b(?:shove|nudge|scoot|knock|kick)\s+(?=(?:the|my|our|that|it|\w+day's)\b.*\b(?:back|forward|to|by|later|earlier)\b)", re.I), "push "),
    (re.compile(rf"\b(?:the\s+)?(morning|afternoon|evening)\s+of\s+({_DAY})", re.I), r"on \2 in the \1"),
    (re.compile(r"\bfrom\s+(\d{1,2}(?:[:.]\d\d)?\s*(?:[ap]m)?|noon)\s+(?:onwards?|on(?=$|[,.]))", re.I), r"after \1"),
    (re.compile(r"\bthe\s+rest\s+of\s+my\s+(?=day|week|month|morning|afternoon|evening)", re.I), "the rest of the "),
    (re.compile(r"\b(morning|afternoon|evening)s?\s+(meetings?|events?|appointments?|calls?)\s+(?:on\s+|for\s+)?(tomorrow|today|\w+day)\b", re.I), r"\2 \3 \1"),
    (re.compile(r"\bmy\s+(morning|afternoon|evening)\s+(?:on\s+|for\s+)?(tomorrow|today|\w+day)\b", re.I), r"\2 \1"),
)  # fmt: skip
"""Times said in an order that the reading of dates does not know, and the same in one that it does."""


def _mend_match(found: re.Match[str]) -> str:
    token = found.group()
    core = re.match(r"^([^\w]*)([\w'/-]*[\w/])(.*)$", token, re.S)
    if core is None or "@" in token:
        return token
    return core[1] + mend(core[2]) + core[3]


_LEAD = re.compile(
    r"""(?:(?:hey|hi|hello|ok|okay|yo|dear)[\s,]+(?:there[\s,]+)?(?:sayso|assistant|computer)\b
    |sayso\b|(?:ok|okay|alright|all\ right|right|so|well|now|um+|uh+|er+|erm|hmm+|hey|hi|hello|yo|oh|ah|(?:look|listen)(?=,)
      |and|also|then|plus|yes(?=,?\ i\b)|anyway|actually|sorry|yeah|yep|sure|great|cool|perfect|thanks|thank\ you|good\ morning)(?=[\s,.!])
    |(?:one\ more|another)\ thing(?=\s*[,:-])|(?:on\ top\ of\ that|additionally|in\ addition)(?=[\s,:])
    |please(?:\ (?=can|could|would|will))?|pls|kindly|quick\ (?:one|question)|just(?!\ (?:this|that|the|one)\b)|maybe\ you\ could|perhaps\ you\ could
    |if\ (?:you\ (?:can|could|don't\ mind|have\ (?:a|time)[\w\ ]*)|possible|it's\ ok(?:ay)?),?
    |go\ ahead\ and|do\ me\ a\ favou?r\ and|i\ was\ wondering\ (?:if|whether)\ you\ (?:can|could|would)|would\ it\ be\ possible\ to
    |is\ it\ possible\ to|do\ you\ think\ you\ (?:can|could)|any\ chance\ you\ (?:can|could)
    |would\ you\ mind|do\ you\ mind|(?:can|could|would|will)\ (?:you|u|ya)(?:\ (?:please|kindly|maybe|possibly|just|quickly|also|perhaps))*(?=\ )
    |you\ (?:can|could|should|may)|(?:can|could|may|shall|should)\ we|may\ i|can\ i(?=\ (?:have|get|see|book|schedule|add|move|put))|let's|let\ us
    |would\ you\ mind|do\ you\ mind|i(?:'d|\ would)\ (?:like|love|want|need|appreciate\ it\ if)(?:\ (?:you\ )?(?:to|could))?(?=\ )
    |i\ (?:really\ |also\ |just\ )?(?:want|wish)(?:\ you)?\ to|i\ want\ you\ to|help\ me(?:\ to)?(?=\ )
    |i'm\ (?:trying|looking|hoping)\ to|time\ to|make\ sure\ (?:to|you)|be\ sure\ to|let\ me(?=\ (?:see|know\ what|have|check))
    )[\s,:!.-]*""",
    re.X | re.I,
)
_DUTY = re.compile(
    r"(?:i|we)(?:\s+(?:really|also|still|just))?(?:'ve got to|\s+(?:have got to|need to|have to|must|should|ought to|gotta|got to|will have to|'ll have to|'d better))\s+(?:(?:really|probably|definitely|also|still)\s+)*|(?:(?:also|still|just)\s+)*(?:need|have|gotta|got|must|want)\s+to\s+(?=\w+\s)",
    re.I,
)
_TAIL = re.compile(
    r"""(?<![\s,])[\s,]*(?:\b(?:please|pls|thanks|thank\ you|thx|cheers|ta|many\ thanks|thanks\ (?:a\ lot|so\ much|in\ advance)
    |thank\ you\ (?:so\ much|very\ much)|if\ you\ (?:can|could|don't\ mind|would|please)|if\ possible|when\ you\ (?:can|get\ a\ (?:chance|moment|minute))
    |for\ me|will\ you|would\ you|could\ you|can\ you|ok|okay|right\ now|right\ away|asap|real\ quick|quickly|sayso)
    |(?<![.!\s])[.!\s]+)\s*$""",
    re.X | re.I,
)


def strip_lead(text: str) -> tuple[str, bool]:
    """The text without opening courtesies, and whether a duty ("I have to …") was among them."""
    duty = False
    while True:
        found = _LEAD.match(text) or _DUTY.match(text)
        if found is None or found.end() == 0 or found.end() >= len(text):
            return text, duty
        duty = duty or found.re is _DUTY
        text = text[found.end() :]


def strip_tail(text: str) -> str:
    """The text without closing courtesies and full stops; a question mark stays."""
    while True:
        asked = text.endswith("?")
        bare = _TAIL.sub("", text.rstrip("?! "))
        if re.match(
            r"(?:tell|say|write|send|e?mail|message|text|reply|answer|respond|let|draft)\b", text, re.I
        ) and re.search(r"(?:thanks|thank you|cheers|ok|okay)\W*$", text, re.I):
            return text
        if not bare:
            return text
        shorter = bare + ("?" if asked else "")
        if shorter == text:
            return text
        text = shorter


def sentence(text: str) -> str:
    """`text` with a capital and a full stop; behind an address of the web a stop would become a part of it."""
    text = text.strip().strip(",;")
    if not text:
        return text
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?" or re.search(r"(?:://|www\.|@)\S*$", text) else text + "."


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
