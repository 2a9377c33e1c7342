"""Undo, from outside: what was done is put back just as it was, at one request, or it is said why it cannot be."""

import json
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update
from tests.conftest import Server, StartServer
from tests.web.puppet import Puppet

from sayso.store.tables import actions


def call(tool: str, **args: Any) -> str:
    return f"!{tool} {json.dumps(args)}"


READS = (
    call("list_calendar_events", start="2026-02-20", end="2026-06-20", limit=200),
    call("list_tasks", status="all", limit=200),
    call("search_mail", query="in:anywhere", limit=200),
    call("search_mail", query="in:trash", limit=200),
)
LUNCH = call(
    "create_calendar_event", title="Lunch", start="2026-03-10T12:00", location="Café", description="Bring\n\nit"
)
WITH_ANA = call("create_calendar_event", title="Lunch", start="2026-03-10T12:00", guests=["ana@example.com"])
DAILY = call("create_calendar_event", title="Round", start="2026-03-10T09:00", recurrence="daily for 5 days")
TASK = call("create_task", title="Pay the rent", due="2026-03-05T10:00", notes="by transfer")
OTHER = call("create_task", title="Buy milk", list="Shopping")


class Person:
    """A signed-in client on one thread."""

    def __init__(self, client: httpx2.Client, thread: str = "t") -> None:
        self.client, self.thread = client, thread

    def say(self, *lines: str) -> Any:
        body = {"user_message": "\n".join(lines), "thread_id": self.thread}
        return self.client.post("/chat", json=body).raise_for_status().json()

    def do(self, *calls: str) -> Any:
        """The plan of these calls, confirmed and run."""
        plan = self.say(*calls)["plan"]
        body = {"thread_id": self.thread, "plan_id": plan["id"]}
        told = self.client.post("/chat/confirm", json=body).raise_for_status().json()
        assert told["status"] == "completed", told
        return self.plan(plan["id"])

    def plan(self, plan_id: str) -> Any:
        return self.client.get(f"/plans/{plan_id}").raise_for_status().json()

    def undo(self, plan: Any, *actions: Any) -> httpx2.Response:
        body = {"action_ids": [each["id"] for each in actions]} if actions else {}
        return self.client.post(f"/plans/{plan['id']}/undo", json=body)

    def undone(self, plan: Any, *actions: Any) -> Any:
        """The plan that undid it."""
        told = self.undo(plan, *actions).raise_for_status().json()
        assert told["status"] == "completed", told
        return self.plan(self.plan(plan["id"]) and self.outcomes()[-1])

    def outcomes(self) -> list[str]:
        messages = self.client.get(f"/threads/{self.thread}").json()["messages"]
        return [each["plan_id"] for each in messages if each["role"] == "assistant" and each["kind"] == "outcome"]

    def look(self) -> set[str]:
        """All that there is, but for mails that were sent."""
        found = [each["result"] for each in self.say(*READS)["actions"]]
        items = [item for some in found for name in ("events", "tasks", "messages") for item in some.get(name, ())]
        labeled = [each | {"labels": sorted(each.get("labels", ()))} for each in items]
        return {json.dumps(each) for each in labeled if "sent" not in each["labels"]}


@pytest.fixture
def server(start_server: StartServer) -> Server:
    return start_server(source=Puppet())


@pytest.fixture
def ana(server: Server) -> Person:
    return Person(server.client())


def mails(person: Person, query: str) -> list[str]:
    found = person.say(call("search_mail", query=query, limit=200))["actions"][0]["result"]["messages"]
    return [each["id"] for each in found]


