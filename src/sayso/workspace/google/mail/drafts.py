"""Drafts at Gmail: made, found by the key that is in them, removed. Their ids are stable; the message in one gets
another id with each edit."""

import base64
from typing import Any, Final

from sayso.workspace.errors import ObjectNotFound, Uncertain
from sayso.workspace.google.batches import segment
from sayso.workspace.google.client import Google
from sayso.workspace.google.mail.reading import Reader
from sayso.workspace.google.mail.tree import dicts_in
from sayso.workspace.mailbox.compose import KEY_HEADER

Json = dict[str, Any]

INLINE: Final = 2**20
"""Bytes of a mail up to which it is sent within JSON; a larger one as an upload ("Upload attachments": up to 35 MB)."""
LOOKED: Final = 100
"""Drafts that are looked through for a key, the newest first."""
MOST: Final = 500
"""Drafts of one page; as many are looked through for one of the user's."""
_LISTED: Final = "drafts(id,message/id),nextPageToken"


class Drafts:
    """Raises Refused, Unavailable and, of changes, Uncertain."""

    def __init__(self, google: Google, reader: Reader) -> None:
        self._google = google
        self._reader = reader

    async def make(self, raw: bytes, thread: str) -> str:
        """Its id. Made twice it is there twice."""
        where = {"threadId": thread} if thread else {}
        if len(raw) <= INLINE:
            body = {"message": {**where, "raw": base64.urlsafe_b64encode(raw).decode()}}
            made = await self._google.change("POST", "gmail", "drafts", body)
        else:
            made = await self._google.change("POST", "gmail", "drafts", {"message": where}, media=raw)
        ident = made.get("id")
        if not isinstance(ident, str) or not ident:
            raise Uncertain("Gmail did not say which draft it made.")
        return ident

    async def message_in(self, ident: str) -> str:
        """The id of the message that it is now; empty: the draft is gone."""
        try:
            told = await self._google.get("gmail", f"drafts/{segment(ident)}", {"format": "minimal"})
        except ObjectNotFound:
            return ""
        return _message(told)

    async def with_key(self, key: str) -> list[str]:
        """The ids of the newest ones that were made under a key, the oldest of them first."""
        told = await self._google.get("gmail", "drafts", {"maxResults": LOOKED, "fields": _LISTED})
        found = {_message(each): str(each.get("id", "")) for each in dicts_in(told, "drafts")}
        headed = await self._reader.headed([each for each in found if each], KEY_HEADER)
        return [found[ident] for ident, (_, value) in headed.items() if value == key][::-1]

    async def of_message(self, message_id: str) -> str:
        """The id of the draft that this message is; empty: it is none."""
        told = await self._google.get("gmail", "drafts", {"maxResults": MOST, "fields": _LISTED})
        return next((str(each["id"]) for each in dicts_in(told, "drafts") if _message(each) == message_id), "")

    async def remove(self, ident: str) -> bool:
        """Remove it for good; False: it was gone already."""
        try:
            await self._google.change("DELETE", "gmail", f"drafts/{segment(ident)}")
        except ObjectNotFound:
            return False
        return True

    async def send(self, ident: str) -> str:
        """Have it become a sent message, whose id it answers; empty where Gmail does not say. Raises ObjectNotFound for
        one that is gone, as it is when it was sent."""
        sent = await self._google.change("POST", "gmail", "drafts/send", {"id": ident})
        return str(sent.get("id") or "")


def _message(draft: Json) -> str:
    message = draft.get("message")
    return str(message.get("id") or "") if isinstance(message, dict) else ""
