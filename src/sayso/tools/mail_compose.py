"""What a mail is to say and to whom it goes, and how its proposal tells of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sayso.tools.accounts import at, named, placed
from sayso.tools.base import Caution, ToolContext, ToolInputError
from sayso.tools.lookalikes import related
from sayso.tools.mail_files import ALL, attached, bounded, listed, passed_on, refs
from sayso.tools.mail_forward import forwarded_subject, not_sent, with_forwarded
from sayso.tools.people import is_me, people, person_args
from sayso.tools.wording import address_of, addresses, name_of, names, one_line, quoted, received, visible, written
from sayso.workspace.people import NOBODY
from sayso.workspace.types import Attachment, Message, OutgoingMail, Person

SPOKEN_BODY = 200
"""Up to this many characters, the words of a mail are part of the question."""
_STOPS = ".!? "


@dataclass(frozen=True, slots=True)
class Given:
    """The fields that the tools which write mail have in common, as they were given."""

    body: str
    attach: Sequence[str] = ()
    to: Sequence[str] = ()
    cc: Sequence[str] = ()
    bcc: Sequence[str] = ()
    subject: str = ""


async def composed(ctx: ToolContext, given: Given, passed: Message | None = None) -> OutgoingMail:
    """`passed`: the message that the mail passes on, which names its subject if nothing else does."""
    to, cc, bcc = [await people(ctx, field) for field in (given.to, given.cc, given.bcc)]
    subject = one_line(given.subject) or (forwarded_subject(passed) if passed else "")
    files = await attached(ctx, given.attach)
    return OutgoingMail(to=to, cc=cc, bcc=bcc, subject=subject, body=given.body, attachments=files)


async def resolved(ctx: ToolContext, mail: OutgoingMail) -> dict[str, Any]:
    """The fields of `Given`, with everything by address and id."""
    return {
        "to": await person_args(ctx, mail.to),
        "cc": await person_args(ctx, mail.cc),
        "bcc": await person_args(ctx, mail.bcc),
        "subject": mail.subject,
        "body": mail.body,
        "attach": refs(mail.attachments),
    }


async def passing_on(
    ctx: ToolContext, mail: OutgoingMail, message: Message | None, wanted: Sequence[str] = (ALL,)
) -> tuple[OutgoingMail, tuple[Caution, ...]]:
    """The mail with a message below its words and the wanted files of it, and a warning that names those that cannot go
    along."""
    if message is None:
        return mail, ()
    files, missing = await passed_on(ctx, message, wanted)
    along = replace(mail, attachments=tuple(dict.fromkeys((*mail.attachments, *files))))
    return with_forwarded(ctx, along, message), not_sent(quoted(each.name) for each in missing)


def over(draft: Message | OutgoingMail, mail: OutgoingMail) -> OutgoingMail:
    """The draft, changed by what the mail says besides; its own files stay with it."""
    return replace(
        mail,
        to=mail.to or draft.to,
        cc=mail.cc or draft.cc,
        bcc=mail.bcc or draft.bcc,
        subject=mail.subject or draft.subject,
        body=mail.body or draft.body,
        in_reply_to=draft.in_reply_to,
    )


def answer(ctx: ToolContext, message: Message, mail: OutgoingMail, everyone: bool) -> OutgoingMail:
    """The mail as an answer: to whom and about what follows from the message, unless the mail says it; whom it names
    for a copy gets one besides."""
    mine = is_me(ctx, message.sender)
    asked = [who for who in message.reply_to if not is_me(ctx, who)]
    others = [who for who in message.to if not is_me(ctx, who)]
    to = mail.to or once((others or message.to) if mine else asked or [message.sender])
    if to and not any("@" in who.email for who in to):
        raise ToolInputError(f"There is no address to answer to: the mail names {quoted(name_of(to[0]))}.", "not_found")
    rest: Sequence[Person] = ()
    if everyone:
        rest = [who for who in (message.cc if mine else (*message.to, *message.cc)) if not is_me(ctx, who)]
    cc = _without(to, once((*rest, *mail.cc)))
    subject = one_line(message.subject)
    subject = subject if subject.casefold().startswith("re:") else f"Re: {subject}".strip()
    bcc = _without((*to, *cc), mail.bcc)
    return replace(mail, to=to, cc=cc, bcc=bcc, subject=mail.subject or subject, in_reply_to=message.id)


def once(who: Iterable[Person]) -> tuple[Person, ...]:
    """Each address once, as it stands first."""
    found: dict[str, Person] = {}
    for each in who:
        found.setdefault(each.email.casefold(), each)
    return tuple(found.values())


def _without(those: Iterable[Person], who: Iterable[Person]) -> tuple[Person, ...]:
    known = {each.email.casefold() for each in those}
    return tuple(each for each in who if each.email.casefold() not in known)


def _elsewhere(mail: OutgoingMail, message: Message) -> list[Person]:
    """To whom the answer goes because the mail asks for it, though they did not write it."""
    asked = {who.email.casefold() for who in message.reply_to} - {message.sender.email.casefold()}
    return [who for who in mail.to if who.email.casefold() in asked]


def redirected(mail: OutgoingMail, message: Message | None) -> str:
    return f", where replies to {name_of(message.sender)} go," if message and _elsewhere(mail, message) else ""


def other_domain(mail: OutgoingMail, message: Message | None) -> tuple[Caution, ...]:
    if message is None:
        return ()
    home = _domain(message.sender)
    away = [who for who in _elsewhere(mail, message) if not related(_domain(who), home)]
    told = f"This mail from {one_line(message.sender.email)} asks for replies to another domain: {addresses(away)}."
    return (Caution("reply_elsewhere", told),) if away else ()


def _domain(who: Person) -> str:
    return who.email.casefold().rpartition("@")[2]


def complete(mail: OutgoingMail) -> None:
    if not everyone_of(mail):
        raise ToolInputError("Who should the mail go to?", "missing")
    if any(person.email == NOBODY for person in everyone_of(mail)):
        raise ToolInputError("That mail does not say who sent it, so there is nobody to answer: name an address.")
    if not mail.body.strip():
        raise ToolInputError(f"What should the mail to {names(everyone_of(mail))} say?", "missing")


def everyone_of(mail: OutgoingMail) -> Sequence[Person]:
    return (*mail.to, *mail.cc, *mail.bcc)


def whom(mail: OutgoingMail) -> str:
    return f" to {names(everyone_of(mail))}" if everyone_of(mail) else ""


def worded(mail: OutgoingMail) -> str:
    """What the mail is about and says: once, when its subject is all that it says."""
    body = one_line(mail.body)
    saying = f" saying “{body}”" if body and len(body) <= SPOKEN_BODY else ""
    once = saying and one_line(mail.subject).casefold().rstrip(_STOPS) == body.casefold().rstrip(_STOPS)
    return f" about {written(mail.subject)}{saying}" if mail.subject and not once else saying


def to_whom(mail: OutgoingMail | Message) -> str:
    fields = (("to", mail.to), ("cc", mail.cc), ("bcc", mail.bcc))
    return "".join(f"{',' if label != 'to' else ''} {label} {addresses(who)}" for label, who in fields if who)


async def details(
    ctx: ToolContext, mail: OutgoingMail, files: Sequence[Attachment], near: str, answered: Message | None
) -> tuple[tuple[str, str], ...]:
    """`files`: all that go along, those of a draft too. `near`: the draft that is sent or the mail that is answered,
    whose account it goes from; empty: the default. Raises ToolInputError when the files are too much."""
    if mail.attachments:
        bounded(files)
    sender = await writer(ctx, near)
    lines = (
        # Of several addresses the user should see which one he writes from; of one account there is no choice.
        ("From", address_of(sender) if ctx.me.others or sender.email != ctx.me.email else ""),
        ("To", addresses(mail.to)),
        ("Cc", addresses(mail.cc)),
        ("Bcc", addresses(mail.bcc)),
        ("Subject", one_line(mail.subject)),
        ("Answers", f"{received(answered.subject)} from {name_of(answered.sender)}" if answered else ""),
        ("Files", listed(files)),
        ("Text", visible(mail.body)),
    )
    return (*((label, text) for label, text in lines if text), *named(ctx, "mail", near))


async def writer(ctx: ToolContext, near: str) -> Person:
    """The user, as the account that it goes from names him, which may know him by several addresses."""
    there = at(ctx, placed(ctx, "mail", near))
    alias, own = await there.mail.writes_from(near) if near else "", there.workspace.addresses
    return Person(alias or own[0], ctx.me.name) if alias or own else ctx.me.person


def blank_subject(mail: OutgoingMail) -> tuple[Caution, ...]:
    return () if mail.subject else (Caution("no_subject", "The mail has no subject."),)
