"""The HTTP application: one table of routes, and the layers around it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

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
from sayso.http.activity import ActivityEndpoints
from sayso.http.auth import AuthEndpoints
from sayso.http.chat import ChatEndpoints
from sayso.http.docs import docs_page
from sayso.http.edge import Edge
from sayso.http.guard import Guard
from sayso.http.limit import RateLimit
from sayso.http.schemas import (
    ActivityAnswer,
    CancelAnswer,
    ChatAnswer,
    ConfirmAnswer,
    ErasedAnswer,
    Fault,
    HealthAnswer,
    PlanAnswer,
    PlansAnswer,
    ProvidersAnswer,
    QueueAnswer,
    ReadyAnswer,
    RefreshAnswer,
    RevokedAnswer,
    SessionAnswer,
    SessionsAnswer,
    StatusAnswer,
    StopAnswer,
    ThreadAnswer,
    ThreadDetailAnswer,
    ThreadsAnswer,
    TodayAnswer,
    UserAnswer,
)
from sayso.http.service import ServiceEndpoints
from sayso.http.session import Authenticator, Cookies, SignedInRoute
from sayso.http.stream import StreamEndpoints
from sayso.http.threads import ThreadEndpoints
from sayso.http.webfiles import WebFiles
from sayso.http.workspace import WorkspaceEndpoints
from sayso.identity.flow import SignIn
from sayso.identity.local_provider import LocalProvider
from sayso.settings import Settings
from sayso.store.gateway import Store

if TYPE_CHECKING:
    from sayso.conversation.service import Conversation

WEB = Path(__file__).parent.parent / "web"


class Route(NamedTuple):
    method: str
    path: str
    endpoint: Callable[..., object]
    answer: type[BaseModel] | None = None
    status: int = 200


def build_http(
    settings: Settings,
    store: Store,
    conversation: "Conversation",
    sign_in: SignIn,
    local: LocalProvider,
    clock: Clock,
    ids: Ids,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
) -> ASGIApp:
    """The ASGI application over a conversation and a sign-in. `lifespan` starts and ends what is behind them."""
    app = FastAPI(
        title="Sayso", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.state.authenticator = authenticator = Authenticator(store, clock)
    errors.install(app)

    streams = StreamEndpoints(conversation)
    chat, threads = ChatEndpoints(conversation, streams), ThreadEndpoints(conversation, store, clock)
    cookies = Cookies(
        https=(settings.public_url or "").startswith("https://"),
        cross_site=bool(settings.allowed_origins),
        max_age=int(settings.session_days * 86_400),
    )
    desk = conversation.desk
    auth = AuthEndpoints(sign_in, local, store, clock, ids, cookies, settings.public_url, desk)
    workspace, activity = WorkspaceEndpoints(desk), ActivityEndpoints(store, clock)
    account = AccountEndpoints(store, clock, cookies)
    service, files = ServiceEndpoints(store), WebFiles(WEB)

    signed_in = [
        Route("POST", "/chat/cancel", chat.cancel, CancelAnswer),
        Route("POST", "/chat", chat.chat, ChatAnswer),
        Route("POST", "/chat/confirm", chat.confirm, ConfirmAnswer),
        Route("POST", "/chat/stop", chat.stop, StopAnswer),
        Route("POST", "/chat/stream", streams.chat),
        Route("GET", "/chat/stream", streams.follow),
        Route("POST", "/chat/message", streams.message, QueueAnswer),
        Route("GET", "/threads", threads.threads, ThreadsAnswer),
        Route("GET", "/threads/{thread_id}", threads.thread, ThreadDetailAnswer),
        Route("PATCH", "/threads/{thread_id}", threads.rename, ThreadAnswer),
        Route("DELETE", "/threads/{thread_id}", threads.delete, status=204),
        Route("GET", "/plans", threads.plans, PlansAnswer),
        Route("GET", "/plans/{plan_id}", threads.plan, PlanAnswer),
        Route("PATCH", "/plans/{plan_id}", threads.edit, PlanAnswer),
        Route("GET", "/activity", activity.activity, ActivityAnswer),
        Route("GET", "/workspace/today", workspace.today, TodayAnswer),
        Route("PATCH", "/me", account.change, UserAnswer),
        Route("GET", "/me/export", account.export),
        Route("DELETE", "/me", account.erase, ErasedAnswer),
        Route("GET", "/auth/session", auth.session, SessionAnswer),
        Route("GET", "/auth/sessions", auth.sessions, SessionsAnswer),
        Route("DELETE", "/auth/sessions/{session_id}", auth.revoke, RevokedAnswer),
        Route("POST", "/auth/logout", auth.logout, StatusAnswer),
        Route("POST", "/auth/refresh", auth.refresh, RefreshAnswer),
    ]
    open_to_all = [
        Route("GET", "/auth/providers", auth.providers, ProvidersAnswer),
        Route("GET", "/auth/local/authorize", auth.authorize, status=302),
        Route("GET", "/auth/{provider}/login", auth.login, status=302),
        Route("GET", "/auth/{provider}/callback", auth.callback, status=302),
        Route("GET", "/health", service.health, HealthAnswer),
        Route("GET", "/health/ready", service.ready, ReadyAnswer),
    ]
    _register(app, signed_in, SignedInRoute)
    _register(app, open_to_all, APIRoute)

    async def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(app.openapi()))

    app.add_api_route("/docs", docs, include_in_schema=False)
    app.add_api_route("/", files.index, include_in_schema=False)
    app.add_api_route("/favicon.ico", files.favicon, include_in_schema=False)
    app.mount("/static", files.compressed())

    layered: ASGIApp = Guard(app, settings.public_url, settings.allowed_origins)
    if settings.rate_limit:
        layered = RateLimit(layered, authenticator, settings.rate_limit)
    return Edge(layered, ids)


def _register(app: FastAPI, routes: list[Route], kind: type[APIRoute]) -> None:
    for route in routes:
        app.router.add_api_route(
            route.path,
            route.endpoint,
            methods=[route.method],
            response_model=route.answer,
            response_class=Response if route.answer is None else JSONResponse,
            status_code=route.status,
            responses={"4XX": {"model": Fault}},
            route_class_override=kind,
        )
