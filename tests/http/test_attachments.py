"""What is attached to a mail is saved, never shown, and by nobody but its owner."""

from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from sqlalchemy import select
from tests.kit.mails import mail, multipart

from sayso.base.ids import Ids
from sayso.store.gateway import ReadConn
from sayso.store.workspace_tables import local_messages
from sayso.transfer.importing import import_files
from sayso.transfer.job import ImportReport
from sayso.workspace.errors import Unavailable
from sayso.workspace.local.mail import LocalMail
from sayso.workspace.people import Me

if TYPE_CHECKING:
    from tests.conftest import Server

PAGE = 'Content-Type: text/html; name="a/b\u202e.html"\nContent-Disposition: attachment\n\n<script>alert(1)</script>'
FILE = "Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\naGVsbG8="
EMPTY = "Content-Disposition: attachment; filename=lost.pdf; size=9\n"
INNER = "Content-Type: message/rfc822\n\nSubject: no\n\n>From here"
"""In a mbox, so that a sign is taken away again."""


@pytest.fixture
def client(server: "Server") -> httpx2.Client:
    return server.client()


@pytest.fixture
def address(server: "Server", client: httpx2.Client, tmp_path: Path) -> str:
    """Of the attachments of a mail that came in a file."""
    user = client.get("/auth/session").json()["user"]
    headers, body = multipart("mixed", "\nSee this.", PAGE, FILE, EMPTY, INNER)
    (tmp_path / "in.mbox").write_bytes(mail(f"Message-ID: <files@x>\n{headers}", body))
    me = Me(user["email"], user["name"])
    import_files(server.store, user["id"], me, ZoneInfo("UTC"), Ids(), [tmp_path / "in.mbox"], ImportReport())

    def find(conn: ReadConn) -> Any:
        return conn.execute(select(local_messages.c.id).where(local_messages.c.message_id == "files@x")).scalar_one()

    return f"/mail/{server.store.read_now(find)}/attachments"


@pytest.mark.parametrize(
    ("number", "name", "content"),
    [
        (1, "a_b_.html", b"<script>alert(1)</script>"),
        (2, "attachment.pdf", b"hello"),
        (4, "no.eml", b"Subject: no\n\nFrom here"),
    ],
)
def test_a_file_is_saved_under_its_name(
    client: httpx2.Client, address: str, number: int, name: str, content: bytes
) -> None:
    response = client.get(f"{address}/{number}")
    assert (response.status_code, response.content) == (200, content)
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["x-content-type-options"] == "nosniff"
    told = Message()
    told["Content-Disposition"] = response.headers["content-disposition"]
    assert (told.get_content_disposition(), told.get_filename()) == ("attachment", name)
    head = client.head(f"{address}/{number}")
    assert (head.status_code, head.content) == (200, b"")


def test_what_is_not_there_is_not_found(server: "Server", client: httpx2.Client, address: str) -> None:
    for path in (
        f"{address}/5",
        "/mail/msg_none/attachments/1",
        "/mail/a%20b/attachments/1",
        "/mail/far:x/attachments/1",
    ):
        assert (client.get(path).status_code, client.get(path).json()["error"]) == (404, "not_found"), path
    assert client.get(f"{address}/3").json()["message"] == "Of 'lost.pdf' only the name is kept here."
    assert server.stranger().get(f"{address}/2").status_code == 404
    assert server.anonymous().get(f"{address}/2").status_code == 401


@pytest.mark.parametrize("number", ["0", "-1", "x", "1001"])
def test_a_number_that_is_none(client: httpx2.Client, address: str, number: str) -> None:
    assert client.get(f"{address}/{number}").json()["error"] == "validation_error"


def test_a_mailbox_that_cannot_be_reached(client: httpx2.Client, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> bytes:
        raise Unavailable("It cannot be reached.")

    monkeypatch.setattr(LocalMail, "attachment", fail)
    response = client.get(f"{address}/2")
    assert (response.status_code, response.json()["error"]) == (503, "system_unavailable")
    assert response.headers["retry-after"]
