"""Mails that are sent exactly once, though SMTP knows no keys and an answer can be lost.

Each mail has a Message-ID made of its key, and while it may be out, the mailbox says so: a copy lies under Drafts from
just before the mail itself goes out until the server's answer, and then under Sent.

| copy with this Message-ID | what it says |
| --- | --- |
| under Sent | it was sent |
| under Drafts | it may have been sent: whoever was sending it has not said how it ended, or still does |
| nowhere | it was surely not sent |

- Whoever ends in between (a crash, a cut line) leaves the copy under Drafts, so nothing is ever sent again by itself.
- The server has taken sender and recipients before the copy is laid down, and all that is usually refused or
  unreachable is so by then, without a trace. A mail that the server refuses in the end is taken from Drafts again; if
  that fails, it is an error that ends the action, for a second try would take the copy for a mail that may be out.
- Of two workers with one key, the copy that came first counts: who finds another one below his own goes away.
- The mailbox is looked through first, so where it cannot be reached, nothing is sent.

All of this is true as long as the user himself removes no copy while a mail is on its way.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import structlog

from sayso.base.clock import Clock
from sayso.base.faults import Fault, no_fault
from sayso.workspace.connected.access import Access
from sayso.workspace.connected.invitations import Invitation
from sayso.workspace.connected.reaching import MailServer, Reach
from sayso.workspace.errors import Refused, Unavailable, Uncertain, WorkspaceError
from sayso.workspace.mailbox.compose import Answered, Letter, calendar_letter, letter, message_id_of_key
from sayso.workspace.mailbox.copies import Copies, Place
from sayso.workspace.mailbox.smtp import transmit
from sayso.workspace.people import Me
from sayso.workspace.types import OutgoingMail

log = structlog.get_logger()

DRAFT_MARK: Final = ".draft"
"""In the Message-ID of what a key only drafts: it never says that something may have been sent."""
IN_DOUBT: Final = (
    "It was being sent when the connection was lost; whether it arrived is not known. It lies under Drafts."
)
LOOKS, LOOK_SECONDS = 6, 0.9
"""For the copy under Sent, which takes a while where the server files it itself."""
FILINGS: Final = 3
"""Of these, those after which ours is filed even so."""


class Sender:
    """Drafts and sends for one account. `server`: None where it can only draft. `files_sent`: the server itself puts
    what is sent under Sent. A `Post`."""

    def __init__(
        self,
        server: MailServer | None,
        access: Access,
        reach: Reach,
        copies: Copies,
        me: Me,
        clock: Clock,
        files_sent: bool = False,
        fault: Fault = no_fault,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._server = server
        self._access = access
        self._reach = reach
        self._copies = copies
        self._me = me
        self._clock = clock
        self._files_sent = files_sent
        self._fault = fault
        self._sleep = sleep

    @property
    def sends(self) -> bool:
        return self._server is not None

    async def create_draft(
        self, mail: OutgoingMail, key: str, files: Sequence[bytes] = (), answered: Answered | None = None
    ) -> str:
        """The id of the draft; a second call finds the first one's. Raises Refused, Unavailable, Uncertain."""
        message_id = self._message_id(key, DRAFT_MARK)
        place = await self._find(message_id)
        if place is not None:
            return place.message_id
        draft = letter(mail, self._me, message_id, key, self._clock.now(), files, answered)
        return await self._copies.keep(draft.raw, draft=True)

    async def send(
        self,
        mail: OutgoingMail,
        key: str,
        draft_id: str = "",
        files: Sequence[bytes] = (),
        answered: Answered | None = None,
    ) -> str:
        """The id of the sent copy. `draft_id`: the user's draft that is sent, with its own files before the new ones.
        Raises ObjectNotFound (that draft is gone), Refused, Unavailable, Uncertain."""
        message_id = self._message_id(key)
        done = _settled(await self._find(message_id))
        if done is None:
            source = await self._copies.raw(draft_id) if draft_id else None
            now = self._clock.now()
            done = await self._deliver(letter(mail, self._me, message_id, key, now, files, answered, source))
        if draft_id:
            await self._tidy(draft_id)
        return done

    async def applied(self, key: str, draft_id: str = "") -> str | None:
        """The id of what was sent or drafted under this key; None: surely nothing. A draft that was sent and is still
        there is removed. Raises Uncertain, Unavailable."""
        done = _settled(await self._find(self._message_id(key)))
        if done is not None:
            if draft_id and draft_id != done:
                await self._tidy(draft_id)
            return done
        place = await self._find(self._message_id(key, DRAFT_MARK))
        return None if place is None else place.message_id

    async def post(self, invitation: Invitation, key: str) -> None:
        message_id = self._message_id(key)
        if _settled(await self._find(message_id)) is None:
            await self._deliver(calendar_letter(invitation, self._me, message_id, key, self._clock.now()))

    async def posted(self, key: str) -> bool:
        return _settled(await self._find(self._message_id(key))) is not None

    def _message_id(self, key: str, mark: str = "") -> str:
        return message_id_of_key(key, self._me.email, mark)

    async def _find(self, message_id: str) -> Place | None:
        """Where it is. What another worker moves from Drafts to Sent between two looks is seen by the second one."""
        place = await self._copies.find(message_id)
        return place if place is not None and place.role == "sent" else await self._copies.find(message_id)

    async def _deliver(self, mail: Letter) -> str:
        """Send what was not begun; the id of the sent copy."""
        if self._server is None:
            raise Refused("This account only reads mail: no server to send by is known.")
        if not mail.recipients:
            raise Refused("A mail needs somebody to go to.")
        delivery = _Delivery(self._copies, self._find, mail, self._fault)
        try:
            await transmit(
                self._server,
                self._access,
                self._reach,
                mail.sender,
                mail.recipients,
                mail.transmitted,
                begin=delivery.begin,
            )
        except _Met as other:
            return _id_of(other.place)
        except (Refused, Unavailable) as error:
            raise await delivery.undo(error) from error
        self._fault("mail_sent")
        sent = await self._file(mail.message_id, delivery.kept)
        self._fault("mail_filed")
        return sent

    async def _file(self, message_id: str, kept: str) -> str:
        """Have one copy of what was sent, under Sent. It was sent, whatever comes of that; where it stays under Drafts
        for good, it is told for what it is (`Header.may_be_sent`)."""
        loop = asyncio.get_running_loop()
        end = loop.time() + LOOKS * LOOK_SECONDS
        for left in reversed(range(LOOKS)):
            try:
                place = await self._find(message_id)
                if place is not None and place.role == "sent":
                    await self._copies.drop(kept)
                    return place.message_id
                if left < FILINGS or not self._files_sent:
                    return await self._copies.to_sent(kept)
            except WorkspaceError as error:
                log.warning("sent_copy_failed", message_id=message_id, error=type(error).__name__)
                if not isinstance(error, Unavailable | Uncertain):
                    break
            if not left or loop.time() > end:
                break
            await self._sleep(LOOK_SECONDS)
        return kept

    async def _tidy(self, draft_id: str) -> None:
        """Remove the user's draft of what was sent."""
        try:
            await self._copies.drop(draft_id)
        except WorkspaceError as error:
            log.warning("draft_left", error=type(error).__name__)


