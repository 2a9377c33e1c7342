"""Names to addresses: whom the user means."""

import asyncio
import re
from collections.abc import Callable, Sequence

from sayso.base import steps
from sayso.english.matching import CHARACTERS, fold, likeness, words
from sayso.tools.base import Caution, ToolContext, ToolInputError, WorkspaceError
from sayso.tools.choosing import MOST, Kind, best, close
from sayso.tools.lookalikes import SHORTEST, alike, looks, mixes_scripts, readable
from sayso.tools.wording import one_line, quoted
from sayso.workspace.search import parse_query
from sayso.workspace.types import Contact, Guest, Person

_ADDRESS = re.compile(r"[^\s<>@,;\"]+@[^\s<>@,;\"]+\.[^\s<>@,;\".]+")
_NAMED = re.compile(rf"\"?(?P<name>[^<>\"]*?)\"?\s*<(?P<email>{_ADDRESS.pattern})>")
MET_IN = 200
"""In so many mails people are looked for who are in no address book."""
_PART = re.compile(r"[^\W_]+")
_FEW = 20  # found by an address: whose it is comes first
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
        return ctx.me.person
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
    return ctx.me.owns(who.email)


async def acquainted(ctx: ToolContext, name: str, limit: int) -> list[Contact]:
    """At most `limit` people whom the user knows by that name or address, as `Contacts.find` says; where there is no
    address book, or it knows nobody, from his mail."""
    found = (await ctx.contacts.find(name, limit)).items if ctx.workspace.contacts is not None else []
    asks_mail = ctx.workspace.mail is not None and (ctx.workspace.contacts is None or name.strip())
    return found or ((await _met(ctx, name))[:limit] if asks_mail else [])


async def _met(ctx: ToolContext, name: str) -> list[Contact]:
    """Whom the mails name that are from or to somebody of that name; without one of all mails, the latest."""
    if name and not words(name):
        return []
    met: dict[str, Contact] = {}
    for field in ("from", "to"):
        query = parse_query(" ".join(f'{field}:"{word}"' for word in words(name)), ctx.timezone)
        mails = await ctx.mail.search(query, MET_IN)
        for who in (who for mail in mails.items for who in (mail.sender, *mail.to, *mail.cc)):
            if "@" in who.email and not is_me(ctx, who):
                contact = Contact(f"adr_{who.email}", who.name or who.email, (who.email,), in_book=False)
                met.setdefault(who.email.casefold(), contact)
    return list(met.values())


async def stranger_warnings(ctx: ToolContext, who: Sequence[Person]) -> tuple[Caution, ...]:
    """What to know of addresses that the user neither keeps nor ever wrote to, something `about` each: just that, or
    that nothing came from it either; that it is new for a name that he knows, or easily taken for an address that he
    knows. Anybody can write under any name, so a mail that came tells nothing of who is answered."""
    warnings: list[Caution] = []
    everybody: list[Contact] | None = None
    for each in who:
        if is_me(ctx, each) or await trusted(ctx, each.email):
            continue
        heard_from = await _known(ctx, each.email)
        if not heard_from:
            told = f"You have never written to or heard from {one_line(each.email)} before."
            warnings.append(Caution("stranger", told, each.email))
        if everybody is None:
            everybody = await acquainted(ctx, "", MOST)
        hidden = _disguises(each) + await _doubles(ctx, each, everybody)
        if heard_from and not hidden:
            told = f"{one_line(each.email)} is not in your contacts, and you have never written to it."
            warnings.append(Caution("only_heard_from", told, each.email))
        warnings += hidden
    return tuple(dict.fromkeys(warnings))


def _disguises(who: Person) -> list[Caution]:
    """What an address or a name hides."""
    email, plain = one_line(who.email), one_line(readable(who.email))
    shown = _ADDRESS.search(one_line(who.name))
    warnings = []
    if shown and shown.group().casefold() != email.casefold():
        warnings.append(f"{email} calls itself {shown.group()}, which is another address.")
    if plain != email:
        warnings.append(f"The address {email} reads {plain}.")
    if mixes_scripts(who.email):
        warnings.append(f"The address {plain} mixes letters of several alphabets.")
    return [Caution("disguise", each, who.email) for each in warnings]


async def _doubles(ctx: ToolContext, who: Person, everybody: Sequence[Contact]) -> list[Caution]:
    """Whom the user knows under that name, or under an address that looks like this one."""
    email, shows = who.email.casefold(), _shown_by(who)
    found: list[tuple[int, str, str, Contact]] = []
    for each in everybody:
        named = shows(each.name)
        for known in map(str.casefold, each.emails):
            if named and known != email:
                text = f"You know {one_line(each.name)} by the address {known}; {email} is a new address for that name."
                found.append((0 if who.name else 2, text, known, each))
            if alike(email, known):
                same = looks(email).rpartition("@")[0] == looks(known).rpartition("@")[0]
                like = f"{email} is easily taken for {known}, which you know; it is another address."
                domain = f"{email} is at another domain than {known}, which it is easily taken for."
                found.append((1, like, known, each) if same else (3, domain, known, each))
    for _, text, known, each in sorted(found, key=lambda item: item[:3]):
        if each.in_book or await written_to(ctx, known):
            return [Caution("lookalike", text, who.email)]
    return []


