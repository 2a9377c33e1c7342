"""What waits after a turn: what of the old actions stays, and beside it the new proposals.

A proposal joins what waits, but for what it takes the place of: what its call names, and what is for the same object.
When a call failed and nothing mended it, what it was to replace stays and says so: a half of a change is not the
change.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sayso.agent.turn import Failed, Turn
from sayso.agent.types import Kept, Proposed, WaitingAction
from sayso.tools.base import Caution
from sayso.tools.wording import one_line

NOT_CHANGED: Final = "You asked to change this, which did not work, so it is as it was: "
NOT_ALL: Final = "Not all that you asked for is here: "
_LAST: Final = 1_000_000  # behind any number
_LONGEST: Final = 300  # characters of an error that a warning quotes


def waiting_after(turn: Turn) -> tuple[Proposed | Kept, ...]:
    """All that is to wait from now on, each in the place of what it replaces, else behind the others; empty: nothing
    changes, so that what waited stays as it is."""
    if not turn.proposed and not turn.withdrawn:
        return ()
    waiting = dict(enumerate(turn.input.waiting.actions, start=1)) if turn.input.waiting else {}
    gone = turn.withdrawn.union(*(each.replaces for each in turn.proposed))
    kept = {number: action for number, action in waiting.items() if number not in gone}
    warnings: dict[int, list[Caution]] = {number: [] for number in kept}
    missing: list[Caution] = []
    for each in unmended(turn):
        hit = [number for number in each.replaces if number in kept]
        for number in hit:
            warnings[number].append(Caution("not_changed", NOT_CHANGED + _short(each.message)))
        missing += [] if hit else [Caution("not_all", NOT_ALL + _short(each.message))]
    order: list[tuple[int, Proposed | Kept]] = [
        *((number, Kept(action, _once(_fresh(action), warnings[number]))) for number, action in kept.items()),
        *((min(each.replaces, default=_LAST), each) for each in _settled(turn.proposed, waiting)),
    ]
    return _warned([each for _, each in sorted(order, key=lambda item: item[0])], missing)


def _settled(proposed: Sequence[Proposed], waiting: Mapping[int, WaitingAction]) -> list[Proposed]:
    """With the ids of what they take the place of; of several for one, the first does."""
    taken: set[int] = set()
    settled: list[Proposed] = []
    for each in proposed:
        mine = sorted(each.replaces - taken)
        taken |= each.replaces
        settled.append(replace(each, instead_of=tuple(waiting[number].id for number in mine)))
    return settled


def unmended(turn: Turn) -> list[Failed]:
    """The proposals that failed, and that no later call of the turn tried again."""
    open_: list[Failed] = []
    attempts = [(each.response, each.tool, each.args, each) for each in turn.failed if _counts(each)]
    accepted = [(response, tool, args, None) for response, tool, args in turn.accepted]
    for response, tool, args, failed in sorted([*attempts, *accepted], key=lambda attempt: attempt[0]):
        before = [
            each for each in open_ if each.response < response and (each.tool == tool or _shared(each.args, args))
        ]
        if before:
            open_.remove(max(before, key=lambda each: _shared(each.args, args)))
        open_ += [failed] if failed else []
    return open_


def _counts(failed: Failed) -> bool:
    """Whether the user misses something by it: not when all was so already."""
    return failed.effect and failed.code != "nothing_to_do"


def _shared(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    """How many arguments that say something are the same."""
    return sum(bool(value) and value is not True and other.get(name) == value for name, value in one.items())


def _warned(after: list[Proposed | Kept], missing: Collection[Caution]) -> tuple[Proposed | Kept, ...]:
    """With the first new one of them telling what is missing; if there is none, the first."""
    at = next((index for index, each in enumerate(after) if isinstance(each, Proposed)), 0)
    if missing and after:
        first = after[at]
        if isinstance(first, Kept):
            after[at] = replace(first, warnings=_once(first.warnings, missing))
        else:
            proposal = replace(first.proposal, warnings=_once(first.proposal.warnings, missing))
            after[at] = replace(first, proposal=proposal)
    return tuple(after)


def _fresh(action: WaitingAction) -> list[Caution]:
    """Its warnings, but for those about the turn that it was kept in before."""
    return [each for each in action.proposal.warnings if each.code not in ("not_changed", "not_all")]


def _once(*warnings: Collection[Caution]) -> tuple[Caution, ...]:
    return tuple(dict.fromkeys(each for some in warnings for each in some))


def _short(message: str) -> str:
    line = one_line(message.partition("\n")[0]).rstrip(":")  # without what it lists for the model to choose from
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
