"""The nouns that every tool is made of."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Final, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from sayso.tools.arguments import OneOrSeveral
from sayso.tools.kept import Activity, Memories
from sayso.workspace.errors import NotConnected as NotConnected  # part of what a tool raises, as the others here
from sayso.workspace.errors import ObjectChanged as ObjectChanged
from sayso.workspace.errors import ObjectNotFound as ObjectNotFound
from sayso.workspace.errors import WorkspaceError as WorkspaceError
from sayso.workspace.people import Me
from sayso.workspace.protocols import Calendar, Contacts, Mail, Tasks, Workspace
from sayso.workspace.types import Part

Effect = Literal["read", "write", "destructive", "outbound"]
"""`write` can be undone by another call; `outbound` is for other people, whether or not the account delivers
it (`delivery`)."""

_MISSING: Final[dict[Part, str]] = {
    "calendar": "No calendar is connected. Connect one, then ask again.",
    "tasks": "No task lists are connected. Connect an account that has some, then ask again.",
    "mail": "No mailbox is connected. Connect one, then ask again.",
    "contacts": "No address book is connected. Connect one, or give the e-mail address itself.",
}

SEND_AT: Final = "send_at"
"""In a proposal's target: not before this time, in ISO 8601 with an offset."""

A = TypeVar("A", bound=BaseModel)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ToolContext:
    """On whose behalf a tool works, and when and where that person is. The model's arguments never choose it.

    Its parts of the workspace raise NotConnected when no account serves them.
    """

    workspace: Workspace
    me: Me
    now: datetime
    timezone: ZoneInfo
    memory: Memories
    activity: Activity

    @property
    def calendar(self) -> Calendar:
        return _there(self.workspace.calendar, "calendar")

    @property
    def tasks(self) -> Tasks:
        return _there(self.workspace.tasks, "tasks")

    @property
    def mail(self) -> Mail:
        return _there(self.workspace.mail, "mail")

    @property
    def contacts(self) -> Contacts:
        return _there(self.workspace.contacts, "contacts")


def _there(part: T | None, name: Part) -> T:
    if part is None:
        raise NotConnected(_MISSING[name])
    return part


