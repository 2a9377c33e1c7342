"""What tools find, as a model is given it."""

import json
from dataclasses import replace

from tests.kit.seeded import NEW_YORK
from tests.tools.conftest import Desk

from sayso.agent.showing import Reader
from sayso.tools.json import event_json, file_json, header_json, task_json
from sayso.workspace.search import parse_query
from sayso.workspace.types import Attachment, Person

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


ODD = "a\u202egpj.exe\x1b[31m\n\u2066b\u200f"
PLAIN = "agpj.exe[31m b"


def test_nothing_in_a_title_or_a_name_reorders_what_stands_beside_it(desk: Desk) -> None:
    event, task = desk.event("Design review"), desk.do(desk.ctx.tasks.list_tasks(1)).items[0]
    header = desk.do(desk.ctx.mail.search(parse_query("in:inbox", NEW_YORK), 1)).items[0]
    shown = event_json(desk.ctx, replace(event, title=ODD, location=ODD))
    assert (shown["title"], shown["location"]) == (PLAIN, PLAIN.replace(" ", "\n"))
    assert task_json(desk.ctx, replace(task, title=ODD))["title"] == PLAIN
    mail = header_json(desk.ctx, replace(header, subject=ODD, snippet=ODD, sender=Person("a@b.example", ODD)))
    assert (mail["subject"], mail["snippet"], mail["from"]["name"]) == (PLAIN, PLAIN, PLAIN)
    assert file_json(Attachment(ODD, "text/plain", 1), 1)["name"] == PLAIN
