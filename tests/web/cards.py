"""Plans as a server tells them, for what is hard to bring about in a test: each kind of card with all that it can show.

`Cards` answers for the server: what waits, what a decision does to it, and what was asked.
"""

import json
import re
from copy import deepcopy
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route
from tests.web.conftest import Account, Web

Json = dict[str, Any]

DAY = "2026-03-10"
CREATED = "2026-03-02T14:00:00Z"
EXPIRES = "2026-03-03T14:00:00Z"
THREAD = "thread_cards"


def person(email: str, name: str = "", role: str = "to", **more: Any) -> Json:
    return {"name": name, "email": email, "role": role, "change": None, "told": True, "new": False} | more


def at(clock: str, day: str = DAY) -> str:
    return f"{day}T{clock}:00-04:00"


def action(number: Any = 1, **given: Any) -> Json:
    """An action that waits, as the API tells it; `given`: what it is about."""
    plain: Json = {
        "id": f"act_{number}",
        "tool": "update_calendar_event",
        "effect": "write",
        "status": "waiting",
        "args": {},
        "preview": "Do it",
        "question": "do it",
        "details": [],
        "warnings": [],
        "kind": "event.change",
        "summary": "It",
        "labels": {"confirm": "Do it", "cancel": "Don't"},
        "before": None,
        "after": None,
        "changed": [],
        "mail": None,
        "items": [],
        "day": None,
        "people": [],
        "account": None,
        "reversible": True,
        "was": None,
        "runs_at": None,
        "undo": None,
        "undoes": None,
        "result": None,
        "error": None,
        "receipt": None,
        "started_at": None,
        "ended_at": None,
    }
    return plain | given


def plan(*actions: Json, **given: Any) -> Json:
    labels = actions[0]["labels"] if len(actions) == 1 else {"confirm": f"Do all {len(actions)}", "cancel": "Don't"}
    return {
        "id": "plan_1",
        "thread_id": THREAD,
        "thread_title": "Cards",
        "status": "pending",
        "question": "Should I do it?",
        "digest": "d1",
        "labels": labels,
        "created_at": CREATED,
        "expires_at": EXPIRES,
        "supersedes": None,
        "decided_at": None,
        "decided_by": None,
        "words": None,
        "ended_at": None,
        "actions": list(actions),
    } | given


HELEN, TOM = ("helen.park@northwind.example", "Helen Park"), ("tom@northwind.example", "Tom Lindqvist")
TEXT = (
    "Hi Helen,\n\nthe numbers for the third quarter are attached. Two things stand out:\n\n"
    "  1. Travel is 12% under budget.\n  2. Licences are over, because of the new seats.\n\n"
    "Could we speak about the second on Thursday?\n\nThanks,\nRobin"
)


def mail(**given: Any) -> Json:
    letter = {
        "from": {"name": "Robin Meyer", "email": "robin@post.example"},
        "to": [{"name": HELEN[1], "email": HELEN[0]}],
        "cc": [{"name": TOM[1], "email": TOM[0]}],
        "bcc": [],
        "subject": "Budget for the third quarter",
        "body": TEXT,
        "attachments": [{"name": "budget-q3.pdf", "size": 184_320, "type": "application/pdf"}],
        "answers": None,
    }
    return action(
        **{
            "tool": "send_mail",
            "effect": "outbound",
            "kind": "mail.send",
            "summary": "Helen Park, Tom Lindqvist · Budget for the third quarter",
            "preview": "Send a mail to Helen Park about 'Budget for the third quarter'",
            "labels": {"confirm": "Send to Helen and Tom", "cancel": "Don't"},
            "args": {"to": [HELEN[0]], "cc": [TOM[0]], "subject": letter["subject"], "body": TEXT},
            "mail": letter,
            "people": [person(*HELEN), person(*TOM, role="cc", new=True)],
            "account": {"id": "acc_1", "label": "Work"},
            "reversible": False,
            "warnings": [{"code": "stranger", "text": "You have never written to tom@northwind.example."}],
        }
        | given
    )


