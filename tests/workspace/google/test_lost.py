"""Answers that are lost at every request of every action, through the whole product: what was confirmed happened once
or not at all, and is told for what it is (P1, P5, P7)."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tests.http.test_contract import ask, confirm
from tests.kit.google.faults import Fault
from tests.workspace.google.product import Site, product

if TYPE_CHECKING:
    from tests.conftest import StartServer

CHANGES = re.compile(r"^(POST|PUT|PATCH|DELETE) (?!/batch|/calendar/v3/freeBusy)")


@pytest.fixture
def site(start_server: "StartServer") -> Iterator[Site]:
    with product(start_server) as made:
        yield made


MEETING = "Schedule a meeting titled 'Review' on March 10th at 3 PM with bob@example.test"
SERIES = "Schedule a meeting titled 'Review' every day at 3 PM starting March 10th"
BANK = "Add a task to call the bank"


@dataclass(frozen=True)
class Action:
    """`before`: what is there already, made by this; `effects`: what happens then, by kind, and how often."""

    message: str
    effects: dict[str, int]
    before: str = ""


ACTIONS = {
    "create": Action(MEETING, {"event.insert": 1, "mail": 1}),
    "repeat": Action(SERIES, {"event.insert": 1}),
    "move": Action("Move Review to 4 PM", {"event.patch": 1, "mail": 1}, MEETING),
    "delete": Action("Cancel Review", {"event.delete": 1, "mail": 1}, MEETING),
    "following": Action("Move Review on March 12th and all following to 5 PM", {"event.insert": 1}, SERIES),
    "send": Action("send bob@example.test a mail about Budget saying the numbers come today", {"mail": 1}),
    "task": Action("Add a task to water the plants on Friday", {"task.insert": 1}),
    "complete": Action("Mark call the bank as done", {"task.patch": 1}, BANK),
    "remove": Action("Delete the task call the bank", {"task.delete": 1}, BANK),
}


@pytest.mark.parametrize("do", ["cut_before", "cut_after", "cut_within", "status"])
@pytest.mark.parametrize("name", ACTIONS)
def test_whatever_answer_is_lost_it_happens_once(site: Site, name: str, do: Any) -> None:
    """Of each of the requests that change something, and of two at once."""
    action, faults = ACTIONS[name], site.google.api.faults
    if action.before:
        assert site.do(action.before)["status"] == "completed"
    asked = ask(site.client, action.message)
    assert asked["plan"] is not None, asked["response"]
    assert site.google.api.effects == [] or action.before, "nothing happens before the yes"
    begun = len(site.google.api.effects)
    faults += [Fault(CHANGES, do, effect=True), Fault(CHANGES, do, effect=True, skip=1)]
    [result] = confirm(site.client, asked["thread_id"]).json()["results"].values()
    faults.clear()
    happened = Counter(each.kind for each in site.google.api.effects[begun:])
    found = {kind: happened[kind] for kind in action.effects}
    if result["status"] == "succeeded":
        assert found == action.effects
    elif result["status"] == "unknown":
        assert all(count <= action.effects[kind] for kind, count in found.items())
        assert result["error"]
    else:
        assert set(found.values()) == {0}, result
    again = confirm(site.client, asked["thread_id"]).json()
    assert again["results"] == {next(iter(again["results"])): result}
    assert Counter(each.kind for each in site.google.api.effects[begun:]) == happened, "a second yes does nothing"
