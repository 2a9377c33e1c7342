"""What some calendars do besides keeping events: reminding of them, and making links to meet at."""

from datetime import timedelta

from sayso.english import dates
from sayso.tools.accounts import at, placed
from sayso.tools.arguments import CreateCalendarEvent, UpdateCalendarEvent
from sayso.tools.base import ToolContext, ToolInputError
from sayso.tools.wording import join, one_line
from sayso.workspace.types import Event, EventDraft


def check_extras(ctx: ToolContext, args: CreateCalendarEvent | UpdateCalendarEvent, event_id: str = "") -> None:
    """Raises ToolInputError when the calendar of the account, that of the event or the one where new ones are made,
    cannot do what is asked for."""
    features = at(ctx, placed(ctx, "calendar", event_id)).calendar.features
    if args.reminders and "reminders" not in features:
        raise ToolInputError(
            "This calendar cannot remind of anything, so no reminder can be set: leave `reminders` out and tell the "
            "user. A task with a due time can stand for it."
        )
    if args.meeting_link and "meeting_links" not in features:
        raise ToolInputError(
            "This calendar makes no links to meet at: leave `meeting_link` out and tell the user. A link that the user "
            "gives can be the `location`."
        )


def check_words(ctx: ToolContext, note: str, event_id: str) -> None:
    """Raises ToolInputError when the calendar of the event sends no words along with a cancellation."""
    calendar = at(ctx, placed(ctx, "calendar", event_id)).calendar
    if note and "words_of_cancelling" not in calendar.features:
        raise ToolInputError(
            "This calendar sends no words along when it tells guests that an event is cancelled: leave `note` out and "
            "tell the user. A mail to them can say it."
        )


def reminders_text(minutes: tuple[int, ...] | None) -> str:
    """ "1 day and 10 minutes before", "at the start"; nothing when there are none."""
    lengths = [dates.say_duration(timedelta(minutes=each)) for each in sorted(set(minutes or ()), reverse=True) if each]
    before = f"{join(lengths)} before" if lengths else ""
    return join([each for each in (before, "at the start" if 0 in (minutes or ()) else "") if each])


def extras_text(draft: EventDraft) -> str:
    """ ", with a meeting link and reminders 10 minutes before", or nothing."""
    reminders = reminders_text(draft.reminders)
    extras = ["a meeting link"] if draft.meeting_link else []
    extras += [f"reminders {reminders}"] if reminders else []
    return f", with {join(extras)}" if extras else ""


def extras_details(draft: EventDraft) -> tuple[tuple[str, str], ...]:
    """Label and text for the card."""
    link = draft.link if isinstance(draft, Event) else ""
    asked = "the calendar makes one" if draft.meeting_link else ""
    return (("Reminders", reminders_text(draft.reminders)), ("Meeting link", one_line(link) or asked))


def link_receipt(draft: EventDraft, event: Event) -> str:
    """ " Meeting link: https://…", when one was asked for."""
    if not draft.meeting_link:
        return ""
    return f" Meeting link: {one_line(event.link)}" if event.link else " Its meeting link is not there yet."
