"""What is told of a plan that ran: what was done, by the ledger, whatever a model says of it or fails to say (P7)."""

import pytest
from tests.kit import far
from tests.kit.say import Client
from tests.kit.world import World


@pytest.mark.parametrize(
    ("what", "head"),
    [
        ("all", "- Created 'A'"),
        ("a part", "2 of 3 done, 1 left out."),
        ("failed", "2 of 3 done, 1 failed."),
        ("failed, a part", "1 of 3 done, 1 failed, 1 left out."),
        ("none", "0 of 3 done, 3 failed."),
    ],
)
def test_how_many_were_done_stands_first(world: World, what: str, head: str) -> None:
    """Before whatever a model says of it, and it may say that all was done (P7)."""
    robin = Client(world)
    plan = robin.propose("A; B; mail C")
    ids = [action["id"] for action in plan["actions"]]
    for name in {"failed": "B", "failed, a part": "B", "none": "ABC"}.get(what, ""):
        world.far.will(name, far.refuse)
    answer = robin.confirm(action_ids=ids[:2] if what.endswith("a part") else None).body
    assert answer["response"].startswith(head)
    assert answer["response"].endswith("\n\nAll right.")
    assert robin.ask("GET", "/threads/t1").body["messages"][-2]["content"].startswith(head)


@pytest.mark.parametrize("how", ["down", "broken"])
def test_facts_do_not_need_the_model(world: World, how: str) -> None:
    """The outcome is stored and told by receipts while the model is down or its library has a bug (P7)."""
    robin = Client(world)
    robin.propose("A; mail B")
    setattr(world.source, how, True)
    answer = robin.confirm().body
    assert answer["status"] == "completed"
    assert answer["response"].splitlines() == [
        "- Created 'A', Sun 10 January 2027, 3:00–4:00 PM.",
        "- Sent 'B' to ana@example.com.",
    ]
    assert robin.say("hello").code == ("model_error" if how == "down" else "internal_error")
    setattr(world.source, how, False)
    assert robin.say("hello").status == 200


def test_silence_is_an_answer(world: World) -> None:
    """One request, no words of the model's, and nothing of it on the thread; then the conversation goes on."""
    world.source.quiet = True
    robin = Client(world)
    robin.propose("A")
    asked = len(world.source.histories)
    receipt = "Created 'A', Sun 10 January 2027, 3:00–4:00 PM."
    assert robin.confirm().body["response"] == receipt
    assert len(world.source.histories) == asked + 1
    said = [message["content"] for message in robin.ask("GET", "/threads/t1").body["messages"]]
    assert said == ["propose A", world.source.text_beside, receipt]
    assert robin.say("hello").status == 200
    assert str(world.source.histories[-1]).count(receipt) == 1


def test_the_words_on_one_plan_are_told_of_no_other(world: World) -> None:
    """A confirm that is repeated answers with the outcome of the plan that it names."""
    robin = Client(world)
    answers = {}
    for title in ("A", "B"):
        plan = robin.propose(title)
        answers[plan["id"]] = robin.confirm().body["response"]
        assert f"'{title}'" in answers[plan["id"]]
    for plan_id, response in answers.items():
        assert robin.confirm(plan_id=plan_id).body["response"] == response
