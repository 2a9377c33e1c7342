"""Putting mail in its place: archive, labels, trash. Each is one change to one or more messages."""

from collections.abc import Sequence

from pydantic import BaseModel

from sayso.english.matching import fold, likeness
from sayso.tools.accounts import named, of_one_account
from sayso.tools.arguments import ArchiveMail, LabelMail, TrashMail
from sayso.tools.base import A, Effect, EffectTool, Proposal, Result, ToolContext, ToolInputError
from sayso.tools.choosing import Kind
from sayso.tools.json import header_json
from sayso.tools.mail_resolve import some_messages
from sayso.tools.wording import count, join, name_of, quoted, received, sentence
from sayso.workspace.types import Header

_SYSTEM = {"inbox": "inbox", "unread": "unread", "starred": "starred", "star": "starred", "trash": "trash"}
_KEPT = frozenset({"trash", "sent", "drafts"})
"""Labels that the mailbox gives; putting mail into the trash is `trash_mail`'s."""


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

    def _result(self, ctx: ToolContext, proposal: Proposal, messages: Sequence[Header]) -> Result:
        return Result({"messages": [header_json(ctx, each) for each in messages]}, proposal.target["receipt"])


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
        return _proposal(ctx, args, self.effect, messages, [], ["inbox"], ("archive", "Archive", "Archived"))


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
        return _proposal(ctx, args, self.effect, messages, ["trash"], [], verbs)


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
        warnings = tuple(f"There is no label {quoted(name)} yet; it will be made." for name in new)
        return _proposal(
            ctx, args, self.effect, messages, add, remove, _label_verbs(add, remove, len(messages)), warnings
        )


def _state(add: Sequence[str], remove: Sequence[str]) -> str:
    """ "starred", "read", "labeled 'Receipts'", "without the label 'Receipts'"."""
    said = [name if name in ("starred", "unread") else f"labeled {quoted(name)}" for name in add]
    gone = {"unread": "read", "starred": "not starred"}
    said += [gone.get(name) or f"without the label {quoted(name)}" for name in remove]
    return join(said)


def _proposal(
    ctx: ToolContext,
    args: BaseModel,
    effect: Effect,
    messages: Sequence[Header],
    add: list[str],
    remove: list[str],
    verbs: tuple[str, str, str],
    warnings: tuple[str, ...] = (),
) -> Proposal:
    ids = [message.id for message in messages]
    of_one_account(ctx, "mail", ids, "messages")
    question, preview, receipt = [verb if "{}" in verb else verb + " {}" for verb in verbs]
    details = (*(("Message", _named(message)) for message in messages), *named(ctx, "mail", ids[0]))
    return Proposal(
        effect=effect,
        args=args.model_copy(update={"messages": ids}).model_dump(),
        target={"ids": ids, "add": add, "remove": remove, "receipt": receipt.format(_spoken(messages)) + "."},
        question=question.format(_spoken(messages)),
        preview=preview.format(_spoken(messages)),
        details=details,
        warnings=warnings,
        touches=ids[0] if len(ids) == 1 else "",
    )


def _named(message: Header) -> str:
    return f"{received(message.subject)} from {name_of(message.sender)}"


def _spoken(messages: Sequence[Header]) -> str:
    """Every message by its subject and sender: what is to be changed is never only a number."""
    named = join([_named(message) for message in messages])
    return named if len(messages) == 1 else f"{count(len(messages), 'message')} ({named})"


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
