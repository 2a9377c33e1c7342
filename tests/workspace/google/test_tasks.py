"""Google Tasks as task lists: what is there, what is written, what is refused."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.kit.google.fake import Google
from tests.kit.google.faults import Fault
from tests.workspace.google.task_kit import Desk, desk_of

from sayso.workspace.errors import ObjectChanged, ObjectNotFound, ReconnectNeeded, Refused, Unavailable
from sayso.workspace.types import Page, Task, TaskDraft


@pytest.fixture
def desk(google: Google) -> Desk:
    return desk_of(google)


def listed(desk: Desk, limit: int = 5_000, after: str = "") -> Page[Task]:
    return desk.run(lambda tasks: tasks.list_tasks(limit, after))


def titles(desk: Desk) -> list[str]:
    return [task.title for task in listed(desk).items]


def made(desk: Desk, draft: TaskDraft) -> Task:
    key = desk.keys()
    return desk.run(lambda tasks: tasks.create_task(draft, key))


def test_lists_come_with_the_default_one_first(google: Google, desk: Desk) -> None:
    google.tasks().lists = dict(reversed([*google.tasks().lists.items()]))
    google.tasks().new_list("Garden")
    assert [each.name for each in desk.run(lambda tasks: tasks.lists())] == ["My Tasks", "Garden"]
    assert not desk.run(_keeps_times)


async def _keeps_times(tasks: object) -> bool:
    return bool(tasks.keeps_times)  # type: ignore[attr-defined]


def test_where_lists_cannot_be_listed_there_is_the_default_one(google: Google, desk: Desk) -> None:
    google.faults.append(Fault("GET /tasks/v1/users", "status", 404, "notFound", times=99))
    task = made(desk, TaskDraft("Milk"))
    [only] = desk.run(lambda tasks: tasks.lists())
    assert (task.list_id, task.list_name) == (only.id, only.name)
    assert [each.id for each in listed(desk).items] == [task.id]
    assert desk.run(lambda tasks: tasks.get_task(task.id)) == task
    done = desk.run(lambda tasks: tasks.set_done(task.id, True, task.revision, "k"))
    assert done.done
    assert titles(desk) == ["Milk"]


def test_all_of_all_lists_open_and_done_as_the_user_has_them(google: Google, desk: Desk) -> None:
    book = google.tasks()
    garden = book.new_list("Garden")
    book.add("mow", garden)
    book.add("hidden", status="completed", hidden=True)
    book.add("assigned", assignmentInfo={"surfaceType": "SPACE"})
    top = book.add("party", due="2026-03-06T00:00:00Z", notes="Friday")
    for title in ("balloons", "cake"):
        book.add(title, parent=top["id"])
    gone = book.add("gone")
    gone["deleted"] = True
    found = listed(desk)
    assert [task.title for task in found.items] == ["party", "cake", "balloons", "assigned", "hidden", "mow"]
    assert (found.total, found.next) == (6, "")
    party = found.items[0]
    assert (party.due, party.notes, party.list_name, party.done) == (date(2026, 3, 6), "Friday", "My Tasks", False)
    hidden = found.items[4]
    assert (hidden.done, hidden.completed_at) == (True, google.clock.now())
    pages, after = list[str](), ""
    for _ in range(3):
        page = listed(desk, 2, after)
        pages += [task.title for task in page.items]
        after = page.next
    assert (pages, after) == ([task.title for task in found.items], "")


def test_long_lists_are_read_to_their_end(google: Google, desk: Desk) -> None:
    for number in range(205):
        google.tasks().add(str(number))
    assert len(listed(desk).items) == 205


def test_a_new_task_is_due_on_the_users_day(google: Google, desk: Desk) -> None:
    late = datetime(2026, 3, 6, 23, 30, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
    task = made(desk, TaskDraft("Milk", late, "two"))
    assert (task.title, task.due, task.notes, task.list_name) == ("Milk", date(2026, 3, 6), "two", "My Tasks")
    [there] = google.tasks().tasks[google.tasks().default].values()
    assert there["due"] == "2026-03-06T00:00:00.000Z"
    assert [request.body for request in google.requests if request.method == "POST"] == [
        {"title": "Milk", "notes": "two", "due": "2026-03-06T00:00:00.000Z"}
    ]
    assert listed(desk).items == [task]
    assert desk.run(lambda tasks: tasks.get_task(task.id)) == task


def test_a_task_that_is_changed_keeps_the_rest(google: Google, desk: Desk) -> None:
    own = google.tasks().add("Milk", notes="two", due="2026-03-06T00:00:00Z", links=[{"link": "https://x.test"}])
    [task] = listed(desk).items
    after = TaskDraft("Cream", None, "two", task.list_id)
    changed = desk.run(lambda tasks: tasks.update_task(task.id, after, task.revision, "k"))
    assert (changed.title, changed.due, changed.notes, changed.id) == ("Cream", None, "two", task.id)
    assert changed.revision != task.revision
    assert [request.body for request in google.requests if request.method == "PATCH"] == [
        {"title": "Cream", "due": None}
    ]
    there = google.tasks().tasks[google.tasks().default][own["id"]]
    assert there["links"] == [{"link": "https://x.test"}]
    assert listed(desk).items == [changed]
    done = desk.run(lambda tasks: tasks.set_done(task.id, True, changed.revision, "k2"))
    assert (done.done, done.completed_at) == (True, google.clock.now())
    opened = desk.run(lambda tasks: tasks.set_done(task.id, False, done.revision, "k3"))
    assert (opened.done, opened.completed_at, opened.revision) == (False, None, changed.revision)
    desk.run(lambda tasks: tasks.delete_task(task.id, opened.revision, "k4"))
    assert listed(desk).items == []
    with pytest.raises(ObjectNotFound):
        desk.run(lambda tasks: tasks.get_task(task.id))


def test_what_has_changed_since_it_was_seen_is_left_alone(google: Google, desk: Desk) -> None:
    own = google.tasks().add("Milk")
    [task] = listed(desk).items
    draft = TaskDraft("Mine", list_id=task.list_id)
    for change in ({"title": "Cream"}, {"title": "Milk", "notes": "n"}, {"notes": None, "due": "2026-03-06T00:00:00Z"},
                   {"due": None, "status": "completed"}):  # fmt: skip
        google.tasks().write(own, change)
        with pytest.raises(ObjectChanged):
            desk.run(lambda tasks: tasks.update_task(task.id, draft, task.revision, desk.keys()))
        with pytest.raises(ObjectChanged):
            desk.run(lambda tasks: tasks.set_done(task.id, True, task.revision, desk.keys()))
        with pytest.raises(ObjectChanged):
            desk.run(lambda tasks: tasks.delete_task(task.id, task.revision, desk.keys()))
    assert google.effects == []


def test_an_assigned_task_is_not_deleted_for_its_original_would_be(google: Google, desk: Desk) -> None:
    google.tasks().add("Review", assignmentInfo={"surfaceType": "DOCUMENT"})
    [task] = listed(desk).items
    with pytest.raises(Refused, match="assigned to you in a document or a chat"):
        desk.run(lambda tasks: tasks.delete_task(task.id, task.revision, "k"))
    assert google.effects == []
    assert desk.run(lambda tasks: tasks.set_done(task.id, True, task.revision, "k2")).done


def test_what_is_too_long_is_refused_before_it_is_sent(google: Google, desk: Desk) -> None:
    for draft in (TaskDraft("x" * 1025), TaskDraft("x", notes="x" * 8193)):
        with pytest.raises(Refused, match="shorten it"):
            made(desk, draft)
    assert google.requests == []


def test_a_new_list_is_made_with_the_task_unless_there_is_one(google: Google, desk: Desk) -> None:
    task = made(desk, TaskDraft("Mow", new_list="Garden"))
    again = made(desk, TaskDraft("Rake", new_list="garden"))
    assert task.list_name == again.list_name == "Garden"
    assert task.list_id == again.list_id
    assert google.count("list.insert") == 1
    moved = desk.run(lambda tasks: tasks.update_task(task.id, TaskDraft("Mow", new_list="House"), task.revision, "k"))
    assert moved.list_name == "House"
    assert google.count("list.insert") == 2
    assert [each.name for each in desk.run(lambda tasks: tasks.lists())] == ["My Tasks", "Garden", "House"]


@pytest.mark.parametrize("renames", [True, False])
def test_a_task_goes_to_another_list(google: Google, desk: Desk, renames: bool) -> None:
    google.tasks().renames = renames
    garden = google.tasks().new_list("Garden")
    task = made(desk, TaskDraft("Mow", notes="n"))
    draft = TaskDraft("Mow all", notes="n", list_id=garden)
    moved = desk.run(lambda tasks: tasks.update_task(task.id, draft, task.revision, "k"))
    assert (moved.title, moved.notes, moved.list_id, moved.list_name) == ("Mow all", "n", garden, "Garden")
    assert (moved.id.partition(".")[2] != task.id.partition(".")[2]) == renames
    assert listed(desk).items == [moved]
    assert desk.run(lambda tasks: tasks.update_task(task.id, draft, task.revision, "k")) == moved
    assert desk.run(lambda tasks: tasks.applied("k", task.id)) == moved.id
    assert (google.count("task.move"), google.count("task.patch")) == (1, 1)


def test_a_task_that_may_not_go_to_another_list_is_as_it_was(google: Google, desk: Desk) -> None:
    garden = google.tasks().new_list("Garden")
    task = made(desk, TaskDraft("Mow"))
    google.faults.append(Fault("POST /tasks/v1/lists", "status", 400, "invalid", "Recurrent tasks cannot be moved."))
    with pytest.raises(Refused, match="cannot go to the list 'Garden'"):
        desk.run(lambda tasks: tasks.update_task(task.id, TaskDraft("Mow all", list_id=garden), task.revision, "k"))
    assert listed(desk).items == [task]
    assert desk.run(lambda tasks: tasks.applied("k", task.id)) is None


@pytest.mark.parametrize("task_id", ["", "milk", "a.b", "a.", ".b", "L1.T1.x", "%2e.x"])
def test_what_is_no_task(desk: Desk, task_id: str) -> None:
    with pytest.raises(ObjectNotFound):
        desk.run(lambda tasks: tasks.get_task(task_id))


def test_what_is_not_there_any_more(google: Google, desk: Desk) -> None:
    task = made(desk, TaskDraft("Milk"))
    google.tasks().gone = True
    google.tasks().tasks[google.tasks().default].clear()
    for change in (
        lambda tasks: tasks.get_task(task.id),
        lambda tasks: tasks.set_done(task.id, True, task.revision, desk.keys()),
        lambda tasks: tasks.delete_task(task.id, task.revision, desk.keys()),
        lambda tasks: tasks.create_task(TaskDraft("x", list_id="nope"), desk.keys()),
    ):
        with pytest.raises(ObjectNotFound):
            desk.run(change)


def test_reads_wait_for_a_limit_and_changes_say_that_they_were_not_done(google: Google, desk: Desk) -> None:
    google.faults.append(Fault("GET ", "status", 429, "rateLimitExceeded", times=3))
    assert listed(desk).items == []
    for status, reason in ((429, "rateLimitExceeded"), (403, "userRateLimitExceeded")):
        google.faults.append(Fault("POST ", "status", status, reason, retry_after=7))
        with pytest.raises(Unavailable) as error:
            made(desk, TaskDraft("Milk"))
        assert error.value.retry_after == 7
    google.faults.append(Fault("POST ", "status", 403, "quotaExceeded"))
    with pytest.raises(Refused):
        made(desk, TaskDraft("Milk"))
    assert google.effects == []


def test_a_token_that_is_not_taken_any_more(google: Google, desk: Desk) -> None:
    google.expire(desk.token)
    with pytest.raises(ReconnectNeeded):
        listed(desk)


def test_answers_that_leave_much_out(google: Google, desk: Desk) -> None:
    book = google.tasks()
    own = book.add("Milk")
    for name in ("title", "status", "updated", "position", "etag", "links", "kind"):
        if name not in ("updated", "position", "status"):
            del own[name]
    book.lists[book.default].pop("title")
    [task] = listed(desk).items
    assert (task.title, task.list_name, task.done, task.due) == ("", "Tasks", False, None)


def test_later_days_are_the_same_task(google: Google, desk: Desk) -> None:
    """Done again under the key, a change that is done long since is answered with how it is now."""
    task = made(desk, TaskDraft("Milk"))
    done = desk.run(lambda tasks: tasks.set_done(task.id, True, task.revision, "k"))
    desk.clock.move(timedelta(days=3))  # type: ignore[attr-defined]
    assert desk.run(lambda tasks: tasks.set_done(task.id, True, task.revision, "k")) == done
    assert google.count("task.patch") == 1
