"""A mailbox at Gmail. Nothing is kept here of what is in it: each call asks."""

from collections.abc import Sequence
from datetime import datetime

from sayso.base.clock import Clock
from sayso.english.words import fold
from sayso.workspace.connected.marks import Marks
from sayso.workspace.errors import ObjectNotFound, Refused, Unavailable, Uncertain
from sayso.workspace.google.batches import segment
from sayso.workspace.google.client import Google
from sayso.workspace.google.errors import NotDone
from sayso.workspace.google.mail.drafting import Drafter
from sayso.workspace.google.mail.drafts import Drafts
from sayso.workspace.google.mail.labels import Labels
from sayso.workspace.google.mail.outgoing import Composer
from sayso.workspace.google.mail.reading import Reader
from sayso.workspace.google.mail.relabeling import relabel
from sayso.workspace.google.mail.returned import returned
from sayso.workspace.google.mail.searching import search
from sayso.workspace.google.mail.seen import seen_of
from sayso.workspace.google.mail.sending import Sender
from sayso.workspace.google.mail.tree import dicts_in
from sayso.workspace.people import Me
from sayso.workspace.search import Query
from sayso.workspace.types import Attachment, Header, Message, OutgoingMail, Page, Undelivered

_HIDDEN = ("TRASH", "SPAM")
_NO_THREAD = "That conversation is not in your mailbox."


class GoogleMail:
    """A `Mail`. `me`: as he writes from the account's address, who owns the aliases; `aliases`: of `aliases_of`."""

    def __init__(self, google: Google, me: Me, aliases: Sequence[str], clock: Clock, marks: Marks) -> None:
        self._google = google
        self._marks = marks
        self._labels = Labels(google)
        self._reader = Reader(google, self._labels, me)
        drafts = Drafts(google, self._reader)
        composer = Composer(self._reader, me, aliases, clock)
        self._composer = composer if aliases else None
        self._me = me
        self._clock = clock
        self._drafter = Drafter(drafts, composer, marks, clock, google.pause)
        self._sender = Sender(google, self._reader, drafts, composer, marks, clock)

    @property
    def delivers(self) -> bool | None:
        return True

    @property
    def tells_news(self) -> bool:
        return False  # Gmail tells only of a topic of Cloud Pub/Sub ("users.watch")

    async def changed(self, seconds: float) -> bool:
        return False

    async def search(self, query: Query, limit: int, after: str = "") -> Page[Header]:
        return await search(self._google, self._reader, self._labels, query, limit, after)

    async def get_message(self, message_id: str) -> Message:
        return (await self.get_messages([message_id]))[0]

    async def get_messages(self, message_ids: Sequence[str]) -> list[Message]:
        return await self._reader.messages(message_ids)

    async def get_thread(self, thread_id: str) -> list[Message]:
        try:
            told = await self._google.get("gmail", f"threads/{segment(thread_id)}", {"format": "minimal"})
        except ObjectNotFound as error:
            raise ObjectNotFound(_NO_THREAD) from error
        except NotDone as error:
            raise ObjectNotFound(_NO_THREAD) if error.status == 400 else error from error
        seen = [seen_of(each) for each in dicts_in(told, "messages")]
        usual = [each for each in seen if not any(map(each.has, _HIDDEN))]
        if not seen:
            raise ObjectNotFound(_NO_THREAD)
        messages = await self.get_messages([each.id for each in usual or seen])
        return sorted(messages, key=lambda message: message.date)

    async def attachment(self, message_id: str, number: int) -> bytes:
        return await self._reader.attachment(message_id, number)

    async def writes_from(self, message_id: str) -> str:
        writer = await self._composer.writer(message_id) if self._composer is not None else self._me.email
        return "" if writer == self._me.email else writer

    async def labels(self) -> list[str]:
        known = await self._labels.known(anew=True)
        return sorted(known.own.values(), key=lambda label: (fold(label), label))

    async def create_draft(self, mail: OutgoingMail, key: str, files: Sequence[bytes] = ()) -> Message:
        return await self._made(await self._drafter.create(mail, key, files))

    async def send(self, mail: OutgoingMail, key: str, draft_id: str, files: Sequence[bytes] = ()) -> Message:
        sent = await self._sender.send(mail, key, draft_id, files)
        try:
            return await self.get_message(sent)
        except (Unavailable, ObjectNotFound, Refused):  # it was sent, and is told so
            return self._as_sent(sent, mail)

    def _as_sent(self, ident: str, mail: OutgoingMail) -> Message:
        """What is known of a mail that was sent and cannot be looked at."""
        return Message(
            id=ident,
            thread_id=ident,
            sender=self._me.person,
            to=mail.to,
            cc=mail.cc,
            subject=mail.subject,
            date=self._clock.now(),
            unread=False,
            labels=("sent",),
            attachments=tuple(Attachment(each.name, each.media_type, each.size) for each in mail.attachments),
            bcc=mail.bcc,
            body=mail.body,
            in_reply_to=mail.in_reply_to,
        )

    async def _made(self, message_id: str) -> Message:
        """What was drafted. That it was done is known; only how it looks now has to be read."""
        try:
            return await self.get_message(message_id)
        except (Unavailable, ObjectNotFound, Refused) as error:
            raise Uncertain("It was done, but the mailbox did not show it.") from error

    async def relabel(self, message_ids: list[str], add: list[str], remove: list[str], key: str) -> list[Header]:
        return await relabel(self._google, self._reader, self._labels, message_ids, add, remove)

    async def returned(self, since: datetime) -> list[Undelivered]:
        return await returned(self, self._reader, since)

    async def applied(self, key: str, object_id: str) -> str | None:
        """Of labels None: to put them on again is harmless."""
        kept = await self._marks.of(key)
        if "drafting" in kept:
            return await self._drafter.applied(key, kept)
        return await self._sender.applied(key, kept, object_id)
