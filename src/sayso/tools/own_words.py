"""What the sender of a mail wrote himself: the text without the history, the signature and the footers below it.

Whatever is left out stands at the end, so what stays is the beginning of the text. Answers between quotations keep
them, and of a mail that passes another one on all stays. Each rule looks at a line or a paragraph once.
"""

import re
from collections.abc import Sequence
from typing import Final

_WROTE: Final = re.compile(r"\b(?:wrote|schrieb|écrit|escribió|scritto|escreveu|schreef)\b", re.IGNORECASE)
_BEGINS: Final = ("on ", "am ", "le ", "el ", "il ", "em ", "op ")
_TIME: Final = re.compile(r"\d[:.h]\d\d")
_ATTRIBUTION = 400  # characters, on at most three lines
_ORIGINAL: Final = re.compile(
    r"-{2,20} ?(?:original message|original appointment|ursprüngliche nachricht|originalnachricht|message d'origine"
    r"|mensaje original|messaggio originale|mensagem original|oorspronkelijk bericht) ?-{2,20}$",
    re.IGNORECASE,
)
_FORWARDED: Final = re.compile(
    r"(?:-{2,20} ?)?(?:forwarded message|begin forwarded message|weitergeleitete nachricht|message transféré"
    r"|mensaje reenviado|messaggio inoltrato|inizio messaggio inoltrato|anfang der weitergeleiteten nachricht)\b",
    re.IGNORECASE,
)
_FORWARDS: Final = re.compile(r"(?:fwd?|wg|tr|rv|i|enc)[ \u00a0]?:", re.IGNORECASE)
"""The subject of a mail that passes another one on."""
_FROM: Final = re.compile(r"[*_]{0,2}(?:from|von|de|da|van)[ \u00a0]?:", re.IGNORECASE)
_SUBJECT: Final = re.compile(
    r"[*_]{0,2}(?:subject|betreff|objet|asunto|oggetto|assunto|onderwerp)[ \u00a0]?:", re.IGNORECASE
)
_HEAD: Final = re.compile(r"[*_]{0,2}(?:from|to|cc|von|an|de|à|para|da|a|van|aan)[ \u00a0]?:", re.IGNORECASE)
_FIELDS = 8  # lines from the sender to the subject
_RULE: Final = " \t\n_=*–—-"
"""What a line that only sets apart what is below consists of."""
_DELIMITERS: Final = ("--", "—")
_SIGNATURE = 25, 2_000  # lines and characters
_DEVICE: Final = re.compile(
    r"(?:sent (?:from|via) (?:my|outlook|yahoo|proton|samsung|gmail|mail)\b|get outlook for"
    r"|gesendet (?:von|mit) (?:meine[mr]|outlook|mail)\b|von meine[mr] \w{1,30} gesendet|envoyé (?:de|depuis) mon"
    r"|enviado (?:desde|do) m"
    r"|inviato da(?:l mio)?\b)",
    re.IGNORECASE,
)
_DEVICE_LENGTH = 80
_CONFIDENTIAL: Final = re.compile(r"confiden[tzc]i|privileged|vertraulich|riservat", re.IGNORECASE)
_RECIPIENT: Final = re.compile(
    r"recipient|addressee|in error|unauthori[sz]ed|irrtümlich|empfänger|destinata|par erreur|por error|per errore",
    re.IGNORECASE,
)
_UNSUBSCRIBE: Final = re.compile(
    r"unsubscribe|opt[ -]out|abbestellen|abmelden|désabonner|désinscrire|darse de baja|cancelar la suscripción"
    r"|disiscriv|cancelar inscrição|email preferences|uitschrijven",
    re.IGNORECASE,
)
_HOW: Final = re.compile(r"https?:|\b(?:click|klicken|cliquez|clic|clicca)\b|mailto:", re.IGNORECASE)
_ASKS: Final = re.compile(
    r"\b(?:can|could|would|will) you\b|\b(?:kannst|könntest|können|könnten) (?:du|sie)\b", re.IGNORECASE
)
_LIST: Final = re.compile(
    r"you(?:'re| are)? (?:receiving|received|getting) this (?:e-?mail |message |newsletter )?because|\A_{10,}\n"
    r"|view (?:this|it) (?:e-?mail )?in (?:your|a) browser|consider the environment before printing",
    re.IGNORECASE,
)
_MOST_PARAGRAPHS = 12
_BESIDE, _MOST_BESIDE = 200, 2  # characters and number of paragraphs that belong to the footer above them: an address
_ROUNDS = 4  # a footer below the history below a signature


