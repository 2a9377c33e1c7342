"""Writing, answering, sorting and reading mail."""

from typing import TYPE_CHECKING

from sayso.tools.mail_summary import sentences

if TYPE_CHECKING:
    from tests.tools.conftest import Desk

LONG = "Dear Ana,\n\n" + "We should talk about the plan for the next quarter. " * 10 + "\n\nRobin"


def test_the_whole_text_is_shown_before_it_goes_out(desk: "Desk") -> None:
    proposal = desk.prepare("send_mail", to=["Ana"], subject="Plan", body=LONG, bcc=["Marcus"])
    details = dict(proposal.details)
    assert details["Text"] == LONG
    assert details["To"] == "Ana Silva <ana.silva@northwind.example>"
    assert details["Bcc"] == "Marcus Lind <marcus.lind@northwind.example>"
    assert proposal.question == "send a mail to Ana Silva and Marcus Lind about 'Plan'"
    assert desk.run("send_mail", proposal, "k").value["message"]["body"] == LONG


def test_a_subject_that_is_all_the_mail_says_is_said_once(desk: "Desk") -> None:
    send = desk.prepare("send_mail", to=["Ana"], subject="I will be late", body="I will be late.")
    assert send.question == "send a mail to Ana Silva saying “I will be late.”"
    assert send.preview == "Send 'I will be late' to Ana Silva <ana.silva@northwind.example>"
    long = desk.prepare("draft_mail", to=["Ana"], subject=LONG[:300], body=LONG[:300])
    assert long.question.startswith("save a draft to Ana Silva about 'Dear Ana,")


def test_what_a_mail_lacks_is_asked_for(desk: "Desk") -> None:
    assert str(desk.refused("send_mail", to=["Ana"], subject="Plan")) == "What should the mail to Ana Silva say?"
    assert str(desk.refused("send_mail", body="Hello")) == "Who should the mail go to?"
    assert desk.refused("draft_mail").code == "missing"
    assert desk.prepare("send_mail", to=["Ana"], body="Hi").warnings == ("The mail has no subject.",)


def test_an_unknown_address_is_a_warning(desk: "Desk") -> None:
    proposal = desk.prepare("send_mail", to=["bob@new.example", "Ana"], subject="Hi", body="Hello")
    assert proposal.warnings == ("You have never written to or heard from bob@new.example before.",)
    desk.run("send_mail", proposal, "k")
    assert desk.prepare("send_mail", to=["bob@new.example"], subject="Hi", body="Hello").warnings == ()


def test_a_draft_is_kept_then_sent_as_it_is(desk: "Desk") -> None:
    draft = desk.prepare("draft_mail", to=["Priya"], subject="Numbers", body="Here they are.")
    desk.run("draft_mail", draft, "draft")
    assert "Numbers" in desk.subjects("in:drafts")
    send = desk.prepare("send_mail", draft="the draft about numbers")
    assert send.touches == send.args["draft"]
    desk.run("send_mail", send, "send")
    assert "Numbers" not in desk.subjects("in:drafts")
    assert desk.subjects("in:sent subject:Numbers") == ["Numbers"]


def test_a_reply_goes_to_the_sender_or_to_everyone_but_oneself(desk: "Desk") -> None:
    one = desk.prepare("reply_mail", message="Marcus's latest mail about the offsite", body="Fine.")
    assert one.preview == "Reply 'Re: Offsite at the lake' to Marcus Lind <marcus.lind@northwind.example>"
    everyone = desk.prepare("reply_mail", message=one.args["message"], body="Fine.", everyone=True)
    assert "Ana Silva <ana.silva@northwind.example>" in everyone.preview
    assert "Robin" not in everyone.preview
    sent = desk.run("reply_mail", everyone, "k").value["message"]
    assert sent["thread_id"] == desk.read("read_mail", message=one.args["message"])["message"]["thread_id"]


