"""Google Calendar v3."""

from tests.kit.google.calendar.answering import answer
from tests.kit.google.calendar.book import Book

__all__ = ["Book", "answer"]
