"""Events in the store: rows to series and back, by user."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Table,
    Text,
    and_,
    case,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from sayso.base.zones import zone_named
from sayso.store.gateway import ReadConn, WriteConn, pieces
from sayso.store.types import clean
from sayso.store.workspace_tables import local_events as events
from sayso.store.workspace_tables import local_overrides as overrides
from sayso.workspace.errors import ObjectNotFound, Refused
from sayso.workspace.events.looking import MOST_ROWS, TOO_MUCH, look, within_years
from sayso.workspace.events.series import (
    DAY,
    GONE,
    Occasion,
    Override,
    Series,
    as_kept,
    as_seen_by,
    instant,
)
from sayso.workspace.links import OF_MEETINGS, OF_PAGES
from sayso.workspace.people import Me
from sayso.workspace.stored import GUESTS, PERSON, to_json
from sayso.workspace.types import Event

LONGEST_KEPT = 30_000
"""Characters of the lines of an event that are looked through for a link."""


def _looked_at(table: Table) -> list[ColumnElement[Any]]:
    """The columns of a look, which changes nothing: what is only given back may be long, so it is read only where it
    is short and may have a link to meet at."""
    text = cast(table.c.kept, Text)
    linked = or_(*(text.icontains(name) for name in (OF_PAGES, *OF_MEETINGS[:1])))
    kept = case((and_(func.length(text) <= LONGEST_KEPT, linked), table.c.kept), else_=None).label("kept")
    return [*(column for column in table.c if column.name != "kept"), kept]


_READ = {table: _looked_at(table) for table in (events, overrides)}


def load_series(conn: ReadConn | WriteConn, user_id: str, series_id: str, me: Me, lock: bool = False) -> Series:
    """One event or series, as the user sees it. Raises ObjectNotFound. `lock`: no other transaction changes it until
    this one ends."""
    query = select(events).where(events.c.user_id == user_id, events.c.id == clean(series_id))
    row = conn.execute(query.with_for_update() if lock else query).mappings().one_or_none()
    if row is None:
        raise ObjectNotFound(GONE)
    mine = (overrides.c.user_id == user_id) & (overrides.c.event_id == clean(series_id))
    return as_seen_by(_series(row, conn.execute(select(overrides).where(mine)).mappings()), me)


def load_window(conn: ReadConn, user_id: str, me: Me, start: datetime, end: datetime) -> list[Event]:
    """What overlaps [start, end), by start, all-day events first. Raises Refused when that is too much."""
    start, end = within_years(start, end)

    def find() -> Iterator[Event]:
        for series in load_between(conn, user_id, start, end, MOST_ROWS):
            yield from as_seen_by(series, me).window(start, end)

    return look(start, find)


def load_between(
    conn: ReadConn | WriteConn, user_id: str, start: datetime | None, end: datetime | None, most: int | None = None
) -> list[Series]:
    """The series that may have something in [start, end), with all people in them, to be looked at; with None, all.

    Raises Refused when they, or their changed occurrences, are more than `most`."""
    wanted = events.c.user_id == user_id
    if start is not None and end is not None:
        # A date is kept as midnight UTC but means midnight wherever one is.
        wanted &= (events.c.first_at < end + DAY) & or_(events.c.last_at.is_(None), events.c.last_at >= start - DAY)
    query = select(*_READ[events]).where(wanted).order_by(events.c.first_at, events.c.id)
    rows = _few(conn.execute(query.limit(most and most + 1)).mappings().all(), most)
    if not rows:
        return []
    here = (events.c.user_id == overrides.c.user_id) & (events.c.id == overrides.c.event_id)
    changed: dict[str, list[RowMapping]] = {}
    query = select(*_READ[overrides]).join(events, here).where(wanted)
    for row in _few(conn.execute(query.limit(most and most + 1)).mappings().all(), most):
        changed.setdefault(row["event_id"], []).append(row)
    return [_series(row, changed.get(row["id"], ())) for row in rows]


def _few(rows: Sequence[RowMapping], most: int | None) -> Sequence[RowMapping]:
    if most is not None and len(rows) > most:
        raise Refused(TOO_MUCH)
    return rows


def each_series(conn: ReadConn, user_id: str, samples: bool = True) -> Iterator[Series]:
    """Every event and series by its beginning, with all people in it, a few at a time."""
    wanted = events.c.user_id == user_id
    if not samples:
        wanted &= ~events.c.sample
    for rows in pieces(conn, select(events).where(wanted).order_by(events.c.first_at, events.c.id)):
        theirs = (overrides.c.user_id == user_id) & overrides.c.event_id.in_([row.id for row in rows])
        changed: dict[str, list[RowMapping]] = {row.id: [] for row in rows}
        for row in conn.execute(select(overrides).where(theirs)).mappings():
            changed[row["event_id"]].append(row)
        yield from (_series(row._mapping, changed[row.id]) for row in rows)


def _series(row: RowMapping, changed: Iterable[RowMapping]) -> Series:
    return Series(
        id=row["id"],
        uid=row["uid"],
        occasion=_occasion(row),
        recurrence=row["recurrence"],
        exdates=frozenset(row["exdates"]),
        rdates=frozenset(row["rdates"]),
        overrides={other["occurrence"]: Override(_occasion(other), other["revision"]) for other in changed},
        organizer=PERSON.validate_python(row["organizer"]) if row["organizer"] else None,
        revision=row["revision"],
        touched=row["touched"],
    )


def _occasion(row: RowMapping) -> Occasion:
    zone, start, end = zone_named(row["timezone"]), row["start_at"], row["end_at"]
    return Occasion(
        title=row["title"],
        start=start.date() if row["all_day"] else start.astimezone(zone),
        end=end.date() if row["all_day"] else end.astimezone(zone),
        timezone=row["timezone"],
        location=row["location"],
        description=row["description"],
        guests=GUESTS.validate_python(row["guests"]),
        my_response=row["my_response"],
        free=row["free"],
        kept=tuple(row["kept"] or ()),
    )


def insert_series(conn: WriteConn, user_id: str, series: Series, split_from: str = "") -> None:
    """`split_from`: the series of which it was a part, of whose kind (a sample or not) it stays."""
    event, changed = series_rows(user_id, series)
    if split_from:
        whole = select(events.c.sample).where(events.c.user_id == user_id, events.c.id == split_from)
        event |= {"sample": whole.scalar_subquery()}
    insert_rows(conn, event, changed)


def series_rows(user_id: str, series: Series) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The row of the series and those of its changed occurrences."""
    series = as_kept(series)
    return _event_row(user_id, series), _override_rows(user_id, series)


