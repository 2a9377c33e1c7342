"""Mails that are sent exactly once, though `messages.send` of Gmail has no keys and an answer can be lost.

Each mail is made a draft first, with its key in a header, and the draft is sent: that consumes it, so a draft is sent
once however often it is asked for ("Create and send draft emails"). Gmail writes its own Message-ID and leaves headers
of ours alone. What is kept under the key (`Marks`; the first who keeps a value is right):

| kept | what it says |
| --- | --- |
| `since` | it was begun, and where the mailbox's history was then |
| `draft.N` | the id of the draft; whoever made another one removes that |
| `going.N` | from now on the draft may be asked to be sent |
| `dropped.N` | it was removed before it was sent, so it never is; the next one is N + 1 |
| `sent` | the id of what was sent |

What became of a mail whose draft is known and may have been asked to be sent:

| the draft | what it says |
| --- | --- |
| there | it was not sent, but may be by a request that is still on its way: who has to know removes it |
| gone | it was sent, or its user removed it: the sent mail is looked for in the history and among the newest |
| gone, and no sent mail | nobody knows: said so, and never sent again |

The user's own draft stays as it is until the mail that was made of it is sent, and then goes, unless it was edited.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import structlog

from sayso.base.clock import Clock
from sayso.workspace.connected.marks import Marks
from sayso.workspace.errors import ObjectNotFound, Refused, Unavailable, Uncertain, WorkspaceError
from sayso.workspace.google.client import Google
from sayso.workspace.google.errors import Stale
from sayso.workspace.google.mail.drafts import Drafts
from sayso.workspace.google.mail.outgoing import Composer
from sayso.workspace.google.mail.reading import Reader
from sayso.workspace.google.mail.sent import find_sent
from sayso.workspace.types import OutgoingMail

log = structlog.get_logger()

IN_DOUBT: Final = (
    "It was being sent when Gmail's answer was lost, and it is found neither among the drafts nor the sent mails: look "
    "there before you send it again."
)
ASKED: Final = 2
"""Times that Gmail is asked to send a draft while the answers are lost."""
MOST_DRAFTS: Final = 20
"""That are made for one mail, one after the other."""


class Sender:
    """Sends for one account."""

    def __init__(
        self, google: Google, reader: Reader, drafts: Drafts, composer: Composer, marks: Marks, clock: Clock
    ) -> None:
        self._google = google
        self._reader = reader
        self._drafts = drafts
        self._composer = composer
        self._marks = marks
        self._clock = clock

    async def send(self, mail: OutgoingMail, key: str, draft_id: str, files: Sequence[bytes]) -> str:
        """The id of what was sent. `draft_id`: the message of the user's draft that is sent, with its own files before
        the new ones. Raises ObjectNotFound and ObjectChanged (that draft is gone), Refused, Unavailable, Uncertain."""
        kept = await self._marks.of(key)
        if "sent" not in kept:
            number = _number(kept)
            draft = kept.get(f"draft.{number}") or await self._draft(mail, key, draft_id, files, kept, number)
            alone = f"going.{number}" not in kept
            sent = await self._hand_over(key, number, draft, alone)
        else:
            sent = kept["sent"]
        await self._tidy(draft_id)
        return sent

    async def applied(self, key: str, kept: Mapping[str, str], draft_id: str) -> str | None:
        """The id of what was sent under this key; None: it surely was not, and will not be. Raises Uncertain,
        Unavailable."""
        number = _number(kept)
        draft, sent = kept.get(f"draft.{number}"), kept.get("sent")
        if sent is None:
            if draft is None:
                return None
            there = await self._drafts.message_in(draft)
            if there and (f"going.{number}" not in kept or await self._withdraw(key, number, draft)):
                return None
            sent = await self._found(key)
        await self._tidy(draft_id)
        return sent

    async def _draft(
        self, mail: OutgoingMail, key: str, draft_id: str, files: Sequence[bytes], kept: Mapping[str, str], number: int
    ) -> str:
        """Make the draft, or find it: its id. Nothing is sent by that."""
        if not (*mail.to, *mail.cc, *mail.bcc):
            raise Refused("A mail needs somebody to go to.")
        if number >= MOST_DRAFTS:
            raise Refused("Gmail did not take this mail, however often it was asked to.")
        outgoing = await self._composer.compose(mail, key, files, draft_id)
        found = list[str]()
        if "since" in kept:  # whoever began it may have made the draft, and not have heard of it
            found = await self._drafts.with_key(key)
        else:
            told = await self._google.get("gmail", "profile", {"fields": "historyId"})
            await self._marks.keep(key, "since", str(told.get("historyId") or "0"))
        try:
            made = found or [await self._drafts.make(outgoing.letter.raw, outgoing.thread)]
        except Uncertain as error:
            raise Unavailable("Gmail did not say whether it has the draft of the mail, so it was not sent.") from error
        except ObjectNotFound as error:
            if not outgoing.thread:
                raise
            raise ObjectNotFound("The conversation that it belongs to is not in your mailbox any more.") from error
        draft = await self._marks.keep(key, f"draft.{number}", made[0])
        for each in made:
            if each != draft:
                await self._drop(each)
        return draft

    async def _hand_over(self, key: str, number: int, draft: str, alone: bool) -> str:
        """Have the draft sent: the id of what was sent. `alone`: nobody has asked for that before."""
        await self._marks.keep(key, f"going.{number}", self._clock.now().isoformat())
        for asked in range(1, ASKED + 1):
            try:
                sent = await self._drafts.send(draft)
            except ObjectNotFound:
                return await self._surely(key)
            except (Unavailable, Refused) as error:
                if await self._given_up(key, number, draft, error, alone):
                    raise
                return await self._surely(key)
            except Uncertain as error:
                alone = False
                if not await self._there(draft, error):
                    return await self._surely(key)
                if asked == ASKED:
                    raise
            else:
                return await self._marks.keep(key, "sent", sent) if sent else await self._surely(key)
        raise AssertionError

    async def _there(self, draft: str, error: WorkspaceError) -> bool:
        try:
            return bool(await self._drafts.message_in(draft))
        except WorkspaceError:
            raise Uncertain(IN_DOUBT) from error

    async def _given_up(self, key: str, number: int, draft: str, error: WorkspaceError, alone: bool) -> bool:
        """Where a request has sent nothing, no other one is to do so either; False: one has. Raises Uncertain."""
        try:
            return await self._withdraw(key, number, draft)
        except WorkspaceError:
            if alone:
                return True
            told = "Gmail did not send it, and a draft of it lies there that may still be sent."
            raise Uncertain(told) from error

    async def _withdraw(self, key: str, number: int, draft: str) -> bool:
        """Remove the draft, so that no request that is still on its way can send it; False: it was gone, so it may have
        been sent. Raises Uncertain, Unavailable, Refused."""
        if not await self._drafts.remove(draft):
            return False
        await self._marks.keep(key, f"dropped.{number}", draft)
        return True

    async def _surely(self, key: str) -> str:
        """The id of what was sent, now that the draft is gone. Raises Uncertain."""
        try:
            return await self._found(key)
        except (Unavailable, Refused, ObjectNotFound, Stale) as error:
            raise Uncertain(IN_DOUBT) from error

    async def _found(self, key: str) -> str:
        """Raises Uncertain where no sent mail is found, Unavailable."""
        kept = await self._marks.of(key)
        sent = kept.get("sent") or await find_sent(self._google, self._reader, key, kept.get("since", ""))
        if not sent:
            raise Uncertain(IN_DOUBT)
        return await self._marks.keep(key, "sent", sent)

    async def _tidy(self, draft_id: str) -> None:
        """Remove the user's draft of what was sent, if it still is what was sent."""
        try:
            draft = await self._drafts.of_message(draft_id) if draft_id else ""
            if draft:
                await self._drafts.remove(draft)
        except WorkspaceError as error:
            log.warning("draft_left", error=type(error).__name__)

    async def _drop(self, draft: str) -> None:
        """Remove one too many. It is never sent, whatever comes of that."""
        try:
            await self._drafts.remove(draft)
        except WorkspaceError as error:
            log.warning("draft_left", error=type(error).__name__)


def _number(kept: Mapping[str, str]) -> int:
    """Of the draft that counts: one behind those that were dropped."""
    return next(number for number in range(len(kept) + 1) if f"dropped.{number}" not in kept)
