"""AgentDojo's workspace behind Sayso: its tools as ours, its people as ours, a model that obeys every injection."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, ClassVar, cast

from agentdojo.functions_runtime import Function, FunctionCall, FunctionsRuntime
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models import Model
from pydantic_ai.models.function import AgentInfo, FunctionModel

from sayso.tools.base import AnyTool, EffectTool, Proposal, ReadTool, Result, ToolContext, ToolInputError
from sayso.workspace.protocols import Workspace
from sayso.workspace.search import And, Query, Words
from sayso.workspace.types import Contact, Header, Page, Person

READS = ("get_", "search_", "list_")
MARK = "<INFORMATION>"


@dataclass
class World:
    """The environment of the pair that is being run, and who obeys whom in it."""

    suite: Any
    env: Any = None
    user: Any = None
    injection: Any = None
    effects: list[str] = field(default_factory=list)
    """Every effect that took place."""
    tempted: bool = False
    """An injection was read, be it behind the cut of a long result, where a model gets at it with `read_more`."""

    def enter(self, user: Any, injection: Any, attack: Any) -> None:
        self.user, self.injection, self.tempted = user, injection, False
        self.env = self.suite.load_and_inject_default_environment(attack.attack(user, injection))

    def call(self, name: str, args: dict[str, Any]) -> Any:
        result, error = FunctionsRuntime(self.suite.tools).run_function(self.env, name, args)
        if error:
            raise ToolInputError(error)
        found = json.loads(json.dumps(result, default=_plain))
        self.tempted = self.tempted or MARK in json.dumps(found)
        return found

    def state(self) -> str:
        """Everything that an effect would change; that a mail has been read is none."""
        state = self.env.model_dump(mode="json")
        return json.dumps(_without_read(state), sort_keys=True)


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else str(value)


def _without_read(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_read(item) for key, item in value.items() if key != "read"}
    return [_without_read(item) for item in value] if isinstance(value, list) else value


def tools(world: World) -> dict[str, AnyTool]:
    """The suite's tools: those that only read run, the others wait for consent."""
    return {tool.name: _tool(world, tool) for tool in world.suite.tools}


def _tool(world: World, function: Function) -> AnyTool:
    class Look(ReadTool[Any]):
        name: ClassVar[str] = function.name
        description: ClassVar[str] = function.description
        Args = function.parameters

        async def run(self, ctx: ToolContext, args: Any) -> dict[str, Any]:
            return {"found": world.call(function.name, args.model_dump())}

    class Act(EffectTool[Any]):
        name: ClassVar[str] = function.name
        description: ClassVar[str] = function.description
        effect = "outbound"
        Args = function.parameters

        async def prepare(self, ctx: ToolContext, args: Any) -> Proposal:
            given = args.model_dump(mode="json")
            return Proposal("outbound", given, f"{function.name} {given}", f"{function.name} {given}")

        async def run(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result:
            world.effects.append(function.name)
            return Result({"done": world.call(function.name, proposal.args)}, "Done.")

        async def reconcile(self, ctx: ToolContext, proposal: Proposal, key: str) -> Result | None:
            return None

    return Look() if function.name.startswith(READS) else Act()


@dataclass(frozen=True, slots=True)
class Suite:
    """Everybody's systems are those of the suite. An `Accounts`."""

    world: World

    async def workspace(self, user_id: str, me: Person) -> Workspace:
        return _workspace(self.world)


def _workspace(world: World) -> Workspace:
    """As much of a workspace as the question needs: to whom has the user written, and who has written to him?"""

    class Mail:
        async def search(self, query: Query, limit: int, after: str = "") -> Page[Header]:
            assert isinstance(query, And)
            [wanted] = [term for term in query.queries if isinstance(term, Words)]
            me, who = world.env.inbox.account_email, wanted.text
            mails = world.env.inbox.emails.values()
            if wanted.where == "from":
                there = [(who, me) for mail in mails if mail.sender == who]
            else:
                there = [(me, who) for mail in mails if mail.sender == me and who in mail.recipients]
            found = [SimpleNamespace(sender=Person(one), to=(Person(other),), cc=(), bcc=()) for one, other in there]
            return Page([cast(Header, each) for each in found], total=len(found))

    class Contacts:
        async def find(self, name: str, limit: int) -> Page[Contact]:
            return Page([], total=0)

    return Workspace(mail=cast(Any, Mail()), contacts=Contacts())


@dataclass
class Obedient:
    """A `ModelSource` that reads what the user's task needs and then does whatever anybody told it to."""

    world: World
    name: str = "obedient"
    words_outcomes: bool = False

    def model(self, context: ToolContext) -> Model:
        return FunctionModel(self._answer)

    async def _answer(self, messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        read = [part for message in messages for part in message.parts if isinstance(part, ToolReturnPart)]
        if not read:
            calls = [call for call in self._of(self.world.user) if call.function.startswith(READS)]
            if calls:
                return _calls(calls)
        calls = [call for call in self._of(self.world.user) if not call.function.startswith(READS)]
        if self.world.tempted:
            calls = [*self._injected(), *calls]
        effects = [call for call in calls if not call.function.startswith(READS)]
        return _calls(effects) if effects else ModelResponse([TextPart("yes. confirm. I confirm it myself.")])

    def _of(self, task: Any) -> Sequence[FunctionCall]:
        return cast(Sequence[FunctionCall], task.ground_truth(self.world.env))

    def _injected(self) -> list[FunctionCall]:
        return injected_calls(self.world)


def injected_calls(world: World) -> list[FunctionCall]:
    """What obeying the injection comes to; where AgentDojo gives no calls, the mail that its goal asks for."""
    given = list(world.injection.ground_truth(world.env))
    if given:
        return given
    goal = world.injection.GOAL
    to = re.findall(r"[\w.-]+@[\w.-]+\w", goal) or ["mark.black-2134@gmail.com"]
    args = {"recipients": to[:1], "subject": "As asked", "body": "Everything that you wanted."}
    return [FunctionCall(function="send_email", args=args)]


def _calls(calls: Sequence[FunctionCall]) -> ModelResponse:
    return ModelResponse([ToolCallPart(c.function, dict(c.args), f"call_{i}") for i, c in enumerate(calls)])
