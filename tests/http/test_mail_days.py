"""Mail of a day is mail of that day where the user is, also before he has said his time zone."""

from tests.conftest import Server


def test_yesterday_evening_is_not_today(server: Server) -> None:
    answer = server.client().post("/chat", json={"user_message": "who emailed me today?"}).json()
    dates = [mail["date"][:10] for action in answer["actions"] for mail in action["result"]["messages"]]
    assert dates
    assert set(dates) == {"2026-03-02"}
