# ruff: noqa: E501  one alternative of a pattern is one line
"""Writing mail: send, draft, reply, forward; "tell her I'll be late" becomes "I'll be late."."""

import re
from dataclasses import replace

from sayso.offline.acts import Act, Ask, Call, Do, Json, Question, Say
from sayso.offline.calendar.lookup import with_event
from sayso.offline.mail.reply import LEAD, WHO, forward, people, reply
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.reported import direct, subject_of
from sayso.offline.reading.slots import people_pattern
from sayso.offline.reading.targets import kind_of, target
from sayso.offline.reading.words import Quotes, capital, lower, sentence
from sayso.offline.scene import Scene

_MAIL = r"(?:quick\s+|short\s+|new\s+|follow-?up\s+)?(?:e?mail|message|note|line|text|memo|word|letter|draft)"

_ABOUT = r"(?:\s+(?:about|regarding|re|concerning)\s+(?P<topic>.+?))"
_SEND = re.compile(
    rf"(?P<verb>send|e?mail|message|write|text|ping|drop|shoot|draft|compose|prepare|mail|contact|fire off|start|save|create)\s+(?:(?:out|off|up)\s+)?(?:(?:an?|the|another|my)\s+)?(?:(?P<noun>{_MAIL})\s+(?:to|for)\s+(?:(?:the|my|our)\s+(?!team|group|others|guests|people|attendees))?|(?:to\s+)|(?:(?:an?\s+)?draft\s+(?:to|for)\s+))?(?P<who>{WHO})(?:\s+(?:an?|the|another)\s+(?P<noun2>{_MAIL}))?"
    rf"(?:\s*,?\s*(?:and\s+)?(?:cc|copy|cc'ing|copying)\s+(?P<cc>{WHO}))?(?:\s*,?\s*(?:and\s+)?bcc\s+(?P<bcc>{WHO}))?{_ABOUT}??(?P<body>{LEAD}\s*(?P<words>.+)|,?\s+(?P<bare>(?:i|i'm|i'll|i've|i'd|we|we're|we'll|the|my|our|it|it's|there|please|thanks|thank you|happy|congrat\w*|sorry|to|if|whether|how|what|when|where|why|can|could|would|a|an|not|happy|good|[\ue000-\ue0ff])\b.*|[\ue000-\ue0ff].*))?",
    re.I | re.S,
)
_NO_ONE = re.compile(
    rf"(?:send|write|draft|compose|start|prepare|create|make)\s+(?:an?\s+|the\s+|new\s+)*{_MAIL}(?:\s+about\s+(?P<topic>.+))?|e?mail|reply|forward",
    re.I,
)
_TELL = re.compile(
    rf"(?P<verb>tell|inform|notify|remind|warn|update|assure)\s+(?P<who>{WHO}?)\s+(?P<lead>that|about|of|to|it's|how|when|where|what|why|whether|if|:|(?=i\b|i'|we\b|we'|the\b|my\b|our\b|it\b|it'|there\b|please\b|thanks|thank|happy|he\b|she\b|they\b|you\b|your\b|yes\b|no\b|not\b|sorry\b|a\b|an\b|his\b|her\b|their\b|(?:\w+day|today|tomorrow)\b|\w+'s\b|(?-i:[A-Z\ue000-\ue0ff])|\w+ (?:is|are|was|has|will|can't|won't)\b))\s*(?P<words>.+)",
    re.I | re.S,
)
_KNOW = re.compile(
    rf"let\s+(?P<who>{WHO}?)\s+know(?:\s+(?:by|via)\s+(?:e?mail|message))?\s*(?P<lead>that|about|:|when|if|where|what|,)?\s*(?P<words>.+)",
    re.I | re.S,
)
_ASK = re.compile(
    rf"ask\s+(?P<who>{WHO}?)\s+(?P<words>(?:if|whether|to|for|about|what|when|where|who|why|how|which|[\ue000-\ue0ff:]|is|are|can|could|does|do|did|not\s+to)\b.*|[\ue000-\ue0ff:].*)",
    re.I | re.S,
)
_THANK = re.compile(
    rf"(?P<verb>thank|congratulate|wish|apologi[sz]e\s+to|invite)\s+(?P<who>{WHO}?)(?:\s+(?P<words>(?:for|on|a|an|good|happy|all|merry|about|safe)\b.*))?",
    re.I | re.S,
)
_SAY_TO = re.compile(rf"say\s+(?P<words>.+?)\s+to\s+(?P<who>{WHO})(?:\s+(?:for|on)\s+(?P<for>.+))?", re.I | re.S)
_FIELDS = re.compile(
    r"(?:[,;:.]|\bwith|\band)?\s*(?:the\s+)?subject(?:\s+line)?\s*(?::|is|of)?\s+(?P<subject>[\ue000-\ue0ff]|.+?)\s*(?:[,;.\n]|\band|(?=\b(?:saying|that\s+says)\b))\s*(?:the\s+)?(?:body|text|message|content|saying|that\s+says|and\s+say)\s*(?::|is|of)?\s+(?P<body>.+)$|(?:[,;:]|\bwith)\s*(?:the\s+)?subject(?:\s+line)?\s*(?::|is|of)?\s+(?P<subject2>[\ue000-\ue0ff]|[^:,]+?)(?:\s*[:,]\s*(?P<body2>.+))?$",
    re.I | re.S,
)


