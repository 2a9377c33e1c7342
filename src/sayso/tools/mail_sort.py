"""Putting mail in its place: archive, labels, trash. Each is one change to one or more messages."""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel

from sayso.base import sizes
from sayso.english.matching import fold, likeness
from sayso.tools import cards
from sayso.tools.accounts import account_of_card, named, of_one_account
from sayso.tools.arguments import ArchiveMail, LabelMail, TrashMail
from sayso.tools.base import A, Call, Caution, Effect, EffectTool, Proposal, Result, ToolContext, ToolInputError
from sayso.tools.choosing import Kind
from sayso.tools.json import header_json
from sayso.tools.mail_card import items_of
from sayso.tools.mail_resolve import some_messages
from sayso.tools.wording import count, join, name_of, quoted, received, sentence
from sayso.workspace.types import Header

_SYSTEM = {"inbox": "inbox", "unread": "unread", "starred": "starred", "star": "starred", "trash": "trash"}
_SPOKEN = 3
"""Up to so many mails are named in a question and a preview."""
_KEPT = frozenset({"trash", "sent", "drafts"})
"""Labels that the mailbox gives; putting mail into the trash is `trash_mail`'s."""


_MARKS = frozenset({"unread", "starred"})
_PLACES = frozenset({"inbox", "trash"})
_UNDONE = 40
"""Of one action: so many calls at most put back what it changed."""


class _SortTool(EffectTool[A]):
    """Changes the labels of the messages that the proposal names."""

    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        target = proposal.target
        messages = await ctx.mail.relabel(target["ids"], target["add"], target["remove"], key)
        return self._result(ctx, proposal, messages)

    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        """Labels are a set: how the messages are by now says whether it was done."""
        target = proposal.target
        messages = await ctx.mail.get_messages(target["ids"])
        so = all(_is_so(each, target["add"], target["remove"]) for each in messages)
        return self._result(ctx, proposal, messages) if so else None

    def reversible(self, proposal: Proposal) -> bool:
        """What is taken from under `sent` or `drafts`, where trash is a place, cannot be put there again."""
        before = proposal.target.get("before")
        there = {label for labels in (before or {}).values() for label in labels}
        return before is not None and not ("trash" in proposal.target["add"] and there & {"sent", "drafts"})

    def reverse(self, proposal: Proposal, value: dict[str, Any], revision: str) -> Sequence[Call]:
        """One call for all messages of which the same was changed: a label that one had before stays with it. Where a
        mail has another id in another place, it is the one that it has now."""
        target, messages = proposal.target, value["messages"]
        if len(messages) != len(target.get("before", ())):
            return ()  # an earlier version proposed it
        alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[tuple[str, list[str]]]] = {}
        for before, each in zip(map(target["before"].get, target["ids"]), messages, strict=True):
            after = _labels(each["labels"], each["unread"])
            change = _way_back(before, after, target["add"], target["remove"])
            alike.setdefault(change, []).append((each["id"], after))
        alike.pop(((), ()), None)
        if any(_KEPT & {*add} for add, _ in alike):
            return ()
        calls = []
        for (add, remove), all_alike in alike.items():
            for at in range(0, len(all_alike), sizes.ITEMS):
                some = all_alike[at : at + sizes.ITEMS]
                ids = [ident for ident, _ in some]
                left = _as_left([after for _, after in some], add, remove)
                args = {"messages": ids, "add": list(add), "remove": list(remove)}
                calls.append(Call("label_mail", args, ids[0] if len(ids) == 1 else "", left))
        return calls if len(calls) <= _UNDONE else ()

    def _result(self, ctx: ToolContext, proposal: Proposal, messages: Sequence[Header]) -> Result:
        return Result({"messages": [header_json(ctx, each) for each in messages]}, proposal.target["receipt"])


def _labels(labels: Sequence[str], unread: bool) -> list[str]:
    return [*labels, *(("unread",) if unread else ())]


