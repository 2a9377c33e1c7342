"""A user may have no calendar, tasks, mail or address book: what is left works, and the rest says what to do."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from sayso.agent.prompt import about
from sayso.agent.types import TurnInput
from sayso.tools.base import served, texts
from sayso.tools.registry import toolbox
from sayso.workspace.errors import NotConnected
from sayso.workspace.protocols import PARTS, Workspace
from sayso.workspace.types import Part

if TYPE_CHECKING:
    from tests.tools.conftest import Desk

NO_ACCOUNT = {"list_activity", "remember", "forget"}
"""What works on no account."""
PRIYA = "Priya Raman <priya.raman@northwind.example>"


def only(desk: "Desk", *parts: Part) -> "Desk":
    """The desk of a user who has connected no more than this."""
    there: Any = {part: getattr(desk.ctx.workspace, part) for part in parts}
    return type(desk)(replace(desk.ctx, workspace=Workspace(**there)))


def test_every_tool_says_what_it_needs() -> None:
    needing = {name: tool for name, tool in toolbox().items() if name not in NO_ACCOUNT}
    assert all(len(tool.needs) == 1 for tool in needing.values())


@pytest.mark.parametrize("part", PARTS)
def test_tools_are_served_by_what_is_connected(desk: "Desk", part: Part) -> None:
    offered = served(toolbox(), only(desk, part).ctx)
    assert list(offered) == [name for name, tool in toolbox().items() if part in tool.needs or name in NO_ACCOUNT]
    assert list(served(toolbox(), desk.ctx)) == list(toolbox())


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_missing_says_what_to_do(desk: "Desk", part: Part) -> None:
    others = [each for each in PARTS if each != part]
    with pytest.raises(NotConnected, match=r"^No .* connected\. Connect .*\.$"):
        getattr(only(desk, *others).ctx, part)


def test_a_guest_is_found_in_the_mail_where_there_is_no_address_book(desk: "Desk") -> None:
    proposal = only(desk, "calendar", "mail").prepare(
        "create_calendar_event", title="Budget", start="tomorrow at 8", guests=["Priya"]
    )
    assert proposal.preview.endswith(f"invitation to {PRIYA}, saved here, not delivered")
    assert texts(proposal.warnings) == ()


def test_with_a_calendar_alone_an_address_is_asked_for(desk: "Desk") -> None:
    calendar = only(desk, "calendar")
    call = {"title": "Budget", "start": "tomorrow at 8"}
    error = calendar.refused("create_calendar_event", **call, guests=["Priya"])
    assert (error.code, str(error)) == ("not_found", "I don't know anybody called 'Priya'. What is the e-mail address?")
    proposal = calendar.prepare("create_calendar_event", **call, guests=["p@x.example"])
    assert texts(proposal.warnings) == ("You have never written to or heard from p@x.example before.",)


def test_mail_alone_knows_whom_it_has(desk: "Desk") -> None:
    mail = only(desk, "mail")
    proposal = mail.prepare("send_mail", to=["Priya"], subject="Numbers", body="Here they are.")
    assert proposal.preview == f"Send 'Numbers' to {PRIYA} — saved here, not delivered"
    assert mail.refused("send_mail", to=["Nobody"], body="Hi").code == "not_found"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (PARTS, "whose calendar, tasks, mail and contacts are connected. "),
        (("calendar", "mail"), "whose calendar and mail are connected. "),
        (("mail",), "whose mail is connected. "),
        (("tasks",), "whose tasks are connected. "),
        ((), "who has connected no account yet. "),
    ],
)
def test_the_model_is_told_what_is_connected(desk: "Desk", parts: tuple[Part, ...], said: str) -> None:
    async def withdraw(_: str) -> bool:
        return False

    async def emit(*_: Any) -> None:
        pass

    turn = TurnInput("Hi", (), only(desk, *parts).ctx, None, withdraw, emit)
    assert f"<robin@example.com>, {said}Time zone" in about(turn.context, (), ())


def test_without_any_account_there_is_only_what_needs_none(desk: "Desk") -> None:
    assert set(served(toolbox(), only(desk).ctx)) == NO_ACCOUNT
