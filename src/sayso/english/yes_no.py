"""Which typed words are a plain yes or a plain no, for the server, the terminal and the offline model alike (P1)."""

import re
from collections.abc import Collection
from typing import Final, Literal

Decision = Literal["yes", "no"]

_YES_TEXT = """
yes|y|yes please|yep|yup|yeah|ya|sure|sure thing|ok|okay|ok do it|go|go ahead|go for it|yes go ahead|do it|yes do it|
please do|please go ahead|confirm|confirmed|i confirm|confirm it|yes confirm|approve|approved|sounds good|looks good|
that's right|correct|absolutely|definitely|of course|make it so|send it|ja|ja bitte|oui|si|sí|👍|yes 👍|ok 👍
"""
_NO_TEXT = """
no|n|no thanks|no thank you|nope|nah|cancel|cancel it|cancel that|please cancel|no cancel|no cancel it|don't|do not|
don't do it|no don't|please don't|stop|reject|decline|never mind|nevermind|forget it|nein|nein danke|non|👎|no 👎
"""
_DECISIONS: Final[dict[str, Decision]] = {
    **dict.fromkeys(_YES_TEXT.replace("\n", "").split("|"), "yes"),
    **dict.fromkeys(_NO_TEXT.replace("\n", "").split("|"), "no"),
}

# Spelled out, since `\w` and IGNORECASE take letters of every script, also the long s and the Kelvin sign.
_WORD = "(?:[A-Za-zÍí']+|[👍👎])"
_PLAIN = re.compile(rf"{_WORD}(?:[,.!]? +{_WORD})*(?:\.| ?!+)?")
_VARIANT = re.compile("(?<=[👍👎])(?:[\U0001f3fb-\U0001f3ff]\ufe0f?|[\ufe0e\ufe0f])")
"""A skin tone (UTS #51, 1.4.4) or a presentation selector behind a thumb: the same sign."""


_SECOND_THOUGHT = re.compile(
    r" (?:i (?:guess|think|suppose)|if you (?:say so|must|think so)|maybe|perhaps|probably|but|or|not"
    r"|i'm not sure|not sure|kind of|sort of|whatever|hm+|s)$"
)
"""What takes back half of a yes, at its end; "/s" marks irony."""


def plain_answer(message: str) -> Decision | None:
    """Whether the whole message is a plain yes or a plain no: nothing but the words, one full stop or some `!`.

    A question mark, dots, a quotation, an unknown sign or a second thought make it a message like any other.
    """
    text = _VARIANT.sub("", message.strip(" \t\r\n").replace("’", "'"))
    return _DECISIONS.get(_bare(text)) if _PLAIN.fullmatch(text) else None


def is_doubtful(message: str) -> bool:
    """Whether only signs or a second thought keep a message from being a plain yes or no: "ok?", "> no".

    It decides nothing, and whoever answers it should say so.
    """
    if plain_answer(message):
        return False
    words = _bare(re.sub(r"[^\w']+", " ", message.replace("’", "'")))
    return _SECOND_THOUGHT.sub("", words) in _DECISIONS or (not words and re.search("[👍👎]", message) is not None)


def says_only(message: str, decision: Decision, also: Collection[str] = (), beside: Collection[str] = ()) -> bool:
    """Whether a message says nothing but this, once or more: "yes, go ahead, thanks". It decides nothing.

    `also`: phrases of up to four words that mean it, too, where it is said; `beside`: such that may come along.
    """
    words = _bare(message.replace("’", "'")).split()
    plain = {0: False}  # by how many words are read: whether one of them meant it
    for start in range(len(words)):
        for end in range(start + 1, start + 5) if start in plain else ():
            phrase = " ".join(words[start:end])
            means = _DECISIONS.get(phrase) == decision or phrase in also
            if means or phrase in beside:
                plain[end] = plain.get(end, False) or plain[start] or means
    return plain.get(len(words), False)


def _bare(text: str) -> str:
    return " ".join(re.sub("[,.!]", " ", text).lower().split())