_SEND_DRAFT = re.compile(
    r"send\s+(?:off\s+|out\s+)?(?P<ref>(?:the|my|that|this)\s+(?:.*\s)?draft(?:\s+.*)?|it|that)(?:\s+(?:off|now))?",
    re.I,
)
_GROUP = re.compile(r"(?:everyone|everybody|all|them all|the (?:guests|others|attendees|team|group|people))\b", re.I)


_DAY = r"(?:tomorrow|tonight|today|on\s+\w+day|next\s+\w+)(?:\s+(?:morning|afternoon|evening|night))?"
LEAVES = re.compile(
    rf"\s+(?:{_DAY},?\s+)?at\s+\d{{1,2}}(?:[:.]\d\d)?(?:\s*[ap]\.?m\.?)?(?:\s+{_DAY})?(?=\s*[:,](?!\d)|\s+(?:saying|that|to\s+say|if|whether)\b)",
    re.I,
)
"""When a mail is to leave, said before its words."""
_WORDS_BEGIN = re.compile(r":|\b(?:saying|says?|that|know|if|whether|ask\w*|about)\b", re.I)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    leaves = LEAVES.search(clause.text)
    if leaves is None or _WORDS_BEGIN.search(clause.text, 0, leaves.start()):
        return _read(clause, quotes, scene)
    text = clause.text[: leaves.start()] + clause.text[leaves.end() :]
    act = _read(replace(clause, text=text, low=lower(text), raw=text), quotes, scene)
    later = {"send_at": leaves[0].strip()}
    if isinstance(act, Do):
        return replace(act, calls=tuple(each.having(each.args | later) for each in act.calls))
    if isinstance(act, Ask) and act.question:
        call = act.question.call
        return replace(act, question=replace(act.question, call=call.having(call.args | later)))
    return None


def _read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    ending = _ENDING.search(clause.raw)
    if ending and not re.match(r"(?:can|could|would|will) (?:you|u|we)\b|would you|do you mind", clause.raw.lower()):
        clause = replace(clause, text=f"{clause.text}{ending[0].strip()}")  # it is part of the mail
    text = _CARD.sub(r"send \g<what> to \g<who>", clause.text)
    text = _BIRTHDAY.sub(r"wish \g<who> a happy birthday", text)
    text = _WISHES.sub(lambda said: f"{_WISH[lower(said['what'])]} {said['who']}", _A_REPLY.sub("reply", text))
    if (
        clause.asked
        and not re.match(
            r"(?:can|could|would|will) (?:you|u)\b|would you|do you mind|can we|could we", clause.raw.lower()
        )
        and not re.match(
            r"(?:ask|tell|e?mail|let|send|shoot|drop|write|text|message|ping|reply|forward|answer|draft|compose|save|respond)\b",
            clause.low,
        )
    ):
        return None
    if re.match(r"(?:tell|remind|ask|let|give|send|show|text|message|e?mail)\s+(?:me|us)\b", clause.low):
        return None
    if (found := _SEND_DRAFT.fullmatch(text)) and kind_of(found["ref"], scene) == "message":
        return _send_draft(found["ref"], quotes, scene)
    return (
        forward(text, quotes, scene)
        or reply(text, quotes, scene, draft=text != clause.text and not re.match(r"send|write", clause.low))
        or _tell(text, quotes, scene)
        or _send(text, quotes, scene)
    )


_ENDING = re.compile(r"(?<=\w)[?!]+\s*$")
_WISHES = re.compile(
    r"^(?:send|say)\s+(?:my\s+|our\s+|an?\s+|many\s+)?(?P<what>apologies|apology|sorry|thanks|thank\s+you|congratulations|congrats)\s+to\s+(?P<who>\S+)(?=\s+(?:for|on|about)\b|$)",
    re.I,
)
_CARD = re.compile(
    r"^(?:send|write)\s+(?P<who>\S+)\s+an?\s+(?P<what>thank[- ]you|congratulations|apology|happy\s+birthday)\s+(?:e?mail|message|note|card)$",
    re.I,
)
_BIRTHDAY = re.compile(r"^send\s+happy\s+birthday\s+to\s+(?P<who>\S+)$", re.I)
_WISH = {
    "apologies": "apologize to",
    "apology": "apologize to",
    "sorry": "apologize to",
    "thank you": "thank",
    "thanks": "thank",
    "congratulations": "congratulate",
    "congrats": "congratulate",
}


