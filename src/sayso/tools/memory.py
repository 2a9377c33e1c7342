"""Remember and forget: what the user wants to be known from now on."""

from collections.abc import Sequence
from typing import Any

from sayso.base import sizes
from sayso.english.matching import words
from sayso.tools import cards
from sayso.tools.arguments import Forget, Remember
from sayso.tools.base import Call, EffectTool, Proposal, Result, ToolContext, ToolInputError
from sayso.tools.choosing import Kind, best, close
from sayso.tools.kept import Memory, MemoryKind
from sayso.tools.wording import one_line, quoted, visible

_STOP = frozenset({"my", "the", "a", "an", "that", "about", "preference", "preferences", "memory", "one", "i", "said"})
_SIZES: dict[MemoryKind, int] = {"preference": sizes.PREFERENCE, "signature": sizes.SIGNATURE}
_LABELS: dict[MemoryKind, str] = {"preference": "Preference", "signature": "Signature"}


class RememberTool(EffectTool[Remember]):
    name = "remember"
    description = (
        "Remember a lasting preference of the user, or the signature for mails, when the user asks for that. Only what "
        "the user has said, in the user's own words; nothing that was read."
    )
    effect = "write"
    own_words = ("text",)
    Args = Remember

    async def prepare(self, ctx: ToolContext, args: Remember) -> Proposal:
        text = one_line(args.text) if args.kind == "preference" else visible(args.text).strip()
        if not text:
            raise ToolInputError("What should be remembered?", "missing")
        if len(text) > _SIZES[args.kind]:
            raise ToolInputError(
                f"A {args.kind} has at most {_SIZES[args.kind]:,} characters, and this has {len(text):,}: shorten it."
            )
        others = [memory for memory in await ctx.memory.all() if memory.kind == args.kind]
        if any(memory.text.casefold() == text.casefold() for memory in others):
            raise ToolInputError(f"The {args.kind} {quoted(text)} is remembered already.", "nothing_to_do")
        if args.kind == "preference":
            if len(others) >= sizes.PREFERENCES:
                raise ToolInputError(
                    f"{sizes.PREFERENCES} preferences are remembered already: propose to forget one of them first."
                )
            return self._proposal(args, text, None, f"remember {quoted(text)}")
        before, instead = (others[0], f", in place of {quoted(others[0].text)}") if others else (None, "")
        return self._proposal(args, text, before, f"remember the signature {quoted(text)}{instead}")

    def _proposal(self, args: Remember, text: str, before: Memory | None, question: str) -> Proposal:
        was = _shown(before) if before else None
        replaces = {"replaces": before.id, "revision": before.id, "before": before.text} if before else {"replaces": ""}
        return Proposal(
            effect="write",
            args=args.model_copy(update={"text": text}).model_dump(),
            target=replaces,
            question=question,
            preview=question.replace("remember", "Remember", 1),
            details=((_LABELS[args.kind], text),),
            card=cards.card(
                "memory.keep",
                cards.title(text),
                cards.REMEMBER,
                before=was,
                after={"kind": args.kind, "text": text},
            ),
        )

    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        kind, text = proposal.args["kind"], proposal.args["text"]
        return self._result(proposal, await ctx.memory.remember(kind, text, proposal.target["replaces"], key))

    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        done = await ctx.memory.applied(key)
        return None if done is None else self._result(proposal, done)

    def reversible(self, proposal: Proposal) -> bool:
        return True

    def reverse(self, proposal: Proposal, value: dict[str, Any], revision: str) -> Sequence[Call]:
        """The signature whose place another took comes back; else it is forgotten."""
        memory, before = value["memory"], proposal.target.get("before")
        if before:
            return (Call("remember", {"text": before, "kind": memory["kind"]}, memory["id"], memory["id"]),)
        return (Call("forget", {"memory": memory["id"]}, memory["id"], memory["id"]),)

    def _result(self, proposal: Proposal, memory_id: str) -> Result:
        value = {"id": memory_id, "kind": proposal.args["kind"], "text": proposal.args["text"]}
        return Result({"memory": value}, proposal.preview.replace("Remember", "Remembered", 1) + ".")


class ForgetTool(EffectTool[Forget]):
    name = "forget"
    description = "Forget a preference or the signature that was remembered."
    effect = "write"
    Args = Forget

    async def prepare(self, ctx: ToolContext, args: Forget) -> Proposal:
        memory = _one(args.memory, await ctx.memory.all())
        return Proposal(
            effect="write",
            args=args.model_copy(update={"memory": memory.id}).model_dump(),
            target={
                "memory": {"id": memory.id, "kind": memory.kind, "text": memory.text},
                "revision": memory.id,
            },
            question=f"forget {_label(memory)}",
            preview=f"Forget {_label(memory)}",
            details=((_LABELS[memory.kind], memory.text),),
            touches=memory.id,
            card=cards.card("memory.forget", cards.title(memory.text), cards.FORGET, before=_shown(memory)),
        )

    async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
        await ctx.memory.forget(proposal.args["memory"], key)
        return self._result(proposal)

    async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
        return None if await ctx.memory.applied(key) is None else self._result(proposal)

    def reversible(self, proposal: Proposal) -> bool:
        return True

    def reverse(self, proposal: Proposal, value: dict[str, Any], revision: str) -> Sequence[Call]:
        memory = value["memory"]
        return (Call("remember", {"text": memory["text"], "kind": memory["kind"]}, memory["id"]),)

    def _result(self, proposal: Proposal) -> Result:
        """The receipt tells all of the text, so that it can be remembered again."""
        memory: dict[str, Any] = proposal.target["memory"]
        return Result({"memory": memory}, proposal.preview.replace("Forget", "Forgot", 1) + ".")


def _shown(memory: Memory) -> dict[str, Any]:
    return {"kind": memory.kind, "text": memory.text}


def _label(memory: Memory) -> str:
    return f"the signature {quoted(memory.text)}" if memory.kind == "signature" else quoted(memory.text)


_KIND: Kind[Memory] = Kind(
    "memory",
    "memories",
    lambda memory: memory.id,
    _label,
    lambda memory: ("signature", "", memory.text) if memory.kind == "signature" else (memory.text,),
)


def _one(text: str, memories: list[Memory]) -> Memory:
    """The one that is meant by its id, its text or a description of it. Raises ToolInputError."""
    if not memories:
        raise ToolInputError("Nothing is remembered yet, so there is nothing to forget.", "nothing_to_do")
    wanted = [word for word in words(text) if word not in _STOP] or words(text)
    fitting = [each for each in memories if text in (each.id, each.text)] or best(_KIND, wanted, memories)
    if not fitting:
        raise _KIND.not_found(text, close(_KIND, wanted, memories) or memories)
    if len(fitting) > 1:
        raise _KIND.ambiguous(text, fitting)
    return fitting[0]