CASES: dict[str, tuple[tuple[str, ...], str]] = {
    "event created": ((), LUNCH),
    "series created": ((), DAILY),
    "all-day event created": ((), call("create_calendar_event", title="Trip", start="2026-03-12")),
    "title": ((LUNCH,), call("update_calendar_event", event="Lunch", title="Late lunch")),
    "time": ((LUNCH,), call("update_calendar_event", event="Lunch", start="2026-03-11T16:30")),
    "to the past": ((LUNCH,), call("update_calendar_event", event="Lunch", start="2026-02-27T16:30")),
    "length": ((LUNCH,), call("update_calendar_event", event="Lunch", duration_minutes=15)),
    "zone": (
        (LUNCH,),
        call("update_calendar_event", event="Lunch", start="2026-03-10T18:00", timezone="Europe/Berlin"),
    ),
    "to all day": ((LUNCH,), call("update_calendar_event", event="Lunch", start="2026-03-11 all day")),
    "from all day": (
        (call("create_calendar_event", title="Trip", start="2026-03-12", end="2026-03-14"),),
        call("update_calendar_event", event="Trip", start="2026-03-12T09:00"),
    ),
    "place and notes": ((LUNCH,), call("update_calendar_event", event="Lunch", location="", description="Nothing")),
    "guests": (
        (WITH_ANA,),
        call("update_calendar_event", event="Lunch", add_guests=["ben@example.com"], remove_guests=["ana@example.com"]),
    ),
    "one of a series": (
        (DAILY,),
        call("update_calendar_event", event="Round", start="2026-03-10T11:00", title="Round two", scope="this"),
    ),
    "a whole series": (
        (DAILY,),
        call("update_calendar_event", event="Round", start="2026-03-11T11:00", location="Hall", scope="all"),
    ),
    "task created": ((), TASK),
    "task changed": (
        (TASK, OTHER),
        call("update_task", task="Pay the rent", title="Pay it", due="2026-03-07", notes="", list="Shopping"),
    ),
    "due date given": ((OTHER,), call("update_task", task="Buy milk", due="2026-03-07")),
    "task done": ((OTHER,), call("complete_task", task="Buy milk")),
    "memory": ((), call("remember", text="no calls on Fridays")),
    "forgotten": ((call("remember", text="no calls on Fridays"),), call("forget", memory="Fridays")),
    "signature": (
        (call("remember", text="Best\nRobin", kind="signature"),),
        call("remember", text="Yours\nRobin", kind="signature"),
    ),
}


def memories(person: Person) -> list[tuple[str, str]]:
    found = person.client.get("/memory").json()["memories"]
    return [(each["kind"], each["text"]) for each in found]


@pytest.mark.parametrize("kind", CASES)
def test_what_was_done_is_put_back_just_as_it_was(ana: Person, kind: str) -> None:
    """And back again, and again: an undo can be undone, where its own action can."""
    before, action = CASES[kind]
    if before:
        ana.do(*before)
    was, knew = ana.look(), memories(ana)
    different = was.symmetric_difference
    plan = ana.do(action)
    now = ana.look()
    assert different(now) or memories(ana) != knew
    [done] = plan["actions"]
    assert done["undo"] == {"label": "Undo", "done": None} or kind == "guests"
    undo = ana.undone(plan)
    assert not different(ana.look())
    assert memories(ana) == knew
    [undid] = undo["actions"]
    assert undid["undoes"] == done["id"]
    assert ana.plan(plan["id"])["actions"][0]["undo"]["done"] == undid["id"]
    if undid["undo"] is not None:
        redo = ana.undone(undo)
        if kind not in ("forgotten", "signature", "memory"):
            assert not now ^ ana.look()
        if redo["actions"][0]["undo"] is not None:
            ana.undone(redo)
            assert not different(ana.look())
            assert memories(ana) == knew


# --- mail ------------------------------------------------------------------------------------------------------------


def _sorted_mails(person: Person) -> list[str]:
    """Three mails: one in the inbox, one there with the label and read, one that was archived."""
    first, second, third = mails(person, "in:inbox")[:3]
    person.do(
        call("label_mail", messages=[second], add=["Receipts"], remove=["unread"]),
        call("archive_mail", messages=[third]),
        call("label_mail", messages=[first], add=["unread"]) if first in mails(person, "is:read") else OTHER,
    )
    return [first, second, third]


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("archive_mail", {}),
        ("trash_mail", {}),
        ("label_mail", {"add": ["Receipts"]}),
        ("label_mail", {"add": ["Receipts", "starred"], "remove": ["unread", "inbox"]}),
        ("label_mail", {"remove": ["unread"]}),
        ("label_mail", {"add": ["unread"], "remove": ["Receipts"]}),
    ],
)
def test_of_each_mail_just_what_was_changed_is_put_back(ana: Person, tool: str, args: dict[str, Any]) -> None:
    """A label that one of them had before stays with it."""
    messages = _sorted_mails(ana)
    was = ana.look()
    plan = ana.do(call(tool, messages=messages, **args))
    assert was ^ ana.look()
    ana.undone(plan)
    assert not was ^ ana.look()


def test_several_changes_of_one_mail_are_put_back(ana: Person) -> None:
    first, *_ = _sorted_mails(ana)
    was = ana.look()
    plan = ana.do(call("archive_mail", messages=[first]), call("label_mail", messages=[first], add=["Receipts"]))
    assert len(ana.undone(plan)["actions"]) == 2
    assert not was ^ ana.look()


