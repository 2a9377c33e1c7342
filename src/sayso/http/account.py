"""The caller's own account: change it, take it along, delete it."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from sayso.base.clock import Clock
from sayso.base.errors import ValidationFailed
from sayso.conversation import account
from sayso.http.answers import answer, dump
from sayso.http.schemas import ErasedAnswer, EraseRequest, ProfileRequest, UserAnswer
from sayso.http.session import Cookies, SignedIn
from sayso.identity import users
from sayso.store.gateway import Store

EXPORT_NAME = "sayso-export.json"


class AccountEndpoints:
    def __init__(self, store: Store, clock: Clock, cookies: Cookies) -> None:
        self._store = store
        self._clock = clock
        self._cookies = cookies

    async def change(self, body: ProfileRequest, caller: SignedIn) -> Response:
        """Change name, time zone or language; null forgets the last two."""
        changes = body.model_dump(exclude_unset=True)
        return answer(UserAnswer.of(await self._store.write(users.change, caller.user_id, changes)))

    async def export(self, caller: SignedIn) -> Response:
        """All that Sayso keeps of the caller, as one JSON file."""
        kept = await self._store.read(account.export, caller.user_id, self._clock.now())
        headers = {"Content-Disposition": f'attachment; filename="{EXPORT_NAME}"'}
        return Response(await asyncio.to_thread(dump, kept), 200, headers, "application/json")

    async def erase(self, request: Request, body: EraseRequest, caller: SignedIn) -> Response:
        """Delete the caller's account with everything in it, for good. `confirm`: the account's e-mail address."""
        if body.confirm.strip().casefold() != caller.email.casefold():
            wrong = "Type the e-mail address of this account to delete it."
            raise ValidationFailed(wrong, fields=[{"field": "confirm", "message": wrong}])
        await self._store.write(account.erase, caller.user_id, self._clock.now())
        response = answer(ErasedAnswer())
        self._cookies.take(request, response)
        return response
