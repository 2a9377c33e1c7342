"""Ids that carry their account: `<account>:<id>`. Those of the embedded account are bare."""


def carried(account: str, own_id: str) -> str:
    """The id under which a thing of that account is known outside of it."""
    return f"{account}:{own_id}" if account and own_id else own_id


def account_of(object_id: str) -> str:
    """The account that an id carries; empty: the embedded one."""
    account, colon, _ = object_id.partition(":")
    return account if colon else ""
