# ruff: noqa: E501  one alternative of a pattern is one line
"""From indirect speech to what to write: "tell her I'll be late" → "I'll be late."."""

import re

from sayso.offline.reading.words import MARK, capital, lower, sentence

_BE = {
    "is": "are",
    "was": "were",
    "has": "have",
    "does": "do",
    "'s": "are",
    "isn't": "aren't",
    "wasn't": "weren't",
    "hasn't": "haven't",
    "doesn't": "don't",
}
_YOU = {
    "he": "you",
    "she": "you",
    "they": "you",
    "him": "you",
    "her": "you",
    "them": "you",
    "his": "your",
    "hers": "yours",
    "their": "your",
    "theirs": "yours",
}
_MODALS = r"(?:can|could|will|would|should|may|might|must|shall|is|are|was|were|has|have|had|does|do|did|needs|wants|likes|still)"


def direct(kind: str, lead: str, words: str) -> str:
    """What to write. `kind`: tell, ask, remind, thank, congratulate, wish or apologize; `lead`: what joins on."""
    words = words.strip(" ,:")
    if re.fullmatch(MARK, words) or lead == ":":
        return words if re.fullmatch(MARK, words) else sentence(words)
    if found := re.match(r"(?:that\s+says?|that|saying|to\s+say(?:\s+that)?)\s+", words, re.I):
        words = words[found.end() :]
    if kind == "tell" and (
        thanked := re.fullmatch(
            r"(?P<told>.+?),?\s+and\s+thank\s+(?:him|her|them)(?P<what>\s+for\s+.+)?", words, re.I | re.S
        )
    ):
        return f"{direct(kind, lead, thanked['told'])} {direct('thank', '', (thanked['what'] or '').strip())}"
    if kind == "tell" and (
        both := re.fullmatch(
            r"(?P<told>.+?),?\s+and\s+(?:also\s+)?(?:ask\s+(?:him\s+|her\s+|them\s+)?|to\s+ask\s+)(?P<asked>(?:if|whether|when|what|where|who|how|why|to|for)\b.+)",
            words,
            re.I | re.S,
        )
    ):
        return f"{direct(kind, lead, both['told'])} {direct('ask', '', both['asked'])}"
    if (
        kind == "ask"
        or lead in ("ask", "asking", "if", "whether")
        or lead.endswith(("ask", "asking", "ask him", "ask her", "ask them", "asking him", "asking her", "asking them"))
    ):
        return _asked(f"{lead} {words}" if lead in ("if", "whether") else words)
    if kind == "thank":
        return sentence(f"Thank you {_to_you(words)}") if words else "Thank you!"
    if kind == "congratulate":
        return sentence(f"Congratulations {_to_you(words)}".strip()).rstrip(".") + "!"
    if kind == "wish":
        return capital(re.sub(r"^(?:an?)\s+", "", words)).rstrip(".!") + "!"
    if kind.startswith("apologi"):
        return sentence(f"I'm sorry {_to_you(words)}".strip())
    if lead == "to" or (re.match(r"to\s+(?!be honest)\w+", words) and kind in ("tell", "remind") and not lead):
        return _told_to(re.sub(r"^to\s+", "", words), kind)
    if lead in ("about", "of") and kind != "tell":
        return sentence(f"A reminder about {words}" if kind == "remind" else f"This is about {words}")
    if lead in ("when", "where", "what", "how", "why", "about"):
        words = f"{lead} {words}" if lead != "about" else f"this is about {words}"
    return sentence(_second_person(words))


def _told_to(words: str, kind: str) -> str:
    words = _to_you(words)
    if words.startswith("not "):
        return sentence(f"Please don't {words[4:]}")
    return sentence(f"{'A reminder: please' if kind == 'remind' else 'Please'} {words}")


def _to_you(words: str) -> str:
    return re.sub(r"\b(?:his|hers?|their)\b(?=\s+\w)", "your", words)


def _second_person(words: str) -> str:
    """ "that he should call me" is "you should call me"; only at the start, where it means the reader."""
    if found := re.match(
        r"(?:he|she|they)\s+(?P<verb>should|can|could|must|may|needs? to|has to|have to|is|are|was|will|shouldn't|can't|doesn't)\b",
        words,
    ):
        verb = {"needs to": "need to", "has to": "have to"}.get(found["verb"], _BE.get(found["verb"], found["verb"]))
        return f"you {verb}{_to_you(words[found.end() :])}"
    return re.sub(r"^(?:his|her|their)(?=\s+\w)", "your", words)


