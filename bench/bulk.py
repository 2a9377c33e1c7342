"""Memory of an import and of an export of much, against the same of little."""

import os
import subprocess
import sys
from pathlib import Path

from bench.server import Sayso

SMALL, LARGE = 300, 3_000
BODY = "words that a mail holds, again and again, until it is as long as a usual one.\n" * 250


def main(folder: Path) -> None:
    folder.mkdir()
    small, large = _peak(folder, SMALL), _peak(folder, LARGE)
    print(f"import, ten times the mail ({LARGE * len(BODY) / 1e6:.0f} MB): {large / small:.2f} times the memory")
    server = Sayso(folder / f"data{LARGE}")
    before = server.resident_kib()
    size = server.read("/me/export")
    print(f"export of {size / 1e6:.0f} MB: {(server.resident_kib('VmHWM') - before) / 1024:.0f} MB more memory")
    server.stop()


def _peak(folder: Path, count: int) -> int:
    """The most memory that an import of so many mails had, in KiB (Linux)."""
    path = folder / f"{count}.mbox"
    with path.open("w", encoding="ascii") as file:
        for number in range(count):
            file.write(f"From a@x Sun Mar  1 10:00:00 2026\nFrom: a@x\nMessage-ID: <{number}@x>\n\n{BODY}\n")
    command = [sys.executable, "-c", "from sayso.cli import main; main()", "import", str(path)]
    process = subprocess.Popen([*command, "--data-dir", str(folder / f"data{count}")], stdout=subprocess.DEVNULL)
    return os.wait4(process.pid, 0)[2].ru_maxrss
