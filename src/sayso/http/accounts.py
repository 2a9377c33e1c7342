"""The caller's connected accounts."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final, Literal, cast

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from sayso.base.errors import ForbiddenOrigin
from sayso.http.answers import answer
from sayso.http.redirects import ANYWHERE, callback_url, check_redirect, led_to
from sayso.http.schemas import (
    AccountAnswer,
    AccountRequest,
    AccountsAnswer,
    Address,
    ConnectRequest,
    Part,
    PathId,
    PathKind,
    RemovedAnswer,
    SetupView,
    SuggestionAnswer,
)
from sayso.http.session import Cookies, SignedIn

if TYPE_CHECKING:
    from sayso.connecting import Connecting

PAGE: Final = "/#/connections"
_PARTS: Final = r"(calendar|tasks|mail|contacts)"
NOT_TOLD: Final = (
    "The account is removed and what opened it is forgotten here, but its provider could not be told: end Sayso's "
    "access there, too."
)


class ConnectionsEndpoints:
    def __init__(
        self, connecting: "Connecting", cookies: Cookies, public_url: str | None, allowed_origins: Sequence[str]
    ) -> None:
        self._connecting = connecting
        self._cookies = cookies
        self._public_url = public_url
        self._allowed_origins = allowed_origins

    async def accounts(self, request: Request, caller: SignedIn) -> Response:
        """The caller's accounts, with how each stands, and the kinds that can be connected here. `setup`: what has to
        be registered at providers, for who runs the server."""
        found = await self._connecting.accounts(caller)
        setup = [
            SetupView(
                kind=each.kind,
                label=each.label,
                redirect_uri=callback_url(request, self._public_url, each.provider),
                scopes=each.scopes,
                done=each.done,
            )
            for each in found.setups
        ]
        return answer(AccountsAnswer.model_construct(accounts=found.accounts, kinds=found.kinds, setup=setup))

    async def connect(self, body: ConnectRequest, caller: SignedIn) -> Response:
        """Connect an account by a password, or bring back the embedded one: what was found, and what of it works."""
        made = await self._connecting.connect(caller, body.wish())
        return answer(AccountAnswer.of(made), 201)

    async def servers(self, kind: PathKind, caller: SignedIn, address: Annotated[Address, Query()]) -> Response:
        """The servers that an address leads to, and what its provider wants one to know, before a password is given."""
        return answer(SuggestionAnswer.of(await self._connecting.find(caller, kind, address)))

    async def begin(
        self,
        request: Request,
        kind: PathKind,
        caller: SignedIn,
        redirect: Annotated[str, Query(max_length=2000, json_schema_extra={"pattern": ANYWHERE})] = PAGE,
        account: Annotated[str, Query(max_length=128)] = "",
        serves: Annotated[str, Query(max_length=100, pattern=f"^({_PARTS}(,{_PARTS})*)?$")] = "",
    ) -> Response:
        """Begin to connect an account through its provider: 302 to it, or its address as JSON. `account`: the one to
        connect again; `serves`: the parts that are asked for, all by default. `redirect`: where it ends."""
        _only_by_the_user(request)
        check_redirect(redirect, self._allowed_origins)
        parts = [cast(Part, part) for part in serves.split(",") if part]
        callback = partial(callback_url, request, self._public_url)
        begun = await self._connecting.begin(caller, kind, redirect, callback, account, parts)
        response = led_to(request, begun.authorization_url)
        self._cookies.give_login(request, response, begun)
        return response

    async def head(self, caller: SignedIn) -> Response:
        """HEAD: whoever only looks at the link begins nothing."""
        return Response(status_code=204)

    async def change(self, account_id: PathId, body: AccountRequest, caller: SignedIn) -> Response:
        """Change what an account is called, what it serves, or for what it is where new things are made."""
        return answer(AccountAnswer.of(await self._connecting.change(caller, account_id, body.changes())))

    async def remove(
        self,
        account_id: PathId,
        caller: SignedIn,
        data: Annotated[Literal["delete"] | None, Query()] = None,
    ) -> Response:
        """Remove an account, forget what opens it and have its provider end the grant. `data`: `delete` what is one's
        own in the embedded one."""
        told = await self._connecting.remove(caller, account_id, data == "delete")
        return Response(status_code=204) if told else answer(RemovedAnswer(message=NOT_TOLD))


def _only_by_the_user(request: Request) -> None:
    """Refuse a navigation that a page elsewhere began: it would have the user consent to what he did not ask for
    (Fetch Metadata). Raises ForbiddenOrigin."""
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise ForbiddenOrigin("Begin this on Sayso's own page.", reason="begin_here")
