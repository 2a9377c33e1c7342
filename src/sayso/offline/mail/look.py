# ruff: noqa: E501  one alternative of a pattern is one line
"""Looking at mail: search, read, summarize."""

import re
from collections.abc import Sequence

from sayso.offline import answers
from sayso.offline.acts import Act, Ask, Call, Json, Question, Say, look
from sayso.offline.mail.query import FROM, build_query, person_op
from sayso.offline.mail.summary import summary
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.slots import as_person, timed
from sayso.offline.reading.targets import EVENT_NOUN, MAIL_NOUN, TASK_NOUN, kind_of, refers_back, target
from sayso.offline.reading.words import Quotes, capital, lower
from sayso.offline.scene import Scene

_PERSON = r"(?P<who>(?:(?:Dr|Mr|Mrs|Ms)\.? )?[^\W\d_]\S*?(?: [A-Z]\S*?)*)"


_READ = re.compile(
    r"(?:read|open|show(?: me)?|display|view|see|let me see|pull up|play|hear)\s+(?:me\s+|out\s+|to me\s+|aloud\s+)*(?P<ref>.+?)(?:\s+(?:out|aloud|out loud|to me|again|in full))*|what(?:'s| does| did| do| is)\s+(?P<ref2>.+?)\s+(?:say|says|said|about|contain|want|in it|tell me|read)|what's in (?P<ref3>.+)|(?:what does it say|open it|read it)"
)
_SUM = re.compile(
    r"(?:summari[sz]e|sum\s+up|recap|brief\s+me\s+on|catch\s+me\s+up(?:\s+on)?|give\s+me\s+(?:a\s+|the\s+)?(?:quick\s+|short\s+|brief\s+)?(?:summary|overview|rundown|digest|recap|gist|brief(?:ing)?)(?:\s+(?:of|on))?|(?:a\s+)?(?:quick\s+)?(?:summary|overview|digest|recap|tl;?dr)(?:\s+(?:of|on))?|bring\s+me\s+up\s+to\s+(?:date|speed)(?:\s+(?:on|with))?|go\s+(?:through|over)|what's\s+(?:the\s+gist\s+of|important\s+in)|get\s+me\s+up\s+to\s+speed(?:\s+on)?)\b\s*(?P<rest>.*)"
)
_NEWS = re.compile(
    r"(?:so\s+)?what(?:'s|\s+is)\s+new(?:\s+(?:in|with)\s+(?:my\s+)?(?:inbox|mail|emails?))?(?:\s+today)?|what(?:'ve| have)\s+i\s+missed(?:\s+.*)?|what did i miss(?:\s+.*)?|any(?:thing)?\s+(?:news|new|important|urgent)(?:\s+(?:in|from)\s+(?:my\s+)?(?:inbox|mail|emails?|messages))?(?:\s+(?:today|for me))?|fill me in"
)
_LATEST_FEW = re.compile(
    r"(?:(?:show|list|read|open|get|give|check)(?:\s+me)?\s+)?(?:the|my)\s+(?:last|latest|newest|most\s+recent)\s+(?P<n>two|three|four|five|ten|\d{1,2})\s+(?:e?mails|messages)|what(?:'s|\s+is|\s+was)\s+(?:the|my)\s+(?:last|latest|newest|most\s+recent)\s+(?:e?mail|message)"
)
_SAID = re.compile(
    rf"(?:what(?:\s+(?:did|does|has|is)|'s)|did|has|have|is|what|when\s+did)\s+{_PERSON}\s+(?:ever\s+|already\s+|just\s+)?(?:say|said|saying|want(?:ing)?|asking(?:\s+for)?|write|written|wrote|reply|replied|respond|responded|answer|answered|ask|asked|email(?:ed)?|mail(?:ed)?|message(?:d)?|get\s+back|got(?:ten)?\s+back|send|sent|tell\s+me|been\s+in\s+touch|mention)\b(?P<rest>.*)",
    re.I,
)
_ANYONE = re.compile(
    r"(?:has|did|have|is)\s+(?:anyone|anybody|someone|somebody|there\s+(?:been\s+)?anything)\s+(?:\w+\s+)?(?:written|write|reply|replied|respond|responded|mail(?:ed)?|email(?:ed)?|message(?:d)?|sent|send|said|mention(?:ed)?)\b(?P<rest>.*)|who\s+(?:wrote|emailed|mailed|messaged|has\s+written|replied|sent)\b(?P<rest2>.*)"
)
_ASKS = re.compile(
    r"(?:look|show|list|find|search|look|check|see|any|do|did|have|has|what|which|who|how|is|are|get|give|open|pull|display|anything|unread|new|mails?|emails?|messages?|inbox|drafts?|starred|sent|locate|my|the|got|where|let|read|latest|last|important|when|dig|hear)\b"
)
_CAME = re.compile(
    r"(?:what|anything|did\s+anything|has\s+anything)\s+(?:new\s+)?(?:came|come|has\s+come|arrived|has\s+arrived|landed|did\s+i\s+receive|have\s+i\s+received)\b(?P<rest>.*)"
)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    text, low = clause.text, clause.low
    if re.search(r"\b(?:my|the) (?:calendar|schedule|agenda|diary)\b", low):
        return None
    if latest := _LATEST_FEW.fullmatch(low):
        few = {None: 1, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}.get(latest["n"]) or int(latest["n"])
        shown = {"query": "in:inbox", "limit": few}
        return look("search_mail", lambda found: Say(answers.latest(found[0], scene, few)), **shown)
    if _NEWS.fullmatch(low) and kind_of("it", scene) != "event":
        return summarized("is:unread")
    if found := _SUM.fullmatch(low):
        return _sum(text[found.start("rest") :], quotes, scene)
    if (found := _READ.fullmatch(low)) and (act := _read(text, found, quotes, scene)):
        return act
    if (
        (found := _SAID.fullmatch(text))
        and not re.fullmatch(
            r"(?:you|i|we|it|that|this|the|there|anything|my|(?:have|has|did|do|is|are|was)\b.*)", lower(found["who"])
        )
        and lower(found["who"]).split()[0]
        not in ("the", "you", "i", "my", "there", "it", "this", "that", "any", "anyone", "anybody", "someone")
    ):
        who = as_person(found["who"], scene.person())
        if who and not re.search(r"\b(?:accept|decline|rsvp|invite|meeting)\b", lower(found["rest"])):
            scene.people.append(who)
            rest = re.sub(r"^\s*(?:to me|me|us|anything|something|back)\b", "", found["rest"].strip())
            return _search(f"{rest}", quotes, scene, sender=who)
    if (found := _ANYONE.fullmatch(low)) and found["rest2"] is not None:
        return _search(f"inbox {text[found.start('rest2') :]}", quotes, scene, inbox=True)
    if (found := _ANYONE.fullmatch(low)) or (found := _CAME.fullmatch(low)):
        rest = next(text[found.start(key) : found.end(key)] for key in found.groupdict() if found[key] is not None)
        return _search(rest, quotes, scene)
    if found := _DID_I.fullmatch(re.sub(r"\s+(?:yet|already)$", "", text)):
        return _search(f"mails I sent to {capital(found['who'])}{found['rest'] or ''}", quotes, scene)
    if re.fullmatch(
        r"(?:what|which|is there|do i have|anything|any|who)\b.*\b(?:need|have|got|should) (?:i )?(?:to )?(?:answer|reply to|respond to|get back to)\b.*|who(?:'s|\s+is)?\s+(?:still\s+)?(?:waiting|waits?|wants?|expects?|needs?)\s+(?:for\s+|on\s+)?(?:an?\s+|my\s+)?(?:me|answer|reply|response)\b.*|who\s+(?:do|should)\s+i\s+(?:still\s+)?(?:need\s+to\s+|have\s+to\s+)?(?:answer|reply\s+to|get\s+back\s+to).*",
        low,
    ):
        return _search("unread mail", quotes, scene)
    if re.match(r"(?:what|which|when)\b.*\b(?:have|did) i (?:sent|send|write|written|e?mail(?:ed)?|wrote)\b", low):
        return _search(text, quotes, scene)
    if (MAIL_NOUN.search(low) and _ASKS.match(low)) or re.fullmatch(r"(?:mail|emails?|inbox|check (?:my )?mail)", low):
        return _search(text, quotes, scene)
    if (
        re.match(
            r"(?:(?:is there|do i have|have i got|got|has)\s+)?(?:anything|something|any (?:new )?(?:reply|replies|answer|response|feedback|update)|any news|any word|heard anything|have i heard|(?:(?:what's|what is|show me|give me|read me|get me)\s+)?(?:the\s+)?(?:latest|newest|last|most recent)(?:\s+(?:news|word|thing|one))?)\b.*\bfrom\b",
            low,
        )
        and (found := FROM.search(text))
        and not timed(found["who"], scene.now, scene.zone).found
    ):
        return _search(text, quotes, scene)
    found = _FIND_FROM.fullmatch(text)
    if found and not _OTHER.search(lower(found["topic"])) and not timed(found["who"], scene.now, scene.zone).found:
        return _search(f"mails from {found['who']} about {found['topic']}", quotes, scene)
    return None