def test_a_draft_that_was_saved_goes_to_the_trash(ana: Person) -> None:
    plan = ana.do(call("draft_mail", to=["ana@example.com"], subject="Plans", body="Soon."))
    [draft] = mails(ana, "in:drafts subject:Plans")
    ana.undone(plan)
    assert mails(ana, "in:trash") == [draft]


def test_what_happens_to_a_mail_besides_does_not_matter(ana: Person) -> None:
    first, second, _ = _sorted_mails(ana)
    plan = ana.do(call("archive_mail", messages=[first, second]))
    ana.do(call("label_mail", messages=[first], add=["Later"], remove=["unread"]))
    ana.undone(plan)
    assert {first, second} <= set(mails(ana, "in:inbox"))
    assert mails(ana, "label:Later is:read") == [first]


# --- what cannot be undone -------------------------------------------------------------------------------------------


def refused(answer: httpx2.Response) -> dict[str, str]:
    """Why, by code, of each action."""
    body = answer.json()
    assert (answer.status_code, body["error"]) == (409, "not_undoable")
    assert body["details"]["actions"].keys() == body["details"]["codes"].keys()
    assert all(sentence.endswith(".") for sentence in body["details"]["actions"].values())
    return dict(body["details"]["codes"])


SINCE = {
    "changed": (TASK, call("update_task", task="Pay the rent", notes="in cash"), "changed"),
    "done": (TASK, call("complete_task", task="Pay the rent"), "changed"),
    "gone": (TASK, call("delete_task", task="Pay the rent"), "gone"),
    "event changed": (LUNCH, call("update_calendar_event", event="Lunch", location=""), "changed"),
    "event gone": (LUNCH, call("delete_calendar_event", event="Lunch"), "gone"),
    "one of the series": (
        DAILY,
        call("update_calendar_event", event="Round", title="Round two", start="2026-03-10T13:00", scope="this"),
        "changed",
    ),
    "remembered otherwise": (
        call("remember", text="Best", kind="signature"),
        call("remember", text="Yours", kind="signature"),
        "gone",
    ),
}


@pytest.mark.parametrize("kind", SINCE)
def test_what_was_changed_since_is_left_alone(ana: Person, kind: str) -> None:
    action, since, code = SINCE[kind]
    plan = ana.do(action)
    ana.do(since)
    was, knew = ana.look(), memories(ana)
    assert refused(ana.undo(plan)) == {plan["actions"][0]["id"]: code}
    assert not was ^ ana.look()
    assert memories(ana) == knew


@pytest.mark.parametrize("whole", ["made", "changed"])
def test_a_series_of_which_one_was_changed_since_is_left_alone(ana: Person, whole: str) -> None:
    plan = ana.do(DAILY)
    if whole == "changed":
        plan = ana.do(call("update_calendar_event", event="Round", location="Hall", scope="all"))
    assert plan["actions"][0]["undo"] is not None
    other = next(json.loads(each) for each in ana.look() if '"start": "2026-03-12T09:00' in each and '"Round"' in each)
    ana.do(call("update_calendar_event", event=other["id"], title="Round two", scope="this"))
    was = ana.look()
    assert list(refused(ana.undo(plan)).values()) == ["changed"]
    assert not was ^ ana.look()


@pytest.mark.parametrize("since", ["inbox", "trash"])
def test_a_mail_that_was_moved_since_is_left_alone(ana: Person, since: str) -> None:
    first, *_ = _sorted_mails(ana)
    plan = ana.do(call("archive_mail", messages=[first]))
    ana.do(
        call("label_mail", messages=[first], add=["inbox"])
        if since == "inbox"
        else call("trash_mail", messages=[first])
    )
    was = ana.look()
    assert list(refused(ana.undo(plan)).values()) == ["changed"]
    assert not was ^ ana.look()


@pytest.mark.parametrize(
    ("before", "action", "code"),
    [
        ([], call("send_mail", to=["ana@example.com"], subject="Hi", body="Hello."), "sent"),
        ([TASK], call("delete_task", task="Pay the rent"), "deleted"),
        ([LUNCH], call("delete_calendar_event", event="Lunch"), "deleted"),
        ([DAILY], call("update_calendar_event", event="Round", recurrence="daily for 3 days"), "no_reverse"),
        ([DAILY], call("update_calendar_event", event="Round", start="11:00", scope="following"), "no_reverse"),
        ([DAILY], call("update_calendar_event", event="Round", except_dates=["2026-03-12"]), "no_reverse"),
    ],
)
def test_what_has_no_reverse_says_why(ana: Person, before: list[str], action: str, code: str) -> None:
    if before:
        ana.do(*before)
    plan = ana.do(action)
    [done] = plan["actions"]
    assert done["undo"] is None
    assert refused(ana.undo(plan)) == {done["id"]: code}


