"""Writing mail: drafts, new messages, replies."""

from collections.abc import Iterable, Sequence
from typing import Any

from sayso.tools.accounts import at, named, placed
from sayso.tools.arguments import DraftMail, NewMail, ReplyMail, SendMail
from sayso.tools.base import EffectTool, Proposal, Result, ToolContext, ToolInputError
from sayso.tools.json import message_json, outgoing_from, outgoing_json
from sayso.tools.lookalikes import related
from sayso.tools.mail_forward import forwarded_subject, left_behind, with_forwarded
from sayso.tools.mail_resolve import by_id, one_draft, one_message
from sayso.tools.people import is_me, people, person_args, stranger_warnings
from sayso.tools.wording import address_of, addresses, name_of, names, one_line, quoted, visible
from sayso.workspace.errors import ObjectChanged
from sayso.workspace.protocols import Mail
from sayso.workspace.types import Message, OutgoingMail, Person

SPOKEN_BODY = 200
"""Up to this many characters, the words of a mail are part of the question."""
_STOPS = ".!? "


class DraftMailTool(EffectTool[DraftMail]):
    name = "draft_mail"
    description = "Save a draft, to look at or send later. Nothing is sent."
    effect = "write"
    needs = frozenset({"mail"})
    Args = DraftMail

    async def prepare(self, ctx: ToolContext, args: DraftMail) -> Proposal:
        if not (args.to or args.subject or args.body or args.forward or args.answer):
            raise ToolInputError("What should the draft say, and who is it for?", "missing")
        passed_on = await one_message(ctx, args.forward) if args.forward else None
        answered = await one_message(ctx, args.answer) if args.answer else None
        own = await _composed(ctx, args, passed_on)
        answer = _over(_answer(ctx, answered, args.body, args.everyone), own) if answered else own
        mail = with_forwarded(ctx, answer, passed_on)
        return Proposal(
            effect="write",
            args=args.model_copy(
                update=await _resolved(ctx, own, passed_on) | {"answer": answered.id if answered else None}
            ).model_dump(),
            target={"mail": outgoing_json(mail), **placed(ctx, "mail", mail.in_reply_to)},
            question=f"save a draft{_whom(mail)}{_redirected(mail, answered)}{_worded(mail)}",
            preview=f"Save draft {quoted(mail.subject)}{_to(mail)}",
            details=_details(ctx, mail, mail.in_reply_to),
            warnings=_other_domain(mail, answered)
            + left_behind(passed_on)
            + await stranger_warnings(ctx, _everyone(mail)),
        )

    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        message = await at(ctx, proposal.target).mail.create_draft(outgoing_from(proposal.target["mail"]), key)
        return self._result(ctx, message)

    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        mail = at(ctx, proposal.target).mail
        done = await mail.applied(key, "")
        return None if done is None else self._result(ctx, await mail.get_message(done))

    def _result(self, ctx: ToolContext, message: Message) -> Result:
        whom = f" to {addresses(message.to)}" if message.to else ""
        return Result(_value(ctx, message), f"Saved the draft {quoted(message.subject)}{whom}.")


