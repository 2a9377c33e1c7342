"""Who is to be at an event after guests were added and removed."""

from collections.abc import Sequence

from sayso.english.matching import words
from sayso.tools.base import ToolContext, ToolInputError
from sayso.tools.choosing import Kind, best
from sayso.tools.people import is_me, people
from sayso.tools.wording import address_of, name_of, quoted
from sayso.workspace.types import Event, Guest, Person

GUEST: Kind[Guest] = Kind("guest", "guests", lambda who: who.email, address_of, lambda who: (who.name, who.email))


async def with_guests(
    ctx: ToolContext, event: Event, add: Sequence[str], remove: Sequence[str]
) -> tuple[tuple[Guest, ...], tuple[Person, ...], tuple[Person, ...]]:
    """The event's guests afterwards, who is new and who is gone. Raises ToolInputError."""
    gone = tuple(_guest(event, text) for text in remove)
    present = {who.email.casefold() for who in event.guests}
    asked = await people(ctx, add)
    new = tuple(who for who in asked if who.email.casefold() not in present and not is_me(ctx, who))
    left = tuple(who for who in event.guests if who not in gone)
    guests = (*left, *(Guest(email=who.email, name=who.name) for who in new))
    return guests, new, tuple(Person(email=who.email, name=who.name) for who in gone)


def _guest(event: Event, text: str) -> Guest:
    """The one guest meant by a name, an address or `Name <address>`."""
    address = text.rpartition("<")[2].rstrip("> ").casefold()
    exact = [who for who in event.guests if who.email.casefold() == address]
    fitting = exact or best(GUEST, words(text), event.guests)
    if not fitting:
        if not event.guests:
            raise ToolInputError(f"{quoted(event.title)} has no guests.", "not_found", kind=GUEST.noun, given=text)
        raise GUEST.not_found(text, event.guests)
    if len(fitting) > 1:
        raise GUEST.ambiguous(name_of(Person(text)), fitting)
    return fitting[0]
