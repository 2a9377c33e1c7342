"""A client of a world in few words."""

from typing import Any

from tests.kit.world import CLIENTS, Answer, Request, World

THREAD = "t1"


class Client:
    """One signed-in client on one thread. What is asked is answered before the call returns; `begin…` leaves it in
    flight."""

    def __init__(self, world: World, name: str = CLIENTS[0], thread: str = THREAD, worker: int = 0) -> None:
        self.world = world
        self.name = name
        self.thread = thread
        self.worker = worker

    def say(self, message: str) -> Answer:
        return self.ask("POST", "/chat", {"user_message": message, "thread_id": self.thread})

    def propose(self, what: str) -> Any:
        """The plan that waits after this proposal."""
        answer = self.say(f"propose {what}")
        assert answer.status == 200, answer
        return answer.body["plan"]

    def confirm(self, **fields: Any) -> Answer:
        return self.ask("POST", "/chat/confirm", {"thread_id": self.thread, **fields})

    def cancel(self, **fields: Any) -> Answer:
        return self.ask("POST", "/chat/cancel", {"thread_id": self.thread, **fields})

    def stop(self) -> Answer:
        return self.ask("POST", "/chat/stop", {"thread_id": self.thread})

    def edit(self, plan_id: str, edits: dict[str, Any] | None = None, remove: list[str] | None = None) -> Answer:
        return self.ask("PATCH", f"/plans/{plan_id}", {"edits": edits or {}, "remove": remove or []})

    def undo(self, plan_id: str, *action_ids: str) -> Answer:
        return self.ask("POST", f"/plans/{plan_id}/undo", {"action_ids": list(action_ids)} if action_ids else {})

    def plan(self, plan_id: str) -> Any:
        """The plan as its owner sees it now."""
        return self.ask("GET", f"/plans/{plan_id}").body

    def begin(self, path: str, **fields: Any) -> Request:
        """A POST that is left in flight."""
        return self.world.send(self.name, "POST", path, {"thread_id": self.thread, **fields}, self.worker)

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        request = self.world.send(self.name, method, path, body, self.worker)
        self.world.finish(request)
        return request.answer
