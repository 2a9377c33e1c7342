"""What a look finds after the answer to a change was lost at Google Tasks, and what it cannot tell."""

from datetime import timedelta
from typing import Any

import pytest
from tests.kit.google.fake import Google
from tests.kit.google.faults import Do, Fault
from tests.workspace.google.task_kit import Desk, desk_of

from sayso.base.clock import FixedClock
from sayso.workspace.errors import Unavailable, Uncertain
from sayso.workspace.types import TaskDraft

KEY = "act_once"


@pytest.fixture
def desk(google: Google) -> Desk:
    return desk_of(google)


def lost(google: Google, desk: Desk, draft: TaskDraft, do: Do) -> None:
    google.faults.append(Fault("POST /tasks/v1/lists", do))
    with pytest.raises(Uncertain):
        desk.run(lambda tasks: tasks.create_task(draft, KEY))


def applied(desk: Desk) -> str | None:
    return desk.run(lambda tasks: tasks.applied(KEY, ""))


MILK = TaskDraft("Milk", notes="two")


def test_others_like_it_that_came_at_the_same_time_leave_it_unknown(google: Google, desk: Desk) -> None:
    google.tasks().add("Milk", notes="two")
    lost(google, desk, MILK, "cut_after")
    google.tasks().add("Milk", notes="two")
    for _ in range(2):
        with pytest.raises(Uncertain, match="others like it"):
            applied(desk)
        with pytest.raises(Uncertain):
            desk.run(lambda tasks: tasks.create_task(MILK, KEY))
        desk.later()
    assert google.count("task.insert") == 1


@pytest.mark.parametrize("fields", [{"notes": "three"}, {"title": "Milch"}, {"due": "2026-03-06T00:00:00Z"}])
def test_what_is_not_quite_like_it_is_not_it(google: Google, desk: Desk, fields: dict[str, str]) -> None:
    lost(google, desk, MILK, "cut_before")
    google.tasks().add(**{"title": "Milk", "notes": "two"} | fields)
    desk.later()
    assert applied(desk) is None


@pytest.mark.parametrize(
    "fields", [{"status": "completed"}, {"status": "completed", "hidden": True}, {"deleted": True}]
)
def test_one_that_is_done_or_deleted_already_may_be_it(google: Google, desk: Desk, fields: dict[str, Any]) -> None:
    lost(google, desk, MILK, "cut_after")
    [there] = google.tasks().tasks[google.tasks().default].values()
    there |= fields
    with pytest.raises(Uncertain):
        applied(desk)


def test_white_space_that_the_server_tidies(google: Google, desk: Desk) -> None:
    lost(google, desk, TaskDraft("Milk", notes="two\n\nthree "), "cut_after")
    [there] = google.tasks().tasks[google.tasks().default].values()
    there["notes"] = "two\n\nthree"
    assert applied(desk) is not None


def test_clocks_that_differ(google: Google, desk: Desk) -> None:
    google.clock = FixedClock(google.clock.now() - timedelta(minutes=5))
    lost(google, desk, MILK, "cut_after")
    assert applied(desk) is not None


def test_a_list_that_is_gone_since(google: Google, desk: Desk) -> None:
    garden = google.tasks().new_list("Garden")
    lost(google, desk, TaskDraft("Mow", list_id=garden), "cut_after")
    del google.tasks().lists[garden]
    with pytest.raises(Uncertain):
        applied(desk)
    with pytest.raises(Uncertain):
        desk.run(lambda tasks: tasks.create_task(TaskDraft("Mow", list_id=garden), KEY))


def test_a_look_that_fails_does_not_say_that_it_did_not_happen(google: Google, desk: Desk) -> None:
    lost(google, desk, MILK, "cut_after")
    for change, error in ((lambda tasks: tasks.create_task(MILK, KEY), Uncertain),
                          (lambda tasks: tasks.applied(KEY, ""), Unavailable)):  # fmt: skip
        google.faults.append(Fault("GET ", "status", 503, times=4))
        with pytest.raises(error):
            desk.run(change)
    assert applied(desk) is not None


def test_half_of_a_change_is_not_told_for_nothing(google: Google, desk: Desk) -> None:
    """A task went to its new list, and Google does not take the rest of the change."""
    garden = google.tasks().new_list("Garden")
    task = desk.run(lambda tasks: tasks.create_task(MILK, "k"))
    draft = TaskDraft("Cream", list_id=garden)
    google.faults.append(Fault("PATCH", "status", 503, times=99))
    told = []
    for _ in range(3):
        with pytest.raises(Uncertain, match="went to the list 'Garden'"):
            desk.run(lambda tasks: tasks.update_task(task.id, draft, task.revision, KEY))
        try:
            told.append(desk.run(lambda tasks: tasks.applied(KEY, task.id)))
        except Uncertain as error:
            told.append(str(error))
    half = "'Milk' went to the list 'Garden', but the rest of the change may not have been made."
    assert told == [None, None, half]


@pytest.mark.parametrize(("status", "surely_not"), [(500, True), (503, True), (502, False), (504, False)])
def test_a_gateway_that_gave_up_waiting_leaves_it_on_its_way(
    google: Google, desk: Desk, status: int, surely_not: bool
) -> None:
    google.faults.append(Fault("POST /tasks/v1/lists", "status", status))
    with pytest.raises(Uncertain):
        desk.run(lambda tasks: tasks.create_task(MILK, KEY))
    if not surely_not:
        with pytest.raises(Uncertain):
            applied(desk)
        desk.later()
    assert applied(desk) is None
