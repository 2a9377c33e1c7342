"""Whether what is written to others reaches them, and the words for it: an account may only keep what one writes there.

The one place that says so. Verbs of a question or a preview are the names of actions; what becomes of it, this adds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sayso.tools.accounts import at, placed
from sayso.tools.base import Proposal, ToolContext, ToolInputError
from sayso.tools.wording import addresses, join, one_line, sentence
from sayso.workspace.people import same_address
from sayso.workspace.types import Event, Guest, Person

ONLY_READ: Final = (
    "This mailbox can only be read: no server for sending (SMTP) works for it. Connect the account again with one, or "
    "make a draft."
)
KEPT: Final = "saved here, not delivered"
_NOTHING: Final = " Nothing is delivered: it is saved here."
_PART: Final = " Not all of it is delivered: some is saved here."
_MARK: Final = "undelivered"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What becomes of what one account is given for others. `reaches`: they get it."""

    reaches: bool

    @property
    def target(self) -> dict[str, bool]:
        """For the target of a proposal, by which its plan's question tells it."""
        return {} if self.reaches else {_MARK: True}

    @property
    def mark(self) -> str:
        """For the end of a mail's preview."""
        return "" if self.reaches else f" — {KEPT}"

    def sent(self, mail: str) -> str:
        """The receipt of a mail: "Sent 'Budget' to Ana <ana@…>."."""
        return f"Sent {mail}." if self.reaches else f"{sentence(KEPT)}: {mail}."

    def invites(self, guests: Sequence[Person | Guest]) -> str:
        if not guests:
            return ""
        return f"invites {addresses(guests)}" if self.reaches else f"invitation to {addresses(guests)}, {KEPT}"

    def invited(self, guests: Sequence[Person | Guest], event: Event) -> str:
        """Of a receipt, with the blank before it: who was invited to the event, and who could not be reached."""
        reached = [each for each in guests if not any(same_address(each.email, who) for who in event.undelivered)]
        if not reached:
            return unreached(event)
        done = f"Invited {addresses(reached)}" if self.reaches else sentence(self.invites(reached))
        return f" {done}.{unreached(event)}"

    def tells(self, people: Sequence[Person | Guest], note: str = "") -> str:
        """ "tells Ana <ana@…>: “…”"; nothing when there is nobody to tell."""
        return self._telling("tells", people, note)

    def told(self, people: Sequence[Person | Guest], note: str = "") -> str:
        return self._telling("told", people, note)

    def _telling(self, verb: str, people: Sequence[Person | Guest], note: str) -> str:
        if not people:
            return ""
        words = f": “{note}”" if note else ""
        whom = f"{addresses(people)}{words}"
        return f"{verb} {whom}" if self.reaches else f"mail to {whom}, {KEPT}"


def unreached(event: Event) -> str:
    """Of guests whom their server says that it could not reach, for the end of a receipt, with the blank before it."""
    return f" Not reached: {join([one_line(each) for each in event.undelivered])}." if event.undelivered else ""


def of_mail(ctx: ToolContext, near: str = "") -> Delivery:
    """Of the mailbox of the draft or mail that `near` is, else of the one that new mails go from. Raises ToolInputError
    where it sends nothing."""
    delivers = at(ctx, placed(ctx, "mail", near)).mail.delivers
    if delivers is None:
        raise ToolInputError(ONLY_READ)
    return Delivery(delivers)


def of_calendar(ctx: ToolContext, near: str = "") -> Delivery:
    """Of the calendar of the event that `near` is, else of the one where new events are made."""
    return Delivery(at(ctx, placed(ctx, "calendar", near)).calendar.tells_others)


def undelivered(proposals: Sequence[Proposal]) -> str:
    """What a plan's question says of it besides, with the blank before it."""
    outbound = [bool(proposal.target.get(_MARK)) for proposal in proposals if proposal.effect == "outbound"]
    if not any(outbound):
        return ""
    return _NOTHING if all(outbound) else _PART
