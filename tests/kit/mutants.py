"""Mutate the modules that keep the promises, and look for a mutant that no test kills: `make mutants [ONLY=pattern]`.

mutmut changes one thing in one function at a time and runs the fast tests of `tests/conversation` that call it; a
mutant that breaks the types is dead already. One that survives is either explained in `tests/mutants.toml` or fails
the run, as does an explanation that explains nothing any more.
"""

import argparse
import fnmatch
import json
import shutil
import subprocess
import sys
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

WORK = Path("mutants")
EXPLAINED = Path("tests/mutants.toml")
WHERE = (
    "sayso.agent.history.*",
    "sayso.conversation.decisions.*",
    "sayso.conversation.executor.*",
    "sayso.conversation.ledger.*",
    "sayso.conversation.outcome.*",
    "sayso.conversation.records.*",
    "sayso.conversation.turns.*",
    "sayso.conversation.threads.x_*_lease__*",
    "sayso.conversation.threads.x_append__*",
    "sayso.conversation.threads.x_last_turn__*",
    "sayso.conversation.threads.x_request_stop__*",
    "sayso.conversation.threads.x_window__*",
)
KILLED, TYPES, SURVIVED, UNTESTED, OUT_OF_TIME = 1, 37, 0, 33, 24
TOLD = {KILLED: "killed by a test", TYPES: "by the types", OUT_OF_TIME: "out of time"}


class Mutant(NamedTuple):
    """What is changed where: lines that go and lines that come, without their indentation."""

    where: str
    was: str
    now: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", default=WHERE)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--look", action="store_true", help="tell the results of the last run")
    given = parser.parse_args()
    began = time.monotonic()
    if not given.look:
        shutil.rmtree(WORK, ignore_errors=True)
        command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(given.processes), *given.only]
        subprocess.run(command, check=True)
    results = _results(given.only)
    explained = {Mutant(each["where"], each["was"], each["now"]) for each in _explanations()}
    survivors = {mutant for results_ in results.values() for mutant, code in results_ if code in (SURVIVED, UNTESTED)}
    for module, found in sorted(results.items()):
        _tell_score(module, found, explained)
    tell(f"{sum(map(len, results.values()))} mutants in {time.monotonic() - began:.0f} s")
    unexplained = survivors - explained
    for mutant in sorted(unexplained):
        tell(f"\nnot killed, not explained: {mutant.where}\n{_signed('- ', mutant.was)}{_signed('+ ', mutant.now)}")
    stale = explained - survivors if given.only == WHERE else set()
    for mutant in sorted(stale):
        tell(f"\nexplained, but there is no such survivor: {mutant.where}\n{_signed('- ', mutant.was)}")
    return 1 if unexplained or stale else 0


def _tell_score(module: str, found: Sequence[tuple[Mutant, int]], explained: set[Mutant]) -> None:
    codes = Counter(code for _, code in found)
    left = [mutant for mutant, code in found if code in (SURVIVED, UNTESTED)]
    known = sum(mutant in explained for mutant in left)
    dead = [f"{codes[code]} {told}" for code, told in TOLD.items() if codes[code]]
    tell(f"{module}: {len(found)} mutants, {', '.join(dead)}; {len(left)} survive, {known} of them explained")


def _results(patterns: Sequence[str]) -> dict[str, list[tuple[Mutant, int]]]:
    """By module, each mutant with its exit code."""
    results: dict[str, list[tuple[Mutant, int]]] = defaultdict(list)
    for meta in sorted(WORK.rglob("*.meta")):
        for name, code in json.loads(meta.read_text())["exit_code_by_key"].items():
            if code is not None and any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
                mutant = _mutant(name, Path(str(meta.relative_to(WORK)).removesuffix(".meta")))
                results[name.partition(".x")[0]].append((mutant, _code(code)))
    return results


def _code(code: int) -> int:
    return {-24: OUT_OF_TIME, 152: OUT_OF_TIME, 36: OUT_OF_TIME, 3: KILLED, 5: UNTESTED}.get(code, code)


def _mutant(name: str, path: Path) -> Mutant:
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    module, _, function = name.partition(".x")
    lines = get_diff_for_mutant(name, path=path).splitlines()[2:]
    was = "\n".join(line[1:].strip() for line in lines if line.startswith("-"))
    now = "\n".join(line[1:].strip() for line in lines if line.startswith("+"))
    return Mutant(f"{module}.{function.partition('__mutmut')[0][1:].replace('ǁ', '.')}", was, now)


def _explanations() -> list[dict[str, Any]]:
    explanations: list[dict[str, Any]] = tomllib.loads(EXPLAINED.read_text())["survivor"]
    return explanations


def _signed(sign: str, lines: str) -> str:
    return "".join(f"{sign}{line}\n" for line in lines.splitlines())


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
