"""Mozilla's form of telling mail programs their servers (draft-ietf-mailmaint-autoconfig, and what ISPDB holds)."""

from collections.abc import Iterator
from typing import Final
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from sayso.workspace.connected.reaching import MailServer, Tls
from sayso.workspace.standards.servers import Servers

MAX_BYTES: Final = 200_000
DIRECTORY: Final = "https://autoconfig.thunderbird.net/v1.1/"
_TLS: Final[dict[str, Tls]] = {"SSL": "implicit", "STARTTLS": "starttls"}


def places(address: str, domain: str) -> tuple[str, ...]:
    """Where the domain itself would tell it, in the order in which to ask."""
    asked = quote(address, safe="@")
    return (
        f"https://autoconfig.{domain}/mail/config-v1.1.xml?emailaddress={asked}",
        f"https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress={asked}",
    )


def parse(content: bytes, address: str) -> Servers:
    """The servers that such a file names: of each kind the first that is encrypted. None where it is no such file."""
    try:
        root = fromstring(content[:MAX_BYTES], forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        return Servers()
    local, _, domain = address.rpartition("@")

    def filled(text: str) -> str:
        for name, value in (("EMAILADDRESS", address), ("EMAILLOCALPART", local), ("EMAILDOMAIN", domain)):
            text = text.replace(f"%{name}%", value)
        return text.strip()

    users: dict[str, str] = {}
    imap = next(_mail(root, "incomingServer", "imap"), None)
    smtp = next(_mail(root, "outgoingServer", "smtp"), None)
    for name, found in (("imap", imap), ("smtp", smtp)):
        user = filled(found[1]) if found else ""
        if user and user != address:
            users[name] = user
    caldav, carddav = (
        next((filled(url) for each in root.iter(kind) if (url := each.findtext("serverURL") or "")), "")
        for kind in ("calendar", "addressBook")
    )
    urls = [url if url.startswith("https://") else "" for url in (caldav, carddav)]
    servers = [MailServer(filled(each[0].host), each[0].port, each[0].tls) if each else None for each in (imap, smtp)]
    return Servers(urls[0], urls[1], servers[0], servers[1], users)


def _mail(root: Element, tag: str, kind: str) -> Iterator[tuple[MailServer, str]]:
    for each in root.iter(tag):
        host, port = (each.findtext("hostname") or "").strip(), (each.findtext("port") or "").strip()
        tls = _TLS.get((each.findtext("socketType") or "").strip().upper())
        if each.get("type") == kind and host and tls and port.isascii() and port.isdigit() and 0 < int(port) < 65_536:
            yield MailServer(host, int(port), tls), (each.findtext("username") or "").strip()
