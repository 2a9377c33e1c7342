# ruff: noqa: E501  one alternative of a pattern is one line
"""What is plain enough but nothing here can do: said honestly, with the nearest thing that can be done."""

import re
from collections.abc import Sequence

from sayso.offline import answers
from sayso.offline.acts import Act, Ask, Call, Json, Question, Say, look
from sayso.offline.mail.query import build_query
from sayso.offline.mail.write import LEAVES
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.words import Quotes, lower
from sayso.offline.scene import Scene

ONLY = "I only look after your calendar, tasks and mail."

_SUBSCRIPTION = re.compile(
    r"""(?:unsubscribe|opt\ (?:me\ )?out|sign\ me\ off|take\ me\ off|remove\ me)(?:\ me)?(?:\ (?:from|of|off))*(?:\ the\ mailing\ list(?:\ of)?)?(?:\ (?P<what>.+))?
    |(?:cancel|end|stop)\ (?:my|the|our)\ (?:subscription\ (?:to|of|with)\ (?P<what2>.+)|(?P<what3>.+)\ subscription)""",
    re.X | re.I,
)
_SPAM = re.compile(
    r"(?:block|ban|blacklist|mute)\s+(?:all\s+)?(?:e?mails?\s+(?:from|by)\s+(?P<what>.+)|(?P<what2>.+?)'s\s+e?mails?|(?P<what3>the\s+sender.*|\S+@\S+))"
    r"|(?:mark|report|flag)\s+(?P<what4>.+?)\s+(?:as|to)\s+(?:spam|junk|phishing)",
    re.I,
)
_ON_THE_WEB = re.compile(
    r"(?:order|buy|purchase|get|pay|pay\s+for|book|reserve)\s+.+?\s+(?:online|(?:on|over|from|via)\s+(?:the\s+)?(?:internet|web|net|amazon|ebay|etsy))"
    r"|order\s+(?P<whom>me|us)\s+.+|(?:call|get|book|order)\s+(?P<whom2>me|us)\s+(?:an?\s+)(?:cab|taxi|uber|lyft|ride)\b.*",
    re.I,
)
_OTHERS = (
    (
        r"(?:forward|redirect|divert|route|transfer|send|block|screen)\s+(?:(?:all|my|the|any|of|incoming|phone)\s+)+calls?\b.*|(?:check|play|open|listen\s+to|delete)\s+(?:my\s+|the\s+)?voice\s?mails?|dial\s+.+",
        f"I can't do anything with phone calls. {ONLY}",
    ),
    (
        r"(?:set|start|create|make|put)\s+(?:(?:me|an?|the|my|another)\s+)*(?:\d+[- ]minute\s+)?(?:alarm|timer|stopwatch)\b.*|wake\s+me\b.*",
        "I have no alarms or timers. “Remind me to … at 7” adds a task that is due then.",
    ),
    (
        r"(?:add|create|make|new|save)\s+(?:(?:an?|the|new)\s+)*contacts?\b.*|(?:change|update|edit|set|correct|delete|remove)\s+(?:(?!.*\b(?:tasks?|events?|meeting)\b).+'s\s+(?:(?:tele)?phone|number|cell|mobile|e?mail\s+address|address|contact)\b.*|(?:the\s+)?contact\b.*)|(?:add|save)\s+.+\s+(?:to|as|in)\s+(?:my\s+|an?\s+)?(?:contacts?|address\s+book)",
        "I can look up contacts, but I can't add or change them.",
    ),
    (
        r"(?:empty|clear|purge|clean\s+out)\s+(?:out\s+)?(?:my\s+|the\s+)?(?:mail\s+)?(?:trash|bin|deleted\s+(?:mails?|items))(?:\s+(?:folder|can))?|(?:delete|remove|erase)\s+.+\s+(?:permanently|for\s+good|forever)",
        "I can't delete mail for good: what is in the trash stays there until your mail provider empties it.",
    ),
    (
        r"(?:make|mark|set|give)\s+.+?\s+(?:an?\s+|the\s+|as\s+|to\s+|my\s+)*(?:(?:high|higher|highest|top|low|lower|first)\s+)?priority|(?:prioriti[sz]e)\s+.+",
        "Tasks have no priorities here: what is due first stands first. Give it an earlier date.",
    ),
    (
        r"(?:create|make|add)\s+(?:an?\s+|the\s+|new\s+)*(?:label|folder|mailbox)\b(?!.*\bto\b).*",
        "I make a label when it is put on a mail: “label the mail from Priya as Taxes”.",
    ),
    (
        r"attach\s+(?!(?:the\s+|an?\s+)?(?:label|tag)\b).+|(?:download|print\s+out|scan|fax)\s+(?:the|my|that|this|it)\b.*",
        "I can't attach, download or print anything by myself. A mail that I forward keeps its files.",
    ),
    (
        rf"(?!.+?{LEAVES.pattern})(?:send|e?mail|write|message|text|tell|ask)\s+(?:(?!saying\b|that\b)\S+\s+){{1,6}}?(?:tomorrow|tonight|later|on\s+\w+day|next\s+\w+)(?:\s+(?:morning|afternoon|evening|night))?(?:\s+at\s+\S+)?\s*(?::|saying|that|to\s+say|if|whether)\s.+|(?:schedule|queue)\s+(?:an?|the|this|that|my)\s+(?:e?mail|message|draft|reply)\b.*|send\s+(?:it|this|that)\s+(?:later|tomorrow|tonight|on\s+\w+day|at\s+\d.*|in\s+(?:the|an?|\d+)\b.*)",
        "To have a mail leave later, say at what time before its words: “email Ana tomorrow at 8:00: the train is late”.",
    ),
)
_PATTERNS = tuple((re.compile(pattern, re.I), text) for pattern, text in _OTHERS)


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    """An honest answer to what lies outside calendar, tasks and mail."""
    text = clause.text
    if found := _SUBSCRIPTION.fullmatch(text):
        return _sort_away("I can't unsubscribe you: that takes the sender's own link.", _what(found), quotes, scene)
    if found := _SPAM.fullmatch(text):
        return _sort_away("I can't block senders or report spam.", _what(found), quotes, scene)
    if (found := _ON_THE_WEB.fullmatch(text)) and not clause.duty:
        return _as_task(quotes.put_back(re.sub(r"^(\w+)\s+(?:me|us)\s+", r"\1 ", text)))
    return next((Say(said) for pattern, said in _PATTERNS if pattern.fullmatch(text)), None)


