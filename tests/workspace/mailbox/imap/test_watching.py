"""Waits for something to change in the inbox."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest
from tests.kit.rigs.faults import faulty_line
from tests.workspace.mailbox.imap.conftest import Box
from tests.workspace.mailbox.imap.mails import mail

from sayso.workspace.errors import Unavailable
from sayso.workspace.mailbox.line import Line
from sayso.workspace.mailbox.watching import Watching


def watch(box: Box, *changes: str, idle: bool = True) -> list[bool]:
    """What is told of each change, which is made while it waits; and then of none."""

    async def run() -> list[bool]:
        with faulty_line(box.rig.port) as line:
            box.port = line.port
            sessions = box.sessions()
            watching = Watching(sessions, monotonic)
            told = list[bool]()
            for change in changes:
                waits = line.hold("client", b"IDLE\r\n") if idle else line.hold("server", b"STATUS INBOX")
                task = asyncio.create_task(watching.changed(20))
                await asyncio.to_thread(waits.reached.wait, 20)
                if idle:
                    waits.release.set()
                await asyncio.to_thread(_make, box, change)
                waits.release.set()
                told.append(await task)
            told.append(await watching.changed(0))
            return told

    return asyncio.run(run())


def _make(box: Box, change: str) -> None:
    if change == "new":
        box.other.put(mail("Seeds"))
    elif change == "gone":
        box.other.remove()
    else:
        box.other.client.select_folder("INBOX")
        box.other.client.add_flags(box.other.uids(), [change])


@pytest.mark.parametrize("change", ["new", "\\Seen", "gone"])
def test_a_wait_ends_when_something_changes(rich: Box, change: str) -> None:
    """mail-devel says it can tell, and tells only when it is asked."""
    rich.other.put(mail("Weeds"))
    assert watch(rich, change) == [True, False]


def test_what_changed_between_two_waits_ends_the_second_at_once(box: Box) -> None:
    async def run() -> list[bool]:
        watching = Watching(box.sessions(), monotonic)
        first = await watching.changed(0)
        box.other.put(mail("Seeds"))
        return [first, await watching.changed(20), await watching.changed(0)]

    assert asyncio.run(run()) == [False, True, False]


def test_a_server_that_cannot_tell_is_asked(dove: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sayso.workspace.mailbox.watching.POLL_SECONDS", 0.01)
    can = Line.can
    monkeypatch.setattr(Line, "can", lambda self, name: name != "IDLE" and can(self, name))
    assert watch(dove, "new", idle=False)[0] is True


def test_a_wait_can_be_cancelled(dove: Box) -> None:
    async def run() -> None:
        with faulty_line(dove.rig.port) as line:
            dove.port = line.port
            idles = line.hold("client", b"IDLE\r\n")
            task = asyncio.create_task(Watching(dove.sessions(), monotonic).changed(600))
            await asyncio.to_thread(idles.reached.wait, 20)
            idles.release.set()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(run())


def test_a_wait_whose_line_is_cut_says_so(dove: Box, executor: ThreadPoolExecutor) -> None:
    async def run() -> None:
        with faulty_line(dove.rig.port) as line:
            dove.port = line.port
            line.cut_after("client", b"IDLE\r\n")
            with pytest.raises(Unavailable):
                await Watching(dove.sessions(), monotonic).changed(600)

    asyncio.run(run())
