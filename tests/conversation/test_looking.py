"""What is told of plans when one looks: lists, trails, and what the agent hears of what is too old for its history."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from tests.kit import far
from tests.kit.say import Client
from tests.kit.world import CLIENTS, TTL, World

from sayso.conversation import ledger, records
from sayso.store.gateway import Store
from sayso.workspace.errors import Unavailable

MINUTE = timedelta(minutes=1)


def _listed(client: Client, status: str | None = None) -> list[str]:
    answer = client.ask("GET", f"/plans?status={status}" if status else "/plans")
    assert answer.status == 200, answer
    return [plan["id"] for plan in answer.body["plans"]]


def test_plans_are_listed_across_threads_the_latest_first(world: World) -> None:
    """By state as it is at this instant, whether a sweep has been or not, and never another's (P9)."""
    robin, stranger = Client(world), Client(world, CLIENTS[2])
    ids: dict[str, str] = {}
    for thread, name in (("t1", "expired"), ("t2", "cancelled"), ("t3", "completed"), ("t4", "superseded")):
        ids[name] = Client(world, thread=thread).propose("A")["id"]
        world.clock.move(MINUTE)
    Client(world, thread="t2").cancel()
    Client(world, thread="t3").confirm()
    ids["edited"] = (
        Client(world, thread="t4").edit(ids["superseded"], {_first(robin, ids["superseded"]): _B}).body["id"]
    )
    stranger.propose("A")
    world.clock.move(timedelta(hours=24) - 4 * MINUTE)
    ids["pending"] = Client(world, thread="t5").propose("B")["id"]
    now_late = ids["expired"]
    for _ in range(2):
        assert _listed(robin, "expired") == [now_late]
        assert _listed(robin, "pending") == [ids["pending"], ids["edited"]]
        assert _listed(robin, "cancelled") == [ids["cancelled"]]
        assert _listed(robin, "superseded") == [ids["superseded"]]
        order = ("pending", "edited", "superseded", "completed", "cancelled", "expired")
        assert _listed(robin) == [ids[name] for name in order]
        world.run(world.restart(world.workers[0]))  # with a sweep
    world.clock.move(timedelta(hours=1))
    assert _listed(robin, "expired") == [ids["edited"], now_late]


def test_a_thread_shows_its_own_plans_oldest_first(world: World) -> None:
    robin, other = Client(world), Client(world, thread="t2")
    first, _, second = robin.propose("A")["id"], other.propose("C"), robin.propose("B")["id"]
    shown = robin.ask("GET", "/threads/t1").body
    assert [(plan["id"], plan["thread_id"]) for plan in shown["plans"]] == [(first, "t1"), (second, "t1")]


def test_of_plans_of_one_instant_the_later_comes_first(world: World) -> None:
    robin = Client(world)
    made = [robin.propose(name)["id"] for name in ("A", "B", "C")]
    assert _listed(robin) == made[::-1]


_B = {"title": "B"}


def _first(client: Client, plan: str) -> str:
    action_id: str = client.plan(plan)["actions"][0]["id"]
    return action_id


def test_a_plan_names_the_one_that_took_its_place(world: World) -> None:
    robin = Client(world)
    first, second = robin.propose("A")["id"], robin.propose("B")["id"]
    third = robin.edit(second, {_first(robin, second): {"title": "C"}}).body["id"]
    chain = {plan["id"]: plan["superseded_by"] for plan in robin.ask("GET", "/plans").body["plans"]}
    assert chain == {first: second, second: third, third: None}
    assert [robin.plan(plan)["supersedes"] for plan in (first, second, third)] == [None, first, second]
    trail = robin.plan(first)["events"]
    assert [(event["kind"], event.get("by")) for event in trail] == [("proposed", None), ("superseded", second)]


