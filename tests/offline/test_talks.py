"""The table of dialogues, over the real agent, tools and seeded workspace."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .desk import Desk, open_desk
from .table import HERE

YES = re.compile(r"yes[.!]*", re.I)


def dialogues() -> list[tuple[str, str]]:
    lines = (HERE / "dialogues.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split(" => ", 1) for line in lines if line and not line.startswith("#")]
    return [(talk, expected.strip()) for talk, expected in pairs]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as opened:
        yield opened


def hold(desk: Desk, talk: str) -> str:
    """Say it all; a yes right behind a proposal confirms it. The last answer."""
    answer, proposed = "", False
    for said in talk.split(" // "):
        if proposed and YES.fullmatch(said):
            desk.confirm()
            proposed = False
            continue
        answer = desk.say(said)
        proposed = bool(desk.turns[-1][1])
    return answer


@pytest.mark.parametrize(("talk", "expected"), dialogues(), ids=[talk[:60] for talk, _ in dialogues()])
def test_dialogue(desk: Desk, talk: str, expected: str) -> None:
    answer = hold(desk, talk)
    if expected.startswith("says: "):
        assert expected.removeprefix("says: ") in answer
        return
    wanted = [] if expected == "nothing" else [each.split(": ", 1) for each in expected.split(" | ")]
    assert [tool for tool, _ in desk.proposed()] == [tool for tool, _ in wanted], answer
    for (_, preview), (_, words) in zip(desk.proposed(), wanted, strict=True):
        assert [word for word in words.split() if word not in preview] == [], preview
