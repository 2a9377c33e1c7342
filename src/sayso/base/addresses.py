"""E-mail addresses as texts."""

import re

MOST_OWN = 20
"""Further addresses of one user."""
MAX_ADDRESS = 320  # RFC 5321, 4.5.3.1: 64 and 255
ADDRESS = r"^[^\s@,;<>\"]+@[^\s@,;<>\"]+$"
INVENTED = "sayso.local"
"""The domain of addresses that are nobody's: made here, for who has said none."""

_ADDRESS = re.compile(ADDRESS)


def is_address(text: str) -> bool:
    return len(text) <= MAX_ADDRESS and _ADDRESS.fullmatch(text) is not None


def is_invented(address: str) -> bool:
    return address.casefold().endswith(f"@{INVENTED}")
