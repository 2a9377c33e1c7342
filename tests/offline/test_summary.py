"""A summary is made of the senders' own sentences: who asks what, until when, and what was answered since."""

from typing import Any

from sayso.offline.mail.summary import summary

from .loop import Talk

ANA, ROBIN = {"name": "Ana Silva", "email": "ana@x.example"}, {"name": "Robin", "email": "robin@x.example"}


def mail(thread: str, text: str, mine: bool = False, **more: Any) -> dict[str, Any]:
    header = {"thread_id": thread, "from": ROBIN if mine else ANA, "subject": thread, "unread": False, "labels": []}
    return {**header, "mine": mine, "text": text, **more}


MAILS = [
    mail("Offsite", "Fine with me.", mine=True),
    mail("Offsite", "Could you come on Friday?"),
    mail("Budget", "Hi Robin,\n\nI need 3.5 hours. Could you\nhelp?\n\nIt is due by Friday.\n\nThanks", unread=1),
    mail("Budget", "First words."),
    mail("Hello", "Nothing else."),
    mail("Plan", "Not yet.", mine=True, labels=["drafts"]),
]  # fmt: skip


def test_who_asks_what_until_when() -> None:
    text, asking = summary({"messages": MAILS, "total": 9})
    assert text.splitlines() == [
        "The newest 6 of 9 messages in 4 conversations.",
        "- 'Offsite', from Ana Silva and you (2 messages): you wrote last, “Fine with me.”",
        "- 'Budget', from Ana Silva (2 messages, 1 unread): asks “I need 3.5 hours.” “Could you help?”; "
        "deadline: “It is due by Friday.”",
        "- 'Hello', from Ana Silva: “Nothing else.”",
        "- 'Plan', your own draft: “Not yet.”",
    ]
    assert asking == [text.splitlines()[2].removeprefix("- ")]
    assert summary({"messages": [], "total": 0}) == ("There are no messages that match.", [])
    assert summary({"messages": [mail("A", "> Please call!\nYes.", unread=True)], "total": 1})[0].splitlines() == [
        "1 message in 1 conversation.", "- 'A', from Ana Silva (unread): “Yes.”",
    ]  # fmt: skip


def test_the_model_says_it() -> None:
    found = {"messages": MAILS, "total": 6, "truncated": False}
    talk = Talk(lambda tool, args: found if tool == "summarize_mail" else None)
    answer, _ = talk.say("summarize my unread emails")
    assert answer.startswith("6 messages in 4 conversations.\n- 'Offsite'")
    answer, _ = talk.say("is there anything urgent?")
    assert "Unread mail that asks for something:\n• 'Budget', from Ana Silva" in answer
