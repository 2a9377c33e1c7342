"""The big providers: where their servers are, and where one makes the password for a program.

Mail servers as in Mozilla's ISPDB (github.com/thunderbird/autoconfig), addresses of calendars and contacts as the
providers' help pages name them.
"""

from dataclasses import dataclass
from typing import Final

from sayso.workspace.connected.reaching import MailServer
from sayso.workspace.standards.servers import Servers


@dataclass(frozen=True, slots=True)
class Preset:
    """`domains`: of addresses there, with blanks between; `exchangers`: how the names of its mail exchangers end, by
    which addresses with domains of their own are known."""

    name: str
    domains: str
    servers: Servers
    app_passwords: str = ""
    """The page on which its users make a password for a program; empty: their usual one is taken."""
    note: str = ""
    """What its users have to know or do before, a sentence."""
    exchangers: tuple[str, ...] = ()


def _servers(
    imap: str, smtp: str, smtp_port: int = 465, *, caldav: str = "", carddav: str = "", files_sent: bool = False
) -> Servers:
    tls: Final = "implicit" if smtp_port == 465 else "starttls"
    mail = MailServer(imap, 993, "implicit"), MailServer(smtp, smtp_port, tls)
    return Servers(caldav, carddav, *mail, files_sent=files_sent)


PRESETS: Final = (
    Preset(
        "iCloud",
        "icloud.com me.com mac.com",
        _servers(
            "imap.mail.me.com",
            "smtp.mail.me.com",
            587,
            caldav="https://caldav.icloud.com/",
            carddav="https://contacts.icloud.com/",
        ),
        "https://account.apple.com/account/manage",
        "Apple takes an app-specific password only.",
        (".mail.icloud.com",),
    ),
    Preset(
        "Fastmail",
        "fastmail.com fastmail.fm fastmail.net fastmail.org sent.com messagingengine.com",
        _servers(
            "imap.fastmail.com",
            "smtp.fastmail.com",
            caldav="https://caldav.fastmail.com/",
            carddav="https://carddav.fastmail.com/",
        ),
        "https://www.fastmail.help/hc/en-us/articles/360058752854-App-passwords",
        "Fastmail takes an app password only.",
        (".messagingengine.com",),
    ),
    Preset(
        "mailbox.org",
        "mailbox.org",
        _servers(
            "imap.mailbox.org",
            "smtp.mailbox.org",
            caldav="https://dav.mailbox.org/",
            carddav="https://dav.mailbox.org/",
        ),
        exchangers=(".mailbox.org",),
    ),
    Preset(
        "Posteo",
        "posteo.de posteo.net posteo.org posteo.eu posteo.at posteo.ch posteo.com posteo.me posteo.us "
        "posteo.uk posteo.nl posteo.jp posteo.mx posteo.pt posteo.be posteo.dk posteo.es posteo.fr "
        "posteo.it posteo.lu posteo.pl posteo.se",
        _servers("posteo.de", "posteo.de", caldav="https://posteo.de:8443/", carddav="https://posteo.de:8843/"),
    ),
    Preset(
        "Gmail",
        "gmail.com googlemail.com",
        _servers("imap.gmail.com", "smtp.gmail.com", files_sent=True),
        "https://myaccount.google.com/apppasswords",
        "Google takes an app password for mail only; its calendar, contacts and tasks need its consent in a browser.",
        (".google.com", ".googlemail.com"),
    ),
    Preset(
        "Outlook",
        "outlook.com hotmail.com live.com msn.com outlook.de outlook.fr hotmail.de hotmail.fr",
        Servers(
            imap=MailServer("outlook.office365.com", 993, "implicit"),
            smtp=MailServer("smtp-mail.outlook.com", 587, "starttls"),
            files_sent=True,
        ),
        note="Microsoft takes no passwords of programs any more; it needs its consent in a browser.",
        exchangers=(".mail.protection.outlook.com", ".olc.protection.outlook.com"),
    ),
    Preset(
        "Yahoo",
        "yahoo.com ymail.com rocketmail.com yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.ca yahoo.co.uk "
        "yahoo.co.in yahoo.com.au yahoo.com.br",
        _servers(
            "imap.mail.yahoo.com",
            "smtp.mail.yahoo.com",
            caldav="https://caldav.calendar.yahoo.com/",
            carddav="https://carddav.address.yahoo.com/",
        ),
        "https://login.yahoo.com/account/security",
        "Yahoo takes an app password only.",
        (".yahoodns.net",),
    ),
    Preset(
        "AOL",
        "aol.com aim.com",
        _servers("imap.aol.com", "smtp.aol.com"),
        "https://login.aol.com/account/security",
        "AOL takes an app password only.",
    ),
    Preset(
        "GMX",
        "gmx.net gmx.de gmx.at gmx.ch gmx.eu gmx.org gmx.info",
        _servers("imap.gmx.net", "mail.gmx.net", caldav="https://caldav.gmx.net/", carddav="https://carddav.gmx.net/"),
        note="Switch on access by IMAP in the settings of GMX first.",
    ),
    Preset(
        "GMX",
        "gmx.com gmx.us gmx.co.uk gmx.fr gmx.es",
        _servers("imap.gmx.com", "mail.gmx.com"),
        note="Switch on access by IMAP in the settings of GMX first.",
    ),
    Preset(
        "WEB.DE",
        "web.de",
        _servers("imap.web.de", "smtp.web.de", caldav="https://caldav.web.de/", carddav="https://carddav.web.de/"),
        note="Switch on access by IMAP in the settings of WEB.DE first.",
    ),
    Preset(
        "Zoho",
        "zoho.com zohomail.com",
        _servers(
            "imap.zoho.com",
            "smtp.zoho.com",
            caldav="https://calendar.zoho.com/",
            carddav="https://contacts.zoho.com/",
            files_sent=True,
        ),
        "https://accounts.zoho.com/home#security/app_password",
        exchangers=(".zoho.com",),
    ),
    Preset(
        "Runbox",
        "runbox.com runbox.no",
        _servers(
            "mail.runbox.com", "mail.runbox.com", caldav="https://dav.runbox.com/", carddav="https://dav.runbox.com/"
        ),
        exchangers=(".runbox.com",),
    ),
    Preset(
        "Migadu",
        "",
        _servers(
            "imap.migadu.com", "smtp.migadu.com", caldav="https://cdav.migadu.com/", carddav="https://cdav.migadu.com/"
        ),
        exchangers=(".migadu.com",),
    ),
    Preset(
        "T-Online",
        "t-online.de magenta.de",
        _servers("secureimap.t-online.de", "securesmtp.t-online.de"),
        note="T-Online takes a password of its own for mail programs.",
    ),
    Preset(
        "Yandex",
        "yandex.ru yandex.com ya.ru",
        _servers(
            "imap.yandex.com",
            "smtp.yandex.com",
            caldav="https://caldav.yandex.ru/",
            carddav="https://carddav.yandex.ru/",
        ),
        "https://id.yandex.com/security/app-passwords",
    ),
    Preset(
        "Proton",
        "proton.me protonmail.com pm.me protonmail.ch",
        Servers(),
        note="Proton Mail can be reached through its Bridge only: name the servers that the Bridge shows.",
        exchangers=(".protonmail.ch",),
    ),
)
_BY_DOMAIN: Final = {domain: preset for preset in PRESETS for domain in preset.domains.split()}


def of_domain(domain: str) -> Preset | None:
    return _BY_DOMAIN.get(domain)


def of_exchanger(host: str) -> Preset | None:
    """The provider that this mail exchanger is of."""
    name = f".{host.rstrip('.').casefold()}"
    return next((preset for preset in PRESETS if any(name.endswith(end) for end in preset.exchangers)), None)
