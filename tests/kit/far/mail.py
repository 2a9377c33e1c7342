"""The far mailbox, which cannot be searched by attachments."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from tests.kit.far.state import SENT_AT, Wire, paged

from sayso.english.words import findable, to_find
from sayso.workspace.errors import ObjectNotFound, Refused
from sayso.workspace.search import After, And, Attached, Before, Label, Not, Or, Query, Unread, Words
from sayso.workspace.types import Attachment, Header, Message, OutgoingMail, Page, Undelivered


class FarMail:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._mails = wire.far.mails

    @property
    def delivers(self) -> bool:
        return True

    @property
    def tells_news(self) -> bool:
        return False

    async def search(self, query: Query, limit: int, after: str = "") -> Page[Header]:
        self._wire.alive()
        found = [mail for mail in self._wire.all_mine(self._mails) if _fits(mail, query)]
        found.sort(key=lambda mail: mail.date, reverse=True)
        return paged([_header(mail) for mail in found], limit, after)

    async def get_message(self, message_id: str) -> Message:
        self._wire.alive()
        found: Message = self._wire.mine(self._mails, message_id)
        return found

    async def get_messages(self, message_ids: Sequence[str]) -> list[Message]:
        return [await self.get_message(each) for each in message_ids]

    async def get_thread(self, thread_id: str) -> list[Message]:
        mine = self._wire.all_mine(self._mails)
        return [mail for mail in mine if mail.thread_id == thread_id] or [await self.get_message(thread_id)]

    async def attachment(self, message_id: str, number: int) -> bytes:
        attachments = (await self.get_message(message_id)).attachments
        if not 1 <= number <= len(attachments):
            raise ObjectNotFound("That message has no such attachment.")
        name = attachments[number - 1].name
        return self._wire.far.files.get((message_id, number), name.encode())

    async def writes_from(self, message_id: str) -> str:
        return ""

    async def labels(self) -> list[str]:
        system = {"inbox", "sent", "drafts", "trash", "starred"}
        return sorted({label for mail in self._wire.all_mine(self._mails) for label in mail.labels} - system)

    async def create_draft(self, mail: OutgoingMail, key: str, files: Sequence[bytes] = ()) -> Message:
        return await self._make("create_draft", mail, key, f"msg_{key}", "drafts", files)

    async def send(self, mail: OutgoingMail, key: str, draft_id: str, files: Sequence[bytes] = ()) -> Message:
        return await self._make("send", mail, key, draft_id or f"msg_{key}", "sent", files)

    async def _make(
        self, kind: str, mail: OutgoingMail, key: str, mail_id: str, label: str, files: Sequence[bytes]
    ) -> Message:
        answered = self._mails.get(mail.in_reply_to)
        kept = self._mails[mail_id].attachments if mail_id in self._mails else ()
        new = zip(mail.attachments, files, strict=True)
        added = tuple(Attachment(each.name, each.media_type, len(content)) for each, content in new)
        message = Message(
            id=mail_id,
            thread_id=answered.thread_id if answered else mail_id,
            sender=self._wire.me,
            to=mail.to,
            cc=mail.cc,
            subject=mail.subject,
            date=SENT_AT,
            body=mail.body,
            unread=False,
            labels=(label,),
            bcc=mail.bcc,
            in_reply_to=mail.in_reply_to,
            revision="1",
            attachments=(*kept, *added),
        )

        def put() -> Any:
            held = enumerate(files, start=len(kept) + 1)
            self._wire.far.files |= {(mail_id, number): content for number, content in held}
            return self._wire.put(self._mails, message)

        made: Message = await self._wire.change(key, kind, mail_id, put, mail.subject)
        return made

    async def relabel(self, message_ids: list[str], add: list[str], remove: list[str], key: str) -> list[Header]:
        def do() -> Any:
            return [self._wire.put(self._mails, _relabeled(self._mails[each], add, remove)) for each in message_ids]

        for each in message_ids:
            await self.get_message(each)
        made: list[Header] = await self._wire.change(key, "relabel", message_ids[0], do, among=self._mails)
        return made

    async def changed(self, seconds: float) -> bool:
        return False

    async def returned(self, since: datetime) -> list[Undelivered]:
        return self._wire.far.returned

    async def applied(self, key: str, object_id: str) -> str | None:
        return await self._wire.applied(key)


def _relabeled(mail: Message, add: list[str], remove: list[str]) -> Message:
    labels = [label for label in mail.labels if label not in remove]
    labels += [label for label in add if label not in (*labels, "unread")]
    unread = (mail.unread or "unread" in add) and "unread" not in remove
    return replace(mail, labels=tuple(labels), unread=unread, revision=f"{int(mail.revision) + 1}")


def _header(mail: Message) -> Header:
    return Header(**{each.name: getattr(mail, each.name) for each in fields(Header)})


def _fits(mail: Message, query: Query) -> bool:
    match query:
        case And(queries):
            return all(_fits(mail, each) for each in queries)
        case Or(queries):
            return any(_fits(mail, each) for each in queries)
        case Not(negated):
            return not _fits(mail, negated)
        case Words(text, where):
            names = [f"{who.name} {who.email}" for who in (mail.sender, *mail.to, *mail.cc, *mail.bcc)]
            texts = {"from": names[:1], "to": names[1:], "subject": [mail.subject]}
            return to_find(text) in findable(*texts.get(where, [mail.subject, *names, mail.body]))
        case Label(name):
            return name.casefold() in map(str.casefold, mail.labels)
        case Unread():
            return mail.unread
        case After(midnight):
            return mail.date >= midnight
        case Before(midnight):
            return mail.date < midnight
        case Attached():
            raise Refused("This mailbox cannot be searched by has:attachment.")
