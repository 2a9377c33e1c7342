"""Accounts whose tasks are due on a day and at no time of it: the preview says what is not kept."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.kit import far
from tests.kit.nothing import NoActivity, NoMemories
from tests.kit.seeded import ME, NEW_YORK, NOW
from tests.tools.conftest import Desk

from sayso.tools.base import ToolContext, texts
from sayso.workspace.accounts import Account, compose

USER = "usr_me"
NOT_KEPT = "Tasks in this account have no time of day: the day is kept, {} is not."


@pytest.fixture
def system() -> far.Far:
    found = far.Far(keeps_keys=True, keeps_times=False)
    found.add_task(USER, "Walk the dog", due=date(2026, 3, 6))
    return found


@pytest.fixture
def alone(system: far.Far) -> Desk:
    workspace = asyncio.run(system.workspace(USER, ME))
    return Desk(ToolContext(workspace, ME, NOW, NEW_YORK, NoMemories(), NoActivity()))


def beside(desk: Desk, system: far.Far, *default_for: Any) -> Desk:
    account = replace(system.account(USER, ME), default_for=frozenset(default_for))
    return Desk(replace(desk.ctx, workspace=compose([Account("", "local", "Here", desk.ctx.workspace), account])))


def test_a_new_task_is_due_on_the_day(alone: Desk, system: far.Far) -> None:
    proposal = alone.prepare("create_task", title="Paint", due="Friday at 5")
    assert texts(proposal.warnings) == (NOT_KEPT.format("5 PM"),)
    assert proposal.preview == "Add task 'Paint', due Fri 6 March 2026, to the list 'Inbox'"
    assert proposal.args["due"] == "2026-03-06"
    alone.run("create_task", proposal, "k")
    assert system.tasks["tsk_k"].due == date(2026, 3, 6)
    assert texts(alone.prepare("create_task", title="Paint", due="Friday").warnings) == ()


def test_a_task_is_changed_to_the_day(alone: Desk) -> None:
    proposal = alone.prepare("update_task", task="dog", due="Saturday at 5")
    assert texts(proposal.warnings) == (NOT_KEPT.format("5 PM"),)
    assert proposal.args["due"] == "2026-03-07"
    error = alone.refused("update_task", task="dog", due="6pm")
    assert error.code == "nothing_to_do"
    assert NOT_KEPT.format("6 PM") in str(error)


@pytest.mark.parametrize("default", [(), ("tasks",)])
def test_of_several_accounts_the_one_where_it_goes(desk: Desk, system: far.Far, default: tuple[str, ...]) -> None:
    both = beside(desk, system, *default)
    warned = {
        list_name: texts(both.prepare("create_task", title="x", due="Friday at 5", **named).warnings)
        for list_name, named in (("far", {"list": "Later"}), ("here", {"list": "Home"}), ("default", {}))
    }
    told = (NOT_KEPT.format("5 PM"),)
    assert warned == {"far": told, "here": (), "default": told if default else ()}
    assert texts(both.prepare("update_task", task="dog", due="Saturday at 5").warnings) == told
    assert texts(both.prepare("update_task", task="the slides", due="6pm").warnings) == ()
    workspace = both.ctx.workspace
    assert workspace.tasks is not None
    assert workspace.tasks.keeps_times != bool(default)
