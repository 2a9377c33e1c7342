"""A believable fortnight around now for one person, so that there is something to ask about on the first day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert, update

from sayso.base.ids import Ids
from sayso.store.gateway import WriteConn
from sayso.store.workspace_tables import SAMPLED, local_contacts
from sayso.workspace.events.series import series_of
from sayso.workspace.local.event_rows import insert_series
from sayso.workspace.local.seed.mail import seed_mail
from sayso.workspace.local.seed.people import ANA, BEN, CONTACTS, HELEN, MARCUS, PRIYA, SAM, TOMAS
from sayso.workspace.local.tasks import DEFAULT_LIST, insert_list, insert_task
from sayso.workspace.types import EventDraft, Guest, Person, Response, Task, TaskList

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
HOME, WORK = TaskList("lst_home", "Home"), TaskList("lst_work", "Work")


@dataclass(frozen=True, slots=True)
class Days:
    """The days that the story hangs on; none of the meetings to come falls on a weekend."""

    today: date
    meeting: date
    """Today, or the next working day when it is a weekend or past two o'clock."""
    clash: date
    monday: date
    """Of this week; on a weekend of the next."""
    lunch: date

    @classmethod
    def around(cls, now: datetime) -> "Days":
        today = now.date()
        meeting = _workday(today if now.time() < time(14) else today + DAY)
        monday = _workday(today)
        monday -= timedelta(days=monday.weekday())
        lunch = monday + timedelta(days=4)
        return cls(
            today=today,
            meeting=meeting,
            clash=_workday(meeting + DAY),
            monday=monday,
            lunch=lunch if (today, now.time()) < (lunch, time(11)) else lunch + WEEK,
        )


def _workday(day: date) -> date:
    while day.weekday() > 4:
        day += DAY
    return day


def seed(conn: WriteConn, user_id: str, me: Person, now: datetime, zone: ZoneInfo, ids: Ids) -> None:
    """Fill the user's empty workspace with marked samples. The same ids, now and zone give the same data."""
    days = Days.around(now.astimezone(zone))
    _seed_events(conn, user_id, days, zone, ids)
    _seed_tasks(conn, user_id, now, days, zone, ids)
    seed_mail(conn, user_id, me, now, days.clash, ids)
    for contact in CONTACTS:
        row = {
            "user_id": user_id,
            "id": ids.new("ctc"),
            "uid": contact.emails[0],
            "name": contact.name,
            "emails": list(contact.emails),
            "phone": contact.phone,
            "organization": contact.organization,
            "notes": contact.notes,
        }
        conn.execute(insert(local_contacts).values(row))
    for table in SAMPLED:
        conn.execute(update(table).where(table.c.user_id == user_id).values(sample=True))


