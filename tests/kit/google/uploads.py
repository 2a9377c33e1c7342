"""Requests that bring media (guide "Upload files" of the APIs): `uploadType=media` and `multipart`, not `resumable`."""

from email import message_from_bytes, policy


class Unreadable(Exception):
    """It is no upload that is understood here."""


def uploaded(kind: str | None, content_type: str, content: bytes) -> tuple[bytes, bytes]:
    """Parts it into its JSON and its media. Raises Unreadable."""
    match kind:
        case "media":
            return b"", content
        case "multipart":
            parts = parts_of(content_type, content)
            if len(parts) != 2:
                raise Unreadable(f"{len(parts)} parts in a multipart upload")
            return parts[0][1], parts[1][1]
    raise Unreadable(f"uploadType {kind!r}")


def parts_of(content_type: str, content: bytes) -> list[tuple[dict[str, str], bytes]]:
    """The parts of a multipart body: headers (names in lower case) and content of each. Raises Unreadable."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = message_from_bytes(head + content, policy=policy.HTTP)
    if not message.is_multipart():
        raise Unreadable(f"Content-Type {content_type!r} is not multipart, or its boundary is missing")
    boundary = message.get_boundary() or ""
    found: list[tuple[dict[str, str], bytes]] = []
    for piece in (b"\r\n" + content).split(b"\r\n--" + boundary.encode())[1:]:
        if piece.startswith(b"--"):
            return found
        lines, _, inner = piece.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
        headers = (line.partition(":") for line in lines.decode().split("\r\n"))
        found.append(({name.strip().lower(): value.strip() for name, _, value in headers}, inner))
    raise Unreadable("the multipart body has no end")
