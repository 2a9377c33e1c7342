"""How the tests of the Gmail adapter work: each call in an object and a loop of its own, as if each were another
process, with what is kept under the keys in between."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar
from zoneinfo import ZoneInfo

import httpx2
from tests.kit.google.fake import ANA
from tests.kit.google.fake import Google as Fake
from tests.kit.google.gmail_box import Mailbox
from tests.kit.google.gmail_mail import Mail
from tests.workspace.google.opening import Tokens

from sayso.base.clock import FixedClock
from sayso.workspace.errors import Unavailable, Uncertain, WorkspaceError
from sayso.workspace.google.client import Around, Google
from sayso.workspace.google.mail import GoogleMail
from sayso.workspace.people import Me
from sayso.workspace.search import parse_query
from sayso.workspace.types import Header, Message, OutgoingMail, Page, Person

T = TypeVar("T")

UTC_ZONE = ZoneInfo("UTC")
BOB = "bob@example.test"
KEY = "act_aaaaaaaaaaaaaaaaaaaa"
Ended = Literal["succeeded", "failed", "unknown"]


class Died(BaseException):
    """The process did."""


@dataclass
class Steps:
    """Counts what a process does, and ends it at one of these steps."""

    last: int = 10**9
    done: int = 0

    def step(self) -> None:
        self.done += 1
        if self.done > self.last:
            raise Died


@dataclass
class KeptMarks:
    """A `Marks`."""

    kept: dict[str, dict[str, str]] = field(default_factory=dict)
    steps: Steps = field(default_factory=Steps)

    async def of(self, key: str) -> Mapping[str, str]:
        return dict(self.kept.get(key, {}))

    async def keep(self, key: str, name: str, value: str) -> str:
        self.steps.step()
        found = self.kept.setdefault(key, {}).setdefault(name, value)
        self.steps.step()
        return found


class Dying(httpx2.AsyncHTTPTransport):
    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self._steps = steps

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self._steps.step()
        answer = await super().handle_async_request(request)
        self._steps.step()
        return answer


class Rig:
    """One account and its marks."""

    def __init__(
        self, fake: Fake, email: str = ANA, aliases: Sequence[str] = (), base: str = "", token: str = ""
    ) -> None:
        self.fake = fake
        self.me = Me(email, "Ana Lund" if email == ANA else "").also(aliases)
        self.aliases = aliases
        self.marks = KeptMarks()
        self.token = token or fake.grant(email=email)
        self.base = base or fake.url
        self.clock = FixedClock(fake.clock.now())

    @property
    def box(self) -> Mailbox:
        return self.fake.mailbox(self.me.email)

    def run(self, work: Callable[[GoogleMail], Awaitable[T]], steps: Steps | None = None) -> T:
        steps = steps or Steps()
        self.marks.steps = steps

        async def sleep(seconds: float) -> None:
            del seconds

        async def go() -> T:
            async with httpx2.AsyncClient(transport=Dying(steps), trust_env=False, timeout=10) as http:
                google = Google(Tokens([self.token]), Around(http, self.clock, sleep, lambda: 0.5, self.base))
                return await work(GoogleMail(google, self.me, self.aliases, self.clock, self.marks))

        return asyncio.run(go())

    def search(self, text: str, limit: int = 100, after: str = "") -> Page[Header]:
        return self.run(lambda mail: mail.search(parse_query(text, UTC_ZONE), limit, after))

    def found(self, text: str, limit: int = 100) -> list[str]:
        return [header.subject for header in self.search(text, limit).items]

    def get(self, message_id: str) -> Message:
        return self.run(lambda mail: mail.get_message(message_id))

    def put(self, subject: str, text: str = "text", *labels: str, **headers: str) -> Mail:
        head = {"From": "Mara <mara@lund.example>", "To": self.me.email, "Subject": subject} | headers
        told = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in head.items())
        return self.box.deliver(f"{told}\n{text}\n".encode(), *labels)

    def send(self, mail: OutgoingMail, key: str = KEY, draft: str = "", files: Sequence[bytes] = ()) -> Message:
        return self.run(lambda box: box.send(mail, key, draft, files))

    def applied(self, key: str = KEY, draft: str = "") -> str | None:
        return self.run(lambda box: box.applied(key, draft))

    def executed(self, work: Callable[[GoogleMail], Awaitable[Message]], key: str = KEY, draft: str = "") -> Ended:
        """As the executor does it: what is in doubt is looked for, what surely did not happen is tried again."""
        for _ in range(3):
            try:
                self.run(work)
            except Unavailable:
                continue
            except Uncertain:
                try:
                    if self.applied(key, draft) is None:
                        continue
                except WorkspaceError:
                    return "unknown"
            except WorkspaceError:
                return "failed"
            return "succeeded"
        return "failed"


def mail_to(*who: str, subject: str = "Seeds", body: str = "How many?", **more: object) -> OutgoingMail:
    return OutgoingMail(tuple(Person(each) for each in who or (BOB,)), subject, body, **more)  # type: ignore[arg-type]
