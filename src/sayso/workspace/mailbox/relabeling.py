"""Labels put on messages and taken off, as flags, keywords and moves. Each is a set or a place, so safe to repeat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sayso.english.words import fold
from sayso.workspace.errors import ObjectChanged, Refused, Uncertain
from sayso.workspace.mailbox.folders import Folder, Folders, Role, encoded, list_folders, make_folder
from sayso.workspace.mailbox.keywords import keyword_of, label_of
from sayso.workspace.mailbox.line import Line, Selected
from sayso.workspace.mailbox.locating import spots_at
from sayso.workspace.mailbox.moving import move
from sayso.workspace.mailbox.reading import find_seen, snippets
from sayso.workspace.mailbox.seen import GMAIL_LABELS, Seen
from sayso.workspace.mailbox.spots import Spot
from sayso.workspace.people import Me
from sayso.workspace.types import Header

UNREAD: Final = "unread"
_MARKS: Final = (UNREAD, "starred")
_PLACES: Final = ("inbox", "trash")
_FIXED: Final = ("sent", "drafts", "spam")
_NO_LABELS: Final = "This mailbox takes no labels of one's own; its mails can be archived, starred and thrown away."


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be added and removed: by marks and places, and the user's own labels as written."""

    add: frozenset[str]
    remove: frozenset[str]
    own_add: tuple[str, ...]
    own_remove: tuple[str, ...]


def wish_of(add: Sequence[str], remove: Sequence[str]) -> Wish:
    """Raises Refused for what no mailbox of this kind can do."""
    known = (*_MARKS, *_PLACES, *_FIXED)
    plus, minus = ([label.strip() for label in labels if label.strip()] for labels in (add, remove))
    for label in (*plus, *minus):
        if fold(label) in _FIXED:
            raise Refused(f"A mail cannot be put under '{label}' or taken from there.")
    return Wish(
        frozenset(fold(label) for label in plus if fold(label) in known),
        frozenset(fold(label) for label in minus if fold(label) in known),
        tuple(label for label in plus if fold(label) not in known),
        tuple(label for label in minus if fold(label) not in known),
    )


def relabel(
    line: Line, folders: Folders, given: Mapping[str, str], me: Me, spots: Sequence[Spot], wish: Wish
) -> list[Header]:
    """The headers as they then are, in the order asked for. Raises ObjectNotFound and Refused before anything is
    changed; Uncertain where another program moved some of the messages meanwhile; and what `Line.ask` raises."""
    wanted = list(dict.fromkeys(spots))
    seen = find_seen(line, folders, wanted)
    now = {spot: each.spot for spot, each in seen.items()}
    plans = _planned(line, folders, list(seen.values()), wish)
    targets = _targets(line, folders, given, plans)
    for plan in plans:
        selected = line.select(plan.folder.wire, write=True)
        _check_still_there(line, plan, selected, now)
        _flag(line, plan)
    for plan in plans:
        if plan.to is not None:
            moved = move(line, [now[spot] for spot in wanted if seen[spot] in plan.seen], targets[plan.to])
            now |= {spot: moved[now[spot]] for spot in wanted if now[spot] in moved}
    if targets:
        folders = list_folders(line, given)
    return _as_they_are(line, folders, me, wanted, now)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is done to messages of one folder. `to`: the role of the folder that they go to, or its name there."""

    folder: Folder
    seen: tuple[Seen, ...]
    on: tuple[str, ...]
    off: tuple[str, ...]
    gmail_on: tuple[str, ...] = ()
    gmail_off: tuple[str, ...] = ()
    to: Role | bytes | None = None


def _planned(line: Line, folders: Folders, seen: Sequence[Seen], wish: Wish) -> list[_Plan]:
    plans = list[_Plan]()
    for folder in dict.fromkeys(each.folder for each in seen):
        there = tuple(each for each in seen if each.folder == folder)
        if folders.gmail:
            plans.append(_gmail_plan(folders, folder, there, wish))
        else:
            plans.append(_plan(line, folders, folder, there, wish))
    return plans


def _plan(line: Line, folders: Folders, folder: Folder, seen: tuple[Seen, ...], wish: Wish) -> _Plan:
    to = _goes_to(folders, folder, wish)
    own = [label for label in wish.own_add if not _is_place(folders, folder, label, to)]
    selected = line.select(folder.wire, write=True) if own or wish.own_remove else Selected(0, 0, (), ())
    if own and "\\*" not in selected.permanent:
        raise Refused(_NO_LABELS)
    known = (*selected.flags, *selected.permanent)
    on = [keyword_of(label, known) for label in own]
    minus = {fold(label) for label in wish.own_remove}
    off = [keyword for keyword in dict.fromkeys(known) if fold(label_of(keyword)) in minus and label_of(keyword)]
    return _Plan(folder, seen, (*_on(wish), *on), (*_off(wish), *off), to=to)


def _on(wish: Wish) -> list[str]:
    return [flag for flag, there in (("\\Seen", UNREAD in wish.remove), ("\\Flagged", "starred" in wish.add)) if there]


def _off(wish: Wish) -> list[str]:
    return [flag for flag, there in (("\\Seen", UNREAD in wish.add), ("\\Flagged", "starred" in wish.remove)) if there]


def _goes_to(folders: Folders, folder: Folder, wish: Wish) -> Role | bytes | None:
    """Where messages of this folder go; None: they stay."""
    filed = next((found for label in wish.own_add if (found := folders.called(label))), None)
    if "trash" in wish.add:
        return None if folder.role == "trash" else "trash"
    if folder.role == "trash" and "trash" in wish.remove and "inbox" in wish.remove:
        return filed.wire if filed is not None else "archive"
    if "inbox" in wish.add or ("trash" in wish.remove and folder.role == "trash"):
        return None if folder.role == "inbox" else "inbox"
    leaves = folder.role == "inbox" and "inbox" in wish.remove
    if filed is not None and filed != folder and (leaves or folder.role == "archive"):
        return filed.wire
    own = {fold(label) for label in wish.own_remove}
    return "archive" if leaves or (not folder.role and fold(folder.path) in own) else None


def _is_place(folders: Folders, folder: Folder, label: str, to: Role | bytes | None) -> bool:
    """Whether the label says only where the messages are then."""
    filed = folders.called(label)
    return filed is not None and (filed.wire == to or (filed == folder and to is None))


def _gmail_plan(folders: Folders, folder: Folder, seen: tuple[Seen, ...], wish: Wish) -> _Plan:
    """There the inbox and all of the user's labels are labels, and only the trash is a place."""
    trashed = folder.role == "trash"
    to: Role | None = None
    if "trash" in wish.add:
        to = None if trashed else "trash"
    elif trashed and ("trash" in wish.remove or "inbox" in wish.add):
        to = "all" if "inbox" in wish.remove and folders.of("all") else "inbox"
    system = {label: name for name, label in GMAIL_LABELS.items() if name == "\\inbox"}
    on = [*wish.own_add, *(system[each] for each in wish.add if each in system and to is None)]
    off = [*wish.own_remove, *(system[each] for each in wish.remove if each in system)]
    return _Plan(folder, seen, tuple(_on(wish)), tuple(_off(wish)), tuple(on), tuple(off), to)


