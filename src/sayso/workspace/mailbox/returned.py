"""The notices in a mailbox that mails of ours did not arrive."""

from datetime import datetime
from typing import Final

from sayso.workspace.errors import ObjectNotFound, Refused
from sayso.workspace.formats.mime import parse_mail
from sayso.workspace.mailbox.bounces import Bounce, bounce_of, is_notifier
from sayso.workspace.mailbox.copies import Copies
from sayso.workspace.protocols import Mail
from sayso.workspace.search import After, And, Label, Or

LOOKED: Final = 200
"""Messages whose senders are looked at, the newest first."""
READ: Final = 50
"""Of these, those of servers that are read in full."""


async def returned(mail: Mail, copies: Copies, since: datetime) -> list[Bounce]:
    """What came back to the inbox or to junk since that moment, the newest first, of which older ones may be left out
    where much has come since. Raises Refused, Unavailable."""
    places = Or((Label("inbox"), Label("junk")))
    page = await mail.search(And((places, After(since))), LOOKED)
    notices = [header for header in page.items if is_notifier(header.sender.email) and header.date >= since]
    found = list[Bounce]()
    for header in notices[:READ]:
        try:
            bounce = bounce_of(parse_mail(await copies.raw(header.id)))
        except (ObjectNotFound, Refused):  # gone meanwhile, or bigger than any notice
            continue
        if bounce is not None:
            found.append(bounce)
    return found
