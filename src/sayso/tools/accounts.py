"""Which of the user's accounts something is in, where there are several."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from typing_extensions import TypedDict  # which Pydantic can read on 3.11

from sayso.tools.base import ACCOUNT_GONE, ToolContext, ToolInputError
from sayso.tools.wording import join, one_line
from sayso.workspace.account_ids import account_of
from sayso.workspace.errors import NotConnected, ReconnectNeeded
from sayso.workspace.types import Connection, Part

HERE: Final = "This computer"
"""What the embedded account is called."""
LOCAL: Final = "local"
"""Its id, where every account is told with one."""


class Account(TypedDict):
    id: str
    label: str


def named(ctx: ToolContext, part: Part, object_id: str = "") -> tuple[tuple[str, str], ...]:
    """For the details of a proposal: the account of a thing, or the one where a new thing is made; nothing where the
    user has no more than one."""
    account = account_of_card(ctx, part, object_id)
    return (("Account", account["label"]),) if account else ()


def account_of_card(ctx: ToolContext, part: Part, object_id: str = "") -> Account | None:
    """The same as data."""
    accounts = _accounts(ctx, part)
    if len(accounts) < 2:
        return None
    account = account_of(object_id) if object_id else accounts[0].account_id
    return Account(id=account or LOCAL, label=_called(accounts, account))


def placed(ctx: ToolContext, part: Part, near: str = "") -> dict[str, str]:
    """For the target of a proposal of something new: the account where it is to be made, which is that of `near`, the
    id of what it belongs to, or else the default one; nothing where it is the embedded one. `at` reads it.

    Raises ReconnectNeeded: the default account has to be connected again, and no other takes its place unasked.
    """
    accounts = _accounts(ctx, part)
    if not near and accounts and accounts[0].closed:
        raise ReconnectNeeded(accounts[0].problem)
    account = account_of(near) if near or not accounts else accounts[0].account_id
    return {"account": account} if account else {}


def at(ctx: ToolContext, target: Mapping[str, Any]) -> ToolContext:
    """The context whose workspace is the account where something new was proposed to be made, whichever is the default
    by now. Raises NotConnected when it is not connected any more."""
    accounts, account = ctx.workspace.accounts, target.get("account", "")
    if account in accounts:
        return replace(ctx, workspace=accounts[account])
    if any(each.account_id == account for each in ctx.workspace.connections) and not accounts:
        return ctx  # it is that account's already
    if account or accounts:
        raise NotConnected(f"{ACCOUNT_GONE}.")
    return ctx


def of_one_account(ctx: ToolContext, part: Part, ids: Sequence[str], things: str) -> None:
    """Raises ToolInputError when the things are not all in one account: one change is in one system."""
    found = list(dict.fromkeys(map(account_of, ids)))
    if len(found) > 1:
        names = join([_called(_accounts(ctx, part), account) for account in found])
        raise ToolInputError(f"These {things} are in different accounts ({names}): take those of each by themselves.")


def missed(ctx: ToolContext) -> list[str]:
    """A sentence for each account that could not be read."""
    return [one_line(sentence) for sentence in ctx.workspace.missed.values()]


def _accounts(ctx: ToolContext, part: Part) -> list[Connection]:
    """Those that serve the part, the default one first."""
    return [each for each in ctx.workspace.connections if each.name == part]


def _called(accounts: Sequence[Connection], account: str) -> str:
    named = (each.account or each.label or HERE for each in accounts if each.account_id == account)
    return one_line(next(named, account))
