"""Names to addresses: whom the user means."""

import re
from collections.abc import Sequence

from sayso.tools.base import ToolContext, ToolInputError
from sayso.tools.choosing import Kind, best
from sayso.tools.matching import fold, likeness, words
from sayso.tools.wording import one_line, quoted
from sayso.workspace.types import Contact, Guest, Person

_ADDRESS = re.compile(r"[^\s<>@,;\"]+@[^\s<>@,;\"]+\.[^\s<>@,;\".]+")
_NAMED = re.compile(rf"\"?(?P<name>[^<>\"]*?)\"?\s*<(?P<email>{_ADDRESS.pattern})>")
_ARTICLES = frozenset({"my", "the", "our", "a"})
_MYSELF = frozenset({"me", "myself", "i", "my own address"})


def _address(contact: Contact) -> str:
    return f"{contact.name} <{contact.emails[0]}>" if contact.emails else contact.name


CONTACT: Kind[Contact] = Kind(
    noun="contact",
    plural="people",
    ident=lambda contact: contact.emails[0] if contact.emails else contact.id,
    label=lambda contact: ", ".join(filter(None, (_address(contact), contact.organization))),
    fields=lambda contact: (contact.name, contact.organization, " ".join(contact.emails)),
)


async def person(ctx: ToolContext, text: str) -> Person:
    """The one person meant by a name, an address, `Name <address>`, "me" or the id of a contact.

    Raises ToolInputError: `not_found` asks for an address, `ambiguous` lists who fits.
    """
    text = text.strip()
    if fold(text) in _MYSELF:
        return ctx.me
    if named := _NAMED.fullmatch(text):
        return await _by_address(ctx, named["email"], named["name"].strip())
    if _ADDRESS.fullmatch(text):
        return await _by_address(ctx, text, "")
    return await _by_name(ctx, text)


async def people(ctx: ToolContext, texts: Sequence[str]) -> tuple[Person, ...]:
    """Each person once, in the order given."""
    found: dict[str, Person] = {}
    for text in texts:
        who = await person(ctx, text)
        found.setdefault(who.email.casefold(), who)
    return tuple(found.values())


async def person_args(ctx: ToolContext, who: Sequence[Person]) -> list[str]:
    """People as stored arguments, which `people` reads back to the same ones: an address, with the name if need be."""
    args = []
    for each in who:
        again = await _by_address(ctx, each.email, "")
        args.append(each.email if again == each or not each.name else f"{each.name} <{each.email}>")
    return args


def is_me(ctx: ToolContext, who: Person | Guest) -> bool:
    return who.email.casefold() == ctx.me.email.casefold()


async def stranger_warnings(ctx: ToolContext, who: Sequence[Person]) -> tuple[str, ...]:
    """A sentence for each address that the user has neither stored nor written to nor heard from."""
    strangers = [each for each in who if not is_me(ctx, each) and not await _known(ctx, each.email)]
    return tuple(f"You have never written to or heard from {one_line(each.email)} before." for each in strangers)


async def _known(ctx: ToolContext, email: str) -> Contact | None:
    found = await ctx.workspace.contacts.find(email)
    wanted = email.casefold()
    return next((each for each in found if wanted in {address.casefold() for address in each.emails}), None)


async def _by_address(ctx: ToolContext, email: str, name: str) -> Person:
    if email.casefold() == ctx.me.email.casefold():
        return ctx.me
    if not name and (contact := await _known(ctx, email)):
        name = contact.name if contact.name.casefold() != email.casefold() else ""
    return Person(email=email, name=name)


async def _by_name(ctx: ToolContext, text: str) -> Person:
    wanted = words(text)
    if not wanted:
        raise ToolInputError("Who do you mean? Give a name or an e-mail address.", "missing")
    found = await ctx.workspace.contacts.find(text) or await ctx.workspace.contacts.find("")
    matching = [each for each in found if each.id == text] or best(CONTACT, wanted, found)
    spelled = [each for each in matching if _spelled(wanted, each)] or by_role(wanted, found)
    reachable = [each for each in spelled if each.emails]
    if spelled and not reachable:
        raise ToolInputError(
            f"There is no e-mail address for {one_line(spelled[0].name)}. Which address should I use?", "not_found"
        )
    if not reachable and matching:
        raise CONTACT.not_found(text, matching)
    if not reachable:
        message = f"I don't know anybody called {quoted(text)}. What is the e-mail address?"
        raise ToolInputError(message, "not_found")
    if len(reachable) > 1:
        raise CONTACT.ambiguous(text, reachable)
    return Person(email=reachable[0].emails[0], name=reachable[0].name)


def by_role(wanted: Sequence[str], contacts: Sequence[Contact]) -> list[Contact]:
    """ "My manager": whom the user's own notes call exactly so."""
    role = [word for word in wanted if word not in _ARTICLES]
    return [each for each in contacts if role and role == [word for word in words(each.notes) if word not in _ARTICLES]]


def _spelled(wanted: Sequence[str], contact: Contact) -> bool:
    """Whether every word is a whole word of the name or organization: a typo is never guessed into an address."""
    known = [*words(contact.name), *words(contact.organization), *(mail.casefold() for mail in contact.emails)]
    return all(likeness(word, known) >= 2 for word in wanted)
