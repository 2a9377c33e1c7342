"""An account's calendars, and how a test puts something into them.

What is done here is done by hand, in Google's own pages or by somebody else: no request, no contract, no effect.
"""

from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from tests.kit.google.calendar.applying import apply, root_of
from tests.kit.google.calendar.fields import merged, settled
from tests.kit.google.calendar.guests import spread
from tests.kit.google.calendar.reading import shown
from tests.kit.google.calendar.store import Calendar, Calendars, Event
from tests.kit.google.calendar.times import timed
from tests.kit.google.parts import Account

Json = dict[str, Any]
When = datetime | date | str
ZONE = "Europe/Berlin"
Role = Literal["owner", "writer", "reader", "freeBusyReader"]


class Book:
    """An account's list of calendars. `zone` must be set before it is used.

    The switches are of what Google does at times: `collisions_undetected`: an insert under a taken id makes a new event
    in its place (events.insert, `id`); `exceptions_outlive_cut`: a series cut short keeps its later exceptions;
    `empty_pages`: so many pages without items come first; `meet`: what becomes of a conference that is asked for;
    `frees`: others may see when he is busy.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self.fake = account.fake
        self.collisions_undetected = False
        self.exceptions_outlive_cut = False
        self.empty_pages = 0
        self.meet: Literal["later", "at once", "never"] = "later"
        self.frees = True
        self.entries: dict[str, Json] = {}
        self.numbers: dict[str, int] = {}
        self._calendars = self.fake.service(Calendars).by_id
        self.add_calendar(account.email, id=account.email, primary=True, conferenceProperties=MEET)

    @property
    def primary(self) -> Calendar:
        return self._calendars[self.account.email]

    def add_calendar(
        self, summary: str, *, id: str = "", role: Role = "owner", zone: str = ZONE, owner: str = "", **entry: Any
    ) -> Calendar:
        """One more calendar in his list; `role`: his, `owner`: whose it is if not his, `entry`: more of its entry."""
        id = id or f"c_{self.fake.hexid()}@group.calendar.google.com"
        calendar = Calendar(self.fake, id, owner or self.account.email, summary, zone)
        self._calendars[id] = calendar
        self.see(calendar, role, **entry)
        return calendar

    def see(self, calendar: Calendar, role: Role, **entry: Any) -> None:
        """Puts a calendar, that may be another's, into his list, or changes it there."""
        known = {
            "id": calendar.id,
            "summary": calendar.summary,
            "timeZone": calendar.zone,
            "colorId": "14",
            "backgroundColor": "#9fe1e7",
            "foregroundColor": "#000000",
            "selected": True,
            "defaultReminders": [{"method": "popup", "minutes": 30}] if calendar.primary else [],
        }
        self.entries[calendar.id] = known | self.entries.get(calendar.id, {}) | entry | {"accessRole": role}
        self._changed(calendar.id)

    def unsee(self, calendar: Calendar) -> None:
        """Takes it off his list."""
        self.entries[calendar.id]["deleted"] = True
        self._changed(calendar.id)

    def use_zone(self, zone: str) -> None:
        """His primary calendar is in this zone from now on."""
        self.primary.zone = self.entries[self.primary.id]["timeZone"] = zone
        self._changed(self.primary.id)

    def forget_sync_tokens(self) -> None:
        """All tokens given so far, of all accounts, are too old."""
        self.fake.service(Calendars).syncs.clear()

    # --- events ------------------------------------------------------------------------------------------------------

    def add(
        self, summary: str, start: When, end: When, *, calendar: Calendar | None = None, id: str = "", **fields: Any
    ) -> Json:
        """An event as he would make it himself; any id, any eventType. Times without an offset are the calendar's."""
        home = calendar or self.primary
        return self._invited(summary, start, end, home, id, home.id, home.owner, fields)

    def invite(self, organizer: str, summary: str, start: When, end: When, *, id: str = "", **fields: Any) -> Json:
        """An invitation that somebody sends him: his copy of it. Who has an account here has his own copy."""
        guests = fields.pop("attendees", [])
        if all(each["email"] != self.account.email for each in guests):
            guests = [*guests, {"email": self.account.email}]
        fields["attendees"] = guests
        at_home = self.fake.calendar(organizer).primary if organizer in self.fake.accounts else self.primary
        made = self._invited(summary, start, end, at_home, id, organizer, organizer, fields)
        return self.get(made["id"]) or made

    def _invited(
        self, summary: str, start: When, end: When, home: Calendar, id: str, organizer: str, by: str, fields: Json
    ) -> Json:
        data = {"summary": summary, "start": _when(start, home.zone), "end": _when(end, home.zone)} | fields
        data |= {"organizer": {"email": organizer}, "creator": {"email": by}}
        id = id or self.fake.hexid()
        settled_data = settled(data, home.zone) | {"iCalUID": fields.get("iCalUID", f"{id}@google.com"), "sequence": 0}
        settled_data.setdefault("eventType", "default")
        event = Event(id, settled_data, self.fake.stamp())
        home.events[id] = event
        home.touch(event)
        spread(home, event)
        return shown(home.seen(event))

    def change(self, id: str, *, calendar: Calendar | None = None, **fields: Any) -> Json:
        """What somebody changes meanwhile; None takes away. Of a single event, a series or one instance."""
        home = calendar or self.primary
        seen = home.look(id)
        assert seen, id
        event = apply(seen, settled(merged(seen.data, fields), home.zone), self.exceptions_outlive_cut)
        spread(home, root_of(home, event))
        return shown(home.seen(event))

    def remove(self, id: str, *, calendar: Calendar | None = None) -> None:
        self.change(id, calendar=calendar, status="cancelled")

    def get(self, id: str, *, calendar: Calendar | None = None) -> Json | None:
        """As the API tells it; None: there is none."""
        seen = (calendar or self.primary).look(id)
        return shown(seen) if seen else None

    def events(self, *, calendar: Calendar | None = None) -> list[Json]:
        """All that are kept and not cancelled: singles, series, exceptions."""
        home = calendar or self.primary
        found = [home.seen(event) for event in home.events.values() if not event.dropped]
        return [shown(seen) for seen in found if not seen.cancelled]

    def _changed(self, id: str) -> None:
        self.numbers[id] = self.fake.number()
        self.entries[id]["etag"] = self.fake.etag()


MEET = {"allowedConferenceSolutionTypes": ["hangoutsMeet"]}


def _when(value: When, zone: str) -> Json:
    if isinstance(value, str):
        value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        return {"date": value.isoformat()}
    return timed(value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone)), zone)
