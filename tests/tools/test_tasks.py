"""Due dates and lists of tasks."""

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from sayso.tools import task_resolve
from sayso.tools.arguments import Arguments
from sayso.tools.base import ReadTool, texts
from sayso.tools.registry import toolbox
from sayso.workspace.errors import Refused

if TYPE_CHECKING:
    from tests.tools.conftest import Desk


@pytest.mark.parametrize(
    ("due", "resolved"),
    [
        ("tomorrow", "2026-03-03"),
        ("Friday at 5", "2026-03-06T17:00:00-05:00"),
        ("tomorrow morning", "2026-03-03"),
        ("this week", "2026-03-08"),
        ("end of the month", "2026-03-31"),
        ("Friday before 6", "2026-03-06T18:00:00-05:00"),
        ("before noon", "2026-03-02T12:00:00-05:00"),
        ("before Friday", "2026-03-05"),
        ("none", None),
    ],
)
def test_when_a_task_is_due(desk: "Desk", due: str, resolved: str | None) -> None:
    assert desk.prepare("create_task", title="x", due=due).args["due"] == resolved


def test_due_dates_that_are_odd(desk: "Desk") -> None:
    assert texts(desk.prepare("create_task", title="x", due="yesterday").warnings) == (
        "Sun 1 March 2026 has passed already.",
    )
    assert "cannot repeat" in str(desk.refused("create_task", title="x", due="every Monday"))
    assert desk.refused("create_task", title="x", due="blue").code == "invalid"


def test_a_new_clock_time_keeps_the_day(desk: "Desk") -> None:
    proposal = desk.prepare("update_task", task="the slides", due="6pm")
    assert proposal.args["due"] == "2026-03-03T18:00:00-05:00"


def test_a_task_moves_between_lists(desk: "Desk") -> None:
    proposal = desk.prepare("update_task", task="the slides", list="home", notes="Short ones.")
    assert proposal.preview == (
        "Change task 'Finish the slides': notes 'For the quarterly planning.' → 'Short ones.'; list 'Work' → 'Home'"
    )
    task = desk.run("update_task", proposal, "k").value["task"]
    assert (task["list"], task["notes"]) == ("Home", "Short ones.")
    assert desk.refused("update_task", task="the slides", list="home").code == "nothing_to_do"


def test_reading(desk: "Desk") -> None:
    tasks = desk.read("list_tasks")
    assert tasks["tasks"][0]["overdue"]
    assert tasks["tasks"][0]["due"] == "2026-02-24"
    assert tasks["tasks"][-1]["due"] is None
    assert set(tasks["tasks"][0]) == {"id", "title", "due", "status", "notes", "list", "overdue"}
    assert {task["title"] for task in desk.read("list_tasks", due="overdue")["tasks"]} == {
        "File the expense report", "Renew the passport", "Fix the kitchen tap",
    }  # fmt: skip
    today = desk.read("list_tasks", due="today", list="my work list")
    assert [task["title"] for task in today["tasks"]] == ["Send Priya the budget numbers"]
    assert [task["title"] for task in desk.read("list_tasks", query="offsite")["tasks"]] == ["Write the offsite agenda"]
    assert {task["status"] for task in desk.read("list_tasks", status="done")["tasks"]} == {"done"}
    assert desk.read("list_tasks", limit=2)["truncated"]
    assert [each["name"] for each in desk.read("list_task_lists")["lists"]] == ["Tasks", "Home", "Work"]


def test_a_task_with_a_time_is_overdue_once_that_has_passed(desk: "Desk") -> None:
    late = desk.at(datetime(2026, 3, 3, 17, 1, tzinfo=ZoneInfo("America/New_York")))
    assert "Finish the slides" in [task["title"] for task in late.read("list_tasks", due="overdue")["tasks"]]


def test_every_tool_of_the_design_is_there_and_described() -> None:
    tools = toolbox()
    reads = {name for name, tool in tools.items() if isinstance(tool, ReadTool)}
    assert reads == {
        "list_calendar_events", "search_calendar_events", "find_free_time", "list_task_lists", "list_tasks",
        "search_mail", "read_mail", "summarize_mail", "read_attachment", "list_labels", "find_contact", "list_activity",
    }  # fmt: skip
    assert len(tools) == 30
    for name, tool in tools.items():
        assert tool.name == name
        assert tool.description.endswith((".", "read)."))
        assert issubclass(tool.Args, Arguments)


def test_tasks_are_read_in_pages_and_not_without_end(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    before = desk.read("list_tasks", status="all", limit=200)
    monkeypatch.setattr(task_resolve, "PAGE", 4)
    assert desk.read("list_tasks", status="all", limit=200) == before
    monkeypatch.setattr(task_resolve, "MOST", 8)
    with pytest.raises(Refused, match="more than 8 tasks"):
        desk.read("list_tasks")
