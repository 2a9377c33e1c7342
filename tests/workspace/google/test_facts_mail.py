"""What the fake's Gmail holds to: the facts of the real one that our promises stand on."""

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import httpx2
import pytest
from tests.kit.google.fake import ANA, Google

Json = dict[str, Any]

BOB = "bob@example.test"
VISIBLE = {"labelListVisibility": "labelShow", "messageListVisibility": "show"}


class Rest:
    """Requests to Gmail of one account."""

    def __init__(self, google: Google, email: str = ANA) -> None:
        self.http = httpx2.Client(headers={"Authorization": f"Bearer {google.grant(email=email)}"}, timeout=15)
        self.base = f"{google.url}/gmail/v1/users/me/"

    def __call__(self, method: str, path: str, body: Json | None = None, **params: Any) -> httpx2.Response:
        return self.http.request(method, self.base + path, json=body, params=params or None)

    def get(self, path: str, **params: Any) -> Json:
        answer = self("GET", path, **params)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def ids(self, **params: Any) -> list[str]:
        return [each["id"] for each in self.get("messages", **params).get("messages", [])]


@pytest.fixture
def ana(google: Google) -> Iterator[Rest]:
    rest = Rest(google)
    with rest.http:
        yield rest


@pytest.fixture
def bob(google: Google) -> Iterator[Rest]:
    rest = Rest(google, BOB)
    with rest.http:
        yield rest


def raw(subject: str = "Rig", text: str = "hello é", **headers: str) -> str:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = ANA, BOB, subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return base64.urlsafe_b64encode(mail.as_bytes()).decode()


def header(message: Json, name: str) -> str:
    headers = message["payload"]["headers"]
    return str(next((each["value"] for each in headers if each["name"].lower() == name.lower()), ""))


