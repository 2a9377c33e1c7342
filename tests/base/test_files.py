"""Private files: whole or not at all, never through a link, never over what came first."""

import os
import stat
from pathlib import Path

import pytest

from sayso.base.files import private_file


@pytest.fixture(params=["links", "no links"])
def links(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system with hard links, and one without."""
    if request.param == "no links":

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)


@pytest.mark.usefixtures("links")
@pytest.mark.parametrize("came", ["file", "link to nothing"])
def test_what_came_first_stays(tmp_path: Path, came: str) -> None:
    path = tmp_path / "x"

    def write() -> None:
        with private_file(path, replace=False) as draft:
            draft.write_text("ours")
            if came == "file":
                path.write_text("theirs")
            else:
                path.symlink_to(tmp_path / "nothing")

    with pytest.raises(FileExistsError):
        write()
    assert path.is_symlink() if came != "file" else path.read_text() == "theirs"
    assert [name.name for name in tmp_path.iterdir()] == ["x"]


@pytest.mark.usefixtures("links")
def test_it_is_there_at_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "x"
    before = os.umask(0)
    try:
        with private_file(path, replace=False) as draft:
            draft.write_text("ours")
            assert not path.exists()
    finally:
        os.umask(before)
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("ours", 0o600)


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("theirs")
    (tmp_path / "x").symlink_to(tmp_path / "theirs")
    with private_file(tmp_path / "x") as draft:
        draft.write_text("ours")
    assert ((tmp_path / "theirs").read_text(), (tmp_path / "x").read_text()) == ("theirs", "ours")
    assert not (tmp_path / "x").is_symlink()


def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    """A pipe or a device, also behind a link: whoever names one wants it written to."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    for name in ("pipe", "link"):
        with pytest.raises(OSError, match=f"{name} is there and is not a file"), private_file(tmp_path / name):
            pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "pipe"]
    assert (tmp_path / "pipe").is_fifo()


def test_what_fails_leaves_all_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("theirs")

    def write() -> None:
        with private_file(tmp_path / "x") as draft:
            draft.write_text("half of")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x", "theirs")]
