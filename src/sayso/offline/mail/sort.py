# ruff: noqa: E501  one alternative of a pattern is one line
"""Sorting mail: archive, label, star, mark read, trash; one or many at once. The tools resolve descriptions."""

import re
from collections.abc import Sequence

from sayso.offline.acts import Act, Ask, Call, Do, Json, Look, Question, Say, look
from sayso.offline.answers import items, message_line, messages
from sayso.offline.mail.query import build_query, person_op
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.slots import is_name, timed
from sayso.offline.reading.targets import EVENT_NOUN, MAIL_NOUN, TASK_NOUN, kind_of, refers_back, target
from sayso.offline.reading.words import Quotes, lower
from sayso.offline.scene import Scene

_ARCHIVE = re.compile(
    r"(?:archive|file away|put away)\s+(?P<ref>.+)|move\s+(?P<ref2>.+?)\s+(?:to|into)\s+(?:the\s+)?archive|(?:clear|clean)\s+(?:out\s+|up\s+)?(?P<ref3>(?:my\s+|the\s+)?inbox)"
)
_TRASH = re.compile(
    r"(?:trash|delete|remove|get rid of|bin|junk|erase|dump)\s+(?P<ref>.+)|(?:move|put|throw)\s+(?P<ref2>.+?)\s+(?:to|into|in)\s+(?:the\s+)?(?:trash|bin)"
)
_STAR = re.compile(
    r"(?P<un>un-?)?(?:star|flag)\s+(?P<ref>.+)|(?:remove|take)\s+(?:the\s+)?(?:star|flag)\s+(?:from|off)\s+(?P<ref2>.+)|mark\s+(?P<ref3>.+?)\s+(?:as\s+)?(?P<not>not\s+|un)?(?:starred|important|flagged)|add\s+a\s+star\s+to\s+(?P<ref4>.+)"
)
_SEEN = re.compile(
    r"(?:mark|set|flag|make)\s+(?P<ref>.+?)\s+(?:as\s+)?(?P<how>read|unread|seen|unseen|not read)|mark\s+(?:as\s+)?(?P<how2>read|unread)\s*:?\s+(?P<ref2>.+)"
)
_LABEL = re.compile(
    r"(?:label|tag|categori[sz]e)\s+(?P<ref>.+?)\s+(?:as|with|under)\s+(?:the\s+label\s+)?(?P<name>.+)|(?:add|put|apply|give|attach(?=\s+(?:the\s+|a\s+)?(?:label|tag)\b))\s+(?:the\s+|a\s+)?(?:label\s+|tag\s+)?(?P<name2>\S+|[\ue000-\ue0ff])\s+(?:label\s+|tag\s+)?(?:to|on)\s+(?P<ref2>.+)|(?:move|file|put|sort)\s+(?P<ref6>.+?)\s+(?:to|into|under|in|on)\s+(?:the\s+|my\s+)?(?:label|folder)\s+(?P<name6>[\w\ue000-\ue0ff -]+)|(?:move|file|put)\s+(?P<ref3>.+?)\s+(?:to|into|in|under)\s+(?:the\s+|my\s+)?(?P<name3>[\w\ue000-\ue0ff ]+?)(?:\s+(?:folder|label))|(?:file|sort)\s+(?P<ref5>.+?)\s+(?:under|as|into)\s+(?P<name5>\S+)|(?:move|put)\s+(?P<ref7>.+?)\s+(?:to|under|into)\s+(?:the\s+|my\s+)?(?P<name7>(?!archive|trash|bin|inbox|junk)[\w\ue000-\ue0ff]+)|label\s+(?P<ref4>(?:it|that|this|them|the\s\S+\s?\w*))\s+(?P<name4>\S+)"
)
_EVERYTHING = re.compile(r"(?:everything|all|anything)\s+(?:from|about|regarding|by|to\s+do\s+with)\b", re.I)
_FROM_ONE = re.compile(r"(?:everything|all|anything)\s+(?i:from)\s+(?:the\s+)?[A-Z\ue000-\ue0ff](?!.*\blist\b)")
_UNLABEL = re.compile(
    r"(?:remove|take|drop)\s+(?:the\s+)?(?:label\s+|tag\s+)?(?P<name>\S+)\s+(?:label\s+|tag\s+)?(?:from|off)\s+(?P<ref>.+)"
)
_OPERATOR = re.compile(r"(?:^|\s)-?\w+:\S")
_BACK = re.compile(
    r"(?:move|put|bring)\s+(?P<ref>.+?)\s+(?:back\s+)?(?:to|in|into)\s+(?:the\s+|my\s+)?inbox(?:\s+again)?|un-?archive\s+(?P<ref2>.+)"
)
_PLURAL = re.compile(
    r"\b(?:all|every|everything|e?mails|messages|newsletters|drafts|anything|threads|inbox|them|those|these)\b"
)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    text, low = clause.text, clause.low
    if clause.asked and re.match(r"you\b", clause.raw.lower()):
        return None  # "you can archive mails, right?"
    if found := _ARCHIVE.fullmatch(low):
        return _apply("archive_mail", _said(text, found, "ref"), quotes, scene, strict=False)
    if found := _BACK.fullmatch(low):
        return _apply("label_mail", _said(text, found, "ref"), quotes, scene, strict=False, add=["inbox"])
    if found := _SEEN.fullmatch(low):
        unread = (found["how"] or found["how2"]) in ("unread", "unseen", "not read")
        changes: Json = {"add": ["unread"]} if unread else {"remove": ["unread"]}
        return _apply("label_mail", _said(text, found, "ref"), quotes, scene, strict=False, **changes)
    if (found := _STAR.fullmatch(low)) and kind_of(_said(text, found, "ref"), scene) in ("message", None):
        off = found["un"] or found["ref2"] or found["not"]
        changes = {"remove": ["starred"]} if off else {"add": ["starred"]}
        return _apply("label_mail", _said(text, found, "ref"), quotes, scene, strict=False, **changes)
    if (found := _LABEL.fullmatch(low)) and (
        low.startswith(("label", "tag", "categori"))
        or re.search(r"\b(?:folder|label)\b", low)
        or (low.startswith("file ") and _EVERYTHING.match(_said(text, found, "ref")))
        or _mail(_said(text, found, "ref"), scene)
    ):
        name = quotes.put_back(_said(text, found, "name")).strip()
        return _apply("label_mail", _said(text, found, "ref"), quotes, scene, strict=False, add=[name])
    if (found := _UNLABEL.fullmatch(low)) and _mail(_said(text, found, "ref"), scene) and "label" in low:
        return _apply(
            "label_mail",
            _said(text, found, "ref"),
            quotes,
            scene,
            strict=False,
            remove=[quotes.put_back(_said(text, found, "name"))],
        )
    if found := _TRASH.fullmatch(low):
        ref = _said(text, found, "ref")
        outright = found["ref2"] or (low.startswith(("trash", "bin", "junk")) and _EVERYTHING.match(ref))
        outright = outright or (_FROM_ONE.match(ref) and not timed(ref, scene.now, scene.zone).found)
        return _apply("trash_mail", ref, quotes, scene, strict=not outright)
    return None


