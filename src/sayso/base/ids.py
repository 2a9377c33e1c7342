"""Ids and secrets from one source of randomness, handed in so that tests can hold it still."""

import base64
import hashlib
import secrets
from collections.abc import Callable


class Ids:
    def __init__(self, random_bytes: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._random_bytes = random_bytes

    def new(self, prefix: str) -> str:
        """An id such as `plan_k3v…`: the prefix and 100 random bits in lower-case base 32."""
        return f"{prefix}_{base64.b32encode(self._random_bytes(13)).decode().lower().rstrip('=')[:20]}"

    def of(self, prefix: str, *names: str) -> str:
        """The one id that goes with these names, in the form of `new`: who asks again is given the same."""
        told = hashlib.sha256("\n".join(names).encode("utf-8", "surrogatepass")).digest()
        return f"{prefix}_{base64.b32encode(told).decode().lower()[:20]}"

    def call(self) -> str:
        """The id of a tool call: 45 random bits in nine letters and digits, the one form that every model API takes
        (Mistral takes no other; Anthropic: letters, digits, _ and -, unique in a request)."""
        return base64.b32encode(self._random_bytes(6)).decode().lower()[:9]

    def secret(self) -> str:
        """256 random bits, URL-safe: a session id, a state, a one-time token."""
        return base64.urlsafe_b64encode(self._random_bytes(32)).decode().rstrip("=")


def hashed(secret: str) -> str:
    """How a secret is stored: its SHA-256, in hex. Enough for 256 random bits; never for passwords."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
