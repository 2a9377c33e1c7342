"""A second device is signed in by a link that a signed-in one shows.

The link's code works once, for two minutes. The device that brings it is not in by that: it is named, with a number
that both show, where the link was shown, and waits until it is allowed there. So who only sees the link, or sends his
own to somebody else, gains nothing (the idea of RFC 8628; its 5.4 tells of the attacks).
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row, delete, exists, insert, or_, select, update

from sayso.base import sizes
from sayso.base.errors import LinkExpired, LinkRefused, LinkUnknown, LinkUnused, LinkUsed, NotFound, SaysoError
from sayso.base.ids import Ids, hashed
from sayso.identity import audit, sessions
from sayso.identity.admission import Admission
from sayso.identity.audit import Source
from sayso.identity.sessions import Lifetime, Opened
from sayso.identity.types import Actor, Caller, DeviceStatus, DeviceView, Via
from sayso.store.gateway import ReadConn, WriteConn
from sayso.store.tables import device_links
from sayso.store.tables import sessions as all_sessions

LASTS = timedelta(minutes=2)
"""What a device has to use a link, and then its user to allow it."""
KEPT = timedelta(hours=1)
"""How long one that is over is remembered, so that it can be told."""
TWICE = "Two devices used this link, so neither was let in; have a new one shown."


class Device(NamedTuple):
    """What a device says of itself, and where it is."""

    name: str
    user_agent: str
    address: str
    via: Via


class Claimed(NamedTuple):
    """A device that waits to be allowed. `secret`: by which it is known again."""

    link: DeviceView
    secret: str


def show(conn: WriteConn, user_id: str, now: datetime, ids: Ids) -> tuple[DeviceView, str]:
    """A new link of the user, with its code. It takes the place of one that nobody was let in by."""
    over = or_(device_links.c.status != "allowed", device_links.c.expires_at <= now)
    conn.execute(delete(device_links).where(device_links.c.user_id == user_id, over))
    conn.execute(delete(device_links).where(device_links.c.expires_at <= now - KEPT))
    link_id, code, until = ids.new("link"), ids.secret(), now + LASTS
    conn.execute(
        insert(device_links).values(
            user_id=user_id,
            id=link_id,
            code_hash=hashed(code),
            status="shown",
            created_at=now,
            expires_at=until,
        )
    )
    return DeviceView(link_id, "shown", "", "", "", None, until), code


def get(conn: ReadConn | WriteConn, user_id: str, link_id: str, now: datetime) -> DeviceView:
    """How it stands with a link of the user's. Raises NotFound."""
    query = select(device_links).where(device_links.c.id == link_id, device_links.c.user_id == user_id)
    row = conn.execute(query).first()
    if row is None:
        raise NotFound
    return _view(row, now)


def claim(
    conn: WriteConn, code: str, device: Device, known: str | None, now: datetime, ids: Ids
) -> Claimed | SaysoError:
    """Use a link: the device waits from now on. `known`: the secret of the browser, if it has one from before.

    Else why not: LinkUnknown, LinkUsed, LinkExpired, LinkRefused. When another device has used it, neither is let in:
    which of them is the user's cannot be told.
    """
    secret, waiting = ids.secret(), device_links.c.code_hash == hashed(code)
    taken = (
        update(device_links)
        .where(waiting, device_links.c.status == "shown", device_links.c.expires_at > now)
        .values(
            status="claimed",
            browser_hash=hashed(secret),
            expires_at=now + LASTS,
            name=device.name[: sizes.NAME],
            user_agent=device.user_agent[: sizes.USER_AGENT],
            address=device.address[:64],
        )
    )
    landed = conn.execute(taken).rowcount == 1
    row = conn.execute(select(device_links).where(waiting)).first()
    if row is None:
        return LinkUnknown()
    view = _view(row, now)
    if landed:
        return Claimed(view, secret)
    if view.status not in ("claimed", "allowed"):
        return _over(view)
    if known is not None and row.browser_hash == hashed(known):  # asked again, by the same
        return Claimed(view, known)
    contested = update(device_links).where(device_links.c.id == row.id).values(status="contested")
    conn.execute(contested.where(device_links.c.status.in_(("claimed", "allowed"))))
    data = {"device": row.name, "other": device.name[: sizes.NAME], "why": "two devices used the link"}
    audit.record(conn, "device_refused", row.user_id, now, Source(device.via, None, device.address), data)
    return LinkUsed(TWICE)


