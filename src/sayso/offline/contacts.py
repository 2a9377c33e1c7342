# ruff: noqa: E501  one alternative of a pattern is one line
"""People: numbers and addresses."""

import re
from collections.abc import Sequence

from sayso.offline import answers
from sayso.offline.acts import Act, Json, Say, look
from sayso.offline.anywhere import everywhere
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.slots import as_person, clean
from sayso.offline.reading.words import Quotes
from sayso.offline.scene import Scene

_WHAT = r"(?:(?:home|work|office|business|private|mobile|cell|postal|mailing|street)\s+)?(?:(?:tele)?phone(?:\s+number)?|number|cell(?:phone)?(?:\s+number)?|mobile(?:\s+number)?|e?mail(?:\s+address)?|address|contact(?:\s+(?:details|info(?:rmation)?))?|details|company|organi[sz]ation)"
_PATTERNS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"(?:what(?:'s| is| are)|(?:can i )?(?:get|find|show|look up|tell|give)(?: me)?|do (?:i|you) (?:have|know)|have i got|i need|need)\s+(?:the\s+|my\s+)?(?P<who>(?!the\b|an?\b|my\b)\S.*?)(?:'s?|(?<=\w)s)\s+{_WHAT}",
        rf"(?:what(?:'s| is| are)|get|find|show|look up|tell|give|do (?:i|you) (?:have|know)|have i got|i need|need|)\s*(?:me\s+)?(?:the\s+|an?\s+|any\s+)?{_WHAT}\s+(?:for|of)\s+(?:(?:the|my)\s+(?=[a-z]+$))?(?P<who>.+)",
        rf"(?P<who>(?!what|whats|my\b)\S.*?)(?:'s)\s+{_WHAT}",
        rf"(?P<who>her|his|their)\s+{_WHAT}|(?:what's|what is|get me|give me)\s+(?P<who2>her|his|their)\s+{_WHAT}",
        r"(?:what|which)\s+(?:company|firm)\s+(?:does|is)\s+(?P<who>\S.*?)\s+(?:work\s+(?:for|at)|with|at|from)|where\s+does\s+(?P<who2>(?!it\b|the\b)\S.*?)\s+(?:work|live)",
        r"(?:who|whom)(?:\s+else)?\s+(?:do\s+i\s+know|works|is\s+working)\s+(?:at|from|in|for)\s+(?P<who>.+)",
        r"who(?:'s| is| are)\s+(?:my\s+(?=[a-z]+$)|the\s+(?=[a-z]+\s+of\s+[a-z]+$))?(?P<who>(?!coming|going|attending|invited|at\b|in\b|on\b|the\s+(?:president|king|queen|ceo)|that|it|this|else|my next)\S.*)",
        r"how (?:can|do|could|should) i (?:reach|contact|call|get (?:in touch with|hold of|a hold of)|get hold of|e?mail|phone)\s+(?:the\s+|my\s+)?(?P<who>.+)",
        r"what(?:'s| is)\s+(?:the name of\s+)?my\s+(?P<who>\w+?)(?:'s name|\s+called)?",
        r"(?:find|look up|search for|show(?: me)?)\s+(?:the\s+)?contact\s+(?:for\s+|of\s+|named\s+|called\s+)?(?P<who>.+)|(?:look up|find)\s+(?P<who2>(?-i:[A-Z])\S*(?: (?-i:[A-Z])\S*)*)(?: in my contacts)?",
        r"(?:do i have|is)\s+(?P<who>(?-i:[A-Z]).*?)\s+in my (?:contacts|address book)",
        r"(?:show|list|see|open|what are|who are|who is in|who's in|get)(?: me)?\s+(?:all\s+)?(?:of\s+)?my\s+(?P<all>contacts|address book)|(?P<all2>contacts|address book)",
    )
)
_BIRTHDAY = re.compile(
    r"(?:when|what)(?:'s|\s+is)\s+(?P<who>\S.*?)(?:'s?|(?<=\w)s)\s+birthday|when\s+was\s+(?P<who2>\S.*?)\s+born", re.I
)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    if found := _BIRTHDAY.fullmatch(clause.text):
        name = _name(found["who"] or found["who2"], quotes, scene)
        return None if name is None else _birthday(name, scene)
    for pattern in _PATTERNS:
        found = pattern.fullmatch(clause.text)
        if found is None:
            continue
        groups = found.groupdict()
        if re.match(r"(?:show|get|find|read|open|give)\b.*\be?mail$", clause.low):
            continue
        if groups.get("all") or groups.get("all2"):
            return look("find_contact", lambda results: Say(answers.contacts(results[0], "")))
        name = _name(groups.get("who") or groups.get("who2") or "", quotes, scene)
        if name is None:
            continue
        scene.people.append(name)
        said = groups.get("who") or groups.get("who2") or ""
        return _find(name, said if said.islower() and said.isalpha() else "", scene)
    return None


def _find(name: str, role: str, scene: Scene) -> Act:
    def then(results: Sequence[Json]) -> Act:
        known = answers.items(results[0], "contacts")
        if not known and role:  # "the dentist" may stand somewhere else
            unknown = answers.contacts(results[0], role)
            return everywhere(role, scene, nothing=Say(unknown), first=unknown)
        return Say(answers.contacts(results[0], name))

    return look("find_contact", then, name=name)


def _birthday(name: str, scene: Scene) -> Act:
    """When somebody was born, or what else there is about it."""

    def then(results: Sequence[Json]) -> Act:
        known = [each for each in answers.items(results[0], "contacts") if each.get("birthday")]
        if known:
            return Say(answers.birthdays(known))
        return everywhere(f"{name} birthday", scene, nothing=Say(f"I don't know when {name}'s birthday is."))

    scene.people.append(name)
    return look("find_contact", then, name=name)


def _name(text: str, quotes: Quotes, scene: Scene) -> str | None:
    text = clean(quotes.put_back(text))
    if re.fullmatch(r"her|his|him|their|them|she|he|they", text, re.I):
        return scene.person()
    if (
        not text
        or len(text.split()) > 4
        or re.match(r"(?:the|an?|my|your|this|that|it|today|tomorrow|i|you|we|on|free|available)\b", text, re.I)
    ):
        return None
    return as_person(text, scene.person())
