"""What is a plain yes or no, and what only looks like one (P1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sayso.english.yes_no import is_doubtful, plain_answer, says_only

YES = """
yes | Yes. | YES | yes! | yes!!! | y | ok | OK. | okay | sure | go ahead | Go ahead. | yes please | Yes, please.
yes, go ahead! | do it | Yes! Do it. | confirm | I confirm. | that's right | that’s right | oui ! | ja, bitte
sí | 👍 | 👍🏽 | 👍️ | 👍🏿️ | yes 👍 | Ok! 👍🏻
"""
NO = """
no | No. | no! | n | nope | No, thanks. | cancel | cancel it | don't | don’t | please don’t! | never mind | 👎
👎🏾
"""
DOUBTFUL = """
ok? | ok?? | confirm? | y? | yes ? | yes!? | yes… | yes... | ok .. | sure… | yes, | yes; | yes: | yes - | (yes)
"yes" | «yes» | 'yes' | “yes” | ‘yes’ | > yes | >> yes | - yes | * yes | **yes** | `yes` | yes 👎 | 👎 yes
👍👎 | 👍? | yes 🤔 | 👍🤔 | yes 👍👎 | ok？ | yes！ | yes。 | yes؟ | ¿ok? | ¡sí! | Yes, I guess | yes but
sure, maybe | ok, if you say so | yes or | ok not | yes /s | yes~ | yes\u0336 | y\u200bes | yes\u200b
\u202eyes | yes\u0301 | 👍\u200d | 👍\u20e3 | 👍🏽🏽 | yes\x00 | no? | no… | cancel? | "no" | > no | no 🤔
no 👍 | yes no | yes. no | no yes | yes and no | not yes | yes yes | ok but later | yes, at 4 | oK\u212a
o\u212a | \u017fure | ｙｅｓ | y\u0435s | s\u0131 | 🆗 | ✅ | ! | . | 👌
"""
LINES = [
    "yes\nno",
    "> yes\n> no",
    "yes\n\nSent from my phone",
    "\x1cyes",
    "yes\x85",
    "\u2028yes",
    "\u3000yes",
    "\xa0yes",
]


def table(text: str) -> list[str]:
    return [each.strip(" ") for line in text.strip("\n").splitlines() for each in line.split(" | ") if each.strip()]


@pytest.mark.parametrize("message", table(YES))
def test_a_plain_yes(message: str) -> None:
    assert plain_answer(message) == plain_answer(f" {message}\n") == "yes"
    assert not is_doubtful(message)


@pytest.mark.parametrize("message", table(NO))
def test_a_plain_no(message: str) -> None:
    assert plain_answer(message) == "no"


@pytest.mark.parametrize("message", [*table(DOUBTFUL), *LINES])
def test_when_in_doubt_it_is_a_message(message: str) -> None:
    assert plain_answer(message) is None


@pytest.mark.parametrize(
    "message", ["ok?", "yes…", "> yes", "| yes", '"yes"', "yes 👎", "👍?", "Yes, I guess", "no?", "yes /s"]
)
def test_a_doubtful_answer_is_known_as_one(message: str) -> None:
    assert is_doubtful(message)


@pytest.mark.parametrize("message", ["yes but at 4", "ok, what else is on?", "make it 4", "?", "", "the budget"])
def test_what_says_more_is_no_doubtful_answer(message: str) -> None:
    assert not is_doubtful(message)


KNOWN = (
    set("👍👎🏻🏼🏽🏾🏿\ufe0e\ufe0f!., '’")
    | set(map(chr, range(ord("A"), ord("Z") + 1)))
    | set("abcdefghijklmnopqrstuvwxyzíÍ")
)
SIGNS = st.text(st.characters(exclude_characters="\t\r\n" + "".join(KNOWN)), min_size=1, max_size=3)


@given(st.sampled_from([*table(YES), *table(NO)]), SIGNS, st.integers(0, 20))
def test_no_unknown_sign_makes_a_decision(answer: str, sign: str, place: int) -> None:
    """Wherever it stands: any character but those that plain answers are made of."""
    assert plain_answer(answer[:place] + sign + answer[place:]) is None
    assert plain_answer(f"{answer} {sign}") is plain_answer(f"{sign} {answer}") is None


@given(st.text(max_size=30))
def test_a_decision_is_made_of_known_signs_alone(message: str) -> None:
    if plain_answer(message):
        assert set(message.strip(" \t\r\n")) <= KNOWN


@pytest.mark.parametrize(
    "message", ["yes, go ahead", "ok ok", "sure, thanks", "fine", "yes… no", "thanks", "yes but", ""]
)
def test_a_sentence_of_nothing_but_yes(message: str) -> None:
    meant = says_only(message, "yes", also={"fine"}, beside={"thanks"})
    assert meant == (message in ("yes, go ahead", "ok ok", "sure, thanks", "fine"))
    assert not says_only(message, "no")
