# ruff: noqa: E501  one alternative of a pattern is one line
"""From "mail from Priya about the budget" to a search in operators, and to the words of the answer."""

import re
from collections.abc import Sequence

from sayso.agent.offline.acts import Scene
from sayso.agent.offline.slots import as_person, clean, timed
from sayso.agent.offline.targets import MAIL_NOUN
from sayso.agent.offline.words import MARK, Quotes, lower

_MAILS = r"(?:e?mails?|messages?|mailbox|inbox|threads?|conversations?|drafts?|letters?|unread)"
FROM = re.compile(
    r"\b(?:from|by|sent by|written by)\s+(?:the\s+)?(?P<who>\S+@\S+|(?-i:[A-Z])[\w'-]*(?:\s+(?:(?-i:[A-Z])[\w'-]*|&))*|[\ue000-\ue0ff]|(?!me\b|my\b|the\b|last\b|this\b|today\b|yesterday\b)[a-z][\w-]*(?:\s+(?:team|newsletter|department|bank|company|support|&\s+\w+))?)"
)
_TO = re.compile(
    r"\b(?:to|sent to)\s+(?P<who>\S+@\S+|(?-i:[A-Z])[\w'-]*(?:\s+(?-i:[A-Z])[\w'-]*)*|her\b|him\b|them\b|[\ue000-\ue0ff])(?!\w)"
)
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
    rf"\b(?:{_MAILS}|any|new|all|my|the|a|an|me|i|do|did|have|has|had|got|get|is|are|there|was|were|what|which|who|how|many|show|find|search|look|looking|for|list|see|check|in|of|that|those|these|from|to|with|please|latest|last|newest|most|recent|recently|came|come|some|one|ones|give|open|read|out|at|on|up|through|anything|something|everything|anyone|anybody|someone|somebody|else|sent|received|arrived|written|wrote|write|reply|replied|replies|respond(?:ed)?|answer(?:ed)?|get back|back|say|said|says|us|our|by|and|it|inbox|mailbox|today's|pull|again|yet|already|about|if|whether|can|could|you|tell|locate|still|just|it's|this|waiting|word|news|unanswered|important|urgent|lately|his|her|their|s|there's|what's|aloud|loud|ever|been|dig|hear|heard|account|unopened|not|haven't|yet|find me|off)\b|'s\b|[?,.:!]"
)


def person_op(who: str) -> str:
    who = re.sub(r"'s$", "", who.strip(" .,?!"))
    return f'"{who}"' if " " in who else who


