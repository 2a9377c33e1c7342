"""Health."""

from starlette.responses import Response

from sayso import __version__
from sayso.base.errors import SaysoError
from sayso.http.answers import answer
from sayso.http.schemas import HealthAnswer, ReadyAnswer
from sayso.store.gateway import ReadConn, Store
from sayso.store.migrate import known_revisions, revision_of


class NotReady(SaysoError):
    """The store is not at the schema of this version; restart the server."""

    status, code = 503, "not_ready"


class ServiceEndpoints:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def health(self) -> Response:
        """The process is alive."""
        return answer(HealthAnswer(version=__version__))

    async def ready(self) -> Response:
        """The store answers and has the schema of this version."""
        if await self._store.read(_revision) != known_revisions()[-1]:
            raise NotReady
        return answer(ReadyAnswer(checks={"store": "ok", "migrations": "ok"}))


def _revision(conn: ReadConn) -> str | None:
    return revision_of(conn)
