"""Messages at Gmail: what is told of many, some in full, and what is attached to one."""

import re
from collections.abc import Sequence
from typing import Any, Final

from sayso.base import sizes
from sayso.workspace.errors import ObjectNotFound, Refused, WorkspaceError
from sayso.workspace.formats.mail_text import contents_of
from sayso.workspace.formats.mime import Part, parse_mail
from sayso.workspace.google.batches import Asked, Params, segment
from sayso.workspace.google.client import Google
from sayso.workspace.google.errors import NotDone
from sayso.workspace.google.mail.labels import Labels
from sayso.workspace.google.mail.seen import GONE, Seen, header_of, message_of, seen_of
from sayso.workspace.google.mail.tree import KNOWN, Tree, bytes_of, dicts_in, fill, tree_of
from sayso.workspace.mailbox.conversation import answered_by
from sayso.workspace.people import Me
from sayso.workspace.types import Header, Message

Json = dict[str, Any]

WHOLE: Final = 2 * 2**20
"""Bytes of a mail up to which all of it is fetched; of a larger one its texts and what it tells of its files."""
_TOGETHER: Final = 8 * 2**20
"""Bytes of the mails that are fetched at once."""
_IDENT = re.compile(r"[A-Za-z0-9_-]{1,100}")
_MINIMAL: Final[Params] = {"format": "minimal"}
_SEEN: Final[Params] = {"format": "full", "fields": KNOWN}