def _said(text: str, found: re.Match[str], name: str) -> str:
    for key in (name, *(f"{name}{n}" for n in range(2, 8))):
        if key in found.re.groupindex and found[key] is not None:
            return text[found.start(key) : found.end(key)]
    return ""


def _mail(ref: str, scene: Scene) -> bool:
    return kind_of(ref, scene) == "message"


def _sent_to(who: str, tool: str, changes: dict[str, object]) -> Act:
    """The latest mail that went to somebody."""

    def then(results: Sequence[Json]) -> Act:
        found = items(results[0], "messages")
        if not found:
            return Say(f"I found no mail that you sent to {who}.")
        return Do((Call(tool, {"messages": [str(found[0]["id"])], **changes}),))

    return look("search_mail", then, query=f"in:sent to:{person_op(who)}")


_OWN = re.compile(
    r"^(?P<who>(?-i:[A-Z])[\w-]*(?:\s(?-i:[A-Z])[\w-]*)*)(?:'s|(?<=s)')\s+(?P<latest>(?:latest|last)\s+)?(?:e?mail|message)(?P<rest>\b.*)$",
    re.I,
)


def _draft(ref: str, tool: str, changes: dict[str, object], quotes: Quotes, scene: Scene) -> Act:
    """One of the drafts, and nothing but a draft."""
    query, said = build_query(ref, quotes, scene)

    def then(results: Sequence[Json]) -> Act:
        found = items(results[0], "messages")
        call = Call(tool, {"messages": [str(each["id"]) for each in found], **changes})
        if len(found) == 1:
            return Do((call,))
        candidates = tuple({"id": str(each["id"]), "label": message_line(each, scene)} for each in found[:8])
        which = Ask(
            f"{messages(results[0], scene, said)}\nWhich one do you mean?",
            Question(Call(tool, dict(changes)), "messages", candidates),
        )
        return which if found else Say(f"I found no {said}.")

    return look("search_mail", then, query=query)


_EXCEPT = re.compile(
    r",?\s+(?:except|but(?:\s+not)?|apart\s+from|other\s+than|excluding)(?:\s+for)?\s+(?P<kept>\S.*)$", re.I
)
_ONES = re.compile(r"^(?:the|those|these)\s+ones?\b", re.I)


