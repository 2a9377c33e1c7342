"""Mails that came back: what was sent and could not be delivered is told where it was asked for.

A server that took a mail says later, in a mail of its own, whom it could not reach (RFC 3461, 6). So the mailboxes
from which something was sent of late are looked at again for some days.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from sayso.base.clock import Clock
from sayso.base.errors import NotFound, SaysoError
from sayso.base.ids import Ids
from sayso.conversation import records, threads
from sayso.conversation.contexts import Contexts
from sayso.conversation.nouns import WholeTurn
from sayso.conversation.records import Sent
from sayso.store.gateway import Store, WriteConn
from sayso.tools.accounts import at
from sayso.tools.base import ToolContext
from sayso.workspace.errors import WorkspaceError
from sayso.workspace.types import Undelivered

log = structlog.get_logger()

FOR: Final = timedelta(days=5)
"""That a server tries to deliver (RFC 5321, 4.5.4.1)."""


@dataclass(frozen=True, slots=True)
class Returns:
    store: Store
    contexts: Contexts
    clock: Clock
    ids: Ids

    async def look(self) -> None:
        """Tell of the mails that came back since they were sent, each once. Harmless when done twice."""
        since = self.clock.now() - FOR
        by_user: dict[str, list[Sent]] = {}
        for sent in await self.store.read(records.sent_since, since):
            by_user.setdefault(sent.user_id, []).append(sent)
        for user_id, some in by_user.items():
            try:
                await self._look(await self.contexts.of_user(user_id), some)
            except SaysoError as error:
                log.warning("returned_not_looked_for", code=error.code)

    async def _look(self, context: ToolContext, some: Iterable[Sent]) -> None:
        by_account: dict[str, dict[str, Sent]] = {}
        for sent in some:
            by_account.setdefault(sent.account, {})[sent.action_id] = sent
        for account, known in by_account.items():
            try:
                mail = at(context, {"account": account}).workspace.mail
                since = min(sent.ended_at for sent in known.values())
                found = [] if mail is None else await mail.returned(since)
            except WorkspaceError:
                continue  # it is looked at again
            for each in found:
                await self._tell(known, each)

    async def _tell(self, known: Mapping[str, Sent], undelivered: Undelivered) -> None:
        sent = known.get(undelivered.key.partition(".")[0])
        if sent is not None and undelivered.final:
            await self.store.write(partial(self._append, sent=sent, undelivered=undelivered))

    def _append(self, conn: WriteConn, sent: Sent, undelivered: Undelivered) -> None:
        try:
            thread = threads.lock_pk(conn, sent.thread_pk)
        except NotFound:
            return  # it was deleted, and nobody asks
        who = sorted(address for address, _ in undelivered.recipients)
        turn_id = self.ids.of("turn", "returned", sent.action_id, *who)
        if threads.turn(conn, thread.pk, turn_id) is not None:
            return
        now: datetime = self.clock.now()
        turn = WholeTurn(
            id=turn_id,
            kind="outcome",
            user_message=None,
            response=_words(sent, undelivered),
            messages=[],
            created_at=now,
            ended_at=now,
        )
        threads.append(conn, thread.pk, turn, last_word=None, lease=None)


def _words(sent: Sent, undelivered: Undelivered) -> str:
    """ "This could not be delivered: Send 'Budget' to Ana <ana@…>. ana@…: there is no such mailbox." """
    reasons = " ".join(f"{address}: {why.rstrip('.')}." for address, why in undelivered.recipients)
    return f"This could not be delivered: {sent.preview}. {reasons}"
