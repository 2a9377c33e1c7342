"""A user looks at, chooses and tries the language model that answers him."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from sayso.agent.check import Words, check
from sayso.agent.models import OFFLINE, NoSuchModel, chosen_source
from sayso.agent.offers import find
from sayso.agent.vendors import OLLAMA, VENDORS, Vendor, label_of, vendor_of
from sayso.base.clock import Clock
from sayso.base.errors import NotAllowed, RateLimited, ValidationFailed
from sayso.conversation import models
from sayso.conversation.models import LOST_KEY, Choice, Models
from sayso.conversation.spending import AGAIN_SECONDS, Limits, spent_today
from sayso.identity import audit, users
from sayso.identity.audit import Source
from sayso.identity.keyring import Unreadable
from sayso.identity.types import Actor, Caller
from sayso.store.gateway import ReadConn, Store, WriteConn

TRY_SECONDS = 30.0
SERVER = (
    r"https?://(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
    r"(?:/[A-Za-z0-9._~/-]*)?"
)
"""The address of a server: nothing in it is a password, a query or white space."""
_SERVER = re.compile(SERVER)
_ONE_NAMED = "such as " + VENDORS[0].example


@dataclass(frozen=True, slots=True)
class Operator:
    """What the operator has set. `base_url`: of his model. `chose`: he has named a model, so nothing is offered."""

    base_url: str | None = None
    chose: bool = True
    limits: Limits = field(default_factory=Limits)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user asks for. `name` None: the operator's model. `key` None: the one that is kept, if it fits."""

    name: str | None
    base_url: str | None = None
    key: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ModelView:
    """`problem`: why it cannot answer, as far as that is known without asking it."""

    name: str
    label: str
    offline: bool
    base_url: str | None = None
    has_key: bool = False
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class DefaultView:
    name: str
    label: str
    offline: bool


@dataclass(frozen=True, slots=True)
class OfferView:
    name: str
    label: str
    base_url: str | None
    source: Literal["environment", "ollama"]


@dataclass(frozen=True, slots=True)
class VendorView:
    """`problem`: what the operator has to do before it can be chosen."""

    id: str
    label: str
    example: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """`limit`: of tokens in a day of UTC; None: there is none."""

    model: ModelView
    chosen: bool
    default: DefaultView
    offers: list[OfferView]
    vendors: list[VendorView]
    may_name_servers: bool
    spent_today: int
    limit: int | None


