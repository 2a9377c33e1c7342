"""The servers of one account, as they are found, given by hand, and kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from sayso.workspace.connected.reaching import MailServer

NAMES: Final = ("caldav", "carddav", "imap", "smtp")


@dataclass(frozen=True, slots=True)
class Servers:
    """What is not there is empty. `users`: the user name of a server, by its name, where it is not the account's;
    `folders`: those of special use by their role, where the server does not tell; `files_sent`: whether the server
    files what it sent by itself; `schedules`: whether the calendar's server writes to guests; `private` and `plain`: as
    `Reach` says."""

    caldav: str = ""
    carddav: str = ""
    imap: MailServer | None = None
    smtp: MailServer | None = None
    users: Mapping[str, str] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)
    files_sent: bool = False
    schedules: bool = False
    private: bool = False
    plain: bool = False

    def over(self, other: "Servers") -> "Servers":
        """These, and from the other one what is not among them."""
        given = {each.name: getattr(self, each.name) or getattr(other, each.name) for each in fields(self)}
        given["users"] = {
            name: user
            for servers in (other, self)
            for name, user in servers.users.items()
            if servers is self or not getattr(self, name)
        }
        return Servers(**given)

    @property
    def named(self) -> tuple[str, ...]:
        return tuple(name for name in NAMES if getattr(self, name))

    def hosts(self) -> dict[str, str]:
        """The host of each that is there."""
        found = {name: urlsplit(url).hostname or "" for name in ("caldav", "carddav") if (url := getattr(self, name))}
        return found | {name: each.host for name in ("imap", "smtp") if (each := getattr(self, name)) is not None}


SERVERS: Final = TypeAdapter(Servers)


def servers_from(data: Mapping[str, Any]) -> Servers:
    return SERVERS.validate_python({name: value for name, value in data.items() if value is not None})


def to_data(servers: Servers) -> dict[str, Any]:
    """What there is, as plain JSON."""
    dumped: dict[str, Any] = SERVERS.dump_python(servers, mode="json")
    return {name: value for name, value in dumped.items() if value}
