"""A change that brings a file along, in one request with what is said of it (multipart/related, RFC 2387; "Upload
attachments" of the Gmail API)."""

import json
from hashlib import sha256
from typing import Any


def upload_of(body: dict[str, Any], media: bytes, media_type: str) -> tuple[bytes, str]:
    """The content of the request, and its content type."""
    boundary = f"sayso_{sha256(media).hexdigest()[:40]}"
    told = json.dumps(body).encode()
    content = b"".join([
        b"--%s\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n%s\r\n" % (boundary.encode(), told),
        b"--%s\r\nContent-Type: %s\r\n\r\n%s\r\n" % (boundary.encode(), media_type.encode(), media),
        b"--%s--\r\n" % boundary.encode(),
    ])  # fmt: skip
    return content, f"multipart/related; boundary={boundary}"
