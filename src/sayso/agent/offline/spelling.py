"""Common command words, mended when one slip away."""

from functools import lru_cache

_COMMON = [
    "schedule",
    "reschedule",
    "calendar",
    "meeting",
    "meetings",
    "appointment",
    "tomorrow",
    "reminder",
    "remind",
    "remember",
    "cancel",
    "delete",
    "invite",
    "archive",
    "inbox",
    "email",
    "emails",
    "message",
    "messages",
    "unread",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "september",
    "october",
    "november",
    "december",
    "morning",
    "afternoon",
    "evening",
    "tonight",
    "weekend",
    "weekday",
    "weekly",
    "shopping",
    "schedules",
    "contacts",
    "postpone",
    "accept",
    "decline",
    "tentative",
    "summarize",
    "rename",
    "location",
    "invitation",
    "dentist",
    "reply",
    "forward",
    "attachment",
    "attachments",
    "overdue",
    "complete",
    "completed",
    "duration",
    "minutes",
    "events",
    "event",
    "tasks",
    "task",
]
_REAL = frozenset(
    [
        "cancer",
        "cancers",
        "rewind",
        "remand",
        "minuets",
        "minuet",
        "evens",
        "evenly",
        "vent",
        "events",
        "event",
        "task",
        "tusk",
        "tasks",
        "email",
        "emails",
        "mourning",
        "wreckly",
        "accent",
        "except",
        "expect",
        "excepted",
        "forwards",
        "invited",
        "invites",
        "archived",
        "archives",
        "deleted",
        "replay",
        "repay",
        "rely",
        "massage",
        "massages",
        "contracts",
        "contact",
        "completes",
        "remembers",
        "reminds",
        "reminded",
        "reminders",
        "cancels",
        "cancelled",
        "canceled",
        "message",
        "meekly",
        "weekly",
        "weakly",
        "weekdays",
        "weekends",
        "minute",
        "shipping",
        "stopping",
        "chopping",
        "hopping",
        "shopping",
        "relay",
        "delate",
        "deflate",
        "even",
        "mondays",
        "tuesdays",
        "wednesdays",
        "thursdays",
        "fridays",
        "saturdays",
        "sundays",
        "evenings",
        "mornings",
        "afternoons",
        "tasked",
        "asks",
        "mask",
        "meeting",
        "greeting",
        "meetings",
        "greetings",
        "seating",
        "schedule",
        "scheduled",
        "schedules",
        "postponed",
        "postpones",
        "location",
        "locations",
        "vocation",
        "renamed",
        "renames",
        "calendars",
        "appointments",
        "invitations",
        "vacation",
        "allocation",
        "relocation",
        "dentists",
        "accepts",
        "accepted",
        "declines",
        "declined",
        "recline",
        "complete",
        "compete",
        "completed",
        "competed",
        "durations",
        "read",
        "inboxes",
        "embox",
        "summarized",
        "attachment",
        "messages",
        "massaged",
        "replies",
        "replied",
        "events'",
        "prevent",
        "prevents",
        "event's",
        "tasty",
        "meting",
    ]
) - {"meting"}
_KNOWN_TYPOS = {"tmrw": "tomorrow", "tmr": "tomorrow", "tomo": "tomorrow", "2moro": "tomorrow", "2morrow": "tomorrow",
                "tmw": "tomorrow", "mtg": "meeting", "mtgs": "meetings", "appt": "appointment", "cal": "calendar",
                "pls": "please", "plz": "please", "thx": "thanks", "wensday": "wednesday", "wendsday": "wednesday",
                "wednsday": "wednesday", "calender": "calendar", "w/": "with", "w": "with", "u": "you", "ur": "your",
                "meting": "meeting", "thurs": "thursday", "remaind": "remind", "shedule": "schedule",
                "skedule": "schedule", "cancle": "cancel", "delet": "delete", "wat": "what", "whats": "what's",
                "wheres": "where's", "whens": "when's", "whos": "who's", "hows": "how's", "dont": "don't",
                "cant": "can't", "didnt": "didn't", "im": "I'm", "ive": "I've",
                "lets": "let's", "thats": "that's", "isnt": "isn't", "wont": "won't", "doesnt": "doesn't",
                "havent": "haven't", "shouldnt": "shouldn't", "gimme": "give me", "wanna": "want to",
                "gonna": "going to", "gotta": "got to", "lemme": "let me", "e-mail": "email", "e-mails": "emails",
                "tho": "though", "wats": "what's", "todos": "to-dos", "todo": "to-do", "standup": "stand-up",
                "standups": "stand-ups"}  # fmt: skip


def mend(word: str) -> str:
    """A common command word that is one slip away from `word`, or `word` itself."""
    low = word.lower()
    if low in _KNOWN_TYPOS and (word == low or (word == low.capitalize() and low not in ("ill", "id", "cal", "tomo"))):
        fixed = _KNOWN_TYPOS[low]
        return fixed if word == low or fixed[0].isupper() else fixed.capitalize()
    if len(word) < 6 or not word.isascii() or not word.isalpha() or low in _REAL:
        return word
    if word[0].isupper() and not word[1:].islower():
        return word
    fixed = _nearest(low)
    return word if fixed == low else fixed if word == low else fixed.capitalize()


@lru_cache(maxsize=4096)
def _nearest(low: str) -> str:
    if low in _COMMON:
        return low
    for common in _COMMON:
        if len(common) >= 6 and abs(len(common) - len(low)) <= 1 and common[0] == low[0] and _one_slip(low, common):
            return common
    return low


def _one_slip(a: str, b: str) -> bool:
    """Whether one insertion, deletion, change or swap of neighbours makes `a` into `b`."""
    if len(a) > len(b):
        a, b = b, a
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    if len(a) < len(b):
        return a[at:] == b[at + 1 :]
    if a[at + 1 :] == b[at + 1 :]:
        # A last letter that differs makes another word more often than a slip.
        return at < len(a) - 1
    return a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :]
