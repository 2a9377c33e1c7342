"""Events that are marked free (RFC 5545, 3.8.2.7): they are shown, and take no time."""

from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import httpx2
import pytest
from tests.conftest import ZONE
from tests.http.test_contract import ask, confirm

from sayso.transfer.importing import import_files
from sayso.transfer.job import ImportReport

if TYPE_CHECKING:
    from tests.conftest import Server

MARKET = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:market
DTSTART:20260303T180000Z
DTEND:20260303T220000Z
SUMMARY:Market open
TRANSP:%s
END:VEVENT
END:VCALENDAR
"""


def market(server: "Server", folder: Path, marked: str) -> httpx2.Client:
    file = folder / "market.ics"
    file.write_text(MARKET % marked)
    owner = server.owner
    import_files(server.store, owner.user_id, owner.me, ZoneInfo(ZONE), server.ids, [file], ImportReport())
    return server.client()


@pytest.mark.parametrize(("marked", "blocks"), [("TRANSPARENT", False), ("transparent", False), ("OPAQUE", True)])
def test_what_is_marked_free_blocks_nothing(server: "Server", tmp_path: Path, marked: str, blocks: bool) -> None:
    client = market(server, tmp_path, marked)
    assert "Market open" in str(client.get("/workspace/today").json()["events"])
    assert "Market open" in ask(client, "What's on tomorrow?")["response"]
    proposed = ask(client, "Schedule a walk tomorrow at 2pm", thread_id="walk")["plan"]["actions"][0]
    assert ("overlaps 'Market open'" in proposed["preview"]) is blocks
    assert ask(client, "Am I free tomorrow at 4pm?")["response"].startswith("No, " if blocks else "Yes, ")
    slots = ask(client, "Find me two free hours tomorrow afternoon")["actions"][0]["result"]["slots"]
    assert any(slot["start"] < "2026-03-03T15:00" for slot in slots) is not blocks


def test_a_free_event_stays_free_when_it_is_changed(server: "Server", tmp_path: Path) -> None:
    client = market(server, tmp_path, "TRANSPARENT")
    ask(client, "Move the market open to Wednesday at 1pm", thread_id="move")
    assert confirm(client, "move").json()["status"] == "completed"
    proposed = ask(client, "Schedule a walk on Wednesday at 2pm", thread_id="walk")["plan"]["actions"][0]
    assert "overlaps" not in proposed["preview"]
    [event] = [
        each for each in client.get("/me/export").json()["workspace"]["events"] if each["title"] == "Market open"
    ]  # fmt: skip
    assert event["free"] is True
