"""Where people meet online, as events tell it: in a property of the calendar file, or as a link in their texts."""

import re
from functools import lru_cache
from typing import Final

OF_MEETINGS: Final = ("CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL")
"""Properties with a link to meet at (the first: RFC 7986, 5.11)."""
OF_PAGES: Final = "URL"
_LINK = re.compile(r"https?://[^\s<>\"'\\]+", re.IGNORECASE)
_HOSTS = frozenset({
    "zoom.us", "zoomgov.com", "meet.google.com", "teams.microsoft.com", "teams.live.com", "webex.com", "whereby.com",
    "meet.jit.si", "gotomeeting.com", "meet.goto.com", "bluejeans.com", "chime.aws", "facetime.apple.com",
})  # fmt: skip


@lru_cache(maxsize=256)
def link_of(lines: tuple[str, ...], *texts: str) -> str:
    """The link to meet at, of the lines of an event in iCalendar, else in its texts; else that of its page; or nothing.

    In texts a link is one to meet at when it leads to a service that is known for that. Pure, and remembered: all
    occurrences of a series say the same.
    """
    told: dict[str, str] = {}
    for line in lines:
        name = line.partition(":")[0].partition(";")[0].upper()
        if name in (*OF_MEETINGS, OF_PAGES) and (links := _links(line)):
            told.setdefault(name, links[0])
    meetings = [told[name] for name in OF_MEETINGS if name in told]
    meetings += [link for text in texts for link in _links(text) if _is_meeting(link)]
    return next(iter(meetings), "") or told.get(OF_PAGES, "")


def _links(text: str) -> list[str]:
    return [link.rstrip(".,;:!?)]") for link in _LINK.findall(text)] if "://" in text else []


def _is_meeting(link: str) -> bool:
    host = re.split(r"[/?#]", link.partition("://")[2], maxsplit=1)[0].casefold()
    return any(f".{host}".endswith(f".{known}") for known in _HOSTS)
