"""Where answers are to go comes in with a mail, stays with it and goes out again (RFC 5322, 3.6.2)."""

import asyncio
from pathlib import Path

import pytest
from tests.kit.mails import searched
from tests.workspace.test_import_export import ME, NEW_YORK

from sayso.base.ids import Ids
from sayso.store.gateway import Store
from sayso.transfer.exporting import export_files
from sayso.transfer.importing import import_files
from sayso.transfer.job import ImportReport
from sayso.workspace.local import LocalWorkspace as Workspace
from sayso.workspace.types import Person

HEADERS = {
    "none": ("", ()),
    "one": ("Reply-To: Order desk <order-55@desk.example>\n", (Person("order-55@desk.example", "Order desk"),)),
    "several": ("Reply-To: a@x.example,\n B <b@y.example>\n", (Person("a@x.example"), Person("b@y.example", "B"))),
    "encoded": ("Reply-To: =?utf-8?q?Caf=C3=A9?= <c@x.example>\n", (Person("c@x.example", "Café"),)),
    "empty": ("Reply-To:\n", ()),
    "no address": ("Reply-To: nobody in particular\n", ()),
    "cut": ("Reply-To: Desk <\n", ()),
    "a group": ("Reply-To: undisclosed-recipients:;\n", ()),
    "a bare comma": (
        "Reply-To: Lund, Mara <m@x.example>, c@y.example\n",
        (Person("m@x.example", "Lund, Mara"), Person("c@y.example")),
    ),
    "an address for a name": ("Reply-To: a@x.example <b@y.example>\n", (Person("b@y.example", "a@x.example"),)),
    "half": ("Reply-To: nobody, b@y.example\n", (Person("b@y.example"),)),
}


def _mbox(folder: Path, headers: str) -> Path:
    mail = f"From a@b Mon Mar  2 08:00:00 2026\nFrom: Robot <noreply@x.example>\nTo: {ME.email}\nSubject: Parcel\n"
    path = folder / "in.mbox"
    path.write_text(f"{mail}Date: Mon, 2 Mar 2026 08:00:00 -0500\nMessage-ID: <p@x.example>\n{headers}\nHello\n")
    return path


@pytest.mark.parametrize("kind", HEADERS)
def test_where_answers_go(store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path, kind: str) -> None:
    headers, expected = HEADERS[kind]
    import_files(store, user, ME, NEW_YORK, ids, [_mbox(tmp_path, headers)], ImportReport())
    [message] = asyncio.run(searched(workspace, ""))[0]
    assert message.reply_to == expected
    [starred] = asyncio.run(workspace.mail.relabel([message.id], ["starred"], [], "k"))
    assert starred.reply_to == expected
    [_, out, _] = store.read_now(export_files, user, tmp_path / "out")
    assert headers in out.read_text()
    again = tmp_path / "again.mbox"
    again.write_text(out.read_text().replace("p@x.example", "q@x.example"))
    import_files(store, user, ME, NEW_YORK, ids, [again], ImportReport())
    assert [each.reply_to for each in asyncio.run(searched(workspace, ""))[0]] == [expected] * 2


def test_who_wrote_it_is_one_person_with_a_bare_comma_too(
    store: Store, user: str, ids: Ids, workspace: Workspace, tmp_path: Path
) -> None:
    path = _mbox(tmp_path, "")
    path.write_text(path.read_text().replace("Robot <noreply@x.example>", "Raman, Priya, CEO <p@x.example>"))
    import_files(store, user, ME, NEW_YORK, ids, [path], ImportReport())
    [message] = asyncio.run(searched(workspace, ""))[0]
    assert message.sender == Person("p@x.example", "Raman, Priya, CEO")