def test_a_series_is_not_changed_back_where_one_of_it_would_follow(ana: Person) -> None:
    """One that stood at the new time before could not be told from the others."""
    ana.do(DAILY)
    ana.do(call("update_calendar_event", event="Round", start="2026-03-10T11:00", scope="this"))
    other = next(json.loads(each) for each in ana.look() if '"start": "2026-03-11T09:00' in each and '"Round"' in each)
    plan = ana.do(call("update_calendar_event", event=other["id"], start="11:00", scope="all"))
    assert list(refused(ana.undo(plan)).values()) == ["no_reverse"]


def test_a_part_that_can_be_undone_is_and_the_rest_is_told(ana: Person) -> None:
    plan = ana.do(TASK, call("send_mail", to=["ana@example.com"], subject="Hi", body="Hello."), OTHER)
    task, mail, other = plan["actions"]
    ana.do(call("complete_task", task="Buy milk"))
    was = ana.look()
    assert refused(ana.undo(plan, task, mail)) == {mail["id"]: "sent"}
    assert not was ^ ana.look()
    told = ana.undo(plan).json()
    assert told["status"] == "completed"
    assert told["left"] == {
        mail["id"]: "A mail that was sent cannot be taken back.",
        other["id"]: "It was changed since.",
    }
    assert [each["result"]["task"]["title"] for each in told["results"].values()] == ["Pay the rent"]
    assert ana.undo(plan).json() == told
    assert refused(ana.undo(plan, mail)) == {mail["id"]: "sent"}


def test_what_was_not_done_is_not_undone(ana: Person) -> None:
    plan = ana.say(TASK, OTHER)["plan"]
    ids = [each["id"] for each in plan["actions"]]
    assert refused(ana.undo(plan)) == dict.fromkeys(ids, "not_done")
    ana.client.post("/chat/confirm", json={"thread_id": "t", "action_ids": ids[:1]}).raise_for_status()
    assert refused(ana.undo(plan, *plan["actions"])) == {ids[1]: "not_done"}
    assert ana.undo(plan).json()["left"] == {}


# --- what is undone --------------------------------------------------------------------------------------------------


def test_several_are_undone_the_last_first(ana: Person) -> None:
    ana.do(TASK)
    was = ana.look()
    plan = ana.do(
        call("update_task", task="Pay the rent", title="Pay it", due="tomorrow"),
        call("complete_task", task="Pay the rent"),
        LUNCH,
    )
    undo = ana.undone(plan)
    assert [each["tool"] for each in undo["actions"]] == ["delete_calendar_event", "reopen_task", "update_task"]
    assert not was ^ ana.look()


def test_one_after_the_other_goes_back_as_far_as_one_likes(ana: Person) -> None:
    """What was changed since, and changed back, is as it was left."""
    was = ana.look()
    steps = [
        ana.do(TASK),
        ana.do(call("update_task", task="Pay the rent", title="Pay it")),
        ana.do(call("update_task", task="Pay it", due="tomorrow")),
        ana.do(call("complete_task", task="Pay it")),
    ]
    assert list(refused(ana.undo(steps[1])).values()) == ["changed"]
    for step in reversed(steps):
        ana.undone(step)
    assert not was ^ ana.look()


def test_it_is_done_once_however_often_it_is_asked(ana: Person) -> None:
    plan = ana.do(LUNCH, TASK)
    [lunch, _] = plan["actions"]
    first = ana.undo(plan, lunch).json()
    assert ana.undo(plan, lunch).json() == first
    assert len(first["results"]) == 1
    assert refused(ana.undo(plan, *plan["actions"])) == {lunch["id"]: "undone"}
    rest = ana.undo(plan).json()
    assert [each["tool"] for each in rest["results"].values()] == ["delete_task"]
    assert ana.undo(plan).json() == rest
    assert len(ana.outcomes()) == 3