def test_a_trail_holds_every_step_with_its_time_and_session(world: World) -> None:
    robin = Client(world)
    world.far.will("A", far.late(30))
    plan = robin.propose("A; B")["id"]
    request = robin.begin("/chat/confirm", confirmation="go on")
    world.pass_time(10)
    robin.stop()
    world.finish(request)
    session = world.rows("select id from sessions order by rowid")[0].id
    trail = [(event["at"], event["kind"], event["session_id"]) for event in robin.plan(plan)["events"]]
    assert trail == [
        ("2026-03-02T14:00:00Z", "proposed", session),
        ("2026-03-02T14:00:00Z", "confirmed", session),
        ("2026-03-02T14:00:10Z", "stop", session),
        ("2026-03-02T14:00:30Z", "stopped", None),
    ]
    ended = [action["ended_at"] for action in robin.plan(plan)["actions"]]
    assert ended == ["2026-03-02T14:00:30Z", "2026-03-02T14:00:10Z"]


def test_a_cancel_tells_who_took_it_and_why(world: World) -> None:
    robin = Client(world)
    plan = robin.propose("A")["id"]
    robin.cancel(reason="too early")
    seen, session = robin.plan(plan), world.rows("select id from sessions order by rowid")[0].id
    assert (seen["decided_by"], seen["words"]) == (session, "too early")
    assert (seen["events"][1]["session_id"], seen["events"][1]["words"]) == (session, "too early")


def test_an_action_tells_when_it_ran(world: World) -> None:
    robin = Client(world)
    world.far.will("A", far.late(30))
    plan = robin.propose("A; B")["id"]
    robin.confirm()
    seen = robin.plan(plan)
    times = [(action["started_at"], action["ended_at"]) for action in seen["actions"]]
    began, ended = "2026-03-02T14:00:00Z", "2026-03-02T14:00:30Z"
    assert times == [(began, ended), (ended, ended)]
    assert (seen["decided_at"], seen["ended_at"]) == (began, ended)


def _told_earlier(world: World) -> list[str]:
    """What the system text of the last request says was done before the history."""
    _, _, done = world.source.instructions.partition("Done earlier on this thread (data):\n")
    return [line.removeprefix("-") for line in done.splitlines() if line.startswith("-")]


def test_what_is_too_old_for_the_history_is_told_by_its_receipts(world: World) -> None:
    """The last of them, oldest first; not what failed, and not what the history shows."""
    world.source.words_outcomes = False
    robin = Client(world)
    world.far.will("D", far.refuse)
    for name in ("A; B", "C; D"):
        world.clock.move(MINUTE)
        robin.propose(name)
        robin.confirm()
    other = Client(world, thread="t2")
    other.propose("E")
    other.confirm()
    for _ in range(15):
        robin.say("hello")
        world.clock.move(MINUTE)
    robin.propose("F")
    assert _told_earlier(world) == []
    robin.confirm()
    told = []
    for _ in range(18):
        robin.say("hello")
        world.clock.move(MINUTE)
        told.append([line.partition("'")[2][:1] for line in _told_earlier(world)])
    assert told == [[]] * 4 + [["A", "B", "C"]] * 14


def test_an_outcome_is_worded_with_the_receipts_of_long_ago(world: World) -> None:
    robin = Client(world)
    robin.propose("A")
    robin.confirm()
    for _ in range(20):
        world.clock.move(MINUTE)
        robin.say("hello")
    robin.propose("B")
    robin.confirm()
    [told] = _told_earlier(world)
    assert "Created 'A'" in told


def test_a_thread_knows_nothing_of_another(world: World) -> None:
    one, other = Client(world), Client(world, thread="t2")
    one.say("hello here")
    other.say("hello there")
    assert "hello here" not in str(world.source.histories[-1])
    assert all(row.pk.startswith("th_") for row in world.rows("select pk from threads"))


def test_what_has_expired_does_not_wait(world: World) -> None:
    """From the very moment on, though no sweep has found it."""
    robin = Client(world)
    robin.propose("A")
    robin.say("hello")
    assert "Waiting for the user's decision: 1. Create 'A'" in str(world.source.histories[-1][-1])
    world.clock.move(TTL)
    answer = robin.say("hello").body
    assert (answer["requires_confirmation"], answer["plan"]) == (False, None)
    assert "Waiting for the user's decision" not in str(world.source.histories[-1][-1])


