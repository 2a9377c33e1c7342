"""Google Tasks (tasks v1): lists in pages, tasks in the order of their positions, no condition on any change."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from tests.kit.google.parts import Account, Answer, Call
from tests.kit.google.problems import Problem

Json = dict[str, Any]

MOST_TITLE, MOST_NOTES = 1024, 8192
STEP = timedelta(milliseconds=1)


class TaskBook:
    """The task lists of an account; the first is the default one.

    `gone`: whether a deleted task is not found any more, else it is told as deleted. `renames`: whether a task gets
    another id when it goes to another list. Neither is documented, so both are here.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._fake = account.fake
        self.gone = False
        self.renames = False
        self.lists: dict[str, Json] = {}
        self.tasks: dict[str, dict[str, Json]] = {}
        """By list and id."""
        self.new_list("My Tasks")

    @property
    def default(self) -> str:
        return next(iter(self.lists))

    def new_list(self, title: str) -> str:
        """Its id."""
        found = f"L{self._fake.hexid()}"
        self.lists[found] = {"kind": "tasks#taskList", "id": found, "title": title, "etag": self._fake.etag()}
        self.lists[found] |= {"updated": self._fake.stamp(), "selfLink": f"https://www.googleapis.com/tasks/v1/{found}"}
        self.tasks[found] = {}
        return found

    def add(self, title: str, list_id: str = "", **fields: Any) -> Json:
        """A task that somebody made elsewhere; `fields`: any of its resource."""
        own = {name: value for name, value in fields.items() if name not in ("notes", "due", "status")}
        return self.insert(list_id or self.default, {"title": title} | fields, own)

    def insert(self, list_id: str, body: Json, own: Json | None = None) -> Json:
        task: Json = {"kind": "tasks#task", "id": f"T{self._fake.hexid()}", "title": "", "status": "needsAction"}
        task |= {
            "links": [],
            "selfLink": "https://www.googleapis.com/tasks/v1/",
            "webViewLink": "https://tasks.google.com",
        }
        self.write(task, body)
        self._place(list_id, task, "")
        task |= own or {}
        return task

    def write(self, task: Json, body: Json) -> None:
        """What of the body can be written; null takes away."""
        if len(body.get("title") or "") > MOST_TITLE or len(body.get("notes") or "") > MOST_NOTES:
            raise Problem(400, "invalid", "Invalid Value")
        if "notes" in body and "assignmentInfo" in task and body["notes"]:
            raise Problem(400, "invalid", "Assigned tasks cannot have notes.")
        before = task.get("title"), task.get("notes")
        for name in ("title", "notes", "due", "status"):
            if body.get(name) is not None:
                task[name] = body[name]
            elif name in body and name in ("notes", "due"):
                task.pop(name, None)
        if "due" in task:
            task["due"] = f"{_day(task['due'])}T00:00:00.000Z"
        if task["status"] not in ("needsAction", "completed"):
            raise Problem(400, "invalid", "Invalid Value")
        if task["status"] == "completed":
            task.setdefault("completed", self._fake.stamp())
        else:
            task.pop("completed", None)
            task.pop("hidden", None)
        if before != (task.get("title"), task.get("notes")) or "etag" not in task:
            task["etag"] = self._fake.etag()  # not for due and status
        task["updated"] = self._fake.stamp()

    def find(self, list_id: str, task_id: str) -> Json:
        self.list_of(list_id)
        task = self.tasks[list_id].get(task_id)
        if task is None or (self.gone and task.get("deleted")):
            raise Problem(404, "notFound", "Task not found.")
        return task

    def list_of(self, list_id: str) -> Json:
        if list_id not in self.lists:
            raise Problem(404, "notFound", "Task list not found.")
        return self.lists[list_id]

    def move(self, list_id: str, task: Json, to: str, parent: str, previous: str) -> Json:
        """The task at its new place, behind `previous` or as the first."""
        if parent:
            self.find(to, parent)
        moved = {name: value for name, value in task.items() if name != "parent"} | (
            {"parent": parent} if parent else {}
        )
        moved["updated"] = self._fake.stamp()
        del self.tasks[list_id][task["id"]]
        if to != list_id and self.renames:
            self.tasks[list_id][task["id"]] = {**task, "deleted": True, "updated": self._fake.stamp()}
            moved["id"] = f"T{self._fake.hexid()}"
        for child in [each for each in self.tasks[list_id].values() if each.get("parent") == task["id"]]:
            if to != list_id:
                self.tasks[to][child["id"]] = self.tasks[list_id].pop(child["id"]) | {"parent": moved["id"]}
        self._place(to, moved, previous)
        return moved

    def _place(self, list_id: str, task: Json, previous: str) -> None:
        ordered = sorted(self.tasks[list_id].values(), key=lambda each: str(each["position"]))
        at = next((place + 1 for place, each in enumerate(ordered) if each["id"] == previous), 0)
        ordered.insert(at, task)
        for place, each in enumerate(ordered):
            each["position"] = f"{place:020}"
        self.tasks[list_id][task["id"]] = task


