"""The demo's scenes. Each asks something of the server over HTTP and checks what it claims about the answer."""

from collections.abc import Callable
from typing import Any

from sayso.cli.client import Answer, Api, Json
from sayso.cli.stage import Server, Stage

LATER = "2026-03-02T09:05:00-05:00"  # when the server is back after the power cut
REQUEST = "Schedule a meeting titled 'Project Review' on March 10th at 3 PM"
QUESTION = "Should I create a meeting titled 'Project Review' on March 10th at 3 PM?"
PROPOSED = ("response", "requires_confirmation", "confirmation_message", "plan.id", "plan.actions.*.preview")


class Story:
    """What every scene has at hand."""

    def __init__(self, stage: Stage, server: Server, api: Api, link: str) -> None:
        self.stage, self.server, self.api, self.link = stage, server, api, link
        self.reviewed: Json = {}  # the plan of the contract's example, once executed

    def send(self, method: str, path: str, body: Json | None = None, *show: str) -> Answer:
        return self.stage.send(self.api, method, path, body, show)

    def say(self, text: str, thread: str, *show: str) -> Json:
        """A message on a thread; it must be answered with 200."""
        answer = self.send("POST", "/chat", {"user_message": text, "thread_id": thread}, *(show or ("response",)))
        if answer.status != 200:
            self.stage.equal(f"the server takes {text!r}", answer.status, 200)
        return answer.body

    def propose(self, text: str, thread: str, *tools: str) -> Json:
        """A message that must end in a plan of exactly these tools; returns the plan."""
        body = self.say(text, thread, "requires_confirmation", "confirmation_message", "plan.actions.*.preview")
        seen = sorted(action["tool"] for action in (body.get("plan") or {}).get("actions", []))
        self.stage.equal(f"nothing runs yet; {' and '.join(tools)} would", seen, sorted(tools))
        return dict(body["plan"])

    def confirm(self, plan: Json, **more: Any) -> Answer:
        body = {"thread_id": plan["thread_id"], "plan_id": plan["id"], **more}
        return self.send("POST", "/chat/confirm", body, "status", "response", "results.*.receipt")

    def done(self, plan: Json) -> Json:
        """Confirm, and see that every action succeeded with a receipt; returns the results."""
        answer = self.confirm(plan)
        results = list(answer.body.get("results", {}).values())
        good = answer.body.get("status") == "completed" and all(r["success"] and r["receipt"] for r in results)
        self.stage.check("confirmed: done, with a receipt for each action", good and results, answer.body)
        return dict(answer.body["results"])

    def titles(self, day: str, thread: str) -> list[str]:
        """Ask what is on a day, and return the titles that the calendar gave."""
        body = self.say(f"What's on my calendar on {day}?", thread)
        return [
            event["title"]
            for action in body["actions"]
            for event in (action.get("result") or {}).get("events", [])
        ]  # fmt: skip


def signing_in(story: Story) -> None:
    stage = story.stage
    stage.scene("A server, a link, a cookie")
    stage.note(f"$ sayso {' '.join(story.server.command)}\n{story.link}")
    health = story.send("GET", "/health")
    stage.equal("it is up", health.body.get("status"), "ok")
    before = story.send("GET", "/auth/session")
    stage.equal("nobody is signed in without the cookie", (before.status, before.code), (401, "no_session"))
    story.api.sign_in(story.link)
    stage.note("Followed the link as a browser does: authorization code, PKCE, callback, cookie.")
    session = story.send("GET", "/auth/session", None, "user", "provider", "expires_at")
    stage.check("the cookie says who this is", session.ok and session.body.get("user"), session.body)
    stage.check("and is never shown", story.api.cookie and story.api.cookie not in str(session.body))


def cancelling(story: Story) -> None:
    stage = story.stage
    stage.scene("Ask, look, cancel", "The owner's own example, to the letter, on 2 March 2026.")
    answer = story.send("POST", "/chat", {"user_message": REQUEST}, *PROPOSED)
    thread, plan = answer.body.get("thread_id", ""), answer.body.get("plan") or {}
    stage.equal("it asks before it acts", answer.body.get("requires_confirmation"), True)
    stage.equal("in exactly these words", answer.body.get("confirmation_message"), QUESTION)
    cancelled = {"thread_id": thread, "status": "cancelled", "response": "Action cancelled.", "cancelled": True}
    answer = story.send("POST", "/chat/cancel", {"thread_id": thread})
    stage.equal("cancelled: exactly the four fields", (answer.status, answer.body), (200, cancelled))
    titles = story.titles("March 10th", thread)
    stage.check("the conversation goes on, and the event does not exist", "Project Review" not in titles, titles)
    answer = story.send("POST", "/chat/cancel", {"thread_id": thread})
    stage.equal("cancelled again: the same 200", (answer.status, answer.body), (200, cancelled))
    answer = story.send("POST", "/chat/confirm", {"thread_id": thread, "plan_id": plan["id"]})
    stage.equal("a late confirm finds it closed for ever", (answer.status, answer.code), (409, "already_cancelled"))


