"""A mailbox that IMAP reads and sorts, and SMTP sends from.

Nothing is kept here of what is in it: each call asks the server, so there is nothing to bring up to date (CONDSTORE
and QRESYNC, RFC 7162, are for those who keep copies).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog

from sayso.base.clock import Clock
from sayso.english.words import fold
from sayso.workspace.errors import ObjectNotFound, Refused, Unavailable, Uncertain, WorkspaceError
from sayso.workspace.formats.mail import message_id_of
from sayso.workspace.mailbox.compose import Answered
from sayso.workspace.mailbox.conversation import ids_in_order
from sayso.workspace.mailbox.copies import Copies
from sayso.workspace.mailbox.cursor import NEVER, Cursor, Stretch, cursor_of, name_of
from sayso.workspace.mailbox.folders import Folder, Folders
from sayso.workspace.mailbox.gathering import each_once, members_in
from sayso.workspace.mailbox.keywords import labels_of_keywords
from sayso.workspace.mailbox.line import Line
from sayso.workspace.mailbox.listing import Listing
from sayso.workspace.mailbox.locating import locate
from sayso.workspace.mailbox.pages import page_of
from sayso.workspace.mailbox.query import anywhere, within
from sayso.workspace.mailbox.reading import find_seen, read_attachment, read_messages, snippets
from sayso.workspace.mailbox.relabeling import relabel, wish_of
from sayso.workspace.mailbox.returned import returned
from sayso.workspace.mailbox.searching import Hit, Sizes, Wanted, count_in, search_folder
from sayso.workspace.mailbox.seen import Seen
from sayso.workspace.mailbox.sending import Sender
from sayso.workspace.mailbox.session import Sessions
from sayso.workspace.mailbox.spots import Spot, spot_of
from sayso.workspace.mailbox.watching import Watching
from sayso.workspace.people import Me
from sayso.workspace.search import NOTHING, Query
from sayso.workspace.types import Header, Message, OutgoingMail, Page, Undelivered

log = structlog.get_logger()

T = TypeVar("T")

_LEAST = 500
"""Messages of each folder that are looked at for one page, at least."""


class ImapMail:
    """A `Mail`. `sender`: what sends for the account; None: it only reads and sorts. `watching`: what waits for news;
    `copies`: by which notices of mails that came back are read."""

    def __init__(
        self,
        sessions: Sessions,
        listing: Listing,
        me: Me,
        clock: Clock,
        sender: Sender | None = None,
        watching: Watching | None = None,
        copies: Copies | None = None,
        sizes: Sizes = Sizes(),  # noqa: B008  it never changes
    ) -> None:
        self._sessions = sessions
        self._listing = listing
        self._me = me
        self._clock = clock
        self._sender = sender
        self._watching = watching
        self._copies = copies
        self._sizes = sizes

    @property
    def delivers(self) -> bool | None:
        return True if self._sender is not None and self._sender.sends else None

    @property
    def tells_news(self) -> bool:
        return self._watching is not None

    async def changed(self, seconds: float) -> bool:
        return self._watching is not None and await self._watching.changed(seconds)

    async def returned(self, since: datetime) -> list[Undelivered]:
        if self._copies is None:
            return []
        bounces = await returned(self, self._copies, since)
        return [
            Undelivered(each.key, tuple((who.address, who.reason) for who in each.recipients), each.final)
            for each in bounces
        ]

    async def search(self, query: Query, limit: int, after: str = "") -> Page[Header]:
        cursor = cursor_of(after)
        folders = await self._listing.folders()
        places = _places(query, folders)
        wanted = Wanted(
            query=query,
            count=limit + 1,
            below=cursor.below if cursor else (NEVER, ""),
            today=self._clock.now().date() + timedelta(days=1),
            sizes=self._sizes,
            looked=max(_LEAST, self._sizes.looked // max(1, len(places))),
        )
        search = partial(search_folder, folders=folders, wanted=wanted)
        found = await _all(
            self._sessions.run(partial(search, folder=folder, at=_at(cursor, folder))) for folder in places
        )
        hits, more = page_of(dict(zip(places, found, strict=True)), limit, cursor)
        if cursor is not None:
            return Page(await self._told(hits), more)
        return Page(await self._told(hits), more, await self._count(query, folders, places) if more else len(hits))

    async def _count(self, query: Query, folders: Folders, places: Sequence[Folder]) -> int | None:
        """How many fit, where the server can tell."""
        count = partial(count_in, folders=folders, query=query)
        counts = await _all(self._sessions.run(partial(count, folder=folder)) for folder in places)
        return None if None in counts else sum(each or 0 for each in counts)

    async def _told(self, hits: Sequence[Hit]) -> list[Header]:
        by_folder = dict[Folder, list[Seen]]()
        for hit in hits:
            by_folder.setdefault(hit.seen.folder, []).append(hit.seen)
        told = await _all(self._sessions.run(partial(snippets, seen=seen, me=self._me)) for seen in by_folder.values())
        headers = {header.id: header for each in told for header in each}
        return [headers[str(hit.seen.spot)] for hit in hits]

    async def get_message(self, message_id: str) -> Message:
        return (await self.get_messages([message_id]))[0]

    async def get_messages(self, message_ids: Sequence[str]) -> list[Message]:
        spots = {message_id: spot_of(message_id) for message_id in message_ids}
        found = await self._among(lambda line, folders: read_messages(line, folders, self._me, list(spots.values())))
        # Under the ids asked for, which still name them though they may have been moved.
        return [replace(found[spot], id=message_id) for message_id, spot in spots.items()]

    async def get_thread(self, thread_id: str) -> list[Message]:
        if thread_id.startswith("m."):
            return [await self.get_message(thread_id.removeprefix("m."))]
        folders = await self._listing.folders()
        hidden = [folder for folder in folders.searched() if folder.role in ("trash", "junk")]
        usual = [folder for folder in folders.searched() if folder not in hidden]
        spots = await self._members(folders, usual, thread_id) or await self._members(folders, hidden, thread_id)
        if not spots:
            raise ObjectNotFound("That conversation is not in your mailbox.")
        found = await self._sessions.run(lambda line: read_messages(line, folders, self._me, spots))
        return [found[spot] for spot in spots]

    async def _members(self, folders: Folders, places: Sequence[Folder], thread_id: str) -> list[Spot]:
        found = await _all(
            self._sessions.run(partial(members_in, folders=folders, folder=folder, thread_id=thread_id))
            for folder in places
        )
        return each_once([seen for each in found for seen in each])

    async def attachment(self, message_id: str, number: int) -> bytes:
        spot = spot_of(message_id)
        return await self._among(lambda line, folders: read_attachment(line, folders, spot, number))

    async def _among(self, work: Callable[[Line, Folders], T], *, change: bool = False) -> T:
        """What `work` answers; where it finds something nowhere, once more if there are other folders by now. It has
        changed nothing then."""
        folders = await self._listing.folders()
        try:
            return await self._sessions.run(lambda line: work(line, folders), change=change)
        except ObjectNotFound:
            now = await self._listing.folders(anew=True)
            if now == folders:
                raise
        return await self._sessions.run(lambda line: work(line, now), change=change)

    async def writes_from(self, message_id: str) -> str:
        return ""

    async def labels(self) -> list[str]:
        folders = await self._listing.folders()
        inbox = await self._sessions.run(lambda line: line.select(b"INBOX"))
        keywords = () if folders.gmail else (*inbox.flags, *inbox.permanent)
        own = {folder.path for folder in folders.all if not folder.role} | set(labels_of_keywords(keywords))
        return sorted(own, key=lambda label: (fold(label), label))

    async def create_draft(self, mail: OutgoingMail, key: str, files: Sequence[bytes] = ()) -> Message:
        made = await self._sends().create_draft(mail, key, files, await self._answered(mail.in_reply_to))
        return await self._made(made)

    async def send(self, mail: OutgoingMail, key: str, draft_id: str, files: Sequence[bytes] = ()) -> Message:
        made = await self._sends().send(mail, key, draft_id, files, await self._answered(mail.in_reply_to))
        if mail.in_reply_to:
            await self._mark_answered(spot_of(mail.in_reply_to))
        return await self._made(made)

    async def _mark_answered(self, spot: Spot) -> None:
        """As other programs show it. The answer is sent, whatever comes of that."""

        def work(line: Line, folders: Folders) -> None:
            now = locate(line, folders, [spot]).get(spot)
            if now is not None:
                line.select(now.folder, write=True)
                line.flag([now.uid], ["\\Answered"], on=True)

        try:
            await self._among(work, change=True)
        except WorkspaceError as error:
            log.warning("answered_not_marked", error=type(error).__name__)

    def _sends(self) -> Sender:
        if self._sender is None:
            raise Refused("This account only reads mail: no server to send by is known.")
        return self._sender

    async def _made(self, message_id: str) -> Message:
        """What was drafted or sent. That it was done is known; only how it looks now has to be read."""
        try:
            return await self.get_message(message_id)
        except (Unavailable, ObjectNotFound) as error:
            raise Uncertain("It was done, but the mailbox did not show it.") from error

    async def _answered(self, message_id: str) -> Answered | None:
        """What a mail has to name to answer that one (RFC 5322, 3.6.4)."""
        if not message_id:
            return None
        spot = spot_of(message_id)
        seen = await self._among(lambda line, folders: find_seen(line, folders, [spot])[spot])
        known = message_id_of(seen.outline.root)
        return Answered(known, ids_in_order(seen.outline.root)) if known else None

    async def relabel(self, message_ids: list[str], add: list[str], remove: list[str], key: str) -> list[Header]:
        spots = [spot_of(message_id) for message_id in message_ids]
        wish = wish_of(add, remove)

        def work(line: Line, folders: Folders) -> list[Header]:
            return relabel(line, folders, self._listing.given, self._me, spots, wish)

        return await self._among(work, change=True)

    async def applied(self, key: str, object_id: str) -> str | None:
        """Of labels None: to put them on again is harmless."""
        return await self._sender.applied(key, object_id) if self._sender else None


def _places(query: Query, folders: Folders) -> list[Folder]:
    """Where something that fits can be."""
    junk = anywhere(query, folders)
    kept = (folder for folder in folders.searched() if junk or folder.role != "junk")
    return [folder for folder in kept if within(query, folder, folders, None) != NOTHING]


def _at(cursor: Cursor | None, folder: Folder) -> Stretch | None:
    return cursor.stretches.get(name_of(folder.wire)) if cursor else None


async def _all(work: Iterable[Awaitable[T]]) -> list[T]:
    """What all of these answer, side by side. Raises what the first of them raises, when all have ended."""
    answers = await asyncio.gather(*work, return_exceptions=True)
    found = list[T]()
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
        found.append(answer)
    return found