class SendMailTool(EffectTool[SendMail]):
    name = "send_mail"
    description = "Send a new mail or a draft, or forward a message. To answer a message use reply_mail."
    effect = "outbound"
    needs = frozenset({"mail"})
    Args = SendMail

    async def prepare(self, ctx: ToolContext, args: SendMail) -> Proposal:
        draft = await one_draft(ctx, args.draft) if args.draft else None
        passed_on = await one_message(ctx, args.forward) if args.forward else None
        own = await _composed(ctx, args, passed_on)
        if draft:
            own = _over(draft, own)
        answered = await by_id(ctx, draft.in_reply_to) if draft else None
        mail = with_forwarded(ctx, own, passed_on)
        _complete(mail)
        return Proposal(
            effect="outbound",
            args=args.model_copy(
                update=await _resolved(ctx, own, passed_on) | {"draft": draft.id if draft else None}
            ).model_dump(),
            target={
                "mail": outgoing_json(mail),
                "draft": draft.id if draft else "",
                "revision": draft.revision if draft else "",
                **placed(ctx, "mail", draft.id if draft else ""),
            },
            question=f"send {'the draft' if draft else 'a mail'}{_whom(mail)}{_redirected(mail, answered)}"
            f"{_worded(mail)}",
            preview=f"Send {quoted(mail.subject)}{_to(mail)}",
            details=_details(ctx, mail, draft.id if draft else ""),
            warnings=_blank_subject(mail)
            + _other_domain(mail, answered)
            + left_behind(passed_on)
            + await stranger_warnings(ctx, _everyone(mail)),
            touches=draft.id if draft else "",
        )

    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        draft = proposal.target["draft"]
        mail = at(ctx, proposal.target).mail
        if draft and await mail.applied(key, draft) is None:
            await self._check(mail, proposal)
        return _sent(ctx, await mail.send(outgoing_from(proposal.target["mail"]), key, draft))

    async def _check(self, mail: Mail, proposal: Proposal) -> None:
        draft = await mail.get_message(proposal.target["draft"])
        if draft.revision != proposal.target["revision"]:
            raise ObjectChanged("The draft was changed since you saw it; nothing was sent.")

    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        mail = at(ctx, proposal.target).mail
        done = await mail.applied(key, proposal.target["draft"])
        return None if done is None else _sent(ctx, await mail.get_message(done))


class ReplyMailTool(EffectTool[ReplyMail]):
    name = "reply_mail"
    description = "Answer a message, in its conversation; `everyone` answers all who got it."
    effect = "outbound"
    needs = frozenset({"mail"})
    Args = ReplyMail

    async def prepare(self, ctx: ToolContext, args: ReplyMail) -> Proposal:
        message = await one_message(ctx, args.message)
        mail = _answer(ctx, message, args.body, args.everyone)
        _complete(mail)
        return Proposal(
            effect="outbound",
            args=args.model_copy(update={"message": message.id}).model_dump(),
            target={"mail": outgoing_json(mail), **placed(ctx, "mail", message.id)},
            question=f"reply{_whom(mail)}{_redirected(mail, message)}{_worded(mail)}",
            preview=f"Reply {quoted(mail.subject)}{_to(mail)}",
            details=_details(ctx, mail, message.id),
            warnings=_other_domain(mail, message) + await stranger_warnings(ctx, _everyone(mail)),
        )

    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        mail = at(ctx, proposal.target).mail
        return _sent(ctx, await mail.send(outgoing_from(proposal.target["mail"]), key, ""))

    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        mail = at(ctx, proposal.target).mail
        done = await mail.applied(key, "")
        return None if done is None else _sent(ctx, await mail.get_message(done))


async def _composed(ctx: ToolContext, args: NewMail, passed_on: Message | None) -> OutgoingMail:
    to, cc, bcc = [await people(ctx, field) for field in (args.to, args.cc, args.bcc)]
    subject = one_line(args.subject) or (forwarded_subject(passed_on) if passed_on else "")
    return OutgoingMail(to=to, cc=cc, bcc=bcc, subject=subject, body=args.body)


def _over(draft: Message | OutgoingMail, mail: OutgoingMail) -> OutgoingMail:
    """The draft, changed by what the mail says besides."""
    return OutgoingMail(
        to=mail.to or draft.to,
        cc=mail.cc or draft.cc,
        bcc=mail.bcc or draft.bcc,
        subject=mail.subject or draft.subject,
        body=mail.body or draft.body,
        in_reply_to=draft.in_reply_to,
    )


def _answer(ctx: ToolContext, message: Message, body: str, everyone: bool) -> OutgoingMail:
    mine = is_me(ctx, message.sender)
    asked = [who for who in message.reply_to if not is_me(ctx, who)]
    others = [who for who in message.to if not is_me(ctx, who)]
    to = _once((others or message.to) if mine else asked or [message.sender])
    if to and not any("@" in who.email for who in to):
        raise ToolInputError(f"There is no address to answer to: the mail names {quoted(name_of(to[0]))}.", "not_found")
    cc: tuple[Person, ...] = ()
    if everyone:
        named = {who.email.casefold() for who in to}
        rest = message.cc if mine else (*message.to, *message.cc)
        cc = _once(who for who in rest if who.email.casefold() not in named and not is_me(ctx, who))
    subject = one_line(message.subject)
    subject = subject if subject.casefold().startswith("re:") else f"Re: {subject}".strip()
    return OutgoingMail(to=to, cc=cc, subject=subject, body=body, in_reply_to=message.id)