def decide(
    conn: WriteConn, caller: Caller, link_id: str, allow: bool, name: str | None, now: datetime
) -> DeviceView | SaysoError:
    """Let the device that used the user's link in, or not; refused may be also what was allowed, until it is in.
    `name`: what it is called from now on, in place of what it calls itself.

    Else why not: LinkUnused, LinkUsed, LinkExpired, LinkRefused. Raises NotFound.
    """
    own = (device_links.c.id == link_id) & (device_links.c.user_id == caller.user_id)
    before = ("claimed",) if allow else ("shown", "claimed", "allowed")
    status: DeviceStatus = "allowed" if allow else "refused"
    decided = (
        update(device_links)
        .where(own, device_links.c.status.in_(before), device_links.c.expires_at > now)
        .values(status=status, allowed_by=caller.session_id if allow else None)
    )
    if name is not None:
        decided = decided.values(name=name[: sizes.NAME])
    landed = conn.execute(decided).rowcount == 1
    view = get(conn, caller.user_id, link_id, now)
    if landed:
        kind: audit.Kind = "device_allowed" if allow else "device_refused"
        audit.record(conn, kind, caller.user_id, now, Source.of(caller.actor), _told(view))
    elif view.status != status:
        return LinkUnused() if view.status == "shown" else _over(view)
    return view


def enter(
    conn: WriteConn,
    secret: str,
    device: Device,
    replaces: str | None,
    admission: Admission,
    now: datetime,
    lifetime: Lifetime,
    ids: Ids,
) -> Opened | DeviceView | SaysoError:
    """Sign the device that has this secret in, in place of the session that it `replaces`; how it stands, while it is
    not allowed yet. Else why not: LinkUnknown, LinkUsed, LinkExpired, LinkRefused.

    Who was signed out meanwhile, or is not let in any more himself, lets nobody in.
    """
    mine = device_links.c.browser_hash == hashed(secret)
    allower = (all_sessions.c.id == device_links.c.allowed_by) & (all_sessions.c.user_id == device_links.c.user_id)
    used = (
        update(device_links)
        .where(mine, device_links.c.status == "allowed", device_links.c.expires_at > now)
        .where(exists().where(allower, sessions.live(now)))
        .values(status="used")
    )
    landed = conn.execute(used).rowcount == 1
    row = conn.execute(select(device_links).where(mine)).first()
    if row is None:
        return LinkUnknown()
    view = _view(row, now)
    if not landed:
        return view if view.status == "claimed" else _over(view)
    provider = conn.execute(select(all_sessions.c.provider).where(all_sessions.c.id == row.allowed_by)).scalar_one()
    if not admission.stays(ReadConn(conn), row.user_id, provider):
        return LinkRefused()
    if replaces is not None:
        sessions.revoke_secret(conn, replaces)
    opened = sessions.begin(conn, row.user_id, provider, device.user_agent, now, lifetime, ids, row.name)
    source = Source.of(Actor(row.user_id, device.via, opened.id, address=device.address))
    data = {"provider": provider, "device": row.name, "allowed_by": row.allowed_by}
    audit.record(conn, "signed_in", row.user_id, now, source, data)
    return opened


def end_all(conn: WriteConn) -> None:
    """End every link."""
    conn.execute(delete(device_links))


def _over(view: DeviceView) -> SaysoError:
    """Why nobody is let in by it (any more). Allowed: the session in which it was allowed has ended."""
    if view.status == "contested":
        return LinkUsed(TWICE)
    return {"used": LinkUsed, "expired": LinkExpired}.get(view.status, LinkRefused)()


def _told(view: DeviceView) -> dict[str, Any]:
    return {"link": view.id, "device": view.name, "user_agent": view.user_agent, "from": view.address}


def _view(row: Row[Any], now: datetime) -> DeviceView:
    """What is over by the clock is told so; what was used, refused or contested before stays that."""
    status: DeviceStatus = (
        "expired" if row.status in ("shown", "claimed", "allowed") and now >= row.expires_at else row.status
    )
    check = None if row.browser_hash is None else f"{int(row.browser_hash, 16) % 100:02d}"
    return DeviceView(row.id, status, row.name, row.user_agent, row.address, check, row.expires_at)
