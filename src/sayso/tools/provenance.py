"""Where the words of a proposal come from: what the user said, or what was received from others.

A mail can ask a model for anything. It cannot confirm, but its wishes may come back as a proposal; so whatever in a
proposal stems from received text, and not from the user, is said in the proposal's warnings.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sayso.base.letters import plain
from sayso.tools.accounts import missed
from sayso.tools.base import Caution, Proposal, ToolContext, ToolInputError, texts
from sayso.tools.mail_forward import not_sent
from sayso.tools.own_words import heads, own_words
from sayso.tools.people import trusted
from sayso.tools.wording import one_line, quoted
from sayso.workspace.people import Me

_ADDRESS = re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'\\)\]]+[^\s<>\"'\\)\].,;:!?]", re.IGNORECASE)
_FORWARDED: Final = re.compile(r"^\s*(?:fwd?|wg|tr)\s*:", re.IGNORECASE)
_COPIED = 8  # words in a row that are no chance
_OWN = 4  # words in a row that are not the user's own when he has not said them and others have
_SITE = re.compile(r"(?<![\w.-])[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"(?<!\w)\d(?:[ ./()-]{0,2}\d){3,}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-][\d:]+)?)?")
_TALKS_TO_ASSISTANTS: Final = re.compile(
    r"\b(?:ignore|disregard|forget)\b.{0,30}\b(?:previous|prior|above|earlier|all)\b.{0,30}\binstructions?\b"
    r"|\byou are (?:an? |my )?(?:\w+ )?(?:ai|assistant|language model|agent)\b"
    r"|\b(?:attention|note|message|instructions?|notice|hey|hi|hello|dear|to)[,: ]+(?:for |to )?(?:the |any |all )?"
    r"(?:ai|llm|language model|virtual|digital|mail|email)?[ -]?(?:assistant|agent|ai|llm)s?\b"
    r"|</?(?:information|system|instructions?|important|user)>|\bsystem (?:prompt|message)\b"
    r"|\bbefore you can (?:solve|do|answer|complete)\b|\bas an? (?:ai|assistant|language model)\b",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A text of what was read; `author`: the address that the mail is from which it stands in, or empty."""

    text: str
    author: str


async def flagged(
    ctx: ToolContext,
    proposal: Proposal,
    typed: Sequence[str],
    received: Iterable[Any],
    fresh: Iterable[Any] | None = None,
) -> Proposal:
    """The proposal with a warning for each address, link or longer wording that stems from received text, and for each
    account that could not be looked at.

    `typed`: the user's own messages on the thread. `received`: what tools have read on it, as JSON; `fresh`: in this
    turn; None: all of it. What talks to assistants is told of what can be undone only in the turn that read it: said
    of everything that follows, nobody would read it.
    """
    received = list(received)
    pieces = [piece for item in received for piece in _pieces(item, ctx.me)]
    others = "\n".join(piece.text for piece in pieces)
    own = "\n".join(typed)
    if fresh is None or proposal.effect != "write":
        telling = others
    else:
        telling = "\n".join(piece.text for item in fresh for piece in _pieces(item, ctx.me))
    warnings = [Caution("not_read", each) for each in missed(ctx)]
    warnings += (
        [
            *await _address_warnings(ctx, proposal, own, others, received),
            *_link_warnings(proposal, own, others),
            *_copy_warnings(ctx.me, proposal, [*typed, *_written_by(ctx.me, received)], pieces),
            *_left_behind(proposal, received),
            *_spoken_to(telling),
        ]
        if others
        else []
    )
    return _warned(proposal, warnings)