class Reader:
    """Reads one account. Raises ObjectNotFound, Refused, Unavailable."""

    def __init__(self, google: Google, labels: Labels, me: Me) -> None:
        self._google = google
        self._labels = labels
        self._me = me

    async def headers(self, ids: Sequence[str]) -> dict[str, Header]:
        """Those of the messages that are there, by their ids."""
        found = await self._told(ids, _SEEN)
        known = await self._labels.of(list(found.values()))
        return {
            ident: header_of(seen_of(told), tree_of(told.get("payload")).root, known, self._me)
            for ident, told in found.items()
        }

    async def seen(self, ids: Sequence[str]) -> dict[str, Seen]:
        """What is said of each. Raises ObjectNotFound when one is not there."""
        found = await self._told(ids, _MINIMAL)
        if len(found) < len(set(ids)):
            raise ObjectNotFound(GONE)
        return {ident: seen_of(told) for ident, told in found.items()}

    async def messages(self, ids: Sequence[str]) -> list[Message]:
        """Each once, in the order asked for. Raises ObjectNotFound when one is not there."""
        seen = await self.seen(ids)
        found, some, left = dict[str, Message](), list[Seen](), _TOGETHER
        for each in seen.values():
            if each.size > WHOLE:
                found[each.id] = await self._large(each)
                continue
            if each.size > left:
                found |= await self._small(some)
                some, left = [], _TOGETHER
            some.append(each)
            left -= each.size
        found |= await self._small(some)
        return [found[each.id] for each in seen.values()]

    async def raw(self, ident: str) -> tuple[Seen, bytes]:
        """A message as it is. Raises Refused for one that is too big."""
        seen = (await self.seen([ident]))[ident]
        if seen.size > sizes.MAIL:
            raise Refused("That mail is too big to be read in full.")
        told = await self._google.get("gmail", f"messages/{segment(ident)}", {"format": "raw"})
        content = bytes_of(told.get("raw"))
        if not content:
            raise ObjectNotFound(GONE)
        return seen_of({"sizeEstimate": len(content), **told}), content

    async def named(self, ident: str, names: Sequence[str]) -> tuple[Seen, Part]:
        """Only these headers of a message."""
        params: Params = {"format": "metadata", "metadataHeaders": names}
        found = await self._told([ident], params)
        if ident not in found:
            raise ObjectNotFound(GONE)
        return seen_of(found[ident]), tree_of(found[ident].get("payload")).root

    async def headed(self, ids: Sequence[str], name: str) -> dict[str, tuple[Seen, str]]:
        """One header of each message that is there."""
        found = await self._told(ids, {"format": "metadata", "metadataHeaders": [name]})
        return {
            ident: (seen_of(told), tree_of(told.get("payload")).root.get(name.lower()).strip())
            for ident, told in found.items()
        }

    async def attachment(self, ident: str, number: int) -> bytes:
        """What is attached, counted as `messages` tells of it. Raises Refused for what is too big."""
        seen = (await self.seen([ident]))[ident]
        if seen.size <= WHOLE:
            _, raw = await self.raw(ident)
            content = _numbered(contents_of(parse_mail(raw)).files, number).decoded()
        else:
            tree = await self._tree(ident, {"format": "full", "fields": KNOWN})
            part = _numbered(tree.files(), number)
            if part.size > sizes.FILES:
                raise Refused("That file is too big to be fetched.")
            if not tree.ids[part]:  # what is small comes along
                part = _numbered((await self._tree(ident, {"format": "full"})).files(), number)
            content = await self._content(ident, tree.ids[part]) if tree.ids.get(part) else part.content
        if len(content) > sizes.FILES:
            raise Refused("That file is too big to be fetched.")
        return content

    async def _small(self, some: Sequence[Seen]) -> dict[str, Message]:
        raws = await self._told([each.id for each in some], {"format": "raw"})
        known = await self._labels.of(list(raws.values()))
        found = dict[str, Message]()
        for each in some:
            told = raws.pop(each.id, None)
            if told is None:
                raise ObjectNotFound(GONE)
            mail = parse_mail(bytes_of(told.get("raw")))
            answered = await self._answered(each, mail)
            found[each.id] = message_of(seen_of(told), mail, known, self._me, answered)
        return found

    async def _large(self, seen: Seen) -> Message:
        told = await self._google.get("gmail", f"messages/{segment(seen.id)}", {"format": "full"})
        tree = tree_of(told.get("payload"))
        for part in tree.texts():
            if part.size <= sizes.FILES:
                fill(part, await self._content(seen.id, tree.ids[part]))
        known = await self._labels.of([told])
        answered = await self._answered(seen, tree.root)
        return message_of(seen_of(told), tree.root, known, self._me, answered)

    async def _tree(self, ident: str, params: Params) -> Tree:
        return tree_of((await self._google.get("gmail", f"messages/{segment(ident)}", params)).get("payload"))

    async def _content(self, ident: str, attachment: str) -> bytes:
        path = f"messages/{segment(ident)}/attachments/{segment(attachment)}"
        return bytes_of((await self._google.get("gmail", path)).get("data"))

    async def _answered(self, seen: Seen, mail: Part) -> str:
        """Our id of the message that a draft answers, or empty."""
        wanted = answered_by(mail) if seen.has("DRAFT") else ""
        if not wanted:
            return ""
        params: Params = {"format": "metadata", "metadataHeaders": ["Message-ID"]}
        try:
            thread = await self._google.get("gmail", f"threads/{segment(seen.thread)}", params)
        except ObjectNotFound:
            return ""
        for told in dicts_in(thread, "messages"):
            if tree_of(told.get("payload")).root.get("message-id").strip(" <>") == wanted:
                return str(told.get("id", ""))
        return ""

    async def _told(self, ids: Sequence[str], params: Params) -> dict[str, Json]:
        """What Gmail says of those of the messages that are there, by the ids asked for, in their order."""
        wanted = [each for each in dict.fromkeys(ids) if _IDENT.fullmatch(each)]
        answers = await self._google.many("gmail", [Asked(f"messages/{segment(each)}", params) for each in wanted])
        found = dict[str, Json]()
        for ident, answer in zip(wanted, answers, strict=True):
            if isinstance(answer, WorkspaceError):
                if isinstance(answer, ObjectNotFound) or (isinstance(answer, NotDone) and answer.status == 400):
                    continue  # it is gone, or that was never an id
                raise answer
            found[ident] = answer
        return found


def _numbered(files: Sequence[Part], number: int) -> Part:
    if not 1 <= number <= len(files):
        raise ObjectNotFound("That message has no such attachment.")
    return files[number - 1]