@pytest.mark.parametrize("turns", [19, 20, 24, 25])
def test_the_history_holds_twenty_turns_and_up_to_four_more(world: World, turns: int) -> None:
    """So that its beginning stays for a while, as the vendors' prompt caches want it."""
    robin = Client(world)
    told = [{"role": "assistant", "content": "How can I help?"}]
    start = {"user_message": "hello 0", "thread_id": robin.thread, "conversation_history": told}
    robin.ask("POST", "/chat", start)
    for number in range(1, turns + 1):
        robin.say(f"hello {number}")
    shown = str(world.source.histories[-1])
    assert ("'hello 0" in shown) == ("How can I help?" in shown) == (turns < 25)
    assert "'hello 5" in shown


def _events(body: bytes) -> list[tuple[str, Any]]:
    """What a stream told, in order: event type and data."""
    events = [json.loads(line.removeprefix("data: ")) for line in body.decode().splitlines() if line[:5] == "data:"]
    return [(event["event_type"], event["data"]) for event in events]


def test_a_stream_tells_of_each_action(world: World) -> None:
    """Its beginning, and how it ended; then the agent's words, piece by piece."""
    world.far.will("A", far.refuse)
    robin = Client(world)
    plan = robin.propose("A; mail B")
    answer = robin.ask("POST", "/chat/stream", {"user_message": "yes", "thread_id": robin.thread})
    events = _events(answer.body)
    told = [(kind, data) for kind, data in events if kind.startswith("action")]
    refused, sent = "The calendar does not allow this.", "Sent 'B' to ana@example.com."
    first, second = plan["actions"]
    ended = {"success": True, "error": None, "receipt": sent}
    assert told == [
        ("action_start", {"id": first["id"], "tool": first["tool"], "preview": first["preview"]}),
        ("action_end", _ended(first, success=False, result=None, error=refused, receipt=None)),
        ("action_start", {"id": second["id"], "tool": second["tool"], "preview": second["preview"]}),
        ("action_end", _ended(second, result=told[3][1]["result"], **ended)),
    ]
    assert told[3][1]["result"]["message"]["subject"] == "B"
    assert "revision" not in told[3][1]["result"]
    assert robin.confirm().body["results"][second["id"]]["result"] == told[3][1]["result"]
    assert [data["node"] for kind, data in events if kind == "node_start"] == ["execute", "respond"]
    words = "".join(data["token"] for kind, data in events if kind == "token")
    kind, last = events[-1]
    assert (kind, words.strip()) == ("complete", "All right.")
    assert last["response"] == robin.confirm().body["response"]
    assert last["response"].splitlines()[-3:] == [f"- {sent}", "", "All right."]


def test_a_stream_tells_what_is_taken_over(pair: World) -> None:
    """The worker died in the middle of a call; who confirms again at another one sees it end."""
    pair.far.will("A", far.hang)
    robin, there = Client(pair), Client(pair, worker=1)
    plan = robin.propose("A")
    robin.begin("/chat/confirm")
    pair.pass_time(1)
    pair.workers[0].die()
    pair.clock.move(2 * MINUTE)
    body = {"thread_id": there.thread, "plan_id": plan["id"]}
    request = pair.send(there.name, "POST", "/chat/confirm", body, 1, accept="text/event-stream")
    pair.finish(request)
    told = [(kind, data["id"]) for kind, data in _events(request.answer.body) if kind.startswith("action")]
    action = plan["actions"][0]["id"]
    assert told == [("action_start", action), ("action_end", action)]


def _ended(action: Any, **told: Any) -> dict[str, Any]:
    return {"id": action["id"], "tool": action["tool"], **told}


def test_a_stream_tells_a_turn_piece_by_piece(world: World) -> None:
    robin = Client(world)
    answer = robin.ask("POST", "/chat/stream", {"user_message": "propose A", "thread_id": robin.thread})
    events = _events(answer.body)
    assert "".join(data["token"] for kind, data in events if kind == "token").strip() == world.source.text_beside
    plan = robin.ask("GET", "/plans").body["plans"][0]
    kind, told = events[-1]
    assert (kind, told["plan"]["id"], told["thread_id"]) == ("confirmation_required", plan["id"], robin.thread)
    assert told["response"] == world.source.text_beside
    assert plan["id"].startswith("plan_")


