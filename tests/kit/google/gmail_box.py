"""One account's mailbox at Gmail: mails, labels, drafts, what happened to them; and the post between accounts."""

import re
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import formatdate, getaddresses
from typing import Any

from tests.kit.google.gmail_mail import Mail
from tests.kit.google.parts import Account
from tests.kit.google.problems import Problem

Json = dict[str, Any]

SYSTEM = (
    "CHAT", "SENT", "INBOX", "IMPORTANT", "TRASH", "DRAFT", "SPAM", "CATEGORY_FORUMS", "CATEGORY_UPDATES",
    "CATEGORY_PERSONAL", "CATEGORY_PROMOTIONS", "CATEGORY_SOCIAL", "STARRED", "UNREAD",
)  # fmt: skip
FIXED = ("SENT", "DRAFT", "CHAT")
"""That nobody puts on or takes off."""
FIRST = 5_000
"""The first history id; older ones are too old."""


def not_found() -> Problem:
    return Problem(404, "notFound", "Requested entity was not found.")


def invalid(message: str) -> Problem:
    return Problem(400, "invalidArgument", message)


class Mailbox:
    """`aliases`: addresses to send as, with the schema's `verificationStatus`; `names`: ids of the user's own labels by
    name; `forgotten`: history up to this id is not known any more."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.fake = account.fake
        self.mails: dict[str, Mail] = {}
        self.drafts: dict[str, Mail] = {}
        self.names: dict[str, str] = {}
        self.aliases: dict[str, str] = {}
        self.default_alias = ""
        self.name = ""
        """What its user is called."""
        self.history: list[tuple[int, str, Mail, tuple[str, ...]]] = []
        self.forgotten = FIRST - 1
        self._changes = FIRST

    # --- for tests ----------------------------------------------------------------------------------------------------

    def deliver(self, raw: bytes, *labels: str, at: datetime | None = None) -> Mail:
        """A mail that comes in from outside; without labels, unread into the inbox."""
        return self.add(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), list(labels) or ["INBOX", "UNREAD"], at=at)

    def labeled(self, label: str) -> list[Mail]:
        """The newest first."""
        return [mail for mail in self.newest() if label in mail.labels]

    def forget_history(self) -> None:
        self.forgotten = self._changes

    # --- mails --------------------------------------------------------------------------------------------------------

    def add(self, raw: bytes, labels: list[str], thread: str | None = None, at: datetime | None = None) -> Mail:
        mail = Mail(self.fake.hexid(), thread or "", labels, raw, at or self.fake.now())
        mail.thread = thread or self._thread_of(mail) or mail.id
        self.mails[mail.id] = mail
        self._changed("messagesAdded", mail)
        return mail

    def drop(self, mail: Mail) -> None:
        del self.mails[mail.id]
        self._changed("messagesDeleted", mail)

    def mail(self, ident: str) -> Mail:
        if not re.fullmatch(r"[0-9a-f]{1,16}", ident):
            raise invalid("Invalid id value")
        if ident not in self.mails:
            raise not_found()
        return self.mails[ident]

    def newest(self) -> list[Mail]:
        came = list(self.mails.values())[::-1]
        return sorted(came, key=lambda mail: mail.at, reverse=True)

    def relabel(self, mail: Mail, add: list[str], remove: list[str]) -> None:
        before = list(mail.labels)
        mail.labels = [label for label in mail.labels if label not in remove]
        mail.labels += [label for label in dict.fromkeys(add) if label not in mail.labels]
        added = tuple(label for label in mail.labels if label not in before)
        removed = tuple(label for label in before if label not in mail.labels)
        if added:
            self._changed("labelsAdded", mail, added)
        if removed:
            self._changed("labelsRemoved", mail, removed)

    def check_labels(self, labels: list[str]) -> None:
        for label in labels:
            if label in FIXED or label not in (*SYSTEM, *self.names.values()):
                raise invalid(f"Invalid label: {label}")

    @property
    def history_id(self) -> int:
        return self._changes

    def _changed(self, kind: str, mail: Mail, labels: tuple[str, ...] = ()) -> None:
        self._changes += 1
        mail.history = self._changes
        mail.shelved.append((self.fake.now(), tuple(mail.labels)))
        self.history.append((self._changes, kind, mail, labels))

    # --- threads ------------------------------------------------------------------------------------------------------

    def _thread_of(self, mail: Mail) -> str:
        """That of a mail which it names, about the same (guide "Manage threads")."""
        named = set(mail.ids("References", "In-Reply-To"))
        found = [
            each for each in self.mails.values() if named & set(each.ids("Message-ID")) and each.topic == mail.topic
        ]
        return found[-1].thread if found else ""

    def thread_asked(self, thread: str, raw: bytes) -> str:
        """The thread that a mail of the user's own goes into who asked for this one; empty: a new one."""
        if not thread:
            return ""
        members = [mail for mail in self.mails.values() if mail.thread == thread]
        if not members:
            raise not_found()
        mail = Mail("", "", [], raw, self.fake.now())
        named = set(mail.ids("References", "In-Reply-To"))
        joins = any(named & set(each.ids("Message-ID")) or each.topic == mail.topic for each in members)
        return thread if joins else ""

    # --- the post -----------------------------------------------------------------------------------------------------

    @property
    def addresses(self) -> list[str]:
        return [self.account.email, *(each for each, status in self.aliases.items() if status == "accepted")]

    def send(self, raw: bytes, thread: str | None) -> Mail:
        """The sent copy of what goes out; whoever has an account gets it. Google writes its own Message-ID."""
        head, gap, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
        fields = re.split(rb"\n(?![ \t])", head)
        everyone = [
            address.casefold() for name in ("to", "cc", "bcc") for _, address in getaddresses(_values(fields, name))
        ]
        if not everyone:
            raise invalid("Recipient address required")
        sender = [address for _, address in getaddresses(_values(fields, "from"))][:1]
        if [each.casefold() for each in sender] not in [[each.casefold()] for each in self.addresses]:
            fields = [each for each in fields if not each.lower().startswith(b"from:")]
            fields.insert(0, b"From: " + self.account.email.encode())
        own = f"<CA{self.fake.hexid()}@mail.gmail.com>"
        fields = [each for each in fields if not each.lower().startswith(b"message-id:")]
        fields.append(b"Message-ID: " + own.encode())
        sent = self.add(_joined(fields, gap, body), ["SENT"], thread)
        self.fake.happened("mail", sent.id, self.account.email, to=", ".join(everyone), subject=sent.header("Subject"))
        shown = _joined([each for each in fields if not each.lower().startswith(b"bcc:")], gap, body)
        for address in dict.fromkeys(everyone):
            self._carry(sent, shown, address)
        return sent

    def _carry(self, sent: Mail, raw: bytes, address: str) -> None:
        if address.startswith("nobody@"):
            self.add(_returned(sent, address), ["INBOX", "UNREAD"])
        for account in list(self.fake.accounts.values()):
            box = account.state(Mailbox)
            if address not in [each.casefold() for each in box.addresses]:
                continue
            if box is self:  # Gmail keeps one copy of what one sends to oneself
                self.relabel(sent, ["INBOX", "UNREAD"], [])
            else:
                box.add(raw, ["INBOX", "UNREAD"])

    # --- searches -----------------------------------------------------------------------------------------------------

    @property
    def until(self) -> datetime:
        """Up to when searches know what happened."""
        lag: timedelta = self.fake.lag
        return self.fake.now() - lag


