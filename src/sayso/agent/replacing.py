"""What waits after a turn: the new proposals, and what of the old ones stays beside them.

A new proposal takes the place of all that waited, unless calls name what they replace: then the rest stays. When a
call failed and nothing mended it, what it was to replace stays, too, and says so: a half of a change is not the change.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sayso.agent.turn import Failed, Turn, alike
from sayso.agent.types import Kept, Proposed, WaitingAction
from sayso.tools.wording import one_line

NOT_CHANGED: Final = "You asked to change this, which did not work, so it is as it was: "
NOT_ALL: Final = "Not all that you asked for is here: "
_LAST: Final = 1_000_000  # behind any number
_LONGEST: Final = 300  # characters of an error that a warning quotes


def waiting_after(turn: Turn) -> tuple[Proposed | Kept, ...]:
    """All that is to wait from now on; empty: nothing new does, so that what waited stays as it is."""
    if not turn.proposed and not turn.withdrawn:
        return ()
    waiting = dict(enumerate(turn.input.waiting.actions, start=1)) if turn.input.waiting else {}
    failed = unmended(turn)
    taken = _taken(turn, waiting, failed)
    whole = not failed and not turn.withdrawn and all(each.replaces is None for each in turn.proposed)
    gone = {*waiting} if whole else turn.withdrawn.union(*taken)
    kept = {number: action for number, action in waiting.items() if number not in gone}
    warnings: dict[int, list[str]] = {number: [] for number in kept}
    missing: list[str] = []
    for each in failed:
        alike = _like(each.tool, each.args, kept)
        like = [number for number in alike if _shared(kept[number].proposal.args, each.args)]
        hit = [number for number in each.replaces or () if number in kept] or like[:1]
        for number in hit:
            warnings[number].append(NOT_CHANGED + _short(each.message))
        missing += [] if hit else [NOT_ALL + _short(each.message)]
    stay = [(number, Kept(action, _once(_fresh(action), warnings[number]))) for number, action in kept.items()]
    new = [(min(numbers, default=_LAST), each) for numbers, each in zip(taken, turn.proposed, strict=True)]
    order: list[tuple[int, Proposed | Kept]] = [*stay, *new]
    return _warned([each for _, each in (order if whole else sorted(order, key=lambda item: item[0]))], missing)


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


def _taken(turn: Turn, waiting: Mapping[int, WaitingAction], failed: Sequence[Failed]) -> list[set[int]]:
    """Of each proposal the numbers of the waiting actions whose place it takes: those that it names; what it proposes
    again; when others failed and none of them names any, the likeliest."""
    named = (*(each.replaces for each in turn.proposed), *(each.replaces for each in failed))
    guess = not turn.withdrawn and all(each is None for each in named)
    taken: list[set[int]] = []
    for each in turn.proposed:
        left = {number: action for number, action in waiting.items() if number not in set().union(*taken)}
        again = [number for number, action in left.items() if alike(action, each.tool, each.proposal)]
        like = _like(each.tool, each.proposal.args, left, each.proposal.touches)[:1] if guess else []
        taken.append(set(each.replaces or again or like))
    return taken


def _like(tool: str, args: Mapping[str, Any], waiting: Mapping[int, WaitingAction], touches: str = "") -> list[int]:
    """The numbers of the waiting actions that a call of this tool may be another version of, the likeliest first."""

    def likeness(number: int) -> tuple[bool, int]:
        proposal = waiting[number].proposal
        return bool(touches) and proposal.touches == touches, _shared(proposal.args, args)

    alike = [number for number, action in waiting.items() if action.tool == tool]
    return sorted(alike, key=likeness, reverse=True)


def _shared(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    """How many arguments that say something are the same."""
    return sum(bool(value) and value is not True and other.get(name) == value for name, value in one.items())


def _warned(after: list[Proposed | Kept], missing: Collection[str]) -> tuple[Proposed | Kept, ...]:
    """With the first of them telling what is missing."""
    if not missing or not after:
        return tuple(after)
    first, *rest = after
    if isinstance(first, Kept):
        first = replace(first, warnings=_once(first.warnings, missing))
    else:
        proposal = replace(first.proposal, warnings=_once(first.proposal.warnings, missing))
        first = replace(first, proposal=proposal)
    return (first, *rest)


def _fresh(action: WaitingAction) -> list[str]:
    """Its warnings, but for those about the turn that it was kept in before."""
    return [each for each in action.proposal.warnings if not each.startswith((NOT_CHANGED, NOT_ALL))]


def _once(*warnings: Collection[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for some in warnings for each in some))


def _short(message: str) -> str:
    line = one_line(message.partition("\n")[0]).rstrip(":")  # without what it lists for the model to choose from
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