def _shown_by(who: Person) -> Callable[[str], bool]:
    """Whether somebody shows a name, in his own or in his address, whatever stands around it."""
    local = who.email.rpartition("@")[0]
    shown, anywhere = _looks_of(who.name), _looks_of(f"{who.name} {local}")
    runs = [_run_together(text) for text in (who.name, local)]

    def shows(name: str) -> bool:
        wanted = _looks_of(name)
        if len(wanted) < 2:  # a first name alone is many people's
            return bool(wanted) and wanted == shown
        run = _run_together(name)
        return wanted <= anywhere or (len(run) >= SHORTEST and any(run in each for each in runs))

    return shows


def _looks_of(name: str) -> frozenset[str]:
    return frozenset(_PART.findall(looks(name)))


def _run_together(name: str) -> str:
    return looks("".join(_PART.findall(name)))


async def trusted(ctx: ToolContext, address: str) -> bool:
    """Whether the user keeps the address or has written to it. That somebody writes from it says nothing."""
    return await written_to(ctx, address) or await _in_book(ctx, address)


async def written_to(ctx: ToolContext, address: str) -> bool:
    wanted = address.casefold()
    try:
        sent = await ctx.mail.search(parse_query(f'in:sent to:"{address}"', ctx.timezone), 20)
    except WorkspaceError:
        return False
    return any(who.email.casefold() == wanted for mail in sent.items for who in (*mail.to, *mail.cc, *mail.bcc))


async def _in_book(ctx: ToolContext, address: str) -> bool:
    if ctx.workspace.contacts is None:
        return False
    found = (await ctx.contacts.find(address, _FEW)).items
    return any(each.in_book and address.casefold() in map(str.casefold, each.emails) for each in found)


async def _known(ctx: ToolContext, email: str) -> Contact | None:
    found = await acquainted(ctx, email, _FEW)
    wanted = email.casefold()
    return next((each for each in found if wanted in {address.casefold() for address in each.emails}), None)


async def _by_address(ctx: ToolContext, email: str, name: str) -> Person:
    if ctx.me.owns(email):
        return Person(email, ctx.me.name)
    if not name and (contact := await _known(ctx, email)):
        name = contact.name if contact.name.casefold() != email.casefold() else ""
    return Person(email=email, name=name)


async def _by_name(ctx: ToolContext, text: str) -> Person:
    wanted = words(text)
    if not wanted:
        raise ToolInputError("Who do you mean? Give a name or an e-mail address.", "missing")
    found = await acquainted(ctx, text, MOST) or await acquainted(ctx, "", MOST)
    return await asyncio.to_thread(_one_of, text, wanted, found)


def _one_of(text: str, wanted: Sequence[str], found: Sequence[Contact]) -> Person:
    matching = [each for each in found if each.id == text] or best(CONTACT, wanted, found)
    spelled = [each for each in matching if _spelled(wanted, each)] or by_role(wanted, found)
    kept = {_looks_of(each.name) for each in spelled if each.in_book}
    # Whoever writes under the name of somebody in the address book does not become a second one of that name.
    reachable = [each for each in spelled if each.emails and (each.in_book or _looks_of(each.name) not in kept)]
    if spelled and not reachable:
        message = f"There is no e-mail address for {one_line(spelled[0].name)}. Which address should I use?"
        raise ToolInputError(message, "not_found", kind=CONTACT.noun, given=text)
    if not reachable and matching:
        raise CONTACT.not_found(text, matching)
    if not reachable:
        message = f"I don't know anybody called {quoted(text)}. What is the e-mail address?"
        near = CONTACT.candidates(close(CONTACT, wanted, found))
        raise ToolInputError(message, "not_found", near, CONTACT.noun, text)
    if len(reachable) > 1:
        raise CONTACT.ambiguous(text, reachable)
    return Person(email=reachable[0].emails[0], name=reachable[0].name)


def by_role(wanted: Sequence[str], contacts: Sequence[Contact]) -> list[Contact]:
    """ "My manager": whom the user's own notes call exactly so."""
    role = [word for word in wanted if word not in _ARTICLES]
    return [each for each in contacts if role and role == _role_words(each.notes)]


def _role_words(notes: str) -> list[str]:
    steps.take(1 + len(notes) // CHARACTERS)
    return [word for word in words(notes) if word not in _ARTICLES]


def _spelled(wanted: Sequence[str], contact: Contact) -> bool:
    """Whether every word is a whole word of the name or organization: a typo is never guessed into an address."""
    known = [*words(contact.name), *words(contact.organization), *(mail.casefold() for mail in contact.emails)]
    return all(likeness(word, known) >= 2 for word in wanted)
