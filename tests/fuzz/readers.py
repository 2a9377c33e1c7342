"""The readers of foreign bytes, each as a function of bytes that raises nothing but our own errors, with seeds."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy.dialects import sqlite
from tests.fuzz.seeds import SEEDS

from sayso.base.errors import InvalidRequest, ValidationFailed
from sayso.base.ids import Ids
from sayso.english import dates
from sayso.http import cursor, markdown, stream
from sayso.http.body import JsonRequest
from sayso.store.gateway import Store
from sayso.tools.own_words import heads, own_words
from sayso.transfer.importing import import_files
from sayso.transfer.job import ImportReport
from sayso.workspace.dav import task_text
from sayso.workspace.dav.errors import Unreadable
from sayso.workspace.dav.xml import multistatus
from sayso.workspace.errors import Refused
from sayso.workspace.formats.charset import text_of
from sayso.workspace.formats.content_lines import components
from sayso.workspace.formats.file_text import NotRead, plain_text
from sayso.workspace.formats.header import parameters, words
from sayso.workspace.formats.html import html_to_text
from sayso.workspace.formats.ical_editing import Edit, edited
from sayso.workspace.formats.ical_new import cancel
from sayso.workspace.formats.ical_object import read_object
from sayso.workspace.formats.ical_rest import rest_of, with_rest
from sayso.workspace.formats.mail import parse_people
from sayso.workspace.formats.mail_date import date_of
from sayso.workspace.formats.mime import parse_mail
from sayso.workspace.formats.plain import enriched_to_text, unflowed
from sayso.workspace.formats.zones import Known, Zones
from sayso.workspace.local.mail_query import condition
from sayso.workspace.mailbox.bounces import bounce_of
from sayso.workspace.people import Me
from sayso.workspace.search import parse_query
from sayso.workspace.types import Person, TaskDraft

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=ZONE)
ME = Me("robin@example.com", "Robin Doe")
PYTHON = ("Error", "Traceback", "object has", "codec", "0x", "vText", "vDDD", "invalid literal", "NoneType")
"""What a sentence for people does not have in it."""


@dataclass(frozen=True, slots=True)
class Reader:
    read: Callable[[bytes], object]
    own: tuple[type[Exception], ...] = ()
    """The errors that say what is wrong with the input."""

    def __call__(self, data: bytes) -> None:
        with suppress(*self.own):
            self.read(data)


class _Nowhere:
    """A store that is empty and stays so, and its connection."""

    dialect = sqlite.dialect()

    def execute(self, *_: Any, **__: Any) -> "_Nowhere":
        return self

    scalars = mappings = execute

    def read_now(self, work: Callable[..., Any], *args: Any) -> Any:
        return work(self, *args)

    write_now = snapshot_now = read_now

    def __enter__(self) -> "_Nowhere":
        return self

    def __exit__(self, *_: object) -> None: ...

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    partitions = __iter__

    def all(self) -> list[Any]:
        return []

    def first(self) -> None:
        return None

    scalar = one_or_none = first


def imported(name: str, data: bytes) -> ImportReport:
    """What the import of a file with this content tells. Raises AssertionError when that is no sentence for people."""
    numbers, store, report = count(1), cast(Store, _Nowhere()), ImportReport()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        ids = Ids(lambda size: next(numbers).to_bytes(size, "little"))
        import_files(store, "usr", ME, ZONE, ids, [path], report, keep_samples=True)
    for problem in report.problems:
        reason = problem.rpartition(" was left out")[2]
        assert not any(word in reason for word in PYTHON), problem
        assert len(problem) < 1_000, problem
    return report


def _body(data: bytes) -> object:
    async def receive() -> Any:
        return {"type": "http.request", "body": data}

    return asyncio.run(JsonRequest({"type": "http", "headers": []}, receive).json())


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _latin(data: bytes) -> str:
    return data.decode("latin-1")


def _charset(data: bytes) -> str:
    name, _, content = data.partition(b"\n")
    return text_of(content, name.decode("latin-1"))


def _file(data: bytes) -> object:
    kind, _, content = data.partition(b"\n")
    return plain_text(content, _latin(kind), "a")


def _query(data: bytes) -> str:
    return str(condition(parse_query(_text(data), ZONE)).compile(dialect=sqlite.dialect()))


def _zones(data: bytes) -> Known:
    name, _, text = data.partition(b"\n")
    return Zones(components(BytesIO(text), "VTIMEZONE"), ZONE, ZONE).named(_text(name), NOW.year)


def _task(data: bytes) -> None:
    if (written := task_text.read(data, ZONE, NOW)) is not None:
        draft = TaskDraft("New", NOW, "Notes", new_list="x")
        task_text.changed(data, written, draft, "act", NOW)
        task_text.marked(data, written, True, "act", NOW)


def _object(data: bytes) -> None:
    obj = read_object(data, Me("ana@example.test"), ZONE, "e")
    occasion = replace(obj.series.occasion, title="New", location="Here", reminders=(5,), free=True)
    edit = Edit("act", NOW, Me("ana@example.test"), Person("ana@example.test"))
    edited(obj, replace(obj.series, occasion=occasion), edit)
    with_rest(obj.text, rest_of(obj.text) or b"x")
    cancel(obj, "", [Person("a@b.test")], edit)


READERS = {
    "ics": Reader(lambda data: imported("a.ics", data)),
    "vcf": Reader(lambda data: imported("a.vcf", data)),
    "mbox": Reader(lambda data: imported("a.mbox", data)),
    "html": Reader(lambda data: html_to_text(_text(data))),
    "markdown": Reader(lambda data: markdown.rendered.__wrapped__(_text(data))),
    "bounces": Reader(lambda data: bounce_of(parse_mail(data))),
    "addresses": Reader(lambda data: parse_people(parse_mail(b"To: " + data), "To")),
    "charset": Reader(_charset),
    "zones": Reader(_zones),
    "header": Reader(lambda data: (words(_latin(data)), parameters(_latin(data)))),
    "date": Reader(lambda data: date_of(_latin(data))),
    "plain": Reader(lambda data: (unflowed(_text(data), False), enriched_to_text(_text(data)))),
    "own words": Reader(lambda data: (own_words(_text(data)), heads(_text(data)))),
    "file": Reader(_file, (NotRead,)),
    "multistatus": Reader(lambda data: multistatus(data, "https://a.example/b/"), (Unreadable,)),
    "task": Reader(_task, (Refused,)),
    "calendar object": Reader(_object, (Refused,)),
    "query": Reader(_query, (Refused,)),
    "cursor": Reader(lambda data: cursor.read(_text(data), (str,), "/threads"), (ValidationFailed,)),
    "event id": Reader(lambda data: stream._event_id(_text(data)), (ValidationFailed,)),
    "body": Reader(_body, (InvalidRequest,)),
    "dates": Reader(lambda data: dates.find(_text(data), NOW, ZONE)),
}
assert READERS.keys() == SEEDS.keys()