def _tell(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    if found := _GUESTS_OF.fullmatch(text):
        return _to_guests(found["ref"], direct("tell", lower(found["lead"] or ""), found["words"]), quotes, scene)
    if found := _KNOW.fullmatch(text):
        return _compose(
            "send_mail", found["who"], direct("tell", found["lead"] or "", found["words"]), "", quotes, scene
        )
    if found := _ASK.fullmatch(text):
        return _compose("send_mail", found["who"], direct("ask", "", found["words"]), "", quotes, scene)
    if found := _TELL.fullmatch(text):
        if found["lead"] == "about" and found["verb"].lower() == "tell":
            return _compose("send_mail", found["who"], "", found["words"], quotes, scene)
        return _compose(
            "send_mail",
            found["who"],
            direct(lower(found["verb"]), lower(found["lead"]), found["words"]),
            "",
            quotes,
            scene,
        )
    if (found := _THANK.fullmatch(text)) and not lower(found["verb"]).startswith("invite"):
        return _compose(
            "send_mail",
            found["who"],
            direct(lower(found["verb"]).split()[0], "", found["words"] or ""),
            "",
            quotes,
            scene,
        )
    if found := _TELL_WHOM.fullmatch(text):
        return _compose("send_mail", found["who"], "", "", quotes, scene)
    if (found := _SAY_TO.fullmatch(text)) and not re.match(r"(?:yes|no|maybe)\b", lower(found["words"])):
        extra = f" for {found['for']}" if found["for"] else ""
        return _compose("send_mail", found["who"], direct("tell", "", found["words"] + extra), "", quotes, scene)
    return None


_TELL_WHOM = re.compile(rf"(?:tell|inform|notify|ask)\s+(?P<who>{people_pattern(False)})", re.I)
_A_REPLY = re.compile(
    r"^(?:draft|write|send|compose|prepare)\s+(?:an?|the)\s+(?:quick\s+|short\s+)?(?:reply|response|answer)\b", re.I
)
_GUESTS_OF = re.compile(
    r"(?:tell|let|e?mail|message|notify|inform)\s+(?:everyone|everybody|all|(?:all\s+)?the\s+(?:guests|attendees|others|people|participants))\s+(?:in|at|on|of|from|(?:who is\s+|who's\s+)?(?:invited|coming|going)\s+to)\s+(?P<ref>.+?)\s+(?:know\s+)?(?:(?P<lead>that|:|saying(?:\s+that)?)|(?=(?:i|i'm|i'll|we|we'll|we're|it|it's|the|there)\b))\s*(?P<words>.+)",
    re.I | re.S,
)


def _to_guests(ref: str, body: str, quotes: Quotes, scene: Scene) -> Act:
    """A mail to everybody who is invited to an event."""

    def send(event: Json, scene: Scene) -> Act:
        to = [str(guest["email"]) for guest in event.get("guests") or [] if guest.get("email")]
        if not to:
            return Say(f"Nobody else is invited to {event.get('title')}.")
        return Do((Call("send_mail", {"to": to, "subject": str(event.get("title")), "body": quotes.put_back(body)}),))

    return with_event(ref, quotes, scene, send)


def _send(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    subject = body = ""
    if fields := _FIELDS.search(text):
        subject = quotes.put_back(fields["subject"] or fields["subject2"] or "").strip(" .,")
        body = sentence(quotes.put_back(fields["body"] or fields["body2"] or ""))
        text = text[: fields.start()].strip(" ,:")
    text = _TO_WHOM.sub(r"\g<verb> \g<who> \g<thing>", text)
    if only := _NO_ONE.fullmatch(text):
        if not re.search(r"mail|message|note|letter|draft|reply|forward", lower(text)):
            return None
        tool = "draft_mail" if re.search(r"\bdraft|compose|prepare\b", lower(text)) else "send_mail"
        args = {
            key: value
            for key, value in {"subject": subject or capital(only["topic"] or ""), "body": body}.items()
            if value
        }
        return Ask("Who should it go to?", Question(Call(tool, args), "to"))
    found = _SEND.fullmatch(text)
    if found is None:
        return None
    verb, noun = lower(found["verb"]), lower(found["noun"] or found["noun2"] or "")
    if verb in ("save", "create") and not re.search(r"mail|message|draft|note", noun):
        return None
    if verb in ("prepare", "start", "drop", "contact", "compose", "ping", "shoot", "fire off") and not (
        noun or found["words"] or found["bare"]
    ):
        return None
    if (
        verb == "send"
        and not (noun or found["words"] or found["bare"] or found["topic"])
        and not subject
        and " to " not in lower(text)
    ):
        return None
    if re.search(
        r"^(?:poem|song|story|essay|code|letter to the editor|joke|haiku|report)\b|\b(?:poem|song|story|essay|haiku)\b",
        lower(found["who"]),
    ):
        return None
    draft = (
        verb in ("draft", "compose", "prepare")
        or "draft" in noun
        or re.search(r"\bdraft\b", lower(text[: found.start("who")])) is not None
    )
    words = found["words"] or found["bare"] or ""
    kind = (
        "ask"
        if re.search(r"\bask", lower(found["lead"] or ""))
        or (re.match(r"(?:if|whether|to)\b", lower(words)) and not found["lead"])
        else "tell"
    )
    if told := re.match(r"(thank|congratulat|wish|remind|apologi)", lower(found["lead"] or "")):
        kind = {"congratulat": "congratulate"}.get(told[1], told[1])
        body = direct(kind, "", words)
    if not body and words and not found["lead"] and _THING.fullmatch(lower(words)):
        topic, words = words, ""
        return _compose("draft_mail" if draft else "send_mail", found["who"], "", topic, quotes, scene, subject)
    named = _NAMED_THING.match(words) if words and not found["lead"] else None
    if not body and words:
        body = direct(kind, lower(found["lead"] or ""), words)
    extra: Json = {}
    for key in ("cc", "bcc"):
        if found[key]:
            extra[key] = people(found[key], scene)
    topic = found["topic"] or (named["thing"] if named and _THING.fullmatch(lower(named["thing"])) else "")
    return _compose("draft_mail" if draft else "send_mail", found["who"], body, topic, quotes, scene, subject, extra)


_THING = re.compile(
    r"(?:the|my|our|a|an)\s+(?:(?!(?:is|are|was|were|has|have|had|will|can|can't|won't|isn't|aren't|doesn't|does|do|did|didn't|works?|looks?|needs?|got|just|went|came|must|should|could|would|may|might|starts?|ends?|moved|arrived|\w+'s|\w+ed)\b)[\w'’-]+(?:\s+|$)){1,6}"
)
"""A thing ("the offsite agenda"), which says nothing by itself."""
_NAMED_THING = re.compile(r"(?P<thing>[^:,.]+?)\s*(?:[:,]|\s-)\s+(?=\S)")
"""A thing and what it is: "the address: 5 Main St"."""
_TO_WHOM = re.compile(
    rf"(?P<verb>send|e?mail|write)\s+(?P<thing>(?:the|my|our|an?|some)\s+(?!.*\b(?:e?mail|message|note|line|reply|draft|text|memo|letter|newsletter|invit\w+)\b).+?)\s+to\s+(?P<who>{people_pattern()})(?=\s*[:,-]|$)",
    re.I,
)


def _compose(
    tool: str,
    who: str,
    body: str,
    topic: str,
    quotes: Quotes,
    scene: Scene,
    subject: str = "",
    extra: Json | None = None,
) -> Act | None:
    focus = scene.memory.focus("event")
    if focus and (_GROUP.match(who) or (lower(who) == "them" and not scene.people)):
        to = [str(guest["email"]) for guest in focus.item.get("guests") or [] if guest.get("email")]
        if to and body:
            body = quotes.put_back(body, "'").strip()
            return Do(
                (
                    Call(
                        tool,
                        {"to": to, "subject": subject or str(focus.item.get("title")), "body": body, **(extra or {})},
                    ),
                )
            )
    if _GROUP.match(who) or re.match(r"(?:a|an)\s", lower(who)):
        return Ask(
            "Who exactly should it go to? Give me names or addresses.",
            Question(Call(tool, {"body": quotes.put_back(body)}), "to"),
        )
    to = people(who, scene)
    body = quotes.put_back(body, "" if re.fullmatch(r"\W*[\ue000-\ue0ff]\W*", body) else "'").strip()
    subject = subject or capital(quotes.put_back(topic)) or subject_of(body)
    args: Json = {"to": to, "subject": subject, "body": body, **(extra or {})}
    args = {key: value for key, value in args.items() if value not in ("", [], None)}
    if not to:
        return Ask("Who should it go to?", Question(Call(tool, args), "to"))
    if not body:
        return Ask(f"What should I write to {' and '.join(to)}?", Question(Call(tool, args), "body"))
    return Do((Call(tool, args),))


def _send_draft(ref: str, quotes: Quotes, scene: Scene) -> Act:
    found = target(ref, "message", quotes, scene)
    if not found.refs:
        return found.asking(Call("send_mail", {}), "draft")
    return Do((Call("send_mail", {"draft": found.refs[0]}),))
