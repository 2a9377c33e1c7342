"""Where a mail was kept and how it was marked: what mail programs write into it or say by the names of files."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.header import Header

from sayso.workspace.formats.mime import Part
from sayso.workspace.types import SYSTEM_LABELS, Message

_FOLDERS = {
    "inbox": "inbox, posteingang, boîte de réception, courrier entrant, bandeja de entrada, recibidos, "
    "posta in arrivo, in arrivo, caixa de entrada, postvak in, inkorg, inkorgen, innboks, indbakke, "
    "odebrane, входящие, 收件箱, 受信トレイ",
    "sent": "sent, sent items, sent mail, sent messages, gesendet, gesendete, gesendete objekte, "
    "gesendete elemente, messages envoyés, éléments envoyés, envoyés, enviados, elementos enviados, "
    "mensajes enviados, posta inviata, inviata, inviati, itens enviados, e-mails enviados, verzonden, "
    "verzonden items, verzonden berichten, skickat, skickade, sendt, sendte elementer, wysłane, "
    "отправленные, 已发送, 已发送邮件, 送信済み, 送信済みメール",
    "drafts": "drafts, draft, outbox, unsent messages, entwürfe, postausgang, brouillons, borradores, bozze, "
    "rascunhos, concepten, utkast, kladder, wersje robocze, szkice, черновики, 草稿, 草稿箱, 下書き",
    "trash": "trash, bin, deleted, deleted items, deleted messages, papierkorb, gelöscht, gelöschte objekte, "
    "gelöschte elemente, corbeille, éléments supprimés, papelera, elementos eliminados, cestino, "
    "posta eliminata, lixeira, itens excluídos, prullenbak, verwijderde items, papperskorgen, "
    "papirkurv, slettede elementer, kosz, корзина, 已删除, 已删除邮件, ごみ箱",
    "Spam": "spam, junk, junk e-mail, junk email, junk mail, bulk mail, spamverdacht, junk-e-mail, "
    "courrier indésirable, indésirables, correo no deseado, posta indesiderata, lixo eletrônico, "
    "ongewenste e-mail, skräppost, søppelpost, uønsket mail, спам, 垃圾邮件, 迷惑メール",
    "": "archive, archives, archiv, all mail, alle nachrichten, tous les messages, archivo, archivio, "
    "arquivo, archief, arkiv, архив, 归档",
}
_PLACES = {name: place for place, names in _FOLDERS.items() for name in names.split(", ")}
"""By the name of a folder, in some languages, the label of what is in it; of an archive it has none."""
_COPY = re.compile(r"[-_ ]?\(?[0-9]{1,4}\)?$")  # `Sent-1`, `Sent (2)`

# What Gmail's export calls them, in the language of its user.
_GMAIL = {name: place for name, place in _PLACES.items() if place in SYSTEM_LABELS and not name.isascii()} | {
    **{label: label for label in SYSTEM_LABELS}, "draft": "drafts",
    "posteingang": "inbox", "gesendet": "sent", "papierkorb": "trash", "markiert": "starred",
    "brouillons": "drafts", "corbeille": "trash", "favoris": "starred", "suivis": "starred",
    "recibidos": "inbox", "enviados": "sent", "borradores": "drafts", "papelera": "trash", "destacados": "starred",
    "in arrivo": "inbox", "inviati": "sent", "bozze": "drafts", "cestino": "trash", "speciali": "starred",
}  # fmt: skip
_UNREAD = ("unread", "ungelesen", "non lus", "no leídos", "sin leer", "non letti", "da leggere")
_NO_LABELS = (
    *_UNREAD, "opened", "archived", "important", "geöffnet", "archiviert", "wichtig", "ouvert", "ouverts", "archivé",
    "archivés", "importants", "abierto", "abiertos", "archivado", "archivados", "importante", "importantes", "aperti",
    "archiviati", "importanti",
)  # fmt: skip
_CATEGORIES = ("category ", "kategorie ", "catégorie ", "categoría ", "categoria ")
_LABEL = re.compile(r'\s*+(?:"((?:[^"]|"")*+)"|([^,]*+))\s*+(?:,|$)')

_TAGS = {"$label1": "Important", "$label2": "Work", "$label3": "Personal", "$label4": "To Do", "$label5": "Later"}
"""What Thunderbird shows for the tags that it comes with."""
_NO_TAGS = ("junk", "nonjunk", "notjunk", "forwarded", "mdnsent", "seen", "recent", "old")
_SEEN, _FLAGGED, _EXPUNGED, _DELETED = 0x1, 0x4, 0x8, 0x200000  # nsMsgMessageFlags.idl

KEEPERS = (
    "x-gmail-labels", "status", "x-status", "x-mozilla-status", "x-mozilla-status2", "x-mozilla-keys", "x-keywords",
    "x-label", "x-unsent", "x-sayso-id",
)  # fmt: skip
"""The headers that say so, in which a mail is not itself but somebody's copy."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the place says in which a mail was found."""

    folder: str = ""
    own_folder: bool = False
    """Whether a folder of any name is a place where its user filed mails."""
    flags: str | None = None
    """Letters as in Maildir: Draft, Flagged, Passed, Replied, Seen, Trashed; None where it says nothing."""


