"""Mails go out once for their key, whatever happens to requests and answers on the way."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from tests.kit.google.fake import ANA
from tests.kit.google.fake import Google as Fake
from tests.kit.google.faults import Fault
from tests.workspace.google.mailing import BOB, KEY, Died, Rig, Steps, mail_to

from sayso.base.clock import FixedClock
from sayso.workspace.errors import ObjectChanged, ObjectNotFound, Refused, Unavailable, Uncertain
from sayso.workspace.google.mail import GoogleMail
from sayso.workspace.types import Enclosed, Message

ME = "/gmail/v1/users/me/"
SEND = f"POST {ME}drafts/send"
CREATE = f"POST {ME}drafts"
REQUESTS = (f"GET {ME}profile", CREATE, SEND, f"GET {ME}drafts", f"GET {ME}history", f"GET {ME}messages")
FAULTS: dict[str, Callable[[str], Fault]] = {
    "cut_before": lambda match: Fault(match, "cut_before"),
    "cut_after": lambda match: Fault(match, "cut_after"),
    "cut_within": lambda match: Fault(match, "cut_within"),
    "503": lambda match: Fault(match, "status", status=503),
    "503 and done": lambda match: Fault(match, "status", status=503, effect=True),
    "429": lambda match: Fault(match, "status", status=429, reason="rateLimitExceeded", retry_after=1),
    "403 rate": lambda match: Fault(match, "status", status=403, reason="userRateLimitExceeded"),
    "403": lambda match: Fault(match, "status", status=403, reason="forbidden"),
    "400": lambda match: Fault(match, "status", status=400, reason="invalidArgument"),
}


@pytest.fixture
def rig(google: Fake) -> Rig:
    google.grant(email=BOB)
    return Rig(google)


def sends(mail: GoogleMail) -> Any:
    return mail.send(mail_to(), KEY, "")


def test_a_mail_is_sent_and_arrives(rig: Rig, google: Fake) -> None:
    sent = rig.send(mail_to(subject="Grüße", body="Wie viele?"))
    assert sent.labels == ("sent",)
    assert (sent.subject, sent.body.strip(), sent.sender.email, sent.sender.name) == (
        "Grüße",
        "Wie viele?",
        ANA,
        "Ana Lund",
    )
    [got] = Rig(google, BOB).search("").items
    assert (got.subject, got.unread, got.labels) == ("Grüße", True, ("inbox",))
    assert rig.box.drafts == {}
    assert rig.applied() == sent.id


def test_a_second_call_with_the_key_finds_what_the_first_one_did(rig: Rig, google: Fake) -> None:
    first = rig.send(mail_to())
    assert rig.send(mail_to()).id == first.id
    assert google.count("mail") == 1
    assert rig.send(mail_to(), "act_bbbbbbbbbbbbbbbbbbbb").id != first.id


def test_nothing_was_applied_under_a_key_that_nobody_used(rig: Rig, google: Fake) -> None:
    assert rig.applied() is None
    assert google.requests == []


@pytest.mark.parametrize("at", REQUESTS)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_request_sends_nothing_twice(rig: Rig, google: Fake, at: str, fault: str) -> None:
    google.faults.append(FAULTS[fault](at))
    ended = rig.executed(sends)
    google.faults.clear()
    assert google.count("mail") == (1 if ended == "succeeded" else 0)
    if fault not in ("400", "403"):
        assert ended == "succeeded"
    assert len(rig.box.drafts) <= (ended != "succeeded")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("after", [SEND, f"GET {ME}drafts", f"GET {ME}history", f"GET {ME}messages", "DELETE"])
@pytest.mark.parametrize("first", ["cut_before", "cut_after"])
def test_a_second_fault_while_it_is_looked_for(rig: Rig, google: Fake, first: str, after: str, fault: str) -> None:
    google.faults += [FAULTS[first](SEND), FAULTS[fault](after)]
    ended = rig.executed(sends)
    google.faults.clear()
    assert google.count("mail") <= 1
    if ended != "unknown":
        assert google.count("mail") == (ended == "succeeded")


@pytest.mark.parametrize("looked", [True, False])
def test_a_process_that_dies_anywhere_leaves_nothing_twice_and_nothing_undone(
    rig: Rig, google: Fake, looked: bool
) -> None:
    for last in count():
        key = f"act_{'c' * 18}{chr(97 + last // 26)}{chr(97 + last % 26)}"
        before = google.count("mail")
        try:
            rig.run(lambda mail, key=key: mail.send(mail_to(), key, ""), Steps(last))  # type: ignore[misc]
            break
        except Died:
            pass
        done = rig.applied(key) if looked else None
        assert google.count("mail") - before == (1 if done else google.count("mail") - before)
        sent = rig.send(mail_to(), key)
        assert done in (None, sent.id)
        assert google.count("mail") - before == 1
        assert rig.box.drafts == {}
    assert last > 10


def test_who_only_looks_knows_for_sure(rig: Rig, google: Fake) -> None:
    """A request that is still on its way sends nothing after somebody was told that nothing was sent."""
    hold = google.hold(SEND)
    slow = threading.Thread(target=lambda: _quiet(lambda: rig.send(mail_to())))
    slow.start()
    assert hold.reached.wait(10)
    other = Rig(google)
    other.marks = rig.marks
    assert other.applied() is None
    hold.release()
    slow.join(10)
    assert google.count("mail") == 0
    assert rig.send(mail_to()).labels == ("sent",)
    assert google.count("mail") == 1


@pytest.mark.parametrize("effect", [True, False])
def test_a_late_answer_sends_nothing_twice(rig: Rig, google: Fake, effect: bool) -> None:
    hold = google.hold(SEND, effect=effect)
    slow = threading.Thread(target=lambda: _quiet(lambda: rig.send(mail_to())))
    slow.start()
    assert hold.reached.wait(10)
    other = Rig(google)
    other.marks = rig.marks
    assert other.send(mail_to()).labels == ("sent",)
    hold.release()
    slow.join(10)
    assert google.count("mail") == 1


def test_a_late_draft_is_never_sent_besides(rig: Rig, google: Fake) -> None:
    hold = google.hold(CREATE)
    slow = threading.Thread(target=lambda: _quiet(lambda: rig.send(mail_to())))
    slow.start()
    assert hold.reached.wait(10)
    other = Rig(google)
    other.marks = rig.marks
    other.send(mail_to())
    hold.release()
    slow.join(10)
    assert google.count("mail") == 1
    assert rig.box.drafts == {}


@pytest.mark.parametrize("workers", [2, 5])
def test_workers_at_once_send_it_once(rig: Rig, google: Fake, workers: int) -> None:
    found: list[Message] = []

    def work() -> None:
        other = Rig(google)
        other.marks = rig.marks
        _quiet(lambda: found.append(other.send(mail_to())))

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert google.count("mail") == 1
    assert {message.id for message in found} == {rig.box.labeled("SENT")[0].id}
    assert rig.box.drafts == {}


def test_a_draft_that_its_user_removed_meanwhile_is_told_as_unknown_and_not_sent_again(rig: Rig, google: Fake) -> None:
    google.faults += [Fault(SEND, "cut_before", times=2)]
    with pytest.raises(Uncertain):
        rig.send(mail_to())
    rig.box.drop(rig.box.drafts.popitem()[1])
    with pytest.raises(Uncertain, match="look there"):
        rig.applied()
    with pytest.raises(Uncertain, match="look there"):
        rig.send(mail_to())
    assert google.count("mail") == 0


@pytest.mark.parametrize("forgotten", [True, False])
def test_what_was_sent_is_found_when_the_answer_was_lost(rig: Rig, google: Fake, forgotten: bool) -> None:
    rig.put("Later", "x")
    google.faults += [Fault(SEND, "cut_after"), Fault(f"GET {ME}drafts/", "status", times=9)]
    with pytest.raises(Uncertain):
        rig.send(mail_to())
    google.faults.clear()
    if forgotten:
        rig.box.forget_history()
    assert rig.applied() == rig.box.labeled("SENT")[0].id


def test_what_is_no_more_among_the_newest_is_unknown_once_the_history_is_forgotten(rig: Rig, google: Fake) -> None:
    google.faults += [Fault(SEND, "cut_after"), Fault(f"GET {ME}drafts/", "status", times=9)]
    with pytest.raises(Uncertain):
        rig.send(mail_to())
    google.faults.clear()
    for number in range(100):
        rig.put(f"{number}", "x", "SENT")
    assert rig.applied() is not None
    rig.marks.kept[KEY].pop("sent")
    rig.box.forget_history()
    with pytest.raises(Uncertain):
        rig.applied()
    with pytest.raises(Uncertain):
        rig.send(mail_to())
    assert google.count("mail") == 1


def test_a_refused_mail_leaves_no_draft(rig: Rig, google: Fake) -> None:
    google.faults.append(Fault(SEND, "status", status=400, reason="invalidArgument", message="Invalid To header"))
    with pytest.raises(Refused, match="Invalid To header"):
        rig.send(mail_to())
    assert rig.box.drafts == {}
    assert rig.applied() is None
    with pytest.raises(Refused, match="somebody"):
        rig.run(lambda mail: mail.send(mail_to().__class__((), "s", "b"), "act_dddddddddddddddddddd", ""))


def test_a_refusal_that_is_none_after_all(rig: Rig, google: Fake) -> None:
    """Some drafts that were sent are refused instead of not being there."""
    google.faults.append(Fault(SEND, "status", status=400, reason="invalidArgument", effect=True))
    assert rig.send(mail_to()).labels == ("sent",)
    assert google.count("mail") == 1


def test_a_mail_whose_draft_is_in_doubt_was_surely_not_sent(rig: Rig, google: Fake) -> None:
    google.faults.append(Fault(CREATE, "cut_before"))
    with pytest.raises(Unavailable, match="not sent"):
        rig.send(mail_to())


def test_a_refusal_after_a_lost_answer_is_in_doubt_while_the_draft_lies_there(rig: Rig, google: Fake) -> None:
    google.faults += [Fault(SEND, "cut_before"), Fault(SEND, "status", status=403, reason="forbidden")]
    google.faults.append(Fault("DELETE", "status"))
    with pytest.raises(Uncertain, match="may still be sent"):
        rig.send(mail_to())
    assert rig.applied() is None
    assert rig.box.drafts == {}


def test_a_refusal_of_the_only_request_is_one_though_the_draft_stays(rig: Rig, google: Fake) -> None:
    google.faults += [Fault(SEND, "status", status=403, reason="forbidden"), Fault("DELETE", "status")]
    with pytest.raises(Refused):
        rig.send(mail_to())
    assert len(rig.box.drafts) == 1


def test_what_google_wants_waited_for_can_be_sent_later(rig: Rig, google: Fake) -> None:
    google.faults.append(Fault(SEND, "status", status=429, reason="rateLimitExceeded", retry_after=20))
    with pytest.raises(Unavailable) as caught:
        rig.send(mail_to())
    assert caught.value.retry_after == 20
    assert rig.applied() is None
    rig.send(mail_to())
    assert google.count("mail") == 1


def test_what_was_sent_but_cannot_be_read_is_told_as_sent(rig: Rig, google: Fake) -> None:
    google.faults.append(Fault(f"GET {ME}messages/", "status", times=99))
    sent = rig.send(mail_to())
    google.faults.clear()
    assert (sent.id, sent.labels) == (rig.box.labeled("SENT")[0].id, ("sent",))
    assert rig.applied() == rig.box.labeled("SENT")[0].id


# --- the user's own draft ---------------------------------------------------------------------------------------------


def own_draft(rig: Rig, **more: Any) -> Message:
    file = Enclosed("a.csv", "text/csv", 3, "", 1)
    mail = mail_to(subject="Own", body="first", attachments=(file,), **more)
    return rig.run(lambda box: box.create_draft(mail, "act_eeeeeeeeeeeeeeeeeeee", [b"x;y"]))


def test_a_draft_is_sent_with_its_files_before_the_new_ones(rig: Rig, google: Fake) -> None:
    draft = own_draft(rig)
    assert draft.labels == ("drafts",)
    more = mail_to(subject="Own", body="second", attachments=(Enclosed("b.txt", "text/plain", 2, "", 1),))
    sent = rig.send(more, KEY, draft.id, [b"hi"])
    assert [file.name for file in sent.attachments] == ["a.csv", "b.txt"]
    assert (sent.body.strip(), sent.labels) == ("second", ("sent",))
    assert rig.box.drafts == {}
    assert [rig.run(lambda box, n=n: box.attachment(sent.id, n)) for n in (1, 2)] == [b"x;y", b"hi"]  # type: ignore[misc]
    assert rig.send(more, KEY, draft.id, [b"hi"]).id == sent.id
    assert google.count("mail") == 1


def test_a_draft_that_was_edited_since_is_not_sent_and_not_removed(rig: Rig, google: Fake) -> None:
    draft = own_draft(rig)
    [(ident, mail)] = rig.box.drafts.items()
    rig.box.drafts[ident] = rig.box.add(mail.raw.replace(b"Own", b"New"), ["DRAFT"])
    rig.box.drop(mail)
    with pytest.raises(ObjectNotFound):
        rig.send(mail_to(), KEY, draft.id)
    assert google.count("mail") == 0
    assert [mail.header("Subject") for mail in rig.box.drafts.values()] == ["New"]


def test_what_is_no_draft_is_not_sent(rig: Rig) -> None:
    other = rig.put("Hello")
    with pytest.raises(ObjectChanged, match="Hello"):
        rig.send(mail_to(), KEY, other.id)


@pytest.mark.parametrize("at", [*REQUESTS, "DELETE"])
@pytest.mark.parametrize("fault", FAULTS)
def test_faults_while_a_draft_is_sent(rig: Rig, google: Fake, at: str, fault: str) -> None:
    draft = own_draft(rig)
    google.faults.append(FAULTS[fault](at))
    ended = rig.executed(lambda box: box.send(mail_to(subject="Own"), KEY, draft.id), draft=draft.id)
    google.faults.clear()
    assert google.count("mail") == (1 if ended == "succeeded" else 0)
    if ended == "failed":
        assert rig.get(draft.id).body.strip() == "first"


# --- drafts -----------------------------------------------------------------------------------------------------------


def drafts(mail: GoogleMail) -> Any:
    return mail.create_draft(mail_to(), KEY)


def test_a_draft_is_saved_once_for_its_key(rig: Rig) -> None:
    first = rig.run(drafts)
    assert rig.run(drafts).id == first.id
    assert rig.applied() == first.id
    assert [header.id for header in rig.search("in:drafts").items] == [first.id]
    assert first.may_be_sent is False


@pytest.mark.parametrize("at", [CREATE, f"GET {ME}drafts", f"GET {ME}messages"])
@pytest.mark.parametrize("fault", FAULTS)
def test_faults_while_a_draft_is_saved(rig: Rig, google: Fake, at: str, fault: str) -> None:
    google.faults.append(FAULTS[fault](at))
    ended = rig.executed(drafts)
    google.faults.clear()
    assert len(rig.box.drafts) <= 1
    if ended != "unknown":
        assert len(rig.box.drafts) == (ended == "succeeded")
    else:
        assert fault in ("400", "403")


def test_a_draft_that_never_came_is_looked_for_a_while_and_can_be_made_again(rig: Rig, google: Fake) -> None:
    google.faults.append(Fault(CREATE, "cut_before"))
    with pytest.raises(Unavailable):
        rig.run(drafts)
    rig.run(drafts)
    assert len(rig.box.drafts) == 1


def test_a_draft_that_somebody_else_may_be_making_is_unknown_for_a_while(rig: Rig, google: Fake) -> None:
    rig.marks.kept[KEY] = {"drafting": rig.clock.now().isoformat()}
    with pytest.raises(Uncertain, match="in a while"):
        rig.applied()
    rig.clock = FixedClock(rig.clock.now() + timedelta(minutes=5))
    assert rig.applied() is None


def test_a_process_that_dies_while_it_saves_a_draft(rig: Rig) -> None:
    for last in count():
        key = f"act_{'d' * 18}{chr(97 + last // 26)}{chr(97 + last % 26)}"
        before = len(rig.box.drafts)
        try:
            rig.run(lambda mail, key=key: mail.create_draft(mail_to(), key), Steps(last))  # type: ignore[misc]
            break
        except Died:
            pass
        made = rig.run(lambda mail, key=key: mail.create_draft(mail_to(), key))  # type: ignore[misc]
        assert len(rig.box.drafts) - before == 1
        assert rig.applied(key) == made.id
    assert last > 4


def test_a_draft_that_comes_late_goes_again(rig: Rig, google: Fake) -> None:
    hold = google.hold(CREATE)
    slow = threading.Thread(target=lambda: _quiet(lambda: rig.run(drafts)))
    slow.start()
    assert hold.reached.wait(10)
    other = Rig(google)
    other.marks = rig.marks
    made = other.run(drafts)
    hold.release()
    slow.join(10)
    assert [mail.id for mail in rig.box.drafts.values()] == [made.id]


def test_workers_at_once_save_one_draft(rig: Rig, google: Fake) -> None:
    def work() -> None:
        other = Rig(google)
        other.marks = rig.marks
        _quiet(lambda: other.run(drafts))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(rig.box.drafts) == 1


# --- what is answered, and from where ---------------------------------------------------------------------------------


def test_an_answer_goes_into_its_conversation_at_both_ends(rig: Rig, google: Fake) -> None:
    bob = Rig(google, BOB)
    sent = rig.send(mail_to())
    [got] = bob.search("").items
    answer = bob.send(mail_to(ANA, subject="Re: Seeds", body="12", in_reply_to=got.id))
    assert answer.thread_id == got.thread_id
    assert [each.body.strip() for each in bob.run(lambda box: box.get_thread(got.thread_id))] == ["How many?", "12"]
    [back] = rig.search("in:inbox").items
    assert back.thread_id == sent.thread_id


def test_a_draft_says_what_it_answers(rig: Rig, google: Fake) -> None:
    asked = rig.put("Seeds", Message_ID="<s@lund.example>")
    mail = mail_to("mara@lund.example", subject="Re: Seeds", in_reply_to=asked.id)
    draft = rig.run(lambda box: box.create_draft(mail, KEY))
    assert (draft.in_reply_to, draft.thread_id) == (asked.id, asked.thread)
    sent = rig.send(mail, "act_ffffffffffffffffffff", draft.id)
    assert (sent.thread_id, sent.labels) == (asked.thread, ("sent",))


def test_an_answer_goes_from_the_address_that_was_written_to(google: Fake) -> None:
    google.mailbox().aliases |= {"shop@example.test": "accepted", "other@example.test": "pending"}
    rig = Rig(google, aliases=[ANA, "shop@example.test"])
    to_shop = rig.put("Order", To="Shop <Shop@example.test>")
    sent = rig.send(mail_to("mara@lund.example", subject="Re: Order", in_reply_to=to_shop.id))
    assert sent.sender.email == "shop@example.test"
    to_other = rig.put("Else", To="other@example.test")
    again = rig.send(mail_to("mara@lund.example", in_reply_to=to_other.id), "act_gggggggggggggggggggg")
    assert again.sender.email == ANA
    further = rig.send(mail_to("mara@lund.example", in_reply_to=sent.id), "act_hhhhhhhhhhhhhhhhhhhh")
    assert further.sender.email == "shop@example.test"


def test_an_answer_to_what_is_gone_is_not_sent(rig: Rig, google: Fake) -> None:
    with pytest.raises(ObjectNotFound):
        rig.send(mail_to(in_reply_to="f" * 16))
    assert google.count("mail") == 0


def test_a_copy_for_others_unseen_stays_unseen(rig: Rig, google: Fake) -> None:
    google.grant(email="carol@example.test")
    hidden = mail_to(bcc=mail_to("carol@example.test").to)
    assert [who.email for who in rig.send(hidden).bcc] == ["carol@example.test"]
    [got] = Rig(google, BOB).search("").items
    [also] = Rig(google, "carol@example.test").search("").items
    assert got.bcc == also.bcc == ()


def test_a_large_mail_goes_out_whole(rig: Rig, google: Fake) -> None:
    content = bytes(range(256)) * 12_000
    mail = mail_to(attachments=(Enclosed("a.bin", "application/octet-stream", len(content), "", 1),))
    sent = rig.send(mail, files=[content])
    assert any(each.path.startswith("/upload/") for each in google.requests)
    assert sent.attachments[0].size == len(content)
    assert rig.run(lambda box: box.attachment(sent.id, 1)) == content


def test_what_came_back_is_told_by_its_key(rig: Rig) -> None:
    rig.send(mail_to("nobody@example.test"))
    [back] = rig.run(lambda box: box.returned(rig.clock.now() - timedelta(days=1)))
    assert (back.key, back.final) == (KEY, True)
    assert back.recipients == (("nobody@example.test", "there is no such address"),)


def _quiet(work: Callable[[], Any]) -> None:
    with suppress(Exception):  # what it answers late is no matter here
        work()
