"""Several mailboxes as one."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sayso.workspace.account_ids import account_of, carried
from sayso.workspace.errors import Refused, WorkspaceError
from sayso.workspace.joined.joined import Joined
from sayso.workspace.protocols import Mail
from sayso.workspace.search import Query
from sayso.workspace.types import Header, Message, OutgoingMail, Page, Undelivered


class JoinedMail(Joined[Mail]):
    part = "mail"

    @property
    def delivers(self) -> bool | None:
        return self._parts[self._default].delivers

    @property
    def tells_news(self) -> bool:
        return any(mail.tells_news for mail in self._parts.values())

    async def search(self, query: Query, limit: int, after: str = "") -> Page[Header]:
        found = await self._page(
            lambda mail, most, place: mail.search(query, most, place), limit, after, lambda mail: -mail.date.timestamp()
        )
        return Page([_from(account, header) for account, header in found.items], found.next, found.total)

    async def get_message(self, message_id: str) -> Message:
        account, mail, own = self._whose(message_id)
        return _known(account, await mail.get_message(own))

    async def get_messages(self, message_ids: Sequence[str]) -> list[Message]:
        by_account: dict[str, list[str]] = {}
        for message_id in message_ids:
            by_account.setdefault(account_of(message_id), []).append(message_id)
        found: dict[str, Message] = {}
        for account, named in by_account.items():
            mail = self._whose(named[0])[1]
            own = [self._whose(each)[2] for each in named]
            found |= {
                message.id: message for message in (_known(account, each) for each in await mail.get_messages(own))
            }
        return [found[each] for each in dict.fromkeys(message_ids)]

    async def get_thread(self, thread_id: str) -> list[Message]:
        account, mail, own = self._whose(thread_id)
        return [_known(account, message) for message in await mail.get_thread(own)]

    async def attachment(self, message_id: str, number: int) -> bytes:
        _, mail, own = self._whose(message_id)
        return await mail.attachment(own, number)

    async def writes_from(self, message_id: str) -> str:
        _, mail, own = self._whose(message_id)
        return await mail.writes_from(own)

    async def labels(self) -> list[str]:
        found = await self._all(lambda mail: mail.labels())
        return list(dict.fromkeys(label for _, labels in found for label in labels))

    async def create_draft(self, mail: OutgoingMail, key: str, files: Sequence[bytes] = ()) -> Message:
        account, mailbox, own = self._whose(mail.in_reply_to)
        return _known(account, await mailbox.create_draft(replace(mail, in_reply_to=own), key, files))

    async def send(self, mail: OutgoingMail, key: str, draft_id: str, files: Sequence[bytes] = ()) -> Message:
        account, mailbox, own = self._whose(draft_id or mail.in_reply_to)
        answered = self._whose(mail.in_reply_to)[2] if mail.in_reply_to else ""
        if answered and account_of(mail.in_reply_to) != account:
            raise Refused("A draft in one account cannot answer a mail of another.")
        sent = await mailbox.send(replace(mail, in_reply_to=answered), key, own if draft_id else "", files)
        return _known(account, sent)

    async def relabel(self, message_ids: list[str], add: list[str], remove: list[str], key: str) -> list[Header]:
        if len({account_of(each) for each in message_ids}) > 1:
            raise Refused("Mails of different accounts cannot be changed in one go.")
        account, mail, _ = self._whose(message_ids[0])
        own = [self._whose(each)[2] for each in message_ids]
        return [_from(account, header) for header in await mail.relabel(own, add, remove, key)]

    async def changed(self, seconds: float) -> bool:
        """Whether anything did in any of them; one that fails is passed over."""
        telling = [mail for mail in self._parts.values() if mail.tells_news]
        waiting = {asyncio.ensure_future(mail.changed(seconds)) for mail in telling}
        told = False
        try:
            while waiting and not told:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                told = any(each.result() for each in done if not isinstance(each.exception(), WorkspaceError))
        finally:
            for each in waiting:
                each.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        return told

    async def returned(self, since: datetime) -> list[Undelivered]:
        return [each for _, some in await self._all(lambda mail: mail.returned(since)) for each in some]

    async def applied(self, key: str, object_id: str) -> str | None:
        account, mail, own = self._whose(object_id)
        done = await mail.applied(key, own)
        return done and carried(account, done)


def _from(account: str, header: Header) -> Header:
    return replace(header, id=carried(account, header.id), thread_id=carried(account, header.thread_id))


def _known(account: str, message: Message) -> Message:
    return replace(
        message,
        id=carried(account, message.id),
        thread_id=carried(account, message.thread_id),
        in_reply_to=carried(account, message.in_reply_to),
    )
