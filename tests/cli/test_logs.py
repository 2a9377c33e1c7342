"""What a log line tells of a failure."""

import io
import json
import logging
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest
import structlog

from sayso.base.errors import StoreUnavailable
from sayso.cli.logs import configure_logs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_a_failure_is_logged_without_its_words(stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch) -> None:
    before = structlog.get_config()
    monkeypatch.setattr(sys, "stderr", written := stream())
    try:
        configure_logs("warning")
        words = "dear diary"
        try:
            raise ValueError(words)
        except ValueError:
            structlog.get_logger("test").exception("failed")
    finally:
        structlog.configure(**before)
    told = written.getvalue()
    assert "ValueError" in told
    assert "test_logs.py" in told
    assert words not in told


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_what_others_wrote_cannot_make_a_line_or_move_the_cursor(
    stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = structlog.get_config()
    monkeypatch.setattr(sys, "stderr", written := stream())
    try:
        configure_logs("info")
        structlog.get_logger("test").info("request", path="/x\r\n2026 [info] signed_in\x1b[2J\x9b2J\u2028\u202e")
    finally:
        structlog.configure(**before)
    line, *rest = written.getvalue().splitlines()
    assert not rest
    assert "signed_in" in line
    assert not re.search("\x1b\\[2J|[\x9b\u2028\u202e]", line)


@pytest.mark.parametrize("chained", [True, False])
def test_a_failure_is_logged_with_what_it_came_from(chained: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    told = _logged(monkeypatch, lambda: structlog.get_logger("test").exception("failed"), chained)
    assert told["error"] == "sayso.base.errors.StoreUnavailable"
    assert told["frames"][-1].endswith(" _fail")
    assert [each["error"] for each in told.get("because", [])] == (["KeyError"] if chained else [])
    assert "dear diary" not in json.dumps(told)


def test_a_librarys_line_is_told_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """asyncio tells of a task's exception in the message itself, from its second line on."""

    def as_asyncio() -> None:
        said = f"Task exception was never retrieved\nfuture: <Task exception={sys.exc_info()[1]!r}>"
        logging.getLogger("asyncio").error(said, exc_info=True)

    told = _logged(monkeypatch, as_asyncio, True)
    assert (told["event"], told["logger"]) == ("Task exception was never retrieved", "asyncio")
    assert told["because"][0]["error"] == "KeyError"
    assert "dear diary" not in json.dumps(told)
    filled = _logged(monkeypatch, lambda: logging.getLogger("x").warning("refused %s", "dear diary"), True)
    assert (filled["event"], filled["level"]) == ("refused %s", "warning")


def _logged(monkeypatch: pytest.MonkeyPatch, log: Callable[[], object], chained: bool) -> dict[str, Any]:
    """The line that `log` leaves while an exception is handled."""
    before, handlers = structlog.get_config(), logging.root.handlers[:]
    monkeypatch.setattr(sys, "stderr", written := io.StringIO())
    try:
        configure_logs("warning")
        try:
            _fail(chained)
        except StoreUnavailable:
            log()
    finally:
        structlog.configure(**before)
        logging.root.handlers[:] = handlers
    told: dict[str, Any] = json.loads(written.getvalue())
    return told


def _fail(chained: bool) -> None:
    try:
        raise KeyError("dear diary")
    except KeyError as error:
        raise StoreUnavailable from (error if chained else None)