def _asked(words: str) -> str:
    words = words.strip()
    if words.endswith("?"):
        words = words[:-1]
    if found := re.match(r"(?:if|whether)\s+(?P<rest>.+)", words, re.I | re.S):
        return capital(_inverted(found["rest"])) + "?"
    if found := re.match(r"(?:not\s+to)\s+(?P<rest>.+)", words, re.I | re.S):
        return sentence(f"Please don't {_to_you(found['rest'])}")
    if found := re.match(r"to\s+(?P<rest>.+)", words, re.I | re.S):
        return f"Could you please {_to_you(found['rest'])}?"
    if found := re.match(r"(?:for|about)\s+(?P<rest>.+)", words, re.I | re.S):
        wanted = _to_you(found["rest"])
        return (
            f"Could I have {wanted}, please?"
            if lower(words).startswith("for")
            else f"What can you tell me about {wanted}?"
        )
    if found := re.match(
        r"(?P<wh>what time|what day|which \w+|how (?:many|much|long|often|far|soon)(?: \w+)?|what|when|where|who|why|how)\s+(?P<rest>.+)",
        words,
        re.I | re.S,
    ):
        return f"{capital(found['wh'])} {_inverted(found['rest'])}?"
    return capital(words).rstrip(".") + "?"


def _inverted(words: str) -> str:
    """ "he can join" → "can you join"; "the room is free" → "is the room free"."""
    found = re.match(
        rf"(?P<who>he|she|they|we|i|it|there|you|(?:the|my|our|his|her|their|this|that)\s+[\w-]+(?:\s+[\w-]+)??|[A-Z]\w+)\s+(?P<verb>{_MODALS})\b\s*(?P<rest>.*)",
        words,
        re.S,
    )
    if found:
        who, verb, rest = found["who"], lower(found["verb"]), _to_you(found["rest"])
        reader = lower(who) in ("he", "she", "they")
        who = "you" if reader else re.sub(r"^(?:his|her|their)\b", "your", who)
        if verb in ("needs", "wants", "likes", "still"):
            return f"{'do you' if reader else 'does ' + who} {verb.rstrip('s') if verb != 'still' else 'still'} {rest}".strip()
        return f"{_BE.get(verb, verb) if reader else verb} {who} {rest}".strip()
    if found := re.match(r"(?P<who>he|she|they)(?P<verb>'s|'re|'ll|'d|'ve)\s+(?P<rest>.*)", words, re.S):
        verb = {"'s": "are", "'re": "are", "'ll": "will", "'d": "would", "'ve": "have"}[found["verb"]]
        return f"{verb} you {_to_you(found['rest'])}"
    if found := re.match(r"(?P<who>he|she|they)\s+(?P<verb>\w+)\s*(?P<rest>.*)", words, re.S):
        verb = found["verb"]
        if re.search(r"ed$|^(?:got|sent|saw|made|went|had)$", verb):
            past = {"got": "get", "sent": "send", "saw": "see", "made": "make", "went": "go"}.get(
                verb, re.sub(r"(?<=[^e])ed$", "", verb)
            )
            return f"did you {past} {_to_you(found['rest'])}".strip()
        base = (
            re.sub(r"(?<=[a-z])ies$", "y", verb)
            if verb.endswith("ies")
            else re.sub(r"(?<=sh|ch|ss)es$|(?<=o)es$|(?<=[^s])s$", "", verb)
        )
        return f"do you {base} {_to_you(found['rest'])}".strip()
    if found := re.match(
        r"(?P<who>.+?)\s+(?P<still>still\s+)?(?P<verb>works|suits|fits|needs|wants|means|goes|makes|sounds|looks|starts|ends)\b\s*(?P<rest>.*)",
        words,
        re.I,
    ):
        return f"does {_to_you(found['who'])} {found['still'] or ''}{found['verb'].rstrip('s')} {_to_you(found['rest'])}".strip()
    if found := re.match(r"(?P<who>\S+(?:\s+\S+)??)\s+(?P<verb>is|are|was|can|will|has)\b\s*(?P<rest>.*)", words, re.I):
        return f"{lower(found['verb'])} {found['who']} {_to_you(found['rest'])}".strip()
    return f"can you tell me if {_to_you(words)}"


def subject_of(body: str) -> str:
    """A subject from the first words of a body."""
    first = re.split(r"(?<=[.!?])\s|\n", body.strip())[0].rstrip(".!? ")
    first = re.sub(r"^(?:i'm|i am|we're|we are)\s+(?:just\s+)?(?=\w+ing\b)", "", first, flags=re.I)
    first = re.sub(r"^(?:could you please|please|can you)\s+", "", first, flags=re.I)
    words = first.split()
    return capital(" ".join(words[:9]) + ("…" if len(words) > 9 else ""))
