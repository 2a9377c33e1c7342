"""What the folders of a mailbox have that fits, as one page, the newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sayso.workspace.mailbox.cursor import NEVER, Cursor, Key, Stretch, name_of
from sayso.workspace.mailbox.folders import Folder
from sayso.workspace.mailbox.searching import Found, Hit


def page_of(found: Mapping[Folder, Found], limit: int, before: Cursor | None) -> tuple[list[Hit], str]:
    """The hits of the page, and the cursor of the next one, or empty."""
    floors = [each.floor for each in found.values() if each.floor is not None]
    hits = sorted((hit for each in found.values() for hit in each.hits), key=lambda hit: hit.key, reverse=True)
    # What one folder was not looked through for may come before what another one has.
    told = [hit for hit in hits if not floors or hit.key >= max(floors)][:limit]
    left = hits[len(told) :]
    if not left and all(each.next is None for each in found.values()):
        return told, ""
    below = told[-1].key if len(told) == limit and told else max(floors) if floors else _last(told, before)
    stretches = {name_of(folder.wire): _stretch(each, told, below) for folder, each in found.items() if each.several}
    return told, str(Cursor(below, stretches))


def _last(told: Sequence[Hit], before: Cursor | None) -> Key:
    if told:
        return told[-1].key
    return before.below if before else (NEVER, "")


def _stretch(found: Found, told: Sequence[Hit], below: Key) -> Stretch:
    """Where the folder goes on: at the first hit that is not told, else at what was not begun."""
    known = {id(hit) for hit in told}
    left = next((hit for hit in found.hits if id(hit) not in known), None)
    if left is not None:
        return left.stretch
    if found.next is None:
        return Stretch(0, 0, 0)
    if found.floor is not None:
        return found.next
    return replace(found.next, cap=min(found.next.cap, below[0] - 1))