def _targets(
    line: Line, folders: Folders, given: Mapping[str, str], plans: Sequence[_Plan]
) -> dict[Role | bytes, Folder]:
    """The folders that messages go to, made where they are missing."""
    found = dict[Role | bytes, Folder]()
    for to in dict.fromkeys(plan.to for plan in plans if plan.to is not None):
        folder = folders.at(to) if isinstance(to, bytes) else folders.of(to)
        if folder is None and not isinstance(to, bytes):
            there = list_folders(line, given).of(to)  # another program may have made it just now
            folder = there or Folder(make_folder(line, folders, to, given), "", to)
        if folder is not None:
            found[to] = folder
    return found


def _check_still_there(line: Line, plan: _Plan, selected: Selected, now: Mapping[Spot, Spot]) -> None:
    """A server says OK to a change of what is gone (RFC 9051, 6.4.9). Raises ObjectChanged, or Uncertain where others
    of the messages were changed already."""
    wanted = {each.spot for each in plan.seen}
    there = spots_at(line, plan.folder.wire, selected.validity, [spot.uid for spot in wanted])
    if not wanted <= set(there):
        told = "Another program moved some of these mails meanwhile"
        raise Uncertain(f"{told}, so not all of it is done.") if line.changed else ObjectChanged(f"{told}.")


def _flag(line: Line, plan: _Plan) -> None:
    uids = [each.spot.uid for each in plan.seen]
    line.flag(uids, plan.on, on=True)
    line.flag(uids, plan.off, on=False)
    for labels, on in ((plan.gmail_on, True), (plan.gmail_off, False)):
        line.flag(uids, [_gmail_name(label) for label in labels], on=on, item="X-GM-LABELS")


def _gmail_name(label: str) -> str:
    told = encoded(label)
    return label if label.startswith("\\") else '"' + told.decode().replace("\\", "\\\\").replace('"', '\\"') + '"'


def _as_they_are(
    line: Line, folders: Folders, me: Me, wanted: Sequence[Spot], now: Mapping[Spot, Spot]
) -> list[Header]:
    seen = find_seen(line, folders, [now[spot] for spot in wanted])
    headers = dict[Spot, Header]()
    for folder in dict.fromkeys(each.folder for each in seen.values()):
        there = [(spot, each) for spot, each in seen.items() if each.folder == folder]
        told = snippets(line, [each for _, each in there], me)
        headers |= {spot: header for (spot, _), header in zip(there, told, strict=True)}
    return [headers[now[spot]] for spot in wanted]
