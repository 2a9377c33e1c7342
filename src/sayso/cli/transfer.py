"""`sayso import` and `sayso export`: the local workspace and files. Both work beside a running server too."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from sayso.app import Owner, default_zone, ensure_owner, open_store, told
from sayso.base.addresses import is_address
from sayso.base.errors import StartupError, StoreUnavailable
from sayso.base.ids import Ids
from sayso.cli.serve import clock_beside
from sayso.identity import accounts
from sayso.settings import Settings
from sayso.store.gateway import Store, WriteConn

if TYPE_CHECKING:
    from sayso.transfer.job import Going


def bring_in(
    settings: Settings, files: list[Path], own: Sequence[str] = (), keep_samples: bool = False
) -> Iterator[str]:
    """Import iCalendar, mbox and vCard files, as far as they can be read; the report in lines. `own`: more addresses of
    the user's own; `keep_samples`: leave the sample data beside it. Raises StartupError."""
    from sayso.transfer.importing import import_files
    from sayso.transfer.job import ImportReport
    from sayso.workspace.errors import Refused

    for address in own:
        if not is_address(address):
            raise StartupError(f"--me: {address} is no e-mail address.")
    store, owner, ids = *_opened(settings, own), Ids()
    report, clock = ImportReport(), clock_beside(settings)

    def connect(conn: WriteConn) -> None:
        """The embedded workspace, which he may have removed, is there again with what comes into it."""
        accounts.add_local(conn, owner.user_id, clock.now())

    try:
        with _progress() as going:
            import_files(
                store, owner.user_id, owner.me, owner.timezone, ids, files, report, going, keep_samples, connect
            )
        yield from report
        if report.problems and not report.useful:
            raise StartupError("Nothing was imported.")
    except Refused as error:
        raise StartupError(f"Nothing was imported: {error}") from error
    except KeyboardInterrupt:  # a second one: what was under way is not stored, the rest is
        yield from report
        raise
    except OSError as error:
        yield from report
        raise StartupError(f"The import ended early: {error.filename}: {error.strerror}.") from error
    except StoreUnavailable as error:
        yield from report
        raise told(error, store) from error
    finally:
        store.close()


@contextmanager
def _progress() -> "Iterator[Going]":
    """Shows on a terminal how far the import has come; the first Ctrl-C ends it behind the batch under way."""
    from rich.console import Console
    from rich.progress import Progress

    console, stopped = Console(stderr=True), False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True
        signal.signal(number, before)

    with Progress(console=console, transient=True, disable=not console.is_terminal) as shown:
        bars = {}

        def going(name: str, share: float) -> bool:
            if name not in bars:
                bars[name] = shown.add_task(name, total=1)
            shown.update(bars[name], completed=share)
            return not stopped

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield going
        finally:
            signal.signal(signal.SIGINT, before)


def give_back(settings: Settings, directory: Path, force: bool) -> Iterator[str]:
    """Export the workspace into a directory; a line for each file. `force`: also over files that are there. Raises
    StartupError."""
    from sayso.transfer.exporting import export_files
    from sayso.workspace.local.samples import has_samples

    store, owner = _opened(settings)
    try:
        yield from (f"Wrote {path}" for path in store.snapshot_now(export_files, owner.user_id, directory, force))
        if store.read_now(has_samples, owner.user_id):
            yield "The sample data is not among it."
    except StoreUnavailable as error:
        raise told(error, store) from error
    except FileExistsError as error:
        there = Path(str(error.filename)).name
        raise StartupError(
            f"{directory} has a {there} already: choose another directory, or --force to replace it."
        ) from error
    except OSError as error:
        raise StartupError(f"Cannot write to {directory}: {error.strerror}.") from error
    finally:
        store.close()


def remove_samples(settings: Settings) -> str:
    """Remove the sample data; what is then to be said. Raises StartupError."""
    from sayso.workspace.local import samples

    store, owner = _opened(settings)
    try:
        there = store.write_now(samples.remove_samples, owner.user_id)
    except StoreUnavailable as error:
        raise told(error, store) from error
    finally:
        store.close()
    return "The sample data was removed." if there else "There is no sample data."


def _opened(settings: Settings, own: Sequence[str] = ()) -> tuple[Store, Owner]:
    store = open_store(settings)
    zone = default_zone(settings)
    return store, ensure_owner(store, clock_beside(settings), Ids(), zone, (*own, *settings.addresses))