def insert_rows(conn: WriteConn, event: dict[str, Any], changed: list[dict[str, Any]]) -> None:
    conn.execute(insert(events).values(event))
    if changed:
        conn.execute(insert(overrides), changed)


def save_series(conn: WriteConn, user_id: str, series: Series) -> None:
    """Store the series as it is now."""
    event, changed = series_rows(user_id, series)
    mine = (events.c.user_id == user_id) & (events.c.id == series.id)
    conn.execute(update(events).where(mine).values(event))
    conn.execute(delete(overrides).where(overrides.c.user_id == user_id, overrides.c.event_id == series.id))
    if changed:
        conn.execute(insert(overrides), changed)


def delete_series(conn: WriteConn, user_id: str, series_id: str) -> None:
    conn.execute(delete(events).where(events.c.user_id == user_id, events.c.id == series_id))


def _override_rows(user_id: str, series: Series) -> list[dict[str, Any]]:
    return [
        {"user_id": user_id, "event_id": series.id, "occurrence": key, "revision": override.revision}
        | _occasion_row(override.occasion)
        for key, override in series.overrides.items()
    ]


def _event_row(user_id: str, series: Series) -> dict[str, Any]:
    series.check()
    first, last = series.span()
    organizer = series.organizer
    return _occasion_row(series.occasion) | {
        "user_id": user_id,
        "id": series.id,
        "uid": series.uid,
        "revision": series.revision,
        "recurrence": series.recurrence,
        "exdates": sorted(series.exdates),
        "rdates": sorted(series.rdates),
        "organizer": None if organizer is None else to_json(PERSON, organizer),
        "touched": series.touched,
        "first_at": first,
        "last_at": last,
    }


def _occasion_row(occasion: Occasion) -> dict[str, Any]:
    return {
        "title": occasion.title,
        "all_day": occasion.all_day,
        "start_at": instant(occasion.start),
        "end_at": instant(occasion.end),
        "timezone": occasion.timezone,
        "location": occasion.location,
        "description": occasion.description,
        "guests": to_json(GUESTS, occasion.guests),
        "my_response": occasion.my_response,
        "free": occasion.free,
        "kept": list(occasion.kept),
    }
