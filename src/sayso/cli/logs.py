"""Logs on standard error: lines for people at a terminal, JSON elsewhere."""

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

from sayso.base.failures import cause_of


def configure_logs(level: str) -> None:
    """Set up structlog once for the process."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    people = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_words,
            structlog.dev.ConsoleRenderer() if people else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    if not any(isinstance(handler, _Foreign) for handler in root.handlers):
        root.addHandler(_Foreign())


def without_words(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Of an exception its kind and place only: its text and local values may quote a message or a secret (P10)."""
    error = event.pop("exc_info", None)
    error = sys.exc_info()[1] if error is True else error
    return {**event, **cause_of(error)} if isinstance(error, BaseException) else event


class _Foreign(logging.Handler):
    """Libraries' log records as lines like ours; asyncio, for one, prints the exceptions of tasks, words and all."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        told = cause_of(record.exc_info[1]) if record.exc_info and record.exc_info[1] else {}
        # The template, not what is filled in; asyncio's goes on with the exception in its second line.
        log.log(record.levelno, str(record.msg).partition("\n")[0], logger=record.name, **told)
