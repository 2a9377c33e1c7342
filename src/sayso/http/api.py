"""The HTTP application: one table of routes, and the layers around it."""

import socket
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp

from sayso import __version__
from sayso.base.clock import Clock
from sayso.base.ids import Ids
from sayso.http import errors
from sayso.http.account import AccountEndpoints
from sayso.http.accounts import ConnectionsEndpoints
from sayso.http.activity import ActivityEndpoints
from sayso.http.audit import AuditEndpoints
from sayso.http.auth import AuthEndpoints
from sayso.http.chat import ChatEndpoints
from sayso.http.cors import Cors
from sayso.http.counting import Counter
from sayso.http.devices import DeviceEndpoints
from sayso.http.docs import docs_page
from sayso.http.edge import Edge
from sayso.http.forwarded import Forwarded
from sayso.http.guard import Guard
from sayso.http.hosts import Hosts, names_of
from sayso.http.limit import RateLimit
from sayso.http.memory import MemoryEndpoints
from sayso.http.models import ModelEndpoints
from sayso.http.navigation import ConnectRoute, NavigationRoute
from sayso.http.openapi import BYTES, ELSEWHERE, EVENTS, FILE, Api, faults
from sayso.http.schemas import (
    AccountAnswer,
    AccountsAnswer,
    ActivityAnswer,
    AuditAnswer,
    AuthorizationAnswer,
    CancelAnswer,
    ChangesAnswer,
    ChatAnswer,
    ClaimedAnswer,
    ConfirmAnswer,
    DeviceAnswer,
    DeviceLinkAnswer,
    EnteredAnswer,
    ErasedAnswer,
    HealthAnswer,
    IdentitiesAnswer,
    MemoriesAnswer,
    ModelChoiceAnswer,
    ModelTestAnswer,
    NewTokenAnswer,
    PlanAnswer,
    PlansAnswer,
    ProvidersAnswer,
    QueueAnswer,
    ReadyAnswer,
    RefreshAnswer,
    RemovedAnswer,
    RevokedAnswer,
    SamplesAnswer,
    SessionAnswer,
    SessionsAnswer,
    SignedOutAnswer,
    StatusAnswer,
    StopAnswer,
    SuggestionAnswer,
    ThreadAnswer,
    ThreadDetailAnswer,
    ThreadsAnswer,
    TodayAnswer,
    TokensAnswer,
    UndoAnswer,
    UserAnswer,
)
from sayso.http.service import ServiceEndpoints
from sayso.http.session import Authenticator, ChatRoute, Cookies, DecideRoute, OpenRoute, ReadRoute, SignedInRoute
from sayso.http.sessions import SessionEndpoints
from sayso.http.stream import StreamEndpoints
from sayso.http.threads import ThreadEndpoints
from sayso.http.tokens import TokenEndpoints
from sayso.http.webfiles import WebFiles
from sayso.http.workspace import WorkspaceEndpoints
from sayso.identity.flow import SignIn
from sayso.identity.providers.local import LocalProvider
from sayso.identity.types import Scope
from sayso.settings import Settings
from sayso.store.gateway import Store

if TYPE_CHECKING:
    from sayso.connecting import Connecting
    from sayso.conversation.service import Conversation
    from sayso.desk import Desk

WEB = Path(__file__).parent.parent / "web"
KINDS: Mapping[Scope | None, type[SignedInRoute]] = {
    each.needs: each for each in (SignedInRoute, ReadRoute, ChatRoute, DecideRoute)
}


class Route(NamedTuple):
    method: str
    path: str
    endpoint: Callable[..., object]
    answer: type[BaseModel] | None = None
    status: int = 200
    faults: tuple[int, ...] = ()
    """Statuses of refusals beside those that every route of its kind has."""
    answers: Mapping[int | str, Any] = {}
    """Other answers than `answer`, by status, as OpenAPI has them."""
    shown: bool = True
    """Whether it is in the API's description; the steps of a sign-in to which only redirects lead are not."""
    head: Callable[..., object] | None = None
    """Answers HEAD where GET has an effect or a long answer; else `endpoint` does, and its body is dropped."""
    scope: Scope | None = None
    """What a token needs to use it; None: a session only. Of a route that is open to all it says nothing."""


