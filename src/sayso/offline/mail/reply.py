# ruff: noqa: E501  one alternative of a pattern is one line
"""Replies and forwards: "reply that it is fine", "draft an answer to Helen", "forward it to Ana"."""

import re
from collections.abc import Sequence
from dataclasses import replace

from sayso.offline.acts import Act, Ask, Call, Do, Json, Look, Question, Say, look
from sayso.offline.mail.query import person_op
from sayso.offline.reading.reported import direct
from sayso.offline.reading.slots import as_person, people_pattern, split_people
from sayso.offline.reading.targets import refers_back, target
from sayso.offline.reading.words import Quotes, lower, sentence
from sayso.offline.scene import Scene

WHO = people_pattern()
LEAD = r"(?:\s*(?::|,|-)?\s*(?P<lead>that\s+says?|that|saying(?:\s+that)?|to\s+say(?:\s+that)?|to\s+tell\s+(?:him|her|them)(?:\s+that)?|to\s+let\s+(?:him|her|them)\s+know(?:\s+that)?|and\s+(?:tell\s+(?:him|her|them)|say|let\s+(?:him|her|them)\s+know)(?:\s+that)?|with\s+(?:the\s+|a\s+)?(?:text|body|message|words|note|comment)(?:\s+that)?|telling\s+(?:him|her|them)(?:\s+that)?|letting\s+(?:him|her|them)\s+know(?:\s+that)?|explaining(?:\s+that)?|(?:thanking|congratulating|wishing|reminding)\s+(?:him|her|them|\w+)|thanking|apologi[sz]ing|asking|ask(?:ing)?\s+(?:him|her|them)|and\s+ask(?:\s+(?:him|her|them))?|to\s+ask(?:\s+(?:him|her|them))?|:))"
_REPLY = re.compile(
    r"(?:reply|respond|answer|write\s+back|get\s+back)\b\s*(?P<all>(?:to\s+)?(?:all|everyone|everybody)\b)?\s*(?:(?:to|on)\s+)?(?P<ref>.*?)(?:\s*(?::|,)\s*|\s+(?P<lead>that\s+says|that|saying(?:\s+that)?|to\s+say(?:\s+that)?|with|and\s+(?:say|tell\s+(?:him|her|them)|ask)(?:\s+that)?|telling\s+(?:him|her|them)(?:\s+that)?)\s+)(?P<words>.+)",
    re.I | re.S,
)
_COPIED = re.compile(
    rf"\s*,?\s+(?:and\s+|with\s+(?:an?\s+)?)?(?:cc(?:'?ing|:)?|copy(?:ing)?)\s+(?:in\s+|to\s+)?(?P<cc>{WHO})(?=\s*:|\s*,|\s+(?:saying|that|to\s+say|telling|and\s+(?:say|tell))\b|\s*$)",
    re.I,
)
_REPLY_SHORT = re.compile(
    r"(?:reply|respond|answer|write\s+back|say)\s+(?:with\s+(?:an?\s+)?)?(?P<words>(?:yes|no|ok|okay|sure|thanks|thank you|sounds good|great|will do|got it|agreed|perfect|fine)(?:[ ,]+(?:please|thanks|thank you|that works|sounds good|will do))*|[\ue000-\ue0ff])\s+to\s+(?P<ref>.+)",
    re.I,
)
_REPLY_SAYING = re.compile(
    r"(?:reply|respond|answer|write\s+back)\s+(?P<words>(?:yes|no|nope|ok|okay|sure|thanks|thank\s+you|great|perfect|fine|sounds|will\s+do|got\s+it|agreed|of\s+course|gladly)\b.*)",
    re.I | re.S,
)
_REPLY_BARE = re.compile(
    r"(?:reply|respond|answer|write\s+back)\b\s*(?P<all>(?:to\s+)?(?:all|everyone|everybody)\b)?\s*(?:(?:to|on)\s+)?(?P<ref>.*)",
    re.I,
)
_FORWARD = re.compile(
    rf"(?:forward|fwd|pass\s+on|send\s+on|share)\s+(?P<ref>.+?)\s+(?:on\s+)?(?:to|with)\s+(?P<who>{WHO})(?:{LEAD}\s*(?P<words>.+))?|forward\s+(?P<who2>{WHO})\s+(?P<ref2>(?:the|that|this|it|his|her|(?-i:[A-Z])\w*'s)\b.+)",
    re.I | re.S,
)
_TO_A_ROLE = re.compile(
    r"(?:reply|respond|answer|write\s+back|get\s+back)\s+(?:to\s+)?(?P<role>(?:the|my)\s+(?!e?mails?\b|messages?\b|latest\b|last\b|newest\b|threads?\b|one\b|question\b|invitation\b|invite\b|phone\b)[a-z]+)(?=\s+(?:that|with|saying|and|to\s+say)\b|\s*[:,]|$)",
    re.I,
)


