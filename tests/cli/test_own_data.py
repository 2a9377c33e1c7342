"""One's own data, brought in from the command line: whose it is, and what becomes of the samples."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.kit.command import sayso
from tests.kit.forked import Forked

from sayso.base.errors import StoreUnavailable
from sayso.store.datadir import STORE_FILE

MAILS = """From x Mon Mar  2 08:00:00 2026
From: Robin <robin@post.example>
To: lena@fox.example
Subject: Boat
Date: Sun, 1 Mar 2026 10:00:00 -0500
Message-ID: <own@x>

Hi
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SAYSO_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "my.mbox").write_text(MAILS)
    return tmp_path


def rows(place: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(place / "data" / STORE_FILE)) as connection:
        return connection.execute(sql).fetchall()


ADDRESSES, LABELS = "SELECT addresses FROM users", "SELECT labels FROM local_messages WHERE message_id = 'own@x'"


def test_addresses_are_said_at_an_import(place: Path) -> None:
    ran = sayso("import", place / "my.mbox", "--me", "robin@post.example", "--me", "b@post.example")
    assert (ran.code, ran.err) == (0, "")
    assert rows(place, ADDRESSES) == [('["robin@post.example","b@post.example"]',)]
    assert rows(place, LABELS) == [('["sent"]',)]


def test_addresses_are_said_afterwards(place: Path) -> None:
    sayso("import", place / "my.mbox")
    assert (rows(place, ADDRESSES), rows(place, LABELS)) == ([("[]",)], [('["inbox"]',)])
    assert "nothing new" in sayso("import", place / "my.mbox", "--me", "robin@post.example").out
    assert rows(place, LABELS) == [('["sent"]',)]


def test_what_is_no_address_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = sayso("import", place / "my.mbox", "--me", "Robin")
    assert (ran.code, "--me: Robin is no e-mail address." in ran.err) == (1, True)
    assert not (place / "data").exists()
    monkeypatch.setenv("SAYSO_ADDRESSES", "robin@post.example, Robin")
    ran = sayso("import", place / "my.mbox")
    assert (ran.code, "SAYSO_ADDRESSES: Robin is no e-mail address." in ran.err) == (1, True)


def test_addresses_are_a_setting(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAYSO_ADDRESSES", "robin@post.example, b@post.example")
    assert "SAYSO_ADDRESSES=robin@post.example,b@post.example   (default: )" in sayso("settings").out
    sayso("import", place / "my.mbox")
    assert rows(place, LABELS) == [('["sent"]',)]
    monkeypatch.setenv("SAYSO_ADDRESSES", "c@post.example")
    sayso("import", place / "my.mbox")
    assert rows(place, ADDRESSES) == [('["robin@post.example","b@post.example","c@post.example"]',)]


SAMPLES = "SELECT count(*) FROM local_events WHERE sample UNION ALL SELECT count(*) FROM local_messages WHERE sample"
NONE, SOME = [(0,), (0,)], [(16,), (25,)]


def test_an_import_takes_the_place_of_the_samples(place: Path) -> None:
    ran = sayso("import", place / "my.mbox")
    asked = "Which addresses are your own? Say it: sayso import --me ADDRESS …, or in the page's settings."
    assert ran.out.splitlines() == ["Imported 1 message.", "The sample data was removed.", asked]
    assert asked not in sayso("import", "--me", "robin@post.example", place / "my.mbox").out
    assert rows(place, SAMPLES) == NONE
    assert rows(place, "SELECT subject FROM local_messages") == [("Boat",)]
    assert "sample" not in sayso("import", place / "my.mbox").out


def test_samples_stay_where_they_are_wanted_or_nothing_came(place: Path) -> None:
    (place / "bad.mbox").write_text("no mail")
    assert sayso("import", place / "bad.mbox").code == 1
    assert rows(place, SAMPLES) == SOME
    assert "sample" not in sayso("import", "--keep-samples", place / "my.mbox").out
    assert rows(place, SAMPLES) == SOME
    assert "nothing new" in sayso("import", place / "my.mbox").out
    assert rows(place, SAMPLES) == SOME


def test_an_export_has_no_samples(place: Path) -> None:
    sayso("import", "--keep-samples", place / "my.mbox")
    ran = sayso("export", place / "out")
    assert ran.out.splitlines()[-1] == "The sample data is not among it."
    written = "".join((place / "out" / name).read_text() for name in ("calendar.ics", "mail.mbox", "contacts.vcf"))
    assert written.count("From sayso ") == written.count("Boat") == 1
    assert not any(word in written for word in ("northwind", "VEVENT", "VTODO", "VCARD"))
    sayso("samples", "remove")
    assert "among" not in sayso("export", place / "again").out


def test_samples_are_removed_at_one_word(place: Path) -> None:
    ran = sayso("samples", "remove")
    assert (ran.code, ran.out) == (0, "The sample data was removed.\n")
    assert rows(place, SAMPLES) == NONE
    assert sayso("samples", "remove").out == "There is no sample data.\n"


def test_the_samples_of_an_import_that_fails_at_its_first_batch_stay(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise StoreUnavailable

    monkeypatch.setattr("sayso.transfer.mail._insert", fail)
    ran = sayso("import", place / "my.mbox", "--me", "robin@post.example")
    assert (ran.code, "removed" in ran.out) == (1, False)
    assert rows(place, SAMPLES) == SOME


def test_mails_do_not_join_the_conversations_of_samples(place: Path) -> None:
    (place / "re.mbox").write_text(MAILS.replace("Subject: Boat", "Subject: Re: Q2 budget"))
    sayso("export", place / "out")
    [(theirs,)] = rows(place, "SELECT DISTINCT thread_id FROM local_messages WHERE topic = 'q2 budget'")
    sayso("import", place / "re.mbox")
    [(mine,)] = rows(place, "SELECT thread_id FROM local_messages")
    assert mine != theirs


def test_a_server_says_that_its_data_is_a_sample_while_it_is(place: Path) -> None:
    def said() -> str:
        server = Forked("serve", "--port", "0", env=dict(os.environ))
        with server.stdout:
            text = "".join(iter(lambda: server.stdout.readline(), "Ctrl-C ends it.\n"))
            server.terminate()
            server.wait(timeout=60)
        return text

    assert "a sample to play with" in said()
    sayso("samples", "remove")
    assert "sample" not in said().replace(str(place), "")


def test_what_is_imported_is_in_an_account(place: Path) -> None:
    """Also when the embedded one was removed before."""
    sayso("samples", "remove")
    with closing(sqlite3.connect(place / "data" / STORE_FILE)) as connection:
        connection.execute("DELETE FROM accounts")
        connection.commit()
    sayso("import", place / "my.mbox")
    assert rows(place, "SELECT id, state FROM accounts") == [("local", "connected")]
