"""Accounts in one workspace: reads are merged, changes go where the id says, previews name the account."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from tests.kit.seeded import ME, NEW_YORK, NOW, add_user
from tests.tools.conftest import Desk
from tests.tools.test_effects import CASES, Case, state

from sayso.tools.base import Proposal, ToolContext, texts
from sayso.tools.provenance import flagged
from sayso.workspace.account_ids import account_of
from sayso.workspace.accounts import Account, compose
from sayso.workspace.errors import NotConnected, ObjectNotFound, Refused, Unavailable
from sayso.workspace.joined import joined
from sayso.workspace.local import LocalWorkspace, local_workspace
from sayso.workspace.local.mail import LocalMail
from sayso.workspace.protocols import PARTS
from sayso.workspace.search import And
from sayso.workspace.types import Connection, EventDraft, OutgoingMail, Page, Person, TaskDraft

WORK = "robin@work.example"
Keys = Callable[[], str]
every = pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
CALLED_WORK = (("Account", WORK),)
CALLED_HERE = (("Account", "This computer"),)


def joined_desk(desk: Desk, *accounts: Account) -> Desk:
    return Desk(replace(desk.ctx, workspace=compose(accounts)))


@dataclass(frozen=True, slots=True)
class Two:
    """The embedded account, which is full, and one at work, which has a thing or two of each kind."""

    here: Account
    work: Account
    ctx: ToolContext

    def desk(self, *default_at_work: Any) -> Desk:
        work = replace(self.work, default_for=frozenset(default_at_work))
        return Desk(replace(self.ctx, workspace=compose([self.here, work])))

    def only(self, account: Account) -> Desk:
        return Desk(replace(self.ctx, workspace=account.parts))


@pytest.fixture
def two(desk: Desk, keys: Keys) -> Two:
    mine = desk.ctx.mail
    assert isinstance(mine, LocalMail)
    mine.store.write_now(add_user, "usr_work")
    parts = local_workspace(mine.store, "usr_work", ME, mine.clock, mine.ids)
    start = NOW + timedelta(days=1, hours=5)
    desk.do(
        parts.calendar.create_event(EventDraft("Board", start, start + timedelta(hours=1), NEW_YORK.key), "w1", False)
    )
    desk.do(parts.tasks.create_task(TaskDraft("Sign the lease"), "w2"))
    desk.do(parts.mail.create_draft(OutgoingMail((), "Minutes", "Below."), "w3"))
    note = OutgoingMail((ME, Person("carl@work.example", "Carl Work")), "Parking", "Move your car.")
    desk.do(parts.mail.send(note, "w4", ""))
    return Two(Account("", "local", "This computer", desk.ctx.workspace), Account("w", "far", WORK, parts), desk.ctx)


def test_one_account_alone_is_what_it_was(desk: Desk) -> None:
    parts = desk.ctx.workspace
    alone = compose([Account("", "local", "This computer", parts)])
    assert [getattr(alone, part) for part in PARTS] == [getattr(parts, part) for part in PARTS]
    assert alone.connections == parts.connections
    assert compose([]).serves == ()


@every
def test_every_tool_works_on_an_account_whose_ids_carry_it(desk: Desk, case: Case, keys: Keys) -> None:
    """The same words as on the embedded one; each change once for its key, and found again."""
    far = joined_desk(desk, Account("w", "far", WORK, desk.ctx.workspace))
    proposal, key = far.prepare(case.tool, **case.args), keys()
    assert (proposal.question, proposal.preview) == (case.question, case.preview)
    assert far.prepare(case.tool, **proposal.args) == proposal
    assert not {"Account"} & {label for label, _ in proposal.details}
    before = state(far)
    assert far.reconcile(case.tool, proposal, key) is None
    result = far.run(case.tool, proposal, key)
    assert result.receipt == case.receipt
    after = state(far)
    assert after != before
    assert far.run(case.tool, proposal, key) == result
    assert far.reconcile(case.tool, proposal, key) == result
    assert state(far) == after


def test_reads_are_merged_and_ids_carry_their_account(two: Two) -> None:
    desk = two.desk()
    events = desk.read("list_calendar_events", start="2026-03-02", end="2026-03-09", limit=200)
    assert sorted(event["start"] for event in events["events"]) == [event["start"] for event in events["events"]]
    titles = {event["title"]: event["id"] for event in events["events"]}
    assert titles["Board"].startswith("w:evt_")
    assert titles["Design review"].startswith("evt_")
    assert "not_read" not in events
    tasks = {task["title"]: (task["id"][:6], task["list"]) for task in desk.read("list_tasks", limit=200)["tasks"]}
    assert tasks["Sign the lease"] == ("w:tsk_", f"Tasks ({WORK})")
    assert tasks["Call the bank"][0].startswith("tsk_")
    found = desk.read("search_mail", limit=200)
    dates = [message["date"] for message in found["messages"]]
    assert dates == sorted(dates, reverse=True)
    assert found["total"] == len(dates)
    parking = next(message for message in found["messages"] if message["subject"] == "Parking")
    assert (parking["id"][:6], parking["thread_id"][:6]) == ("w:msg_", "w:thr_")
    assert desk.read("read_mail", message=parking["id"])["message"]["subject"] == "Parking"
    assert desk.read("find_contact", name="Carl")["contacts"][0]["id"] == "w:adr_carl@work.example"
    lists = [each["name"] for each in desk.read("list_task_lists")["lists"]]
    assert lists[-1] == f"Tasks ({WORK})"
    assert len(lists) == len(set(lists))


def test_the_latest_mails_are_of_both(two: Two) -> None:
    found = two.desk().read("search_mail", query="-in:drafts", limit=1)
    assert ([each["subject"] for each in found["messages"]], found["truncated"]) == (["Parking"], True)


CHANGES: list[tuple[str, dict[str, Any]]] = [
    ("update_calendar_event", {"event": "board", "start": "an hour later"}),
    ("delete_calendar_event", {"event": "board"}),
    ("update_task", {"task": "lease", "title": "Sign it"}),
    ("complete_task", {"task": "lease"}),
    ("delete_task", {"task": "lease"}),
    ("send_mail", {"draft": "minutes", "to": ["carl@work.example"]}),
    ("reply_mail", {"message": "parking", "body": "Done.", "everyone": True}),
    ("draft_mail", {"answer": "parking", "body": "Done.", "everyone": True}),
    ("archive_mail", {"messages": ["parking"]}),
    ("label_mail", {"messages": ["parking"], "add": ["Cars"]}),
    ("trash_mail", {"messages": ["parking"]}),
    ("create_task", {"title": "Paint", "list": f"Tasks ({WORK})"}),
]


@pytest.mark.parametrize(("tool", "args"), CHANGES, ids=[tool for tool, _ in CHANGES])
def test_a_change_goes_to_the_account_of_the_thing(two: Two, keys: Keys, tool: str, args: dict[str, Any]) -> None:
    desk, here, work = two.desk(), two.only(two.here), two.only(two.work)
    proposal, key = desk.prepare(tool, **args), keys()
    assert proposal.details[-1:] == CALLED_WORK
    assert desk.prepare(tool, **proposal.args) == proposal
    before, at_work = state(here), state(work)
    assert desk.reconcile(tool, proposal, key) is None
    result = desk.run(tool, proposal, key)
    assert desk.reconcile(tool, proposal, key) == desk.run(tool, proposal, key) == result
    assert state(here) == before
    assert state(work) != at_work


CREATES: list[tuple[str, str, dict[str, Any]]] = [
    ("calendar", "create_calendar_event", {"title": "Lunch", "start": "Friday at noon"}),
    ("tasks", "create_task", {"title": "Paint"}),
    ("mail", "draft_mail", {"to": ["carl@work.example"], "body": "Hi."}),
    ("mail", "send_mail", {"to": ["carl@work.example"], "subject": "Hi", "body": "Hi."}),
]
created = pytest.mark.parametrize(("part", "tool", "args"), CREATES, ids=[tool for _, tool, _ in CREATES])


@created
@pytest.mark.parametrize("at_work", [False, True])
def test_new_things_are_made_in_the_default_account(
    two: Two, keys: Keys, part: str, tool: str, args: dict[str, Any], at_work: bool
) -> None:
    desk = two.desk(*[part] * at_work)
    proposal = desk.prepare(tool, **args)
    assert proposal.details[-1:] == (CALLED_WORK if at_work else CALLED_HERE)
    here, work = two.only(two.here), two.only(two.work)
    before, before_at_work = state(here), state(work)
    desk.run(tool, proposal, keys())
    assert (state(here) != before, state(work) != before_at_work) == (not at_work, at_work)


@created
def test_a_change_is_looked_for_where_it_was_made_whatever_is_the_default_by_now(
    two: Two, keys: Keys, part: str, tool: str, args: dict[str, Any]
) -> None:
    """And, when it has not happened, it happens there: in the account that was shown."""
    proposal, key = two.desk(part).prepare(tool, **args), keys()
    assert proposal.target["account"] == "w"
    work = state(two.only(two.work))
    assert two.desk().reconcile(tool, proposal, key) is None
    result = two.desk().run(tool, proposal, key)
    assert state(two.only(two.work)) != work
    assert two.desk().reconcile(tool, proposal, key) == result
    gone = joined_desk(two.desk(), two.here)
    with pytest.raises(NotConnected):
        gone.reconcile(tool, proposal, key)


OLD: list[tuple[str, str, dict[str, Any]]] = [
    (
        "calendar",
        "create_calendar_event",
        {
            "draft": {
                "title": "Lunch", "start": "2026-03-06T12:00:00-05:00", "end": "2026-03-06T13:00:00-05:00",
                "timezone": "America/New_York", "location": "", "description": "", "guests": [], "recurrence": "",
            }
        },
    ),
    ("tasks", "create_task", {"draft": {"title": "Paint", "due": None, "notes": "", "list_id": "lst_home"}}),
    (
        "mail",
        "draft_mail",
        {
            "mail": {
                "to": [{"name": "", "email": "carl@work.example"}], "cc": [], "bcc": [], "subject": "Hi", "body": "Hi.",
                "in_reply_to": "",
            }
        },
    ),
    (
        "mail",
        "send_mail",
        {
            "mail": {
                "to": [{"name": "", "email": "carl@work.example"}], "cc": [], "bcc": [], "subject": "Hi", "body": "Hi.",
                "in_reply_to": "",
            },
            "draft": "",
            "revision": "",
        },
    ),
    (
        "mail",
        "reply_mail",
        {
            "mail": {
                "to": [{"name": "Mum", "email": "mum@example.com"}], "cc": [], "bcc": [], "subject": "Re: Dinner",
                "body": "Gladly.", "in_reply_to": "",
            }
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("part", "tool", "target"), OLD, ids=[tool for _, tool, _ in OLD])
@pytest.mark.parametrize("before", [False, True])
def test_a_proposal_from_before_there_were_accounts_is_about_the_embedded_one(
    two: Two, keys: Keys, part: str, tool: str, target: dict[str, Any], before: bool
) -> None:
    """Stored by an earlier version, with no account in its target: it runs and reconciles there. `before`: it had run
    under that version when the server was stopped."""
    desk, here, work = two.desk(part), two.only(two.here), two.only(two.work)
    key, at_work, at_home = keys(), state(work), state(here)
    proposal = Proposal("write", {}, "", "", target)
    if before:
        here.run(tool, proposal, key)
    else:
        assert desk.reconcile(tool, proposal, key) is None
    result = desk.run(tool, proposal, key)
    assert desk.reconcile(tool, proposal, key) == result
    assert state(here) != at_home
    assert state(work) == at_work


def test_one_change_is_in_one_account(two: Two, desk: Desk) -> None:
    error = two.desk().refused("archive_mail", messages=["parking", "Sunday dinner"])
    assert f"({WORK} and This computer)" in str(error)
    error = two.desk().refused("update_task", task="lease", list="home")
    assert "different accounts" in str(error)


def test_an_account_that_is_down_is_told_and_the_others_are_given(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down(*_: Any) -> Any:
        raise Unavailable("It cannot be reached.")

    work = two.work.parts
    assert isinstance(work, LocalWorkspace)
    for system, method in ((work.calendar, "list_events"), (work.tasks, "list_tasks"), (work.mail, "search")):
        whole = getattr(type(system), method)

        async def read(self: Any, *args: Any, system: Any = system, whole: Any = whole) -> Any:
            return await (down() if self.user_id == system.user_id else whole(self, *args))

        monkeypatch.setattr(type(system), method, read)
    desk = two.desk()
    told = [f"{WORK} could not be read. It cannot be reached."]
    events = desk.read("list_calendar_events", start="2026-03-02", end="2026-03-09", limit=200)
    assert events["events"]
    assert events["not_read"] == told
    assert two.desk().read("list_tasks")["not_read"] == told
    assert two.desk().read("search_mail")["not_read"] == told
    proposal = desk.prepare("create_calendar_event", title="Tea", start="Friday at 8pm")
    assert list(texts(desk.do(flagged(desk.ctx, proposal, ["lunch on Friday"], [])).warnings)) == told
    both = Desk(replace(two.ctx, workspace=compose([two.work])))
    with pytest.raises(Unavailable):
        both.read("list_calendar_events", start="2026-03-02")


def test_an_account_that_is_slow_is_not_waited_for(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(joined, "READ_SECONDS", 2.0)
    slow = replace(two.work, parts=replace(two.work.parts, tasks=type("Slow", (), {"list_tasks": hang})()))
    desk = Desk(replace(two.ctx, workspace=compose([two.here, slow])))
    found = desk.read("list_tasks")
    assert found["tasks"]
    assert found["not_read"] == [f"{WORK} could not be read. It took too long to answer."]


@pytest.mark.parametrize("limit", [1, 2, 7, 1000])
def test_pages_give_everything_of_all_accounts_once(two: Two, limit: int) -> None:
    ctx = two.desk("mail").ctx

    async def pages(read: Callable[[int, str], Awaitable[Page[Any]]]) -> list[Any]:
        page = await read(limit, "")
        found = [*page.items]
        while page.next:
            assert len(page.items) == limit
            page = await read(limit, page.next)
            found += page.items
        return found

    mails = asyncio.run(pages(lambda most, after: ctx.mail.search(And(()), most, after)))
    tasks = asyncio.run(pages(ctx.tasks.list_tasks))
    assert {account_of(each.id) for each in (*mails, *tasks)} == {"", "w"}
    assert [each.date for each in mails] == sorted((each.date for each in mails), reverse=True)
    for found, whole in ((mails, ctx.mail.search(And(()), 1000)), (tasks, ctx.tasks.list_tasks(1000))):
        assert len({each.id for each in found}) == len(found) == len(asyncio.run(_items(whole)))


async def _items(page: Awaitable[Page[Any]]) -> list[Any]:
    return (await page).items


@pytest.mark.parametrize("after", ["nonsense", '{"w": 1}'])
def test_a_page_that_nobody_gave_out_is_refused(two: Two, after: str) -> None:
    with pytest.raises(Refused):
        asyncio.run(two.desk().ctx.mail.search(And(()), 10, after))


def test_ids_of_an_account_that_is_gone_are_not_found(two: Two) -> None:
    event = two.desk().event("Board")
    gone = compose([two.here, replace(two.work, id="v")])
    assert gone.calendar is not None
    assert gone.mail is not None
    with pytest.raises(ObjectNotFound):
        asyncio.run(gone.calendar.get_event(event.id))
    with pytest.raises(ObjectNotFound):  # and never "it surely has not happened"
        asyncio.run(gone.calendar.applied("key", event.id))
    with pytest.raises(ObjectNotFound):
        asyncio.run(gone.mail.get_message("re:budget"))


def test_a_file_is_read_in_the_account_of_its_mail(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    async def attachment(mail: LocalMail, message_id: str, number: int) -> bytes:
        return f"{mail.user_id} {message_id} {number}".encode()

    monkeypatch.setattr(LocalMail, "attachment", attachment)
    assert asyncio.run(two.desk().ctx.mail.attachment("w:msg_1", 2)) == b"usr_work msg_1 2"


def test_connections_say_the_default_first(two: Two) -> None:
    connections = two.desk("mail").ctx.workspace.connections
    assert connections[:2] == (Connection("calendar", "local"), Connection("calendar", "far", WORK, "w"))
    assert connections[4:6] == (Connection("mail", "far", WORK, "w"), Connection("mail", "local"))
