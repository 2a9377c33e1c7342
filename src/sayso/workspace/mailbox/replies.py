"""What a mail server says, for people: a stranger's words, so one short line of them, quoted."""

import re
from typing import Final
from unicodedata import category

MAX_WORDS: Final = 150
"""Characters of a server's own words that are shown."""
WAIT_SECONDS: Final = 60.0
"""That a server is left alone which asks to come back later, and does not say when."""
MAX_WAIT: Final = 86_400.0

_CODE = re.compile(r"(?m)^\s*[245]\.\d{1,3}\.\d{1,3}[\s:-]*")
_APP_PASSWORD = re.compile(r"app(?:lication)?[- ]?(?:specific)?[- ]?password", re.IGNORECASE)
_SWITCHED_OFF = re.compile(r"smtp ?client ?auth\w{0,20} is disabled|5\.7\.139", re.IGNORECASE)
_WAIT = re.compile(r"(?<![\d.])(\d{1,5}) ?(s\b|sec|min|h\b|hour)", re.IGNORECASE)


def plain_words(text: str, most: int = MAX_WORDS) -> str:
    """The text on one line, without enhanced codes (RFC 3463), cut at `most` characters."""
    text = text[: 20 * most].encode("utf-8", "replace").decode()
    kept = "".join(" " if category(char)[0] in "CZ" else char for char in _CODE.sub(" ", text).replace('"', "'"))
    line = " ".join(kept.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def quoted(message: str) -> str:
    """A server's words in quotes and brackets, with a space before; empty if it said none."""
    line = plain_words(message)
    return f' ("{line}")' if line else ""


def wait_of(message: str) -> float:
    """For how many seconds to leave a server alone which said that."""
    found = _WAIT.search(message[: 20 * MAX_WORDS])
    if found is None:
        return WAIT_SECONDS
    unit = {"s": 1.0, "m": 60.0, "h": 3600.0}[found[2][0].lower()]
    return min(float(found[1]) * unit, MAX_WAIT)


def sign_in_refused(host: str, code: int, message: str) -> str:
    """Why a server does not take a sign-in that may well be right; empty where it says no such thing."""
    if code in (534, 535) and _APP_PASSWORD.search(message):
        return (
            f"{host} wants an app password instead of your own: make one in the security settings of your mail "
            "account, and connect it with that."
        )
    if _SWITCHED_OFF.search(message):
        return f"{host} does not let this mailbox send by SMTP; who administers it can switch that on."
    if code == 534:
        return f"{host} wants another way to sign in{quoted(message)}."
    if code == 538:
        return f"{host} takes sign-ins over encrypted connections only; choose TLS for it."
    return ""