class ToolInputError(Exception):
    """The arguments cannot be used. The message tells the model (and so the user) how to mend the call.

    `candidates`: the things that the message is about, one `{"id", "label"}` each, in its order. `kind`, `given`:
    what was looked for ("event", "contact", …) and the words of the call that were to name it.
    """

    def __init__(
        self,
        message: str,
        code: str = "invalid",
        candidates: list[dict[str, str]] | None = None,
        kind: str = "",
        given: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code  # "invalid" | "missing" | "not_found" | "ambiguous" | "past" | "nothing_to_do" | "own_event"
        # | "not_own_words"
        self.candidates = candidates or []
        self.kind, self.given = kind, given

    @property
    def beside(self) -> dict[str, Any]:
        """What code may know of the error, so that nothing reads its sentence."""
        about = {"about": {"kind": self.kind, "given": self.given}} if self.kind else {}
        return about | ({"candidates": self.candidates} if self.candidates else {})


CautionCode = Literal[
    "overlap",  # something else is in the calendar then
    "past",
    "skipped_clock",  # no clock shows that time on that day
    "time_read",  # how a time that could be read otherwise was read
    "time_not_kept",  # only the day of a due time is kept
    "other_zone",  # what a time that was said elsewhere is for the user
    "no_occurrence",  # what is to be left out of a series is not in it
    "occurrences_gone",  # what else of a series goes
    "stranger",  # an address that the user neither keeps nor ever wrote to nor heard from
    "only_heard_from",  # … that he heard from
    "disguise",  # an address or a name that reads like another one
    "lookalike",  # an address that is easily taken for one that the user knows, or new for a name that he knows
    "reply_elsewhere",  # a mail asks for answers to another domain than its sender's
    "no_subject",
    "went_out",  # the draft may have been sent already
    "not_sent",  # files that do not go along
    "no_such_label",  # it will be made
    "no_such_list",
    "not_read",  # an account that could not be looked at
    "address",  # it comes from text that was received
    "link",
    "copied",
    "talk",  # what was read talks to assistants
    "not_changed",  # what was asked for did not work
    "not_all",
    "outdated",  # as it stands, it would not be done
    "",  # of a plan of an earlier version
]


@dataclass(frozen=True, slots=True)
class Caution:
    """A warning: `text` is a full sentence, `code` what it says for code, and `about` the address or the link that it
    is about."""

    code: CautionCode
    text: str
    about: str = ""

    @property
    def stored(self) -> str | list[str]:
        """As JSON, from which `cautions` reads it; without a code as an earlier version stored it, so that the digest
        of its plan still holds."""
        return [self.code, self.text, *([self.about] if self.about else [])] if self.code else self.text


def cautions(stored: Iterable[Any]) -> tuple[Caution, ...]:
    return tuple(Caution("", each) if isinstance(each, str) else Caution(*each) for each in stored)


def texts(warnings: Iterable[Caution]) -> tuple[str, ...]:
    """What they say."""
    return tuple(each.text for each in warnings)


NoReverse = Literal["sent", "deleted", "no_reverse"]
"""Why what a tool does cannot be undone."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an effect tool that this server makes itself: the reverse of what an action did.

    `object_id`, `revision`: what it is about, as the action left it; when it is otherwise by now, it is not undone.
    `tells`: the people whom it reaches, `{"name", "email"}` each.
    """

    tool: str
    args: dict[str, Any]
    object_id: str = ""
    revision: str = ""
    tells: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """An action ready for consent: what will run, and what the user is shown, made from the same arguments.

    `args`: a full dump of the tool's Args with everything resolved (times ISO 8601, targets by id); preparing it
    again gives the same proposal. `target`: what `run` needs besides and nobody edits (revision, names). `question`
    completes "Should I …?" (no capital, no question mark). `preview` is one line. `details` are label and text. `card`:
    the same as data, for a front end that draws it (`cards`). `warnings`: a clash, an unknown recipient. `touches` is
    the id of the existing object that it changes, or empty: a later action of the plan on the same object depends on
    this one.
    """

    effect: Effect
    args: dict[str, Any]
    question: str
    preview: str
    target: dict[str, Any] = field(default_factory=dict)
    details: tuple[tuple[str, str], ...] = ()
    warnings: tuple[Caution, ...] = ()
    touches: str = ""
    card: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What an effect did: `value` names the object (`{"event": {…}}`); `receipt` is one line of plain English.

    `revision`: of the object that is left, so that a later step of the plan may work on it.
    """

    value: dict[str, Any]
    receipt: str
    revision: str = ""


class Tool(ABC, Generic[A]):
    name: ClassVar[str]
    description: ClassVar[str]
    effect: ClassVar[Effect]
    """The least effect that a call can have; a proposal may raise it (guests make a write outbound)."""
    needs: ClassVar[frozenset[Part]] = frozenset()
    """The parts of a workspace without which it can do nothing; others may help it."""
    Args: type[A]


class ReadTool(Tool[A]):
    effect = "read"

    @abstractmethod
    async def run(self, ctx: ToolContext, args: A) -> dict[str, Any]:
        """Read, and return plain JSON. Raises ToolInputError or WorkspaceError."""


class EffectTool(Tool[A]):
    own_words: ClassVar[tuple[str, ...]] = ()
    """The arguments that have to be the user's own words: what stems from received text is refused there."""
    part: ClassVar[tuple[str, ...]] = ()
    """The arguments that say which part of what it `touches` is meant: changes of two parts do not make one."""

    def each(self, args: A) -> Sequence[A]:
        """The calls that one call stands for, each an action of its own."""
        return args.each() if isinstance(args, OneOrSeveral) else (args,)

    @abstractmethod
    async def prepare(self, ctx: ToolContext, args: A) -> Proposal:
        """Resolve and validate, with reads only. Raises ToolInputError or WorkspaceError."""

    def edited(self, args: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
        """Resolved arguments with some changed, to be prepared anew."""
        return {**args, **changes}

    async def proposed(self, ctx: ToolContext, args: A) -> Proposal:
        """What `prepare` makes of a call, whose card says whether it can be undone. Raises as it does."""
        proposal = await self.prepare(ctx, args)
        told = {"reversible": self.reversible(proposal)} if proposal.card else {}
        return replace(proposal, card={**proposal.card, **told})

    @abstractmethod
    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        """Take effect, once for each key. Raises WorkspaceError, whose class says if the effect can have happened."""

    @abstractmethod
    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        """What the effect under this key did, or None when it surely has not happened."""

    no_reverse: ClassVar[NoReverse] = "no_reverse"

    def reversible(self, proposal: Proposal) -> bool:
        """Whether what this proposes can be undone, as far as is known before it is done."""
        return False

    def reverse(self, proposal: Proposal, value: dict[str, Any], revision: str) -> Sequence[Call]:
        """The calls that put back exactly what an action of this proposal changed, without a read; none where there is
        no such thing. `value`, `revision`: of its result."""
        return ()

    def as_left(self, reverse: Proposal, call: Call) -> bool:
        """Whether a reverse that was prepared now is about its object as the action left it."""
        return str(reverse.target.get("revision", "")) == call.revision


MOST_STEPS = 150_000
"""Of one call of a tool: things compared with a description, days that a repetition is looked for on."""
TOO_MUCH = "That is too much to look through at once: name a shorter time, or say more exactly what is meant."

AnyTool = ReadTool[Any] | EffectTool[Any]
Toolbox = Mapping[str, AnyTool]


def served(toolbox: Toolbox, ctx: ToolContext) -> Toolbox:
    """The tools that the accounts of this user can serve."""
    return _needing(toolbox, ctx.workspace.serves)


def connected(toolbox: Toolbox, ctx: ToolContext) -> Toolbox:
    """The same with those whose accounts have to be connected again; they raise that."""
    return _needing(toolbox, ctx.workspace.connected)


def _needing(toolbox: Toolbox, parts: Sequence[Part]) -> Toolbox:
    """The tools that need none but these parts."""
    return {name: tool for name, tool in toolbox.items() if tool.needs <= frozenset(parts)}


ACCOUNT_GONE = "The account that this was for is not connected any more"


def why_not_connected(toolbox: Toolbox, name: str) -> str:
    """Why there is no such tool among the `connected` ones, without a full stop: it needs an account that was removed,
    or this version has no such tool."""
    return ACCOUNT_GONE if name in toolbox else f"The tool {name} is not connected any more"


def effect_tool(toolbox: Toolbox, name: str) -> EffectTool[Any]:
    """The effect tool of that name. Raises KeyError when there is none (any more)."""
    tool = toolbox[name]
    if isinstance(tool, ReadTool):
        raise KeyError(name)
    return tool
