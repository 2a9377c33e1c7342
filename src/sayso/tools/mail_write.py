"""Writing mail: drafts, new messages, replies, passing on."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from sayso.tools import mail_compose as compose
from sayso.tools.accounts import at, placed
from sayso.tools.arguments import DraftMail, ForwardMail, NewMail, ReplyMail, SendMail
from sayso.tools.base import Call, Caution, EffectTool, Proposal, Result, ToolContext, ToolInputError
from sayso.tools.delivery import Delivery, of_mail
from sayso.tools.json import message_json, outgoing_from, outgoing_json
from sayso.tools.leaving import leaving
from sayso.tools.mail_card import Written, mail_card
from sayso.tools.mail_compose import Given
from sayso.tools.mail_files import NONE, contents, with_files
from sayso.tools.mail_forward import forwarded_subject
from sayso.tools.mail_resolve import by_id, one_draft, one_message
from sayso.tools.people import stranger_warnings
from sayso.tools.wording import addresses, received, written
from sayso.workspace.errors import ObjectChanged
from sayso.workspace.protocols import Mail
from sayso.workspace.types import Message

S = TypeVar("S", SendMail, ReplyMail, ForwardMail)

WENT_OUT: Final = "This draft is the copy of a mail that went out already, or may have: look before you send it again."


class DraftMailTool(EffectTool[DraftMail]):
    name = "draft_mail"
    description = "Save a draft, to look at or send later. Nothing is sent."
    effect = "write"
    needs = frozenset({"mail"})
    Args = DraftMail

    async def prepare(self, ctx: ToolContext, args: DraftMail) -> Proposal:
        if not (args.to or args.subject or args.body or args.forward or args.answer or args.attach):
            raise ToolInputError("What should the draft say, and who is it for?", "missing")
        message = await one_message(ctx, args.forward) if args.forward else None
        answered = await one_message(ctx, args.answer) if args.answer else None
        own = await compose.composed(ctx, _given(args), message)
        mail = compose.answer(ctx, answered, own, args.everyone) if answered else own
        mail, left = await compose.passing_on(ctx, mail, message)
        named = {"forward": message.id if message else None, "answer": answered.id if answered else None}
        strangers = await stranger_warnings(ctx, compose.everyone_of(mail))
        letter = Written(mail, mail.attachments, mail.in_reply_to, answered)
        return Proposal(
            effect="write",
            args=_args(args, await compose.resolved(ctx, own) | named),
            target={"mail": outgoing_json(mail), **placed(ctx, "mail", mail.in_reply_to)},
            question=f"save a draft{compose.whom(mail)}{compose.redirected(mail, answered)}{compose.worded(mail)}"
            f"{with_files(mail.attachments)}",
            preview=f"Save draft {written(mail.subject)}{compose.to_whom(mail)}{with_files(mail.attachments)}",
            details=await compose.details(ctx, mail, mail.attachments, mail.in_reply_to, answered),
            warnings=compose.other_domain(mail, answered) + left + strangers,
            card=await mail_card(ctx, "mail.draft", letter, strangers),
        )

    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        mail = outgoing_from(proposal.target["mail"])
        files = await contents(ctx, mail)
        return self._result(ctx, await at(ctx, proposal.target).mail.create_draft(mail, key, files))

    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        mail = at(ctx, proposal.target).mail
        done = await mail.applied(key, "")
        return None if done is None else self._result(ctx, await mail.get_message(done))

    def _result(self, ctx: ToolContext, message: Message) -> Result:
        whom = f" to {addresses(message.to)}" if message.to else ""
        receipt = f"Saved the draft {written(message.subject)}{whom}{with_files(message.attachments)}."
        return Result(_value(ctx, message), receipt, message.revision)

    def reversible(self, proposal: Proposal) -> bool:
        return True

    def reverse(self, proposal: Proposal, value: dict[str, Any], revision: str) -> Sequence[Call]:
        draft = value["message"]["id"]
        return (Call("trash_mail", {"messages": [draft]}, draft, revision),)


class _SendTool(EffectTool[S]):
    """Sends the mail that the proposal names, or the draft that it is made of."""

    effect = "outbound"
    needs = frozenset({"mail"})

    async def prepare(self, ctx: ToolContext, args: S) -> Proposal:
        return leaving(ctx, args.send_at, await self._mail(ctx, args))

    @abstractmethod
    async def _mail(self, ctx: ToolContext, args: S) -> Proposal:
        """The proposal of a mail that leaves at once."""

    no_reverse = "sent"

    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        draft = proposal.target.get("draft", "")
        mailbox, mail = at(ctx, proposal.target).mail, outgoing_from(proposal.target["mail"])
        if draft and await mailbox.applied(key, draft) is None:
            await self._check(mailbox, proposal)
        return _sent(ctx, mailbox, await mailbox.send(mail, key, draft, await contents(ctx, mail)))

    async def _check(self, mail: Mail, proposal: Proposal) -> None:
        draft = await mail.get_message(proposal.target["draft"])
        if draft.revision != proposal.target["revision"]:
            raise ObjectChanged("The draft was changed since you saw it; nothing was sent.")

    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        mail = at(ctx, proposal.target).mail
        done = await mail.applied(key, proposal.target.get("draft", ""))
        return None if done is None else _sent(ctx, mail, await mail.get_message(done))


class SendMailTool(_SendTool[SendMail]):
    name = "send_mail"
    description = "Send a new mail or a draft. To answer a message use reply_mail, to pass one on forward_mail."
    Args = SendMail

    async def _mail(self, ctx: ToolContext, args: SendMail) -> Proposal:
        draft = await one_draft(ctx, args.draft) if args.draft else None
        message = await one_message(ctx, args.forward) if args.forward else None
        own = await compose.composed(ctx, _given(args), message)
        own = compose.over(draft, own) if draft else own
        answered = await by_id(ctx, draft.in_reply_to) if draft else None
        mail, left = await compose.passing_on(ctx, own, message)
        compose.complete(mail)
        files = (*(draft.attachments if draft else ()), *mail.attachments)
        near = draft.id if draft else ""
        delivery = of_mail(ctx, near)
        named = {"forward": message.id if message else None, "draft": near or None}
        strangers = await stranger_warnings(ctx, compose.everyone_of(mail))
        letter = Written(mail, files, near, answered, delivery.reaches)
        return Proposal(
            effect="outbound",
            args=_args(args, await compose.resolved(ctx, own) | named),
            target={
                "mail": outgoing_json(mail),
                "draft": near,
                "revision": draft.revision if draft else "",
                **placed(ctx, "mail", near),
                **delivery.target,
            },
            question=f"send {'the draft' if draft else 'a mail'}{compose.whom(mail)}"
            f"{compose.redirected(mail, answered)}{compose.worded(mail)}{with_files(files)}",
            preview=f"Send {written(mail.subject)}{compose.to_whom(mail)}{with_files(files)}{delivery.mark}",
            details=await compose.details(ctx, mail, files, near, answered),
            warnings=((Caution("went_out", WENT_OUT),) if draft is not None and draft.may_be_sent else ())
            + compose.blank_subject(mail)
            + compose.other_domain(mail, answered)
            + left
            + strangers,
            touches=near,
            card=await mail_card(ctx, "mail.send", letter, strangers),
        )


class ForwardMailTool(_SendTool[ForwardMail]):
    name = "forward_mail"
    description = "Pass a message on to others, whole and with its files, below your own words."
    Args = ForwardMail

    async def _mail(self, ctx: ToolContext, args: ForwardMail) -> Proposal:
        message = await one_message(ctx, args.message)
        own = await compose.composed(ctx, Given(args.body, (), args.to, args.cc, args.bcc))
        about = replace(own, subject=forwarded_subject(message))
        mail, left = await compose.passing_on(ctx, about, message, args.attachments)
        compose.complete(mail)
        files = mail.attachments
        delivery = of_mail(ctx)
        wanted = args.attachments if left else [str(file.number) for file in files] or [NONE]
        named = {"message": message.id, "attachments": wanted}
        strangers = await stranger_warnings(ctx, compose.everyone_of(mail))
        letter = Written(mail, files, reaches=delivery.reaches)
        return Proposal(
            effect="outbound",
            args=_args(args, await compose.resolved(ctx, own) | named),
            target={"mail": outgoing_json(mail), **placed(ctx, "mail"), **delivery.target},
            question=f"forward {received(message.subject)}{compose.whom(mail)}{compose.worded(own)}{with_files(files)}",
            preview=f"Forward {received(message.subject)}{compose.to_whom(mail)}{with_files(files)}{delivery.mark}",
            details=await compose.details(ctx, mail, files, "", None),
            warnings=left + strangers,
            card=await mail_card(ctx, "mail.forward", letter, strangers),
        )


class ReplyMailTool(_SendTool[ReplyMail]):
    name = "reply_mail"
    description = "Answer a message, in its conversation; `everyone` answers all who got it."
    Args = ReplyMail

    async def _mail(self, ctx: ToolContext, args: ReplyMail) -> Proposal:
        message = await one_message(ctx, args.message)
        own = await compose.composed(ctx, Given(args.body, args.attach, (), args.cc, args.bcc))
        mail = compose.answer(ctx, message, own, args.everyone)
        compose.complete(mail)
        delivery = of_mail(ctx, message.id)
        strangers = await stranger_warnings(ctx, compose.everyone_of(mail))
        letter = Written(mail, mail.attachments, message.id, message, delivery.reaches)
        return Proposal(
            effect="outbound",
            args=_args(args, await compose.resolved(ctx, own) | {"message": message.id}),
            target={"mail": outgoing_json(mail), **placed(ctx, "mail", message.id), **delivery.target},
            question=f"reply{compose.whom(mail)}{compose.redirected(mail, message)}{compose.worded(mail)}"
            f"{with_files(mail.attachments)}",
            preview=f"Reply {written(mail.subject)}{compose.to_whom(mail)}{with_files(mail.attachments)}"
            f"{delivery.mark}",
            details=await compose.details(ctx, mail, mail.attachments, message.id, message),
            warnings=compose.other_domain(mail, message) + strangers,
            card=await mail_card(ctx, "mail.reply", letter, strangers),
        )


def _given(args: NewMail) -> Given:
    return Given(args.body, args.attach, args.to, args.cc, args.bcc, args.subject)


def _args(args: BaseModel, resolved: dict[str, Any]) -> dict[str, Any]:
    """The arguments, those that were resolved in their place."""
    return args.model_dump() | {name: value for name, value in resolved.items() if name in type(args).model_fields}


def _value(ctx: ToolContext, message: Message) -> dict[str, Any]:
    return {"message": message_json(ctx, message)}


def _sent(ctx: ToolContext, mailbox: Mail, message: Message) -> Result:
    mail = f"{written(message.subject)}{compose.to_whom(message)}{with_files(message.attachments)}"
    return Result(_value(ctx, message), Delivery(mailbox.delivers is True).sent(mail))