def labels_of(mail: Part, keeping: Keeping, mine: bool, to_me: bool) -> tuple[tuple[str, ...], bool]:
    """The labels, and whether it is unread. `mine`: its user sent it; `to_me`: it went to him."""
    if mail.has("x-gmail-labels"):
        return _gmail_labels(mail)
    flags, unread = _flags(mail, keeping)
    own = _tags(f"{mail.get('x-mozilla-keys')} {mail.get('x-keywords')}".split())
    own += [label.strip() for label in mail.text("x-label").split(",")]
    place = place_of(keeping.folder)
    if "D" in flags or "T" in flags or mail.get("x-unsent").strip() == "1":
        place = "drafts" if "D" in flags or "T" not in flags else "trash"
    elif place is None and keeping.own_folder and keeping.folder:
        place = keeping.folder
    elif place is None:
        place = "sent" if mine else "inbox"
    too = "inbox" if place == "sent" and to_me else ""
    labels = dict.fromkeys(label for label in (place, too, "starred" if "F" in flags else "", *own) if label)
    return tuple(labels), unread


def place_of(folder: str) -> str | None:
    """The label of what is in a folder of this name, or None."""
    name = " ".join(folder.casefold().replace("_", " ").split())
    return _PLACES.get(name, _PLACES.get(_COPY.sub("", name)))


def is_deleted(mail: Part) -> bool:
    """Whether the program that wrote it (Thunderbird) would leave it out when it next tidies up the file."""
    return bool(_hex(mail, "x-mozilla-status") & _EXPUNGED or _hex(mail, "x-mozilla-status2") & _DELETED)


def format_labels(message: Message) -> str:
    """The header in which an export says so; `labels_of` reads it."""
    labels = [label.capitalize() if label in SYSTEM_LABELS else _literal(label) for label in message.labels]
    return Header(",".join([*labels, *(["Unread"] if message.unread else [])]), "utf-8").encode()


def _gmail_labels(mail: Part) -> tuple[tuple[str, ...], bool]:
    kept, unread = list[str](), False
    for found in _LABEL.finditer(mail.text("x-gmail-labels")):
        label, name = (found[2] or "").strip(), (found[2] or "").strip().casefold()
        unread = unread or name in _UNREAD
        if found[1]:
            kept.append(found[1].replace('""', '"'))
        elif label and name not in _NO_LABELS and not name.startswith(_CATEGORIES):
            kept.append(_GMAIL.get(name, label))
    return tuple(dict.fromkeys(kept)), unread


def _literal(label: str) -> str:
    """A label of the user's own, in quotes where it would be read as something else."""
    name = label.casefold()
    plain = name not in _NO_LABELS and name not in _GMAIL and not name.startswith(_CATEGORIES)
    return (
        label
        if plain and not set(label) & set('",') and label == label.strip()
        else '"{}"'.format(label.replace('"', '""'))
    )


def _flags(mail: Part, keeping: Keeping) -> tuple[str, bool]:
    """Letters as in Maildir, and whether it is unread."""
    if keeping.flags is not None:
        return keeping.flags, "S" not in keeping.flags
    if mail.get("x-mozilla-status"):
        bits = _hex(mail, "x-mozilla-status")
        return "F" if bits & _FLAGGED else "", not bits & _SEEN
    status, further = mail.get("status").upper(), mail.get("x-status").upper()
    # There, T is a draft and D what is deleted.
    flags = f"{status}{further}".translate(str.maketrans("TD", "DT"))
    return flags, mail.has("status") and "R" not in f"{status}{further}"


def _hex(mail: Part, name: str) -> int:
    text = mail.get(name).strip()[:16]
    try:
        return int(text, 16)
    except ValueError:
        return 0


def _tags(names: Iterable[str]) -> list[str]:
    known = ((_TAGS.get(name.lower()), name) for name in names)
    return [label or name for label, name in known if label or name.lower().strip("$\\") not in _NO_TAGS]