def reason(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["errors"][0]["reason"]


def test_a_draft_has_its_own_id_and_is_consumed_by_sending(ana: Rest, google: Google) -> None:
    profile = ana.get("profile")
    assert profile["emailAddress"] == ANA
    assert profile["historyId"]
    made = ana("POST", "drafts", {"message": {"raw": raw(Message_ID="<k9@sayso.invalid>", X_Sayso_Key="k9")}}).json()
    draft, message = made["id"], made["message"]
    assert draft != message["id"]
    assert message["labelIds"] == ["DRAFT"]
    sent = ana("POST", "drafts/send", {"id": draft}).json()
    assert sent["labelIds"] == ["SENT"]
    assert sent["id"] != message["id"]
    assert sent["threadId"] == message["threadId"]
    assert reason(ana("GET", f"drafts/{draft}")) == (404, "notFound")
    assert reason(ana("POST", "drafts/send", {"id": draft})) == (404, "notFound")
    assert google.count("mail") == 1
    told = ana.get(f"messages/{sent['id']}", format="metadata")
    assert header(told, "X-Sayso-Key") == "k9"
    assert "k9" not in header(told, "Message-ID")
    [added] = ana.get("history", startHistoryId=profile["historyId"], historyTypes="messageAdded")["history"]
    assert added["messagesAdded"][0]["message"] == {k: sent[k] for k in ("id", "threadId", "labelIds")}
    assert reason(ana("GET", "history", startHistoryId="1")) == (404, "notFound")
    assert ana.ids(q="rfc822msgid:" + header(told, "Message-ID").strip("<>")) == [sent["id"]]


def test_what_is_sent_arrives_with_an_id_of_its_own(ana: Rest, bob: Rest) -> None:
    sent = ana("POST", "messages/send", {"raw": raw(Bcc="carol@example.test")}).json()
    [got] = bob.ids(labelIds="INBOX")
    assert got != sent["id"]
    told = bob.get(f"messages/{got}")
    assert told["labelIds"] == ["INBOX", "UNREAD"]
    assert not header(told, "Bcc")
    assert header(ana.get(f"messages/{sent['id']}"), "Bcc") == "carol@example.test"


def test_a_reply_joins_the_conversation_by_thread_references_and_subject(ana: Rest, bob: Rest) -> None:
    ana("POST", "messages/send", {"raw": raw("Seeds")})
    [got] = bob.ids()
    first = bob.get(f"messages/{got}", format="metadata", metadataHeaders=["Message-ID"])
    named = header(first, "Message-ID")
    assert [each["name"] for each in first["payload"]["headers"]] == ["Message-ID"]
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["References"] = BOB, ANA, "Re: Seeds", named
    mail.set_content("yes")
    reply = {"raw": base64.urlsafe_b64encode(mail.as_bytes()).decode(), "threadId": first["threadId"]}
    assert bob("POST", "messages/send", reply).json()["threadId"] == first["threadId"]
    thread = ana.get(f"threads/{ana.get('messages/' + ana.ids()[-1])['threadId']}", format="minimal")
    assert len(thread["messages"]) == 2
    stranger = {"raw": raw("Other"), "threadId": first["threadId"]}
    assert bob("POST", "messages/send", stranger).json()["threadId"] != first["threadId"]
    assert reason(bob("POST", "messages/send", {"raw": raw(), "threadId": "f" * 16})) == (404, "notFound")


def test_refusals(ana: Rest, google: Google) -> None:
    assert reason(ana("POST", "messages/send", {"raw": base64.urlsafe_b64encode(b"nothing").decode()}))[0] == 400
    assert reason(ana("GET", "messages/nope"))[0] == 400
    assert reason(ana("GET", "messages/" + "f" * 16)) == (404, "notFound")
    found = google.mailbox().deliver(b"From: x@y.example\nSubject: s\n\nt")
    assert reason(ana("POST", f"messages/{found.id}/modify", {"addLabelIds": ["nope"]})) == (400, "invalidArgument")
    assert reason(ana("POST", f"messages/{found.id}/modify", {"addLabelIds": ["SENT"]})) == (400, "invalidArgument")
    assert ana("POST", "messages/batchModify", {"ids": [found.id], "addLabelIds": ["STARRED"]}).status_code == 204
    assert "STARRED" in found.labels
    assert ana("POST", "labels", VISIBLE | {"name": "Rig/One"}).status_code == 200
    assert reason(ana("POST", "labels", VISIBLE | {"name": "rig/one"}))[0] == 409
    assert reason(ana("POST", "labels", VISIBLE | {"name": "Inbox"}))[0] == 400


def test_an_edited_draft_is_another_message_under_the_same_id(ana: Rest) -> None:
    made = ana("POST", "drafts", {"message": {"raw": raw("One")}}).json()
    again = ana("PUT", f"drafts/{made['id']}", {"message": {"raw": raw("Two")}}).json()
    assert again["id"] == made["id"]
    assert again["message"]["id"] != made["message"]["id"]
    assert again["message"]["threadId"] != made["message"]["threadId"]
    assert reason(ana("GET", f"messages/{made['message']['id']}")) == (404, "notFound")
    assert [each["id"] for each in ana.get("drafts")["drafts"]] == [made["id"]]
    assert ana("DELETE", f"drafts/{made['id']}").status_code == 204
    assert ana.ids() == []


def test_texts_come_in_utf8_and_files_by_an_id(ana: Rest, google: Google) -> None:
    google.mailbox().deliver(
        b"From: =?iso-8859-1?Q?J=F6rg?= <j@y.example>\nSubject: s\nContent-Type: multipart/mixed; boundary=b\n\n"
        b"--b\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nGr=FC=DFe\n"
        b'--b\nContent-Type: text/csv; name="a.csv"\nContent-Disposition: attachment; filename="a.csv"\n\nx;y\n--b--\n'
    )
    [found] = ana.ids()
    told = ana.get(f"messages/{found}")
    text, file = told["payload"]["parts"]
    assert base64.urlsafe_b64decode(text["body"]["data"]).decode().strip() == "Grüße"
    assert file["filename"] == "a.csv"
    assert "data" not in file["body"]
    assert header(told, "From") == "Jörg <j@y.example>"
    got = ana.get(f"messages/{found}/attachments/{file['body']['attachmentId']}")
    assert base64.urlsafe_b64decode(got["data"]) == b"x;y"
    masked = ana.get(f"messages/{found}", fields="payload(parts(filename,body/size))")
    assert masked == {
        "payload": {"parts": [{"filename": "", "body": {"size": 5}}, {"filename": "a.csv", "body": {"size": 3}}]}
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("seed", ""),
        ("seeds", "ab"),
        ("SEEDS budget", "b"),
        ('"seeds for march"', "a"),
        ('"march seeds"', ""),
        ("seeds -budget", "a"),
        ("from:mara", "a"),
        ("from:(mara OR omar) seeds", "ab"),
        ("{from:mara from:omar}", "abc"),
        ("from:mara OR subject:budget", "ab"),
        ("seeds (march OR nothing)", "a"),
        ("subject:seeds", "a"),
        ("label:work-seeds-2026", "b"),
        ("is:unread", "ab"),
        ("is:starred", "b"),
        ("in:inbox -in:starred", "ac"),
        ("has:attachment", ""),
        ("in:trash", "t"),
        ("in:anywhere seeds", "abst"),
        ("to:ana -cc:bob", "abc"),
        ("cc:bob", ""),
        ("after:1772400000", "b"),
        ("before:2026/03/01", "ac"),
    ],
)
def test_the_search_language(ana: Rest, google: Google, query: str, found: str) -> None:
    box, now = google.mailbox(), google.now()
    label = ana("POST", "labels", VISIBLE | {"name": "Work/Seeds 2026"}).json()["id"]
    old = now - timedelta(days=5)

    def put(letter: str, who: str, subject: str, text: str, *labels: str, at: Any = now) -> None:
        mail = f"From: {who}\nTo: {ANA}\nSubject: {subject}\nX-Letter: {letter}\n\n{text}"
        box.deliver(mail.encode(), *labels, at=at)

    put("a", "Mara <mara@lund.example>", "Seeds", "seeds for March", "INBOX", "UNREAD", at=old)
    put("b", "omar@x.example", "Budget", "of the seeds", "INBOX", "UNREAD", "STARRED", label)
    put("c", "omar@x.example", "Else", "nothing", "INBOX", at=old)
    put("s", "omar@x.example", "Seeds!!!", "seeds", "SPAM")
    put("t", "omar@x.example", "Seeds gone", "seeds", "TRASH")
    got = [header(ana.get(f"messages/{each}"), "X-Letter") for each in ana.ids(q=query)]
    assert "".join(sorted(got)) == "".join(sorted(found)), query