def _what(found: re.Match[str]) -> str:
    return next((each for each in found.groupdict().values() if each), "")


def _as_task(what: str) -> Act:
    task = Call("create_task", {"title": what})
    said = f"I can't order, book or pay for anything. {ONLY} Should I add the task “{what}”?"
    return Ask(said, Question(task, "due", on_yes=(task,)))


def _sort_away(said: str, what: str, quotes: Quotes, scene: Scene) -> Act:
    """No effect on the sender; but the mails that there are can go."""
    if not what:
        return Say(f"{said} Tell me whose mails I should archive or move to the trash.")
    sender = re.sub(r"^(?:the|all|my)\s+", "", what, flags=re.I)
    if not re.fullmatch(r"newsletters?|mailing\s+lists?|digests?|everything", sender, re.I):
        sender = quotes.hold(quotes.put_back(sender))
    query, named = build_query(
        "newsletters" if lower(sender) == "everything" else f"mails from {sender}", quotes, scene
    )

    def then(results: Sequence[Json]) -> Act:
        found = answers.items(results[0], "messages")
        if not found:
            return Say(f"{said} I found no {named}.")
        them = "it" if len(found) == 1 else "them"
        away = {"messages": [str(each["id"]) for each in found]}
        which = f"Should I archive {them} or move {them} to the trash?"
        return Ask(
            f"{said} {answers.messages(results[0], scene, named)}\n\n{which}",
            Question(
                Call("archive_mail", away),
                "messages",
                ({"id": "archive", "label": "archive it them"}, {"id": "trash", "label": "move it them to the trash"}),
                options=(Call("archive_mail", away), Call("trash_mail", away)),
                text=which,
            ),
        )

    return look("search_mail", then, query=query)
