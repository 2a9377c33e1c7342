"""Notices that a mail of ours did not arrive: in the standard's form (RFC 3464), and as some servers write them.

Such a notice can be forged by whoever got the mail, so it is something to tell, never something to act on. It counts
only if it gives back the Message-ID that we made, or our header with the key.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sayso.workspace.formats.addresses import people_of
from sayso.workspace.formats.mail import parse_people
from sayso.workspace.formats.mail_text import contents_of
from sayso.workspace.formats.mime import Part, parse_mail, read_fields
from sayso.workspace.mailbox.compose import KEY_HEADER
from sayso.workspace.mailbox.replies import plain_words

MAX_TEXT: Final = 100_000
"""Characters of a notice that are read."""
MAX_RECIPIENTS: Final = 100

_KEY = re.compile(r"act_[a-z2-7]{20}(?:\.[A-Za-z0-9_.-]{1,80})?")
_STATUS_PARTS: Final = ("message/delivery-status", "message/global-delivery-status")
_RETURNED: Final = (
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global-headers",
)
_DAEMONS: Final = ("mailer-daemon", "postmaster", "mail-daemon", "mdaemon", "microsoftexchange", "mailerdaemon")
_QUOTED_ID = re.compile(r"(?im)^[>\s]{0,20}(?:message-id|x-sayso-key)[ \t]{0,9}:[ \t]{0,9}(\S{1,400})")
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_ADDRESS = re.compile(
    r"(?m)^[ \t]{0,20}<?([^\s<>()\"',;:@]{1,64}@[^\s<>()\"',;:@]{1,255})>?[ \t]{0,9}(?::|$|\s(?=on\s|\())"
)
_NAMED = re.compile(
    r"(?i)(?:unknown user|undeliverable to|user mailbox exceeds allowed size|delivery failed|invalid final delivery "
    r"userid)\s{0,3}:?\s{0,3}<?([^\s<>()\"',;:@]{1,64}@[^\s<>()\"',;:@]{1,255})>?"
)
_FINAL = re.compile(
    r"(?i)address\(es\) failed|permanent (?:fatal )?error|(?:could not|couldn't|unable to|wasn't able to) (?:be )?"
    r"deliver|did not reach|could not be reached|delivery (?:to .{1,80} )?(?:has )?failed|undeliverable|unknown user"
    r"|exceeds allowed size|invalid final delivery|returned to sender"
)
_DELAYED = re.compile(
    r"(?i)not yet been delivered|has been delayed|delivery (?:is )?delayed|will (?:be retried|keep trying)"
    r"|still (?:being )?retr|warning message only|do not need to resend"
)
_COPY = re.compile(
    r"(?im)^(?:-{2,}\s{0,3}(?:this is a copy|below this line|enclosed (?:are|is)|undelivered message follows|original "
    r"message|returned message|the header of the original|unsent message)|(?:return-path|received):)"
)
_REASONS: Final = (
    (r"\.1\.(?:1|6|10)$", "there is no such address"),
    (r"\.1\.2$|\.4\.4$", "no server takes mail for this address"),
    (r"\.1\.3$", "the address is not written as one"),
    (r"\.1\.[78]$|\.7\.(?:2[0-9]|509)$", "the sender's address was not accepted"),
    (r"\.2\.1$", "the mailbox is switched off"),
    (r"\.2\.2$", "the mailbox is full"),
    (r"\.(?:2\.3|3\.4)$", "the mail is too big"),
    (r"\.4\.7$", "it could not be delivered in time"),
    (r"\.4\.\d+$", "the receiving server could not be reached"),
    (r"\.3\.\d+$", "the receiving system has a problem"),
    (r"\.6\.\d+$", "the receiving system cannot take such a mail"),
    (r"\.7\.\d+$", "the receiving system refused it"),
)
"""By the end of an enhanced status (RFC 3463, 3)."""
_SAID: Final = (
    (r"(?:account|mailbox)(?: that .{0,40})? (?:is )?(?:disabled|inactive|suspended)", ".2.1"),
    (r"user (?:is )?unknown|unknown user|no such (?:user|mailbox|person)|does ?n[o']t exist", ".1.1"),
    (r"invalid (?:mailbox|recipient)|(?:recipient|mailbox) (?:not found|rejected|unavailable)", ".1.1"),
    (r"over ?quota|mailbox (?:is )?full|exceed(?:s|ed) .{0,20}(?:quota|size)|quota exceeded", ".2.2"),
    (r"(?:host|domain) (?:name )?(?:not found|unknown)|unrouteable|no such domain", ".1.2"),
    (r"timed out|connection refused|could not connect|retry time", ".4.1"),
    (r"too (?:big|large)|size limit", ".3.4"),
    (r"spam|blocked|blacklist|policy|reputation", ".7.1"),
)
"""What is said instead of a status."""


@dataclass(frozen=True, slots=True)
class Undelivered:
    """Who did not get it. `reason`: half a sentence, in our words; `words`: the server's own, one short line."""

    address: str
    reason: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Bounce:
    """`message_id`: that of the mail, without angle brackets, or empty where only its `key` is known. `final`: nothing
    more is tried; else it is late."""

    message_id: str
    key: str
    recipients: tuple[Undelivered, ...]
    final: bool