def event(title: str, start: str, end: str, **more: Any) -> Json:
    plain = {"id": "evt_1", "all_day": False, "timezone": "America/New_York", "location": "", "description": ""}
    return plain | {"title": title, "start": at(start), "end": at(end), "guests": [], "recurrence": None} | more


def block(title: str, start: str, end: str, role: str = "other") -> Json:
    return {"title": title, "start": at(start), "end": at(end), "role": role, "all_day": False}


BLOCKS = [
    block("Stand-up", "09:15", "09:30"),
    block("Dentist", "10:30", "11:30"),
    block("Lunch with Ana", "12:00", "13:00", "before"),
    block("Lunch with Ana", "13:30", "14:30", "after"),
    block("Design review", "14:00", "15:00", "clash"),
    block("Call with Tokyo", "16:30", "17:00"),
]


def move(**given: Any) -> Json:
    guests = [
        person("ana@example.com", "Ana Costa", "guest"),
        person("ben@example.com", "Ben", "guest", change="added"),
    ]
    return action(
        **{
            "effect": "outbound",
            "kind": "event.change",
            "summary": "Lunch with Ana · Tue 10 March, 1:30-2:30 PM · Café Luna",
            "preview": "Change 'Lunch with Ana': 12:00-1:00 PM → 1:30-2:30 PM",
            "labels": {"confirm": "Move to 1:30 PM", "cancel": "Don't"},
            "args": {"event": "evt_1", "start": at("13:30"), "end": at("14:30"), "title": "Lunch with Ana"},
            "before": event("Lunch with Ana", "12:00", "13:00", location="Café Luna"),
            "after": event("Lunch with Ana", "13:30", "14:30", location="Café Luna"),
            "changed": ["start", "end"],
            "day": {"date": DAY, "timezone": "America/New_York", "event_timezone": "Europe/Lisbon", "blocks": BLOCKS},
            "people": guests,
            "warnings": [{"code": "clash", "text": "It overlaps 'Design review'."}],
        }
        | given
    )


def delete(**given: Any) -> Json:
    return action(
        **{
            "tool": "delete_calendar_event",
            "effect": "outbound",
            "kind": "event.delete",
            "summary": "Quarterly planning · Tue 10 March, 3:00-4:00 PM",
            "preview": "Delete 'Quarterly planning', Tue 10 March 2026",
            "labels": {"confirm": "Delete and tell Priya", "cancel": "Don't"},
            "args": {"event": "evt_2", "scope": "this", "note": "Sorry, something came up."},
            "before": event("Quarterly planning", "15:00", "16:00", recurrence="FREQ=WEEKLY;BYDAY=TU"),
            "people": [person("priya@example.com", "Priya", "guest")],
            "reversible": False,
        }
        | given
    )


def task(number: int = 1, title: str = "Call the bank", **given: Any) -> Json:
    return action(
        number,
        **{
            "tool": "create_task",
            "kind": "task.create",
            "summary": title,
            "preview": f"Create the task '{title}'",
            "labels": {"confirm": f"Add “{title}”", "cancel": "Don't"},
            "args": {"title": title, "due": "2026-03-06"},
            "after": {"id": "tsk_1", "title": title, "due": "2026-03-06", "notes": "", "list": "Errands"},
        }
        | given,
    )


SUBJECTS = (
    ("Your weekly digest", "The Long Read"),
    ("12 new jobs for you", "Work Finder"),
    ("Spring sale: everything must go", "Outdoor Co."),
    ("What's new in March", "Paper & Pen"),
    ("Invitation to our webinar", "Cloud Nine"),
    ("Your receipt from last week", "Corner Bakery"),
    ("Changes to our terms", "Streamly"),
)


