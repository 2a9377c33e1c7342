"""What tools find, as a model is given it."""

import json

from tests.tools.conftest import Desk

from sayso.agent.showing import Reader
from sayso.tools.json import event_json

READER = Reader(lambda email: email == "robin@example.com", "America/New_York")


def test_real_results_cost_less(desk: Desk) -> None:
    """Of the seeded workspace, without what tells things apart being lost."""
    for tool, args, name in [
        ("list_calendar_events", {"start": "this month"}, "events"),
        ("search_mail", {}, "messages"),
        ("list_tasks", {}, "tasks"),
        ("find_contact", {}, "contacts"),
    ]:
        result = desk.read(tool, **args)
        shown = READER.shown(result)
        assert len(shown) < 0.7 * len(json.dumps(result)), tool
        for item in result[name]:
            assert item["id"] in shown
            assert " ".join((item.get("title") or item.get("subject") or item["name"]).split()) in shown


def test_an_event_listed_says_what_it_said(desk: Desk) -> None:
    event = desk.event("Design review")
    shown = READER.shown({"event": event_json(desk.ctx, event)})
    assert "guests: Tomás García" in shown
    assert "tomas" not in shown.partition("guests:")[2].casefold().replace("tomás", "")
