"""Addresses compared."""

NOBODY = "unknown@invalid"
"""The address of who has none."""


def same_address(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