def _way_back(
    before: Sequence[str], after: Sequence[str], added: Sequence[str], removed: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What to add and to remove so that a message has the labels again that it had. Marks that others set meanwhile
    are theirs. Where a mail comes out of the trash it comes to the inbox, unless it is taken from there, too."""
    touched = {fold(label) for label in (*added, *removed)}
    had, has = {fold(label) for label in before}, {fold(label) for label in after}
    lost = [label for label in before if fold(label) not in has and (fold(label) in touched or label not in _MARKS)]
    ours = {fold(label) for label in added} | _PLACES
    gained = [label for label in after if fold(label) not in had and fold(label) in ours]
    if "trash" in gained and not {"inbox", *_KEPT} & (had & has) and "inbox" not in (*had, *gained):
        gained.append("inbox")
    return tuple(lost), tuple(gained)


def _as_left(labels: Sequence[Sequence[str]], add: Sequence[str], remove: Sequence[str]) -> str:
    """How messages stand, as far as putting them back is about it: opaque, to be compared."""
    about = {fold(label) for label in (*add, *remove)} | _PLACES
    return json.dumps([sorted({fold(each) for each in some} & about) for some in labels])


def _is_so(message: Header, add: Sequence[str], remove: Sequence[str]) -> bool:
    labels = {fold(label) for label in (*message.labels, *(("unread",) if message.unread else ()))}
    return labels.issuperset(map(fold, add)) and labels.isdisjoint(map(fold, remove))


class ArchiveMailTool(_SortTool[ArchiveMail]):
    name = "archive_mail"
    description = "Take messages out of the inbox; they stay findable."
    effect = "write"
    needs = frozenset({"mail"})
    Args = ArchiveMail

    async def prepare(self, ctx: ToolContext, args: ArchiveMail) -> Proposal:
        found = await some_messages(ctx, args.messages)
        messages = [message for message in found if "inbox" in message.labels]
        if not messages:
            raise ToolInputError(f"{_spoken(found)} {_is(found)} not in the inbox any more.", "nothing_to_do")
        verbs = ("archive", "Archive", "Archived")
        return _proposal(ctx, args, "messages.archive", self.effect, messages, [], ["inbox"], verbs)


class TrashMailTool(_SortTool[TrashMail]):
    name = "trash_mail"
    description = "Move messages to the trash."
    effect = "destructive"
    needs = frozenset({"mail"})
    Args = TrashMail

    async def prepare(self, ctx: ToolContext, args: TrashMail) -> Proposal:
        found = await some_messages(ctx, args.messages)
        messages = [message for message in found if "trash" not in message.labels]
        if not messages:
            raise ToolInputError(f"{_spoken(found)} {_is(found)} in the trash already.", "nothing_to_do")
        verbs = ("move {} to the trash", "Move {} to the trash", "Moved {} to the trash")
        return _proposal(ctx, args, "messages.trash", self.effect, messages, ["trash"], [], verbs)


class LabelMailTool(_SortTool[LabelMail]):
    name = "label_mail"
    description = 'Add or remove labels, also "starred" and "unread" (removing it marks as read).'
    effect = "write"
    needs = frozenset({"mail"})
    Args = LabelMail

    async def prepare(self, ctx: ToolContext, args: LabelMail) -> Proposal:
        known = await ctx.mail.labels()
        add, new = _added(args.add, known)
        remove = [_known_label(name, known) for name in args.remove]
        if not add and not remove:
            raise ToolInputError("Which label should I add or remove?", "missing")
        found = await some_messages(ctx, args.messages)
        messages = [each for each in found if not (_has(each, add) and _lacks(each, remove))]
        if not messages:
            raise ToolInputError(f"{_spoken(found)} {_is(found)} {_state(add, remove)} already.", "nothing_to_do")
        args = args.model_copy(update={"add": add, "remove": remove})
        warnings = tuple(
            Caution("no_such_label", f"There is no label {quoted(name)} yet; it will be made.") for name in new
        )
        verbs = _label_verbs(add, remove, len(messages))
        return _proposal(ctx, args, "messages.label", self.effect, messages, add, remove, verbs, warnings)

    def as_left(self, reverse: Proposal, call: Call) -> bool:
        """By the labels: a mail that was read or labeled otherwise since is put back all the same."""
        target = reverse.target
        labels = [target["before"][ident] for ident in target["ids"]]
        return _as_left(labels, target["add"], target["remove"]) == call.revision


def _state(add: Sequence[str], remove: Sequence[str]) -> str:
    """ "starred", "read", "labeled 'Receipts'", "without the label 'Receipts'"."""
    said = [name if name in ("starred", "unread") else f"labeled {quoted(name)}" for name in add]
    gone = {"unread": "read", "starred": "not starred"}
    said += [gone.get(name) or f"without the label {quoted(name)}" for name in remove]
    return join(said)


def _proposal(
    ctx: ToolContext,
    args: BaseModel,
    kind: cards.Kind,
    effect: Effect,
    messages: Sequence[Header],
    add: list[str],
    remove: list[str],
    verbs: tuple[str, str, str],
    warnings: tuple[Caution, ...] = (),
) -> Proposal:
    ids = [message.id for message in messages]
    of_one_account(ctx, "mail", ids, "messages")
    question, preview, receipt = [verb if "{}" in verb else verb + " {}" for verb in verbs]
    details = (*(("Message", _named(message)) for message in messages), *named(ctx, "mail", ids[0]))
    return Proposal(
        effect=effect,
        args=args.model_copy(update={"messages": ids}).model_dump(),
        target={
            "ids": ids,
            "add": add,
            "remove": remove,
            "receipt": receipt.format(_spoken(messages)) + ".",
            "before": {message.id: _labels(message.labels, message.unread) for message in messages},
            **({"revision": messages[0].revision} if len(messages) == 1 else {}),
        },
        question=question.format(_spoken(messages, _SPOKEN)),
        preview=_preview(preview, messages),
        details=details,
        warnings=warnings,
        touches=ids[0] if len(ids) == 1 else "",
        card=cards.card(
            kind,
            _summary(messages),
            preview.format(cards.mails(len(messages))),
            items=items_of(ctx, messages),
            account=account_of_card(ctx, "mail", ids[0]),
        ),
    )


def _named(message: Header) -> str:
    return f"{received(message.subject)} from {name_of(message.sender)}"


def _spoken(messages: Sequence[Header], most: int = 0) -> str:
    """Messages by subject and sender, all of them or just the first: what is changed is never only a number."""
    named = _named_all(messages, most)
    return named if len(messages) == 1 else f"{_number(messages)} ({named})"


def _preview(verb: str, messages: Sequence[Header]) -> str:
    """ "Archive 7 mails: 'A' from X, 'B' from Y and 5 more": details and card have them all."""
    named = _named_all(messages, _SPOKEN)
    return verb.format(named) if len(messages) == 1 else f"{verb.format(_number(messages))}: {named}"


def _named_all(messages: Sequence[Header], most: int) -> str:
    if not most or len(messages) <= most:
        return join([_named(message) for message in messages])
    shown = [_named(message) for message in messages[: most - 1]]
    return join([*shown, f"{len(messages) - len(shown)} more"])


def _number(messages: Sequence[Header]) -> str:
    return count(len(messages), "mail")


def _summary(messages: Sequence[Header]) -> str:
    what = cards.title(messages[0].subject) if len(messages) == 1 else _number(messages)
    senders = {message.sender.email.casefold(): message.sender for message in messages}
    return cards.line(what, cards.people([*senders.values()]))


def _is(messages: Sequence[Header]) -> str:
    return "is" if len(messages) == 1 else "are"


def _label_verbs(add: Sequence[str], remove: Sequence[str], number: int) -> tuple[str, str, str]:
    """Question, preview and receipt around `{}`, the messages."""
    parts: list[tuple[str, str]] = []
    plain_add = [name for name in add if name not in _SYSTEM.values()]
    plain_remove = [name for name in remove if name not in _SYSTEM.values()]
    special = {
        ("unread", True): ("mark {} as unread", "Marked {} as unread"),
        ("unread", False): ("mark {} as read", "Marked {} as read"),
        ("starred", True): ("star {}", "Starred {}"),
        ("starred", False): ("take the star off {}", "Took the star off {}"),
        ("trash", False): ("take {} out of the trash", "Took {} out of the trash"),
        ("inbox", True): ("move {} to the inbox", "Moved {} to the inbox"),
        ("inbox", False): ("archive {}", "Archived {}"),
    }
    parts += [special[name, True] for name in add if name not in plain_add]
    parts += [special[name, False] for name in remove if name not in plain_remove]
    if plain_add:
        labels = _braced(plain_add)
        parts.append((f"label {{}} as {labels}", f"Labeled {{}} as {labels}"))
    if plain_remove:
        labels = _braced(plain_remove)
        parts.append((f"remove {labels} from {{}}", f"Removed {labels} from {{}}"))
    return _together(parts, "it" if number == 1 else "them")


def _braced(labels: Sequence[str]) -> str:
    return join([quoted(name) for name in labels]).replace("{", "{{").replace("}", "}}")


def _together(parts: Sequence[tuple[str, str]], pronoun: str) -> tuple[str, str, str]:
    """The first part names the messages, the further ones are about "it" or "them"."""
    first, *further = parts
    rest = [(asked.replace("{}", pronoun), done.replace("{}", pronoun)) for asked, done in further]
    question = join([first[0], *(asked for asked, _ in rest)])
    done = join([first[1], *(done[:1].lower() + done[1:] for _, done in rest)])
    return question, sentence(question), done


def _added(names: Sequence[str], known: Sequence[str]) -> tuple[list[str], list[str]]:
    """Labels by their written names, and which of them are new."""
    add, new = [], []
    for name in names:
        if fold(name.strip()) in _KEPT:
            raise ToolInputError(
                f"The label {quoted(name)} cannot be added; use trash_mail to put mail into the trash."
            )
        same = _same_label(name, known)
        add.append(same or name.strip())
        new += [] if same else [name.strip()]
    return add, new


def _same_label(name: str, known: Sequence[str]) -> str | None:
    folded = fold(name.strip())
    if folded in _SYSTEM:
        return _SYSTEM[folded]
    return next((each for each in known if fold(each) == folded), None)


def _known_label(name: str, known: Sequence[str]) -> str:
    if same := _same_label(name, known):
        return same
    kind: Kind[str] = Kind("label", "labels", lambda each: each, lambda each: each, lambda each: (each,))
    near = [each for each in known if likeness(fold(name), [fold(each)])]
    if len(near) == 1:
        return near[0]
    raise kind.not_found(name, near or list(known))


def _has(message: Header, labels: Sequence[str]) -> bool:
    return all(_carries(message, name) for name in labels)


def _lacks(message: Header, labels: Sequence[str]) -> bool:
    return not any(_carries(message, name) for name in labels)


def _carries(message: Header, name: str) -> bool:
    return message.unread if name == "unread" else name in message.labels