def refuse_others_words(ctx: ToolContext, text: str, typed: Sequence[str], received: Iterable[Any]) -> None:
    """Raises ToolInputError where the text is not the user's: an address or a link that he has not typed, or four words
    in a row (or all of them), the name of a site or a number of four digits that were received and that he has not
    typed. Letters count as what they stand for (`９` is 9), and marks that nobody sees for nothing.

    `typed`: what the user said, here or when it was remembered. `received`: what tools have told on the thread.

    Mails that say to be the user's own count as received, since anybody can write that.
    """
    text, own = _plain(text), _plain("\n".join([*typed, ctx.me.name, ctx.me.email, *ctx.me.others]))
    others = _TIME.sub(" ", _plain("\n".join(part for item in received for part in _texts(item))))
    length = min(_OWN, len(_words(text)))
    foreign = [
        *sorted((_found(_ADDRESS, text) - _found(_ADDRESS, own)) | (_found(_LINK, text) - _found(_LINK, own))),
        *sorted(_sites(text) & _sites(others) - _sites(own)),
        *(number for number in sorted(_numbers(text)) if _within(number, others) and not _within(number, own)),
        *(" ".join(run) for run in sorted(_runs(text, length) & _runs(others, length) - _runs(own, length))),
    ]
    if foreign:
        raise ToolInputError(
            f"Only what you have said yourself can be taken here, and {quoted(foreign[0])} is not in your messages.",
            "not_own_words",
        )


def carried(old: Proposal, new: Proposal) -> Proposal:
    """The proposal after an edit, with those of the old one's warnings about provenance that still hold; of one that an
    earlier version stored with all, since nothing tells which they are."""
    said = "\n".join(_texts(new.args)).casefold()
    return _warned(new, [each for each in old.warnings if _still_holds(each, said)])


def _warned(proposal: Proposal, warnings: Iterable[Caution]) -> Proposal:
    """The proposal with these warnings, too, and of an address no sentence twice."""
    new = tuple(warning for warning in warnings if warning.text not in texts(proposal.warnings))
    told = {each.about for each in new if each.code == "address"}
    old = [each for each in proposal.warnings if each.code != "only_heard_from" or each.about.casefold() not in told]
    return replace(proposal, warnings=(*old, *new)) if new else proposal


def _still_holds(warning: Caution, said: str) -> bool:
    if warning.code in ("address", "link"):
        return warning.about in said
    return warning.code in ("copied", "talk", "not_sent", "")


async def _address_warnings(
    ctx: ToolContext, proposal: Proposal, own: str, others: str, received: Sequence[Any]
) -> list[Caution]:
    said, seen = _found(_ADDRESS, own), _found(_ADDRESS, others)
    used = _found(_ADDRESS, "\n".join(_texts(proposal.args)))
    return [
        Caution(
            "address",
            f"{one_line(address)} comes from text that you received; you have never written to it.",
            address,
        )
        for address in sorted((used & seen) - said - _heading(proposal, received))
        if not ctx.me.owns(address) and not await trusted(ctx, address)
    ]


def _link_warnings(proposal: Proposal, own: str, others: str) -> list[Caution]:
    used = _found(_LINK, "\n".join(_texts(proposal.args)))
    from_others = used & _found(_LINK, others) - _found(_LINK, own)
    return [
        Caution("link", f"The link {one_line(link)} comes from text that you received.", link)
        for link in sorted(from_others)
    ]


def _heading(proposal: Proposal, received: Iterable[Any]) -> set[str]:
    """The addresses that only stand above the words of a mail which is quoted, where it says from whom and to whom that
    very mail was."""
    body = str(proposal.args.get("body", ""))
    above = set(heads(body))
    if not above:
        return set()
    rest = [line for line in body.split("\n") if line not in above]
    used = _found(_ADDRESS, "\n".join([*rest, *_texts({**proposal.args, "body": ""})]))
    told = [
        str(who.get("email")).casefold()
        for message in _messages(received)
        if _passes_on(body, message)
        for who in (message.get("from"), *message.get("to", ()), *message.get("cc", ()))
        if isinstance(who, dict)
    ]
    return (_found(_ADDRESS, "\n".join(above)) & set(told)) - used


def _copy_warnings(me: Me, proposal: Proposal, own: Sequence[str], pieces: Sequence[_Piece]) -> list[Caution]:
    """Wording that leaves for other people and was copied from what others wrote; each may get back what he wrote."""
    if proposal.effect != "outbound":
        return []
    mail = proposal.target.get("mail", {})
    whom = {str(who["email"]).casefold() for field in ("to", "cc", "bcc") for who in mail.get(field, ())}
    theirs: dict[str, set[tuple[str, ...]]] = {}
    for piece in pieces:
        theirs.setdefault(piece.author, set()).update(_runs(piece.text))
    known = [theirs.get(each, set()) for each in whom if not me.owns(each)]
    harmless = set.intersection(*known) if known else set()
    harmless = harmless.union(*map(_runs, own))
    copied = set().union(*map(_runs, _texts(proposal.args))) - harmless
    told = Caution("copied", "Part of its wording is copied from text that you received.")
    return [told] if any(copied & runs for runs in theirs.values()) else []