def confirming(story: Story) -> None:
    stage = story.stage
    stage.scene("Ask again, confirm", "The event comes to be exactly once, however often it is confirmed.")
    thread = "project-review"
    plan = story.reviewed = story.propose(REQUEST, thread, "create_calendar_event")
    stage.equal("the question is the same", plan.get("question"), QUESTION)
    first = story.confirm(plan, confirmation="Yes, go ahead")
    result = first.body.get("results", {}).get(plan["actions"][0]["id"], {})
    stage.equal("completed", (first.status, first.body.get("status")), (200, "completed"))
    stage.check("with a receipt that the server wrote", result.get("receipt"), first.body)
    second = story.confirm(plan)
    stage.equal("confirmed again: the stored outcome", second.body.get("results"), first.body.get("results"))
    stage.equal("the event exists exactly once", story.titles("March 10th", thread).count("Project Review"), 1)
    answer = story.send("POST", "/chat/cancel", {"thread_id": thread, "plan_id": plan["id"]})
    stage.equal("too late to cancel, and it says so", (answer.status, answer.code), (409, "already_executed"))


def changing(story: Story) -> None:
    stage = story.stage
    stage.scene("Change it while it waits", "Talking leaves a plan waiting; a change makes a new plan in its place.")
    thread = "budget-sync"
    old = story.propose(
        "Schedule a meeting titled 'Budget Sync' on March 11th at 3 PM", thread, "create_calendar_event"
    )
    body = story.say("what's on my calendar tomorrow?", thread, "response", "requires_confirmation", "plan.id")
    stage.equal(
        "a question in between is answered, the plan still waits", (body.get("plan") or {}).get("id"), old["id"]
    )
    new = story.propose("make it 4 PM", thread, "create_calendar_event")
    stage.check(
        "the new plan says 4 PM and names the one it replaces",
        _at(new, "16:00") and new["supersedes"] == old["id"],
        new,
    )
    answer = story.send("POST", "/chat/confirm", {"thread_id": thread, "plan_id": old["id"]})
    stage.equal("the old one can no longer be confirmed", (answer.status, answer.code), (409, "plan_mismatch"))
    edit = {"edits": {new["actions"][0]["id"]: {"title": "Budget Review"}}}
    answer = story.send("PATCH", f"/plans/{new['id']}", edit, "status", "question", "supersedes")
    stage.check(
        "a client may edit it, too: again a new plan",
        answer.ok and answer.body.get("supersedes") == new["id"],
        answer.body,
    )
    body = story.say("yes", thread, "response", "decision.status")
    stage.equal("a plain typed yes is the decision itself", (body.get("decision") or {}).get("status"), "completed")
    story.propose("book karaoke on March 11th at 8 PM", thread, "create_calendar_event")
    body = story.say("no", thread, "response", "decision")
    stage.equal("and so is a no", (body.get("decision") or {}).get("cancelled"), True)
    titles = story.titles("March 11th", thread)
    wrong = [title for title in titles if title in ("Budget Sync", "Karaoke")]
    stage.equal("the calendar has what was agreed", (titles.count("Budget Review"), wrong), (1, []))


def mailing(story: Story) -> None:
    stage = story.stage
    stage.scene(
        "Read mail and answer it",
        "Reading runs at once; a mail is written only after a yes. This mailbox delivers none, and says so.",
    )
    thread = "mail"
    body = story.say("Any unread mail from Priya?", thread)
    mails = [mail for action in body["actions"] for mail in (action.get("result") or {}).get("messages", [])]
    stage.check("her mail is found, nothing waits", mails and not body["requires_confirmation"], body)
    plan = story.propose("reply that the numbers come this afternoon", thread, "reply_mail")
    stage.equal("the plan says that it is for another person", plan["actions"][0]["effect"], "outbound")
    stage.check("and who that is", "Priya" in plan["actions"][0]["preview"], plan)
    done = list(story.done(plan).values())
    stage.check("the mail has these words", "numbers come this afternoon" in str(done[0]["result"]), done)
    stage.check("and nobody claims that it went out", done[0]["receipt"].startswith("Saved here, not delivered"), done)


def tasks(story: Story) -> None:
    stage = story.stage
    stage.scene("Tasks")
    thread = "tasks"
    story.done(story.propose("remind me to buy stamps tomorrow", thread, "create_task"))
    story.done(story.propose("I'm done with the stamps", thread, "complete_task"))
    body = story.say("which tasks are open?", thread)
    open_tasks = [task["title"] for action in body["actions"] for task in (action.get("result") or {}).get("tasks", [])]
    stage.check(
        "it is off the list", open_tasks and not any("stamps" in title.lower() for title in open_tasks), open_tasks
    )