def test_searches_lag_and_labels_by_id_do_not(ana: Rest, google: Google) -> None:
    google.lag = timedelta(minutes=1)
    found = google.mailbox().deliver(b"From: x@y.example\nSubject: s\n\nt")
    assert ana.ids(q="subject:s") == []
    assert ana.ids(labelIds="INBOX") == [found.id]
    google.lag = timedelta()
    assert ana.ids(q="subject:s") == [found.id]


def test_lists_come_in_pages(ana: Rest, google: Google) -> None:
    for number in range(5):
        google.mailbox().deliver(b"From: x@y.example\nSubject: %d\n\nt" % number)
    first = ana.get("messages", maxResults=3)
    rest = ana.get("messages", maxResults=3, pageToken=first["nextPageToken"])
    assert len(first["messages"]) == 3
    assert len(rest["messages"]) == 2
    assert "nextPageToken" not in rest
    assert reason(ana("GET", "messages", pageToken="x")) == (400, "invalidArgument")


def test_an_address_of_nobody_comes_back(ana: Rest) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["X-Sayso-Key"] = ANA, "nobody@example.test", "Lost", "k1"
    mail.set_content("x")
    ana("POST", "messages/send", {"raw": base64.urlsafe_b64encode(mail.as_bytes()).decode()})
    [back] = ana.ids(labelIds="INBOX")
    source = base64.urlsafe_b64decode(ana.get(f"messages/{back}", format="raw")["raw"])
    assert re.search(rb"X-Sayso-Key: k1", source)
    assert b"Status: 5.1.1" in source


def test_addresses_to_send_as(ana: Rest, google: Google) -> None:
    google.mailbox().aliases["a.first@example.test"] = "accepted"
    told = ana.get("settings/sendAs")["sendAs"]
    assert [each["sendAsEmail"] for each in told] == [ANA, "a.first@example.test"]
    assert told[0]["isPrimary"]
    assert told[0]["isDefault"]
    assert told[1]["verificationStatus"] == "accepted"