def _many(tool: str, ref: str, changes: Json, quotes: Quotes, scene: Scene) -> Act:
    """All mails that the words describe; of those that were shown, if they are "the ones"; but for those excepted."""
    kept = _EXCEPT.search(ref)
    ref = ref[: kept.start()] if kept else ref
    query = _query_of(tool, _ONES.sub("mails", ref), changes, quotes, scene)
    shown = {thing.id for thing in scene.memory.shown("message")} if _ONES.match(ref) else set()
    if not kept and not shown:
        return Do((Call(tool, {"messages": [query], **changes}),))

    def then(results: Sequence[Json]) -> Act:
        found, stay = ([str(each["id"]) for each in items(result, "messages")] for result in (*results, {})[:2])
        left = [each for each in found if each not in stay and (not shown or each in shown)]
        return Do((Call(tool, {"messages": left, **changes}),)) if left else Say("There are no mails like that.")

    queries = [query, kept_query(kept["kept"], quotes, scene)] if kept else [query]
    return Look(tuple(Call("search_mail", {"query": each, "limit": MOST}) for each in queries), then)


MOST = 100
"""Mails that one request may change."""


def kept_query(text: str, quotes: Quotes, scene: Scene) -> str:
    """A search for the mails that are excepted: "Mum's", "the one from Priya", "the newsletter"."""
    text = _ONES.sub("mails", text.strip())
    owner = re.sub(r"(?:'s|(?<=s)')(?:\s+(?:e?mails?|messages?|ones?))?$", "", text)
    return build_query(f"mails from {owner}" if is_name(owner) else text, quotes, scene)[0]


def _query_of(tool: str, ref: str, changes: Json, quotes: Quotes, scene: Scene) -> str:
    ref = "all my mails" if lower(ref) in ("all", "everything") else ref
    low = lower(ref)
    query, _ = build_query(ref, quotes, scene)
    if low in ("all mail", "all my mail", "all mails", "all emails", "all my emails") or not query:
        query = "is:unread" if changes.get("remove") == ["unread"] else "in:inbox"
    if changes.get("remove") == ["unread"] and "is:unread" not in query:
        return f"{query} is:unread".replace("in:inbox is:unread", "is:unread")
    if query in ("in:inbox", "is:unread in:inbox") and not re.search(r"\b(?:inbox|e?mails?|messages)$", low):
        return quotes.put_back(ref)
    if changes.get("remove") == ["starred"] and not _OPERATOR.search(query.replace("in:inbox", "")):
        return f"{query} label:starred".replace("in:inbox ", "")
    if not re.search(r"(?:^|\s)(?:in|from|to|label):|is:unread", query):  # the user's own mails stay
        return query + (" in:inbox" if tool == "archive_mail" else " -in:sent -in:drafts")
    return query


def _apply(tool: str, ref: str, quotes: Quotes, scene: Scene, strict: bool, **changes: object) -> Act | None:
    low = lower(ref)
    if strict and not _mail(ref, scene):
        return None
    if not refers_back(low) and (
        (TASK_NOUN.search(low) and not MAIL_NOUN.search(low))
        or (re.search(r"\b(?:calendar|meeting)\b", low) and EVENT_NOUN.search(low) and not MAIL_NOUN.search(low))
    ):
        return None
    if low in ("all", "everything") and not scene.memory.shown("message"):
        low = ref = "all my mails"
    if refers_back(low) and not (low == "everything" and scene.memory.kind() != "message"):
        if scene.memory.kind() not in ("message", None) and tool == "trash_mail":
            return None
        found = target(ref, "message", quotes, scene)
        if not found.refs:
            return found.asking(Call(tool, dict(changes)), "messages")
        return Do((Call(tool, {"messages": list(found.refs), **changes}),))
    if re.fullmatch(r"(?:an?|some|any)\s+(?:e?mails?|messages?)|e?mails?|messages?", low):
        return target("", "message", quotes, scene).asking(Call(tool, dict(changes)), "messages")
    if sent := re.fullmatch(
        r"(?:the|my|that)\s+(?:last|latest)?\s*(?:e?mail|message)\s+(?:i\s+sent\s+)?to\s+(?P<who>.+)", low
    ):
        return _sent_to(ref[sent.start("who") :], tool, changes)
    if _PLURAL.search(low) or _ONES.match(low) or re.search(r"\bread mail$", low):
        return _many(tool, ref, dict(changes), quotes, scene)
    if re.search(r"\bdraft\b", low):
        return _draft(ref, tool, changes, quotes, scene)
    ref = _OWN.sub(r"\g<latest>mail from \g<who>\g<rest>", ref)
    parts = re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+(?=(?:the|my|that|\w+'s)\s)", quotes.put_back(ref), flags=re.I)
    words = [re.sub(r"^(?:the|that|this|my)\s+", "", part, flags=re.I) for part in parts if part.strip()]
    return Do((Call(tool, {"messages": words, **changes}),))
