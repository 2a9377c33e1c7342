"""What a mail brings besides its text is an attachment, also without a name, so that nothing is passed on without it
unsaid (P2)."""

import asyncio
from pathlib import Path

import pytest
from tests.kit.mails import searched
from tests.workspace.test_import_export import ME, NEW_YORK

from sayso.base.ids import Ids
from sayso.store.gateway import Store
from sayso.transfer.importing import import_files
from sayso.transfer.job import ImportReport
from sayso.workspace.local import LocalWorkspace as Workspace

HEAD = f"""From a@b Mon Mar  2 08:00:00 2026
From: Shop <shop@x.example>
To: {ME.email}
Subject: Bill
Date: Mon, 2 Mar 2026 08:00:00 -0500
MIME-Version: 1.0
"""
TEXT = "--b\nContent-Type: text/plain\n\nSee this.\n"
HTML = "--b\nContent-Type: text/html\n\n<p>See this.</p>\n"


@pytest.mark.parametrize(
    ("kind", "first", "part", "expected"),
    [
        (
            "mixed",
            TEXT,
            "Content-Type: application/pdf\nContent-Transfer-Encoding: base64",
            [("attachment.pdf", "application/pdf")],
        ),
        (
            "related",
            HTML,
            "Content-Type: image/png\nContent-ID: <x>\nContent-Disposition: inline",
            [("image.png", "image/png")],
        ),
        ("alternative", TEXT, "Content-Type: text/calendar; method=REQUEST", [("invitation.ics", "text/calendar")]),
        ("mixed", TEXT, "Content-Type: text/csv", [("text.csv", "text/csv")]),
        ("mixed", TEXT, "Content-Type: text/plain\nContent-Disposition: attachment", [("text.txt", "text/plain")]),
        ("alternative", TEXT, "Content-Type: text/html", []),
        ("mixed", TEXT, "X-Empty: yes", []),
    ],
)
def test_a_part_that_is_not_the_text_is_attached(
    store: Store,
    user: str,
    ids: Ids,
    workspace: Workspace,
    tmp_path: Path,
    kind: str,
    first: str,
    part: str,
    expected: list[tuple[str, str]],
) -> None:
    path = tmp_path / "in.mbox"
    path.write_text(f'{HEAD}Content-Type: multipart/{kind}; boundary="b"\n\n{first}--b\n{part}\n\neHh4\n--b--\n')
    import_files(store, user, ME, NEW_YORK, ids, [path], ImportReport())
    [message] = asyncio.run(searched(workspace, ""))[0]
    assert [(each.name, each.media_type) for each in message.attachments] == expected
    assert message.body.startswith("See this.")


def test_a_mail_that_is_nothing_but_a_file_has_it_attached(
    store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "in.mbox"
    path.write_text(f"{HEAD}Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\neHh4\n")
    import_files(store, user, ME, NEW_YORK, ids, [path], ImportReport())
    [message] = asyncio.run(searched(workspace, ""))[0]
    assert ([each.media_type for each in message.attachments], message.body) == (["application/pdf"], "")
