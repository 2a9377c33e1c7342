"""Drafts that are saved once under a key. Gmail takes no ids of ours, so a draft is found by the key in its header.

| kept under the key | what it says |
| --- | --- |
| `drafting` | since when it may have been made |
| `drafted` | the id of the draft; whoever made another one removes that |
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from sayso.base.clock import Clock
from sayso.workspace.connected.marks import Marks
from sayso.workspace.errors import Refused, Unavailable, Uncertain, WorkspaceError
from sayso.workspace.google.client import CHANGE_SECONDS
from sayso.workspace.google.errors import Cut, Failed
from sayso.workspace.google.mail.drafts import Drafts
from sayso.workspace.google.mail.outgoing import Composer
from sayso.workspace.types import OutgoingMail

log = structlog.get_logger()

LOOKS: Final = 4
"""Looks after a line broke, within 7.5 seconds at least: what Gmail got by then it has saved."""

IN_DOUBT: Final = "Gmail did not say whether it saved the draft, and it is not there yet: look under Drafts in a while."
GONE: Final = "The draft was saved, and is not under Drafts any more: it was sent or removed since."


class Drafter:
    """Saves drafts for one account."""

    def __init__(
        self,
        drafts: Drafts,
        composer: Composer,
        marks: Marks,
        clock: Clock,
        pause: Callable[[int], Awaitable[None]],
    ) -> None:
        self._drafts = drafts
        self._composer = composer
        self._marks = marks
        self._clock = clock
        self._pause = pause

    async def create(self, mail: OutgoingMail, key: str, files: Sequence[bytes]) -> str:
        """The id of the message that the draft is. Raises ObjectNotFound, Refused, Unavailable, Uncertain."""
        kept = await self._marks.of(key)
        draft = kept.get("drafted") or await self._draft(mail, key, files, "drafting" in kept)
        try:
            return await self._message_in(draft)
        except (Unavailable, Refused) as error:
            raise Uncertain("The draft was saved, but Gmail did not show it.") from error

    async def applied(self, key: str, kept: Mapping[str, str]) -> str | None:
        """The id of the message that was drafted under this key; None: surely nothing was. Raises Uncertain,
        Unavailable."""
        draft = kept.get("drafted") or (await self._found(key) if "drafting" in kept else "")
        if draft:
            return await self._message_in(draft)
        if "drafting" in kept and self._clock.now() - datetime.fromisoformat(kept["drafting"]) < _ON_ITS_WAY:
            raise Uncertain(IN_DOUBT)
        return None

    async def _draft(self, mail: OutgoingMail, key: str, files: Sequence[bytes], begun: bool) -> str:
        found = await self._found(key) if begun else ""
        if found:
            return found
        outgoing = await self._composer.compose(mail, key, files)
        await self._marks.keep(key, "drafting", self._clock.now().isoformat())
        try:
            made = await self._drafts.make(outgoing.letter.raw, outgoing.thread)
        except Uncertain as error:
            return await self._after(key, error)
        return await self._keep(key, [made])

    async def _after(self, key: str, error: Uncertain) -> str:
        """The draft, although no answer came of it."""
        try:
            found = await self._found(key)
            for number in range(1, LOOKS + 1) if isinstance(error, Cut) else ():
                if found:
                    break
                await self._pause(number)
                found = await self._found(key)
        except WorkspaceError:
            raise error from None
        if not found and isinstance(error, Failed | Cut):
            raise Unavailable("Gmail could not save the draft.") from error
        if not found:
            raise Uncertain(IN_DOUBT) from error
        return found

    async def _found(self, key: str) -> str:
        """The first one that was made under the key, which is then the one; others go."""
        found = await self._drafts.with_key(key)
        return await self._keep(key, found) if found else ""

    async def _keep(self, key: str, made: Sequence[str]) -> str:
        draft = await self._marks.keep(key, "drafted", made[0])
        for each in made:
            if each != draft:
                await self._drop(each)
        return draft

    async def _message_in(self, draft: str) -> str:
        message_id = await self._drafts.message_in(draft)
        if not message_id:
            raise Uncertain(GONE)
        return message_id

    async def _drop(self, draft: str) -> None:
        try:
            await self._drafts.remove(draft)
        except WorkspaceError as error:
            log.warning("draft_left", error=type(error).__name__)


_ON_ITS_WAY: Final = timedelta(seconds=CHANGE_SECONDS)
"""How long a request may still be on its way that was not heard of."""