def _left_behind(proposal: Proposal, received: Sequence[Any]) -> tuple[Caution, ...]:
    """Attachments of a mail whose words are passed on by copying them, where `forward` would have named them."""
    body, subject = str(proposal.args.get("body", "")), str(proposal.args.get("subject", ""))
    if "forward" not in proposal.args or proposal.args["forward"]:
        return ()
    sent = {(each["message_id"], each["number"]) for each in proposal.target.get("mail", {}).get("attachments", ())}
    passed_on = [
        message for message in _messages(received) if _passes_on(body, message, bool(_FORWARDED.match(subject)))
    ]
    return not_sent(
        quoted(str(item["name"]))
        for message in passed_on
        for number, item in enumerate(message["attachments"], start=1)
        if (message.get("id"), number) not in sent
    )


def _passes_on(body: str, message: dict[str, Any], whole: bool = True) -> bool:
    """Whether words of a mail are in a body; with `whole` also when it is too short to tell but is all in there."""
    text = _text_of(message)
    return bool(_runs(text) & _runs(body)) or (whole and " ".join(text.split()) in " ".join(body.split()))


def _text_of(message: dict[str, Any]) -> str:
    return str(message.get("body") or message.get("text") or "")


def _written_by(me: Me, received: Iterable[Any]) -> list[str]:
    """What the user himself wrote in the mails that were read."""
    mine = [message for message in _messages(list(received)) if me.owns(str((message.get("from") or {}).get("email")))]
    return [own_words(_text_of(message), str(message.get("subject", "")))[0] for message in mine]


def _messages(value: Any) -> list[dict[str, Any]]:
    """Every mail with its text and attachments in a piece of JSON."""
    if isinstance(value, dict):
        mine = [value] if isinstance(value.get("attachments"), list) and _text_of(value) else []
        return [*mine, *(message for item in value.values() for message in _messages(item))]
    return [message for item in value for message in _messages(item)] if isinstance(value, list | tuple) else []


def _spoken_to(others: str) -> list[Caution]:
    found = _TALKS_TO_ASSISTANTS.search(others)
    if found is None:
        return []
    start = max(found.start() - 20, 0)
    passage = one_line(others[start : found.end() + 60])
    told = f"Something that was read for this talks to assistants (“…{passage}…”): is this what you asked for?"
    return [Caution("talk", told)]


def _plain(text: str) -> str:
    """The text in plain letters, without the marks between them that nobody sees."""
    return text if text.isascii() else "".join(each for each in plain(text) if unicodedata.category(each) != "Cf")


def _runs(text: str, length: int = _COPIED) -> set[tuple[str, ...]]:
    words = _words(text)
    return {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _numbers(text: str) -> set[str]:
    """Numbers of at least four digits, however they are grouped."""
    return {"".join(filter(str.isdigit, found)) for found in _NUMBER.findall(text)}


def _within(number: str, text: str) -> bool:
    """Whether the text has the number, be it beside others."""
    return any(number in found for found in _numbers(text))


def _found(pattern: re.Pattern[str], text: str) -> set[str]:
    return {match.casefold() for match in pattern.findall(text)}


def _sites(text: str) -> set[str]:
    """Names like `shop.example`, also those in addresses and links."""
    return {site for site in _found(_SITE, text) if len(end := site.rpartition(".")[2]) > 1 and end.isalpha()}


def _texts(value: Any) -> list[str]:
    """Every text in a piece of JSON."""
    return [piece.text for piece in _pieces(value)]


def _pieces(value: Any, me: Me | None = None, author: str = "") -> list[_Piece]:
    """Every text in a piece of JSON, but not in messages that the user, `me`, wrote."""
    if isinstance(value, str):
        return [_Piece(value, author)]
    if isinstance(value, dict):
        sender = value.get("from")
        if isinstance(sender, dict):
            author = str(sender.get("email")).casefold()
            if me is not None and me.owns(author):
                return []
        return [piece for item in value.values() for piece in _pieces(item, me, author)]
    if isinstance(value, list | tuple):
        return [piece for item in value for piece in _pieces(item, me, author)]
    return []
