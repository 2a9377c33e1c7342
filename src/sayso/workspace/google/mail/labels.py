"""The labels of a Gmail account: what stands for what of ours, and the user's own by their names."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sayso.english.words import fold
from sayso.workspace.errors import Unavailable
from sayso.workspace.google.client import Google
from sayso.workspace.google.errors import Taken

Json = dict[str, Any]

SYSTEM: Final[Mapping[str, str]] = {
    "inbox": "INBOX", "sent": "SENT", "drafts": "DRAFT", "trash": "TRASH", "starred": "STARRED",
    "spam": "SPAM", "junk": "SPAM",
}  # fmt: skip
"""Gmail's names of ours; of its others (categories, chats, what it thinks is important) nothing is told."""
UNREAD: Final = "UNREAD"
_SHOWN: Final = {"INBOX": "inbox", "SENT": "sent", "DRAFT": "drafts", "TRASH": "trash", "STARRED": "starred"} | {
    "SPAM": "Spam"
}
VISIBLE: Final = {"labelListVisibility": "labelShow", "messageListVisibility": "show"}
"""How a new label is to be shown, which Gmail has to be told."""


@dataclass(frozen=True, slots=True)
class Known:
    """`own`: names of the user's labels by their ids."""

    own: Mapping[str, str] = field(default_factory=dict)

    def named(self, ids: Iterable[str]) -> tuple[str, ...]:
        """The labels of a message, in our terms."""
        found = (_SHOWN.get(each) or self.own.get(each, "") for each in ids)
        return tuple(dict.fromkeys(label for label in found if label))

    def called(self, name: str) -> list[str]:
        """The ids of those of that name, whatever its case; else of those in others whose last part it is."""
        wanted = fold(name.strip())
        whole = [ident for ident, own in self.own.items() if fold(own) == wanted]
        return whole or [ident for ident, own in self.own.items() if fold(own.rpartition("/")[2]) == wanted]

    def exactly(self, name: str) -> str:
        """The id of the one that is called so; empty: there is none."""
        wanted = fold(name.strip())
        return next((ident for ident, own in self.own.items() if fold(own) == wanted), "")


class Labels:
    """Read once, and again when there is reason to."""

    def __init__(self, google: Google) -> None:
        self._google = google
        self._known: Known | None = None

    async def known(self, anew: bool = False) -> Known:
        if self._known is None or anew:
            told = await self._google.get("gmail", "labels", {"fields": "labels(id,name,type)"})
            self._known = Known(dict(_own(told.get("labels"))))
        return self._known

    async def of(self, messages: Sequence[Json]) -> Known:
        """As needed to name those of the messages."""
        known = await self.known()
        used = {str(each) for message in messages for each in message.get("labelIds") or ()}
        unknown = [each for each in used if each.startswith("Label_") and each not in known.own]
        return await self.known(anew=True) if unknown else known

    async def made(self, names: Iterable[str]) -> list[str]:
        """The ids of the labels with these names; those that are missing are made."""
        found = list[str]()
        for name in names:
            known = await self.known()
            ident = known.exactly(name) or (await self.known(anew=True)).exactly(name)
            found.append(ident or await self._make(name))
        return list(dict.fromkeys(found))

    async def _make(self, name: str) -> str:
        try:
            made = await self._google.change("POST", "gmail", "labels", {"name": name, **VISIBLE})
        except Taken as error:  # another worker was faster
            ident = (await self.known(anew=True)).exactly(name)
            if not ident:
                raise Unavailable(f"Gmail says that there is a label '{name}', and does not show it.") from error
            return ident
        self._known = None
        return str(made.get("id", "")) or (await self.known(anew=True)).exactly(name)


def _own(told: Any) -> Iterable[tuple[str, str]]:
    for each in told if isinstance(told, list) else ():
        if isinstance(each, dict) and each.get("type") == "user" and each.get("id") and each.get("name"):
            yield str(each["id"]), str(each["name"])
