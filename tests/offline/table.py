"""Reads the table of requests and judges what the model makes of each."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .loop import READS, Talk

HERE = Path(__file__).parent
Calls = list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True)
class Case:
    said: str
    expected: str


def cases() -> list[Case]:
    lines = (HERE / "requests.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split(" => ", 1) for line in lines if " => " in line and not line.startswith("#")]
    return [Case(said, expected.strip()) for said, expected in pairs]


def no_effect() -> list[str]:
    return [
        line
        for line in (HERE / "no_effect.txt").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]


def effects(calls: Calls) -> Calls:
    return [call for call in calls if call[0] not in READS]


def fault(case: Case) -> str:
    """What is wrong with the model's answer; empty when it is right."""
    text, calls = Talk().say(case.said)
    if not text:
        return "no words"
    if case.expected == "ask":
        return "" if not effects(calls) and "?" in text else f"should ask: {text!r} {calls}"
    if case.expected == "say":
        return "" if not calls else f"should only answer: {calls}"
    if case.expected == "none":
        return "" if not effects(calls) else f"should have no effect: {calls}"
    wanted = [piece.strip() for piece in case.expected.split(" | ")]
    if len(effects(calls)) != len([each for each in wanted if each.split()[0] not in READS]):
        return f"other effects: {calls} {text!r}"
    for each in wanted:
        tool, _, rest = each.partition(" ")
        faults = [_misfit(rest, args) for name, args in calls if name == tool]
        if not faults or all(faults):
            return f"{faults or 'no ' + tool}: {calls} {text[:80]!r}"
    return ""


def _misfit(rest: str, args: dict[str, Any]) -> str:
    for want in filter(None, (piece.strip() for piece in rest.split("; "))):
        found = re.fullmatch(r"(\w+)([=~!])(.*)", want)
        assert found, want
        key, how, value = found[1], found[2], found[3].lower()
        have = args.get(key)
        said = (" ".join(map(str, have)) if isinstance(have, list) else str(have if have is not None else "")).lower()
        if (
            (how == "!" and said)
            or (how == "=" and said != value)
            or (how == "~" and not all(word in said for word in value.split()))
        ):
            return f"{key} is {have!r}"
    return ""