def own_words(body: str, subject: str = "") -> tuple[str, int]:
    """The text without what stands below the sender's own words, and how many characters were left out; never empty
    unless the body is. `subject` tells whether the mail passes another one on."""
    whole = body.split("\n")
    lines = [line.strip() for line in whole]
    first = next((index for index, line in enumerate(lines) if line), 0)
    end = len(lines)
    for _ in range(_ROUNDS):
        before = end
        for shorten in (_above_footer, _above_history, _above_signature):
            shorter = shorten(lines, first, end, _FORWARDS.match(subject.strip()) is not None)
            end = shorter if shorter > first else end
        if end == before:
            break
    text = "\n".join(whole[:end]).rstrip()
    left = len(body.rstrip()) - len(text)
    return (text, left) if left else (body, 0)


def heads(text: str) -> list[str]:
    """The lines of a text that stand above a quoted or forwarded mail: who wrote it, to whom."""
    lines, found = text.split("\n"), list[str]()
    plain = [line.strip("> \t\r") for line in lines]
    for index, line in enumerate(plain):
        wrapped = " ".join(plain[index : index + 2])
        if _HEAD.match(line) or _introduces(line) or (line.lower().startswith(_BEGINS) and _introduces(wrapped)):
            found.append(lines[index])
    return found


def _introduces(line: str) -> bool:
    """Whether a line says who wrote what is quoted below it."""
    return len(line) <= _ATTRIBUTION and line.endswith(":") and _WROTE.search(line) is not None


def _above_history(lines: Sequence[str], first: int, end: int, forwards: bool) -> int:
    quoted = [line.startswith(">") for line in lines[:end]]
    spoken = max((index for index in range(end) if lines[index] and not quoted[index]), default=0)
    answered = True in quoted[:spoken]
    for index in range(first, end):
        if forwards or _FORWARDED.match(lines[index]):
            return end
        below = _head(lines, index, end, quoted) if index > first else 0
        if below and not (answered and quoted[below]):
            return _above_rules(lines, first, index)
    return end


def _head(lines: Sequence[str], index: int, end: int, quoted: Sequence[bool]) -> int:
    """Where the history is whose head begins here: a line that says who wrote it, or the fields of a mail; 0 where none
    does."""
    line = lines[index]
    if not line:
        return 0
    if _ORIGINAL.match(line) or (
        _FROM.match(line) and any(_SUBJECT.match(each) for each in lines[index + 1 : min(end, index + _FIELDS)])
    ):
        below = index + 1
        while below < end and below < index + 2 * _FIELDS and lines[below] and not quoted[below]:
            below += 1
        return _words_at(lines, below, end) or index
    begins = line.lower().startswith(_BEGINS)
    for count in (1, 2, 3) if begins else (1,):
        told = " ".join(lines[index : min(end, index + count)])
        below = _words_at(lines, index + count, end)
        sure = begins and ("@" in told or (quoted[below] and _TIME.search(told) is not None))
        if below and _introduces(told) and (sure or (count == 1 and quoted[below])):
            return below
    return 0


def _words_at(lines: Sequence[str], index: int, end: int) -> int:
    """The first line from there on that says anything; 0 where none does."""
    return next((at for at in range(index, min(end, index + 5)) if lines[at]), 0)


def _above_signature(lines: Sequence[str], first: int, end: int, forwards: bool) -> int:
    end = _words_end(lines, end)
    if end and len(lines[end - 1]) <= _DEVICE_LENGTH and _DEVICE.match(lines[end - 1]):
        return end - 1
    most_lines, most = _SIGNATURE
    for index in range(end - 1, max(first, end - most_lines) - 1, -1):
        if lines[index] in _DELIMITERS:
            return index if sum(map(len, lines[index:end])) <= most else end
    return end


def _above_footer(lines: Sequence[str], first: int, end: int, forwards: bool) -> int:
    """The end of the text above the last paragraphs that say how to unsubscribe, or for whose eyes it was."""
    kept, place, beside = end, _words_end(lines, end), 0
    for _ in range(_MOST_PARAGRAPHS):
        start = place
        while start > first and lines[start - 1]:
            start -= 1
        paragraph = "\n".join(lines[start:place])
        if start <= first or beside > _MOST_BESIDE:
            break
        if _is_footer(paragraph):
            kept, beside = start, 0
        elif paragraph.strip(_RULE):
            beside += 1 if len(paragraph) <= _BESIDE and "?" not in paragraph else _MOST_PARAGRAPHS
        place = _words_end(lines, start)
    return _above_rules(lines, first, kept) if kept < end else end


def _is_footer(paragraph: str) -> bool:
    return bool(
        _LIST.search(paragraph)
        or (_UNSUBSCRIBE.search(paragraph) and _HOW.search(paragraph) and not _ASKS.search(paragraph))
        or (_CONFIDENTIAL.search(paragraph) and _RECIPIENT.search(paragraph))
    )


def _above_rules(lines: Sequence[str], first: int, end: int) -> int:
    """The end without empty lines, and lines that only set apart what was below."""
    while end > first and not lines[end - 1].strip(_RULE):
        end -= 1
    return end


def _words_end(lines: Sequence[str], end: int) -> int:
    while end and not lines[end - 1]:
        end -= 1
    return end
