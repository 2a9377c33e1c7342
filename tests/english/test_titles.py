"""What a conversation is called until its user gives it a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.english.titles import LONGEST, title_of

LONG = "Move the weekly planning meeting with Priya to Thursday afternoon and the "


@pytest.mark.parametrize(
    ("message", "title"),
    [
        ("Remind me to call the bank", "Remind me to call the bank"),
        ("what's on\n\ntomorrow?", "What's on tomorrow?"),
        ("Hi Sayso, could you please move lunch to 3?", "Move lunch to 3?"),
        ("Please archive all newsletters. Then tell me what is left.", "Archive all newsletters"),
        (LONG + "one after it to Friday", "Move the weekly planning meeting with Priya to Thursday…"),
        (
            "Write to Helen that the numbers are fine, that we meet on Monday and so on",
            "Write to Helen that the numbers are fine, that we meet…",
        ),
        ("Soprano parts for the choir", "Soprano parts for the choir"),
        ("please", "Please"),
        ("hi", "Hi"),
        ("?", "?"),
        ("...", "..."),
        ("x" * 100, "X" + "x" * (LONGEST - 2) + "…"),
        ("St. Mary's school called", "St. Mary's school called"),
        ("Bitte verschieb das Treffen auf Montag", "Verschieb das Treffen auf Montag"),
    ],
)
def test_title(message: str, title: str) -> None:
    assert title_of(message) == title


@given(st.text(min_size=1).filter(lambda text: text.split()))
def test_every_message_has_one_that_fits(message: str) -> None:
    title = title_of(message)
    assert title
    assert len(title.casefold()) <= 3 * LONGEST
    assert "\n" not in title


def test_none_ends_in_the_middle_of_a_word_or_with_one_that_promises_more() -> None:
    message = "Tell Ana and the others that I cannot come to the dinner on Friday because of the train and the weather"
    words = message.split()
    for first in range(len(words) - 4):
        title = title_of(" ".join(words[first:]))
        ends = title.removesuffix("…").split()[-1]
        assert ends.casefold() in {word.casefold() for word in words}
        assert not title.endswith("…") or ends not in ("and", "the", "of", "that", "to", "on", "because")
