"""The drafts and sent copies of a mailbox: its `Copies`."""

from sayso.workspace.errors import ObjectNotFound, Uncertain
from sayso.workspace.formats.mime import parse_mail
from sayso.workspace.mailbox.copies import Place
from sayso.workspace.mailbox.folders import Folder, Folders
from sayso.workspace.mailbox.line import Line
from sayso.workspace.mailbox.listing import Listing
from sayso.workspace.mailbox.locating import locate, spots_at
from sayso.workspace.mailbox.moving import discard, move
from sayso.workspace.mailbox.reading import source_of, with_message_id
from sayso.workspace.mailbox.session import Sessions
from sayso.workspace.mailbox.spots import GONE, Spot, digest_of, spot_of


class ImapCopies:
    """A `Copies`."""

    def __init__(self, sessions: Sessions, listing: Listing) -> None:
        self._sessions = sessions
        self._listing = listing

    async def find(self, message_id: str) -> Place | None:
        folders = await self._listing.folders()
        if folders.of("sent") is None or folders.of("drafts") is None:  # another worker may have made it by now
            folders = await self._listing.folders(anew=True)
        return await self._sessions.run(lambda line: _find(line, folders, message_id))

    async def keep(self, raw: bytes, *, draft: bool) -> str:
        folder = await self._listing.role("drafts" if draft else "sent")
        return str(await self._sessions.run(lambda line: _keep(line, folder, raw, draft), change=True))

    async def to_sent(self, message_id: str) -> str:
        spot = spot_of(message_id)
        sent = await self._listing.role("sent")
        folders = await self._listing.folders()
        return str(await self._sessions.run(lambda line: _to_sent(line, folders, sent, spot), change=True))

    async def drop(self, message_id: str) -> None:
        spot = spot_of(message_id)
        folders = await self._listing.folders()
        await self._sessions.run(lambda line: _drop(line, folders, spot), change=True)

    async def raw(self, message_id: str) -> bytes:
        spot = spot_of(message_id)
        folders = await self._listing.folders()
        return await self._sessions.run(lambda line: _raw(line, folders, spot))


def _find(line: Line, folders: Folders, message_id: str) -> Place | None:
    """Of several copies, the one that came first."""
    for role in ("sent", "drafts"):
        folder = folders.of(role)
        found = with_message_id(line, folders, folder, message_id) if folder else []
        if found:
            return Place(role, found[0].spot.uid, str(found[0].spot))
    return None


def _keep(line: Line, folder: Folder, raw: bytes, draft: bool) -> Spot:
    line.select(folder.wire)
    uid = line.put(folder.wire, raw, ["\\Seen", "\\Draft"] if draft else ["\\Seen"])
    digest = digest_of(parse_mail(raw))
    validity = line.select(folder.wire).validity
    if uid:
        found = spots_at(line, folder.wire, validity, [uid])
    else:
        uids = line.find([b"ALL"])[-20:]  # it is among the last, for it has just been put there
        found = [spot for spot in spots_at(line, folder.wire, validity, uids) if spot.digest == digest]
    if not found:
        raise Uncertain("The copy of the mail is not where it was just put.")
    return found[-1]


def _to_sent(line: Line, folders: Folders, sent: Folder, spot: Spot) -> Spot:
    now = locate(line, folders, [spot]).get(spot)
    if now is None:
        raise ObjectNotFound(GONE)
    if now.folder == sent.wire:
        return now
    line.select(now.folder, write=True)
    line.flag([now.uid], ["\\Seen"], on=True)
    line.flag([now.uid], ["\\Draft"], on=False)
    return move(line, [now], sent)[now]


def _drop(line: Line, folders: Folders, spot: Spot) -> None:
    """Only what still is the draft: the same mail may be elsewhere by now, as what was sent."""
    drafts = folders.of("drafts")
    if drafts is None or drafts.wire != spot.folder:
        return
    selected = line.select(drafts.wire, write=True)
    there = spots_at(line, drafts.wire, selected.validity, [spot.uid] if selected.validity == spot.validity else [])
    if [each.digest for each in there] == [spot.digest]:
        discard(line, [spot.uid])


def _raw(line: Line, folders: Folders, spot: Spot) -> bytes:
    now = locate(line, folders, [spot]).get(spot)
    if now is None:
        raise ObjectNotFound(GONE)
    return source_of(line, now)
