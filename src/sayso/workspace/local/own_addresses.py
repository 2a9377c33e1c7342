"""Which addresses are the user's own, and what is under `sent` by them.

Whose an event is and who its guests are is found when it is read (`events.series.as_seen_by`); a mail's labels are
stored, so they follow here.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, and_, bindparam, or_, select, update

from sayso.base.addresses import MOST_OWN
from sayso.english.words import to_find
from sayso.identity import users
from sayso.store.gateway import WriteConn
from sayso.store.holding import holds
from sayso.store.tables import users as accounts
from sayso.store.workspace_tables import local_messages as messages
from sayso.workspace.local.mail_rows import find_labels
from sayso.workspace.people import Me
from sayso.workspace.stored import PEOPLE, PERSON

_PIECE = 500
_SENT_HERE = "@sayso.local"
"""What the Message-IDs of mails that were sent here end with: they stay sent, whatever is said of their sender."""

_set_labels = (
    update(messages)
    .where(messages.c.user_id == bindparam("user"), messages.c.id == bindparam("message"))
    .values(labels=bindparam("names"), find_labels=bindparam("found"), revision=messages.c.revision + 1)
)


def change_addresses(conn: WriteConn, user_id: str, addresses: Iterable[str]) -> Me:
    """Let these, besides the account's own, be the addresses of the user, and his mails lie where they then belong:
    what he wrote under `sent`, what others wrote in the inbox. Each counts once, the first of them first."""
    account = users.get(conn, user_id, lock=True)
    spelled: dict[str, str] = {}
    for address in map(str.strip, addresses):
        spelled.setdefault(address.casefold(), address)
    wanted = [address for key, address in spelled.items() if key != account.email.casefold()][:MOST_OWN]
    before, after = (Me.of(account.email, account.name, each) for each in (account.addresses, wanted))
    if wanted != list(account.addresses):
        conn.execute(update(accounts).where(accounts.c.id == user_id).values(addresses=wanted))
        _sort_mail(conn, user_id, before, after)
    return after


def add_addresses(conn: WriteConn, user_id: str, addresses: Sequence[str]) -> Me:
    """`change_addresses` by these more."""
    return change_addresses(conn, user_id, (*users.get(conn, user_id, lock=True).addresses, *addresses))


def _sort_mail(conn: WriteConn, user_id: str, before: Me, after: Me) -> None:
    """Some at a time, so that it takes no more memory for a large mailbox."""
    was, now = ({each.casefold() for each in (me.email, *me.others)} for me in (before, after))
    if not (changed := was ^ now):
        return
    names = ("id", "sender", "to", "cc", "bcc", "labels", "message_id")
    mine = (messages.c.user_id == user_id) & or_(*map(_may_be_from, changed))
    query = select(*(messages.c[name] for name in names)).where(mine).order_by(messages.c.id).limit(_PIECE)
    rows = conn.execute(query).mappings().all()
    while rows:
        found = [(row["id"], row["labels"], _labels(row, before, after)) for row in rows]
        if moved := [
            {"user": user_id, "message": message_id, "names": labels, "found": find_labels(labels)}
            for message_id, old, labels in found
            if labels != old
        ]:
            conn.execute(_set_labels, moved)
        rows = conn.execute(query.where(messages.c.id > rows[-1]["id"])).mappings().all()


def _may_be_from(address: str) -> ColumnElement[bool]:
    """Whether a message's sender has the words of the address, also with a tag between them."""
    local, _, domain = address.rpartition("@")
    return and_(*(holds(messages.c.find_from, text) for text in map(to_find, (local, domain)) if text))


def _labels(row: RowMapping, before: Me, after: Me) -> list[str]:
    labels: list[str] = row["labels"]
    sender = PERSON.validate_python(row["sender"]).email
    was, is_mine = before.owns(sender), after.owns(sender)
    if is_mine and not was and "inbox" in labels and "sent" not in labels:
        return _instead(labels, "inbox", ["sent", "inbox"] if after.among(_receivers(row)) else ["sent"])
    if was and not is_mine and "sent" in labels and not row["message_id"].endswith(_SENT_HERE):
        return _instead(labels, "sent", [] if "inbox" in labels else ["inbox"])
    return labels


def _receivers(row: RowMapping) -> list[Any]:
    return [person for name in ("to", "cc", "bcc") for person in PEOPLE.validate_python(row[name])]


def _instead(labels: Sequence[str], one: str, others: Sequence[str]) -> list[str]:
    return [each for label in labels for each in (others if label == one else (label,))]
