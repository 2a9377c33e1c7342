"""The notices in a mailbox at Gmail that mails of ours did not arrive."""

from datetime import datetime
from typing import Final

from sayso.workspace.errors import ObjectNotFound, Refused
from sayso.workspace.formats.mime import parse_mail
from sayso.workspace.google.mail.reading import Reader
from sayso.workspace.mailbox.bounces import bounce_of, is_notifier
from sayso.workspace.protocols import Mail
from sayso.workspace.search import After, And, Label, Or, Words
from sayso.workspace.types import Undelivered

READ: Final = 50
"""Notices that are read, the newest first."""
_FROM: Final = Or((Words("mailer-daemon", "from"), Words("postmaster", "from")))


async def returned(mail: Mail, reader: Reader, since: datetime) -> list[Undelivered]:
    """What came back since that moment of what has one of our keys in its header, for its Message-ID is Google's.
    Raises Refused, Unavailable."""
    places = Or((Label("inbox"), Label("spam")))
    page = await mail.search(And((_FROM, places, After(since))), READ)
    found = list[Undelivered]()
    for header in page.items:
        if not is_notifier(header.sender.email):
            continue
        try:
            _, raw = await reader.raw(header.id)
        except (ObjectNotFound, Refused):  # gone meanwhile, or bigger than any notice
            continue
        bounce = bounce_of(parse_mail(raw))
        if bounce is not None:
            people = tuple((who.address, who.reason) for who in bounce.recipients)
            found.append(Undelivered(bounce.key, people, bounce.final))
    return found