class _Met(Exception):
    """Another worker's copy was there before."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.place = place


class _Delivery:
    """The copy of one mail that is going out. `kept`: its id, once it is there."""

    def __init__(
        self, copies: Copies, find: Callable[[str], Awaitable[Place | None]], mail: Letter, fault: Fault
    ) -> None:
        self._copies = copies
        self._find = find
        self._mail = mail
        self._fault = fault
        self.kept = ""

    async def begin(self) -> None:
        """Lay the copy down, and see that it is the only one."""
        self._fault("mail_accepted")
        try:
            self.kept = await self._copies.keep(self._mail.raw, draft=True)
        except Uncertain as error:  # it may be there, and cannot be told from another worker's
            raise _left("The mail could not be put under Drafts first, so it was not sent.") from error
        self._fault("mail_kept")
        place = await self._find(self._mail.message_id)
        if place is None:
            raise Unavailable("The copy under Drafts was gone before the mail went out, so it was not sent.")
        if place.message_id != self.kept:
            kept, self.kept = self.kept, ""
            await self._copies.drop(kept)
            raise _Met(place)

    async def undo(self, error: Refused | Unavailable) -> WorkspaceError:
        """The mail was not sent: the error to raise, once its copy is gone."""
        if not self.kept:
            return error
        try:
            await self._copies.drop(self.kept)
        except WorkspaceError:
            return _left(str(error))
        return error


def _left(told: str) -> Refused:
    return Refused(f"{told} A copy of it may still lie under Drafts.")


def _id_of(place: Place) -> str:
    """The id of what was sent. Raises Uncertain where its copy says that it may have been."""
    if place.role == "drafts":
        raise Uncertain(IN_DOUBT)
    return place.message_id


def _settled(place: Place | None) -> str | None:
    return None if place is None else _id_of(place)
