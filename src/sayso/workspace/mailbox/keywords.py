"""Labels of the user's own as keywords of IMAP, each of which is one atom (RFC 9051, 2.3.2 and 9)."""

import re
from collections.abc import Iterable
from typing import Final

from sayso.english.words import fold
from sayso.workspace.errors import Refused

MOST: Final = 100
_TAGS: Final = {
    "$label1": "Important", "$label2": "Work", "$label3": "Personal", "$label4": "To Do", "$label5": "Later",
}  # fmt: skip
"""What Thunderbird shows for the tags that it comes with."""
_OTHERS: Final = frozenset((
    "junk", "nonjunk", "notjunk", "forwarded", "mdnsent", "seen", "recent", "old", "junkrecorded", "redirected",
    "receiptchecked", "hasattachment", "hasnoattachment", "unknown-0", "unknown-1", "newsletter",
))  # fmt: skip
"""What other programs write for themselves."""
_PLAIN = re.compile(r"[A-Za-z0-9!#&'+,./:;<>?@^`|~$-]")
_CODED = re.compile(r"((?:=[0-9A-F]{2})+)|_")


def keyword_of(label: str, known: Iterable[str]) -> str:
    """The keyword that a label is: the one of those known that shows as it, else a new one. Raises Refused."""
    name = label.strip()
    for keyword in known:
        if fold(label_of(keyword)) == fold(name):
            return keyword
    told = "".join(map(_encoded, name))
    if not told or len(told) > MOST or told.lower().startswith("$") or not label_of(told):
        raise Refused(f"'{name[:50]}' cannot be a label in this mailbox: use a short one of words.")
    return told


def label_of(keyword: str) -> str:
    """What a keyword shows as; empty: it is no label of the user's."""
    if keyword.lower() in _TAGS:
        return _TAGS[keyword.lower()]
    if keyword.startswith(("\\", "$")) or keyword.lower() in _OTHERS:
        return ""
    return _CODED.sub(_decoded, keyword).strip()


def labels_of_keywords(keywords: Iterable[str]) -> list[str]:
    return [label for label in map(label_of, keywords) if label]


def _encoded(letter: str) -> str:
    if letter == " ":
        return "_"
    return letter if _PLAIN.match(letter) else "".join(f"={byte:02X}" for byte in letter.encode("utf-8", "replace"))


def _decoded(found: re.Match[str]) -> str:
    """What others wrote that looks like our code and is none stays as it is."""
    if found[0] == "_":
        return " "
    try:
        return bytes.fromhex(found[1].replace("=", "")).decode()
    except ValueError:
        return found[0]
