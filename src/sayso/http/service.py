"""Health, and the web app's files."""

from pathlib import Path

from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from sayso import __version__
from sayso.base.errors import SaysoError
from sayso.http.answers import answer
from sayso.http.schemas import HealthAnswer, ReadyAnswer
from sayso.store.gateway import ReadConn, Store
from sayso.store.migrate import known_revisions, revision_of

_POINTER = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Sayso</title>
<h1>Sayso is running</h1><p>The API is described at <a href="/docs">/docs</a>.</p></html>"""


class NotReady(SaysoError):
    """The store is not at the schema of this version; restart the server."""

    status, code = 503, "not_ready"


class ServiceEndpoints:
    def __init__(self, store: Store, web: Path) -> None:
        self._store = store
        self._index = web / "index.html"

    async def health(self) -> Response:
        """The process is alive."""
        return answer(HealthAnswer(version=__version__))

    async def ready(self) -> Response:
        """The store answers and has the schema of this version."""
        if await self._store.read(_revision) != known_revisions()[-1]:
            raise NotReady
        return answer(ReadyAnswer(checks={"store": "ok", "migrations": "ok"}))

    async def index(self) -> Response:
        """The web app."""
        if self._index.is_file():
            return FileResponse(self._index, headers={"Cache-Control": "no-cache"})
        return HTMLResponse(_POINTER)


def _revision(conn: ReadConn) -> str | None:
    return revision_of(conn)


class WebFiles(StaticFiles):
    """The web app's files, which a browser keeps but asks about each time: an update shows at once."""

    def file_response(self, *args, **kwargs) -> Response:  # type: ignore[no-untyped-def]
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response
