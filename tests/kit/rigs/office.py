"""Calendar, contacts, mailbox and sending of one person, on servers of different makes, behind lines that break."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from tests.kit.rigs.certificates import make_certificate
from tests.kit.rigs.cyrus import cyrus
from tests.kit.rigs.dav import DavRig
from tests.kit.rigs.dovecot import USER, dovecot
from tests.kit.rigs.faults import Line, faulty_line
from tests.kit.rigs.imap import PASSWORD, ImapRig
from tests.kit.rigs.radicale import radicale
from tests.kit.rigs.smtp import Smtp, serving_smtp

from sayso.workspace.dav.discovery import discover

HOST = "127.0.0.1"


@dataclass
class Office:
    """`lines`: to each server, by its name in `POST /accounts`. `schedules`: the calendar's server writes to guests."""

    name: str
    dav: DavRig
    box: ImapRig
    smtp: Smtp
    lines: dict[str, Line]
    schedules: bool
    invited: Smtp | None = None
    """Where a server that schedules writes to people elsewhere."""
    collections: dict[str, str] = field(default_factory=dict)

    def person(self) -> str:
        """The address of somebody who has a calendar and an empty mailbox."""
        address = self.box.empty()
        if address not in self.collections:
            self.collections[address] = asyncio.run(self._calendar(address))
        return address

    async def _calendar(self, address: str) -> str:
        async def make(dav: Any) -> str:
            if self.dav.schedules:
                site = await discover(dav, "caldav")
                return site.default_calendar or f"{site.homes[0]}Default/"
            return await self.dav.make_calendar("VEVENT", "VTODO", name="Work", dav=dav)

        return await self.dav.using(make, user=address)

    def wish(self, address: str) -> dict[str, Any]:
        """The body of `POST /accounts`."""
        dav = f"http://{HOST}:{self.lines['caldav'].port}/"
        mail = {name: {"host": HOST, "port": self.lines[name].port, "tls": "none"} for name in ("imap", "smtp")}
        given = {"kind": "standards", "address": address, "password": PASSWORD}
        return {**given, "servers": {"caldav": dav, "carddav": dav, **mail}}

    def events(self, address: str) -> Counter[str]:
        """How often each title is in the person's calendar."""
        titles = (re.findall(r"^SUMMARY:(.*?)\r?$", text, re.MULTILINE) for text in self.stored(address))
        return Counter(title for found in titles for title in found)

    def stored(self, address: str) -> list[str]:
        """What is in the person's calendar, its lines unfolded."""

        async def read(dav: Any) -> list[str]:
            found = await dav.propfind(self.collections[address], ["{DAV:}getetag"], 1)
            texts = [(await dav.get(each.href)).content.decode() for each in found if not each.href.endswith("/")]
            return [text.replace("\r\n ", "") for text in texts]

        return asyncio.run(self.dav.using(read, user=address))

    def delivered(self) -> Counter[str]:
        """How often each subject was delivered."""
        sent = [*self.smtp.deliveries, *(self.invited.deliveries if self.invited else ())]
        return Counter(str(message_from_bytes(each.content)["Subject"]) for each in sent)

    def told(self, word: str) -> int:
        """How many mails with this word in their texts were delivered."""
        sent = [*self.smtp.deliveries, *(self.invited.deliveries if self.invited else ())]
        return sum(any(word in text for text in _texts(each.content)) for each in sent)

    def subjects(self, address: str, folder: str) -> list[str]:
        with self.box.other(address) as other:
            uids = other.uids(folder)
            data = other.client.fetch(uids, ["BODY.PEEK[HEADER.FIELDS (SUBJECT)]"]) if uids else {}
        key = b"BODY[HEADER.FIELDS (SUBJECT)]"
        return [str(message_from_bytes(each[key])["Subject"]) for each in data.values()]


@contextmanager
def office(name: str, folder: Path) -> Iterator[Office]:
    """`name`: `radicale`, with Dovecot, or `cyrus`."""
    if name == "cyrus":
        with serving_smtp(Smtp(open=True)) as invited, cyrus(invited.port) as both, serving_smtp(Smtp()) as smtp:
            box = ImapRig("cyrus", both.imap_port, both.user, any_user=False)
            with _behind_lines(name, both, box, smtp) as made:
                made.invited = invited
                yield made
        return
    with (
        dovecot(make_certificate(folder)) as box,
        radicale(_made(folder / "radicale"), anybody=True) as rig,
        serving_smtp(Smtp(users=_Anybody(), maildirs=box.store, owner=_owner())) as smtp,
        _behind_lines(name, rig, box, smtp) as made,
    ):
        yield made


@contextmanager
def _behind_lines(name: str, rig: DavRig, box: ImapRig, smtp: Smtp) -> Iterator[Office]:
    dav_port = httpx2.URL(rig.url).port
    assert dav_port is not None
    with faulty_line(dav_port) as dav, faulty_line(box.port) as imap, faulty_line(smtp.port) as sending:
        yield Office(name, rig, box, smtp, {"caldav": dav, "imap": imap, "smtp": sending}, rig.schedules)


def _texts(content: bytes) -> Iterator[str]:
    for part in message_from_bytes(content).walk():
        if part.get_content_maintype() == "text":
            payload = part.get_payload(decode=True)
            yield payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


class _Anybody(dict[str, str]):
    """Everybody has the same password."""

    def get(self, key: str, default: Any = None) -> Any:
        return PASSWORD

    def __getitem__(self, key: str) -> str:
        return PASSWORD

    def __contains__(self, key: object) -> bool:
        return True


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _owner() -> tuple[int, int]:
    import pwd

    found = pwd.getpwnam(USER)
    return found.pw_uid, found.pw_gid


def fresh(word: str) -> str:
    """A title that nothing else has."""
    return f"{word} {uuid4().hex[:8]}"
