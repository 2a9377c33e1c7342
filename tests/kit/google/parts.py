"""What a part - the behaviour of one API - gets and gives."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from tests.kit.google.fake import Google

Json = dict[str, Any]
State = TypeVar("State")


class Account:
    """Somebody with an account at Google. Each part keeps its data of him in a class of its own."""

    def __init__(self, fake: "Google", email: str) -> None:
        self.fake = fake
        self.email = email
        self._states: dict[type[Any], Any] = {}

    def state(self, kind: Callable[["Account"], State]) -> State:
        """This account's one object of this class, made with the account at the first call."""
        if kind not in self._states:
            self._states[kind] = kind(self)  # type: ignore[index]
        found: State = self._states[kind]  # type: ignore[index]
        return found


@dataclass(frozen=True)
class Call:
    """A request that is within the contract, from somebody who may make it."""

    method: str
    """The id in the discovery document, such as `calendar.events.insert`."""
    path: dict[str, str]
    query: dict[str, Any]
    """Integers and booleans as such, repeated parameters as lists; what was not given is not in it."""
    body: Json
    media: bytes | None
    """What was uploaded, for methods that take media."""
    headers: dict[str, str]
    """Names in lower case."""
    account: Account
    fake: "Google"


class Answer(NamedTuple):
    """`body` None: none is sent."""

    status: int = 200
    body: Json | None = None
    headers: dict[str, str] = {}  # noqa: RUF012  nobody changes it


Part = Callable[[Call], Answer]
"""Raises Problem for a request that is answered with an error."""


@dataclass(frozen=True)
class Effect:
    """Something that happened, that a test counts. `kind`: such as event.insert, mail, task.patch."""

    kind: str
    id: str
    account: str
    details: Json
