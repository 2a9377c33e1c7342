"""A proposal as data: what a front end shows of it, draws, and writes on its buttons.

All words of a card are made here. Nothing else of it is words of ours: times are RFC 3339, roles and kinds are codes.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, NotRequired, get_args

from typing_extensions import TypedDict  # which Pydantic can read on 3.11

from sayso.english import dates
from sayso.english.matching import fold
from sayso.tools.accounts import Account
from sayso.tools.base import Caution, ToolContext
from sayso.tools.json import Address, Json
from sayso.tools.wording import join, name_of, one_line, shortened
from sayso.workspace.types import EventDraft, Guest, Person, Scope

Kind = Literal[
    "event.create",
    "event.change",
    "event.delete",
    "event.respond",
    "task.create",
    "task.change",
    "task.complete",
    "task.reopen",
    "task.delete",
    "mail.send",
    "mail.reply",
    "mail.forward",
    "mail.draft",
    "messages.archive",
    "messages.label",
    "messages.trash",
    "memory.keep",
    "memory.forget",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
CANCEL: Final = "Don't"
_NO_FIELDS: Final = frozenset({"id", "series_id", "overdue", "next_due"})
"""What follows from other fields, or names the thing."""
_LONGEST: Final = 100  # characters of a title or a subject in a summary
_NAME: Final = 40  # characters of a name on a button


Strangers = frozenset[str]
"""Addresses that the user neither keeps nor ever wrote to, in lower case."""
NONE: Final = Strangers()


class Labels(TypedDict):
    """What stands on the buttons."""

    confirm: str
    cancel: str


class File(TypedDict):
    name: str
    size: int
    type: str


Answers = TypedDict("Answers", {"from": Address, "subject": str, "date": str})
"""The mail that is answered."""
Mail = TypedDict(
    "Mail",
    {
        "from": Address | None,
        "to": list[Address],
        "cc": list[Address],
        "bcc": list[Address],
        "subject": str,
        "body": str,
        "attachments": list[File],
        "answers": Answers | None,
        "send_at": NotRequired[str],
    },
)
"""A mail as those who get it see it: `body` is all of it, with its paragraphs. `send_at`: when it is to leave,
if not as soon as it is confirmed."""


class Item(TypedDict):
    """One of the things that are changed alike."""

    id: str
    title: str
    who: str
    at: str


class Block(TypedDict):
    """An event on a day. `role`: how it was before, how it is to be, one that stands in the way, or another one."""

    title: str
    start: str
    end: str
    role: Literal["before", "after", "clash", "other"]
    all_day: bool


class Day(TypedDict):
    """The day that an event is on, in the user's time zone; `event_timezone` where the event is told in another one."""

    date: str
    timezone: str
    event_timezone: str | None
    blocks: list[Block]


class Someone(TypedDict):
    """`told`: whether something reaches him by it. `new`: the user neither keeps the address nor ever wrote to it."""

    name: str
    email: str
    role: Literal["guest", "organizer", "to", "cc", "bcc"]
    change: Literal["added", "removed"] | None
    told: bool
    new: bool


class Card(TypedDict):
    """`reversible`: whether it can be undone afterwards."""

    kind: Kind
    summary: str
    labels: Labels
    before: Json | None
    after: Json | None
    changed: list[str]
    mail: Mail | None
    items: list[Item]
    day: Day | None
    people: list[Someone]
    account: Account | None
    reversible: bool


def card(
    kind: Kind,
    summary: str,
    confirm: str,
    *,
    before: Json | None = None,
    after: Json | None = None,
    mail: Mail | None = None,
    items: Sequence[Item] = (),
    day: Day | None = None,
    people: Sequence[Someone] = (),
    account: Account | None = None,
) -> dict[str, Any]:
    """For `Proposal.card`. `summary`: one line, without a verb; `confirm`: what the button says."""
    whole = Card(
        kind=kind,
        summary=summary,
        labels=Labels(confirm=confirm, cancel=CANCEL),
        before=before,
        after=after,
        changed=_changed(before, after),
        mail=mail,
        items=list(items),
        day=day,
        people=list(people),
        account=account,
        reversible=False,
    )
    return dict(whole)


def strangers_of(warnings: Sequence[Caution]) -> Strangers:
    """Those that warnings about strangers are about."""
    return frozenset(each.about.casefold() for each in warnings if each.about)


def _changed(before: Json | None, after: Json | None) -> list[str]:
    if before is None or after is None:
        return []
    names = dict.fromkeys((*before, *after))
    return [name for name in names if name not in _NO_FIELDS and before.get(name) != after.get(name)]


# --- what the buttons say --------------------------------------------------------------------------------------------