_ROLE = re.compile(r"\b(?P<way>from|to)\s+(?:the|my)\s+(?P<role>(?!newsletter|mailing|last|past|team|bank)[a-z]+)\b")


def _search(text: str, quotes: Quotes, scene: Scene, sender: str | None = None, inbox: bool = False) -> Act:
    if role := _ROLE.search(text):
        return look("find_contact", lambda found: _of_role(text, role, found[0], quotes, scene), name=role["role"])
    query, said = build_query(text, quotes, scene, sender)
    if inbox and "in:" not in query:
        query = f"{query} in:inbox".strip()
    low = lower(text)
    counting = low.startswith("how many")

    def then(results: Sequence[Json]) -> Act:
        found = answers.items(results[0], "messages")
        if counting:
            total = results[0].get("total", len(found))
            return Say(f"You have {total or 'no'} {answers.mails(said, total)}.")
        if len(found) == 1 and (sender or re.match(r"(?:read|open)\b", low)):
            one = str(found[0]["id"])
            return look("read_mail", lambda read: Say(_full(read[0], scene)), message=one)
        if not found and (role := re.fullmatch(r"from:(\w+)", query)) and re.search(rf"\b{role[1].lower()}\b", text):
            return look("find_contact", lambda known: _of_the_role(role[1], known[0], said, scene), name=role[1])
        one = re.sub(r"(?<=[a-z]{3})s$", "", query)
        if not found and one != query:  # "invoices" are found under "invoice"
            return look("search_mail", lambda again: Say(answers.messages(again[0], scene, said)), query=one)
        return Say(answers.messages(results[0], scene, said))

    return look("search_mail", then, query=query)


