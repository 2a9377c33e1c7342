# ruff: noqa: E501  one alternative of a pattern is one line
"""A new request in the place of what waits: "forget that, archive the newsletters", "email Tom instead", "no, book …"."""

import re
from dataclasses import dataclass

from sayso.offline.memory import Waiting
from sayso.offline.naming import MADE, named
from sayso.offline.reading.words import lower
from sayso.offline.scene import Scene

_THAT = r"it|that|this|them|those|that\s+one|this\s+one|(?:the|my)\s+last\s+(?:one|thing|request)"
_ALL = r"everything|all(?:\s+of)?(?:\s+(?:it|that|them|this|those))?|the\s+(?:plan|proposals?|lot|whole\s+thing)|both"
_OPENING = r"(?:(?:no|oh|ok(?:ay)?|actually|wait|sorry|hmm+|well|please)[\s,.!:-]+)*"
_DISMISSED = re.compile(
    rf"{_OPENING}(?:(?P<verb>forget|scrap|scratch|drop|skip|ditch|cancel|withdraw|discard|leave|kill|undo|never\s?mind)(?:\s+about)?\s+(?P<what>{_THAT}|{_ALL}|(?:the|my)\s+[^,;.]{{1,60}}?)|never\s?mind|nvm|scratch\s+that)(?:\s*[,;.:!]+\s*|\s+-+\s+|\s+(?=and\b|then\b|but\b))(?:(?:and|then|but|rather|instead)[\s,]+)*(?P<rest>\S.*)",
    re.I | re.S,
)
_INSTEAD_OF = re.compile(
    rf"{_OPENING}(?:instead\s+of|rather\s+than)\s+(?P<what>[^,;:]{{1,80}})[,;:]\s*(?P<rest>\S.*)|(?P<rest2>\S.*?),?\s+(?:instead\s+of|rather\s+than)\s+(?P<what2>[^,;:]{{1,80}}?)[.! ]*",
    re.I | re.S,
)
_INSTEAD = re.compile(
    rf"{_OPENING}(?:instead|rather)[\s,:-]+(?P<rest>\S.*)|{_OPENING}(?P<rest2>\S.*?)[\s,]+instead(?:[\s,]+please)?[.! ]*",
    re.I | re.S,
)
_NO = re.compile(
    r"(?:no|nope|nah|wrong|not\s+that(?:\s+one)?)\s*[,.!;:-]+\s*(?:(?:sorry|wait|please|rather|i\s+(?:mean|meant|said|wanted))[\s,:]+)*(?!(?:also|and|plus|too|not|don't|need|but)\b)(?P<rest>\S.*)|(?:(?:sorry|oops|wait)[\s,.!]+)*i\s+(?:mean|meant)(?:\s+to\s+say)?[\s,:]+(?P<rest2>\S.*)",
    re.I | re.S,
)


@dataclass(frozen=True, slots=True)
class Instead:
    """What waits and is not wanted any more, and the request that comes instead. `dropped`: also if none comes of it."""

    gone: tuple[Waiting, ...]
    rest: str
    dropped: bool = False


def read(text: str, scene: Scene) -> Instead | None:
    """None: the message takes the place of nothing that waits."""
    if not scene.memory.waits():
        return None
    if found := _DISMISSED.fullmatch(text):
        gone = _dismissed(found["what"] or "", lower(found["verb"] or ""), scene)
        return Instead(tuple(gone), found["rest"], dropped=True) if gone else None
    if found := _INSTEAD_OF.fullmatch(text):
        what = re.sub(r"^(\w{3,})ing\b", r"\1", (found["what"] or found["what2"]).strip())
        gone = _meant(what, scene)
        return Instead(tuple(gone), found["rest"] or found["rest2"]) if gone else None
    found = _INSTEAD.fullmatch(text) or _NO.fullmatch(text)
    return Instead(tuple(scene.memory.latest()), found["rest"] or found["rest2"]) if found else None


def _dismissed(what: str, verb: str, scene: Scene) -> list[Waiting]:
    gone = _meant(what, scene)
    if verb not in ("cancel", "leave"):
        return gone
    if re.fullmatch(_THAT, what, re.I):  # "cancel it" may be about what was shown
        return [] if scene.memory.shown_since() else gone
    return gone if all(each.call.tool in MADE for each in gone) else []


def _meant(what: str, scene: Scene) -> list[Waiting]:
    if not what or re.fullmatch(_THAT, what, re.I):
        return scene.memory.latest()
    return scene.memory.waits() if re.fullmatch(_ALL, what, re.I) else named(what, scene)
