"""The mails of a workspace, as a test looks at them."""

from dataclasses import fields
from zoneinfo import ZoneInfo

from sayso.workspace.protocols import Workspace
from sayso.workspace.search import parse_query
from sayso.workspace.types import Message

NEW_YORK = ZoneInfo("America/New_York")
LINE = b"From post@box.example Mon Mar  2 08:00:00 2026\n"


def mail(headers: str | bytes, body: str | bytes = b"", line: bytes = LINE) -> bytes:
    """A mail in a mbox; what it does not say itself, it is from Mara, about seeds."""
    told = headers.encode() if isinstance(headers, str) else headers
    if told and not told.endswith(b"\n"):
        told += b"\n"
    usual = {b"From": b"Mara <mara@lund.example>", b"Subject": b"Seeds", b"Date": b"Mon, 2 Mar 2026 08:00:00 -0500"}
    said = [b"%s: %s\n" % each for each in usual.items() if each[0] + b":" not in told]
    return line + b"".join(said) + told + b"\n" + (body.encode() if isinstance(body, str) else body) + b"\n\n"


def multipart(kind: str, *parts: str, headers: str = "") -> tuple[str, str]:
    """The headers and the body of a mail in parts, each with its headers and an empty line before what it says."""
    begin = f'{headers}Content-Type: multipart/{kind}; boundary="b{kind}"\n'
    return begin, "".join(f"--b{kind}\n{part}\n" for part in parts) + f"--b{kind}--\n"


def part(kind: str, *parts: str) -> str:
    """A part that has parts itself."""
    return "\n".join(multipart(kind, *parts))


async def searched(workspace: Workspace, query: str = "in:anywhere", limit: int = 1000) -> tuple[list[Message], int]:
    """The messages that a search finds, in full, and how many there are."""
    assert workspace.mail is not None
    found = await workspace.mail.search(parse_query(query, NEW_YORK), limit)
    messages = await workspace.mail.get_messages([header.id for header in found.items])
    for header, message in zip(found.items, messages, strict=True):
        assert all(getattr(header, each.name) == getattr(message, each.name) for each in fields(header)), header
    return messages, found.known
