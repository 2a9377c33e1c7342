"""Lists that are new, several tasks at once, and lists as models write them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError
from tests.kit.seeded import ME, NOW

from sayso.base.clock import FixedClock
from sayso.tools.arguments import Arguments
from sayso.tools.base import effect_tool, texts
from sayso.tools.registry import toolbox
from sayso.workspace.local import local_workspace
from sayso.workspace.local.tasks import LocalTasks
from sayso.workspace.types import TaskDraft

if TYPE_CHECKING:
    from tests.tools.conftest import Desk

Keys = Callable[[], str]


def lists(desk: "Desk") -> list[str]:
    return [each["name"] for each in desk.read("list_task_lists")["lists"]]


@pytest.mark.parametrize(
    ("text", "name", "warnings"),
    [
        ("Groceries", "Groceries", ("There is no list 'Groceries' yet; it will be made.",)),
        ("my Groceries list", "Groceries", ("There is no list 'Groceries' yet; it will be made.",)),
        ("Home garden", "Home garden", ("There is no list 'Home garden' yet; it will be made. There is 'Home'.",)),
        ("homes", "Home", ()),
        ("the work list", "Work", ()),
    ],
)
def test_a_list_that_does_not_exist_is_made_with_a_warning(
    desk: "Desk", text: str, name: str, warnings: tuple[str, ...]
) -> None:
    made = desk.prepare("create_task", title="x", list=text)
    assert (made.args["list"], texts(made.warnings)) == (name, warnings)
    moved = desk.prepare("update_task", task="the offsite agenda" if name == "Home" else "kitchen tap", list=text)
    assert (moved.args["list"], texts(moved.warnings)) == (name, warnings)
    assert lists(desk) == ["Tasks", "Home", "Work"]


@pytest.mark.parametrize("text", ["my list", "the list", "lst_gone"])
def test_words_that_name_no_list_make_none(desk: "Desk", text: str) -> None:
    error = desk.refused("create_task", title="x", list=text)
    assert error.code == "not_found"
    assert [each["label"] for each in error.candidates] == ["Tasks", "Home", "Work"]


def test_a_list_is_made_once_for_all_tasks_that_name_it(desk: "Desk", keys: Keys) -> None:
    plan = [desk.prepare("create_task", title=title, list=name) for title, name in (("a", "Garden"), ("b", "garden"))]
    receipts = [desk.run("create_task", proposal, keys()).receipt for proposal in plan]
    assert receipts == [f"Added the task '{title}' to the new list 'Garden'." for title in "ab"]
    assert lists(desk) == ["Tasks", "Home", "Work", "Garden"]
    assert texts(desk.prepare("create_task", title="c", list="garden").warnings) == ()


def test_of_two_who_make_a_list_at_once_one_does(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    """The second has not seen yet what the first one made."""
    from sayso.workspace.local import tasks

    seen = desk.do(desk.ctx.tasks.lists())
    monkeypatch.setattr(tasks, "load_lists", lambda conn, user: seen)
    made = [desk.do(desk.ctx.tasks.create_task(TaskDraft(key, new_list="Garden"), key)) for key in ("k1", "k2")]
    monkeypatch.undo()
    assert len({task.list_id for task in made}) == 1
    assert lists(desk) == ["Tasks", "Home", "Work", "Garden"]


def test_the_default_list_stays_the_first_of_who_had_none(desk: "Desk") -> None:
    mine = desk.ctx.tasks
    assert isinstance(mine, LocalTasks)
    from tests.kit.seeded import add_user

    mine.store.write_now(add_user, "usr_new")
    fresh = local_workspace(mine.store, "usr_new", ME, FixedClock(NOW), mine.ids).tasks
    desk.do(fresh.create_task(TaskDraft("x", new_list="Garden"), "k"))
    assert [each.name for each in desk.do(fresh.lists())] == ["Tasks", "Garden"]


def each(name: str, **args: Any) -> list[dict[str, Any]]:
    tool = effect_tool(toolbox(), name)
    return [one.model_dump(exclude_defaults=True) for one in tool.each(tool.Args.model_validate(args))]


@pytest.mark.parametrize("titles", [["milk", "eggs"], '["milk", "eggs"]'])
def test_several_titles_are_a_task_each_with_the_rest_alike(desk: "Desk", titles: Any) -> None:
    found = each("create_task", titles=titles, list="Home", due="Friday")
    assert found == [{"title": title, "list": "Home", "due": "Friday"} for title in ("milk", "eggs")]
    assert [desk.prepare("create_task", **args).args["title"] for args in found] == ["milk", "eggs"]


@pytest.mark.parametrize("name", ["complete_task", "reopen_task", "delete_task"])
def test_several_tasks_are_a_change_each(name: str) -> None:
    assert each(name, tasks=["bank", "slides"]) == [{"task": "bank"}, {"task": "slides"}]
    assert each(name, tasks="bank") == each(name, task="bank") == [{"task": "bank"}]


@pytest.mark.parametrize(
    ("name", "one", "several"),
    [
        ("create_task", "title", "titles"),
        ("complete_task", "task", "tasks"),
        ("reopen_task", "task", "tasks"),
        ("delete_task", "task", "tasks"),
    ],
)
def test_one_or_several_but_not_both_nor_neither(desk: "Desk", name: str, one: str, several: str) -> None:
    with pytest.raises(ValidationError, match=f"give `{one}` or `{several}`, not both"):
        each(name, **{one: "a", several: ["b"]})
    assert desk.refused(name).code == "missing"
    assert desk.refused(name, **{several: []}).code == "missing"


LISTS = [
    (tool.name, name)
    for tool in toolbox().values()
    for name, schema in tool.Args.model_json_schema()["properties"].items()
    if schema.get("type") == "array" and schema["items"]["type"] == "string"
]


@pytest.mark.parametrize(("tool", "name"), LISTS, ids=lambda value: value)
def test_a_list_may_be_written_in_other_ways(tool: str, name: str) -> None:
    """Of every list argument: one string, JSON in a string, null; brackets that are no JSON are words."""
    args: type[Arguments] = toolbox()[tool].Args
    others = {
        field: ["x"] if (tool, field) in LISTS else "x"
        for field, info in args.model_fields.items()
        if info.is_required()
    }
    others |= {"response": "accepted"} if "response" in others else {}
    for given, meant in (
        ("a", ["a"]),
        ('["a", "b"]', ["a", "b"]),
        ("[urgent] a", ["[urgent] a"]),
        ("[" * 290, ["[" * 290]),
        (["a", 7], ["a", "7"]),
    ):
        assert getattr(args.model_validate(others | {name: given}), name) == meant
    if name in others:
        with pytest.raises(ValidationError):
            args.model_validate(others | {name: None})
    else:
        assert getattr(args.model_validate(others | {name: None}), name) == getattr(args.model_validate(others), name)


def test_every_list_argument_was_tried() -> None:
    assert len(LISTS) >= 18
    assert {("create_task", "titles"), ("label_mail", "remove"), ("draft_mail", "bcc")} <= set(LISTS)


def test_null_means_not_given_and_numbers_may_be_words() -> None:
    args = toolbox()["list_tasks"].Args
    given = args.model_validate({"list": None, "status": None, "limit": "7", "query": 2026})
    assert (given.status, given.limit, given.query) == ("open", 7, "2026")
    reply = toolbox()["reply_mail"].Args.model_validate({"message": "m", "body": "b", "everyone": "true"})
    assert reply.everyone is True
