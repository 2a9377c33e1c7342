"""A yes or no that is none: the offline model says that the proposal still waits, and leaves it as it is."""

import pytest
from tests.conftest import Server

from sayso.offline.talk import NOT_DECIDED

ASKED = "Add buy milk to my list"
DOUBTFUL = [
    "ok?",
    "confirm?",
    "yes 👎",
    "ok…",
    "y?",
    "> yes",
    '"yes"',
    "Yes, I guess",
    "yes but",
    "sure, maybe",
    "👍?",
    "no?",
]


@pytest.mark.parametrize("said", DOUBTFUL)
def test_what_waits_stays_as_it_is(shared_server: Server, said: str) -> None:
    client = shared_server.stranger()
    plan = client.post("/chat", json={"user_message": ASKED, "thread_id": "t"}).json()["plan"]
    answer = client.post("/chat", json={"user_message": said, "thread_id": "t"}).json()
    assert (answer["response"], answer["plan"]["id"], answer["decision"]) == (NOT_DECIDED, plan["id"], None)
    again = client.post("/chat", json={"user_message": "yes", "thread_id": "t"}).json()
    assert again["plan"]["supersedes"] == plan["id"]  # shown once more, as was said
    done = client.post("/chat", json={"user_message": "yes", "thread_id": "t"}).json()
    assert done["decision"]["status"] == "completed"


def test_a_second_thought_that_says_what_is_a_change(shared_server: Server) -> None:
    client = shared_server.stranger()
    client.post("/chat", json={"user_message": "Schedule tea on Thursday at 1", "thread_id": "t"})
    answer = client.post("/chat", json={"user_message": "yes but at 4", "thread_id": "t"}).json()
    assert "4:00" in answer["plan"]["actions"][0]["preview"]
