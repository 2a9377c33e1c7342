"""The text of a PDF. It comes from strangers and its format is a maze, so it is read in a process of its own, which
has bounds on time and memory, and knows nothing of ours: no setting, no key, no store."""

import asyncio
import json
import os
import sys
from contextlib import suppress
from typing import Any, Final

from sayso.workspace.formats.file_text import FileText, NotRead

CHILD: Final = "sayso.workspace.formats.pdf_child"
AT_ONCE = 2
SECONDS = 30.0
"""In which the child ends: by itself at its own bounds, which are closer."""
_MOST_BYTES = 4_000_000
_PROBLEMS: Final = {
    "encrypted": "This PDF is locked with a password, so it cannot be read here.",
    "empty": "This PDF has no text: its pages are pictures, as of a scan.",
    "damaged": "This PDF is damaged and cannot be read.",
    "slow": "This PDF takes too long to read.",
}


class PdfTexts:
    """Reads PDFs, so many at once."""

    def __init__(self, seconds: float = SECONDS, child: str = CHILD) -> None:
        self._seconds = seconds
        self._command = (sys.executable, "-P", "-s", "-m", child)
        self._places = asyncio.Semaphore(AT_ONCE)

    async def text(self, content: bytes) -> FileText:
        """The text of the file, page after page. Raises NotRead."""
        async with self._places:
            told = _told(await self._answer(content))
        if problem := told.get("problem"):
            raise NotRead(_PROBLEMS.get(str(problem), _PROBLEMS["damaged"]))
        pages, read, text = int(told["pages"]), int(told["read"]), str(told["text"])
        left = f"\n[Pages {read + 1} to {pages} are left out: it is too much to read.]" if read < pages else ""
        return FileText(text + left, pages)

    async def _answer(self, content: bytes) -> bytes:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **_of_system()},
        )
        try:
            async with asyncio.timeout(self._seconds):
                answer, _ = await asyncio.gather(_heard(process), _said(process, content))
                if len(answer) <= _MOST_BYTES:
                    await process.wait()
                return answer
        except TimeoutError as error:
            raise NotRead(_PROBLEMS["slow"]) from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.communicate()  # what is left in the pipe: until then it does not end


def _of_system() -> dict[str, str]:
    return {name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ}


async def _said(process: asyncio.subprocess.Process, content: bytes) -> None:
    assert process.stdin is not None
    with suppress(ConnectionError):  # it ends when it knows enough
        process.stdin.write(content)
        await process.stdin.drain()
        process.stdin.close()


async def _heard(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    heard = b""
    while len(heard) <= _MOST_BYTES and (piece := await process.stdout.read(65_536)):
        heard += piece
    return heard


def _told(answer: bytes) -> dict[str, Any]:
    """What the child says; one that died says nothing."""
    with suppress(ValueError):
        told = json.loads(answer[:_MOST_BYTES])
        if isinstance(told, dict):
            return told
    return {"problem": "damaged"}
