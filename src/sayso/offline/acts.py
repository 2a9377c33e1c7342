"""What a piece of a request can come to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One tool call. `replaces`: names of the waiting actions whose place it takes, or that it withdraws."""

    tool: str
    args: Json
    replaces: tuple[str, ...] = ()

    def having(self, args: Json) -> "Call":
        """The same with other arguments: another version of it."""
        return replace(self, args=args)


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: `call` lacks `slot`; with `candidates` (`{"id", "label"}`) one of them is wanted."""

    call: Call
    slot: str
    candidates: tuple[dict[str, str], ...] = ()
    options: tuple[Call, ...] = ()
    """The whole call that each candidate stands for, when it is more than a value of `slot`."""
    same: tuple[Call, ...] = ()
    """Further calls that lack the same."""
    on_yes: tuple[Call, ...] = ()
    """What a plain yes proposes."""
    instead: str = ""
    """Which of several values in `slot` the answer takes the place of; empty: it comes to them."""
    text: str = ""
    """How it is asked again; `{title}` stands for the title in the call."""

    @property
    def words(self) -> str:
        return self.text.replace("{title}", str(self.call.args.get("title", "")))


@dataclass(frozen=True, slots=True)
class Say:
    """An answer, which nothing follows. `kind`: mere politeness, or that nothing was understood."""

    text: str
    kind: Literal["answer", "courtesy", "lost"] = "answer"


@dataclass(frozen=True, slots=True)
class Do:
    """Effects to propose, and words to put before them, if any."""

    calls: tuple[Call, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question back; `question` None: any next message starts anew."""

    text: str
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """Reads, and what their results lead to."""

    calls: tuple[Call, ...]
    then: "Callable[[Sequence[Json]], Act]"


@dataclass(frozen=True, slots=True)
class Several:
    """More than one thing at once."""

    acts: "tuple[Act, ...]"


Act = Say | Do | Ask | Look | Several


def asking(text: str, question: Question) -> Ask:
    """Ask in these words, in which `{title}` stands for the title in the call, now and again."""
    question = replace(question, text=text)
    return Ask(question.words, question)


def do(tool: str, text: str = "", **args: Any) -> Do:
    return Do((Call(tool, drop_empty(args)),), text)


def look(tool: str, then: "Callable[[Sequence[Json]], Act]", **args: Any) -> Look:
    return Look((Call(tool, drop_empty(args)),), then)


def drop_empty(args: Json) -> Json:
    return {key: value for key, value in args.items() if value not in (None, "", [])}
