# ruff: noqa: E501  one alternative of a pattern is one line
"""Small talk, the clock, and what to say out of one's depth."""

import re
from collections.abc import Mapping, Sequence

from sayso.offline.acts import Act, Ask, Call, Say
from sayso.offline.memory import Turn
from sayso.offline.reading.clauses import Clause
from sayso.offline.reading.words import Quotes
from sayso.offline.saying.say import clock_time, full_day
from sayso.offline.scene import Scene

ABILITIES = (
    "I look after your calendar, tasks and mail. For example:\n"
    "• “What's on next week?”, “When am I free tomorrow?”, “Book lunch with Ana on Friday at 1”\n"
    "• “Move my 3 o'clock to Thursday at 10”, “Cancel Friday's lunch”, “Accept the offsite invitation”\n"
    "• “Remind me to call the bank tomorrow”, “What's overdue?”, “I'm done with the slides”\n"
    "• “Any mail from Priya?”, “Catch me up on my inbox”, “Tell Tom I'm running late”\n"
    "Before anything changes I show you exactly what would happen, and you confirm or cancel it."
)
NOT_UNDERSTOOD = "I did not understand that, so I did nothing."
EXAMPLES = (
    "I look after your calendar, tasks and mail: try “What's on tomorrow?”, “Move my 3 o'clock to Thursday at 10”, "
    "“Remind me to call the bank” or “Any mail from Priya?”."
)
MORE_HELP = "“What can you do?” shows more."
REAL_MODEL = (
    "I am the built-in offline model and read plain requests by grammar. For freer conversation, start Sayso with a real "
    "model, e.g. `SAYSO_MODEL=anthropic:… sayso serve`."
)
GREETING = "Hello! What can I do for you? I look after your calendar, tasks and mail."
WELCOME = "You're welcome."
GOODBYE = "Goodbye!"
FINE = "All right. Tell me if there is anything else."

_HELLO = re.compile(
    r"(?:hi|hello|hey|hiya|howdy|yo|good (?:morning|afternoon|evening|day)|greetings|morning)(?:,? (?:there|sayso|again|everyone|all))?(?:,? how are you(?: (?:doing|today))*)?|how are you(?: (?:doing|today))*|how's it going|what's up|sup"
)
_THANKS = re.compile(
    r"(?:ok(?:ay)?,? |great,? |perfect,? |cool,? |many |awesome,? )*(?:thanks|thank you|thx|ta|cheers|much appreciated|appreciate it)(?:[ ,!]+(?:a (?:lot|million|bunch)|so much|very much|again|sayso|that's (?:all|it|great|perfect)))*(?:[ ,!]+(?:for|you're) .*)?"
)
_BYE = re.compile(
    r"(?:good)?bye(?: bye)?(?:,? .*)?|see (?:you|ya)(?: .*)?|good ?night|cya|later|that's all(?: .*)?|that will be all|i'm done(?: for (?:today|now))?|nothing else|that's it(?: for (?:today|now))?"
)
_PLEASED = re.compile(
    r"(?:ok(?:ay)?|great|nice|cool|perfect|awesome|wonderful|excellent|good|fine|alright|all right|got it|i see|sounds good|lovely|super|brilliant|well done|good job|ha(?:ha)*|lol|wow|amazing|right|understood|noted|hmm+|um+|uh+|so|well)(?:[ ,!]+(?:then|thanks|job|work|it is|sayso))*"
)
_HELP = re.compile(
    r"help(?: me)?|what (?:can|do|could) (?:you|i) (?:do|ask|say)(?: .*)?|how (?:do|does|can) (?:i|you|this|sayso) (?:use you|use this|use sayso|work|help)(?: .*)?|what are you (?:able to do|capable of|good (?:at|for))|commands|instructions|what (?:else )?(?:can|do) you (?:know|support|understand)(?: .*)?|show (?:me )?what you can do|what are (?:your|the) (?:commands|abilities|features)"
)
_WHO = re.compile(
    r"who are you|what are you|what's your name|are you (?:a |an )?(?:bot|robot|human|real|ai|person|there)(?: person)?|what is sayso|what's sayso|which model (?:are you|is this)|introduce yourself"
)
_TIME = re.compile(
    r"(?:what(?:'s| is)?(?: the)? (?:current )?time(?: is it| now| right now)*|what time(?: is it)?(?: now| right now)?|(?:the )?time|do you (?:know|have) the time|tell me the time)"
)
_DATE = re.compile(
    r"(?:what(?:'s| is)?(?: the)? (?:date|day)(?: is it| is today| today| of the week)*|(?:tell me )?(?:today's date|what's today|what is today)|what day of the week is (?:it|today)|what's today's date|what is today's date|(?:the )?date)"
)
_SWEAR = re.compile(
    r"(?:sorry|my bad|oops|whoops|never mind|nevermind|forget it|forget about it|nvm|nothing|no problem|no worries)"
)
_WHICH_ZONE = re.compile(r"(?:what|which)(?:'s| is)?(?: my)? time ?zone(?: .*)?")


