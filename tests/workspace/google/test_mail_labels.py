"""Labels put on and taken off: places, flags, the user's own."""

import pytest
from tests.kit.google.fake import Google as Fake
from tests.kit.google.faults import Fault
from tests.kit.google.gmail_mail import Mail
from tests.workspace.google.mailing import Rig

from sayso.workspace.errors import ObjectNotFound, Refused, Unavailable, Uncertain
from sayso.workspace.types import Header

MODIFY = "POST /gmail/v1/users/me/messages/batchModify"


@pytest.fixture
def rig(google: Fake) -> Rig:
    return Rig(google)


def relabel(rig: Rig, mails: list[Mail], add: str = "", remove: str = "") -> list[Header]:
    plus, minus = ([each for each in text.split(",") if each] for text in (add, remove))
    return rig.run(lambda box: box.relabel([mail.id for mail in mails], plus, minus, "k"))


@pytest.mark.parametrize(
    ("labels", "add", "remove", "then", "unread"),
    [
        ("INBOX UNREAD", "", "inbox", "", True),
        ("INBOX UNREAD", "", "unread", "inbox", False),
        ("INBOX", "unread,starred", "", "inbox starred", True),
        ("INBOX STARRED", "", "starred", "inbox", False),
        ("INBOX UNREAD", "trash", "", "trash", True),
        ("TRASH", "", "trash", "inbox", False),
        ("TRASH", "", "trash,inbox", "", False),
        ("TRASH SENT", "", "trash", "sent", False),
        ("TRASH", "inbox", "", "inbox", False),
        ("SPAM", "inbox", "", "inbox", False),
        ("INBOX", "Work", "", "inbox Work", False),
        ("INBOX", "WORK", "", "inbox Work", False),
        ("INBOX Label_9", "", "work", "inbox", False),
        ("INBOX IMPORTANT CATEGORY_SOCIAL", "New/One", "inbox", "New/One", False),
        ("INBOX", "", "nothing like it", "inbox", False),
    ],
)
def test_what_a_change_leaves(rig: Rig, labels: str, add: str, remove: str, then: str, unread: bool) -> None:
    rig.box.names["Work"] = "Label_9"
    mail = rig.put("Seeds", "x", *labels.split())
    for _ in range(2):  # twice is once
        [header] = relabel(rig, [mail], add, remove)
        assert (sorted(header.labels), header.unread) == (sorted(then.split()), unread)


def test_several_at_once_in_the_order_asked_for(rig: Rig, google: Fake) -> None:
    mails = [rig.put(f"{number}", "x", *labels) for number, labels in enumerate((["INBOX"], ["TRASH"], ["SENT"]))]
    found = relabel(rig, mails[::-1], "starred", "trash")
    assert [(each.subject, sorted(each.labels)) for each in found] == [
        ("2", ["sent", "starred"]),
        ("1", ["inbox", "starred"]),
        ("0", ["inbox", "starred"]),
    ]
    assert sum(each.line.startswith(MODIFY) for each in google.requests) == 2


def test_nothing_is_changed_where_one_is_not_there(rig: Rig, google: Fake) -> None:
    there, gone = rig.put("There"), rig.put("Gone")
    rig.box.drop(gone)
    with pytest.raises(ObjectNotFound):
        relabel(rig, [there, gone], "Brand new", "inbox")
    assert "INBOX" in there.labels
    assert rig.box.names == {}
    for label in ("sent", "drafts", "spam"):
        with pytest.raises(Refused):
            relabel(rig, [there], label)


def test_the_users_own_labels(rig: Rig) -> None:
    rig.box.names |= {"Zoo": "Label_1", "äpfel": "Label_2", "Work/One": "Label_3"}
    assert rig.run(lambda box: box.labels()) == ["äpfel", "Work/One", "Zoo"]


def test_a_label_that_another_worker_makes_at_the_same_time(rig: Rig, google: Fake) -> None:
    mail = rig.put("Seeds")
    google.faults.append(Fault("POST /gmail/v1/users/me/labels", "cut_after"))
    with pytest.raises(Uncertain):
        relabel(rig, [mail], "New")
    [header] = relabel(rig, [mail], "New")
    assert header.labels == ("inbox", "New")
    google.faults.append(Fault("POST /gmail/v1/users/me/labels", "status", status=409, reason="aborted", effect=True))
    assert "Other" in relabel(rig, [mail], "Other")[0].labels
    assert list(rig.box.names) == ["New", "Other"]


def test_a_change_whose_end_is_not_heard_of(rig: Rig, google: Fake) -> None:
    mail = rig.put("Seeds")
    google.faults.append(Fault(MODIFY, "cut_after"))
    with pytest.raises(Uncertain):
        relabel(rig, [mail], "starred")
    assert rig.applied("k", mail.id) is None
    google.faults.append(Fault(MODIFY, "status", status=429, reason="rateLimitExceeded"))
    with pytest.raises(Unavailable):
        relabel(rig, [mail], "starred")
    google.faults.append(Fault("GET /gmail/v1/users/me/messages", "status", skip=1, times=9))
    with pytest.raises(Uncertain, match="did not show"):
        relabel(rig, [mail], "starred")