def _of_role(text: str, role: re.Match[str], found: Json, quotes: Quotes, scene: Scene) -> Act:
    """ "From my landlord" is from whom the contacts call so, if they do."""
    known = answers.items(found, "contacts")
    name = str(known[0].get("name")) if len(known) == 1 else role["role"]
    return _search(f"{text[: role.start()]}{role['way']} {quotes.hold(name)}{text[role.end() :]}", quotes, scene)


def _of_the_role(role: str, found: Json, said: str, scene: Scene) -> Act:
    """Nobody of that name has written: perhaps it is what somebody does ("finance")."""
    known = answers.items(found, "contacts")
    if len(known) != 1 or lower(role) in lower(str(known[0].get("name"))):
        return Say(f"I found no {said}.")
    name = str(known[0]["name"])
    query = f"from:{person_op(name)}"
    return look("search_mail", lambda mails: Say(answers.messages(mails[0], scene, f"mail from {name}")), query=query)


_FIND_FROM = re.compile(
    r"(?:find|look\s+for|search\s+for|locate|pull\s+up|get|show|where\s+(?:is|are)|where's)\s+(?:me\s+)?(?:the|that|those|any)\s+(?P<topic>\S.*?)\s+(?:from|by)\s+(?P<who>(?-i:[A-Z])[\w&'. -]*)",
    re.I,
)


