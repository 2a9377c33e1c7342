# ruff: noqa: E501  one alternative of a pattern is one line
"""From "mail from Priya about the budget" to a search in operators, and to the words of the answer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sayso.english.dates import Found
from sayso.offline.reading.slots import as_person, clean, split_people, timed
from sayso.offline.reading.targets import MAIL_NOUN
from sayso.offline.reading.words import MARK, Quotes, lower
from sayso.offline.scene import Scene

_MAILS = r"(?:e?mails?|messages?|mailbox|inbox|threads?|conversations?|drafts?|letters?|unread)"
FROM = re.compile(
    r"\b(?:from|by|sent by|written by)\s+(?:the\s+)?(?P<who>\S+@\S+|(?-i:[A-Z])[\w'-]*(?:\s+(?:(?-i:[A-Z])[\w'-]*|&))*|[\ue000-\ue0ff]|(?!me\b|my\b|the\b|last\b|this\b|today\b|yesterday\b)[a-z][\w-]*(?:\s+(?:team|newsletter|department|bank|company|support|&\s+\w+))?)"
)
_TO = re.compile(
    r"\b(?:to|sent to)\s+(?P<who>\S+@\S+|(?-i:[A-Z])[\w'-]*(?:\s+(?-i:[A-Z])[\w'-]*)*|her\b|him\b|them\b|[\ue000-\ue0ff])(?!\w)"
)
_FROM_MANY = re.compile(
    r"\b(?:from|by)\s+(?P<who>(?-i:[A-Z])[\w'-]*(?:\s+(?-i:[A-Z])[\w'-]*)*(?:(?:\s*,\s*|\s+(?:and|or)\s+)(?-i:[A-Z])[\w'-]*(?:\s+(?-i:[A-Z])[\w'-]*)*)+)"
)
_TO_LOW = re.compile(r"\bto\s+(?P<who>(?!me\b|my\b|us\b|the\b|him\b|her\b|them\b)[a-z][\w-]+)\s*$")
_OWNER = re.compile(
    r"(?P<who>(?-i:[A-Z])[\w-]*(?:\s+(?-i:[A-Z])[\w-]*)*|his|her|their)(?:'s|(?<=s)'|(?<=his)|(?<=her)|(?<=their))\s+(?:\w+\s+){0,2}?(?=e?mails?\b|messages?\b|reply\b|repl(?:y|ies)\b|note\b|thread\b|last\b|latest\b|draft\b)"
)
_OWNER_LOW = re.compile(
    r"(?<![\w'])(?P<who>(?!(?:today|tomorrow|yesterday|what|who|it|that|there|here|let|this|next|last|week|where|how|when|everyone|thi|hi|new|sale|clas|pres|acces|addres|proces|statu|alway|focu|bu|previou|variou|wa|i|unles|ye|a|u|doe|ha|plea|email|mail|message)'?s\b)[a-z][a-z-]+?)'?s\s+(?:\w+\s+){0,2}?(?=e?mail\b|message\b|reply\b|note\b|latest\b)"
)
_SUBJECT = re.compile(
    rf"(?:with|having)?\s*(?:the\s+)?(?:words?\s+)?(?P<what>{MARK}|\w+)\s+in\s+(?:the\s+|its\s+)?subject|(?:with\s+)?(?:the\s+)?subject(?:\s+line)?\s*:?\s+(?P<what2>{MARK}|\S+)"
)
_TOPIC = re.compile(
    r"\b(?:about|regarding|concerning|re|mentioning|containing|that (?:mentions?|say|says)|on|with the subject|on the (?:topic|subject) of|to do with|related to|for|says?|saying)\b:?\s+(?:the\s+|my\s+|our\s+)?(?P<topic>.+)$",
    re.I,
)
_FILES = re.compile(
    r"\b(?:with|having|that (?:have|has)|contain(?:ing|s)?|and)?\s*(?:an?\s+|the\s+|any\s+)?(?:attachments?|attached files?|files? attached|attached|files|pdfs?)\b"
)
_FILLER = re.compile(
    rf"\b(?:{_MAILS}|any|new|all|my|the|a|an|me|i|do|did|have|has|had|got|get|is|are|there|was|were|what|which|who|how|many|show|find|search|look|looking|for|list|see|check|in|of|that|those|these|from|to|with|please|latest|last|newest|most|recent|recently|came|come|some|one|ones|give|open|read|out|at|on|up|through|anything|something|everything|anyone|anybody|someone|somebody|else|sent|received|arrived|written|wrote|write|reply|replied|replies|respond(?:ed)?|answer(?:ed)?|get back|back|say|said|says|us|our|by|and|it|inbox|mailbox|today's|pull|again|yet|already|about|if|whether|can|could|you|tell|locate|still|just|it's|this|waiting|word|news|unanswered|important|urgent|lately|his|her|their|s|there's|what's|aloud|loud|ever|been|dig|hear|heard|account|unopened|not|haven't|yet|find me|off)\b|'(?:s|ve|d|m)\b|[?,.:!]"
)


def person_op(who: str) -> str:
    who = re.sub(r"'s$", "", who.strip(" .,?!"))
    return f'"{who}"' if " " in who else who


def in_words(text: str) -> str:
    """A message that quotes a search, with words for its operators."""
    text = re.sub(r"\s+(?:in:\w+|-\w+:\w+)", "", text)
    return re.sub(r"\b(is|label|from|to|subject|has):\"?([^\s\"']+(?:\s[^\"']+(?=\"))?)\"?", _said, text)


def _said(found: re.Match[str]) -> str:
    return found[2] if found[1] in ("is", "label") else f"{found[1]} {found[2]}"


def build_query(text: str, quotes: Quotes, scene: Scene, sender: str | None = None) -> tuple[str, str]:
    """A search in the operators that mail understands, and what it is in words ("mail from Priya about budget")."""
    query = _Query(_SEARCH_FOR.sub("", text), quotes, scene, sender)
    query.read_age()
    query.read_days()
    query.read_sender()
    query.read_recipient()
    query.read_states()
    query.read_marks()
    query.read_subject()
    query.read_topic()
    query.add_days()
    if not query.terms and re.search(r"\b(?:inbox|mail|emails?|messages?|e-?mails?)\b", lower(text)):
        query.terms.append("in:inbox")
    return " ".join(dict.fromkeys(query.terms)), f"{query.noun()}{query.said}"


_SEARCH_FOR = re.compile(
    r"^(?:look|search|check)\s+(?:(?:through\s+|in\s+)?(?:my\s+)?(?:e?mails?|inbox)\s+)?for\s+", re.I
)
_OLDER = re.compile(
    r"\b(?:older\s+than|before)\s+(?P<by>(?:an?|\d+|two|three|four|six)\s+(?:days?|weeks?|months?|years?))\b", re.I
)
_DID_SEND = re.compile(
    r"\b(?:did|has|have)\s+(?P<who>(?-i:[A-Z])\w+)\s+(?:send|sent|write|written)(?:\s+(?:to\s+)?me)?\b", re.I
)
_SENT = re.compile(
    r"\b(?:i|i've|have i|did i)\s+(?:sent|send|wrote|written|emailed|e?mail|write)\b|\bsent (?:mail|items|folder|messages|emails?)\b|\bmy sent\b"
)
_UNANSWERED = re.compile(
    r"\b(?:that\s+)?(?:i\s+|still\s+)*(?:unanswered|(?:haven't|have not|didn't|not yet) (?:yet )?(?:answered|replied|responded)(?: to)?|(?:need|want)s? (?:an? )?(?:reply|answer|response|answering|replying)|awaiting (?:an? )?(?:reply|answer))\b",
    re.I,
)
_SEEN = re.compile(
    r"\b(?:already\s+|have\s+|i've\s+)*read\s+(?:e?mails?|messages?|ones|mail)\b|\b(?:i've|i have|already)\s+read\b"
)
_LABELED = re.compile(
    r"\b(?:label(?:led|ed)?|tagged|in the folder|folder)\s*(?:as\s+|with\s+)?(?P<label>[\ue000-\ue0ff]|[A-Z]\w+)"
)


@dataclass(slots=True)
class _Query:
    """What is read off the words so far: `rest` is what is left of them, `said` the same in words for the answer."""

    rest: str
    quotes: Quotes
    scene: Scene
    sender: str | None
    terms: list[str] = field(default_factory=list)
    said: str = ""
    dated: list[Found] = field(default_factory=list)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Find and remove."""
        if found := pattern.search(self.rest):
            self.rest = f"{self.rest[: found.start()]} {self.rest[found.end() :]}"
        return found

    def read_age(self) -> None:
        if older := self.take(_OLDER):
            since = timed(f"{older['by']} ago", self.scene.now, self.scene.zone, past=True).found
            self.terms += [f"before:{each.moment.start.date().isoformat()}" for each in since]
            self.said += f" older than {older['by']}"

    def read_days(self) -> None:
        past = timed(self.rest, self.scene.now, self.scene.zone, past=True)
        self.dated = [each for each in past.found if each.moment.has_date]
        self.rest = past.rest if self.dated else self.rest

    def read_sender(self) -> None:
        if self.sender is None:
            self._find_sender()
        else:
            self.rest = _OWNER_LOW.sub(" ", _OWNER.sub(" ", self.rest, count=1), count=1)
        if self.sender:
            self.scene.people.append(self.sender)
            self.terms.append(f"from:{person_op(self.sender)}")
            self.said += f" from {self.sender}"

    def _find_sender(self) -> None:
        if sent := self.take(_DID_SEND):
            self.sender = sent["who"]
        elif owner := _OWNER.search(self.rest) or _OWNER_LOW.search(self.rest):
            self.rest = _OWNER_LOW.sub(" ", _OWNER.sub(" ", self.rest, count=1), count=1)
            hers = lower(owner["who"]) in ("his", "her", "their")
            self.sender = self.scene.person() if hers else as_person(owner["who"], self.scene.person())
        elif many := self.take(_FROM_MANY):
            people = split_people(re.sub(r"\s+or\s+", ", ", many["who"]))
            self.terms.append(" OR ".join(f"from:{person_op(each)}" for each in people))
            self.said += f" from {many['who']}"
        elif (found := FROM.search(self.rest)) and not re.match(r"(?:me|my)\b", found["who"]):
            self.take(FROM)
            if re.fullmatch(r"(?:newsletters?|mailing list|digest)", found["who"]):
                topic = found["who"].rstrip("s")
                self.terms.append(topic)
                self.said += f" from the {topic}"
            else:
                self.sender = as_person(self.quotes.put_back(found["who"]), self.scene.person())

    def read_recipient(self) -> None:
        sent = _SENT.search(lower(self.rest))
        found = _TO.search(self.rest) if sent or not self.sender else None
        pattern = _TO if found or not sent else _TO_LOW
        found = found or pattern.search(self.rest)
        if found and not re.match(r"(?:read|me)\b", lower(found["who"])):
            who = as_person(self.quotes.put_back(found["who"]), self.scene.person())
            if who:
                self.take(pattern)
                self.terms.append(f"to:{person_op(who)}")
                self.said += f" to {who}"
        if sent:
            self.terms.append("in:sent")
            self.rest = re.sub(re.escape(sent.group()), " ", self.rest, flags=re.I)

    def read_states(self) -> None:
        unanswered = self.take(_UNANSWERED)
        low = lower(self.rest)
        if unanswered or re.search(r"\b(?:unread|unopened|haven't read|not read|new)\b", low):
            self.terms.append("is:unread")
        elif _SEEN.search(low) and not re.match(r"read\b", low):
            self.terms.append("is:read")

    def read_marks(self) -> None:
        if re.search(r"\bdrafts?\b", lower(self.rest)):
            self.terms.append("in:drafts")
        for pattern, term in _MARKS:
            if self.take(pattern):
                self.terms.append(term)
        if found := self.take(_LABELED):
            self.terms.append(f"label:{person_op(self.quotes.put_back(found['label']))}")

    def read_subject(self) -> None:
        if found := _SUBJECT.search(lower(self.rest)):
            key = "what" if found["what"] else "what2"
            what = self.quotes.put_back(self.rest[found.start(key) : found.end(key)])
            self.terms.append(f"subject:{person_op(what)}")
            self.said += f" with “{what}” in the subject"
            self.rest = self.rest[: found.start()] + self.rest[found.end() :]

    def read_topic(self) -> None:
        if topic := _topic(self.rest, self.quotes):
            self.terms.append(topic)
            self.said += f" about {topic.strip(chr(34))}"

    def add_days(self) -> None:
        self.terms += _dates(self.dated)
        if self.dated:
            self.said += f" {self.dated[0].text}"

    def noun(self) -> str:
        """What is looked for, before `said`."""
        named = {"is:unread": "unread mail", "in:drafts": "drafts", "label:starred": "starred mail"}
        return next((noun for term, noun in named.items() if term in self.terms), "mail")


