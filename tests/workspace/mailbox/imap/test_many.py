"""A mailbox of many mails: how much is asked of the server, not how long it takes."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.kit.rigs.dovecot import own
from tests.kit.rigs.imap import ImapRig
from tests.workspace.mailbox.imap.conftest import NEW_YORK, NOW, Box, Mailbox, box_on
from tests.workspace.mailbox.imap.mails import mail

from sayso.workspace.mailbox.searching import Sizes
from sayso.workspace.mailbox.wire import Wire
from sayso.workspace.search import parse_query

COUNT = 20_000
HOURS = 4
"""Between two mails."""


@dataclass
class Traffic:
    commands: list[bytes] = field(default_factory=list)
    longest: int = 0
    got: int = 0


@pytest.fixture
def traffic(monkeypatch: pytest.MonkeyPatch) -> Traffic:
    told = Traffic()
    send, readline, read = Wire.send, Wire.readline, Wire.read

    def counted(self: Wire, data: bytes) -> None:
        told.commands.append(data)
        send(self, data)

    def line(self: Wire) -> bytes:
        found = readline(self)
        told.longest, told.got = max(told.longest, len(found)), told.got + len(found)
        return found

    def literal(self: Wire, size: int) -> bytes:
        told.got += size
        return read(self, size)

    monkeypatch.setattr(Wire, "send", counted)
    monkeypatch.setattr(Wire, "readline", line)
    monkeypatch.setattr(Wire, "read", literal)
    return told


@pytest.fixture(scope="module")
def large(on_dovecot: ImapRig, executor: ThreadPoolExecutor) -> Iterator[Box]:
    """Mail n came n times four hours before; each hundredth is from Priya, each thousandth has a word of its own."""
    with box_on(on_dovecot, executor) as box:
        assert on_dovecot.store is not None
        folder = on_dovecot.store / box.user
        for place in range(COUNT):
            _put(folder / "cur", place)
        own(folder)
        yield box


def _put(folder: Path, place: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    second = int(NOW.timestamp()) - place * HOURS * 3600
    sender = "Priya <priya@x.example>" if place % 100 == 0 else "Bob <bob@y.example>"
    words = "harbour" if place % 1000 == 0 else "tea"
    when = datetime.fromtimestamp(second, UTC)
    raw = mail(f"Mail {place}", words, sender, when=when, message_id=f"{place}@x.example")
    # Maildir's names begin with the second; UIDs are given in their order.
    path = folder / f"{second:010}.M{COUNT - place}P1.rig:2,S"
    path.write_bytes(raw)
    os.utime(path, (second, second))


async def subjects(inbox: Mailbox, query: str, limit: int, pages: int = 1) -> list[str]:
    found, after = list[str](), ""
    for _ in range(pages):
        page = await inbox.mail.search(parse_query(query, NEW_YORK), limit, after)
        found += [header.subject for header in page.items]
        after = page.next
        if not after:
            break
    return found


@pytest.mark.slow
def test_the_newest_of_many_are_listed_with_few_words(large: Box, traffic: Traffic) -> None:
    found = large.use(lambda inbox: subjects(inbox, "in:inbox", 20))
    assert found == [f"Mail {place}" for place in range(20)]
    assert traffic.got < 300_000
    assert traffic.longest < 60_000
    assert len(traffic.commands) < 40


@pytest.mark.slow
def test_what_is_rare_among_many_is_found_without_looking_at_the_others(large: Box, traffic: Traffic) -> None:
    found = large.use(lambda inbox: subjects(inbox, "harbour from:priya", 100))
    assert found == [f"Mail {place}" for place in range(0, COUNT, 1000)]
    assert traffic.got < 100_000
    assert len(traffic.commands) < 60


@pytest.mark.slow
def test_pages_of_many_go_on_where_the_last_one_ended(large: Box, traffic: Traffic) -> None:
    found = large.use(lambda inbox: subjects(inbox, "from:priya", 30, pages=100))
    assert found == [f"Mail {place}" for place in range(0, COUNT, 100)]
    assert traffic.longest < 200_000


@pytest.mark.slow
def test_what_no_server_knows_is_looked_for_up_to_a_bound(large: Box, traffic: Traffic) -> None:
    large.sizes = Sizes(1_000, 4_000, 2_000)
    try:
        page = large.use(lambda inbox: inbox.mail.search(parse_query("has:attachment", NEW_YORK), 20))
        assert page.items == []
        assert page.next
        assert sum(command.count(b"BODYSTRUCTURE") for command in traffic.commands) <= 2_000 // 100 + 5
        assert large.use(lambda inbox: subjects(inbox, "has:attachment", 20, pages=50)) == []
    finally:
        large.sizes = Sizes()


@pytest.mark.slow
def test_one_of_many_is_found_again_where_it_was_moved(large: Box, traffic: Traffic) -> None:
    large.other.make("Moved")

    async def move(inbox: Mailbox) -> None:
        [header] = await inbox.found('subject:"mail 15000"')
        large.other.client.select_folder("INBOX")
        large.other.client.move(large.other.client.search(["HEADER", "Message-ID", "<15000@x.example>"]), "Moved")
        traffic.got = 0
        assert (await inbox.mail.get_message(header.id)).subject == "Mail 15000"

    large.use(move)
    assert traffic.got < 30_000
