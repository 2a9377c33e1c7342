"""Labels put on messages and taken off: each change is a set, so safe to repeat."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from sayso.english.words import fold
from sayso.workspace.errors import ObjectNotFound, Refused, Unavailable, Uncertain
from sayso.workspace.google.client import Google
from sayso.workspace.google.mail.labels import UNREAD, Known, Labels
from sayso.workspace.google.mail.reading import Reader
from sayso.workspace.google.mail.seen import Seen
from sayso.workspace.mailbox.relabeling import Wish, wish_of
from sayso.workspace.types import Header

AT_ONCE: Final = 1_000
"""Messages of one change ("users.messages.batchModify")."""
_Change = tuple[tuple[str, ...], tuple[str, ...]]
"""The ids of the labels that go on, and of those that come off."""
_OWN_PLACES: Final = ("SENT", "DRAFT")


async def relabel(
    google: Google, reader: Reader, labels: Labels, ids: Sequence[str], add: Sequence[str], remove: Sequence[str]
) -> list[Header]:
    """The headers as they then are, in the order asked for. Raises ObjectNotFound and Refused before anything is
    changed, Unavailable, Uncertain."""
    wish = wish_of(add, remove)
    seen = await reader.seen(ids)
    plus = await labels.made(wish.own_add)
    minus = _called(await labels.known(), wish)
    groups = dict[_Change, list[str]]()
    for ident, each in seen.items():
        change = _change(each, wish)
        groups.setdefault(((*change[0], *plus), (*change[1], *minus)), []).append(ident)
    changed = False
    try:
        for body in _bodies(groups):
            await google.change("POST", "gmail", "messages/batchModify", body)
            changed = True
        headers = await reader.headers(list(seen))
        return [headers[ident] for ident in seen]
    except (KeyError, ObjectNotFound, Refused, Unavailable) as error:
        if changed or isinstance(error, KeyError):
            raise Uncertain("Gmail changed these mails, or some of them, and did not show how they are now.") from error
        raise


def _bodies(groups: Mapping[_Change, Sequence[str]]) -> Iterator[dict[str, list[str]]]:
    for (on, off), some in groups.items():
        for begin in range(0, len(some) if on or off else 0, AT_ONCE):
            ids = list(some[begin : begin + AT_ONCE])
            yield {"ids": ids, "addLabelIds": list(on), "removeLabelIds": list(off)}


def _called(known: Known, wish: Wish) -> list[str]:
    wanted = {fold(each) for each in wish.own_remove}
    return [ident for ident, name in known.own.items() if fold(name) in wanted]


def _change(seen: Seen, wish: Wish) -> _Change:
    """What goes on and comes off. In the trash a mail is nowhere else, and comes back into the inbox, unless it is the
    user's own."""
    on, off = set[str](), set[str]()
    for label, name in (("starred", "STARRED"), ("unread", UNREAD), ("inbox", "INBOX")):
        on |= {name} if label in wish.add else set()
        off |= {name} if label in wish.remove else set()
    if "trash" in wish.add:
        on, off = (on | {"TRASH"}) - {"INBOX"}, off | {"INBOX"}
    elif "trash" in wish.remove or "inbox" in wish.add:
        off |= {"TRASH"} | ({"SPAM"} if "inbox" in wish.add else set())
        back = seen.has("TRASH") and "inbox" not in wish.remove and not any(map(seen.has, _OWN_PLACES))
        on |= {"INBOX"} if back else set()
    return tuple(sorted(on - off)), tuple(sorted(off))