def archive(**given: Any) -> Json:
    items = [
        {"id": f"msg_{number}", "title": title, "who": who, "at": at("08:00", f"2026-02-{20 + number}")}
        for number, (title, who) in enumerate(SUBJECTS)
    ]
    return action(
        **{
            "tool": "archive_mail",
            "kind": "messages.archive",
            "summary": "7 mails",
            "preview": "Archive 7 mails",
            "labels": {"confirm": "Archive 7 mails", "cancel": "Don't"},
            "args": {"messages": [item["id"] for item in items]},
            "items": items,
        }
        | given
    )


class Cards:
    """A thread with these plans. `asked`: what the page asked for, as (method and path, body); `answers`: what a
    request for a path, by its end, is answered instead."""

    def __init__(self, *plans: Json) -> None:
        self.plans = {each["id"]: deepcopy(each) for each in plans}
        self.asked: list[tuple[str, Json]] = []
        self.answers: dict[str, tuple[int, Json]] = {}
        self.said: list[Json] = [
            {
                "id": f"turn_{number}",
                "role": role,
                "content": text,
                "created_at": CREATED,
                "kind": "chat",
                "plan_id": of,
            }
            for number, (role, text, of) in enumerate(
                [("user", "Do what I have in mind", None)] + [("assistant", "", each["id"]) for each in plans]
            )
        ]

    def open(self, web: Web, account: Account, view: str = f"t/{THREAD}", **options: Any) -> Page:
        context = web.context(account, **options)
        self.serve(context)
        page = web.page(context, f"{account.url}/#/{view}")
        page.locator("#stage .card").first.wait_for()
        return page

    def serve(self, context: BrowserContext) -> None:
        for path, answer in (
            (rf"threads/{THREAD}", self._thread),
            (r"plans", self._list),
            (r"plans/[\w/]+", self._plan),
            (r"chat/\w+", self._chat),
        ):
            context.route(re.compile(rf"^http://[^/]+/{path}(\?|$)"), answer)

    def bodies(self, path: str) -> list[Json]:
        return [body for what, body in self.asked if what.endswith(path)]

    def _thread(self, route: Route) -> None:
        answer = {"id": THREAD, "title": "Cards", "created_at": CREATED, "updated_at": CREATED, "waiting": True}
        more = {"busy": False, "messages": self.said, "plans": list(self.plans.values()), "next_cursor": None}
        route.fulfill(json=answer | more | {"usage": None})

    def _list(self, route: Route) -> None:
        waiting = [each for each in self.plans.values() if each["status"] == "pending"]
        route.fulfill(json={"plans": waiting, "next_cursor": None})

    def _plan(self, route: Route) -> None:
        path = route.request.url.partition("/plans/")[2]
        if route.request.method == "GET":
            return route.fulfill(json=self.plans[path])
        return self._answer(route, path)

    def _chat(self, route: Route) -> None:
        if route.request.method == "GET":
            return route.fulfill(status=204)
        return self._answer(route, route.request.url.rpartition("/")[2])

    def _answer(self, route: Route, path: str) -> None:
        body = json.loads(route.request.post_data or "{}")
        self.asked.append((f"{route.request.method} {path}", body))
        status, answer = self.answers.get(path, (200, {}))
        if path in self.plans and status == 200:
            self.plans[path] |= {"status": "superseded"}
        if path == "confirm" and status == 200:
            self._confirm(body)
            answer = {"thread_id": THREAD, "status": "completed", "response": "Done.", "results": {}, "plan": None}
        elif path == "cancel" and status == 200:
            self.plans[body["plan_id"]] |= {"status": "cancelled", "decided_at": CREATED}
        route.fulfill(status=status, json=answer)

    def _confirm(self, body: Json) -> None:
        chosen = self.plans[body["plan_id"]]
        chosen |= {"status": "completed", "decided_at": CREATED}
        for each in chosen["actions"]:
            if each["id"] in body.get("action_ids", [each["id"]]):
                each |= {"status": "succeeded", "receipt": f"Done: {each['summary']}."}
            else:
                each |= {"status": "skipped"}
