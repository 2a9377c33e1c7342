"""All messages of one conversation, from whatever folders they are in."""

from collections.abc import Sequence
from typing import Final

from sayso.workspace.formats.mail import message_id_of
from sayso.workspace.mailbox.conversation import ids_in, root_in
from sayso.workspace.mailbox.folders import Folder, Folders
from sayso.workspace.mailbox.line import Line, No, quoted
from sayso.workspace.mailbox.seen import Seen, see
from sayso.workspace.mailbox.spots import Spot

MOST: Final = 200


def members_in(line: Line, folders: Folders, folder: Folder, thread_id: str) -> list[Seen]:
    """The messages of a conversation that are in this folder. Raises what `Line.ask` raises."""
    root = root_in(thread_id)
    keys = _by_root(root) if root else _by_name(thread_id)
    if not keys:
        return []
    try:
        selected = line.select(folder.wire)
    except No:
        return []
    if not selected.exists:
        return []
    seen = see(line, folders, folder, selected.validity, line.find(keys)[-5 * MOST :])
    return [each for each in seen if (root in ids_in(each.outline.root) if root else each.thread == thread_id)]


def _by_root(root: str) -> list[bytes]:
    """Servers look for parts of a header."""
    named = [[b"HEADER", name, quoted(root)] for name in (b"Message-ID", b"References", b"In-Reply-To")]
    return [b"OR", *named[0], b"OR", *named[1], *named[2]]


def _by_name(thread_id: str) -> list[bytes]:
    kind, _, name = thread_id.partition(".")
    if kind == "g" and 0 < len(name) <= 16 and all(digit in "0123456789abcdef" for digit in name):
        return [b"X-GM-THRID", str(int(name, 16)).encode()]
    if kind == "o" and name.replace("-", "").replace("_", "").isalnum() and name.isascii():
        return [b"THREADID", name.encode()]
    return []


def each_once(seen: Sequence[Seen]) -> list[Spot]:
    """Oldest first; of copies the first; of more than there can be, the newest."""
    once = dict[str, Seen]()
    for each in seen:
        once.setdefault(message_id_of(each.outline.root) or str(each.spot), each)
    ordered = sorted(once.values(), key=lambda each: (each.date, str(each.spot)))
    return [each.spot for each in ordered[-MOST:]]
