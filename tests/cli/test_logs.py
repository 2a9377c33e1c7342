"""What a log line tells of a failure."""

import io
import sys

import pytest
import structlog

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
