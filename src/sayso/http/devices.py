"""A second device signs in by a link that a signed-in one shows, as a QR code or as text."""

from io import BytesIO

import segno
from starlette.requests import Request
from starlette.responses import Response

from sayso.base.clock import Clock
from sayso.base.errors import LinkUnknown, SaysoError
from sayso.base.ids import Ids
from sayso.http.answers import answer
from sayso.http.redirects import origin_here
from sayso.http.schemas import (
    ClaimedAnswer,
    ClaimRequest,
    DecisionRequest,
    DeviceAnswer,
    DeviceLinkAnswer,
    EnteredAnswer,
    PathId,
)
from sayso.http.session import COOKIE, DEVICE_COOKIE, Cookies, SignedIn, address_of, cookie_of, via_of
from sayso.identity import devices
from sayso.identity.admission import Admission
from sayso.identity.devices import Device
from sayso.identity.sessions import Lifetime
from sayso.identity.types import DeviceView
from sayso.store.gateway import Store


class DeviceEndpoints:
    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        cookies: Cookies,
        lifetime: Lifetime,
        admission: Admission,
        public_url: str | None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._cookies = cookies
        self._lifetime = lifetime
        self._admission = admission
        self._public_url = public_url

    async def show(self, request: Request, caller: SignedIn) -> Response:
        """A link for another device, which works once, for two minutes. The code is behind the `#`, so that it reaches
        no server's log."""
        link, code = await self._store.write(devices.show, caller.user_id, self._clock.now(), self._ids)
        url = f"{origin_here(request, self._public_url)}/#/device/{code}"
        told = DeviceLinkAnswer(id=link.id, url=url, qr=_qr(url), expires_at=link.expires_at, status="shown")
        return answer(told, 201)

    async def device(self, link_id: PathId, caller: SignedIn) -> Response:
        """How it stands with a link of the caller's, and which device has used it."""
        return answer(DeviceAnswer.of(await self._store.read(devices.get, caller.user_id, link_id, self._clock.now())))

    async def decide(self, link_id: PathId, body: DecisionRequest, caller: SignedIn) -> Response:
        """Let the device that used the link in, or refuse it."""
        decided = await self._store.write(devices.decide, caller, link_id, body.allow, body.name, self._clock.now())
        if isinstance(decided, SaysoError):
            raise decided
        return answer(DeviceAnswer.of(decided))

    async def claim(self, body: ClaimRequest, request: Request) -> Response:
        """On the other device: use a link. It then waits until it is allowed where the link was shown."""
        known = cookie_of(request.scope, DEVICE_COOKIE)
        device, now = _device(request, body.name), self._clock.now()
        claimed = await self._store.write(devices.claim, body.code, device, known, now, self._ids)
        if isinstance(claimed, SaysoError):
            raise claimed
        link = claimed.link
        response = answer(ClaimedAnswer(status="claimed", check=link.check or "", expires_at=link.expires_at))
        seconds = int((link.expires_at - now).total_seconds())
        self._cookies.give_device(request, response, claimed.secret, seconds)
        return response

    async def enter(self, request: Request) -> Response:
        """On the other device: sign in, as soon as it is allowed; ask again while it is not."""
        secret = cookie_of(request.scope, DEVICE_COOKIE)
        if secret is None:
            raise LinkUnknown
        replaces, device = cookie_of(request.scope, COOKIE), _device(request, "")
        found = await self._store.write(
            devices.enter, secret, device, replaces, self._admission, self._clock.now(), self._lifetime, self._ids
        )
        if isinstance(found, SaysoError):
            raise found
        if isinstance(found, DeviceView):
            return answer(EnteredAnswer(status="claimed"))
        response = answer(EnteredAnswer(status="signed_in"))
        self._cookies.give(request, response, found.secret)
        self._cookies.give_device(request, response, "", 0)
        return response


def _device(request: Request, name: str) -> Device:
    agent = request.headers.get("user-agent", "")
    return Device(name, agent, address_of(request.scope), via_of(request.scope))


def _qr(text: str) -> str:
    """The text as a QR code: dark on light with its margin, as readers want it (ISO/IEC 18004), in either theme."""
    drawn = BytesIO()
    code = segno.make(text, error="m", micro=False)
    plain = {"xmldecl": False, "nl": False, "omitsize": True, "svgclass": None, "lineclass": None}
    code.save(drawn, kind="svg", dark="#000", light="#fff", border=4, **plain)
    return drawn.getvalue().decode()
