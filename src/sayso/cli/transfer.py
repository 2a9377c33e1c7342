"""`sayso import` and `sayso export`: the local workspace and files. Both work beside a running server too."""

from collections.abc import Iterator
from pathlib import Path

from sayso.app import Owner, default_zone, ensure_owner, open_store, told
from sayso.base.errors import StartupError, StoreUnavailable
from sayso.base.ids import Ids
from sayso.cli.serve import clock_of
from sayso.settings import Settings
from sayso.store.gateway import Store


def bring_in(settings: Settings, files: list[Path]) -> Iterator[str]:
    """Import iCalendar, mbox and vCard files, all of them or none; the report in lines. Raises StartupError."""
    from sayso.workspace.errors import Refused
    from sayso.workspace.local.importing import import_files

    store, owner, ids = *_opened(settings), Ids()
    try:
        yield from store.write_now(import_files, owner.user_id, owner.me, owner.timezone, ids, files)
    except Refused as error:
        raise StartupError(f"Nothing was imported: {error}") from error
    except OSError as error:
        raise StartupError(f"Nothing was imported: {error.filename}: {error.strerror}.") from error
    except StoreUnavailable as error:
        raise told(error, store) from error
    finally:
        store.close()


def give_back(settings: Settings, directory: Path) -> Iterator[str]:
    """Export the workspace into a directory; a line for each file. Raises StartupError."""
    from sayso.workspace.local.exporting import export_files

    store, owner = _opened(settings)
    try:
        yield from (f"Wrote {path}" for path in store.read_now(export_files, owner.user_id, directory))
    except StoreUnavailable as error:
        raise told(error, store) from error
    except OSError as error:
        raise StartupError(f"Cannot write to {directory}: {error.strerror}.") from error
    finally:
        store.close()


def _opened(settings: Settings) -> tuple[Store, Owner]:
    store = open_store(settings)
    return store, ensure_owner(store, clock_of(settings), Ids(), default_zone(settings))
