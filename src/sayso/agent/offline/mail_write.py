# ruff: noqa: E501  one alternative of a pattern is one line
"""Writing mail: send, draft, reply, forward; "tell her I'll be late" becomes "I'll be late."."""

import re
from collections.abc import Sequence

from sayso.agent.offline.acts import Act, Ask, Call, Do, Json, Look, Question, Say, Scene, look
from sayso.agent.offline.clauses import Clause
from sayso.agent.offline.lookup import with_event
from sayso.agent.offline.mail_look import person_op
from sayso.agent.offline.reported import direct, subject_of
from sayso.agent.offline.say import person_name
from sayso.agent.offline.slots import as_person, people_pattern, split_people
from sayso.agent.offline.targets import kind_of, refers_back, target
from sayso.agent.offline.words import Quotes, capital, lower, sentence

_WHO = people_pattern()
_MAIL = r"(?:quick\s+|short\s+|new\s+|follow-?up\s+)?(?:e?mail|message|note|line|text|memo|word|letter|draft)"
_LEAD = r"(?:\s*(?::|,|-)?\s*(?P<lead>that\s+says?|that|saying(?:\s+that)?|to\s+say(?:\s+that)?|to\s+tell\s+(?:him|her|them)(?:\s+that)?|to\s+let\s+(?:him|her|them)\s+know(?:\s+that)?|and\s+(?:tell\s+(?:him|her|them)|say|let\s+(?:him|her|them)\s+know)(?:\s+that)?|with\s+(?:the\s+|a\s+)?(?:text|body|message|words|note|comment)(?:\s+that)?|telling\s+(?:him|her|them)(?:\s+that)?|letting\s+(?:him|her|them)\s+know(?:\s+that)?|explaining(?:\s+that)?|(?:thanking|congratulating|wishing|reminding)\s+(?:him|her|them|\w+)|thanking|apologi[sz]ing|asking|ask(?:ing)?\s+(?:him|her|them)|and\s+ask(?:\s+(?:him|her|them))?|to\s+ask(?:\s+(?:him|her|them))?|:))"
_ABOUT = r"(?:\s+(?:about|regarding|re|concerning)\s+(?P<topic>.+?))"
_SEND = re.compile(
    rf"(?P<verb>send|e?mail|message|write|text|ping|drop|shoot|draft|compose|prepare|mail|contact|fire off|start|save|create)\s+(?:(?:out|off|up)\s+)?(?:(?:an?|the|another|my)\s+)?(?:(?P<noun>{_MAIL})\s+(?:to|for)\s+(?:(?:the|my|our)\s+(?!team|group|others|guests|people|attendees))?|(?:to\s+)|(?:(?:an?\s+)?draft\s+(?:to|for)\s+))?(?P<who>{_WHO})(?:\s+(?:an?|the|another)\s+(?P<noun2>{_MAIL}))?"
    rf"(?:\s*,?\s*(?:and\s+)?(?:cc|copy|cc'ing|copying)\s+(?P<cc>{_WHO}))?(?:\s*,?\s*(?:and\s+)?bcc\s+(?P<bcc>{_WHO}))?{_ABOUT}??(?P<body>{_LEAD}\s*(?P<words>.+)|,?\s+(?P<bare>(?:i|i'm|i'll|i've|i'd|we|we're|we'll|the|my|our|it|it's|there|please|thanks|thank you|happy|congrat\w*|sorry|to|if|whether|how|what|when|where|why|can|could|would|a|an|not|happy|good|[\ue000-\ue0ff])\b.*|[\ue000-\ue0ff].*))?",
    re.I | re.S,
)
_NO_ONE = re.compile(
    rf"(?:send|write|draft|compose|start|prepare|create|make)\s+(?:an?\s+|the\s+|new\s+)*{_MAIL}(?:\s+about\s+(?P<topic>.+))?|e?mail|reply|forward",
    re.I,
)
_TELL = re.compile(
    rf"(?P<verb>tell|inform|notify|remind|warn|update|assure)\s+(?P<who>{_WHO}?)\s+(?P<lead>that|about|of|to|it's|how|when|where|what|why|whether|if|:|(?=i\b|i'|we\b|we'|the\b|my\b|our\b|it\b|it'|there\b|please\b|thanks|thank|happy|he\b|she\b|they\b|you\b|your\b|yes\b|no\b|not\b|sorry\b|a\b|an\b|\w+'s\b|(?-i:[A-Z\ue000-\ue0ff])|\w+ (?:is|are|was|has|will|can't|won't)\b))\s*(?P<words>.+)",
    re.I | re.S,
)
_KNOW = re.compile(
    rf"let\s+(?P<who>{_WHO}?)\s+know\s*(?P<lead>that|about|:|when|if|where|what|,)?\s*(?P<words>.+)", re.I | re.S
)
_ASK = re.compile(
    rf"ask\s+(?P<who>{_WHO}?)\s+(?P<words>(?:if|whether|to|for|about|what|when|where|who|why|how|which|[\ue000-\ue0ff:]|is|are|can|could|does|do|did|not\s+to)\b.*|[\ue000-\ue0ff:].*)",
    re.I | re.S,
)
_THANK = re.compile(
    rf"(?P<verb>thank|congratulate|wish|apologi[sz]e\s+to|invite)\s+(?P<who>{_WHO}?)(?:\s+(?P<words>(?:for|on|a|an|good|happy|all|merry|about|safe)\b.*))?",
    re.I | re.S,
)
_SAY_TO = re.compile(rf"say\s+(?P<words>.+?)\s+to\s+(?P<who>{_WHO})(?:\s+(?:for|on)\s+(?P<for>.+))?", re.I | re.S)
_FIELDS = re.compile(
    r"(?:[,;:.]|\bwith|\band)?\s*(?:the\s+)?subject(?:\s+line)?\s*(?::|is|of)?\s+(?P<subject>[\ue000-\ue0ff]|.+?)\s*(?:[,;.\n]|\band|(?=\b(?:saying|that\s+says)\b))\s*(?:the\s+)?(?:body|text|message|content|saying|that\s+says|and\s+say)\s*(?::|is|of)?\s+(?P<body>.+)$|(?:[,;:]|\bwith)\s*(?:the\s+)?subject(?:\s+line)?\s*(?::|is|of)?\s+(?P<subject2>[\ue000-\ue0ff]|[^:,]+?)(?:\s*[:,]\s*(?P<body2>.+))?$",
    re.I | re.S,
)
_REPLY = re.compile(
    r"(?:reply|respond|answer|write\s+back|get\s+back)\b\s*(?P<all>(?:to\s+)?(?:all|everyone|everybody)\b)?\s*(?:(?:to|on)\s+)?(?P<ref>.*?)(?:\s*(?::|,)\s*|\s+(?P<lead>that\s+says|that|saying(?:\s+that)?|to\s+say(?:\s+that)?|with|and\s+(?:say|tell\s+(?:him|her|them)|ask)(?:\s+that)?|telling\s+(?:him|her|them)(?:\s+that)?)\s+)(?P<words>.+)",
    re.I | re.S,
)
_REPLY_SHORT = re.compile(
    r"(?:reply|respond|answer|write\s+back|say)\s+(?:with\s+(?:an?\s+)?)?(?P<words>(?:yes|no|ok|okay|sure|thanks|thank you|sounds good|great|will do|got it|agreed|perfect|fine)(?:[ ,]+(?:please|thanks|thank you|that works|sounds good|will do))*|[\ue000-\ue0ff])\s+to\s+(?P<ref>.+)",
    re.I,
)
_REPLY_BARE = re.compile(
    r"(?:reply|respond|answer|write\s+back)\b\s*(?P<all>(?:to\s+)?(?:all|everyone|everybody)\b)?\s*(?:(?:to|on)\s+)?(?P<ref>.*)",
    re.I,
)
_FORWARD = re.compile(
    rf"(?:forward|fwd|pass\s+on|send\s+on|share)\s+(?P<ref>.+?)\s+(?:on\s+)?(?:to|with)\s+(?P<who>{_WHO})(?:{_LEAD}\s*(?P<words>.+))?|forward\s+(?P<who2>{_WHO})\s+(?P<ref2>(?:the|that|this|it|his|her|(?-i:[A-Z])\w*'s)\b.+)",
    re.I | re.S,
)
_SEND_DRAFT = re.compile(
    r"send\s+(?:off\s+|out\s+)?(?P<ref>(?:the|my|that|this)\s+(?:.*\s)?draft(?:\s+.*)?|it|that)(?:\s+(?:off|now))?",
    re.I,
)
_GROUP = re.compile(r"(?:everyone|everybody|all|them all|the (?:guests|others|attendees|team|group|people))\b", re.I)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    text = _WISHES.sub(lambda said: f"{_WISH[lower(said['what'])]} {said['who']}", _A_REPLY.sub("reply", clause.text))
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
        _forward(text, quotes, scene)
        or _reply(text, quotes, scene, draft=text != clause.text and not re.match(r"send|write", clause.low))
        or _tell(text, quotes, scene)
        or _send(text, quotes, scene)
    )


