"""`sayso rotate-key`: a new key for the secrets in the store."""

from collections.abc import Callable

from sayso.app import open_store
from sayso.base.errors import StartupError
from sayso.cli.serve import clock_beside
from sayso.identity import audit
from sayso.identity.audit import Source
from sayso.identity.keyring import new_key, open_keyring, read_keys, write_keys
from sayso.identity.rotation import Resealed, reseal
from sayso.settings import Settings
from sayso.store import datadir
from sayso.store.datadir import KEY_FILE
from sayso.store.gateway import Store


def rotate(settings: Settings, say: Callable[[str], None]) -> None:
    """Seal every secret with a new key, also beside a running server. Raises StartupError.

    The key before stays in the file until the next time, for what a running server has sealed with it meanwhile.
    """
    folder = datadir.locate(settings).lock.parent
    store = open_store(settings)
    try:
        if settings.secret_key:
            _told(reseal(store, open_keyring(settings.secret_key, folder)), say)
            say(_OF_SETTING[len(read_keys(settings.secret_key, folder)) > 1])
        else:
            _rotate_file(store, settings, say)
        store.write_now(audit.record, "key_rotated", None, clock_beside(settings).now(), Source("terminal"))
    finally:
        store.close()


def _rotate_file(store: Store, settings: Settings, say: Callable[[str], None]) -> None:
    folder = datadir.locate(settings).lock.parent
    before, file = read_keys(None, folder), folder / KEY_FILE
    fresh = new_key()
    try:
        write_keys([fresh, *before], file)  # both, until nothing needs the older ones
        done = reseal(store, open_keyring(None, folder))
        if not done.unreadable:
            write_keys([fresh, before[0]], file)
    except OSError as error:
        raise StartupError(f"The key file {file} cannot be written: {error}.") from error
    _told(done, say)
    say(f"{file} has a new key. Keep a copy of it apart from backups of the store, which need it.")


_OF_SETTING = {
    True: "Every secret is under the first key of SAYSO_SECRET_KEY now; once all servers know it, the others can go.",
    False: "SAYSO_SECRET_KEY has one key: put a new one in front of it, with a comma between them, restart all "
    "servers, and run this again.",
}


def _told(done: Resealed, say: Callable[[str], None]) -> None:
    say(f"{done.anew} secrets were sealed anew.")
    if done.unreadable:
        say(
            f"{done.unreadable} cannot be opened with any key that is here, so they were left: bring their key back, "
            "or connect those accounts and set those models again."
        )
