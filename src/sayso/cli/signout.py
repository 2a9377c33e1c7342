"""`sayso sign-out`: end the sign-ins and tokens of one user, at the operator's word."""

from collections.abc import Callable
from datetime import datetime

from sayso.app import open_store, told
from sayso.base.errors import StartupError, StoreUnavailable
from sayso.cli.serve import clock_beside
from sayso.identity import audit, sessions, tokens, users
from sayso.identity.audit import Source
from sayso.settings import Settings
from sayso.store.gateway import WriteConn


def sign_out(settings: Settings, address: str, say: Callable[[str], None]) -> None:
    """End every session and token of whoever has this address, also beside a running server. Raises StartupError."""
    store = open_store(settings)
    try:
        ended = store.write_now(_end, address, clock_beside(settings).now())
    except StoreUnavailable as error:
        raise told(error, store) from error
    finally:
        store.close()
    if ended is None:
        raise StartupError(f"Nobody here has the address {address}; `sayso audit` tells who signs in.")
    say("{} sign-ins and {} tokens of {} were ended.".format(*ended, address))


def _end(conn: WriteConn, address: str, now: datetime) -> tuple[int, int] | None:
    """How many of each. An address can be several users', for an issuer proves nobody's: then of all of them."""
    found = users.with_address(conn, address)
    all_sessions = all_tokens = 0
    for user_id in found:
        ended, gone = sessions.revoke_all(conn, user_id, now), tokens.revoke_all(conn, user_id)
        data = {"ended": ended, "tokens": gone}
        audit.record(conn, "sessions_revoked", user_id, now, Source("terminal"), data)
        all_sessions, all_tokens = all_sessions + ended, all_tokens + gone
    return (all_sessions, all_tokens) if found else None
