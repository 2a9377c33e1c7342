"""What was done, what did not work, what still waits: as the ledger has it, over all threads."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, get_args

from sayso.english.matching import fit, words
from sayso.tools.arguments import ListActivity
from sayso.tools.base import ReadTool, ToolContext, ToolInputError
from sayso.tools.json import moment_json, page
from sayso.tools.kept import Deed, DeedStatus
from sayso.tools.times import read, window

MOST_LOOKED_AT = 1_000
_STATUSES: Final[dict[str, tuple[DeedStatus, ...]]] = {
    "done": ("done",),
    "failed": ("failed", "unknown", "skipped"),
    "waiting": ("waiting", "running"),
    "all": get_args(DeedStatus),
}


class ListActivityTool(ReadTool[ListActivity]):
    name = "list_activity"
    description = (
        "What Sayso did, what did not work and what still waits for the user, on all conversations, the latest first. "
        "Answer questions on that from this, not from the conversation."
    )
    Args = ListActivity

    async def run(self, ctx: ToolContext, args: ListActivity) -> dict[str, Any]:
        since = read(ctx, args.since, past=True).start if args.since else None
        until = _end(ctx, args.until) if args.until else None
        if since and until and until <= since:
            raise ToolInputError(f"'{args.until}' is before '{args.since}': name a later end, or leave it out.")
        looked_at = await ctx.activity.deeds(_STATUSES[args.status], since, until, MOST_LOOKED_AT)
        found = await asyncio.to_thread(_about, args.query, looked_at) if args.query else looked_at
        told = page(ctx, "entries", [_deed_json(ctx, deed) for deed in found[: args.limit]], len(found))
        told |= {name: moment_json(at, ctx.timezone) for name, at in (("since", since), ("until", until)) if at}
        if len(looked_at) == MOST_LOOKED_AT:
            told["looked_back_to"] = moment_json(looked_at[-1].at, ctx.timezone)
        return told


def _end(ctx: ToolContext, text: str) -> datetime:
    """The instant itself, or the end of the day or stretch that is named."""
    moment = read(ctx, text, past=True)
    exact = moment.has_time and not moment.explicit_end
    return moment.start if exact else window(ctx, text, None, past=True).end


def _about(query: str, deeds: Sequence[Deed]) -> list[Deed]:
    wanted = words(query)
    return [deed for deed in deeds if fit(wanted, (deed.preview, deed.thread_title, deed.receipt or ""))]


def _deed_json(ctx: ToolContext, deed: Deed) -> dict[str, Any]:
    return {
        "id": deed.id,
        "plan_id": deed.plan_id,
        "status": deed.status,
        "at": moment_json(deed.at, ctx.timezone),
        "tool": deed.tool,
        "action": deed.preview,
        "receipt": deed.receipt or None,
        "error": deed.error or None,
        "thread_id": deed.thread_id,
        "thread_title": deed.thread_title,
    }
