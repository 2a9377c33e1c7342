"""Messages moved from one folder to another, and removed for good, without touching any others."""

from collections.abc import Sequence

from sayso.workspace.errors import Uncertain
from sayso.workspace.mailbox.folders import Folder
from sayso.workspace.mailbox.line import Line
from sayso.workspace.mailbox.locating import look_in
from sayso.workspace.mailbox.spots import Spot


def move(line: Line, spots: Sequence[Spot], to: Folder) -> dict[Spot, Spot]:
    """Where messages of one folder are then. Raises Uncertain where some are not there, and what `Line.ask` raises."""
    line.select(spots[0].folder, write=True)
    uids = [spot.uid for spot in spots]
    if line.can("MOVE"):
        told = line.transfer(uids, to.wire, move=True)
    else:
        told = line.transfer(uids, to.wire, move=False)
        discard(line, uids)
    found = _known(line, spots, to, told) or look_in(line, to, spots)
    if any(spot not in found for spot in spots):
        found = look_in(line, to, spots)
    if any(spot not in found for spot in spots):
        raise Uncertain("Another program moved some of these mails meanwhile, so not all of it is done.")
    return found


def _known(line: Line, spots: Sequence[Spot], to: Folder, told: dict[int, int]) -> dict[Spot, Spot]:
    """By what the server tells of their new places."""
    if not told:
        return {}
    validity = line.select(to.wire).validity
    return {spot: Spot(to.wire, validity, told[spot.uid], spot.day, spot.digest) for spot in spots if spot.uid in told}


def discard(line: Line, uids: Sequence[int]) -> None:
    """Remove messages of the selected folder for good. Where that cannot be said of these alone (UIDPLUS, RFC 4315)
    they are only marked as deleted: an EXPUNGE would take along what other programs have marked."""
    line.flag(uids, ["\\Deleted"], on=True)
    if line.can("UIDPLUS"):
        line.remove(uids)
