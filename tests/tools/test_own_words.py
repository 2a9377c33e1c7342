"""Of a mail a model is given what its sender wrote: no history, signature or footer, and never less."""

import pytest

from sayso.tools.own_words import own_words

QUOTE = "\n> Could you send it?\n>\n> Priya\n"
HISTORY = "\nSent: Monday\nTo: Robin\nSubject: Budget\n\nCould you send it?\n\n> older\n\nPriya\n"


@pytest.mark.parametrize(
    "below",
    [
        f"On Mon, 2 Mar 2026 at 08:00, Priya Raman <priya@x.example> wrote:\n{QUOTE}",
        f"On Mon, 2 Mar 2026 at 08:00, Priya Raman with a long name\n<priya@x.example> wrote:{QUOTE}",
        f"Priya Raman wrote:{QUOTE}",
        f"Am 02.03.2026 um 08:00 schrieb Priya Raman <priya@x.example>:{QUOTE}",
        f"Le lun. 2 mars 2026 à 08:00, Priya <priya@x.example> a écrit :{QUOTE}",
        f"El lun, 2 mar 2026 a las 8:00, Priya (<priya@x.example>) escribió:{QUOTE}",
        f"Il giorno lun 2 mar 2026 alle ore 08:00 Priya <\npriya@x.example> ha scritto:{QUOTE}",
        "On Mon, 2 Mar 2026 at 08:00, Priya <priya@x.example> wrote:\nCould you send it?\nPriya",
        f"-----Original Message-----\nFrom: Priya{HISTORY}",
        f"-----Ursprüngliche Nachricht-----\nVon: Priya\nGesendet: Montag\nBetreff: Budget{QUOTE}",
        f"________________________________\nFrom: Priya Raman <priya@x.example>{HISTORY}",
        "*De :* Priya\n*Envoyé :* lundi\n*À :* Robin\n*Objet :* Budget\n\nLa suite.",
        "-- \nRobin Doe\n+1 555 0100",
        f"-- \nRobin\n\nOn Mon, Priya wrote:{QUOTE}",
        "Sent from my iPhone",
        f"Sent from my iPhone\n\nOn 2 Mar 2026, at 08:00, Priya <priya@x.example> wrote:\n{QUOTE}",
        "Get Outlook for Android<https://aka.ms/x>",
        "Von meinem iPad gesendet",
        "Envoyé de mon iPhone",
        "CONFIDENTIALITY NOTICE: this message is privileged and for the addressee only.",
        "Diese E-Mail ist vertraulich. Wenn Sie nicht der Empfänger sind, löschen Sie sie.",
        "--\nUnsubscribe (https://shop.example/u) | Preferences\n\nThe shop, 12 Main Street",
        "You received this message because you are subscribed to the group.\nVisit https://g.example.",
        "_______________________________________________\nSeeds mailing list\nhttps://list.example/listinfo/seeds",
        f"On Mon, Priya wrote:{QUOTE}\n-- \nYou are receiving this because you were mentioned.",
    ],
)  # fmt: skip
@pytest.mark.parametrize("own", ["Yes, tomorrow.", "Dear Priya,\n\nyes: tomorrow.\n\nRobin"])
def test_what_stands_below_is_left_out(own: str, below: str) -> None:
    body = f"{own}\n\n{below}"
    text, left = own_words(body)
    assert (text, len(text) + left) == (own, len(body.rstrip()))


@pytest.mark.parametrize(
    "body",
    [
        "Hi,\n\nOn Mon, Ana <ana@x.example> wrote:\n> one?\n\nyes\n\n> two?\n\nno",
        "On Mon, Ana wrote:\n> one?\n\nyes",
        "> all is quoted\n> here",
        "On Monday Ana wrote:\n> x",
        "FYI\n\n---------- Forwarded message ----------\nFrom: a@x.example\nSubject: Budget\n\nOn Mon, B wrote:\n> q",
        "Begin forwarded message:\n\n> From: a@x.example\n> Subject: Budget\n> \n> text",
        "From: Berlin\nTo: Hamburg\nDate: 3 March\n\nSee you there.",
        "Sent from the station, I will be late.",
        "I quote him:\n> The price is 500.",
        "Could you unsubscribe us here: https://list.example/u?\n\nThanks",
        "Please put ana@x.example on the mailing list, and take bob@x.example off.",
        "Hello.\n\nThis message is confidential: the merger comes on Monday.",
        "On Monday at 10:30 she wrote:\n\nnothing that helps.",
        "On Monday we met. On Tuesday he wrote:\n\nnothing that helps.",
        "- one\n- two\n--\n" + "a long text below a line\n" * 40,
        "",
        "  \n",
    ],
)
def test_what_is_the_senders_own_stays(body: str) -> None:
    assert own_words(body) == (body, 0)


def test_a_mail_that_passes_another_on_stays_whole() -> None:
    body = f"FYI\n\nFrom: Priya <priya@x.example>{HISTORY}"
    assert own_words(body)[0] == "FYI"
    for subject in ("Fwd: Budget", "FW: Budget", "WG: Budget", "Tr : Budget"):
        assert own_words(body, subject) == (body, 0)
