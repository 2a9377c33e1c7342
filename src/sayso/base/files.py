"""Files for their owner's eyes only, that are there whole or not at all."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def private_file(path: Path, *, replace: bool = True) -> Iterator[Path]:
    """An empty file of mode 0600 to be filled in the block, which then takes the place of `path`, durably.

    If the block raises, `path` stays as it was. A link at `path` is replaced, never followed; a device or a pipe is
    not. Raises OSError; FileExistsError where `replace` is False and something is at `path`.
    """
    if replace and path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, f"{path.name} is there and is not a file")
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600, O_EXCL, O_NOFOLLOW
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        sync(draft)
        if replace:
            draft.replace(path)
        else:
            link(draft, path)
        sync(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def link(file: Path, path: Path) -> None:
    """Give the file a second name, at which nothing may be yet. Raises FileExistsError, OSError."""
    try:
        os.link(file, path, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        file.rename(path)


def sync(path: Path) -> None:
    """Wait until the file or directory is on the disk."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
