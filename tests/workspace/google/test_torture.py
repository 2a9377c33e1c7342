"""Many actions in a row, of which some are confirmed and some cancelled, while requests of any kind are lost, refused
and delayed as a seed has it: nothing happens without a yes, nothing twice, and what is told is true (P1, P4, P5)."""

import random
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from tests.http.test_contract import ask, cancel, confirm
from tests.kit.google.faults import Fault
from tests.workspace.google.product import Site, product

if TYPE_CHECKING:
    from tests.conftest import StartServer

ANYTHING = re.compile(r"^(GET|POST|PUT|PATCH|DELETE) /(calendar|gmail|tasks|v1|upload|batch)")
CHANGES = re.compile(r"^(POST|PUT|PATCH|DELETE) (?!/batch|/calendar/v3/freeBusy)")
ROUNDS = 14
KINDS = {
    "meeting": "Schedule a meeting titled '{}' on March 10th at 3 PM with bob@example.test",
    "mail": "send bob@example.test a mail about {} saying hello",
    "task": "Add a task to {}",
}


@pytest.fixture
def site(start_server: "StartServer") -> Iterator[Site]:
    with product(start_server) as made:
        yield made


def trouble(chance: random.Random) -> list[Fault]:
    """What goes wrong with the next requests."""
    found = list[Fault]()
    for _ in range(chance.randrange(4)):
        do: Any = chance.choice(["cut_before", "cut_after", "cut_within", "status"])
        match = chance.choice([ANYTHING, CHANGES, CHANGES])
        status, reason = chance.choice(
            [(500, "backendError"), (503, "backendError"), (429, "rateLimitExceeded"), (403, "rateLimitExceeded")]
        )
        effect = do == "status" and status >= 500 and chance.random() < 0.5
        found.append(Fault(match, do, status, reason, skip=chance.randrange(5), effect=effect))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_nothing_unasked_nothing_twice_and_the_truth(site: Site, seed: int) -> None:
    chance, api = random.Random(seed), site.google.api
    told = dict[str, str]()
    for number in range(ROUNDS):
        kind = chance.choice([*KINDS])
        name = f"{kind} {seed}{number:02}x"
        body = ask(site.client, KINDS[kind].format(name))
        assert body["plan"] is not None, body["response"]
        before = len(api.effects)
        if chance.random() < 0.25:
            assert cancel(site.client, body["thread_id"]).status_code == 200
            told[name] = "cancelled"
        api.faults[:] = trouble(chance)
        with ThreadPoolExecutor(3) as pool:
            answers = list(pool.map(partial(confirm, site.client), [body["thread_id"]] * chance.choice([1, 3])))
        api.faults.clear()
        if name in told:
            assert len(api.effects) == before, "what was cancelled never runs"
            continue
        results = {str(answer.json()["results"]) for answer in answers}
        assert len(results) == 1
        [result] = answers[0].json()["results"].values()
        told[name] = result["status"]
    named = [each.details.get("subject") or each.details.get("title") or "" for each in api.effects]
    named += [each["summary"] for each in api.calendar().events()]
    happened = Counter(map(str.casefold, named))
    for name, status in told.items():
        times = happened[name]
        assert times <= 1, name
        if status in ("cancelled", "failed", "skipped"):
            assert times == 0, (name, status)
        if status == "succeeded":
            assert times == 1, name
    invited = Counter(each.id for each in api.effects if each.details.get("about") == "invitation")
    assert set(invited.values()) <= {1}, "no guest is invited twice"
    assert set(told.values()) <= {"cancelled", "failed", "skipped", "succeeded", "unknown"}
