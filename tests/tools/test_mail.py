"""Writing, answering, sorting and reading mail."""

from typing import TYPE_CHECKING, Any

import pytest
from tests.tools.test_addresses import receive

from sayso.tools.base import texts
from sayso.workspace.errors import Refused
from sayso.workspace.types import Person

if TYPE_CHECKING:
    from tests.tools.conftest import Desk

SHOP = Person("shop@shop.example", "The shop")
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
    assert (
        send.preview == "Send 'I will be late' to Ana Silva <ana.silva@northwind.example> — saved here, not delivered"
    )
    long = desk.prepare("draft_mail", to=["Ana"], subject=LONG[:300], body=LONG[:300])
    assert long.question.startswith("save a draft to Ana Silva about 'Dear Ana,")


def test_what_a_mail_lacks_is_asked_for(desk: "Desk") -> None:
    assert str(desk.refused("send_mail", to=["Ana"], subject="Plan")) == "What should the mail to Ana Silva say?"
    assert str(desk.refused("send_mail", body="Hello")) == "Who should the mail go to?"
    assert desk.refused("draft_mail").code == "missing"
    assert texts(desk.prepare("send_mail", to=["Ana"], body="Hi").warnings) == ("The mail has no subject.",)


def test_an_unknown_address_is_a_warning(desk: "Desk") -> None:
    proposal = desk.prepare("send_mail", to=["bob@new.example", "Ana"], subject="Hi", body="Hello")
    assert texts(proposal.warnings) == ("You have never written to or heard from bob@new.example before.",)
    desk.run("send_mail", proposal, "k")
    assert texts(desk.prepare("send_mail", to=["bob@new.example"], subject="Hi", body="Hello").warnings) == ()


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
    marcus = "Marcus Lind <marcus.lind@northwind.example>"
    assert one.preview == f"Reply 'Re: Offsite at the lake' to {marcus} — saved here, not delivered"
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
    assert texts(star.warnings) == ()
    desk.run("label_mail", star, "l")
    assert "Sunday dinner" in desk.subjects("label:Budget")
    assert texts(desk.prepare("label_mail", messages=["Sunday dinner"], add=["New"]).warnings) == (
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


def test_a_summary_gives_what_each_sender_wrote_in_short(desk: "Desk") -> None:
    history = "\n\nOn Mon, 2 Mar 2026 at 08:00, Ana <ana@x.example> wrote:\n> Please call!"
    long = receive(desk, SHOP, body="Dear Robin,\n\n" + "we sell seeds. " * 100 + "Please pay." + history)
    short = receive(desk, SHOP, body="Could you help?" + history + "\n-- \nThe shop")
    found = desk.read("summarize_mail", query="from:shop.example")
    by_id = {message["id"]: message for message in found["messages"]}
    assert (found["total"], found["truncated"]) == (2, False)
    assert (by_id[short]["text"], by_id[short]["mine"], "cut" in by_id[short]) == ("Could you help?", False, False)
    text = by_id[long]["text"]
    assert text.startswith("Dear Robin,\n\nwe sell seeds.")
    assert 600 < len(text) <= 700
    assert by_id[long]["cut"] == len("Dear Robin,\n\n" + "we sell seeds. " * 100 + "Please pay.") - len(text)
    assert not {"snippet", "body"} & by_id[long].keys()
    assert all(message["mine"] for message in desk.read("summarize_mail", query="in:sent")["messages"])
    assert desk.read("summarize_mail", query="from:nobody")["messages"] == []


def test_a_search_goes_on_where_it_ended(desk: "Desk") -> None:
    everything = desk.read("search_mail", limit=200)
    assert (everything["total"], everything["truncated"], "next" in everything) == (
        len(everything["messages"]),
        False,
        False,
    )
    found, pages = desk.read("search_mail", limit=7), list[str]()
    assert (found["total"], found["truncated"]) == (everything["total"], True)
    while True:
        pages += [message["id"] for message in found["messages"]]
        assert found["truncated"] == ("next" in found)
        if "next" not in found:
            break
        found = desk.read("search_mail", limit=7, after=found["next"])
    assert pages == [message["id"] for message in everything["messages"]]
    with pytest.raises(Refused, match="search anew"):
        desk.read("search_mail", after="2026-03-01")


def test_the_labels_of_the_mailbox(desk: "Desk") -> None:
    found = desk.read("list_labels")
    assert "Budget" in found["labels"]
    assert found["total"] == len(found["labels"])
    assert found["system"] == ["inbox", "sent", "drafts", "trash", "starred", "unread"]


def test_a_reply_goes_to_others_besides(desk: "Desk") -> None:
    reply = desk.prepare(
        "reply_mail",
        message="Marcus's latest mail about the offsite",
        body="Fine.",
        cc=["Priya", "Marcus"],
        bcc=["Ana"],
    )
    assert dict(reply.details)["Cc"] == "Priya Raman <priya.raman@northwind.example>"
    assert dict(reply.details)["Bcc"] == "Ana Silva <ana.silva@northwind.example>"
    again = desk.prepare("reply_mail", **reply.args)
    assert (again.args, again.target) == (reply.args, reply.target)
    everyone = desk.prepare("reply_mail", message=reply.args["message"], body="Fine.", everyone=True, cc=["Priya"])
    assert {who["email"].partition("@")[0] for who in everyone.target["mail"]["cc"]} == {
        "ana.silva", "tomas.garcia", "priya.raman",
    }  # fmt: skip
    stranger = desk.prepare("reply_mail", message=reply.args["message"], body="Fine.", bcc=["eve@evil.example"])
    assert texts(stranger.warnings) == ("You have never written to or heard from eve@evil.example before.",)


def test_a_draft_of_an_answer_is_in_its_conversation(desk: "Desk") -> None:
    read = desk.read("read_mail", message="the mail from Priya about the budget")["message"]
    draft = desk.prepare("draft_mail", answer=read["id"], body="Fine.", cc=["Ana"])
    assert dict(draft.details)["Answers"] == "'Re: Q2 budget' from Priya Raman"
    saved = desk.run("draft_mail", draft, "k").value["message"]
    assert (saved["thread_id"], saved["in_reply_to"]) == (read["thread_id"], read["id"])
    assert saved["id"] in [each["id"] for each in desk.read("read_mail", message=read["id"])["conversation"]]
    send = desk.prepare("send_mail", draft=saved["id"])
    assert dict(send.details)["Answers"] == "'Re: Q2 budget' from Priya Raman"
    sent = desk.run("send_mail", send, "s").value["message"]
    assert (sent["thread_id"], sent["in_reply_to"], sent["labels"]) == (read["thread_id"], read["id"], ["sent"])


def test_contacts(desk: "Desk") -> None:
    found = desk.read("find_contact", name="daniel")
    assert {contact["name"] for contact in found["contacts"]} == {"Daniel Kim", "Daniel Moreau"}
    assert set(found["contacts"][0]) == {"id", "name", "emails", "phone", "organization", "notes"}
    assert desk.read("find_contact", name="zed") == {"contacts": [], "total": 0, "truncated": False}
    assert [each["name"] for each in desk.read("find_contact", name="landlord")["contacts"]] == ["Olivia Grant"]


@pytest.mark.parametrize(
    ("tool", "named", "args"),
    [
        ("archive_mail", "messages", {}),
        ("trash_mail", "messages", {}),
        ("label_mail", "messages", {"add": ["starred"]}),
        ("reply_mail", "message", {"body": "Fine."}),
        ("forward_mail", "message", {"body": "Look.", "to": ["Ana"]}),
        ("draft_mail", "answer", {"body": "Fine."}),
        ("draft_mail", "forward", {"body": "Look.", "to": ["Ana"]}),
        ("send_mail", "forward", {"body": "Look.", "to": ["Ana"]}),
    ],
)
def test_a_long_subject_of_a_stranger_is_shortened_where_it_is_named(
    desk: "Desk", tool: str, named: str, args: dict[str, Any]
) -> None:
    subject = "Win \n" + "now " * 400
    message = receive(desk, SHOP, subject=subject)
    proposal = desk.prepare(tool, **{named: [message] if named == "messages" else message}, **args)
    told = [proposal.question, proposal.preview, desk.run(tool, proposal, "k").receipt]
    told += [text for label, text in proposal.details if label in ("Message", "Answers")]
    for text in told:
        about = text.partition("'")[2].partition("'")[0]
        assert about.endswith("…")
        assert 90 < len(about) <= 100
    if "mail" in proposal.target:
        assert proposal.target["mail"]["subject"].endswith("now " * 399 + "now")


def test_what_the_user_writes_as_a_subject_stays_whole(desk: "Desk") -> None:
    subject = "The plan " * 30 + "ends"
    proposal = desk.prepare("send_mail", to=["Ana"], subject=subject, body="Look.")
    receipt = desk.run("send_mail", proposal, "k").receipt
    assert all(f"'{subject}'" in text for text in (proposal.question, proposal.preview, receipt))
