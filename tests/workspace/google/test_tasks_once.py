"""What is confirmed happens once at Google Tasks, whatever becomes of the answers and of the process."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx2
import pytest
from tests.kit.google.fake import Google
from tests.kit.google.faults import Do, Fault, Hold
from tests.workspace.google.task_kit import Desk, Died, Steps, desk_of

from sayso.workspace.errors import ObjectChanged, Uncertain, WorkspaceError
from sayso.workspace.google.tasks.tasks import GoogleTasks
from sayso.workspace.types import Task, TaskDraft

Change = Callable[[GoogleTasks], Awaitable[Any]]
KEY = "act_once"


@dataclass(frozen=True)
class Case:
    """A change of 'Milk' or of nothing. `effects`: how often what happens; `found`: title, list and state after."""

    name: str
    change: Callable[[Task, str], Change]
    effects: dict[str, int]
    found: list[tuple[str, str, bool]]
    makes: bool = False


def _created(draft: TaskDraft) -> Callable[[Task, str], Change]:
    return lambda task, garden: lambda tasks: tasks.create_task(draft, KEY)


CASES = [
    Case("create", _created(TaskDraft("Eggs", notes="n")), {"task.insert": 1},
         [("Eggs", "My Tasks", False), ("Milk", "My Tasks", False)], makes=True),
    Case("create equal", _created(TaskDraft("Milk")), {"task.insert": 1},
         [("Milk", "My Tasks", False), ("Milk", "My Tasks", False)], makes=True),
    Case("create onto a new list", _created(TaskDraft("Eggs", new_list="Farm")), {"task.insert": 1, "list.insert": 1},
         [("Milk", "My Tasks", False), ("Eggs", "Farm", False)], makes=True),
    Case("update", lambda task, garden: lambda tasks: tasks.update_task(
            task.id, TaskDraft("Cream", notes="n", list_id=task.list_id), task.revision, KEY),
         {"task.patch": 1}, [("Cream", "My Tasks", False)]),
    Case("done", lambda task, garden: lambda tasks: tasks.set_done(task.id, True, task.revision, KEY),
         {"task.patch": 1}, [("Milk", "My Tasks", True)]),
    Case("delete", lambda task, garden: lambda tasks: tasks.delete_task(task.id, task.revision, KEY),
         {"task.delete": 1}, []),
    Case("move", lambda task, garden: lambda tasks: tasks.update_task(
            task.id, TaskDraft("Milk", list_id=garden), task.revision, KEY),
         {"task.move": 1}, [("Milk", "Garden", False)]),
    Case("move and update", lambda task, garden: lambda tasks: tasks.update_task(
            task.id, TaskDraft("Cream", list_id=garden), task.revision, KEY),
         {"task.move": 1, "task.patch": 1}, [("Cream", "Garden", False)]),
    Case("move to a new list", lambda task, garden: lambda tasks: tasks.update_task(
            task.id, TaskDraft("Milk", new_list="Farm"), task.revision, KEY),
         {"task.move": 1, "list.insert": 1}, [("Milk", "Farm", False)]),
]  # fmt: skip
every = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@dataclass
class Scene:
    """A fresh account with 'Milk' on its default list, and a list 'Garden'."""

    google: Google
    desk: Desk
    task: Task
    garden: str
    case: Case
    email: str

    def count(self, kind: str) -> int:
        return self.google.count(kind, account=self.email)

    @property
    def change(self) -> Change:
        return self.case.change(self.task, self.garden)

    @property
    def object_id(self) -> str:
        return "" if self.case.makes else self.task.id

    def attempt(self, steps: Steps | None = None) -> str:
        try:
            self.desk.run(self.change, steps)
        except Uncertain:
            return "unknown"
        except WorkspaceError:
            return "failed"
        except Died:
            return "died"
        return "done"

    def applied(self) -> str | None:
        return self.desk.run(lambda tasks: tasks.applied(KEY, self.object_id))

    def happened(self) -> bool:
        return all(self.count(kind) == number for kind, number in self.case.effects.items())

    def check(self) -> None:
        """It happened once, and is told so by whoever is asked now."""
        assert {kind: self.count(kind) for kind in self.case.effects} == self.case.effects
        found = self.desk.run(lambda tasks: tasks.list_tasks(100)).items
        assert [(task.title, task.list_name, task.done) for task in found] == self.case.found
        before = len(self.google.effects)
        done = self.applied()
        assert done is not None
        again = self.desk.run(self.change)
        if again is not None:
            assert again == next(task for task in found if task.id == done)
        assert len(self.google.effects) == before

    def settle(self) -> list[str]:
        return self.desk.settled(self.change, KEY, self.object_id)


def scene(google: Google, case: Case, renames: bool = False) -> Scene:
    """With an account of its own, on a Google where nothing goes wrong."""
    email = f"u{len(google.accounts)}@example.test"
    google.tasks(email).renames = renames
    garden = google.tasks(email).new_list("Garden")
    google.tasks(email).add("Milk")
    desk = desk_of(google, email)
    [task] = desk.run(lambda tasks: tasks.list_tasks(10)).items
    google.requests.clear()
    google.faults.clear()
    return Scene(google, desk, task, garden, case, email)


def _steps(google: Google, case: Case) -> tuple[int, list[str]]:
    """How many steps a process takes for it, and the requests among them."""
    on, steps = scene(google, case), Steps()
    assert on.attempt(steps) == "done"
    return steps.done, [request.line for request in google.requests]


def _changing(google: Google, case: Case) -> list[int]:
    """Which of its requests are changes. Reads are tried again by themselves."""
    return [number for number, line in enumerate(_steps(google, case)[1]) if not line.startswith("GET")]


@every
def test_it_happens_once(google: Google, case: Case) -> None:
    on = scene(google, case)
    assert on.applied() is None
    assert on.attempt() == "done"
    on.check()


@every
@pytest.mark.slow
@pytest.mark.parametrize("renames", [False, True], ids=["", "renamed"])
def test_the_process_dies_between_any_two_steps(google: Google, case: Case, renames: bool) -> None:
    if renames and "task.move" not in case.effects:
        pytest.skip("it stays on its list")
    for number in range(1, _steps(google, case)[0] + 1):
        for after in (False, True):
            on = scene(google, case, renames)
            assert on.attempt(Steps(number, after)) == "died"
            told = on.settle()
            assert told[-1] == "done", (number, after, told)
            on.check()


@every
@pytest.mark.parametrize(
    ("do", "status"),
    [("cut_before", 0), ("cut_after", 0), ("cut_within", 0), ("status", 503), ("status", 502), ("status", 500)],
)
@pytest.mark.parametrize("effect", [False, True], ids=["", "effect"])
def test_any_answer_is_lost(google: Google, case: Case, do: Do, status: int, effect: bool) -> None:
    if do != "status" and effect:
        pytest.skip("it says itself whether it has the effect")
    for number in _changing(google, case):
        on = scene(google, case)
        google.faults.append(Fault("", do, status, skip=number, effect=effect))
        told = on.attempt()
        if told != "done":
            if told == "failed":  # surely not: or half of it at most
                assert not on.happened()
            assert on.settle()[-1] == "done"
        on.check()
        assert google.violations == []


@every
@pytest.mark.parametrize(("status", "reason"), [(429, "rateLimitExceeded"), (403, "userRateLimitExceeded")])
def test_a_limit_at_any_request_is_surely_no_effect(google: Google, case: Case, status: int, reason: str) -> None:
    for number in _changing(google, case):
        on = scene(google, case)
        google.faults.append(Fault("", "status", status, reason, skip=number))
        told = on.attempt()
        assert told != "unknown" or on.count("task.move") == 1  # half of it
        assert told == "done" or not on.happened()
        for _ in range(2):
            if told != "done":
                told = on.attempt()
        assert told == "done"
        on.check()


@every
def test_a_lost_answer_is_found_out_at_once_where_it_happened(google: Google, case: Case) -> None:
    """And where it has not, once nothing can be on its way any more."""
    changing = _changing(google, case)
    for number in changing:
        last = number == changing[-1]
        for do in ("cut_after", "cut_before"):
            on = scene(google, case)
            google.faults.append(Fault("", do, skip=number))
            told = on.attempt()
            if told == "done":
                continue  # a list that was looked for and found
            assert told == "unknown"
            if do == "cut_before":
                assert on.applied() is None
            elif last:
                assert on.applied() is not None


@every
def test_a_request_that_is_held_is_never_told_for_not_done(google: Google, case: Case) -> None:
    """It arrives after the line broke and somebody looked; a second worker under the key does nothing meanwhile."""
    for number in _changing(google, case):
        on = scene(google, case)
        hold = google.hold("", skip=number, then="cut")
        assert on.desk.run(partial(_while_held, on, hold)) == "unknown"
        assert on.settle()[-1] == "done"
        on.check()


async def _while_held(on: Scene, hold: Hold, tasks: GoogleTasks) -> str:
    """What a look says after the first worker is gone; its request arrives after that."""
    first = asyncio.create_task(_outcome(on.change(tasks)))
    await asyncio.to_thread(hold.reached.wait, 10)
    second = await _outcome(on.change(tasks))
    looked = await _outcome(tasks.applied(KEY, on.object_id))
    assert {second, looked} == {"unknown"}
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    looked = await _outcome(tasks.applied(KEY, on.object_id))
    hold.release()
    return looked


async def _outcome(work: Awaitable[Any]) -> str:
    try:
        found = await work
    except Uncertain:
        return "unknown"
    except WorkspaceError:
        return "failed"
    return "none" if found is None else "done"


@every
def test_of_two_workers_with_one_key_one_does_it(google: Google, case: Case) -> None:
    on = scene(google, case)

    async def both(one: GoogleTasks) -> list[str]:
        async with httpx2.AsyncClient(trust_env=False, verify=False, timeout=5) as http:
            other = on.desk.tasks(http)
            return await asyncio.gather(*(_outcome(on.change(tasks)) for tasks in (one, other)))

    told = on.desk.run(both)
    assert "failed" not in told
    on.desk.later()
    assert on.settle()[-1] == "done"
    on.check()


@every
def test_a_change_of_somebody_else_in_between_is_not_written_over(google: Google, case: Case) -> None:
    if case.makes:
        pytest.skip("there is nothing to change")
    for number in _changing(google, case):
        on = scene(google, case)
        google.faults.append(Fault("", "cut_before", skip=number))
        assert on.attempt() in ("unknown", "done")
        book = google.tasks(on.email)
        for tasks in book.tasks.values():
            for each in tasks.values():
                book.write(each, {"notes": "theirs"})
        on.desk.later()
        with pytest.raises((Uncertain, ObjectChanged)):
            on.desk.run(on.change)
