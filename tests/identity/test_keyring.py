"""Secrets at rest: what is sealed opens for whom it was sealed, with a key that is there, and for nobody else."""

import os
import stat
from pathlib import Path

import pytest

from sayso.base.errors import StartupError
from sayso.identity.keyring import Keyring, Unreadable, open_keyring, read_keys, write_keys
from sayso.store.datadir import KEY_FILE

OLD, NEW = "o" * 43, "n" * 43
OF = ("credential", "user_a", "acc_1")


def ring(*keys: str) -> Keyring:
    return Keyring(lambda: keys)


def test_a_secret_comes_back_and_never_looks_the_same() -> None:
    sealed = [ring(OLD).seal("1//refresh ✓", *OF) for _ in range(2)]
    assert [ring(OLD).open(each, *OF) for each in sealed] == ["1//refresh ✓"] * 2
    assert sealed[0] != sealed[1]
    assert "refresh" not in "".join(sealed)


@pytest.mark.parametrize(
    "other",
    [
        ("credential", "user_b", "acc_1"),
        ("credential", "user_a", "acc_2"),
        ("model", "user_a", "acc_1"),
        ("credential", "user_a|5:acc_1"),
        ("credential", "user_aa", "cc_1"),
        ("credential", "user_a"),
    ],
)
def test_a_text_that_was_moved_does_not_open(other: tuple[str, ...]) -> None:
    with pytest.raises(Unreadable):
        ring(OLD).open(ring(OLD).seal("secret", *OF), *other)


@pytest.mark.parametrize("place", [12, -10, -6])
def test_a_text_that_was_changed_does_not_open(place: int) -> None:
    sealed = ring(OLD).seal("secret", *OF)
    changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 or None :]
    for broken in (changed, sealed[:place]):
        with pytest.raises(Unreadable):
            ring(OLD).open(broken, *OF)


@pytest.mark.parametrize("broken", ["", "v1", "v1.", "v2.x.y", "v1.0.!", "plain text", "v1.\u2028.ü"])
def test_what_was_never_sealed_does_not_open(broken: str) -> None:
    with pytest.raises(Unreadable):
        ring(OLD).open(broken, *OF)


def test_older_keys_open_and_the_newest_seals() -> None:
    sealed = ring(OLD).seal("secret", *OF)
    both = ring(NEW, OLD)
    assert both.open(sealed, *OF) == "secret"
    assert both.is_old(sealed)
    assert not both.is_old(both.seal("secret", *OF))
    with pytest.raises(Unreadable):
        ring(NEW).open(sealed, *OF)


def test_a_key_that_came_later_is_looked_for(tmp_path: Path) -> None:
    running = open_keyring(None, tmp_path)
    before = read_keys(None, tmp_path)
    write_keys([NEW, *before], tmp_path / KEY_FILE)
    assert running.open(ring(NEW).seal("secret", *OF), *OF) == "secret"
    (tmp_path / KEY_FILE).write_text("short\n")
    with pytest.raises(Unreadable):
        running.open(ring(OLD).seal("secret", *OF), *OF)
    assert running.open(ring(NEW).seal("secret", *OF), *OF) == "secret"


def test_no_key_is_in_what_is_printed() -> None:
    assert OLD not in repr(ring(OLD))
    assert OLD not in f"{vars(ring(OLD))['_opens']}"


def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    keys = read_keys(None, tmp_path)
    assert read_keys(None, tmp_path) == keys
    assert stat.S_IMODE(os.stat(tmp_path / KEY_FILE).st_mode) == 0o600
    os.chmod(tmp_path / KEY_FILE, 0o640)
    with pytest.raises(StartupError, match="chmod 600"):
        read_keys(None, tmp_path)


def test_the_settings_come_before_the_file(tmp_path: Path) -> None:
    assert read_keys(f" {NEW}, {OLD} ", tmp_path) == [NEW, OLD]
    assert not (tmp_path / KEY_FILE).exists()


@pytest.mark.parametrize("given", ["short", f"{NEW},short", ","])
def test_a_weak_key_is_refused_with_what_to_do(given: str, tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="openssl rand"):
        open_keyring(given, tmp_path)


def test_what_is_no_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_bytes(b"\xff\xfe")
    (tmp_path / KEY_FILE).chmod(0o600)
    with pytest.raises(StartupError, match="cannot be read"):
        read_keys(None, tmp_path)