_WISHES = re.compile(
    r"^(?:send|say)\s+(?:my\s+|our\s+|an?\s+|many\s+)?(?P<what>apologies|apology|sorry|thanks|thank\s+you|congratulations|congrats)\s+to\s+(?P<who>\S+)(?=\s+(?:for|on|about)\b|$)",
    re.I,
)
_WISH = {
    "apologies": "apologize to",
    "apology": "apologize to",
    "sorry": "apologize to",
    "thank you": "thank",
    "thanks": "thank",
    "congratulations": "congratulate",
    "congrats": "congratulate",
}


def people(text: str, scene: Scene) -> list[str]:
    found = [who for part in split_people(text) if (who := as_person(part, scene.person()))]
    scene.people += found
    return found


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
    if not body and words:
        body = direct(kind, lower(found["lead"] or ""), words)
    extra: Json = {}
    for key in ("cc", "bcc"):
        if found[key]:
            extra[key] = people(found[key], scene)
    topic = found["topic"] or ""
    return _compose("draft_mail" if draft else "send_mail", found["who"], body, topic, quotes, scene, subject, extra)


_THING = re.compile(
    r"(?:the|my|our|a|an)\s+(?:(?!(?:is|are|was|were|has|have|had|will|can|can't|won't|isn't|aren't|doesn't|does|do|did|didn't|works?|looks?|needs?|got|just|went|came|must|should|could|would|may|might|starts?|ends?|moved|arrived|\w+'s|\w+ed)\b)[\w'’-]+\s*){1,6}"
)
"""A thing ("the offsite agenda"), which says nothing by itself."""


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


