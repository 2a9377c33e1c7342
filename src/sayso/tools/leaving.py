"""Mail that is to leave at a time: it is confirmed now, and held back until then."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from sayso.english import dates
from sayso.tools.base import SEND_AT, Caution, Proposal, ToolContext, ToolInputError
from sayso.tools.times import noted, read

LONGEST: Final = timedelta(days=366)


def leaving(ctx: ToolContext, said: str | None, proposal: Proposal) -> Proposal:
    """The proposal of a mail, to be held back until the time that was said. Raises ToolInputError."""
    if not said:
        return proposal
    moment = read(ctx, said)
    if not moment.has_time:
        raise ToolInputError(
            f'At what time should it leave? "{said}" names none; say, for example, "tomorrow at 8:00".'
        )
    if moment.start > ctx.now + LONGEST:
        raise ToolInputError("A mail is held back for a year at most.")
    at = moment.start.astimezone(ctx.timezone)
    told, late = dates.say_time(at), moment.start <= ctx.now
    passed = (Caution("past", f"{told} has passed: it leaves as soon as you confirm it."),) if late else ()
    stamp = at.isoformat(timespec="seconds")
    return replace(
        proposal,
        args=proposal.args | {"send_at": stamp},
        target=proposal.target | {SEND_AT: stamp},
        question=f"{proposal.question}, to leave on {told}",
        preview=f"{proposal.preview} — leaves {told}",
        details=(*proposal.details, ("Leaves", told)),
        warnings=(*proposal.warnings, *noted(moment), *passed),
        card=proposal.card | {"mail": proposal.card["mail"] | {"send_at": stamp}},
    )