class Choosing:
    def __init__(self, store: Store, models: Models, operator: Operator, clock: Clock) -> None:
        self._store = store
        self._models = models
        self._operator = operator
        self._clock = clock
        self._trying: set[str] = set()

    async def name(self, caller: Caller) -> str:
        """The name of the model that answers the caller."""
        choice = await self._store.peek(models.chosen, caller.user_id)
        return self._models.default.name if choice is None else choice.name

    async def view(self, caller: Caller) -> ChoiceView:
        """What answers the caller, and what else could."""
        return await self._view(*await self._store.read(self._looked_up, caller.user_id))

    async def choose(self, caller: Caller, wanted: Wanted) -> ChoiceView:
        """Have this model answer the caller from the next turn on. Raises ValidationFailed, NotAllowed."""
        if wanted.name is not None:
            await self._makes_sense(*await self._store.read(self._read_form, caller.user_id, wanted))
        return await self._view(*await self._store.write(self._set, caller.actor, wanted))

    async def attempt(self, caller: Caller, wanted: Wanted) -> str | None:
        """Call the model once, as `sayso doctor` does; what is wrong with it, or None. Nothing is kept.

        Raises ValidationFailed, NotAllowed, RateLimited: another attempt of the caller's is under way.
        """
        choice, key = await self._store.read(self._read_form, caller.user_id, wanted)
        if caller.user_id in self._trying:
            raise RateLimited("Another test of yours is under way; wait until it has ended.", retry_after=AGAIN_SECONDS)
        self._trying.add(caller.user_id)
        try:
            return (await check(choice.name, choice.base_url, key, Words(), TRY_SECONDS)).problem
        finally:
            self._trying.remove(caller.user_id)

    def _looked_up(self, conn: ReadConn | WriteConn, user_id: str) -> tuple[str, Choice | None, bool, int]:
        spent = spent_today(conn, user_id, self._clock.now())
        return user_id, models.chosen(conn, user_id), users.runs_server(conn, user_id), spent

    async def _view(self, user_id: str, choice: Choice | None, runs_server: bool, spent: int) -> ChoiceView:
        default = self._models.default.name
        shown = DefaultView(default, label_of(default), default == OFFLINE)
        offering = runs_server and not self._operator.chose
        offers = await find(self._operator.environ) if offering else []
        return ChoiceView(
            model=self._shown(user_id, choice),
            chosen=choice is not None,
            default=shown,
            offers=[OfferView(offer.name, offer.label, offer.base_url, offer.source) for offer in offers],
            vendors=[VendorView(each.id, each.label, each.example, each.problem) for each in VENDORS],
            may_name_servers=runs_server,
            spent_today=spent,
            limit=self._operator.limits.tokens_per_day or None,
        )

    def _shown(self, user_id: str, choice: Choice | None) -> ModelView:
        if choice is None:
            default = self._models.default.name
            return ModelView(default, label_of(default), default == OFFLINE)
        try:
            self._models.key_of(user_id, choice)
            problem = None
        except Unreadable:
            problem = LOST_KEY
        has_key = choice.sealed is not None
        return ModelView(choice.name, label_of(choice.name), choice.offline, choice.base_url, has_key, problem)

    def _set(self, conn: WriteConn, actor: Actor, wanted: Wanted) -> tuple[str, Choice | None, bool, int]:
        now, user_id = self._clock.now(), actor.user_id
        choice = None if wanted.name is None else self._form(conn, user_id, wanted)[0]
        models.keep(conn, user_id, choice, now)
        data = {"name": choice.name, "base_url": _origin(choice.base_url)} if choice else {"name": None}
        audit.record(conn, "model_changed", user_id, now, Source.of(actor), data)
        return self._looked_up(conn, user_id)

    def _read_form(self, conn: ReadConn, user_id: str, wanted: Wanted) -> tuple[Choice, str | None]:
        return self._form(conn, user_id, wanted)

    def _form(self, conn: ReadConn | WriteConn, user_id: str, wanted: Wanted) -> tuple[Choice, str | None]:
        """What is asked for as a choice, and its key. Raises ValidationFailed, NotAllowed."""
        name, base_url = wanted.name or "", wanted.base_url
        if name == OFFLINE:
            return Choice(OFFLINE), None
        runs_server, before = users.runs_server(conn, user_id), models.chosen(conn, user_id)
        server = base_url is not None or name.startswith(f"{OLLAMA}:")
        vendor = None if server else _vendor(name)
        if server and not runs_server and (base_url is None or base_url != self._operator.base_url):
            raise NotAllowed(
                "Only who runs this server may name another one; choose a vendor, or the server's own model."
            )
        if base_url is not None and not _SERVER.fullmatch(base_url):
            raise _wrong("base_url", "An address such as http://127.0.0.1:8080/v1.")
        if wanted.key is not None:
            return Choice(name, base_url, self._models.seal(user_id, wanted.key)), wanted.key
        if before is not None and before.sealed and _same_place(before, base_url, vendor):
            return Choice(name, base_url, before.sealed), self._kept_key(user_id, before)
        if vendor is not None and not (runs_server and self._variable(vendor)):
            more = f", or set {vendor.variables[0]} where the server is started" if runs_server else ""
            raise _wrong("key", f"Give a key of {vendor.label}{more}.")
        return Choice(name, base_url), None

    def _variable(self, vendor: Vendor) -> str | None:
        return next((variable for variable in vendor.variables if self._operator.environ.get(variable)), None)

    def _kept_key(self, user_id: str, choice: Choice) -> str | None:
        try:
            return self._models.key_of(user_id, choice)
        except Unreadable as error:
            raise _wrong("key", "The key that was kept cannot be opened any more; give it again.") from error

    async def _makes_sense(self, choice: Choice, key: str | None) -> None:
        """Raises ValidationFailed when the vendor's library is missing or refuses such a name."""
        try:
            await asyncio.to_thread(chosen_source, choice.name, choice.base_url, key)
        except NoSuchModel as error:
            raise _wrong("name", str(error)) from error


def _vendor(name: str) -> Vendor:
    vendor = vendor_of(name)
    if vendor is None:
        known = ", ".join(each.id for each in VENDORS)
        raise _wrong("name", f"Name it as vendor:model, {_ONE_NAMED}; the vendors are {known}.")
    if vendor.problem:
        raise _wrong("name", vendor.problem)
    return vendor


def _same_place(before: Choice, base_url: str | None, vendor: Vendor | None) -> bool:
    """Whether the key of the choice before goes to the same place: no other gets it."""
    if base_url is not None or before.base_url is not None:
        return base_url == before.base_url
    return vendor is not None and vendor_of(before.name) == vendor


def _wrong(name: str, message: str) -> ValidationFailed:
    return ValidationFailed(f"{name}: {message}", fields=[{"field": name, "message": message}])


def _origin(url: str | None) -> str | None:
    """Of an address no more than where it is: what follows may be a secret."""
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.netloc}" if url else None