def test_a_stopped_answer_keeps_what_was_shown_of_it(world: World) -> None:
    """In the stream, on the thread and for the model; beneath it stands that it was stopped."""
    robin = Client(world)
    request = robin.begin("/chat/stream", user_message="half")
    world.pass_time(1)
    robin.stop()
    world.finish(request)
    events = _events(request.answer.body)
    answer = "Half of it. \n\nStopped."
    assert "".join(data["token"] for kind, data in events if kind == "token") == answer
    assert events[-1][1]["response"] == answer
    robin.say("hello")
    told = [str(part.content) for message in world.source.histories[-1] for part in message.parts]  # type: ignore[union-attr]
    assert [text.partition("\n\n[Sayso:")[0] for text in told] == ["half", answer, "hello"]


@pytest.mark.parametrize("waits", [False, True])
def test_a_stream_ends_with_the_whole_answer(world: World, waits: bool) -> None:
    """What was found, and what still waits though the message was about something else."""
    robin = Client(world)
    plan = robin.propose("A")["id"] if waits else None
    answer = robin.ask("POST", "/chat/stream", {"user_message": "read", "thread_id": robin.thread})
    kind, told = _events(answer.body)[-1]
    assert (kind, told["thread_id"], told["response"]) == ("complete", robin.thread, "All right.")
    assert [result["tool"] for result in told["results"].values()] == ["list_calendar_events"]
    assert (told["plan"] or {}).get("id") == plan


@pytest.mark.parametrize("broken", [False, True])
def test_what_a_turn_read_and_cost_is_kept(world: World, broken: bool) -> None:
    async def fail() -> None:
        raise Unavailable("The calendar cannot be reached.")

    world.far.reads = fail if broken else None
    robin = Client(world)
    [told] = robin.say("read").body["actions"]
    answer = robin.ask("GET", "/threads/t1").body["messages"][-1]
    assert answer["actions"] == [told]
    assert told == {
        "id": told["id"],
        "tool": "list_calendar_events",
        "args": {"start": "2026-03-02", "end": "2026-03-09", "limit": 100},
        "success": not broken,
        "result": None if broken else told["result"],
        "error": "The calendar cannot be reached." if broken else None,
    }
    assert answer["usage"]["requests"] == 2


@pytest.mark.parametrize("beside", ["Here is what I would do.", ""])
def test_a_proposal_is_never_without_words(world: World, beside: str) -> None:
    world.source.text_beside = beside
    assert Client(world).say("propose A").body["response"] == (beside or "This is what I would do:")


def test_a_turn_that_is_not_streamed_has_the_model_answer_at_once(world: World) -> None:
    robin = Client(world)
    robin.propose("A")
    robin.confirm()
    assert world.source.streamed == 0


def _messages(client: Client) -> list[tuple[str, str]]:
    return [(each["role"], each["content"]) for each in client.ask("GET", f"/threads/{client.thread}").body["messages"]]


@pytest.mark.parametrize("word", ["Yes!", "No, thanks."])
def test_a_typed_decision_is_told_as_it_was_taken(world: World, word: str) -> None:
    """In the trail with session and words, on the thread as one message and its answer."""
    world.source.words_outcomes = False
    robin = Client(world)
    plan = robin.propose("A")["id"]
    world.clock.move(MINUTE)
    answer = robin.say(word)
    seen, session = robin.plan(plan), world.rows("select id from sessions order by rowid")[0].id
    told = (seen["decided_by"], seen["decided_at"], seen["words"])
    assert told == (session, "2026-03-02T14:01:00Z", word)
    assert (seen["events"][1]["session_id"], seen["events"][1]["words"]) == (session, word)
    receipt = "Created 'A', Sun 10 January 2027, 3:00–4:00 PM."
    said = "Action cancelled." if word == "No, thanks." else receipt
    assert answer.body["response"] == said
    before = [("user", "propose A"), ("assistant", world.source.text_beside)]
    assert _messages(robin) == [*before, ("user", word), ("assistant", said)]
    robin.say("hello")
    history = str(world.source.histories[-1])
    assert history.count(f"content='{word}'") == 1
    assert answer.body["turn_id"].startswith("turn_")
    assert all(message["id"].startswith("turn_") for message in robin.ask("GET", "/threads/t1").body["messages"])
    assert history.count(said) == 1


