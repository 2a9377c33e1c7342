"""The state machine that attacks the ledger: what clients, time, far systems and crashes may do, in any order.

Its rules are the HTTP calls of three clients of two users, each either waited for or left in flight while others go on;
time that passes; far systems that misbehave; workers that stop, start and die at a named point or at any other.
`Watch` checks the promises all the while.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.kit import far
from tests.kit.watch import Watch, demand
from tests.kit.world import CLIENTS, USERS, Answer, Request, World

THREADS = ("t1", "t1", "t1", "t2")
POINTS = (
    "before_decide",
    "decided",
    "cancelled",
    "before_claim",
    "claimed",
    "ran",
    "recorded",
    "finished",
    "turn_ran",
    "turn_stored",
)
PROPOSALS = (
    "propose A",
    "propose A; mail B",
    "propose A; mail B; C",
    "propose task B; A",
    "propose delete Standup; move Standup; A",
    "propose move Lunch; mail B; delete Lunch",
    "propose A then C",
    "propose B",
    "propose task C, D; mail E",
    "instead 1 D",
    "instead 2 mail A",
    "half C",
    "mixed A; mail B",
    "read, propose C",
    "bad C",
)
WORDS = (
    "withdraw",
    "drop 1",
    "hello",
    "read",
    "fail",
    "yes",
    "no",
)
BEHAVIORS: dict[str, Callable[[], far.Behavior]] = {
    "late": lambda: far.late(5),
    "very late": lambda: far.late(39),
    "hang": lambda: far.hang,
    "apply and hang": lambda: far.apply_and_hang,
    "unavailable": far.unavailable,
    "429, short": lambda: far.unavailable(3),
    "429, long": lambda: far.unavailable(90),
    "refuse": lambda: far.refuse,
    "expired token": lambda: far.expired_token,
    "changed": lambda: far.changed,
    "lose before": lambda: far.lose_before,
    "lose after": lambda: far.lose_after,
    "crash before": lambda: far.crash_before,
    "crash after": lambda: far.crash_after,
    "time out after": lambda: far.time_out_after,
}
NAMES = ("A", "B", "C", "Standup", "Lunch")

DECISIONS = ("confirm", "confirm", "confirm", "yes", "cancel", "no", "stop")

clients = st.sampled_from((CLIENTS[0], CLIENTS[0], CLIENTS[1], CLIENTS[1], CLIENTS[0], CLIENTS[2]))
threads = st.sampled_from(THREADS)
numbers = st.integers(0, 30)
maybe = st.none() | numbers
waits = st.sampled_from((True, True, True, False))

behaviors = st.sampled_from(sorted(BEHAVIORS))


class Attack(NamedTuple):
    """What is proposed, what goes wrong in the far systems and at which point a worker dies, and who decides how."""

    first: str
    wrong: dict[str, str]
    silent: int
    point: str | None
    nth: int
    decisions: list[tuple[str, bool, bool, int]]


attacks = st.builds(
    Attack,
    first=st.sampled_from(PROPOSALS),
    wrong=st.dictionaries(st.sampled_from(NAMES), behaviors, max_size=2),
    silent=st.sampled_from((0, 0, 0, 1, 4)),
    point=st.none() | st.sampled_from(POINTS),
    nth=st.integers(1, 2),
    decisions=st.lists(st.tuples(st.sampled_from(DECISIONS), st.booleans(), waits, numbers), min_size=1, max_size=4),
)


class LedgerMachine(RuleBasedStateMachine):
    world: ClassVar[World]
    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.in_flight: list[tuple[Request, Any]] = []

    @initialize(
        seed=st.integers(0, 2**32),
        shared=st.booleans(),
        words=st.booleans(),
        quick=st.booleans(),
        hold=st.sampled_from((0, 0, 10)),
        attack=attacks,
    )
    def begin(self, seed: int, shared: bool, words: bool, quick: bool, hold: int, attack: Attack) -> None:
        world = self.world
        world.begin(seed, embedded=not shared, delays=not quick, hold=hold)
        world.source.words_outcomes = words
        self.watch = Watch(world)
        self.up = world.workers[: 2 if shared else 1]
        for user in USERS:
            for hour, title in ((10, "Standup"), (12, "Lunch")):
                start = world.clock.now().replace(hour=hour + 5, minute=0) + timedelta(days=7)
                world.far.add_event(world.user_ids[user], title, start, start + timedelta(hours=1))
        self.seen["examples"] += 1
        self.attack(attack)

    # --- what clients do ---------------------------------------------------------------------------------------------

    def send(self, client: str, method: str, path: str, body: Any, wait: bool, worker: int) -> Answer | None:
        self._collect()
        foretold = not self.world.hold and not (path == "/chat/cancel" and body.get("action_ids"))
        quiet = foretold and wait and not self.in_flight and not self._busy()
        number = worker % len(self.up)
        if not self.up[number].up and worker > 3:  # it is started again, mostly
            self.world.run(self.world.start(self.up[number]))
        request = Request(client, method, path, body)
        expected = self.watch.oracle.expected(request) if quiet and self.up[number].up else None
        crashes = self.world.crashes
        request = self.world.send(client, method, path, body, number)
        self.seen["requests"] += 1
        if not wait:
            self.in_flight.append((request, None))
            self.world.run(asyncio.sleep(0.002))
            return None
        self.world.finish(request)
        self.watch.answered(request, expected if crashes == self.world.crashes else None)
        return request.answer

    def _busy(self) -> bool:
        """Whether anything goes on by itself."""
        return bool(
            self.world.rows("select 1 from plans where status = 'confirmed'")
            or self.world.rows("select 1 from threads where lease_token is not null")
        )

    def _collect(self) -> None:
        for request, expected in [each for each in self.in_flight if each[0].done]:
            self.watch.answered(request, expected)
        self.in_flight = [each for each in self.in_flight if not each[0].done]

    def _plan_id(self, number: int | None, thread: str | None = None) -> str | None:
        """One of the plans seen so far, counted from the last."""
        known = [plan for plan in self.watch.owner if thread is None or self.watch.thread_of[plan] == thread]
        return known[-1 - number % len(known)] if known and number is not None else None

    @rule(client=clients, thread=threads, message=st.sampled_from(PROPOSALS), wait=waits, worker=numbers)
    def propose(self, client: str, thread: str, message: str, wait: bool, worker: int) -> None:
        self.send(client, "POST", "/chat", {"user_message": message, "thread_id": thread}, wait, worker)

    @rule(client=clients, thread=threads, message=st.sampled_from(WORDS), wait=waits, worker=numbers)
    def say(self, client: str, thread: str, message: str, wait: bool, worker: int) -> None:
        self.send(client, "POST", "/chat", {"user_message": message, "thread_id": thread}, wait, worker)

    @rule(client=clients, thread=threads, plan=maybe, left_out=maybe, wait=waits, worker=numbers)
    def confirm(
        self, client: str, thread: str, plan: int | None, left_out: int | None, wait: bool, worker: int
    ) -> None:
        body: dict[str, Any] = {"thread_id": thread, "confirmation": "go"}
        body |= {"plan_id": found} if (found := self._plan_id(plan, thread)) else {}
        if found and left_out is not None:
            ids = [action for action, of in self.watch.actions.items() if of == found]
            body["action_ids"] = [each for index, each in enumerate(ids) if not left_out >> index & 1]
            body["rest"] = "wait" if left_out & 16 else "skip"
        self.send(client, "POST", "/chat/confirm", body, wait, worker)

    @rule(
        client=clients,
        thread=threads,
        plan=maybe,
        reason=st.sampled_from((None, "not now")),
        part=st.sampled_from((0, 0, 1, 2)),
        wait=waits,
        worker=numbers,
    )
    def cancel(
        self, client: str, thread: str, plan: int | None, reason: str | None, part: int, wait: bool, worker: int
    ) -> None:
        found = self._plan_id(plan, thread)
        body: dict[str, Any] = {"thread_id": thread, "plan_id": found, "reason": reason}
        ids = [action for action, of in self.watch.actions.items() if of == found]
        body |= {"action_ids": ids[:part]} if ids[:part] else {}
        self.send(client, "POST", "/chat/cancel", body, wait, worker)

    @rule(attack=attacks)
    def again(self, attack: Attack) -> None:
        self.attack(attack)

    def attack(self, attack: Attack) -> None:
        """A fresh proposal, far systems that will misbehave, a worker that will die, and several decisions at once."""
        self.send(CLIENTS[0], "POST", "/chat", {"user_message": attack.first, "thread_id": "t1"}, True, 4)
        for name, behavior in attack.wrong.items():
            self.world.far.will(name, BEHAVIORS[behavior]())
        self.world.far.silent = attack.silent
        plan = self._plan_id(0, "t1")
        for index, (how, named, wait, number) in enumerate(attack.decisions):
            if index == 0 and attack.point is not None:
                self.up[number % len(self.up)].crash_at = (attack.point, attack.nth)
            client, body = CLIENTS[index % 2], {"thread_id": "t1", "plan_id": plan if named else None}
            if how in ("yes", "no"):
                self.send(client, "POST", "/chat", {"user_message": how, "thread_id": "t1"}, wait, number)
            else:
                self.send(client, "POST", f"/chat/{how}", body, wait, number)

    @precondition(lambda self: self.watch.owner)
    @rule(client=clients, plan=numbers, remove=numbers, wait=waits, worker=numbers)
    def edit(self, client: str, plan: int, remove: int, wait: bool, worker: int) -> None:
        found = self._plan_id(plan)
        ids = [action for action, of in self.watch.actions.items() if of == found]
        body: dict[str, Any] = {"edits": {}, "remove": [each for index, each in enumerate(ids) if remove >> index & 1]}
        if ids and ids[-1] not in body["remove"]:
            body["edits"] = {ids[-1]: {"title": "E", "subject": "E"}}
        self.send(client, "PATCH", f"/plans/{found}", body, wait, worker)

    @precondition(lambda self: self.watch.owner)
    @rule(client=clients, plan=numbers, named=st.sampled_from((False, True)), wait=waits, worker=numbers)
    def undo(self, client: str, plan: int, named: bool, wait: bool, worker: int) -> None:
        """Several at once, some of which are sent twice."""
        found = self._plan_id(plan)
        ids = [action for action, of in self.watch.actions.items() if of == found]
        body = {"action_ids": ids[: 1 + plan % 2]} if named and ids else {}
        for _ in range(1 + plan % 3 // 2):
            self.send(client, "POST", f"/plans/{found}/undo", body, wait, worker)

    @rule(client=clients, thread=threads, wait=waits, worker=numbers, delete=st.sampled_from((False, False, True)))
    def stop_or_delete(self, client: str, thread: str, wait: bool, worker: int, delete: bool) -> None:
        if delete:
            self._drain()
            self.send(client, "DELETE", f"/threads/{thread}", None, True, worker)
        else:
            self.send(client, "POST", "/chat/stop", {"thread_id": thread}, wait, worker)

    @precondition(lambda self: self.watch.owner)
    @rule(client=clients, plan=numbers, worker=numbers)
    def look_at_plan(self, client: str, plan: int, worker: int) -> None:
        found = self._plan_id(plan) or ""
        mine = self.watch.owner[found] == self.world.user_ids[client.partition("'")[0]]
        answer = self.send(client, "GET", f"/plans/{found}", None, True, worker)
        if answer is not None and answer.status and found not in self.watch.gone:
            demand((answer.status == 200) == mine, "P9", (client, found, answer))

    # --- what the world does -----------------------------------------------------------------------------------------

    @rule(what=st.sampled_from(("far", "far", "silent", "model")), name=st.sampled_from(NAMES), behavior=behaviors)
    def disturb(self, what: str, name: str, behavior: str) -> None:
        match what:
            case "far":
                self.world.far.will(name, BEHAVIORS[behavior]())
            case "silent":
                self.world.far.silent = 3
            case "model":
                self.world.source.down = not self.world.source.down

    @rule(seconds=st.sampled_from((0.001, 0.01, 0.5, 5, 45, 61, 130)))
    def wait(self, seconds: float) -> None:
        self.world.pass_time(seconds)
        self._collect()

    @rule(hours=st.sampled_from((1, 23, 25)))
    def sleep(self, hours: int) -> None:
        """Hours pass in which nothing goes on: the clock never jumps under a call of a far system.

        That would be a worker that was suspended past its lease, between its claim and the far system's effect: what
        another worker does meanwhile only the far system can keep from happening twice, by the key.
        """
        self._drain()
        self._rest()
        self.world.clock.move(timedelta(hours=hours))

    @rule(how=st.sampled_from(("kill", "crash at", "start", "restart")), number=numbers, point=st.sampled_from(POINTS))
    def workers(self, how: str, number: int, point: str) -> None:
        worker = self.up[number % len(self.up)]
        match how:
            case "kill" if worker.up:
                worker.die()
                self.world.crashed_at["any instant"] = self.world.crashed_at.get("any instant", 0) + 1
                self.world.run(asyncio.sleep(0))
            case "crash at":
                worker.crash_at = (point, number % 2 + 1)
            case "start" if not worker.up:
                self.world.run(self.world.start(worker))
            case "restart" if worker.up:
                self.world.run(self.world.restart(worker))

    # --- what must hold ----------------------------------------------------------------------------------------------

    @invariant()
    def promises(self) -> None:
        self._collect()
        self.watch.look()
        self.seen["steps"] += 1

    def _drain(self) -> None:
        """Let what is in flight end."""
        self.world.finish(*(request for request, _ in self.in_flight))
        self._collect()

    def _rest(self) -> None:
        """Let what goes on by itself end, if there is a worker to end it."""
        for _ in range(45):
            self.world.pass_time(10.5)
            if not self._busy() or not any(worker.up for worker in self.up):
                break
        self._collect()

    def teardown(self) -> None:
        if not hasattr(self, "watch"):
            return
        try:
            self._settle()
        finally:
            self.seen["effects"] += len(self.world.far.effects)
            self.seen["crashes"] += self.world.crashes
            for point, count in self.world.crashed_at.items():
                self.seen[f"at {point}"] += count
            self.world.crashed_at.clear()
            self.world.end()

    def _settle(self) -> None:
        """The far systems are well again, all workers are up, and time passes: then all ends well."""
        world = self.world
        world.far.script.clear()
        world.far.silent, world.source.down = 0, False
        for worker in self.up:
            worker.crash_at = None
            if not worker.up:
                world.run(world.start(worker))
        self._drain()
        self._rest()
        self.watch.settled()
        for user_id, thread in {(self.watch.owner[plan], self.watch.thread_of[plan]) for plan in self.watch.owner}:
            user = next(user for user in USERS if world.user_ids[user] == user_id)
            client = next(client for client in CLIENTS if client.startswith(user))
            answer = self.send(client, "POST", "/chat", {"user_message": "hello", "thread_id": thread}, True, 0)
            demand(answer is not None and answer.status == 200, "P6", (client, thread, answer))
        self.watch.settled()
