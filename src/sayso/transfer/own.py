"""Which addresses are the user's own, by what stands in his files.

Whoever owns an address owns the meetings that it organizes. So only what hardly has another reason counts: to whom a
mailbox's mails were delivered, who sent what it keeps as sent, who has a part in nearly all of them; the address that a
calendar is named by, if nothing speaks against it. Lists are nobody's, and where files tell of different people, nobody
is taken.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sayso.base.addresses import INVENTED, is_address, is_invented
from sayso.transfer import mbox
from sayso.transfer.job import BAD
from sayso.workspace.formats.content_lines import content_lines, name_of, unescape
from sayso.workspace.formats.mail import parse_people
from sayso.workspace.formats.mail_labels import Keeping, labels_of, place_of
from sayso.workspace.formats.mime import Part, parse_mail
from sayso.workspace.people import Me

MOST_MAILS = 2_000
"""That are looked at of a mailbox: whose it is shows in any of them."""
MOST_LINES = 1_000
"""Before the first event of a calendar, in which its name stands."""
_HEAD = 65_536
_NEARLY_ALL, _MANY = 0.9, 0.2
_FEWEST_MAILS, _FEWEST_OTHERS = 10, 5
"""Of a mailbox that does not say whose it is: with fewer, others may have a part in all of its mails, too."""
_NO_PERSON = (f"@{INVENTED}", "calendar.google.com")
_LIST_POST = re.compile(r"<mailto:([^>?]+)", re.IGNORECASE)
_LIST_ID = re.compile(r"<([^<>@\s]+)>")


@dataclass(frozen=True, slots=True)
class Found:
    """`own`: addresses that are surely the user's, of those that he has not said himself; `perhaps`: that may be."""

    own: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()


@dataclass(slots=True)
class _Mailbox:
    """How often an address occurs in the mails of one file, as what."""

    keeping: Keeping
    mails: int = 0
    labelled: int = 0
    delivered: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    receives: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    lists: set[str] = field(default_factory=set)

    def take(self, mail: Part) -> None:
        if not (senders := _addresses(mail, "From")):
            return
        self.mails += 1
        receivers = _addresses(mail, "To") | _addresses(mail, "Cc")
        self.writes.update(senders)
        self.receives.update(receivers)
        self.parts.update(senders | receivers)
        # The uppermost is of the last delivery, which is the one into this mailbox.
        if delivered := _plain(mail.get("delivered-to")) or _plain(mail.get("x-original-to")):
            self.delivered[delivered] += 1
        self.labelled += mail.has("x-gmail-labels")
        if "sent" in labels_of(mail, self.keeping, False, False)[0]:
            self.sent.update(senders)
        self.lists |= _lists(mail)

    def owners(self) -> set[str]:
        found = _at_least(self.delivered, _NEARLY_ALL)
        # A sender can write a label. Where only some mails have one, or a server tells whose they are, it says nothing.
        if not found and (place_of(self.keeping.folder) == "sent" or self.labelled == self.mails):
            found = _at_least(self.sent, _MANY)
        return {each for each in found or self._in_all() if each not in self.lists and not is_invented(each)}

    def _in_all(self) -> set[str]:
        """Who has written and received, and has a part in nearly all mails with several others; if that is one only."""
        if self.mails < _FEWEST_MAILS or len(self.parts) <= _FEWEST_OTHERS:
            return set()
        found = {each for each, times in self.parts.items() if times >= _NEARLY_ALL * self.mails}
        return found if len(found) == 1 and all(self.writes[each] and self.receives[each] for each in found) else set()

    def speaks_for(self, address: str) -> bool:
        return self.parts[address] * 2 >= self.mails


def find_own(me: Me, files: Sequence[Path]) -> Found:
    """What the files say of somebody of whom these addresses are known: only who has said none gets any from them.
    Raises OSError."""
    boxes, names = list[_Mailbox](), set[str]()
    for path in files:
        if path.suffix.lower() in (".ics", ".ical"):
            names |= _calendar_name(path)
        elif path.suffix.lower() not in (".vcf", ".vcard"):
            boxes += _mailboxes(path)
    own, perhaps = _of_mail(me, boxes)
    said = not is_invented(me.email)
    if not said and not own and not perhaps and len(names) == 1:
        own = {name for name in names if all(box.speaks_for(name) for box in boxes)}
    if said:
        own, perhaps = set(), own | perhaps
    return Found(*(tuple(sorted(each for each in found if not me.owns(each))) for found in (own, perhaps - own)))


def _of_mail(me: Me, boxes: Sequence[_Mailbox]) -> tuple[set[str], set[str]]:
    """Those of mailboxes that are the user's; and of others, which may be somebody else's."""
    found = [owners for box in boxes if (owners := box.owners())]
    known = [owners for owners in found if any(map(me.owns, owners))]
    if not known and is_invented(me.email) and found and set.intersection(*found):
        known = found
    return set().union(*known), set().union(*found)


def _at_least(times: Counter[str], share: float) -> set[str]:
    return {each for each, number in times.items() if number >= share * times.total()}


def _addresses(mail: Part, name: str) -> set[str]:
    return {person.email.casefold() for person in parse_people(mail, name) if is_address(person.email)}


def _plain(value: object) -> str:
    """The address that a header consists of, or none: `mailing list robin@x` is how some say that it is a list's."""
    text = str(value or "").strip().strip("<>").casefold()
    return text if is_address(text) else ""


def _lists(mail: Part) -> set[str]:
    """The addresses of the list that a mail came over."""
    posts = {found.strip().casefold() for found in _LIST_POST.findall(str(mail.get("list-post"))[:_HEAD])}
    names = _LIST_ID.findall(str(mail.get("list-id"))[:1_000])
    marked = str(mail.get("delivered-to")).partition("mailing list ")[2].strip().casefold()
    return posts | {name.replace(".", "@", 1).casefold() for name in names} | ({marked} - {""})


def _mailboxes(root: Path) -> Iterator[_Mailbox]:
    """That of a file, or those of a directory's folders, each as far as it is looked at."""
    boxes: dict[str, _Mailbox] = {}
    for path in mbox.files_in(root, lambda error: None):  # what cannot be read is told when it is imported
        with suppress(OSError):
            _look(path, root, boxes)
    yield from boxes.values()


def _look(path: Path, root: Path, boxes: dict[str, _Mailbox]) -> None:
    with path.open("rb") as file:
        kind = mbox.kind_of(file, path.name)
    keeping = mbox.keeping_of(path, root, kind, None)
    box = boxes.setdefault(keeping.folder, _Mailbox(keeping))
    for found in islice(mbox.mails_in(path, kind), max(0, MOST_MAILS - box.mails)):
        with suppress(*BAD):
            box.take(parse_mail(found.head))


def _calendar_name(path: Path) -> set[str]:
    """The address that a calendar is named by: Google's main one has that of its account."""
    with path.open("rb") as file:
        for line in islice(content_lines(file), MOST_LINES):
            name, value = name_of(line), line.partition(b":")[2].decode("utf-8", "replace").strip()
            if name == "BEGIN" and value.upper() != "VCALENDAR":
                break
            if name == "X-WR-CALNAME":
                address = unescape(value).casefold()
                return {address} if is_address(address) and not address.endswith(_NO_PERSON) else set()
    return set()