def bounce_of(mail: Part) -> Bounce | None:
    """What a mail says of one that we sent and that did not arrive; None for any other mail."""
    status = next((part for part in mail.leaves() if part.media_type in _STATUS_PARTS), None)
    if status is not None:
        final, people = _standard(status)
    elif _is_from_a_server(mail):
        final, people = _plain(mail, _text_of(mail))
    else:
        return None
    if not people:
        return None
    key, message_id = _which(mail)
    return Bounce(message_id, key, tuple(people[:MAX_RECIPIENTS]), final) if key else None


def _standard(status: Part) -> tuple[bool, list[Undelivered]]:
    """Who failed; else who is late (RFC 3464, 2.3)."""
    failed, late = list[Undelivered](), list[Undelivered]()
    for group in _groups(status.decoded()[:MAX_TEXT]):
        action = group.get("action", "").strip().lower().partition(" ")[0]
        if action in ("failed", "delayed"):
            (failed if action == "failed" else late).append(_undelivered(group))
    return bool(failed), failed or late


def _groups(content: bytes) -> Iterator[dict[str, str]]:
    """The groups of fields: of the message first, then of each recipient."""
    for block in re.split(rb"\n[ \t\r]{0,20}\n", content.strip()):
        fields, _ = read_fields(block.strip(b"\r\n") + b"\n", 0)
        yield {name: b" ".join(value.split()).decode("utf-8", "replace") for name, value in reversed(fields)}


def _undelivered(group: dict[str, str]) -> Undelivered:
    told = group.get("original-recipient") or group.get("final-recipient") or ""
    final = group.get("final-recipient", "")
    address = next(filter(None, (_address_in(each.partition(";")[2] or each) for each in (told, final))), "")
    diagnostic = group.get("diagnostic-code", "")
    words = re.sub(r"^[\w-]{1,30}[ \t]{0,9};", "", diagnostic)
    return Undelivered(address, _reason(group.get("status", ""), words), plain_words(_without_codes(words)))


def _address_in(text: str) -> str:
    return next((who.email for who in people_of(text[:400]) if "@" in who.email), plain_words(text, 100))


def _without_codes(words: str) -> str:
    return re.sub(r"^[245]\d\d[\s-]{1,9}", "", words.strip())


def _reason(status: str, words: str) -> str:
    """Half a sentence for a status; one that says nothing gives way to what the words say."""
    found = [each for each in (*_STATUS.findall(status), *_STATUS.findall(words[:1000])) if not each.endswith(".0.0")]
    said = [code for pattern, code in _SAID if re.search(pattern, words[:1000], re.IGNORECASE)]
    for code in (*found[:1], *said, *found[1:]):
        for pattern, reason in _REASONS:
            if re.search(pattern, code):
                return reason
    return "it could not be delivered"


def _is_from_a_server(mail: Part) -> bool:
    if mail.has("x-failed-recipients") or mail.get("return-path").strip() == "<>":
        return True
    return any(is_notifier(who.email) for who in parse_people(mail, "From"))


def is_notifier(address: str) -> bool:
    """Whether it is an address that servers write their notices from."""
    return address.lower().startswith(_DAEMONS)


def _text_of(mail: Part) -> str:
    return contents_of(mail).body()[:MAX_TEXT]


def _plain(mail: Part, text: str) -> tuple[bool, list[Undelivered]]:
    """Who is named in a notice that is in words only: before the copy of the mail, with what is said below each."""
    copy = _COPY.search(text)
    notice = text[: copy.start()] if copy else text
    late, final = _DELAYED.search(notice), _FINAL.search(notice)
    told = [who.email for who in parse_people(mail, "X-Failed-Recipients") if "@" in who.email]
    if not (late or final or told):
        return False, []
    found = list(_ADDRESS.finditer(notice)) or list(_NAMED.finditer(notice))
    ends = [*(each.start() for each in found[1:]), len(notice)]
    said = {each[1].strip("."): (each, end) for each, end in zip(found, ends, strict=False)}
    everyone = list[Undelivered]()
    for who in told or said:
        each, end = said.get(who, (None, 0))
        begin, below = (each.start(), notice[each.end() : end]) if each else (0, "")
        everyone.append(Undelivered(who, _reason("", notice[begin : end or None]), _first_words(below)))
    return bool(told) or not late, everyone


def _first_words(said: str) -> str:
    """The first paragraph below an address."""
    return plain_words(re.split(r"\n[ \t]{0,20}\n", said.strip(": \t\r\n"), maxsplit=1)[0])


def _which(mail: Part) -> tuple[str, str]:
    """Key and Message-ID of the mail that is given back; both empty where it is none of ours."""
    for message_id, key in _named(mail):
        own, _, domain = message_id.strip().strip("<>").partition("@")
        told = key.strip()
        if _KEY.fullmatch(own) and domain:
            return own, f"{own}@{domain}"
        if _KEY.fullmatch(told):
            return told, ""
    return "", ""


def _named(mail: Part) -> Iterable[tuple[str, str]]:
    """Message-IDs and keys that may be those of the mail: what is given back, what is quoted, what is answered."""
    for part in mail.leaves():
        if part.media_type in _RETURNED:
            inner = parse_mail(part.decoded())
            yield inner.get("message-id"), inner.get(KEY_HEADER.lower())
    text = _text_of(mail)
    for found in _QUOTED_ID.finditer(text):
        yield found[1], found[1]
    for name in ("in-reply-to", "references"):
        for each in mail.get(name)[-2000:].split():
            yield each, ""