def answer(call: Call) -> Answer:
    book = call.account.state(TaskBook)
    path = {name: book.default if value == "@default" else value for name, value in call.path.items()}
    return METHODS[call.method.removeprefix("tasks.")](call, book, path)


def _lists(call: Call, book: TaskBook, path: Json) -> Answer:
    return _page(call, "tasks#taskLists", list(book.lists.values()), 1000, 1000)


def _get_list(call: Call, book: TaskBook, path: Json) -> Answer:
    return Answer(200, book.list_of(path["tasklist"]))


def _insert_list(call: Call, book: TaskBook, path: Json) -> Answer:
    title = call.body.get("title") or ""
    if not title or len(title) > MOST_TITLE:
        raise Problem(400, "invalid", "Invalid Value")
    made = book.new_list(title)
    call.fake.happened("list.insert", made, call.account.email, title=title)
    return Answer(200, book.lists[made])


def _tasks(call: Call, book: TaskBook, path: Json) -> Answer:
    book.list_of(path["tasklist"])
    since = call.query.get("updatedMin")
    found = []
    for task in sorted(book.tasks[path["tasklist"]].values(), key=lambda each: str(each["position"])):
        shown = (
            (call.query.get("showCompleted", True) or task["status"] != "completed")
            and (call.query.get("showHidden", False) or not task.get("hidden"))
            and (call.query.get("showDeleted", False) or not task.get("deleted"))
            and (call.query.get("showAssigned", False) or "assignmentInfo" not in task)
            and (since is None or _time(task["updated"]) >= _time(since))
        )
        found += [task] if shown else []
    return _page(call, "tasks#tasks", found, 20, 100)


def _page(call: Call, kind: str, items: list[Json], usual: int, most: int) -> Answer:
    size = call.query.get("maxResults", usual)
    if not 0 < size <= most:
        raise Problem(400, "invalid", "Invalid Value")
    token = call.query.get("pageToken", "0")
    if not token.isdigit():
        raise Problem(400, "invalid", "Invalid page token value.")
    begin = int(token)
    more = {"nextPageToken": str(begin + size)} if len(items) > begin + size else {}
    digest = hashlib.sha256(repr(items).encode()).hexdigest()[:16]
    return Answer(200, {"kind": kind, "etag": f'"{digest}"', "items": items[begin : begin + size]} | more)


def _get(call: Call, book: TaskBook, path: Json) -> Answer:
    return Answer(200, book.find(path["tasklist"], path["task"]))


def _insert(call: Call, book: TaskBook, path: Json) -> Answer:
    book.list_of(path["tasklist"])
    made = book.insert(path["tasklist"], call.body)
    call.fake.happened("task.insert", made["id"], call.account.email, title=made["title"], list=path["tasklist"])
    return Answer(200, made)


def _there(book: TaskBook, path: Json) -> Json:
    task = book.find(path["tasklist"], path["task"])
    if task.get("deleted"):
        raise Problem(404, "notFound", "Task not found.")
    return task


def _patch(call: Call, book: TaskBook, path: Json) -> Answer:
    task = _there(book, path)
    book.write(task, call.body)
    call.fake.happened("task.patch", task["id"], call.account.email, **call.body)
    return Answer(200, task)


def _delete(call: Call, book: TaskBook, path: Json) -> Answer:
    task = _there(book, path)
    task |= {"deleted": True, "updated": call.fake.stamp()}
    kind = "original.delete" if "assignmentInfo" in task else "task.delete"
    call.fake.happened(kind, task["id"], call.account.email)
    return Answer(204)


def _move(call: Call, book: TaskBook, path: Json) -> Answer:
    task, query = _there(book, path), call.query
    to = str(query.get("destinationTasklist", path["tasklist"]))
    to = book.default if to == "@default" else to
    book.list_of(to)
    moved = book.move(path["tasklist"], task, to, query.get("parent", ""), query.get("previous", ""))
    call.fake.happened("task.move", moved["id"], call.account.email, to=to)
    return Answer(200, moved)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _day(text: str) -> str:
    try:
        return _time(text).date().isoformat()
    except ValueError:
        raise Problem(400, "invalid", "Invalid Value") from None


METHODS: dict[str, Callable[[Call, TaskBook, Json], Answer]] = {
    "tasklists.list": _lists,
    "tasklists.get": _get_list,
    "tasklists.insert": _insert_list,
    "tasks.list": _tasks,
    "tasks.get": _get,
    "tasks.insert": _insert,
    "tasks.patch": _patch,
    "tasks.delete": _delete,
    "tasks.move": _move,
}
