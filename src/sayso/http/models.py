"""Which language model answers the caller: shown, chosen, tried."""

from typing import TYPE_CHECKING

from starlette.responses import Response

from sayso.conversation.choosing import Wanted
from sayso.http.answers import answer
from sayso.http.schemas import ModelChoiceAnswer, ModelRequest, ModelTestAnswer, ModelTestRequest
from sayso.http.session import SignedIn

if TYPE_CHECKING:
    from sayso.conversation.service import Conversation


class ModelEndpoints:
    def __init__(self, conversation: "Conversation") -> None:
        self._conversation = conversation

    async def show(self, caller: SignedIn) -> Response:
        """The model that answers the caller, and what else could."""
        return answer(ModelChoiceAnswer.of(await self._conversation.choosing.view(caller)))

    async def choose(self, body: ModelRequest, caller: SignedIn) -> Response:
        """Have another model answer from the next message on; `name` null: the server's own again."""
        wanted = Wanted(body.name, body.base_url, body.key)
        return answer(ModelChoiceAnswer.of(await self._conversation.choosing.choose(caller, wanted)))

    async def test(self, body: ModelTestRequest, caller: SignedIn) -> Response:
        """Call a model once and say what is wrong with it. Nothing is kept."""
        problem = await self._conversation.choosing.attempt(caller, Wanted(body.name, body.base_url, body.key))
        return answer(ModelTestAnswer(works=problem is None, problem=problem))
