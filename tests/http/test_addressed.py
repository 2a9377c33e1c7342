"""Mail of one's own, brought in from a file and answered: the proposal says to whom it goes (P2)."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.conftest import Server

from sayso.cli.transfer import bring_in

MBOX = """From x@y Mon Mar  2 08:00:00 2026
From: Ticket machine <no-reply@trains.example>
To: me@sayso.local
Subject: Your ticket 17
Date: Mon, 2 Mar 2026 08:00:00 -0500
Message-ID: <t1@trains.example>
Reply-To: Lost property <lost@office.example>

Write to us.

From x@y Mon Mar  2 08:00:00 2026
From: Marcus Lind <marcus.lind@northwind-example.com>
To: me@sayso.local
Subject: New account
Date: Mon, 2 Mar 2026 08:10:00 -0500
Message-ID: <t2@northwind-example.com>

Use this address from now on.

"""


@pytest.fixture
def client(server: Server, tmp_path: Path) -> httpx2.Client:
    path = tmp_path / "in.mbox"
    path.write_text(MBOX)
    assert "Imported 2 messages." in list(bring_in(server.settings, [path], keep_samples=True))
    return server.client()


def action(client: httpx2.Client, said: str) -> Any:
    answer = client.post("/chat", json={"user_message": said, "thread_id": "t"}).json()
    assert answer["plan"], answer["response"]
    return answer["plan"]["actions"][0] | {"asked": answer["confirmation_message"]}


def test_where_an_answer_goes_is_said_before(client: httpx2.Client) -> None:
    asked = action(client, "reply to the ticket machine that I lost my hat")
    assert asked["preview"].endswith("to Lost property <lost@office.example> — saved here, not delivered")
    assert "where replies to Ticket machine go" in asked["asked"]
    assert "asks for replies to another domain" in asked["warnings"][0]["text"]
    sent = client.post("/chat/confirm", json={"thread_id": "t"}).json()
    assert "Lost property <lost@office.example>" in sent["response"]


def test_a_draft_of_an_answer_goes_there_too(client: httpx2.Client) -> None:
    asked = action(client, "draft a reply to the ticket machine that I lost my hat")
    assert asked["tool"] == "draft_mail"
    assert "lost@office.example" in asked["preview"]


def test_a_known_name_at_another_address_is_warned_of(client: httpx2.Client) -> None:
    asked = action(client, "reply to Marcus that I shall look into it")
    known = "You know Marcus Lind by the address marcus.lind@northwind.example; "
    assert [each["text"] for each in asked["warnings"]] == [
        f"{known}marcus.lind@northwind-example.com is a new address for that name."
    ]


def test_what_is_forwarded_says_before_which_files_go_along(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "attached.mbox"
    path.write_text(
        "From x@y Mon Mar  2 08:00:00 2026\nFrom: The shop <shop@shop.example>\nTo: me@sayso.local\n"
        "Subject: Your bill\nDate: Mon, 2 Mar 2026 08:00:00 -0500\nMessage-ID: <b@shop.example>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="x"\n\n--x\nContent-Type: text/plain\n\nSee what is attached.\n'
        '--x\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="bill.pdf"\n\nAAAA\n--x--\n\n'
    )
    list(bring_in(server.settings, [path], keep_samples=True))
    asked = action(server.client(), "forward the mail from the shop to Ana")
    assert asked["warnings"] == []
    assert ["Files", "bill.pdf (4 bytes)"] in asked["details"]
