"""What a server does by itself, again and again: each time one of its workers does it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert as upsert_pg
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from sayso.base.clock import Clock
from sayso.base.errors import SaysoError
from sayso.store.gateway import Store, WriteConn
from sayso.store.tables import jobs

log = structlog.get_logger()

SOON = 10.0  # seconds after a worker's start in which it asks for the first time for what is done seldom


class Job(NamedTuple):
    """`every`: seconds from one time to the next. Done twice it must do no harm: who takes longer is overtaken."""

    name: str
    every: float
    run: Callable[[], Awaitable[None]]


class Jobs:
    """`clock`: the machine's, since product time may stand still."""

    def __init__(self, table: Sequence[Job], store: Store, clock: Clock) -> None:
        self._table = table
        self._store = store
        self._clock = clock
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._keep(job), name=job.name) for job in self._table]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _keep(self, job: Job) -> None:
        wait = min(job.every, SOON)
        while True:
            await asyncio.sleep(wait)
            wait = job.every
            try:
                due_in = 0.0 if self._store.embedded else await self._store.write(_claim, job, self._clock.now())
                if due_in:
                    wait = due_in
                else:
                    await job.run()
            except SaysoError as error:
                log.warning("job_failed", job=job.name, code=error.code)
            except Exception:
                log.exception("job_failed", job=job.name)


def _claim(conn: WriteConn, job: Job, now: datetime) -> float:
    """In how many seconds the job is due; 0: now, and it is this worker's, for no other finds it due until the next
    time. One that seems due later than that was claimed before the clock went back."""
    upsert = upsert_sqlite if conn.dialect.name == "sqlite" else upsert_pg
    following = now + timedelta(seconds=job.every)
    claimed = conn.execute(
        upsert(jobs)
        .values(name=job.name, due=following)
        .on_conflict_do_update(
            index_elements=[jobs.c.name],
            set_={"due": following},
            where=or_(jobs.c.due <= now, jobs.c.due > following),
        )
        .returning(jobs.c.name)
    ).first()
    if claimed is not None:
        return 0.0
    due: datetime = conn.execute(select(jobs.c.due).where(jobs.c.name == job.name)).scalar_one()
    return max((due - now).total_seconds(), 0.001)