@dataclass(frozen=True, slots=True)
class _Diary:
    conn: WriteConn
    user_id: str
    zone: ZoneInfo
    ids: Ids

    def add(
        self,
        title: str,
        day: date,
        at: tuple[int, int],
        minutes: int,
        *guests: tuple[Person, Response],
        location: str = "",
        description: str = "",
        recurrence: str = "",
        organizer: Person | None = None,
        my_response: Response = "accepted",
    ) -> None:
        start = datetime.combine(day, time(*at), self.zone)
        end = (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(self.zone)
        invited = tuple(Guest(person.email, person.name, response) for person, response in guests)
        draft = EventDraft(title, start, end, self.zone.key, location, description, invited, recurrence)
        self._insert(draft, organizer, my_response)

    def add_day(self, title: str, day: date, location: str = "", recurrence: str = "") -> None:
        self._insert(
            EventDraft(title, day, day + DAY, self.zone.key, location, recurrence=recurrence), None, "accepted"
        )

    def _insert(self, draft: EventDraft, organizer: Person | None, my_response: Response) -> None:
        event_id = self.ids.new("evt")
        insert_series(self.conn, self.user_id, series_of(event_id, event_id, draft, organizer, my_response))


def _seed_events(conn: WriteConn, user_id: str, days: Days, zone: ZoneInfo, ids: Ids) -> None:
    diary, monday = _Diary(conn, user_id, zone, ids), days.monday
    last, following = monday - WEEK, monday + WEEK
    diary.add(
        "Stand-up", last - WEEK, (9, 30), 15, (PRIYA, "accepted"), (MARCUS, "accepted"), (ANA, "accepted"),
        location="Video call", recurrence="FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
    )  # fmt: skip
    diary.add(
        "1:1 with Marcus", last - WEEK + 3 * DAY, (11, 0), 30, (MARCUS, "accepted"),
        location="Room 4.2", recurrence="FREQ=WEEKLY;BYDAY=TH",
    )  # fmt: skip
    diary.add("Yoga", last - WEEK + 2 * DAY, (18, 30), 60, location="Mill Street Studio", recurrence="FREQ=WEEKLY")
    diary.add("Numbers with Priya", last + DAY, (14, 0), 45, (PRIYA, "accepted"))
    diary.add("Sprint retrospective", last + 2 * DAY, (16, 0), 60, (ANA, "accepted"), (TOMAS, "declined"))
    diary.add("Interview: backend engineer", last + 3 * DAY, (13, 0), 60, (MARCUS, "accepted"), location="Room 2.1")
    diary.add("Haircut", last + 4 * DAY, (17, 30), 45, location="Corner Barbers")
    diary.add(
        "Catch-up with Ana", days.meeting, (15, 0), 30, (ANA, "accepted"),
        location="Coffee bar", description="Hiring plan, then her slides.",
    )  # fmt: skip
    diary.add("Design review", days.clash, (10, 0), 60, (TOMAS, "accepted"), (ANA, "tentative"), location="Room 3.4")
    diary.add("Budget call with Priya", days.clash, (10, 30), 45, (PRIYA, "accepted"), location="Video call")
    diary.add(
        "Lunch with Sam", days.lunch, (12, 30), 60, (SAM, "accepted"), (BEN, "needs_action"), location="Café Luna"
    )
    diary.add("Parent–teacher evening", following, (18, 0), 90, location="Oakfield School")
    diary.add(
        "Dentist", following + 2 * DAY, (8, 30), 45,
        location="Dr. Weiss, 12 Elm Street", description="Check-up. Bring the insurance card.",
    )  # fmt: skip
    diary.add(
        "Quarterly planning", following + 3 * DAY, (14, 0), 90, (MARCUS, "accepted"), (PRIYA, "tentative"),
        location="Board room", description="Please come with three goals for the quarter.",
        organizer=HELEN, my_response="needs_action",
    )  # fmt: skip
    diary.add_day("Team offsite", following + 4 * DAY, "Lakeside Lodge")
    diary.add_day("Mum's birthday", following + 6 * DAY, recurrence="FREQ=YEARLY")


def _seed_tasks(conn: WriteConn, user_id: str, now: datetime, days: Days, zone: ZoneInfo, ids: Ids) -> None:
    for position, listed in enumerate((DEFAULT_LIST, HOME, WORK)):
        insert_list(conn, user_id, listed, position)
    today, friday = days.today, days.monday + 4 * DAY
    handover = datetime.combine(days.clash, time(17), zone)
    tasks: list[tuple[TaskList, str, date | None, str, int]] = [
        # list, title, due, notes, days ago that it was done (0: open)
        (DEFAULT_LIST, "Call the bank", today, "About the new card.", 0),
        (DEFAULT_LIST, "Renew the passport", today - 3 * DAY, "Photos are in the drawer.", 0),
        (DEFAULT_LIST, "Book flights to Lisbon", today + 5 * DAY, "", 0),
        (DEFAULT_LIST, "Buy a present for Mum", days.monday + 11 * DAY, "", 0),
        (DEFAULT_LIST, "Return the library books", today - 2 * DAY, "", 2),
        (HOME, "Fix the kitchen tap", today - DAY, "", 0),
        (HOME, "Water the plants", today, "", 0),
        (HOME, "Order printer paper", None, "", 0),
        (HOME, "Pay the electricity bill", today - 5 * DAY, "", 4),
        (WORK, "Finish the slides", handover, "For the quarterly planning.", 0),
        (WORK, "Send Priya the budget numbers", today, "Travel and tools, by team.", 0),
        (WORK, "Review Tomás's pull request", today + DAY, "", 0),
        (WORK, "Write the offsite agenda", max(friday, today + 2 * DAY), "", 0),
        (WORK, "File the expense report", today - 6 * DAY, "", 0),
        (WORK, "Prepare interview questions", today - 7 * DAY, "", 7),
    ]
    for age, (listed, title, due, notes, done) in enumerate(tasks):
        task_id, completed = ids.new("tsk"), now - done * DAY if done else None
        task = Task(title, due, notes, listed.id, task_id, listed.name, bool(done), completed, "1")
        insert_task(conn, user_id, task, task_id, now - 10 * DAY + timedelta(minutes=age))