def build_query(text: str, quotes: Quotes, scene: Scene, sender: str | None = None) -> tuple[str, str]:
    """A search in the operators that mail understands, and what it is in words ("mail from Priya about budget")."""
    terms: list[str] = []
    said = ""
    text = re.sub(
        r"^(?:look|search|check)\s+(?:(?:through\s+|in\s+)?(?:my\s+)?(?:e?mails?|inbox)\s+)?for\s+",
        "",
        text,
        flags=re.I,
    )
    if older := re.search(
        r"\b(?:older\s+than|before)\s+(?P<by>(?:an?|\d+|two|three|four|six)\s+(?:days?|weeks?|months?|years?))\b",
        text,
        re.I,
    ):
        since = timed(f"{older['by']} ago", scene.now, scene.zone, past=True).found
        terms += [f"before:{each.moment.start.date().isoformat()}" for each in since]
        said += f" older than {older['by']}"
        text = text[: older.start()] + text[older.end() :]
    if whose := re.search(
        r"\b(?:did|has|have)\s+(?P<who>(?-i:[A-Z])\w+)\s+(?:send|sent|write|written)(?:\s+(?:to\s+)?me)?\b", text, re.I
    ):
        text = f"{text[: whose.start()]}from {whose['who']}{text[whose.end() :]}"
    past = timed(text, scene.now, scene.zone, past=True)
    dated = [each for each in past.found if each.moment.has_date]
    rest = past.rest if dated else text
    low = lower(rest)
    if sender:
        terms.append(f"from:{person_op(sender)}")
        said += f" from {sender}"
    if not sender and (found := _OWNER.search(rest) or _OWNER_LOW.search(rest)):
        who = (
            as_person(found["who"], scene.person())
            if lower(found["who"]) not in ("his", "her", "their")
            else scene.person()
        )
        if who and lower(who) not in ("today", "yesterday", "what", "any"):
            sender = who
    if (
        not sender
        and (found := FROM.search(rest))
        and re.fullmatch(r"(?:newsletters?|mailing list|digest)", found["who"])
    ):
        rest, topic_word = rest[: found.start()] + rest[found.end() :], found["who"].rstrip("s")
        terms.append(topic_word)
        said += f" from the {topic_word}"
    elif not sender and found and not re.match(r"(?:me|my)\b", found["who"]):
        sender = as_person(quotes.put_back(found["who"]), scene.person())
        rest = rest[: found.start()] + rest[found.end() :]
    elif sender:
        rest = _OWNER_LOW.sub(" ", _OWNER.sub(" ", rest, count=1), count=1)
    if sender and not terms:
        scene.people.append(sender)
        terms.append(f"from:{person_op(sender)}")
        said += f" from {sender}"
    sent = re.search(
        r"\b(?:i|i've|have i|did i)\s+(?:sent|send|wrote|written|emailed|e?mail|write)\b|\bsent (?:mail|items|folder|messages|emails?)\b|\bmy sent\b",
        low,
    )
    if (sent or not sender) and (found := _TO.search(rest)) and not re.match(r"(?:read|me)\b", lower(found["who"])):
        who = as_person(quotes.put_back(found["who"]), scene.person())
        if who:
            terms.append(f"to:{person_op(who)}")
            said += f" to {who}"
            rest = rest[: found.start()] + rest[found.end() :]
    if sent:
        terms.append("in:sent")
        rest = re.sub(re.escape(sent.group()), " ", rest, flags=re.I)
    low = lower(rest)
    waiting = r"unanswered|(?:haven't|have not|didn't|not yet) (?:yet )?(?:answered|replied|responded)(?: to)?|(?:need|want)s? (?:an? )?(?:reply|answer|response|answering|replying)|awaiting (?:an? )?(?:reply|answer)"
    if unanswered := re.search(rf"\b(?:{waiting})\b", low):
        terms.append("is:unread")
        rest = re.sub(rf"\b(?:that\s+)?(?:i\s+|still\s+)*(?:{waiting})\b", " ", rest, flags=re.I)
        low = lower(rest)
    unread = unanswered or re.search(r"\b(?:unread|unopened|haven't read|not read|new)\b", low)
    if unread:
        terms.append("is:unread")
    elif re.search(
        r"\b(?:already\s+|have\s+|i've\s+)*read\s+(?:e?mails?|messages?|ones|mail)\b|\b(?:i've|i have|already)\s+read\b",
        low,
    ) and not re.match(r"read\b", lower(text)):
        terms.append("is:read")
    if re.search(r"\bdrafts?\b", low):
        terms.append("in:drafts")
    if re.search(r"\b(?:starred|flagged|star)\b", low):
        terms.append("label:starred")
        rest = re.sub(r"\b(?:starred|flagged|star)\b", " ", rest, flags=re.I)
    if re.search(r"\b(?:trash|bin|deleted)\b", low):
        terms.append("in:trash")
        rest = re.sub(r"\b(?:the\s+)?(?:trash|bin|deleted)\b", " ", rest, flags=re.I)
    if found := re.search(
        r"\b(?:label(?:led|ed)?|tagged|in the folder|folder)\s*(?:as\s+|with\s+)?(?P<label>[\ue000-\ue0ff]|[A-Z]\w+)",
        rest,
    ):
        terms.append(f"label:{person_op(quotes.put_back(found['label']))}")
        rest = rest[: found.start()] + rest[found.end() :]
    if found := _FILES.search(lower(rest)):
        terms.append("has:attachment")
        rest = rest[: found.start()] + " " + rest[found.end() :]
    if found := _SUBJECT.search(lower(rest)):
        key = "what" if found["what"] else "what2"
        what = quotes.put_back(rest[found.start(key) : found.end(key)])
        terms.append(f"subject:{person_op(what)}")
        said += f" with “{what}” in the subject"
        rest = rest[: found.start()] + rest[found.end() :]
    topic = _topic(rest, quotes)
    if topic:
        terms.append(topic)
        said += f" about {topic.strip(chr(34))}"
    terms += _dates(dated)
    if dated:
        said += f" {dated[0].text}"
    if not terms and re.search(r"\b(?:inbox|mail|emails?|messages?|e-?mails?)\b", lower(text)):
        terms.append("in:inbox")
    noun = (
        "unread mail"
        if unread
        else "drafts"
        if "in:drafts" in terms
        else "starred mail"
        if "label:starred" in terms
        else "mail"
    )
    return " ".join(dict.fromkeys(terms)), f"{noun}{said}"


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


def _dates(found: Sequence[object]) -> list[str]:
    terms: list[str] = []
    for each in found[:1]:
        text, moment = lower(getattr(each, "text", "")), getattr(each, "moment", None)
        if moment is None:
            continue
        start, end = moment.start.date(), moment.end.date() if moment.end else None
        if re.match(r"(?:since|after)\b", text) or (text.startswith("from") and not end):
            terms.append(f"after:{start.isoformat()}")
        elif re.match(r"(?:before|until|till)\b", text):
            terms.append(f"before:{start.isoformat()}")
        else:
            terms.append(f"after:{start.isoformat()}")
            if end and end > start:
                terms.append(f"before:{end.isoformat()}")
    return terms