def people(text: str, scene: Scene) -> list[str]:
    found = [who for part in split_people(text) if (who := as_person(part, scene.person()))]
    scene.people += found
    return found


def reply(text: str, quotes: Quotes, scene: Scene, draft: bool) -> Act | None:
    act = _answer(text, quotes, scene)
    if draft and isinstance(act, Do):
        return as_draft(act.calls[0])
    return act


def as_draft(reply: Call) -> Act:
    """A reply as a draft."""
    args = {"answer" if name == "message" else name: value for name, value in reply.args.items()}
    return Do((replace(reply, tool="draft_mail", args=args),))


def as_sent(draft: Call) -> Call:
    """What sends a draft that is not saved yet."""
    if not draft.args.get("answer"):
        kept = {name: value for name, value in draft.args.items() if name not in ("answer", "everyone")}
        return replace(draft, tool="send_mail", args=kept)
    args = {"message": draft.args["answer"], "body": draft.args.get("body", "")}
    return replace(draft, tool="reply_mail", args={**args, "everyone": True} if draft.args.get("everyone") else args)


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
    if (found := _REPLY_SAYING.fullmatch(text)) and not re.search(r"\binvit", lower(text)):
        return _reply_call("", sentence(quotes.put_back(found["words"])), False, quotes, scene)
    text, cc = _copied(text, scene)
    found = _REPLY.fullmatch(text) or _REPLY_BARE.fullmatch(text)
    if found is None or re.search(r"\binvit(?:e|ation)\b", lower(text)):
        return None
    words = found.groupdict().get("words") or ""
    if re.fullmatch(r"(?:the )?(?:question|phone|door|call)s?", lower(found["ref"])):
        return None
    body = quotes.put_back(direct("tell", lower(found.groupdict().get("lead") or ""), words)).strip() if words else ""
    return _reply_call(found["ref"].strip(), body, bool(found["all"]), quotes, scene, cc)


def _copied(text: str, scene: Scene) -> tuple[str, list[str]]:
    """ "Reply to Priya with cc to Ana saying yes": the text without those who get a copy, and these."""
    if (found := _COPIED.search(text)) is None or not (cc := people(found["cc"], scene)):
        return text, []
    return text[: found.start()] + text[found.end() :], cc


def _reply_call(ref: str, body: str, everyone: bool, quotes: Quotes, scene: Scene, cc: Sequence[str] = ()) -> Act:
    args: Json = {"body": body} if body else {}
    args |= {"cc": list(cc)} if cc else {}
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


def forward(text: str, quotes: Quotes, scene: Scene) -> Act | None:
    text, cc = _copied(text, scene)
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
        if not to:
            return Say("Who should it go to?")
        args = {"to": to, "body": note, "forward": str(mail.get("id") or message)}
        return Do((Call("send_mail", args | ({"cc": cc} if cc else {})),))

    return Look((Call("read_mail", {"message": message}),), then)
