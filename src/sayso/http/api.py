"""The HTTP application: one table of routes, and the layers around it."""

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
from sayso.http.activity import ActivityEndpoints
from sayso.http.auth import AuthEndpoints
from sayso.http.chat import ChatEndpoints
from sayso.http.cors import Cors
from sayso.http.docs import docs_page
from sayso.http.edge import Edge
from sayso.http.guard import Guard
from sayso.http.limit import RateLimit
from sayso.http.memory import MemoryEndpoints
from sayso.http.openapi import BYTES, ELSEWHERE, EVENTS, FILE, Api, faults
from sayso.http.schemas import (
    ActivityAnswer,
    AuthorizationAnswer,
    CancelAnswer,
    ChatAnswer,
    ConfirmAnswer,
    ErasedAnswer,
    HealthAnswer,
    MemoriesAnswer,
    PlanAnswer,
    PlansAnswer,
    ProvidersAnswer,
    QueueAnswer,
    ReadyAnswer,
    RefreshAnswer,
    RevokedAnswer,
    SamplesAnswer,
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
from sayso.identity.providers.local import LocalProvider
from sayso.settings import Settings
from sayso.store.gateway import Store

if TYPE_CHECKING:
    from sayso.conversation.service import Conversation
    from sayso.desk import Desk

WEB = Path(__file__).parent.parent / "web"


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


def build_http(
    settings: Settings,
    store: Store,
    conversation: "Conversation",
    desk: "Desk",
    sign_in: SignIn,
    local: LocalProvider,
    clock: Clock,
    ids: Ids,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
) -> ASGIApp:
    """The ASGI application over conversation, desk and sign-in. `lifespan` starts and ends what is behind them."""
    app = Api(
        title="Sayso", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    app.state.authenticator = authenticator = Authenticator(store, clock)
    errors.install(app)

    streams = StreamEndpoints(conversation)
    chat, threads = ChatEndpoints(conversation, streams), ThreadEndpoints(conversation)
    cookies = Cookies(
        https=(settings.public_url or "").startswith("https://"),
        cross_site=settings.cross_site,
        max_age=int(settings.session_days * 86_400),
    )
    auth = AuthEndpoints(
        sign_in, local, store, clock, ids, cookies, settings.public_url, settings.allowed_origins, desk
    )
    workspace, activity = WorkspaceEndpoints(desk), ActivityEndpoints(conversation)
    account = AccountEndpoints(conversation, settings.data_dir, cookies)
    memory = MemoryEndpoints(conversation)
    service, files = ServiceEndpoints(store), WebFiles(WEB)

    signed_in = [
        Route("POST", "/chat/cancel", chat.cancel, CancelAnswer, faults=(404, 409)),
        Route("POST", "/chat", chat.chat, ChatAnswer, faults=(409, 502, 504)),
        Route("POST", "/chat/confirm", chat.confirm, ConfirmAnswer, faults=(404, 409), answers={200: EVENTS}),
        Route("POST", "/chat/stop", chat.stop, StopAnswer, faults=(404, 409)),
        Route("POST", "/chat/stream", streams.chat, faults=(409,), answers={200: EVENTS}),
        Route(
            "GET",
            "/chat/stream",
            streams.follow,
            faults=(400, 404, 409),
            answers={200: EVENTS, 204: {"description": "There is nothing more."}},
            head=streams.head,
        ),
        Route("POST", "/chat/message", streams.message, QueueAnswer, faults=(409,)),
        Route("GET", "/threads", threads.threads, ThreadsAnswer),
        Route("GET", "/threads/{thread_id}", threads.thread, ThreadDetailAnswer),
        Route("PATCH", "/threads/{thread_id}", threads.rename, ThreadAnswer),
        Route("DELETE", "/threads/{thread_id}", threads.delete, status=204, faults=(409,)),
        Route("GET", "/plans", threads.plans, PlansAnswer),
        Route("GET", "/plans/{plan_id}", threads.plan, PlanAnswer),
        Route("PATCH", "/plans/{plan_id}", threads.edit, PlanAnswer, faults=(409,)),
        Route("GET", "/activity", activity.activity, ActivityAnswer),
        Route("GET", "/memory", memory.memories, MemoriesAnswer),
        Route("DELETE", "/memory/{memory_id}", memory.forget, status=204),
        Route("GET", "/workspace/today", workspace.today, TodayAnswer),
        Route("DELETE", "/workspace/samples", workspace.remove_samples, SamplesAnswer),
        Route(
            "GET",
            "/mail/{message_id}/attachments/{number}",
            workspace.attachment,
            faults=(503,),
            answers={200: BYTES},
        ),
        Route("PATCH", "/me", account.change, UserAnswer),
        Route("GET", "/me/export", account.export, answers={200: FILE}, head=account.export_head),
        Route("DELETE", "/me", account.erase, ErasedAnswer, faults=(409,)),
        Route("GET", "/auth/session", auth.session, SessionAnswer),
        Route("GET", "/auth/sessions", auth.sessions, SessionsAnswer),
        Route("DELETE", "/auth/sessions/{session_id}", auth.revoke, RevokedAnswer),
        Route("POST", "/auth/logout", auth.logout, StatusAnswer),
        Route("POST", "/auth/refresh", auth.refresh, RefreshAnswer),
    ]
    open_to_all = [
        Route("GET", "/auth/providers", auth.providers, ProvidersAnswer),
        Route("GET", "/auth/local/authorize", auth.authorize, shown=False, head=auth.head),
        Route(
            "GET",
            "/auth/{provider}/login",
            auth.login,
            status=302,
            faults=(403,),
            answers={200: {"model": AuthorizationAnswer}, 302: ELSEWHERE},
            head=auth.head,
        ),
        Route("GET", "/auth/{provider}/callback", auth.callback, shown=False, head=auth.head),
        Route("GET", "/health", service.health, HealthAnswer),
        Route("GET", "/health/ready", service.ready, ReadyAnswer, faults=(503,)),
    ]
    _register(app, signed_in, SignedInRoute)
    _register(app, open_to_all, APIRoute)

    async def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(app.openapi()))

    for path, page in (("/docs", docs), ("/", files.index), ("/favicon.ico", files.favicon)):
        app.add_api_route(path, page, methods=["GET", "HEAD"], include_in_schema=False)
    app.mount("/static", files.compressed())

    guarded = Guard(app, settings.public_url, settings.allowed_origins)
    layered: ASGIApp = RateLimit(guarded, authenticator, settings.rate_limit)
    if settings.allowed_origins:
        layered = Cors(layered, settings.allowed_origins)
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
            responses={
                **faults(route.method, route.path, route.endpoint, kind is SignedInRoute, route.faults),
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
