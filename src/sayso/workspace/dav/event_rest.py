"""What is still to be done of a change when its first request is: it is kept in the event itself, so that whoever comes
by the key again, after a crash as well, does the rest."""

from dataclasses import dataclass

from pydantic import TypeAdapter

from sayso.workspace.connected.invitations import Invitation
from sayso.workspace.formats.ical_object import KEY, CalendarObject
from sayso.workspace.formats.ical_rest import rest_of, with_rest
from sayso.workspace.formats.ical_text import pieces, text_from


@dataclass(frozen=True, slots=True)
class Rest:
    key: str
    """Of the change: by nobody else's key anything is done."""
    series: str = ""
    """The text of a series that is to be made."""
    mails: tuple[Invitation, ...] = ()
    gone: bool = False
    """Whether the event goes in the end."""

    @property
    def is_empty(self) -> bool:
        return not (self.series or self.mails or self.gone)


_REST = TypeAdapter(Rest)


def kept_in(text: bytes, rest: Rest) -> bytes:
    """The object with what is still to be done, if there is anything. Of a change that was never finished and makes way
    for this one the key goes too, so that it does not count as done."""
    if rest.is_empty:
        return text
    before = _read(text)
    if before is not None and before.key != rest.key:
        text = text_from(each for each in pieces(text) if each.name != KEY or each.value != before.key)
    return with_rest(text, _REST.dump_json(rest))


def rest_in(obj: CalendarObject, key: str) -> Rest | None:
    """What is still to be done of the change under this key."""
    rest = _read(obj.text)
    return None if rest is None or rest.key != key else rest


def _read(text: bytes) -> Rest | None:
    packed = rest_of(text)
    try:
        return _REST.validate_json(packed) if packed else None
    except ValueError:
        return None