def read(clause: Clause, quotes: Quotes, scene: Scene) -> Act | None:
    """Greetings, thanks, help, the time."""
    said = re.sub(r"[\s!.,?]+$", "", clause.raw.lower()).strip()
    low = clause.low
    for pattern, answer in _ANSWERS:
        if pattern.fullmatch(said) or pattern.fullmatch(low):
            return answer
    if _TIME.fullmatch(low):
        return Say(f"It is {clock_time(scene.now)} on {full_day(scene.now.date(), scene.now.date())}.")
    if _DATE.fullmatch(low):
        return Say(f"Today is {full_day(scene.now.date(), scene.now.date())} {scene.now.year}.")
    if _WHICH_ZONE.fullmatch(low):
        return Say(f"Your time zone is {scene.zone.key}.")
    return None


_ANSWERS = (
    (_HELP, Say(ABILITIES)),
    (_WHO, Say(f"I am Sayso, an assistant for calendar, tasks and mail. {REAL_MODEL}")),
    (_HELLO, Say(GREETING, "courtesy")),
    (_THANKS, Say(WELCOME, "courtesy")),
    (_BYE, Say(GOODBYE, "courtesy")),
    (_PLEASED, Say(FINE, "courtesy")),
    (_SWEAR, Say(FINE, "courtesy")),
)

TOO_LONG = (
    "That is too long for me to read by grammar, so I did nothing. Please say it in one or two sentences, "
    "or start Sayso with a real model, e.g. `SAYSO_MODEL=anthropic:… sayso serve`."
)
STILL_WAITING = (
    "I did not understand that, so nothing has changed: the proposal is still waiting. "
    "Say what should be different, confirm it or cancel it."
)
NOTHING_DONE = "Nothing was done, as far as I know."
NOT_DECIDED = (
    "I am not sure whether that is your decision, so nothing has happened: the proposal is still waiting. "
    "Confirm it or cancel it, or say a plain yes and I show it once more."
)


WITHDRAWN = "All right, I have withdrawn it. The rest still waits."
DROPPED = "All right, I have withdrawn that."
BESIDE = "What I proposed before still waits, too."


def out_of_depth(scene: Scene) -> Say:
    """What to say instead of a guess: in full once, then in short."""
    last = scene.memory.last
    again = last is not None and last.lost
    more = MORE_HELP if again else f"{EXAMPLES} {MORE_HELP}\n\n{REAL_MODEL}"
    return Say(f"{NOT_UNDERSTOOD} {more}", "lost")


def unclear(said: str, among_others: bool, scene: Scene) -> Act:
    """What was not understood, and what would be."""
    if among_others:
        short = said if len(said) <= 120 else said[:117] + "…"
        return Ask(f"I did not understand “{short}” and left it out. Please say it another way.")
    return Ask(STILL_WAITING) if scene.memory.waits() else out_of_depth(scene)


def not_connected(tools: Sequence[str], closed: Mapping[str, str]) -> str:
    """Why the first of these tools is not there. `closed`: by part, why it cannot be used now."""
    kind = {
        "calendar": ("calendar", "calendar"),
        "event": ("calendar", "calendar"),
        "invitation": ("calendar", "calendar"),
        "free_time": ("calendar", "calendar"),
        "task": ("task list", "tasks"),
        "mail": ("mailbox", "mail"),
        "attachment": ("mailbox", "mail"),
        "label": ("mailbox", "mail"),
        "contact": ("address book", "contacts"),
    }
    found, part = next((names for word, names in kind.items() if word in tools[0]), ("service", ""))
    return closed.get(part) or f"No {found} is connected that could do this."


def after_outcomes(turn: Turn | None) -> str:
    """Words for a turn without a prompt: the receipts of what was decided."""
    receipts = [str(result.get("receipt") or "") for _, result in turn.calls()] if turn else []
    return "\n".join(each for each in receipts if each) or NOTHING_DONE


def paragraphs(texts: Sequence[str]) -> str:
    """Short sentences run on; anything longer stands on its own lines."""
    texts = [text for text in dict.fromkeys(texts) if text]
    if all("\n" not in text for text in texts):
        return " ".join(texts)
    return "\n\n".join(texts)


_PROPOSALS = {
    "create_calendar_event": "I can put that in your calendar for you.",
    "update_calendar_event": "I can change that event for you.",
    "delete_calendar_event": "I can cancel that event for you.",
    "respond_to_invitation": "I can answer that invitation for you.",
    "create_task": "I can add that task for you.",
    "update_task": "I can change that task for you.",
    "complete_task": "I can mark that task as done for you.",
    "reopen_task": "I can reopen that task for you.",
    "delete_task": "I can delete that task for you.",
    "draft_mail": "I can save that draft for you.",
    "send_mail": "I can write that mail for you.",
    "reply_mail": "I can write that reply for you.",
    "archive_mail": "I can archive that for you.",
    "label_mail": "I can change that for you.",
    "trash_mail": "I can move that to the trash for you.",
    "remember": "I can remember that for you.",
    "forget": "I can forget that for you.",
    "withdraw_plan": "",
}


def proposing(calls: Sequence[Call], said_something: bool) -> str:
    """What the effects are, before the preview tells exactly."""
    effects = [call for call in calls if call.tool != "withdraw_plan"]
    if len(effects) > 1:
        return f"I can do these {len(effects)} things for you."
    if not effects:
        return "" if said_something else "All right, I have withdrawn it."
    call = effects[0]
    if call.tool == "create_calendar_event" and re.search(r"\bmeeting|review\b", str(call.args.get("title", "")), re.I):
        return "I can schedule that meeting for you."
    if call.tool == "update_calendar_event" and "start" in call.args:
        return "I can move that event for you."
    return _PROPOSALS.get(call.tool, "I can do that for you.")
