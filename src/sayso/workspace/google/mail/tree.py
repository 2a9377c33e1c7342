"""A mail as Gmail tells of its structure (the schema MessagePart), as a mail in its parts.

What is text and what is attached is then found as for a mail that is there in full, for that does not depend on what
the texts say.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any, Final

from sayso.workspace.formats.mail_text import contents_of
from sayso.workspace.formats.mime import MAX_DEPTH, MAX_PARTS, Part

Json = dict[str, Any]

_MOST: Final = 100_000
"""Characters of one header that are looked at."""
_LEVELS: Final = 8
"""Parts in one another that are told of without their contents; what lies deeper is left out of lists."""
_ONE: Final = "mimeType,filename,headers,body(size,attachmentId)"


def _mask(levels: int) -> str:
    return f"{_ONE},parts({_mask(levels - 1)})" if levels else _ONE


KNOWN: Final = f"id,threadId,labelIds,snippet,internalDate,payload({_mask(_LEVELS)})"
"""For `fields`: all of a message but what its parts hold."""


@dataclass(eq=False)
class Tree:
    """`files`: by part, the id to get its content by; empty where it came along."""

    root: Part
    ids: dict[Part, str] = field(default_factory=dict)

    def files(self) -> list[Part]:
        return contents_of(self.root).files

    def texts(self) -> list[Part]:
        """Those that are shown, of which the content has not come along."""
        return [text.part for text in contents_of(self.root).texts if self.ids.get(text.part)]


def tree_of(payload: Any) -> Tree:
    """`payload`: of a message in full, or as far as `KNOWN` asks for it."""
    tree = Tree(Part(b"", 0, 0, 0, ()))
    tree.root = _part(tree, payload if isinstance(payload, dict) else {}, MAX_DEPTH)
    return tree


def bytes_of(told: Any) -> bytes:
    """What is in base64url, with or without its padding; of what is none, nothing."""
    text = told if isinstance(told, str) else ""
    try:
        return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except (ValueError, binascii.Error):
        return b""


def fill(part: Part, content: bytes) -> None:
    """Give a part its content, which is not encoded for transfer any more."""
    part.raw, part.body, part.stop = content, 0, len(content)
    part.__dict__.pop("size", None)


def dicts_in(told: Any, name: str) -> list[Json]:
    found = told.get(name) if isinstance(told, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _part(tree: Tree, told: Json, depth: int) -> Part:
    part = Part(b"", 0, 0, 0, tuple(_fields(told)))
    part.__dict__["encoding"] = ""  # Gmail has decoded it
    inner = dicts_in(told, "parts")
    body = told.get("body")
    body = body if isinstance(body, dict) else {}
    tree.ids[part] = ""
    if part.media_type.startswith("multipart/"):
        if depth and len(tree.ids) < MAX_PARTS:
            part.parts = [_part(tree, each, depth - 1) for each in inner[:MAX_PARTS]]
        part.ended = True
        return part
    if part.media_type.startswith("message/") and inner:  # its name is its subject
        subject = next((each for name, each in _fields(inner[0]) if name == "subject"), b"")
        fill(part, b"Subject: " + subject + b"\n\n")
    content = bytes_of(body.get("data"))
    if content:
        fill(part, content)
        if part.media_type.startswith("text/"):
            part.__dict__["parameters"] = part.parameters | {"charset": "utf-8"}  # whatever it was written in
    size = body.get("size")
    part.__dict__["size"] = size if isinstance(size, int) else len(content)
    ident = body.get("attachmentId")
    tree.ids[part] = ident if isinstance(ident, str) and not content else ""
    return part


def _fields(told: Json) -> list[tuple[str, bytes]]:
    """Its headers, and what Gmail says of it where they do not."""
    found = list[tuple[str, bytes]]()
    for each in dicts_in(told, "headers"):
        name, value = each.get("name"), each.get("value")
        if isinstance(name, str) and isinstance(value, str):
            found.append((name.lower(), " ".join(value[:_MOST].splitlines()).encode("utf-8", "replace")))
    names = {name for name, _ in found}
    kind, file = told.get("mimeType"), told.get("filename")
    if "content-type" not in names and isinstance(kind, str) and kind:
        found.append(("content-type", kind.encode("utf-8", "replace")))
    if "content-disposition" not in names and isinstance(file, str) and file:
        named = file.replace("\\", "\\\\").replace('"', '\\"').encode("utf-8", "replace")
        found.append(("content-disposition", b'attachment; filename="%s"' % named))
    return found
