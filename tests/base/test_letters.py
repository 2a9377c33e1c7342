"""Letters without marks: as Unicode's own form has them, and in time that grows with the text."""

import unicodedata
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.base.letters import plain
from sayso.english import matching, words

MARKS = "\u0300\u0316\u0344\u0f73\u0f75e\u0301é\ufdfaﬁ각"


@given(st.text() | st.text(MARKS))
def test_marks_go_and_what_they_are_on_stays(text: str) -> None:
    whole = unicodedata.normalize("NFKD", text)
    assert plain(text) == "".join(char for char in whole if not unicodedata.combining(char))


@pytest.mark.parametrize("fold", [plain, words.fold, matching.fold])
def test_a_long_run_of_marks_is_never_put_in_order(monkeypatch: pytest.MonkeyPatch, fold: object) -> None:
    lengths: list[int] = []
    normalize = unicodedata.normalize

    def measured(form: Literal["NFKD"], given_text: str) -> str:
        lengths.append(len(given_text))
        return normalize(form, given_text)

    monkeypatch.setattr(unicodedata, "normalize", measured)
    assert callable(fold)
    assert fold("a" + "\u0361\u0323" * 5_000 + "b") == "ab"
    assert max(lengths, default=0) <= 1