def several(story: Story) -> None:
    stage = story.stage
    stage.scene("Several things in one sentence", "One plan, one question; each action can be left out.")
    thread = "several"
    text = "Book the physio on March 12th at 9 AM and remind me to bring the insurance card on March 12th"
    plan = story.propose(text, thread, "create_calendar_event", "create_task")
    only = next(action["id"] for action in plan["actions"] if action["tool"] == "create_calendar_event")
    answer = story.confirm(plan, action_ids=[only])
    results = answer.body.get("results", {})
    done = {key: result["success"] for key, result in results.items()}
    stage.equal("the chosen one ran, the other did not", done, {a["id"]: a["id"] == only for a in plan["actions"]})


def repeating(story: Story) -> None:
    stage = story.stage
    stage.scene("Something that repeats")
    thread = "repeating"
    plan = story.propose("Book choir every Tuesday at 7 PM until the end of April", thread, "create_calendar_event")
    story.done(plan)
    days = {day: story.titles(day, thread).count("Choir") for day in ("March 17th", "April 28th", "May 5th")}
    stage.equal("every Tuesday, and no longer than said", list(days.values()), [1, 1, 0])
    story.done(story.propose("Cancel the choir on March 17th", thread, "delete_calendar_event"))
    days = {day: story.titles(day, thread).count("Choir") for day in ("March 17th", "March 24th")}
    stage.equal("only that one is gone", list(days.values()), [0, 1])


def power_cut(story: Story) -> None:
    stage = story.stage
    stage.scene("A power cut while it waits", "kill -9 between the question and the answer.")
    thread = "power-cut"
    plan = story.propose(
        "Schedule a meeting titled 'Board Dinner' on March 13th at 7 PM", thread, "create_calendar_event"
    )
    story.server.kill()
    stage.note("$ kill -9 SERVER")
    story.server.start(LATER)
    stage.note(f"$ sayso {' '.join(story.server.command)}")
    answer = story.send("GET", "/plans?status=pending", None, "plans.*.question")
    waiting = [waiting["id"] for waiting in answer.body.get("plans", [])]
    stage.check("the same cookie still holds, the plan still waits", plan["id"] in waiting, answer.body)
    story.done(plan)
    stage.equal("done once", story.titles("March 13th", thread).count("Board Dinner"), 1)


def auditing(story: Story) -> None:
    stage = story.stage
    stage.scene("Who decided what, when", "The audit record of the Project Review.")
    plan = story.reviewed
    answer = story.send("GET", f"/plans/{plan['id']}")
    record = answer.body
    stage.equal("it was confirmed and ran", (record.get("status"), record.get("words")), ("completed", "Yes, go ahead"))
    stage.check("when, and over which session", record.get("decided_at") and record.get("decided_by"), record)
    ran = record.get("actions", [{}])[0]
    stage.equal("what ran is what was shown", (ran.get("args"), ran.get("preview")), _shown(plan))
    stage.check("with its outcome and times", ran.get("receipt") and ran.get("started_at") and ran.get("ended_at"), ran)


def refusing(story: Story) -> None:
    stage = story.stage
    stage.scene("When something is wrong", "One envelope for every error: a code, and a sentence to act on.")
    stranger = Api(story.api.url)
    answer = stage.send(stranger, "POST", "/chat/cancel", {"thread_id": "project-review"})
    stranger.close()
    stage.equal("no cookie", (answer.status, answer.code), (401, "no_session"))
    answer = story.send("POST", "/chat/cancel", {"thread_id": "no-such-thread"})
    stage.equal("no such thread", (answer.status, answer.code), (404, "not_found"))
    stage.check(
        "a failed cancel says so in the contract's words",
        answer.body.get("error") == "cancellation_error" and answer.message.startswith("Failed to cancel action: "),
        answer.body,
    )
    story.say("hello", "small-talk")
    answer = story.send("POST", "/chat/cancel", {"thread_id": "small-talk"})
    stage.equal("nothing waits", (answer.status, answer.code), (409, "nothing_pending"))
    answer = story.send("POST", "/chat", {"user_message": "   "})
    stage.equal("nothing said", (answer.status, answer.code), (422, "validation_error"))


SCENES: tuple[Callable[[Story], None], ...] = (
    signing_in, cancelling, confirming, changing, mailing, tasks, several, repeating, power_cut, auditing, refusing,
)  # fmt: skip


def _at(plan: Json, clock: str) -> bool:
    return f"T{clock}" in str(plan["actions"][0]["args"].get("start", ""))


def _shown(plan: Json) -> tuple[object, object]:
    return plan["actions"][0]["args"], plan["actions"][0]["preview"]