def _reply(text: str, quotes: Quotes, scene: Scene, draft: bool) -> Act | None:
    act = _answer(text, quotes, scene)
    if draft and isinstance(act, Do):
        return as_draft(act.calls[0])
    return act


def as_draft(reply: Call) -> Act:
    """A reply as a draft: to whom, and about what, the message that it answers tells."""

    def then(results: Sequence[Json]) -> Act:
        mail = results[0].get("message") or {}
        people = [mail.get("from"), *(mail.get("to") or [] if reply.args.get("everyone") else [])]
        to = [str(each["email"]) for each in people if isinstance(each, dict) and each.get("email")]
        subject = re.sub(r"^(?!re:)", "Re: ", str(mail.get("subject") or ""), flags=re.I)
        return Do((Call("draft_mail", {"to": to, "subject": subject, "body": reply.args["body"]}),))

    return look("read_mail", then, message=reply.args["message"])


_TO_A_ROLE = re.compile(
    r"(?:reply|respond|answer|write\s+back|get\s+back)\s+(?:to\s+)?(?P<role>(?:the|my)\s+(?!e?mails?\b|messages?\b|latest\b|last\b|newest\b|threads?\b|one\b|question\b|invitation\b|invite\b|phone\b)[a-z]+)(?=\s+(?:that|with|saying|and|to\s+say)\b|\s*[:,]|$)",
    re.I,
)


def _of_role(text: str, role: re.Match[str], found: Json, quotes: Quotes, scene: Scene) -> Act:
    """ "Reply to my landlord" is to whom the contacts call so, if they do."""
    known = found.get("contacts") or []
    name = str(known[0].get("name")) if len(known) == 1 else re.sub(r"^(?:the|my)\s+", "", role["role"])
    act = _answer(f"{text[: role.start('role')]}{quotes.hold(name)}{text[role.end('role') :]}", quotes, scene)
    return act or Say(f"I did not understand what to answer to {name}.")