def _values(fields: list[bytes], name: str) -> list[str]:
    found = (each.partition(b":") for each in fields)
    return [re.sub(r"\s+", " ", value.decode()) for key, _, value in found if key.decode().lower() == name]


def _joined(fields: list[bytes], gap: bytes, body: bytes) -> bytes:
    return (b"\n".join(fields) + gap + body).replace(b"\n", b"\r\n")


def _returned(sent: Mail, address: str) -> bytes:
    """As Google tells that an address is nobody's (RFC 3464)."""
    report = EmailMessage()
    report["From"] = "Mail Delivery Subsystem <mailer-daemon@googlemail.com>"
    report["To"] = sent.header("From")
    report["Subject"] = "Delivery Status Notification (Failure)"
    report["Date"] = formatdate(sent.at.timestamp())
    report["Message-ID"] = f"<bounce-{sent.id}@mx.google.com>"
    report["X-Failed-Recipients"] = address
    report["Content-Type"] = 'multipart/report; boundary="r"; report-type=delivery-status'
    head = sent.raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    status = f"Final-Recipient: rfc822; {address}\nAction: failed\nStatus: 5.1.1\n"
    status += "Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist."
    parts = (
        f"text/plain\n\nAddress not found. Your message wasn't delivered to {address}.",
        f"message/delivery-status\n\nReporting-MTA: dns; googlemail.com\n\n{status}\n",
        f"text/rfc822-headers\n\n{head}\n",
    )
    body = "".join(f"--r\nContent-Type: {part}\n" for part in parts) + "--r--\n"
    return (report.as_string().rstrip("\n") + "\n\n" + body).replace("\r\n", "\n").replace("\n", "\r\n").encode()
