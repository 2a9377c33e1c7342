"""The mails that go with changes to events: invitations, updates, cancellations, answers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

from sqlalchemy import select

from sayso.base.ids import Ids
from sayso.store.gateway import WriteConn
from sayso.store.workspace_tables import local_messages as messages
from sayso.workspace.events.letters import Letter, Letters
from sayso.workspace.local.mail_rows import insert_message
from sayso.workspace.types import Message


@dataclass(frozen=True, slots=True)
class Mailer:
    """Writes mails under `sent`, in the transaction of the change that they tell of. They are kept, not delivered."""

    user_id: str
    letters: Letters
    now: datetime
    key: str
    ids: Ids

    def tell(self, conn: WriteConn, letters: Iterable[Letter]) -> None:
        for letter in letters:
            message = Message(
                id=self.ids.new("msg"),
                thread_id=self.ids.new("thr"),
                sender=self.letters.me.person,
                to=letter.to,
                cc=(),
                subject=letter.subject,
                date=self.now.astimezone(UTC),
                body=letter.body,
                unread=False,
                labels=("sent",),
            )
            insert_message(conn, self.user_id, message, self._free_header(conn))

    def _free_header(self, conn: WriteConn) -> str:
        """One change can send several mails: a Message-ID from its key and a number."""
        for number in count(1):
            header = f"{self.key}.{number}@sayso.local"
            query = select(messages.c.id).where(messages.c.user_id == self.user_id, messages.c.message_id == header)
            if conn.execute(query).first() is None:
                return header
        raise AssertionError
