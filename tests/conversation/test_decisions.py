"""Decisions, one after the other: what each does and says, and what it leaves behind."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.kit.say import Client
from tests.kit.world import CLIENTS, World

from sayso.conversation import ledger
from sayso.tools.base import Proposal, cautions

Step = tuple[str, dict[str, Any], int, str]
"""What a client does, with which fields, and the status and the code ("" when granted) that it must get."""

OK, NO = 200, 409

# The transitions of a human approval, as SHACKLE SP/1.0 has them: approve, reject, modify, defer, duplicate resume,
# nonce mismatch. `$old`, `$new`: the plan first proposed and the one that waits instead; `$act0`: an action of the
# first. The last number is how many effects there are in the end.
TRANSITIONS: dict[str, tuple[list[Step], int]] = {
    "approve": ([("confirm", {}, OK, "")], 2),
    "approve by name": ([("confirm", {"plan_id": "$old"}, OK, "")], 2),
    "approve a part": ([("confirm", {"action_ids": ["$act0"]}, OK, "")], 1),
    "approve a part, then the rest": (
        [("confirm", {"action_ids": ["$act0"]}, OK, ""), ("confirm", {"action_ids": ["$act1"]}, OK, "")],
        1,
    ),
    "approve nothing": ([("confirm", {"action_ids": []}, 422, "validation_error")], 0),
    "approve an unknown action": ([("confirm", {"action_ids": ["act_x"]}, 422, "validation_error")], 0),
    "approve what another plan holds": (
        [("propose", {"what": "C"}, OK, ""), ("confirm", {"action_ids": ["$act0"]}, 422, "validation_error")],
        0,
    ),
    "an unusable approval leaves all open": (
        [("confirm", {"action_ids": ["act_x"]}, 422, "validation_error"), ("confirm", {}, OK, "")],
        2,
    ),
    "reject": ([("cancel", {}, OK, "")], 0),
    "reject by name": ([("cancel", {"plan_id": "$old"}, OK, "")], 0),
    "reject with a reason": ([("cancel", {"reason": "too early"}, OK, "")], 0),
    "duplicate resume: approve twice": ([("confirm", {}, OK, ""), ("confirm", {}, OK, "")], 2),
    "duplicate resume: approve twice by name": (
        [("confirm", {"plan_id": "$old"}, OK, ""), ("confirm", {"plan_id": "$old"}, OK, "")],
        2,
    ),
    "duplicate resume: reject twice": ([("cancel", {}, OK, ""), ("cancel", {"plan_id": "$old"}, OK, "")], 0),
    "duplicate resume after a restart": ([("confirm", {}, OK, ""), ("restart", {}, 0, ""), ("confirm", {}, OK, "")], 2),
    "approve after reject": ([("cancel", {}, OK, ""), ("confirm", {}, NO, "already_cancelled")], 0),
    "approve after reject, by name": (
        [("cancel", {}, OK, ""), ("confirm", {"plan_id": "$old"}, NO, "already_cancelled")],
        0,
    ),
    "reject after approve": ([("confirm", {}, OK, ""), ("cancel", {}, NO, "already_executed")], 2),
    "reject after approve, by name": (
        [("confirm", {}, OK, ""), ("cancel", {"plan_id": "$old"}, NO, "already_executed")],
        2,
    ),
    "reject long after approve": (
        [("confirm", {}, OK, ""), ("later", {}, 0, ""), ("cancel", {}, NO, "already_executed")],
        2,
    ),
    "approve the old long after": (
        [
            ("propose", {"what": "C"}, OK, ""),
            ("later", {}, 0, ""),
            ("confirm", {"plan_id": "$old"}, NO, "plan_mismatch"),
        ],
        0,
    ),
    "modify, approve": ([("edit", {}, OK, ""), ("confirm", {}, OK, "")], 1),
    "modify, approve the old": ([("edit", {}, OK, ""), ("confirm", {"plan_id": "$old"}, NO, "plan_mismatch")], 0),
    "modify, approve the new": ([("edit", {}, OK, ""), ("confirm", {"plan_id": "$new"}, OK, "")], 1),
    "modify, reject the old": ([("edit", {}, OK, ""), ("cancel", {"plan_id": "$old"}, NO, "plan_mismatch")], 0),
    "modify, reject, approve": (
        [("edit", {}, OK, ""), ("cancel", {}, OK, ""), ("confirm", {"plan_id": "$new"}, NO, "already_cancelled")],
        0,
    ),
    "modify twice": ([("edit", {}, OK, ""), ("edit", {}, NO, "plan_mismatch"), ("confirm", {}, OK, "")], 1),
    "modify after approve": ([("confirm", {}, OK, ""), ("edit", {}, NO, "already_executed")], 2),
    "modify after reject": ([("cancel", {}, OK, ""), ("edit", {}, NO, "already_cancelled")], 0),
    "modify after the time": ([("later", {}, 0, ""), ("edit", {}, NO, "plan_expired")], 0),
    "modify everything away": ([("edit", {"remove": ["$act0", "$act1"]}, 422, "validation_error")], 0),
    "modify an unknown action": ([("edit", {"remove": ["act_x"]}, 422, "validation_error")], 0),
    "defer, approve": ([("talk", {}, OK, ""), ("confirm", {}, OK, "")], 2),
    "defer, reject": ([("talk", {}, OK, ""), ("cancel", {}, OK, "")], 0),
    "defer past the time, approve": ([("later", {}, 0, ""), ("confirm", {}, NO, "plan_expired")], 0),
    "defer past the time, reject": ([("later", {}, 0, ""), ("cancel", {}, NO, "plan_expired")], 0),
    "defer past the sweep, approve by name": (
        [("later", {}, 0, ""), ("sweep", {}, 0, ""), ("confirm", {"plan_id": "$old"}, NO, "plan_expired")],
        0,
    ),
    "superseded, approve the old": (
        [("propose", {"what": "C"}, OK, ""), ("confirm", {"plan_id": "$old"}, NO, "plan_mismatch")],
        0,
    ),
    "superseded, reject the old": (
        [("propose", {"what": "C"}, OK, ""), ("cancel", {"plan_id": "$old"}, NO, "plan_mismatch")],
        0,
    ),
    "joined, approve": ([("propose", {"what": "C"}, OK, ""), ("confirm", {}, OK, "")], 3),
    "joined, reject": ([("propose", {"what": "C"}, OK, ""), ("cancel", {}, OK, "")], 0),
    "joined, typed yes": ([("propose", {"what": "C"}, OK, ""), ("yes", {}, OK, "")], 3),
    "nonce mismatch: approve": ([("confirm", {"plan_id": "plan_x"}, NO, "plan_mismatch")], 0),
    "nonce mismatch: reject": ([("cancel", {"plan_id": "plan_x"}, NO, "plan_mismatch")], 0),
    "nonce mismatch leaves all open": (
        [("cancel", {"plan_id": "plan_x"}, NO, "plan_mismatch"), ("confirm", {}, OK, "")],
        2,
    ),
    "withdrawn in other words": ([("withdraw", {}, OK, ""), ("confirm", {}, NO, "already_cancelled")], 0),
    "typed yes": ([("yes", {}, OK, ""), ("yes", {}, OK, ""), ("confirm", {}, OK, "")], 2),
    "typed no": ([("no", {}, OK, ""), ("confirm", {}, NO, "already_cancelled")], 0),
    "a yes to something else": ([("talk", {}, OK, ""), ("yes", {}, OK, "")], 0),
    "a no to something else": ([("talk", {}, OK, ""), ("no", {}, OK, ""), ("confirm", {}, OK, "")], 2),
    "a yes past the time": ([("later", {}, 0, ""), ("yes", {}, OK, "")], 0),
}


@pytest.mark.parametrize("name", TRANSITIONS)
def test_transition(world: World, name: str) -> None:
    steps, effects = TRANSITIONS[name]
    robin = Client(world)
    plan = robin.propose("A; mail B")
    names = {"$old": plan["id"], "$act0": plan["actions"][0]["id"], "$act1": plan["actions"][1]["id"]}
    outcome: Any = None
    for what, fields, status, code in steps:
        answer = _do(robin, what, _named(fields, names), plan)
        if answer is None:
            continue
        assert (answer.status, answer.code if answer.status > 200 else "") == (status, code), (what, answer)
        if what == "edit" and answer.status == OK:
            names["$new"] = answer.body["id"]
        if what == "propose":
            names["$new"] = answer.body["plan"]["id"]
        if status == NO:
            replaced = (what == "edit" or fields.get("plan_id") == "$old") and code == "plan_mismatch"
            assert answer.body["message"].endswith(REPLACED) == replaced
            assert answer.body["details"]["plan_id"] in _meant(
                names, {"plan_id": "$old"} if what == "edit" else fields, code
            )
        if what == "confirm" and answer.status == OK:
            assert outcome in (None, answer.body), "a repeat told something else"
            outcome = answer.body
    world.pass_time(120)
    assert len(world.far.effects) == effects
    assert robin.say("hello").status == OK


REPLACED = "A newer plan replaced this one; look at that before you decide."


def _meant(names: dict[str, str], fields: dict[str, Any], code: str) -> set[str]:
    """The plans that a refusal may point to: the one that was asked for, or the one to look at instead."""
    asked = names.get(fields.get("plan_id", ""), names.get("$new", names["$old"]))
    return {asked, names.get("$new", names["$old"])} if code == "plan_mismatch" else {asked}


def _named(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _named(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [_named(each, names) for each in value]
    return names.get(value, value)


def _do(robin: Client, what: str, fields: dict[str, Any], plan: Any) -> Any:
    match what:
        case "confirm":
            return robin.confirm(**fields)
        case "cancel":
            return robin.cancel(**fields)
        case "edit":
            return robin.edit(plan["id"], remove=fields.get("remove", [plan["actions"][1]["id"]]))
        case "propose":
            return robin.say(f"propose {fields['what']}")
        case "talk":
            return robin.say("hello")
        case "withdraw" | "yes" | "no":
            return robin.say(what)
        case "restart":
            robin.world.run(robin.world.restart(robin.world.workers[0]))
        case "later":
            robin.world.clock.move(timedelta(hours=24))
        case "sweep":
            robin.world.pass_time(11)
    return None


# Digest mismatch: what is stored is not what was shown.
TAMPERINGS = {
    "arguments": """update actions set args = replace(args, '"A"', '"Z"')""",
    "what runs": """update actions set target = replace(target, '"A"', '"Z"')""",
    "the tool": "update actions set tool = 'delete_calendar_event' where position = 0",
    "the effect": "update actions set effect = 'outbound' where position = 0",
    "the question of one": "update actions set question = 'do nothing' where position = 0",
    "the whole question": "update plans set question = 'Should I do nothing?'",
    "the preview": "update actions set preview = 'Nothing' where position = 0",
    "the details": "update actions set details = '[]' where position = 0",
    "the warnings": "update actions set warnings = '[]' where position = 1",
    "the card": """update actions set card = '{"summary": "Nothing"}' where position = 0""",
    "the order": "update actions set position = 2 where position = 0",
    "an action less": "delete from actions where position = 1",
    "an action more": """insert into actions
        (id, plan_id, thread_pk, position, turn_id, call_id, tool, effect, args, target, question, preview,
         details, warnings, touches, status, attempts)
        select 'act_more', plan_id, thread_pk, 7, turn_id, 'more', tool, effect, args, target, question, preview,
         details, warnings, touches, status, 0 from actions where position = 0""",
}


@pytest.mark.parametrize("how", ["confirm", "yes"])
@pytest.mark.parametrize("what", TAMPERINGS)
def test_digest_mismatch(world: World, what: str, how: str) -> None:
    """Refused, nothing runs, and the plan can still be cancelled (P2)."""
    robin = Client(world)
    plan = robin.propose("A; mail B")
    world.change(TAMPERINGS[what])
    answer = robin.confirm() if how == "confirm" else robin.say("yes")
    assert (answer.status, answer.code) == (409, "plan_mismatch")
    assert answer.body["details"]["plan_id"] == plan["id"]
    assert "What is stored is not what was shown" in answer.body["message"]
    world.pass_time(120)
    assert world.far.calls == []
    assert robin.plan(plan["id"])["status"] == "pending"
    assert robin.cancel().status == 200
    assert robin.say("hello").status == 200


def test_no_part_of_what_was_tampered_with_is_left_waiting(world: World) -> None:
    """It would be bound as if it had been shown (P2); all of it can be cancelled."""
    robin = Client(world)
    plan = robin.propose("A; mail B")
    world.change(TAMPERINGS["arguments"])
    answer = robin.cancel(action_ids=[plan["actions"][1]["id"]])
    assert (answer.status, answer.code) == (409, "plan_mismatch")
    assert robin.plan(plan["id"])["status"] == "pending"
    assert robin.cancel().status == 200


DOUBTFUL = [
    "ok?",
    "confirm?",
    "y?",
    "yes…",
    "yes!?",
    "> yes",
    '"yes"',
    "«ok»",
    "yes 👎",
    "👍👎",
    "Yes, I guess",
    "ok？",
    "no?",
    "no…",
]


@pytest.mark.parametrize("message", DOUBTFUL)
def test_a_doubtful_answer_decides_nothing(world: World, message: str) -> None:
    """It is a message like any other (P1)."""
    robin = Client(world)
    plan = robin.propose("A; mail B")
    answer = robin.say(message)
    assert (answer.status, answer.body["decision"], answer.body["plan"]["id"]) == (200, None, plan["id"])
    assert world.far.calls == []
    assert robin.plan(plan["id"])["status"] == "pending"
    assert robin.confirm(plan_id=plan["id"]).status == 200


def test_a_thumb_of_any_colour_decides(world: World) -> None:
    for thread, (message, status) in enumerate([("👍", "completed"), ("👍🏽", "completed"), ("👎🏿", "cancelled")]):
        robin = Client(world, thread=f"t{thread}")
        plan = robin.propose("A")
        robin.say(message)
        assert robin.plan(plan["id"])["status"] == status


@pytest.mark.parametrize("typed", ["yes", "no"])
@pytest.mark.parametrize("between", ["nothing", "another plan", "an edit"])
def test_an_answer_that_was_kept_decides_only_what_it_was_said_behind(world: World, typed: str, between: str) -> None:
    """The two-step form: its stream may be opened when something else waits (P1)."""
    robin, desk = Client(world), Client(world, CLIENTS[1])
    plan = robin.propose("A; B")
    assert robin.ask("POST", "/chat/message", {"user_message": typed, "thread_id": robin.thread}).status == 200
    if between == "another plan":
        plan = desk.propose("C")
    elif between == "an edit":
        plan = desk.edit(plan["id"], remove=[plan["actions"][0]["id"]]).body
    assert robin.ask("GET", f"/chat/stream?thread_id={robin.thread}").status == 200
    decided = {"yes": "completed", "no": "cancelled"}[typed]
    assert robin.plan(plan["id"])["status"] == (decided if between == "nothing" else "pending")
    assert world.far.names() == (["A", "B"] if (between, typed) == ("nothing", "yes") else [])


def test_what_was_shown_as_expired_stays_expired(world: World) -> None:
    """A newer plan does not make a superseded one of it (P3, P8)."""
    robin = Client(world)
    old = robin.propose("A")["id"]
    world.clock.move(timedelta(hours=24))
    assert robin.plan(old)["status"] == "expired"
    new = robin.propose("B")
    assert new["supersedes"] is None
    assert robin.plan(old)["status"] == "expired"
    assert [event["kind"] for event in robin.plan(old)["events"]] == ["proposed", "expired"]
    assert "by" not in robin.plan(old)["events"][1]
    assert robin.plan(old)["decided_at"] == robin.plan(old)["expires_at"]
    assert robin.confirm(plan_id=old).code == "plan_expired"


def test_the_trail_tells_who_decided_what_and_when(world: World) -> None:
    robin, desk = Client(world), Client(world, CLIENTS[1])
    plan = robin.propose("A")["id"]
    world.clock.move(timedelta(minutes=5))
    desk.confirm(confirmation="all right")
    seen = robin.plan(plan)
    sessions = [row.id for row in world.rows("select id from sessions order by rowid")]
    assert [event["kind"] for event in seen["events"]] == ["proposed", "confirmed", "completed"]
    assert seen["decided_by"] == seen["events"][1]["session_id"] == sessions[1]
    assert seen["words"] == seen["events"][1]["words"] == "all right"
    assert seen["decided_at"] == "2026-03-02T14:05:00Z"


def test_a_plan_that_another_replaced_says_when_and_by_which(world: World) -> None:
    robin = Client(world)
    old = robin.propose("A")["id"]
    world.clock.move(timedelta(minutes=5))
    new = robin.propose("B")
    seen = robin.plan(old)
    assert (seen["status"], seen["decided_at"], new["supersedes"]) == ("superseded", "2026-03-02T14:05:00Z", old)
    assert seen["events"][1] == {
        "kind": "superseded", "at": "2026-03-02T14:05:00Z", "session_id": None, "by": new["id"]
    }  # fmt: skip
    assert [row.ordinal for row in world.rows("select ordinal from plans order by ordinal")] == [1, 2]
    assert new["actions"][0]["id"].startswith("act_")


def test_a_decision_without_words_has_none_in_the_trail(world: World) -> None:
    robin = Client(world)
    plan = robin.propose("A")["id"]
    robin.cancel()
    assert [sorted(event) for event in robin.plan(plan)["events"]] == [["at", "kind", "session_id"]] * 2


def test_a_choice_that_does_not_fit_says_what_to_name(world: World) -> None:
    robin = Client(world)
    robin.propose("A; B")
    refused = robin.confirm(action_ids=["act_x"]).body
    assert refused["message"] == "Name one or more actions of the waiting plan in action_ids."
    assert refused["details"]["fields"] == [{"field": "action_ids", "message": "unknown or empty"}]


def test_the_digest_of_what_was_shown_stays_what_it_was() -> None:
    """A plan that waits through an upgrade, or from a store that orders keys, can be confirmed."""
    kept = cautions(["Take care."])
    shown = Proposal("write", {"a": "ä", "b": 1}, "do", "It", {"c": None}, (("Where", "Room"),), kept, "e")
    also = replace(shown, args={"b": 1, "a": "ä"})
    text = r"""["Q?",[["t","write",{"a":"\u00e4","b":1},{"c":null},"do","It",[["Where","Room"]],["Take care."]]]]"""
    expected = hashlib.sha256(text.encode()).hexdigest()
    assert [ledger.digest("Q?", [("t", each)]) for each in (shown, also)] == [expected, expected]
    coded = replace(shown, warnings=cautions([["past", "Take care."]]))
    assert ledger.digest("Q?", [("t", coded)]) != expected


def test_a_plan_of_another_thread_is_not_decided(world: World) -> None:
    here, there = Client(world), Client(world, thread="t2")
    other = there.propose("B")["id"]
    assert here.confirm(plan_id=other).status == 404
    here.say("hello")
    assert here.confirm(plan_id=other).code == "nothing_pending"
    assert here.cancel(plan_id=other).code == "nothing_pending"
    here.propose("A")
    assert here.confirm(plan_id=other).code == "plan_mismatch"
    assert here.cancel(plan_id=other).code == "plan_mismatch"
    assert there.plan(other)["status"] == "pending"
    assert world.far.calls == []


def test_a_repeated_confirm_is_about_the_latest_plan_of_its_thread(world: World) -> None:
    robin, other = Client(world), Client(world, thread="t2")
    robin.propose("A")
    robin.cancel()
    robin.propose("B")
    outcome = robin.confirm().body
    for name in ("C", "D", "E"):
        other.propose(name)
    assert robin.confirm().body == outcome
    assert world.far.names() == ["B"]


def test_a_repeated_confirm_does_not_run_the_next_step(world: World) -> None:
    """The next step came with an answer that the client may never have seen: it is confirmed by name (P1)."""
    robin = Client(world)
    robin.propose("A then C")
    follow_up = robin.confirm().body["plan"]
    assert [action["args"]["title"] for action in follow_up["actions"]] == ["C"]
    again = robin.confirm()
    assert (again.status, again.code) == (409, "plan_mismatch")
    assert again.body["details"]["plan_id"] == follow_up["id"]
    assert again.body["message"].endswith(f"name it with plan_id {follow_up['id']}.")
    assert world.far.names() == ["A"]
    assert robin.confirm(plan_id=follow_up["id"]).body["status"] == "completed"
    assert world.far.names() == ["A", "C"]


def test_only_the_decided_plan_is_left_out_of(world: World) -> None:
    """A left-out action never runs, whatever comes later (P4)."""
    robin, other = Client(world), Client(world, thread="t2")
    other.propose("D")
    plan = robin.propose("A; B; C")
    kept = plan["actions"][1]["id"]
    answer = robin.confirm(action_ids=[kept]).body
    assert answer["status"] == "completed"
    assert [result["error"] for result in answer["results"].values()] == [
        "You left this out.",
        None,
        "You left this out.",
    ]
    world.run(world.restart(world.workers[0]))
    world.pass_time(120)
    assert world.far.names() == ["B"]
    assert other.confirm().body["status"] == "completed"
    assert world.far.names() == ["B", "D"]
