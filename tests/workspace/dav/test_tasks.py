"""Tasks on servers of CalDAV are added, changed, done, moved and deleted, and nothing else of them changes."""

import asyncio
from datetime import UTC, date, datetime

import pytest
from tests.kit.rigs.between import Reply, between
from tests.kit.rigs.dav import DavRig
from tests.workspace.dav.kit import NEW_YORK, NOW, Account, all_tasks, new_key, tasks_of, with_account

from sayso.workspace.dav.client import Dav
from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused, Unavailable
from sayso.workspace.types import Task, TaskDraft

_OTHERS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Somebody//else//EN
BEGIN:VTODO
UID:{uid}
DTSTAMP:20260101T000000Z
CREATED:20260101T000000Z
SUMMARY;LANGUAGE=en:Water the plants and everything else that grows on the balcony\\, twice if
  the sun shines
DESCRIPTION:both\\, in fact
DUE;VALUE=DATE:20260310
PRIORITY:1
X-THEIRS;X-ODD="a:b":some;thing
CATEGORIES:home,garden
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:reminder
TRIGGER:-PT15M
END:VALARM
END:VTODO
END:VCALENDAR
""".replace("\n", "\r\n")


def others() -> str:
    return _OTHERS.format(uid=new_key())


@pytest.fixture(params=["lists of tasks only", "calendars with events, too"])
def components(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return ("VTODO",) if request.param == "lists of tasks only" else ("VEVENT", "VTODO")


def test_a_task_lives_from_its_making_to_its_end(rig: DavRig, components: tuple[str, ...]) -> None:
    async def live(account: Account) -> None:
        tasks = account.tasks()
        due = datetime(2026, 3, 5, 17, 0, tzinfo=NEW_YORK)
        [listed] = await tasks.lists()
        made = await tasks.create_task(TaskDraft("Milk, eggs; bread", due, "two\nlines"), new_key())
        assert (made.title, made.due, made.notes, made.list_id) == ("Milk, eggs; bread", due, "two\nlines", listed.id)
        assert not set(":@") & set(made.id)
        assert await all_tasks(account.tasks()) == [made]

        changed = await tasks.update_task(
            made.id, TaskDraft("Milk", date(2026, 3, 6), "", listed.id), made.revision, new_key()
        )
        assert (changed.title, changed.due, changed.notes, changed.done) == ("Milk", date(2026, 3, 6), "", False)
        assert await account.tasks().get_task(made.id) == changed != made

        done = await tasks.set_done(made.id, True, changed.revision, new_key())
        assert (done.done, done.completed_at) == (True, NOW)
        assert await all_tasks(account.tasks()) == [done]
        [text] = await account.stored()
        assert {"STATUS:COMPLETED", "PERCENT-COMPLETE:100", "COMPLETED:20260302T140000Z"} < set(text.split("\n"))

        opened = await tasks.set_done(made.id, False, done.revision, new_key())
        assert (opened.done, opened.completed_at, opened.revision) == (False, None, changed.revision)
        [text] = await account.stored()
        assert "COMPLETED" not in text

        await tasks.delete_task(made.id, opened.revision, new_key())
        assert await all_tasks(account.tasks()) == [] == await account.stored()
        with pytest.raises(ObjectNotFound):
            await tasks.get_task(made.id)

    asyncio.run(with_account(rig, live, *components))


def test_what_others_wrote_of_a_task_stays(rig: DavRig) -> None:
    async def change(account: Account) -> None:
        await account.dav.put(f"{account.url}theirs.ics", others().encode(), "text/calendar; charset=utf-8")
        tasks = account.tasks()
        [before], key = await account.stored(), new_key()
        [task] = await all_tasks(tasks)
        assert task.title.endswith("twice if the sun shines")
        draft = TaskDraft(task.title, date(2026, 3, 11), task.notes, task.list_id)
        await tasks.update_task(task.id, draft, task.revision, key)
        [after] = await account.stored()
        gone, come = set(before.split("\n")) - set(after.split("\n")), set(after.split("\n")) - set(before.split("\n"))
        assert gone == {"DUE;VALUE=DATE:20260310", "DTSTAMP:20260101T000000Z"}
        stamps = {"DTSTAMP:20260302T140000Z", "LAST-MODIFIED:20260302T140000Z"}
        assert come == {"DUE;VALUE=DATE:20260311", f"X-SAYSO-KEY:{key}"} | stamps

    asyncio.run(with_account(rig, change))


def test_what_is_not_shown_may_change_and_what_is_shown_may_not(rig: DavRig) -> None:
    async def change(account: Account) -> None:
        url, text = f"{account.url}theirs.ics", others()
        await account.dav.put(url, text.encode(), "text/calendar")
        tasks = account.tasks()
        [task] = await all_tasks(tasks)
        await account.dav.put(url, text.replace("PRIORITY:1", "PRIORITY:9").encode(), "text/calendar")
        done = await tasks.set_done(task.id, True, task.revision, new_key())
        await account.dav.put(url, text.replace("both", "all").encode(), "text/calendar")
        for call in (
            tasks.set_done(task.id, True, task.revision, new_key()),
            tasks.update_task(task.id, TaskDraft("x", list_id=task.list_id), task.revision, new_key()),
            tasks.delete_task(task.id, done.revision, new_key()),
        ):
            with pytest.raises(ObjectChanged):
                await call
        [left] = await account.stored()
        assert "SAYSO" not in left

    asyncio.run(with_account(rig, change))


def test_a_task_goes_to_a_list_that_is_made_for_it(rig: DavRig) -> None:
    async def move(dav: Dav) -> None:
        tasks = tasks_of(dav)
        moving = new_key()
        name = f"Errands {moving}"
        lists = await tasks.lists()
        made = await tasks.create_task(TaskDraft("Stamps", list_id=lists[0].id), new_key())
        moved = await tasks.update_task(made.id, TaskDraft("Stamps!", list_id="", new_list=name), made.revision, moving)
        assert (moved.title, moved.list_name) == ("Stamps!", name)
        again = await tasks.create_task(TaskDraft("Ink", new_list=name.upper()), new_key())
        assert again.list_id == moved.list_id != made.list_id
        with pytest.raises(ObjectNotFound):
            await tasks.get_task(made.id)
        there = [each for each in await all_tasks(tasks_of(dav)) if each.list_id == moved.list_id]
        assert sorted(each.title for each in there) == ["Ink", "Stamps!"]
        assert await tasks.applied(moving, made.id) == moved.id

    asyncio.run(rig.using(move))


def test_pages_of_tasks_hold_each_once_the_oldest_first(rig: DavRig) -> None:
    async def look(account: Account) -> None:
        tasks = account.tasks()
        made = [await tasks.create_task(TaskDraft(f"Task {number}"), new_key()) for number in range(5)]
        seen, after = list[Task](), ""
        for size in (2, 2, 1):
            page = await tasks.list_tasks(2, after)
            assert (len(page.items), page.total) == (size, 5)
            seen, after = [*seen, *page.items], page.next
        assert not after
        assert seen == sorted(made, key=lambda task: task.id)

    asyncio.run(with_account(rig, look))


def test_a_task_that_repeats_is_one_and_stays_so(rig: DavRig) -> None:
    text = others().replace("DUE;VALUE=DATE:20260310", "DTSTART;VALUE=DATE:20260310\r\nDUE;VALUE=DATE:20260310")
    text = text.replace("PRIORITY:1", "RRULE:FREQ=DAILY")

    async def change(account: Account) -> None:
        await account.dav.put(f"{account.url}theirs.ics", text.encode(), "text/calendar")
        tasks = account.tasks()
        [task] = await all_tasks(tasks)
        draft = TaskDraft(task.title, datetime(2026, 3, 12, 9, tzinfo=UTC), task.notes, task.list_id)
        await tasks.update_task(task.id, draft, task.revision, new_key())
        [after] = await account.stored()
        lines = set(after.split("\n"))
        assert {"DTSTART:20260312T090000Z", "DUE:20260312T090000Z", "RRULE:FREQ=DAILY"} < lines

    asyncio.run(with_account(rig, change))


def test_a_task_that_repeats_goes_on_to_its_next_time_once(rig: DavRig) -> None:
    text = others().replace("PRIORITY:1", "DTSTART;VALUE=DATE:20260309\r\nRRULE:FREQ=WEEKLY")

    async def change(account: Account) -> None:
        await account.dav.put(f"{account.url}theirs.ics", text.encode(), "text/calendar")
        tasks, key = account.tasks(), new_key()
        [task] = await all_tasks(tasks)
        assert (task.repeats, task.due, task.then) == (True, date(2026, 3, 10), date(2026, 3, 17))
        assert not (await tasks.create_task(TaskDraft("Milk"), new_key())).repeats
        moved = await tasks.set_done(task.id, True, task.revision, key)
        assert (moved.done, moved.due, moved.then) == (False, date(2026, 3, 17), date(2026, 3, 24))
        assert await tasks.applied(key, task.id) == task.id
        assert await tasks.set_done(task.id, True, task.revision, key) == moved
        assert await account.tasks().get_task(task.id) == moved
        with pytest.raises(ObjectChanged):
            await tasks.set_done(task.id, True, task.revision, new_key())

    asyncio.run(with_account(rig, change))


def test_ids_that_no_task_has_are_not_found(rig: DavRig) -> None:
    async def look(account: Account) -> None:
        tasks = account.tasks()
        [listed] = await tasks.lists()
        made = await tasks.create_task(TaskDraft("Milk"), new_key())
        own = made.id.partition(".")[2]
        for odd in (
            "",
            ".",
            "x.y",
            f"{listed.id}.",
            f"{listed.id}.none.ics",
            f"{listed.id}.../{own}",
            f"{listed.id}./{own}",
        ):
            with pytest.raises(ObjectNotFound):
                await tasks.get_task(odd)
        with pytest.raises(ObjectNotFound):
            await tasks.create_task(TaskDraft("Milk", list_id="x"), new_key())

    asyncio.run(with_account(rig, look))


def test_a_task_that_could_not_be_read_again_is_not_written(rig: DavRig) -> None:
    async def write(account: Account) -> None:
        tasks, long = account.tasks(), TaskDraft("Milk", notes="x" * 600_000)
        with pytest.raises(Refused, match="too long"):
            await tasks.create_task(long, new_key())
        task = await tasks.create_task(TaskDraft("Milk"), new_key())
        with pytest.raises(Refused, match="too long"):
            await tasks.update_task(task.id, long, task.revision, new_key())
        assert await all_tasks(account.tasks()) == [task]

    asyncio.run(with_account(rig, write))


def test_a_task_that_cannot_be_read_is_not_taken_for_a_deleted_one(on_radicale: DavRig) -> None:
    unreadable = Reply(200, b"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:x\r\n", {"ETag": '"1"'})

    async def look(account: Account) -> None:
        tasks = account.tasks()
        task = await tasks.create_task(TaskDraft("Milk"), new_key())
        server.fault("GET", unreadable)
        with pytest.raises(Unavailable):
            await tasks.applied(new_key(), task.id)

    with between(on_radicale.url) as server:
        asyncio.run(with_account(on_radicale, look, through=server.url))