def test_what_waits_goes_on_waiting(ana: Person) -> None:
    """Also as what a bare confirm is about; and behind the receipt no yes means it any more (P1, P3)."""
    plan = ana.do(LUNCH)
    waiting = ana.say(TASK)["plan"]
    undo = ana.undone(plan)
    assert ana.plan(waiting["id"])["status"] == "pending"
    assert ana.say("yes")["decision"] is None
    assert ana.client.post("/chat/confirm", json={"thread_id": "t"}).json()["status"] == "completed"
    assert ana.plan(waiting["id"])["status"] == "completed"
    assert [each["tool"] for each in ana.plan(undo["id"])["actions"]] == ["delete_calendar_event"]


def test_a_confirm_that_is_repeated_is_not_about_the_undo(ana: Person) -> None:
    plan = ana.do(LUNCH)
    ana.undone(plan)
    again = ana.client.post("/chat/confirm", json={"thread_id": "t"}).json()
    assert list(again["results"]) == [plan["actions"][0]["id"]]


def test_others_are_told_as_the_button_says(ana: Person) -> None:
    plan = ana.do(WITH_ANA)
    [done] = plan["actions"]
    assert done["undo"]["label"] == "Undo and tell ana@example.com"
    undo = ana.undone(plan)
    assert undo["actions"][0]["effect"] == "outbound"
    assert len(mails(ana, "in:sent to:ana@example.com subject:Cancelled")) == 1
    named = call("create_calendar_event", title="Plan", start="2026-03-11T12:00", guests=["Priya Raman"])
    assert ana.do(named)["actions"][0]["undo"]["label"] == "Undo and tell Priya"
    both = call("create_calendar_event", title="Plans", start="2026-03-12T12:00", guests=["Priya Raman", "Ana Silva"])
    assert ana.do(both)["actions"][0]["undo"]["label"] == "Undo and tell 2 people"


def test_an_invitation_is_answered_again_as_before(ana: Person) -> None:
    invited = next(each for each in map(json.loads, ana.look()) if each.get("organizer"))
    answers = ["declined", "accepted"]
    plans = [ana.do(call("respond_to_invitation", event=invited["id"], response=each)) for each in answers]
    assert plans[0]["actions"][0]["undo"] is None or invited["my_response"] != "needs_action"
    undo = ana.undone(plans[1])
    assert undo["actions"][0]["args"]["response"] == "declined"
    now = next(each for each in map(json.loads, ana.look()) if each.get("id") == invited["id"])
    assert now["my_response"] == "declined"


def test_the_record_says_who_undid_what(ana: Person) -> None:
    plan = ana.do(LUNCH)
    undo = ana.undone(plan)
    session = ana.client.get("/auth/session").json()["session"]
    assert [each["kind"] for each in undo["events"]] == ["proposed", "confirmed", "completed"]
    assert undo["decided_by"] == session
    lines = [each for each in ana.client.get("/audit").json()["events"] if each["kind"] == "confirmed"]
    assert lines[0]["data"] == {"plan_id": undo["id"], "thread_id": "t", "undoes": [plan["actions"][0]["id"]]}
    receipts = [each["content"] for each in ana.client.get("/threads/t").json()["messages"]][-2:]
    assert receipts[1].startswith("Deleted 'Lunch'")


def test_nobody_undoes_what_is_anothers(server: Server, ana: Person) -> None:
    plan = ana.do(LUNCH)
    other = Person(server.stranger("other"))
    assert other.undo(plan).status_code == 404
    theirs = other.do(TASK)
    assert other.undo(theirs, plan["actions"][0]).status_code == 422
    assert ana.undo({"id": "plan_none"}).status_code == 404
    assert '"Lunch"' in "".join(ana.look())


def test_it_is_refused_when_it_would_reach_others_than_was_said(ana: Person, server: Server) -> None:
    """The tap is the consent to what the button said, and to nothing else (P1)."""
    plan = ana.do(WITH_ANA)
    [stored] = server.store.read_now(_reverse_of, plan["actions"][0]["id"])
    server.store.write_now(_keep, plan["actions"][0]["id"], {"calls": [{**stored["calls"][0], "tells": []}]})
    assert ana.plan(plan["id"])["actions"][0]["undo"]["label"] == "Undo"
    assert list(refused(ana.undo(plan)).values()) == ["changed"]


def _reverse_of(conn: Any, action_id: str) -> list[Any]:
    return [conn.execute(select(actions.c.reverse).where(actions.c.id == action_id)).scalar()]


def _keep(conn: Any, action_id: str, reverse: Any) -> None:
    conn.execute(update(actions).where(actions.c.id == action_id).values(reverse=reverse))
