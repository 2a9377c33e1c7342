"""Gmail's search language, as far as the help page "Refine searches in Gmail" has it: words as whole words, phrases,
operators, OR, {}, (), -."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import getaddresses

from tests.kit.google.gmail_mail import Mail

Test = Callable[[Mail, tuple[str, ...]], bool]
"""Of a mail with the labels that the index knows."""

TOKEN = re.compile(
    r'\s+|[(){}]|-(?=\S)|(?P<over>\w+):(?=[({])|(?:(?P<name>\w+):)?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s(){}"]+))|"'
)
PLACES = {
    "inbox": "INBOX", "sent": "SENT", "draft": "DRAFT", "drafts": "DRAFT", "trash": "TRASH", "spam": "SPAM",
    "starred": "STARRED", "unread": "UNREAD", "important": "IMPORTANT",
}  # fmt: skip


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def holds(text: str, phrase: str) -> bool:
    """Whether the words of the phrase are in it, as whole words and in this order."""
    wanted, there = words(phrase), words(text)
    return any(there[at : at + len(wanted)] == wanted for at in range(len(there) - len(wanted) + 1))


def names_hidden(query: str) -> bool:
    """Whether it asks for what lies in the trash or in spam."""
    return bool(re.search(r"(?i)\b(?:in|label|is):\"?(anywhere|trash|spam)\b", query))


def compiled(query: str, names: dict[str, str]) -> Test:
    """`names`: ids of the user's labels by their names."""
    return _Parser(query, names).whole()


class _Parser:
    def __init__(self, query: str, names: dict[str, str]) -> None:
        self._tokens = [each for each in TOKEN.finditer(query) if each[0].strip()]
        self._at = 0
        self._names = {_dashed(name): label for name, label in names.items()}

    def whole(self) -> Test:
        return self._group("")

    def _peek(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _group(self, end: str, where: str = "") -> Test:
        """Terms of which all hold (in {}: one of them); OR joins the two beside it."""
        terms: list[list[Test]] = []
        joins = False
        while self._at < len(self._tokens) and self._peek() != end:
            if self._peek() in ("OR", "|"):
                self._at += 1
                joins = bool(terms)
                continue
            if self._peek() in (")", "}"):
                self._at += 1
                continue
            term = self._term(where)
            if joins:
                terms[-1].append(term)
            else:
                terms.append([term])
            joins = False
        self._at += 1
        flat = [_any(each) for each in terms]
        return _any(flat) if end == "}" else _all(flat)

    def _term(self, where: str) -> Test:
        token = self._tokens[self._at]
        self._at += 1
        if token[0] == "-":
            negated = self._term(where)
            return lambda mail, labels: not negated(mail, labels)
        if token[0] in "({":
            return self._group(")" if token[0] == "(" else "}", where)
        if token["over"]:
            opening = self._peek()
            self._at += 1
            return self._group(")" if opening == "(" else "}", token["over"].lower())
        value = token["quoted"] if token["quoted"] is not None else token["bare"] or ""
        return self._leaf((token["name"] or where).lower(), value, token[0])

    def _leaf(self, name: str, value: str, whole: str) -> Test:
        match name:
            case "from" | "to" | "cc" | "bcc":
                return lambda mail, _: any(holds(each, value) for each in _people(mail, name))
            case "deliveredto":
                return lambda mail, _: holds(mail.header("Delivered-To"), value)
            case "subject":
                return lambda mail, _: holds(mail.header("Subject"), value)
            case "rfc822msgid":
                return lambda mail, _: value.strip("<>") in mail.ids("Message-ID")
            case "has":
                return lambda mail, _: value == "attachment" and bool(mail.files)
            case "filename":
                return lambda mail, _: any(holds(each, value) for each in mail.files)
            case "after" | "newer":
                since = _moment(value)
                return lambda mail, _: mail.at >= since
            case "before" | "older":
                until = _moment(value)
                return lambda mail, _: mail.at < until
            case "in" | "is" | "label":
                return self._place(value.lower())
        return lambda mail, _: holds(_everything(mail), value if not name else whole)

    def _place(self, value: str) -> Test:
        if value in ("anywhere", "all"):
            return lambda mail, labels: True
        if value == "read":
            return lambda mail, labels: "UNREAD" not in labels
        if value == "archive":
            return lambda mail, labels: not {"INBOX", "SENT", "DRAFT", "TRASH", "SPAM"} & set(labels)
        wanted = PLACES.get(value) or self._names.get(_dashed(value))
        return lambda mail, labels: wanted in labels


def _dashed(name: str) -> str:
    """Spaces and what operators are made of stand as dashes in the name of a label."""
    return re.sub(r"[\s/()&|{}\"]", "-", name.casefold())


def _people(mail: Mail, name: str) -> list[str]:
    return [f"{who} {address}" for who, address in getaddresses([mail.header(name)])]


def _everything(mail: Mail) -> str:
    told = [mail.header(name) for name in ("Subject", "From", "To", "Cc", "Bcc")]
    return " \n ".join([*told, mail.text, *mail.files])


def _moment(value: str) -> datetime:
    if value.isdigit():
        return datetime.fromtimestamp(int(value), UTC)
    return datetime.strptime(value.replace("-", "/"), "%Y/%m/%d").replace(tzinfo=UTC)


def _all(tests: Iterable[Test]) -> Test:
    each = list(tests)
    return lambda mail, labels: all(test(mail, labels) for test in each)


def _any(tests: Iterable[Test]) -> Test:
    each = list(tests)
    return each[0] if len(each) == 1 else lambda mail, labels: any(test(mail, labels) for test in each)
