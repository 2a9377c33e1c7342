"""Pages of what a search finds. Where headers rule out some of what Gmail found, more of it is looked at."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sayso.workspace.errors import Refused
from sayso.workspace.google.batches import Params
from sayso.workspace.google.client import Google
from sayso.workspace.google.errors import NotDone
from sayso.workspace.google.mail.labels import Labels
from sayso.workspace.google.mail.query import Compiled, compiled, fits
from sayso.workspace.google.mail.reading import Reader
from sayso.workspace.google.mail.tree import dicts_in
from sayso.workspace.search import Query
from sayso.workspace.types import Header, Page

AT_ONCE: Final = 100
"""Messages whose headers are asked for together, at most."""
PAGES: Final = 10
"""Of Gmail's, that are looked at for one of ours."""
_ANEW: Final = "There is no such place to go on at; search anew."


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to go on: on which of Gmail's pages, of what size, and behind which message. That one was on this page
    (`inside`), or the last one before: what comes in meanwhile pushes messages towards later pages."""

    token: str = ""
    size: int = 0
    last: str = ""
    inside: bool = False

    def __str__(self) -> str:
        told = json.dumps([self.token, self.size, self.last, self.inside]).encode()
        return base64.urlsafe_b64encode(told).decode().rstrip("=")


async def search(google: Google, reader: Reader, labels: Labels, query: Query, limit: int, after: str) -> Page[Header]:
    """Raises Refused, Unavailable."""
    known = await labels.known()
    asked = compiled(query, known)
    if asked.empty:
        return Page([], "", 0)
    place = _place_of(after) if after else _Place(size=min(max(limit, 1), AT_ONCE))
    found = list[Header]()
    for _ in range(PAGES):
        ids, token = await _page(google, asked, place)
        ids, behind = _behind(ids, place)
        headers = await reader.headers(ids)
        for number, ident in enumerate(ids):
            if ident in headers and fits(query, headers[ident], known):
                found.append(headers[ident])
            if len(found) == limit and (number + 1 < len(ids) or token):
                last = number + 1 == len(ids)
                at = token if last else place.token
                return Page(found, str(_Place(at, place.size, ident, inside=not last)))
        if not token:
            if not behind:
                raise Refused(_ANEW)
            return Page(found, "", None if after else len(found))
        place = _Place(token, place.size, ids[-1] if ids else place.last, not behind)
    if place.inside:
        raise Refused(_ANEW)
    return Page(found, str(place))


def _behind(ids: Sequence[str], place: _Place) -> tuple[list[str], bool]:
    """What of a page is to be told, and whether one has come to where to go on."""
    if place.last in ids:
        return list(ids[ids.index(place.last) + 1 :]), True
    return ([], False) if place.inside else (list(ids), True)


async def _page(google: Google, asked: Compiled, place: _Place) -> tuple[list[str], str]:
    params: Params = {
        "q": asked.q or None,
        "labelIds": asked.labels,
        "includeSpamTrash": asked.hidden or None,
        "maxResults": place.size,
        "pageToken": place.token or None,
        "fields": "messages(id),nextPageToken",
    }
    try:
        told: dict[str, Any] = await google.get("gmail", "messages", params)
    except NotDone as error:
        if place.token and error.status == 400:
            raise Refused(_ANEW) from error
        raise
    token = told.get("nextPageToken")
    ids = [str(each["id"]) for each in dicts_in(told, "messages") if each.get("id")]
    return ids, token if isinstance(token, str) else ""


def _place_of(after: str) -> _Place:
    try:
        token, size, last, inside = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except (ValueError, TypeError) as error:
        raise Refused(_ANEW) from error
    if not (isinstance(token, str) and isinstance(last, str) and isinstance(size, int) and 0 < size <= AT_ONCE):
        raise Refused(_ANEW)
    return _Place(token, size, last, inside is True)