def _once(who: Iterable[Person]) -> tuple[Person, ...]:
    """Each address once, as it stands first."""
    found: dict[str, Person] = {}
    for each in who:
        found.setdefault(each.email.casefold(), each)
    return tuple(found.values())


def _elsewhere(mail: OutgoingMail, message: Message) -> list[Person]:
    """To whom the answer goes because the mail asks for it, though they did not write it."""
    asked = {who.email.casefold() for who in message.reply_to} - {message.sender.email.casefold()}
    return [who for who in mail.to if who.email.casefold() in asked]


def _redirected(mail: OutgoingMail, message: Message | None) -> str:
    return f", where replies to {name_of(message.sender)} go," if message and _elsewhere(mail, message) else ""


def _other_domain(mail: OutgoingMail, message: Message | None) -> tuple[str, ...]:
    if message is None:
        return ()
    home = _domain(message.sender)
    away = [who for who in _elsewhere(mail, message) if not related(_domain(who), home)]
    sender = one_line(message.sender.email)
    return (f"This mail from {sender} asks for replies to another domain: {addresses(away)}.",) if away else ()


def _domain(who: Person) -> str:
    return who.email.casefold().rpartition("@")[2]


def _complete(mail: OutgoingMail) -> None:
    if not _everyone(mail):
        raise ToolInputError("Who should the mail go to?", "missing")
    if not mail.body.strip():
        raise ToolInputError(f"What should the mail to {names(_everyone(mail))} say?", "missing")


async def _resolved(ctx: ToolContext, mail: OutgoingMail, passed_on: Message | None) -> dict[str, Any]:
    return {
        "forward": passed_on.id if passed_on else None,
        "to": await person_args(ctx, mail.to),
        "cc": await person_args(ctx, mail.cc),
        "bcc": await person_args(ctx, mail.bcc),
        "subject": mail.subject,
        "body": mail.body,
    }


def _everyone(mail: OutgoingMail) -> Sequence[Person]:
    return (*mail.to, *mail.cc, *mail.bcc)


def _whom(mail: OutgoingMail) -> str:
    return f" to {names(_everyone(mail))}" if _everyone(mail) else ""


def _worded(mail: OutgoingMail) -> str:
    """What the mail is about and says: once, when its subject is all that it says."""
    body = one_line(mail.body)
    saying = f" saying “{body}”" if body and len(body) <= SPOKEN_BODY else ""
    once = saying and one_line(mail.subject).casefold().rstrip(_STOPS) == body.casefold().rstrip(_STOPS)
    return f" about {quoted(mail.subject)}{saying}" if mail.subject and not once else saying


def _to(mail: OutgoingMail) -> str:
    fields = (("to", mail.to), ("cc", mail.cc), ("bcc", mail.bcc))
    return "".join(f"{',' if label != 'to' else ''} {label} {addresses(who)}" for label, who in fields if who)


def _details(ctx: ToolContext, mail: OutgoingMail, near: str) -> tuple[tuple[str, str], ...]:
    """`near`: the draft that is sent or the mail that is answered, whose account it goes from; empty: the default."""
    lines = (
        # Of several addresses the user should see which one he writes from; of one account there is no choice.
        ("From", address_of(ctx.me.person) if ctx.me.others else ""),
        ("To", addresses(mail.to)),
        ("Cc", addresses(mail.cc)),
        ("Bcc", addresses(mail.bcc)),
        ("Subject", one_line(mail.subject)),
        ("Text", visible(mail.body)),
    )
    return (*((label, text) for label, text in lines if text), *named(ctx, "mail", near))


def _blank_subject(mail: OutgoingMail) -> tuple[str, ...]:
    return () if mail.subject else ("The mail has no subject.",)


def _value(ctx: ToolContext, message: Message) -> dict[str, Any]:
    return {"message": message_json(ctx, message)}


def _sent(ctx: ToolContext, message: Message) -> Result:
    mail = OutgoingMail(to=message.to, subject=message.subject, body="", cc=message.cc, bcc=message.bcc)
    return Result(_value(ctx, message), f"Sent {quoted(message.subject)}{_to(mail)}.")