_MARKS = (
    (re.compile(r"\b(?:starred|flagged|star)\b", re.I), "label:starred"),
    (re.compile(r"\b(?:the\s+)?(?:trash|bin|deleted)\b", re.I), "in:trash"),
    (re.compile(_FILES.pattern, re.I), "has:attachment"),
)


def _topic(text: str, quotes: Quotes) -> str:
    if found := _TOPIC.search(text):
        words = clean(re.sub(r"[?]", "", found["topic"]))
        words = re.sub(
            rf"\b(?:{_MAILS}|anything|something|everything|stuff|things|too|as well|at all|yet|today)\b",
            " ",
            words,
            flags=re.I,
        )
        words = re.sub(r"^\s*(?:with|the|an?|any)\s+(?:the\s+)?(?=\S)", "", words, flags=re.I)
        return quotes.put_back(" ".join(words.split()), '"')
    text = re.sub(r"\bnewsletters\b", "newsletter", text, flags=re.I)
    left = " ".join(_FILLER.sub(" ", re.sub(r"[?,.:!]", " ", lower(text))).split())
    return quotes.put_back(left, '"') if MAIL_NOUN.search(lower(text)) or len(left.split()) <= 4 else ""


def _dates(found: Sequence[Found]) -> list[str]:
    """The days of the first time that was said, as operators."""
    if not found:
        return []
    text, said = lower(found[0].text), found[0].moment
    start, end = said.start.date(), said.end.date() if said.end else None
    if re.match(r"(?:since|after)\b", text) or (text.startswith("from") and not end):
        return [f"after:{start.isoformat()}"]
    if re.match(r"(?:before|until|till)\b", text):
        return [f"before:{start.isoformat()}"]
    terms = [f"after:{start.isoformat()}"]
    return [*terms, f"before:{end.isoformat()}"] if end and end > start else terms
