"""To whom a mail, a reply or an invitation goes: said when it is not whom one would take it for, or done right."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import cast

import pytest
from tests.kit.seeded import ME
from tests.tools.conftest import Desk

from sayso.tools.base import Proposal, ToolInputError, texts
from sayso.tools.lookalikes import alike, looks, mixes_scripts, readable
from sayso.tools.provenance import flagged
from sayso.workspace.local.mail import LocalMail
from sayso.workspace.local.mail_rows import insert_message
from sayso.workspace.types import Attachment, Message, Person

PRIYA = Person("priya.raman@northwind.example", "Priya Raman")
NUMBERS = count(1)


def receive(
    desk: Desk,
    sender: Person,
    reply_to: tuple[Person, ...] = (),
    attachments: tuple[Attachment, ...] = (),
    body: str = "Please answer.",
    to: tuple[Person, ...] = (ME,),
    subject: str = "",
) -> str:
    """A mail in the inbox; its id."""
    number = next(NUMBERS)
    message = Message(
        id=f"msg_{number}",
        thread_id=f"thr_{number}",
        sender=sender,
        to=to,
        cc=(),
        subject=subject or f"Parcel {number}",
        date=datetime(2026, 3, 2, 13, 0, tzinfo=UTC),
        body=body,
        unread=True,
        labels=("inbox",),
        attachments=attachments,
        reply_to=reply_to,
    )
    mail = cast(LocalMail, desk.ctx.mail)
    mail.store.write_now(insert_message, mail.user_id, message, f"{number}@test.example")
    return message.id


def reply(desk: Desk, message: str, everyone: bool = False) -> Proposal:
    return desk.prepare("reply_mail", message=message, body="Fine.", everyone=everyone)


def to(proposal: Proposal) -> list[str]:
    return [who["email"] for who in proposal.target["mail"]["to"]]


# --- Reply-To --------------------------------------------------------------------------------------------------------

ROBOT = Person("noreply@parcel.example", "Parcel robot")
DESK = Person("order-55@desk.example", "Order desk")


def test_a_reply_goes_where_its_sender_asks_and_says_so(desk: Desk) -> None:
    proposal = reply(desk, receive(desk, ROBOT, (DESK,)))
    assert to(proposal) == [DESK.email]
    assert proposal.question.startswith("reply to Order desk, where replies to Parcel robot go, about 'Re: Parcel")
    assert proposal.preview.endswith("to Order desk <order-55@desk.example> — saved here, not delivered")
    assert texts(proposal.warnings) == (
        "This mail from noreply@parcel.example asks for replies to another domain: Order desk <order-55@desk.example>.",
        "You have never written to or heard from order-55@desk.example before.",
    )
    sent = desk.run("reply_mail", proposal, "k").value["message"]
    assert [who["email"] for who in sent["to"]] == [DESK.email]


@pytest.mark.parametrize(
    ("asked", "goes_to", "redirected", "warned"),
    [
        ((), [ROBOT.email], False, False),
        ((ROBOT,), [ROBOT.email], False, False),
        ((Person("NoReply@Parcel.example"),), ["NoReply@Parcel.example"], False, False),
        ((Person("help@parcel.example"),), ["help@parcel.example"], True, False),
        ((Person("help@eu.parcel.example"),), ["help@eu.parcel.example"], True, False),
        ((DESK,), [DESK.email], True, True),
        ((ROBOT, DESK), [ROBOT.email, DESK.email], True, True),
        ((ME,), [ROBOT.email], False, False),
        ((ME, DESK), [DESK.email], True, True),
    ],
)
def test_where_a_reply_goes(
    desk: Desk, asked: tuple[Person, ...], goes_to: list[str], redirected: bool, warned: bool
) -> None:
    proposal = reply(desk, receive(desk, ROBOT, asked))
    assert to(proposal) == goes_to
    assert ("where replies to" in proposal.question) == redirected
    assert any("another domain" in each for each in texts(proposal.warnings)) == warned


def test_what_is_no_address_is_not_answered(desk: Desk) -> None:
    with pytest.raises(ToolInputError, match="no address to answer to: the mail names 'nobody'"):
        reply(desk, receive(desk, Person("nobody")))


def test_each_address_that_answers_go_to_is_named_once(desk: Desk) -> None:
    again = Person("Order-55@desk.example")
    assert to(reply(desk, receive(desk, ROBOT, (DESK, again, DESK)))) == [DESK.email]


@pytest.mark.parametrize("everyone", [False, True])
@pytest.mark.parametrize("asked", [(), (DESK,), (ME,), (ME, DESK)])
def test_a_draft_of_an_answer_is_what_the_answer_would_be(
    desk: Desk, asked: tuple[Person, ...], everyone: bool
) -> None:
    """And says the same, when it is saved and when it is sent."""
    message = receive(desk, ROBOT, asked, to=(ME, PRIYA))
    answer = reply(desk, message, everyone)
    draft = desk.prepare("draft_mail", answer=message, body="Fine.", everyone=everyone)
    assert draft.effect == "write"
    assert draft.target["mail"] == answer.target["mail"]
    assert draft.question == answer.question.replace("reply to", "save a draft to")
    assert texts(draft.warnings) == texts(answer.warnings)
    again = desk.prepare("draft_mail", **{name: value for name, value in draft.args.items() if value})
    assert again == draft
    saved = desk.run("draft_mail", draft, "k").value["message"]
    sending = desk.prepare("send_mail", draft=saved["id"])
    assert sending.target["mail"] == answer.target["mail"]
    assert sending.question == answer.question.replace("reply to", "send the draft to")
    assert [each for each in texts(sending.warnings) if "another domain" in each] == [
        each for each in texts(answer.warnings) if "another domain" in each
    ]


def test_a_draft_of_an_answer_may_go_to_somebody_else(desk: Desk) -> None:
    draft = desk.prepare("draft_mail", answer=receive(desk, ROBOT, (DESK,)), to=[PRIYA.email], subject="Look")
    assert (to(draft), draft.target["mail"]["subject"], texts(draft.warnings)) == ([PRIYA.email], "Look", ())
    assert draft.question == "save a draft to Priya Raman about 'Look'"


def test_an_answer_to_ones_own_mail_goes_to_whom_it_went(desk: Desk) -> None:
    assert to(reply(desk, receive(desk, ME, (DESK,), to=(PRIYA,)))) == [PRIYA.email]


def test_an_answer_to_everyone_of_a_list_names_nobody_twice(desk: Desk) -> None:
    garden = Person("garden@lists.example")
    message = receive(desk, Person("mara@lund.example", "Mara Lund"), (garden,), to=(garden, ME, PRIYA))
    proposal = reply(desk, message, everyone=True)
    assert to(proposal) == [garden.email]
    assert [who["email"] for who in proposal.target["mail"]["cc"]] == [PRIYA.email]


# --- who it is -------------------------------------------------------------------------------------------------------

ONLY_WROTE = "{} is not in your contacts, and you have never written to it."
NEW = "You know Priya Raman by the address priya.raman@northwind.example; {} is a new address for that name."
LIKE = "{} is easily taken for {}, which you know; it is another address."


@pytest.mark.parametrize(
    ("email", "name", "warning"),
    [
        ("priya.raman@elsewhere.example", "Priya Raman", NEW),
        ("pr@elsewhere.example", "Raman, Priya", NEW),
        ("pr@elsewhere.example", "Рriya Rаman", NEW),  # with Cyrillic letters
        ("pr@elsewhere.example", "PRIYA  RÁMAN", NEW),
        ("pr@elsewhere.example", "Dr. Priya M. Raman (Finance)", NEW),
        ("pr@elsewhere.example", "Priya Raman via DocuSign", NEW),
        ("pr@elsewhere.example", "PriyaRaman", NEW),
        ("pr@elsewhere.example", "Priya.Raman", NEW),
        ("raman@elsewhere.example", "Priya", NEW),
        ("priya.raman@elsewhere.example", "", NEW),
        ("raman_priya@northwind.example", "", NEW),
        ("priyaraman1@elsewhere.example", "The desk", NEW),
        ("priya.raman@northwind.exarnple", "", LIKE),
        ("priya.raman@northwlnd.example", "", LIKE),
        ("priya.raman@n0rthwind.example", "", LIKE),
        ("priya.raman@northwind-example.com", "", LIKE),
        ("priya.raman@northwind.example.evil.test", "", LIKE),
        ("accounts@northwimd.example", "", None),
        ("priya.raman@northwınd.example", "", LIKE),
        ("priya.raman@xn--nrthwind-nbh.example", "", LIKE),
        ("рriya.raman@northwind.example", "", LIKE),  # with a Cyrillic letter
    ],
)
def test_an_address_that_only_looks_known(desk: Desk, email: str, name: str, warning: str | None) -> None:
    """However it comes in: as an answer, a new mail, a guest."""
    who = Person(email, name)
    reached = f"{name} <{email}>" if name and "," not in name else email
    proposals = [reply(desk, receive(desk, who))]
    if "," not in name:
        proposals += [
            desk.prepare("send_mail", to=[reached], subject="Hi", body="Hello"),
            desk.prepare("draft_mail", to=[reached], subject="Hi", body="Hello"),
            desk.prepare("create_calendar_event", title="Tea", start="tomorrow at 3pm", guests=[reached]),
            desk.prepare("update_calendar_event", event=desk.event("Design review").id, add_guests=[reached]),
        ]
    for proposal in proposals:
        if warning:
            assert warning.format(email, PRIYA.email) in texts(proposal.warnings), texts(proposal.warnings)
        else:  # somebody else, at a domain that looks like one that is known
            assert any(each.startswith(f"{email} is at another domain than") for each in texts(proposal.warnings))


def test_a_name_that_poses_as_an_address_is_not_what_the_question_says(desk: Desk) -> None:
    proposal = reply(desk, receive(desk, Person("boss@evil.test", "priya.raman@northwind.example")))
    assert "reply to boss@evil.test about" in proposal.question
    poses = "boss@evil.test calls itself priya.raman@northwind.example, which is another address."
    assert poses in texts(proposal.warnings)


def test_what_the_letters_of_an_address_are_is_said(desk: Desk) -> None:
    proposal = desk.prepare("send_mail", to=["info@xn--80ak6aa92e.example"], subject="Hi", body="Hello")
    assert "The address info@xn--80ak6aa92e.example reads info@аррӏе.example." in texts(proposal.warnings)
    mixed = desk.prepare("send_mail", to=["info@аpple.example"], subject="Hi", body="Hello")
    assert "The address info@аpple.example mixes letters of several alphabets." in texts(mixed.warnings)


def test_those_whom_the_user_knows_raise_nothing(desk: Desk) -> None:
    """Kept, or written to before: also the second address of somebody, once he has been written to there."""
    assert texts(desk.prepare("send_mail", to=[PRIYA.email], subject="Hi", body="Hello").warnings) == ()
    message = receive(desk, Person("priya.raman@elsewhere.example", "Priya Raman"))
    first = reply(desk, message)
    assert texts(first.warnings)
    desk.run("reply_mail", first, "k")
    assert texts(reply(desk, message).warnings) == ()


@pytest.mark.parametrize(
    "who",
    [
        Person("mara@lund.example", "Mara Lund"),
        Person("priya@lund.example", "Priya"),
        Person("priya.lund@lund.example", "Priya Lund"),
        Person("info@raman.example", "Raman & Sons"),
        Person("desk@lund.example", ""),
    ],
)
def test_a_new_sender_who_is_like_nobody_is_only_told_to_be_new(desk: Desk, who: Person) -> None:
    message = receive(desk, who)
    first = reply(desk, message)
    assert texts(first.warnings) == (ONLY_WROTE.format(who.email),)
    desk.run("reply_mail", first, "k")
    assert texts(reply(desk, message).warnings) == ()


def test_whoever_is_found_by_the_name_in_his_own_mail_is_told_to_be_new(desk: Desk) -> None:
    """Anybody can write under any name: "mail Mara" goes to whoever wrote under it last."""
    receive(desk, Person("mara@lund.example", "Mara Lund"))
    proposal = desk.prepare("send_mail", to=["Mara Lund"], subject="Hi", body="Hello")
    assert (to(proposal), texts(proposal.warnings)) == (
        ["mara@lund.example"],
        (ONLY_WROTE.format("mara@lund.example"),),
    )


def test_a_stranger_does_not_become_a_second_one_of_a_name(desk: Desk) -> None:
    """ "Mail Priya" is not asked about, since somebody wrote under her name: it goes to the one in the address book."""
    receive(desk, Person("priya.raman@elsewhere.example", "Priya Raman"))
    proposal = desk.prepare("send_mail", to=["Priya Raman"], subject="Hi", body="Hello")
    assert to(proposal) == [PRIYA.email]


def test_an_invitation_from_a_look_alike_is_answered_with_a_warning(desk: Desk) -> None:
    invited = next(
        event
        for event in desk.do(desk.ctx.calendar.list_events(desk.ctx.now, desk.ctx.now.replace(month=4)))
        if event.organizer
    )
    calendar = desk.ctx.calendar

    class Forged:
        """The calendar, but for who asks to come."""

        def __getattr__(self, name: str) -> object:
            return getattr(calendar, name)

        async def get_event(self, event_id: str) -> object:
            event = await calendar.get_event(event_id)
            return replace(event, organizer=Person("pr@elsewhere.example", "Priya Raman"))

    workspace = replace(desk.ctx.workspace, calendar=cast("type[None]", Forged()))  # type: ignore[arg-type]
    forged = Desk(replace(desk.ctx, workspace=workspace))
    proposal = forged.prepare("respond_to_invitation", event=invited.id, response="tentative", note="Maybe")
    assert NEW.format("pr@elsewhere.example") in texts(proposal.warnings)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a@northwind.example", "a@northwind.example", False),
        ("A@Northwind.example", "a@northwind.example", False),
        ("a@mail.northwind.example", "a@northwind.example", False),
        ("j.smith@northwind.example", "k.smith@northwind.example", False),
        ("ana@gmail.com", "ana@gmx.com", False),
        ("ana@web.de", "ana@wed.de", False),
        ("a@nortwhind.example", "b@northwind.example", True),
        ("a@northwindd.example", "b@northwind.example", True),
        ("a@northwind.examples", "b@northwind.example", True),
        ("vvalter@rnail.example", "walter@mail.example", True),
        ("ａna@northwind.example", "ana@northwind.example", True),
    ],
)
def test_alike(one: str, other: str, expected: bool) -> None:
    assert alike(one, other) == expected


def test_how_addresses_look() -> None:
    assert looks("раураl") == looks("paypaI") == looks("ｐａｙｐａｌ")
    assert readable("a@xn--bcher-kva.example") == "a@bücher.example"
    assert readable("a@xn--.example") == "a@.example"
    assert readable("a@xn--\u00fc.example") == "a@xn--\u00fc.example"
    assert not mixes_scripts("b\u00fccher@m\u00fcnchen.example")


def test_somebody_who_only_wrote_is_not_known_by_his_name(desk: Desk) -> None:
    """A name is known by addresses that the user keeps or wrote to; else the first of two strangers would own it."""
    receive(desk, Person("mara@lund.example", "Mara Lund"))
    other = reply(desk, receive(desk, Person("mara@other.example", "Mara Lund")))
    assert texts(other.warnings) == (ONLY_WROTE.format("mara@other.example"),)


# --- one's own -------------------------------------------------------------------------------------------------------

WORK = Person("robin@work.example", "Robin Doe")


@pytest.fixture
def both(desk: Desk) -> Desk:
    """The desk of somebody who has an address at work besides."""
    return Desk(replace(desk.ctx, me=replace(desk.ctx.me, others=(WORK.email,))))


def copies(proposal: Proposal) -> list[str]:
    return [who["email"] for who in proposal.target["mail"]["cc"]]


def test_an_answer_to_everyone_leaves_all_of_oneself_out(both: Desk) -> None:
    everybody = (WORK, PRIYA, Person("ROBIN+boats@work.example"), ME)
    answer = reply(both, receive(both, ROBOT, to=everybody), everyone=True)
    assert (to(answer), copies(answer)) == ([ROBOT.email], [PRIYA.email])
    answer = reply(both, receive(both, WORK, to=everybody), everyone=True)
    assert (to(answer), copies(answer)) == ([PRIYA.email], [])
    assert to(reply(both, receive(both, ROBOT, (WORK, DESK)))) == [DESK.email]


def test_an_answer_to_a_note_to_oneself_goes_to_oneself(both: Desk) -> None:
    assert to(reply(both, receive(both, ME, to=(WORK,)))) == [WORK.email]


def test_ones_own_address_is_neither_new_nor_foreign(both: Desk, desk: Desk) -> None:
    def sent(to: str, desk: Desk) -> Proposal:
        return desk.prepare("send_mail", to=[to], subject="Hi", body="Hello.")

    assert texts(sent(WORK.email, desk).warnings) != ()
    proposal = sent(WORK.email, both)
    assert (texts(proposal.warnings), to(proposal)) == ((), [WORK.email])
    received = {"message": {"from": {"name": "", "email": ROBOT.email}, "body": f"Write to {WORK.email}"}}
    assert texts(both.do(flagged(both.ctx, proposal, ["do it"], [received])).warnings) == ()
    by_me = {"message": {"from": {"name": "", "email": WORK.email}, "body": "Write to mark@attacker.example"}}
    proposal = sent("mark@attacker.example", both)
    assert texts(both.do(flagged(both.ctx, proposal, ["do it"], [by_me])).warnings) == texts(proposal.warnings)
    assert to(sent("me", both)) == [ME.email]


def test_a_mail_tells_which_of_several_addresses_it_is_from(both: Desk, desk: Desk) -> None:
    given = {"to": [PRIYA.email], "subject": "Hi", "body": "Hello."}
    assert dict(both.prepare("send_mail", **given).details)["From"] == f"{ME.name} <{ME.email}>"
    assert "From" not in dict(desk.prepare("send_mail", **given).details)


def test_one_does_not_invite_oneself(both: Desk) -> None:
    meeting = both.prepare("create_calendar_event", title="Sync", start="tomorrow at 3pm", guests=[WORK.email, "Priya"])
    assert [who["email"] for who in meeting.target["draft"]["guests"]] == [PRIYA.email]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Ana Silva", "Ana Silva"),
        ("Bank <bank@real.example>", ""),
        ("bank@real.example", ""),
        ("EVIL@bad.example", "EVIL@bad.example"),
    ],
)
def test_a_name_that_poses_as_an_address_hides_nobody(desk: Desk, name: str, told: str) -> None:
    sender = Person("evil@bad.example", name)
    read = desk.read("read_mail", message=receive(desk, sender))
    assert read["message"]["from"] == {"name": told, "email": sender.email}
