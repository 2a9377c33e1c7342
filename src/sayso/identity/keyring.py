"""Secrets at rest: AES-256-GCM, each text bound to the row that it belongs to, under keys that can be changed.

A sealed text is `v1.KEY.BASE64`: the id of its key, then a random nonce of 96 bits with the ciphertext (NIST SP
800-38D, 8.2.2). What a text belongs to is authenticated with it, so that one that is moved to another user or account
does not open.
"""

import base64
import binascii
import os
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sayso.base.errors import StartupError
from sayso.base.files import private_file
from sayso.store.datadir import KEY_FILE, hand_over

LEAST_KEY = 32  # characters
_VERSION = "v1"
_NONCE = 12


class Unreadable(Exception):
    """The text was sealed with a key that is not there, for something else, or was changed."""


class Keyring:
    """Seals with the first key and opens with any. `random_bytes` makes nonces."""

    def __init__(
        self, keys: Callable[[], Sequence[str]], random_bytes: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        """`keys`: reads them, the newest first, each of at least 32 characters; asked again when a text names a
        key that was not there, as after `sayso rotate-key` beside a running server. Raises StartupError."""
        self._keys = keys
        self._random_bytes = random_bytes
        self._read()

    def _read(self) -> None:
        keys = self._keys()
        if not keys or any(len(key) < LEAST_KEY for key in keys):
            raise StartupError(
                f"SAYSO_SECRET_KEY: a key has at least {LEAST_KEY} random characters, as `openssl rand -base64 32` "
                "prints them; several are separated by commas, the newest first."
            )
        self._opens = {_derived(key, b"id").hex()[:8]: AESGCM(_derived(key, b"seal")) for key in keys}
        self._first = _derived(keys[0], b"id").hex()[:8]

    def seal(self, text: str, *of: str) -> str:
        """The text, sealed for what the words name, such as ("credential", user, account)."""
        nonce = self._random_bytes(_NONCE)
        sealed = nonce + self._opens[self._first].encrypt(nonce, text.encode(), _bound(of))
        return f"{_VERSION}.{self._first}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, sealed: str, *of: str) -> str:
        """The text that was sealed for the same words. Raises Unreadable."""
        version, _, rest = sealed.partition(".")
        key, _, body = rest.partition(".")
        if key not in self._opens:
            self._read_again()
        if version != _VERSION or key not in self._opens:
            raise Unreadable("sealed with a key that is not there")
        try:
            raw = base64.urlsafe_b64decode(body)
            return self._opens[key].decrypt(raw[:_NONCE], raw[_NONCE:], _bound(of)).decode()
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise Unreadable("not what was sealed here") from error

    def _read_again(self) -> None:
        with suppress(StartupError):  # then what was there goes on
            self._read()

    def is_old(self, sealed: str) -> bool:
        """Whether it was sealed with another key than the newest."""
        return not sealed.startswith(f"{_VERSION}.{self._first}.")

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self._opens)})"


def _derived(key: str, use: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"sayso secrets v1 " + use).derive(key.encode())


def _bound(of: Sequence[str]) -> bytes:
    """The words so that no two lists of them look the same."""
    return _VERSION.encode() + b"".join(b"|%d:%s" % (len(word.encode()), word.encode()) for word in of)


def open_keyring(given: str | None, folder: Path) -> Keyring:
    """The keys of the settings, else of the key file in the folder. Raises StartupError."""
    return Keyring(partial(read_keys, given, folder))


def read_keys(given: str | None, folder: Path) -> list[str]:
    """The keys of the settings, else those of the key file in the folder, which is made if there is none.

    Raises StartupError.
    """
    if given:
        return [key.strip() for key in given.split(",") if key.strip()]
    file = folder / KEY_FILE
    try:
        if not os.path.lexists(file):
            write_keys([new_key()], file, replace=False)
            hand_over(file)
        if os.name != "nt" and file.stat().st_mode & 0o077:
            raise StartupError(f"Others may read the key of all secrets: `chmod 600 {file}`.")
        return [line.strip() for line in file.read_text(encoding="ascii").splitlines() if line.strip()]
    except FileExistsError:  # another worker made it
        return read_keys(None, folder)
    except (OSError, ValueError) as error:
        raise StartupError(f"The key file {file} cannot be read: {error}.") from error


def write_keys(keys: Sequence[str], file: Path, *, replace: bool = True) -> None:
    """Put the keys into the file, for its owner alone. Raises OSError; FileExistsError where it is there already and
    `replace` is False."""
    with private_file(file, replace=replace) as draft:
        draft.write_text("\n".join(keys) + "\n", encoding="ascii")


def new_key() -> str:
    """256 random bits as text."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
