"""Which mails say that one of ours did not arrive, of whom, why, and whether that is the last word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.workspace.mailbox import bounce_samples as samples

from sayso.workspace.formats.mime import parse_mail
from sayso.workspace.mailbox.bounces import Bounce, Undelivered, bounce_of

KEY = "act_k3vk3vk3vk3vk3vk3vk3"
ID = f"{KEY}@example.test"
NO_SUCH = "there is no such address"
BOB = "bob@far.example"


def read(sample: str, message_id: str = ID) -> Bounce | None:
    return bounce_of(parse_mail((sample % message_id).replace("\n", "\r\n").encode()))


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("sample", "final", "people"),
    [
        (samples.POSTFIX, True, [(BOB, NO_SUCH)]),
        (samples.POSTFIX_LATE, False, [(BOB, "the receiving server could not be reached")]),
        (
            samples.SENDMAIL_TWO,
            True,
            [(BOB, "the mailbox is full"), ("cy@gone.example", "no server takes mail for this address")],
        ),
        (samples.GMAIL, True, [(BOB, NO_SUCH)]),
        (samples.EXCHANGE, True, [(BOB, "the receiving system refused it")]),
        (samples.EXIM, True, [(BOB, NO_SUCH)]),
        (samples.EXIM_LATE, False, [(BOB, "the receiving server could not be reached")]),
        (samples.QMAIL, True, [(BOB, "the mailbox is switched off"), ("cy@far.example", "the mailbox is full")]),
        (samples.YAHOO, True, [(BOB, "the mailbox is switched off")]),
        (samples.EXCHANGE_OLD, True, [(BOB, NO_SUCH)]),
        (samples.IMAIL, True, [(BOB, "the mailbox is full")]),
    ],
    ids=[
        "postfix",
        "late",
        "sendmail",
        "gmail",
        "exchange",
        "exim",
        "exim-late",
        "qmail",
        "yahoo",
        "exchange-old",
        "imail",
    ],
)
def test_a_notice_says_who_did_not_get_which_mail_and_why(
    sample: str, final: bool, people: list[tuple[str, str]], ends: str
) -> None:
    bounce = bounce_of(parse_mail((sample % ID).replace("\n", ends).encode()))
    assert bounce is not None
    assert (bounce.message_id, bounce.key, bounce.final) == (ID, KEY, final)
    assert [(each.address, each.reason) for each in bounce.recipients] == people


def test_a_servers_own_words_are_one_short_line() -> None:
    bounce = read(samples.POSTFIX)
    assert bounce is not None
    words = "<bob@far.example>: Recipient address rejected: User unknown in local recipient table"
    assert bounce.recipients == (Undelivered(BOB, NO_SUCH, words),)
    qmail = read(samples.QMAIL)
    assert qmail is not None
    assert qmail.recipients[1].words == "User's mailbox is full"
    long = read(samples.POSTFIX.replace("Recipient address rejected", "x" * 5000))
    assert long is not None
    assert len(long.recipients[0].words) == 150


def test_a_mail_whose_message_id_was_written_over_is_known_by_its_key() -> None:
    bounce = read(samples.KEY_ONLY, KEY)
    assert bounce == Bounce("", KEY, (Undelivered(BOB, "it could not be delivered"),), True)


@pytest.mark.parametrize("key", [f"{KEY}.2", f"{KEY}.invite.2"])
def test_a_mail_of_a_step_of_an_action_is_known_too(key: str) -> None:
    bounce = read(samples.EXIM, f"{key}@example.test")
    assert bounce is not None
    assert bounce.key == key


@pytest.mark.parametrize("other", ["CAF=x@mail.example", "act_short@example.test", "20260302.1@example.test"])
@pytest.mark.parametrize("sample", [samples.POSTFIX, samples.EXIM, samples.QMAIL, samples.EXCHANGE_OLD])
def test_a_notice_of_a_mail_that_is_not_ours_is_none(sample: str, other: str) -> None:
    assert read(sample, other) is None


ANSWER = f"From: bob@far.example\nIn-Reply-To: <{ID}>\n\n"


@pytest.mark.parametrize(
    "mail",
    [
        f"{ANSWER}It could not be delivered: <cy@far.example>:\nno such user\nMessage-ID: <{ID}>\n",
        f"Return-Path: <>\nIn-Reply-To: <{ID}>\nSubject: Out of office\n\nI am away. Write to cy@far.example\n",
        samples.POSTFIX.replace("Action: failed", "Action: delivered") % ID,
        samples.POSTFIX.replace("delivery-status", "disposition-notification") % ID,
        f"{ANSWER.strip()}\nContent-Type: message/rfc822\n\n{samples.POSTFIX % ID}",
        "",
        "Return-Path: <>\n\n",
    ],
    ids=["an answer", "out of office", "arrived", "read", "passed on", "nothing", "empty"],
)
def test_other_mails_are_none(mail: str) -> None:
    assert bounce_of(parse_mail(mail.encode())) is None


def test_of_very_many_recipients_the_first_are_told() -> None:
    one = "Final-Recipient: rfc822; bob@far.example\nAction: failed\nStatus: 5.1.1\n\n"
    bounce = read(samples.report("postmaster@far.example", "No.", one * 1000))
    assert bounce is not None
    assert len(bounce.recipients) == 100


@given(st.binary(max_size=300), st.integers(0, 2000), st.sampled_from([samples.POSTFIX, samples.QMAIL, samples.EXIM]))
def test_a_notice_that_is_damaged_raises_nothing(noise: bytes, place: int, sample: str) -> None:
    whole = (sample % ID).encode()
    bounce_of(parse_mail(whole[:place] + noise + whole[place:]))
    bounce_of(parse_mail(whole[:place] + noise))
