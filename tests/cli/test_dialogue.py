"""What each typed line means, against a server that is told what to answer."""

import io
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from rich.console import Console

from sayso.cli.client import Api, SignInFailed
from sayso.cli.connection import Connection
from sayso.cli.dialogue import Chat
from sayso.cli.edits import arguments
from sayso.cli.present import clock_time

Reply = tuple[int, dict[str, Any]] | Exception | BaseException

PLAN = {
    "id": "plan_1",
    "thread_id": "thread_1",
    "status": "pending",
    "question": "Should I create 'Lunch'?",
    "actions": [
        {"id": "act_1", "effect": "write", "preview": "Create 'Lunch'", "args": {"start": "x", "guests": [], "n": 3}},
        {"id": "act_2", "effect": "outbound", "preview": "Mail Ana", "args": {}},
    ],
}


def proposal(plan: dict[str, Any] | None = PLAN, response: str = "I can do that.") -> tuple[int, dict[str, Any]]:
    question = plan["question"] if plan else None
    return 200, {"response": response, "thread_id": "thread_1", "plan": plan, "confirmation_message": question}


def fault(status: int, code: str, message: str = "No.") -> tuple[int, dict[str, Any]]:
    return status, {"error": code, "message": message}


class Fake:
    """Answers `METHOD /path` from a script, in order; keeps what it was asked."""

    def __init__(self, **scripts: list[Reply]) -> None:
        self.scripts = {key.replace("__", " /").replace("_", "/"): list(value) for key, value in scripts.items()}
        self.seen: list[tuple[str, Any]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        key = f"{request.method} {request.url.path}"
        self.seen.append((key, json.loads(request.content) if request.content else None))
        script = self.scripts.get(key)
        if not script:
            return httpx2.Response(200, json={"plans": [], "threads": []})
        reply = script.pop(0)
        if isinstance(reply, BaseException):
            raise reply
        return httpx2.Response(reply[0], json=reply[1])

    def bodies(self, key: str) -> list[Any]:
        return [body for asked, body in self.seen if asked == key]


class Talk:
    def __init__(self, fake: Fake, *lines: str | BaseException, sign_in: Callable[[Api], None] | None = None) -> None:
        left = list(lines)
        self.slept: list[float] = []

        def read() -> str | None:
            line = left.pop(0) if left else None
            if isinstance(line, BaseException):
                raise line
            return line

        def no_sign_in(api: Api) -> None:
            raise SignInFailed("Sign in first.")

        console = Console(file=io.StringIO(), width=100, highlight=False, markup=False)
        api = Api("http://127.0.0.1:8000", "cookie", httpx2.MockTransport(fake))
        connection = Connection(api, console, sign_in or no_sign_in, self.slept.append)
        self.chat = Chat(connection, console, read, new_id=lambda: "thread_1")
        self.interrupted = False
        try:
            self.chat.run()
        except KeyboardInterrupt:
            self.interrupted = True
        self.text: str = console.file.getvalue()  # type: ignore[attr-defined]


def test_a_plan_is_a_card_and_nothing_else_happens() -> None:
    fake = Fake(POST__chat=[proposal()])
    talk = Talk(fake, "lunch on friday with everybody from work")
    for part in ("I can do that.", "Should I create 'Lunch'?", "1  change   Create 'Lunch'", "2 to others Mail Ana"):
        assert " ".join(part.split()) in " ".join(talk.text.replace("│", " ").split())
    assert [key for key, _ in fake.seen] == ["POST /chat"]


@pytest.mark.parametrize("typed", ["yes", "Yes.", "y", "👍🏽", "ok!", "/yes", "/yes please do"])
def test_yes_confirms_the_very_plan_that_was_shown(typed: str) -> None:
    results = {"act_1": {"success": True, "receipt": "Created."}}
    done = {"status": "completed", "response": "Created.", "plan": None, "results": results}
    fake = Fake(POST__chat=[proposal()], POST__chat_confirm=[(200, done)])
    talk = Talk(fake, "please schedule lunch for me today", typed)
    assert fake.bodies("POST /chat/confirm")[0]["plan_id"] == "plan_1"
    assert talk.text.count("Created.") == 1


def test_what_a_model_says_of_the_outcome_is_told_once() -> None:
    results = {"act_1": {"success": True, "receipt": "Created."}}
    done = {"status": "completed", "response": "Created.\n\nShall I go on?", "plan": None, "results": results}
    words = {"kind": "outcome", "role": "assistant", "content": "Shall I go on?", "usage": {"model": "m"}}
    fake = Fake(POST__chat=[proposal()], POST__chat_confirm=[(200, done)])
    fake.scripts["GET /threads/thread_1"] = [(200, {"messages": [words]})]
    talk = Talk(fake, "please schedule lunch for me today", "yes")
    assert talk.text.count("Created.") == talk.text.count("Shall I go on?") == 1


@pytest.mark.parametrize("typed", ["yes?", "ok…", "yes...", "yes!?", "> yes", "yes 👎", "no?"])
def test_a_doubtful_answer_is_said_to_the_agent(typed: str) -> None:
    fake = Fake(POST__chat=[proposal(), proposal(response="It still waits.")])
    fake.scripts["GET /plans"] = [(200, {"plans": [PLAN]})] * 3
    Talk(fake, "please schedule lunch for me today", typed)
    assert [body["user_message"] for body in fake.bodies("POST /chat")][1:] == [typed]
    assert not fake.bodies("POST /chat/confirm")
    assert not fake.bodies("POST /chat/cancel")


@pytest.mark.parametrize(
    "typed", ["/yes 2", "/yes but at 4", "/yes?", "/yes ok?", "/only 1 not 2", "/only 1-2", "/only"]
)
def test_a_command_that_says_more_than_yes_does_nothing(typed: str) -> None:
    fake = Fake(POST__chat=[proposal()])
    assert "!" in Talk(fake, "please schedule lunch for me today", typed).text
    assert not fake.bodies("POST /chat/confirm")


@pytest.mark.parametrize(("typed", "reason"), [("no", None), ("/no too late", "too late")])
def test_no_cancels_it(typed: str, reason: str | None) -> None:
    fake = Fake(POST__chat=[proposal()], POST__chat_cancel=[(200, {"response": "Action cancelled."})])
    talk = Talk(fake, "please schedule lunch for me today", typed, "/yes")
    expected = {"thread_id": "thread_1", "plan_id": "plan_1"} | ({"reason": reason} if reason else {})
    assert fake.bodies("POST /chat/cancel") == [expected]
    assert "It will never run." in talk.text
    assert fake.bodies("POST /chat/confirm") == []


def test_a_yes_after_other_talk_goes_to_the_agent() -> None:
    fake = Fake(POST__chat=[proposal(), proposal(response="It is noon."), proposal(response="What do you mean?")])
    fake.scripts["GET /plans"] = [(200, {"plans": [PLAN]})] * 3
    talk = Talk(fake, "please schedule lunch for me today", "what is the time now please", "yes")
    assert fake.bodies("POST /chat/confirm") == []
    assert fake.bodies("POST /chat")[-1]["user_message"] == "yes"
    assert "Still waiting for your word" in talk.text


def test_a_short_yes_never_reaches_a_plan_that_was_not_seen_here() -> None:
    other = PLAN | {"id": "plan_2", "question": "Should I delete everything?"}
    fake = Fake(GET__plans=[(200, {"plans": [other]})])
    talk = Talk(fake, "yes")
    assert fake.bodies("POST /chat") == []
    assert "Should I delete everything?" in talk.text


def test_only_some() -> None:
    fake = Fake(POST__chat=[proposal()])
    Talk(fake, "please schedule lunch for me today", "/only 2", "/only 3", "/only", "/only 0")
    assert [body["action_ids"] for body in fake.bodies("POST /chat/confirm")] == [["act_2"]]


def test_edit() -> None:
    changed = PLAN | {"id": "plan_2", "question": "Should I create 'Long lunch'?"}
    fake = Fake(POST__chat=[proposal()])
    fake.scripts["PATCH /plans/plan_1"] = [(200, changed)]
    talk = Talk(fake, "please schedule lunch for me today", "/edit 1 title='Long lunch' guests=Ana,Ben n=4", "yes")
    edits = {"act_1": {"title": "Long lunch", "guests": ["Ana", "Ben"], "n": 4}}
    assert fake.bodies("PATCH /plans/plan_1") == [{"edits": edits}]
    assert "Should I create 'Long lunch'?" in talk.text
    assert fake.bodies("POST /chat/confirm")[0]["plan_id"] == "plan_2"


@pytest.mark.parametrize("typed", ["", "start", "=4", "n=four", "title='x"])
def test_an_edit_that_cannot_be_read(typed: str) -> None:
    with pytest.raises(ValueError):
        arguments(typed, {"n": 3})


def test_a_plan_decided_elsewhere_is_shown_as_it_is() -> None:
    actions = [{**PLAN["actions"][0], "status": "succeeded", "receipt": "Created 'Lunch'."}]  # type: ignore[dict-item]
    fake = Fake(POST__chat=[proposal()], POST__chat_cancel=[fault(409, "cancellation_error", "It has run.")])
    fake.scripts["GET /plans/plan_1"] = [(200, PLAN | {"status": "completed", "actions": actions})]
    talk = Talk(fake, "please schedule lunch for me today", "no", "/yes")
    assert "It has run." in talk.text
    assert "This plan is confirmed and done" in talk.text
    assert "✓ Created 'Lunch'." in talk.text
    assert fake.bodies("POST /chat/confirm") == []


def test_a_plan_replaced_elsewhere_makes_way_for_the_new_one() -> None:
    other = PLAN | {"id": "plan_2", "question": "Should I create 'Dinner'?"}
    fake = Fake(POST__chat=[proposal()], POST__chat_confirm=[fault(409, "confirmation_error")])
    fake.scripts["GET /plans/plan_1"] = [(200, PLAN | {"status": "superseded"})]
    fake.scripts["GET /plans"] = [(200, {"plans": [other]})]
    talk = Talk(fake, "please schedule lunch for me today", "yes", "yes")
    assert "goes on in a newer plan" in talk.text
    assert "Should I create 'Dinner'?" in talk.text
    assert [body["plan_id"] for body in fake.bodies("POST /chat/confirm")] == ["plan_1", "plan_2"]


def test_what_has_changed_since_is_shown_before_a_yes_counts() -> None:
    fresh = PLAN | {"digest": "d2", "question": "Should I create 'Lunch', over 'Gym'?"}
    changed = (
        409,
        {
            "error": "confirmation_error",
            "message": "It has changed.",
            "details": {"reason": "plan_changed", "plan": fresh},
        },
    )
    done: dict[str, Any] = {"status": "completed", "response": "Done.", "results": {}, "plan": None}
    fake = Fake(POST__chat=[proposal(PLAN | {"digest": "d1"})], POST__chat_confirm=[changed, (200, done)])
    talk = Talk(fake, "please schedule lunch for me today", "yes", "yes")
    assert "over 'Gym'?" in talk.text
    assert [body["digest"] for body in fake.bodies("POST /chat/confirm")] == ["d1", "d2"]


def test_what_is_held_back_is_not_waited_for() -> None:
    running: dict[str, Any] = {"status": "running", "response": "Held.", "results": {}, "plan": None}
    held = {"id": "act_2", "preview": "Mail Ana", "status": "held", "runs_at": "2026-03-03T08:00:00-05:00"}
    fake = Fake(POST__chat=[proposal()], POST__chat_confirm=[(200, running)])
    fake.scripts["GET /plans/plan_1"] = [(200, PLAN | {"status": "confirmed", "actions": [held]})]
    talk = Talk(fake, "please schedule lunch for me today", "yes", "/details")
    told = f"Mail Ana. It leaves {clock_time(held['runs_at'])}; until then /stop takes it back."
    assert told in " ".join(talk.text.split())
    assert len(fake.bodies("POST /chat/confirm")) == 1
    assert "Nothing waits for a decision here" in talk.text


def test_a_long_run_is_followed_to_its_end() -> None:
    running = {"status": "running", "response": "Still running.", "results": {}}
    results = {"act_1": {"success": True, "receipt": "Done."}}
    done: dict[str, Any] = {"status": "completed", "response": "Done.", "results": results, "plan": None}
    fake = Fake(POST__chat=[proposal()], POST__chat_confirm=[(200, running), (200, running), (200, done)])
    runs = PLAN | {
        "status": "confirmed",
        "actions": [{"id": "act_1", "status": "running"}, {"id": "act_2", "status": "held"}],
    }
    fake.scripts["GET /plans/plan_1"] = [(200, runs), (200, runs)]
    assert "Done." in Talk(fake, "please schedule lunch for me today", "yes").text


def test_the_limit_is_waited_out() -> None:
    limited = 429, {"error": "rate_limit_exceeded", "message": "Too many.", "details": {"retry_after": 12}}
    talk = Talk(Fake(POST__chat=[limited, proposal(None, "Hello.")]), "good morning to you, dear assistant")
    assert talk.slept == [12.0]
    assert "Hello." in talk.text


def test_a_session_that_ended_is_renewed_once() -> None:
    renewed: list[Api] = []
    fake = Fake(POST__chat=[fault(401, "not_authenticated"), proposal(None, "Hello.")])
    talk = Talk(fake, "good morning to you, dear assistant", sign_in=renewed.append)
    assert len(renewed) == 1
    assert "Hello." in talk.text


def test_without_a_new_sign_in_it_ends() -> None:
    fake = Fake(POST__chat=[fault(401, "not_authenticated")])
    talk = Talk(fake, "good morning to you, dear assistant", "never said")
    assert "Sign in first." in talk.text
    assert len(fake.seen) == 1


def test_a_server_that_is_gone_ends_nothing() -> None:
    fake = Fake(POST__chat=[httpx2.ConnectError("refused"), proposal(None, "Hello again.")])
    talk = Talk(fake, "good morning to you, dear assistant", "good morning once more, dear assistant")
    assert "No Sayso server answers" in talk.text
    assert "Hello again." in talk.text
    assert talk.chat.failed


def test_ctrl_c_stops_the_turn() -> None:
    stopped = 200, {"status": "stopped", "results": {"act_1": {"success": True, "receipt": "Created 'Lunch'."}}}
    fake = Fake(POST__chat=[KeyboardInterrupt()], POST__chat_stop=[stopped])
    talk = Talk(fake, "please schedule lunch for me today", "/help")
    assert fake.bodies("POST /chat/stop") == [{"thread_id": "thread_1"}]
    assert "✓ Created 'Lunch'." in talk.text
    assert "Say what you want" in talk.text  # and goes on


def test_ctrl_c_too_late_shows_what_was_answered() -> None:
    thread = {"messages": [{"role": "assistant", "content": "It is noon."}], "plans": [PLAN]}
    fake = Fake(POST__chat=[KeyboardInterrupt()], POST__chat_stop=[fault(409, "nothing_running")])
    fake.scripts["GET /threads/thread_1"] = [(200, thread)]
    talk = Talk(fake, "please schedule lunch for me today")
    assert "It is noon." in talk.text
    assert "Should I create 'Lunch'?" in talk.text


@pytest.mark.parametrize(
    "fake", [Fake(), Fake(POST__chat=[KeyboardInterrupt()], POST__chat_stop=[KeyboardInterrupt()])]
)
def test_ctrl_c_twice_leaves(fake: Fake) -> None:
    first: str | BaseException = "please schedule lunch for me today" if fake.scripts else KeyboardInterrupt()
    talk = Talk(fake, first, KeyboardInterrupt(), "/help")
    assert talk.interrupted
    assert "Say what you want" not in talk.text


def test_going_elsewhere_and_back() -> None:
    fake = Fake()
    row = {"id": "thread_9", "title": "Lunch plans", "waiting": True, "updated_at": "2026-03-02T09:00:00-05:00"}
    fake.scripts["GET /threads"] = [(200, {"threads": [row]})]
    messages = [{"role": "user", "content": "lunch?"}, {"role": "assistant", "content": "Gladly."}]
    plan = PLAN | {"thread_id": "thread_9"}
    fake.scripts["GET /threads/thread_9"] = [(200, {"title": "Lunch plans", "messages": messages, "plans": [plan]})]
    talk = Talk(fake, "/threads", "/open 1", "yes", "/new", "/yes")
    for part in ("Lunch plans", "› lunch?", "Gladly.", "Should I create 'Lunch'?", "Nothing waits for a decision here"):
        assert part in talk.text
    assert [body["thread_id"] for body in fake.bodies("POST /chat/confirm")] == ["thread_9"]


@pytest.mark.parametrize("typed", ["/open ../plans", "/open", "/open a/b?c", "/open 7 8"])
def test_open_takes_only_what_can_be_a_thread(typed: str) -> None:
    fake = Fake()
    assert "Say which" in Talk(fake, typed).text
    assert fake.seen == []


def test_an_unknown_command_is_not_sent() -> None:
    fake = Fake()
    assert "There is no /delete" in Talk(fake, "/delete all").text
    assert fake.seen == []


def test_quit() -> None:
    fake = Fake()
    Talk(fake, "/quit", "/plans")
    assert fake.seen == []
