"""The addresses that an account at Gmail may write from."""

from typing import Any

from sayso.workspace.errors import ObjectNotFound
from sayso.workspace.google.client import Google
from sayso.workspace.google.errors import NotDone
from sayso.workspace.types import Person


async def aliases_of(google: Google) -> list[Person]:
    """The account's own address and those that Gmail has verified as its user's, the default one first, each with the
    name that goes with it. None where it does not say. Raises Refused, Unavailable."""
    try:
        told = await google.get("gmail", "settings/sendAs")
    except ObjectNotFound:
        return []
    except NotDone as error:
        if error.status == 403:
            return []
        raise
    entries = told.get("sendAs")
    found = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
    usable = [each for each in found if _usable(each)]
    usable.sort(key=lambda each: each.get("isDefault") is not True)
    named = {str(each["sendAsEmail"]): str(each.get("displayName") or "") for each in usable}
    return [Person(email, name) for email, name in named.items()]


def _usable(told: dict[str, Any]) -> bool:
    """The status is said of custom addresses only (the schema SendAs)."""
    verified = told.get("isPrimary") is True or told.get("verificationStatus", "accepted") == "accepted"
    return verified and isinstance(told.get("sendAsEmail"), str) and "@" in told["sendAsEmail"]