CONFIRM: Final = "Confirm"  # of an action that an earlier version proposed
CREATE: Final = "Create"
CHANGE: Final = "Change"
DELETE: Final = "Delete"
SAVE_DRAFT: Final = "Save the draft"
ADD_TASK: Final = "Add the task"
DONE: Final = "Mark as done"
REOPEN: Final = "Reopen"
REMEMBER: Final = "Remember"
FORGET: Final = "Forget"
ANSWERS: Final = {"accepted": "Accept", "declined": "Decline", "tentative": "Accept tentatively"}
_OF_SERIES: Final[dict[Scope, str]] = {"this": "", "following": "this and all following", "all": "the series"}


def all_of(labels: Sequence[str]) -> Labels:
    """What the buttons of a whole plan say."""
    if len(labels) == 1:
        return Labels(confirm=labels[0], cancel=CANCEL)
    return Labels(confirm="Do both" if len(labels) == 2 else f"Do all {len(labels)}", cancel=CANCEL)


def sends(who: Sequence[Person], strangers: Strangers, reaches: bool) -> str:
    return f"Send to {_whom(who, strangers)}" if reaches else "Save as sent"


def with_guests(
    does: str,
    told: Sequence[Person | Guest],
    invited: Sequence[Person | Guest] = (),
    strangers: Strangers = NONE,
) -> str:
    """ "Create and invite Ana", "Delete and tell Priya". `told`: whom it reaches, those who are invited among them."""
    if not told:
        return does
    only = all(any(each.email == who.email for who in invited) for each in told)
    return f"{does} and {'invite' if only else 'tell'} {_whom(told, strangers)}"


def of_series(does: str, scope: Scope, repeats: bool) -> str:
    """ "Delete the series"; just the verb where one thing is meant."""
    return " ".join(filter(None, (does, _OF_SERIES[scope] if repeats else "")))


def moves(ctx: ToolContext, before: EventDraft, after: EventDraft, scope: Scope, repeats: bool) -> str:
    """ "Move to 4:00 PM"; with the day where it is another one."""
    verb = f"{of_series('Move', scope, repeats)} to"
    if not isinstance(after.start, datetime):
        return f"{verb} {_day(ctx, after.start)}"
    start = after.start.astimezone(ctx.timezone)
    clock = dates.say_clock_long(start)
    same = isinstance(before.start, datetime) and before.start.astimezone(ctx.timezone).date() == start.date()
    return f"{verb} {clock}" if same else f"{verb} {_day(ctx, start.date())}, {clock}"


def mails(number: int) -> str:
    return "this mail" if number == 1 else f"{number} mails"


def _whom(who: Sequence[Person | Guest], strangers: Strangers) -> str:
    first, *others = [called(each, each.email.casefold() in strangers) for each in who]
    if len(others) > 1:
        return f"{first} and {len(others)} others"
    return join([first, *others])


def called(who: Person | Guest, stranger: bool) -> str:
    """How a button names somebody: by the first name, where his address bears it out; somebody whom the user does not
    know by the address, since anybody can give himself any name."""
    if stranger:
        return shortened(who.email, _NAME)
    name = name_of(who)
    first, *rest = name.split()
    local = fold(who.email.partition("@")[0])
    borne_out = len(first) > 1 and first.isalpha() and local.startswith(fold(first))
    return first if rest and borne_out else shortened(name, _NAME)


# --- summaries -------------------------------------------------------------------------------------------------------


def line(*parts: str) -> str:
    """The parts that say something, as one line."""
    return " · ".join(filter(None, parts))


def title(text: str) -> str:
    return shortened(text, _LONGEST) or "(untitled)"


def span(ctx: ToolContext, event: EventDraft) -> str:
    """ "Tue 10 March, 3:00–4:00 PM", in the user's zone; the year where it is not this one."""
    start, end = event.start, event.end
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        last = end - timedelta(days=1)
        return f"{_day(ctx, start)}, all day" if last <= start else f"{_day(ctx, start)} – {_day(ctx, last)}"
    start, end = start.astimezone(ctx.timezone), end.astimezone(ctx.timezone)
    if start.date() == end.date():
        return f"{_day(ctx, start.date())}, {dates.say_clocks(start, end)}"
    return f"{due(ctx, start)} – {due(ctx, end)}"


def due(ctx: ToolContext, when: datetime | date | None) -> str:
    """ "Tue 10 March, 3:00 PM"."""
    if when is None:
        return ""
    if not isinstance(when, datetime):
        return _day(ctx, when)
    when = when.astimezone(ctx.timezone)
    return f"{_day(ctx, when.date())}, {dates.say_clock_long(when)}"


def people(who: Sequence[Person | Guest]) -> str:
    """ "Ana Silva, Ben Hughes and 3 others"."""
    names = [name_of(each) for each in who]
    return ", ".join(names) if len(names) < 4 else f"{names[0]}, {names[1]} and {len(names) - 2} others"


def files(names: Sequence[str]) -> str:
    return one_line(names[0]) if len(names) == 1 else f"{len(names)} files" if names else ""


def _day(ctx: ToolContext, day: date) -> str:
    year = "" if day.year == ctx.now.astimezone(ctx.timezone).year else f" {day.year}"
    return f"{day:%a} {day.day} {day:%B}{year}"
