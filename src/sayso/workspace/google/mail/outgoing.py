"""A mail as it goes out from an account at Gmail: what it answers, in which conversation, and from which address."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sayso.base.clock import Clock
from sayso.workspace.errors import ObjectChanged
from sayso.workspace.formats.mail import parse_people
from sayso.workspace.formats.mime import Part, parse_mail
from sayso.workspace.google.mail.reading import Reader
from sayso.workspace.mailbox.compose import Answered, Letter, answers_of, letter, message_id_of_key
from sayso.workspace.people import Me, same_address
from sayso.workspace.types import OutgoingMail

_NAMED: Final = ("Message-ID", "References", "In-Reply-To", "From", "To", "Cc", "Delivered-To")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`thread`: Gmail's id of the conversation that it goes into, or empty."""

    letter: Letter
    thread: str


class Composer:
    """`aliases`: the addresses that Gmail lets the account write from."""

    def __init__(self, reader: Reader, me: Me, aliases: Sequence[str], clock: Clock) -> None:
        self._reader = reader
        self._me = me
        self._aliases = tuple(aliases)
        self._clock = clock

    async def compose(self, mail: OutgoingMail, key: str, files: Sequence[bytes], draft_id: str = "") -> Outgoing:
        """`draft_id`: the user's own draft that it is made of. Gmail joins a mail to a conversation that it names by
        id, by the Message-IDs and by the subject ("Manage threads"). Raises ObjectNotFound, ObjectChanged, Refused,
        Unavailable."""
        answered: Answered | None = None
        source: bytes | None = None
        thread, me = "", self._me
        if draft_id:
            seen, source = await self._reader.raw(draft_id)
            draft = parse_mail(source)
            if not seen.has("DRAFT"):
                raise ObjectChanged(f"'{draft.text('subject')}' is not a draft any more.")
            thread, me = seen.thread, self._writer(draft, ("From",))
        if mail.in_reply_to:
            other, head = await self._reader.named(mail.in_reply_to, _NAMED)
            answered, thread = answers_of(head), other.thread
            me = me if draft_id else self._answering(head)
        message_id = message_id_of_key(key, me.email)
        return Outgoing(letter(mail, me, message_id, key, self._clock.now(), files, answered, source), thread)

    async def writer(self, message_id: str) -> str:
        """The address that an answer to this message goes from, or this draft when it is sent."""
        seen, head = await self._reader.named(message_id, _NAMED)
        return (self._writer(head, ("From",)) if seen.has("DRAFT") else self._answering(head)).email

    def _answering(self, head: Part) -> Me:
        """The user as that mail was written to him, or as he wrote it himself."""
        sent = self._writer(head, ("From",))
        return sent if sent.email != self._me.email else self._writer(head, ("To", "Cc", "Delivered-To"))

    def _writer(self, head: Part, names: Sequence[str]) -> Me:
        """The user by that of his addresses which is named there; his usual one before others."""
        there = [who.email for name in names for who in parse_people(head, name)]
        for own in (self._me.email, *self._aliases):
            if any(same_address(own, each) for each in there):
                return replace(self._me, email=own, others=(self._me.email, *self._me.others))
        return self._me
