"""Everyday requests, each alone on a fresh thread, and sentences that must not act."""

import pytest

from .loop import Talk
from .table import Case, cases, effects, fault, no_effect


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.said[:60])
def test_request_is_understood(case: Case) -> None:
    assert fault(case) == ""


@pytest.mark.parametrize("said", no_effect())
def test_no_effect_without_a_plain_request(said: str) -> None:
    text, calls = Talk().say(said)
    assert text
    assert effects(calls) == []


def test_the_tables_are_large_enough() -> None:
    assert len(cases()) >= 300
    assert len(no_effect()) >= 60
    assert len({case.said for case in cases()}) == len(cases())


@pytest.mark.parametrize("said", [case.said for case in cases()][::7])
def test_capitals_and_full_stops_do_not_matter_to_what_is_done(said: str) -> None:
    _, plain = Talk().say(said)
    _, polite = Talk().say(f"Hey Sayso, {said.rstrip('.?')}, please.")
    assert [tool for tool, _ in polite] == [tool for tool, _ in plain]


@pytest.mark.parametrize(
    "said", ["\u202eabc", "🙂🙃", "a" * 9000, "and " * 2000, "' \" ' \"", "\ue000\ue001", "9" * 5000, "at " * 3000]
)
def test_odd_text_gets_an_answer(said: str) -> None:
    text, calls = Talk().say(said)
    assert text
    assert effects(calls) == []