def read_loosely(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    """ "Open the invoice": what nothing else can be opened for is looked for in the mail."""
    found = re.fullmatch(r"(?:open|read)(?:\s+me)?\s+(?:the|my|that)\s+(?P<topic>\S.{1,60})", clause.text, re.I)
    if found is None or _OTHER.search(clause.low):
        return None
    return _search(f"read mail about {found['topic']}", quotes, scene)


_DID_I = re.compile(
    r"(?:did|have)\s+i\s+(?:already\s+|ever\s+)?(?:reply|replied|respond(?:ed)?|answer(?:ed)?|write|written|wrote|e?mail(?:ed)?|get\s+back|got(?:ten)?\s+back)\s+(?:back\s+)?(?:to\s+)?(?P<who>(?!the\b|that\b|my\b)[^\W\d]\S*(?:\s+(?-i:[A-Z])\S*)*)(?P<rest>\s.+)?",
    re.I,
)


def _full(result: Json, scene: Scene) -> str:
    message = result.get("message")
    return answers.full_message(message if isinstance(message, dict) else result, scene)


_OTHER = re.compile(
    rf"{EVENT_NOUN.pattern}|{TASK_NOUN.pattern}|\b(?:calendar|diary|schedule|agenda|list|day|week|weather|time|date|forecast)\b"
)


def _read(text: str, found: re.Match[str], quotes: Quotes, scene: Scene) -> Act | None:
    key = next((key for key in found.groupdict() if found[key] is not None), None)
    ref = text[found.start(key) : found.end(key)] if key else "it"
    low = lower(ref)
    if refers_back(low):
        if scene.memory.kind() != "message" and not MAIL_NOUN.search(low):
            return None
        which = target(ref, "message", quotes, scene)
        if not which.refs:
            return Ask(which.ask, Question(_call("read_mail"), "message", which.candidates))
        if len(which.refs) > 3:
            return None
        return look("read_mail", lambda read: Say(_full(read[0], scene)), message=which.refs[0])
    said_in = key in ("ref2", "ref3") and re.match(r"(?:the|my|that|\w+'s)\s", low) and not _OTHER.search(low)
    if (not MAIL_NOUN.search(low) and not said_in) or (
        re.search(r"\b(?:mails|emails|messages|inbox|drafts|unread|all|any|threads)\b", low)
        and not re.search(r"\blatest|last|newest\b", low)
    ):
        return None
    if re.match(r"(?:show|see|display|view)", lower(text)) and not re.match(r"(?:the|that|his|her|my|[a-z]+'s)\b", low):
        return None
    query, said = build_query(ref, quotes, scene)
    if query in ("", "in:inbox", "in:sent") and not re.search(r"\blatest|last|newest|first\b", low):
        return None

    def then(results: Sequence[Json]) -> Act:
        mails = answers.items(results[0], "messages")
        if not mails:
            return Say(f"I found no {said}.")
        if (
            len(mails) == 1
            or re.search(r"\b(?:latest|last|newest|most recent)\b", low)
            or len({each.get("thread_id") for each in mails}) == 1
        ):
            return look("read_mail", lambda read: Say(_full(read[0], scene)), message=str(mails[0]["id"]))
        return Ask(
            f"{answers.messages(results[0], scene, said)}\nWhich one should I open?",
            Question(
                _call("read_mail"),
                "message",
                tuple({"id": str(each["id"]), "label": answers.message_line(each, scene)} for each in mails[:8]),
            ),
        )

    return look("search_mail", then, query=query)


def _call(tool: str) -> Call:
    return Call(tool, {})


def _sum(rest: str, quotes: Quotes, scene: Scene) -> Act | None:
    low = lower(rest)
    if refers_back(low) and scene.memory.kind() == "message":
        which = target(rest, "message", quotes, scene)
        known = [*scene.memory.shown("message"), *filter(None, [scene.memory.focus("message")])]
        subjects = [
            str(each.item["subject"]) for each in known if which.refs == (each.id,) and each.item.get("subject")
        ]
        if subjects:
            bare = re.sub(r"^(?:re|fwd?):\s*", "", subjects[0], flags=re.I)
            return summarized(f"subject:{person_op(bare)}")
    if re.search(r"\b(?:day|week|calendar|schedule|meetings?|agenda|tasks?|to-dos?)\b", low) and not MAIL_NOUN.search(
        low
    ):
        return None
    query = build_query(rest, quotes, scene)[0] if rest else ""
    return summarized("is:unread" if query in ("in:inbox", "") else query)


def summarized(query: str) -> Act:
    return look("summarize_mail", lambda found: Say(summary(found[0])[0]), query=query)
