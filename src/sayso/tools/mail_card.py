"""What the card of a mail tells: the mail as those who get it see it, and who they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sayso.tools import cards
from sayso.tools.accounts import account_of_card
from sayso.tools.base import Caution, ToolContext
from sayso.tools.cards import Answers, File, Item, Kind, Mail, Someone, Strangers, strangers_of
from sayso.tools.json import moment_json, people_json, person_json
from sayso.tools.mail_compose import everyone_of, writer
from sayso.tools.people import is_me
from sayso.tools.wording import name_of, names, one_line, visible
from sayso.workspace.types import Attachment, Header, Message, OutgoingMail, Person

_FIELDS: tuple[Literal["to", "cc", "bcc"], ...] = ("to", "cc", "bcc")


@dataclass(frozen=True, slots=True)
class Written:
    """A mail with all that goes along. `near`: the draft that is sent or the mail that is answered, whose account it
    goes from; empty: the default. `reaches`: whether it goes to anybody by this."""

    mail: OutgoingMail
    files: Sequence[Attachment]
    near: str = ""
    answered: Message | None = None
    reaches: bool = False


async def mail_card(ctx: ToolContext, kind: Kind, written: Written, warnings: Sequence[Caution]) -> dict[str, Any]:
    """`warnings`: those about strangers."""
    mail, new = written.mail, strangers_of(warnings)
    who = everyone_of(mail)
    sends = cards.sends(who, new, written.reaches)
    return cards.card(
        kind,
        cards.line(cards.people(who), cards.title(mail.subject), cards.files([file.name for file in written.files])),
        cards.SAVE_DRAFT if kind == "mail.draft" else sends,
        mail=_mail(ctx, written, await writer(ctx, written.near)),
        people=_people(mail, written.reaches, new),
        account=account_of_card(ctx, "mail", written.near),
    )


def _mail(ctx: ToolContext, written: Written, sender: Person) -> Mail:
    mail = written.mail
    return Mail(
        {
            "from": person_json(sender),
            "to": people_json(mail.to),
            "cc": people_json(mail.cc),
            "bcc": people_json(mail.bcc),
            "subject": one_line(mail.subject),
            "body": visible(mail.body),
            "attachments": [File(name=one_line(f.name), size=f.size, type=f.media_type) for f in written.files],
            "answers": _answers(ctx, written.answered) if written.answered else None,
        }
    )


def _answers(ctx: ToolContext, message: Message) -> Answers:
    return Answers(
        {
            "from": person_json(message.sender),
            "subject": one_line(message.subject),
            "date": moment_json(message.date, ctx.timezone),
        }
    )


def _people(mail: OutgoingMail, told: bool, new: Strangers) -> list[Someone]:
    return [
        Someone(**person_json(who), role=role, change=None, told=told, new=who.email.casefold() in new)
        for role in _FIELDS
        for who in getattr(mail, role)
    ]


def items_of(ctx: ToolContext, messages: Sequence[Header]) -> list[Item]:
    """Mails that are changed alike; of one that the user wrote it is told to whom."""
    return [
        Item(
            id=each.id,
            title=one_line(each.subject),
            who=names(each.to) if is_me(ctx, each.sender) and each.to else name_of(each.sender),
            at=moment_json(each.date, ctx.timezone),
        )
        for each in messages
    ]
