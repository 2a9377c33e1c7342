"""Every history that the model is given obeys the rules of the strict APIs, whatever became of its calls (P6)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from tests.kit import far
from tests.kit.history_rules import problems
from tests.kit.say import Client
from tests.kit.world import World

from sayso.agent.history import with_results


def _edit(robin: Client) -> None:
    plan = robin.propose("A; mail B")
    robin.edit(plan["id"], remove=[plan["actions"][1]["id"]])


def _edit_and_confirm(robin: Client) -> None:
    _edit(robin)
    robin.confirm()


def _confirm_later(robin: Client) -> None:
    robin.propose("A; mail B")
    robin.say("hello")
    robin.confirm()


def _part(robin: Client) -> None:
    plan = robin.propose("A; mail B")
    robin.confirm(action_ids=[plan["actions"][0]["id"]])


def _expire(robin: Client) -> None:
    robin.propose("A; mail B")
    robin.world.clock.move(timedelta(hours=25))


def _stop(robin: Client) -> None:
    turn = robin.begin("/chat", user_message="hang")
    robin.world.pass_time(1)
    robin.stop()
    robin.world.finish(turn)


def _down(robin: Client) -> None:
    robin.propose("A; mail B")
    robin.world.source.down = True
    robin.confirm()
    robin.say("hello")
    robin.world.source.down = False


def _die(robin: Client) -> None:
    robin.propose("A; mail B")
    robin.world.workers[0].crash_at = ("claimed", 2)
    robin.confirm()
    robin.world.run(robin.world.start(robin.world.workers[0]))
    robin.world.pass_time(1)


STORIES: dict[str, Callable[[Client], object]] = {
    "nothing": lambda robin: None,
    "it waits": lambda robin: robin.propose("A; mail B"),
    "it waits, beside a read": lambda robin: robin.say("mixed A; mail B"),
    "it waits, after a read": lambda robin: robin.say("read, propose A"),
    "a call was mended": lambda robin: robin.say("bad A"),
    "confirmed": lambda robin: (robin.propose("A; mail B"), robin.confirm()),
    "confirmed beside a read": lambda robin: (robin.say("mixed A; mail B"), robin.confirm()),
    "confirmed in part": _part,
    "confirmed after talk": _confirm_later,
    "confirmed, and a next step": lambda robin: (robin.propose("A then C"), robin.confirm()),
    "cancelled": lambda robin: (robin.propose("A; mail B"), robin.cancel(reason="not now")),
    "withdrawn": lambda robin: (robin.propose("A; mail B"), robin.say("withdraw")),
    "yes": lambda robin: (robin.propose("A; mail B"), robin.say("yes")),
    "no": lambda robin: (robin.propose("A; mail B"), robin.say("no")),
    "edited": _edit,
    "edited and confirmed": _edit_and_confirm,
    "superseded": lambda robin: (robin.propose("A; mail B"), robin.propose("C")),
    "expired": _expire,
    "a name was made up": lambda robin: robin.say("made-up"),
    "arguments were no object": lambda robin: robin.say("odd"),
    "the model said nothing": lambda robin: robin.say("blank"),
    "stopped": _stop,
    "the model was down": _down,
    "the worker died": _die,
}


@pytest.mark.parametrize("beside", ["Here is what I would do.", "", "\n\n"])
@pytest.mark.parametrize("story", STORIES)
def test_the_next_message_works(world: World, story: str, beside: str) -> None:
    world.source.text_beside = beside
    robin = Client(world)
    STORIES[story](robin)
    for message in ("hello", "read", "propose D", "hello"):
        assert robin.say(message).status == 200
    assert world.source.histories
    for history in world.source.histories:
        assert problems(history) == []


def test_what_became_of_a_call_is_told_as_its_result(world: World) -> None:
    robin = Client(world)
    robin.propose("A; mail B")
    robin.cancel(reason="too early")
    robin.say("hello")
    told = str(world.source.histories[-1])
    assert "status: cancelled" in told
    assert "too early" in told


def test_a_call_of_several_actions_has_one_result_with_each(world: World) -> None:
    """As they are by now: one was edited, one done, one refused."""
    robin = Client(world)
    plan = robin.propose("task C, D, E")
    robin.edit(plan["id"], edits={plan["actions"][1]["id"]: {"title": "D2"}})
    robin.say("hello")
    told = str(world.source.histories[-1][-2].parts) + str(world.source.histories[-1][-1].parts)
    assert [told.count(f"Add task '{title}'") for title in ("C", "D", "D2", "E")] == [2, 0, 2, 2]  # once in the note
    world.far.will("E", far.refuse)
    robin.confirm()
    robin.say("hello")
    told = str(world.source.histories[-1])
    assert [told.count(f"Added the task '{title}'") for title in ("C", "D2", "E")] == [1, 1, 0]
    assert "status: see each" in told


def test_warnings_of_what_waits_are_told(world: World) -> None:
    robin = Client(world)
    [action] = robin.propose("mail B")["actions"]
    robin.say("hello")
    assert action["warnings"]
    assert all(warning["text"] in str(world.source.histories[-1]) for warning in action["warnings"])
    robin.cancel()
    robin.say("hello")
    assert not any(warning["text"] in str(world.source.histories[-1]) for warning in action["warnings"])


def test_a_withdrawal_is_the_users_decision(world: World) -> None:
    """The trail names the session over which he asked for it, and the model learns whether there was anything."""
    robin = Client(world)
    plan = robin.propose("A")["id"]
    robin.say("withdraw")
    assert "status: cancelled" in str(world.source.histories[-1][-1])
    seen, session = robin.plan(plan), world.rows("select id from sessions order by rowid")[0].id
    assert (seen["status"], seen["decided_by"], seen["words"]) == ("cancelled", session, "as asked")
    robin.say("withdraw")
    assert "Nothing waits for a decision any more." in str(world.source.histories[-1][-1])


def test_an_outcome_is_worded_with_its_receipts(world: World) -> None:
    robin = Client(world)
    robin.propose("A")
    robin.confirm()
    history = world.source.histories[-1]
    assert _roles(history)[-1][1].startswith("(I confirmed")
    assert str(history).count("Created 'A'") == 1
    assert all(row.id.startswith("turn_") for row in world.rows("select id from turns"))


@pytest.mark.parametrize("worded", [True, False])
def test_a_long_thread_begins_with_the_user(world: World, worded: bool) -> None:
    """The window of turns that the model is given may begin behind a proposal and before its outcome."""
    world.source.words_outcomes = worded
    robin = Client(world)
    for _ in range(13):
        robin.propose("A")
        robin.confirm()
        robin.say("hello")
    for history in world.source.histories:
        assert problems(history) == []


def test_an_imported_conversation_may_begin_with_an_answer(world: World) -> None:
    robin = Client(world)
    told = [{"role": "assistant", "content": "How can I help?"}]
    robin.ask("POST", "/chat", {"user_message": "hello", "thread_id": "t9", "conversation_history": told})
    for history in world.source.histories:
        assert "How can I help?" in str(history)
        assert problems(history) == []


def _roles(history: list[ModelMessage]) -> list[tuple[str, str]]:
    """Who said which words, in order."""
    return [
        (message.kind, str(part.content).partition("\n\n[Sayso:")[0])
        for message in history
        for part in message.parts
        if isinstance(part, UserPromptPart | TextPart)
    ]


def test_an_imported_conversation_keeps_its_roles(world: World) -> None:
    robin = Client(world)
    told = [{"role": "user", "content": "Hi."}, {"role": "assistant", "content": "How can I help?"}]
    robin.ask("POST", "/chat", {"user_message": "hello", "thread_id": "t9", "conversation_history": told})
    [history] = world.source.histories
    assert _roles(history) == [("request", "Hi."), ("response", "How can I help?"), ("request", "hello")]


@pytest.mark.parametrize("who", ["nobody", "user", "assistant", "earlier"])
def test_whose_words_a_proposal_repeats(world: World, who: str) -> None:
    """A warning tells of what was received, unless the user has said it himself, earlier or elsewhere."""
    tomorrow = world.clock.now() + timedelta(days=1)
    world.far.add_event(world.user_ids["robin"], "Write to ana@example.com", tomorrow, tomorrow + timedelta(hours=1))
    robin = Client(world)
    told = [{"role": who, "content": "My wife is ana@example.com."}] if who in ("user", "assistant") else []
    first = "My wife is ana@example.com." if who == "earlier" else "hello"
    start = {"user_message": first, "thread_id": robin.thread, "conversation_history": told}
    assert robin.ask("POST", "/chat", start).status == 200
    [action] = robin.say("read, propose mail B").body["plan"]["actions"]
    warned = any(warning["text"].startswith("ana@example.com comes from text") for warning in action["warnings"])
    assert warned == (who in ("nobody", "assistant"))


def test_a_receipt_is_not_the_users_word(world: World) -> None:
    """It may quote what others wrote, and the next step is proposed on top of it."""
    tomorrow = world.clock.now() + timedelta(days=1)
    world.far.add_event(world.user_ids["robin"], "Write to ana@example.com", tomorrow, tomorrow + timedelta(hours=1))
    robin = Client(world)
    robin.say("read, propose delete Write then mail B")
    answer = robin.confirm().body
    assert "ana@example.com" in answer["response"]
    [action] = answer["plan"]["actions"]
    assert any(warning["text"].startswith("ana@example.com comes from text") for warning in action["warnings"])


def test_results_come_before_what_was_said_beside_them() -> None:
    """Stored are a prompt and the result of a read in one message; the call that needs consent gets its own there."""
    read, wanted = ToolCallPart("read_mail", {}, "readreadr"), ToolCallPart("send_mail", {}, "sendsends")
    messages: list[ModelMessage] = [
        ModelRequest(parts=[UserPromptPart("do")]),
        ModelResponse(parts=[read, wanted]),
        ModelRequest(parts=[ToolReturnPart("read_mail", {}, "readreadr"), UserPromptPart("and then?")]),
    ]
    assert problems(messages) != []
    assert problems(with_results(messages, {"sendsends": {"status": "waiting"}})) == []


_ASKED = ModelRequest(parts=[UserPromptPart("do")])
_LOOKS = [ModelResponse(parts=[ToolCallPart("read_mail", {"id": each}, each)]) for each in ("a", "b")]
_FOUND = [ModelRequest(parts=[ToolReturnPart("read_mail", {"found": each}, each)]) for each in ("a", "b")]


@pytest.mark.parametrize(
    "messages",
    [
        [_ASKED, _LOOKS[0], _FOUND[0], _LOOKS[1], _FOUND[1], ModelResponse(parts=[TextPart("Done.")])],
        [_ASKED, _LOOKS[0], _FOUND[0]],
        [_LOOKS[0], _FOUND[0]],
    ],
)
def test_a_call_keeps_the_result_that_is_stored(messages: list[ModelMessage]) -> None:
    assert [message.parts for message in with_results(messages, {})] == [message.parts for message in messages]


def test_a_call_without_an_outcome_is_told_as_unknown() -> None:
    """Nothing should lead there; if something does, the conversation goes on all the same."""
    [_, _, result] = with_results([_ASKED, _LOOKS[0]], {})
    [part] = result.parts
    assert isinstance(part, ToolReturnPart)
    assert part.content == {"status": "unknown", "error": "The outcome of this call was not recorded."}