def _answer(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    if role := _TO_A_ROLE.match(text):
        name = re.sub(r"^(?:the|my)\s+", "", role["role"])
        return look("find_contact", lambda found: _of_role(text, role, found[0], quotes, scene), name=name)
    if found := _REPLY_SHORT.fullmatch(text):
        return _reply_call(found["ref"].strip(), sentence(quotes.put_back(found["words"])), False, quotes, scene)
    found = _REPLY.fullmatch(text) or _REPLY_BARE.fullmatch(text)
    if found is None or re.search(r"\binvit(?:e|ation)\b", lower(text)):
        return None
    words = found.groupdict().get("words") or ""
    if re.fullmatch(r"(?:the )?(?:question|phone|door|call)s?", lower(found["ref"])):
        return None
    body = quotes.put_back(direct("tell", lower(found.groupdict().get("lead") or ""), words)).strip() if words else ""
    return _reply_call(found["ref"].strip(), body, bool(found["all"]), quotes, scene)


def _reply_call(ref: str, body: str, everyone: bool, quotes: Quotes, scene: Scene) -> Act:
    args: Json = {"body": body} if body else {}
    if everyone:
        args["everyone"] = True
    message = ""
    if not ref or refers_back(lower(ref)) or re.fullmatch(r"(?:him|her|them)", lower(ref)):
        focus = scene.memory.focus("message")
        person = scene.person() if ref and not refers_back(lower(ref)) else None
        if refers_back(lower(ref)) and (which := target(ref, "message", quotes, scene)).refs:
            message = which.refs[0]
        elif focus:
            message = focus.id
        elif person:
            message = f"latest mail from {person}"
        else:
            return Ask("Which message should I reply to?", Question(Call("reply_mail", args), "message"))
    else:
        ref = quotes.put_back(re.sub(r"^(?:the|that|my)\s+", "", ref, flags=re.I))
        about = re.fullmatch(r"(?P<who>[^\s].*?)\s+about\s+(?P<topic>.+)", ref)
        named = re.sub(r"'s\s+(?:latest\s+|last\s+)?(?:e?mail|message|note)", "", ref)
        if not re.search(r"\b(?:e?mail|message|thread|note|newsletter)\b", lower(named)):
            topic = f" about {about['topic']}" if about else ""
            who = as_person(about["who"] if about else named, scene.person()) or named
            scene.people.append(who)
            message = f"latest mail from {who}{topic}"
        else:
            message = ref
    args["message"] = message
    if not body:
        return Ask("What should the reply say?", Question(Call("reply_mail", args), "body"))
    return Do((Call("reply_mail", args),))


def _forward(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    found = _FORWARD.fullmatch(text)
    if found is None:
        return None
    ref, who = found["ref"] or found["ref2"], found["who"] or found["who2"]
    note = quotes.put_back(direct("tell", lower(found["lead"] or ""), found["words"])) if found["words"] else ""
    if re.match(r"pass|share|send", lower(text)) and not re.search(r"mail|message|it\b|that\b|one\b", lower(ref)):
        return None
    if refers_back(lower(ref)) or (re.search(r"\b(?:his|her|their)\s", lower(ref)) and scene.memory.focus("message")):
        which = target(ref if refers_back(lower(ref)) else "it", "message", quotes, scene)
        if not which.refs:
            return Ask(which.ask)
        message = which.refs[0]
    else:
        message = re.sub(r"^(?:the|that|my)\s+", "", quotes.put_back(ref), flags=re.I)
        message = re.sub(
            r"^(?P<who>.+)'s\s+(?:latest\s+|last\s+)?(?:e?mail|message)(?P<rest>.*)$",
            r"latest mail from \g<who>\g<rest>",
            message,
        )
        if re.match(r"(?:his|her|their)\s", lower(message)) and (person := scene.person()):
            message = f"latest mail from {person_op(person)}"
    to = people(who, scene)

    def then(results: Sequence[Json]) -> Act:
        inner = results[0].get("message")
        mail = inner if isinstance(inner, dict) else results[0]
        subject = str(mail.get("subject") or "")
        subject = subject if lower(subject).startswith(("fwd:", "fw:")) else f"Fwd: {subject}"
        quoted = f"{note}\n\n" if note else ""
        quoted += f"---------- Forwarded message ----------\nFrom: {person_name(mail.get('from'))}\nDate: {mail.get('date', '')}\nSubject: {mail.get('subject', '')}\n\n{mail.get('body', '')}"
        if not to:
            return Say("Who should it go to?")
        return Do((Call("send_mail", {"to": to, "subject": subject.strip(), "body": quoted}),))

    return Look((Call("read_mail", {"message": message}),), then)
