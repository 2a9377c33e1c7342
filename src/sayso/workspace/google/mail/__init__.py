"""Gmail over its own API (gmail v1): read as any other mailbox, searched in its own language, and sent from once."""

from sayso.workspace.google.mail.aliases import aliases_of
from sayso.workspace.google.mail.mail import GoogleMail

__all__ = ["GoogleMail", "aliases_of"]