def test_sorting(desk: "Desk") -> None:
    archive = desk.prepare("archive_mail", messages=["Sunday dinner"])
    desk.run("archive_mail", archive, "a")
    assert "Sunday dinner" not in desk.subjects("in:inbox")
    assert desk.refused("archive_mail", messages=["Sunday dinner"]).code == "nothing_to_do"
    star = desk.prepare("label_mail", messages=["Sunday dinner"], add=["starred", "budget"])
    assert star.question == "star 'Sunday dinner' from Mum and label it as 'Budget'"
    assert star.warnings == ()
    desk.run("label_mail", star, "l")
    assert "Sunday dinner" in desk.subjects("label:Budget")
    assert desk.prepare("label_mail", messages=["Sunday dinner"], add=["New"]).warnings == (
        "There is no label 'New' yet; it will be made.",
    )
    assert str(desk.refused("label_mail", messages=["Sunday dinner"], add=["starred"])).endswith("is starred already.")
    assert desk.refused("label_mail", messages=["Sunday dinner"], remove=["Nope"]).code == "not_found"
    assert desk.refused("label_mail", messages=["Sunday dinner"]).code == "missing"


def test_trash_is_not_a_label_to_add_but_one_to_remove(desk: "Desk") -> None:
    assert "trash_mail" in str(desk.refused("label_mail", messages=["Sunday dinner"], add=["Trash"]))
    trash = desk.prepare("trash_mail", messages=["Sunday dinner"])
    desk.run("trash_mail", trash, "t")
    assert "Sunday dinner" not in desk.subjects("")
    back = desk.prepare("label_mail", messages=trash.args["messages"], remove=["trash"])
    assert back.question == "take 'Sunday dinner' from Mum out of the trash"
    desk.run("label_mail", back, "b")
    assert "Sunday dinner" in desk.subjects("")


def test_reading_shows_the_conversation_and_leaves_it_unread(desk: "Desk") -> None:
    found = desk.read("read_mail", message="the mail from Priya about the budget")
    assert found["message"]["body"].startswith("Thanks!")
    assert found["message"]["from"] == {"name": "Priya Raman", "email": "priya.raman@northwind.example"}
    assert found["message"]["date"] == "2026-03-02T05:30:00-05:00"
    assert len(found["conversation"]) == 2
    assert "Re: Q2 budget" in desk.subjects("is:unread")
    listed = desk.read("search_mail", query="is:unread", limit=2)
    assert (len(listed["messages"]), listed["truncated"]) == (2, True)
    assert "body" not in listed["messages"][0]


def test_a_summary_says_who_asks_what_until_when(desk: "Desk") -> None:
    found = desk.read("summarize_mail")
    summary = found["summary"]
    assert summary.startswith(f"{found['total']} messages in ")
    assert "Priya Raman (unread): asks “Could you send me the travel and tools numbers by team today?”" in summary
    assert "“The deadline is Tuesday, 5 pm: they go to print after that.”" in summary
    assert desk.read("summarize_mail", query="from:nobody")["summary"] == "There are no messages that match."


def test_what_was_answered_is_not_asked_any_more(desk: "Desk") -> None:
    summary = desk.read("summarize_mail", query="subject:Catch-up")["summary"]
    assert "you wrote last" in summary
    assert "asks" not in summary


def test_sentences_are_the_senders_own() -> None:
    body = "Hi Robin,\n\nI need 3.5 hours. Could you\nhelp?\n\nOn Mon, Ana wrote:\n> Please call!\n\nThanks\n-- \nRobin"
    assert sentences(body) == ["I need 3.5 hours.", "Could you help?"]


def test_contacts(desk: "Desk") -> None:
    found = desk.read("find_contact", name="daniel")
    assert {contact["name"] for contact in found["contacts"]} == {"Daniel Kim", "Daniel Moreau"}
    assert set(found["contacts"][0]) == {"id", "name", "emails", "phone", "organization", "notes"}
    assert desk.read("find_contact", name="zed") == {"contacts": [], "total": 0, "truncated": False}
    assert [each["name"] for each in desk.read("find_contact", name="landlord")["contacts"]] == ["Olivia Grant"]
