"""Mails for these tests."""

import itertools
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

_NUMBERS = itertools.count(1)
FIRST = datetime(2026, 2, 1, 8, tzinfo=UTC)


def mail(
    subject: str = "Seeds",
    body: str = "Hello\n",
    sender: str = "Mara <mara@lund.example>",
    to: str = "ana@example.test",
    when: datetime | None = None,
    message_id: str | None = None,
    headers: str = "",
) -> bytes:
    """A mail in plain text; without a time it is an hour later than the one before."""
    number = next(_NUMBERS)
    when = when or FIRST + timedelta(hours=number % 600)
    known = f"m{number}@lund.example" if message_id is None else message_id
    told = f"Message-ID: <{known}>\n" if known else ""
    plain = "" if "content-type:" in headers.lower() else "Content-Type: text/plain; charset=utf-8\n"
    head = f"From: {sender}\nTo: {to}\nSubject: {subject}\nDate: {format_datetime(when)}\n{told}{plain}{headers}"
    return f"{head}\n{body}".encode()
