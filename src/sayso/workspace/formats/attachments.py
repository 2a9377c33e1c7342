"""What an attachment of a mail is called: as it was sent, else by what it is."""

import mimetypes
from urllib.parse import unquote

from sayso.workspace.formats.mime import Part, parse_mail

_NAMES = {
    "application/ics": "invitation.ics",
    "application/ms-tnef": "winmail.dat",
    "application/pgp-encrypted": "encryption.txt",
    "application/pgp-keys": "key.asc",
    "application/pgp-signature": "signature.asc",
    "application/pkcs7-mime": "encrypted.p7m",
    "application/pkcs7-signature": "signature.p7s",
    "application/x-pkcs7-mime": "encrypted.p7m",
    "application/x-pkcs7-signature": "signature.p7s",
    "message/delivery-status": "delivery status.txt",
    "message/disposition-notification": "read receipt.txt",
    "message/feedback-report": "report.txt",
    "text/calendar": "invitation.ics",
    "text/directory": "contact.vcf",
    "text/rfc822-headers": "headers.txt",
    "text/vcard": "contact.vcf",
    "text/x-vcard": "contact.vcf",
}
_ANSWERS = {"cancel": "cancellation.ics", "publish": "events.ics", "reply": "answer.ics"}
_MAILS = ("message/rfc822", "message/global", "message/news")
_NOUNS = ("audio", "image", "message", "text", "video")
_ENDINGS = {
    "application/octet-stream": "",
    "application/rtf": ".rtf",
    "application/vnd.oasis.opendocument.presentation": ".odp",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "audio/mpeg": ".mp3",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/pjpeg": ".jpg",
    "image/webp": ".webp",
    "text/plain": ".txt",
    "text/rtf": ".rtf",
}
"""Where the library knows none, or first one that is not usual."""
_TYPES = mimetypes.MimeTypes()  # not the system's, which differ


def name_of(part: Part) -> str:
    """Also a description or an id that is the name of a file is one."""
    told = part.get("content-location").rpartition("/")[2], part.get("content-id").strip("<> \t").partition("@")[0]
    for name in (part.file_name, part.text("content-description"), *map(unquote, told)):
        if name and (name is part.file_name or _is_file_name(name)):
            return name
    if part.media_type in _MAILS:
        subject = parse_mail(part.decoded()).text("subject")
        return f"{subject[:200] or 'message'}.eml"
    if part.media_type == "text/calendar":
        return _ANSWERS.get(part.parameters.get("method", "").lower(), "invitation.ics")
    return _NAMES.get(part.media_type) or _by_type(part.media_type)


def _by_type(media_type: str) -> str:
    main = media_type.partition("/")[0]
    ending = _ENDINGS.get(media_type, _TYPES.guess_extension(media_type) or "")
    return f"{main if main in _NOUNS else 'attachment'}{ending}"


def _is_file_name(name: str) -> bool:
    return len(name) < 200 and not set(name) & set("/\\<>@") and _TYPES.guess_type(name)[0] is not None
