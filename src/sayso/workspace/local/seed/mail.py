"""The mail of the seeded fortnight."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sayso.base.ids import Ids
from sayso.store.gateway import WriteConn
from sayso.workspace.local.mail_rows import insert_message
from sayso.workspace.local.seed.people import (
    ANA,
    BEN,
    DANIEL_K,
    DANIEL_M,
    DENTIST,
    HELEN,
    LANDLORD,
    MARCUS,
    MUM,
    PRIYA,
    SAM,
    TOMAS,
)
from sayso.workspace.types import Attachment, Message, Person

UNREAD, READ = True, False


@dataclass(frozen=True, slots=True)
class _Mail:
    sender: Person | None
    """None: the user."""
    hours_ago: float
    body: str
    unread: bool = READ
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class _Conversation:
    subject: str
    mails: tuple[_Mail, ...]
    labels: tuple[str, ...] = ("inbox",)
    others: tuple[Person, ...] = ()
    """Whom the user's own mails go to and everybody's copies."""


def _pdf(name: str, size: int) -> tuple[Attachment, ...]:
    return (Attachment(name, "application/pdf", size),)


def _work(deadline: str) -> list[_Conversation]:
    return [
        _Conversation(
            "Q2 budget",
            (
                _Mail(PRIYA, 51, "Hi,\n\nI am putting the Q2 budget together. Which tools shall we keep?\n\nPriya"),
                _Mail(None, 47, "Hi Priya,\n\nall of them but the old survey tool. Numbers follow."),
                _Mail(
                    PRIYA, 3.5,
                    "Thanks! Could you send me the travel and tools numbers by team today? I also need your okay on "
                    f"the training budget before our call on {deadline}.\n\nPriya", UNREAD,
                ),
            ),
            ("inbox", "Budget"),
            (PRIYA,),
        ),
        _Conversation(
            "Slides for the quarterly planning",
            (
                _Mail(HELEN, 27, "Hello,\n\nplease send me your slides for the quarterly planning. The deadline is "
                      f"{deadline}, 5 pm: they go to print after that.\n\nHelen", UNREAD),
            ),
            others=(MARCUS,),
        ),
        _Conversation(
            "Offsite at the lake",
            (
                _Mail(MARCUS, 98, "The lodge is booked for the team offsite. Who drives?"),
                _Mail(TOMAS, 96, "I can take three people."),
                _Mail(ANA, 95, "I come by train. Is there anything vegetarian?"),
                _Mail(None, 90, "I can drive too, two seats. I will write an agenda this week."),
                _Mail(MARCUS, 22, "Perfect. Ana, yes, they do. Please all tell me about allergies.", UNREAD),
            ),
            others=(MARCUS, TOMAS, ANA),
        ),
        _Conversation(
            "Pull request #482: retry on time-outs",
            (_Mail(TOMAS, 20, "Could you have a look at my pull request by tomorrow? It is small.\n\nTomás", UNREAD),),
        ),
        _Conversation(
            "Catch-up",
            (
                _Mail(ANA, 30, "Shall we go through the hiring plan over coffee at three? I bring my slides. Ana"),
                _Mail(None, 29, "Gladly. See you at the coffee bar."),
            ),
            others=(ANA,),
        ),
        _Conversation(
            "Expense report overdue",
            (_Mail(DANIEL_K, 44, "Your expense report for last month is still missing. Could you file it this week?\n\n"
                   "Daniel\nFinance"),),
        ),
    ]  # fmt: skip


def _private() -> list[_Conversation]:
    news = Person("hello@thedailybrew.example", "The Daily Brew")
    print_shop = Person("billing@inkandpaper.example", "Ink & Paper")
    airline = Person("booking@tapwings.example", "TapWings")
    return [
        _Conversation(
            "Lunch on Friday?",
            (
                _Mail(SAM, 70, "Lunch on Friday, half past twelve at Café Luna? Ben might join us."),
                _Mail(None, 68, "Yes! I put it in the calendar."),
                _Mail(SAM, 66, "Great, I booked a table for three."),
            ),
            others=(SAM, BEN),
        ),
        _Conversation(
            "Five ways to brew better coffee",
            (_Mail(news, 6, "This week: five ways to brew better coffee, and why water matters.\n\n"
                   "You get this newsletter because you subscribed. Unsubscribe at any time.", UNREAD),),
            ("inbox", "Newsletters"),
        ),
        _Conversation(
            "Invoice 2207 for your order",
            (_Mail(print_shop, 26, "Dear customer,\n\nattached is invoice 2207 over $184.50, due within 14 days."
                   "\n\nInk & Paper", UNREAD, _pdf("invoice-2207.pdf", 48_213)),),
            ("inbox", "Receipts"),
        ),
        _Conversation(
            "Your appointment",
            (_Mail(DENTIST, 120, "A reminder of your check-up next week at 8:30. Please bring your insurance "
                   "card, and tell us a day ahead if you cannot come."),),
        ),
        _Conversation(
            "Sunday dinner",
            (_Mail(MUM, 12, "Will you come for dinner on my birthday? Your sister is here too. Bring nothing, "
                   "just tell me how many you are.\n\nLove, Mum", UNREAD),),
        ),
        _Conversation(
            "Plans for the extension",
            (_Mail(DANIEL_M, 140, "The drawings are attached. What do you think of the staircase?\n\nDaniel Moreau",
                   READ, _pdf("extension-drawings.pdf", 2_310_480)),),
        ),
        _Conversation(
            "Kitchen tap",
            (
                _Mail(None, 150, "Hello Olivia,\n\nthe kitchen tap drips. Do you send somebody?"),
                _Mail(LANDLORD, 130, "Hello, the plumber can come on a weekday before ten. Which day suits you?"),
            ),
            others=(LANDLORD,),
        ),
        _Conversation(
            "Flights to Lisbon from $412",
            (_Mail(airline, 160, "Fares to Lisbon are low this month. Book until the end of the week."),),
            (),
        ),
    ]  # fmt: skip


def seed_mail(conn: WriteConn, user_id: str, me: Person, now: datetime, deadline: date, ids: Ids) -> None:
    """About 25 mails in 15 conversations, all before `now`; what they ask for is due on `deadline` and later."""
    for conversation in [*_work(f"{deadline:%A}"), *_private()]:
        _insert(conn, user_id, me, now, conversation, ids)
    draft = Message(
        id=ids.new("msg"), thread_id=ids.new("thr"), sender=me, to=(HELEN,), cc=(), subject="Goals for the quarter",
        date=(now - timedelta(hours=5)).astimezone(UTC), body="Hi Helen,\n\nmy three goals:\n\n1. ",
        unread=False, labels=("drafts",),
    )  # fmt: skip
    insert_message(conn, user_id, draft, f"{draft.id}@seed.sayso.local")


def _insert(conn: WriteConn, user_id: str, me: Person, now: datetime, conversation: _Conversation, ids: Ids) -> None:
    thread_id, parent = ids.new("thr"), ""
    for mail in conversation.mails:
        sender = mail.sender or me
        everyone: Sequence[Person] = [me, *conversation.others]
        to = [person for person in everyone if person != sender]
        subject = f"Re: {conversation.subject}" if parent else conversation.subject
        message = Message(
            id=ids.new("msg"),
            thread_id=thread_id,
            sender=sender,
            to=tuple(to),
            cc=(),
            subject=subject,
            date=(now - timedelta(hours=mail.hours_ago)).astimezone(UTC).replace(second=0, microsecond=0),
            body=mail.body,
            unread=mail.unread,
            labels=("sent",) if mail.sender is None else conversation.labels,
            attachments=mail.attachments,
            in_reply_to=parent,
        )
        parent = insert_message(conn, user_id, message, f"{message.id}@seed.sayso.local").id