def build_http(
    settings: Settings,
    store: Store,
    conversation: "Conversation",
    desk: "Desk",
    connecting: "Connecting",
    sign_in: SignIn,
    local: LocalProvider,
    clock: Clock,
    ids: Ids,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
    counter: Counter | None = None,
) -> ASGIApp:
    """The ASGI application over conversation, desk, accounts and sign-in. `lifespan` starts and ends what is behind
    them; `counter` counts requests for all workers, without one this process does."""
    app = Api(
        title="Sayso", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    lifetime = sign_in.session_lifetime
    app.state.authenticator = authenticator = Authenticator(store, clock, lifetime, sign_in.admission)
    errors.install(app)

    streams = StreamEndpoints(conversation, authenticator.still)
    chat, threads = ChatEndpoints(conversation, streams), ThreadEndpoints(conversation)
    cookies = Cookies(
        https=(settings.public_url or "").startswith("https://"),
        cross_site=settings.cross_site,
        max_age=int(lifetime.most.total_seconds()),
    )
    auth = AuthEndpoints(
        sign_in,
        local,
        store,
        clock,
        ids,
        cookies,
        settings.public_url,
        settings.allowed_origins,
        authenticator,
        {"connect": connecting.finish},
    )
    sessions = SessionEndpoints(store, clock, ids, cookies, lifetime, desk)
    tokens = TokenEndpoints(store, clock, ids, cookies, lifetime)
    devices = DeviceEndpoints(store, clock, ids, cookies, lifetime, sign_in.admission, settings.public_url)
    audit = AuditEndpoints(store)
    workspace, activity = WorkspaceEndpoints(desk), ActivityEndpoints(conversation)
    account = AccountEndpoints(conversation, connecting, settings.data_dir, cookies)
    connections = ConnectionsEndpoints(connecting, cookies, settings.public_url, settings.allowed_origins)
    memory, models = MemoryEndpoints(conversation), ModelEndpoints(conversation)
    service, files = ServiceEndpoints(store), WebFiles(WEB)

    signed_in = [
        Route("POST", "/chat/cancel", chat.cancel, CancelAnswer, faults=(404, 409), scope="decide"),
        Route("POST", "/chat", chat.chat, ChatAnswer, faults=(409, 502, 504), scope="chat"),
        Route(
            "POST",
            "/chat/confirm",
            chat.confirm,
            ConfirmAnswer,
            faults=(404, 409),
            answers={200: EVENTS},
            scope="decide",
        ),
        Route("POST", "/chat/stop", chat.stop, StopAnswer, faults=(404, 409), scope="chat"),
        Route("POST", "/chat/stream", streams.chat, faults=(409,), answers={200: EVENTS}, scope="chat"),
        Route(
            "GET",
            "/chat/stream",
            streams.follow,
            faults=(400, 404, 409),
            answers={200: EVENTS, 204: {"description": "There is nothing more."}},
            head=streams.head,
            scope="chat",
        ),
        Route("POST", "/chat/message", streams.message, QueueAnswer, faults=(409,), scope="chat"),
        Route("GET", "/threads", threads.threads, ThreadsAnswer, scope="read"),
        Route("GET", "/threads/{thread_id}", threads.thread, ThreadDetailAnswer, scope="read"),
        Route("PATCH", "/threads/{thread_id}", threads.rename, ThreadAnswer, scope="chat"),
        Route("DELETE", "/threads/{thread_id}", threads.delete, status=204, faults=(409,), scope="decide"),
        Route("GET", "/plans", threads.plans, PlansAnswer, scope="read"),
        Route("GET", "/plans/{plan_id}", threads.plan, PlanAnswer, scope="read"),
        Route("PATCH", "/plans/{plan_id}", threads.edit, PlanAnswer, faults=(409,), scope="chat"),
        Route("POST", "/plans/{plan_id}/undo", threads.undo, UndoAnswer, faults=(409,), scope="decide"),
        Route("GET", "/activity", activity.activity, ActivityAnswer, scope="read"),
        Route("GET", "/memory", memory.memories, MemoriesAnswer, scope="read"),
        Route("DELETE", "/memory/{memory_id}", memory.forget, status=204),
        Route("GET", "/workspace/today", workspace.today, TodayAnswer, scope="read"),
        Route("GET", "/workspace/changes", workspace.changes, ChangesAnswer, scope="read"),
        Route("DELETE", "/workspace/samples", workspace.remove_samples, SamplesAnswer),
        Route(
            "GET",
            "/mail/{message_id}/attachments/{number}",
            workspace.attachment,
            faults=(503,),
            answers={200: BYTES},
            scope="read",
        ),
        Route("GET", "/accounts", connections.accounts, AccountsAnswer, scope="read"),
        Route("POST", "/accounts", connections.connect, AccountAnswer, status=201, faults=(409,)),
        Route("GET", "/accounts/{kind}/servers", connections.servers, SuggestionAnswer),
        Route("PATCH", "/accounts/{account_id}", connections.change, AccountAnswer),
        Route(
            "DELETE",
            "/accounts/{account_id}",
            connections.remove,
            status=204,
            faults=(409,),
            answers={200: {"model": RemovedAnswer}},
        ),
        Route("PATCH", "/me", account.change, UserAnswer),
        Route("GET", "/me/export", account.export, answers={200: FILE}, head=account.export_head, scope="read"),
        Route("DELETE", "/me", account.erase, ErasedAnswer, faults=(409,)),
        Route("GET", "/me/model", models.show, ModelChoiceAnswer),
        Route("PUT", "/me/model", models.choose, ModelChoiceAnswer),
        Route("POST", "/me/model/test", models.test, ModelTestAnswer),
        Route("GET", "/auth/session", sessions.session, SessionAnswer, scope="read"),
        Route("GET", "/auth/sessions", sessions.sessions, SessionsAnswer),
        Route("PATCH", "/auth/sessions/{session_id}", sessions.rename, StatusAnswer),
        Route("DELETE", "/auth/sessions/{session_id}", sessions.revoke, RevokedAnswer),
        Route("DELETE", "/auth/sessions", sessions.revoke_all, SignedOutAnswer),
        Route("GET", "/auth/identities", auth.identities, IdentitiesAnswer),
        Route("POST", "/auth/identities", auth.link, AuthorizationAnswer, faults=(404, 502, 503)),
        Route("DELETE", "/auth/identities/{identity_id}", auth.unlink, status=204, faults=(409,)),
        Route("POST", "/auth/logout", sessions.logout, StatusAnswer),
        Route("POST", "/auth/refresh", sessions.refresh, RefreshAnswer),
        Route("GET", "/auth/tokens", tokens.tokens, TokensAnswer),
        Route("POST", "/auth/tokens", tokens.make, NewTokenAnswer, status=201),
        Route("DELETE", "/auth/tokens/{token_id}", tokens.revoke, RevokedAnswer),
        Route("POST", "/auth/devices", devices.show, DeviceLinkAnswer, status=201),
        Route("GET", "/auth/devices/{link_id}", devices.device, DeviceAnswer),
        Route("POST", "/auth/devices/{link_id}/decision", devices.decide, DeviceAnswer, faults=(409,)),
        Route("GET", "/audit", audit.events, AuditAnswer),
    ]
    open_to_all = [
        Route("GET", "/auth/providers", auth.providers, ProvidersAnswer),
        Route("POST", "/auth/devices/claim", devices.claim, ClaimedAnswer, faults=(404, 409)),
        Route("POST", "/auth/devices/enter", devices.enter, EnteredAnswer, faults=(404, 409)),
        Route("GET", "/health", service.health, HealthAnswer),
        Route("GET", "/health/ready", service.ready, ReadyAnswer, faults=(503,)),
    ]
    navigations = [
        Route("GET", "/auth/local/authorize", auth.authorize, shown=False, head=auth.head),
        Route(
            "GET",
            "/auth/{provider}/login",
            auth.login,
            status=302,
            faults=(403, 502, 503),
            answers={200: {"model": AuthorizationAnswer}, 302: ELSEWHERE, 303: ELSEWHERE},
            head=auth.head,
        ),
        Route("GET", "/auth/{provider}/callback", auth.callback, shown=False, head=auth.head),
    ]
    by_navigation = [
        Route(
            "GET",
            "/accounts/{kind}/connect",
            connections.begin,
            status=302,
            faults=(403, 502, 503),
            answers={200: {"model": AuthorizationAnswer}, 302: ELSEWHERE},
            head=connections.head,
        ),
    ]
    for route in signed_in:
        _register(app, route, KINDS[route.scope])
    for route in by_navigation:
        _register(app, route, ConnectRoute)
    for route in open_to_all:
        _register(app, route, APIRoute if route.method == "GET" else OpenRoute)
    for route in navigations:
        _register(app, route, NavigationRoute)

    async def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(app.openapi()))

    for path, page in (("/docs", docs), ("/", files.index), ("/favicon.ico", files.favicon)):
        app.add_api_route(path, page, methods=["GET", "HEAD"], include_in_schema=False)
    app.mount("/static", files.compressed())

    limited = RateLimit(app, authenticator, settings.rate_limit, counter)
    layered: ASGIApp = Guard(limited, settings.public_url, settings.allowed_origins)
    if settings.allowed_origins:
        layered = Cors(layered, settings.allowed_origins)
    layered = Hosts(layered, names_of(settings, socket.gethostname()))
    return Edge(Forwarded(layered, settings.trusted_proxies, settings.public_url), ids, settings.public_url)


def _register(app: FastAPI, route: Route, kind: type[APIRoute]) -> None:
    app.router.add_api_route(
        route.path,
        route.endpoint,
        methods=[route.method],
        response_model=route.answer,
        response_class=Response if route.answer is None else JSONResponse,
        status_code=route.status,
        responses={
            **faults(route.method, route.path, route.endpoint, issubclass(kind, SignedInRoute), route.faults),
            **route.answers,
        },
        include_in_schema=route.shown,
        route_class_override=kind,
    )
    if route.method == "GET":
        app.router.add_api_route(
            route.path,
            route.head or route.endpoint,
            methods=["HEAD"],
            response_class=Response,
            include_in_schema=False,
            route_class_override=kind,
        )
