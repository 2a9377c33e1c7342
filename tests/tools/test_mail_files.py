"""Files go along with mails and can be read; which are meant has to be said, and what cannot go along is told."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from tests.kit.mails import mail, multipart
from tests.kit.pdfs import pdf
from tests.kit.seeded import ME, NEW_YORK
from tests.tools.conftest import Desk
from tests.tools.test_addresses import PRIYA, receive
from tests.tools.test_forward import BILL

from sayso.base import sizes
from sayso.base.ids import Ids
from sayso.tools.base import Result, texts
from sayso.transfer.importing import import_files
from sayso.transfer.job import ImportReport
from sayso.workspace.errors import ObjectChanged
from sayso.workspace.local.mail import LocalMail
from sayso.workspace.types import Person

CSV = "Content-Type: text/csv; name=numbers.csv\n\na,b\n1,2"
GREETING = "Content-Type: text/plain; name*=utf-8''Gr%C3%BC%C3%9Fe.txt\nContent-Disposition: attachment\n\nHello"
EMPTY = "Content-Disposition: attachment; filename=lost.pdf; size=9\n"
INNER = "Content-Type: message/rfc822; name=letter.eml\n\nSubject: Inner\n\nWords\n"
ZIP = "Content-Type: application/zip; name=all.zip\nContent-Transfer-Encoding: base64\n\naGVsbG8="


@pytest.fixture
def budget(desk: Desk, tmp_path: Path) -> str:
    """A mail in the embedded mailbox with files, one of which has only a name."""
    return brought(desk, tmp_path, CSV, GREETING, EMPTY, INNER, ZIP)


def brought(desk: Desk, folder: Path, *parts: str) -> str:
    headers, body = multipart("mixed", "\nSee these.", *parts)
    path = folder / "in.mbox"
    path.write_bytes(mail(f"Message-ID: <{len(parts)}@x>\nSubject: Figures\nTo: {ME.email}\n{headers}", body))
    store = cast(LocalMail, desk.ctx.mail).store
    import_files(store, "usr_me", ME, NEW_YORK, Ids(), [path], ImportReport(), keep_samples=True)
    found: str = desk.read("search_mail", query="subject:Figures")["messages"][0]["id"]
    return found


def files(desk: Desk, result: Result) -> list[tuple[str, bytes]]:
    """What is attached to the mail that a tool made."""
    message = result.value["message"]
    numbers = [(file["name"], file["number"]) for file in message["attachments"]]
    return [(name, desk.do(desk.ctx.mail.attachment(message["id"], number))) for name, number in numbers]


ALONG = [("numbers.csv", b"a,b\n1,2"), ("Grüße.txt", b"Hello"), ("letter.eml", b"Subject: Inner\n\nWords\n"), ("all.zip", b"hello")]  # fmt: skip  # noqa: E501


def test_a_mail_is_forwarded_with_its_files(desk: Desk, budget: str) -> None:
    proposal = desk.prepare("forward_mail", message=budget, to=[PRIYA.email], body="Look.", cc=["Ana"])
    assert texts(proposal.warnings) == ("The attachment 'lost.pdf' of the forwarded mail is not sent along.",)
    assert dict(proposal.details)["Files"] == (
        "numbers.csv (7 bytes), Grüße.txt (5 bytes), letter.eml (22 bytes), all.zip (5 bytes)"
    )
    assert proposal.question == "forward 'Figures' to Priya Raman and Ana Silva saying “Look.”, with 4 files"
    assert proposal.effect == "outbound"
    again = desk.prepare("forward_mail", **proposal.args)
    assert (again.args, again.target, texts(again.warnings)) == (
        proposal.args,
        proposal.target,
        texts(proposal.warnings),
    )
    sent = desk.run("forward_mail", proposal, "k")
    assert files(desk, sent) == ALONG
    assert desk.reconcile("forward_mail", proposal, "k") == sent
    assert sent.value["message"]["subject"] == "Fwd: Figures"
    assert sent.value["message"]["body"].startswith("Look.\n\n---------- Forwarded message ----------\nFrom: Mara")
    assert sent.receipt.endswith(", with 4 files.")


@pytest.mark.parametrize(
    ("wanted", "along"),
    [
        (["none"], []),
        (["all"], ALONG),
        (["numbers.csv"], ALONG[:1]),
        ([1, "5"], [ALONG[0], ALONG[3]]),
        (["letter", "GRÜSSE.txt"], [ALONG[2], ALONG[1]]),
    ],
)
def test_some_of_the_files_go_along(desk: Desk, budget: str, wanted: list[Any], along: list[Any]) -> None:
    proposal = desk.prepare("forward_mail", message=budget, to=[PRIYA.email], attachments=wanted)
    assert files(desk, desk.run("forward_mail", proposal, "k")) == along
    assert bool(texts(proposal.warnings)) == (wanted == ["all"])
    assert desk.prepare("forward_mail", **proposal.args).target == proposal.target


@pytest.mark.parametrize("tool", ["send_mail", "draft_mail"])
def test_the_argument_forward_takes_the_files_along_too(desk: Desk, budget: str, tool: str) -> None:
    proposal = desk.prepare(tool, to=[PRIYA.email], forward=budget, body="Look.", attach=[f"{budget}#1"])
    assert files(desk, desk.run(tool, proposal, "k")) == ALONG  # each once


@pytest.mark.parametrize(
    ("tool", "args"),
    [
        ("send_mail", {"to": [PRIYA.email], "subject": "Here", "body": "See."}),
        ("draft_mail", {"subject": "Here"}),
        ("draft_mail", {"answer": "the mail from Priya about the budget", "body": "See."}),
        ("reply_mail", {"message": "the mail from Priya about the budget", "body": "See."}),
    ],
)
def test_files_of_mails_go_along(desk: Desk, budget: str, tool: str, args: dict[str, Any]) -> None:
    proposal = desk.prepare(tool, **args, attach=[f"{budget}#2", "the mail about Figures#numbers.csv"])
    assert proposal.args["attach"] == [f"{budget}#2", f"{budget}#1"]
    assert proposal.question.endswith(", with 'Grüße.txt' and 'numbers.csv'")
    assert ", with 'Grüße.txt' and 'numbers.csv'" in proposal.preview
    assert files(desk, desk.run(tool, proposal, "k")) == [ALONG[1], ALONG[0]]


def test_a_draft_keeps_its_files_and_gets_others(desk: Desk, budget: str) -> None:
    draft = desk.prepare("draft_mail", to=[PRIYA.email], subject="Here", body="See.", attach=[f"{budget}#1"])
    saved = desk.run("draft_mail", draft, "d").value["message"]["id"]
    send = desk.prepare("send_mail", draft=saved, attach=[f"{budget}#2"])
    assert dict(send.details)["Files"] == "numbers.csv (7 bytes), Grüße.txt (5 bytes)"
    assert files(desk, desk.run("send_mail", send, "s")) == ALONG[:2]


@pytest.mark.parametrize(
    ("file", "code", "says"),
    [
        ("#9", "not_found", "'Figures' has 5 files:\n1. numbers.csv (7 bytes)"),
        ("#nothing.doc", "not_found", "5. all.zip (5 bytes)\nName one by its number."),
        ("", "ambiguous", "'Figures' has 5 files:"),
        ("#3", "not_found", "Only the name of 'lost.pdf' is known here"),
    ],
)
def test_which_file_is_meant_has_to_be_said(desk: Desk, budget: str, file: str, code: str, says: str) -> None:
    error = desk.refused("send_mail", to=[PRIYA.email], body="See.", attach=[budget + file])
    assert error.code == code
    assert says in str(error)
    if "files:" in says:
        assert error.candidates[0] == {"id": f"{budget}#1", "label": "numbers.csv (7 bytes)"}


def test_a_mail_without_files_has_none_to_send(desk: Desk) -> None:
    error = desk.refused("read_attachment", message="the mail from Priya about the budget")
    assert str(error) == "Nothing is attached to 'Re: Q2 budget'."


def test_files_are_bounded(desk: Desk, budget: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "FILES", 25)
    desk.prepare("send_mail", to=[PRIYA.email], body="See.", attach=[f"{budget}#1", f"{budget}#2"])
    draft = desk.prepare("draft_mail", to=[PRIYA.email], subject="Here", body="See.", attach=[f"{budget}#1"])
    saved = desk.run("draft_mail", draft, "d").value["message"]["id"]
    for tool, args in (
        ("send_mail", {"to": [PRIYA.email], "body": "See.", "attach": [f"{budget}#1", f"{budget}#4"]}),
        ("send_mail", {"draft": saved, "attach": [f"{budget}#4"]}),
        ("forward_mail", {"message": budget, "to": [PRIYA.email]}),
    ):
        assert "a mail carries 0 MiB: numbers.csv (7 bytes), " in str(desk.refused(tool, **args))
    monkeypatch.setattr(sizes, "FILES", 6)
    desk.prepare("send_mail", draft=saved)  # as it is
    monkeypatch.setattr(sizes, "FILES", 1_000)
    monkeypatch.setattr(sizes, "ITEMS", 3)
    assert "carries 3 files, and these are 4" in str(desk.refused("forward_mail", message=budget, to=[PRIYA.email]))


def test_a_file_that_is_another_one_by_now_is_not_sent(desk: Desk, budget: str) -> None:
    proposal = desk.prepare("forward_mail", message=budget, to=[PRIYA.email], attachments=["1"])
    shown = proposal.target["mail"]
    for change in ({"size": 8}, {"name": "other.csv"}, {"number": 2}, {"number": 9}):
        changed = shown | {"attachments": [shown["attachments"][0] | change]}
        with pytest.raises(ObjectChanged, match="not there any more"):
            desk.run("forward_mail", replace(proposal, target=proposal.target | {"mail": changed}), "k")
    assert desk.reconcile("forward_mail", proposal, "k") is None


def test_names_alone_do_not_go_along(desk: Desk) -> None:
    message = receive(desk, Person("shop@shop.example", "The shop"), attachments=(BILL,))
    proposal = desk.prepare("forward_mail", message=message, to=[PRIYA.email], body="Pay.")
    assert texts(proposal.warnings) == ("The attachment 'bill.pdf' of the forwarded mail is not sent along.",)
    assert "Files" not in dict(proposal.details)
    assert files(desk, desk.run("forward_mail", proposal, "k")) == []


def test_a_file_is_read_and_its_link_told(desk: Desk, budget: str) -> None:
    found = desk.read("read_attachment", message=budget, attachment="numbers.csv")
    assert found == {
        "message": {"id": budget, "subject": "Figures"},
        "file": {"number": 1, "name": "numbers.csv", "media_type": "text/csv", "size": 7,
                 "link": f"/mail/{budget}/attachments/1"},
        "text": "a,b\n1,2",
    }  # fmt: skip
    assert desk.read("read_attachment", message=budget, attachment=2)["text"] == "Hello"
    assert desk.read("read_attachment", message=budget, attachment="letter.eml")["text"] == "Subject: Inner\n\nWords\n"
    for number, why in ((3, "only the name is kept"), (5, "no text and no PDF")):
        found = desk.read("read_attachment", message=budget, attachment=number)
        assert (found["text"], found["file"]["link"]) == ("", f"/mail/{budget}/attachments/{number}")
        assert why in found["problem"]
    read = desk.read("read_mail", message=budget)["message"]["attachments"]
    assert [(file["number"], file["link"]) for file in read][:1] == [(1, f"/mail/{budget}/attachments/1")]
    assert desk.read("search_mail", query="subject:Figures")["messages"][0]["attachments"][4]["number"] == 5


def test_a_pdf_is_read(desk: Desk, tmp_path: Path) -> None:
    content = pdf("Total 500", "Thanks").decode("latin-1")
    message = brought(desk, tmp_path, f"Content-Type: application/pdf; name=bill.pdf\n\n{content}")
    found = desk.read("read_attachment", message=message)
    assert (found["text"], found["pages"]) == ("Total 500\n\nThanks", 2)
