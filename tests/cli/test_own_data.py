"""One's own data, brought in from the command line: whose it is, and what becomes of the samples."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.kit.command import sayso

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
