"""Files of mails that the user has: which one is meant, and how they go along with another mail.

A proposal holds where each file lies; its bytes are read when it runs.
"""

from collections.abc import Sequence
from typing import Final

from sayso.base import sizes
from sayso.english.matching import words
from sayso.tools.base import ToolContext, ToolInputError
from sayso.tools.choosing import Kind, best
from sayso.tools.mail_resolve import one_message
from sayso.tools.wording import count, join, one_line, quoted, received
from sayso.workspace.errors import ObjectChanged, Refused
from sayso.workspace.types import Attachment, Enclosed, Message, OutgoingMail

NONE: Final = "none"
ALL: Final = "all"
_SPOKEN = 3
"""Up to so many files are named in a question."""
_FILE: Final[Kind[Enclosed]] = Kind(
    noun="file",
    plural="files",
    ident=lambda file: f"{file.message_id}#{file.number}",
    label=lambda file: f"{file.number}. {sized(file)}",
    fields=lambda file: (file.name,),
)


def files_of(message: Message) -> tuple[Enclosed, ...]:
    return tuple(
        Enclosed(each.name, each.media_type, each.size, message.id, number)
        for number, each in enumerate(message.attachments, start=1)
    )


def one_file(message: Message, text: str) -> Enclosed:
    """The file of a message that a number or a name means, and without either its only one. Raises ToolInputError that
    lists what the message has."""
    files, named = files_of(message), received(message.subject)
    if not files:
        raise ToolInputError(f"Nothing is attached to {named}.", "not_found", kind=_FILE.noun, given=text)
    if not text.strip():
        found: Sequence[Enclosed] = files
    elif text.isascii() and text.isdigit():
        found = [file for file in files if file.number == int(text[:9])]
    else:
        exact = [file for file in files if one_line(file.name).casefold() == one_line(text).casefold()]
        found = exact or best(_FILE, words(text), files)
    if len(found) == 1:
        return found[0]
    listed = f"{named} has {count(len(files), 'file')}:\n" + "\n".join(_FILE.label(each) for each in files[:20])
    raise ToolInputError(
        f"{listed}\nName one by its number.",
        "ambiguous" if found else "not_found",
        [{"id": _FILE.ident(each), "label": sized(each)} for each in found or files][:20],
        _FILE.noun,
        text,
    )


async def attached(ctx: ToolContext, texts: Sequence[str]) -> tuple[Enclosed, ...]:
    """The files that are meant by `<message>#<number or name>` each. Raises ToolInputError, also for one of which only
    the name is known."""
    files: list[Enclosed] = []
    for text in texts:
        message, _, name = text.partition("#")
        files.append(one_file(await one_message(ctx, message.strip()), name.strip()))
    readable, missing = await _readable(ctx, list(dict.fromkeys(files)))
    if missing:
        names = join([quoted(each.name) for each in missing])
        raise ToolInputError(f"Only the name of {names} is known here, so it cannot go along.", "not_found")
    return readable


async def passed_on(
    ctx: ToolContext, message: Message, wanted: Sequence[str] = (ALL,)
) -> tuple[tuple[Enclosed, ...], tuple[Enclosed, ...]]:
    """The files of a message that go along when it is forwarded, and those of which only the name is known. `wanted`:
    numbers or names, "all" or "none"."""
    said = [text.strip().casefold() for text in wanted]
    if said in ([NONE], []):
        return (), ()
    return await _readable(ctx, files_of(message) if said == [ALL] else [one_file(message, text) for text in wanted])


def refs(files: Sequence[Enclosed]) -> list[str]:
    """The files as `attached` takes them."""
    return [_FILE.ident(file) for file in files]


async def contents(ctx: ToolContext, mail: OutgoingMail) -> list[bytes]:
    """The bytes of what goes along with a mail. Raises ObjectChanged where it is not what was shown."""
    found: list[bytes] = []
    for file in mail.attachments:
        there = (await ctx.mail.get_message(file.message_id)).attachments[file.number - 1 : file.number]
        if there != (Attachment(file.name, file.media_type, file.size),):
            raise ObjectChanged(f"{quoted(file.name)} is not there any more as you saw it; nothing was sent.")
        found.append(await ctx.mail.attachment(file.message_id, file.number))
    return found


def bounded(files: Sequence[Attachment]) -> None:
    """Raises ToolInputError where they are more than a mail carries."""
    size = sum(file.size for file in files)
    if size > sizes.FILES:
        most = f"{sizes.FILES // 2**20} MiB"
        raise ToolInputError(f"The files come to {size / 2**20:.1f} MiB, and a mail carries {most}: {listed(files)}.")
    if len(files) > sizes.ITEMS:
        raise ToolInputError(f"A mail carries {sizes.ITEMS} files, and these are {len(files)}.")


def listed(files: Sequence[Attachment]) -> str:
    """ "budget.xlsx (24 kB), plan.pdf (1.3 MB)"."""
    return ", ".join(map(sized, files))


def with_files(files: Sequence[Attachment]) -> str:
    """For a question, a preview or a receipt: ", with 'budget.xlsx'"."""
    if not files:
        return ""
    named = join([quoted(file.name) for file in files]) if len(files) <= _SPOKEN else f"{len(files)} files"
    return f", with {named}"


def sized(file: Attachment) -> str:
    if file.size < 1000:
        return f"{one_line(file.name)} ({count(file.size, 'byte')})"
    thousands, unit = (file.size / 1000, "kB") if file.size < 999_500 else (file.size / 1_000_000, "MB")
    return f"{one_line(file.name)} ({f'{thousands:.1f}' if thousands < 10 else round(thousands)} {unit})"


async def _readable(ctx: ToolContext, files: Sequence[Enclosed]) -> tuple[tuple[Enclosed, ...], tuple[Enclosed, ...]]:
    """Those whose bytes are there, and those of which only the name is known. Raises ToolInputError when they are too
    much to carry."""
    readable: list[Enclosed] = []
    missing: list[Enclosed] = []
    for file in files:
        try:
            await ctx.mail.attachment(file.message_id, file.number)
        except Refused:
            missing.append(file)
        else:
            readable.append(file)
            bounded(readable)
    return tuple(readable), tuple(missing)