def test_a_yes_decides_the_plan_that_was_said_last_and_no_other(world: World) -> None:
    """P1, P2: whatever waits."""
    robin = Client(world)
    plan = robin.propose("A")["id"]
    world.change("update threads set last_word = 'plan_x'")
    assert robin.say("yes").body["decision"] is None
    assert robin.plan(plan)["status"] == "pending"
    assert world.far.calls == []


@pytest.mark.parametrize("message", ["propose A", "propose A then C"])
def test_a_lost_ending_is_told_from_what_is_stored(world: World, message: str) -> None:
    """The worker died before it could write the last event: a replay ends with the outcome, and with the next step."""
    robin = Client(world)
    robin.say(message)
    body = {"thread_id": robin.thread}
    confirm = world.send(robin.name, "POST", "/chat/confirm", body, accept="text/event-stream")
    world.finish(confirm)
    told = _events(confirm.answer.body)
    world.run(world.restart(world.workers[0]))
    world.change("delete from stream_events where type in ('complete', 'confirmation_required')")
    replay = world.send(robin.name, "GET", f"/chat/stream?thread_id={robin.thread}", last_event_id="0")
    world.finish(replay)
    replayed = _events(replay.answer.body)
    assert replayed[-1][0] == told[-1][0] == ("confirmation_required" if " then " in message else "complete")
    assert replayed[-1][1]["plan"] == told[-1][1]["plan"]
    assert replayed[-1][1]["response"] == told[-1][1]["response"]


@pytest.mark.parametrize("how", ["cancelled", "expired", "swept", "superseded", "replaced", "typed"])
def test_what_never_ran_was_skipped(world: World, how: str) -> None:
    """In every place where an action is shown, before and after the sweep; one that waits waits."""
    robin = Client(world)
    plan = robin.propose("A")
    assert _shown(robin, plan["id"]) == {("waiting", None, None)}
    match how:
        case "cancelled":
            robin.cancel()
        case "typed":
            robin.say("no")
        case "superseded":
            robin.edit(plan["id"], {_first(robin, plan["id"]): _B})
        case "replaced":
            robin.propose("C")
        case "expired" | "swept":
            world.clock.move(TTL)
    if how == "swept":
        world.run(world.restart(world.workers[0]))
    now = robin.plan(plan["id"])
    [(status, error, ended_at)] = _shown(robin, plan["id"])
    assert (status, ended_at) == ("skipped", now["decided_at"])
    assert error
    assert now["decided_at"]
    assert world.far.effects == []


def _shown(client: Client, plan_id: str) -> set[tuple[str, str | None, str | None]]:
    """Status, error and end of the plan's actions, wherever they are shown."""
    plans = [client.plan(plan_id)]
    for path in ("/plans", f"/threads/{client.thread}", "/me/export"):
        body = client.ask("GET", path).body
        threads = body.get("threads", [body])
        plans += [plan for thread in threads for plan in thread["plans"] if plan["id"] == plan_id]
    assert len(plans) == 4
    actions = [action for plan in plans for action in plan["actions"]]
    entries = client.ask("GET", "/activity").body["entries"]
    actions += [entry for entry in entries if entry["plan_id"] == plan_id]
    ends = [(action["ended_at"] or "").replace("+00:00", "Z") or None for action in actions]
    return {(action["status"], action["error"], end) for action, end in zip(actions, ends, strict=True)}


def test_a_look_for_what_is_open_reads_no_plan_that_is_not(world: World) -> None:
    """However many were decided: by the index of those that are open, which SQLite takes if it sees that it may."""
    asked: list[tuple[str, Any]] = []
    store, now = Store(world.engine), world.clock.now()

    def note(_: object, __: object, statement: str, values: Any, *___: object) -> None:
        asked.append((statement, values))

    event.listen(world.engine, "before_cursor_execute", note)
    store.read_now(records.anything_late, now)
    store.read_now(records.unfinished, now, now)
    store.write_now(ledger.expire, now)
    event.remove(world.engine, "before_cursor_execute", note)
    with world.engine.connect() as connection:
        told = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each}", values).all()[0] for each, values in asked]
    assert ["INDEX ix_plans_open" in step[3] for step in told] == [True] * 3
