"""What Gmail's lists have in common: what is searched for, and in pages."""

from typing import Any

from tests.kit.google.gmail_box import SYSTEM, Mailbox, invalid
from tests.kit.google.gmail_mail import Mail
from tests.kit.google.gmail_search import compiled, names_hidden
from tests.kit.google.parts import Call

Json = dict[str, Any]

MOST = 500
"""Results of one page."""
HIDDEN = ("TRASH", "SPAM")


def searched(box: Mailbox, call: Call) -> list[Mail]:
    """The newest first. Labels asked for by id are as they are, those in `q` as the index knows them."""
    query, wanted = call.query.get("q", ""), call.query.get("labelIds", [])
    for label in wanted:
        if label not in (*SYSTEM, *box.names.values()):
            raise invalid(f"Invalid label: {label}")
    hidden = call.query.get("includeSpamTrash", False) or names_hidden(query) or bool(set(wanted) & set(HIDDEN))
    found = [mail for mail in box.newest() if all(label in mail.labels for label in wanted)]
    if not hidden:
        found = [mail for mail in found if not set(mail.labels) & set(HIDDEN)]
    if not query.strip():
        return found
    fits, known = compiled(query, box.names), [(mail, mail.indexed(box.until)) for mail in found]
    return [mail for mail, labels in known if labels is not None and fits(mail, labels)]


def page(found: list[Json], name: str, call: Call) -> Json:
    most = min(call.query.get("maxResults", 100), MOST)
    begin = _begin(call.query.get("pageToken"))
    told: Json = {"resultSizeEstimate": min(len(found), 201)}  # as little as Gmail's says
    if found[begin : begin + most]:
        told[name] = found[begin : begin + most]
    if len(found) > begin + most:
        told["nextPageToken"] = f"0{begin + most}"
    return told


def _begin(token: str | None) -> int:
    if token is None:
        return 0
    if not token.isdigit() or not token.startswith("0"):
        raise invalid("Invalid pageToken")
    return int(token)


def known(mail: Mail) -> Json:
    told = {"id": mail.id, "threadId": mail.thread, "labelIds": list(mail.labels)}
    return told if mail.labels else {"id": mail.id, "threadId": mail.thread}
