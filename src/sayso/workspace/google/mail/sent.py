"""The sent mail of a key, found without any search, for indexes are late."""

from collections.abc import Sequence
from typing import Final

from sayso.workspace.errors import ObjectNotFound
from sayso.workspace.google.batches import Params
from sayso.workspace.google.client import Google
from sayso.workspace.google.errors import NotDone, Stale
from sayso.workspace.google.mail.reading import Reader
from sayso.workspace.google.mail.tree import dicts_in
from sayso.workspace.mailbox.compose import KEY_HEADER

NEWEST: Final = 100
"""Sent mails that are looked through, the newest first."""
MOST: Final = 500
"""Messages of the history that are looked at."""


async def find_sent(google: Google, reader: Reader, key: str, since: str) -> str:
    """Its id, or empty. Raises Unavailable, Refused."""
    return await _among(reader, await _added(google, since), key) or await _among(reader, await _newest(google), key)


async def _among(reader: Reader, ids: Sequence[str], key: str) -> str:
    headed = await reader.headed(ids, KEY_HEADER)
    return next((ident for ident, (seen, value) in headed.items() if value == key and seen.has("SENT")), "")


async def _added(google: Google, since: str) -> list[str]:
    """What was sent since then; nothing, where Gmail does not remember that far back."""
    params: Params = {
        "startHistoryId": since,
        "historyTypes": ["messageAdded"],
        "labelId": "SENT",
        "maxResults": MOST,
        "fields": "history(messagesAdded(message(id,labelIds))),nextPageToken",
    }
    ids = list[str]()
    try:
        async for page in google.pages("gmail", "history", params):
            for record in dicts_in(page, "history"):
                for added in dicts_in(record, "messagesAdded"):
                    message = added.get("message")
                    if isinstance(message, dict) and message.get("id"):
                        ids.append(str(message["id"]))
            if len(ids) >= MOST:
                break
    except (ObjectNotFound, NotDone, Stale):
        return []
    return list(dict.fromkeys(ids))[:MOST]


async def _newest(google: Google) -> list[str]:
    params: Params = {"labelIds": ["SENT"], "maxResults": NEWEST, "fields": "messages(id)"}
    told = await google.get("gmail", "messages", params)
    return [str(each["id"]) for each in dicts_in(told, "messages") if each.get("id")]
